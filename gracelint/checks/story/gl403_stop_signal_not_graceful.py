"""GL403: a stop signal that does not stop this program in the intended way."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gracelint.base import signals
from gracelint.checks import check
from gracelint.checks.lib.stop_signals import place, program_of, set_to, shown, written
from gracelint.model.entries import Reaction
from gracelint.model.finding import Applicability, Finding, Fix, Label, Rule, Severity

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gracelint.base.source import Span
    from gracelint.model.entries import Program
    from gracelint.model.process import Process
    from gracelint.model.story import Story

RULE = Rule(
    "GL403",
    "stop-signal-not-graceful",
    Severity.WARNING,
    frozenset({Applicability.SAFE, Applicability.SHOW}),
)
_WAITS = {("postgres", "TERM"): "wait until every client has left"}
_INIT = "systemd"


@check(RULE)
def stop_signal_not_graceful(story: Story) -> Iterator[Finding]:
    """A program that another signal would stop as its authors intend."""
    workload = story.workload
    for process in story.tree.walk() if story.tree else ():
        known = program_of(workload, process)
        if known is None or known.graceful_signal is None or len(process.sent) != 1:
            continue
        sent, wanted = process.sent[0], known.graceful_signal
        what = _effect(known, sent)
        if sent == wanted or sent in signals.UNCATCHABLE or not what:
            continue
        at, where = written(workload), _place(story, process)
        related = (Label(at, "the stop signal"),) if at is not None and at != where else ()
        yield Finding(
            RULE,
            RULE.severity,
            f"{_shown(story, sent)} {what}; it is meant to be sent SIG{wanted}",
            Label(where),
            causes=related,
            related=related,
            fixes=_fixes(story, process, wanted),
            workloads=(workload.name,),
        )
        return


def _effect(known: Program, signal: str) -> str:
    """What the signal does to the program instead; "" for no harm."""
    if known.key == _INIT:
        return f"does not shut `{known.key}` down" if signal in {"TERM", "INT"} else ""
    if (known.key, signal) in _WAITS:
        return f"makes `{known.key}` {_WAITS[known.key, signal]}"
    cut = known.reactions.get(signal, known.rest) is Reaction.FAST
    return f"stops `{known.key}` at once and cuts off its work" if cut else ""


def _shown(story: Story, sent: str) -> str:
    return shown(story.workload, sent) if sent == story.signal else f"SIG{sent}"


def _place(story: Story, process: Process) -> Span:
    """What decides the signal: the launch, or what a supervisor or script is told to run."""
    span = process.span
    return place(story.workload) if span is None or _passed(story, process) else span


def _fixes(story: Story, process: Process, wanted: str) -> tuple[Fix, ...]:
    """Change the stop signal where it reaches the program as it is."""
    fix = set_to(story.workload, wanted) if _passed(story, process) else None
    return (fix or Fix(f"Have it sent SIG{wanted}", Applicability.SHOW),)


def _passed(story: Story, process: Process) -> bool:
    """Whether the program is sent what the container is sent."""
    tree = story.tree
    return tree is not None and process.sent[0] == story.signal and _direct(tree, process)


def _direct(tree: Process, process: Process) -> bool:
    """Whether nothing but inits that pass every signal on stands between PID 1 and the program."""
    at = tree
    while at.pid != process.pid:
        if at.role != "init" or len(at.children) != 1 or at.program == "supervisord":
            return False
        at = at.children[0]
    return True
