"""Which findings a change brings: those that an earlier state of the same files does not have."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from gracelint.resolve.fingerprint import words

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from gracelint.model.finding import Finding

_Key = tuple[str, str, str, str]


def brought(
    now: Sequence[Finding], earlier: Iterable[Finding], renamed: Mapping[str, str]
) -> tuple[list[Finding], list[Finding]]:
    """The findings that are new, and those that were there before, both in order.

    Findings are the same where rule, file, launch and either text or message are; where they are so
    several times, the first ones are. A finding is new with the first of its launches that is.
    renamed: what the files of today were called.
    """
    before = list(earlier)
    matched: set[int] = set()
    for said in (words, _message):
        left = Counter(key for finding in before for key in _keys(finding, {}, said))
        for index, finding in enumerate(now):
            if index in matched:
                left.subtract(_keys(finding, renamed, said))
        for index, finding in enumerate(now):
            keys = _keys(finding, renamed, said)
            if index not in matched and all(left[key] > 0 for key in keys):
                left.subtract(keys)
                matched.add(index)
    old = [finding for index, finding in enumerate(now) if index in matched]
    return [finding for index, finding in enumerate(now) if index not in matched], old


def _message(finding: Finding) -> str:
    return finding.message


def _keys(
    finding: Finding, renamed: Mapping[str, str], said: Callable[[Finding], str]
) -> list[_Key]:
    """One for each launch; a launch that is called by its file is renamed with it."""
    path = finding.primary.span.source.path
    code, place, text = finding.rule.code, renamed.get(path, path), said(finding)
    launches = finding.workloads or ("",)
    return [(code, place, text, renamed.get(launch, launch)) for launch in launches]
