"""What has to hold whatever a tree of files holds."""

from __future__ import annotations

import cProfile
import json
import signal
from contextlib import contextmanager
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

from gracelint import checks
from gracelint.files.tree import FileProblem, Files
from gracelint.model.finding import Applicability, Severity
from gracelint.model.options import Options
from gracelint.report import FORMATS, TRACE_FORMATS, render, render_trace
from gracelint.session.session import Session
from gracelint.settings import read as settings

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from types import FrameType

    from gracelint.base.source import Span
    from gracelint.model.finding import Finding
    from gracelint.model.result import Result

MAX_SECONDS = 30
"""Of the processor. A guard against what never ends; work is counted in calls."""

MAX_CALLS = 4_000_000
CALLS_PER_CHARACTER = 2_000


class Broken(BaseException):
    """A property that does not hold; the message says which. No run takes it for its own error."""


@contextmanager
def _guard() -> Iterator[None]:
    def stop(_number: int, _frame: FrameType | None) -> None:
        raise Broken(f"no end after {MAX_SECONDS} s")

    before = signal.signal(signal.SIGPROF, stop)
    signal.setitimer(signal.ITIMER_PROF, MAX_SECONDS)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, before)


def check(tree: Mapping[str, str], *, counted: bool = False, strict: bool = True) -> None:
    """Broken where the tree breaks a property.

    counted: the work is counted, too, which takes longer. strict: a fix that is left out because
    it would not settle counts, too: nothing comes of it, but it should not be offered.
    """
    profile = cProfile.Profile(builtins=False) if counted else None
    with _guard():
        if profile is not None:
            profile.enable()
        try:
            _check(tree, strict)
        finally:
            if profile is not None:
                profile.disable()
    if profile is not None:
        profile.create_stats()
        calls = sum(entry[1] for entry in profile.stats.values())  # type: ignore[attr-defined]
        most = MAX_CALLS + CALLS_PER_CHARACTER * sum(map(len, tree.values()))
        if calls > most:
            raise Broken(f"{calls:,} calls where {most:,} are the bound")


def _session(tree: Mapping[str, str]) -> Session:
    files = Files("/nowhere", overlay=tree)
    options = Options()
    try:
        path = settings.inside(files, "")
        options = options if path is None else settings.load(files, path, checks.all_rules).options
    except settings.SettingsError:
        pass
    return Session(files, options)


def _check(tree: Mapping[str, str], strict: bool) -> None:
    session = _session(tree)
    try:
        result = session.run([""])
    except (FileProblem, settings.SettingsError):  # a baseline or a lock that is none
        return
    _sound(result)
    scene = session.scene([""])
    for name in FORMATS:
        _readable(name, render(name, result))
    for name in TRACE_FORMATS:
        _readable(name, render_trace(name, scene.stories, links=scene.links))
    _fixes(tree, result, strict)


def _sound(result: Result) -> None:
    for problem in result.problems:
        if problem.internal:
            raise Broken(f"{problem.path}: {problem.message}")
    for finding in (*result.findings, *result.suppressed):
        for span in _spans(finding):
            if not 0 <= span.start <= span.end <= len(span.source.text):
                raise Broken(f"{finding.rule.code}: a place outside of {span.source.path}")


def _spans(finding: Finding) -> Iterator[Span]:
    for label in (finding.primary, *finding.causes, *finding.related):
        yield label.span
    for fix in finding.fixes:
        for edit in fix.edits:
            yield edit.span


def _readable(name: str, text: str) -> None:
    text.encode()
    if name in {"json", "gitlab", "rdjson", "sarif"}:
        json.loads(text, parse_constant=_refuse)
    elif name == "junit":
        ET.fromstring(text)
    for line in text.split("\n"):
        if (
            name != "github"
            and line.lstrip().startswith("::")
            and not line.lstrip().startswith("::: ")
        ):
            raise Broken(f"{name} starts a workflow command: {line[:80]!r}")


def _refuse(constant: str) -> None:
    raise Broken(f"JSON has no {constant}")


def _fixes(tree: Mapping[str, str], before: Result, strict: bool) -> None:
    session = _session(tree)
    once = session.fix([""], Applicability.UNSAFE)
    _sound(once)
    texts = {path: source.text for path, source in session.files.overlay.items()}
    if not once.fixed and texts != dict(tree):
        raise Broken("nothing is said to be fixed, and texts have changed")
    _still_readable(before, once)
    for problem in once.problems:
        if strict and problem.message.startswith("the fix of"):
            raise Broken(f"{problem.path}: {problem.message}")
    again = session.fix([""], Applicability.UNSAFE)
    changed = [p for p, source in session.files.overlay.items() if source.text != texts[p]]
    if again.fixed or changed:
        raise Broken(f"fixing again changes {', '.join(changed)}")
    _nothing_new(before, once)


def _still_readable(before: Result, after: Result) -> None:
    """No more text that cannot be read than before, or than stood in arrays that were none."""
    had = [f for f in before.findings if f.rule.code in {"GL001", "GL106"}]
    has = [f for f in after.findings if f.rule.code == "GL001"]
    if len(has) > len(had):
        messages = {(f.primary.span.source.path, f.message) for f in had}
        new = [f for f in has if (f.primary.span.source.path, f.message) not in messages]
        raise Broken(f"a fix makes a file unreadable: {(new or has)[0].message}")


def _nothing_new(before: Result, after: Result) -> None:
    """A fix uncovers what a launch hides, but brings up no error about what was fine."""
    had = {f.rule.code for f in (*before.findings, *before.suppressed)}
    if had:
        return
    new = [f for f in after.findings if f.severity >= Severity.WARNING]
    if new:
        raise Broken(f"a fix brings up {new[0].rule.code}")
