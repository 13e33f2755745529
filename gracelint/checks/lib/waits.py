"""The fix for a shell that ends before the application that its handler has told."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gracelint.checks.lib.handlers import Handler, handler_of, targets, variable
from gracelint.checks.lib.places import APART, LOOPS, ancestors, following, holder, kept
from gracelint.model.finding import Applicability, Fix
from gracelint.syntax.shell import tree

if TYPE_CHECKING:
    from gracelint.base.edit import Edit
    from gracelint.model.defect import WaitInterrupted

TITLE = "Wait for the application in the handler"


def wait_in_handler(defect: WaitInterrupted) -> Fix | None:
    """`wait` behind the handler's `kill`, for the same processes."""
    handler = _where(defect)
    if handler is None:
        return None
    if any(kill.pid == defect.process.pid for kill in defect.kills):
        return _aimed(defect, handler)
    kills = handler.kills()
    command = _command(defect, handler, kills)
    edit = _behind(handler, kills[-1], command) if kills else _at_the_end(handler, command)
    return None if edit is None else Fix(TITLE, Applicability.SAFE, (edit,))


def _aimed(defect: WaitInterrupted, handler: Handler) -> Fix | None:
    """The job instead of a group that the shell itself belongs to."""
    from gracelint.checks.lib.supervision import kill_of_app

    variable = kept(defect.job) if defect.job is not None else None
    edits = kill_of_app(handler, variable[0]) if variable is not None and not handler.early else ()
    if variable is None or not edits:
        return None
    title = "Signal the application alone, so that the shell stays and waits for it"
    return Fix(title, Applicability.UNSAFE, (*variable[1], *edits))


def _where(defect: WaitInterrupted) -> Handler | None:
    """The text that signals the application: the handler, or what it calls."""
    handler = handler_of(defect)
    if (handler is not None and handler.kills()) or not defect.kills:
        return handler
    sent = defect.kills[-1]
    return Handler(sent.script, sent.script.body) if sent.node.name == "kill" else handler


def _command(defect: WaitInterrupted, handler: Handler, kills: list[tree.Simple]) -> str:
    """`wait` for the very targets where these are variables, else for everything."""
    words = [word for kill in kills for word in targets(kill)]
    names = [variable(word) for word in words]
    script = handler.script.text.text
    if words and all(names):
        operands = [
            script[w.start : w.end] if len(w.parts) == 1 else handler.ref(n or "")
            for w, n in zip(words, names, strict=True)
        ]
        return " ".join(("wait", *dict.fromkeys(operands)))
    holding = holder(defect.job) if defect.job is not None else None
    stays = any(c.background and not c.told for c in defect.process.children)
    return f"wait {handler.ref(holding[0])}" if holding is not None and stays else "wait"


def _behind(handler: Handler, kill: tree.Simple, command: str) -> Edit | None:
    """The command behind a `kill`, outside of loops and other processes."""
    top = handler.script.body if handler.word is None else handler.body
    path = ancestors(top, kill)
    outer = next((n for n, node in enumerate(path) if _again(node)), len(path))
    items = [n for n in path[:outer] if isinstance(n, tree.Item)]
    if not items:
        return None
    item = items[-1]
    if _there(handler, item, command):
        return None
    if _leaves_after(item, kill):
        return handler.replaced(kill.end, kill.end, f" && {{ {command} || true; }}")
    return handler.behind(item, command)


def _there(handler: Handler, item: tree.Item, command: str) -> bool:
    """Whether the very command follows already, so that something else is wrong."""
    next_one = next(iter(following(handler.script, item)), None)
    if next_one is None:
        return False
    text = handler.script.text.text[next_one.start : next_one.end]
    return text.replace('"', "") == command.replace('"', "")


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
