"""GL505: `sleep:` hooks that the API rejects."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gracelint.base.facts import Known
from gracelint.checks import check
from gracelint.checks.lib.pods.common import grace_edit, label, members, named, said
from gracelint.model.finding import Applicability, Finding, Fix, Rule, Severity
from gracelint.model.pod import DEFAULT_GRACE
from gracelint.syntax.yaml import editing as yaml_edit

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gracelint.base.edit import Edit
    from gracelint.model.pod import Container
    from gracelint.model.workload import Group

RULE = Rule("GL505", "hook-sleep-unsupported", Severity.ERROR, frozenset({Applicability.UNSAFE}))
_SINCE = (1, 30)
_ZERO_SINCE = (1, 33)


@check(RULE)
def hook_sleep_unsupported(group: Group) -> Iterator[Finding]:
    """`sleep:` below the target version, of 0 seconds, or beyond the grace period."""
    if group.pod is None or group.pod.knative:
        return
    for container, workload in members(group):
        for hook in workload.hooks:
            entry = container.hook(hook.when)
            if hook.handler != "sleep" or entry is None or not isinstance(hook.seconds, Known):
                continue
            problem, title, edit = _problem(group, container, hook.when, hook.seconds.value)
            if problem:
                fixes = () if edit is None else (Fix(title, Applicability.UNSAFE, (edit,)),)
                yield Finding(
                    RULE,
                    RULE.severity,
                    problem,
                    label(entry),
                    fixes=fixes,
                    workloads=named(group, container),
                )


def _problem(
    group: Group, container: Container, when: str, seconds: float
) -> tuple[str, str, Edit | None]:
    """What is wrong (or nothing), the title of the fix, and its edit."""
    version, pod = group.options.kubernetes_version, group.pod
    assert pod is not None
    target = ".".join(map(str, version))
    if version < _SINCE:
        problem = f"`sleep` hooks need Kubernetes 1.30; the target is {target}"
        return problem, "Sleep in a command", _as_command(container, when, seconds)
    if seconds == 0 and version < _ZERO_SINCE:
        problem = f"a `sleep` hook of 0 seconds needs Kubernetes 1.33; the target is {target}"
        return problem, "Sleep in a command", _as_command(container, when, seconds)
    if isinstance(pod.grace, Known) and seconds > pod.grace.value:
        stated = f"the grace period of {said(pod.grace.value)}"
        problem = f"a `sleep` hook of {said(seconds)} exceeds {stated}: the API rejects it"
        return problem, "Raise the grace period", grace_edit(pod, seconds + DEFAULT_GRACE)
    return "", "", None


def _as_command(container: Container, when: str, seconds: float) -> Edit | None:
    entry = container.hook(when)
    words = {"command": ["sleep", f"{seconds:g}"]}
    return None if entry is None else yaml_edit.replace_entry(entry[1], "sleep", "exec", words)
