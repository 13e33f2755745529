"""Fixes laid over the files, round by round, until there is nothing left to change.

A fix that does not settle is not made at all: one whose finding is still there after it, or that
calls for another one without end. So a second run over the result changes nothing.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Protocol

from gracelint.base.edit import applied
from gracelint.base.values import dataclass, field, replace
from gracelint.fix import apply
from gracelint.model.result import Problem

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from gracelint.files.tree import Files
    from gracelint.fix.apply import Closed, Plan
    from gracelint.model.finding import Applicability, Finding
    from gracelint.model.result import Result

MAX_ROUNDS = 10
"""Fixes are applied and the result checked again no more often than this."""

_MAX_PASSES = 3
_MAX_ATTEMPTS = 20
_BROKEN = "is left as it is: with the fix it could no longer be read"


class Runner(Protocol):
    """What fixing needs of a session."""

    @property
    def files(self) -> Files:
        """The tree, over which fixed texts are laid."""

    def run(self, paths: Sequence[str]) -> Result:
        """Check."""

    def parses(self, path: str, text: str) -> bool:
        """Whether a file that reads `text` is no worse to read than before."""


def fix(
    session: Runner, paths: Sequence[str], least: Applicability, *, written: bool = False
) -> Result:
    """Check, and lay the fixed texts over the files; the result is what remains.

    least: the lowest applicability of the fixes. written: they are going to be, so that files which
    cannot be replaced are left as they are.
    """
    start, first = session.files.laid(), session.run(paths)
    result = first
    fixed: list[Finding] = []
    problems: dict[Problem, None] = {}
    for _ in range(_MAX_PASSES):
        one = _Pass(session, paths, least, written)
        result, more = one.settled(result)
        fixed += more
        problems |= dict.fromkeys(one.problems())
        if not (more and one.closed):
            break
    else:
        session.files.relay(start)
        result, fixed = first, []
    messages = (*result.problems, *problems)
    return replace(result, fixed=len(fixed), problems=messages, repaired=tuple(fixed))


@dataclass(slots=True)
class _Pass:
    """Rounds of fixes from one state of the files.

    closed: fixes that are not made, as (code, path), code "" for all that touch the file.
    """

    session: Runner
    paths: Sequence[str]
    least: Applicability
    written: bool
    closed: Closed = field(default_factory=set)
    sealed: dict[str, str | None] = field(default_factory=dict)
    broken: set[str] = field(default_factory=set)

    def problems(self) -> Iterable[Problem]:
        """What was left as it is, and why."""
        for path, why in self.sealed.items():
            if why is not None:
                yield Problem(path, f"is left as it is: {why}")
        for path in sorted(self.broken):
            yield Problem(path, _BROKEN, hint=True)
        for code, path in sorted(self.closed):
            if code:
                said = f"the fix of {code} is left out: after it there would be as much to fix"
                yield Problem(path, said, hint=True)

    def settled(self, first: Result) -> tuple[Result, list[Finding]]:
        """The result when nothing is left to change, and what was repaired."""
        start = self.session.files.laid()
        for _ in range(_MAX_ATTEMPTS):
            result, fixed, stuck = self._rounds(first)
            if not stuck:
                return result, fixed
            self.session.files.relay(start)
            self.closed |= stuck
        return first, []

    def _rounds(self, result: Result) -> tuple[Result, list[Finding], Closed]:
        """The same, with the fixes because of which it does not come to an end."""
        fixed: list[Finding] = []
        for _ in range(MAX_ROUNDS):
            plan = self._plan(result.findings)
            if not plan.findings:
                return result, fixed, set()
            for path, text in self._texts(plan).items():
                self.session.files.lay(path, text)
            before, result = result, self.session.run(self.paths)
            if stuck := _unrepaired(before.findings, plan.findings, result.findings):
                return result, fixed, stuck
            fixed += plan.findings
        plan = self._plan(result.findings)
        return result, fixed, {(f.rule.code, f.primary.span.source.path) for f in plan.findings}

    def _plan(self, findings: Sequence[Finding]) -> Plan:
        """The next fixes, without those whose files cannot be written or could not be read."""
        while True:
            plan = apply.plan(findings, self.least, self.closed)
            texts = self._texts(plan)
            out = {path for path in plan.edits if path not in texts}
            out |= {path for path, text in texts.items() if not self.session.parses(path, text)}
            self.broken |= out
            if self.written:
                out |= {path for path in texts if self._is_sealed(path)}
            if not out:
                return plan
            self.closed |= {("", path) for path in out}

    def _is_sealed(self, path: str) -> bool:
        if path not in self.sealed and path not in self.session.files.overlay:
            self.sealed[path] = self.session.files.sealed(path)
        return self.sealed.get(path) is not None

    def _texts(self, plan: Plan) -> dict[str, str]:
        """What the files then read; without those that are not as the edits suppose."""
        texts = {}
        for path, edits in plan.edits.items():
            source = self.session.files.read(path)
            if source and all(source.text[e.span.start : e.span.end] == e.span.text for e in edits):
                texts[path] = applied(source.text, edits)
        return texts


def _unrepaired(
    before: Iterable[Finding], repaired: Iterable[Finding], after: Iterable[Finding]
) -> Closed:
    """The fixes after which there are as many findings of the same words as before."""
    had, done, left = (Counter(map(_key, each)) for each in (before, repaired, after))
    return {key[:2] for key, number in done.items() if left[key] > had[key] - number}


def _key(finding: Finding) -> tuple[str, str, str, str]:
    span = finding.primary.span
    return finding.rule.code, span.source.path, finding.message, span.text
