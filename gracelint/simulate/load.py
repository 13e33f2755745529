"""From the words of a command to what it runs: a shell, a script, a wrapper or a program."""

from __future__ import annotations

import itertools
import re
import sys

from gracelint.atlas.commands import says
from gracelint.atlas.running.reloaders import reloader
from gracelint.base import lazy, signals
from gracelint.base.facts import Known, Unknown, Word
from gracelint.base.paths import DEFAULT_PATH, absolute
from gracelint.base.typed import TYPE_CHECKING
from gracelint.base.values import dataclass, replace
from gracelint.simulate.asked import Values, with_options, with_script
from gracelint.simulate.bodies import App, Deserter, Supervisor, Wrapper
from gracelint.simulate.invocation import Invocation, invocation, shebang
from gracelint.simulate.kernel import Missing, Undetermined
from gracelint.simulate.world import MOMENT, Context, Loaded, Unfinished

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gracelint.base.source import Text
    from gracelint.model.application import Source
    from gracelint.model.entries import Program, Shell, Wrapped
    from gracelint.model.workload import ImageFile
    from gracelint.simulate.world import World

MAX_DEPTH = 24


_ONLY_TELLS = frozenset({"--help", "--version"})


class View:
    """The files of a workload, as the atlas looks at them."""

    def __init__(self, world: World) -> None:
        self.world = world

    def text(self, path: str) -> Text | None:
        """The text of a file in the image."""
        return self._text(path, partly=False)

    def partly(self, path: str) -> Text | None:
        """The same, with GAP for what is not known of it."""
        return self._text(path, partly=True)

    def _text(self, path: str, *, partly: bool) -> Text | None:
        written = self.world.has_written(path)
        file = self.world.file(path, "", "/", partly=partly) if written else None
        file = file or self.world.workload.files.get(path)
        return file.text if file else None

    def names(self, folder: str) -> Sequence[str] | None:
        """What lies in a folder, as far as it is in sight."""
        names, written = self.world.names(folder), self.world.written_in(folder)
        if written:
            return sorted({*(names or ()), *written})
        return [] if names is None and self.world.workload.files.is_folder(folder) else names

    def commands(self) -> Sequence[str]:
        """The RUN instructions of the image, as they are written."""
        return self.world.workload.files.commands()


def load(world: World, argv: tuple[Word, ...], context: Context) -> Loaded:
    """What executing `argv` runs; raises Undetermined where the files do not tell."""
    if context.depth > MAX_DEPTH:
        raise Undetermined("programs start one another without end", context.span)
    if not argv or argv[0].value is None:
        reason = argv[0].reason if argv else "there is no command"
        raise Undetermined(reason or "the command is not known", context.span)
    name = argv[0].value
    _refuse_impossible(world, name, context)
    path = context.env.get("PATH", Word(DEFAULT_PATH)).value or DEFAULT_PATH
    file = world.file(name, path, context.cwd, partly=True)
    if file is not None and file.text is not None:
        loaded = _file(world, file, file.text, argv, context)
        if loaded is not None:
            return loaded
    return _program(world, argv, context, file)


def _refuse_impossible(world: World, name: str, context: Context) -> None:
    """Names that no program has: text meant as something else, folders, carriage returns."""
    given = world.workload.launch.argv
    if name[:1] == "-" and not context.depth and isinstance(given, Known) and given.assumed:
        raise Undetermined(f"the image's ENTRYPOINT, which `{name}` is for, is not known")
    if not name or name[0] in "[{-" or name[-1] in "\r," or "$" in name:
        raise Missing(f"there is no program `{name}`", context.span)
    if name.split() != [name] and world.file(name, "", context.cwd) is None:
        raise Missing(f"there is no program `{name}`: the words are one", context.span)
    if "/" in name and world.workload.files.holds(absolute(name, context.cwd)):
        raise Missing(f"`{name}` is a folder", context.span)


def _program(
    world: World, argv: tuple[Word, ...], context: Context, file: ImageFile | None
) -> Loaded:
    shell = _shell(world, argv, context)
    if shell is not None:
        return shell
    wrapped = world.atlas.wrapper(argv, Values(context.env), View(world), context.cwd, world.image)
    if wrapped is not None:
        namesake = _namesake(world, argv, context, file)
        return _wrapped(world, wrapped, argv, context) if namesake is None else namesake
    return _leaf(world, argv, context, file)


def _namesake(
    world: World, argv: tuple[Word, ...], context: Context, file: ImageFile | None
) -> Loaded | None:
    """A program of the project's own, built from sources in sight, that is called like another."""
    return None if context.built else _compiled(world, argv, context, file)


def _shell(world: World, argv: tuple[Word, ...], context: Context) -> Loaded | None:
    name = argv[0].plain
    last = name.rsplit("/", 1)[-1]
    sh = world.sh(context.span) if last == "sh" else _sh_or_none(world)
    key = world.atlas.shell_key(name, argv[1:], sh)
    if key is None:
        return None
    kind, taken = key
    run = invocation(argv[1 + taken :], context.span)
    return shell_body(world, kind, run, argv, context)


def _sh_or_none(world: World) -> str:
    try:
        return world.sh()
    except Undetermined:
        return ""


def shell_body(
    world: World, kind: str, run: Invocation, argv: tuple[Word, ...], context: Context
) -> Loaded:
    """A shell with its options: a `-c` text, a script file, or nothing to do."""
    from gracelint.simulate.shell import shell
    from gracelint.simulate.shell.records import Start

    entry = world.atlas.shell(kind)
    if entry is None:
        raise Undetermined(f"the shell `{kind}` is not known", context.span)
    options = run.options
    if entry.dialect == "bash" and argv[0].called == "sh":
        options |= {"posix"}
    if run.text is None and run.script is None:
        return _from_input(world, entry, replace(run, options=options), argv, context)
    if run.text is not None:
        start = Start(entry, run.text, run.name or argv[0], run.args, "dash-c", "", options)
        return Loaded(shell(world, start, context), argv, "own")
    script = run.script
    assert script is not None
    loaded = _of_image(world, (script, *run.args), context)
    if loaded is not None:
        return loaded
    file = _script_file(world, script, context)
    assert file.text is not None
    start = Start(entry, file.text, script, run.args, "file", file.path, options)
    return Loaded(shell(world, start, context), argv, "own")


def _from_input(
    world: World, kind: Shell, run: Invocation, argv: tuple[Word, ...], context: Context
) -> Loaded:
    """A shell that reads its commands from its standard input."""
    from gracelint.simulate.shell import shell
    from gracelint.simulate.shell.records import Start

    text = context.input
    if context.writing:
        raise Unfinished("what it reads is still being written", context.span)
    if text is None:
        _refuse_terminal(world, argv, context)
        return Loaded(App(world, duration=0.0), argv, "short")
    if text.value is None:
        raise Undetermined(f"what `{argv[0].value}` reads is not known", context.span)
    start = Start(kind, text, argv[0], run.args, "input", "", run.options)
    return Loaded(shell(world, start, context), argv, "own")


def _of_image(world: World, argv: tuple[Word, ...], context: Context) -> Loaded | None:
    """A script of the image below that a shell is given, where the atlas knows what it comes to."""
    path, image = argv[0].plain, world.image
    if image is None or world.file(path, "", context.cwd) is not None:
        return None
    if path not in image.starts and path not in (image.entrypoint or ()):
        return None
    view = View(world)
    wrapped = world.atlas.wrapper(argv, Values(context.env), view, context.cwd, image)
    return None if wrapped is None else _wrapped(world, wrapped, argv, context)


def _script_file(world: World, script: Word, context: Context) -> ImageFile:
    if script.value is None:
        raise Undetermined(script.reason or "the script's name is not known", context.span)
    path = script.value if "/" in script.value else f"./{script.value}"
    file = world.file(path, "", context.cwd, partly=True)
    if file is None or file.text is None:
        reason = _unseen(world, file, script.value, context)
        raise Undetermined(f"`{script.value}` {reason}", script.span or context.span)
    return file


def _unseen(world: World, file: ImageFile | None, name: str, context: Context) -> str:
    """Why a script is not read."""
    if file and file.reason:
        return file.reason
    workdir = world.workload.workdir
    if isinstance(workdir, Unknown) and name[:1] != "/" and context.cwd == "/":
        return f"stands in a folder that is not known: {workdir.reason}"
    return "is not in sight"


def _file(
    world: World, file: ImageFile, text: Text, argv: tuple[Word, ...], context: Context
) -> Loaded | None:
    """A file in sight: run by its `#!` interpreter, or by the shell that found no `#!`."""
    if file.refused:
        raise Missing(f"the mode of `{file.path}` lets nobody execute it", context.span)
    words = shebang(text)
    if words is None:
        if "\0" in text.text[:1024]:
            return None
        if not context.from_shell and context.depth and context.execvp is None:
            reason = f"`{file.path}` has no `#!` line; whether it is run all the same is not known"
            raise Undetermined(reason, context.span)
        if not context.from_shell and not context.execvp:
            raise Missing(f"`{file.path}` has no `#!` line, so it cannot be executed", context.span)
        words = ("/bin/sh",)
    _refuse_impossible(world, words[0], context)
    options = words[1] if len(words) == 2 else ""
    if options[:1] == "-" and " " in options and world.atlas.shell_key(words[0], (), "sh"):
        return Loaded(App(world, duration=0.0), argv, "short")  # `-e -u` is one word, and wrong
    path = Word(file.path, argv[0].span)
    inner = (*(Word(w, argv[0].span) for w in words), path, *argv[1:])
    name = words[0].rsplit("/", 1)[-1]
    deeper = _deeper(context)
    if name == "env" and len(words) > 1:
        inner = inner[2:] if words[1] == "-S" else inner[1:]
        if "=" in inner[0].plain:  # `env -S MODE=prod bash`
            return _program(world, (Word("env", argv[0].span), *inner), deeper, None)
        _refuse_impossible(world, inner[0].plain, deeper)
    shell = _shell(world, inner, deeper)
    if shell is not None:
        return shell
    return _program(world, inner, deeper, None)


def _deeper(context: Context, **changes: object) -> Context:
    return replace(context, depth=context.depth + 1, **changes)  # type: ignore[arg-type]


def _wrapped(world: World, wrapped: Wrapped, argv: tuple[Word, ...], context: Context) -> Loaded:
    env = {**context.env, **{n: Word(v, argv[0].span) for n, v in wrapped.env.items()}}
    user = context.user if wrapped.user is None else wrapped.user
    inside = _deeper(context, env=env, user=user, cwd=wrapped.folder or context.cwd)
    inside = replace(inside, from_shell=False, execvp=wrapped.execvp)
    if wrapped.behaviour == "supervise" or (wrapped.behaviour == "die" and wrapped.services[1:]):
        return _supervised(world, wrapped, argv, inside)
    if wrapped.refused:
        return Loaded(App(world, duration=0.0), argv, "short")
    if wrapped.fed is not None:
        from gracelint.simulate.fed import fed

        wrapped = fed(wrapped, context)
        inside = replace(inside, input=None, writing=False)
    inner = _inner(world, wrapped, inside)
    unknown = isinstance(inner.body, App) and inner.lifetime == "unknown"
    if wrapped.repeats and unknown and "/" not in inner.argv[0].plain:  # mostly a tool
        reason = f"whether `{inner.argv[0].plain}` is through when the stop comes is not known"
        raise Undetermined(reason, context.span)
    if wrapped.behaviour == "exec":
        return inner
    lifetime = "long" if wrapped.repeats or _reloads(argv, context) else inner.lifetime
    if wrapped.behaviour == "detach":
        lifetime = "own"  # what it leaves behind stays, whether or not something follows
    return Loaded(Wrapper(world, wrapped, inner), argv, lifetime)


def _reloads(argv: tuple[Word, ...], context: Context) -> bool:
    """Whether a command is a development server, which stays until somebody stops it."""
    return reloader(argv, Values(context.env)) is not None


def _inner(world: World, wrapped: Wrapped, context: Context) -> Loaded:
    if wrapped.shell_text is not None:
        shell = wrapped.shell or _login_shell(world, wrapped, context)
        return load(
            world, (Word(shell), Word("-c"), wrapped.shell_text, *wrapped.shell_args), context
        )
    if wrapped.inner is None:
        raise Undetermined(
            wrapped.reason or f"what `{wrapped.key}` starts is not known", context.span
        )
    return load(world, wrapped.inner, context)


def _login_shell(world: World, wrapped: Wrapped, context: Context) -> str:
    """The shell that runs a text: su and runuser take the account's, others /bin/sh."""
    if not wrapped.login_shell or world.shell != "dash":
        return "/bin/sh"
    if wrapped.user in {None, "", "root"}:
        return "/bin/bash"
    brought = world.image.login_shells if world.image is not None else {}
    user = wrapped.user or ""
    shell = world.workload.login_shells.get(user) or brought.get(user, "")
    if shell.rpartition("/")[2] in {"sh", "bash", "dash"}:
        return shell
    text = (wrapped.shell_text.value if wrapped.shell_text else None) or ""
    if text.split(None, 1)[:1] == ["exec"]:
        return "/bin/sh"
    raise Undetermined(f"the login shell of `{wrapped.user}` is not known", context.span)


def _supervised(world: World, wrapped: Wrapped, argv: tuple[Word, ...], context: Context) -> Loaded:
    if not wrapped.services:
        reason = wrapped.reason or f"what `{wrapped.key}` starts is not known"
        raise Undetermined(reason, context.span)
    kind = Supervisor if wrapped.behaviour == "supervise" else Deserter
    return Loaded(kind(world, wrapped, context), argv, "long")


def _only_tells(argv: tuple[Word, ...]) -> bool:
    """Whether a command is asked for its help or version; `--version v2` chooses one."""
    words = [word.value for word in argv[1:]]
    after = [*words[1:], "-"]
    return any(
        word in _ONLY_TELLS and (after[at] or "").startswith("-") for at, word in enumerate(words)
    )


def _leaf(world: World, argv: tuple[Word, ...], context: Context, file: ImageFile | None) -> Loaded:
    if world.atlas.reads_input(argv) and not _reads_code(argv, context):
        _refuse_terminal(world, argv, context)
        return Loaded(App(world, duration=MOMENT), argv, "short")
    asked = with_script(world.workload.files, argv, context.env, context.cwd)
    short = world.atlas.short_lived(asked) or _only_tells(argv)
    environment = Values(context.env)
    program = world.atlas.program(asked, environment, View(world), context.cwd, world.image)
    if program is None:
        _refuse_scripts(world, argv, context, file)
        if short:
            return Loaded(App(world, duration=MOMENT), argv, "short")
        if _reloads(argv, context):
            return Loaded(App(world), argv, "long")
        return _of_the_project(world, argv, context, file)
    namesake = _namesake(world, argv, context, file)
    if namesake is not None:
        return namesake
    _refuse_other_server(world, program, argv, context)
    behaviour = None if short else _from_source(world, program, argv, context)
    if isinstance(behaviour, Loaded):
        return behaviour
    source = behaviour
    if source is None and not short and says(program.key, "loads_python"):
        source = _served(world, program, _Served.of(argv, context))
    lifetime: str = "short" if short else program.lifetime
    if lifetime == "unknown" and _reloads(argv, context):
        lifetime = "long"
    if program.duration is not None:
        lifetime = "own"
    duration = MOMENT if lifetime == "short" else program.duration
    return Loaded(App(world, program, source=source, duration=duration), argv, lifetime)


@dataclass(frozen=True, slots=True)
class _Served:
    """How a server is started. words: options and values apart. modules: those that it may be
    given; folder: from which they are imported. lifespan: whether it tells the application when it
    begins and ends.
    """

    argv: tuple[Word, ...]
    context: Context
    words: list[str]
    modules: list[str]
    folder: str
    lifespan: bool

    @classmethod
    def of(cls, argv: tuple[Word, ...], context: Context) -> _Served:
        """What a command says."""
        words = [part for word in argv[1:] for part in word.plain.split("=", 1)]
        given = [folder for option, folder in itertools.pairwise(words) if option in _FOLDERS]
        folder = absolute(given[-1], context.cwd) if given else context.cwd
        modules = [m for w in words if _MODULE.fullmatch(m := w.partition(":")[0])]
        off = ("--lifespan", "off") in itertools.pairwise(words)
        return cls(argv, context, words, modules, folder, not off)


def _served(world: World, program: Program, served: _Served) -> Source | None:
    """What is known of a server's end; what is not certain of it is asked in turn."""
    source = _loaded_module(world, program, served)
    for more in (_left_running, _kept_by_threads):
        if source is None or not source.guess:
            source = more(world, program, source, served)
    return source


def _loaded_module(world: World, program: Program, served: _Served) -> Source | None:
    """What is known of a server's end by the application that it loads."""
    from gracelint.simulate.sources.library.python import apps

    source = apps.loaded(
        world.workload.files,
        served.modules,
        served.folder,
        program.key,
        _stops_on(world),
        lifespan=served.lifespan,
    )
    most = _granted(program)
    if source is None or most is None or source.lasts <= most:
        return source
    guess = source.guess or f"what the application does at its end is over within {most:g} s"
    return replace(source, lasts=most, guess=guess)


def _granted(program: Program) -> float | None:
    """The seconds after which gunicorn kills the workers that have loaded an application."""
    limits = program.limits if program.key == "gunicorn" else ()
    return max((limit.seconds for limit in limits if limit.seconds is not None), default=None)


def _stops_on(world: World) -> frozenset[str]:
    """The signals by which a container is told to stop, and a server may tell its workers."""
    stated = world.workload.stop_signal
    signal = signals.parse(stated.value) if isinstance(stated, Known) else None
    return frozenset({signal, "QUIT"} if signal in {"INT", "QUIT"} else {signal or "TERM"})


_FOLDERS = frozenset({"--chdir", "--app-dir"})
_MODULE = lazy.compile(r"[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*")


def _left_running(
    world: World, program: Program, source: Source | None, served: _Served
) -> Source | None:
    """What else is not certain of a server: that nothing runs that its requests have left."""
    from gracelint.simulate.sources.served.tasks import left_running

    if program.key == "gunicorn" and not _is_async(world, served.words, served.context):
        return source
    left = left_running(world.workload.files, served.modules, served.folder)
    if left is None:
        return source
    return left if source is None else replace(source, guess=left.guess)


def _kept_by_threads(
    world: World, program: Program, source: Source | None, served: _Served
) -> Source | None:
    """What else is not certain of a server: that no thread of its application keeps it. uvicorn
    waits for one where it has no workers and is PID 1: others are ended by the signal, which it
    sends to itself once more.
    """
    from gracelint.simulate.sources.served.threads import keeps

    alone = program.key == "uvicorn" and _SEVERAL.isdisjoint(served.words)
    alone = alone and "WEB_CONCURRENCY" not in served.context.env
    waits = alone and _is_the_launch(world, served.argv)
    kept = keeps(
        world.workload.files,
        served.modules,
        served.folder,
        lifespan=served.lifespan,
        waits=waits,
    )
    if kept is None or source is None or kept.reactions:
        return kept or source
    return replace(source, guess=kept.guess, origins=kept.origins)


_SEVERAL = frozenset({"--workers", "--reload"})


def _is_the_launch(world: World, argv: tuple[Word, ...]) -> bool:
    """Whether a command is all that the container is started with, so that it is PID 1."""
    workload = world.workload
    command = workload.launch.argv
    given, init = command.value if isinstance(command, Known) else (), workload.engine_init
    own = [word.value for word in given] == [word.value for word in argv]
    alone = isinstance(init, Known) and not init.value and workload.pid_namespace == "private"
    return own and alone


def _is_async(world: World, words: list[str], context: Context) -> bool:
    """Whether gunicorn's workers may be such as run coroutines, by all that may say of what class
    they are: its words, or else its variable and its settings.
    """
    variable = context.env.get("GUNICORN_CMD_ARGS", Word("")).plain
    path = next((w for option, w in itertools.pairwise(words) if option in _SETTINGS), "")
    settings = View(world).text(absolute(path or "gunicorn.conf.py", context.cwd))
    if not _WORKERS.isdisjoint(words):
        return any(map(_ASYNC.search, words))
    return any(map(_ASYNC.search, (variable, settings.text if settings is not None else "")))


_ASYNC = lazy.compile(r"(?i)\b(?:uvicorn|aiohttp)\.|\basgi\b")
"""In the names of such classes: `uvicorn.workers.UvicornWorker`, `asgi`."""
_WORKERS = frozenset({"-k", "--worker-class"})
_SETTINGS = frozenset({"-c", "--config"})


def _refuse_other_server(
    world: World, program: Program, argv: tuple[Word, ...], context: Context
) -> None:
    """An image for a database or broker has no server of applications besides, unless something in
    sight puts it there.
    """
    image, name = world.image, argv[0].plain
    if image is None or not image.keeps_data or program.keeps_data or "/" in name:
        return
    own = program.beside or program.key == image.program or name in image.has
    if own or program.work not in {"requests", "jobs"}:
        return
    files = world.workload.files
    put = files.commands() or any(files.get(f"{at}/{name}") for at in DEFAULT_PATH.split(":"))
    if not put:
        reason = f"nothing in sight puts `{name}` into the image, which is that of {image.key}"
        raise Undetermined(reason, context.span)


def _assembly(
    world: World, argv: tuple[Word, ...], context: Context
) -> Loaded | Source | Unknown | None:
    """What the sources of a .NET program show. Where they do not, its runtime ends it on TERM,
    unless it leaves signals to it.
    """
    from gracelint.simulate.sources import dotnet

    found = dotnet.found(world.workload.files, argv, context.cwd)
    if found is None:
        return None
    left = dotnet.leaves_signals(context.env)
    started = dotnet.launched(*found, argv, left=left)
    if started is not None:
        return _through(world, started, argv, context)
    source = dotnet.source_of(*found, left=left)
    return None if isinstance(source, Unknown) and not left else source


def _of_the_project(
    world: World, argv: tuple[Word, ...], context: Context, file: ImageFile | None
) -> Loaded:
    """A program of the project's own: installed from it, or built from what is in sight."""
    if context.built:
        return Loaded(App(world), argv)
    installed = _installed(world, argv, context)
    if installed is not None:
        return installed
    played = _compiled(world, argv, context, file)
    if played is not None:
        return played
    launched = _launched(world, argv, context, file)
    if launched is not None:
        return _through(world, launched, argv, _deeper(context, built=True))
    source = _built(world, argv, context, file)
    if source is None:
        _refuse_hidden(world, argv, context)
    if source is not None and source.detached:
        from gracelint.model.entries import Program

        program = Program(argv[0].plain.rpartition("/")[2], "its source in sight", "daemon")
        return Loaded(App(world, program, source=source), argv, program.lifetime)
    return Loaded(App(world, source=source), argv)


def _refuse_hidden(world: World, argv: tuple[Word, ...], context: Context) -> None:
    """What lies under a mounted folder is not what runs; a command may have made it anew."""
    name = argv[0].plain
    if "/" not in name or world.altered or world.has_written(absolute(name, context.cwd)):
        return
    why = world.workload.files.hides(absolute(name, context.cwd))
    if why:
        raise Undetermined(f"`{name}` is not in sight: {why}", argv[0].span or context.span)


def _through(
    world: World, started: Wrapped | Unknown, argv: tuple[Word, ...], context: Context
) -> Loaded:
    """A program that leaves the work to what it starts."""
    if isinstance(started, Unknown):
        raise Undetermined(started.reason, context.span)
    return _wrapped(world, started, argv, context)


def _installed(world: World, argv: tuple[Word, ...], context: Context) -> Loaded | None:
    """A command that a project in the image installs, where its source is in sight."""
    name = argv[0].plain
    if "/" in name:
        return None
    from gracelint.simulate.sources.entries import entry_of

    entry = entry_of(world.workload.files, world.paths, name)
    if entry is None:
        return None
    words = (*(Word(word, argv[0].span) for word in entry.words), *argv[1:])
    return replace(load(world, words, _deeper(context, cwd=entry.folder)), argv=argv)


def _reads_code(argv: tuple[Word, ...], context: Context) -> bool:
    """Whether an interpreter is given its program on its standard input."""
    from gracelint.simulate.sources.languages import speaks

    given = context.input
    if given is None or not speaks(argv[0].plain):
        return False
    if context.writing:
        raise Unfinished("what it reads is still being written", context.span)
    # with a package of somebody else's it mostly waits for a server, and nobody knows when it ends
    names = {match[1] for match in _IMPORTS.finditer(given.plain)}
    return "python" not in argv[0].plain or names <= sys.stdlib_module_names


_IMPORTS = lazy.compile(r"^[ \t]*(?:import|from)[ \t]+(\w+)", re.MULTILINE)


def _refuse_terminal(world: World, argv: tuple[Word, ...], context: Context) -> None:
    """Without anybody at a terminal, what waits for commands ends at once."""
    if world.workload.terminal and not context.job:
        raise Undetermined(f"`{argv[0].value}` waits for what somebody types", context.span)


def _from_source(
    world: World, program: Program, argv: tuple[Word, ...], context: Context
) -> Loaded | Source | Unknown | None:
    """What the source shows that a run-time is given."""
    if program.key == "java":
        return _by_java(world, program, argv, context)
    if program.key == "dotnet":
        return _assembly(world, argv, context)
    if program.key == "django":
        return _own_command(world, argv, context)
    return _interpreted(world, program, argv, context) if program.interpreter else None


def _own_command(world: World, argv: tuple[Word, ...], context: Context) -> Loaded | None:
    """`manage.py NAME`, where the command NAME is the project's own: what its `handle` does."""
    at = next((i for i, w in enumerate(argv) if w.plain.endswith("manage.py")), len(argv))
    name = argv[at + 1].value if at + 1 < len(argv) else None
    python = world.atlas.program(argv[:1], {}, View(world), context.cwd, world.image)
    if not name or name.startswith("-") or python is None or not python.interpreter:
        return None
    folder = absolute(argv[at].plain, context.cwd).rpartition("/")[0]
    ending = f"/management/commands/{name}.py"
    own = [f.path for f in world.workload.files if f.path.endswith(ending)]
    if len(own) != 1 or not own[0].startswith(f"{folder}/"):
        return None
    module = own[0].removeprefix(f"{folder}/").removesuffix(".py").replace("/", ".")
    text = f"from {module} import Command\nCommand().handle()\n"
    words = (argv[0], Word("-c"), Word(text, argv[at + 1].span), *argv[at + 2 :])
    loaded = _interpreted(world, python, words, replace(context, cwd=folder))
    return replace(loaded, argv=argv) if isinstance(loaded, Loaded) else None


def _interpreted(
    world: World, program: Program, argv: tuple[Word, ...], context: Context
) -> Loaded | Unknown:
    """What an interpreter runs, where that is in sight."""
    from gracelint.model.application import Source
    from gracelint.simulate.sources.languages import Call, Command, find
    from gracelint.simulate.sources.program import Played

    env, files = Values(context.env), world.workload.files
    given = None if context.writing else context.input
    behaviour = find(Call(program.key, argv, View(world), context.cwd, env, files, given))
    if isinstance(behaviour, Source):
        return Loaded(App(world, program, source=behaviour), argv, program.lifetime)
    if isinstance(behaviour, Command):
        words = (Word(behaviour.name, argv[behaviour.at].span), *argv[behaviour.at + 1 :])
        return replace(load(world, words, _deeper(context)), argv=argv)
    if isinstance(behaviour, Unknown):
        own = world.atlas.of_image(argv, world.image, env)
        return behaviour if own is None else Loaded(App(world, own), argv, own.lifetime)
    return Loaded(Played(world, program, behaviour, context), argv, program.lifetime)


def _compiled(
    world: World, argv: tuple[Word, ...], context: Context, file: ImageFile | None
) -> Loaded | None:
    """A compiled program whose sources are in sight whole."""
    from gracelint.simulate.sources.compiled import go_program

    if file is not None and file.text is not None:
        return None
    sources = go_program(world.workload.files, argv, context.cwd, Values(context.env))
    if sources is None:
        return None
    from gracelint.simulate.sources.program import Played

    return Loaded(Played(world, None, sources, _deeper(context, built=True)), argv)


def _launched(
    world: World, argv: tuple[Word, ...], context: Context, file: ImageFile | None
) -> Wrapped | Unknown | None:
    """What a program starts whose source is in sight, and does nothing else."""
    from gracelint.simulate.sources.built import launched

    if file is not None and file.text is not None:
        return None
    return launched(world.workload.files, argv, context.cwd)


def _by_java(
    world: World, program: Program, argv: tuple[Word, ...], context: Context
) -> Loaded | None:
    """A Java program whose sources are in sight, or that starts another and waits for it."""
    from gracelint.model.entries import Reaction
    from gracelint.simulate.sources.built import (
        hosted_by_java,
        launched_by_java,
        launched_by_kotlin,
    )
    from gracelint.simulate.sources.compiled import java_program, kotlin_program

    env, files = Values(context.env), world.workload.files
    given = with_options(argv, context.env)
    sources = java_program(files, given, context.cwd, env)
    sources = sources or kotlin_program(files, given, context.cwd, env)
    if sources is not None:
        from gracelint.simulate.sources.program import Played

        return Loaded(Played(world, program, sources, context), argv, program.lifetime)
    wrapper = launched_by_java(files, argv, context.cwd)
    if wrapper is None:
        wrapper = launched_by_kotlin(files, argv, context.cwd)
    if wrapper is not None:
        return _through(world, wrapper, argv, context)
    hosted = hosted_by_java(files, given, context.cwd, context.env)
    if hosted is None:
        return None
    if Reaction.FAST in hosted.reactions.values():
        program = replace(program, work="requests")
    return Loaded(App(world, program, source=hosted), argv, program.lifetime)


def _built(
    world: World, argv: tuple[Word, ...], context: Context, file: ImageFile | None
) -> Source | None:
    """What the sources show that a program is built from."""
    from gracelint.model.application import Source
    from gracelint.simulate.sources.built import source_of

    if file is not None and file.text is not None:
        return None
    assembly = _assembly(world, argv, context)
    if isinstance(assembly, Source):
        return assembly
    return source_of(world.workload.files, argv, context.cwd)


def _refuse_scripts(
    world: World, argv: tuple[Word, ...], context: Context, file: ImageFile | None
) -> None:
    """A script that is not in sight may do anything; a program is taken for an application."""
    name = argv[0].plain
    last = name.rsplit("/", 1)[-1].lower()
    scriptish = last.endswith((".sh", ".bash")) or "entrypoint" in last
    has = world.image.has if world.image is not None else ()
    if scriptish and last not in has:
        reason = _unseen(world, file, name, context)
        raise Undetermined(f"the script `{name}` {reason}", argv[0].span or context.span)
