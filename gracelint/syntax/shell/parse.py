"""Shell scripts: text to the tree of `shelltree`."""

from __future__ import annotations

import re
from collections import defaultdict
from itertools import pairwise

from gracelint.base import lazy
from gracelint.base.source import Embedded, Segment
from gracelint.base.typed import TYPE_CHECKING, Any, TypeVar, cast
from gracelint.syntax.shell.grammar import read_commands
from gracelint.syntax.shell.tree import (
    ArithmeticFor,
    Assignment,
    CaseItem,
    Chars,
    Commands,
    Elements,
    For,
    Function,
    Item,
    Node,
    Pipeline,
    ProcessSubstitution,
    Redirect,
    Script,
    Unread,
    Words,
)
from gracelint.syntax.shell.words import PARTS, Reader

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from gracelint.base import source
    from gracelint.base.source import Text
    from gracelint.syntax.shell.tree import Dialect

N = TypeVar("N", bound=Node)

LIMIT = 2_000_000
"""Characters of a script that is read at all."""

_KEPT = 1_000_000  # characters of texts whose trees are kept

_DIALECTS: dict[str, Dialect] = {
    "sh": "posix", "dash": "posix", "bash": "bash", "rbash": "bash", "ash": "ash",
    "busybox": "ash", "ksh": "mksh", "mksh": "mksh", "ksh93": "mksh", "pdksh": "mksh",
    "oksh": "mksh", "lksh": "mksh", "zsh": "zsh",
}  # fmt: skip


def dialect_of(interpreter: Sequence[str] | str) -> Dialect | None:
    """The shell that a `#!` line's words, or a program's path, name; None for anything else."""
    words = [interpreter] if isinstance(interpreter, str) else list(interpreter)
    words = [word.rstrip("\r") for word in words]
    if words and words[0].rpartition("/")[2] == "env":
        words = [w for w in words[1:] if not w.startswith("-") and "=" not in w]
    name = words[0].rpartition("/")[2] if words else ""
    return _DIALECTS.get(name)


def parse(text: Text, dialect: Dialect | None = None) -> Script:
    """The tree of a script; never raises.

    dialect: the shell that runs it; None: the one that its `#!` line names, else a POSIX shell.
    """
    shebang = _shebang(text.text)
    if dialect is None:
        dialect = dialect_of(shebang or ()) or "posix"
    if len(text.text) > LIMIT:
        return _too_long(text, dialect, shebang)
    body, errors, certain = _trees.of(text.text, dialect)
    return Script(text, dialect, body, shebang, errors, certain)


_Read = tuple[Commands, tuple[tuple[int, int, str], ...], bool]


class _Trees:
    """Trees by their text: a script is often there many times, once for each version of an image.

    The places in a tree are offsets into its text, so that it serves wherever the text stands.
    """

    def __init__(self) -> None:
        self._kept: dict[tuple[str, Dialect], _Read] = {}
        self._size = 0

    def of(self, text: str, dialect: Dialect) -> _Read:
        """What is read of a text: its commands, its errors, whether it surely is none."""
        parsed = self._kept.get((text, dialect))
        if parsed is None:
            self._size += len(text)
            if self._size > _KEPT:
                self._kept.clear()
                self._size = len(text)
            parsed = self._kept[text, dialect] = _read(text, dialect)
        return parsed


_trees = _Trees()


def _read(text: str, dialect: Dialect) -> _Read:
    reader = Reader(text, list(range(len(text) + 1)), dialect, read_commands)
    body = read_commands(reader, "")
    if reader.exhausted:
        reason = f"the script has more than {PARTS:,} words and operators"
        return _unread(len(text), reason), ((0, len(text), reason),), False
    errors = sorted(reader.errors, key=lambda error: not error[3])
    plain = tuple((start, end, message) for start, end, message, _ in errors)
    return body, plain, bool(errors) and errors[0][3] and not reader.doubtful


def _shebang(text: str) -> tuple[str, ...] | None:
    if not text.startswith("#!"):
        return None
    return tuple(word for word in re.split(r"[ \t]+", text[2:].split("\n", 1)[0]) if word)


def _too_long(text: Text, dialect: Dialect, shebang: tuple[str, ...] | None) -> Script:
    size = len(text.text)
    reason = f"the script has more than {LIMIT} characters"
    return Script(text, dialect, _unread(size, reason), shebang, ((0, size, reason),))


def _unread(size: int, reason: str) -> Commands:
    return Commands(0, size, (Item(0, size, Unread(0, size, reason)),))


def walk(node: Node) -> Iterator[Node]:
    """The node and all nodes within it, each before its parts, in the order of the fields."""
    return iter(_index(node).nodes if isinstance(node, Commands) else _walked(node))


def within(body: Commands, kind: type[N]) -> Sequence[N]:
    """The nodes of one kind in a body, in the order of `walk`."""
    return cast("Sequence[N]", _index(body).kinds.get(kind, ()))


def naming(script: Script, *words: str) -> Iterator[Node]:
    """The nodes in whose text one of these words stands, in the order of `walk`; no other is
    entered. All nodes where a script may hide a word: behind quotes, or in a here-document, which
    stands outside of its node.
    """
    text, waiting = script.text.text, [cast("Node", script.body)]
    if "<<" in text or any(_hides(text, word) for word in words):
        yield from walk(script.body)
        return
    while waiting:
        node = waiting.pop()
        if any(text.find(word, node.start, node.end) >= 0 for word in words):
            yield node
            waiting += parts_of(node)[::-1]


def _hides(text: str, word: str) -> bool:
    """Whether a word may stand there with quotes or the end of a line in it."""
    bare = text.replace("\\\n", "").translate(_QUOTES)
    return bare.count(word) > text.count(word)


_QUOTES = dict.fromkeys(map(ord, "'\"\\"))


class _Index:
    """The nodes of a body, and each kind of them."""

    def __init__(self, body: Commands) -> None:
        self.body = body
        self.nodes = _walked(body)
        self.kinds: defaultdict[type[Node], list[Node]] = defaultdict(list)
        for node in self.nodes:
            self.kinds[node.__class__].append(node)


_INDEXED = 50  # bodies whose nodes are kept: rule after rule goes through the same scripts
_indices: dict[int, _Index] = {}


def _index(body: Commands) -> _Index:
    index = _indices.get(id(body))
    if index is None:
        if len(_indices) >= _INDEXED:
            _indices.clear()
        index = _indices[id(body)] = _Index(body)
    return index


def _walked(node: Node) -> list[Node]:
    waiting, nodes = [node], []
    while waiting:
        node = waiting.pop()
        nodes.append(node)
        kind = node.__class__
        if kind is Words:  # most nodes are words and their characters
            inner = cast("Words", node).parts
            if len(inner) == 1 and inner[0].__class__ is Chars:
                nodes.append(inner[0])
            else:
                waiting += inner[::-1]
        elif kind is not Chars and (parts := parts_of(node)):
            parts.reverse()
            waiting += parts
    return nodes


def rejected(script: Script, node: Node) -> bool:
    """Whether dash or busybox ash, whose script it is, cannot read a command: what is bash's own
    in it is a syntax error there.
    """
    return any(_is_rejected(script, inner) for inner in _walked(node))


def _is_rejected(script: Script, node: Node) -> bool:
    if script.dialect == "ash" and isinstance(node, Function | ProcessSubstitution):
        return False
    match node:
        case Assignment():
            return node.array is not None
        case Redirect():
            return node.operator == "<<<"
        case Function():
            head = script.text.text[node.start : node.body.start]
            return by_keyword(script, node) and (")" in head or _on_one_line(script, node))
        case CaseItem():
            return node.terminator != ";;"
        case For():
            return node.select
        case Pipeline():
            return any(_joins_both(script, *two) for two in pairwise(node.commands))
    return isinstance(node, Elements | ProcessSubstitution | ArithmeticFor)


def _joins_both(script: Script, left: Node, right: Node) -> bool:
    """Whether `|&` stands between two commands."""
    return script.text.text[left.end : right.start].strip() == "|&"


def by_keyword(script: Script, node: Function) -> bool:
    """Whether a function is written with `function` in front."""
    before = script.text.text[max(0, node.start - _BEFORE) : node.start]
    return before.rstrip(" \t").endswith("function")


_BEFORE = 40  # characters in which `function` stands before a name


def _on_one_line(script: Script, node: Function) -> bool:
    """`function name { … }`: dash reads to the end of the line, and finds a `}` of no group."""
    return "\n" not in script.text.text[node.start : node.end]


def parts_of(node: Node) -> list[Node]:
    """The nodes directly within a node, in the order of its fields."""
    parts: list[Node] = []
    kind = node.__class__
    names = _holding.get(kind)
    if names is None:
        names = _holding[kind] = _holders(kind)
    for name in names:
        value = getattr(node, name)
        if value.__class__ is tuple:
            if value and value[0].__class__ is tuple:
                _gather(value, parts)
            else:
                parts += value
        elif value is not None:
            parts.append(value)
    return parts


_holding: dict[type[Node], tuple[str, ...]] = {}


def _holders(kind: type[Node]) -> tuple[str, ...]:
    """The fields of a kind of node that hold nodes, behind its place."""
    said = kind.__annotations__
    return tuple(name for name in said if not str(said[name]).startswith(_SCALARS))


_SCALARS = ("str", "int", "bool", "Literal", "tuple[str")


def _gather(values: tuple[Any, ...], nodes: list[Node]) -> None:
    for value in values:
        if value.__class__ is tuple:
            _gather(value, nodes)
        else:
            nodes.append(value)


def inner_text(script: Script, word: Words) -> Embedded | None:
    """The value of a word without expansions as a text of its own, each character with its place.

    None where the value is not written in the script itself.
    """
    raw = script.text.text[word.start : word.end]
    if raw and raw == word.literal and _QUOTING.isdisjoint(raw):
        plain = (Segment(0, len(raw), word.start, len(raw)),)
        return Embedded(script.text, raw, plain, "sh-word")
    segments, value = _unquoted(raw, word.start)
    if word.literal is None or value != word.literal:
        return None
    return Embedded(script.text, value, segments, _quoting(raw))


_QUOTING = frozenset("'\"\\")


def _quoting(raw: str) -> source.Dialect:
    inside = raw[1:-1]
    if len(raw) > 1 and raw[0] == raw[-1] == "'" and "'" not in inside:
        return "sh-single"
    if len(raw) > 1 and raw[0] == raw[-1] == '"' and '"' not in re.sub(r"\\.", "", inside):
        return "sh-double"
    return "sh-word"


_PIECE = lazy.compile(r"""'([^']*)'|\\(.)|"((?:[^"\\]|\\.)*)"|([^'"\\]+)""", re.DOTALL)
_DOUBLE_PIECE = lazy.compile(r'\\([$`"\\\n])|([^\\]+|\\)', re.DOTALL)


def _unquoted(raw: str, at: int) -> tuple[list[Segment], str]:
    """Segments and value of a literal word that stands at `at`."""
    segments: list[Segment] = []
    values: list[str] = []
    end = 0

    def add(value: str, host: int, length: int) -> None:
        nonlocal end
        segments.append(Segment(end, len(value), host, length))
        values.append(value)
        end += len(value)

    for piece in _PIECE.finditer(raw):
        start = at + piece.start()
        if piece[1] is not None:
            add(piece[1], start + 1, len(piece[1]))
        elif piece[2] is not None:
            add(piece[2].replace("\n", ""), start, 2)
        elif piece[3] is not None:
            for part in _DOUBLE_PIECE.finditer(piece[3]):
                value = part[2] if part[1] is None else part[1].replace("\n", "")
                add(value, start + 1 + part.start(), part.end() - part.start())
        else:
            add(piece[0], start, len(piece[0]))
    return segments, "".join(values)
