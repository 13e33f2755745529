"""GL407: a script that is PID 1 and waits or migrates for long before it starts the application."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gracelint.checks import check
from gracelint.checks.lib.places import alone, ancestors
from gracelint.model.finding import Applicability, Finding, Fix, Label, Rule, Severity
from gracelint.syntax.shell import tree

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gracelint.model.story import Story

RULE = Rule("GL407", "slow-start-in-shell", Severity.INFO, frozenset({Applicability.SHOW}))
_LOOPS = (tree.While, tree.For, tree.ArithmeticFor)
_MIGRATIONS = frozenset(
    {"migrate", "migrate:deploy", "db:migrate", "db:prepare", "db:setup", "migration:run"}
)
_TITLE = (
    "Start an init in front, which lets the signal end the shell,"
    " or set `trap 'exit 143' TERM` until the application is started"
)


@check(RULE)
def slow_start_in_shell(story: Story) -> Iterator[Finding]:
    """What the shell does first is deaf to the stop signal."""
    root, workload = story.tree, story.workload
    if root is None or root.role == "init" or root.shell is not None:
        return
    if workload.pid_namespace != "private" or story.signal is None:
        return
    for script in story.scripts:
        node = _slow(script) if _ends_in_exec(script) else None
        if node is None:
            continue
        waits = isinstance(node, _LOOPS)
        what = "waits in a loop" if waits else "migrates a database"
        yield Finding(
            RULE,
            RULE.severity,
            f"the shell is PID 1 while it {what}: SIG{story.signal} does nothing until it is done",
            Label(script.span(_head(node))),
            fixes=(Fix(_TITLE, Applicability.SHOW),),
            workloads=(workload.name,),
        )


def _ends_in_exec(script: tree.Script) -> bool:
    last = script.body.items[-1].command if script.body.items else None
    while isinstance(last, tree.AndOr):
        last = last.right
    return isinstance(last, tree.Simple) and last.name == "exec" and len(last.words) > 1


def _slow(script: tree.Script) -> tree.Node | None:
    """The first command that takes long, where no trap is set before it."""
    from gracelint.syntax.shell.parse import walk

    nodes = sorted(walk(script.body), key=lambda node: node.start)
    for node in nodes:
        if isinstance(node, tree.Simple) and node.name == "trap":
            return None
        if _takes_long(node) and _in_front(script, node):
            return node
    return None


def _takes_long(node: tree.Node) -> bool:
    from gracelint.syntax.shell.parse import walk

    if isinstance(node, _LOOPS):
        names = {n.name for n in walk(node) if isinstance(n, tree.Simple)}
        return "sleep" in names
    if not isinstance(node, tree.Simple) or node.name == "exec":
        return False
    words = [word.literal or "" for word in node.words]
    upgrades = "upgrade" in words and ("db" in words or words[0].endswith("alembic"))
    return upgrades or bool(_MIGRATIONS & set(words[1:]))


def _in_front(script: tree.Script, node: tree.Node) -> bool:
    """Whether the shell itself runs it, once and in the foreground."""
    path = ancestors(script.body, node)
    behind = any(isinstance(step, tree.Item) and step.background for step in path)
    return alone(path) and not behind


def _head(node: tree.Node) -> tree.Node:
    """A loop's condition; else all of it."""
    return node.condition if isinstance(node, tree.While) else node
