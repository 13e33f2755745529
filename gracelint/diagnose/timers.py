"""Timers inside a container that say how long a stop may take, as far as files show them."""

from __future__ import annotations

from fnmatch import fnmatchcase
from itertools import islice

from gracelint.base import lazy
from gracelint.base.facts import Atlas as Evidence
from gracelint.base.facts import Known
from gracelint.base.paths import absolute, name_of
from gracelint.base.typed import TYPE_CHECKING
from gracelint.base.values import dataclass, replace

if TYPE_CHECKING:
    import re
    from collections.abc import Iterator, Mapping

    from gracelint.atlas import Atlas
    from gracelint.base.source import Span
    from gracelint.model.entries import InnerTimer, Limit, Service, Wrapped
    from gracelint.model.process import Process
    from gracelint.model.workload import ImageFile, ImageFiles, Workload


@dataclass(frozen=True, slots=True)
class Timer:
    """Seconds that something grants itself or what is below it, and where that is written.

    process: it runs there. owner: whose it is. cuts: what is below is killed when it is over.
    chosen: somebody set it. above: for a program's own, the timer of a supervisor or wrapper that
    kills it sooner than any other does.
    """

    process: Process
    owner: str
    seconds: float
    span: Span | None
    cuts: bool = False
    chosen: bool = True
    above: Timer | None = None


def timers(workload: Workload, tree: Process) -> Iterator[Timer]:
    """All that are in sight, PID 1's first."""
    parents = {child.pid: process for process in tree.walk() for child in process.children}
    for process in tree.walk():
        yield from _of_process(workload, process, parents)
        yield from _below(workload, process)
        for limit in _limits(process):
            set_ = limit if limit.chosen else _in_sources(workload, process, limit)
            if limit.owner and set_.chosen and set_.seconds is not None:
                yield Timer(process, limit.owner, set_.seconds, _span(workload, process, set_))


_MOST_FILES = 2000


def _in_sources(workload: Workload, process: Process, limit: Limit) -> Limit:
    """A timer as the sources say it that the started file is built from."""
    from gracelint.atlas.running.timers import settings

    timer, named = limit.timer, [w.value for w in process.argv[1:] if w.value]
    file = next((w for w in named if w.endswith((".jar", ".dll", ".war"))), None)
    if (
        timer is None
        or not timer.sources
        or file is None
        or not isinstance(workload.workdir, Known)
    ):
        return limit
    for stage in workload.files.origins(absolute(file, workload.workdir.value)):
        within = _folders(stage, file)
        for source in islice(stage, _MOST_FILES):
            own = source.path.startswith(within or "/") and _is_source(source, timer.sources)
            said = settings(timer, source.text) if own else None
            if said is not None and said[0] is not None:
                return replace(limit, seconds=said[0], span=said[1], chosen=True)
    return limit


def _folders(files: ImageFiles, started: str) -> tuple[str, ...]:
    """Where the sources lie of which a .NET assembly is made; others beside it say nothing."""
    if not started.endswith(".dll"):
        return ()
    from gracelint.simulate.sources import dotnet

    return dotnet.folders(files, name_of(started).removesuffix(".dll"))


def _is_source(file: ImageFile, endings: tuple[str, ...]) -> bool:
    return file.text is not None and any(fnmatchcase(file.path, f"*/{e}") for e in endings)


def _limits(process: Process) -> tuple[Limit, ...]:
    entry = process.entry or process.wrapped
    return entry.limits if entry is not None else ()


def _of_process(
    workload: Workload, process: Process, parents: Mapping[int, Process]
) -> Iterator[Timer]:
    """The time that a program grants itself, where it is told with a signal that it counts on."""
    entry = process.entry
    if entry is None or not process.told or process.at_once or process.role != "app":
        return
    from gracelint.atlas.running.timers import longest, may_be_set

    if any(may_be_set(limit, workload.env) for limit in entry.limits):
        return
    grant = longest(entry.limits, process.sent)
    seconds = entry.stops_in if grant is None and not entry.limits else grant and grant.seconds
    if not seconds:
        return
    span = process.span if grant is None else _span(workload, process, grant)
    chosen = grant is not None and grant.chosen
    above = _above(process, parents)
    yield Timer(process, entry.key, seconds, span, chosen=chosen, above=above)


def _span(workload: Workload, process: Process, limit: Limit) -> Span | None:
    """What sets a timer."""
    variable = workload.env.get(limit.variable)
    return limit.span or (variable.span if variable is not None else None) or process.span


def _above(process: Process, parents: Mapping[int, Process]) -> Timer | None:
    """The shortest time that what is above a process grants it."""
    grants: list[Timer] = []
    while (parent := parents.get(process.pid)) is not None:
        grants += _granted(parent, process)
        process = parent
    return min(grants, key=lambda timer: timer.seconds, default=None)


def _granted(parent: Process, child: Process) -> Iterator[Timer]:
    wrapped = parent.wrapped
    if wrapped is None:
        return
    if wrapped.kill_after is not None:
        yield Timer(parent, wrapped.key, wrapped.kill_after, parent.span, cuts=True, chosen=False)
    for service in wrapped.services:
        if service.kill_after is not None and _starts(service, child):
            yield _of_service(parent, wrapped, service, service.kill_after)


def _starts(service: Service, child: Process) -> bool:
    """Whether a child is what a service became, which a shell replaced itself by or not."""
    if service.words == child.argv:
        return True
    span, places = child.span, [word.span for word in service.words if word.span is not None]
    return span is not None and any(
        place.source == span.source and place.start <= span.start and span.end <= place.end
        for place in places
    )


def _of_service(parent: Process, wrapped: Wrapped, service: Service, seconds: float) -> Timer:
    chosen = seconds != wrapped.usual_wait
    span = service.kill_at or (service.words[0].span if service.words else parent.span)
    return Timer(parent, wrapped.key, seconds, span, cuts=True, chosen=chosen)


def _below(workload: Workload, process: Process) -> Iterator[Timer]:
    """The time that a wrapper or supervisor grants what it started, unless that needs less."""
    wrapped = process.wrapped
    if wrapped is None or not any(_has_work(child) for child in process.walk()[1:]):
        return
    if wrapped.kill_after is not None:
        yield Timer(process, wrapped.key, wrapped.kill_after, process.span, cuts=True, chosen=False)
    for service in wrapped.services:
        if service.kill_after is not None and not _needs_less(workload, process, service):
            timer = _of_service(process, wrapped, service, service.kill_after)
            yield timer if timer.chosen else replace(timer, span=process.span)


def _needs_less(workload: Workload, process: Process, service: Service) -> bool:
    """Whether a timer of its own ends what a service became before its supervisor does."""
    own = [t for c in process.children if _starts(service, c) for t in _of_process(workload, c, {})]
    return any(service.kill_after and timer.seconds < service.kill_after for timer in own)


def _has_work(process: Process) -> bool:
    """Whether an application has something to do on the signal that it is sent."""
    reactions = process.entry.reactions if process.entry is not None else {}
    finishes = any(reactions.get(s) == "graceful" or s in process.finishes_on for s in process.sent)
    return process.role == "app" and bool(process.told) and (process.assumed or finishes)


def cuts_off(workload: Workload, tree: Process, atlas: Atlas) -> tuple[Process, InnerTimer] | None:
    """The program of an official image that, stopped as it should be, has no time for its work.

    Only where every configuration that is added is in sight.
    """
    reference = workload.base.reference
    official = reference is not None and isinstance(workload.base.origin, Evidence)
    image = atlas.base(reference) if reference is not None and official else None
    key = image.program if image is not None else None
    for process in tree.walk() if key else ():
        entry, sent = process.entry, process.sent
        if entry is None or len(sent) != 1 or entry.key != key:
            continue
        from gracelint.atlas.running.timers import longest, unset

        timer, limit = unset(entry, sent[0]), longest(entry.limits, sent)
        if timer is None or limit is None or limit.hidden or limit.seconds:
            return None
        if _changed(workload, timer):
            return None
        return None if limit.chosen and limit.seconds is None else (process, timer)
    return None


def _changed(workload: Workload, timer: InnerTimer) -> bool:
    """Whether something is done to the configuration that is not followed."""
    from gracelint.syntax.dockerfile.parse import parse

    command = workload.launch.command
    source = command.span.source if command is not None else workload.source
    done = [workload.place.node.span.text] if workload.place is not None else []
    if source.path.lower().endswith((".yml", ".yaml", ".json")):
        done.append(source.text)
    else:
        done += [i.span.text for i in parse(source).instructions if i.name == "RUN"]
    for path in timer.blank:
        done = [text.replace(path, "") for text in done]

    def unread(match: re.Match[str]) -> str:
        file = workload.files.get(match[1])
        return match[0] if file is None or file.text is None else ""

    done = [_PUT.sub(unread, text) for text in done]
    return any(trace in text for text in done for trace in timer.traces)


_PUT = lazy.compile(r"(?<![^\s\"'])(?:[^\s\"':]{1,300}:)?(/[\w./-]{1,300})")
"""What is mounted at a path of the image; a file that is in sight has been read."""
