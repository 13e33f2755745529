"""What is left to a thread that has been asked to end: the round of its loop, and what follows it.

A run-time that ends does not wait for it. What it does after a pause is then surely not done; what
it would do at once is a race that it often wins, as the end of a run-time takes a moment as well.

Measured with Java 17: a file that the main thread writes as soon as a hook has opened its latch was
there in half of the runs, and one that it writes after a loop with a pause never.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gracelint.base import lazy
from gracelint.simulate.sources.machine.values import Bound, Closure, Thing

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from gracelint.simulate.sources.machine.code import Code
    from gracelint.simulate.sources.machine.machine import Machine
    from gracelint.simulate.sources.machine.state import Frame, Strand

IN_TIME = "what its threads have left to do is done before its run-time has ended"

_SAYS = (
    r"_*(?:print|log|warn|debug|trace|error|severe|fine|info|report|format|stat[si]?(?:$|[A-Z])"
    r"|(?:to|as)[A-Z_]|valueOf$|current|nano|now$|append$)"
)
_QUIET = lazy.compile(
    rf"(?i:{_SAYS})|_*(?i:get|is|has|should|can|check|sleep|pause|wait|await|join|poll|take|peek"
    r"|size|len|interrupt|exit|count_?down|release|heartbeat|done|(?:try_?|un)?lock|notify|signal"
    r"|main)(?:$|[A-Z_])|System$|Thread$|out$"
)
"""What functions are called that say, look or wait, and are missed by nobody."""


class Rest:
    """What a strand does beyond the loop in which the end of the program finds it.

    later: it has the rest of a round to go, or does something behind the loop, after a pause.
    at_once: it does something that may come in time.
    """

    def __init__(self, machine: Machine, strand: Strand, now: float) -> None:
        self.strand, self.now = strand, now
        self.later = self.at_once = False
        self.loop = next(_loops(strand), None)
        self.works = self.loop is not None and _works(machine, *self.loop)

    def calls(self, name: str, now: float) -> None:
        """It calls something."""
        paused = now > self.now + 1e-9
        if paused and self.works:
            self.later = True
        if not name or _QUIET.match(name) or not self._is_past():
            return
        if not paused:
            self.at_once = True
        elif self.loop is not None:
            self.later = True

    def _is_past(self) -> bool:
        if self.loop is None:
            return True
        frame, _, end = self.loop
        return frame.at > end or all(one is not frame for one in self.strand.frames)


def follow(twin: Any, system: Any, rests: Sequence[Rest]) -> None:
    """Write down what these strands call."""
    enter = twin.enter

    def entered(strand: Strand, value: Any, *given: Any, **more: Any) -> Any:
        for rest in rests:
            if rest.strand is strand:
                rest.calls(called(value), system.time)
        return enter(strand, value, *given, **more)

    twin.enter = entered


def called(value: Any) -> str:
    """What is called, by its name alone."""
    if isinstance(value, Closure):
        return value.code.name
    if isinstance(value, Bound):
        return value.name
    return value.path.rpartition(".")[2] if isinstance(value, Thing) else ""


def _loops(strand: Strand) -> Iterator[tuple[Frame, int, int]]:
    """The loops that a strand is in, the outermost first: their first and last instruction."""
    for frame in strand.frames:
        for end in range(len(frame.code.instructions) - 1, frame.at - 2, -1):
            name, argument, _ = frame.code.instructions[end]
            top = argument[0] if name == "round" else argument if name == "jump" else end
            if top < end and top <= frame.at:
                yield frame, top, end


def _works(machine: Machine, frame: Frame, top: int, end: int) -> bool:
    """Whether a round calls a function of the program's own that does more than look and wait."""
    names = {arg for name, arg, _ in frame.code.instructions[top:end] if name in _NAMES}
    own = (f for code in machine.codes for f in machine.functions(code))
    return any(f.name in names and not _QUIET.match(f.name) and _acts(f) for f in own)


def _acts(code: Code) -> bool:
    """Whether it calls something besides what pauses."""
    words = (argument for name, argument, _ in code.instructions if name in _NAMES)
    return any(not _QUIET.match(word) or word.startswith("print") for word in words)


_NAMES = frozenset({"load", "method", "member"})


def idle(name: str) -> str:
    """What is assumed of threads that the end of a program does not wait for."""
    return f"the daemon threads of `{name}` have nothing in hand"


def left_alone(machine: Machine) -> str:
    """The file of a thread that the end of the program does not wait for, and that may be at any
    place in its work: "" for none. Those that only say or look at something miss nothing.
    """
    for strand in machine.strands:
        if not strand.thread or strand.done or not strand.background or not strand.frames:
            continue
        block, code = strand.block, strand.frames[0].code
        takes = block is not None and block.kind == "queue"
        words = (word for word in code.names - code.local if word not in _AROUND)
        if takes and machine.mode.get("taken-all"):
            continue
        if takes or not all(map(_QUIET.match, words)):
            return code.path
    return ""


_AROUND = frozenset({"time", "threading", "logging", "logger", "datetime", "sys", "self", "flush"})
"""Modules and objects that names of that kind are asked of."""
