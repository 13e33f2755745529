"""`gracelint trace --output-format svg`: process trees and time bars as a drawing.

A drawing names its colours as CSS variables with a value for light and one for dark, and loads
nothing. Text is set in a monospaced font, so that its width is known: `_CELL` units for each cell.
"""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from gracelint.base.facts import Known
from gracelint.base.paths import folder_of
from gracelint.base.values import dataclass
from gracelint.report.text import cells, fill, shorten, visible
from gracelint.report.trace.text import command_of, conclusion, fate_of, heading, place_of, seconds

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from gracelint.model.process import Process
    from gracelint.model.story import Story
    from gracelint.report.shown import Shown

WIDTH = 720
MAX_ROWS = 60  # processes that are drawn; a container with more is not read box by box
_CELL = 7.3
_LINE = 18
_BOX = 46  # height of a process
_STEP = 56  # from one process to the next
_INDENT = 26
_MAX_DEPTH = 12  # deeper ones are drawn no further to the right
_BAR_AT = 78
_BAR = 240
_ROLES = {"app": "application"}

STYLE = """
.gl { color-scheme: light dark; --ink: #1f2328; --soft: #59636e; --line: #c8ced5; --box: #ffffff;
 --told: #1a7f37; --stuck: #9a6700; --untold: #cf222e; --unclear: #6e7781; --bar: #d0d7de }
@media (prefers-color-scheme: dark) { .gl { --ink: #e6edf3; --soft: #9198a1; --line: #3d444d;
 --box: #151b23; --told: #3fb950; --stuck: #d29922; --untold: #f85149; --unclear: #8b949e;
 --bar: #3d444d } }
.gl text { font: 12px ui-monospace, SFMono-Regular, Menlo, Consolas, monospace; fill: var(--ink);
 white-space: pre }
.gl .soft { fill: var(--soft) } .gl .strong { font-weight: 600 }
.gl .box { fill: var(--box); stroke: var(--line) } .gl .tie { fill: none; stroke: var(--line) }
.gl .told { fill: var(--told) } .gl .stuck { fill: var(--stuck) }
.gl .untold { fill: var(--untold) } .gl .unclear { fill: var(--unclear) }
.gl .bar { fill: var(--bar) }
"""


def render(stories: Iterable[Story], *, shown: Shown) -> str:
    """All stories below each other, as one drawing that stands alone."""
    parts: list[str] = []
    top = 0
    for story in stories:
        body, height = _whole(story, shown)
        parts.append(f'<g transform="translate(0 {top})">{body}</g>')
        top += height + 28
    height = max(top - 28, 0) + 16
    ground = '<rect width="100%" height="100%" style="fill: var(--box)"/>'
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" class="gl" viewBox="-8 -8 {WIDTH + 16} {height}"'
        f' width="{WIDTH + 16}" height="{height}" role="img">\n<style>{STYLE}</style>\n'
        f'<svg x="-8" y="-8">{ground}</svg>\n' + "\n".join(parts) + "\n</svg>\n"
    )


def _whole(story: Story, shown: Shown) -> tuple[str, int]:
    """A story with its heading and its conclusion, and the height of that."""
    columns = int(WIDTH / _CELL)
    parts: list[str] = []
    at = 12
    for line in heading(story, shown, columns):
        parts.append(_text(0, at, line, "strong"))
        at += _LINE
    body, height = _body(story, shown)
    parts.append(f'<g transform="translate(0 {at})">{body}</g>')
    at += height + 20
    for line in fill(conclusion(story), columns):
        parts.append(_text(0, at, line))
        at += _LINE
    return "\n".join(parts), at


def drawing(story: Story, shown: Shown) -> str:
    """The processes and the clock of one story, to stand in a page that has `STYLE`."""
    body, height = _body(story, shown)
    words = escape(visible(f"Processes of {shown.name(story.workload)}: {story.verdict.value}"))
    return (
        f'<svg class="gl" viewBox="-2 -2 {WIDTH + 4} {height + 4}" role="img"'
        f' aria-label="{words}">\n{body}\n</svg>'
    )


def _body(story: Story, shown: Shown) -> tuple[str, int]:
    parts: list[str] = []
    at = 0
    for box in _boxes(story, shown):
        parts.append(_tie(box, at))
        parts.append(_process(box, at))
        at += _STEP
    left = _count(story) - MAX_ROWS
    if left > 0:
        parts.append(_text(0, at + 12, f"and {left} more processes", "soft"))
        at += _LINE + 8
    for event in _clock(story, at):
        parts.append(event)
        at += _LINE
    return "\n".join(part for part in parts if part), at


@dataclass(frozen=True, slots=True)
class _Row:
    """A process in the drawing.

    depth: how far from the top. up: how many rows its parent is above it, 0 for the first.
    """

    process: Process
    depth: int
    up: int
    place: str


def _count(story: Story) -> int:
    return len(story.tree.walk()) if story.tree else 0


def _boxes(story: Story, shown: Shown) -> Iterator[_Row]:
    """The processes from the top, parents first."""
    folder = folder_of(shown(story.workload.written))
    stack = [(story.tree, 0, 0)] if story.tree else []
    row = 0
    while stack and row < MAX_ROWS:
        process, depth, parent = stack.pop()
        shallow = min(depth, _MAX_DEPTH)
        yield _Row(process, shallow, row - parent, place_of(process, shown, folder))
        stack += [(child, depth + 1, row) for child in reversed(process.children)]
        row += 1


def _tie(row: _Row, at: int) -> str:
    """The line from the parent to a process."""
    if not row.up:
        return ""
    x = (row.depth - 1) * _INDENT + 12
    start = at - row.up * _STEP + _BOX
    return f'<path class="tie" d="M{x} {start} V{at + _BOX // 2} H{row.depth * _INDENT}"/>'


def _process(row: _Row, at: int) -> str:
    process, x = row.process, row.depth * _INDENT
    room = int((WIDTH - x - 24) / _CELL)
    role = _ROLES.get(process.role, process.role)
    role = f"PID 1, {role}" if process.pid == 1 else role
    command = shorten(command_of(process), room - cells(role) - 2)
    fate = shorten(fate_of(process), room - cells(row.place) - 2)
    kind = _kind(process)
    right = WIDTH - 12
    return "\n".join(
        (
            f'<rect class="box" x="{x}" y="{at}" width="{WIDTH - x}" height="{_BOX}" rx="4"/>',
            f'<rect class="{kind}" x="{x}" y="{at}" width="4" height="{_BOX}" rx="2"/>',
            f"<title>{escape(command_of(process))}</title>",
            _text(x + 14, at + 19, command, "strong"),
            _text(right, at + 19, role, "soft", end=True),
            _text(x + 14, at + 37, fate, kind),
            _text(right, at + 37, row.place, "soft", end=True),
        )
    )


def _kind(process: Process) -> str:
    """Its colour: whether it is told, and where it is, whether it does anything about it."""
    if process.told is None:
        return "unclear"
    if not process.told:
        return "untold"
    return "stuck" if process.finishes is False else "told"


def _clock(story: Story, top: int) -> Iterator[str]:
    """One line for each event: the time, a bar as long as it takes, and what happens."""
    events = story.timeline
    end = max((event.at_seconds for event in events), default=0.0)
    grace = story.workload.grace
    if isinstance(grace, Known):
        end = max(end, grace.value)
    for index, event in enumerate(events):
        y = top + index * _LINE + 8
        long = event.at_seconds / end * _BAR if end else 0.0
        text = shorten(visible(event.event), int((WIDTH - _BAR_AT - _BAR - 20) / _CELL))
        kind = "untold" if event.event.startswith("SIGKILL ends") else "bar"
        yield (  # a page for a narrow screen finds bar and words by `run` and `event`
            f'<rect class="{kind} run" x="{_BAR_AT}" y="{y}" width="{long + 2:.1f}" height="8"'
            ' rx="2"/>'
            + _text(_BAR_AT - 10, y + 9, seconds(event.at_seconds), "soft", end=True)
            + _text(_BAR_AT + _BAR + 14, y + 9, text, "event")
        )


def _text(x: float, y: float, text: str, kind: str = "", *, end: bool = False) -> str:
    if not text:
        return ""
    styled = f' class="{kind}"' if kind else ""
    anchor = ' text-anchor="end"' if end else ""
    return f'<text x="{x:g}" y="{y:g}"{styled}{anchor}>{escape(visible(text))}</text>'
