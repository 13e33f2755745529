"""`gracelint init`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gracelint.cli.job import Asked, configured, jobs
from gracelint.cli.options import UsageError
from gracelint.cli.output import columns, err, in_color, line, out, problem
from gracelint.pages.address import ADDRESS
from gracelint.report.full import severities
from gracelint.report.text import count, fill, harmless, paint, visible
from gracelint.session import proposing
from gracelint.session.templates import RELEASE

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gracelint.cli.job import Job
    from gracelint.cli.options import Init
    from gracelint.model.result import Result
    from gracelint.session.proposing import Proposal


def init(request: Init) -> int:
    """Propose what this repository needs, and write it where asked; the exit status."""
    work, missing = jobs([request.path or "."], None, Asked())
    for one in missing:
        raise UsageError(f"{one.path}: {one.message}")
    [job] = work
    if not job.files.is_dir(job.paths[0]):
        raise UsageError(f"{request.path} is no folder: give one of the repository")
    job.paths[:] = [""]
    session = job.session()
    result = session.run(job.paths)
    for one in result.problems:
        if not one.hint:
            problem(one)
    if not result.checked and not result.launches.total:
        raise UsageError("nothing here says how a container is started: there is nothing to set up")
    color = in_color(request.color, to_file=False)
    proposals = list(_proposals(job, result))
    done = _write(job, proposals) if request.write else []  # first: a reader may go after a line
    seen = (part for text in _seen(result) for part in fill(text, columns()))
    out("".join(map(line, seen)) + "\n")
    for proposal in proposals:
        out(harmless(_shown(job, proposal, color=color)))
    _say_what_is_not_released(proposals)
    if request.write:
        err(f"gracelint: note: written: {', '.join(done) or 'nothing'}")
    elif any(proposal.text is not None for proposal in proposals):
        out("Nothing is written yet: `gracelint init --write` does that.\n")
    return 0


_UNPUBLISHED = (
    f"{RELEASE} is not released yet: what names it works from the first release on. Until then,"
    " name a wheel that is built from the repository in its place."
)


def _say_what_is_not_released(proposals: list[Proposal]) -> None:
    if not ADDRESS and any(RELEASE in (one.text or "") for one in proposals):
        for text in fill(_UNPUBLISHED, columns()):
            out(line(text))


def _proposals(job: Job, result: Result) -> Iterator[Proposal]:
    """Everything, each judged with what is proposed before it."""
    settings = proposing.settings(job.files, job.session().scene(job.paths), result)
    yield settings
    if settings.text is not None:
        job.files.lay(settings.path, settings.text)
        configured(job, Asked())
    yield from _baseline(job)
    yield proposing.hook(job.files)
    yield proposing.workflow(job.files)


def _baseline(job: Job) -> Iterator[Proposal]:
    """The file of known findings that the settings name and that is not there yet."""
    path = job.options.baseline
    if path is None or job.files.exists(path):
        return
    from gracelint.base.values import replace
    from gracelint.resolve.baseline import written

    findings = job.session(replace(job.options, baseline=None)).run(job.paths).findings
    why = f"new: {count(len(findings), 'finding')} of today"
    yield proposing.Proposal(path, written(findings), why)


def _seen(result: Result) -> Iterator[str]:
    number, launches = result.launches.total, result.launches
    bad = launches.killed + launches.abandoned
    files = len(result.checked)
    yield (
        f"{count(files, 'file')} of this repository {'starts' if files == 1 else 'start'}"
        f" {count(number, 'container')}: {bad} killed or abandoned by a stop,"
        f" {launches.unknown} not to be told."
    )
    remark = f"; the baseline knows {len(result.baselined)} more" if result.baselined else ""
    yield f"gracelint finds {severities(result.findings) or 'nothing'}{remark}."
    if launches.unknown:
        yield (
            "`gracelint trace --unknown` says why some cannot be told;"
            " `gracelint images lock` reads images that are built elsewhere."
        )


def _shown(job: Job, proposal: Proposal, *, color: bool) -> str:
    head, *more = proposal.why.split("\n")
    lines = [paint(visible(job.shown(proposal.path)), "bold", color=color) + f" ({head})"]
    body = [*more, *proposal.added.split("\n")]
    lines += [f"  {visible(text)}".rstrip() for text in body]
    return "\n".join(lines).rstrip() + "\n\n"


def _write(job: Job, proposals: list[Proposal]) -> list[str]:
    """Write what is proposed; the files, as they are shown."""
    from gracelint.files.tree import Files

    files = Files(job.files.root)
    done = []
    for proposal in proposals:
        if proposal.text is None:
            continue
        before = files.read(proposal.path)
        if before is not None:
            files.write(proposal.path, before, proposal.text)
        else:
            files.make_folders(proposal.path)
            files.put(proposal.path, proposal.text)
        done.append(job.shown(proposal.path))
    return done
