"""Which values the actions of a template name: `.Values.a.b`, also by way of variables and dots."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from gracelint.base import lazy

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gracelint.render.helm.template import Action, Block, Template

Path = tuple[str, ...]

EACH = "*"
"""Stands in a path for any element of a list or mapping."""

_DEEPEST = 8  # variables and dots that are set by others
_TEXT = lazy.compile(r'"(?:[^"\\\n]|\\.)*"|`[^`]*`', re.DOTALL)
_NAME = lazy.compile(
    r"(\$\w*)((?:\.[A-Za-z_]\w*)*)|(?<![\w.)\]$])((?:\.[A-Za-z_]\w*)+|\.(?![\w.]))"
)
_SET = lazy.compile(r"(?:(?:if|with|range)\s+)?((?:\$\w*\s*,\s*)?\$\w*)\s*:?=")


class Names:
    """What the names in one template stand for."""

    def __init__(self, template: Template) -> None:
        self.template = template
        self._set: dict[str, list[Action]] = {}
        for action in template.actions:
            match = _SET.match(action.body) if "=" in action.body else None
            for name in match[1].split(",") if match else ():
                self._set.setdefault(name.strip(), []).append(action)

    def of(self, action: Action) -> list[Path]:
        """The paths below `.Values` that an action names; helpers it calls name more."""
        block = self._around(action)
        return list(dict.fromkeys(self._read(action.body, action.start, block, 0)))

    def _around(self, action: Action) -> int:
        opens = action.kind == "open"
        return self.template.blocks[action.block].parent if opens else action.block

    def _read(self, text: str, at: int, block: int, depth: int) -> Iterator[Path]:
        """The paths that a pipeline at an offset names."""
        if depth > _DEEPEST:
            return
        for match in _NAME.finditer(_TEXT.sub("", text)):
            variable, fields, dotted = match.groups()
            parts = tuple(filter(None, (dotted or fields or "").split(".")))
            if variable in {"$", None} and parts[:1] == ("Values",):
                yield parts[1:]
            elif variable is None:
                yield from (base + parts for base in self._dot(at, block, depth))
            elif variable != "$":
                yield from (base + parts for base in self._variable(variable, at, depth))

    def _variable(self, name: str, at: int, depth: int) -> Iterator[Path]:
        action = next((a for a in reversed(self._set.get(name, ())) if a.start < at), None)
        if action is not None:
            yield from self._pipeline(action, depth)

    def _pipeline(self, action: Action, depth: int) -> Iterator[Path]:
        """What the pipeline of an action with a keyword or an assignment comes to."""
        match = _SET.match(action.body)
        text = action.body[match.end() :] if match else action.body
        each = (EACH,) if action.word == "range" else ()
        paths = self._read(text, action.start, self._around(action), depth + 1)
        yield from (path + each for path in paths)

    def _dot(self, at: int, block: int, depth: int) -> Iterator[Path]:
        """What `.` stands for at an offset; nothing where that is all there is."""
        for around in self.template.around(block):
            branch = _branch(around, at)
            if around.opening.word not in {"with", "range"}:
                if around.opening.word != "if":
                    return
            elif branch.kind == "open" or branch.body.startswith("else with"):
                yield from self._pipeline(branch, depth)
                return


def _branch(block: Block, at: int) -> Action:
    """The action that opens the branch of a block that an offset lies in."""
    return next(part for part in reversed(block.parts) if part.start <= at)
