"""GL202: a trap that has to wait for the application in the foreground."""

from __future__ import annotations

from gracelint.base.typed import TYPE_CHECKING
from gracelint.checks import check
from gracelint.checks.lib.delivery import defects, finding, name
from gracelint.checks.lib.execs import NOT_PROGRAMS
from gracelint.model.defect import LateTrap
from gracelint.model.finding import Applicability, Fix, Rule, Severity
from gracelint.syntax.shell import tree

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gracelint.checks.lib.handlers import Handler
    from gracelint.model.finding import Finding
    from gracelint.model.story import Story

RULE = Rule(
    "GL202",
    "trap-behind-foreground-child",
    Severity.ERROR,
    frozenset({Applicability.UNSAFE, Applicability.SHOW}),
)
_TITLE = "Start it in the background, keep its number and wait for it"


@check(RULE)
def trap_behind_foreground_child(story: Story) -> Iterator[Finding]:
    """The shell has a trap, and the application in the foreground."""
    for defect in defects(story, LateTrap):
        yield finding(
            RULE,
            story,
            defect,
            f"the trap for {story.signal} runs only after {name(defect.app)} has ended",
            label="runs in the foreground, so the shell waits for it first",
            fixes=(_fix(defect) or Fix(_TITLE, Applicability.SHOW),),
        )


def _fix(defect: LateTrap) -> Fix | None:
    from gracelint.checks.lib.handlers import handler_of
    from gracelint.checks.lib.places import ancestors, put_aside

    shell, handler = defect.shell, handler_of(defect)
    node = shell.command if shell is not None else None
    if shell is None or node is None or handler is None or node.name in NOT_PROGRAMS:
        return None
    path = ancestors(shell.script.body, node)
    if not _may_stand_aside(path, handler):
        return None
    edit = put_aside(shell.script.text, node.end, _name(shell.script, handler))
    return None if edit is None else Fix(_TITLE, Applicability.UNSAFE, (edit,))


def _may_stand_aside(path: list[tree.Node], handler: Handler) -> bool:
    """Whether the command is a sequence's, or the first of a list, and none that is tried again."""
    from gracelint.checks.lib.places import APART, LOOPS

    inner = next((n for n in reversed(path[:-1]) if not isinstance(n, tree.AndOr)), None)
    if not isinstance(inner, tree.Item) or inner.background or inner.start != path[-1].start:
        return False
    if any(isinstance(n, APART) for n in path):
        return False
    conditions = [c for n in path if isinstance(n, tree.If) for c, _ in n.branches]
    conditions += [n.condition for n in path if isinstance(n, tree.While)]
    if any(n is c for n in path for c in conditions):
        return False
    return bool(handler.named("exit")) or not any(isinstance(n, LOOPS) for n in path)


def _name(script: tree.Script, handler: Handler) -> str:
    """The variable that the handler's `kill` names already, if nothing else sets it."""
    from gracelint.checks.lib.handlers import targets, variable
    from gracelint.checks.lib.places import assigned, unused_name

    named = [variable(word) for kill in handler.kills() for word in targets(kill)]
    taken = assigned(script)
    free = [n for n in named if n and n.isidentifier() and n not in taken]
    return free[0] if free else unused_name(script, "pid")
