"""GL405: a program that reloads on SIGTERM."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gracelint.checks import check
from gracelint.checks.delivery import defects, finding, name
from gracelint.checks.stop_signals import program_of
from gracelint.finding import Applicability, Edit, Fix, Rule, Severity
from gracelint.shutdown.process import Cause

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gracelint.finding import Finding
    from gracelint.shutdown.process import Defect, Story
    from gracelint.workload import Word

RULE = Rule(
    "GL405",
    "term-means-reload",
    Severity.ERROR,
    frozenset({Applicability.SAFE, Applicability.SHOW}),
)
_OPTION = "--die-on-term"


@check(RULE)
def term_means_reload(story: Story) -> Iterator[Finding]:
    """uWSGI with a master and without `die-on-term`."""
    for defect in defects(story, Cause.RELOADS):
        known = program_of(story.workload, defect.process)
        if story.signal != "TERM" or known is None or known.graceful_signal is not None:
            continue
        yield finding(
            RULE,
            story,
            defect,
            f"{name(defect.process)} reloads on SIGTERM instead of stopping",
            fixes=(_fix(defect),),
        )


def _fix(defect: Defect) -> Fix:
    word = defect.process.argv[0]
    edit = _behind(word)
    if edit is None:
        return Fix(f"Set `die-on-term`, or give it {_OPTION}", Applicability.SHOW)
    return Fix(f"Give it {_OPTION}", Applicability.SAFE, (edit,))


def _behind(word: Word) -> Edit | None:
    """The option as the next word, in an array or in a shell's text."""
    at = word.span
    if at is None or at.text != word.value:
        return None
    text = at.source.text
    before, behind = text[at.start - 1 : at.start], text[at.end : at.end + 1]
    end = at.source.span(at.end, at.end)
    if before == behind == '"' and text[at.end + 1 : at.end + 2] in {",", "]", " "}:
        return Edit(end, f'", "{_OPTION}')
    plain = before in {" ", "\t", "\n", ""} and behind in {" ", "\t", "\n", "\r", ""}
    return Edit(end, f" {_OPTION}") if plain else None
