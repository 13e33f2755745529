"""The tree that Python, JavaScript, Ruby, Perl, PHP, Go and Java are read into.

It keeps what the flow of a program needs: calls, assignments, conditions, loops, exceptions,
functions and imports. Everything else is `Other`, of which only the parts are kept. All places are
code points of the text that was read.
"""

from __future__ import annotations

from typing import TypeAlias

from gracelint.base.values import dataclass, field


@dataclass(frozen=True, slots=True, eq=False)
class Node:
    """Anything in the text, from `start` up to `end`."""

    start: int
    end: int


@dataclass(frozen=True, slots=True, eq=False)
class Literal(Node):
    """A text, a number, true, false, or nothing."""

    value: str | float | bool | None


@dataclass(frozen=True, slots=True, eq=False)
class Name(Node):
    """A variable or whatever else one word stands for."""

    name: str


@dataclass(frozen=True, slots=True, eq=False)
class Member(Node):
    """`object.name`. optional: it is nothing where the object is."""

    object: Node
    name: str
    optional: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class Index(Node):
    """`object[key]`."""

    object: Node
    key: Node


@dataclass(frozen=True, slots=True, eq=False)
class Argument(Node):
    """What a call is given. name: of a keyword. spread: it stands for any number of arguments."""

    value: Node
    name: str = ""
    spread: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class Call(Node):
    """A call. new: it makes an object of a class. optional: nothing happens without a function."""

    function: Node
    arguments: tuple[Argument, ...]
    new: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class Sequence(Node):
    """A list; its parts may be spread."""

    items: tuple[Argument, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Mapping(Node):
    """Keys and values; a key of None stands for all of another mapping."""

    pairs: tuple[tuple[Node | None, Node], ...]


@dataclass(frozen=True, slots=True, eq=False)
class Parameter(Node):
    """A parameter. rest: it takes all arguments that are left. pattern: what it is taken apart
    into.
    """

    name: str
    default: Node | None = None
    rest: bool = False
    pattern: Node | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Function(Node):
    """A function. own_this: whether a call decides what `this` is in it. captures: the variables
    that it takes with it where it takes none unasked (PHP), and whether it shares them. getter: it
    is called where its name is read. itself: its name stands for it within it, and nowhere else.
    """

    name: str
    parameters: tuple[Parameter, ...]
    body: tuple[Node, ...]
    deferred: bool = False  # an async function
    own_this: bool = False
    captures: tuple[tuple[str, bool], ...] | None = None
    decorators: tuple[Node, ...] = ()
    declared: bool = False  # a statement that gives it its name
    getter: bool = False
    itself: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class Class(Node):
    """A class."""

    name: str
    bases: tuple[Node, ...]
    body: tuple[Node, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Join(Node):
    """A text that is put together of parts."""

    parts: tuple[Node, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Operation(Node):
    """An operation: `not`, `and`, `or`, `??`, `==`, `!=`, `<`, `<=`, `>`, `>=`, `+`, `-`, `in`."""

    operator: str
    operands: tuple[Node, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Conditional(Node):
    """`test ? then : other` as a value."""

    test: Node
    then: Node
    other: Node


@dataclass(frozen=True, slots=True, eq=False)
class Collect(Node):
    """The list of what `element` is for each of `items` that the conditions hold for."""

    element: Node
    target: Node
    items: Node
    conditions: tuple[Node, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Wait(Node):
    """`await value`."""

    value: Node


@dataclass(frozen=True, slots=True, eq=False)
class Other(Node):
    """An expression of another kind, with the parts that may do something."""

    parts: tuple[Node, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Assign(Node):
    """`target = value`. declares: a variable of the innermost block or function. operator: of
    `+=` and its like, `||=`, `??=`. before: it gives what was there before, as `i++` does.
    """

    target: Node
    value: Node | None
    declares: bool = False
    operator: str = ""
    before: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class If(Node):
    """A condition as a statement."""

    test: Node
    then: tuple[Node, ...]
    other: tuple[Node, ...]


SWITCH = "\0switch"
RETRY = "\0retry"
TAKE, GIVE = "\0take", "\0give"
"""Functions that take the lock of an object, and give it back."""
ABOVE = "\0above"
"""A function that gives an object as the classes above that of the method around it have it."""
PRIVATE = "\0private:"
"""What begins a mark among a class's members for a property that no other class sees."""
PROPERTY = "\0property:"
"""What begins the name of a property beside which there is a method of the same name."""
METHOD = "\0method:"
"""What begins the name of a member by which the method is meant, and no property."""
SETTER = "\0set:"
"""What begins the name of a function that is called where a member is assigned."""


@dataclass(frozen=True, slots=True, eq=False)
class Loop(Node):
    """A loop while `test` holds (None: for ever). after: what every round ends with. tested_last:
    the first round is run in any case. label: its name, "" for none; SWITCH for a `switch` that is
    no loop, and only left; RETRY for a block that an exception has begin anew.
    """

    test: Node | None
    body: tuple[Node, ...]
    after: tuple[Node, ...] = ()
    tested_last: bool = False
    label: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class Each(Node):
    """A loop over the items of something."""

    target: Node
    items: Node
    body: tuple[Node, ...]
    declares: bool = False
    keys: bool = False  # over the keys of a mapping, whatever the language takes a mapping for
    label: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class Handler(Node):
    """Catches exceptions of the named types; () for all of them."""

    types: tuple[Node, ...]
    name: str
    body: tuple[Node, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Try(Node):
    """A block whose exceptions are caught."""

    body: tuple[Node, ...]
    handlers: tuple[Handler, ...]
    otherwise: tuple[Node, ...] = ()
    final: tuple[Node, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class With(Node):
    """A block within what a value enters and leaves."""

    value: Node
    target: Node | None
    body: tuple[Node, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Return(Node):
    """`return value`."""

    value: Node | None


@dataclass(frozen=True, slots=True, eq=False)
class Leave(Node):
    """`break`, or `continue` with the next round. label: of which loop; "" for the nearest."""

    next_round: bool
    label: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class Yield(Node):
    """A generator gives a value, and goes on with what it is sent. each: all items of a value."""

    value: Node | None
    each: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class Raise(Node):
    """An exception is thrown; None: the one that was just caught."""

    value: Node | None


@dataclass(frozen=True, slots=True, eq=False)
class Import(Node):
    """`module` is loaded. names: what of it gets which name here: `*` stands for all of it,
    `default` for what a module of JavaScript exports so, "" for the module itself. level: the dots
    in front of a relative one (Python).
    """

    module: str
    names: tuple[tuple[str, str], ...] = ()
    level: int = 0


@dataclass(frozen=True, slots=True, eq=False)
class Export(Node):
    """Names that a module of JavaScript gives away, under which names."""

    names: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True, eq=False)
class Shared(Node):
    """`global` or `nonlocal`: names that are not the function's own."""

    names: tuple[str, ...]
    everywhere: bool


Block: TypeAlias = tuple[Node, ...]
MAX_NODES = 50_000  # of a file; larger ones are bundles that nobody wrote


class TooLarge(Exception):  # noqa: N818
    """A file has more nodes than anybody wrote."""


@dataclass(slots=True, eq=False)
class Module:
    """A file's statements. problem: why it cannot be read. exact: whether all of it was read."""

    body: Block
    problem: str = ""
    exact: bool = True
    names: frozenset[str] = field(default_factory=frozenset)


def removal(place: Index | Member) -> Call:
    """`del x[key]`, `delete x.key`, `unset($x[key])`."""
    at = place.start, place.end
    key = place.key if isinstance(place, Index) else Literal(*at, place.name)
    return Call(*at, Member(*at, place.object, "\0remove"), (Argument(*at, key),))


def pairs_of(node: Node) -> Call:
    """What a list or dictionary holds, each with its key."""
    at = node.start, node.end
    return Call(*at, Member(*at, node, "\0pairs"), ())


def walk(*nodes: Node) -> list[Node]:
    """These nodes and all below them, parents first; not recursive."""
    walked: list[Node] = []
    queue = list(nodes[::-1])
    while queue:
        node = queue.pop()
        walked.append(node)
        queue += children(node)[::-1]
    return walked


def children(node: Node) -> list[Node]:
    """The nodes right below one."""
    nodes: list[Node] = []
    names: tuple[str, ...] = node.__match_args__[2:]
    for name in names:
        _gather(getattr(node, name), nodes)
    return nodes


def _gather(value: object, nodes: list[Node]) -> None:
    if isinstance(value, Node):
        nodes.append(value)
    elif isinstance(value, tuple):
        for item in value:
            if isinstance(item, Node):
                nodes.append(item)
            elif isinstance(item, tuple):
                nodes += [part for part in item if isinstance(part, Node)]
