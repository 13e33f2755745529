"""Loops: `for`, `while` and `until`.

Where all rounds of a loop go on and on while time passes, it is where the container lives.
"""

from __future__ import annotations

from gracelint.base.facts import Word
from gracelint.base.typed import TYPE_CHECKING
from gracelint.base.values import dataclass
from gracelint.simulate.shell.compound import ask, choose
from gracelint.simulate.shell.expansion import words as expansion
from gracelint.simulate.shell.waiting import pause
from gracelint.syntax.shell import tree
from gracelint.syntax.shell.parse import walk

if TYPE_CHECKING:
    from gracelint.simulate.shell.records import Tail
    from gracelint.simulate.shell.state import Shell

ROUNDS = 100  # of a loop that may end
ENOUGH = 4  # of one that does not
TURN = 0.05  # seconds that a round takes at least, of a loop that goes on and on during the stop
_LEAVING = frozenset({None, "break", "exit", "return", "exec", "kill", "eval", ".", "source"})
_PASSING = frozenset(
    (
        *(":", "[", "cat", "continue", "date", "echo", "false", "local", "printf", "read", "set"),
        *("sleep", "tail", "test", "true", "wait"),
    )
)
_LOOP = frozenset({"loop"})
_EACH = frozenset({"loop", "each"})


def for_each(shell: Shell, node: tree.For, _tail: Tail | None) -> None:
    """`for x in …`: every known value in turn; an unknown list once."""
    values = shell.args if node.words is None else expansion.expand(shell, node.words)
    shell.status = 0
    within = _LOOP if _tries_again(node) else _EACH
    shell.inside(within, _for_value, node, values[:ROUNDS], 0)


def _tries_again(node: tree.For) -> bool:
    """Whether the values only count how often the same is tried, until it works:
    `for try in 1 2 3; do serve && break; sleep 1; done`.
    """
    commands = [part for part in walk(node.body) if isinstance(part, tree.Simple) and part.words]
    used = {
        part.name
        for command in commands
        if command.name not in _PASSING
        for part in walk(command)
        if isinstance(part, tree.Parameter)
    }
    return node.name not in used and any(command.name == "break" for command in commands)


def _for_value(shell: Shell, node: tree.For, values: tuple[Word, ...], index: int) -> None:
    if index < len(values):
        value = values[index]
        shell.vars.assign(node.name, value if not value.many else Word(None, reason=value.reason))
        shell.parts.inner(shell, node.body, None)
        shell.again(_for_value, node, values, index + 1)


def _computed(shell: Shell, expression: str) -> int | None:
    from gracelint.simulate.shell.expansion import arithmetic

    return arithmetic.value(expression, shell)


def counted(shell: Shell, node: tree.ArithmeticFor, _tail: Tail | None) -> None:
    """`for ((a; b; c))`."""
    first = node.expressions[0].strip()
    if first:
        _computed(shell, first)
    shell.inside(_LOOP, _counted_round, node, shell.kernel.now, 0)


def _counted_round(shell: Shell, node: tree.ArithmeticFor, began: float, count: int) -> None:
    _, condition, step = (expression.strip() for expression in node.expressions)
    endless = condition in {"", "1"}
    if endless:
        _begin_round(shell, node, began, count, endless=True)
    if count and step:
        _computed(shell, step)
    if count < ROUNDS or endless:
        shell.then(_counted_condition, node, began, count)


def _counted_condition(shell: Shell, node: tree.ArithmeticFor, began: float, count: int) -> None:
    condition = node.expressions[1].strip()
    value = _computed(shell, condition) if condition else 1
    if value is None:
        value = choose(shell, node, default=count == 0, count=count)
    if value:
        shell.parts.inner(shell, node.body, None)
        shell.again(_counted_round, node, began, count + 1)


def loop(shell: Shell, node: tree.While, _tail: Tail | None) -> None:
    """`while` and `until`."""
    shell.inside(_LOOP, _asked_round, node, shell.kernel.now, 0)


def _asked_round(shell: Shell, node: tree.While, began: float, count: int) -> None:
    """A round begins. count: those that are over; began: when the first began, in seconds."""
    _begin_round(shell, node, began, count, endless=_endless(node))
    ended = Ended(shell.status, shell.assumed, shell.excused) if count else Ended(0, False, False)
    ask(shell, node.condition)
    shell.again(_decided_round, node, began, count, ended)


def _begin_round(
    shell: Shell, node: tree.While | tree.ArithmeticFor, began: float, count: int, *, endless: bool
) -> None:
    shell.kernel.step_budget()
    if count and shell.kernel.now > began:
        _note_round(shell, count - (ENOUGH if endless else ROUNDS))
        if endless and count == ENOUGH:
            shell.kernel.works = shell.kernel.works or _works(shell, node.body)
    if count and shell.kernel.stopping and endless:
        pause(shell, node, TURN)


@dataclass(frozen=True, slots=True)
class Ended:
    """How the last round of a loop ended, which is how the loop does; see `Shell`."""

    status: int | None
    assumed: bool
    excused: bool


def _decided_round(shell: Shell, node: tree.While, began: float, count: int, ended: Ended) -> None:
    if shell.status is None:
        holds = choose(shell, node.condition, default=node.until, count=count)
    elif shell.assumed:
        holds = choose(shell, node.condition, default=shell.status == 0, count=count)
    else:
        holds = shell.status == 0
    if holds == node.until:
        shell.status, shell.assumed, shell.excused = ended.status, ended.assumed, ended.excused
        return
    shell.parts.inner(shell, node.body, None)
    shell.again(_asked_round, node, began, count + 1)


def _note_round(shell: Shell, past: int) -> None:
    """After enough rounds, one more tells which of its parts takes longest.

    past: rounds since there were enough of them.
    """
    if past >= 0:
        shell.kernel.periodic = True
    if past == -1 or past > 1:
        shell.kernel.longest = 0.0


def _works(shell: Shell, body: tree.Node) -> bool:
    """Whether a loop that nothing ends does something in each round: it is no wait for anything."""
    names = {one.name for one in walk(body) if isinstance(one, tree.Simple) and one.words}
    leaves = not names.isdisjoint(_LEAVING) or not names.isdisjoint(shell.vars.functions)
    return not leaves and not names <= _PASSING


def _endless(node: tree.While) -> bool:
    """Whether the condition always holds: `while true`, `while :`, `until false`."""
    items = node.condition.items
    if len(items) != 1 or not isinstance(items[0].command, tree.Simple):
        return False
    words = [w.literal for w in items[0].command.words]
    return words in ([["false"]] if node.until else [["true"], [":"], ["[", "1", "]"]])
