"""GL305: an entrypoint that replaces one with an init, for a program that needs one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gracelint.checks import check
from gracelint.checks.inits import dropped_init
from gracelint.checks.pods import program
from gracelint.finding import Applicability, Edit, Finding, Fix, Label, Rule, Severity
from gracelint.shutdown.process import Cause

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from gracelint.shutdown.process import Story
    from gracelint.source import Span
    from gracelint.workload import Command, Word

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
    init = dropped_init(workload)
    if not init:
        return
    message = f"this replaces an ENTRYPOINT that starts `{_shown(init)}`, and {why}"
    span = init[0].span
    related = (Label(span, "starts the init"),) if span is not None else ()
    yield Finding(
        RULE,
        RULE.severity,
        message,
        Label(_line(command.span)),
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


def _line(span: Span) -> Span:
    """The first line of what may be several."""
    return span.source.span(span.start, span.start + len(span.text.partition("\n")[0].rstrip()))


def _shown(init: Sequence[Word]) -> str:
    return " ".join(str(word) for word in init)


def _fixes(command: Command, init: Sequence[Word]) -> tuple[Fix, ...]:
    edit = _edit(command, [str(word) for word in init])
    if edit is None or not all(_PLAIN.issuperset(str(word)) for word in init):
        return ()
    return (Fix(f"Put `{_shown(init)}` back in front", Applicability.UNSAFE, (edit,)),)


def _edit(command: Command, init: Sequence[str]) -> Edit | None:
    """Insert the init before the first word, in the form that the words are written in."""
    first = command.words[0] if command.words else None
    if first is None or first.span is None or first.text is None or command.form == "shell":
        return None
    at = first.span
    if not command.value.covers(at):
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
