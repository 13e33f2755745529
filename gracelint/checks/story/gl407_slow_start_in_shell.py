"""GL407: a script that is PID 1 and works for long before it starts the application or an init."""

from __future__ import annotations

from gracelint import atlas
from gracelint.base import signals
from gracelint.base.typed import TYPE_CHECKING
from gracelint.checks import check
from gracelint.model.finding import Applicability, Finding, Fix, Label, Rule, Severity
from gracelint.syntax.shell import tree

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gracelint.model.process import Process
    from gracelint.model.story import Story

RULE = Rule("GL407", "slow-start-in-shell", Severity.INFO, frozenset({Applicability.SHOW}))
_LOOPS = (tree.While, tree.For, tree.ArithmeticFor)
_MIGRATIONS = frozenset(
    {"migrate", "migrate:deploy", "db:migrate", "db:prepare", "db:setup", "migration:run"}
)
_SIGNS = ("sleep", "migrat", "db:", "upgrade")
"""What a script has in its text that waits or migrates."""
_TITLE = (
    "Start an init in front, which lets the signal end the shell,"
    " or set `trap 'exit {status}' {signal}` until the application is started"
)


@check(RULE)
def slow_start_in_shell(story: Story) -> Iterator[Finding]:
    """What the shell does first is deaf to the stop signal."""
    root, workload = story.tree, story.workload
    if root is None or root.shell is not None:
        return
    if workload.pid_namespace != "private" or story.signal is None:
        return
    if root.role == "init":
        yield from _init_late(story, root)
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
            fixes=(Fix(_title(story.signal), Applicability.SHOW),),
            workloads=(workload.name,),
        )


def _title(signal: str) -> str:
    return _TITLE.format(signal=signal, status=128 + signals.number(signal))


def _earlier(story: Story, init: Process) -> str:
    """What lets the signal end the shell: the init itself, unless it starts its own programs."""
    supervises = init.wrapped is not None and init.wrapped.behaviour == "supervise"
    if supervises and story.signal is not None:
        return _title(story.signal)
    return f"Start `{init.program}` in front of the script"


def _init_late(story: Story, root: Process) -> Iterator[Finding]:
    """An init that a script starts only after other work: until then the shell is PID 1."""
    for script in story.scripts:
        last = script.body.items[-1] if script.body.items else None
        inside = root.span is not None and last is not None and script.span(last).covers(root.span)
        work = _work(script) if inside and _ends_in_exec(script) else None
        if work is not None and root.span is not None:
            yield Finding(
                RULE,
                RULE.severity,
                f"the shell is PID 1 until `{root.program}` takes over: SIG{story.signal} does "
                "nothing before",
                Label(root.span),
                related=(Label(script.span(work), "runs first"),),
                fixes=(Fix(_earlier(story, root), Applicability.SHOW),),
                workloads=(story.workload.name,),
            )


def _work(script: tree.Script) -> tree.Node | None:
    """The first command in front that may take a while: no builtin, nothing on files alone."""
    for item in script.body.items[:-1]:
        command = item.command
        if isinstance(command, _LOOPS):
            return command
        name = command.name if isinstance(command, tree.Simple) else None
        word = name.rpartition("/")[2] if name is not None else ""
        if word and word not in _BUILTINS and not atlas.says(word, "brief"):
            return command
    return None


_BUILTIN_NAMES = """
set export trap shopt local declare readonly unset cd umask ulimit echo printf : true test [
source . eval read shift
"""
_BUILTINS = frozenset(_BUILTIN_NAMES.split())
"""What a shell does itself, and does not wait in."""


def _ends_in_exec(script: tree.Script) -> bool:
    last = script.body.items[-1].command if script.body.items else None
    while isinstance(last, tree.AndOr):
        last = last.right
    return isinstance(last, tree.Simple) and last.name == "exec" and len(last.words) > 1


def _slow(script: tree.Script) -> tree.Node | None:
    """The first command that takes long, where no trap is set before it."""
    from gracelint.syntax.shell.parse import naming

    for node in naming(script, "trap", *_SIGNS):
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
    from gracelint.checks.lib.places import alone, ancestors

    path = ancestors(script.body, node)
    behind = any(isinstance(step, tree.Item) and step.background for step in path)
    return alone(path) and not behind


def _head(node: tree.Node) -> tree.Node:
    """A loop's condition; else all of it."""
    return node.condition if isinstance(node, tree.While) else node
