"""Settings of pydantic, which are what the environment has, by their names."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gracelint.simulate.sources.machine.values import NOTHING, unset

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gracelint.simulate.sources.machine.state import Given

_TRUE = frozenset({"1", "true", "t", "yes", "y", "on"})
_FALSE = frozenset({"0", "false", "f", "no", "n", "off"})


def from_environment(given: Given, defaults: Mapping[str, Any]) -> dict[str, Any]:
    """The settings that are not what their defaults say: those that a variable sets, and those
    without a default, which somebody sets. The case of a variable's name does not matter.
    """
    variables = {name.lower(): text for name, text in given.machine.environment["env"].items()}
    settings: dict[str, Any] = {}
    for name, default in defaults.items():
        text = variables.get(name.lower())
        if text is not None:
            settings[name] = _read(text, default)
        elif default is None or default == "":
            settings[name] = unset(name.upper())
    return settings


def _read(text: str, default: Any) -> Any:
    """A variable's text, as a setting of the default's type."""
    word = text.strip().lower()
    if isinstance(default, bool):
        return word in _TRUE if word in _TRUE | _FALSE else NOTHING
    if isinstance(default, int):
        return int(word) if word.isdecimal() and len(word) < 10 else NOTHING
    plain = isinstance(default, str) or (default is None and word not in _TRUE | _FALSE)
    return text if plain else NOTHING
