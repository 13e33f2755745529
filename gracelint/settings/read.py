"""Settings files: `.gracelint.toml`, `gracelint.toml`, or `[tool.gracelint]` in pyproject.toml.

pydantic says what is wrong; it is imported only where there is something to read, because it takes
longer to load than an ordinary run lasts.
"""

from __future__ import annotations

from gracelint.base.paths import folder_of, join, name_of, seen_from
from gracelint.base.typed import TYPE_CHECKING, Any
from gracelint.base.values import dataclass, field
from gracelint.files.tree import FileProblem
from gracelint.model.options import Options

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from gracelint.base.source import Source
    from gracelint.files.tree import Files
    from gracelint.model.finding import Rule

    Rules = Callable[[], Iterable[Rule]]

NAMES = (".gracelint.toml", "gracelint.toml", "pyproject.toml")
"""In one folder, the first of these counts."""

_TABLE = ("tool", "gracelint")


class SettingsError(Exception):
    """Settings that cannot be used.

    root, path: the file. line: where in it, 0 for nowhere. message: what, and what to do.
    """

    def __init__(self, message: str, path: str, line: int = 0, root: str = "") -> None:
        place = f"{path}:{line}" if line else path
        super().__init__(f"{place}: {message}")
        self.message = message
        self.path = path
        self.line = line
        self.root = root


def _refused(source: Source, line: int, message: str) -> SettingsError:
    return SettingsError(message, source.path, line, source.root)


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a value is written. path: from the root."""

    path: str
    line: int


@dataclass(frozen=True, slots=True)
class Loaded:
    """Settings, and where they are from.

    files: those that were read, the nearest first, and then those that it extends. origins: by a
    field of `Options`, and for tables by their entries as well: where the value is written, and the
    option of the command line that changes it. What is not there is as it is by default.
    """

    options: Options = field(default_factory=Options)
    files: tuple[str, ...] = ()
    origins: Mapping[tuple[str, ...], tuple[Origin | str, ...]] = field(default_factory=dict)


def inside(files: Files, folder: str) -> str | None:
    """The settings file in a folder itself."""
    for name in NAMES:
        path = join(folder, name)
        source = files.read(path) if files.is_file(path) else None
        if source is not None and (not _prefix(source) or _has_table(source)):
            return path
    return None


def _has_table(source: Source) -> bool:
    if "gracelint" not in source.text:
        return False
    try:
        return _table(source) is not None
    except SettingsError:
        return "[tool.gracelint" in source.text


def load(files: Files, path: str, rules: Rules) -> Loaded:
    """The settings in a file and in those that it extends; SettingsError for what is wrong.

    rules: all there are.
    """
    values: dict[str, Any] = {}
    origins: dict[tuple[str, ...], tuple[Origin | str, ...]] = {}
    chain = _chain(files, path, rules)
    for one in reversed(chain):
        for name, value in one.stated.items():
            if isinstance(value, dict):
                values[name] = {**values.get(name, {}), **value}
                origins |= {(name, entry): (one.origin(name, entry),) for entry in value}
            else:
                values[name] = value
            origins[name,] = (one.origin(name),)
    return Loaded(Options(**values), tuple(one.source.path for one in chain), origins)


@dataclass(frozen=True, slots=True)
class _File:
    """One file. stated: fields of `Options`, as far as it says them. extend: what it names."""

    source: Source
    stated: Mapping[str, Any]
    extend: str | None

    def origin(self, name: str, entry: str = "") -> Origin:
        """Where a value is written; for entries that are seen from the root, where the table is."""
        key = (*_prefix(self.source), name.replace("_", "-"), *filter(None, [entry]))
        return Origin(self.source.path, _line(self.source, key))


def _chain(files: Files, path: str, rules: Rules) -> list[_File]:
    """The file, the one that it extends, and so on."""
    chain = [_read(files, path, rules)]
    while (wanted := chain[-1].extend) is not None:
        above = chain[-1].source
        path = seen_from(folder_of(above.path), wanted) or ""
        wrong = ""
        if not path:
            wrong = "leads out of the folder that is checked"
            if wanted.startswith("/"):
                wrong = "is an absolute path: say where it is seen from this file's folder"
        elif any(path == one.source.path for one in chain):
            wrong = "extends this file in turn; leave one out"
        elif not files.is_file(path):
            wrong = "is no file; correct the path"
        if wrong:
            line = _line(above, (*_prefix(above), "extend"))
            raise _refused(above, line, f"`extend`: {wanted} {wrong}")
        chain.append(_read(files, path, rules))
    return chain


def _read(files: Files, path: str, rules: Rules) -> _File:
    try:
        source = files.load(path)
    except FileProblem as problem:
        raise SettingsError(problem.message, path, root=str(files.root)) from None
    table = _table(source)
    if table is None:
        raise _refused(source, 0, "has no table [tool.gracelint]; add one")
    if not table:
        return _File(source, {}, None)
    from pydantic import ValidationError

    from gracelint.settings.model import Settings

    try:
        settings = Settings.model_validate(table, context={"rules": rules})
    except ValidationError as error:
        raise _error(source, error.errors(include_url=False)[0]) from None
    return _File(source, settings.stated(folder_of(path)), settings.extend)


def _table(source: Source) -> Mapping[str, Any] | None:
    from gracelint.syntax import toml

    try:
        source.text.encode()
        whole = toml.read(source.text)
    except UnicodeEncodeError as error:
        line = source.position(error.start).line
        raise _refused(source, line, "not valid UTF-8; correct it") from None
    except ValueError as error:
        raise _not_toml(source, str(error)) from None
    if not _prefix(source):
        return whole
    table = whole.get("tool", {})
    table = table.get("gracelint") if isinstance(table, dict) else None
    return table if isinstance(table, dict) else None


def _prefix(source: Source) -> tuple[str, ...]:
    return _TABLE if name_of(source.path) == "pyproject.toml" else ()


def _not_toml(source: Source, said: str) -> SettingsError:
    """What tomllib says, "message (at line 3, column 5)"."""
    message, _, place = said.partition(" (at line ")
    line = place.partition(",")[0]
    words = f"not valid TOML: {message[:1].lower()}{message[1:]}; correct it"
    return _refused(source, int(line) if line.isdigit() else 0, words)


def _error(source: Source, error: Mapping[str, Any]) -> SettingsError:
    from gracelint.settings.wrong import advice

    key = (*_prefix(source), *(str(part) for part in error["loc"]))
    return _refused(source, _line(source, key), advice(error))


def _line(source: Source, key: tuple[str, ...]) -> int:
    """The line of a key, of the last part of it that is written; 0 when there is none."""
    from gracelint.syntax.toml import places

    lines = places(source)
    parts = (key[:length] for length in range(len(key), 0, -1))
    return next((lines[part].first.line for part in parts if part in lines), 0)
