"""`markdown`: for comments on pull requests and summaries of jobs, as GitHub and GitLab show it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from gracelint.model.finding import Applicability
from gracelint.model.story import Verdict
from gracelint.pages.address import page_address
from gracelint.report.folded import advice_table, folded
from gracelint.report.frame import frames
from gracelint.report.full import launches, summary, untold
from gracelint.report.text import count, visible
from gracelint.report.trace import text as trace

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gracelint.model.finding import Finding, Fix
    from gracelint.model.result import Result
    from gracelint.model.story import Story
    from gracelint.report.folded import Shown as Folded
    from gracelint.report.shown import Shown

MAX_CHARACTERS = 60_000
"""GitHub takes comments of 65,536."""

_WIDTH = 88
_BAD = frozenset({Verdict.KILLED, Verdict.ABANDONED})
_SPECIAL = re.compile(r"[\\`*_{}\[\]<>()#+!|~$&]|(?<=:)//|@|^[-=\d]", re.MULTILINE)
_OPENING = "<details><summary>{}</summary>\n\n"
_CLOSING = "\n</details>\n"
_HOW = {
    Applicability.SAFE: "safe: `gracelint check --fix`",
    Applicability.UNSAFE: "unsafe: `gracelint check --fix --unsafe-fixes`",
}


def render(result: Result, *, shown: Shown, advice: bool = False) -> str:
    """The summary, the findings with the worst first, and the traces of what is killed.

    advice: as for `folded`. Not longer than a comment may be; what is left out is counted.
    """
    said = folded(result, advice=advice)
    worst = sorted(said.shown, key=lambda one: -one.finding.severity)
    head = f"### gracelint\n\n{plain(summary(result))}\n"
    notes = [f"{plain(line)}\n" for line in untold(result)]
    if said.advice:
        notes.append(fenced("\n".join(advice_table(said.advice))))
    room = MAX_CHARACTERS - sum(map(len, notes)) - len(head)
    findings, room = _fitting([_finding(one) for one in worst], room, "finding")
    traces = [_trace(story, shown) for story in result.stories if story.verdict in _BAD]
    stories, _ = _fitting(traces, room, "trace")
    return "\n".join([head, *findings, *stories, *notes])


def _fitting(parts: list[str], room: int, noun: str) -> tuple[list[str], int]:
    """The parts that there is room for, with a line for the others; and what room is left."""
    taken: list[str] = []
    room -= 100
    for part in parts:
        if len(part) > room:
            number = len(parts) - len(taken)
            more = f"{count(number, f'more {noun}')} would not fit here.\n"
            return [*taken, more], 0
        taken.append(part)
        room -= len(part) + 1
    return taken, room + 100


def _finding(one: Folded) -> str:
    finding = one.finding
    at, place = finding.primary.span.first, page_address(finding.rule)
    name = f"{finding.rule.code} {finding.rule.name}"
    linked = f"[{name}]({place})" if place else name
    where = code(f"{finding.primary.span.source.path}:{at.line}:{at.column}")
    head = f"**{finding.severity.label}** {linked} at {where}: {prose(finding.message)}\n"
    inner = "\n".join([fenced("\n".join(frames(finding, color=False, width=_WIDTH))), *_notes(one)])
    return f"{head}{_OPENING.format('where it is, and what to do')}{inner}{_CLOSING}"


def _notes(one: Folded) -> Iterator[str]:
    finding = one.finding
    if one.copies:
        yield f"Also in {code(one.elsewhere)}.\n"
    if names := launches(finding):
        yield f"In {code(names)}.\n"
    for line in filter(None, finding.help.split("\n")):
        yield f"{prose(line)}\n"
    yield from (f"{_fix(finding, fix)}\n" for fix in finding.fixes)


def _fix(finding: Finding, fix: Fix) -> str:
    word = "Or" if fix is not finding.fix else "Fix" if fix.edits else "Suggestion"
    how = f" ({_HOW[fix.applicability]})" if fix.edits and fix.applicability in _HOW else ""
    return f"*{word}:* {prose(fix.title)}{how}"


def _trace(story: Story, shown: Shown) -> str:
    name, verdict = visible(shown.name(story.workload)), story.verdict.value
    text = trace.render([story], shown=shown, width=_WIDTH)
    return behind(f"{verdict}: {name}", text)


def behind(heading: str, text: str) -> str:
    """Lines that are seen when the heading is clicked on."""
    return f"{_OPENING.format(_html(heading))}{fenced(text)}{_CLOSING}"


def prose(text: str) -> str:
    """A sentence with its `code`, in which nothing else means anything to Markdown or HTML."""
    parts = visible(text).split("`")
    if len(parts) % 2 == 0:
        return plain(text)
    return "".join(code(part) if index % 2 else plain(part) for index, part in enumerate(parts))


def plain(text: str) -> str:
    """`text` as it is, whatever it holds: no markup, no links, nobody is called."""
    return _SPECIAL.sub(_escaped, visible(text))


def _escaped(match: re.Match[str]) -> str:
    characters = match[0]
    if characters in {"<", ">", "&"}:
        return _html(characters)
    if characters == "//":
        return "&#47;/"
    return (
        "@<!-- -->"
        if characters == "@"
        else f"\\{characters}"
        if not characters.isdigit()
        else characters
    )


def code(text: str) -> str:
    """`text` as a piece of code, backticks included; as it is where there is nothing."""
    text = visible(text)
    longest = max((len(run) for run in re.findall("`+", text)), default=0)
    fence, space = "`" * (longest + 1), " " if longest else ""
    return f"{fence}{space}{text}{space}{fence}" if text.strip() else plain(text)


def fenced(text: str) -> str:
    """Lines as a block of code, whatever they hold."""
    longest = max((len(run) for run in re.findall("`+", text)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{fence}text\n{text.rstrip()}\n{fence}\n"


def _html(text: str) -> str:
    from html import escape

    return escape(text).replace("@", "@<!-- -->")
