"""Hooks that ask a program for its graceful stop and do not wait for it."""

from __future__ import annotations

from gracelint import atlas
from gracelint.base.facts import Atlas, Known
from gracelint.base.signals import parse
from gracelint.base.typed import TYPE_CHECKING
from gracelint.checks.lib.pods.common import pre_stop
from gracelint.diagnose.hook import asks, commands
from gracelint.model.entries import Reaction
from gracelint.syntax.shell.kills import killed

if TYPE_CHECKING:
    from gracelint.model.entries import Program
    from gracelint.model.workload import Workload


def hurried(workload: Workload, program: Program) -> str | None:
    """The stop signal that cuts a program off behind a preStop hook that has asked it to finish and
    returned at once; None where there is no such hook, or that signal does not.
    """
    signal = _signal(workload)
    if signal is None or program.reactions.get(signal) is not Reaction.FAST:
        return None
    return signal if _quits(workload, program) else None


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
