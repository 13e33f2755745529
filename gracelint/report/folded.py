"""What people need not read one by one: copies of a file, and advice."""

from __future__ import annotations

from gracelint.base.paths import name_of
from gracelint.base.typed import TYPE_CHECKING
from gracelint.base.values import dataclass
from gracelint.model.finding import Severity
from gracelint.resolve.fingerprint import words

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from gracelint.base.source import Source
    from gracelint.model.finding import Finding, Rule
    from gracelint.model.result import Result

MAX_ADVICE = 5
"""So much of it is shown one by one."""

_MAX_NAMED = 3


@dataclass(frozen=True, slots=True)
class Shown:
    """A finding to show. copies: the same in copies of its file elsewhere."""

    finding: Finding
    copies: tuple[Finding, ...] = ()

    @property
    def elsewhere(self) -> str:
        """Where the copies are, the first of them by name; "" for none."""
        named = [_place(copy) for copy in self.copies[:_MAX_NAMED]]
        more = len(self.copies) - _MAX_NAMED
        return ", ".join(named) + (f" and {more} more" if more > 0 else "")


@dataclass(frozen=True, slots=True)
class Folded:
    """What is shown of a result one by one, and the advice of which only numbers are told."""

    shown: tuple[Shown, ...]
    advice: tuple[tuple[Rule, int], ...] = ()

    @property
    def hidden(self) -> int:
        """How many findings are only counted."""
        return sum(number for _, number in self.advice)


def folded(result: Result, *, advice: bool) -> Folded:
    """The findings of a result in order. advice: all of it is to be shown one by one."""
    shown = _with_copies(result.findings)
    advisory = [one for one in shown if one.finding.severity is Severity.INFO]
    if advice or len(advisory) <= MAX_ADVICE:
        return Folded(tuple(shown))
    counts: dict[Rule, int] = {}
    for one in advisory:
        counts[one.finding.rule] = counts.get(one.finding.rule, 0) + 1 + len(one.copies)
    ordered = sorted(counts.items(), key=lambda pair: (-pair[1], pair[0].code))
    worse = tuple(one for one in shown if one.finding.severity is not Severity.INFO)
    return Folded(worse, tuple(ordered))


def advice_table(counts: Sequence[tuple[Rule, int]]) -> Iterator[str]:
    """Lines that say how much advice there is of each rule."""
    total = sum(number for _, number in counts)
    yield f"{total} infos are advice; --advice shows them one by one:"
    wide = len(str(max(number for _, number in counts)))
    for rule, number in counts:
        yield f"  {number:{wide}}  {rule.code}  {rule.name}"


def _with_copies(findings: Iterable[Finding]) -> list[Shown]:
    firsts: dict[tuple[object, ...], int] = {}
    groups: list[tuple[Finding, list[Finding]]] = []
    lines: dict[str, frozenset[str]] = {}
    for finding in findings:
        at = firsts.setdefault(_key(finding), len(groups))
        if at < len(groups) and _is_copy(groups[at][0], finding, lines):
            groups[at][1].append(finding)
        else:
            groups.append((finding, []))
    return [Shown(first, tuple(copies)) for first, copies in groups]


def _is_copy(one: Finding, other: Finding, lines: dict[str, frozenset[str]]) -> bool:
    """Whether the two stand in different files of which nine lines in ten are the same."""
    mine, theirs = (_lines(finding.primary.span.source, lines) for finding in (one, other))
    apart = one.primary.span.source.path != other.primary.span.source.path
    return apart and 10 * len(mine & theirs) >= 9 * max(len(mine), len(theirs))


def _lines(source: Source, lines: dict[str, frozenset[str]]) -> frozenset[str]:
    if source.path not in lines:
        lines[source.path] = frozenset(line.strip() for line in source.text.split("\n"))
    return lines[source.path]


def _key(finding: Finding) -> tuple[object, ...]:
    path = finding.primary.span.source.path
    return (finding.rule, finding.severity, finding.message, name_of(path), words(finding))


def _place(finding: Finding) -> str:
    return f"{finding.primary.span.source.path}:{finding.primary.span.first.line}"
