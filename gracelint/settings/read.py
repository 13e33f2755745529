"""Settings from `[tool.gracelint]` in pyproject.toml, or from gracelint.toml.

pydantic says what is wrong; it is imported only when there is something to read, because it takes
longer to load than an ordinary run lasts. tomllib gives no places, and no library on offer keeps
both the values and the place of every key, so that the place of a wrong key is looked for
afterwards, line by line, with tomllib itself reading each key.
"""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING, Any

from gracelint.base.paths import join
from gracelint.files.tree import FileProblem, Files
from gracelint.model.options import Options

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from gracelint.base.source import Source
    from gracelint.model.finding import Rule

    Path = tuple[str | int, ...]
    Rules = Callable[[], Iterable[Rule]]

NAMES = ("gracelint.toml", "pyproject.toml")
_TABLE = ("tool", "gracelint")


class SettingsError(Exception):
    """Settings that cannot be used; the message says where, what, and what to do."""


def find(files: Files, folder: str) -> str | None:
    """The settings that hold for `folder`: the nearest in it and the folders above it."""
    while True:
        for name in NAMES:
            path = join(folder, name)
            source = files.read(path) if files.is_file(path) else None
            if source is not None and (name == NAMES[0] or _has_table(source)):
                return path
        if not folder:
            return None
        folder = posixpath.dirname(folder)


def _has_table(source: Source) -> bool:
    if "gracelint" not in source.text:
        return False
    try:
        return _table(source) is not None
    except SettingsError:
        return "[tool.gracelint" in source.text


def load(files: Files, path: str, rules: Rules) -> Options:
    """The settings in a file; SettingsError when they cannot be used. rules: all there are."""
    try:
        source = files.load(path)
    except FileProblem as problem:
        raise SettingsError(f"{path}: {problem.message}") from None
    table = _table(source)
    if table is None:
        raise SettingsError(f"{path}: has no table [tool.gracelint]; add one")
    return _options(source, table, posixpath.dirname(path), rules) if table else Options()


def _table(source: Source) -> Mapping[str, Any] | None:
    import tomllib

    try:
        source.text.encode()
        whole = tomllib.loads(source.text.replace("\r\n", "\n"))
    except UnicodeEncodeError as error:
        line = source.position(error.start).line
        raise SettingsError(f"{source.path}:{line}: not valid UTF-8; correct it") from None
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise SettingsError(f"{_toml_place(source.path, str(error))}; correct it") from None
    if not _prefix(source):
        return whole
    table = whole.get("tool", {})
    table = table.get("gracelint") if isinstance(table, dict) else None
    return table if isinstance(table, dict) else None


def _prefix(source: Source) -> tuple[str, ...]:
    return _TABLE if posixpath.basename(source.path) == "pyproject.toml" else ()


def _toml_place(path: str, said: str) -> str:
    """`path:line: message` of tomllib's "message (at line 3, column 5)"."""
    message, _, place = said.partition(" (at line ")
    line = place.partition(",")[0]
    where = f"{path}:{line}" if line.isdigit() else path
    return f"{where}: not valid TOML: {message[:1].lower()}{message[1:]}"


def _options(source: Source, table: Mapping[str, Any], folder: str, rules: Rules) -> Options:
    from pydantic import ValidationError

    from gracelint.settings.model import Settings

    try:
        settings = Settings.model_validate(table, context={"rules": rules})
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        raise SettingsError(_said(source, first, Settings.keys())) from None
    return settings.options(folder)


def _said(source: Source, error: Mapping[str, Any], keys: Sequence[str]) -> str:
    from gracelint.settings.model import advice

    path: Path = tuple(error["loc"])
    line = line_of(source.text, (*_prefix(source), *path))
    where = f"{source.path}:{line}" if line else source.path
    return f"{where}: {advice(error, keys)}"


def line_of(text: str, path: Path) -> int:
    """The line of a key, of the last part of `path` that is written; 0 when there is none."""
    best, line = 0, 0
    names = tuple(part for part in path if isinstance(part, str))
    for number, key in _keys(text):
        if len(key) > best and names[: len(key)] == key:
            best, line = len(key), number
    return line


def _keys(text: str) -> Iterator[tuple[int, tuple[str, ...]]]:
    """(line, whole path) of every table and key that starts a line."""
    table: tuple[str, ...] = ()
    for number, line in enumerate(text.splitlines(), 1):
        stripped = line.strip()
        if stripped.startswith("["):
            header = _header(stripped)
            if header:
                table = header
                yield number, table
        elif "=" in stripped and (key := _key(stripped)):
            yield number, (*table, *key)


def _header(line: str) -> tuple[str, ...] | None:
    return _parsed(line.partition("#")[0])


def _key(line: str) -> tuple[str, ...] | None:
    """What stands before the first `=` that ends a key; quoted keys may hold others."""
    at = line.find("=")
    while 0 <= at < 200:
        if found := _parsed(line[:at] + "= 0"):
            return found
        at = line.find("=", at + 1)
    return None


def _parsed(line: str) -> tuple[str, ...] | None:
    """The path of the only key or table that a line of TOML holds."""
    import tomllib

    try:
        value: Any = tomllib.loads(line)
    except (tomllib.TOMLDecodeError, RecursionError):
        return None
    path: list[str] = []
    while value:
        value = value[0] if isinstance(value, list) else value
        if not isinstance(value, dict) or not value:
            break
        name, value = next(iter(value.items()))
        path.append(name)
    return tuple(path)
