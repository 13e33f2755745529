"""`gracelint trace --output-format mermaid`: the process trees as one flowchart."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gracelint.report.text import shorten, visible
from gracelint.report.trace.text import command_of, conclusion, fate_of, seconds

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from gracelint.model.process import Process
    from gracelint.model.story import Story
    from gracelint.report.shown import Shown

_CLASSES = {True: "told", False: "untold", None: "unclear"}
_ESCAPES = str.maketrans(
    {char: f"#{ord(char)};" for char in '"#<>&;`|{}[]()\\'},
)


def render(stories: Iterable[Story], *, shown: Shown) -> str:
    """A flowchart with one box for each workload."""
    lines = ["flowchart TD"]
    for number, story in enumerate(stories, 1):
        lines += _story(story, f"w{number}", shown)
        if number > 1:  # a tie that is not drawn puts one below the other
            lines.append(f"  w{number - 1} ~~~ w{number}")
    return "\n".join(
        [
            *lines,
            "  classDef told stroke:#1a7f37",
            "  classDef untold stroke:#cf222e,stroke-dasharray:4",
            "  classDef unclear stroke:#57606a,stroke-dasharray:1",
            "",
        ]
    )


def _story(story: Story, name: str, shown: Shown) -> Iterator[str]:
    yield f'  subgraph {name}["{_text(shown.name(story.workload))}"]'
    if story.tree:
        yield from _tree(story.tree, name)
    clock = "".join(
        f"<br/>{_text(seconds(e.at_seconds))}: {_text(e.event)}" for e in story.timeline
    )
    yield f'    {name}v>"{_text(conclusion(story))}{clock}"]'
    yield "  end"


def _tree(root: Process, name: str) -> Iterator[str]:
    queue = [(root, "")]
    number = 0
    while queue:
        process, parent = queue.pop(0)
        number += 1
        node = f"{name}p{number}"
        command = shorten(command_of(process), 60)
        words = f"{_text(command)}<br/>{_text(fate_of(process))}"
        yield f'    {node}["{words}"]:::{_CLASSES[process.told]}'
        if parent:
            yield f"    {parent} --> {node}"
        queue += [(child, node) for child in process.children]


def _text(text: str) -> str:
    return visible(text).translate(_ESCAPES)
