"""Which files of a folder count: what git says, or, without git, what .gitignore files say."""

from __future__ import annotations

import os
import re
from contextlib import suppress
from typing import TYPE_CHECKING

from gracelint.base import globs

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from pathspec import GitIgnoreSpec

    from gracelint.files.tree import Files

    Specs = tuple[tuple[str, GitIgnoreSpec], ...]

MAX_FOUND = 200_000
"""A walk that finds more files stops."""

MAX_NAMES = 20_000
"""A folder of more entries is read no further."""

MAX_NEAR = 5_000
"""A folder outside of any work tree that holds more is no project, but where projects are kept."""

SKIPPED = frozenset(
    {".bzr", ".cache", ".eggs", ".git", ".hg", ".jj", ".mypy_cache", ".nox", ".pytest_cache"}
    | {".ruff_cache", ".svn", ".terraform", ".tox", ".venv", "__pycache__", "bower_components"}
    | {"node_modules", "site-packages", "vendor", "venv"}
)
"""Folders that hold nobody's own files; a walk leaves them out, a path that names one does not."""

_GIT = ("git", "-c", "core.fsmonitor=false", "ls-files", "-co", "--exclude-standard", "-z")


def root_of(path: Path, cwd: Path) -> Path:
    """The folder that belongs to `path` as a whole, absolute.

    Its git work tree; outside of any the working directory, if that holds it; else the folder
    itself or the one that the file is in.
    """
    folder = (path if path.is_dir() else path.parent).resolve()
    for parent in (folder, *folder.parents):
        if (parent / ".git").exists():
            return parent
    cwd = cwd.resolve()
    return cwd if folder.is_relative_to(cwd) else folder


def files(tree: Files, folder: str) -> list[str]:
    """The paths of the files below a folder, in no order, symbolic links among them."""
    listed = _git(tree, folder)
    return _unaided(tree, folder) if listed is None else listed


def near(tree: Files, paths: Iterable[str]) -> list[str]:
    """The folders whose files may belong together with those at `paths`.

    The whole root where that is a work tree or no larger than a project; else each folder that is
    named or, where it is not too large either, holds a file that is named.
    """
    if (tree.root / ".git").exists() or _is_small(tree, ""):
        return [""]
    folders = {path: tree.is_dir(path) for path in paths}
    holding = {path.rpartition("/")[0] for path, is_dir in folders.items() if not is_dir}
    named = {path for path, is_dir in folders.items() if is_dir}
    return sorted(named | {f for f in holding - named - {"", "."} if _is_small(tree, f)})


def _is_small(tree: Files, folder: str) -> bool:
    queue, seen = [tree.root / folder], 0
    while queue and seen < MAX_NEAR:
        current = queue.pop()
        for name, real_dir in entries(current):
            seen += 1
            if real_dir and name not in SKIPPED:
                queue.append(current / name)
    return seen < MAX_NEAR


def ignoring(text: str) -> GitIgnoreSpec:
    """The patterns of a .gitignore file, without lines that are none or would take too long."""
    from pathspec import GitIgnoreSpec

    patterns = []
    for line in text.splitlines()[:10_000]:
        with suppress(ValueError):
            for pattern in GitIgnoreSpec.from_lines([line]).patterns:
                if pattern.regex is None or line.count("**") > globs.MAX_DEEP:
                    continue
                regex = globs.hardened(pattern.regex.pattern, line.count("/") + 1)
                if regex is not None:
                    pattern.regex = re.compile(regex)
                    patterns.append(pattern)
    return GitIgnoreSpec(patterns)


def _git(tree: Files, folder: str) -> list[str] | None:
    """What git counts to a folder of its work tree; None when there is none, or no git.

    Repositories within are listed by themselves. A folder that is ignored as a whole has been
    asked for by name, so that nothing of it is left out.
    """
    found: list[str] = []
    queue = [folder]
    while queue:
        current = queue.pop()
        listed = _git_files(tree.root / current)
        if listed is None and current == folder:
            return None
        for path in _unaided(tree, current) if listed is None else _below(current, listed):
            inside = path != current and tree.is_real_dir(path)
            (queue if inside else found).append(path)
    return found or None


def _below(folder: str, names: list[str]) -> list[str]:
    start = f"{folder}/" if folder else ""
    return [start + name.rstrip("/") for name in names]


def _git_files(folder: Path) -> list[str] | None:
    """What git lists in a folder, without running hooks or monitors that the repository names."""
    import subprocess

    try:
        done = subprocess.run(  # noqa: S603
            _GIT,
            cwd=folder,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=60,
            check=False,
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return None if done.returncode else os.fsdecode(done.stdout).split("\0")[:-1]


def _unaided(tree: Files, folder: str) -> list[str]:
    found: list[str] = []
    queue: list[tuple[str, Specs]] = [(folder, ())]
    while queue and len(found) < MAX_FOUND:
        current, specs = queue.pop()
        start = f"{current}/" if current else ""
        names = dict(entries(tree.root / current))
        if ".gitignore" in names and (own := tree.read(f"{start}.gitignore")):
            specs = (*specs, (start, ignoring(own.text)))
        for name, real_dir in names.items():
            path = start + name
            if name in SKIPPED or (specs and _ignored(path + "/" * real_dir, specs)):
                continue
            if real_dir:
                queue.append((path, specs))
            else:
                found.append(path)
    return found


def entries(folder: Path) -> Iterator[tuple[str, bool]]:
    """The names in a folder, and whether they are folders and no symbolic links."""
    with suppress(OSError), os.scandir(folder) as listed:
        for entry, _ in zip(listed, range(MAX_NAMES), strict=False):
            yield entry.name, entry.is_dir(follow_symlinks=False)


def _ignored(path: str, specs: Specs) -> bool:
    """The innermost file that has something to say of a path decides."""
    for start, spec in reversed(specs):
        said = spec.check_file(path[len(start) :]).include
        if said is not None:
            return bool(said)
    return False
