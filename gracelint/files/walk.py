"""Which files of a folder count: all but what .gitignore files leave out and git does not track."""

from __future__ import annotations

import os
from collections import deque

from gracelint.base.paths import clean_path, folder_of, join
from gracelint.base.typed import TYPE_CHECKING, Protocol
from gracelint.files.ignore import SKIPPED, Rules, ignored, skipped
from gracelint.files.whole import above, below, real

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from gracelint.base.source import Source
    from gracelint.files.door import Kind

MAX_FOUND = 200_000
"""A walk that finds more files stops."""

MAX_NEAR = 5_000
"""A folder outside of any work tree that holds more is no project, but where projects are kept."""


class Tree(Protocol):
    """What a walk needs of the tree that it walks."""

    top: str
    notes: dict[str, str]

    def read(self, path: str) -> Source | None:
        """The file at a path."""

    def exists(self, path: str) -> bool:
        """Whether there is anything at a path."""

    def is_dir(self, path: str) -> bool:
        """Whether it is a folder."""

    def is_real_dir(self, path: str) -> bool:
        """Whether it is a folder, and no link to one."""

    def is_file(self, path: str) -> bool:
        """Whether it is a file."""

    def entries(self, folder: str, *, noted: bool = False) -> Mapping[str, Kind]:
        """The names in a folder and what they are."""

    def is_listed(self, folder: str) -> bool:
        """Whether it is known what the disk has in a folder."""

    def tracked(self, top: str) -> Iterable[tuple[str, bool]]:
        """What the work tree at a path tracks."""


def root_of(path: str | os.PathLike[str], cwd: str | os.PathLike[str]) -> str:
    """The folder that belongs to `path` as a whole, absolute.

    Its git work tree; outside of any the working directory, if that holds it; else the folder
    itself or the one that the file is in.
    """
    folder = real(path if os.path.isdir(path) else os.path.dirname(path))
    for parent in (folder, *above(folder)):
        if _is_work_tree(parent):
            return parent
    cwd = real(cwd)
    return cwd if below(folder, cwd) is not None else folder


def _is_work_tree(folder: str) -> bool:
    return os.path.exists(os.path.join(folder, ".git"))


def leads_out(path: str, cwd: str) -> str | None:
    """Where links of a tree lead a path that people name, if that is out of the tree.

    The trees are the work trees that hold it, and the working folder. Links outside of them are
    those of the person.
    """
    target = real(path)
    for folder in above(os.path.abspath(path)):
        tree = folder == cwd or os.path.lexists(os.path.join(folder, ".git"))
        if tree and below(target, real(folder)) is None:
            return target
    return None


def near(tree: Tree, paths: Iterable[str]) -> list[str]:
    """The folders whose files may belong together with those at `paths`.

    The whole root where that is a work tree or no larger than a project; else each folder that is
    named or, where it is not too large either, holds a file that is named.
    """
    if _is_work_tree(tree.top) or _is_small(tree, ""):
        return [""]
    folders = {path: tree.is_dir(path) for path in paths}
    holding = {folder_of(path) for path, is_dir in folders.items() if not is_dir}
    named = {path for path, is_dir in folders.items() if is_dir}
    return sorted(named | {f for f in holding - named - {"", "."} if _is_small(tree, f)})


def _is_small(tree: Tree, folder: str) -> bool:
    """Whether there are not many files below it; what is listed already is counted first."""
    queue, listed, seen = [folder], list[str](), 0
    while (queue or listed) and seen < MAX_NEAR:
        current = listed.pop() if listed else queue.pop()
        entries = tree.entries(current)
        seen += len(entries)
        for name in [name for name, kind in entries.items() if kind == "folder"]:
            if name not in SKIPPED:
                inner = join(current, name)
                (listed if tree.is_listed(inner) else queue).append(inner)
    return seen < MAX_NEAR


def files(tree: Tree, folder: str) -> list[str]:
    """The paths of the files below a folder, in no order, symbolic links to such among them.

    Work trees within have rules of their own. A folder that is ignored as a whole has been asked
    for by name: what is tracked in there counts, or, where nothing is, all of it.
    """
    walk = _Walk(tree, folder)
    top, rules, hidden = _ground(tree, folder)
    if hidden and top is not None:
        walk.add_tracked(top)
        if walk.paths:
            return walk.paths
        top, rules = None, ()
    walk.descend(folder, top, rules)
    while walk.partial:
        walk.add_tracked(walk.partial.popleft())
    return walk.paths


def _ground(tree: Tree, folder: str) -> tuple[str | None, tuple[Rules, ...], bool]:
    """What holds above a folder: its work tree, the rules, and whether they leave it out."""
    top: str | None = None
    rules: tuple[Rules, ...] = ()
    hidden = False
    parts = folder.split("/") if folder else []
    for depth in range(len(parts) + 1):
        current = "/".join(parts[:depth])
        if tree.exists(join(current, ".git")):
            top, rules, hidden = current, _local_rules(tree, current), False
        elif top is not None and rules:
            hidden = hidden or ignored(f"{current}/", f"{parts[depth - 1]}/", rules)
        if top is not None and depth < len(parts):
            rules = (*rules, *_rules(tree, current))
    return top, rules, hidden


def _local_rules(tree: Tree, top: str) -> tuple[Rules, ...]:
    """What only this copy of a repository leaves out."""
    source = tree.read(join(top, ".git/info/exclude"))
    return (Rules.read(join(top, ""), source.text),) if source is not None else ()


def _rules(tree: Tree, folder: str) -> tuple[Rules, ...]:
    source = tree.read(join(folder, ".gitignore"))
    return (Rules.read(f"{folder}/" if folder else "", source.text),) if source else ()


class _Walk:
    """A walk through `folder`. partial: the work trees of which something was left out."""

    def __init__(self, tree: Tree, folder: str) -> None:
        self.tree = tree
        self.paths: list[str] = []
        self.partial: deque[str] = deque()
        self._start = f"{folder}/" if folder else ""
        self._met: set[str] = set()
        self._tops: set[str] = set()

    def descend(self, folder: str, top: str | None, rules: tuple[Rules, ...]) -> None:
        """Take in what is below a folder; top: its work tree."""
        queue = [(folder, top, rules)]
        while queue and len(self.paths) < MAX_FOUND:
            current, top, rules = queue.pop()
            names = self.tree.entries(current, noted=True)
            if ".git" in names and current != folder:
                top, rules = current, _local_rules(self.tree, current)
                self._tops.add(current)
            if ".gitignore" in names:
                rules = (*rules, *_rules(self.tree, current))
            queue += [(path, top, rules) for path in self._taken(current, names, top, rules)]
        if queue:
            self.tree.notes[folder] = f"holds more than {MAX_FOUND:,} files; the rest is not read"

    def _taken(
        self, folder: str, names: Mapping[str, Kind], top: str | None, rules: tuple[Rules, ...]
    ) -> Iterator[str]:
        """Take in the files of a folder; the folders in it that are still to be seen."""
        start = f"{folder}/" if folder else ""
        for name, kind in names.items():
            if name in SKIPPED:
                continue
            path, tail = start + name, "/" if kind == "folder" else ""
            if rules and ignored(path + tail, name + tail, rules):
                self._left_out(top)
            elif kind == "folder":
                yield path
            elif kind == "file" or (kind == "link" and self.tree.is_file(path)):
                self.paths.append(path)

    def _left_out(self, top: str | None) -> None:
        if top is not None and top not in self._met:
            self._met.add(top)
            self.partial.append(top)

    def add_tracked(self, top: str) -> None:
        """Take in what is tracked though it is ignored, with the repositories within."""
        paths = set(self.paths)
        for name, module in self.tree.tracked(top):
            path = join(top, name)
            inner = path.removeprefix(self._start)
            if path in paths or not path.startswith(self._start) or skipped(inner):
                continue
            if module and path not in self._tops and self.tree.is_real_dir(path):
                self._tops.add(path)
                self.descend(path, path, _local_rules(self.tree, path))
            elif not module and clean_path(path) == path and self.tree.is_file(path):
                self.paths.append(path)
