"""GL306: the engine's init in front of an init of the image."""

from __future__ import annotations

from gracelint.base.facts import Known
from gracelint.base.source import Span
from gracelint.base.typed import TYPE_CHECKING
from gracelint.checks import check
from gracelint.diagnose.launched import pid1_only
from gracelint.model.finding import Applicability, Finding, Fix, Label, Rule, Severity

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gracelint.model.process import Process
    from gracelint.model.story import Story
    from gracelint.model.workload import Workload

RULE = Rule(
    "GL306", "double-init", Severity.ERROR, frozenset({Applicability.SAFE, Applicability.SHOW})
)


@check(RULE)
def double_init(story: Story) -> Iterator[Finding]:
    """An init that the engine is asked for, or always starts, for an image with one of its own."""
    from gracelint.checks.lib.compose import has_engine_init

    workload = story.workload
    place = _asked(workload)
    if place is None or not has_engine_init(workload) or workload.pid_namespace != "private":
        return
    inner = _init_below(story)
    refuses = pid1_only(workload)
    if inner is not None and inner.wrapped is not None and inner.wrapped.pid1_only:
        refuses = inner.program
    if refuses is not None:
        message = f"`{refuses}` has to be PID 1, and {_who(workload)}"
        severity = Severity.ERROR
    elif inner is not None and workload.kind != "fly":
        message = f"the image starts `{inner.program or inner.argv[0]}` as its own init already"
        severity = Severity.INFO
    else:
        return
    yield Finding(
        RULE,
        severity,
        message,
        place,
        related=_related(workload, inner),
        fixes=_fixes(workload),
        workloads=(workload.name,),
    )


def _asked(workload: Workload) -> Label | None:
    """Where the engine's init is asked for; where Fly starts one unasked, the workload."""
    from gracelint.checks.lib.compose import entry, label

    if workload.kind == "fly":
        return Label(workload.declared)
    if workload.kind == "compose":
        stated = entry(workload, "init")
        return None if stated is None else label(stated)
    wanted = workload.engine_init
    origins = wanted.origins if isinstance(wanted, Known) else ()
    span = next((one for one in origins if isinstance(one, Span)), None)
    return None if span is None else Label(span)


def _who(workload: Workload) -> str:
    """What puts an init in front of it."""
    from gracelint.checks.lib import keys

    if workload.kind == "fly":
        return "on Fly the platform's init is"
    key = keys.name(workload, "init")
    stated = {"compose": f"{key}: true", "quadlet": f"{key}=true"}.get(workload.kind, key)
    return f"`{stated}` puts the engine's init there"


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
    from gracelint.checks.lib.compose import mapping_with
    from gracelint.syntax.yaml import editing as yaml_edit

    mapping = mapping_with(workload, "init") if workload.kind == "compose" else None
    edit = None if mapping is None else yaml_edit.delete_key(mapping, "init")
    if edit is None:
        return _words(workload)
    return (Fix("Leave the init to the image", Applicability.SAFE, (edit,)),)


def _words(workload: Workload) -> tuple[Fix, ...]:
    from gracelint.checks.lib import keys

    if workload.kind not in {"ecs", "quadlet"}:
        return ()
    return (Fix(f"Drop `{keys.name(workload, 'init')}`", Applicability.SHOW),)
