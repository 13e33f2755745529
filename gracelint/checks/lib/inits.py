"""Inits: those that a launch lost, and putting one in front, by the engine or in the image."""

from __future__ import annotations

from gracelint import atlas
from gracelint.base.edit import Edit
from gracelint.base.facts import Known, Word
from gracelint.base.typed import TYPE_CHECKING
from gracelint.checks.lib.stop_signals import above, command
from gracelint.diagnose.launched import image_of
from gracelint.model.finding import Applicability, Fix

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gracelint.base.source import Span
    from gracelint.model.process import Process
    from gracelint.model.story import Story
    from gracelint.model.workload import Command, Workload
    from gracelint.syntax.dockerfile.tree import Instruction

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
    wrapped = atlas.wrapper(words, env, image=image_of(workload))
    if wrapped is None or wrapped.role != "init" or wrapped.pid1_only:
        return ()
    front = words[: len(words) - len(wrapped.inner)] if wrapped.inner else words
    return tuple(front) if all(word.value is not None for word in front) else ()


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


_IN_FRONT = "Have the engine start an init in front"
_HANDLE = "Install a handler that stops what it starts, and waits"
_SPAWNS = ("subprocess", "Popen", "os.system", "child_process", "pcntl_")
"""What code says that starts others: with the default action back, a signal ends it alone."""
_ROOT = frozenset({"", "root", "0"})
_ADVICE = {
    "dockerfile": "Start an init such as tini in the image, or the container with `--init`",
    "compose": "State `init: true`",
    "kubernetes": "Start an init such as tini in the image",
    "quadlet": "State `RunInit=true`",
    "ecs": "Set `initProcessEnabled` in `linuxParameters`",
    "fly": "Start an init such as tini in the image",
}


def init_fix(story: Story, process: Process) -> Fix:
    """The way to have an init above the program that is PID 1 now."""
    from gracelint.checks.lib import keys

    workload = story.workload
    launch = command(workload)
    fix = None
    if any(text in (word.value or "") for word in process.argv for text in _SPAWNS):
        return Fix(_HANDLE, Applicability.SHOW)
    if workload.kind == "compose":
        fix = _engine_init(workload)
    elif workload.kind in {"quadlet", "ecs"} and workload.pid_namespace == "private":
        edit = keys.add(workload, "init", value=True)
        fix = None if edit is None else Fix(_IN_FRONT, Applicability.SAFE, (edit,))
    elif launch is not None and launch.stage is not None:
        fix = _image_init(workload, launch, process)
    return fix or Fix(_ADVICE[workload.kind], Applicability.SHOW)


def _engine_init(workload: Workload) -> Fix | None:
    from gracelint.checks.lib.compose import mapping_with

    place = workload.place
    if place is None or workload.pid_namespace != "private":
        return None
    from gracelint.syntax.yaml import editing as yaml_edit

    stated = mapping_with(workload, "init") if "init" in place.entries else place.node
    edit = yaml_edit.set_key(stated, "init", value=True) if stated is not None else None
    return None if edit is None else Fix(_IN_FRONT, Applicability.SAFE, (edit,))


def _image_init(workload: Workload, launch: Command, process: Process) -> Fix | None:
    """tini, installed by the image's package manager, before the words of the launch."""
    image = image_of(workload)
    there = "tini" in workload.packages
    if image is None or not _reaches(workload, launch):
        return None
    front = _in_front(launch, process)
    install = None if there else _install(launch, image.os, image.user or "")
    if front is None or (install is None and not there):
        return None
    title = "Start tini in front" + (" and install it" if install else "")
    return Fix(title, Applicability.UNSAFE, (install, front) if install else (front,))


def _reaches(workload: Workload, launch: Command) -> bool:
    """Whether nothing unknown of the image stands in front of the words that the file states."""
    entrypoint = workload.launch.entrypoint
    if not isinstance(entrypoint, Known):
        return False
    if entrypoint.value is None or entrypoint.value == launch:
        return True
    image = image_of(workload)
    return image is not None and image.entrypoint_execs is True


def _in_front(launch: Command, process: Process) -> Edit | None:
    if launch.form != "shell":
        return put_in_front(launch, ("tini", "--"))
    first = process.argv[0].span if process.argv else None
    if first is None or not launch.value.covers(first) or first.text != process.argv[0].value:
        return None
    return Edit(_before(first), "tini -- ")


def _before(span: Span) -> Span:
    return span.source.span(span.start, span.start)


def _install(launch: Command, system: str, user: str) -> Edit | None:
    """A RUN before the launch, and before the image changes to another user."""
    run = atlas.system(system).install_init
    if run is None or user not in _ROOT:
        return None
    stage = _stage(launch)
    if _inherits_user(launch, stage):
        return None
    at = next((i.span for i in stage if i.name == "USER"), None)
    start = above(launch.span if at is None or at.start > launch.span.start else at)
    source = launch.span.source
    return Edit(source.span(start, start), f"RUN {run}{source.newline}")


def _stage(launch: Command) -> list[Instruction]:
    """The instructions of the launch's own stage."""
    from gracelint.syntax.dockerfile.parse import parse

    instructions: list[Instruction] = []
    for instruction in parse(launch.span.source).instructions:
        if instruction.name == "FROM":
            if instruction.span.start > launch.span.start:
                break
            instructions = []
        instructions.append(instruction)
    return instructions


def _inherits_user(launch: Command, stage: list[Instruction]) -> bool:
    """Whether the stage is built on another one of the file, which may have changed the user."""
    from gracelint.syntax.dockerfile.parse import parse

    start = stage[0].words[0].value if stage and stage[0].words else None
    every = parse(launch.span.source).instructions
    names = {w.value for i in every if i.name == "FROM" for w in i.words[2:3]}
    return start in names and any(i.name == "USER" for i in every)


def put_behind(word: Word, option: str) -> Edit | None:
    """An option as the next word behind one, in an array or in a shell's text."""
    at, value = word.span, word.value
    if at is None or value is None or at.text not in {value, f'"{value}"'}:
        return None
    text = at.source.text
    before, behind = text[at.start - 1 : at.start], text[at.end : at.end + 1]
    end = at.source.span(at.end, at.end)
    if before == behind == '"' and text[at.end + 1 : at.end + 2] in {",", "]", " "}:
        return Edit(end, f'", "{option}')
    if before in {"[", " "} and behind in {",", "]"}:
        return Edit(end, f', "{option}"')
    plain = before in {" ", "\t", "\n", ""} and behind in {" ", "\t", "\n", "\r", ""}
    return Edit(end, f" {option}") if plain and at.text == value and not _is_item(at) else None


def _is_item(at: Span) -> bool:
    """Whether a word is an element of a block sequence."""
    line = at.source.line(at.first.line)
    return line[: at.first.column - 1].strip() == "-"
