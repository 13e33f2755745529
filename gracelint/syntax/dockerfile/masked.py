"""dockerfile-parse behind our scanner.

It reads a text in which whatever would mislead it is masked, line for line: the bodies of
here-documents, blank lines within a continuation, a doubled or final escape character, bytes that
are no text. It then has to find the instructions that we found, on the same lines.
"""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

from gracelint.base.values import dataclass
from gracelint.syntax.dockerfile.lines import BLANKS, SPACES

if TYPE_CHECKING:
    from gracelint.base.source import Source
    from gracelint.syntax.dockerfile.lines import LogicalLine
    from gracelint.syntax.dockerfile.tree import Instruction

_LONGEST = 200  # physical lines of one instruction: dockerfile-parse joins them in quadratic time


@dataclass(frozen=True, slots=True)
class Found:
    """An instruction and its line; keyword: the upper-case name that the line begins with."""

    instruction: Instruction
    line: LogicalLine
    keyword: str


def agrees(source: Source, escape: str, found: list[Found]) -> bool:
    """Whether dockerfile-parse finds the same instructions on the same lines."""
    from dockerfile_parse import DockerfileParser  # not needed without Dockerfiles

    text = masked(source, escape, found)
    parser = DockerfileParser(fileobj=io.BytesIO(text.encode("utf-8", "replace")))
    seen = [
        (row["instruction"], row["startline"], row["endline"])
        for row in parser.structure
        if row["instruction"] != "COMMENT"
    ]
    return seen == [(_shown(f, escape), f.line.first, f.line.last) for f in found]


def masked(source: Source, escape: str, found: list[Found]) -> str:
    """The text for dockerfile-parse, with as many lines as the source has."""
    lines = [""] * len(source.starts)
    if escape != "\\":
        lines[0] = f"# escape={escape}"
    for one in found:
        if _shown(one, escape) == one.keyword and _orderly(source, one):
            _write_lines(lines, source, escape, one.line)
        else:
            _write_joined(lines, escape, one)
    return "\n".join(lines) + "\n"


def _orderly(source: Source, one: Found) -> bool:
    """Whether the instruction's own lines can be shown as they are."""
    line = one.line
    if line.last - line.first > _LONGEST:
        return False
    first = _physical(source, line.first).strip(SPACES)
    keyword = first[: len(one.keyword)]
    behind = first[len(one.keyword) : len(one.keyword) + 1]
    return keyword.upper() == one.keyword and (not behind or behind in BLANKS)


def _write_lines(lines: list[str], source: Source, escape: str, line: LogicalLine) -> None:
    for number in range(line.first + 1, line.last):
        lines[number] = "#"
    last = line.cut[-1][0]
    for number, goes_on in line.cut:
        text = plain(_physical(source, number).strip(SPACES))
        if goes_on and (number < last or line.last > last):
            lines[number] = text
        else:
            lines[number] = _ending(text, escape)


def _write_joined(lines: list[str], escape: str, one: Found) -> None:
    line = one.line
    for number in range(line.first + 1, line.last):
        lines[number] = "#"
    behind = line.text.text.strip(SPACES)[len(one.keyword) :]
    text = _shown(one, escape) + _ending(plain(behind), escape)
    lines[line.first] = f"{text} {escape}" if line.last > line.first else text


def _shown(one: Found, escape: str) -> str:
    """The keyword as dockerfile-parse gets to see it."""
    return plain(one.keyword).replace(escape, "_")


def _ending(text: str, escape: str) -> str:
    """The text with an end that does not look like a continuation."""
    kept = text.rstrip(escape + BLANKS)
    return kept + text[len(kept) :].replace(escape, "_")


def _physical(source: Source, number: int) -> str:
    starts = source.starts
    end = starts[number + 1] if number + 1 < len(starts) else len(source.text)
    return source.text[starts[number] : end].rstrip("\r\n")


def plain(text: str) -> str:
    """The text with ASCII alone, and no white space but the usual."""
    if text.isascii() and text.isprintable():
        return text
    return "".join(c if " " <= c <= "~" or c in BLANKS else "_" for c in text)
