"""`gracelint trace`: the process tree, who is told of the stop, and what becomes of them."""

from __future__ import annotations

from gracelint.base.facts import Atlas, Known, Unknown
from gracelint.base.paths import folder_of
from gracelint.base.typed import TYPE_CHECKING
from gracelint.base.values import dataclass
from gracelint.model.story import Verdict
from gracelint.report.text import cells, fill, pad, paint, shorten, visible
from gracelint.report.trace.json import stop_signal

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from gracelint.base.source import Span
    from gracelint.declare.links import Link
    from gracelint.model.process import Process
    from gracelint.model.story import Story
    from gracelint.report.shown import Shown

_ROLES = {"app": "application"}
_STYLES = {
    "graceful": "help",
    "cut-off": "warning",
    "exits": "warning",
    "abandoned": "error",
    "killed": "error",
    "unknown": "info",
}
_TOLD = {True: "help", False: "error", None: "info"}
_GAP = "  "
_COMMAND = 28  # columns that a command gets before it is cut
_FATE = 24  # columns that the fate gets before the place moves below it
_BAR = 20  # columns of the time bar
_NARROW = 56  # columns below which nothing stands side by side
_ASSUMPTIONS = 3  # those that are shown


@dataclass(frozen=True, slots=True)
class _Row:
    """One process: where it stands in the tree, and the three columns about it."""

    branch: str
    command: str
    role: str
    fate: str
    place: str
    told: bool | None
    below: str


def render(
    stories: Iterable[Story],
    *,
    shown: Shown,
    color: bool = False,
    width: int = 80,
    links: Sequence[Link] = (),
) -> str:
    """A paragraph for each workload, and one for the images that are built here."""
    paragraphs = ["\n".join(_story(s, shown, color=color, width=width)) + "\n" for s in stories]
    if links:
        lines = (line for link in links for line in _link(link, width))
        paragraphs.append("\n".join([paint("Built here", "bold", color=color), *lines, ""]))
    return "\n".join(paragraphs)


HOW = {
    "settings": "the settings say so",
    "command": "no other Dockerfile has the command or script that it is started with",
    "compose": "a Compose file builds it",
    "skaffold": "Skaffold builds it",
    "tilt": "Tilt builds it",
    "bake": "bake builds it",
    "ko": "ko builds it from this package",
    "goreleaser": "GoReleaser builds it",
    "ci": "a CI system builds it",
    "script": "a Makefile or script builds it",
    "document": "a README tells to build it",
}


def _link(link: Link, width: int) -> Iterator[str]:
    """An image and the Dockerfile that it is taken to be built from."""
    target = f" (stage {link.target})" if link.target else ""
    words = f"{link.reference}: {link.dockerfile}{target}, as {HOW[link.how]}"
    first, *more = fill(visible(words), width - 4)
    yield f"  {first}"
    yield from (f"    {line}" for line in more)


def _story(story: Story, shown: Shown, *, color: bool, width: int) -> Iterator[str]:
    for index, line in enumerate(heading(story, shown, width)):
        yield " " * bool(index) * 2 + paint(line, "bold", color=color)
    if story.tree:
        rows = list(_rows(story, shown))
        lay = _table if width >= _NARROW else _stack
        yield from lay(rows, color=color, width=width - 2)
    yield from _timeline(story, color=color, width=width)
    verdict = story.verdict.value
    first, *more = fill(conclusion(story), width - 2)
    painted = paint(verdict, _STYLES[verdict], color=color)
    yield "  " + first.replace(verdict, painted, 1)
    yield from (f"  {line}" for line in more)


def conclusion(story: Story) -> str:
    """The verdict, what it rests on, and why it is so."""
    said = story.branch and story.branch not in story.assumptions
    verdict = story.verdict.value + (f" ({story.branch})" if said else "")
    if not story.assumptions:
        return f"{verdict}: {story.reason}"
    assumed = ", and if ".join(story.assumptions[:_ASSUMPTIONS])
    more = len(story.assumptions) - _ASSUMPTIONS
    claim = f"{verdict}, if {assumed}" + (f" (and {more} more)" if more > 0 else "")
    return claim if story.verdict is Verdict.GRACEFUL else f"{claim}: {story.reason}"


def heading(story: Story, shown: Shown, width: int) -> list[str]:
    """What is stopped and how, broken between its parts."""
    workload = story.workload
    path = shown(workload.written)
    parts = [visible(shown.name(workload))]
    if workload.kind != "dockerfile" and path not in workload.name:
        parts.append(f"{visible(path)}:{workload.declared.place.first.line}")
    if workload.kind == "dockerfile":
        named = workload.stage and not workload.stage.isdigit()
        parts.append(visible(f"stage {workload.stage}") if named else "final stage")
    if workload.base.reference:
        parts.append(visible(workload.base.reference))
    lines: list[str] = []
    for part in (*parts, visible(_stop(story))):
        if lines and cells(lines[-1]) + 3 + cells(part) <= width - 2:
            lines[-1] += f" · {part}"
        else:
            lines.append(f"· {part}" if lines else part)
    return [piece for line in lines for piece in fill(line, width - 2, hard=True)]


def _stop(story: Story) -> str:
    signal = stop_signal(story) or "an unknown signal"
    grace = story.workload.grace
    if isinstance(grace, Unknown):
        return f"{signal}, then an unknown time"
    return f"{signal}, then {seconds(grace.value)}"


def seconds(value: float) -> str:
    """`10 s`, `2.5 s`."""
    return f"{value:g} s"


def _rows(story: Story, shown: Shown) -> Iterator[_Row]:
    """The tree from the top, each process with the lines that lead to it."""
    folder = folder_of(shown(story.workload.written))
    stack = [(story.tree, "", "")] if story.tree else []
    while stack:
        process, branch, below = stack.pop()
        yield _row(process, shown, folder, branch, below + ("│" if process.children else ""))
        children = list(process.children)
        for index in range(len(children) - 1, -1, -1):
            last = index == len(children) - 1
            sign, stem = ("└─ ", "   ") if last else ("├─ ", "│  ")
            stack.append((children[index], below + sign, below + stem))


def _row(process: Process, shown: Shown, folder: str, branch: str, below: str) -> _Row:
    command = command_of(process)
    role = _ROLES.get(process.role, process.role)
    role = f"PID 1, {role}" if process.pid == 1 else role
    place = place_of(process, shown, folder)
    return _Row(branch, command, role, fate_of(process), place, process.told, below)


def command_of(process: Process) -> str:
    """What a process runs, on one line."""
    command = " ".join(visible(_quoted(str(word))) for word in process.argv) or "(unknown)"
    return f"{command} &" if process.background else command


def _quoted(word: str) -> str:
    """A word so that it is seen where it begins and ends."""
    if word and not any(char.isspace() or char == "'" for char in word):
        return word
    return f'"{word}"' if "'" in word and '"' not in word else f"'{word}'"


def fate_of(process: Process) -> str:
    """What becomes of a process, in a few words."""
    if process.note:
        return visible(process.note)
    words = {True: "told", False: "not told", None: "unknown"}[process.told]
    ends = {True: "; ends by itself", False: "; is killed", None: ""}[process.finishes]
    return words + ends


def place_of(process: Process, shown: Shown, folder: str) -> str:
    """Where it is written, seen from the folder of the file that declares the container."""
    span = process.span or _evidence(process)
    if span is None:
        return ""
    span = span.place
    path = shown(span.source).removeprefix(f"{folder}/" if folder else "")
    return f"{visible(path)}:{span.first.line}"


def _evidence(process: Process) -> Span | None:
    return next((o for o in process.evidence if not isinstance(o, Atlas)), None)


@dataclass(frozen=True, slots=True)
class _Widths:
    """Columns of the screen for each column of the table. place: 0 puts it below the fate."""

    command: int
    role: int
    fate: int
    place: int


def _widths(rows: list[_Row], width: int) -> _Widths:
    """As wide as what they hold, else the fate gets less, then the place goes below it."""
    role = max(cells(row.role) for row in rows)
    place = max(cells(row.place) for row in rows)
    command = max(cells(row.branch + row.command) for row in rows)
    fate = max(cells(row.fate) for row in rows)
    free = width - role - 2 * len(_GAP)
    beside = free - place - len(_GAP) - min(command, _COMMAND)
    if place and beside < min(fate, _FATE):
        command = min(command, max(free - max(fate, place), _COMMAND))
        return _Widths(command, role, max(free - command, 8), 0)
    command = min(command, max(free - place - len(_GAP) - fate, _COMMAND))
    room = free - command - (place + len(_GAP) if place else 0)
    return _Widths(command, role, max(min(fate, room), 8), place)


def _table(rows: list[_Row], *, color: bool, width: int) -> Iterator[str]:
    """Columns side by side: command, role, fate, place. A long fate goes on under its column."""
    widths = _widths(rows, width)
    for row in rows:
        yield from _lines(row, widths, color=color)


def _stack(rows: list[_Row], *, color: bool, width: int) -> Iterator[str]:
    """For a narrow terminal: what is said of a process stands below its command."""
    for row in rows:
        yield "  " + shorten(row.branch + row.command, width)
        said = [(row.role, ""), (row.fate, _TOLD[row.told]), (row.place, "dim")]
        stem = row.below.ljust(len(row.branch) + 1)
        room = max(width - cells(stem) - 1, 8)
        for text, style in said:
            for line in fill(text, room, hard=True) if text else ():
                yield f"  {stem} {paint(line, style, color=color) if style else line}"


def _lines(row: _Row, widths: _Widths, *, color: bool) -> Iterator[str]:
    style = _TOLD[row.told]
    fates = [(text, style) for text in fill(row.fate, widths.fate, hard=True)]
    if row.place and not widths.place:
        fates += [(text, "dim") for text in fill(row.place, widths.fate, hard=True)]
    for index, (text, how) in enumerate(fates):
        command = row.branch + row.command if not index else row.below
        line = _GAP.join(
            (
                pad(shorten(command, widths.command), widths.command),
                pad(row.role if not index else "", widths.role),
                paint(text, how, color=color),
            )
        )
        if index or not (row.place and widths.place):
            yield f"  {line}".rstrip()
        else:
            gap = " " * (widths.fate - cells(text))
            yield f"  {line}{gap}{_GAP}{paint(row.place, 'dim', color=color)}"


def _timeline(story: Story, *, color: bool, width: int) -> Iterator[str]:
    """What happens when, with a bar that shows how the times lie to each other."""
    events = story.timeline
    if not events:
        return
    end = max((event.at_seconds for event in events), default=0.0)
    grace = story.workload.grace
    if isinstance(grace, Known):
        end = max(end, grace.value)
    wide = max(len(seconds(event.at_seconds)) for event in events)
    room = _BAR if width >= _NARROW else _BAR // 3
    for event in events:
        share = round(event.at_seconds / end * room) if end else 0
        bar = "─" * share + "┤" + " " * (room - share)
        head = f"  {seconds(event.at_seconds).rjust(wide)} {bar} "
        first, *more = fill(event.event, width - cells(head))
        yield paint(head, "frame", color=color) + first
        yield from (" " * cells(head) + line for line in more)
