"""GL402: a stop signal that is none."""

from __future__ import annotations

from gracelint.base import lazy, signals
from gracelint.base.facts import Known
from gracelint.base.typed import TYPE_CHECKING
from gracelint.checks import check
from gracelint.checks.lib.stop_signals import place, set_to, written
from gracelint.model.finding import Applicability, Finding, Fix, Label, Rule, Severity

if TYPE_CHECKING:
    import re
    from collections.abc import Iterator

    from gracelint.model.story import Story
    from gracelint.model.workload import Workload

RULE = Rule(
    "GL402",
    "stop-signal-invalid",
    Severity.ERROR,
    frozenset({Applicability.SAFE, Applicability.SHOW}),
)
_OFFSETS = 15
"""Real-time signals are counted from RTMIN up to here, from there on down from RTMAX."""
_RANGE = 30
_EDGES = lazy.compile(r"[^A-Z0-9]+(?=[A-Z0-9])|[^A-Z0-9]+$")


@check(RULE)
def stop_signal_invalid(story: Story) -> Iterator[Finding]:
    """No signal by the rules of who reads it."""
    workload = story.workload
    fact, at = workload.stop_signal, written(workload)
    if not isinstance(fact, Known) or at is None:
        return
    api = _is_the_apis(workload)
    if (spelling(fact.value) == fact.value) if api else accepted(fact.value):
        return
    who = "the Kubernetes API" if api else "the engine"
    yield Finding(
        RULE,
        RULE.severity,
        f"`{fact.value[:40]}` is no stop signal: {who} rejects it",
        Label(at),
        fixes=(_fix(workload, fact.value),),
        help=f"{who[0].upper()}{who[1:]} takes {_takes(api=api)}.",
        workloads=(workload.name,),
    )


def _takes(*, api: bool) -> str:
    if api:
        return "names in capitals with SIG, such as SIGTERM and SIGRTMIN+3, and no numbers"
    return "names such as SIGTERM, TERM and SIGRTMIN+3, and numbers from 1 to 64"


def _is_the_apis(workload: Workload) -> bool:
    """Whether the signal is a pod's own, rather than its image's."""
    at = written(workload)
    return workload.kind == "kubernetes" and at is not None and at.source is workload.source


def accepted(text: str) -> bool:
    """Whether engines take it: real-time signals have one name each, every other has several."""
    name = signals.parse(text)
    if name is None or text.isdigit() or not text.upper().removeprefix("SIG").startswith("RT"):
        return name is not None
    return text.upper().removeprefix("SIG") == _realtime(name)


def spelling(text: str) -> str | None:
    """How the Kubernetes API writes the signal that is meant; None where that is not clear."""
    name = signals.parse(text) or signals.parse(_EDGES.sub(_kept, text.upper().strip()))
    if name is None and text.upper().startswith("SIG"):
        name = signals.parse(text[3:].strip(" _-"))
    return None if name is None else f"SIG{_realtime(name)}"


def _kept(match: re.Match[str]) -> str:
    return match[0] if match[0] in {"+", "-"} and match.string[: match.start()][-3:] in _RT else ""


_RT = frozenset({"MIN", "MAX"})


def _realtime(name: str) -> str:
    if not name.startswith("RTMIN+") or int(name[6:]) <= _OFFSETS:
        return name
    above = _RANGE - int(name[6:])
    return f"RTMAX-{above}" if above else "RTMAX"


def _fix(workload: Workload, text: str) -> Fix:
    meant = spelling(text)
    fix = set_to(workload, meant.removeprefix("SIG")) if meant is not None else None
    same = fix is not None and place(workload) == written(workload)
    return (
        fix
        if fix is not None and same
        else Fix("Write a signal that is accepted, such as SIGTERM", Applicability.SHOW)
    )
