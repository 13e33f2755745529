"""GL603: a native sidecar that ends itself too early and is started again."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gracelint import atlas
from gracelint.checks import check
from gracelint.checks.lib.pods.common import at_entry, members, pre_stop
from gracelint.diagnose.hook import all_commands
from gracelint.model.finding import Applicability, Finding, Fix, Rule, Severity
from gracelint.syntax.shell.kills import killed

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from gracelint.model.workload import Group
    from gracelint.syntax.yaml.parse import Node

RULE = Rule("GL603", "sidecar-hook-restarts", Severity.ERROR, frozenset({Applicability.SHOW}))
_PATHS = ("quitquitquit", "/shutdown", "/quit")


@check(RULE)
def sidecar_hook_restarts(group: Group) -> Iterator[Finding]:
    """A sidecar's preStop hook that ends the sidecar."""
    for container, workload in members(group):
        hook, entry = pre_stop(workload), container.hook("preStop")
        if container.role != "sidecar" or hook is None or entry is None:
            continue
        words = [] if hook.command is None else all_commands(hook.command)
        private = workload.pid_namespace == "private"
        if not any(_ends(each, private=private) for each in words) and not _asks(entry[1]):
            continue
        message = (
            f"this hook runs when the pod begins to stop and ends the sidecar `{container.name}`, "
            "which the kubelet then starts again"
        )
        title = "Remove the hook: a sidecar is told to stop after the containers that use it"
        fix = Fix(title, Applicability.SHOW)
        yield at_entry(RULE, message, entry, (fix,), group, container)


def _ends(words: Sequence[str | None], *, private: bool) -> bool:
    """Whether a command ends the container's own program."""
    sent = killed(words)
    if sent is not None:
        return private and sent[0] in {"TERM", "INT", "QUIT", "KILL"} and sent[1] == ["1"]
    literals = [word for word in words if word is not None]
    if any(path in word for word in literals[1:] for path in _PATHS if word.startswith("http")):
        return True
    return atlas.stop(literals) is not None


def _asks(hook: Node) -> bool:
    path = hook.find("httpGet", "path")
    return path is not None and any(part in path.value for part in _PATHS)
