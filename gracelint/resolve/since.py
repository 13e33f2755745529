"""Which findings a change brings: those that an earlier state of the same files does not have."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from gracelint.resolve.fingerprint import words

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from gracelint.model.finding import Finding

_Key = tuple[str, str, str, str]


def brought(
    now: Sequence[Finding], earlier: Iterable[Finding], renamed: Mapping[str, str]
) -> tuple[list[Finding], list[Finding]]:
    """The findings that are new, and those that were there before, both in order.

    Findings are the same where rule, file, text and launch are; where they are so several times,
    the first ones are. A finding is new with the first of its launches that is. renamed: what the
    files of today were called.
    """
    left = Counter(key for finding in earlier for key in _keys(finding, {}))
    new: list[Finding] = []
    old: list[Finding] = []
    for finding in now:
        keys = _keys(finding, renamed)
        known = all(left[key] > 0 for key in keys)
        left.subtract(keys if known else ())
        (old if known else new).append(finding)
    return new, old


def _keys(finding: Finding, renamed: Mapping[str, str]) -> list[_Key]:
    """One for each launch; a launch that is called by its file is renamed with it."""
    path = finding.primary.span.source.path
    code, place, text = finding.rule.code, renamed.get(path, path), words(finding)
    launches = finding.workloads or ("",)
    return [(code, place, text, renamed.get(launch, launch)) for launch in launches]
