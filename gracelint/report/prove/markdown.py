"""What was proven, for a pull request."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gracelint.report.markdown import behind, code, plain
from gracelint.report.prove import text, words
from gracelint.report.text import visible

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from gracelint.model.proof import Proof

_MARKS = {True: "as predicted", False: "**other than predicted**", None: "not compared"}
_ROOM = 60_000  # characters, of the 65,536 that a comment may have


def render(proofs: Sequence[Proof]) -> str:
    """A table of all launches, and below it what was seen of those that are not as predicted."""
    parts = [f"### gracelint prove\n\n{words.summary(proofs)}\n", *_table(proofs)]
    ordered = sorted(proofs, key=lambda one: one.agrees is True)
    room = _ROOM - sum(map(len, parts))
    for index, one in enumerate(ordered):
        part = _details(one)
        room -= len(part)
        if room < 0:
            parts.append(f"\nWhat was seen of {len(ordered) - index} more is left out here.\n")
            break
        parts.append(part)
    return "\n".join(parts)


def _table(proofs: Sequence[Proof]) -> Iterator[str]:
    rows = ["| launch | predicted | observed | exit | seconds | |", "|---|---|---|---|---|---|"]
    for one in proofs:
        seen = one.observed
        measured = ["not proven", "", ""] if seen is None else _seen(one)
        mark = _MARKS[one.agrees] if seen is not None else plain(one.problem.splitlines()[0][:200])
        cells = [code(one.name).replace("|", "\\|"), words.predicted(one), *measured, mark]
        rows.append(f"| {' | '.join(cells)} |")
        if sum(map(len, rows)) > _ROOM // 2:
            rows.append("| … | | | | | |")
            break
    yield "\n".join(rows) + "\n"


def _seen(one: Proof) -> list[str]:
    seen = one.observed
    assert seen is not None
    return [seen.seen.value, str(seen.exit), f"{seen.took:.1f} of {seen.grace:g}"]


def _details(one: Proof) -> str:
    body = text.render([one]).rpartition("\n\n")[0]
    return behind(f"{visible(one.name)}: {words.outcome(one)}", body)
