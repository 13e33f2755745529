"""The clock of a stop: when hooks end, when the signal comes, when SIGKILL falls."""

from __future__ import annotations

from functools import lru_cache

from gracelint.base.facts import Known
from gracelint.base.typed import TYPE_CHECKING
from gracelint.base.values import dataclass
from gracelint.model.story import Event, Verdict

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from gracelint.model.pod import PodSpec
    from gracelint.model.process import Process
    from gracelint.model.story import Story
    from gracelint.model.workload import Group, Hook, Workload

FLOOR = 2.0
"""Seconds that the kubelet leaves between stop signal and SIGKILL at least."""

MAX_NAMES = 4
"""Services that are named where one waits for others."""


@dataclass(frozen=True, slots=True)
class Clock:
    """Seconds after it is the container's turn to stop; None where the files do not tell.

    That is when the stop is asked for, or for a Compose service on which others depend, when they
    have ended.

    hook: when the preStop hook ends, None without one. at_least: it may take longer. signal: when
    the stop signal comes. kill: when SIGKILL falls. cut: the hook outlasts the grace period.
    """

    signal: float | None
    kill: float | None
    hook: float | None = None
    at_least: bool = False
    cut: bool = False


def clock(workload: Workload) -> Clock:
    """When a container is told to stop and when it is killed.

    In a pod the grace period begins with the hook, is at least a second, and leaves two seconds
    behind the hook (kubelet); Compose runs its hooks first and counts from the signal on.
    """
    grace = workload.grace.value if isinstance(workload.grace, Known) else None
    pod = workload.kind == "kubernetes"
    hooks = [hook for hook in workload.hooks if hook.when == "preStop"]
    if pod and grace is not None and grace < 0:
        grace = 1.0
    if not hooks or (pod and grace == 0):
        return Clock(0.0, max(grace, FLOOR) if pod and grace is not None else grace)
    ends, at_least = _hooks_end(hooks, workload)
    if ends is None:
        return Clock(None, grace if pod else None)
    if grace is None:
        return Clock(ends, None, ends, at_least)
    if not pod:
        return Clock(ends, ends + grace, ends, at_least)
    signal = min(ends, grace)
    return Clock(signal, signal + max(grace - signal, FLOOR), ends, at_least, ends > grace)


def _hooks_end(hooks: list[Hook], workload: Workload) -> tuple[float | None, bool]:
    """When the last of the hooks, run one after another, ends; and whether that may be later."""
    from gracelint.diagnose.hook import duration

    total, at_least = 0.0, False
    for hook in hooks:
        taken = duration(hook, workload.env, workload.files)
        if not isinstance(taken, Known):
            return None, True
        total += taken.value
        at_least = at_least or taken.assumed
    return total, at_least


LITTLE = 10.0
"""Seconds: where a hook leaves less, the story says how much."""


def limit(workload: Workload, tree: Process | None) -> str:
    """What a stop that goes well still hangs on: less time than what runs may take; "" for nothing.

    A Dockerfile does not say how much time there will be.
    """
    times = clock(workload)
    if workload.kind == "dockerfile" or tree is None or times.signal is None or times.kill is None:
        return ""
    left = times.kill - times.signal
    timers = [t for t in _own_timers(tree, 0.0) if t[1] > left]
    if timers:
        name, seconds = max(timers, key=lambda timer: timer[1])
        return f"; `{name}` may take {seconds:g} s, and SIGKILL falls after {left:g} s"
    if times.hook is not None and left < LITTLE:
        most = "at most " if times.at_least else ""
        return f", if {most}{left:g} s are enough: the hook takes the rest of the grace period"
    return ""


def timeline(story: Story, group: Group | None = None) -> tuple[Event, ...]:
    """What happens when, in order.

    group: the pod or project that the container belongs to.
    """
    if story.verdict is Verdict.EXITS:
        return ()
    if story.workload.container in _sidecar_names(group):
        return _in_order(_second_act(story))
    times = clock(story.workload)
    events = [*_turn(story.workload), *_hook_events(story.workload, times)]
    if times.signal is not None:
        events.append(Event(times.signal, _signalled(story)))
        over = times.signal if story.verdict is Verdict.ABANDONED else times.kill
        events += _timers_end(story.tree, times.signal, over)
    ended = _ended(story, times)
    if ended is not None:
        events.append(ended)
    if times.kill is not None and story.verdict is not Verdict.ABANDONED:
        events.append(Event(times.kill, _killed(story)))
    if group is not None:
        events += _sidecars(group, times)
        events += _traffic(group)
    return _in_order(events)


def _in_order(events: Iterable[Event]) -> tuple[Event, ...]:
    """What ever happens, by its time."""
    happening = (event for event in events if event.at_seconds < float("inf"))
    return tuple(sorted(happening, key=lambda event: event.at_seconds))


def _turn(workload: Workload) -> Iterator[Event]:
    """What a service waits for before its clock begins.

    Source: Compose documentation, "Control startup and shutdown order".
    """
    names = [f"`{name}`" for name in workload.stops_after[:MAX_NAMES]]
    if not names:
        return
    if (more := len(workload.stops_after) - len(names)) > 0:
        names.append(f"{more} more")
    listed = " and ".join([*filter(None, [", ".join(names[:-1])]), names[-1]])
    verb = "has" if len(names) == 1 else "have"
    yield Event(0.0, f"stopped after {listed} {verb} ended")


def _hook_events(workload: Workload, times: Clock) -> Iterator[Event]:
    hooks = [hook for hook in workload.hooks if hook.when == "preStop"]
    if not hooks:
        return
    name = "preStop" if workload.kind == "kubernetes" else "pre_stop"
    grace = workload.grace.value if isinstance(workload.grace, Known) else None
    if workload.kind == "kubernetes" and grace == 0:
        yield Event(0.0, f"{name} is skipped: the grace period is 0")
        return
    yield Event(0.0, f"{name} begins")
    if times.hook is None:
        return
    if times.cut and times.signal is not None:
        yield Event(times.signal, f"{name} is cut off: the grace period is over")
    else:
        later = " at the earliest" if times.at_least else ""
        yield Event(times.hook, f"{name} ends{later}")


def _signalled(story: Story) -> str:
    name = f"SIG{story.signal}" if story.signal else "the stop signal"
    if story.workload.kind == "fly":
        return f"{name} to Fly's init"  # which is PID 1 of the machine
    shared = story.workload.pid_namespace != "private"
    return f"{name} to {'the first process of the container' if shared else 'PID 1'}"


def _ended(story: Story, times: Clock) -> Event | None:
    """The end of a container that does not wait for its application."""
    if story.verdict is not Verdict.ABANDONED or times.signal is None:
        return None
    return Event(times.signal, "PID 1 ends, and the kernel kills what is left")


def _killed(story: Story) -> str:
    if story.verdict is Verdict.KILLED:
        return "SIGKILL ends everything"
    return "SIGKILL, if anything is still running"


def _timers_end(tree: Process | None, signal: float, over: float | None) -> Iterator[Event]:
    """When applications have stopped by their own timers. over: when the container is gone."""
    for name, ends in _own_timers(tree, signal):
        has = "has" if over is None or ends <= over else "would have"
        yield Event(ends, f"`{name}` {has} stopped at the latest, by its own timer")


def _own_timers(tree: Process | None, signal: float) -> Iterator[tuple[str, float]]:
    """What the applications that are told may take by their own timers: name and end, each once."""
    seen: set[tuple[str, float]] = set()
    for process in tree.walk() if tree is not None else ():
        entry = process.entry
        if process.at_once or not process.told or process.role != "app":
            continue
        if entry is None or not entry.stops_in:
            continue
        key = (_name(process), signal + entry.stops_in)
        if key not in seen:
            seen.add(key)
            yield key


def _name(process: Process) -> str:
    words = str(process.argv[0]) if process.argv else "the application"
    return words.rpartition("/")[2][:40] or words[:40]


def _sidecar_names(group: Group | None) -> list[str]:
    """A pod's native sidecars in the order in which they are told to stop."""
    return [] if group is None or group.pod is None else _names(_Key(group.pod))


class _Key:
    """A pod as itself and not as what it holds, which may be thousands of containers."""

    def __init__(self, pod: PodSpec) -> None:
        self.pod = pod

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Key) and other.pod is self.pod

    def __hash__(self) -> int:
        return id(self.pod)


@lru_cache(maxsize=1)
def _names(key: _Key) -> list[str]:
    listed = reversed(key.pod.containers)
    return [container.name or "a sidecar" for container in listed if container.role == "sidecar"]


def _sidecars(group: Group, times: Clock) -> Iterator[Event]:
    """The second act of a pod: native sidecars are told last."""
    names = _sidecar_names(group)
    if names and times.kill is not None:
        shown = ", then ".join(f"`{name}`" for name in names)
        words = f"SIGTERM to {shown} at the latest: once the containers have ended"
        yield Event(times.kill, words)


def _second_act(story: Story) -> Iterator[Event]:
    """A native sidecar's own stop: its hook runs at once, its signal comes last."""
    yield from _hook_events(story.workload, clock(story.workload))
    grace = story.workload.grace
    if isinstance(grace, Known):
        latest = max(grace.value, FLOOR)
        words = f"{_signalled(story)} at the latest: once the other containers have ended"
        yield Event(latest, words)
        yield Event(latest + FLOOR, _killed(story))


def _traffic(group: Group) -> Iterator[Event]:
    """Until when requests arrive, by the traffic profile of the settings."""
    profile = group.options.traffic
    if profile is None or not group.services:
        return
    named = f" ({profile})" if isinstance(profile, str) else ""
    yield Event(group.options.traffic_seconds, f"requests have stopped arriving{named}")
