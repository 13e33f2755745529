"""`--diff`: what fixes would change, as a patch."""

from __future__ import annotations

from difflib import SequenceMatcher
from typing import TYPE_CHECKING

from gracelint.base import lazy
from gracelint.report.text import harmless, visible

if TYPE_CHECKING:
    import re
    from collections.abc import Iterator, Sequence

    from gracelint.base.source import Source

    Change = tuple[int, int, int, int]

_CONTEXT = 3
_MAX_COMPARED = 4_000
"""More lines between the first change and the last are shown as one change."""

_ACTS = lazy.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069"
    "\udc80-\udc9f]"
)
_QUOTED = lazy.compile(r'["\\\x00-\x1f\x7f-\x9f\ud800-\udfff]')
_NAMED = {"\n": "\\n", "\t": "\\t", "\r": "\\r", '"': '\\"', "\\": "\\\\"}


def render(before: Source, after: Source, name: str) -> tuple[bytes, bool]:
    """The patch for one file, in the file's own bytes, and whether it can be applied.

    It cannot where a line holds what a terminal or a CI system would obey: that is escaped.
    """
    lines = list(_patch(_lines(before.text), _lines(after.text), _quoted(name)))
    shown = [harmless(_escaped(line)) for line in lines]
    return "".join(shown).encode("utf-8", "surrogateescape"), shown == lines


def _lines(text: str) -> list[str]:
    """The lines, each with its end; one without is marked as patches do."""
    *whole, last = text.split("\n")
    lines = [line + "\n" for line in whole]
    return [*lines, f"{last}\n\\ No newline at end of file\n"] if last else lines


def _quoted(name: str) -> str:
    """A name as git writes it: in quotes and with escapes where it needs them."""
    if not _QUOTED.search(name):
        return f"{name}\t" if " " in name else name
    return '"' + _QUOTED.sub(_octal, name) + '"'


def _octal(char: re.Match[str]) -> str:
    if char[0] in _NAMED:
        return _NAMED[char[0]]
    return "".join(f"\\{byte:03o}" for byte in char[0].encode("utf-8", "surrogateescape"))


def _escaped(line: str) -> str:
    body, end = (line[:-2], "\r\n") if line.endswith("\r\n") else (line[:-1], "\n")
    head, mark, tail = body.partition("\n\\ ")
    return _ACTS.sub(_seen, head) + mark + tail + end


def _seen(char: re.Match[str]) -> str:
    return visible(char[0])


def _patch(old: Sequence[str], new: Sequence[str], name: str) -> Iterator[str]:
    yield f"--- {name}\n"
    yield f"+++ {name}\n"
    for hunk in _hunks(_changes(old, new)):
        first, last = hunk[0], hunk[-1]
        lead = min(_CONTEXT, first[0])
        tail = min(_CONTEXT, len(old) - last[1])
        a, b = (first[0] - lead, last[1] + tail), (first[2] - lead, last[3] + tail)
        yield f"@@ -{_range(*a)} +{_range(*b)} @@\n"
        at = a[0]
        for start, end, new_start, new_end in hunk:
            yield from (f" {line}" for line in old[at:start])
            yield from (f"-{line}" for line in old[start:end])
            yield from (f"+{line}" for line in new[new_start:new_end])
            at = end
        yield from (f" {line}" for line in old[at : a[1]])


def _range(start: int, end: int) -> str:
    length = end - start
    first = start + 1 if length else start
    return str(first) if length == 1 else f"{first},{length}"


def _changes(old: Sequence[str], new: Sequence[str]) -> list[Change]:
    """The stretches of lines that differ: where they are in `old` and in `new`."""
    shorter = min(len(old), len(new))
    head = next((i for i in range(shorter) if old[i] != new[i]), shorter)
    rest = range(1, shorter - head + 1)
    tail = next((i - 1 for i in rest if old[-i] != new[-i]), shorter - head)
    a, b = old[head : len(old) - tail], new[head : len(new) - tail]
    if len(a) + len(b) > _MAX_COMPARED:
        return [(head, head + len(a), head, head + len(b))]
    codes = SequenceMatcher(None, a, b, autojunk=False).get_opcodes()
    return [(head + i, head + j, head + k, head + m) for tag, i, j, k, m in codes if tag != "equal"]


def _hunks(changes: Sequence[Change]) -> list[list[Change]]:
    """The changes, those together whose context would meet."""
    hunks: list[list[Change]] = []
    for change in changes:
        if hunks and change[0] - hunks[-1][-1][1] <= 2 * _CONTEXT:
            hunks[-1].append(change)
        else:
            hunks.append([change])
    return hunks
