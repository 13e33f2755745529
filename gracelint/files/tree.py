"""The tree as a run sees it: the one door to the disk.

Stdin, `--diff`, rounds of fixes and an editor's unsaved text are laid over it, so that all of them
read the same world. Nothing outside the root is ever read, also not through symbolic links.
"""

from __future__ import annotations

import os
import posixpath
import stat
from contextlib import suppress
from fnmatch import fnmatchcase
from pathlib import Path
from typing import TYPE_CHECKING

from gracelint.base.paths import clean_path, join
from gracelint.base.source import Source
from gracelint.files import walk

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from pathspec import GitIgnoreSpec

MAX_BYTES = 8_000_000
"""Larger files are not read: no file that says how a container starts comes near it."""


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
    file's contents on the disk, or for a file that is not there.
    """

    def __init__(
        self,
        root: str | Path,
        exclude: Iterable[str] = (),
        overlay: Mapping[str, str] | None = None,
    ) -> None:
        self.root = Path(root).resolve()
        self.exclude = tuple(exclude)
        self.overlay: dict[str, Source] = {}
        self._read: dict[str, Source | FileProblem] = {}
        self._names: dict[str, tuple[str, ...]] = {}
        self._above: dict[str, Path | None] = {}
        self._excluded: GitIgnoreSpec | None = None
        for path, text in (overlay or {}).items():
            self.lay(path, text)

    def lay(self, path: str, text: str) -> Source:
        """Let the file at `path` read `text` from now on, without writing it."""
        path = clean_path(path) or path
        below = self.overlay.get(path) or self._load(path)
        if isinstance(below, Source):
            return self.lay_source(below.reading(text))
        return self.lay_source(Source(path, text, root=str(self.root)))

    def lay_source(self, source: Source) -> Source:
        """Let the file at the path of `source` be that source from now on."""
        self.overlay[source.path] = source
        self._names.clear()
        return source

    def changes(self) -> list[tuple[Source, Source]]:
        """The files on the disk that an overlay changes: what they are and what they would be."""
        found = []
        for path, laid in sorted(self.overlay.items()):
            below = self._load(path)
            if isinstance(below, Source) and below.text != laid.text:
                found.append((below, laid))
        return found

    def commit(self) -> int:
        """Write the overlays that change a file, all or none; how many there are.

        FileProblem when one cannot be written; those before it then are as they were.
        """
        done: list[Source] = []
        try:
            for below, laid in self.changes():
                self.write(below.path, below, laid.text)
                done.append(below)
        except FileProblem:
            for below in done:
                with suppress(FileProblem):
                    self.write(below.path, below, below.text)
            raise
        return len(done)

    def path(self, path: str | Path) -> str | None:
        """The path from the root of something on the disk; None when it is not below the root."""
        given = Path(path)
        absolute = given if given.is_absolute() else Path.cwd() / given
        with suppress(OSError, RuntimeError):
            absolute = absolute.parent.resolve() / absolute.name
            if absolute.name == "..":
                absolute = absolute.resolve()
        if not absolute.is_relative_to(self.root):
            return None
        return absolute.relative_to(self.root).as_posix().removeprefix(".")

    def read(self, path: str) -> Source | None:
        """The file's text, None when it is not there or not to be read."""
        with suppress(FileProblem):
            return self.load(path)
        return None

    def load(self, path: str) -> Source:
        """The file's text; FileProblem when it is not there or not to be read."""
        clean = clean_path(path)
        if clean is None:
            raise FileProblem(path, "leads out of the folder that is checked")
        if clean in self.overlay:
            return self.overlay[clean]
        found = self._load(clean)
        if isinstance(found, FileProblem):
            raise found
        return found

    def real(self, path: str) -> str:
        """The path without symbolic links; as it is, where that leads nowhere."""
        disk = None if path in self.overlay else self._disk(path)
        return path if disk is None else disk.relative_to(self.root).as_posix()

    def exists(self, path: str) -> bool:
        """Whether there is a file or folder, within the root."""
        clean = clean_path(path)
        if clean is None:
            return False
        if clean in self.overlay or self._laid_below(clean):
            return True
        disk = self._disk(clean)
        return disk is not None and _is(disk.exists)

    def is_dir(self, path: str) -> bool:
        """Whether there is a folder, within the root."""
        clean = clean_path(path)
        if clean is None or clean in self.overlay:
            return False
        disk = self._disk(clean)
        return (disk is not None and _is(disk.is_dir)) or self._laid_below(clean)

    def is_file(self, path: str) -> bool:
        """Whether there is a regular file, within the root."""
        clean = clean_path(path)
        if clean is None or clean in self.overlay:
            return clean is not None
        disk = self._disk(clean)
        return disk is not None and _is(disk.is_file)

    def is_executable(self, path: str) -> bool | None:
        """Whether the owner may execute the file; None when it is not there, or cannot be told."""
        clean = clean_path(path)
        disk = None if clean is None or os.name == "nt" else self._disk(clean)
        if disk is None:
            return None
        try:
            return bool(disk.stat().st_mode & stat.S_IXUSR)
        except OSError:
            return None

    def names(self, folder: str) -> Sequence[str]:
        """The names in a folder, sorted; none where there is no folder."""
        clean = clean_path(folder)
        if clean is None:
            return ()
        if clean not in self._names:
            self._names[clean] = tuple(sorted({*self._listed(clean), *self._laid_in(clean)}))
        return self._names[clean]

    def glob(self, folder: str, pattern: str) -> list[str]:
        """Paths below `folder` that match a pattern with `*`, `?` and `[…]` in its parts; sorted.

        A part `**` stands for any number of folders. What leads out of the root matches nothing.
        """
        clean = clean_path(folder)
        found = set() if clean is None else {clean}
        for part in posixpath.normpath(pattern).strip("/").split("/"):
            found = {match for path in found for match in self._matching(path, part)}
        return sorted(found)

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
            for found in self._below(clean) if self.is_dir(clean) else (clean,):
                if found not in seen:
                    seen.add(found)
                    yield found
                if len(seen) >= walk.MAX_FOUND:
                    return

    def write(self, path: str, source: Source, text: str) -> None:
        """Write `text` in the place of `source`, whole or not at all; FileProblem when it cannot.

        The file keeps its encoding, byte order mark, mode and, where allowed, its owner. A symbolic
        link stays one.
        """
        clean = clean_path(path)
        disk = None if clean is None else self._disk(clean)
        if clean is None or disk is None:
            raise FileProblem(path, "leads out of the folder that is checked")
        try:
            _replace(disk.resolve(), source.encode(text))
        except (OSError, UnicodeError) as error:
            raise FileProblem(path, f"cannot be written: {_reason(error)}") from error
        self.overlay.pop(clean, None)
        self._read.pop(clean, None)

    # Paths

    def _disk(self, clean: str) -> Path | None:
        """Where it is on the disk; None when a symbolic link leads out of the root."""
        folder, _, name = clean.rpartition("/")
        if folder not in self._above:
            self._above[folder] = self._within(self.root / folder)
        above = self._above[folder]
        if above is None or not name:
            return above
        path = above / name
        return self._within(path) if _is(path.is_symlink) else path

    def _within(self, path: Path) -> Path | None:
        try:
            real = path.resolve()
        except (OSError, RuntimeError):
            return None
        return real if real.is_relative_to(self.root) else None

    def _load(self, clean: str) -> Source | FileProblem:
        if clean not in self._read:
            try:
                data = self._bytes(clean)
            except FileProblem as problem:
                self._read[clean] = problem
            except (OSError, ValueError) as error:
                self._read[clean] = FileProblem(clean, f"cannot be read: {_reason(error)}")
            else:
                self._read[clean] = Source.decode(clean, data, str(self.root))
        return self._read[clean]

    def _bytes(self, clean: str) -> bytes:
        disk = self._disk(clean)
        if disk is None:
            raise FileProblem(clean, "leads out of the folder that is checked")
        about = disk.stat()
        if not stat.S_ISREG(about.st_mode):
            what = "a folder" if stat.S_ISDIR(about.st_mode) else "no regular file"
            raise FileProblem(clean, f"cannot be read: it is {what}")
        if about.st_size > MAX_BYTES:
            raise FileProblem(clean, f"is not read: it is larger than {MAX_BYTES // 1_000_000} MB")
        with disk.open("rb") as file:
            data = file.read(MAX_BYTES)
        if b"\0" in data and not data.startswith((b"\xff\xfe", b"\xfe\xff")):
            raise FileProblem(clean, "is not read: it is no text, but binary")
        return data

    # Folders

    def _laid_below(self, clean: str) -> bool:
        return any(path.startswith(f"{clean}/" if clean else "") for path in self.overlay)

    def _laid_in(self, clean: str) -> Iterator[str]:
        start = f"{clean}/" if clean else ""
        for path in self.overlay:
            if path.startswith(start):
                yield path[len(start) :].partition("/")[0]

    def _listed(self, clean: str) -> list[str]:
        disk = self._disk(clean)
        return [name for name, _ in walk.entries(disk)] if disk else []

    def _matching(self, folder: str, part: str) -> Iterator[str]:
        if part == "**":
            yield from self._folders(folder)
        elif part in {".", ""}:
            yield folder
        elif part == "..":
            if folder:
                yield folder.rpartition("/")[0]
        elif any(c in part for c in "*?["):
            names = self.names(folder)
            yield from (join(folder, name) for name in names if fnmatchcase(name, part))
        elif self.exists(join(folder, part)):
            yield join(folder, part)

    def _folders(self, folder: str) -> Iterator[str]:
        queue, count = [folder], 0
        while queue and (count := count + 1) < walk.MAX_NAMES:
            current = queue.pop()
            yield current
            below = (join(current, name) for name in self.names(current))
            queue += [path for path in below if self.is_real_dir(path)]

    def is_real_dir(self, path: str) -> bool:
        """A folder that is no symbolic link: following those may lead round in circles."""
        return self.is_dir(path) and not _is((self.root / path).is_symlink)

    def _below(self, folder: str) -> Iterator[str]:
        """What a walk finds below a folder, in the order of paths."""
        found = walk.files(self, folder)
        laid = {p for p in self.overlay if p.startswith(f"{folder}/" if folder else "")}
        for path in sorted({*found, *laid}):
            if not self._skips(path, folder) and self._is_file(path):
                yield path

    def _is_file(self, clean: str) -> bool:
        """The same as `is_file` for a clean path, with one look where there is no link."""
        folder, _, name = clean.rpartition("/")
        above = self._above.get(folder)
        if above is None or clean in self.overlay:
            return self.is_file(clean)
        mode = 0
        with suppress(OSError, ValueError):
            mode = os.lstat(f"{above}/{name}").st_mode
        return self.is_file(clean) if stat.S_ISLNK(mode) else stat.S_ISREG(mode)

    def _skips(self, path: str, folder: str) -> bool:
        inner = path[len(folder) + 1 :] if folder else path
        return bool(walk.SKIPPED.intersection(inner.split("/")[:-1])) or self.excludes(path)

    def excludes(self, path: str) -> bool:
        """Whether the patterns of `exclude` match."""
        if not self.exclude:
            return False
        if self._excluded is None:
            self._excluded = walk.ignoring("\n".join(self.exclude))
        return self._excluded.match_file(path)


def put(path: str, text: str) -> None:
    """Write a report where the user asks for it; FileProblem when that cannot be done."""
    try:
        Path(path).write_text(text, encoding="utf-8", errors="backslashreplace", newline="")
    except (OSError, ValueError) as error:
        raise FileProblem(path, f"cannot be written: {_reason(error)}") from error


def _is(question: object) -> bool:
    """Ask a path something; where the system refuses the answer, it is no."""
    try:
        return bool(question())  # type: ignore[operator]
    except (OSError, ValueError, RuntimeError):
        return False


def _reason(error: Exception) -> str:
    text = error.strerror if isinstance(error, OSError) else None
    return text.lower() if text else str(error)


def _replace(path: Path, data: bytes) -> None:
    """Put `data` where `path` is, by way of a new file beside it."""
    import tempfile

    about = path.stat()
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name[:100]}.")
    new = Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
        with suppress(OSError):
            os.chown(new, about.st_uid, about.st_gid)
        new.chmod(stat.S_IMODE(about.st_mode))
        new.replace(path)
    except BaseException:
        new.unlink(missing_ok=True)
        raise
