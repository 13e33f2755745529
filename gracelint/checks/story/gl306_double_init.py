"""GL306: the engine's init in front of an init of the image."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gracelint.checks import check
from gracelint.checks.lib.compose import entry, has_engine_init, label, mapping_with
from gracelint.checks.lib.pods.common import pid1_only
from gracelint.model.finding import Applicability, Finding, Fix, Label, Rule, Severity
from gracelint.syntax.yaml import editing as yaml_edit

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gracelint.model.process import Process
    from gracelint.model.story import Story
    from gracelint.model.workload import Workload

RULE = Rule("GL306", "double-init", Severity.ERROR, frozenset({Applicability.SAFE}))


@check(RULE)
def double_init(story: Story) -> Iterator[Finding]:
    """`init: true` for an image that starts an init by itself."""
    workload = story.workload
    init = entry(workload, "init") if workload.kind == "compose" else None
    if init is None or not has_engine_init(workload) or workload.pid_namespace != "private":
        return
    inner = _init_below(story)
    refuses = pid1_only(workload)
    if inner is not None and inner.wrapped is not None and inner.wrapped.pid1_only:
        refuses = inner.program
    if refuses is not None:
        message = f"`{refuses}` has to be PID 1, and `init: true` puts the engine's init there"
        severity = Severity.ERROR
    elif inner is not None:
        message = f"the image starts `{inner.program or inner.argv[0]}` as its own init already"
        severity = Severity.INFO
    else:
        return
    yield Finding(
        RULE,
        severity,
        message,
        label(init),
        related=_related(workload, inner),
        fixes=_fixes(workload),
        workloads=(workload.name,),
    )


def _init_below(story: Story) -> Process | None:
    """The init that the engine's init starts directly."""
    tree = story.tree
    below = tree.children[0] if tree is not None and tree.children else None
    return below if below is not None and below.role == "init" else None


def _related(workload: Workload, inner: Process | None) -> tuple[Label, ...]:
    command = workload.launch.command
    span = inner.span if inner is not None and inner.span is not None else None
    if span is None and command is not None:
        span = command.value
    return () if span is None else (Label(span, "starts an init"),)


def _fixes(workload: Workload) -> tuple[Fix, ...]:
    mapping = mapping_with(workload, "init")
    edit = None if mapping is None else yaml_edit.delete_key(mapping, "init")
    if edit is None:
        return ()
    return (Fix("Leave the init to the image", Applicability.SAFE, (edit,)),)
