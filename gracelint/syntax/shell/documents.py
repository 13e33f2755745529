"""The bodies of here-documents."""

from __future__ import annotations

from gracelint.base.typed import TYPE_CHECKING
from gracelint.syntax.shell.tree import Chars, Opaque, Words
from gracelint.syntax.shell.words import TooDeep, Unterminated

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gracelint.syntax.shell.words import Pending, Reader


def read_documents(reader: Reader) -> None:
    """Read the bodies that begin at the reader's position, the start of a line."""
    pending, reader.documents = reader.documents, []
    for document in pending:
        document.body = _body(reader, document)


def _body(reader: Reader, document: Pending) -> Words:
    start = reader.at
    lines: list[tuple[int, int]] = []
    while reader.at < len(reader.text):
        begin = reader.at
        newline = reader.text.find("\n", begin)
        end = len(reader.text) if newline < 0 else newline
        reader.at = end if newline < 0 else newline + 1
        if document.strip:
            while begin < end and reader.text[begin] == "\t":
                begin += 1
        if reader.text[begin:end] == document.delimiter:
            break
        lines.append((begin, reader.at))
    return _words(reader, start, lines, document)


def _words(reader: Reader, start: int, lines: list[tuple[int, int]], document: Pending) -> Words:
    end = lines[-1][1] if lines else start
    value = "".join(reader.text[begin:stop] for begin, stop in lines)
    place = (reader.places[start], reader.places[end])
    if document.quoted or not any(char in value for char in "$`\\"):
        return Words(*place, (Chars(*place, value, quoted=True),))
    places: Sequence[int] = [
        *(reader.places[index] for begin, stop in lines for index in range(begin, stop)),
        reader.places[end],
    ]
    inner = reader.within(value, places)
    inner.errors = []
    try:
        parts = inner.document().parts
    except (Unterminated, TooDeep):
        parts = (Opaque(*place, quoted=True),)
    return Words(*place, parts)
