"""`[[ … ]]`: its words and operators."""

from __future__ import annotations

from gracelint.base import lazy
from gracelint.base.typed import TYPE_CHECKING
from gracelint.syntax.shell.tree import Chars, Words
from gracelint.syntax.shell.words import Unterminated

if TYPE_CHECKING:
    from gracelint.syntax.shell.words import Reader

_OPENS = lazy.compile(r"\[\[(?=[ \t\n])")
_BETWEEN = lazy.compile(r"(?:[ \t\n]|\\\n)+")
_OPERATOR = lazy.compile(r"&&|\|\||[()<>;&|]")
_BEFORE_PATTERN = ("=~", "==", "=", "!=")


def condition(reader: Reader) -> tuple[Words, ...] | None:
    """The words between `[[` and `]]` at the position; None when there is no `[[`."""
    start = reader.at
    if not (opens := _OPENS.match(reader.text, start)):
        return None
    reader.at = opens.end()
    reader.doubtful |= reader.dialect == "posix"  # to some of these shells it is a word like others
    words: list[Words] = []
    while True:
        if blank := _BETWEEN.match(reader.text, reader.at):
            reader.at = blank.end()
        if reader.at >= len(reader.text):
            raise Unterminated(reader.places[start], "this `[[`")
        word = _next(reader, pattern=bool(words) and words[-1].literal in _BEFORE_PATTERN)
        if word.literal == "]]":
            return tuple(words)
        words.append(word)


def _next(reader: Reader, *, pattern: bool) -> Words:
    start = reader.at
    operator = None if pattern else _OPERATOR.match(reader.text, start)
    if operator and not reader.text.startswith(("<(", ">("), start):
        reader.at = operator.end()
    else:
        word = reader.word(pattern=pattern)
        if reader.at > start:
            return word
        reader.at += 1
    place = (reader.places[start], reader.places[reader.at])
    return Words(*place, (Chars(*place, reader.text[start : reader.at]),))
