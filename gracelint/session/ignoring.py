"""Ignore comments laid over the files for findings, and tried before they are kept."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from gracelint.base.edit import applied
from gracelint.base.values import replace
from gracelint.fix.ignoring import comments
from gracelint.model.result import Problem
from gracelint.resolve.fingerprint import words

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from gracelint.files.tree import Files
    from gracelint.model.finding import Finding, Severity
    from gracelint.model.result import Result

_KEPT = frozenset({"GL001", "GL002", "GL003"})
"""Of comments and of texts that cannot be read: no comment helps."""

_HOW = "settings can leave it out (`per-file-ignores`)"


class Runner(Protocol):
    """What this needs of a session."""

    @property
    def files(self) -> Files:
        """The tree, over which texts are laid."""

    def run(self, paths: Sequence[str]) -> Result:
        """Check."""

    def parses(self, path: str, text: str) -> bool:
        """Whether a file that reads `text` is no worse to read than before."""

    def kind(self, path: str) -> str:
        """What a file is."""


def ignore(session: Runner, paths: Sequence[str], least: Severity, reason: str) -> Result:
    """Check, and lay texts with comments for what is found over the files; what remains.

    least: findings below are left as they are. A text in which the comments do not do what they
    are for is not kept, and the result says so.
    """
    before = session.run(paths)
    wanted = [f for f in before.findings if f.severity >= least and f.rule.code not in _KEPT]
    texts = _texts(session, wanted, reason)
    start = session.files.laid()
    result = _over(session, paths, texts)
    met = {_key(finding) for finding in result.suppressed}
    failed = {f.primary.span.source.path for f in wanted if _key(f) not in met}
    if failed & texts.keys():
        session.files.relay(start)
        kept = {path: text for path, text in texts.items() if path not in failed}
        result = _over(session, paths, kept)
        met = {_key(finding) for finding in result.suppressed}
    left = [finding for finding in wanted if _key(finding) not in met]
    return replace(result, problems=(*result.problems, *_summary(wanted, left)))


def ignored(session: Runner, paths: Sequence[str], finding: Finding, reason: str) -> str | None:
    """The text of a finding's file with a comment that leaves it out; None where none does."""
    session.run(paths)  # which tells what sort of file it is
    texts = _texts(session, [finding], reason)
    met = {_key(one) for one in _over(session, paths, texts).suppressed} if texts else ()
    return texts[finding.primary.span.source.path] if _key(finding) in met else None


def _over(session: Runner, paths: Sequence[str], texts: dict[str, str]) -> Result:
    for path, text in texts.items():
        session.files.lay(path, text)
    return session.run(paths)


def _texts(session: Runner, wanted: Iterable[Finding], reason: str) -> dict[str, str]:
    by_path: dict[str, list[tuple[str, int]]] = {}
    for finding in wanted:
        span = finding.primary.span
        by_path.setdefault(span.source.path, []).append((finding.rule.code, span.start))
    texts = {}
    for path, asked in by_path.items():
        source = session.files.read(path)
        if source is not None and not path.endswith(".json"):
            edits = comments(source, session.kind(path), asked, reason)
            text = applied(source.text, edits)
            if session.parses(path, text):
                texts[path] = text
    return texts


def _key(finding: Finding) -> tuple[str, str, str, str]:
    span = finding.primary.span
    return finding.rule.code, span.source.path, finding.message, words(finding)


def _summary(wanted: Sequence[Finding], left: Sequence[Finding]) -> Iterable[Problem]:
    number = len(wanted) - len(left)
    if number:
        said = f"{number} finding{'s are' if number > 1 else ' is'} left out from now"
        yield Problem("", said, hint=True)
    for finding in left:
        span = finding.primary.span
        said = f"line {span.first.line}: no comment can leave out {finding.rule.code}; {_HOW}"
        yield Problem(span.source.path, said, hint=True)
