"""Shell scripts: text to the tree of `shelltree`."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from gracelint.base import lazy
from gracelint.base.source import Embedded, Segment
from gracelint.syntax.shell.grammar import read_commands
from gracelint.syntax.shell.tree import Commands, Item, Node, Script, Unread
from gracelint.syntax.shell.words import PARTS, Reader

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from gracelint.base import source
    from gracelint.base.source import Text
    from gracelint.syntax.shell.tree import Dialect, Words

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
    reader = Reader(text, range(len(text) + 1), dialect, read_commands)
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
    if not isinstance(node, Commands):
        return iter(_walked(node))
    nodes = _scripts.get(id(node))
    if nodes is None:
        if len(_scripts) >= _WALKED:
            _scripts.clear()
        nodes = _scripts[id(node)] = (node, _walked(node))
    return iter(nodes[1])


_WALKED = 50  # bodies whose nodes are kept: rule after rule goes through the same scripts
_scripts: dict[int, tuple[Node, list[Node]]] = {}


def _walked(node: Node) -> list[Node]:
    waiting, nodes = [node], []
    while waiting:
        node = waiting.pop()
        nodes.append(node)
        waiting += reversed(parts_of(node))
    return nodes


def parts_of(node: Node) -> list[Node]:
    """The nodes directly within a node, in the order of its fields."""
    parts: list[Node] = []
    names: tuple[str, ...] = node.__match_args__
    for name in names[2:]:  # behind its place
        value = getattr(node, name)
        if isinstance(value, Node):
            parts.append(value)
        elif value.__class__ is tuple:
            _gather(value, parts)
    return parts


def _gather(values: tuple[object, ...], nodes: list[Node]) -> None:
    for value in values:
        if isinstance(value, Node):
            nodes.append(value)
        elif isinstance(value, tuple):
            _gather(value, nodes)


def inner_text(script: Script, word: Words) -> Embedded | None:
    """The value of a word without expansions as a text of its own, each character with its place.

    None where the value is not written in the script itself.
    """
    raw = script.text.text[word.start : word.end]
    segments, value = _unquoted(raw, word.start)
    if word.literal is None or value != word.literal:
        return None
    return Embedded(script.text, value, segments, _quoting(raw))


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
