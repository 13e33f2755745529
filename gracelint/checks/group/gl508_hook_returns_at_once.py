"""GL508: a preStop hook that asks for a graceful stop and does not wait for it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gracelint import atlas
from gracelint.base.facts import Atlas, Known
from gracelint.base.signals import parse
from gracelint.checks import check
from gracelint.checks.lib.pods.common import at_entry, members, pre_stop
from gracelint.diagnose.hook import asks, commands
from gracelint.diagnose.launched import program
from gracelint.model.entries import Reaction
from gracelint.model.finding import Applicability, Finding, Fix, Rule, Severity
from gracelint.syntax.shell.kills import killed

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gracelint.model.entries import Program
    from gracelint.model.workload import Group, Workload

RULE = Rule("GL508", "hook-returns-at-once", Severity.WARNING, frozenset({Applicability.SHOW}))


@check(RULE)
def hook_returns_at_once(group: Group) -> Iterator[Finding]:
    """A quit command as preStop, and a stop signal behind it that cuts the work off."""
    for container, workload in members(group):
        entry, signal = container.hook("preStop"), _signal(workload)
        app = program(workload, group)
        if entry is None or app is None or signal is None or not _quits(workload, app):
            continue
        if app.reactions.get(signal) is not Reaction.FAST:
            continue
        message = (
            f"the preStop hook returns at once, and SIG{signal} follows: it makes `{app.key}` "
            "stop without finishing its work"
        )
        title = f"Make SIG{app.graceful_signal} the stop signal, or wait in the hook"
        fix = Fix(title, Applicability.SHOW)
        yield at_entry(RULE, message, entry, (fix,), group, container)


def _signal(workload: Workload) -> str | None:
    """The stop signal; None where an unknown image may have set another one."""
    stated = workload.stop_signal
    if not isinstance(stated, Known):
        return None
    if stated.assumed and not isinstance(workload.base.origin, Atlas):
        return None
    return parse(stated.value)


def _quits(workload: Workload, program: Program) -> bool:
    hook = pre_stop(workload)
    if hook is None or hook.command is None:
        return False
    run = commands(hook.command)
    last = run[-1] if run else []
    if not last or last[0] is None:
        return False
    sent = killed(last)
    if sent is not None:
        private = workload.pid_namespace == "private"
        return private and sent == (program.graceful_signal, ["1"])
    request = atlas.stop(last)
    return asks(last, program) and not (request is not None and request.waits)
