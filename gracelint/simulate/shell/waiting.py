"""How a shell waits: for a child in front, for a moment, for a signal."""

from __future__ import annotations

from gracelint.base.typed import TYPE_CHECKING
from gracelint.model.snapshot import Waiting
from gracelint.simulate.world import MOMENT
from gracelint.syntax.shell import tree

if TYPE_CHECKING:
    from gracelint.simulate.shell.state import Shell


def pause(shell: Shell, node: tree.Node, seconds: float = MOMENT) -> None:
    """A short-lived command: a moment passes."""
    span = shell.span(node)
    shell.wait(Waiting((), False, node, span, shell.stack, seconds))


def wait_for(shell: Shell, pid: int, node: tree.Node) -> None:
    """Wait for a child in the foreground: signals do not interrupt that."""
    shell.wait(Waiting((pid,), False, node, shell.span(node), shell.stack))
    shell.then(_child_ended, pid, node)


def _child_ended(shell: Shell, pid: int, node: tree.Node) -> None:
    task = shell.kernel.task(pid)
    if isinstance(node, tree.Substitution):
        shell.substituted = task.status
    else:
        shell.status = task.status
    if shell.interrupted and shell.kind.restores_ignored:
        shell.interrupted = task.fate == "signal" or isinstance(node, tree.Substitution)


def wait_for_any(shell: Shell, pids: tuple[int, ...], node: tree.Node) -> None:
    """Wait as the `wait` builtin does, until one has ended or a signal has arrived."""
    shell.wait(Waiting(pids, True, node, shell.span(node), shell.stack))
