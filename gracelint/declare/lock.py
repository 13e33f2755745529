"""`gracelint.lock`: images as they were read, for what names them."""

from __future__ import annotations

import json

from gracelint.base.paths import folder_of, join
from gracelint.base.typed import TYPE_CHECKING, Any
from gracelint.base.values import replace
from gracelint.model.lock import FORMAT, NAME, LockedImage, Script
from gracelint.settings.read import SettingsError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from gracelint.base.source import Source
    from gracelint.files.tree import Files
    from gracelint.model.options import Options

_AGAIN = "write it again with `gracelint images lock`"


class Locks:
    """The settings that hold for a folder's files, with the images of the lock nearest to them."""

    def __init__(self, files: Files, near: Callable[[str], Options]) -> None:
        self._files = files
        self._near = near
        self._paths: dict[str, str | None] = {"": NAME if files.is_file(NAME) else None}
        self._images: dict[str, Mapping[str, LockedImage]] = {}
        self._options: dict[tuple[int, str], tuple[Options, Options]] = {}
        self._held: dict[str, Options] = {}

    def __call__(self, path: str) -> Options:
        """For what is written in a file; SettingsError for a lock that cannot be used."""
        folder = folder_of(path)
        if folder not in self._held:
            self._held[folder] = self._of(self._near(path), self.path(folder))
        return self._held[folder]

    def _of(self, options: Options, lock: str | None) -> Options:
        if lock is None:
            return options
        key = (id(options), lock)
        if key not in self._options:
            self._options[key] = (options, replace(options, locked=self.images(lock)))
        return self._options[key][1]

    def path(self, folder: str) -> str | None:
        """The lock nearest to a folder, up to the root; None where there is none."""
        asked = []
        while folder not in self._paths:
            name = join(folder, NAME)
            if self._files.is_file(name):
                self._paths[folder] = name
                break
            asked.append(folder)
            folder = folder_of(folder)
        self._paths |= dict.fromkeys(asked, self._paths[folder])
        return self._paths[folder]

    def images(self, lock: str) -> Mapping[str, LockedImage]:
        """What a lock says; SettingsError where it cannot be used."""
        if lock not in self._images:
            self._images[lock] = read(self._files.load(lock))
        return self._images[lock]


def read(source: Source) -> dict[str, LockedImage]:
    """A lock's images by their normalised reference; SettingsError where it cannot be used."""
    try:
        whole = json.loads(source.text)
    except (ValueError, RecursionError) as error:
        line = getattr(error, "lineno", 0)
        raise _refused(source, f"it is no JSON; {_AGAIN}", line) from error
    images = whole.get("images") if isinstance(whole, dict) else None
    if not isinstance(images, dict):
        raise _refused(source, f"it has no `images`; {_AGAIN}")
    if whole.get("version") != FORMAT:
        raise _refused(source, f"it is not of version {FORMAT}, which this gracelint reads")
    locked = {}
    for name, entry in images.items():
        try:
            locked[name] = _image(name, entry)
        except (TypeError, LookupError, AttributeError) as error:
            raise _refused(source, f"the entry of `{name[:200]}` is damaged; {_AGAIN}") from error
    return locked


def _refused(source: Source, message: str, line: int = 0) -> SettingsError:
    return SettingsError(message, source.path, line, source.root)


def _image(name: str, entry: Mapping[str, Any]) -> LockedImage:
    shell = entry.get("shell")
    return LockedImage(
        name,
        _text(entry, "digest"),
        _words(entry.get("entrypoint", [])),
        _words(entry.get("cmd", [])),
        _texts(entry, "env"),
        _text(entry, "workdir"),
        _text(entry, "user"),
        _text(entry, "stop-signal"),
        None if shell is None else _text(entry, "shell"),
        _text(entry, "system"),
        tuple(_text(entry, "has").split()),
        tuple(_text(entry, "lacks").split()),
        _texts(entry, "links"),
        tuple(_script(path, said) for path, said in entry.get("scripts", {}).items()),
    )


def _script(path: str, said: Mapping[str, Any]) -> Script:
    return Script(path, "".join(_words(said["text"])), executable=said.get("executable") is True)


def _text(entry: Mapping[str, Any], key: str) -> str:
    value = entry.get(key, "")
    if not isinstance(value, str):
        raise TypeError(key)
    return value


def _words(value: Any) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(isinstance(word, str) for word in value):
        raise TypeError
    return tuple(value)


def _texts(entry: Mapping[str, Any], key: str) -> dict[str, str]:
    value = entry.get(key, {})
    if not all(isinstance(text, str) for text in value.values()):
        raise TypeError(key)
    return dict(value)
