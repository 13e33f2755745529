"""GL405: a program that reloads on SIGTERM."""

from __future__ import annotations

from gracelint.base.typed import TYPE_CHECKING
from gracelint.checks import check
from gracelint.checks.lib.delivery import defects, finding, name
from gracelint.checks.lib.inits import put_behind
from gracelint.checks.lib.stop_signals import program_of
from gracelint.model.defect import Reloads
from gracelint.model.finding import Applicability, Fix, Rule, Severity

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gracelint.model.defect import Defect
    from gracelint.model.finding import Finding
    from gracelint.model.story import Story

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
    for defect in defects(story, Reloads):
        entry = program_of(story.workload, defect.process)
        if story.signal != "TERM" or entry is None or entry.graceful_signal is not None:
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
    edit = put_behind(word, _OPTION)
    if edit is None:
        return Fix(f"Set `die-on-term`, or give it {_OPTION}", Applicability.SHOW)
    return Fix(f"Give it {_OPTION}", Applicability.SAFE, (edit,))
