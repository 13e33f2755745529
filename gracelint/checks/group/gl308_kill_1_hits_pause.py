"""GL308: a signal for PID 1 in a pod whose PID 1 is /pause."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gracelint.checks import check
from gracelint.checks.lib.pods.common import hook_commands, label, members, named
from gracelint.diagnose.hook import all_commands
from gracelint.model.finding import Applicability, Finding, Fix, Label, Rule, Severity
from gracelint.syntax.shell.kills import killed

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gracelint.model.workload import Command, Group

RULE = Rule("GL308", "kill-1-hits-pause", Severity.ERROR, frozenset({Applicability.SHOW}))
_HARMLESS = frozenset({"EXIT", "0"})


@check(RULE)
def kill_1_hits_pause(group: Group) -> Iterator[Finding]:
    """A hook or probe that runs `kill 1` where the containers share their PID namespace."""
    shared = group.pod.flag("shareProcessNamespace") if group.pod else None
    if shared is None:
        return
    for container, workload in members(group):
        for entry, command in hook_commands(container, workload):
            signal = _signal_to_1(command)
            if signal is None:
                continue
            does = "ends the whole pod" if signal in {"TERM", "INT", "KILL"} else "does nothing"
            message = (
                f"PID 1 is `/pause` here, not `{container.name}`: {signal} to it {does} "
                f"({entry[0].value})"
            )
            related = (label(shared, "makes `/pause` PID 1"),)
            title = "Find the process by its name (`pkill`), or do not share the PID namespace"
            fix = Fix(title, Applicability.SHOW)
            primary = Label(command.value)
            yield Finding(
                RULE,
                RULE.severity,
                message,
                primary,
                causes=related,
                related=related,
                fixes=(fix,),
                workloads=named(group, container),
            )


def _signal_to_1(command: Command) -> str | None:
    """The signal that a command sends to PID 1."""
    for words in all_commands(command):
        sent = killed(words)
        if sent is not None and sent[0] not in {None, *_HARMLESS} and "1" in sent[1]:
            return sent[0]
    return None
