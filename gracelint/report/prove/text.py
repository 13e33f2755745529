"""What was proven, for a terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gracelint.model.proof import Seen
from gracelint.report.prove import words
from gracelint.report.text import cells, fill, paint, shorten, visible
from gracelint.report.trace.text import fate_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from gracelint.model.proof import Observed, Proof, Witness

_BAR = 20  # columns
_COMMAND = 24  # columns of a command beside the bar
_ENDS = 20  # of processes, beside the bar
_STYLES = {True: "help", False: "error", None: "info"}


def render(proofs: Sequence[Proof], *, color: bool = False, width: int = 80) -> str:
    """A paragraph for each launch, and how many were as predicted."""
    parts = ["\n".join(_proof(one, color=color, width=width)) for one in proofs]
    return "\n\n".join([*parts, words.summary(proofs)]) + "\n"


def _proof(proof: Proof, *, color: bool, width: int) -> Iterator[str]:
    style = "error" if proof.observed is None else _STYLES[proof.agrees]
    head = visible(proof.name)
    yield f"{paint(head, 'bold', color=color)}: {paint(words.outcome(proof), style, color=color)}"
    for line in proof.ran:
        yield from _filled(line, width)
    seen = proof.observed
    if seen is None:
        for line in proof.problem.splitlines():
            yield from _filled(line, width)
        return
    if seen.seen is not Seen.EXITS:
        yield from _filled(
            f"{proof.engine}, {seen.signal}, then {seen.grace:g} s; stopped when {seen.waited}",
            width,
        )
    yield from _verdicts(proof, seen, width)
    yield from _tree(proof, seen, color=color, width=width)
    yield from _clock(seen, width)
    yield from _rest(proof, seen, width)


def _filled(text: str, width: int, before: str = "  ") -> Iterator[str]:
    first, *more = fill(text, width - cells(before) - 2, hard=True)
    yield before + first
    yield from (" " * (cells(before) + 2) + line for line in more)


def _verdicts(proof: Proof, seen: Observed, width: int) -> Iterator[str]:
    reason = f": {proof.story.reason}" if proof.story is not None and proof.story.reason else ""
    yield from _filled(f"{words.predicted(proof)}{reason}", width, "  predicted  ")
    yield from _filled(words.observed(seen) + words.unseen(proof), width, "  observed   ")


def _tree(proof: Proof, seen: Observed, *, color: bool, width: int) -> Iterator[str]:
    predicted = {witness.pid: process for process, witness in proof.pairs}
    for branch, stem, one in words.rows(seen):
        command = visible(" ".join(one.words))
        yield "  " + shorten(branch + command + _place(one), width - 2)
        said = [f"predicted  {fate_of(predicted[one.pid])}"] if one.pid in predicted else []
        said.append(f"observed   {words.end(one)}")
        said.append(words.signals(one.signals) if one.signals is not None else "")
        for text in filter(None, said):
            for line in fill(text, width - cells(stem) - 6, hard=True):
                yield f"  {stem}    {paint(line, 'dim', color=color)}".rstrip()


def _place(one: Witness) -> str:
    if one.later:
        return "  (began during the stop)"
    return "  (PID 1)" if one.inner == 1 else ""


def _clock(seen: Observed, width: int) -> Iterator[str]:
    """When each process ended, on a bar as long as the grace period or what it took."""
    if seen.seen is Seen.EXITS:
        return
    last = max(seen.grace, seen.took)
    yield _bar(0.0, last, f"{seen.signal} is sent", width)
    ended = [one for one in seen.processes if one.ended is not None]
    for one in sorted(ended, key=lambda one: one.ended or 0.0)[:_ENDS]:
        yield _bar(one.ended or 0.0, last, f"{_short(one)} {words.how(one)}", width)
    if len(ended) > _ENDS:
        yield _bar(last, last, f"and {len(ended) - _ENDS} more", width)


def _short(one: Witness) -> str:
    return f"`{shorten(visible(' '.join(one.words)), _COMMAND)}`"


def _bar(at: float, last: float, said: str, width: int) -> str:
    share = round(at / last * _BAR) if last else 0
    head = f"  {f'{at:.1f} s':>7} {'─' * share}┤{' ' * (_BAR - share)} "
    return head + shorten(said, width - cells(head))


def _rest(proof: Proof, seen: Observed, width: int) -> Iterator[str]:
    for one in proof.assumptions:
        mark = {True: "held", False: "failed", None: "open"}[one.held]
        yield from _filled(f"assumption {mark}: {one.text} ({one.seen})", width)
    for note in seen.notes:
        yield from _filled(f"note: {note}", width)
    for lesson in proof.lessons:
        does = f'programs."{lesson.name}" does `{lesson.reaction}` on SIG{lesson.signal}'
        yield from _filled(f"to be learnt (--learn writes it): {does}: {lesson.seen}", width)
    if seen.output and (seen.seen is Seen.EXITS or proof.agrees is False):
        yield "  the last that it wrote:"
        for line in seen.output:
            yield from (f"    {part}" for part in fill(line, width - 4, hard=True))
