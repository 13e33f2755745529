"""One run of one container: its kernel, its choices, and what is remembered on the way."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gracelint.base.facts import Known
from gracelint.base.values import dataclass, field
from gracelint.simulate.kernel import Kernel, Undetermined
from gracelint.syntax.shell import parse as syntax

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gracelint.atlas import Atlas
    from gracelint.base.facts import Word
    from gracelint.base.source import Embedded, Span, Text
    from gracelint.model.entries import BaseImage
    from gracelint.model.snapshot import Implicit, Trap
    from gracelint.model.workload import Command, ImageFile, Workload
    from gracelint.simulate.kernel import Task
    from gracelint.simulate.shell.shell import Shell
    from gracelint.syntax.shell import tree as shelltree

CLEANUP = 0.4  # seconds that an application about which nothing is known needs to clean up
FIFO = "\0fifo"  # what `World.written` holds for a named pipe
MOMENT = 0.01  # seconds that a short-lived command takes


@dataclass(frozen=True, slots=True)
class Choice:
    """A condition that the files do not decide, and how this run decided it."""

    key: tuple[object, ...]
    taken: bool
    span: Span
    words: str


@dataclass(slots=True)
class Oracle:
    """Answers conditions that the files do not decide: as forced, else by the caller's default.

    The same condition asked twice gets the same answer.
    """

    forced: dict[tuple[object, ...], bool] = field(default_factory=dict)
    choices: list[Choice] = field(default_factory=list)
    answers: dict[tuple[object, ...], bool] = field(default_factory=dict)

    def choose(self, key: tuple[object, ...], default: bool, span: Span, words: str) -> bool:
        """Whether the condition holds in this run."""
        if key not in self.answers:
            taken = self.forced.get(key, default)
            self.answers[key] = taken
            self.choices.append(Choice(key, taken, span, words))
        return self.answers[key]


@dataclass(frozen=True, slots=True)
class Started:
    """A foreground command whose lifetime nothing tells: it may be the application."""

    task: Task
    argv: tuple[Word, ...]

    @property
    def key(self) -> object:
        """What tells it from other commands in any run: its words and where the first stands."""
        first = self.argv[0].span if self.argv else None
        return first and (first.key, tuple(w.value for w in self.argv))

    @property
    def hands_over(self) -> bool:
        """Whether it looks as if it left a daemon behind: `SOMETHING start`."""
        return len(self.argv) > 1 and self.argv[1].value == "start"


@dataclass(slots=True)
class World:
    """Everything that the processes of one run share.

    shell: the atlas key of /bin/sh, "" for none, None when unknown. main: which of the foreground
    commands of unknown lifetime is the application, counted from 0; None: none of them. written:
    small files that the run's own `echo` wrote, by path.
    ignoring: the last `trap ''` for a signal.
    """

    workload: Workload
    kernel: Kernel
    oracle: Oracle
    atlas: Atlas
    shell: str | None
    scripts: Scripts
    image: BaseImage | None = None
    main: int | None = None
    started: list[Started] = field(default_factory=list)
    written: dict[str, str | None] = field(default_factory=dict)
    implicit: list[Implicit] = field(default_factory=list)
    ignoring: dict[str, Trap] = field(default_factory=dict)

    def file(self, command: str, path: str, cwd: str) -> ImageFile | None:
        """The file that executing `command` runs, when it is in sight."""
        return self.workload.files.find(command, path, cwd)

    def claims(self, task: Task, argv: Sequence[Word]) -> bool:
        """Note a foreground command of unknown lifetime; whether it is the application."""
        if self.kernel.stopping:
            return False
        self.started.append(Started(task, tuple(argv)))
        return self.main == len(self.started) - 1

    def main_of(self) -> object:
        """The key of the command that is taken for the application; None: there is none."""
        return None if self.main is None else self.started[self.main].key

    def sh(self, span: Span | None = None) -> str:
        """The atlas key of the image's /bin/sh."""
        if self.shell is None:
            raise UnknownShell("what /bin/sh is in this image is not known", span)
        if not self.shell:
            raise Undetermined("the image has no shell", span)
        return self.shell

    def parse(self, text: Text, dialect: shelltree.Dialect) -> shelltree.Script:
        """A script's tree; one that no shell accepts stops the story."""
        return self.scripts.parse(text, dialect)

    @staticmethod
    def inner_text(script: shelltree.Script, word: shelltree.Words) -> Embedded | None:
        """A literal word's value as text with places."""
        return syntax.inner_text(script, word)

    @property
    def root_user(self) -> bool:
        """Whether the container surely starts as root: no USER, and a base image that is known."""
        return self.image is not None or self.workload.base.reference in {None, "scratch"}


class Scripts:
    """Trees of scripts already read, shared by the runs of a workload.

    names: the commands within a node of a tree, by its identity, see `inert`. paths: the files of
    the image, listed when first asked for. steps: the work of all runs so far.
    """

    __slots__ = ("_read", "names", "paths", "steps")

    def __init__(self) -> None:
        self._read: dict[tuple[int, str], tuple[Text, shelltree.Script]] = {}
        self.names: dict[int, frozenset[str] | None] = {}
        self.paths: list[str] | None = None
        self.steps = 0

    @property
    def read(self) -> tuple[shelltree.Script, ...]:
        """All that was run, in the order of reading, less what has no place of its own."""
        return tuple(s for t, s in self._read.values() if not isinstance(t, Derived))

    def parse(self, text: Text, dialect: shelltree.Dialect) -> shelltree.Script:
        """The tree of `text`, read once."""
        found = self._read.get((id(text), dialect))
        if found is None:
            found = (text, syntax.parse(text, dialect))
            self._read[id(text), dialect] = found
        script = found[1]
        if script.certain:
            start, end, message = script.errors[0]
            raise Undetermined(f"the script cannot be read: {message}", text.span(start, end))
        return script


class UnknownShell(Undetermined):
    """It depends on what the image's /bin/sh is, which is unknown."""


class Derived:
    """Text that is computed, so that none of its characters has a place: all stand for one span."""

    __slots__ = ("_span", "text")

    def __init__(self, text: str, span: Span) -> None:
        self.text = text
        self._span = span

    def span(self, start: int, end: int) -> Span:  # noqa: ARG002
        """The span that the text was computed from."""
        return self._span

    def insertion(self, text: str, at: int) -> str | None:  # noqa: ARG002
        """Nothing can be put in."""
        return None


def text_of(word: Word, fallback: Span) -> Text:
    """A word's value as text with places, or with one place for all where it was computed."""
    if word.text is not None:
        return word.text
    return Derived(word.value or "", word.span or fallback)


def command_of(world: World, body: Shell) -> Command | None:
    """The shell-form instruction whose text the shell runs."""
    source = body.start_as.source
    for fact in (world.workload.launch.entrypoint, world.workload.launch.cmd):
        command = fact.value if isinstance(fact, Known) else None
        if command is not None and command.form == "shell" and source in command.words:
            return command
    return None
