"""Instructions: conditions and loops."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple

from gracelint.simulate.sources.machine.calls import find_member, owner_of
from gracelint.simulate.sources.machine.operations import SIMPLE
from gracelint.simulate.sources.machine.state import Block
from gracelint.simulate.sources.machine.undefined import demanded, turns
from gracelint.simulate.sources.machine.values import (
    MAX_ITEMS,
    NOTHING,
    Generator,
    Items,
    Record,
    Scope,
    Thing,
    is_unset,
    unset,
    variable,
)
from gracelint.syntax.code import tree

if TYPE_CHECKING:
    from collections.abc import Iterable

    from gracelint.simulate.sources.machine.code import Branch
    from gracelint.simulate.sources.machine.machine import Machine
    from gracelint.simulate.sources.machine.state import Do, Frame, Strand

BUSY = 20  # rounds of a loop without any waiting, after which it is taken to work for ever
MAX_ROUNDS = 400
MAX_PAUSES = 2000  # rounds of a loop with short pauses
ROUNDS = 2  # of a loop that counts up to what is not known: as many as tell one from several
_MORE = Thing("\0more")  # stands behind the items that are known of a list which may have others
MOMENT = 0.05  # seconds that pass at least while a loop looks at the clock again and again
SOON = 30.0  # seconds in which a program that is started may wait for something to be there


def _branch(m: Machine, s: Strand, f: Frame, branch: Branch, node: tree.Node) -> None:
    """Go on or to the target; where nothing is known and neither way matters: past both."""
    truth = m.library.truth(f.stack[-1])
    if truth is None:
        truth = _undecided(m, f, branch, node)
    elif isinstance(node, tree.If) and _gives_up(m, node.then if truth else node.other):
        alone = turns(node.test, partial(_held, f), m.environment["env"], when=truth)
        truth = truth is not (alone and _demands(m, f, node.test, when=truth))
    f.stack.pop()
    f.at = f.at + 1 if truth else branch.target


def _undecided(m: Machine, f: Frame, branch: Branch, node: tree.Node) -> bool:
    counted = _counted(f, node) if isinstance(node, tree.Loop) else None
    if counted is not None and m.matters(branch.then):
        _cut_short(m)
        return counted < ROUNDS
    if not isinstance(node, tree.If):
        value = f.stack[-1]
        decided = m.decide(f, node, branch)
        if decided is None and branch.loop:
            m.unknown += 1
            _cut_short(m)
            if isinstance(value, Thing) and value.path.endswith(("accept()", "accept")):
                m.mode["kept"] = True
        return bool(decided)
    ways = [_gives_up(m, body) for body in (node.then, node.other)]
    if ways[0] != ways[1]:
        _demands(m, f, node.test, when=ways[0])
        return ways[1]
    decided = m.decide(f, node, branch)
    if decided is None:
        m.library.skipped(m, branch.then | branch.other)
        left_out = (*node.then, *node.other)
        _forget(f, left_out)
        _filled(f, left_out)
        ways = [_returns(body) for body in (node.then, node.other)]
        return ways[1] > ways[0] or (ways[0] > ways[1] and _raises(m, f, branch.target))
    return decided


def _demands(m: Machine, f: Frame, test: tree.Node, *, when: bool) -> bool:
    """Whether the program gives up because a variable is not set: then somebody sets it."""
    values = demanded(test, partial(_held, f), m.environment["env"], when=when)
    values = [value for value in values if variable(value) not in m.made]
    if not values and _gathers(f, test):
        values = [unset(name) for name in m.looked_up if name not in m.made]
    for value in values:
        m.requires(value)
    return bool(values)


def _gathers(f: Frame, test: tree.Node) -> bool:
    """Whether a condition asks for what has been looked up one by one: a list of which not all is
    known, or a function that is called for each of a list.
    """
    for node in tree.walk(test):
        if isinstance(node, tree.Function | tree.Collect):
            return True
        value = _held(f, node) if isinstance(node, tree.Name) else None
        if isinstance(value, Items) and not value.whole:
            return True
    return False


def _cut_short(m: Machine) -> None:
    """Note that a loop is not gone round as often as it is: it may be what waits for the rest."""
    if m.mode.get("told"):
        m.mode["cut-short"] = True


def _gives_up(m: Machine, body: tree.Block) -> bool:
    """Whether a way leads out of the program, before it has done anything: a guard."""
    if not body:
        return False
    last = body[-1]
    if isinstance(last, tree.Raise):
        return len(body) < 5
    if not isinstance(last, tree.Call) or len(body) > 6:
        return False
    name = last.function
    called = name.name if isinstance(name, tree.Name | tree.Member) else ""
    return called in {"exit", "_exit", "die", "abort", "croak", "exit!", "quit", "raise"}


def _returns(body: tree.Block) -> bool:
    """Whether a way leaves its function early, as it does where something is missing."""
    return bool(body) and isinstance(body[-1], tree.Return)


def _raises(m: Machine, f: Frame, at: int) -> bool:
    """Whether all that the rest of a function may do is to complain of what is missing."""
    rest = f.code.instructions[at:] if f.code.function is not None else ()
    complains = any(name == "raise" for name, _, _ in rest)
    return complains and not m.matters(frozenset(a for _, a, _ in rest if isinstance(a, str)))


def _counted(f: Frame, loop: tree.Loop) -> int | None:
    """How far a loop has counted that goes up to a number which is not known; None: it is none."""
    test = loop.test
    if not isinstance(test, tree.Operation) or test.operator not in {"<", "<="}:
        return None
    first = test.operands[0]
    name = first.name if isinstance(first, tree.Name) else ""
    steps = [a.target for a in loop.after if isinstance(a, tree.Assign)]
    if not any(isinstance(step, tree.Name) and step.name == name for step in steps):
        return None
    owner = owner_of(f.scope, name)
    value = owner.names.get(name) if owner is not None else None
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _forget(f: Frame, body: Iterable[tree.Node]) -> None:
    """What a way that was not taken might have assigned is not known any more."""
    for node in body:
        if isinstance(node, tree.Assign) and isinstance(node.target, tree.Name):
            owner = owner_of(f.scope, node.target.name)
            if owner is not None and isinstance(owner.names.get(node.target.name), SIMPLE):
                owner.names[node.target.name] = NOTHING
        elif isinstance(node, tree.Assign) and isinstance(node.target, tree.Member):
            holder, name = _held(f, node.target.object), node.target.name
            if isinstance(holder, Record) and isinstance(_field(holder, name), SIMPLE):
                holder.fields[name] = NOTHING


def _field(holder: Record, name: str) -> Any:
    """What an object has under a name: of its own, else of its class."""
    if name in holder.fields or holder.of is None:
        return holder.fields.get(name, NOTHING)
    return find_member(holder.of, name, NOTHING)


_FILLS = frozenset(
    ("push", "unshift", "append", "extend", "insert", "add", "put", "set", "update", "push_back")
)


def _filled(f: Frame, body: tree.Block) -> None:
    """Lists and maps may have got more in what is left out or repeated nobody knows how often."""
    for node in tree.walk(*body):
        called = node.function if isinstance(node, tree.Call) else None
        filled = None
        if isinstance(called, tree.Member) and called.name in _FILLS:
            filled = called.object
        elif isinstance(node, tree.Assign) and isinstance(node.target, tree.Index):
            filled = node.target.object
        value = _held(f, filled)
        if isinstance(value, Items):
            value.whole = False
        elif isinstance(value, Record) and value.kind in {"map", "dict"}:
            value.open = True


def _held(f: Frame, node: tree.Node | None) -> Any:
    """What a name, or a member of an object that has one, stands for now."""
    names: list[str] = []
    while isinstance(node, tree.Member):
        names.append(node.name)
        node = node.object
    name = node.name if isinstance(node, tree.Name) else ""
    owner = owner_of(f.scope, name)
    value = owner.names.get(name) if owner is not None else None
    for field in reversed(names):
        value = value.fields.get(field) if isinstance(value, Record) else None
    return value


def _choose(m: Machine, s: Strand, f: Frame, branch: Branch, node: tree.Node) -> None:
    """The same for a condition within an expression, of which then nothing is known."""
    truth = m.library.truth(f.stack[-1])
    if truth is None:
        truth = m.decide(f, node, branch)
    if truth is None:
        f.stack[-1] = NOTHING
        f.at = f.code.instructions[branch.target - 1][1]  # the jump that follows the first value
        return
    f.stack.pop()
    f.at = f.at + 1 if truth else branch.target


def _short(m: Machine, s: Strand, f: Frame, asked: Any, node: tree.Node) -> None:
    """`a and b`, `a or b`, `a ?? b`: to the target with a, or on to b."""
    target, operator, words = asked
    value = f.stack[-1]
    truth = m.library.truth(value)
    if operator == "??":
        truth = None if isinstance(value, Thing) else value is not None
    if truth is None:
        truth = _short_unknown(m, f, operator, words, node)
    if truth == (operator != "and"):
        f.at = target
    else:
        f.at += 1
        f.stack.pop()


def _short_unknown(
    m: Machine, f: Frame, operator: str, words: frozenset[str], node: tree.Node
) -> bool:
    assert isinstance(node, tree.Operation | tree.Assign)
    last = node.operands[-1] if isinstance(node, tree.Operation) else node.value
    if is_unset(f.stack[-1]) and isinstance(last, tree.Literal) and last.value:
        return operator == "and"
    guard = last is not None and _gives_up(m, (last,))
    if guard and operator != "and":
        m.requires(f.stack[-1])
    if guard or isinstance(last, tree.Literal) or not m.matters(words):
        return operator != "and"
    if operator != "and" and not isinstance(last, tree.Call):
        return True
    return m.host.choose(node, f.code, default=True)


def _loop(m: Machine, s: Strand, f: Frame, _: Any, node: tree.Node) -> None:
    f.at += 1
    f.rounds.pop(f.at - 1, None)


def _round(m: Machine, s: Strand, f: Frame, asked: Any, node: tree.Node) -> None:
    """The end of a round: one that changes nothing is not gone again and again."""
    top, begin, words = asked
    end, f.at = f.at + 1, top
    now = m.host.now()
    state = (m.effects, _snapshot(m, f, words))
    before = f.rounds.get(begin)
    count = before[2] + 1 if before else 1
    first = before[4] if before else (now, m.yielded)
    f.rounds[begin] = (state, now, count, m.clocked, first, False)
    lets_others = m.yielded > first[1]
    if before is None or before[0] != state:
        if count > MAX_ROUNDS and _counts_on(m, node, before, state[1]):
            _forget_loop(m, f, node)
            f.at = end
        elif count > (MAX_PAUSES if 0 < now - first[0] < SOON else MAX_ROUNDS):
            _stay(m, s, lets_others=lets_others)
    elif now > before[1] and not before[5]:
        s.idles = m.clocked == before[3] or not _counts_time(m, count)
    elif count > BUSY and m.clocked > before[3] and now - first[0] < SOON:
        f.rounds[begin] = (state, now, count, m.clocked, first, True)
        _watch_clock(m, s, now - first[0], lets_others=lets_others)
    elif count > BUSY:
        _stay(m, s, lets_others=lets_others)


def _counts_on(m: Machine, node: tree.Node, before: Any, values: tuple[Any, ...]) -> bool:
    """Whether each round changes what a loop asks for while no time passes: its end will come."""
    (_, old), _, _, clocked, (since, _), _ = before
    asks = isinstance(node, tree.Loop) and node.test is not None and old != values
    return asks and m.clocked == clocked and m.host.now() == since


def _watch_clock(m: Machine, s: Strand, so_far: float, *, lets_others: bool) -> None:
    """A loop without a pause that looks at the clock: time passes while it goes round."""
    m.block(s, m.sleep(max(MOMENT, so_far), interrupted=_interrupted(m, lets_others=lets_others)))
    if m.library.events:
        s.background = False


def _counts_time(m: Machine, count: int) -> bool:
    """Whether a loop that looks at the clock may soon see that it is over."""
    return count < MAX_ROUNDS and (m.mode.get("told") or m.host.now() < SOON)


def _stay(m: Machine, s: Strand, *, lets_others: bool) -> None:
    """A loop without a pause: it works until something changes."""
    how = _interrupted(m, lets_others=lets_others)
    m.block(s, Block("idle", idle=True, interrupted=how, stamp=m.effects))


def _interrupted(m: Machine, *, lets_others: bool) -> str:
    """What a handler does to such a loop: in JavaScript it waits, unless the loop has awaited what
    was not there yet.
    """
    return "waits" if m.library.events and not lets_others else m.library.sleep_interrupted


def _snapshot(m: Machine, f: Frame, words: frozenset[str]) -> tuple[Any, ...]:
    """The simple values of the names on which a loop depends."""
    entries: list[tuple[str, Any]] = []
    for name in sorted(words):
        owner = owner_of(f.scope, name)
        value = owner.names.get(name) if owner is not None else None
        if owner is None:
            this = f.scope
            holders = [
                v for scope in _scopes(this) for v in scope.names.values() if isinstance(v, Record)
            ]
            value = next((h.fields[name] for h in holders if name in h.fields), None)
        if isinstance(value, SIMPLE):
            entries.append((name, value))
        elif isinstance(value, Items):
            entries.append((name, len(value.items)))
        elif isinstance(value, Record) and "\0set" in value.fields:
            entries.append((name, bool(value.fields["\0set"])))
    return tuple(entries)


def _scopes(scope: Scope | None) -> list[Scope]:
    scopes: list[Scope] = []
    while scope is not None and len(scopes) < 12:
        scopes.append(scope)
        scope = scope.outer
    return scopes


def _iterate(m: Machine, s: Strand, f: Frame, asked: Any, node: tree.Node) -> None:
    target, words, keys = asked
    f.at += 1
    value = f.stack.pop()
    if isinstance(value, Generator):
        f.stack.append([value])
        return
    items = m.library.items(m, value, keys=keys)
    if isinstance(items, Block | Generator):
        f.stack.append([items])
        return
    if items is None:
        if isinstance(node, tree.Collect):
            _more(f.stack[-1])
        elif isinstance(node, tree.Each):
            _filled(f, node.body)
        if not m.matters(words):
            m.unknown += isinstance(node, tree.Each) and _calls_each(node)
            _forget_loop(m, f, node)
            f.at = target
            return
        items = [NOTHING, _MORE]
    elif isinstance(node, tree.Collect) and not _whole(value):
        _more(f.stack[-1])
    elif isinstance(value, Items) and value.rest is not None:
        items = [*items, _Rest(value.rest, m.host.now())]
    elif len(items) > MAX_ITEMS or not _whole(value):
        items = [*items[:MAX_ITEMS], _MORE]
    f.stack.append(list(items))


def _calls_each(loop: tree.Each) -> bool:
    """Whether a loop calls what it goes over, or methods of that."""
    names = {node.name for node in tree.walk(loop.target) if isinstance(node, tree.Name)}
    for node in tree.walk(*loop.body):
        called = node.function if isinstance(node, tree.Call) else None
        called = called.object if isinstance(called, tree.Member) else called
        if isinstance(called, tree.Name) and called.name in names:
            return True
    return False


class _Rest(NamedTuple):
    """The numbers that follow those of which a loop has a list, which it began `since`."""

    numbers: range
    since: float


def _continued(m: Machine, left: list[Any]) -> None:
    """A loop that pauses in its rounds is gone through to its end."""
    numbers, since = left.pop()
    if m.host.now() > since:
        left += numbers[:MAX_ITEMS]
        left += [_Rest(numbers[MAX_ITEMS:], since)] if len(numbers) > MAX_ITEMS else ()
    else:
        left.append(_MORE)


def _forget_loop(m: Machine, f: Frame, node: tree.Node) -> None:
    """What a loop assigns that was not gone round as often as it is."""
    _cut_short(m)
    if isinstance(node, tree.Each | tree.Loop):
        after = node.after if isinstance(node, tree.Loop) else ()
        repeated = (*node.body, *after)
        _forget(f, tree.walk(*repeated))
        _filled(f, repeated)


def _whole(value: Any) -> bool:
    """Whether all is known that a loop goes over."""
    return not (isinstance(value, Record) and value.open) and getattr(value, "whole", True)


def _next(m: Machine, s: Strand, f: Frame, asked: Any, node: tree.Node) -> None:
    left = f.stack[-1]
    if len(left) == 1 and isinstance(left[0], _Rest):
        _continued(m, left)
    if left == [_MORE]:
        _forget_loop(m, f, node)
        left.clear()
    if not left:
        f.at = asked[0]
    elif isinstance(left[0], Generator):
        m.block(s, m.ask(s, left[0], "each"))
    elif isinstance(left[0], Block):
        block = left.pop()
        block.then = "end-loop"
        m.block(s, block)
    else:
        f.at += 1
        f.stack.append(left.pop(0))


def _sift(m: Machine, s: Strand, f: Frame, target: int, node: tree.Node) -> None:
    """A condition of a comprehension; where it is open, so is what the list has besides."""
    truth = m.library.truth(f.stack.pop())
    if truth is None:
        _more(f.stack[-2])
    f.at = f.at + 1 if truth else target


def _more(gathered: Any) -> None:
    if isinstance(gathered, Items):
        gathered.whole = False


def _append(m: Machine, s: Strand, f: Frame, _: Any, node: tree.Node) -> None:
    f.at += 1
    value = f.stack.pop()
    items = f.stack[-2]
    if isinstance(items, Items):
        items.add(value)


def leave_loop(m: Machine, s: Strand, f: Frame, asked: Any, node: tree.Node) -> None:
    """`break` and `next`: to the target, through each `finally` on the way."""
    target, tries, scopes = asked
    for _ in range(tries):
        kind, final, depth, scope = f.tries.pop()
        if kind == "final":
            del f.stack[depth:]
            f.after.append(("leave", target, tries, scopes))
            f.scope, f.at = scope, final
            return
    for _ in range(scopes):
        f.scope = f.scope.outer or f.scope
    f.at = target


DO: dict[str, Do] = {
    "branch": _branch,
    "choose": _choose,
    "short": _short,
    "loop": _loop,
    "round": _round,
    "iterate": _iterate,
    "next": _next,
    "append": _append,
    "sift": _sift,
    "leave": leave_loop,
}
