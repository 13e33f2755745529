"""What a Dockerfile consists of: instructions with a place for every part."""

from __future__ import annotations

from gracelint.base.typed import TYPE_CHECKING, Literal
from gracelint.base.values import dataclass

if TYPE_CHECKING:
    from gracelint.base.facts import Word
    from gracelint.base.source import Embedded, Span


@dataclass(frozen=True, slots=True)
class Flag:
    """`--name=value`. value: without quotes; None for a bare `--name`."""

    name: str
    value: str | None
    span: Span


@dataclass(frozen=True, slots=True)
class Heredoc:
    """A here-document of RUN, COPY or ADD.

    name: its delimiter. quoted: nothing in it is expanded. strip_tabs: `<<-`. fd: the number before
    `<<`. body: its text, tabs removed for `<<-`. span: the `<<NAME` word. terminated: the whole
    text from the line after the instruction to the end of the delimiter.
    """

    name: str
    quoted: bool
    strip_tabs: bool
    fd: int
    body: Embedded
    span: Span
    terminated: Span


@dataclass(frozen=True, slots=True)
class Pair:
    """`name=value` of ENV, LABEL or ARG, quotes still in. value: None for `ARG name`."""

    name: Word
    value: Word | None


@dataclass(frozen=True, slots=True)
class Instruction:
    """One instruction.

    name: upper case; for ONBUILD that of the instruction behind it, with onbuild set. span: all of
    it without the final line ending, here-documents included. lines: whole physical lines with
    their line endings. keyword: the name as it is written. value: what follows name and flags.
    line: what the engine reads, continuations joined. form: `exec` for a JSON array, `shell` for
    text that a shell gets, None for instructions that have neither. words: members of the array;
    else the words between blanks, unexpanded. shell_text: what the shell gets, for the shell form.
    malformed_exec: it begins with a bracket, but is no JSON array. trailing: what stands behind a
    valid array; the classic builder drops it, newer ones then take the whole as text. check: what a
    HEALTHCHECK does, `CMD` or `NONE`.
    """

    name: str
    span: Span
    lines: Span
    keyword: Span
    value: Span
    line: Embedded
    flags: tuple[Flag, ...] = ()
    form: Literal["exec", "shell"] | None = None
    words: tuple[Word, ...] = ()
    shell_text: Embedded | None = None
    heredocs: tuple[Heredoc, ...] = ()
    pairs: tuple[Pair, ...] = ()
    onbuild: bool = False
    malformed_exec: bool = False
    trailing: Span | None = None
    check: str = ""

    def flag(self, name: str) -> Flag | None:
        """The last flag of that name."""
        return next((f for f in reversed(self.flags) if f.name == name), None)


@dataclass(frozen=True, slots=True)
class Tree:
    """What a Dockerfile consists of.

    escape: its escape character. syntax: the image of `# syntax=`. errors: what the engine would
    reject, with its place.
    """

    instructions: tuple[Instruction, ...]
    escape: str = "\\"
    syntax: str | None = None
    errors: tuple[tuple[Span, str], ...] = ()
