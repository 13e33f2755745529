"""Instructions: variables, members, values and operations."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gracelint.simulate.sources.machine.calls import find_member, member_above, owner_of
from gracelint.simulate.sources.machine.operations import operation
from gracelint.simulate.sources.machine.properties import default_of, hidden, holder_of, own_key
from gracelint.simulate.sources.machine.state import Lost
from gracelint.simulate.sources.machine.values import (
    MAX_TEXT,
    NOTHING,
    Bound,
    Child,
    Class,
    Closure,
    Items,
    Record,
    Scope,
    Thing,
    is_environment,
    is_unset,
    key_of,
    put,
    spelled,
)
from gracelint.syntax.code import tree

if TYPE_CHECKING:
    from gracelint.simulate.sources.machine.machine import Machine
    from gracelint.simulate.sources.machine.state import Do, Frame, Strand

_ABSENT = object()


def _const(m: Machine, s: Strand, f: Frame, value: Any, node: tree.Node) -> None:
    f.at += 1
    f.stack.append(value)


def _unknown(m: Machine, s: Strand, f: Frame, path: str, node: tree.Node) -> None:
    f.at += 1
    f.stack.append(Thing(path))


def _pop(m: Machine, s: Strand, f: Frame, _: Any, node: tree.Node) -> None:
    f.at += 1
    f.stack.pop()


def _dup(m: Machine, s: Strand, f: Frame, _: Any, node: tree.Node) -> None:
    f.at += 1
    f.stack.append(f.stack[-1])


def _left(
    m: Machine, s: Strand, f: Frame, taken: tuple[tuple[str, ...], bool], node: tree.Node
) -> None:
    """What is left of an object of which fields have been taken. taken: their names, and whether
    those are all.
    """
    f.at += 1
    value, (names, all_of_them) = f.stack.pop(), taken
    if isinstance(value, Record) and value.kind in {"dict", "object"}:
        fields = {key: kept for key, kept in value.fields.items() if key not in names}
        value = Record(value.kind, fields, None, value.open or not all_of_them)
    f.stack.append(value)


def _jump(m: Machine, s: Strand, f: Frame, target: int, node: tree.Node) -> None:
    f.at = target


def look_up(m: Machine, f: Frame, name: str) -> Any:
    """What a name stands for."""
    held = _own_variables(m, f, name)
    if held is not None:
        return held.get(name)
    owner = owner_of(f.scope, name)
    if m.library.dialect.name == "ruby":
        method = _own_method(f, name, owner)
        if method is not None:
            return method
    if owner is not None and name in owner.names:
        return owner.names[name]
    if name == "@_" and (owner := owner_of(f.scope, "\0arguments")) is not None:
        return owner.names["\0arguments"]
    if m.library.dialect.closed and not name.startswith("$"):
        for scope in m.globals.values():
            if name in scope.names:
                return scope.names[name]
    if name in m.library.own_file and f.code.path.startswith("/"):
        return _own_file(m, f, name)
    return m.library.load(m, name)


def _own_file(m: Machine, f: Frame, name: str) -> str:
    """The file that a name is written in, or the folder of that."""
    path, kind = f.code.path, m.library.own_file[name]
    if kind == "folder":
        return path.rpartition("/")[0] or "/"
    given = kind == "given" and path == m.codes[0].path
    return str(m.environment["argv"][0]) if given else path


def _load(m: Machine, s: Strand, f: Frame, name: str, node: tree.Node) -> None:
    if m.library.dialect.closed and m.library.autoloads(m, s, name):
        return  # and asks once more when the file is through
    f.at += 1
    value = look_up(m, f, name)
    if isinstance(value, Thing) and value.path == name:
        failure = m.library.undefined(m, name, f.code)
        if failure is not None:
            m.throw(s, failure)
            return
    f.stack.append(value)


def _own_method(f: Frame, name: str, owner: Scope | None) -> Closure | None:
    """The method that a bare name calls on the object at hand, unless a variable has that name."""
    found = owner.names.get(name) if owner is not None else None
    function = found.code.function if isinstance(found, Closure) else None
    if owner is not None and (function is None or not function.own_this):
        return None
    around = owner_of(f.scope, "self")
    this = around.names["self"] if around is not None else None
    own = this.of if isinstance(this, Record) else this
    member = find_member(own, name) if isinstance(own, Class) else None
    method = member if isinstance(member, Closure) else found
    if not isinstance(method, Closure) or method.this is not None:
        return None
    return Closure(method.code, method.scope, this, method.role)


def _own_variables(m: Machine, f: Frame, name: str) -> dict[str, Any] | None:
    """Where the object or class keeps a variable that is its own, as Ruby has them: `@x`."""
    if m.library.dialect.name != "ruby" or name[:1] != "@":
        return None
    owner = owner_of(f.scope, "self")
    this = owner.names["self"] if owner is not None else None
    if isinstance(this, Class):
        return this.members.names
    if isinstance(this, Record) and this.of is not None:
        return this.of.members.names if name[:2] == "@@" else this.fields
    return None


def _store(m: Machine, s: Strand, f: Frame, name: str, node: tree.Node) -> None:
    f.at += 1
    value = f.stack.pop()
    held = _own_variables(m, f, name)
    if held is not None:
        held[name] = value
    else:
        home(m, f, name).names[name] = value


def home(m: Machine, f: Frame, name: str) -> Scope:
    """The scope that an assignment writes to."""
    dialect = m.library.dialect
    if dialect.blocks or dialect.nearest:
        owner = owner_of(f.scope, name)
        if owner is not None:
            return owner
    if name[:1] in {"@", "$"} and dialect.name == "ruby":
        return m.globals[f.code.path]
    if dialect.name == "perl":
        return m.globals[f.code.path]
    if dialect.nearest:
        return f.scope  # of the block, where it is first written there
    scope = f.scope
    while not scope.of_function and scope.outer is not None:
        scope = scope.outer
    return scope.links.get(name, scope)


def _declare(m: Machine, s: Strand, f: Frame, name: str, node: tree.Node) -> None:
    f.at += 1
    f.scope.names[name] = f.stack.pop()


def _define(m: Machine, s: Strand, f: Frame, name: str, node: tree.Node) -> None:
    f.at += 1
    value = f.stack.pop()
    dialect = m.library.dialect
    if f.gives != "class" and (dialect.closed or dialect.name == "perl"):
        names = m.globals[f.code.path].names
        names[name] = names[name.rpartition("::")[2]] = value
    else:
        f.scope.names[name] = value


def _scope(m: Machine, s: Strand, f: Frame, _: Any, node: tree.Node) -> None:
    f.at += 1
    f.scope = Scope(outer=f.scope)


def _unscope(m: Machine, s: Strand, f: Frame, _: Any, node: tree.Node) -> None:
    f.at += 1
    f.scope = f.scope.outer or f.scope


def _unless_given(m: Machine, s: Strand, f: Frame, wanted: Any, node: tree.Node) -> None:
    target, name = wanted
    f.at = target if name in f.scope.names else f.at + 1


def member_of(m: Machine, value: Any, name: str) -> Any:
    """`value.name`."""
    if isinstance(value, Thing):
        return m.library.thing(m, f"{value.path}.{name}" if value.path else f"?.{name}")
    if isinstance(value, Record) and value.kind == "above":
        return member_above(value, name)
    if isinstance(value, Record) and name in value.fields:
        return value.fields[name]
    member: Any = _ABSENT
    if isinstance(value, Record) and value.of is not None:
        member = find_member(value.of, name, _ABSENT)
    elif isinstance(value, Class):
        member = find_member(value, name, _ABSENT)
    if isinstance(member, Closure) and member.role == "static":
        return member
    if isinstance(member, Closure) and member.role == "class":
        owner = value.of if isinstance(value, Record) else value
        return Closure(member.code, member.scope, owner, "class")
    if isinstance(member, Closure) and (isinstance(value, Record) or m.library.this):
        return Closure(member.code, member.scope, value, member.role)
    absent = member is _ABSENT or member is NOTHING
    return m.library.member(m, value, name) if absent else member


def _method(m: Machine, s: Strand, f: Frame, name: str, node: tree.Node) -> None:
    """`value.name(…)`."""
    f.at += 1
    value = f.stack.pop()
    member = NOTHING if _skipped(m, value, node) else method_of(m, value, name)
    if not _got(m, s, value, member, node):
        f.stack.append(_of_object(m, value, member))


def _of_object(m: Machine, value: Any, member: Any) -> Any:
    """In JavaScript a function belongs to the object that it is called by."""
    if not m.library.events or not isinstance(member, Closure) or member.this is not None:
        return member
    function = member.code.function
    own = function is not None and function.own_this and isinstance(value, Record)
    return Closure(member.code, member.scope, value) if own else member


def _skipped(m: Machine, value: Any, node: tree.Node) -> bool:
    """Whether `value?.name` is nothing."""
    return isinstance(node, tree.Member) and node.optional and m.library.truth(value) is False


def method_of(m: Machine, value: Any, name: str) -> Any:
    """`value.name` where it is called: no property of that name, where these are apart."""
    if not m.library.dialect.apart or not isinstance(value, Record) or name not in value.fields:
        return member_of(m, value, name)
    fields = {key: one for key, one in value.fields.items() if key != name}
    part = Record(value.kind, fields, value.of, value.open)
    return _of_whole(member_of(m, part, name), part, value)


def _of_whole(member: Any, part: Record, whole: Record) -> Any:
    """A method that was looked for in a part of an object, as one of the whole."""
    if isinstance(member, Closure) and member.this is part:
        return Closure(member.code, member.scope, whole, member.role)
    if isinstance(member, Bound) and member.receiver is part:
        return Bound(whole, member.name)
    return member


def own_property(m: Machine, f: Frame, value: Any, name: str) -> Any:
    """A property of PHP: the one that the method at hand sees."""
    if name.startswith(tree.METHOD):
        return method_of(m, value, name.removeprefix(tree.METHOD))
    key = own_key(m, f, value, name)
    if key != name:
        return value.fields[key] if key in value.fields else default_of(m, f, name)
    if isinstance(value, Record) and name not in value.fields:
        if hidden(m, f, value, name):
            return None
        first = find_member(value.of, tree.PROPERTY + name, _ABSENT)
        if first is not _ABSENT and first is not NOTHING:
            return first
    return member_of(m, value, name)


def _got(m: Machine, s: Strand, value: Any, member: Any, node: tree.Node) -> bool:
    """Whether a member is a getter, which is called where it is read."""
    if not isinstance(member, Closure) or member.role != "getter":
        return False
    m.call(s, Closure(member.code, member.scope, value), [], {}, node)
    return True


def _member(m: Machine, s: Strand, f: Frame, name: str, node: tree.Node) -> None:
    """`value.name` by itself: in JavaScript a method that has forgotten its object."""
    f.at += 1
    value = f.stack.pop()
    if m.library.dialect.name == "php" and not _skipped(m, value, node):
        f.stack.append(own_property(m, f, value, name))
        return
    member = NOTHING if _skipped(m, value, node) else member_of(m, value, name)
    if _got(m, s, value, member, node):
        return
    if m.library.events and isinstance(member, Closure) and member.this is not None:
        function = member.code.function
        if function is not None and function.own_this:
            member = Closure(member.code, member.scope)
    f.stack.append(member)


def _key(m: Machine, f: Frame, target: Any, name: str) -> str:
    return own_key(m, f, target, name) if m.library.dialect.name == "php" else name


def _set_member(m: Machine, s: Strand, f: Frame, name: str, node: tree.Node) -> None:
    f.at += 1
    target, value = f.stack.pop(), f.stack.pop()
    own = target.of if isinstance(target, Record) else target
    ruby = m.library.dialect.name == "ruby"
    settable = isinstance(target, Record) or (ruby and isinstance(target, Class))
    setter = find_member(own, tree.SETTER + name) if settable else None
    if isinstance(setter, Closure):
        m.enter(s, Closure(setter.code, setter.scope, target), [value], {}, node, "drop")
    elif isinstance(target, Record) and m.library.dialect.name == "go":
        holder_of(target, name).fields[name] = value
    elif isinstance(target, Record | Child | Class):
        held = target.members.names if isinstance(target, Class) else target.fields
        if not (ruby and isinstance(own, Class) and isinstance(find_member(own, name), Closure)):
            held[name if isinstance(target, Class) else _key(m, f, target, name)] = value
        if ruby:  # what `attr_accessor` lets others read and set
            held[f"@{name}"] = value
    elif isinstance(target, Items) and name == "length":
        target.whole = target.whole and isinstance(value, int) and value <= len(target.items)
        del target.items[value if isinstance(value, int) else 0 :]
    elif isinstance(target, Closure) and name == "prototype" and isinstance(value, Record):
        m.prototype(target).members.names.update(value.fields)
    elif isinstance(target, Thing):
        _put_away(m, target, name, value)


def _index(m: Machine, s: Strand, f: Frame, _: Any, node: tree.Node) -> None:
    f.at += 1
    key, value = f.stack.pop(), f.stack.pop()
    item = item_of(m, value, key)
    m.looks_up(item, node.key if isinstance(node, tree.Index) else None)
    f.stack.append(item)


def _item(items: Items, key: Any) -> Any:
    if items.keys is not None and key in items.keys:
        return items.items[items.keys.index(key)]
    if items.keys is not None or (items.whole and not items.items):
        return NOTHING if not items.whole or key_of(key) is None else None
    if not isinstance(key, int) or isinstance(key, bool):
        return NOTHING
    if (-len(items.items) if items.whole else 0) <= key < len(items.items):
        return items.items[key]
    return NOTHING if not items.whole else None


_FROM_THE_END = frozenset({"python", "ruby", "perl"})
"""Languages that count a negative place from the end."""


def item_of(m: Machine, value: Any, key: Any) -> Any:
    """`value[key]`."""
    name = m.library.dialect.name
    if isinstance(value, Items | str) and isinstance(key, int) and key < 0:
        there = name in _FROM_THE_END or (name == "php" and isinstance(value, str))
        keyed = isinstance(value, Items) and value.keys is not None
        if not there and not keyed:
            return None
    if isinstance(value, Items):
        return _item(value, key)
    if isinstance(value, str) and isinstance(key, int) and -len(value) <= key < len(value):
        return value[key]
    if isinstance(value, Record):
        name = key_of(key)
        if name is not None and name in value.fields:
            return value.fields[name]
        held = value.fields.values() if name is None or isinstance(name, Thing) else ()
        if any(isinstance(one, Closure) and m.matters(one.code.names) for one in held):
            raise Lost("which of its functions is called is not known")
        return m.library.member(m, value, f"[{name}]") if name else NOTHING
    if isinstance(value, Thing):
        return m.library.index(m, value.path, key)
    return NOTHING


def _vivify(m: Machine, s: Strand, f: Frame, there: int, node: tree.Node) -> None:
    """An item is put into something that is not there yet."""
    if f.stack[-1] is None:
        f.stack[-1] = Items([]) if m.library.dialect.name == "php" else Record("dict")
        f.at += 1
    else:
        f.at = there


def _set_index(m: Machine, s: Strand, f: Frame, _: Any, node: tree.Node) -> None:
    f.at += 1
    key, target, value = f.stack.pop(), f.stack.pop(), f.stack.pop()
    name = key_of(key)
    if isinstance(target, Record) and name is None:
        if target.kind == "signals":
            raise Lost("the signal that a handler is for is not known", node, f.code)
        target.open = True
        if isinstance(value, Child):  # found by whoever goes over all of them
            target.fields[_SOME] = value
    elif isinstance(target, Record):
        m.library.set_index(m, target, name or "", value, node, f.code)
    elif isinstance(target, Items):
        if key is None and m.library.dialect.name == "php":
            target.add(value)
        elif target.keys is not None or m.library.dialect.name == "php":
            if key_of(key) is not None:
                target.put(key, value)
        else:
            _put_at(target, key, value)
    elif isinstance(target, Thing):
        _put_away(m, target, name, value)


def _put_away(m: Machine, target: Thing, name: Any, value: Any) -> None:
    if is_environment(target):
        m.makes(name)
    m.library.put_away(m, value)


_SOME = Thing("\0some")
"""A key that is not known."""


def _put_at(target: Items, place: Any, value: Any) -> None:
    if place == len(target.items) and target.whole:
        target.add(value)
    elif isinstance(place, int) and -len(target.items) <= place < len(target.items):
        target.items[place] = value
    else:
        target.whole = False


def _unpack(m: Machine, s: Strand, f: Frame, spreads: tuple[bool, ...], node: tree.Node) -> None:
    f.at += 1
    value = f.stack.pop()
    wanted = len(spreads)
    parts: list[Any] = [NOTHING] * wanted
    if isinstance(value, Items) and value.whole:
        given = [*value.items, *[None] * wanted]
        if True in spreads:
            at, rest = spreads.index(True), max(0, len(value.items) - wanted + 1)
            tail = given[at + rest : at + rest + wanted - at - 1]
            parts = [*given[:at], Items(given[at : at + rest]), *tail]
        else:
            parts = given[:wanted]
    f.stack += parts[::-1]


def _unless_held(m: Machine, s: Strand, f: Frame, there: int, node: tree.Node) -> None:
    """`{ name = value }`, where nothing is taken apart: then comes the value."""
    held = f.stack[-1]
    if held is None or is_unset(held):
        f.at += 1
        f.stack.pop()
    else:
        f.at = there


def _list(m: Machine, s: Strand, f: Frame, spreads: tuple[bool, ...], node: tree.Node) -> None:
    f.at += 1
    given = taken(f, len(spreads))
    items = Items([])
    for value, spread in zip(given, spreads, strict=True):
        put(items, value, spread=spread)
    f.stack.append(items)


def taken(f: Frame, count: int) -> list[Any]:
    """The values on top of the stack, which are taken away."""
    if not count:
        return []
    given = f.stack[-count:]
    del f.stack[-count:]
    return given


def _map(m: Machine, s: Strand, f: Frame, spreads: tuple[bool, ...], node: tree.Node) -> None:
    f.at += 1
    given = taken(f, sum(1 if spread else 2 for spread in spreads))
    mapping = Record("dict")
    at = 0
    for spread in spreads:
        if spread:
            inner = given[at]
            if isinstance(inner, Record):
                mapping.fields.update(inner.fields)
                mapping.open = mapping.open or inner.open
            elif isinstance(inner, Items) and inner.whole:
                mapping.fields |= paired(inner)
            else:
                mapping.open = True
            at += 1
        else:
            name = key_of(given[at])
            if name is None:
                mapping.open = True
            else:
                mapping.fields[name] = given[at + 1]
            at += 2
    f.stack.append(mapping)


def paired(items: Items) -> dict[Any, Any]:
    """What a list of keys and values, or of such pairs, makes of a mapping."""
    flat = items.items
    if flat and all(isinstance(one, Items) and len(one.items) == 2 for one in flat):
        flat = [part for one in flat for part in one.items]
    pairs = zip(map(key_of, flat[::2]), flat[1::2], strict=False)
    return {key: value for key, value in pairs if key is not None}


def _join(m: Machine, s: Strand, f: Frame, count: int, node: tree.Node) -> None:
    f.at += 1
    parts = [spelled(v) for v in taken(f, count)]
    texts = [p for p in parts if p is not None]
    f.stack.append("".join(texts)[:MAX_TEXT] if len(texts) == len(parts) else NOTHING)


def _operate(m: Machine, s: Strand, f: Frame, asked: tuple[str, int], node: tree.Node) -> None:
    f.at += 1
    operator, count = asked
    f.stack.append(operation(m, operator, taken(f, count)))


DO: dict[str, Do] = {
    "const": _const,
    "unknown": _unknown,
    "pop": _pop,
    "dup": _dup,
    "left": _left,
    "jump": _jump,
    "load": _load,
    "store": _store,
    "declare": _declare,
    "define": _define,
    "scope": _scope,
    "unscope": _unscope,
    "unless-given": _unless_given,
    "member": _member,
    "method": _method,
    "set-member": _set_member,
    "index": _index,
    "set-index": _set_index,
    "vivify": _vivify,
    "unpack": _unpack,
    "unless-held": _unless_held,
    "list": _list,
    "map": _map,
    "join": _join,
    "operate": _operate,
}
