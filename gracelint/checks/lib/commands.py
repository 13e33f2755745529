"""The commands that a container starts, with or without a story."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

from gracelint import atlas
from gracelint.base.facts import Known, Word
from gracelint.syntax.shell import tree as tree

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from gracelint.base.source import Span, Text
    from gracelint.model.story import Story

MAX_DEPTH = 8

Started = tuple["Sequence[Word]", "Span | None"]


def started(story: Story) -> Iterator[Started]:
    """The words of every process; where nothing is known of them, those of the launch.

    In the latter case also what known wrappers and the text behind a shell's -c start last.
    """
    if story.tree is not None:
        yield from ((p.argv, p.span) for p in story.tree.walk())
        return
    argv = story.workload.launch.argv
    words: Sequence[Word] | None = argv.value if isinstance(argv, Known) else None
    for _ in range(MAX_DEPTH):
        if not words:
            return
        yield words, words[0].span
        words = _inner(story, words)


def _inner(story: Story, words: Sequence[Word]) -> Sequence[Word] | None:
    """What a wrapper or a shell's text starts; None where that is not known."""
    text = _shell_text(words)
    if text is not None:
        return _last_command(text)
    env = {k: w.value for k, w in story.workload.env.items() if w.value is not None}
    wrapped = atlas.wrapper(words, env)
    if wrapped is None:
        return None
    return _last_command(wrapped.shell_text) if wrapped.shell_text else wrapped.inner


def _shell_text(words: Sequence[Word]) -> Word | None:
    """The text behind a shell's -c."""
    if words[0].value is None or atlas.shell_key(words[0].value, words[1:], "dash") is None:
        return None
    for option, text in pairwise(words):
        given = option.value or ""
        if given.startswith("-") and not given.startswith("--") and given.endswith("c"):
            return text
    return None


def _last_command(word: Word) -> Sequence[Word] | None:
    """The words of the last command of a text, as far as they are literal."""
    from gracelint.syntax.shell import parse as shell

    if word.text is None:
        return None
    script = shell.parse(word.text)
    if not script.body.items:
        return None
    command = script.body.items[-1].command
    while isinstance(command, tree.AndOr):
        command = command.right
    if not isinstance(command, tree.Simple):
        return None
    words = [Word(w.literal, script.span(w), _text(script, w)) for w in command.words]
    return words[1:] if words and words[0].value == "exec" else words


def _text(script: tree.Script, word: tree.Words) -> Text | None:
    from gracelint.syntax.shell import parse as shell

    return shell.inner_text(script, word)
