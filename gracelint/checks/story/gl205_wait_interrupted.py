"""GL205: the application is told, and the shell ends before it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gracelint.checks import check
from gracelint.checks.delivery import defects, finding, name
from gracelint.checks.handlers import Handler, handler_of, targets, variable
from gracelint.checks.places import APART, LOOPS, ancestors, holder
from gracelint.finding import Applicability, Fix, Rule, Severity
from gracelint.shutdown.process import Cause
from gracelint.syntax import shelltree as tree

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gracelint.finding import Edit, Finding
    from gracelint.shutdown.process import Defect, Story

RULE = Rule(
    "GL205",
    "wait-interrupted",
    Severity.ERROR,
    frozenset({Applicability.SAFE, Applicability.SHOW}),
)
_TITLE = "Wait for the application in the handler"


@check(RULE)
def wait_interrupted(story: Story) -> Iterator[Finding]:
    """The handler has run, and PID 1 ends before the application does."""
    for defect in defects(story, Cause.WAIT_INTERRUPTED):
        yield finding(
            RULE,
            story,
            defect,
            f"the shell ends right after the handler for {story.signal},"
            f" while {name(defect.app)} is still stopping",
            label="does not wait for the application to end",
            fixes=(_fix(defect) or Fix(_TITLE, Applicability.SHOW),),
        )


def _fix(defect: Defect) -> Fix | None:
    handler = _where(defect)
    if handler is None:
        return None
    kills = handler.kills()
    command = _command(defect, handler, kills)
    edit = _behind(handler, kills[-1], command) if kills else _at_the_end(handler, command)
    return None if edit is None else Fix(_TITLE, Applicability.SAFE, (edit,))


def _where(defect: Defect) -> Handler | None:
    """The text that signals the application: the handler, or what it calls."""
    own = handler_of(defect)
    if (own is not None and own.kills()) or not defect.kills:
        return own
    sent = defect.kills[-1]
    return Handler(sent.script, sent.script.body) if sent.node.name == "kill" else own


def _command(defect: Defect, handler: Handler, kills: list[tree.Simple]) -> str:
    """`wait` for the very targets where these are variables, else for everything."""
    words = [word for kill in kills for word in targets(kill)]
    names = [variable(word) for word in words]
    script = handler.script.text.text
    if words and all(names):
        told = [
            script[w.start : w.end] if len(w.parts) == 1 else handler.ref(n or "")
            for w, n in zip(words, names, strict=True)
        ]
        return " ".join(("wait", *dict.fromkeys(told)))
    known = holder(defect.job) if defect.job is not None else None
    stays = any(c.background and not c.told for c in defect.process.children)
    return f"wait {handler.ref(known[0])}" if known is not None and stays else "wait"


def _behind(handler: Handler, kill: tree.Simple, command: str) -> Edit | None:
    """The command behind a `kill`, outside of loops and other processes."""
    top = handler.script.body if handler.word is None else handler.body
    path = ancestors(top, kill)
    outer = next((n for n, node in enumerate(path) if _again(node)), len(path))
    items = [n for n in path[:outer] if isinstance(n, tree.Item)]
    if not items:
        return None
    item = items[-1]
    if _leaves_after(item, kill):
        return handler.replaced(kill.end, kill.end, f" && {{ {command} || true; }}")
    return handler.behind(item, command)


def _again(node: tree.Node) -> bool:
    return isinstance(node, LOOPS + APART)


def _leaves_after(item: tree.Item, kill: tree.Simple) -> bool:
    """Whether the handler ends in the same list: `kill $pid && exit`."""
    last = item.command.right if isinstance(item.command, tree.AndOr) else None
    leaves = isinstance(last, tree.Simple) and last.name in {"exit", "return"}
    return leaves and last is not kill


def _at_the_end(handler: Handler, command: str) -> Edit | None:
    items = handler.body.items
    for item in items:
        node = item.command
        if isinstance(node, tree.Simple) and node.name in {"exit", "return"}:
            at = item.start
            return handler.first(command) if item is items[0] else handler.before(at, command)
    return handler.behind(items[-1], command) if items else None
