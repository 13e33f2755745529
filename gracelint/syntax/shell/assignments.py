"""`name=value`, `name+=value`, `name[i]=value` and `name=(a b)` in front of a command."""

from __future__ import annotations

from gracelint.base import lazy
from gracelint.base.typed import TYPE_CHECKING
from gracelint.syntax.shell.tree import Assignment, Chars, Elements, Words
from gracelint.syntax.shell.words import Unterminated

if TYPE_CHECKING:
    from gracelint.syntax.shell.words import Reader

_NAME = lazy.compile(
    r"([A-Za-z_][A-Za-z0-9_]*)"
    r"(?:\[([^\[\]\n]{0,200}(?:\[[^\[\]\n]{0,200}\][^\[\]\n]{0,200})?)\])?(\+?)="
)
_BETWEEN = lazy.compile(r"(?:[ \t\n]|\\\n|#[^\n]*)+")


def assignment(reader: Reader) -> Assignment | None:
    """The assignment at the position, else None and the reader has not moved."""
    head = _NAME.match(reader.text, reader.at)
    if not head:
        return None
    start, reader.at = reader.at, head.end()
    value, array = None, None
    if reader.text.startswith("(", reader.at):
        array = elements(reader).words
    else:
        value = reader.word(assigned=True)
    place = (reader.places[start], reader.places[reader.at])
    return Assignment(*place, head[1], value, bool(head[3]), array, head[2])


def declared(reader: Reader) -> Words | None:
    """The argument `name=(…)` at the position, as `declare` takes it; else None."""
    head = _NAME.match(reader.text, reader.at)
    if not head or not reader.text.startswith("(", head.end()):
        return None
    start, reader.at = reader.at, head.end()
    name = Chars(reader.places[start], reader.places[reader.at], head[0])
    values = elements(reader)
    return Words(name.start, values.end, (name, values))


def elements(reader: Reader) -> Elements:
    """The list in parentheses at the position."""
    start = reader.at
    reader.at += 1
    words: list[Words] = []
    while True:
        if blank := _BETWEEN.match(reader.text, reader.at):
            reader.at = blank.end()
        if reader.at >= len(reader.text):
            raise Unterminated(reader.places[start], "this list")
        if reader.text[reader.at] == ")":
            break
        before = reader.at
        word = reader.word()
        if reader.at == before:
            reader.at += 1
        else:
            words.append(word)
    reader.at += 1
    return Elements(reader.places[start], reader.places[reader.at], tuple(words))
