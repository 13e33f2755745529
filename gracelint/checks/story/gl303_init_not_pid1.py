"""GL303: an init that is not PID 1, and so is given no orphans to wait for."""

from __future__ import annotations

from gracelint import atlas
from gracelint.base.typed import TYPE_CHECKING
from gracelint.checks import check
from gracelint.checks.lib.compose import has_engine_init
from gracelint.checks.lib.delivery import with_exec
from gracelint.checks.lib.inits import put_behind
from gracelint.checks.lib.orphans import reaps
from gracelint.model.finding import Applicability, Finding, Fix, Label, Rule, Severity
from gracelint.syntax.shell import tree

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gracelint.model.process import Process
    from gracelint.model.story import Story

RULE = Rule(
    "GL303",
    "init-not-pid1",
    Severity.WARNING,
    frozenset({Applicability.SAFE, Applicability.SHOW}),
)
_SHARED = {
    "shared": "the pod shares its PID namespace",
    "host": "the container is in the host's PID namespace",
    "service": "the container is in another one's PID namespace",
}


@check(RULE)
def init_not_pid1(story: Story) -> Iterator[Finding]:
    """tini and its like below a shell, another init or somebody else's PID 1."""
    workload, root = story.workload, story.tree
    parents = {} if root is None else {c.pid: p for p in root.walk() for c in p.children}
    for process in root.walk() if root is not None else ():
        above = parents.get(process.pid)
        private = workload.pid_namespace == "private"
        reaper = process.wrapped is not None and process.wrapped.reaper
        if not reaper or (private and above is None):
            continue
        engines = above is root and has_engine_init(workload)
        if _adopts(process) or process.span is None or (private and engines):
            continue
        none = private and root is not None and reaps(root) is False
        where = _SHARED.get(workload.pid_namespace) or f"`{_name(above)}` is above it"
        yield Finding(
            RULE,
            Severity.WARNING if none else Severity.INFO,
            f"`{process.program}` is not PID 1 here ({where}), so it is given no orphans to reap"
            + (", and nothing above it reaps" if none else ""),
            Label(process.span),
            fixes=(_fix(process, above),),
            workloads=(workload.name,),
        )


def _name(process: Process | None) -> str:
    first = str(process.argv[0]) if process is not None and process.argv else ""
    return (process.program if process is not None else "") or first.rpartition("/")[2] or "PID 1"


def _adopts(process: Process) -> bool:
    """Whether it has itself given the orphans below it."""
    return process.wrapped is not None and process.wrapped.subreaper


def _fix(process: Process, above: Process | None) -> Fix:
    shell = above.shell if above is not None else None
    if shell is not None and above is not None and above.pid == 1:
        node = _node(shell.script, process)
        fix = with_exec(shell.script, node) if node is not None else None
        if fix is not None:
            return fix
    option = next(iter(atlas.options_for(process.program, "subreaper", value=True)), None)
    edit = put_behind(process.argv[0], option) if option is not None else None
    if edit is not None:
        title = f"Have `{process.program} {option}` adopt the orphans below it"
        return Fix(title, Applicability.SAFE, (edit,))
    return Fix("Leave it out, or make it PID 1", Applicability.SHOW)


def _node(script: tree.Script, process: Process) -> tree.Simple | None:
    """The last command of a script, if it is what starts the process."""
    last = script.body.items[-1].command if script.body.items else None
    same = isinstance(last, tree.Simple) and script.span(last) == process.span
    return last if same and isinstance(last, tree.Simple) else None
