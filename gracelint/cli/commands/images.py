"""`gracelint images list` and `gracelint images lock`."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from gracelint.cli.job import STDIN, Asked, here, jobs, write
from gracelint.cli.options import ImagesList, ImagesLock, UsageError
from gracelint.cli.output import err, line, out, problem
from gracelint.model.lock import NAME
from gracelint.report.text import count
from gracelint.session.images import unlocked, used
from gracelint.settings.nearest import common

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator

    from gracelint.cli.job import Job
    from gracelint.model.lock import LockedImage
    from gracelint.model.result import Problem
    from gracelint.session.images import Used
    from gracelint.session.session import Session


def images_list(request: ImagesList) -> int:
    """Show the images; the exit status."""
    work, problems = _work(request)
    listed: list[Used] = []
    for job in work:
        session = job.session()
        listed += used(session, session.scene(job.paths))
        problems += session.problems
    for one in problems:
        problem(one)
    any_used = bool(listed)
    if request.unknown:
        listed = [one for one in listed if one.knowledge == "nothing"]
    from gracelint.report import images

    text = images.json if request.output_format == "json" else images.text
    said = text(listed, shown=here())
    if any_used and not listed and request.output_format != "json":
        said = "Of every image in use it is known what it starts.\n"
    if request.output_file is None:
        out(said)
    else:
        write(request.output_file, said, work)
    return 2 if any(not one.hint for one in problems) else 0


def _work(request: ImagesList | ImagesLock) -> tuple[list[Job], list[Problem]]:
    if STDIN in request.paths:
        raise UsageError("images are looked for in files; give their paths")
    asked = Asked(request.config, request.isolated, render=request.render)
    return jobs(request.paths, None, asked)


def images_lock(request: ImagesLock) -> int:
    """Write the lock, or hold what is used against it; the exit status."""
    work, problems = _work(request)
    for one in problems:
        problem(one)
    status = 2 if problems else 0
    for job in work:
        status = max(status, _check(job) if request.check else _lock(job, request, work))
    return status


def _check(job: Job) -> int:
    """Tell of the images in use that the lock does not have."""
    session = job.session()
    missing = unlocked(used(session, session.scene(job.paths)))
    _print_problems(session)
    for name in missing:
        err(f"gracelint: error: {name} is not in {NAME}")
    if missing:
        err("gracelint: note: `gracelint images lock` puts them in: " + _SOURCES)
    return 1 if missing else 0


def _print_problems(session: Session) -> None:
    for one in session.problems:
        problem(one)


def _lock(job: Job, request: ImagesLock, work: list[Job]) -> int:
    """Read the images in use and write what they start; the exit status.

    An archive or an engine need not hold all of them, which `lock --check` asks for: 1 where they
    held none, and where registries, which can be asked for each, did not give all.
    """
    from gracelint.images.layers import ImageProblem
    from gracelint.images.lock import write as written

    session = job.session()
    lockfile = session.locks.path(common(job.files, job.paths))
    path, before = lockfile or NAME, {} if lockfile is None else session.locks.images(lockfile)
    wanted = {
        one.name for one in used(session, session.scene(job.paths)) if one.knowledge in _TAKEN
    }
    _print_problems(session)
    try:
        fresh = {image.reference: image for image in _read(request, wanted)}
    except ImageProblem as error:
        raise UsageError(str(error)) from error
    if job.paths != [""]:
        wanted |= set(before)  # other parts of the tree may use them
    entries = {name: image for name, image in {**before, **fresh}.items() if name in wanted}
    shown = request.output_file or job.shown(path)
    write(request.output_file or str(job.files.root / path), written(entries.values()), work)
    missing = sorted(wanted - set(entries))
    if missing:
        err(f"gracelint: note: not found, so not in {shown}: {_some(missing)}")
    out(line(f"{shown}: {count(len(entries), 'image')}"))
    return 1 if missing and (request.registry or not fresh) else 0


def _some(names: list[str]) -> str:
    """The first few of many names."""
    more = len(names) - SHOWN
    if more <= 0:
        return ", ".join(names)
    return (
        f"{', '.join(names[:SHOWN])} and {more} more, which `gracelint images lock --check` names"
    )


SHOWN = 5
"""So many images that were not found are named."""

_SOURCES = "--from ARCHIVE, --engine docker or --registry says where they are read from"
_TAKEN = frozenset({"lock", "atlas", "nothing"})


def _read(request: ImagesLock, wanted: Collection[str]) -> Iterator[LockedImage]:
    """The images that can be had of those that are wanted, from where they are asked for."""
    left = set(wanted)
    for source in _sources(request):
        for image in source(frozenset(left)):
            left.discard(image.reference)
            yield image


def _archive(path: str, wanted: Collection[str]) -> Iterator[LockedImage]:
    """The images of an archive that are wanted; a note where it has none of them."""
    from gracelint.images.gather import from_archive, names

    taken = False
    for image in from_archive(path, wanted):
        taken = True
        yield image
    if not taken:
        held = ", ".join(names(path)) or "no image that has a name"
        err(f"gracelint: note: nothing was taken from {path}, which holds {held}")


def _sources(request: ImagesLock) -> list[Callable[[Collection[str]], Iterable[LockedImage]]]:
    """What looks for images, in the order in which it is asked: nobody is asked unasked."""
    sources: list[Callable[[Collection[str]], Iterable[LockedImage]]] = []
    sources += [partial(_archive, path) for path in request.archives]
    if request.engine is not None:
        from gracelint.images.engine import from_engine

        sources.append(partial(from_engine, request.engine))
    if request.registry:
        from gracelint.images.registry import from_registry

        sources.append(from_registry)
    if not sources:
        raise UsageError("say where images are read from: --from ARCHIVE, --engine or --registry")
    return sources
