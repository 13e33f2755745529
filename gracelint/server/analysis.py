"""What an editor shows of a tree: a run over the files that are open, unsaved text included."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from gracelint.base.values import dataclass, field
from gracelint.checks import all_rules
from gracelint.files.tree import FileProblem, Files
from gracelint.files.walk import root_of
from gracelint.model.finding import Applicability
from gracelint.session.session import Session
from gracelint.settings.nearest import Given, Scope
from gracelint.settings.read import SettingsError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from gracelint.model.finding import Finding
    from gracelint.model.story import Story


@dataclass(frozen=True, slots=True)
class Trouble:
    """Why a tree could not be checked. path: the file concerned. line: in it, counted from 1."""

    path: Path
    line: int
    message: str


@dataclass(frozen=True, slots=True)
class Analysis:
    """What is known of the open files of one tree. version: of the texts that it was made of."""

    root: Path
    paths: tuple[str, ...] = ()
    version: int = 0
    findings: tuple[Finding, ...] = ()
    stories: tuple[Story, ...] = ()
    troubles: tuple[Trouble, ...] = field(default=())

    def at(self, path: str) -> list[Finding]:
        """The findings whose place is in a file."""
        return [f for f in self.findings if f.primary.span.source.path == path]


def roots(texts: Mapping[Path, str], folders: Sequence[Path]) -> dict[Path, dict[str, str]]:
    """The open files by the root of their tree; paths in it are those of `Files`.

    folders: those that the editor has opened as a whole.
    """
    by_root: dict[Path, dict[str, str]] = {}
    for path, text in texts.items():
        opened = [f for f in folders if path.is_relative_to(f)]
        within = max(opened, key=lambda f: len(f.parts), default=path.parent)
        root = Path(root_of(path, within))
        if path.is_relative_to(root):
            by_root.setdefault(root, {})[path.relative_to(root).as_posix()] = text
    return by_root


def analyse(root: Path, texts: Mapping[str, str], version: int) -> Analysis:
    """Check the open files of a tree."""
    paths = tuple(texts)
    try:
        result = _session(root, texts).run(paths)
    except SettingsError as error:
        trouble = Trouble(Path(error.root or root, error.path), error.line or 1, error.message)
        return Analysis(root, paths, version, troubles=(trouble,))
    except FileProblem as error:
        trouble = Trouble(root / error.path, 1, error.message)
        return Analysis(root, paths, version, troubles=(trouble,))
    return Analysis(root, paths, version, result.findings, result.stories)


def _session(root: Path, texts: Mapping[str, str]) -> Session:
    files = Files(root, overlay=texts)
    scope = Scope(files, all_rules, Given())
    return Session(files, scope.shared(tuple(texts)).options, scope.near)


def fixed(root: Path, texts: Mapping[str, str], path: str) -> str | None:
    """The text of a file after its safe fixes; None where they change nothing in it."""
    try:
        session = _session(root, texts)
        session.fix([path], Applicability.SAFE)
    except (SettingsError, FileProblem):
        return None
    source = session.files.read(path)
    return None if source is None or source.text == texts[path] else source.text


def ignored(root: Path, texts: Mapping[str, str], finding: Finding, reason: str) -> str | None:
    """The text of a finding's file with a comment that leaves it out; None where none does."""
    from gracelint.session import ignoring

    try:
        return ignoring.ignored(_session(root, texts), tuple(texts), finding, reason)
    except (SettingsError, FileProblem):
        return None
