"""What was seen, written to the settings, of which everything else stays as it is."""

from __future__ import annotations

import tomllib
from typing import TYPE_CHECKING, Any

from gracelint.base.paths import folder_of, name_of
from gracelint.report.text import visible
from gracelint.settings.read import inside

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from gracelint.files.tree import Files
    from gracelint.model.proof import Lesson

NEW = "gracelint.toml"


class LearnError(Exception):
    """A settings file that nothing can be added to; the message says what to write by hand."""


def nearest(files: Files, path: str) -> str:
    """The settings file that holds for what is written in a file; a new one at the root."""
    folder = folder_of(path)
    while True:
        file = inside(files, folder)
        if file is not None or not folder:
            return file or NEW
        folder = folder_of(folder)


def taught(text: str, path: str, lessons: Iterable[Lesson], version: str) -> str:
    """The text of a settings file with what was learnt.

    version: of the engine, and when. LearnError where the file is written in a way that leaves
    no place for it.
    """
    import tomlkit

    top = ("tool", "gracelint") if name_of(path) == "pyproject.toml" else ()
    keys = (*top, "programs")
    document = tomlkit.parse(text)
    expected = tomllib.loads(text)
    fresh = []
    for lesson in lessons:
        said = _said(lesson, version)
        there = _at(document, keys, make=False)
        if there is not None and not isinstance(there, dict):
            raise LearnError(f"{path}: `programs` is no table")
        if lesson.name in (there or {}) or isinstance(there, tomlkit.items.InlineTable):
            _merge(there, said)
        else:
            fresh.append(_written((*keys, lesson.name), said[lesson.name]))
        _merge(_at(expected, keys), said)
    old = tomlkit.dumps(document)
    written = "\n".join(filter(None, [old.rstrip("\n") + "\n" if old.strip() else "", *fresh]))
    if tomllib.loads(written) != expected:
        raise LearnError(f"{path}: nothing can be added to its table of programs as it is written")
    return written.replace("\n", "\r\n") if "\r\n" in text else written


def _said(lesson: Lesson, version: str) -> dict[str, dict[str, Any]]:
    proven = {"kind": "proven", "version": version, "says": visible(lesson.seen)}
    return {lesson.name: {"signals": {lesson.signal: lesson.reaction}, "evidence": [proven]}}


def _at(table: Any, keys: Sequence[str], *, make: bool = True) -> Any:
    """The table at a path of keys; None where it is missing and not to be made."""
    for key in keys:
        if key not in table:
            if not make:
                return None
            table[key] = {}
        table = table[key]
    return table


def _merge(programs: Any, said: dict[str, dict[str, Any]]) -> None:
    """Let a table of programs say it; the signals that it names besides stay."""
    import tomlkit

    for name, entry in said.items():
        program = programs.setdefault(name, {})
        program.setdefault(
            "signals", {} if isinstance(program, dict) and type(program) is dict else _inline({})
        )
        program["signals"].update(entry["signals"])
        if type(program) is dict:
            program["evidence"] = entry["evidence"]
        else:
            array = tomlkit.array()
            array.extend(map(_inline, entry["evidence"]))
            program["evidence"] = array


def _inline(entries: dict[str, str]) -> Any:
    import tomlkit

    table = tomlkit.inline_table()
    table.update(entries)
    return table


def _written(keys: Sequence[str], entry: dict[str, Any]) -> str:
    """A table of its own."""
    heading = ".".join(key if key.isidentifier() else _quoted(key) for key in keys)
    signals = ", ".join(f"{key} = {_quoted(value)}" for key, value in entry["signals"].items())
    proven = ", ".join(f"{key} = {_quoted(value)}" for key, value in entry["evidence"][0].items())
    return f"[{heading}]\nsignals = {{ {signals} }}\nevidence = [{{ {proven} }}]\n"


def _quoted(text: str) -> str:
    import tomlkit

    return tomlkit.string(text).as_string()
