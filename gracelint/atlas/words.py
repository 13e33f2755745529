"""Words with their places, out of configuration files."""

from __future__ import annotations

from gracelint.base.facts import Word
from gracelint.base.source import Embedded
from gracelint.base.typed import TYPE_CHECKING

if TYPE_CHECKING:
    from gracelint.base.source import Text

_BLANK = " \t\r\n"


def split(text: Text) -> tuple[Word, ...] | None:
    """The words of a command line by the quoting of a shell, without expansion.

    None when a quotation is not closed.
    """
    words: list[Word] = []
    at, end = 0, len(text.text)
    while at < end:
        if text.text[at] in _BLANK:
            at += 1
            continue
        word = _word(text, at)
        if word is None:
            return None
        words.append(word[0])
        at = word[1]
    return tuple(words)


def one_command(text: Text) -> tuple[Word, ...]:
    """The words of a shell's text that is one plain command; none where it is more.

    A word with a variable in it is not known.
    """
    words = split(text) or ()
    if set(text.text) & set("&|;<>()`\n") or "=" in str(words[0] if words else ""):
        return ()
    return tuple(map(_expanded, words))


def command_in(word: Word) -> tuple[Word, ...]:
    """The words of the one plain command that a word holds; none where it holds more."""
    if word.text is not None:
        return one_command(word.text)
    value = word.value or ""
    plain = not set(value) & set("&|;<>()`\n\"'\\$=")
    return tuple(Word(part, word.span) for part in value.split()) if plain else ()


def _expanded(word: Word) -> Word:
    if "$" not in (word.value or ""):
        return word
    return Word(None, word.span, reason="a variable in its command is not known")


def _word(text: Text, start: int) -> tuple[Word, int] | None:
    """The word at `start`, and where it ends."""
    value: list[str] = []
    at, quote = start, ""
    while at < len(text.text) and (quote or text.text[at] not in _BLANK):
        char = text.text[at]
        if char == quote:
            quote = ""
        elif not quote and char in "'\"":
            quote = char
        elif char == "\\" and quote != "'" and at + 1 < len(text.text):
            at += 1
            value.append(text.text[at])
        else:
            value.append(char)
        at += 1
    if quote:
        return None
    return _placed(text, start, at, "".join(value)), at


def _placed(text: Text, start: int, end: int, value: str) -> Word:
    """The word with its text where that stands in the file as one piece."""
    for first, last in ((start, end), (start + 1, end - 1)):
        if text.text[first:last] == value:
            return Word(value, text.span(start, end), Embedded.slice(text, first, last))
    return Word(value, text.span(start, end))
