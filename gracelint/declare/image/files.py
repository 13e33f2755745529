"""The files of an image, as far as the files of the project tell them.

A stage's file system is a history of changes. Looking a path up walks back through it, so that
nothing is read that nobody asks for.
"""

from __future__ import annotations

import re
from collections import deque

from gracelint.base import lazy
from gracelint.base.paths import absolute
from gracelint.base.typed import TYPE_CHECKING, TypeAlias
from gracelint.base.values import dataclass, replace
from gracelint.declare.image.context import read
from gracelint.model.workload import ImageFile, ImageFiles

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from gracelint.base.source import Span, Text
    from gracelint.declare.image.context import Context

_LINKS = 40  # as many links as the kernel follows
_MAX_PATH = 4096  # bytes that a path may have on Linux
_DEPTH = 40  # copies of copies between stages
_HEAD = 4096  # characters of which none is NUL in a text
_MAKERS = 8  # stages that are looked at for what something was made of
_BOUND = 5000  # files that are listed of one copied folder


@dataclass(frozen=True, slots=True)
class Put:
    """A file, or (text None) something at a path of which only that is known.

    also: where it stands instead when `path` is a folder of the image below.
    """

    file: ImageFile
    also: str = ""


@dataclass(frozen=True, slots=True)
class FromContext:
    """A file or folder of the build context. target: where it comes to stand."""

    target: str
    context: Context
    source: str
    folder: bool
    span: Span
    executable: bool | None = None
    also: str = ""
    left_out: Callable[[str], bool] | None = None


@dataclass(frozen=True, slots=True)
class FromImage:
    """What another stage, or this one before, has at `source`, at `target`."""

    target: str
    layers: Layers
    source: str
    span: Span
    executable: bool | None = None
    also: str = ""


@dataclass(frozen=True, slots=True)
class Opaque:
    """A path at which nothing is known from here on, and why.

    Below it things may have changed as well; what is known of them otherwise is not doubted.
    context: the build context that should have it, where it comes from there, by the name `source`
    to be put at or into `into`. layers: the stage that it comes from, where a pattern says what of
    it.
    """

    target: str
    reason: str
    span: Span
    context: Context | None = None
    layers: Layers | None = None
    source: str = ""
    into: str = ""


@dataclass(frozen=True, slots=True)
class Link:
    """A symbolic link."""

    path: str
    target: str
    span: Span


@dataclass(frozen=True, slots=True)
class Moved(Opaque):
    """A program that was built, and put there from the path `made` that `layers` had it at."""

    made: str = ""


@dataclass(frozen=True, slots=True)
class Mode:
    """`chmod`: matches says which paths it is about."""

    matches: Callable[[str], bool]
    executable: bool


@dataclass(frozen=True, slots=True)
class Gone:
    """A path that was removed or moved away."""

    path: str


@dataclass(frozen=True, slots=True)
class Folder:
    """A folder that was made."""

    path: str


@dataclass(frozen=True, slots=True)
class Deferred:
    """Changes that are worked out when somebody looks: those of a RUN, written so."""

    written: str
    work_out: Callable[[Layers], list[Change]]
    done: list[list[Change]]

    def changes(self, before: Layers) -> list[Change]:
        """The changes; worked out once, since all that is built on a stage shares them."""
        if not self.done:
            self.done.append(self.work_out(before))
        return self.done[0]


Change: TypeAlias = (
    "Put | FromContext | FromImage | Opaque | Link | Mode | Gone | Folder | Deferred"
)


@dataclass(slots=True)
class _Lookup:
    """A path on its way back through the history. vague: what may be there if nothing else is."""

    path: str
    executable: bool | None = None
    links: int = 0
    vague: ImageFile | None = None


class _Index:
    """Which changes may say something of a path, by their numbers."""

    __slots__ = ("_always", "_at", "_inside", "done")

    def __init__(self) -> None:
        self.done = 0
        self._at: dict[str, list[int]] = {}
        self._inside: dict[str, list[int]] = {}
        self._always: list[int] = []

    def add(self, change: Change) -> None:
        """Take in the next change."""
        places = _places(change)
        for place in places:
            self._at.setdefault(place, []).append(self.done)
            for folder in folders(place):
                self._inside.setdefault(folder, []).append(self.done)
        if not places:
            self._always.append(self.done)
        self.done += 1

    def about(self, path: str, first: int) -> list[int]:
        """Those of the `first` changes that are at a path, at a folder around it, or by a pattern;
        the last one first.
        """
        numbers = {number for place in folders(path) for number in self._at.get(place, ())}
        return _latest(numbers.union(self._at.get(path, ()), self._always), first)

    def around(self, path: str, first: int) -> list[int]:
        """The same, and those at what is inside."""
        return _latest({*self.about(path, first), *self._inside.get(path, ())}, first)


def _latest(numbers: Iterable[int], first: int) -> list[int]:
    return sorted((number for number in numbers if number < first), reverse=True)


def _places(change: Change) -> set[str]:
    """Where a change takes place; nothing where only asking it can tell."""
    match change:
        case Put(file, also):
            paths = {file.path, also}
        case FromContext(target=target, also=also) | FromImage(target=target, also=also):
            paths = {target, also}
        case Opaque(target):
            paths = {target}
        case Link(path) | Gone(path) | Folder(path):
            paths = {path}
        case _:
            return set()
    return {place.rstrip("/") or "/" for place in paths if place}


def folders(path: str) -> Iterator[str]:
    """The folders around a path, from the root on."""
    at = path.find("/", 1)
    if path != "/":
        yield "/"
    while 0 < at <= _MAX_PATH:
        yield path[:at]
        at = path.find("/", at + 1)


class Layers(ImageFiles):
    """A stage's files. Changes are added in the order of the Dockerfile.

    settled: how many of the first changes have none of a RUN that is still to be worked out.
    runs: whether a RUN is among them.
    """

    __slots__ = ("_commands", "_depth", "_files", "_index", "_vague", "changes", "runs", "settled")

    def __init__(self, below: Layers | None = None, *, complete: bool = False) -> None:
        super().__init__({}, complete=complete)
        self.runs: bool = below.runs if below else False
        self._commands: tuple[str, ...] = below.commands() if below else ()
        self.changes: list[Change] = list(below.changes) if below else []
        self._files: dict[str, ImageFile | None] = {}
        self._vague: dict[str, ImageFile | None] = {}
        self._depth = below.depth if below else 0
        self.settled: int = below.settled if below else 0
        self._index = _Index()

    @property
    def depth(self) -> int:
        """How many copies between stages lie below."""
        return self._depth

    def add(self, *changes: Change) -> None:
        """Add changes; they come after all that are there."""
        for change in changes:
            if isinstance(change, FromImage | Opaque) and change.layers is not None:
                self._depth = max(self._depth, change.layers.depth + 1)
            if isinstance(change, Deferred):
                self.runs = True
                self._commands += (change.written,)
            if self.changes and _hides(change, self.changes[-1]):
                self.changes[-1] = change
            else:
                self.changes.append(change)
        self._files.clear()

    def commands(self) -> tuple[str, ...]:
        """The RUN instructions of the stage and of those that it is built on."""
        return self._commands

    def snapshot(self) -> Layers:
        """The files as they are now."""
        return Layers(self, complete=self.complete)

    def settle(self) -> list[Change]:
        """The changes with those of RUN worked out."""
        while (at := self.settled) < len(self.changes):
            change = self.changes[at]
            if isinstance(change, Deferred):
                before = Layers(complete=self.complete)
                before.changes, before._depth = self.changes[:at], self._depth
                before.settled, before._commands = at, self._commands
                before._index = self._index  # its changes are the first of these
                worked_out = change.changes(before)
                self.changes[at : at + 1] = worked_out
                self.settled += len(worked_out)
            else:
                self.settled += 1
        return self.changes

    def _about(self, path: str) -> list[int]:
        return self._indexed().about(path, len(self.changes))

    def _around(self, path: str) -> list[int]:
        return self._indexed().around(path, len(self.changes))

    def _indexed(self) -> _Index:
        for change in self.settle()[self._index.done :]:
            self._index.add(change)
        return self._index

    def is_named(self, path: str) -> bool:
        """Whether an instruction is about this very path, or may be."""
        return bool(self._about(path))

    def get(self, path: str) -> ImageFile | None:
        """The file at an absolute path, links followed."""
        path = absolute(path, "/")
        return self._certain(path) or self._vague[path]

    def find(self, command: str, path: str, workdir: str) -> ImageFile | None:
        """The file that executing `command` runs; `path` is $PATH.

        A folder of which it is unknown what was put into it does not count for PATH.
        """
        if "/" in command:
            return self.get(absolute(command, workdir))
        for folder in path.split(":"):
            if file := self._certain(absolute(command, folder or workdir)):
                return file
        return None

    def _certain(self, path: str) -> ImageFile | None:
        if path not in self._files:
            wanted = _Lookup(path)
            file = self._walk_back(wanted) if self._depth <= _DEPTH else None
            self._files[path] = _called(file, path)
            self._vague[path] = _called(wanted.vague, path)
        return self._files[path]

    def _walk_back(self, wanted: _Lookup) -> ImageFile | None:
        waiting = iter(self._about(wanted.path))
        while (at := next(waiting, None)) is not None:
            change = self.changes[at]
            if isinstance(change, Link) and _below(wanted.path, change.path):
                wanted.links += 1
                if wanted.links > _LINKS:
                    return None
                rest = wanted.path[len(change.path) :]
                folder = change.path.rpartition("/")[0] or "/"
                wanted.path = absolute(change.target + rest, folder)
                waiting = iter(self._about(wanted.path))
                continue
            if isinstance(change, Mode):
                if wanted.executable is None and change.matches(wanted.path):
                    wanted.executable = change.executable
                continue
            if isinstance(change, Gone) and _below(wanted.path, change.path):
                return None
            answer = _answer(change, wanted.path)
            if answer is not None and isinstance(change, Opaque) and change.target != wanted.path:
                wanted.vague = wanted.vague or answer
            elif answer is not None:
                return _with_mode(answer, wanted.executable)
        return None

    def makers(self, path: str) -> list[tuple[ImageFiles, str]]:
        """These files, and those of the stages that a path is copied from, the latest first."""
        origins: list[tuple[ImageFiles, str]] = [(self, path)]
        if self._depth > _DEPTH:
            return origins
        for change in reversed(self.settle()):
            if isinstance(change, FromImage):
                rest = _rest(path, change.target, change.also)
                if rest is not None:
                    origins += change.layers.makers(change.source.rstrip("/") + rest)
                if rest == f"/{change.source.rpartition('/')[2]}":  # a file, put into a folder
                    origins += change.layers.makers(change.source)
            elif isinstance(change, Opaque) and change.layers and _below(path, change.target):
                rest = path[len(change.target) :]
                made = f"{change.made}{rest}" if isinstance(change, Moved) else path
                origins += change.layers.makers(made)
        return origins[:_MAKERS]

    def outside(self, path: str) -> list[tuple[ImageFiles, str]]:
        """The build contexts in which something out of sight has to make what stands at a path."""
        found: list[tuple[ImageFiles, str]] = []
        for change in reversed(self.settle()):
            if not isinstance(change, Opaque) or change.context is None or not change.source:
                continue
            if _below(path, change.into):
                rest = path[len(change.into.rstrip("/")) :]
                whole = replace(change.context, whole=True)  # it is made of whatever is there
                found.append((_whole(whole, change.span), f"/{change.source}{rest}"))
        return found[:_MAKERS]

    def origins(self, path: str) -> list[ImageFiles]:
        """The stages that it is copied from, and the build contexts of these."""
        stages = [stage for stage, _ in self.makers(path)]
        contexts: dict[int, tuple[Context, Span]] = {}
        for stage in stages:
            for change in stage.settle() if isinstance(stage, Layers) else ():
                if isinstance(change, FromContext | Opaque) and change.context is not None:
                    contexts.setdefault(id(change.context), (change.context, change.span))
        return [*stages, *(_whole(*pair) for pair in contexts.values())]

    def untouched(self, path: str) -> bool:
        """Whether nothing was run, and nothing copied to the path, above it or below it.

        A folder above it that was made, as WORKDIR does, holds nothing by that.
        """
        path = absolute(path, "/")
        changes = (self.changes[at] for at in self._around(path)) if not self.runs else ()
        made = (isinstance(c, Folder) and c.path != path and _below(path, c.path) for c in changes)
        return not self.runs and all(made)

    def lacks(self, path: str) -> bool:
        """Whether nothing was copied to the path, above it or below it, and no RUN looks as if it
        might make it: each only installs packages, adds users or changes files that are there.
        """
        path = absolute(path, "/")
        changes = (self.changes[at] for at in self._around(path))
        made = any(not (isinstance(c, Mode) or _is_above(c, path)) for c in changes)
        return not made and all(_leaves_alone(run, path) for run in self._commands)

    def only_scripts(self) -> bool:
        """Whether all that instructions put there are shell scripts in sight, or nothing is."""
        unseen = any(isinstance(change, Opaque | FromImage) for change in self.settle())
        return not unseen and all(_is_script(file) for file in self)

    def link(self, path: str) -> str:
        """Where a path points that the last instruction about it has made a link, else ""."""
        about = (self.changes[at] for at in self._about(path))
        last = next((c for c in about if not isinstance(c, Mode)), None)
        return last.target if isinstance(last, Link) and last.path == path else ""

    def is_folder(self, path: str) -> bool:
        """Whether a path is known to be a folder."""
        if path in _FOLDERS:
            return True
        for at in self._around(path):
            match self.changes[at]:
                case Gone(gone) if _below(path, gone):
                    return False
                case Folder(directory) if _below(directory, path):
                    return True
                case FromContext(target=target, folder=folder) if _below(target, path):
                    return folder or target != path
                case Put(file) if file.path != path and _below(file.path, path):
                    return True
        return False

    def names(self, folder: str) -> list[str] | None:
        """The names known to be in a folder; None when none is."""
        names: set[str] = set()
        for change in self.settle():
            if isinstance(change, FromContext) and change.folder:
                names.update(_names_in(change, folder))
            path = change.file.path if isinstance(change, Put) else getattr(change, "target", "")
            if path and path.rpartition("/")[0] == folder.rstrip("/") and path != folder:
                names.add(path.rpartition("/")[2])
        kept = sorted(name for name in names if self.get(f"{folder.rstrip('/')}/{name}"))
        return kept or None

    def holds(self, folder: str) -> bool:
        """Whether a file is known to be below an absolute path."""
        prefix = folder.rstrip("/") + "/"
        return any(
            path.startswith(prefix) and self.get(path) is not None
            for change in self.settle()
            for path in _paths(change, prefix)
            if path
        )

    def text(self, path: str) -> Text | None:
        """The contents of the file at an absolute path; None when it is not in sight."""
        file = self.get(path)
        return None if file is None else file.text

    def __iter__(self) -> Iterator[ImageFile]:
        return self._listed(("",))

    def ending(self, *suffixes: str) -> Sequence[ImageFile]:
        """The files whose paths end so, each once; no other is looked for."""
        return list(self._listed(suffixes))

    def _listed(self, suffixes: tuple[str, ...]) -> Iterator[ImageFile]:
        seen = set()
        for change in self.settle():
            for path in _paths(change):
                if not path:
                    self.cut = True
                elif path.endswith(suffixes) and path not in seen:
                    file = self.get(path)
                    if file is not None:
                        seen.add(path)
                        yield file


def _is_above(change: Change, path: str) -> bool:
    """Whether a change only makes a folder around a path."""
    return isinstance(change, Folder) and not _below(change.path, path)


def _leaves_alone(run: str, path: str) -> bool:
    """Whether a RUN makes nothing outside of the system's folders, as far as its words tell."""
    text = _RUN.sub("", run[:_MOST_TEXT].replace("\\\n", " "))
    if len(run) >= _MOST_TEXT or path in text:
        return False
    pieces = [words for piece in _APART.split(text) if (words := piece.split())]
    names = {words[0] for words in pieces}
    made = [word for words in pieces if words[0] in _MAKING for word in words[1:]]
    made += [word for part in text.split(">")[1:] for word in part.split()[:1] if word[:1] != "&"]
    return names <= _QUIET and all(map(_is_plain, made))


def _is_plain(word: str) -> bool:
    """Whether a word is an option, or names a place by its whole path and as it stands."""
    word = word.strip("\"'")
    return word[:1] == "-" or (word[:1] == "/" and not set(word) & set("$`{*?["))


_MOST_TEXT = 10_000
_RUN = lazy.compile(r"\A\s*(?:ONBUILD\s+)?RUN\s+", re.IGNORECASE)
_APART = lazy.compile(r"&&|\|\||[;|\n]")
_MAKING = frozenset(("ln", "mkdir", "touch"))
_QUIET = frozenset(
    (
        *("addgroup", "adduser", "apk", "apt", "apt-get", "chmod", "chown", "dnf", "echo"),
        *("gem", "groupadd", "ln", "microdnf", "mkdir", "pip", "pip3", "rm", "sed", "set"),
        *("touch", "true", "useradd", "usermod", "yum"),
    )
)


def _hides(change: Change, last: Change) -> bool:
    """Whether nothing is told any more by the change before: the same is not known, for a later
    reason. Where a Dockerfile is too long to be followed, there are thousands of these.
    """
    return (
        isinstance(change, Opaque)
        and isinstance(last, Opaque)
        and change.target == last.target
        and change.context is last.context
        and change.layers is last.layers
    )


def _called(file: ImageFile | None, path: str) -> ImageFile | None:
    return file if file is None or file.path == path else replace(file, path=path)


def _is_script(file: ImageFile) -> bool:
    first = "" if file.text is None else file.text.text.partition("\n")[0].rstrip()
    return file.path.endswith(".sh") or (first[:2] == "#!" and first.endswith("sh"))


def _whole(context: Context, span: Span) -> Layers:
    """A build context, as if all of it were copied."""
    layers = Layers()
    layers.add(FromContext("/", context, "", folder=True, span=span))
    return layers


_FOLDERS = frozenset(
    {
        "/", "/bin", "/boot", "/dev", "/etc", "/home", "/lib", "/media", "/mnt", "/opt", "/proc",
        "/root", "/run", "/sbin", "/srv", "/sys", "/tmp", "/usr", "/usr/bin", "/usr/lib",  # noqa: S108
        "/usr/local", "/usr/local/bin", "/usr/local/sbin", "/usr/local/lib", "/usr/sbin",
        "/usr/share", "/var", "/var/lib", "/var/log", "/var/run", "/var/www",
    }
)  # fmt: skip


def _below(path: str, folder: str) -> bool:
    return path == folder or path.startswith(folder.rstrip("/") + "/")


def _with_mode(file: ImageFile, executable: bool | None) -> ImageFile:
    if executable is None:
        return file
    return replace(file, executable=executable)


def _answer(change: Change, path: str) -> ImageFile | None:
    """What a change says about a path; None: nothing."""
    match change:
        case Put(file, also) if path in {file.path, also}:
            return file
        case Opaque(target, reason, span) if _below(path, target):
            return ImageFile(path, None, None, reason, (span,))
        case FromContext():
            return _from_context(change, path)
        case FromImage(target, layers, source, span, executable, also):
            inner = _rest(path, target, also)
            copied = None if inner is None else layers.get(source.rstrip("/") + inner)
            if copied is None:
                return None
            origins = (*copied.origins, span)
            mode = copied.executable if executable is None else executable
            return ImageFile(path, copied.text, mode, copied.reason, origins)
    return None


def _rest(path: str, target: str, also: str) -> str | None:
    """What of a path lies behind the place that something was copied to; the inner place first."""
    for place in (also, target):
        if place and _below(path, place):
            return path[len(place.rstrip("/")) :]
    return None


def _from_context(change: FromContext, path: str) -> ImageFile | None:
    rest = _rest(path, change.target, change.also)
    if rest is None or (rest and not change.folder):
        return None
    source = f"{change.source}{rest}" if change.folder else change.source
    inner = source.lstrip("/")
    if not change.context.has(inner) or (change.left_out and change.left_out(inner)):
        return None
    where = change.context.path(inner)
    if change.context.files.is_dir(where):
        return None
    mode = change.executable
    if mode is None:
        mode = change.context.files.is_executable(where)
    text = read(change.context.files, where)
    if text is None or "\0" in text.text[:_HEAD]:
        return ImageFile(path, None, mode, "is no text", (change.span,))
    return ImageFile(path, text, mode, "", (change.span,))


def _names_in(change: FromContext, folder: str) -> list[str]:
    rest = _rest(folder, change.target, "")
    if rest is None:
        return []
    where = change.context.path(f"{change.source}{rest}")
    return list(change.context.files.names(where)) if change.context.files.is_dir(where) else []


def _paths(change: Change, prefix: str = "/") -> Iterator[str]:
    """The paths that a change makes, as far as they can be listed; at least those with a prefix.

    The last is "" where there are too many to list.
    """
    if isinstance(change, Put):
        yield change.file.path
    elif isinstance(change, FromContext) and _meet(change.target, prefix):
        waiting, count = deque([(change.target, change.source)]), 0
        while waiting and count < _BOUND:  # what lies near the top first: it tells most
            target, source = waiting.popleft()
            where = change.context.path(source)
            count += 1
            if change.context.files.is_dir(where):
                names = [n for n in change.context.files.names(where) if n != ".git"]
                waiting += [(f"{target.rstrip('/')}/{n}", f"{source}/{n}") for n in names]
            else:
                yield target
        if waiting:
            yield ""


def _meet(target: str, prefix: str) -> bool:
    """Whether something at or below a path may have a prefix."""
    folder = target.rstrip("/") + "/"
    return folder.startswith(prefix) or prefix.startswith(folder)
