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


def agreed(lessons: Iterable[Lesson]) -> tuple[list[Lesson], list[str]]:
    """Each lesson once, and the names of programs that did one thing here and another there.

    Programs of several images may have one name: of those that differ, nothing is learnt.
    """
    once: dict[tuple[str, str], Lesson] = {}
    differing: dict[str, None] = {}
    for lesson in lessons:
        first = once.setdefault((lesson.name, lesson.signal), lesson)
        if first.reaction != lesson.reaction:
            differing[lesson.name] = None
    return [lesson for lesson in once.values() if lesson.name not in differing], [*differing]


def taught(text: str, path: str, lessons: Iterable[Lesson], version: str) -> str:
    """The text of a settings file with what was learnt.

    lessons: those of one program agree. version: of the engine, and when. LearnError where the
    file is written in a way that leaves no place for it.
    """
    import tomlkit

    top = ("tool", "gracelint") if name_of(path) == "pyproject.toml" else ()
    keys = (*top, "programs")
    document = tomlkit.parse(text)
    expected = tomllib.loads(text)
    fresh = []
    for name, said in _said(lessons, version).items():
        there = _at(document, keys, make=False)
        if there is not None and not isinstance(there, dict):
            raise LearnError(f"{path}: `programs` is no table")
        if name in (there or {}) or isinstance(there, tomlkit.items.InlineTable):
            _merge(there, {name: said})
        else:
            fresh.append(_written((*keys, name), said))
        _merge(_at(expected, keys), {name: said})
    old = tomlkit.dumps(document)
    written = "\n".join(filter(None, [old.rstrip("\n") + "\n" if old.strip() else "", *fresh]))
    if tomllib.loads(written) != expected:
        raise LearnError(f"{path}: nothing can be added to its table of programs as it is written")
    return written.replace("\n", "\r\n") if "\r\n" in text else written


def _said(lessons: Iterable[Lesson], version: str) -> dict[str, dict[str, Any]]:
    """What the settings say of each program: its signals, and what each of them rests on."""
    programs: dict[str, dict[str, Any]] = {}
    for lesson in lessons:
        entry = programs.setdefault(lesson.name, {"signals": {}, "evidence": []})
        entry["signals"][lesson.signal] = lesson.reaction
        proven = {"kind": "proven", "version": version, "says": visible(lesson.seen)}
        if proven not in entry["evidence"]:
            entry["evidence"].append(proven)
    return programs


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
    evidence = ", ".join(
        "{ " + ", ".join(f"{key} = {_quoted(value)}" for key, value in proven.items()) + " }"
        for proven in entry["evidence"]
    )
    return f"[{heading}]\nsignals = {{ {signals} }}\nevidence = [{evidence}]\n"


def _quoted(text: str) -> str:
    import tomlkit

    return tomlkit.string(text).as_string()
