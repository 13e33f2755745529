"""Timers inside a container that say how long a stop may take, as far as files show them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gracelint.atlas.running.timers import read, setting
from gracelint.base.facts import Atlas as Evidence
from gracelint.base.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gracelint.atlas import Atlas
    from gracelint.base.source import Span
    from gracelint.model.entries import InnerTimer
    from gracelint.model.process import Process
    from gracelint.model.workload import ImageFile, Workload


@dataclass(frozen=True, slots=True)
class Timer:
    """Seconds that something grants itself or what is below it, and where that is written.

    process: it runs there. owner: whose it is. cuts: what is below is killed when it is over.
    chosen: somebody set it.
    """

    process: Process
    owner: str
    seconds: float
    span: Span | None
    cuts: bool = False
    chosen: bool = True


def timers(workload: Workload, tree: Process) -> Iterator[Timer]:
    """All that are in sight, PID 1's first."""
    for process in tree.walk():
        yield from _of_process(workload, process)
        yield from _below(process)
        for timer in _known(process):
            place = _place(workload, process, timer) if timer.owner else None
            if place is not None and place[0] is not None:
                yield Timer(process, timer.owner, place[0], place[1])


def _known(process: Process) -> tuple[InnerTimer, ...]:
    known = process.entry or process.wrapped
    return known.timers if known is not None else ()


def _of_process(workload: Workload, process: Process) -> Iterator[Timer]:
    """The time that a program grants itself, where it is told with a signal that it counts on."""
    entry = process.entry
    if entry is None or not entry.stops_in or not process.told or process.role != "app":
        return
    own = next((timer for timer in entry.timers if not timer.owner), None)
    if own is not None and own.on and not set(own.on) & set(process.sent):
        return
    place = _place(workload, process, own) if own is not None else None
    span = place[1] if place is not None and place[1] is not None else process.span
    yield Timer(process, entry.key, entry.stops_in, span, chosen=place is not None)


def _below(process: Process) -> Iterator[Timer]:
    """The time that a wrapper or supervisor grants what it started."""
    wrapped = process.wrapped
    if wrapped is None or not any(_has_work(child) for child in process.walk()[1:]):
        return
    if wrapped.kill_after is not None:
        yield Timer(process, wrapped.key, wrapped.kill_after, process.span, cuts=True, chosen=False)
    for service in wrapped.services:
        if service.kill_after is not None:
            chosen = service.kill_after != wrapped.usual_wait
            span = service.words[0].span if service.words else process.span
            yield Timer(process, wrapped.key, service.kill_after, span, cuts=True, chosen=chosen)


def _has_work(process: Process) -> bool:
    """Whether an application has something to do on the signal that it is sent."""
    reactions = process.entry.reactions if process.entry is not None else {}
    finishes = any(reactions.get(s) == "graceful" for s in process.sent)
    return process.role == "app" and bool(process.told) and (process.assumed or finishes)


def _place(
    workload: Workload, process: Process, timer: InnerTimer
) -> tuple[float | None, Span | None] | None:
    """What sets a timer, and where: an option, a variable or a file; None where nothing does."""
    for at, word in enumerate(process.argv[1:], 1):
        name, equals, value = (word.value or "").partition("=")
        if name in timer.options:
            after = process.argv[at + 1].value if at + 1 < len(process.argv) else None
            return read(timer, value if equals else after), word.span
    for name in timer.env:
        if name in workload.env:
            return read(timer, workload.env[name].value), workload.env[name].span
    for file in workload.files:
        if file.text is not None and any(_lies_in(file.path, path) for path in timer.files):
            found = setting(timer, file.text.text)
            if found is not None:
                return read(timer, found[1]), file.text.span(found.start(1), found.end(1))
    return None


def _lies_in(path: str, place: str) -> bool:
    """Whether a file is the one at a place, or in the folder there."""
    return path == place or path.startswith(f"{place}/") or path.endswith(f"/{place}")


def cuts_off(workload: Workload, tree: Process, atlas: Atlas) -> Process | None:
    """The php-fpm of an official image that, stopped as it should be, has no time for its requests.

    Only where every configuration that is added is in sight.
    """
    reference = workload.base.reference
    official = reference is not None and isinstance(workload.base.origin, Evidence)
    image = atlas.base(reference) if reference is not None and official else None
    told = next((p for p in tree.walk() if p.program == "php-fpm" and p.sent == ("QUIT",)), None)
    if told is None or image is None or image.program != "php-fpm":
        return None
    timer = next((timer for timer in _known(told) if not timer.owner), None)
    if timer is None or _hidden(workload, timer):
        return None
    return None if any(_configures(file, timer) for file in workload.files) else told


def _configures(file: ImageFile, timer: InnerTimer) -> bool:
    """Whether a file sets the timer, or may."""
    if not any(_lies_in(file.path, path) for path in timer.files):
        return False
    found = setting(timer, file.text.text) if file.text is not None else None
    return file.text is None or (found is not None and bool(read(timer, found[1])))


def _hidden(workload: Workload, timer: InnerTimer) -> bool:
    """Whether something is done to the configuration that is not followed."""
    written = workload.place.node.span.text if workload.place is not None else ""
    command = workload.launch.command
    source = command.span.source.text if command is not None else workload.source.text
    marks = (*timer.files, timer.setting, "php_ini")
    return any(mark in text for text in (written, source) for mark in marks)
