"""A Dockerfile's build context: the folder its COPY sources come from, less what is ignored."""

from __future__ import annotations

import re
from functools import cached_property
from itertools import groupby
from operator import itemgetter

from gracelint.base import lazy, patterns
from gracelint.base.facts import Known
from gracelint.base.paths import absolute, confined, folder_of
from gracelint.base.typed import TYPE_CHECKING, Protocol
from gracelint.base.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from gracelint.base.facts import Fact
    from gracelint.base.source import Source
    from gracelint.syntax.dockerfile.parse import Dockerfile, Instruction

_BOUND = 2000  # names of folders that a pattern is tried on
_READS_CONTEXT = lazy.compile(r"\b(?:COPY|ADD)\b|--mount", re.IGNORECASE)
_ELSEWHERE = lazy.compile(r"[A-Za-z][A-Za-z0-9+.-]*://|git@|<<|\$")


class Files(Protocol):
    """The tree of files as the run sees it. Paths are relative to its root, with `/`; `.` is it."""

    def read(self, path: str) -> Source | None:
        """A file's text; may raise OSError or ValueError."""

    def exists(self, path: str) -> bool:
        """Whether there is a file or folder."""

    def is_dir(self, path: str) -> bool:
        """Whether there is a folder."""

    def is_executable(self, path: str) -> bool | None:
        """Whether a file may be executed; None when that cannot be told."""

    def names(self, path: str) -> Sequence[str]:
        """The names in a folder, sorted."""


def is_context_open(files: Files, dockerfile: Dockerfile) -> bool:
    """Whether what builds the image may say in which folder.

    It need not be looked for where nothing is read from there, nor where all that is copied lies
    beside the Dockerfile, and in no folder above.
    """
    if not _READS_CONTEXT.search(dockerfile.source.text):
        return False
    path, wanted = dockerfile.source.path, _sources(dockerfile)
    contexts = (Context(files, f, path) for f in _upwards(confined(".", folder_of(path))))
    nearest, *above = contexts
    if not wanted or not all(map(nearest.has, wanted)):
        return True
    return any(all(map(context.has, wanted)) for context in above)


def build_context(files: Files, path: str, dockerfile: Dockerfile) -> Fact[str]:
    """The folder that a Dockerfile is built in.

    path: the Dockerfile's. Its own folder, else the nearest of its parents in which every literal
    COPY source exists. A checkout often lacks what a build makes first (a binary, a bundle): then
    the nearest of those that have the most of the sources, as an assumption. A script that is
    launched and comes with a whole folder (`COPY . /srv`) is looked for as a source is, where one
    of these folders has it. Where they have none of two or more sources, and just one folder
    elsewhere has them all, that is assumed.
    """
    folders = [*_upwards(confined(".", folder_of(path)))]
    contexts = [Context(files, folder, path) for folder in folders]
    wanted = _sources(dockerfile)
    wanted += [p for p in _launched(dockerfile) if any(context.has(p) for context in contexts)]
    best: tuple[int, str] = (0, "")
    for folder, context in zip(folders, contexts, strict=True):
        there = sum(context.has(source) for source in wanted)
        if there == len(wanted):
            return Known(folder)
        best = max(best, (there, folder), key=lambda candidate: candidate[0])
    named = {inner for source in wanted if (inner := confined(".", source)) != "."}
    if len(named) > 1 and not any(context.has(source) for context in contexts for source in named):
        elsewhere = _with_all(files, path, named)
        best = (0, elsewhere) if elsewhere else best
    return Known(best[1] or confined(".", folder_of(path)), assumed=True)


def is_elsewhere(path: str, folder: str) -> bool:
    """Whether a Dockerfile's build context is neither its own folder nor one of its parents."""
    return folder not in _upwards(confined(".", folder_of(path)))


def _with_all(files: Files, path: str, sources: set[str]) -> str:
    """The only folder that has all of these; "" for none, for several, and in large trees."""
    queue, found, seen = ["."], "", 0
    while queue:
        folder = queue.pop()
        seen += 1
        names = [name for name in files.names(folder) if name[0] != "." and name not in _OTHERS]
        if seen > _MAX_FOLDERS or len(names) > _BOUND:
            return ""
        if all(map(Context(files, folder, path).has, sources)):
            if found:
                return ""
            found = folder
        below = (name if folder == "." else f"{folder}/{name}" for name in names)
        queue += [each for each in below if files.is_dir(each)]
    return found


_MAX_FOLDERS = 500
_OTHERS = frozenset({"node_modules", "vendor", "__pycache__", "venv"})
"""Folders of what others wrote."""


def _upwards(folder: str) -> Iterable[str]:
    while folder != ".":
        yield folder
        folder = folder.rpartition("/")[0] or "."
    yield folder


def _sources(dockerfile: Dockerfile) -> list[str]:
    """The COPY sources that are written out, without those of other stages."""
    paths = []
    for instruction in dockerfile.instructions:
        if instruction.name in {"COPY", "ADD"} and not instruction.onbuild:
            paths += list(_literal_sources(instruction))
    return paths


def _launched(dockerfile: Dockerfile) -> list[str]:
    """The scripts that ENTRYPOINT or CMD start, below a folder that all is copied into."""
    workdir = "/"
    copied: list[str] = []
    found: list[str] = []
    for instruction in dockerfile.instructions:
        words = [word.value or "" for word in instruction.words]
        if instruction.name == "FROM":
            workdir, copied = "/", []
        elif instruction.name == "WORKDIR" and words:
            workdir = absolute(words[-1], workdir)
        elif instruction.name in {"COPY", "ADD"} and words[:-1] in (["."], ["./"]):
            if instruction.flag("from") is None:
                copied.append(absolute(words[-1], workdir).rstrip("/"))
        elif instruction.name in {"ENTRYPOINT", "CMD"} and instruction.form == "exec" and words:
            script = absolute(words[0], workdir) if "/" in words[0] else ""
            inner = [script[len(at) + 1 :] for at in copied if script.startswith(f"{at}/")]
            found += [path for path in inner if path.endswith(".sh")]
    return found


def _literal_sources(instruction: Instruction) -> Iterable[str]:
    if instruction.flag("from") is not None:
        return
    for word in instruction.words[:-1]:
        text = (word.value or "").strip("\"'")
        if not _ELSEWHERE.match(text) and not set(text) & set("$*?[\\"):
            yield text


@dataclass(frozen=True, eq=False)
class Context:
    """A build context: a folder, less what the ignore file names. whole: with that."""

    files: Files
    folder: str
    dockerfile: str = ""
    whole: bool = False

    @cached_property
    def ignored(self) -> Ignore:
        """What the ignore file says: the Dockerfile's own one, else the folder's."""
        if self.whole:
            return Ignore(())
        beside = f"{self.dockerfile}.dockerignore"
        for path in (beside, confined(self.folder, ".dockerignore")):
            if self.files.exists(path) and (source := read(self.files, path)) is not None:
                return Ignore.parse(source.text)
        return Ignore(())

    def path(self, source: str) -> str:
        """Where a source is in the tree of files."""
        return confined(self.folder, source)

    def has(self, source: str) -> bool:
        """Whether there is such a file or folder in the context."""
        inner, path = confined(".", source), self.path(source)
        if not self.files.exists(path):
            return False
        return inner == "." or self.files.is_dir(path) or not self.ignored(inner)

    def match(self, pattern: str) -> list[str]:
        """The sources that a pattern with `*`, `?` or `[…]` names, relative to the context."""
        matches = ["."]
        for part in confined(".", pattern).split("/"):
            if not set(part) & set("*?[\\"):
                matches = [confined(".", f"{base}/{part}") for base in matches]
            elif (regex := name_pattern(part)) is None:
                return []
            else:
                matches = [
                    confined(".", f"{base}/{name}")
                    for base in matches
                    if self.files.is_dir(self.path(base))
                    for name in self.files.names(self.path(base))
                    if regex.match(name)
                ][:_BOUND]
        return [source for source in matches if self.has(source)]


def name_pattern(written: str) -> re.Pattern[str] | None:
    """What matches the names that a pattern of COPY means; None for one that takes too long."""
    return re.compile(_segment(written) + r"\Z") if _is_bounded(written) else None


def read(files: Files, path: str) -> Source | None:
    """A file's text; None where it cannot be read."""
    try:
        return files.read(path)
    except (OSError, ValueError):
        return None


@dataclass(frozen=True, slots=True)
class Ignore:
    """Patterns of an ignore file, in their order: the last one that matches decides.

    runs: of patterns that all leave out, or all keep, what they match; those that keep say True.
    """

    runs: tuple[tuple[re.Pattern[str], bool], ...]

    @classmethod
    def parse(cls, text: str) -> Ignore:
        """The patterns of a `.dockerignore`: all of them count from the context's root."""
        read: list[tuple[str, bool]] = []
        for line in text.splitlines():
            pattern = line.strip()
            if not pattern or pattern.startswith("#") or len(pattern) > patterns.MAX_LENGTH:
                continue
            keeps = pattern.startswith("!")
            pattern = confined(".", pattern.removeprefix("!").strip())
            if pattern != "." and _is_bounded(pattern):
                read.append((_regex(pattern), keeps))
        runs = groupby(read, key=itemgetter(1))
        return cls(tuple((_joined(run), keeps) for keeps, run in runs))

    def __call__(self, path: str) -> bool:
        """Whether a path, relative to the context, is left out."""
        return not next((keeps for run, keeps in reversed(self.runs) if run.match(path)), True)


def _joined(patterns: Iterable[tuple[str, bool]]) -> re.Pattern[str]:
    return re.compile(rf"(?:{'|'.join(regex for regex, _ in patterns)})(?:/.*)?\Z", re.DOTALL)


def _is_bounded(pattern: str) -> bool:
    """Whether matching takes little time: stars that cross slashes are few."""
    names = [name for name in pattern.split("/") if "**" in name and name != "**"]
    return pattern.count("**") <= patterns.MAX_DEEP and all(name.count("*") <= 4 for name in names)


def _regex(pattern: str) -> str:
    parts = pattern.split("/")
    regex = ""
    for index, part in enumerate(parts):
        if part == "**":
            regex += "(?:.*/)?" if index < len(parts) - 1 else ".*"
        else:
            regex += _segment(part) + ("/" if index < len(parts) - 1 else "")
    return regex


def _segment(part: str) -> str:
    """A pattern for one name, as a regular expression."""
    pieces, at = [], 0
    while at < len(part):
        char = part[at]
        at += 1
        if char == "*":
            deep = part[at : at + 1] == "*"
            pieces.append(".*" if deep else patterns.STAR)
            at += deep
        elif char == "?":
            pieces.append("[^/]")
        elif char == "[" and (end := part.find("]", at + 1)) > 0:
            inner = part[at:end].replace("\\", "\\\\").replace("[", "\\[")
            pieces.append(f"[{inner}]" if _sound(inner) else re.escape(part[at - 1 : end + 1]))
            at = end + 1
        elif char == "\\" and at < len(part):
            pieces.append(re.escape(part[at]))
            at += 1
        else:
            pieces.append(re.escape(char))
    return "".join(pieces) if ".*" in pieces else patterns.joined(pieces, patterns.STAR)


def _sound(inner: str) -> bool:
    try:
        re.compile(f"[{inner}]")
    except re.error:
        return False
    return True
