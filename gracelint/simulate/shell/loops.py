"""Loops: `for`, `while` and `until`.

Where all rounds of a loop go on and on while time passes, it is where the container lives.
"""

from __future__ import annotations

from gracelint.base import lazy
from gracelint.base.facts import Word
from gracelint.base.typed import TYPE_CHECKING
from gracelint.base.values import dataclass, replace
from gracelint.simulate.shell.compound import ask, choose
from gracelint.simulate.shell.expansion import words as expansion
from gracelint.simulate.shell.waiting import pause
from gracelint.syntax.shell import tree
from gracelint.syntax.shell.parse import walk

if TYPE_CHECKING:
    from gracelint.simulate.shell.records import Tail
    from gracelint.simulate.shell.state import Shell
    from gracelint.simulate.world import World

_repeats = lazy.function("gracelint.simulate.merging", "repeats")

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


@dataclass(frozen=True, slots=True, eq=False)
class Rounds:
    """The rounds of a loop that are over.

    count: how many. began: when the first began, in seconds. passing: whether time has passed
    since. enough: after how many it surely goes on and on. seen: how it was at the beginning of an
    earlier round.
    """

    count: int
    began: float
    enough: int
    passing: bool = False
    seen: World | None = None

    def __eq__(self, other: object) -> bool:
        """What is to come does not depend on how many there were, once there was one."""
        if not isinstance(other, Rounds):
            return NotImplemented
        mine, its = ((bool(one.count), one.passing) for one in (self, other))
        return mine == its

    def __hash__(self) -> int:
        return hash((bool(self.count), self.passing))

    @property
    def next(self) -> Rounds:
        """With one more."""
        return replace(self, count=self.count + 1)


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
    endless = node.expressions[1].strip() in {"", "1"}
    shell.inside(_LOOP, _counted_round, node, _first(shell, endless=endless))


def _first(shell: Shell, *, endless: bool) -> Rounds:
    return Rounds(0, shell.kernel.now, ENOUGH if endless else ROUNDS)


def _counted_round(shell: Shell, node: tree.ArithmeticFor, rounds: Rounds) -> None:
    _, condition, step = (expression.strip() for expression in node.expressions)
    endless = condition in {"", "1"}
    if endless:
        rounds = _begin_round(shell, node, rounds, endless=True)
    if rounds.count and step:
        _computed(shell, step)
    if rounds.count < ROUNDS or endless:
        shell.then(_counted_condition, node, rounds)


def _counted_condition(shell: Shell, node: tree.ArithmeticFor, rounds: Rounds) -> None:
    condition = node.expressions[1].strip()
    value = _computed(shell, condition) if condition else 1
    if value is None:
        value = choose(shell, node, default=rounds.count == 0, count=rounds.count)
    if value:
        shell.parts.inner(shell, node.body, None)
        shell.again(_counted_round, node, rounds.next)


def loop(shell: Shell, node: tree.While, _tail: Tail | None) -> None:
    """`while` and `until`."""
    shell.inside(_LOOP, _asked_round, node, _first(shell, endless=_endless(node)))


def _asked_round(shell: Shell, node: tree.While, rounds: Rounds) -> None:
    """A round begins."""
    rounds = _begin_round(shell, node, rounds, endless=_endless(node))
    known = Ended(shell.status, shell.assumed, shell.excused)
    ended = known if rounds.count else Ended(0, False, False)
    ask(shell, node.condition)
    shell.again(_decided_round, node, rounds, ended)


def _begin_round(
    shell: Shell, node: tree.While | tree.ArithmeticFor, rounds: Rounds, *, endless: bool
) -> Rounds:
    shell.kernel.step_budget()
    if not rounds.count:
        return rounds
    if shell.kernel.now > rounds.began:
        rounds = _watched(shell, replace(rounds, passing=True))
        _note_round(shell, rounds.count - rounds.enough)
        if endless and rounds.count == ENOUGH:
            shell.kernel.works = shell.kernel.works or _works(shell, node.body)
    if shell.kernel.stopping and endless:
        pause(shell, node, TURN)
    return rounds


def _watched(shell: Shell, rounds: Rounds) -> Rounds:
    """Look whether a round has changed anything: where none does, there were enough of them.

    Two rounds in turn may be what goes on and on.
    """
    count = rounds.count
    if shell.kernel.stopping or count + 1 >= rounds.enough:
        return replace(rounds, seen=None)
    if rounds.seen is not None and _repeats(shell.world, rounds.seen):
        return replace(rounds, enough=count + 1, seen=None)
    if _is_looked_at(count):
        return replace(rounds, seen=shell.world.fork())
    return rounds if _is_looked_at(count - 1) else replace(rounds, seen=None)


def _is_looked_at(count: int) -> bool:
    """After 2, 4, 8, … rounds it is looked at how things are, to be compared with the next two."""
    return count > 1 and count & (count - 1) == 0


@dataclass(frozen=True, slots=True)
class Ended:
    """How the last round of a loop ended, which is how the loop does; see `Shell`."""

    status: int | None
    assumed: bool
    excused: bool


def _decided_round(shell: Shell, node: tree.While, rounds: Rounds, ended: Ended) -> None:
    if shell.status is None:
        holds = choose(shell, node.condition, default=node.until, count=rounds.count)
    elif shell.assumed:
        holds = choose(shell, node.condition, default=shell.status == 0, count=rounds.count)
    else:
        holds = shell.status == 0
    if holds == node.until:
        shell.status, shell.assumed, shell.excused = ended.status, ended.assumed, ended.excused
        return
    shell.parts.inner(shell, node.body, None)
    shell.again(_asked_round, node, rounds.next)


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
