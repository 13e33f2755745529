"""Marks behind a template's lines: comments that say, in what is rendered, where a line is from.

A mark is a YAML comment, so that what is rendered with marks is still read as YAML; without its
marks it has to equal what is rendered without any. Marks stand in no action, and not where they
would keep a trim marker from its work.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from gracelint.base import lazy
from gracelint.base.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from gracelint.render.helm.template import Action, Template

_YAML = lazy.compile(r"\s*(?:- |[\w./\"'-]+:(?:\s|$)|\{\{.*\b(?:toYaml|nindent|indent|tpl)\b)")
_DEFINING = frozenset({"define", "block"})


@dataclass(frozen=True, slots=True)
class Marks:
    """The marks of one chart. word: what begins them, and stands nowhere in the chart."""

    word: str

    @classmethod
    def unlike(cls, texts: Iterable[str]) -> Marks:
        """Marks that none of the texts can be taken to hold."""
        number, given = 0, list(texts)
        while any(f"#gl{number}:" in text for text in given):
            number += 1
        return cls(f"#gl{number}:")

    def put(self, template: Template, number: int) -> str:
        """The template's text with marks; number: stands for the file in them."""
        text, parts, at = template.source.text, [], 0
        for line, place, behind in _places(template):
            mark = f" {self.word}{number}:{line};"
            parts += [text[at:place], mark if behind else f'}}}}{{{{ "{mark}" ']
            at = place
        return "".join([*parts, text[at:]])

    def take(self, text: str) -> tuple[list[str], list[tuple[tuple[int, int], ...]]]:
        """The lines without marks, and the marks of each: file and line, the innermost first."""
        mark = re.compile(f" {re.escape(self.word)}([0-9]+):([0-9]+);")
        lines: list[str] = []
        places: list[tuple[tuple[int, int], ...]] = []
        for line in text.split("\n"):
            marks = mark.findall(line) if self.word in line else ()
            places.append(tuple((int(file), int(number)) for file, number in marks))
            lines.append(mark.sub("", line) if marks else line)
        return lines, places


def _places(template: Template) -> Iterator[tuple[int, int, bool]]:
    """Where marks go: a line's number, an offset, and whether that is behind all actions.

    Else it is the offset of a `-}}`, before which the mark has to be written by an action.
    """
    text, actions, first = template.source.text, template.actions, 0
    for line, start in enumerate(template.source.starts, 1):
        stop = text.find("\n", start)
        end = start + len(text[start : len(text) if stop < 0 else stop].rstrip())
        while first < len(actions) and actions[first].end <= start:
            first += 1
        here = first
        while here < len(actions) and actions[here].start < end:
            here += 1
        on = actions[first:here]
        inner = template.after(actions[first - 1]) if first else -1
        if (on and on[-1].end > end) or not _writes(template, start, end, on, inner):
            continue
        last = on[-1] if on and on[-1].end == end else None
        if last is None or not last.trims[1]:
            yield line, end, True
        elif last.kind == "output":
            yield line, end - 3, False


def _writes(template: Template, start: int, end: int, on: Sequence[Action], inner: int) -> bool:
    """Whether a line writes YAML; what a definition writes may be used in any other way."""
    text = template.source.text
    if not any(action.kind == "output" for action in on):
        ends = [start, *(action.end for action in on)]
        starts = [*(action.start for action in on), end]
        literal = "".join(text[a:b] for a, b in zip(ends, starts, strict=True)).strip()
        if not literal or literal == "---":
            return False
    defined = any(block.opening.word in _DEFINING for block in template.around(inner))
    return not defined or bool(_YAML.match(text, start, end))
