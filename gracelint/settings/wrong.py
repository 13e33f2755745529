"""What is wrong in a settings file, in plain words."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from gracelint.base.near import hint, nearest
from gracelint.settings.model import TABLES, Settings

if TYPE_CHECKING:
    from collections.abc import Mapping

_LONGEST = 60
_HAS_TO_BE = {
    "list_type": "a list",
    "string_type": "a text",
    "dict_type": "a table",
    "model_type": "a table",
    "bool_type": "true or false",
    "float_type": "a number",
    "int_type": "a whole number",
    "finite_number": "a finite number",
    "greater_than_equal": "0 or more",
}


def advice(error: Mapping[str, Any]) -> str:
    """What one of pydantic's errors says of a key, and what to write instead."""
    path = tuple(str(part) for part in error["loc"])
    kind = str(error["type"])
    if kind == "extra_forbidden":
        siblings = _siblings(path)
        return f"unknown key `{'.'.join(path)}`; {hint(path[-1], siblings, _listed(siblings))}"
    name = ".".join(part for part in error["loc"] if isinstance(part, str) and part != "[key]")
    entry = "an entry of " if any(isinstance(part, int) for part in error["loc"]) else ""
    if "[key]" in path:
        return f"{entry}`{name}`: {_words(kind, error)}"
    return f"{entry}`{name}` is {_value(error['input'])}; {_words(kind, error)}"


def _siblings(path: tuple[str, ...]) -> list[str]:
    """The keys that may stand beside the last of a path."""
    table = TABLES.get(path[0], Settings) if len(path) == 3 else Settings
    return table.keys()


def _listed(keys: list[str]) -> str:
    return f"known are {', '.join(keys)}"


def _words(kind: str, error: Mapping[str, Any]) -> str:
    if kind in _HAS_TO_BE:
        return f"it has to be {_HAS_TO_BE[kind]}"
    if kind == "literal_error":
        return _choice(error["ctx"]["expected"], error["input"])
    return str(error["msg"]).removeprefix("Value error, ")


def _choice(expected: str, given: object) -> str:
    """expected: `'a', 'b' or 'c'`, as pydantic lists what may stand there."""
    choices = [part.strip("' ") for part in expected.replace(" or ", ",").split(",")]
    shortened = [
        name for name in choices if isinstance(given, str) and given and name.startswith(given)
    ]
    near = nearest(given, choices) if isinstance(given, str) else None
    if len(shortened) == 1 or near is not None:
        return f"did you mean `{near or shortened[0]}`?"
    return f"it has to be one of {', '.join(choices)}"


def _value(value: object) -> str:
    """The value about as the file has it."""
    shown = json.dumps(value, ensure_ascii=False, default=str)
    return shown if len(shown) <= _LONGEST else f"{shown[:_LONGEST]}…"
