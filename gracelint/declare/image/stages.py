"""A Dockerfile's stages, and what their instructions add up to."""

from __future__ import annotations

from gracelint.base.facts import Atlas, Known, Unknown, Word
from gracelint.base.paths import absolute
from gracelint.base.typed import TYPE_CHECKING
from gracelint.base.values import dataclass, field, replace
from gracelint.model.workload import Command
from gracelint.syntax.dockerfile.expand import Lexer, Missing
from gracelint.syntax.dockerfile.trim import LexError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from gracelint.base.facts import Fact, Origin
    from gracelint.base.source import Span
    from gracelint.model.entries import BaseImage
    from gracelint.model.workload import Workload
    from gracelint.syntax.dockerfile.parse import Dockerfile, Instruction

PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
_GIVEN_BY_BUILDER = frozenset(
    f"{side}{what}"
    for side in ("TARGET", "BUILD")
    for what in ("PLATFORM", "OS", "ARCH", "VARIANT")
)
_PROXIES = frozenset({"HTTP_PROXY", "HTTPS_PROXY", "FTP_PROXY", "NO_PROXY", "ALL_PROXY"})


@dataclass(frozen=True, slots=True)
class Stage:
    """A build stage: FROM and what follows up to the next one.

    name: as given behind AS. instructions: without FROM and without ONBUILD. triggers: what ONBUILD
    of the stage that it is built on puts in front of them.
    """

    index: int
    name: str | None
    start: Instruction
    instructions: tuple[Instruction, ...]
    triggers: tuple[Instruction, ...] = ()

    @property
    def label(self) -> str:
        """What to call it: its name, else its number from 0."""
        return self.name or str(self.index)

    def all(self, name: str) -> tuple[Instruction, ...]:
        """Its instructions of one name, in order; of CMD and ENTRYPOINT the last one holds."""
        return tuple(i for i in self.instructions if i.name == name)


def stages(dockerfile: Dockerfile) -> tuple[Stage, ...]:
    """The stages of a Dockerfile, in order."""
    groups: list[tuple[Instruction, list[Instruction]]] = []
    for instruction in dockerfile.instructions:
        if instruction.name == "FROM" and not instruction.onbuild:
            groups.append((instruction, []))
        elif groups:
            groups[-1][1].append(instruction)
    chain: list[Stage] = []
    triggers: dict[str, tuple[Instruction, ...]] = {}
    for index, (start, inner) in enumerate(groups):
        below = (start.words[0].value or "").lower() if start.words else ""
        body = tuple(i for i in inner if not i.onbuild)
        chain.append(Stage(index, _name(start), start, body, triggers.get(below, ())))
        if name := _name(start):
            triggers[name.lower()] = tuple(i for i in inner if i.onbuild)
    return tuple(chain)


def _name(start: Instruction) -> str | None:
    return start.words[2].value if len(start.words) > 2 else None


def find_stage(stages: tuple[Stage, ...], wanted: str, *, numbers: bool = True) -> Stage | None:
    """The stage of that name, or of that number from 0; of two with one name the last."""
    for stage in reversed(stages):
        if stage.name is not None and stage.name.lower() == wanted.lower():
            return stage
    if numbers and wanted.isdecimal() and wanted.isascii() and int(wanted[:6]) < len(stages):
        return stages[int(wanted[:6])]
    return None


@dataclass(slots=True)
class State:
    """What holds at a point of a stage, and in the image that is made of it.

    sh: what /bin/sh is in the image below all. shell: SHELL. args: `many` marks one without a value
    that a default may stand in for. parents: the stages it is built on, by index, nearest first.
    own_cmd: whether CMD is set in this very stage. reference, image: the image below all.
    made: what another Dockerfile makes, where a stage is built on that. guess: see `Workload`.
    """

    reference: str | None
    image: BaseImage | None
    start: Span
    origin: Origin
    sh: Fact[str]
    entrypoint: Fact[Command | None]
    cmd: Fact[Command | None]
    stop_signal: Fact[str]
    workdir: Fact[str]
    user: Fact[str]
    shell: tuple[Word, ...] = (Word("/bin/sh"), Word("-c"))
    env: dict[str, Word] = field(default_factory=dict)
    args: dict[str, Word] = field(default_factory=dict)
    globals: Mapping[str, Word] = field(default_factory=dict)
    given: Mapping[str, str] = field(default_factory=dict)
    healthcheck: Command | None = None
    commands: list[Command] = field(default_factory=list)
    packages: set[str] = field(default_factory=set)
    parents: tuple[int, ...] = ()
    own_cmd: bool = False
    escape: str = "\\"
    made: Workload | None = None
    guess: str = ""

    def inherited(self, stage: Stage) -> State:
        """The state that a stage built on this one starts with."""
        return replace(
            self, env=dict(self.env), args={}, commands=list(self.commands),
            packages=set(self.packages), own_cmd=False, parents=(stage.index, *self.parents),
        )  # fmt: skip

    def lookup(self, name: str) -> str | Missing | None:
        """A variable's value where the engine expands it."""
        word = self.env.get(name) or self.args.get(name)
        if word is not None:
            return word.value if word.value is not None else Missing(word.reason, word.many)
        if name == "PATH":
            return PATH
        if name in _PROXIES or (self.reference or "").lower() == "scratch":
            return None
        return Missing(f"`${name}` is not set here, and the base image may set it")

    def expand(self, word: Word) -> Word:
        """A word with quotes removed and variables replaced."""
        return expanded(word, self.lookup, self.escape)


def expanded(word: Word, lookup: Callable[[str], str | Missing | None], escape: str) -> Word:
    """A word with quotes removed and variables replaced; without a value where it is unknown."""
    if word.text is None or word.value is None:
        return word
    try:
        lexed = Lexer(word.text.text, lookup, escape).run()
    except LexError as error:
        return Word(None, word.span, None, str(error))
    return Word(lexed.value, word.span, lexed.embedded(word.text), lexed.reason)


def global_args(dockerfile: Dockerfile, given: Mapping[str, str]) -> dict[str, Word]:
    """The arguments above the first FROM, which only FROM sees."""
    args: dict[str, Word] = {}

    def lookup(name: str) -> str | Missing | None:
        if name in _GIVEN_BY_BUILDER:
            return Missing(f"`${name}` depends on the platform that is built for")
        if name not in args:
            return None
        word = args[name]
        return word.value if word.value is not None else Missing(word.reason, optional=True)

    for instruction in dockerfile.instructions:
        if instruction.name == "FROM":
            break
        for pair in instruction.pairs if instruction.name == "ARG" else ():
            name = pair.name.value or ""
            if name in given:
                args[name] = Word(given[name], pair.name.span)
            elif pair.value is None:
                reason = f"`{name}` is given when the image is built"
                args[name] = Word(None, pair.name.span, None, reason, many=True)
            else:
                args[name] = expanded(pair.value, lookup, dockerfile.escape)
    return args


def from_word(stage: Stage, args: Mapping[str, Word], escape: str, gap: str = "") -> Word:
    """The image that FROM names, variables replaced. gap: stands for what is not known of it."""

    def lookup(name: str) -> str | Missing | None:
        if name in _GIVEN_BY_BUILDER:
            return gap or Missing(f"`${name}` depends on the platform that is built for")
        word = args.get(name)
        if word is None or word.value is not None:
            return None if word is None else word.value
        return gap or Missing(word.reason, optional=True)

    if not stage.start.words:
        return Word(None, stage.start.span, None, "FROM names no image")
    word = expanded(stage.start.words[0], lookup, escape)
    return Word(None, word.span, None, "FROM names no image") if word.value == "" else word


def image_state(word: Word, image: BaseImage | None, start: Span) -> State:
    """What an image that no stage makes brings along."""
    reference, span = word.value, word.span or start
    if image is None:
        reason = f"nothing is known of the image `{reference}`" if reference else word.reason
        unknown = Unknown(reason, (span,))
        return State(
            reference, None, start, span, unknown, unknown, unknown,
            Known("SIGTERM", (span,), assumed=True), Known("/", (span,), assumed=True), unknown,
        )  # fmt: skip
    origin = Atlas(image.key, image.source)
    shell = f"which shell the image `{reference}` has is unknown"
    return State(
        reference, image, start, origin,
        Unknown(shell, (span,)) if image.sh is None else Known(image.sh, (origin,)),
        _command("ENTRYPOINT", image.entrypoint, span, origin),
        _command("CMD", image.cmd, span, origin),
        Known(image.stop_signal or "SIGTERM", (origin,), not image.stop_signal),
        Known(image.workdir or "/", (origin,)),
        Known(image.user or "", (origin,)),
        env={name: Word(value, span) for name, value in image.env.items()},
        packages=set(image.has),
    )  # fmt: skip


def built_state(made: Workload, start: Span, origin: Span) -> State:
    """What an image that another Dockerfile makes brings along."""
    launch = made.launch
    return State(
        made.base.reference, None, start, origin, made.base.shell, launch.entrypoint, launch.cmd,
        made.stop_signal, made.workdir, made.user, env=dict(made.env), packages=set(made.packages),
        made=made, guess=made.guess,
    )  # fmt: skip


def _command(
    keyword: str, words: tuple[str, ...] | None, span: Span, origin: Atlas
) -> Fact[Command | None]:
    if words is None:
        return Unknown(f"the {keyword} of the image is unknown", (span,))
    if not words:
        return Known(None, (origin,))
    return Known(
        Command(keyword, "exec", span, span, tuple(Word(word, span) for word in words)), (origin,)
    )


def command(instruction: Instruction, shell: tuple[Word, ...], stage: int) -> Command:
    """A CMD, ENTRYPOINT or HEALTHCHECK as written."""
    shells = shell if instruction.form == "shell" else ()
    form = instruction.form or "exec"
    return Command(
        instruction.name,
        form,
        instruction.span,
        instruction.value,
        instruction.words,
        shells,
        stage,
    )


def apply(state: State, instruction: Instruction, stage: int) -> None:
    """Change the state as the instruction does. Files are not part of it."""
    match instruction.name:
        case "ENV":
            new = [
                (state.expand(p.name), state.expand(p.value)) for p in instruction.pairs if p.value
            ]
            state.env.update((name.value, value) for name, value in new if name.value)
        case "ARG":
            _apply_arg(state, instruction)
        case "WORKDIR" if instruction.words:
            state.workdir = _workdir(state, state.expand(instruction.words[0]))
        case "USER" if instruction.words:
            state.user = _fact(state.expand(instruction.words[0]))
        case "STOPSIGNAL" if instruction.words:
            state.stop_signal = _fact(state.expand(instruction.words[0]))
        case "SHELL" if instruction.form == "exec":
            state.shell = instruction.words
        case "CMD" | "ENTRYPOINT":
            _apply_launch(state, instruction, stage)
        case "HEALTHCHECK":
            argv = command(instruction, state.shell, stage)
            state.healthcheck = argv if instruction.check == "CMD" else None


def _apply_arg(state: State, instruction: Instruction) -> None:
    for pair in instruction.pairs:
        name = pair.name.value or ""
        if name in state.given:
            state.args[name] = Word(state.given[name], pair.name.span)
        elif pair.value is not None:
            state.args[name] = state.expand(pair.value)
        elif name in state.globals:
            state.args[name] = state.globals[name]
        else:
            optional = name not in _GIVEN_BY_BUILDER
            reason = f"`{name}` is given when the image is built"
            state.args[name] = Word(None, pair.name.span, None, reason, many=optional)


def _apply_launch(state: State, instruction: Instruction, stage: int) -> None:
    argv = command(instruction, state.shell, stage)
    state.commands.append(argv)
    fact: Fact[Command | None] = Known(argv if argv.words else None, (argv.span,))
    if instruction.name == "CMD":
        state.cmd, state.own_cmd = fact, True
        return
    state.entrypoint = fact
    if not state.own_cmd:
        state.cmd = Known(None, (argv.span,))


def _fact(word: Word) -> Fact[str]:
    origins = (word.span,) if word.span else ()
    return Known(word.value, origins) if word.value is not None else Unknown(word.reason, origins)


def _workdir(state: State, word: Word) -> Fact[str]:
    fact = _fact(word)
    if isinstance(fact, Unknown):
        return fact
    if fact.value.startswith("/"):
        return Known(absolute(fact.value, "/"), fact.origins)
    if isinstance(state.workdir, Unknown):
        return state.workdir
    return Known(absolute(fact.value, state.workdir.value), fact.origins)
