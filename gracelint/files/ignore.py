"""Patterns as in .gitignore files, and the folders that hold nobody's own files."""

from __future__ import annotations

import re
from contextlib import suppress

from gracelint.base import patterns
from gracelint.base.typed import TYPE_CHECKING
from gracelint.base.values import dataclass, field

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pathspec import GitIgnoreSpec
    from pathspec.patterns.gitignore.spec import GitIgnoreSpecPattern

SKIPPED = frozenset(
    {".bzr", ".cache", ".eggs", ".git", ".hg", ".jj", ".mypy_cache", ".nox", ".pytest_cache"}
    | {".ruff_cache", ".svn", ".terraform", ".tox", ".venv", "__pycache__", "bower_components"}
    | {"node_modules", "site-packages", "vendor", "venv"}
)
"""Folders that hold nobody's own files; a walk leaves them out, a path that names one does not."""


def skipped(path: str) -> bool:
    """Whether one of the folders on the way is one of those."""
    return not SKIPPED.isdisjoint(path.split("/")[:-1])


MAX_PATTERNS = 10_000
"""Lines of a .gitignore file that are read."""


def ignoring(text: str) -> GitIgnoreSpec:
    """The patterns of a .gitignore file, without lines that are none or would take too long."""
    from pathspec import GitIgnoreSpec

    return GitIgnoreSpec([pattern for _, pattern, _ in _patterns(text)])


def _patterns(text: str) -> Iterator[tuple[str, GitIgnoreSpecPattern, re.Pattern[str]]]:
    from pathspec import GitIgnoreSpec

    for line in text.splitlines()[:MAX_PATTERNS]:
        if len(line) > patterns.MAX_LENGTH:
            continue  # no path is that long
        with suppress(ValueError, re.error):
            for pattern in GitIgnoreSpec.from_lines([line]).patterns:
                if pattern.regex is None or line.count("**") > patterns.MAX_DEEP:
                    continue
                regex = patterns.hardened(pattern.regex.pattern, line.count("/") + 1)
                if regex is not None:
                    pattern.regex = re.compile(regex)
                    yield line, pattern, pattern.regex


@dataclass(slots=True)
class Rules:
    """The patterns of one .gitignore file, for walks from the top down.

    Most patterns look at names alone and are asked once for each name, the others for each path.
    start: the file's folder, with a slash.
    """

    start: str
    by_name: list[tuple[int, bool, re.Pattern[str]]] = field(default_factory=list)
    by_path: list[tuple[int, bool, re.Pattern[str]]] = field(default_factory=list)
    met: dict[str, tuple[int, bool]] = field(default_factory=dict)

    @classmethod
    def read(cls, start: str, text: str) -> Rules:
        """The rules of a file that reads `text`."""
        rules = cls(start)
        for number, (line, pattern, regex) in enumerate(_patterns(text)):
            named = "/" not in line.rstrip().rstrip("/")
            kept = (number, bool(pattern.include), regex)
            (rules.by_name if named else rules.by_path).append(kept)
        rules.by_name.reverse()
        rules.by_path.reverse()
        return rules

    def says(self, path: str, name: str) -> bool | None:
        """Whether a path is to be left out; None where nothing is said of it.

        path, name: with a slash behind those of folders.
        """
        if (last := self.met.get(name)) is None:
            last = next(((n, out) for n, out, regex in self.by_name if regex.match(name)), _NONE)
            self.met[name] = last
        if self.by_path:
            inner = path[len(self.start) :]
            for number, out, regex in self.by_path:
                if number < last[0]:
                    break
                if regex.match(inner):
                    return out
        return None if last is _NONE else last[1]


_NONE = (-1, False)


def ignored(path: str, name: str, rules: tuple[Rules, ...]) -> bool:
    """The innermost file that has something to say of a path decides."""
    for one in reversed(rules):
        said = one.says(path, name)
        if said is not None:
            return said
    return False
