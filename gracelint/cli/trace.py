"""`gracelint trace`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gracelint.base.values import dataclass, replace
from gracelint.cli.common import choose, guarded
from gracelint.cli.job import Asked, Job, UsageError, here, jobs
from gracelint.cli.output import columns, in_color, out, problem
from gracelint.report import TRACE_FORMATS, render_trace
from gracelint.session.session import Session

if TYPE_CHECKING:
    from gracelint.declare.links import Link
    from gracelint.model.result import Problem
    from gracelint.model.story import Story


@dataclass(frozen=True, slots=True)
class Request:
    """The command line's options, see `gracelint trace --help`."""

    paths: tuple[str, ...]
    target: str | None
    output_format: str
    output_file: str | None
    stdin_filename: str | None
    config: str | None
    isolated: bool
    color: str


@guarded
def trace(request: Request) -> int:
    """Show the stories; the exit status."""
    choose("--output-format", request.output_format, TRACE_FORMATS)
    choose("--color", request.color, ("auto", "always", "never"))
    asked = Asked(request.config, request.isolated)
    work, problems = jobs(request.paths, request.stdin_filename, asked)
    stories: list[Story] = []
    links: list[Link] = []
    for job in work:
        told, built, more = _stories(job, request.target)
        stories += told
        links += built
        problems += more
    for one in problems:
        problem(one)
    _write(request, stories, links)
    return 2 if any(not one.hint for one in problems) else 0


def _stories(job: Job, target: str | None) -> tuple[list[Story], list[Link], list[Problem]]:
    session = Session(job.files, job.options)
    scene = session.scene(job.paths, target)
    dockerfiles = [s for s in scene.stories if s.workload.kind == "dockerfile"]
    if target is not None and scene.found.dockerfiles and not dockerfiles:
        raise UsageError(f"--target {target}: no Dockerfile here has such a stage")
    problems = [
        replace(one, path=job.shown(one.path) if one.path else "") for one in session.problems
    ]
    links = [replace(link, dockerfile=job.shown(link.dockerfile)) for link in scene.links]
    return scene.stories, links, problems


def _write(request: Request, stories: list[Story], links: list[Link]) -> None:
    color = in_color(request.color, to_file=request.output_file is not None)
    width = columns()
    text = render_trace(
        request.output_format, stories, color=color, width=width, links=links, shown=here()
    )
    if request.output_file is None:
        out(text)
    else:
        from gracelint.files.tree import put

        put(request.output_file, text)
