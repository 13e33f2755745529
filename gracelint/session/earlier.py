"""The run over an earlier state of the files, which tells what a change brings."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from gracelint.model.result import Problem
from gracelint.resolve.since import brought

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from gracelint.files.earlier import EarlierFiles
    from gracelint.model.finding import Finding
    from gracelint.model.result import Result


class Runner(Protocol):
    """What this needs of a session over the earlier files."""

    def run(self, paths: Sequence[str]) -> Result:
        """Check."""


class Earlier:
    """What is found at a commit, looked for once and only if there is anything to compare."""

    def __init__(self, files: EarlierFiles, session: Runner) -> None:
        self._files = files
        self._session = session
        self._findings: dict[tuple[str, ...], tuple[Finding, ...]] = {}

    def brought(
        self, now: Sequence[Finding], paths: Sequence[str]
    ) -> tuple[list[Finding], int, list[Problem]]:
        """The findings that are not found at the commit, how many are, and what to say of these."""
        if not now:
            return [], 0, []
        new, old = brought(now, self._at_the_commit(paths), self._files.at.renamed)
        return new, len(old), list(self._summary(old))

    def _at_the_commit(self, paths: Sequence[str]) -> tuple[Finding, ...]:
        key = tuple(paths)
        if key not in self._findings:
            before = [path for path in self._before(key) if self._files.exists(path)]
            self._findings[key] = self._session.run(before).findings if before else ()
        return self._findings[key]

    def _before(self, paths: tuple[str, ...]) -> Iterator[str]:
        """The paths with those that files at and below them had; the whole tree has all of them."""
        yield from paths
        for new, old in self._files.at.renamed.items() if "" not in paths else ():
            if any(f"{new}/".startswith(f"{path}/") for path in paths):
                yield old

    def _summary(self, old: Sequence[Finding]) -> Iterator[Problem]:
        if not old:
            return
        number, rev = len(old), self._files.at.rev
        said = f"{_findings(number)} not shown: {rev} has {'them' if number > 1 else 'it'}, too"
        yield Problem("", said, hint=True)
        strange = sum(self._is_untracked(one.primary.span.source.path) for one in old)
        if strange:
            whose = f"{strange} of these {'are' if strange > 1 else 'is'} in files"
            said = f"{whose} that git does not track, which always count as old"
            yield Problem("", said, hint=True)

    def _is_untracked(self, path: str) -> bool:
        was = self._files.at.renamed.get(path, path)
        return was not in self._files.at.entries


def _findings(number: int) -> str:
    return f"{number} finding{'s are' if number > 1 else ' is'}"
