"""GL110: a process in front of the application that neither forwards nor is replaced."""

from __future__ import annotations

import json

from gracelint import atlas
from gracelint.base.edit import Edit
from gracelint.base.facts import Word
from gracelint.base.typed import TYPE_CHECKING
from gracelint.checks import check
from gracelint.checks.lib.delivery import (
    at_the_image,
    called,
    defects,
    finding,
    in_code,
    name,
    pass_on,
    without_script,
    written_as,
)
from gracelint.model.defect import InitDrops, WrapperSwallows
from gracelint.model.finding import Applicability, Fix, Rule, Severity

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gracelint.base.source import Span
    from gracelint.model.defect import Defect
    from gracelint.model.finding import Finding
    from gracelint.model.story import Story

RULE = Rule(
    "GL110",
    "wrapper-swallows-signal",
    Severity.ERROR,
    frozenset({Applicability.SAFE, Applicability.SHOW}),
)
_NO_FORK = ("debian", "ubuntu", "fedora")
"""Distributions whose `flock` has `-F`; the one of busybox has not."""


@check(RULE)
def wrapper_swallows_signal(story: Story) -> Iterator[Finding]:
    """Wrappers that stay and pass nothing on, and inits told to drop the signal."""
    for defect in defects(story, WrapperSwallows, InitDrops):
        code = in_code(defect)
        if code is not None:
            yield _by_code(story, defect, code)
        else:
            yield _by_wrapper(story, defect)


def _by_wrapper(story: Story, defect: Defect) -> Finding:
    key = _key(defect)
    what = "passes the stop signal on to nobody"
    otherwise = f"Start {name(defect.app)} without `{key}`, or behind what forwards"
    title = without_script(defect) or atlas.instead(key) or otherwise
    if isinstance(defect, InitDrops):
        what = f"is told to drop SIG{story.signal}"
        title = f"Take the option away that makes `{key}` drop the signal"
    message = f"`{key}` stays in front of {name(defect.app)} and {what}"
    fixes = (_no_fork(story, defect), Fix(title, Applicability.SHOW))
    severity = at_the_image(defect)
    return finding(RULE, story, defect, message, fixes=fixes, severity=severity)


def _by_code(story: Story, defect: Defect, code: Span) -> Finding:
    message = f"this starts {name(defect.app)}, and nothing passes SIG{story.signal} on to it"
    return finding(RULE, story, defect, message, primary=code, fixes=(pass_on(defect),))


def _no_fork(story: Story, defect: Defect) -> Fix | None:
    """`flock -F`, where this image's flock has the option and its words stand alone."""
    if defect.process.program != "flock" or not _has_option(story):
        return None
    command = written_as(story, defect.process)
    if command is None or not command.keyword.isupper():
        return None
    if any(str(word) in {"-o", "--close"} for word in command.words):
        return None
    written = json.dumps([str(w) for w in _with_option(command.words)], ensure_ascii=False)
    title = "Let `flock -F` replace itself with the command"
    return Fix(title, Applicability.SAFE, (Edit(command.value, written),))


def _has_option(story: Story) -> bool:
    reference = story.workload.base.reference
    image = atlas.base(reference) if reference else None
    return image is not None and image.os.startswith(_NO_FORK)


def _with_option(words: tuple[Word, ...]) -> tuple[Word, ...]:
    return (words[0], Word("-F"), *words[1:])


def _key(defect: Defect) -> str:
    return "time" if defect.shell is not None else called(defect)
