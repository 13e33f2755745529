"""Output formats: one module each, pure functions from a result to text."""

from __future__ import annotations

from importlib import import_module

from gracelint.base.typed import TYPE_CHECKING
from gracelint.report.text import harmless, harmless_markup

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from gracelint.declare.links import Link
    from gracelint.model.proof import Proof
    from gracelint.model.result import Result
    from gracelint.model.story import Story
    from gracelint.report.shown import Shown

FORMATS = (
    "full",
    "concise",
    "json",
    "json-lines",
    "github",
    "gitlab",
    "sarif",
    "junit",
    "rdjson",
    "grouped",
    "html",
    "markdown",
)
TRACE_FORMATS = ("text", "json", "mermaid", "html", "svg")
RULE_FORMATS = ("text", "json")
PROVE_FORMATS = ("text", "json", "markdown")
_FINISH = {
    "full": harmless,
    "concise": harmless,
    "grouped": harmless,
    "markdown": harmless,
    "html": harmless_markup,
    "junit": harmless_markup,
    "prove.text": harmless,
    "prove.markdown": harmless,
    "trace.text": harmless,
    "trace.html": harmless_markup,
    "trace.svg": harmless_markup,
}
"""What is done to the whole of a report, where its format does not settle it."""

_MACHINE = frozenset({"json", "json-lines", "github", "gitlab", "sarif", "junit", "rdjson"})
"""Formats that other programs read."""

_TAKES = {
    "full": ("color", "width", "advice"),
    "grouped": ("color", "width", "advice"),
    "markdown": ("advice", "shown"),
    "concise": ("color",),
    "html": ("shown",),
    "prove.text": ("color", "width"),
    "prove.json": ("shown",),
    "trace.text": ("color", "width", "links", "shown"),
    "trace.json": ("links", "shown"),
    "trace.mermaid": ("shown",),
    "trace.svg": ("shown",),
    "trace.html": ("shown",),
}


def render(
    name: str,
    result: Result,
    *,
    color: bool = False,
    width: int = 80,
    shown: Shown | None = None,
    advice: bool = False,
) -> str:
    """The result in one of `FORMATS`. width: columns of the terminal. shown: what to call files.

    advice: show all of it one by one, where a format for people would only count it.
    """
    from gracelint.report.shown import AS_THEY_ARE

    reduced = result if shown is None else shown.result(result)
    names = shown or AS_THEY_ARE
    return _call(name, reduced, color=color, width=width, shown=names, advice=advice)


def render_trace(
    name: str,
    stories: Iterable[Story],
    *,
    color: bool = False,
    width: int = 80,
    links: Sequence[Link] = (),
    shown: Shown | None = None,
) -> str:
    """The stories in one of `TRACE_FORMATS`, and the links between files that they rest on.

    shown: what to call files.
    """
    from gracelint.report.shown import AS_THEY_ARE

    names = shown or AS_THEY_ARE
    return _call(f"trace.{name}", stories, color=color, width=width, links=links, shown=names)


def render_proofs(
    name: str, proofs: Iterable[Proof], *, shown: Shown, color: bool = False, width: int = 80
) -> str:
    """What was proven in one of `PROVE_FORMATS`. shown: what to call files."""
    return _call(f"prove.{name}", tuple(proofs), color=color, width=width, shown=shown)


def _call(module: str, subject: object, **given: object) -> str:
    """Load only the one format that is asked for, to start quickly."""
    inside = "machine." if module in _MACHINE else ""
    renderer = import_module(f"gracelint.report.{inside}{module.replace('-', '_')}").render
    text: str = renderer(subject, **{key: given[key] for key in _TAKES.get(module, ())})
    return _FINISH[module](text) if module in _FINISH else text
