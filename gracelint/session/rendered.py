"""Texts that are no files of the tree: judged as they are, reported where people can change them.

What is reported of a rendered chart or kustomization is taken to the files that it was made of, and
what is found in an image's own script to where the image is named, before anything else is done
with it: ignores, baselines and reports see the files alone.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from gracelint.base.source import Outside, Rendered
from gracelint.base.values import replace
from gracelint.model.finding import Label, Severity
from gracelint.model.result import Problem
from gracelint.render.renderer import within

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator

    from gracelint.discover.discover import Discovery
    from gracelint.model.finding import Finding, Fix
    from gracelint.model.options import Options
    from gracelint.model.story import Story
    from gracelint.render.renderer import Renderings
    from gracelint.resolve.merge import Reported


def take_over(discovery: Discovery, renderings: Renderings) -> None:
    """Leave to the renderings what is a part of them; a patch by itself starts nothing."""
    patches = {path for overlay in discovery.kustomizations for path in overlay.patches()}
    discovery.kubernetes = [
        file
        for file in discovery.kubernetes
        if not renderings.owns(file.source.path) and file.source.path not in patches
    ]
    folders = {chart.folder for chart in discovery.charts}
    discovery.templates = [path for path in discovery.templates if not within(path, folders)]
    checked = set(discovery.checked)
    discovery.checked += [path for path in renderings.texts() if path not in checked]


def problems(renderings: Renderings, options: Options) -> Iterator[Problem]:
    """What people should know of charts that are not read, or not with all values."""
    hint = options.render != "required"
    alike: dict[str, list[str]] = {}
    for one in renderings.unread:
        alike.setdefault(one.reason, []).append(one.path)
    for reason, (first, *others) in alike.items():
        more = f" and {len(others)} more" if others else ""
        yield Problem(first + more, f"is not read: {reason}", hint=hint)
    for one in renderings.partly:
        yield Problem(one.path, one.reason, hint=True)


def distinct(stories: Iterable[Story]) -> Iterator[Story]:
    """The stories; of a launch that is rendered several times one for each that ends otherwise."""
    met: set[tuple[object, ...]] = set()
    for story in stories:
        workload, declared = story.workload, story.workload.declared
        if isinstance(declared.source, Rendered):
            argv = tuple(word.value for word in story.tree.argv) if story.tree else ()
            ends = tuple((event.at_seconds, event.event) for event in story.timeline)
            result = (story.verdict, story.reason, story.signal)
            outcome = (declared.place, workload.container, argv, ends, result)
            if outcome in met:
                continue
            met.add(outcome)
        yield story


def written(
    reported: Iterable[Reported], renderings: Renderings, asked: Collection[str]
) -> Iterator[Reported]:
    """What is reported, at the text that people can change.

    asked: the files of charts that were named, without which nothing is said of their charts.
    """
    from gracelint.render.findings import written

    given = list(reported)
    findings = written([one.finding for one in given], renderings.renderings)
    for one, finding in zip(given, findings, strict=True):
        spans = [one.finding.primary.span, *(c.span for c in one.finding.causes), *one.declared]
        generated = tuple(span for span in spans if isinstance(span.source, Rendered))
        shown = (finding.primary, *finding.causes, *finding.related)
        if generated and asked and not any(label.span.source.path in asked for label in shown):
            continue
        places = tuple(span.place for span in (*one.declared, one.finding.primary.span))
        yield replace(one, finding=finding, declared=(*places, *generated))


def named(finding: Finding) -> Finding:
    """The finding without a place to change outside of the tree.

    Nobody can change a script of somebody else's image here; what can be changed is which image is
    used, or how it is started. So it is a warning at most, with the script's lines beside it.
    """
    outside = [label for label in finding.causes if _is_outside(label)]
    moved = replace(
        finding,
        causes=tuple(label for label in finding.causes if not _is_outside(label)),
        related=(*finding.related, *outside),
        fixes=tuple(fix for fix in finding.fixes if _applies(fix)),
    )
    source, line = finding.primary.span.source, finding.primary.span.first.line
    if not isinstance(source, Outside):
        return moved
    place = Label(finding.primary.span, finding.primary.message or "here")
    return replace(
        moved,
        severity=min(moved.severity, Severity.WARNING),
        message=f"{moved.message} ({source.path}, line {line})",
        primary=Label(finding.primary.span.place, source.role),
        related=(place, *moved.related),
    )


def _is_outside(label: Label) -> bool:
    return isinstance(label.span.source, Outside)


def _applies(fix: Fix) -> bool:
    return not any(isinstance(edit.span.source, Outside) for edit in fix.edits)
