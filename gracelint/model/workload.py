"""One container as it will be started, every value a fact with its origin."""

from __future__ import annotations

from gracelint.base.facts import Atlas, Known
from gracelint.base.paths import absolute
from gracelint.base.typed import TYPE_CHECKING, Literal
from gracelint.base.values import dataclass, field
from gracelint.model.options import Options

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from gracelint.base.facts import Fact, Origin, Word
    from gracelint.base.source import Source, Span, Text
    from gracelint.model.pod import Namespace, PodSpec, Service
    from gracelint.syntax.units import Unit
    from gracelint.syntax.yaml.node import Node


Form = Literal["exec", "shell", "args"]


@dataclass(frozen=True, slots=True)
class Command:
    """An ENTRYPOINT, CMD, `entrypoint:`, `command:`, `args:` or hook as it is written.

    form: `exec` (words), `shell` (one text for the stage's shell), `args` (words that only follow
    an entrypoint). keyword: the word in the file that introduces it. span: instruction or key and
    value. words: the arguments; for the shell form the single word is the text. shell: the SHELL in
    force for a shell form, as words. value: the span of what follows the keyword. stage: the build
    stage it stands in (index), for Dockerfiles.
    """

    keyword: str
    form: Form
    span: Span
    value: Span
    words: tuple[Word, ...]
    shell: tuple[Word, ...] = ()
    stage: int | None = None

    @property
    def argv(self) -> tuple[Word, ...]:
        """What is executed: the words, behind the shell for a shell form."""
        return (*self.shell, *self.words)


@dataclass(frozen=True, slots=True)
class Launch:
    """What PID 1 is started as.

    entrypoint and cmd: where the words come from; either may be missing. A `Known(None)` is "there
    is none", `Unknown` is "the base image may have one". argv: both together after the engine's
    rules; Unknown where they cannot be told. overridden: what an `entrypoint:` or `command:` of an
    orchestrator replaced. discarded: a CMD that a shell-form entrypoint ignores.
    """

    argv: Fact[tuple[Word, ...]]
    entrypoint: Fact[Command | None]
    cmd: Fact[Command | None]
    overridden: Launch | None = None
    discarded: Command | None = None

    @property
    def command(self) -> Command | None:
        """The command that gives the first word, where it is written in a file at hand."""
        for fact in (self.entrypoint, self.cmd):
            if isinstance(fact, Known) and fact.value is not None:
                return fact.value
        return None


@dataclass(frozen=True, slots=True)
class ImageFile:
    """A file in the container. text: its contents with places; None when not in sight.

    executable: None when the files do not tell. refused: whether its volume keeps everybody from
    executing it. reason: why it is not in sight.
    """

    path: str
    text: Text | None
    executable: bool | None = None
    reason: str = ""
    origins: tuple[Origin, ...] = ()
    refused: bool = False


class ImageFiles:
    """What is known of a container's file system.

    entries: by absolute path. complete: whether a path that is not listed, below the roots that the
    launch copies to, certainly is not there. cut: whether there were too many files to list all of
    them, the last time. `find` resolves PATH as the engine does.
    """

    __slots__ = ("_entries", "complete", "cut")

    def __init__(self, entries: Mapping[str, ImageFile], *, complete: bool = False) -> None:
        self._entries = dict(entries)
        self.complete = complete
        self.cut = False

    def __iter__(self):  # type: ignore[no-untyped-def]
        return iter(self._entries.values())

    def paths(self) -> Iterable[str]:
        """The absolute path of each file that is listed."""
        return [file.path for file in self]

    def ending(self, *suffixes: str) -> Sequence[ImageFile]:
        """The files whose paths end so, each once."""
        return list({file.path: file for file in self if file.path.endswith(suffixes)}.values())

    def get(self, path: str) -> ImageFile | None:
        """The file at an absolute path."""
        return self._entries.get(path)

    def text(self, path: str) -> Text | None:
        """The contents of the file at an absolute path; None when it is not in sight."""
        file = self.get(path)
        return None if file is None else file.text

    def partly(self, path: str) -> Text | None:
        """The same: what is here is known whole."""
        return self.text(path)

    def names(self, folder: str) -> Sequence[str] | None:
        """What lies in a folder, as far as it is in sight; None for nothing."""
        prefix = folder.rstrip("/") + "/"
        paths = (path for path in self.paths() if path.startswith(prefix))
        return sorted({path[len(prefix) :].split("/")[0] for path in paths}) or None

    def holds(self, folder: str) -> bool:
        """Whether a file is known to be below an absolute path."""
        prefix = folder.rstrip("/") + "/"
        return any(path.startswith(prefix) for path in self.paths())

    def makers(self, path: str) -> list[tuple[ImageFiles, str]]:
        """The files among which what stands at a path was made, and where: these, and those of the
        stages that it is copied from.
        """
        return [(self, path)]

    def outside(self, path: str) -> list[tuple[ImageFiles, str]]:  # noqa: ARG002
        """The files from which something out of sight makes what stands at a path, and where."""
        return []

    def origins(self, path: str) -> list[ImageFiles]:
        """Where what stands at a path may have been built: the stages that it is copied from, and
        the whole build context that holds it.
        """
        return [files for files, _ in self.makers(path)]

    def commands(self) -> tuple[str, ...]:
        """The RUN instructions that have made them, as they are written."""
        return ()

    def overlaid(self, folder: str) -> bool:  # noqa: ARG002
        """Whether a folder of the project lies over this one: what runs is what is being edited."""
        return False

    def hides(self, path: str) -> str:  # noqa: ARG002
        """Why nothing is at a path where a folder of the project lies over the image's; "" where
        none does, or where it has that file.
        """
        return ""

    def untouched(self, path: str) -> bool:  # noqa: ARG002
        """Whether a path is certainly as the base image has it, and all that is below it."""
        return False

    def lacks(self, path: str) -> bool:  # noqa: ARG002
        """Whether nothing in sight puts anything there, or looks as if it might."""
        return False

    def only_scripts(self) -> bool:
        """Whether all that instructions put there are shell scripts in sight, or nothing is."""
        return False

    def is_folder(self, path: str) -> bool:  # noqa: ARG002
        """Whether a path is known to be a folder."""
        return False

    def link(self, path: str) -> str:  # noqa: ARG002
        """Where a symbolic link points that an instruction has made, "" where there is none."""
        return ""

    def find(self, command: str, path: str, workdir: str) -> ImageFile | None:
        """The file that executing `command` runs; `path` is $PATH."""
        if "/" in command:
            return self.get(absolute(command, workdir))
        for folder in path.split(":"):
            if file := self.get(absolute(command, folder or workdir)):
                return file
        return None


class ToldFiles(ImageFiles):
    """What is kept of files once all that rests on them is told: whether the folder that the
    container works in is overlaid.
    """

    __slots__ = ("_overlaid",)

    def __init__(self, *, overlaid: bool = False) -> None:
        super().__init__({})
        self._overlaid = overlaid

    def overlaid(self, folder: str) -> bool:  # noqa: ARG002
        """Whether a folder of the project lies over the one that the container works in."""
        return self._overlaid


@dataclass(frozen=True, slots=True)
class Base:
    """The image below everything that the files at hand say.

    reference: as written after FROM or `image:`, variables expanded; None when unknown. os: an
    atlas key such as `debian-12`, None when the atlas does not know the image. shell: what
    /bin/sh is: an
    atlas shell key (`dash`, `bash-5.2`, `ash`), Known("") for none.
    """

    reference: str | None
    shell: Fact[str]
    origin: Origin | None = None
    key: str | None = None


PidNamespace = Literal["private", "shared", "host", "service"]


@dataclass(frozen=True, slots=True)
class Hook:
    """A preStop (`pre_stop`) or postStart hook.

    handler: `exec`, `httpGet`, `sleep`, `tcpSocket`. command: for `exec`. seconds: for `sleep`.
    """

    when: Literal["preStop", "postStart"]
    handler: str
    span: Span
    command: Command | None = None
    seconds: Fact[float] | None = None


@dataclass(frozen=True, slots=True)
class YamlPlace:
    """Where a container is declared in YAML, for edits.

    node: its mapping (a Compose service, a Kubernetes container). entries: the keys and values that
    hold, from whichever file or merge key they come. outer: the mapping around it that has a part
    in its stop (a pod's `spec`). started: the name of the service in the mapping that says what it
    starts, which may be one that this is put over. above: the mappings of the same service in files
    that are merged over this one.
    """

    node: Node
    entries: Mapping[str, tuple[Node, Node]]
    outer: Node | None = None
    started: Span | None = None
    above: tuple[Node, ...] = ()


@dataclass(frozen=True, slots=True)
class Workload:
    """One container as it will be started.

    kind: which sort of file declares it. name: for people (`api/Dockerfile`, `web`,
    `Deployment/api/web`). declared: where it is declared. stage: a Dockerfile's final stage (its
    name or index). object_name and container: Kubernetes names. env: expanded variables; a name
    that is missing is unset in the files, but may be set from outside. stop_signal: as written
    after expansion, unparsed (`SIGTERM`, `15`). grace: seconds. login_shells: those of accounts
    that its Dockerfile makes, by name. stops_after: the Compose services that end before this one
    is told to stop. stops_last: all services that may use it are among them, or end before those.
    terminal: whether it has one, or its input stays open. platform: what it is built or run for, as
    written (`linux/arm64`); "" where nothing says it. image: what an orchestrator's file names as
    its image, and where; None for a Dockerfile's. finite: whether it is meant to end by itself, and
    is not started again when it has. restarted: whether its file says that it is started again when
    it has ended by itself, or may say so. guess: what is taken of its image although no file says
    it, as a sentence.
    """

    kind: Literal["dockerfile", "compose", "kubernetes", "quadlet", "ecs", "fly"]
    name: str
    source: Source
    declared: Span
    launch: Launch
    base: Base
    env: Mapping[str, Word] = field(default_factory=dict)
    workdir: Fact[str] = Known("/", (), assumed=True)
    user: Fact[str] = Known("", (), assumed=True)
    files: ImageFiles = field(default_factory=lambda: ImageFiles({}))
    stop_signal: Fact[str] = Known("SIGTERM", (), assumed=True)
    grace: Fact[float] = Known(10.0, (), assumed=True)
    pid_namespace: PidNamespace = "private"
    engine_init: Fact[bool] = Known(False, (), assumed=True)
    hooks: tuple[Hook, ...] = ()
    packages: frozenset[str] = frozenset()
    login_shells: Mapping[str, str] = field(default_factory=dict)
    stage: str | None = None
    object_name: str | None = None
    container: str | None = None
    commands: tuple[Command, ...] = ()
    healthcheck: Command | None = None
    place: YamlPlace | None = None
    stops_after: tuple[str, ...] = ()
    stops_last: bool = False
    terminal: bool = False
    platform: str = ""
    image: Word | None = None
    finite: bool = False
    restarted: bool = False
    guess: str = ""

    @property
    def stop_signal_stated(self) -> bool:
        """Whether a file or the atlas says it; an image nobody knows is taken to set none."""
        fact = self.stop_signal
        return not getattr(fact, "assumed", False) or any(
            isinstance(one, Atlas) for one in fact.origins
        )

    @property
    def starts_nothing(self) -> bool:
        """Whether files and image surely give no command."""
        parts = (self.launch.entrypoint, self.launch.cmd)
        return all(isinstance(part, Known) and part.value is None for part in parts)

    @property
    def written(self) -> Source:
        """The file in which people find what is declared."""
        place = self.declared.place.source
        return self.source if place is self.declared.source else place


@dataclass(frozen=True, slots=True)
class Group:
    """A pod or a Compose project: workloads that live and end together.

    pod: for a pod, what its manifest says; its `main()` containers are the workloads, in order.
    played: the same for one that Podman plays: no cluster reads it, and no hook runs.
    root: a Compose file's top-level mapping. services: those that select the pod. namespace: the
    pod's, where a file of the run describes it. unit, around: a quadlet and its pod's unit.
    platform: the one that the files name, as in the settings. options: the settings of the run.
    """

    name: str
    workloads: tuple[Workload, ...]
    source: Source
    pod: PodSpec | None = None
    played: PodSpec | None = None
    root: Node | None = None
    services: tuple[Service, ...] = ()
    namespace: Namespace | None = None
    unit: Unit | None = None
    around: Unit | None = None
    platform: str | None = None
    options: Options = field(default_factory=Options)
