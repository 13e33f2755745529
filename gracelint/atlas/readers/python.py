"""Runners of Python projects: the scripts that pyproject.toml and Pipfile name."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING, Any

from gracelint.atlas.build import as_word, build
from gracelint.base.paths import absolute
from gracelint.base.values import replace
from gracelint.syntax import toml

if TYPE_CHECKING:
    from gracelint.atlas.call import Call
    from gracelint.base.facts import Word
    from gracelint.model.entries import Wrapped

_MOST = 200_000  # characters of a file that are looked at


def pdm(call: Call) -> Wrapped | None:
    """`pdm run NAME`: a script of `[tool.pdm.scripts]`, or a command."""
    return _run(call, "pyproject.toml", "tool", "pdm", "scripts")


def pipenv(call: Call) -> Wrapped | None:
    """`pipenv run NAME`: a script of Pipfile's `[scripts]`, or a command."""
    return _run(call, "Pipfile", "scripts")


def _run(call: Call, file: str, *table: str) -> Wrapped | None:
    parsed = call.parse()
    if not parsed.starts:
        return None
    name = parsed.rest[0] if parsed.rest and not parsed.rest[0].many else None
    script = _script(call, file, (*table, name.value)) if name is not None and name.value else None
    if script is None or name is None:
        return build(call, parsed)
    command = script.get("cmd") if isinstance(script, dict) else script
    words = _words(name, command)
    if words:
        return build(call, replace(parsed, rest=(*words, *parsed.rest[1:])))
    text = script.get("shell") if isinstance(script, dict) else None
    if isinstance(text, str) and not parsed.rest[1:]:
        return build(call, parsed, shell_text=as_word(text, name))
    problem = f"what the script `{name.value}` of `{file}` starts is not read"
    return build(call, replace(parsed, rest=(), problem=problem))


def _script(call: Call, file: str, path: tuple[str, ...]) -> Any:
    """What a file of the project says of a script; None where it says nothing."""
    text = call.view.text(absolute(file, call.workdir)) if call.view is not None else None
    if text is None or len(text.text) > _MOST or path[-1] not in text.text:
        return None
    try:
        value: Any = toml.read(text.text)
    except ValueError:
        return None
    for key in path:
        value = value.get(key) if isinstance(value, dict) else None
    return value


def _words(name: Word, command: object) -> tuple[Word, ...]:
    """A script's command, which no shell reads; each word stands where its name does."""
    words = command
    if isinstance(command, str):
        try:
            words = shlex.split(command)
        except ValueError:
            return ()
    if not isinstance(words, list) or not all(isinstance(word, str) for word in words):
        return ()
    return tuple(as_word(word, name) for word in words)
