"""Texts that are put together by a pattern, as `sprintf`, `format` and `%` do."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gracelint.base import lazy
from gracelint.base.integers import whole
from gracelint.simulate.sources.machine.values import MAX_TEXT, NOTHING, spelled

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_DIRECTIVE = lazy.compile(r"%(?:([sdiu%])|\{(\w+)\}|<(\w+)>[sd])")
_FIELD = lazy.compile(r"\{\{|\}\}|\{(\w*)\}")


def printed(pattern: Any, values: Sequence[Any], names: Mapping[str, Any] | None = None) -> Any:
    """What `sprintf` makes of a pattern; NOTHING where that is not known.

    Only plain places are filled: `%s`, `%d`, and Ruby's `%{name}` and `%<name>s` of `names`.
    """
    if not isinstance(pattern, str):
        return NOTHING
    rest, parts, at = iter(values), [], 0
    for match in _DIRECTIVE.finditer(pattern):
        named = match[2] or match[3]
        value = (names or {}).get(named) if named else "%" if match[1] == "%" else next(rest, None)
        if match[1] in {"d", "i", "u"} and not isinstance(value, int):
            value = None
        parts += [pattern[at : match.start()], spelled(value)]
        at = match.end()
    parts.append(pattern[at:])
    return _joined(parts, left="%" in "".join(p for p in parts[::2] if p))


def filled(pattern: str, values: Sequence[Any], names: Mapping[str, Any]) -> Any:
    """What Python's `format` makes of a pattern; NOTHING where that is not known."""
    value: Any
    rest, parts, at = iter(values), [], 0
    for match in _FIELD.finditer(pattern):
        name = match[1]
        if name is None:
            value = match[0][0]
        elif (number := whole(name)) is not None:
            value = values[number] if number < len(values) else None
        else:
            value = names.get(name) if name else next(rest, None)
        parts += [pattern[at : match.start()], spelled(value)]
        at = match.end()
    parts.append(pattern[at:])
    return _joined(parts, left=any("{" in p for p in parts[::2] if p))


def _joined(parts: list[str | None], *, left: bool) -> Any:
    """left: whether there are places that were not filled."""
    texts = [p for p in parts if p is not None]
    return NOTHING if left or len(texts) < len(parts) else "".join(texts)[:MAX_TEXT]
