"""What the engine rejects in a Dockerfile that can be read."""

from __future__ import annotations

from gracelint.base.typed import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gracelint.base.source import Source, Span
    from gracelint.syntax.dockerfile.tree import Instruction

INSTRUCTIONS = frozenset(
    {
        "ADD", "ARG", "CMD", "COPY", "ENTRYPOINT", "ENV", "EXPOSE", "FROM", "HEALTHCHECK", "LABEL",
        "MAINTAINER", "ONBUILD", "RUN", "SHELL", "STOPSIGNAL", "USER", "VOLUME", "WORKDIR",
    }
)  # fmt: skip
_AT_LEAST = {"COPY": 2, "ADD": 2, "CMD": 0, "ENTRYPOINT": 0, "RUN": 0, "HEALTHCHECK": 0}
_WITHOUT_FLAGS = INSTRUCTIONS - {"ADD", "COPY", "FROM", "HEALTHCHECK", "RUN"}
_NOT_IN_ONBUILD = frozenset({"FROM", "MAINTAINER", "ONBUILD"})


def complaints(
    source: Source, instructions: tuple[Instruction, ...], syntax: str | None
) -> Iterator[tuple[Span, str]]:
    """What is wrong, with its place. syntax: the image of `# syntax=`, which may know more."""
    if not instructions and not source.text.strip():  # else somebody has commented all of it out
        yield source.span(0, 0), "the Dockerfile has no instructions"
    standard = syntax is None or "docker/dockerfile" in syntax
    staged = False
    for instruction in instructions:
        if instruction.name not in INSTRUCTIONS:
            if standard:
                yield instruction.keyword, f"unknown instruction {instruction.keyword.text!r}"
            continue
        yield from _about(instruction)
        starts = instruction.name == "FROM" and not instruction.onbuild
        if not (staged or starts or instruction.name == "ARG"):
            yield instruction.keyword, "the first instruction besides ARG has to be FROM"
            staged = True
        staged = staged or starts


def _about(instruction: Instruction) -> Iterator[tuple[Span, str]]:
    name, words = instruction.name, len(instruction.words)
    if instruction.onbuild and name in _NOT_IN_ONBUILD:
        yield instruction.keyword, f"{name} cannot stand behind ONBUILD"
    if name in _WITHOUT_FLAGS and instruction.flags:
        yield instruction.flags[0].span, f"{name} has no flags"
    if name == "FROM":
        yield from _about_from(instruction)
    elif words < _AT_LEAST.get(name, 1):
        yield instruction.span, f"{name} needs {_AT_LEAST.get(name, 1)} or more arguments"
    if name == "SHELL" and instruction.form == "shell" and words:
        yield instruction.value, "SHELL needs a JSON array"
    if name == "HEALTHCHECK" and instruction.check not in {"CMD", "NONE"}:
        yield instruction.span, "HEALTHCHECK needs CMD or NONE"


def _about_from(instruction: Instruction) -> Iterator[tuple[Span, str]]:
    words = instruction.words
    named = len(words) == 3 and (words[1].value or "").upper() == "AS"
    if len(words) != 1 and not named:
        yield instruction.span, "FROM needs an image, and may have `AS` and a name"
