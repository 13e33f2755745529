"""A name for a finding that stays the same while lines around it move."""

from __future__ import annotations

import hashlib
from collections import Counter
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from gracelint.model.finding import Finding

_LINES, _CHARACTERS = 8, 400  # what of the text counts: a line may be as long as its file


def fingerprints(findings: Iterable[Finding]) -> list[str]:
    """One for each finding, in order: 32 hexadecimal digits, different from each other.

    Made of the rule, the path, the text of the lines concerned without their indentation, and,
    among findings that agree in all of these, which of them it is.
    """
    seen: Counter[str] = Counter()
    found: list[str] = []
    for finding in findings:
        path, lines = finding.primary.span.source.path, _lines(finding)
        text = "\n".join(line.strip() for line in lines)
        key = "\0".join((finding.rule.code, path, text))
        digest = hashlib.sha256(f"{key}\0{seen[key]}".encode("utf-8", "surrogatepass"))
        seen[key] += 1
        found.append(digest.hexdigest()[:32])
    return found


def words(finding: Finding) -> str:
    """The text of the lines concerned, however it is indented and broken."""
    return " ".join(word for line in _lines(finding) for word in line.split())


def _lines(finding: Finding) -> list[str]:
    span = finding.primary.span
    lines = range(span.first.line, min(span.last.line, span.first.line + _LINES) + 1)
    return [span.source.line(line)[:_CHARACTERS] for line in lines]
