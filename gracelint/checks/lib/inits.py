"""What rules about inits have in common."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gracelint import atlas
from gracelint.base.edit import Edit
from gracelint.base.facts import Known, Word
from gracelint.checks.lib.pods import image_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gracelint.base.source import Span
    from gracelint.model.workload import Command, Workload

_PLAIN = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_./")


def dropped_init(workload: Workload) -> tuple[Word, ...]:
    """The words of an init in an ENTRYPOINT that another one was put in the place of.

    That one may stand in a later stage, or in an orchestrator's `entrypoint:` or `command:`. An
    init that has to be PID 1 is left out: images with one are not started without it by mistake.
    """
    command = workload.launch.command
    words = _replaced(workload, command) if command is not None else ()
    return _init(words, workload) if words else ()


def _replaced(workload: Workload, command: Command) -> Sequence[Word]:
    """The words of the entrypoint that an orchestrator or a later stage put `command` for."""
    over = workload.launch.overridden
    if over is not None:
        before = over.entrypoint.value if isinstance(over.entrypoint, Known) else None
        same = before is not None and before.span == command.span
        argv = over.argv.value if isinstance(over.argv, Known) else ()
        return () if before is None or same else argv
    if command.keyword.upper() != "ENTRYPOINT":
        return ()
    entrypoints = [c for c in workload.commands if c.keyword.upper() == "ENTRYPOINT"]
    earlier = [c for c in entrypoints if c.stage != command.stage]
    if earlier:
        return earlier[-1].argv
    image = atlas.base(workload.base.reference) if workload.base.reference else None
    return tuple(Word(text) for text in (image.entrypoint if image is not None else None) or ())


def _init(words: Sequence[Word], workload: Workload) -> tuple[Word, ...]:
    """The init that the words start with, up to the command that it is given."""
    env = {key: word.value for key, word in workload.env.items() if word.value is not None}
    found = atlas.wrapper(words, env, image=image_of(workload))
    if found is None or found.role != "init" or found.pid1_only:
        return ()
    own = words[: len(words) - len(found.inner)] if found.inner else words
    return tuple(own) if all(word.value is not None for word in own) else ()


def put_in_front(command: Command, init: Sequence[str]) -> Edit | None:
    """Insert plain words before the first one of a command, in the form that it is written in."""
    first = command.words[0] if command.words else None
    if first is None or first.span is None or first.text is None or command.form == "shell":
        return None
    at = first.span
    if not command.value.covers(at) or not all(_PLAIN.issuperset(word) for word in init):
        return None
    quoted = command.value.text.startswith("[") and at.source.text[at.start - 1] == '"'
    start = at.start - 1 if quoted else at.start
    return Edit(at.source.span(start, start), _written(command.value, at, init))


def _written(value: Span, at: Span, init: Sequence[str]) -> str:
    if value.text.startswith("["):
        return "".join(f'"{word}", ' for word in init)
    head = at.source.line(at.first.line)[: at.first.column - 1]
    if head.strip().strip("-").strip() == "" and "-" in head:
        between = at.source.newline + head.replace("-", "-", 1)
        return "".join((f'"{word}"' if word.startswith("-") else word) + between for word in init)
    return "".join(f"{word} " for word in init)
