"""One run of one container: its kernel, its choices, and what is remembered on the way."""

from __future__ import annotations

from gracelint.base.facts import GAP, Word
from gracelint.base.paths import absolute
from gracelint.base.source import Derived
from gracelint.base.typed import TYPE_CHECKING, Protocol
from gracelint.base.values import dataclass, field, replace
from gracelint.model.workload import ImageFile
from gracelint.simulate import braces
from gracelint.simulate.kernel import Kernel, Undetermined
from gracelint.syntax.shell import parse as syntax
from gracelint.syntax.shell.tree import Chars

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from gracelint.atlas import Atlas
    from gracelint.base.source import Span, Text
    from gracelint.model.entries import BaseImage
    from gracelint.model.snapshot import Implicit, Trap
    from gracelint.model.workload import Workload
    from gracelint.simulate.kernel import Body, Task
    from gracelint.syntax.shell import tree as shelltree

CLEANUP = 0.4  # seconds that an application about which nothing is known needs to clean up
MAX_COMPUTED = 300_000  # characters of all texts that scripts compute and then run
MOMENT = 0.01  # seconds that a short-lived command takes


@dataclass(frozen=True, slots=True)
class Context:
    """What a command is started with.

    span: where it is written. from_shell: whether a shell starts it (which runs a text file
    without `#!` itself). execvp: whether what starts it hands such a file to /bin/sh; None: not
    known. depth: how many programs started one another on the way. input: what it can read from
    its standard input, None: nothing. writing: others have not written all of it. job: whether it
    belongs to a background job, which reads from no terminal. built: whether a program starts it
    that the sources in sight were built into.
    """

    env: Mapping[str, Word]
    cwd: str
    span: Span
    user: str = ""
    from_shell: bool = False
    execvp: bool | None = None
    depth: int = 0
    input: Word | None = None
    writing: bool = False
    job: bool = False
    built: bool = False


class Unfinished(Undetermined):
    """What it reads is still being written."""


@dataclass(frozen=True, slots=True)
class Loaded:
    """What a command runs. lifetime: as in the atlas; `own` for a shell, which decides by what
    it runs.
    """

    body: Body
    argv: tuple[Word, ...]
    lifetime: str = "unknown"

    def copy(self, world: World) -> Loaded:
        """The same in a forked world."""
        return replace(self, body=self.body.copy(world))


class Loader(Protocol):
    """What says what executing `argv` runs; raises Undetermined where the files do not tell."""

    def __call__(self, world: World, argv: tuple[Word, ...], context: Context) -> Loaded:
        """The program, not started yet."""


@dataclass(frozen=True, slots=True)
class Choice:
    """A condition that the files do not decide, and how this run decided it."""

    key: tuple[object, ...]
    taken: bool
    span: Span
    words: str

    @property
    def place(self) -> tuple[object, ...]:
        """What tells it from other conditions, whichever round of a loop asks for it."""
        return _place(self.key)


def _place(key: tuple[object, ...]) -> tuple[object, ...]:
    return key[:3]


class Undecided(Exception):  # noqa: N818
    """A condition is asked for the first time. The run can go on when it is decided.

    choice: the condition, decided as it would be by default.
    """

    def __init__(self, choice: Choice) -> None:
        super().__init__(choice)
        self.choice = choice


@dataclass(slots=True)
class Oracle:
    """Answers conditions that the files do not decide; the same one always in the same way.

    asks: whether it raises `Undecided` for one that is neither decided nor forced, instead of
    deciding it by the caller's default. steady: conditions that hold, or not, in all rounds of a
    loop, by their keys without the round. again: conditions that were asked for once more, with
    the number of those decided by then.
    """

    forced: dict[tuple[object, ...], bool] = field(default_factory=dict)
    choices: list[Choice] = field(default_factory=list)
    answers: dict[tuple[object, ...], bool] = field(default_factory=dict)
    asks: bool = False
    steady: dict[tuple[object, ...], bool] = field(default_factory=dict)
    again: dict[tuple[object, ...], int] = field(default_factory=dict)

    def choose(self, key: tuple[object, ...], default: bool, span: Span, words: str) -> bool:
        """Whether the condition holds in this run."""
        if key not in self.answers:
            if self.asks and key not in self.forced:
                raise Undecided(Choice(key, default, span, words))
            taken = self.forced.get(key, self.steady.get(_place(key), default))
            self.decide(Choice(key, taken, span, words))
        else:
            self.again[key] = len(self.choices)
        return self.answers[key]

    def decide(self, choice: Choice) -> None:
        """Have a condition decided in a way."""
        self.answers[choice.key] = choice.taken
        self.choices.append(choice)

    def copy(self) -> Oracle:
        """The same answers, to which others can be added."""
        return Oracle(
            dict(self.forced), list(self.choices), dict(self.answers), self.asks, dict(self.steady)
        )


@dataclass(frozen=True, slots=True)
class Started:
    """A foreground command whose lifetime nothing tells: it may be the application."""

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
    commands of unknown lifetime is the application, counted from 0; None: none of them. claimants:
    the processes that ran one. written: small files that the run itself wrote, by path.
    texts: those of them whose characters have places, such as here-documents. gone: what of them it
    has removed. altered: whether a command of the run may have made other files.
    sourced_unseen: whether a shell read a file that is not in sight, which may define functions.
    deployed: variables that the files leave unset and that are taken as set, nobody knows to what.
    fifos: the pipes that have names in the file system, by path. unsure: a command that a handler
    ran, of which nobody knows whether it stops the application. exits: the statuses with which
    shells have ended by `exit` or `set -e`. ignoring: the last `trap ''` for a signal. looked: the
    files that it looked for among what it wrote, with the number of conditions decided by then.
    """

    workload: Workload
    kernel: Kernel
    oracle: Oracle
    atlas: Atlas
    shell: str | None
    scripts: Scripts
    loader: Loader
    image: BaseImage | None = None
    main: int | None = None
    started: list[Started] = field(default_factory=list)
    claimants: set[int] = field(default_factory=set)
    written: dict[str, str | None] = field(default_factory=dict)
    texts: dict[str, Text] = field(default_factory=dict)
    gone: set[str] = field(default_factory=set)
    altered: bool = False
    sourced_unseen: bool = False
    deployed: frozenset[str] = frozenset()
    fifos: dict[str, int] = field(default_factory=dict)
    unsure: str = ""
    exits: set[int] = field(default_factory=set)
    implicit: list[Implicit] = field(default_factory=list)
    ignoring: dict[str, Trap] = field(default_factory=dict)
    looked: dict[str, int] = field(default_factory=dict)

    def fork(self) -> World:
        """A copy that goes its own way: what the run has changed is copied, all else shared."""
        twin = replace(
            self,
            kernel=self.kernel.copy(),
            oracle=self.oracle.copy(),
            claimants=set(self.claimants),
            written=dict(self.written),
            texts=dict(self.texts),
            gone=set(self.gone),
            started=list(self.started),
            fifos=dict(self.fifos),
            exits=set(self.exits),
            implicit=list(self.implicit),
            ignoring=dict(self.ignoring),
            looked={},
        )
        for task in twin.kernel.living:
            task.body = task.body.copy(twin)
        self.scripts.worlds.append(twin)
        return twin

    @property
    def paths(self) -> list[str]:
        """The files of the image, listed once for all runs."""
        if self.scripts.paths is None:
            self.scripts.paths = list(self.workload.files.paths())
        return self.scripts.paths

    def names(self, folder: str) -> list[str] | None:
        """What lies in a folder of the image, as far as it is in sight; None for nothing."""
        if self.scripts.folders is None:
            folders: dict[str, set[str]] = {}
            for path in self.paths:
                rest = path
                while rest:
                    rest, _, name = rest.rpartition("/")
                    folders.setdefault(rest, set()).add(name)
            self.scripts.folders = {at: sorted(names - {""}) for at, names in folders.items()}
        return self.scripts.folders.get(folder.rstrip("/"))

    def load(self, argv: tuple[Word, ...], context: Context) -> Loaded:
        """What executing `argv` runs; raises Undetermined where the files do not tell."""
        return self.loader(self, argv, context)

    def file(self, command: str, path: str, cwd: str, *, partly: bool = False) -> ImageFile | None:
        """The file that executing `command` runs, when it is in sight, or when the run wrote it.

        partly: a text in which GAP stands for what is not known is welcome, too.
        """
        place = absolute(command, cwd) if "/" in command else self._on_path(command, path)
        if self.has_written(place):
            value = self.written[place]
            if value is None and partly and place in self.texts:
                return ImageFile(place, self.texts[place], executable=True)
            if value is None:
                return ImageFile(place, None, reason="is written by the script itself")
            text = self.texts.get(place) or Derived(value, self.workload.declared)
            return ImageFile(place, text, executable=True)
        return self.workload.files.find(command, path, cwd)

    def _on_path(self, command: str, path: str) -> str:
        """Where in PATH the run itself wrote a command, "" for nowhere."""
        places = [f"{folder}/{command}" for folder in path.split(":") if folder[:1] == "/"]
        return next(filter(self.has_written, places), "")

    def has_written(self, path: str) -> bool:
        """Whether the run itself wrote the file, and has it still."""
        self._look(path)
        return path in self.written

    def written_in(self, folder: str) -> list[str]:
        """The names of the files that the run itself wrote below a folder."""
        under = f"{folder.rstrip('/')}/"
        self.looked[under] = len(self.oracle.choices)
        if any(path.startswith(under) for path in self.scripts.skipped):
            self.scripts.heeded = True
        below = [path.removeprefix(under) for path in self.written if path.startswith(under)]
        return [path.partition("/")[0] for path in below]

    def has_removed(self, path: str) -> bool:
        """Whether the run itself wrote the file, and has removed it."""
        self._look(path)
        return path in self.gone

    def _look(self, path: str) -> None:
        self.looked[path] = len(self.oracle.choices)
        if path in self.scripts.skipped:
            self.scripts.heeded = True

    def claims(self, task: Task, argv: Sequence[Word]) -> bool:
        """Note a foreground command of unknown lifetime; whether it is the application."""
        if self.kernel.stopping:
            return False
        self.started.append(Started(tuple(argv)))
        self.claimants.add(task.pid)
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

    @property
    def root_user(self) -> bool:
        """Whether the container surely starts as root: no USER, and a base image that is known."""
        return self.image is not None or self.workload.base.reference in {None, "scratch"}


@dataclass(frozen=True, slots=True)
class Effects:
    """What harmless commands do. commands: their names. variables: what is assigned. files: what
    is written; None: a file whose name is not literal is.
    """

    commands: frozenset[str]
    variables: frozenset[str]
    files: frozenset[str] | None


class Scripts:
    """Trees of scripts already read, and what was worked out about them, shared by the runs of a
    workload.

    paths, folders: the files of the image, and what lies in its folders; listed when first asked
    for. unset: variables that were asked for and that nothing in sight sets, the last one last;
    paths where nothing is. required: variables without which a script ends, as it says with
    `set -u` or `${x:?}`, and what a program gives up without: variables, and paths of files.
    rejected: whether dash cannot read a command, by the identity of its node.
    worlds: the runs, and what was kept of them to go on from. thorough: no branch is left out for
    its variables. skipped: files that branches might have written which were left out; heeded:
    whether a run has looked for one of them. given_up: programs of sources in sight that do more
    than can be followed, by the path of their first file.
    """

    __slots__ = (
        "_computed", "_derived", "_read", "folders", "given_up", "heeded", "paths", "rejected",
        "required", "skipped", "thorough", "unset", "worlds",
    )  # fmt: skip

    def __init__(self, *, thorough: bool = False) -> None:
        self._read: dict[tuple[int, str], tuple[Text, shelltree.Script]] = {}
        self._derived: dict[tuple[object, ...], shelltree.Script] = {}
        self._computed = 0
        self.paths: list[str] | None = None
        self.folders: dict[str, list[str]] | None = None
        self.unset: dict[str, None] = {}
        self.required: dict[str, None] = {}
        self.rejected: dict[int, bool] = {}
        self.worlds: list[World] = []
        self.thorough = thorough
        self.skipped: set[str] = set()
        self.heeded = False
        self.given_up: set[str] = set()

    def end(self) -> None:
        """Take the runs apart, which are over: each part of one has hold of the others, so that
        they would stay until somebody looks through all that is there.
        """
        for world in self.worlds:
            world.kernel.end_all()
        self.worlds.clear()

    def forget_paths(self) -> None:
        """Where `set -e` ends a script that looked for a file, nobody said that it is required."""
        for name in [name for name in self.unset if name.startswith("/")]:
            del self.unset[name]

    @property
    def read(self) -> tuple[shelltree.Script, ...]:
        """All that was run, each once, in the order of reading, less what has no place."""
        scripts: dict[tuple[object, ...], shelltree.Script] = {}
        for text, script in self._read.values():
            place = text.span(0, len(text.text)).key
            scripts.setdefault((place, text.text, script.dialect), script)
        return tuple(scripts.values())

    def parse(self, text: Text, dialect: shelltree.Dialect) -> shelltree.Script:
        """The tree of `text`, read once."""
        script = self._tree(text, dialect)
        if script.certain:
            start, end, message = script.errors[0]
            raise Undetermined(f"the script cannot be read: {message}", text.span(start, end))
        return script

    def look_ahead(self, text: Text, dialect: shelltree.Dialect) -> None:
        """Take a text that no shell can read for one that was run: it is wrong, whether its time
        comes or not.
        """
        parsed = _tree_of(text, dialect)
        if parsed[1].certain:
            self._read.setdefault((id(text), dialect), parsed)

    def _tree(self, text: Text, dialect: shelltree.Dialect) -> shelltree.Script:
        if isinstance(text, Derived):
            return self._computed_tree(text, dialect)
        parsed = self._read.get((id(text), dialect))
        if parsed is None:
            parsed = self._read[id(text), dialect] = _tree_of(text, dialect)
        return parsed[1]

    def _computed_tree(self, text: Derived, dialect: shelltree.Dialect) -> shelltree.Script:
        span = text.span(0, 0)
        key = (text.text, span.key, dialect)
        if key not in self._derived:
            self._computed += len(text.text)
            if self._computed > MAX_COMPUTED:
                raise Undetermined("it computes more text to run than can be followed", span)
            self._derived[key] = syntax.parse(text, dialect)
        return self._derived[key]


class Notes:
    """What was worked out about a script, by the identity of its nodes.

    tests: the words of `[[ … ]]`. effects, later: what a node does and what its function does
    behind it, see `inert`.
    """

    __slots__ = ("_words", "effects", "later", "script", "tests")

    def __init__(self, script: shelltree.Script) -> None:
        self.script = script
        self._words: dict[int, tuple[shelltree.Words, Word | None, bool]] = {}
        self.tests: dict[int, tuple[shelltree.Test, list[str | shelltree.Words]]] = {}
        self.effects: dict[int, Effects | None] = {}
        self.later: dict[int, Effects | None] = {}

    def word(self, words: shelltree.Words) -> tuple[shelltree.Words, Word | None, bool]:
        """A word; the argument that it gives, with its text's places, if it has no expansions; and
        whether it is written as a pattern.
        """
        kept = self._words.get(id(words))
        if kept is None:
            kept = (words, _literal(self.script, words), _globs(words))
            self._words[id(words)] = kept
        return kept


def notes_of(script: shelltree.Script) -> Notes:
    """What was worked out about a script, to be added to."""
    notes = _notes.get(id(script))
    if notes is None:
        if len(_notes) >= _KEPT:
            _notes.clear()
        notes = _notes[id(script)] = Notes(script)
    return notes


_KEPT = 300  # scripts of which is kept what was worked out: a launch is gone through several times
_trees: dict[tuple[int, str], tuple[Text, shelltree.Script]] = {}
_notes: dict[int, Notes] = {}
"""By the identity of the script, which is kept with it: scripts of a text share nodes."""


def _tree_of(text: Text, dialect: shelltree.Dialect) -> tuple[Text, shelltree.Script]:
    read = _trees.get((id(text), dialect))
    if read is None:
        if len(_trees) >= _KEPT:
            _trees.clear()
        read = _trees[id(text), dialect] = (text, syntax.parse(text, dialect))
    return read


def _literal(script: shelltree.Script, words: shelltree.Words) -> Word | None:
    value = words.literal
    if (
        value is None
        or GAP in value
        or (script.dialect not in braces.WITHOUT and braces.written(words))
    ):
        return None
    return Word(value, script.span(words), syntax.inner_text(script, words))


def _globs(words: shelltree.Words) -> bool:
    """Whether a word has characters that make it a pattern for names of files."""
    written = (p.value for p in words.parts if isinstance(p, Chars) and not p.quoted)
    return any(value != "[" and not _PATTERN.isdisjoint(value) for value in written)


_PATTERN = frozenset("*?[")


class UnknownShell(Undetermined):
    """It depends on what the image's /bin/sh is, which is unknown."""


def text_of(word: Word, fallback: Span) -> Text:
    """A word's value as text with places, or with one place for all where it was computed."""
    if word.text is not None:
        return word.text
    return Derived(word.plain, word.span or fallback)
