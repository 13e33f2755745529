"""A name for a finding that stays the same while lines around it move."""

from __future__ import annotations

from collections import Counter

from gracelint.base.paths import name_of
from gracelint.base.typed import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from gracelint.model.finding import Finding

_LINES, _CHARACTERS = 8, 400  # what of the text counts: a line may be as long as its file


def fingerprints(findings: Iterable[Finding]) -> list[str]:
    """One for each finding, in order: 32 hexadecimal digits, different from each other.

    Made of the rule, the path, the text of the lines concerned without their indentation, and,
    among findings that agree in all of these, which of them it is.
    """
    return _named(map(_key, findings))


def lasting(findings: Iterable[Finding]) -> list[str]:
    """The same, also while files move to other folders and lines are indented in other ways."""
    return _named(map(_lasting_key, findings))


def _key(finding: Finding) -> str:
    text = "\n".join(line.strip() for line in _lines(finding))
    return "\0".join((finding.rule.code, finding.primary.span.source.path, text))


def _lasting_key(finding: Finding) -> str:
    name = name_of(finding.primary.span.source.path)
    return "\0".join((finding.rule.code, name, words(finding)))


def _named(keys: Iterable[str]) -> list[str]:
    """A name for each key, of equal ones by which of them it is."""
    import hashlib

    seen: Counter[str] = Counter()
    digests: list[str] = []
    for key in keys:
        digest = hashlib.sha256(f"{key}\0{seen[key]}".encode("utf-8", "surrogatepass"))
        seen[key] += 1
        digests.append(digest.hexdigest()[:32])
    return digests


def words(finding: Finding) -> str:
    """The text that has to change, however it is indented and broken; the line where it is none."""
    span = finding.primary.span
    end = min(span.end, span.start + _LINES * _CHARACTERS)
    return " ".join(span.source.text[span.start : end].split()) or " ".join(_lines(finding))


def _lines(finding: Finding) -> list[str]:
    span = finding.primary.span
    lines = range(span.first.line, min(span.last.line, span.first.line + _LINES) + 1)
    return [span.source.line(line)[:_CHARACTERS] for line in lines]
