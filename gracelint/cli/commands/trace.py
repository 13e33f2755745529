"""`gracelint trace`."""

from __future__ import annotations

from gracelint.base.typed import TYPE_CHECKING
from gracelint.base.values import replace
from gracelint.cli.job import Asked, Job, here, jobs, write
from gracelint.cli.options import Trace, UsageError
from gracelint.cli.output import columns, in_color, out, out_data, problem
from gracelint.model.result import Problem
from gracelint.model.story import Verdict
from gracelint.report import render_trace
from gracelint.session.outcomes import distinct

if TYPE_CHECKING:
    from gracelint.declare.links import Link
    from gracelint.model.story import Story


def trace(request: Trace) -> int:
    """Show the stories; the exit status."""
    asked = Asked(request.config, request.isolated, render=request.render)
    work, problems = jobs(request.paths, request.stdin_filename, asked)
    stories: list[Story] = []
    links: list[Link] = []
    for job in work:
        of_target, built, more = _stories(job, request.target)
        stories += of_target
        links += built
        problems += more
    for one in problems:
        problem(one)
    if request.unknown:
        stories = [story for story in stories if story.verdict is Verdict.UNKNOWN]
    _write(request, stories, [] if request.unknown else links, work)
    return 2 if any(not one.hint for one in problems) else 0


_IDLE = "it has neither CMD nor ENTRYPOINT, so that nothing is started"


def _stories(job: Job, target: str | None) -> tuple[list[Story], list[Link], list[Problem]]:
    session = job.session()
    scene = session.stories(job.paths, target)
    dockerfiles = [s for s in scene.stories if s.workload.kind == "dockerfile"]
    if target is not None and scene.discovery.dockerfiles and not (dockerfiles or scene.idle):
        from gracelint.base.near import hint
        from gracelint.declare.image.stages import stages

        stage_names = [
            s.name for file in scene.discovery.dockerfiles for s in stages(file) if s.name
        ]
        advice = hint(target, stage_names, "its name stands behind `AS` in a FROM")
        raise UsageError(f"--target {target}: no Dockerfile here has such a stage; {advice}")
    said = [*session.problems]
    if not scene.stories:
        said += [Problem(path, _IDLE, hint=True) for path in scene.idle]
    problems = [replace(one, path=job.shown(one.path) if one.path else "") for one in said]
    links = [replace(link, dockerfile=job.shown(link.dockerfile)) for link in scene.links]
    return distinct(scene.stories), links, problems


def _write(request: Trace, stories: list[Story], links: list[Link], work: list[Job]) -> None:
    color = in_color(request.color, to_file=request.output_file is not None)
    width = columns()
    text = render_trace(
        request.output_format, stories, color=color, width=width, links=links, shown=here()
    )
    if request.output_file is None:
        (out if request.output_format == "text" else out_data)(text)
    else:
        write(request.output_file, text, work)
