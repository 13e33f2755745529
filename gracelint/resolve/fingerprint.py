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
        span = finding.primary.span
        lines = range(span.first.line, min(span.last.line, span.first.line + _LINES) + 1)
        text = "\n".join(span.source.line(line)[:_CHARACTERS].strip() for line in lines)
        key = "\0".join((finding.rule.code, span.source.path, text))
        digest = hashlib.sha256(f"{key}\0{seen[key]}".encode("utf-8", "surrogatepass"))
        seen[key] += 1
        found.append(digest.hexdigest()[:32])
    return found
