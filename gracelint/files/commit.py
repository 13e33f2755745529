"""A commit of a work tree, read by git from its objects alone.

git is given a repository of our own: a temporary folder with a configuration that we write, in
which only the objects and the names of commits are those of the work tree. So nothing that the
tree configures (hooks, filters, monitors, remotes, attributes) is ever seen by git, and what a
partial clone lacks is not fetched. Nothing is checked out or written into the work tree.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import weakref
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryFile
from threading import Timer
from typing import IO, TYPE_CHECKING

from gracelint.base.paths import join
from gracelint.base.values import dataclass
from gracelint.files.door import Door
from gracelint.files.program import find
from gracelint.files.scratch import Scratch
from gracelint.files.tracked import home

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

SECONDS = 60
"""What one question to git may take."""

MAX_ANSWER = 100_000_000
"""Bytes of an answer: a small tree can hold itself over and over and have files without end."""

_MAX_BYTES = 200_000_000  # of an index, of the names of commits
_LINKED = ("objects", "refs", "reftable", "logs")
_COPIED = ("HEAD", "ORIG_HEAD", "FETCH_HEAD", "MERGE_HEAD", "index")
_COMMON = ("packed-refs", "shallow")
_CONFIG = """[core]
\trepositoryformatversion = {version}
\tbare = true
\thooksPath = {nowhere}
\tfsmonitor = false
\tbigFileThreshold = 8m
[extensions]
"""
_FORMATS = re.compile(r"(?im)^[ \t]*(objectformat|refstorage)[ \t]*=[ \t]*(\w+)[ \t]*$")
_KNOWN = {"sha256", "reftable"}


class NoCommit(Exception):  # noqa: N818
    """A commit that cannot be read; the message says why and what to do."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A file at a commit. mode: as git has it, `0o120000` for a link. name: of its object."""

    mode: int
    name: str


class Commit:
    """The commit `rev` of the work tree at `root`; NoCommit where it cannot be read.

    entries: every file by its path from the root, submodules among them. renamed: paths that the
    index has, with what they were called. unborn: there is no commit yet, and so nothing in it.
    """

    def __init__(self, root: Path, rev: str) -> None:
        self.rev = rev
        self.unborn = False
        program = find("git", root)
        if program is None:
            raise NoCommit("git is not in PATH")
        self._git = _Git(program, *_Place.of(root).made())
        self.entries: Mapping[str, Entry] = {}
        self.renamed: Mapping[str, str] = {}
        name = self._git.ask("rev-parse", "--verify", "-q", "--end-of-options", f"{rev}^{{commit}}")
        if name is not None:
            self._fill(name.strip())
        elif self._is_unborn(rev):
            self.unborn = True
        else:
            raise NoCommit(self._missing(rev))

    def _is_unborn(self, rev: str) -> bool:
        """Whether there is no commit where `rev` leads, because there is none yet."""
        if self._git.ask("rev-parse", "--verify", "-q", "HEAD") is not None:
            return False
        return rev in {"HEAD", "@"} or not self._git.ask("for-each-ref", "--count=1")

    def _fill(self, name: str) -> None:
        listed = self._git.ask("ls-tree", "-r", "-z", "--full-tree", name)
        partial = any(self._git.folder.glob("objects/pack/*.promisor"))
        if partial and (listed is None or self._lacks(name)):
            how = f"`git diff --stat {self.rev} HEAD` gets it"
            raise NoCommit(f"this partial clone does not have all of {self.rev}: {how}")
        if listed is None:
            raise NoCommit(f"the files of {self.rev} cannot be read: {self._git.said}")
        self.entries = dict(_entry(line) for line in listed.split("\0")[:-1])
        found = self._git.ask("diff-index", "--cached", "-M", "--diff-filter=R", "-r", "-z", name)
        words = (found or "").split("\0")
        self.renamed = {new: old for old, new in zip(words[1::3], words[2::3], strict=False)}

    def read(self, name: str, limit: int) -> bytes:
        """The first bytes of an object; OSError where it is not there."""
        return self._git.read(name, limit)

    def _lacks(self, name: str) -> bool:
        """Whether any file of a commit is missing."""
        words = ("--objects", "--no-walk", "--missing=print", name)
        listed = self._git.ask("rev-list", *words)
        return listed is None or listed.startswith("?") or "\n?" in listed

    def _missing(self, rev: str) -> str:
        """Why there is no such commit, and what to do."""
        otherwise = "give a branch, a tag or a hash of this repository"
        if not rev:
            return f"no commit is named; {otherwise}"
        if (self._git.folder / "shallow").exists():
            deeper = re.fullmatch(r"(?:HEAD|@)(?:\^[0-2]?|~(\d{0,4}))", rev)
            number = deeper[1] or "1" if deeper else ""
            how = f"--deepen={number}" if number else "--unshallow"
            return f"this shallow clone does not have {rev}: `git fetch {how}` gets it"
        from gracelint.base.near import hint

        listed = self._git.ask("for-each-ref", "--count=1000", "--format=%(refname:short)") or ""
        return f"there is no commit {rev}; {hint(rev, listed.split(), otherwise)}"


def _entry(line: str) -> tuple[str, Entry]:
    about, _, path = line.partition("\t")
    mode, _, name = about.split(" ")
    return path, Entry(int(mode, 8), name)


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a repository keeps what its work tree has of its own, and what all of them share."""

    own: tuple[Door, str]
    shared: tuple[Door, str]

    @classmethod
    def of(cls, root: Path) -> _Place:
        """That of a work tree; NoCommit where it is none."""
        try:
            own = home(Door(root), ".git")
        except OSError:
            own = None
        if own is None:
            raise NoCommit(f"{root} is no git work tree that can be read")
        door, path = own
        if door.root == root:
            return cls(own, own)
        written = _read(own, "commondir").decode("utf-8", "surrogateescape").strip()
        return cls(own, (Door(Path(os.path.realpath(door.root / path / written))), ""))

    def made(self) -> tuple[Scratch, Path]:
        """A repository of our own with the same objects and commits."""
        scratch = Scratch()
        kept = {name: _read(self.own, name) for name in _COPIED}
        kept |= {name: _read(self.shared, name) for name in _COMMON}
        if index := os.environ.get("GIT_INDEX_FILE"):
            with suppress(OSError):
                there = Path(os.path.realpath(index))
                kept["index"] = Door(there.parent).read(there.name, _MAX_BYTES)
        kept["config"] = self._config().encode()
        folder = scratch.put("git", {name: data for name, data in kept.items() if data})
        door, path = self.shared
        for name in _LINKED:
            _bring(door.root / path / name, folder / name)
        return scratch, folder

    def _config(self) -> str:
        """Ours; of the repository's own only which hashes and which table of refs it has."""
        text = _read(self.shared, "config").decode("utf-8", "replace")
        told = [(key, value) for key, value in _FORMATS.findall(text) if value.lower() in _KNOWN]
        config = _CONFIG.format(version=1 if told else 0, nowhere=os.devnull)
        return config + "".join(f"\t{key} = {value}\n" for key, value in told)


def _read(place: tuple[Door, str], name: str) -> bytes:
    with suppress(OSError, ValueError):
        return place[0].read(join(place[1], name), _MAX_BYTES)
    return b""


def _bring(there: Path, here: Path) -> None:
    """Let a folder stand in ours, too: by a link, or as a copy where the system has none."""
    if there.is_dir():
        try:
            here.symlink_to(there, target_is_directory=True)
        except OSError:
            shutil.copytree(there, here)


class _Git:
    """git over a repository of our own. said: what it last complained of."""

    def __init__(self, program: Path, scratch: Scratch, folder: Path) -> None:
        self.folder = folder
        self.said = ""
        self._scratch = scratch  # stays as long as this does
        self._program = program
        self._reader: subprocess.Popen[bytes] | None = None

    def ask(self, *words: str) -> str | None:
        """What a command writes; None where it fails."""
        with TemporaryFile() as complaints:
            try:
                status, data = self._answer(words, complaints)
            except (OSError, ValueError) as error:
                raise NoCommit(f"git cannot be asked: {error}") from None
            complaints.seek(0)
            self.said = " ".join(complaints.read(4_096).decode("utf-8", "replace").split())
        if len(data) > MAX_ANSWER:
            size = MAX_ANSWER // 1_000_000
            raise NoCommit(f"the answer of `git {words[0]}` is longer than {size} MB")
        return None if status else os.fsdecode(data)

    def _answer(self, words: Sequence[str], complaints: IO[bytes]) -> tuple[int, bytes]:
        """The exit status and what is written, no more than it takes to see that it is too much."""
        child = subprocess.Popen(  # noqa: S603
            self._command(*words),
            cwd=self._scratch.root,
            env=self._environment(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=complaints,
        )
        guard = Timer(SECONDS, child.kill)
        guard.start()
        try:
            assert child.stdout is not None
            data = child.stdout.read(MAX_ANSWER + 1)
            if len(data) > MAX_ANSWER:
                child.kill()
            child.stdout.close()
            return child.wait(), data
        finally:
            guard.cancel()

    def read(self, name: str, limit: int) -> bytes:
        """The first bytes of an object; OSError where it is not there."""
        reader = self._reader or self._start()
        guard = Timer(SECONDS, reader.kill)
        guard.start()
        try:
            assert reader.stdin is not None
            assert reader.stdout is not None
            reader.stdin.write(f"{name}\n".encode())
            reader.stdin.flush()
            about = reader.stdout.readline().split()
            if len(about) != 3 or not about[2].isdigit():
                raise OSError(0, "git does not have its text: this clone is partial or damaged")
            size = int(about[2])
            data = reader.stdout.read(min(size, limit))
            if size >= limit:  # the rest is not for us
                self._stop()
            else:
                reader.stdout.read(1)
            return data
        finally:
            guard.cancel()

    def _start(self) -> subprocess.Popen[bytes]:
        self._reader = subprocess.Popen(  # noqa: S603
            self._command("cat-file", "--batch"),
            cwd=self._scratch.root,
            env=self._environment(),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
        weakref.finalize(self, _ended, self._reader)
        return self._reader

    def _stop(self) -> None:
        if self._reader is not None:
            _ended(self._reader)
            self._reader = None

    def _command(self, *words: str) -> list[str]:
        return [str(self._program), "--no-pager", *words]

    def _environment(self) -> dict[str, str]:
        """Nothing of the person's own, and nothing that could lead to a program or a network."""
        root = str(self._scratch.root)
        made = dict.fromkeys(("HOME", "PATH", "TMPDIR", "USERPROFILE", "XDG_CONFIG_HOME"), root)
        made |= {"GIT_DIR": str(self.folder), "GIT_INDEX_FILE": str(self.folder / "index")}
        made |= {"GIT_CONFIG_NOSYSTEM": "1", "GIT_CONFIG_GLOBAL": os.devnull}
        made |= {"GIT_NO_LAZY_FETCH": "1", "GIT_ALLOW_PROTOCOL": "none", "GIT_ATTR_NOSYSTEM": "1"}
        made |= {"GIT_NO_REPLACE_OBJECTS": "1", "GIT_OPTIONAL_LOCKS": "0", "LC_ALL": "C"}
        if "SYSTEMROOT" in os.environ:
            made["SYSTEMROOT"] = os.environ["SYSTEMROOT"]
        return made


def _ended(reader: subprocess.Popen[bytes]) -> None:
    reader.kill()
    for stream in (reader.stdin, reader.stdout):
        with suppress(OSError):
            stream.close()  # type: ignore[union-attr]
    reader.wait()
