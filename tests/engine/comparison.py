"""How what was predicted compares with what the engine did, as lines of text."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

import record

if TYPE_CHECKING:
    from collections.abc import Iterator

    from engine import Observed

VERDICTS = ("graceful", "abandoned", "killed", "exits")


@dataclass(frozen=True, slots=True)
class Comparison:
    """One launch: what was predicted, and what was observed. `stage` is `as written` or `fixed`."""

    name: str
    predicted: str
    observed: Observed
    stage: str = "as written"
    unknown: bool = False

    @property
    def agrees(self) -> bool:
        """Whether the prediction is what was observed."""
        return record.agrees(self.predicted, self.observed.verdict, unknown=self.unknown)


def tally(comparisons: list[Comparison]) -> Iterator[str]:
    """A table of counts: a row for each stage and observed verdict, a column a prediction."""
    counts = Counter((c.stage, c.observed.verdict, c.predicted) for c in comparisons)
    columns = [*VERDICTS, *sorted({c.predicted for c in comparisons} - set(VERDICTS))]
    yield f"{'observed, then predicted:':28}" + "".join(f"{name:>11}" for name in columns)
    for stage in dict.fromkeys(c.stage for c in comparisons):
        for verdict in VERDICTS:
            row = [counts[stage, verdict, column] for column in columns]
            if any(row):
                yield f"{stage + ', ' + verdict:28}" + "".join(f"{n:>11}" for n in row)
    agreed = sum(c.agrees for c in comparisons)
    yield f"agree {agreed} of {len(comparisons)}"


def disagreements(comparisons: list[Comparison]) -> Iterator[str]:
    """One line for each launch on which the two disagree, with what the engine saw."""
    for c in comparisons:
        if not c.agrees:
            seen = c.observed
            yield (
                f"{c.name} ({c.stage}): predicted {c.predicted}, observed {seen.verdict} "
                f"(exit {seen.exit}, {seen.apps} started, {seen.told} told, {seen.clean} finished, "
                f"{seen.took} s; {' | '.join(seen.tree)})"
            )
