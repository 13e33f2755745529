"""GL508: a preStop hook that asks for a graceful stop and does not wait for it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gracelint.checks import check
from gracelint.checks.lib.pods.common import at_entry, members
from gracelint.checks.lib.pods.quits import hurried
from gracelint.diagnose.launched import program
from gracelint.model.finding import Applicability, Finding, Fix, Rule, Severity

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gracelint.model.workload import Group

RULE = Rule("GL508", "hook-returns-at-once", Severity.WARNING, frozenset({Applicability.SHOW}))


@check(RULE)
def hook_returns_at_once(group: Group) -> Iterator[Finding]:
    """A quit command as preStop, and a stop signal behind it that cuts the work off."""
    for container, workload in members(group):
        entry, app = container.hook("preStop"), program(workload, group)
        signal = hurried(workload, app) if app is not None else None
        if entry is None or app is None or signal is None:
            continue
        message = (
            f"the preStop hook returns at once, and SIG{signal} follows: it makes `{app.key}` "
            "stop without finishing its work"
        )
        title = f"Make SIG{app.graceful_signal} the stop signal, or wait in the hook"
        fix = Fix(title, Applicability.SHOW)
        yield at_entry(RULE, message, entry, (fix,), group, container)
