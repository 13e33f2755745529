"""The form of a Go template: its actions and blocks, without what they come to.

Spaces, trim markers, comments and quotes are read as text/template reads them; pipelines stay text.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from typing import TYPE_CHECKING, Literal

from gracelint.base import lazy
from gracelint.base.values import dataclass, field

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gracelint.base.source import Source

Kind = Literal["output", "comment", "set", "open", "else", "end", "other"]

_STOP = lazy.compile(r'"(?:[^"\\\n]|\\.)*"|`[^`]*`|\'(?:[^\'\\\n]|\\.)*\'|\}\}', re.DOTALL)
_WORD = lazy.compile(r"[a-z]+\b(?![\w.(])")
_SET = lazy.compile(r"\$\w*(?:\s*,\s*\$\w+)?\s*:?=")
_KINDS: dict[str, Kind] = {
    **dict.fromkeys(("if", "range", "with", "define", "block"), "open"),
    **dict.fromkeys(("break", "continue"), "other"),
    "else": "else",
    "end": "end",
}


@dataclass(frozen=True, slots=True)
class Action:
    """One `{{ … }}` from `start` to `end`. word: its keyword, "" where it has none.

    body: what stands between the delimiters, without trim markers. trims: whether it eats the space
    before and behind. block: the index of the innermost block around it, -1 for none; for what
    opens or ends a block, that of the block itself; -1 for an `end` of nothing.
    """

    start: int
    end: int
    kind: Kind
    word: str
    body: str
    trims: tuple[bool, bool]
    block: int


@dataclass(slots=True)
class Block:
    """From the action that opens it to the one that ends it. parent: the index of the one around.

    parts: where each of its branches starts, with the action that opens the branch.
    """

    opening: Action
    parent: int
    parts: list[Action] = field(default_factory=list)
    end: Action | None = None


@dataclass(slots=True)
class Template:
    """A file's actions, in order, and its blocks."""

    source: Source
    actions: list[Action] = field(default_factory=list)
    blocks: list[Block] = field(default_factory=list)

    def inside(self, at: int) -> int:
        """The index of the innermost block that an offset lies in, -1 for none."""
        before = bisect_left(self.actions, at, key=lambda action: action.start)
        return self.after(self.actions[before - 1]) if before else -1

    def after(self, action: Action) -> int:
        """The index of the block that what follows an action stands in."""
        ends = action.kind == "end" and action.block >= 0
        return self.blocks[action.block].parent if ends else action.block

    def around(self, index: int) -> Iterator[Block]:
        """The block of that index and those around it, from the inside out."""
        while index >= 0:
            yield self.blocks[index]
            index = self.blocks[index].parent


def parse(source: Source) -> Template:
    """The actions and blocks of a template; what is not closed ends the reading."""
    template, at, inner, text = Template(source), 0, -1, source.text
    while (start := text.find("{{", at)) >= 0:
        at = _end(text, start)
        if at < 0:
            break
        opens = len(template.blocks)
        action = _action(text, start, at, inner, opens)
        template.actions.append(action)
        if action.kind == "open":
            template.blocks.append(Block(action, inner, [action]))
            inner = opens
        elif inner >= 0 and action.kind == "else":
            template.blocks[inner].parts.append(action)
        elif inner >= 0 and action.kind == "end":
            template.blocks[inner].end = action
            inner = template.blocks[inner].parent
    return template


def _end(text: str, start: int) -> int:
    """The offset behind the `}}` of the action at `start`; -1 where there is none."""
    comment = next((m for m in ("{{/*", "{{- /*") if text.startswith(m, start)), None)
    if comment is not None:
        at = text.find("*/", start + len(comment))
        at = text.find("}}", at) if at >= 0 else -1
        return at + 2 if at >= 0 else -1
    at = start + 2
    while match := _STOP.search(text, at):
        at = match.end()
        if match[0] == "}}":
            return at
    return -1


def _action(text: str, start: int, end: int, inner: int, opens: int) -> Action:
    before = text.startswith("-", start + 2) and text[start + 3 : start + 4].isspace()
    behind = text[end - 3] == "-" and text[end - 4 : end - 3].isspace()
    body = text[start + (3 if before else 2) : end - (3 if behind else 2)].strip()
    match = _WORD.match(body)
    word = match[0] if match else ""
    kind = _kind(body, word)
    block = opens if kind == "open" else inner
    return Action(start, end, kind, word, body, (before, behind), block)


def _kind(body: str, word: str) -> Kind:
    if body.startswith("/*") or not body:
        return "comment"
    if _SET.match(body):
        return "set"
    return _KINDS.get(word, "output")
