"""The parts of a page: its head with the summary, a card for each container, findings."""

from __future__ import annotations

from collections import Counter
from html import escape
from typing import TYPE_CHECKING

from gracelint.model.finding import Applicability
from gracelint.model.story import Basis, Verdict
from gracelint.pages.address import page_address
from gracelint.report.frame import frames
from gracelint.report.html.style import SCRIPT, STYLE
from gracelint.report.text import count, visible
from gracelint.report.trace.svg import drawing
from gracelint.report.trace.text import conclusion, heading

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from gracelint.base.edit import Edit
    from gracelint.model.finding import Finding, Fix
    from gracelint.model.story import Story
    from gracelint.report.shown import Shown

WORST_FIRST = (
    Verdict.KILLED,
    Verdict.ABANDONED,
    Verdict.CUT_OFF,
    Verdict.EXITS,
    Verdict.UNKNOWN,
    Verdict.GRACEFUL,
)
_MEANS = {
    Verdict.GRACEFUL: "stop gracefully",
    Verdict.CUT_OFF: "end at once and lose what is going on",
    Verdict.EXITS: "end without being told to",
    Verdict.ABANDONED: "end before the application is done",
    Verdict.KILLED: "are killed",
    Verdict.UNKNOWN: "cannot be told",
}
_ONE = {"stop": "stops", "end": "ends", "are": "is", "cannot": "cannot"}


def text(words: str) -> str:
    """Text of the tree for a page: nothing in it is markup or acts on a reader."""
    return escape(visible(words))


def coded(words: str) -> str:
    """Text in which what stands between backquotes is code."""
    parts = words.split("`")
    if len(parts) % 2 == 0:
        return text(words)
    return "".join(f"<code>{text(p)}</code>" if i % 2 else text(p) for i, p in enumerate(parts))


def page(title: str, body: Iterable[str]) -> str:
    """A whole page that loads nothing and may load nothing."""
    policy = "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'"
    return "\n".join(
        (
            "<!doctype html>",
            '<html lang="en">',
            '<meta charset="utf-8">',
            f'<meta http-equiv="Content-Security-Policy" content="{policy}">',
            '<meta name="viewport" content="width=device-width, initial-scale=1">',
            f"<title>{text(title)}</title>",
            f"<style>{STYLE}</style>",
            *body,
            f"<script>{SCRIPT}</script>",
            "</html>",
            "",
        )
    )


def summary(stories: Sequence[Story]) -> Iterator[str]:
    """What somebody reads who reads nothing else."""
    number = Counter(story.verdict for story in stories)
    assumed = sum(s.basis is Basis.ASSUMED for s in stories if s.verdict is Verdict.GRACEFUL)
    yield f'<p class="lead">{_lead(number, assumed)}</p>'
    if not stories:
        return
    shares = [(v.value, "", number[v]) for v in WORST_FIRST if v is not Verdict.GRACEFUL]
    shares.append(("graceful", " assumed", assumed))
    shares.append(("graceful", "", number[Verdict.GRACEFUL] - assumed))
    shares = [share for share in shares if share[2]]
    bars = (f'<span class="{v}{more}" style="flex: {n}"></span>' for v, more, n in shares)
    yield f'<div class="share" aria-hidden="true">{"".join(bars)}</div>'
    items = (
        f'<li><span class="dot {v}{more}"></span>{n} {v}{more and ", assumed"}</li>'
        for v, more, n in shares
    )
    yield f'<ul class="counts">{"".join(items)}</ul>'


def _lead(number: Counter[Verdict], assumed: int) -> str:
    total = sum(number.values())
    if not total:
        return "No container is started by these files."
    bad = [v for v in (Verdict.KILLED, Verdict.ABANDONED, Verdict.CUT_OFF) if number[v]]
    parts = [f"{number[v]} {_means(v, number[v])}" for v in bad]
    wrong = sum(number[v] for v in bad)
    whole = count(total, "container")
    if parts:
        sentence = f"{wrong} of {whole} {_s(wrong, 'does', 'do')} not stop gracefully: "
        sentence += ", ".join(parts) + "."
    elif number[Verdict.UNKNOWN] == total:
        sentence = f"Of {whole}, nothing can be told from these files."
    else:
        sentence = f"No fault is found in how {whole} {_s(total, 'stops', 'stop')}."
    if assumed:
        sentence += (
            f" {assumed} {_s(assumed, 'stops', 'stop')} gracefully only if what is assumed holds."
        )
    if number[Verdict.EXITS]:
        sentence += f" {number[Verdict.EXITS]} {_means(Verdict.EXITS, number[Verdict.EXITS])}."
    if number[Verdict.UNKNOWN] and number[Verdict.UNKNOWN] < total:
        sentence += f" {number[Verdict.UNKNOWN]} cannot be told."
    return sentence


def _s(number: int, one: str, several: str) -> str:
    return one if number == 1 else several


def _means(verdict: Verdict, number: int) -> str:
    words = _MEANS[verdict]
    first, _, rest = words.partition(" ")
    return f"{_ONE[first]} {rest}" if number == 1 else words


def tools(stories: Sequence[Story]) -> Iterator[str]:
    """Search, and a box for each verdict that there is."""
    there = [v for v in WORST_FIRST if any(story.verdict is v for story in stories)]
    boxes = (
        f'<label><input type="checkbox" value="{v.value}" checked> {v.value}</label>' for v in there
    )
    yield '<form class="tools" role="search" onsubmit="return false">'
    yield '<input type="search" placeholder="Search (/)" aria-label="Search">'
    yield from boxes
    yield '<span class="soft keys">j, k: next, previous</span></form>'
    yield '<p id="none" class="soft" hidden>Nothing fits.</p>'


def card(
    story: Story,
    number: int,
    shown: Shown,
    findings: Sequence[Finding],
    notes: Sequence[str] = (),
) -> Iterator[str]:
    """One container: its verdict, its processes and clock, what is found, and notes in HTML."""
    verdict = story.verdict.value
    basis = f", {story.basis.value}" if story.basis is Basis.ASSUMED else ""
    name = shown.name(story.workload)
    rest = [part for part in " ".join(heading(story, shown, 10_000)).split(" · ") if part != name]
    yield f'<article id="c{number}" class="{verdict}" data-kind="{verdict}" tabindex="-1">'
    yield f'<header><h3><a href="#c{number}">{text(name)}</a></h3>'
    yield f'<span class="badge">{verdict}{basis}</span>'
    yield f'<span class="soft">{text(" · ".join(rest))}</span></header>'
    yield f"<p>{coded(_sentence(story))}</p>"
    calm = story.verdict is Verdict.GRACEFUL and not findings
    if calm:
        yield "<details><summary>Processes and clock</summary>"
    yield f'<div class="drawing">{drawing(story, shown)}</div>'
    if calm:
        yield "</details>"
    for finding in findings:
        yield from finding_block(finding, said=_sentence(story))
    for note in notes:
        yield f'<p class="soft">{note}</p>'
    yield "</article>"


def _sentence(story: Story) -> str:
    """The conclusion without the verdict, which stands beside it."""
    words = conclusion(story).removeprefix(story.verdict.value).lstrip(":, ")
    return words[:1].upper() + words[1:] + "."


def finding_block(finding: Finding, *, said: str = "") -> Iterator[str]:
    """A finding with its code frames, its help and its fixes. said: what need not be repeated."""
    label, code = finding.severity.label, finding.rule.code
    address = page_address(finding.rule)
    named = f'<a href="{escape(address)}">{code}</a>' if address else code
    yield '<section class="finding">'
    yield (
        f'<h4><span class="{label}">{label} {named}</span> {coded(finding.message)}'
        f' <span class="soft">{finding.rule.name}</span></h4>'
    )
    yield f"<pre>{text_lines(frames(finding, color=False, width=100))}</pre>"
    for line in finding.help.split("\n"):
        if line and line != said:
            yield f"<p>{coded(line)}</p>"
    for fix in finding.fixes:
        yield from _fix(fix)
    yield "</section>"


def text_lines(lines: Iterable[str]) -> str:
    """Lines that are visible already, for a page."""
    return escape("\n".join(lines))


def _fix(fix: Fix) -> Iterator[str]:
    how = "" if fix.applicability is Applicability.SHOW else f" ({fix.applicability.label})"
    if not fix.edits:
        yield f"<p>Suggestion{how}: {coded(fix.title)}</p>"
        return
    yield f"<details><summary>Fix{how}: {coded(fix.title)}</summary><pre>"
    for edit in fix.edits:
        yield from _edit(edit)
    yield "</pre></details>"


def _edit(edit: Edit) -> Iterator[str]:
    """The lines before and after one edit."""
    span = edit.span
    source, first, last = span.source, span.first.line, span.last.line
    before = [source.line(line) for line in range(first, last + 1)]
    head, tail = before[0][: span.first.column - 1], before[-1][span.last.column - 1 :]
    after = f"{head}{edit.content}{tail}".split("\n")
    yield f'<span class="soft">{text(source.path)}:{first}</span>'
    yield from (f"<del>-{text(line)}</del>" for line in before)
    yield from (f"<ins>+{text(line)}</ins>" for line in after)
