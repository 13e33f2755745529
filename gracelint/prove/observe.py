"""A container started, left until it has settled, stopped, and watched to its end."""

from __future__ import annotations

import re
import time
from threading import Thread
from typing import TYPE_CHECKING

from gracelint.base import lazy, signals
from gracelint.base.values import dataclass, replace
from gracelint.model.proof import Observed, Seen
from gracelint.prove.engine import EngineError
from gracelint.prove.processes import Near, eyes, listed, resting
from gracelint.prove.watch import Watch, witness

if TYPE_CHECKING:
    from collections.abc import Callable

    from gracelint.model.proof import Witness
    from gracelint.prove.engine import Engine, State
    from gracelint.prove.processes import Eyes, Row

TICK, BUSY, RESTLESS = 0.25, 0.012, 20.0
"""Seconds between two looks; seconds of work between them that are some; how long work counts."""

STILL = 1.0
_NO_COMMAND = lazy.compile(
    r"executable file|no such file or directory|exec format error|exec: .*: permission denied"
)
"""How engines say that there is no such command as the one that they are to start."""
_LACKS = "it may lack what it needs: --network, --env and --with-dependencies give it more"
_APART = 0.25  # seconds between two ends that surely were not one
_LINES = 12  # of the output, in reports


@dataclass(frozen=True, slots=True)
class Way:
    """How a launch is waited for and stopped.

    grace: whole seconds. signal: the stop signal, as `SIGTERM`. ready: a pattern that its output
    matches once it is ready, or seconds; None: until it has settled. patience: seconds that this
    may take at most. counts: which of the processes are applications, see `Witness`.
    """

    grace: int
    signal: str
    ready: str | None = None
    patience: float = 60.0
    counts: Callable[[tuple[Witness, ...]], tuple[Witness, ...]] = tuple


def observe(engine: Engine, container: str, way: Way) -> Observed:
    """Start a container that has been made, and stop it. EngineError where the engine fails."""
    began = time.monotonic()
    try:
        engine.start(container)
    except EngineError as error:
        if not _NO_COMMAND.search(str(error)):
            raise EngineError(f"the engine cannot start it: {error}") from error
        return Observed(Seen.EXITS, way.signal, way.grace, 0.0, 127, output=(str(error),))
    waited = _wait(engine, container, way)
    state = engine.state(container)
    if waited is None or not state.running:
        return _over(engine, container, way, time.monotonic() - began)
    return _stopped(engine, container, way, state, waited)


def _over(engine: Engine, container: str, way: Way, took: float) -> Observed:
    """A container that has ended before anybody stopped it."""
    state = engine.state(container)
    notes = ("it had no more memory",) if state.out_of_memory else ()
    if state.exit:
        notes = (*notes, _LACKS)
    return Observed(
        Seen.EXITS,
        way.signal,
        way.grace,
        took,
        state.exit,
        output=_tail(engine, container),
        notes=notes,
    )


def _tail(engine: Engine, container: str) -> tuple[str, ...]:
    return tuple(engine.output(container, _LINES).splitlines()[-_LINES:])


# Waiting


def _wait(engine: Engine, container: str, way: Way) -> str | None:
    """Wait until it is ready: what was waited for; None once it has ended by itself."""
    ends = time.monotonic() + way.patience
    if way.ready is None:
        return _healthy(engine, container, ends) or _settled(engine, container, way)
    seconds = _seconds(way.ready)
    if seconds is not None:
        lasted = _until(engine, container, time.monotonic() + seconds, lambda: False)
        return None if lasted is None else f"{seconds:g} s had passed"
    pattern = re.compile(way.ready)
    match = _until(engine, container, ends, lambda: _written(engine, container, pattern))
    if match is False:
        raise EngineError(f"its output did not match `{way.ready}` within {way.patience:g} s")
    return f"its output matched `{way.ready}`" if match else None


def _written(engine: Engine, container: str, pattern: re.Pattern[str]) -> bool:
    return pattern.search(engine.output(container, 1_000)) is not None


def _seconds(ready: str) -> float | None:
    text = ready.removesuffix("s")
    return float(text) if re.fullmatch(r"[0-9]{1,5}(\.[0-9]+)?", text) else None


def _until(engine: Engine, container: str, ends: float, there: Callable[[], bool]) -> bool | None:
    """Whether it came before the clock says `ends`; None once the container has ended."""
    while engine.state(container).running:
        if there():
            return True
        if time.monotonic() >= ends:
            return False
        time.sleep(TICK)
    return None


def _healthy(engine: Engine, container: str, ends: float) -> str:
    """Wait for a health check, where the container has one; what came of it."""
    if not engine.state(container).health:
        return ""
    healthy = _until(engine, container, ends, lambda: engine.state(container).health == "healthy")
    return "its health check passed" if healthy else ""


def _settled(engine: Engine, container: str, way: Way) -> str | None:
    seen = eyes(engine, container)

    def tree() -> object:
        return frozenset(row.pid for row in seen.rows() or ())

    began = time.monotonic()
    if settle(seen, tree, lambda _: STILL, patience=way.patience) is None:
        return None
    late = time.monotonic() - began > way.patience
    return f"{way.patience:g} s had passed" if late else "nothing more happened in it"


def settle(
    seen: Eyes,
    sign: Callable[[], object],
    still: Callable[[object], float],
    *,
    patience: float = RESTLESS,
) -> list[Row] | None:
    """Wait until nothing more happens: the processes at rest; None once it has ended by itself.

    Nothing happens where `sign` stays what it is and hardly any processor time is used, for as
    many seconds as `still` says of the sign. Who never rests is waited for `patience` seconds.
    """
    before, worked, began = sign(), 0.0, time.monotonic()
    since = began
    while True:
        time.sleep(TICK)
        now, used = sign(), seen.work()
        busy = used - worked > BUSY and time.monotonic() - began < min(RESTLESS, patience)
        if now != before or busy:
            before, since = now, time.monotonic()
        worked = used
        if not used and seen.rows() is None:
            return None
        late = time.monotonic() - began > patience
        if late or time.monotonic() - since > still(before):
            rows = resting(seen)
            if rows is None or late or sign() == before:
                return rows
            since = time.monotonic()


# Stopping


def _stopped(engine: Engine, container: str, way: Way, state: State, waited: str) -> Observed:
    local = isinstance(eyes(engine, container), Near)
    watched = _watched if local else _polled
    witnesses, took = watched(engine, container, way, state.pid)
    counted = way.counts(witnesses)
    after = engine.state(container)
    notes = tuple(_notes(counted, local=local))
    if after.out_of_memory:
        notes += ("it had no more memory",)
    seen = verdict(counted, after.exit, took, way)
    status = -signals.number("KILL") if seen is Seen.KILLED else after.exit
    return Observed(
        seen,
        way.signal,
        way.grace,
        took,
        after.exit,
        tuple(replace(x, exit=status) if _is_open(x) else x for x in counted),
        waited,
        _tail(engine, container),
        notes,
    )


def _is_open(one: Witness) -> bool:
    """Whether it is the first process, of whose end the container's is all that is known."""
    return one.parent is None and one.exit is None


def _stop(engine: Engine, container: str, grace: int) -> tuple[Thread, list[EngineError]]:
    """Have it stopped in a thread of its own, so that it can be watched meanwhile."""
    failed: list[EngineError] = []

    def ask() -> None:
        try:
            engine.stop(container, grace)
        except EngineError as error:
            failed.append(error)

    thread = Thread(target=ask, daemon=True)
    thread.start()
    return thread, failed


def _watched(
    engine: Engine, container: str, way: Way, first: int
) -> tuple[tuple[Witness, ...], float]:
    watch = Watch(first)
    try:
        watch.look(later=False)
        began = time.monotonic()
        thread, failed = _stop(engine, container, way.grace)
        watch.follow(lambda: not thread.is_alive(), began + way.grace + 60)
        thread.join(way.grace + 60)
        ended = time.monotonic()
    finally:
        watch.close()
    if failed:
        raise failed[0]
    witnesses = watch.witnesses(began)
    times = [one.ended for one in witnesses if one.parent is None and one.ended is not None]
    return witnesses, times[0] if times else ended - began


def _polled(
    engine: Engine, container: str, way: Way, first: int
) -> tuple[tuple[Witness, ...], float]:
    """The same by the engine's own lists: who was still in the last of them is known, no more."""
    rows = {row.pid: (row, False) for row in listed(engine, container) or () if row.state != "Z"}
    last = dict.fromkeys(rows, 0.0)
    began = time.monotonic()
    thread, failed = _stop(engine, container, way.grace)
    while thread.is_alive() and time.monotonic() < began + way.grace + 60:
        thread.join(TICK)
        for row in (listed(engine, container) if thread.is_alive() else None) or ():
            rows.setdefault(row.pid, (row, True))
            last[row.pid] = time.monotonic() - began
    took = time.monotonic() - began
    if failed:
        raise failed[0]
    # Some engines number processes as the container does.
    top = first if first in rows else next(iter(rows), first)
    still = max(last.values(), default=0.0)
    return tuple(
        replace(
            witness(row, later=later),
            ended=took if pid == top else None if last[pid] >= still else last[pid] + TICK,
            parent=None if pid == top else row.parent or top,
        )
        for pid, (row, later) in rows.items()
    ), took


def verdict(witnesses: tuple[Witness, ...], status: int, took: float, way: Way) -> Seen:
    """What a stop came to. status: the container's exit status."""
    first = next((one for one in witnesses if one.parent is None), None)
    by_kill = signals.parse(way.signal) == "KILL"
    late = took > way.grace - 0.2
    # SIGKILL ends it within the grace period only where something in it sends that.
    if status == 137 and (by_kill or late):
        return Seen.KILLED
    others = [one for one in witnesses if one.counts and one is not first]
    if any(one.killed for one in others):
        return Seen.ABANDONED
    end = took if first is None or first.ended is None else first.ended
    unseen = [one for one in others if one.exit is None and not _before(one, end)]
    return Seen.UNCLEAR if unseen else Seen.GRACEFUL


def _before(one: Witness, end: float) -> bool:
    """Whether a process surely had ended before PID 1 did."""
    return one.ended is not None and one.ended < end - _APART


def _notes(witnesses: tuple[Witness, ...], *, local: bool) -> list[str]:
    notes = []
    if any(one.signals is None for one in witnesses):
        notes.append("which signals a process catches could not be read")
    if not local:
        notes.append("the engine is not on this machine, so that it was looked at from afar")
    if any(one.exit is None and one.parent is not None for one in witnesses):
        notes.append(
            "how the processes besides PID 1 ended could not be seen: it takes Linux 6.15"
            " and an engine on this machine"
        )
    return notes
