"""Wrappers that put what they read into the words of their command: `… | xargs COMMAND`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gracelint.base.facts import Word
from gracelint.base.values import replace
from gracelint.simulate.world import Unfinished

if TYPE_CHECKING:
    from gracelint.model.entries import Wrapped
    from gracelint.simulate.world import Context

_QUOTES = frozenset("\"'\\")


def fed(wrapped: Wrapped, context: Context) -> Wrapped:
    """The wrapper with the words that it reads in its command, as far as they are known.

    Raises Unfinished while something still writes them.
    """
    if wrapped.inner is None:
        return wrapped
    if context.writing:
        raise Unfinished("what it reads is still being written", context.span)
    text = _text(wrapped, context)
    if not wrapped.fed:
        return replace(wrapped, inner=(*wrapped.inner, *_words(wrapped, text)))
    lines = [] if text is None else [line for line in text.splitlines() if line.strip()]
    line = lines[0].strip() if len(lines) == 1 else None
    return replace(wrapped, inner=tuple(_filled(word, wrapped, line) for word in wrapped.inner))


def _text(wrapped: Wrapped, context: Context) -> str | None:
    """What is read; None where it is not known, or not taken apart as it stands."""
    if context.input is None:
        return "" if wrapped.fed_plainly else None
    text = context.input.value
    return None if text is None or not wrapped.fed_plainly or _QUOTES & set(text) else text


def _words(wrapped: Wrapped, text: str | None) -> tuple[Word, ...]:
    if text is None:
        return (Word(None, reason=f"what `{wrapped.key}` reads is not known", many=True),)
    return tuple(Word(part) for part in text.split())


def _filled(word: Word, wrapped: Wrapped, line: str | None) -> Word:
    """A word of the command with the line that was read in place of the mark."""
    if word.value is None or wrapped.fed is None or wrapped.fed not in word.value:
        return word
    if line is None:
        return Word(None, word.span, reason=f"what `{wrapped.key}` reads is not known")
    return Word(word.value.replace(wrapped.fed, line), word.span)
