"""What a program leaves undone when it ends: the ends of blocks, and what its threads were about.

A look ahead plays a copy of it on as if it had not ended, without touching anything else.
"""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any

from gracelint.base import lazy
from gracelint.simulate.sources.library.rests import IN_TIME, Rest, called, follow
from gracelint.simulate.sources.machine.state import Block, Lost
from gracelint.simulate.sources.machine.waits import MAX_STEPS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gracelint.simulate.sources.machine.code import Code
    from gracelint.simulate.sources.machine.machine import Machine
    from gracelint.simulate.sources.machine.state import Frame, Strand
    from gracelint.syntax.code.tree import Node

_DEEDS = lazy.compile(
    r"_*(?:flush|Flush|commit|Commit|save|Save|persist|Persist|drain|Drain|publish|Publish|upload"
    r"|Upload|checkpoint|Checkpoint|backup|Backup|clean_?[uU]p|Clean[uU]p|deregister|Deregister)"
    r"|(?:awaitTermination|Shutdown|GracefulStop|RemoveAll|deleteIfExists|unlink|rmtree|rm_r?f)$"
)
"""What functions are called by which something is brought to its end."""

_WAITS = frozenset({"Wait"})
"""What waits for others at the end of a block."""

_LOOK = 60.0  # seconds
_ROUNDS = 200
_STEPS = 20_000


def begin(machine: Machine) -> None:
    """Keep how it stands when it is told to stop."""
    mode = machine.mode
    mode["told"] = True
    if "told-at" in mode:
        return
    mode["told-at"], mode["unknown-then"] = machine.host.now(), machine.unknown
    mode["entered-then"] = frozenset(machine.entered)
    for strand in machine.strands:
        if strand.block is not None:
            strand.block.before = True
        for frame in strand.frames:
            frame.told = frame.at


def leaves_at_once(machine: Machine) -> bool:
    """Whether a handler ends the program as soon as it is told, without a call of which nothing is
    known: whatever a server has in hand then is cut off.
    """
    return bool(machine.mode.get("leaves") and machine.mode.get("ran") and at_once(machine))


def at_once(machine: Machine, words: frozenset[str] = frozenset()) -> bool:
    """Whether no time has passed since it was told, nothing is called of which nothing is known,
    and nothing by which it may wait for the work in hand. words: what that is called, where it is
    not all that the language has.
    """
    mode = machine.mode
    known = machine.unknown == mode.get("unknown-then")
    if not known or mode.get("waits-then") or machine.host.now() != mode.get("told-at"):
        return False
    words = words or frozenset(word for word in machine.library.pauses if word.isalpha())
    return words.isdisjoint(under_way(machine))


def cut_off(machine: Machine, at: tuple[Code, Node] | None) -> None:
    """Note where the program's own handler cuts off what it has in hand."""
    machine.mode |= {"cuts": at, "meant": True}


def waits(machine: Machine) -> None:
    """Note that it waits, if it has been told, whether or not there is something to wait for."""
    if machine.mode.get("told"):
        machine.mode["waits-then"] = True


def under_way(machine: Machine) -> Iterator[str]:
    """The words of what it has called since it was told, and of what it has gone on with."""
    new = machine.entered - machine.mode.get("entered-then", frozenset())
    for code in machine.codes:
        for function in machine.functions(code):
            if function.function is not None and (code.path, function.function.start) in new:
                yield from function.names
    for strand in machine.strands:
        if not strand.background and (strand.block is None or not strand.block.before):
            for frame in strand.frames:
                if frame.code.function is not None:
                    yield from _gone_through(frame)


def _gone_through(frame: Frame) -> Iterator[str]:
    """The words from where a function was when the program was told, or from the begin of the
    loops around that place; those of functions in it count where they are called.
    """
    listed = frame.code.instructions
    here = listed[min(frame.told, len(listed) - 1)][2].start if frame.told else 0
    loops = (n.start for name, _, n in listed if name == "loop" and n.start <= here < n.end)
    first = min(loops, default=here)
    for name, argument, node in listed:
        if node.start >= first and name in {"load", "method", "member"}:
            yield argument


def undone(machine: Machine) -> bool:
    """Whether blocks that are left by the end of the program have something to do at their end, or
    other threads have something to do before they would have ended by themselves.
    """
    if machine.mode.get("ahead"):
        return False
    return any(map(_does, _pending(machine))) or _goes_on(machine)


# Ends of blocks -----------------------------------------------------------------------------------


def _pending(machine: Machine) -> Iterator[frozenset[str]]:
    """The words of each end of a block that would have been run."""
    for frame in (frame for strand in machine.strands for frame in strand.frames):
        for kind, target, _, _ in frame.tries:
            if kind == "final":
                yield _known(machine, _words(frame, target))


def _words(frame: Frame, at: int) -> frozenset[str]:
    words, depth = set[str](), 0
    for name, argument, _ in frame.code.instructions[at:]:
        depth += (name == "try" and argument[1] == "final") - (name == "end-final")
        if depth < 0:
            break
        if name in {"load", "method", "member"}:
            words.add(argument)
        elif name == "function":
            words |= argument.names
    return frozenset(words)


def _known(machine: Machine, words: frozenset[str]) -> frozenset[str]:
    """These words, and those of the program's own functions among them."""
    own = [f for code in machine.codes for f in machine.functions(code) if f.name in words]
    return words.union(*(f.names for f in own))


def _does(words: frozenset[str]) -> bool:
    return any(word in _WAITS or _DEEDS.match(word) for word in words)


# Other threads ------------------------------------------------------------------------------------


def _goes_on(machine: Machine) -> bool:
    """Whether a thread that has been told would have done something, and ended."""
    others = [at for at, strand in enumerate(machine.strands) if _counts(machine, strand)]
    if not others:
        return False
    system, deeds = _Still(machine.host), list[Any]()
    memo: dict[int, Any] = {id(machine.host): system}
    for shared in (machine.library, machine.instructions, machine.environment):
        memo[id(shared)] = shared
    twin = copy.deepcopy(machine, memo)
    twin.mode["ahead"] = True
    twin.steps = max(twin.steps, MAX_STEPS - _STEPS)
    watched = [twin.strands[at] for at in others]
    for ending in twin.ready:  # whoever ends it is in the middle of that
        ending.block = Block("for-ever")
    twin.ready.clear()
    deeds += [strand for strand in watched if _has_begun(twin, strand)]
    _note(twin, deeds)
    rests = [Rest(machine, strand, system.time) for strand in watched]
    follow(twin, system, rests)
    try:
        _play(twin, system)
    except Lost:
        return False
    ends = [rest for rest in rests if rest.strand.done]
    if any(rest.strand in deeds or rest.later for rest in ends):
        return True
    if machine.library.dialect.lingers and any(rest.at_once for rest in ends):
        machine.mode["guess"] = IN_TIME
    return False


def _counts(machine: Machine, strand: Strand) -> bool:
    """Whether somebody may have meant it to come to its end."""
    if strand.done or strand.handles or not strand.frames:
        return False
    return machine.library.dialect.alone or not strand.background


def _has_begun(twin: Machine, strand: Strand) -> bool:
    """Whether a thread has gone on when the program was told, and is about something."""
    block, told = strand.block, twin.mode.get("told-at")
    if block is None or told is None or block.kind != "sleep" or block.idle:
        return False
    return bool(block.since >= told - 1e-9)


def _play(twin: Machine, system: _Still) -> None:
    last = system.time + _LOOK
    blocks = (strand.block for strand in twin.strands)
    system.wakes += [b.until for b in blocks if b is not None and b.until is not None]
    for _ in range(_ROUNDS):
        twin.run()
        later = [at for at in system.wakes if at > system.time + 1e-9]
        if twin.ended or not later or min(later) > last:
            return
        system.time = min(later)


def _note(twin: Any, deeds: list[Strand]) -> None:
    """Write down the threads that call something of the kind, or begin another pause."""
    enter, block, begun = twin.enter, twin.block, twin.host.now()
    lingers = twin.library.dialect.lingers

    def entered(strand: Strand, value: Any, *given: Any, **more: Any) -> Any:
        in_time = lingers and twin.host.now() == begun
        if _DEEDS.match(called(value)) and not in_time:
            deeds.append(strand)
        return enter(strand, value, *given, **more)

    def blocked(strand: Strand, wait: Block) -> None:
        if wait.kind == "sleep" and not strand.idles:
            deeds.append(strand)
        block(strand, wait)

    twin.enter, twin.block = entered, blocked


class _Still:
    """A system in which nothing happens any more but that time passes."""

    def __init__(self, host: Any) -> None:
        self.host = host
        self.time: float = host.now()
        self.wakes: list[float] = []

    def __getattr__(self, name: str) -> Any:
        """What only looks at something is as it is; what does something ends the look ahead."""
        if name in _LOOKS:
            return getattr(self.host, name)
        raise Lost("what comes is not played")

    def now(self) -> float:
        """The time."""
        return self.time

    def wake(self, seconds: float) -> None:
        """Run again later."""
        self.wakes.append(self.time + seconds)

    def step(self) -> None:
        """Nothing is counted."""

    def goes_round(self, past: int) -> None:
        """Nobody is told."""

    def waits_for(self, pid: int) -> None:
        """Nobody asks how long a process lasts."""

    def end(self, status: int) -> None:
        """The end of the copy is nobody else's."""

    def kill(self, pid: int, signal: str) -> None:
        """Nobody is told."""


_LOOKS = frozenset(
    {"ignored", "own_pid", "adopted", "alive", "status", "lingers", "modules", "module"}
    | {"contents", "there", "named", "has_pcntl", "code", "memory"}
)
