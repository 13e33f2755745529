"""`full`: for people. Code frames with the story around them, help, fix, and a summary."""

from __future__ import annotations

from collections import Counter

from gracelint.base.typed import TYPE_CHECKING
from gracelint.model.finding import Applicability
from gracelint.report.folded import advice_table, folded
from gracelint.report.frame import frames
from gracelint.report.text import cells, count, fill, paint, visible

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from gracelint.model.finding import Finding, Fix
    from gracelint.model.result import Launches, Result
    from gracelint.report.folded import Shown

_HOW = {
    Applicability.SAFE: "safe: --fix",
    Applicability.UNSAFE: "unsafe: --fix --unsafe-fixes",
}


def render(result: Result, *, color: bool = False, width: int = 80, advice: bool = False) -> str:
    """Every finding with its frames, and what they come to. advice: as for `folded`."""
    said = folded(result, advice=advice)
    parts = ["\n".join(_finding(one, color=color, width=width)) + "\n" for one in said.shown]
    counts = [*advice_table(said.advice), ""] if said.advice else []
    return "\n".join([*parts, "\n".join([*counts, summary(result), *untold(result), ""])])


def _finding(shown: Shown, *, color: bool, width: int) -> Iterator[str]:
    finding = shown.finding
    label = finding.severity.label
    head = f"{label}[{finding.rule.code}]"
    first, *more = fill(finding.message, max(width, len(head) + 22) - len(head) - 2)
    yield f"{paint(head, label, color=color)}{paint(f': {first}', 'bold', color=color)}"
    for line in more:
        yield " " * (len(head) + 2) + paint(line, "bold", color=color)
    yield from frames(finding, color=color, width=width)
    if shown.copies:
        yield from _note("also in", visible(shown.elsewhere), "", color=color, width=width)
    if names := launches(finding):
        yield from _note("in", names, "", color=color, width=width)
    if finding.help:
        yield from _note("help", finding.help, "", color=color, width=width)
    for index, fix in enumerate(finding.fixes):
        yield from _fix(fix, "or" if index else "", color=color, width=width)


def launches(finding: Finding) -> str:
    """Which containers are concerned, where the files shown do not say it."""
    labels = (finding.primary, *finding.causes, *finding.related)
    shown = {label.span.source.path for label in labels}
    return ", ".join(name for name in finding.workloads if name not in shown)


def _fix(fix: Fix, word: str, *, color: bool, width: int) -> Iterator[str]:
    """A fix, or with `word` another one instead of it."""
    if fix.applicability is Applicability.SHOW or not fix.edits:
        return _note(word or "suggestion", fix.title, "", color=color, width=width)
    tail = f"({_HOW[fix.applicability]})"
    return _note(word or "fix", fix.title, tail, color=color, width=width)


def _note(word: str, text: str, tail: str, *, color: bool, width: int) -> Iterator[str]:
    """`word: text`, broken so that later lines stand under the first; `tail` is not broken."""
    head = f"  {word}: "
    room = width - len(head)
    lines = [line for part in text.rstrip("\n").split("\n") for line in fill(part, room)]
    if tail and cells(lines[-1]) + 1 + len(tail) <= room:
        lines[-1] += f" {tail}"
    elif tail:
        lines.append(tail)
    painted = f"  {paint(f'{word}:', 'help', color=color)} "
    for index, line in enumerate(lines):
        yield (" " * len(head) if index else painted) + line


def summary(result: Result) -> str:
    """How many findings of which severity in how many files, how many can be fixed or are known."""
    files = f"in {count(result.files, 'file')}"
    said = severities(result.findings)
    done = f", {result.fixed} fixed" if result.fixed else ""
    if not said and not result.files and not done:
        return "No files were checked."
    sentences = [f"{said or 'No findings'} {files}{done}."]
    if fixable := _fixable(result.findings):
        sentences.append(fixable)
    if result.baselined:
        sentences.append(f"The baseline knows {len(result.baselined)} more.")
    return " ".join(sentences)


MAX_UNREAD = 5


def untold(result: Result) -> Iterator[str]:
    """What could not be told and what was not read, a sentence each."""
    if result.launches.unknown:
        yield open_launches(result.launches)
    for one in result.unread[:MAX_UNREAD]:
        yield f"{visible(one.path)} is not read: {visible(one.reason)}"
    if (more := len(result.unread) - MAX_UNREAD) > 0:
        yield f"{more} more are not read"


def open_launches(number: Launches) -> str:
    """How many launches could not be told, and what shows them."""
    them = "it" if number.unknown == 1 else "them"
    return (
        f"{number.unknown} of {count(number.total, 'launch', 'launches')} could not be told;"
        f" gracelint trace --unknown shows {them}"
    )


def severities(findings: Iterable[Finding]) -> str:
    """How many findings there are of each severity, the worst first; "" for none."""
    number = Counter(finding.severity for finding in findings)
    parts = [count(number[each], each.label) for each in sorted(number, reverse=True)]
    return " and ".join([", ".join(parts[:-1]), *parts[-1:]] if len(parts) > 1 else parts)


def _fixable(findings: Iterable[Finding]) -> str:
    """How many findings `--fix` would repair, and how many more `--unsafe-fixes`."""
    best = [max((x.applicability for x in f.fixes if x.edits), default=None) for f in findings]
    safe = best.count(Applicability.SAFE)
    unsafe = best.count(Applicability.UNSAFE)
    if safe and unsafe:
        return f"--fix repairs {safe}, --unsafe-fixes {unsafe} more."
    if safe:
        return f"--fix repairs {safe}."
    return f"--fix --unsafe-fixes repairs {unsafe}." if unsafe else ""
