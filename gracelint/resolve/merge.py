"""Several launches, one text: ignores are weighed for each launch, then duplicates merge."""

from __future__ import annotations

from gracelint.base.typed import TYPE_CHECKING, TypeVar
from gracelint.base.values import dataclass, field, replace
from gracelint.model.finding import LeftOut
from gracelint.settings.selection import levelled

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from gracelint.base.source import Span
    from gracelint.model.finding import Finding, Fix
    from gracelint.model.options import Options
    from gracelint.model.suppression import Ignore

T = TypeVar("T")

MAX_LABELS = 12
"""A finding that many launches share shows no more places than this of each sort."""


@dataclass(frozen=True, slots=True)
class Reported:
    """A finding as a check reported it.

    options: the settings that hold for it. declared: where the launch concerned is declared.
    """

    finding: Finding
    options: Options
    declared: tuple[Span, ...] = ()


@dataclass(slots=True)
class Resolved:
    """The findings of a run. used: the ignores that something came of."""

    active: list[Finding] = field(default_factory=list)
    suppressed: list[Finding] = field(default_factory=list)
    used: set[Ignore] = field(default_factory=set)


def resolve(reported: Iterable[Reported], ignores: Iterable[Ignore]) -> Resolved:
    """Weigh ignores and settings for each finding, then merge what is said twice."""
    result = Resolved()
    by_code: dict[str, list[Ignore]] = {}
    for ignore in ignores:
        by_code.setdefault(ignore.code, []).append(ignore)
    left_out: dict[int, Callable[[Finding], bool]] = {}
    for one in reported:
        finding = levelled(one.finding, one.options)
        if id(one.options) not in left_out:
            left_out[id(one.options)] = _per_file(one.options)
        hits = _hits(one, by_code.get(finding.rule.code, ()))
        result.used.update(hits)
        if hits:
            why = LeftOut(True, next((hit.reason for hit in hits if hit.reason), ""))
            result.suppressed.append(replace(finding, left_out=why))
        elif left_out[id(one.options)](finding):
            result.suppressed.append(replace(finding, left_out=LeftOut(False)))
        else:
            result.active.append(finding)
    result.active = merged(result.active)
    result.suppressed = merged(result.suppressed)
    return result


def _hits(one: Reported, ignores: Iterable[Ignore]) -> list[Ignore]:
    """The ignores that cover the finding's place, one of its causes, or its launch."""
    finding = one.finding
    spans = [finding.primary.span, *(label.span for label in finding.causes), *one.declared]
    return [ignore for ignore in ignores if any(map(ignore.covers_span, spans))]


def _per_file(options: Options) -> Callable[[Finding], bool]:
    if not options.per_file_ignores:
        return lambda _: False
    from gracelint.files.ignore import ignoring

    patterns = [(ignoring(p), codes) for p, codes in options.per_file_ignores.items()]

    def left_out(finding: Finding) -> bool:
        path = finding.primary.span.source.path
        return any(
            finding.rule.code.startswith(codes) and spec.match_file(path)
            for spec, codes in patterns
        )

    return left_out


def merged(findings: Iterable[Finding]) -> list[Finding]:
    """One finding for each rule and place, in the order of places; launches are joined."""
    groups: dict[tuple[object, ...], list[Finding]] = {}
    for finding in findings:
        groups.setdefault((finding.rule.code, finding.primary.span.key), []).append(finding)
    return sorted(map(_one, groups.values()), key=_order)


def _order(finding: Finding) -> tuple[object, ...]:
    return (finding.primary.span.key, finding.rule.code)


def _one(same: list[Finding]) -> Finding:
    worst = max(same, key=lambda finding: finding.severity)
    if len(same) == 1:
        return worst
    return replace(
        worst,
        causes=_joined(worst.causes, (f.causes for f in same))[:MAX_LABELS],
        related=_joined(worst.related, (f.related for f in same))[:MAX_LABELS],
        workloads=_joined(worst.workloads, (f.workloads for f in same)),
        fixes=_fixes(same),
    )


def _joined(first: tuple[T, ...], more: Iterable[tuple[T, ...]]) -> tuple[T, ...]:
    return tuple(dict.fromkeys([*first, *(one for each in more for one in each)]))


def _fixes(same: list[Finding]) -> tuple[Fix, ...]:
    """What suits all launches, as they share the text; else the fixes of the most cautious, rather
    in the file of that text than in one that is put over it.
    """
    path = same[0].primary.span.source.path
    cautious = min((f.fixes for f in same), key=lambda fixes: (_trust(fixes), _apart(fixes, path)))
    return tuple(x for x in cautious if all(x in f.fixes for f in same)) or cautious


def _apart(fixes: tuple[Fix, ...], path: str) -> bool:
    return any(edit.span.source.path != path for fix in fixes[:1] for edit in fix.edits)


def _trust(fixes: tuple[Fix, ...]) -> int:
    return fixes[0].applicability if fixes else 0
