"""Where objects keep what is read and written by its name.

In PHP what is private is another class's, whatever its name; in Go the fields of a struct within
another are that one's, too.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gracelint.simulate.sources.machine.calls import MAX_CLASSES, ancestry
from gracelint.simulate.sources.machine.values import Class, Record
from gracelint.syntax.code import tree

if TYPE_CHECKING:
    from gracelint.simulate.sources.machine.machine import Machine
    from gracelint.simulate.sources.machine.state import Frame


def own_key(m: Machine, f: Frame, value: Any, name: str) -> str:
    """Under what name an object keeps a property, as the method at hand sees it."""
    cls = _around(m, f)
    if cls is None or not isinstance(value, Record) or value.of is cls:
        return name
    mine = tree.PRIVATE + name in cls.members.names and cls in ancestry(value.of)
    return f"\0{cls.name}\0{name}" if mine else name


def hidden(m: Machine, f: Frame, value: Any, name: str) -> bool:
    """Whether the property of this name is one that only a class above has and sees."""
    if not isinstance(value, Record) or value.of is None:
        return False
    cls, mark = _around(m, f), tree.PRIVATE + name
    for one in ancestry(value.of):
        if not isinstance(one, Class):
            return False
        if mark in one.members.names:
            return one is not value.of and one is not cls
        if name in one.members.names:
            return False
    return False


def default_of(m: Machine, f: Frame, name: str) -> Any:
    """What the class at hand gives its private property at first."""
    cls = _around(m, f)
    names = cls.members.names if cls is not None else {}
    return names.get(tree.PROPERTY + name, names.get(name))


def holder_of(value: Record, name: str) -> Record:
    """The struct that keeps a field: the object itself, or one within it."""
    queue = [value]
    for _ in range(MAX_CLASSES):
        if not queue:
            break
        one = queue.pop(0)
        if name in one.fields:
            return one
        bases = one.of.bases if one.of is not None else ()
        within = (one.fields.get(base.name) for base in bases if isinstance(base, Class))
        queue += [inner for inner in within if isinstance(inner, Record)]
    return value


def _around(m: Machine, f: Frame) -> Class | None:
    """The class in which the method at hand is written."""
    scope, this = f.scope, m.library.this
    while scope is not None:
        cls = scope.names.get(this)
        if isinstance(cls, Class) and cls.members is scope:
            return cls
        scope = scope.outer  # type: ignore[assignment]
    return None
