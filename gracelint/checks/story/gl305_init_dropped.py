"""GL305: an entrypoint that replaces one with an init, for a program that needs one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gracelint import atlas
from gracelint.checks import check
from gracelint.checks.pods import image_of, program
from gracelint.finding import Applicability, Edit, Finding, Fix, Label, Rule, Severity
from gracelint.shutdown.process import Cause
from gracelint.workload import Known, Word

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from gracelint.shutdown.process import Story
    from gracelint.source import Span
    from gracelint.workload import Command, Workload

RULE = Rule("GL305", "init-dropped", Severity.WARNING, frozenset({Applicability.UNSAFE}))
_PLAIN = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_./")


@check(RULE)
def init_dropped(story: Story) -> Iterator[Finding]:
    """An ENTRYPOINT with an init, replaced by one without."""
    workload = story.workload
    command = workload.launch.command
    why = _need(story)
    if command is None or not why:
        return
    words = _replaced(workload, command)
    init = _init(words, workload) if words else ()
    if not init:
        return
    shown = " ".join(init)
    message = f"this replaces an ENTRYPOINT that starts `{shown}`, and {why}"
    span = words[0].span
    related = (Label(span, "starts the init"),) if span is not None else ()
    yield Finding(
        RULE,
        RULE.severity,
        message,
        Label(command.span),
        related=related,
        fixes=_fixes(command, init),
        workloads=(workload.name,),
    )


def _need(story: Story) -> str:
    """Why PID 1 needs an init above it; "" when it does not, or has one."""
    tree, workload = story.tree, story.workload
    if tree is None or tree.role == "init" or workload.pid_namespace != "private":
        return ""
    known = program(workload)
    name = known.key if known is not None else str(tree.argv[0])
    if any(d.cause is Cause.UNHANDLED_PID1 and d.process is tree for d in story.defects):
        return f"`{name}` as PID 1 does not stop on SIG{story.signal}"
    if known is not None and known.spawns and known.reaps is False:
        return f"`{name}` as PID 1 leaves its dead children behind"
    return ""


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


def _init(words: Sequence[Word], workload: Workload) -> tuple[str, ...]:
    """The init that the words start with, up to the command that it is given."""
    env = {key: word.value for key, word in workload.env.items() if word.value is not None}
    found = atlas.wrapper(words, env, image=image_of(workload))
    if found is None or found.role != "init" or found.pid1_only:
        return ()
    own = words[: len(words) - len(found.inner)] if found.inner else words
    values = tuple(word.value for word in own if word.value is not None)
    return values if len(values) == len(own) else ()


def _fixes(command: Command, init: tuple[str, ...]) -> tuple[Fix, ...]:
    edit = _edit(command, init)
    if edit is None or not all(_PLAIN.issuperset(word) for word in init):
        return ()
    return (Fix(f"Put `{' '.join(init)}` back in front", Applicability.UNSAFE, (edit,)),)


def _edit(command: Command, init: tuple[str, ...]) -> Edit | None:
    """Insert the init before the first word, in the form that the words are written in."""
    first = command.words[0] if command.words else None
    if first is None or first.span is None or first.text is None or command.form == "shell":
        return None
    at = first.span
    if not command.value.covers(at):
        return None
    return Edit(at.source.span(at.start, at.start), _written(command.value, at, init))


def _written(value: Span, at: Span, init: tuple[str, ...]) -> str:
    if value.text.startswith("["):
        return "".join(f'"{word}", ' for word in init)
    head = at.source.line(at.first.line)[: at.first.column - 1]
    if head.strip().strip("-").strip() == "" and "-" in head:
        between = at.source.newline + head.replace("-", "-", 1)
        return "".join((f'"{word}"' if word.startswith("-") else word) + between for word in init)
    return "".join(f"{word} " for word in init)
