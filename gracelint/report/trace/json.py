"""`gracelint trace --output-format json`: every workload with its processes and its clock."""

from __future__ import annotations

from gracelint.base.facts import Atlas, Known
from gracelint.base.json_text import dumps
from gracelint.base.typed import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from gracelint.base.facts import Origin
    from gracelint.declare.links import Link
    from gracelint.model.process import Process
    from gracelint.model.story import Story
    from gracelint.report.shown import Shown

Data = dict[str, Any]


def render(stories: Iterable[Story], *, shown: Shown, links: Sequence[Link] = ()) -> str:
    """The stories as JSON in ASCII, indented by two."""
    whole = {
        "version": 1,
        "workloads": [story_data(story, shown) for story in stories],
        "links": [_link(link) for link in links],
    }
    return dumps(whole, indent=2) + "\n"


def _link(link: Link) -> Data:
    """An image, the Dockerfile that it is taken to be built from, and what says so."""
    return {
        "image": link.reference,
        "dockerfile": link.dockerfile,
        "target": link.target,
        "how": link.how,
    }


def story_data(story: Story, shown: Shown) -> Data:
    """One story."""
    workload = story.workload
    return {
        "kind": workload.kind,
        "path": shown(workload.written),
        "line": workload.declared.place.first.line,
        "name": shown.name(workload),
        "stage": workload.stage,
        "object": workload.object_name,
        "container": workload.container,
        "stop_signal": stop_signal(story),
        "grace_seconds": workload.grace.value if isinstance(workload.grace, Known) else None,
        "verdict": story.verdict.value,
        "basis": story.basis.value if story.basis is not None else None,
        "assumptions": list(story.assumptions),
        "reason": story.reason,
        "processes": _tree(story.tree, shown) if story.tree else None,
        "timeline": [{"at_seconds": e.at_seconds, "event": e.event} for e in story.timeline],
    }


def stop_signal(story: Story) -> str | None:
    """The signal as people write it (`SIGTERM`); as the file has it where that is no signal."""
    if story.signal is not None:
        return f"SIG{story.signal}"
    written = story.workload.stop_signal
    return written.value if isinstance(written, Known) else None


def _tree(root: Process, shown: Shown) -> Data:
    """The process and what is below it, without recursion."""
    top = _process(root, shown)
    queue = [(root, top)]
    while queue:
        process, data = queue.pop()
        for child in process.children:
            below = _process(child, shown)
            data["children"].append(below)
            queue.append((child, below))
    return top


def _process(process: Process, shown: Shown) -> Data:
    return {
        "argv": [word.value for word in process.argv],
        "role": process.role,
        "told": process.told,
        "finishes": process.finishes,
        "note": process.note,
        "evidence": [_origin(origin, shown) for origin in process.evidence],
        "children": [],
    }


def _origin(origin: Origin, shown: Shown) -> Data:
    if isinstance(origin, Atlas):
        return {"atlas": origin.entry, "source": origin.source}
    place = origin.place
    at = place.first
    return {"path": shown(place.source), "line": at.line, "column": at.column}
