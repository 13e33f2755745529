"""Settings of pydantic, which are what the environment has, by their names."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gracelint.simulate.sources.machine.calls import find_member
from gracelint.simulate.sources.machine.values import NOTHING, Class, Record, unset

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gracelint.simulate.sources.machine.state import Given

_TRUE = frozenset({"1", "true", "t", "yes", "y", "on"})
_FALSE = frozenset({"0", "false", "f", "no", "n", "off"})


def from_environment(
    given: Given, held: Mapping[str, Any], defaults: Mapping[str, Any]
) -> dict[str, Any]:
    """The settings that are not what their defaults say: those that a variable sets, and those
    without a default, which somebody sets. The case of a variable's name does not matter.

    held: what the class has, by name.
    """
    variables = {name.lower(): text for name, text in given.machine.environment["env"].items()}
    prefix = _prefix(held)
    settings: dict[str, Any] = {}
    for name, default in defaults.items():
        variable = _variable(name, held.get(name), prefix)
        text = variables.get(variable.lower()) if variable is not None else None
        if variable is None:
            settings[name] = NOTHING
        elif text is not None:
            settings[name] = _read(text, default)
        elif default is None or default == "":
            settings[name] = unset(variable.upper())
    return settings


def _prefix(held: Mapping[str, Any]) -> Any:
    """What stands before the names of the variables, as the class says it."""
    inner, config = held.get("Config"), held.get("model_config")
    if any(_said(each, name) for each in (inner, config) for name in _RENAMES):
        return NOTHING
    return _said(inner, "env_prefix") or _said(config, "env_prefix")


_RENAMES = ("fields", "alias_generator")


def _said(config: Any, name: str) -> Any:
    if isinstance(config, Class):
        return find_member(config, name, "")
    if isinstance(config, Record):
        return config.fields.get(name, NOTHING if config.open else "")
    return "" if config is None else NOTHING


def _variable(name: str, held: Any, prefix: Any) -> str | None:
    """The name of the variable that sets a setting; None: not known."""
    alias = held.fields.get("alias") if isinstance(held, Record) and held.kind == "field" else None
    if alias is not None:
        return alias if isinstance(alias, str) else None
    return prefix + name if isinstance(prefix, str) else None


def _read(text: str, default: Any) -> Any:
    """A variable's text, as a setting of the default's type."""
    word = text.strip().lower()
    if isinstance(default, bool):
        return word in _TRUE if word in _TRUE | _FALSE else NOTHING
    if isinstance(default, int):
        return int(word) if word.isdecimal() and len(word) < 10 else NOTHING
    plain = isinstance(default, str) or (default is None and word not in _TRUE | _FALSE)
    return text if plain else NOTHING
