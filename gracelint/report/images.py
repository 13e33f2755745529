"""The images that are used, and from where it is known what they start."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gracelint.base.json_text import dumps
from gracelint.report.text import count, harmless, visible
from gracelint.report.trace.text import HOW

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gracelint.base.source import Span
    from gracelint.report.shown import Shown
    from gracelint.session.images import Used


def text(images: Sequence[Used], *, shown: Shown) -> str:
    """One image after the other, with what is known of it and where it is named."""
    lines: list[str] = []
    for one in images:
        lines.append(f"{visible(one.reference)}: {_said(one, shown)}")
        lines += [f"  {_place(span, shown)}" for span in one.places]
    return harmless("\n".join([*lines, _summary(images)]) + "\n")


def _said(one: Used, shown: Shown) -> str:
    match one.knowledge:
        case "built here":
            return f"built here, {_built(one, shown)}"
        case "lock":
            return f"the lock knows it ({visible(one.entry[:19])})"
        case "atlas":
            return f"the atlas knows it ({one.entry})"
        case "settings":
            return "the settings say what it starts"
    return "nothing is known of it"


def _built(one: Used, shown: Shown) -> str:
    link = one.link
    if link is None:
        return ""
    root = link.span.source.root if link.span is not None else ""
    path = visible(shown.path(root, link.dockerfile))
    place = "" if link.span is None else f" ({_place(link.span, shown)})"
    return f"{path}: {HOW[link.how]}{place}"


def _place(span: Span, shown: Shown) -> str:
    return f"{visible(shown(span.source))}:{span.first.line}"


def _summary(images: Sequence[Used]) -> str:
    references = {one.name: one for one in images}
    if not references:
        return "No image is named."
    of_none = sum(one.knowledge == "nothing" for one in references.values())
    said = count(len(references), "image")
    if not of_none:
        return f"{said}, all of them known."
    return f"{said}, {of_none} of which nothing is known; `gracelint images lock` can change that."


def json(images: Sequence[Used], *, shown: Shown) -> str:
    """The same for programs."""
    return dumps({"version": 1, "images": [_entry(one, shown) for one in images]}, indent=2) + "\n"


def _entry(one: Used, shown: Shown) -> dict[str, Any]:
    link = one.link
    return {
        "reference": one.reference,
        "name": one.name,
        "known": one.knowledge,
        "entry": one.entry or None,
        "dockerfile": None
        if link is None
        else {"path": _dockerfile(one, shown), "how": link.how, "where": _where(link.span, shown)},
        "uses": [_where(span, shown) for span in one.places],
    }


def _dockerfile(one: Used, shown: Shown) -> str | None:
    link = one.link
    if link is None:
        return None
    return shown.path(link.span.source.root if link.span is not None else "", link.dockerfile)


def _where(span: Span | None, shown: Shown) -> dict[str, Any] | None:
    if span is None:
        return None
    start = span.first
    return {"path": shown(span.source), "line": start.line, "column": start.column}
