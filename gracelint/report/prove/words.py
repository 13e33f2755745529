"""What the formats for people say of a proof."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gracelint.base.durations import coreutils
from gracelint.base.signals import name_of
from gracelint.model.proof import Seen
from gracelint.model.story import Basis, Verdict
from gracelint.report.text import count

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from gracelint.model.process import Process
    from gracelint.model.proof import Observed, Proof, Signals, Witness

_MEANING = {
    Seen.GRACEFUL: "all of it ended by itself",
    Seen.ABANDONED: "PID 1 ended, and the kernel killed what was left",
    Seen.KILLED: "SIGKILL ended it",
    Seen.EXITS: "it ended before anybody stopped it",
    Seen.UNCLEAR: "PID 1 ended in time; whether the others were done was not seen",
}


def predicted(proof: Proof) -> str:
    """The verdict of the prediction, and what it rests on."""
    story = proof.story
    if story is None:
        return "nothing"
    assumed = ", assumed" if story.basis is Basis.ASSUMED else ""
    return f"{story.verdict.value}{assumed}"


def outcome(proof: Proof) -> str:
    """How the two compare, in a few words."""
    if proof.observed is None:
        return "not proven"
    if proof.agrees is None:
        return "nothing to compare"
    return "as predicted" if proof.agrees else "other than predicted"


def observed(seen: Observed) -> str:
    """What was observed, with its meaning, the exit status and the time."""
    took = f"{seen.took:.1f} s"
    when = "after" if seen.seen is Seen.EXITS else "within"
    return f"{seen.seen.value}: {_MEANING[seen.seen]}; exit status {seen.exit} {when} {took}"


def lasts(tree: Process | None) -> float:
    """The seconds of the longest `sleep` among the processes of a prediction; 0.0 for none."""
    words = [[word.value for word in one.argv] for one in tree.walk()] if tree is not None else []
    sleeps = [more for first, *more in words if (first or "").rpartition("/")[2] == "sleep"]
    return max((sum(coreutils(word) or 0.0 for word in more) for more in sleeps), default=0.0)


def unseen(proof: Proof) -> str:
    """What nobody can see from outside, where it was predicted."""
    early = proof.observed is not None and proof.observed.seen is not Seen.EXITS
    if proof.story is not None and proof.story.verdict is Verdict.EXITS and early:
        seconds = lasts(proof.story.tree)
        return f"; it was stopped before its `sleep` of {seconds:g} s was over" if seconds else ""
    cut = proof.story is not None and proof.story.verdict is Verdict.CUT_OFF
    return "; what is cut off is not seen from outside" if cut else ""


def signals(masks: Signals) -> str:
    """The signals that a process does something about."""
    parts = [
        f"{word} {_named(names)}"
        for word, names in (
            ("catches", masks.caught),
            ("ignores", masks.ignored),
            ("blocks", masks.blocked),
        )
        if names
    ]
    return "; ".join(parts) or "catches, ignores and blocks nothing"


def _named(names: frozenset[str]) -> str:
    """The names in order; those of real-time signals, which are many, are only counted."""
    plain = sorted(name for name in names if not name.startswith("RT"))
    rest = len(names) - len(plain)
    return " ".join(plain + [f"and {count(rest, 'real-time signal')}"] * bool(rest))


def end(seen: Witness) -> str:
    """How a process ended."""
    at = "" if seen.ended is None else f" after {seen.ended:.1f} s"
    status = f", exit status {seen.exit}" if seen.exit is not None and seen.exit >= 0 else ""
    return f"{how(seen)}{at}{status}"


def how(seen: Witness) -> str:
    """The same without the time."""
    if seen.exit is None:
        return "its end was not seen" if seen.ended is None else "gone"
    if seen.killed:
        return "killed by SIGKILL"
    if seen.exit < 0:
        return f"ended by SIG{name_of(-seen.exit) or -seen.exit}"
    return "ended by itself"


def summary(proofs: Sequence[Proof]) -> str:
    """How many were as predicted, and how many were not."""
    said = [
        f"{sum(one.agrees is True for one in proofs)} as predicted",
        f"{sum(one.agrees is False for one in proofs)} other than predicted",
    ]
    silent = sum(one.agrees is None and one.observed is not None for one in proofs)
    said += [f"{silent} with nothing to compare"] if silent else []
    failed = sum(one.observed is None for one in proofs)
    said += [f"{failed} not proven"] if failed else []
    return f"{count(len(proofs), 'launch', 'launches')}: {', '.join(said)}."


def rows(seen: Observed) -> Iterator[tuple[str, str, Witness]]:
    """The processes as a tree: what stands before each, what stands before what is said of it."""
    below: dict[int | None, list[Witness]] = {}
    pids = {one.pid for one in seen.processes}
    for one in seen.processes:
        below.setdefault(one.parent if one.parent in pids else None, []).append(one)
    stack = [("", "", one) for one in reversed(below.get(None, []))]
    while stack:
        branch, stem, one = stack.pop()
        children = below.get(one.pid, [])
        yield branch, stem + ("│" if children else " "), one
        for index in range(len(children) - 1, -1, -1):
            last = index == len(children) - 1
            sign, more = ("└─ ", "   ") if last else ("├─ ", "│  ")
            stack.append((stem + sign, stem + more, children[index]))
