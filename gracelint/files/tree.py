"""The tree as a run sees it: the one door to the disk.

Stdin, `--diff`, rounds of fixes and an editor's unsaved text are laid over it, so that all of them
read the same world. Nothing outside the root is ever read, also not through symbolic links.
"""

from __future__ import annotations

import os
import posixpath
import stat
import sys
from contextlib import suppress
from fnmatch import fnmatchcase
from functools import cached_property

from gracelint.base.paths import clean_path, folder_of, join
from gracelint.base.source import Source
from gracelint.base.typed import TYPE_CHECKING
from gracelint.files import door, walk
from gracelint.files.door import Door, Outside
from gracelint.files.ignore import SKIPPED, ignoring, skipped
from gracelint.files.whole import above, below, real, whole

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    from pathspec import GitIgnoreSpec

    from gracelint.files.door import Kind

MAX_BYTES = 8_000_000
"""Larger files are not read: no file that says how a container starts comes near it."""


_TYPES = {"file": stat.S_IFREG, "folder": stat.S_IFDIR}
_EXACT = sys.platform == "linux"
"""Whether a file has no other name than the one in its folder's listing, in capitals for one."""


class FileProblem(Exception):  # noqa: N818
    """A file that cannot be read or written. path: from the root. message: why, in words."""

    def __init__(self, path: str, message: str) -> None:
        super().__init__(f"{path}: {message}")
        self.path = path
        self.message = message


class Files:
    """The files below `root`.

    All paths are strings with `/`, relative to the root, which itself is "". exclude: patterns as
    in .gitignore, seen from the root, of what `walk` leaves out. overlay: text that stands for a
    file's contents on the disk, or for a file that is not there. door: the way to the disk, one to
    the root unless given.
    """

    def __init__(
        self,
        root: str | os.PathLike[str],
        exclude: Iterable[str] = (),
        overlay: Mapping[str, str] | None = None,
        door: Door | None = None,
    ) -> None:
        self.door = Door(real(root)) if door is None else door
        self.top = self.door.top
        self.exclude = tuple(exclude)
        self.notes: dict[str, str] = {}
        self.overlay: dict[str, Source] = {}
        self._laid: dict[str, set[str]] | None = None
        self._read: dict[str, Source | FileProblem] = {}
        self._names: dict[str, tuple[str, ...]] = {}
        self._listed: dict[str, dict[str, Kind]] = {}
        self._real: dict[str, str] = {}
        self._excluded: GitIgnoreSpec | None = None
        for path, text in (overlay or {}).items():
            self.lay(path, text)

    @cached_property
    def root(self) -> Path:
        """The root as a path."""
        from pathlib import Path

        return Path(self.top)

    def __reduce__(self) -> tuple[object, ...]:
        """For another process: what to read, and nothing that has been read."""
        if type(self) is not Files:
            raise TypeError("these files cannot be read by another process")
        return _again, (self.top, self.exclude, self.overlay, type(self.door))

    def lay(self, path: str, text: str) -> Source:
        """Let the file at `path` read `text` from now on, without writing it."""
        path = clean_path(path) or path
        below = self.overlay.get(path) or self._load(path)
        if isinstance(below, Source):
            return self.lay_source(below.reading(text))
        return self.lay_source(Source(path, text, root=self.top))

    def lay_source(self, source: Source) -> Source:
        """Let the file at the path of `source` be that source from now on."""
        if self._laid is not None and source.path not in self.overlay:
            _enter(self._laid, source.path)
        self.overlay[source.path] = source
        self._names.clear()
        return source

    def laid(self) -> Mapping[str, Source]:
        """Everything that is laid over the disk now."""
        return dict(self.overlay)

    def relay(self, laid: Mapping[str, Source]) -> None:
        """Let that be all that is laid over it again."""
        self.overlay, self._laid = dict(laid), None
        self._names.clear()

    def changes(self) -> list[tuple[Source, Source]]:
        """The files on the disk that an overlay changes: what they are and what they would be."""
        pairs = []
        for path, laid in sorted(self.overlay.items()):
            below = self._load(path)
            if isinstance(below, Source) and below.text != laid.text:
                pairs.append((below, laid))
        return pairs

    def commit(self) -> list[str]:
        """Write the overlays that change a file, all or none; their paths.

        FileProblem when one cannot be written; those before it then are as they were.
        """
        done: list[tuple[Source, Source]] = []
        try:
            for below, laid in self.changes():
                self.write(below.path, below, laid.text)
                done.append((below, laid))
        except BaseException:
            for below, laid in done:
                with suppress(FileProblem):
                    self.write(below.path, below.reading(laid.text), below.text)
            raise
        return [below.path for below, _ in done]

    def sealed(self, path: str) -> str | None:
        """Why a fix cannot write the file that is there; None where nothing speaks against it."""
        from gracelint.files import replace

        try:
            return replace.sealed(self.door, path)
        except (OSError, ValueError) as error:
            return _reason(error)

    def path(self, path: str | os.PathLike[str]) -> str | None:
        """The path from the root of something on the disk; None when it is not below the root."""
        absolute = whole(path)
        with suppress(OSError):
            folder, name = os.path.split(absolute)
            absolute = real(absolute) if name == ".." else os.path.join(real(folder), name)
        return below(absolute, self.top)

    def named(self, path: str | os.PathLike[str]) -> str | None:
        """The path from the root of what people name, links not followed; None: outside."""
        absolute = os.path.abspath(path)
        for folder in (*reversed([*above(absolute)]), absolute):
            if os.path.realpath(folder) == self.top:
                return below(absolute, folder)
        return None

    def read(self, path: str) -> Source | None:
        """The file's text, None when it is not there or not to be read."""
        with suppress(FileProblem):
            return self.load(path)
        return None

    def load(self, path: str) -> Source:
        """The file's text; FileProblem when it is not there or not to be read."""
        clean = clean_path(path)
        if clean is None:
            raise FileProblem(path, _OUTSIDE)
        if clean in self.overlay:
            return self.overlay[clean]
        source = self._load(clean)
        if isinstance(source, FileProblem):
            raise source
        return source

    def data(self, path: str) -> bytes:
        """The file's bytes, binary or not; FileProblem when it is not there or not to be read."""
        clean = clean_path(path)
        if clean is None:
            raise FileProblem(path, _OUTSIDE)
        return self.overlay[clean].encode() if clean in self.overlay else self._whole(clean)

    def everything(self, folder: str) -> Iterator[str]:
        """All that is no folder below a folder, what git ignores and what cannot be read included.

        A folder that several links lead to is met once.
        """
        queue, met = [folder], {self.real(folder)}
        while queue:
            current = queue.pop()
            for name in self.names(current):
                path = join(current, name)
                if not self.is_dir(path):
                    yield path
                elif name not in SKIPPED and (real := self.real(path)) not in met:
                    met.add(real)
                    queue.append(path)

    def real(self, path: str) -> str:
        """The path without symbolic links; as it is, where that leads nowhere."""
        if path in self.overlay:
            return path
        folder, _, name = path.rpartition("/")
        plain = self._listed.get(folder, {}).get(name) == "file"
        if plain and self._real.get(folder) == folder:
            return path  # as of nearly all
        with suppress(OSError, ValueError):
            if not plain:
                return self.door.real(path)
            if folder not in self._real:
                self._real[folder] = self.door.real(folder)
            return join(self._real[folder], name)
        return path

    def exists(self, path: str) -> bool:
        """Whether there is a file or folder, within the root."""
        clean = clean_path(path)
        if clean is None:
            return False
        return clean in self.overlay or bool(self._laid_in(clean)) or self._type(clean) != 0

    def is_dir(self, path: str) -> bool:
        """Whether there is a folder, within the root."""
        clean = clean_path(path)
        if clean is None or clean in self.overlay:
            return False
        return stat.S_ISDIR(self._type(clean)) or bool(self._laid_in(clean))

    def is_real_dir(self, path: str) -> bool:
        """A folder that is no symbolic link: following those may lead round in circles."""
        with suppress(OSError, ValueError):
            return stat.S_ISDIR(self.door.lstat(path).st_mode)
        return bool(self._laid_in(path))

    def is_file(self, path: str) -> bool:
        """Whether there is a regular file, within the root."""
        clean = clean_path(path)
        if clean is None or clean in self.overlay:
            return clean is not None
        return stat.S_ISREG(self._type(clean))

    def is_executable(self, path: str) -> bool | None:
        """Whether the owner may execute the file; None when it is not there, or cannot be told."""
        clean = clean_path(path)
        mode = 0 if clean is None or os.name == "nt" else self._mode(clean)
        return bool(mode & stat.S_IXUSR) if mode else None

    def names(self, folder: str) -> Sequence[str]:
        """The names in a folder, sorted; none where there is no folder."""
        clean = clean_path(folder)
        if clean is None:
            return ()
        if clean not in self._names:
            self._names[clean] = tuple(sorted({*self.entries(clean), *self._laid_in(clean)}))
        return self._names[clean]

    def entries(self, folder: str, *, noted: bool = False) -> Mapping[str, Kind]:
        """What the disk has in a folder, in no order; nothing where there is none.

        noted: with a note where something of it cannot be read. A folder is listed once.
        """
        names = self._listed.get(folder)
        if names is None:
            try:
                names = self._listed[folder] = self.door.names(folder)
            except (OSError, ValueError) as error:
                if noted and not isinstance(error, FileNotFoundError | NotADirectoryError):
                    self.notes[folder] = f"cannot be read: {_reason(error)}"
                return {}
        if noted and len(names) >= door.MAX_NAMES:
            self.notes[folder] = f"holds more than {door.MAX_NAMES:,} names; the rest is not read"
        return names

    def is_listed(self, folder: str) -> bool:
        """Whether it is known what the disk has in a folder."""
        return folder in self._listed

    def glob(self, folder: str, pattern: str) -> list[str]:
        """Paths below `folder` that match a pattern with `*`, `?` and `[…]` in its parts; sorted.

        A part `**` stands for any number of folders. What leads out of the root matches nothing.
        """
        clean = clean_path(folder)
        paths = set() if clean is None else {clean}
        for part in posixpath.normpath(pattern).strip("/").split("/"):
            if part == "**":
                paths = self._folders(paths)
            else:
                paths = {match for path in paths for match in self._matching(path, part)}
        return sorted(paths)

    def walk(self, paths: Iterable[str]) -> Iterator[str]:
        """The files at and below `paths`, each once.

        A folder's files come without what git ignores, what is excluded, and what a symbolic link
        leads to from outside the root. A path that names a file is always given.
        """
        seen: set[str] = set()
        for path in paths:
            clean = clean_path(path)
            if clean is None:
                continue
            for inner in self._below(clean) if self.is_dir(clean) else (clean,):
                if inner not in seen:
                    seen.add(inner)
                    yield inner
                if len(seen) >= walk.MAX_FOUND:
                    return

    def tracked(self, top: str) -> Iterator[tuple[str, bool]]:
        """What the work tree at a path tracks, from there; with whether it is a submodule."""
        from gracelint.files.tracked import tracked

        return tracked(self.door, top)

    def write(self, path: str, source: Source, text: str) -> None:
        """Let the file that reads `source` read `text`, whole or not at all.

        The file keeps its encoding, byte order mark, mode, owner and extended attributes. A
        symbolic link stays one. FileProblem when that cannot be, or when the file has changed.
        """
        from gracelint.files import replace

        clean = clean_path(path)
        if clean is None:
            raise FileProblem(path, _OUTSIDE)
        try:
            replace.replace(self.door, clean, source.encode(text), source.encode())
        except (OSError, ValueError) as error:
            raise _problem(path, "written", error) from error
        finally:
            self._read.pop(clean, None)
            self._listed.clear()
        self.overlay.pop(clean, None)
        self._laid = None

    def put(self, path: str, text: str) -> None:
        """Write a report or a baseline; FileProblem when that cannot be done."""
        from gracelint.files import replace

        clean = clean_path(path)
        if clean is None:
            raise FileProblem(path, _OUTSIDE)
        try:
            replace.create(self.door, clean, text.encode("utf-8", "backslashreplace"))
        except (OSError, ValueError) as error:
            raise _problem(path, "written", error) from error
        finally:
            self._listed.clear()

    def make_folders(self, path: str) -> None:
        """Make the folders above a file that are not there; FileProblem when that cannot be."""
        done = ""
        try:
            for part in folder_of(path).split("/") if folder_of(path) else ():
                self.door.folder(done).make(part)
                done = join(done, part)
        except (OSError, ValueError) as error:
            raise _problem(done or ".", "written", error) from error
        finally:
            self._listed.clear()

    # The disk

    def _mode(self, clean: str) -> int:
        """What there is over all links, as a mode; 0 where there is nothing within the root."""
        try:
            return self.door.stat(clean).st_mode
        except (OSError, ValueError):
            return 0

    def _type(self, clean: str) -> int:
        """The same without permissions, which the listing of the folder tells if there was one."""
        folder, _, name = clean.rpartition("/")
        listed = self._listed.get(folder)
        kind = None if listed is None else listed.get(name)
        if kind in _TYPES:
            return _TYPES[kind]
        whole = listed is not None and bool(name) and len(listed) < door.MAX_NAMES
        return 0 if whole and kind is None and _EXACT else self._mode(clean)

    def _load(self, clean: str) -> Source | FileProblem:
        if clean not in self._read:
            try:
                self._read[clean] = Source.decode(clean, self._text(clean), self.top)
            except FileProblem as problem:
                self._read[clean] = problem
        return self._read[clean]

    def _text(self, clean: str) -> bytes:
        data = self._whole(clean)
        if b"\0" in data and not data.startswith((b"\xff\xfe", b"\xfe\xff")):
            raise FileProblem(clean, "is not read: it is no text, but binary")
        return data

    def _whole(self, clean: str) -> bytes:
        folder, _, name = clean.rpartition("/")
        listed = self._listed.get(folder, {}).get(name) == "file"
        try:
            data = (self.door.read_listed if listed else self.door.read)(clean, MAX_BYTES + 1)
        except (OSError, ValueError) as error:
            raise _problem(clean, "read", error) from error
        if len(data) > MAX_BYTES:
            raise FileProblem(clean, f"is not read: it is larger than {MAX_BYTES // 1_000_000} MB")
        return data

    # Folders

    def _laid_in(self, clean: str) -> set[str]:
        """The names below a folder at which something is laid over the disk."""
        if self._laid is None:
            self._laid = {}
            for path in self.overlay:
                _enter(self._laid, path)
        return self._laid.get(clean, set())

    def _matching(self, folder: str, part: str) -> Iterator[str]:
        if part in {".", ""}:
            yield folder
        elif part == "..":
            if folder:
                yield folder_of(folder)
        elif any(c in part for c in "*?["):
            names = self.names(folder)
            yield from (join(folder, name) for name in names if fnmatchcase(name, part))
        elif self.exists(join(folder, part)):
            yield join(folder, part)

    def _folders(self, folders: set[str]) -> set[str]:
        """These folders and all below them."""
        queue, met = list(folders), set(folders)
        while queue and len(met) < door.MAX_NAMES:
            current = queue.pop()
            below = {join(current, name) for name in self.names(current)} - met
            new = [path for path in below if self.is_real_dir(path)]
            met.update(new)
            queue += new
        return met

    def _below(self, folder: str) -> Iterator[str]:
        """What a walk finds below a folder, in the order of paths."""
        start = f"{folder}/" if folder else ""
        laid = (path for path in self.overlay if path.startswith(start))
        laid = (path for path in laid if not skipped(path.removeprefix(start)))
        for path in sorted({*walk.files(self, folder), *laid}):
            if not self.exclude or not self.excludes(path):
                yield path

    def excludes(self, path: str) -> bool:
        """Whether the patterns of `exclude` match."""
        if not self.exclude:
            return False
        if self._excluded is None:
            self._excluded = ignoring("\n".join(self.exclude))
        return self._excluded.match_file(path)


def _enter(laid: dict[str, set[str]], path: str) -> None:
    """Note the name of a path in its folder, and those of the folders around it."""
    while path:
        folder, _, name = path.rpartition("/")
        names = laid.setdefault(folder, set())
        if name in names:
            return
        names.add(name)
        path = folder


def _again(
    root: str, exclude: tuple[str, ...], overlay: dict[str, Source], door: type[Door]
) -> Files:
    files = Files(root, exclude, door=door(root))
    files.overlay |= overlay
    return files


def put(path: str, text: str, trees: Iterable[Files] = ()) -> None:
    """Write a report where the user asks for it; FileProblem when that cannot be done.

    Within one of `trees`, links do not lead out of it; elsewhere they lead where they lead.
    """
    for tree in trees:
        inner = tree.named(path)
        if inner is not None:
            return tree.put(inner, text)
    try:
        with open(path, "w", encoding="utf-8", errors="backslashreplace", newline="") as file:
            file.write(text)
    except (OSError, ValueError) as error:
        raise _problem(path, "written", error) from error


_OUTSIDE = "leads out of the folder that is checked"


def _problem(path: str, what: str, error: Exception) -> FileProblem:
    if isinstance(error, Outside):
        return FileProblem(path, _OUTSIDE)
    return FileProblem(path, f"cannot be {what}: {_reason(error)}")


def _reason(error: Exception) -> str:
    text = error.strerror if isinstance(error, OSError) else None
    return text[:1].lower() + text[1:] if text else str(error)
