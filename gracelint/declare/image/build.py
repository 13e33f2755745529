"""A Dockerfile's stages as they are built, one on the other.

What reads RUN is imported where it is needed: it is heavy, and not every Dockerfile has a RUN.
"""

from __future__ import annotations

from gracelint.base import lazy
from gracelint.base.facts import Known, Unknown
from gracelint.base.paths import absolute
from gracelint.base.typed import TYPE_CHECKING
from gracelint.base.values import replace
from gracelint.declare.image import stages as staging
from gracelint.declare.image.base import inside
from gracelint.declare.image.files import Deferred, Folder, Layers, Opaque
from gracelint.model.workload import Workload

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from gracelint.base.facts import Fact, Word
    from gracelint.declare.image.context import Context
    from gracelint.declare.image.files import Change
    from gracelint.declare.image.stages import Stage, State
    from gracelint.declare.image.text import Effort
    from gracelint.model.entries import BaseImage
    from gracelint.syntax.dockerfile.parse import Dockerfile, Instruction
    from gracelint.syntax.shell.tree import Dialect, Script

_MOST = 300  # stages of one Dockerfile that are followed
_MOST_CHANGES = 3000  # instructions of one Dockerfile whose changes to files are followed
_SYSTEM = frozenset({"/", "/bin", "/bin/sh", "/usr", "/usr/bin", "/usr/bin/sh"})
_CHANGES = lazy.compile(
    r">(?!&|[ \t]*/dev/null\b)|<<|[\\'\"]\w|(?:^|[;&|({\n])\s*\"?\$|\b(?:sudo|command|exec)\b"
    r"|\b(?:rm|unlink|mkdir|touch|ln|mv|cp|install|sed|patch|perl|ex|dos2unix|chmod|tee|curl|wget|dotnet)\b"
)
"""What stands in every RUN in which `run` finds changes: others need not be read."""


class Build:
    """Evaluates stages in their order; every stage once."""

    def __init__(
        self, dockerfile: Dockerfile, stages: tuple[Stage, ...], context: Fact[Context],
        given: Mapping[str, str], images: Callable[[str], Workload | BaseImage | None],
    ) -> None:  # fmt: skip
        self.dockerfile = dockerfile
        self.stages = stages
        self.context = context
        self.given = given
        self.images = images
        self.globals = staging.global_args(dockerfile, given)
        self._states: list[State] = []
        self._layers: list[Layers] = []
        self._changes = 0
        self._efforts: list[Effort] = []

    def upto(self, stage: Stage) -> State:
        """The state at the end of a stage."""
        while len(self._states) <= stage.index:
            self._evaluate(self.stages[len(self._states)])
        return self._states[stage.index]

    def layers(self, stage: Stage) -> Layers:
        """The files at the end of a stage."""
        self.upto(stage)
        return self._layers[stage.index]

    def _evaluate(self, stage: Stage) -> None:
        state, layers = self._start(stage)
        self._states.append(state)
        self._layers.append(layers)
        for instruction in (*stage.triggers, *stage.instructions):
            staging.apply(state, instruction, stage.index)
            if instruction.name == "WORKDIR" and isinstance(state.workdir, Known):
                layers.add(Folder(state.workdir.value))
            elif instruction.name == "VOLUME":
                layers.runs = True  # what is mounted there is not in sight
                layers.add(*_volumes(instruction, state))
            elif instruction.name in {"COPY", "ADD", "RUN"}:
                self._changes += 1
                layers.add(*self._file_changes(instruction, state, stage, layers))

    def _file_changes(
        self, instruction: Instruction, state: State, stage: Stage, layers: Layers
    ) -> list[Change]:
        if self._changes > _MOST_CHANGES:
            return [Opaque("/", "the Dockerfile is too long to be followed", instruction.span)]
        if instruction.name == "RUN":
            return [_deferred(instruction, state, self._efforts)]
        from gracelint.declare.image.copy import Copier

        return Copier(self.context, self._origin(stage), layers).changes(instruction, state)

    def _start(self, stage: Stage) -> tuple[State, Layers]:
        word = staging.from_word(stage, self.globals, self.dockerfile.escape)
        parent = None
        if stage.index >= _MOST:
            word = replace(word, value=None, reason="there are too many stages")
        elif word.value is not None:
            parent = staging.find_stage(self.stages[: stage.index], word.value, numbers=False)
        if parent is not None:
            files = self._layers[parent.index].snapshot()
            return self._states[parent.index].inherited(stage), files
        state, layers = self._below(word, stage)
        state.parents = (stage.index,)
        state.globals, state.given, state.escape = self.globals, self.given, self.dockerfile.escape
        return state, layers

    def _below(self, word: Word, stage: Stage) -> tuple[State, Layers]:
        """What an image brings along that is made elsewhere, or by another Dockerfile here."""
        if word.value is None:
            return self._open(word, stage), Layers()
        base = self.images(word.value)
        start = word.span or stage.start.span
        if isinstance(base, Workload):
            if base.source.path != self.dockerfile.source.path:
                files = base.files
                layers = files.snapshot() if isinstance(files, Layers) else Layers()
                return staging.built_state(base, stage.start.span, start), layers
            base = None
        layers = Layers(complete=word.value.lower() == "scratch")
        if base is not None and base.scripts:
            layers.add(*inside(base, start, word.value))
        return staging.image_state(word, base, stage.start.span), layers

    def _open(self, word: Word, stage: Stage) -> State:
        """What an image brings along of which a variable leaves the registry or the tag open."""
        from gracelint.declare.image import partly
        from gracelint.discover.builds import ANY

        span = stage.start.span
        text = staging.from_word(stage, self.globals, self.dockerfile.escape, ANY).value
        known = partly.image_of(text, self.images) if text and stage.index < _MOST else None
        if known is None:
            return staging.image_state(word, None, span)
        base, reference, guess = known
        return replace(staging.image_state(replace(word, value=reference), base, span), guess=guess)

    def _origin(self, stage: Stage) -> Callable[[str], Layers | None]:
        """The files that `--from` names, seen from a stage."""

        def find(name: str) -> Layers | None:
            source = staging.find_stage(self.stages[: stage.index], name)
            return None if source is None else self._layers[source.index]

        return find

    # RUN -------------------------------------------------------------------------------------

    def _chain(self, stage: Stage) -> list[Stage]:
        """A stage and those that it is built on, the lowest first."""
        return [self.stages[index] for index in reversed(self.upto(stage).parents)]

    def packages(self, stage: Stage) -> frozenset[str]:
        """What is installed in a stage and in those below it."""
        names = set(self.upto(stage).packages)
        for one in self._chain(stage):
            for instruction in one.all("RUN")[:_MOST_CHANGES]:
                written = instruction.span.text
                if "install" in written or "add" in written:
                    from gracelint.declare.image.packages import installed

                    script = _script(instruction, self._states[one.index])
                    names |= installed(script) if script is not None else frozenset()
        return frozenset(names)

    def login_shells(self, stage: Stage) -> dict[str, str]:
        """The login shells of the accounts that are made in a stage and in those below it."""
        shells: dict[str, str] = {}
        for one in self._chain(stage):
            for instruction in one.all("RUN")[:_MOST_CHANGES]:
                written = instruction.span.text
                if any(word in written for word in ("useradd", "adduser", "usermod", "chsh")):
                    from gracelint.declare.image.accounts import made

                    script = _script(instruction, self._states[one.index])
                    shells.update(made(script) if script is not None else ())
        return shells

    def sh(self, stage: Stage) -> Fact[str]:
        """What /bin/sh is at the end of a stage."""
        fact = self.upto(stage).sh
        for one in self._chain(stage):
            for instruction in one.instructions[:_MOST_CHANGES]:
                fact = self._sh_after(instruction, self._states[one.index], fact)
        return fact

    def _sh_after(self, instruction: Instruction, state: State, fact: Fact[str]) -> Fact[str]:
        if instruction.name == "RUN":
            written = instruction.span.text
            if "/bin/sh" not in written and "dpkg-reconfigure" not in written:
                return fact
            from gracelint.declare.image.run import sh_after

            script = _script(instruction, state)
            shell = None if script is None else sh_after(script, lambda word: word.literal)
            if shell == "?":
                return Unknown("the build replaces /bin/sh", (instruction.span,))
            return fact if shell is None else Known(shell, (instruction.span,))
        if instruction.name in {"COPY", "ADD"} and instruction.words:
            return _sh_after_copy(instruction, fact)
        return fact


def _volumes(instruction: Instruction, state: State) -> list[Change]:
    """The folders that are there for what is mounted on them."""
    places = (state.expand(word).value for word in instruction.words)
    return [Folder(absolute(place, "/")) for place in places if place]


def _deferred(instruction: Instruction, state: State, efforts: list[Effort]) -> Deferred:
    now = replace(state, env=dict(state.env), args=dict(state.args))

    def work_out(before: Layers) -> list[Change]:
        if isinstance(now.workdir, Unknown) or not _CHANGES.search(instruction.span.text):
            return []
        from gracelint.declare.image.run import Run
        from gracelint.declare.image.text import Effort

        efforts[:] = efforts or [Effort()]
        script = _script(instruction, now)
        if script is None:
            return []
        sh = _writer_shell(now)
        workdir = now.workdir.value
        value, span = _value(now), instruction.span
        run = Run(script, span, before, value=value, cwd=workdir, sh=sh, effort=efforts[0])
        return run.changes()

    return Deferred(instruction.span.text, work_out, [])


def _sh_after_copy(instruction: Instruction, fact: Fact[str]) -> Fact[str]:
    """A shell may come into an image that has none, or replace the one that it has."""
    target = (instruction.words[-1].value or "").rstrip("/") or "/"
    if target not in _SYSTEM:
        return fact
    has_none = isinstance(fact, Known) and fact.value == ""
    outside = instruction.flag("from") is not None or instruction.name == "ADD"
    if target in {"/bin/sh", "/usr/bin/sh"} or (has_none and outside):
        return Unknown("a shell may be copied into the image", (instruction.span,))
    return fact


def _script(instruction: Instruction, state: State) -> Script | None:
    from gracelint.declare.image.text import script_of
    from gracelint.syntax.shell import parse as shell

    text = script_of(instruction)
    if text is None:
        return None
    name = (state.shell[0].value or "").rpartition("/")[2] if state.shell else "sh"
    dialect: Dialect | None = shell.dialect_of(name)
    return shell.parse(text, dialect or "posix")


def _writer_shell(state: State) -> str:
    """Whose `echo` a RUN uses: an atlas key, or "" where that is unknown."""
    name = (state.shell[0].value or "").rpartition("/")[2] if state.shell else ""
    if name == "sh":
        return state.sh.value if isinstance(state.sh, Known) else ""
    return name


def _value(state: State) -> Callable[[str], str | None]:
    """A variable's value within RUN, where ARG and ENV are variables of the shell."""

    def value(name: str) -> str | None:
        argument = state.lookup(name)
        return argument if isinstance(argument, str) else None

    return value
