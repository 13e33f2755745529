"""External commands as a shell starts them: in the foreground, in the background, in its own
place.
"""

from __future__ import annotations

from gracelint import atlas
from gracelint.base import lazy, values
from gracelint.base.facts import Word
from gracelint.base.typed import TYPE_CHECKING
from gracelint.model.application import STARTED, Application
from gracelint.model.entries import Program, Reaction
from gracelint.model.snapshot import Implicit
from gracelint.simulate import absent
from gracelint.simulate.bodies import App, Filter, Opaque, Wrapper
from gracelint.simulate.kernel import Missing, Undetermined
from gracelint.simulate.shell import effects, processes, streams
from gracelint.simulate.shell.state import Replaced, Shell
from gracelint.simulate.shell.waiting import pause, wait_for
from gracelint.simulate.world import MOMENT, Context, Loaded, Unfinished, UnknownShell
from gracelint.syntax.shell import tree
from gracelint.syntax.shell.parse import within

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from gracelint.base.source import Span
    from gracelint.simulate.kernel import Task
    from gracelint.simulate.shell.records import Call
    from gracelint.simulate.shell.streams import Ends


def run(shell: Shell, call: Call, env: Mapping[str, Word]) -> None:
    """A command that is neither function nor builtin. env: what it is started with."""
    node, ends = call.node, streams.ends_of(shell, call)
    shell.status, shell.assumed = 0, True
    if call.words[0].value is not None and effects.carry_out(shell, call, ends):
        return
    loaded = _loaded(shell, call, env, ends)
    if loaded is None:
        return
    loaded = _as_errand(shell, loaded, node)
    name = call.words[0].called
    shell.world.altered |= not atlas.says(name, "makes_no_files")
    if not atlas.says(name, "silent"):
        shell.write(None)
    if call.tail is not None:
        _note_implicit(shell, node)
        replace(shell, loaded, call, ends)
    pipes = streams.read_by(shell, call.words, ends)
    if (
        pipes
        and isinstance(loaded.body, App)
        and (loaded.body.placeholder or loaded.lifetime == "short")
    ):
        loaded = values.replace(loaded, body=Filter(shell.world, loaded.body.program, pipes))
    elif _ends_soon(shell, loaded) or _reads_all(shell, loaded, ends):
        _act(shell, loaded, node, ends)
        pause(shell, node)
        return
    task = _start(shell, loaded, node, ends)
    wait_for(shell, task.pid, node)
    if path := processes.pid_file(call):
        shell.then(processes.note_daemon, task.pid, path)
    shell.then(_assume)


def _loaded(shell: Shell, call: Call, env: Mapping[str, Word], ends: Ends) -> Loaded | None:
    """What a command runs; None where that is dealt with already."""
    if absent.program(shell, call.words) or absent.handled(shell, call.words):
        shell.status, shell.assumed = 127, False
        return None
    try:
        loaded = shell.world.load(call.words, context(shell, call.node, env, ends))
    except Missing:
        shell.status, shell.assumed = 127, False
    except Unfinished:
        streams.await_end(shell, ends.reads[0], call.node)
        shell.then(run, call, env)
    except Undetermined as unclear:
        shell.world.altered = True
        effects.unsure(shell, call)
        _unclear(shell, call, unclear)
    else:
        if not loaded.body.followed:
            effects.unsure(shell, call)
        return loaded
    return None


def _as_errand(shell: Shell, loaded: Loaded, node: tree.Simple) -> Loaded:
    """The same, as what only works beside an application, where an unknown command in the
    background looks as if it did a piece of work there and ended: it waits for the application
    before, as in `(sleep 5; client create) &`, or is told to make something.
    """
    body = loaded.body
    known = not isinstance(body, App) or body.application != Application()
    if known or loaded.lifetime != "unknown" or not _beside(shell):
        return loaded
    words = [word.value or "" for word in loaded.argv]
    pieces = {piece.lower() for word in words for piece in _PIECES.split(word[:_LONGEST])}
    if not pieces.isdisjoint(_STAYING) or "--" in words or _is_of_the_image(shell, loaded):
        return loaded
    operand = next((word for word in words[1:] if word[:1] != "-"), "")
    waits = _waits(words[0].rpartition("/")[2]) or _after_a_wait(shell, node)
    if not waits and _PIECES.split(operand)[0] not in _MAKING:
        return loaded
    program = Program("errand", "by its place", "unknown", {}, Reaction.GRACEFUL, beside=True)
    return values.replace(loaded, body=App(shell.world, program))


_LONGEST = 200
_PIECES = lazy.compile(r"[^A-Za-z]+")
_STAYING = frozenset(
    (
        *("agent", "api", "app", "bind", "consume", "consumer", "cron", "daemon", "exporter"),
        *("follow", "listen", "listener", "monitor", "poll", "port", "proxy", "run", "scheduler"),
        *("serve", "server", "service", "start", "stream", "tail", "up", "watch", "watcher", "web"),
        *("worker", "workers"),
    )
)
"""What is in the words of a command that stays."""

_MAKING = frozenset(
    (
        *("add", "apply", "create", "import", "init", "initialize", "install", "load", "migrate"),
        *("put", "register", "seed", "set", "setup", "update", "upgrade", "upload"),
    )
)
"""What a client is told that does one thing and ends."""


def _after_a_wait(shell: Shell, node: tree.Simple) -> bool:
    """Whether a loop, or a command that waits, stands before it in the same function or group."""
    body = shell.script.body
    kinds = (tree.Function, tree.Subshell, tree.Group)
    around = [n for kind in kinds for n in within(body, kind) if _holds(n, node)]
    commands = within(body, tree.Simple)
    if not around or len(commands) > _MOST or not any(one is node for one in commands):
        return False
    inner = min(around, key=lambda n: n.end - n.start)
    loops = within(body, tree.While)
    pauses = [c for c in commands if _waits(c.name or "")]
    before = (n for n in (*loops, *pauses) if inner.start <= n.start and n.end <= node.start)
    return next(before, None) is not None


_MOST = 1000  # commands of a script among which one that waits is looked for


def _waits(name: str) -> bool:
    return name.startswith(("sleep", "wait"))


def _holds(outer: tree.Node, inner: tree.Node) -> bool:
    return outer.start <= inner.start and inner.end <= outer.end


def _assume(shell: Shell) -> None:
    shell.assumed = True


def _note_implicit(shell: Shell, node: tree.Simple) -> None:
    """Remember that PID 1 replaces itself without being asked to."""
    command = shell.command if shell.me is shell.kernel.root else None
    if command is not None:
        shell.world.implicit.append(Implicit(command, shell.script, node))


def _unclear(shell: Shell, call: Call, unclear: Undetermined) -> None:
    """A command that is not understood: it matters only if it is the one that stays.

    A program that is known to stay does so whatever its configuration says, which is not in sight.
    """
    beside = "background" in shell.stack
    prepares = _beside(shell) and _prepares(shell, call.words)
    waited = not prepares and not _ASKED & shell.stack
    stays = waited and shell.world.atlas.short_lived(call.words) is False
    claims = beside or stays or (waited and shell.world.claims(shell.me, call.words))
    if claims and _decides(call, unclear):
        raise unclear
    shell.write(None)
    ends = streams.ends_of(shell, call)
    body = Opaque(shell.world, unclear.reason, beside=beside)
    loaded = Loaded(body, call.words, "unknown")
    if not claims:
        _act(shell, loaded, call.node, ends)
        pause(shell, call.node)
        return
    loaded = values.replace(loaded, lifetime="long")
    if call.tail is not None:
        _note_implicit(shell, call.node)
        replace(shell, loaded, call, ends)
    wait_for(shell, _start(shell, loaded, call.node, ends).pid, call.node)
    shell.then(_assume)


def _decides(call: Call, unclear: Undetermined) -> bool:
    """Whether what is not understood decides even about the shell in front of it."""
    return isinstance(unclear, UnknownShell) or call.words[0].value is None


def given_nothing(shell: Shell, node: tree.Node) -> None:
    """`exec "$@"` of what PID 1 is not given: who starts the container names the application, and
    what the script has run before prepares that.
    """
    if shell.me is shell.kernel.root and shell.world.started and shell.world.main is None:
        reason = "the script starts what it is given, and nothing is given here"
        raise Undetermined(reason, shell.span(node))


def context(shell: Shell, node: tree.Node, env: Mapping[str, Word], ends: Ends) -> Context:
    """What a child of this shell is started with."""
    pipe = ends.reads.get(0)
    text = None if pipe is None else streams.text_left(shell, pipe) or Word(None, reason=_UNREAD)
    return Context(
        env,
        shell.folder,
        shell.span(node),
        shell.context.user,
        from_shell=True,
        depth=shell.context.depth + 1,
        input=text,
        writing=pipe is not None and not shell.kernel.ended(pipe, besides=shell.me.pid),
        job=shell.context.job or "background" in shell.stack,
    )


_UNREAD = "what is read from the standard input is not known"


def _start(shell: Shell, loaded: Loaded, node: tree.Node, ends: Ends) -> Task:
    return shell.kernel.spawn(
        shell.me,
        loaded.body,
        loaded.argv,
        shell.span(node),
        ignored=shell.ignored_now(),
        writes=frozenset(ends.writes.values()),
    )


def _ends_soon(shell: Shell, loaded: Loaded) -> bool:
    """Whether a foreground command is taken to end before what follows."""
    if loaded.body.followed and shell.kernel.stopping:
        return False
    lifetime = _lifetime(shell, loaded)
    return not claimed(shell, loaded) if lifetime == "unknown" else lifetime == "short"


def _lifetime(shell: Shell, loaded: Loaded) -> str:
    """As the atlas has it; but a server whose output is taken is asked, rather than started."""
    server = isinstance(loaded.body, App) and not loaded.body.placeholder
    asked = server and loaded.lifetime == "long" and "substitution" in shell.stack
    return "unknown" if asked else loaded.lifetime


def _act(shell: Shell, loaded: Loaded, node: tree.Simple, ends: Ends) -> None:
    """What a command that ends by itself does to others: stop a server, or leave one behind."""
    stops = effects.asks_for_end(shell, _inner_words(loaded))
    if not stops and (_detaches(loaded) or _told_to_start(shell, loaded)):
        _start(shell, _daemon(shell, loaded), node, ends)


def _told_to_start(shell: Shell, loaded: Loaded) -> bool:
    """Whether an unknown command looks as if it left a daemon behind: `SOMETHING start`."""
    asked = (_ASKED | {"pipeline"}) & shell.stack
    return loaded.lifetime == "unknown" and not asked and _inner_words(loaded)[1:2] == ["start"]


def _inner_words(loaded: Loaded) -> list[str]:
    """What a command starts behind its wrappers: `su postgres -c "pg_ctl stop"`."""
    while isinstance(loaded.body, Wrapper):
        loaded = loaded.body.inner
    words = [word.value or "" for word in loaded.argv]
    text = isinstance(loaded.body, Opaque) or not isinstance(loaded.body, App)
    return words[-1].split() if text and "-c" in words[:-1] else words


def _detaches(loaded: Loaded) -> bool:
    """Whether a command that does not stay surely leaves a daemon behind: `nginx -c UNSEEN`."""
    program = loaded.body.program if isinstance(loaded.body, App) else None
    return program is not None and program.detaches and loaded.lifetime == "unknown"


def _daemon(shell: Shell, loaded: Loaded) -> Loaded:
    program = Program(STARTED, "by its name", "daemon", {}, Reaction.GRACEFUL)
    if isinstance(loaded.body, App) and loaded.body.program is not None and _detaches(loaded):
        program = values.replace(loaded.body.program, lifetime="daemon")
    return Loaded(App(shell.world, program), loaded.argv, "daemon")


def _reads_all(shell: Shell, loaded: Loaded, ends: Ends) -> bool:
    """Whether a command only copies what a file or here-document holds."""
    app = loaded.body
    copies = isinstance(app, App) and app.placeholder and atlas.says(app.key, "reads_input")
    return copies and 0 in ends.reads and shell.kernel.ended(ends.reads[0], besides=shell.me.pid)


_ASKED = frozenset({"asked", "substitution"})


def claimed(shell: Shell, loaded: Loaded) -> bool:
    """Whether a command of unknown lifetime is the one that stays."""
    asked = _ASKED & shell.stack and not (_restarted(shell) or _is_of_the_image(shell, loaded))
    if _beside(shell):
        return not asked and not _prepares(shell, loaded.argv)
    if "each" in shell.stack and not _is_of_the_image(shell, loaded):
        return False  # it is done once for each, so it comes to an end
    if not shell.world.claimants.isdisjoint(shell.writers):
        return False
    return not asked and shell.world.claims(shell.me, loaded.argv)


def _restarted(shell: Shell) -> bool:
    """Whether a loop asks for the command and nothing follows: `until serve; do sleep 1; done`."""
    last = "loop" in shell.stack and {"after", "substitution"}.isdisjoint(shell.stack)
    return last and not shell.world.workload.finite


def _is_of_the_image(shell: Shell, loaded: Loaded) -> bool:
    """Whether the image was built around the program: a file of its own, not one of a package."""
    name = (loaded.argv[0].value if loaded.argv else None) or ""
    return "/" in name and shell.world.file(name, "", shell.folder) is not None


def _beside(shell: Shell) -> bool:
    """Whether the shell was started in the background, or a process above it: then it stays."""
    pid: int | None = shell.me.pid
    while pid is not None:
        task = shell.kernel.task(pid)
        if task.background and not task.read:
            return True
        pid = task.first_parent
    return False


def _prepares(shell: Shell, argv: Sequence[Word]) -> bool:
    """Whether what such a shell was started for ends in another command, which may be the one that
    stays: what stands before that comes to an end. So it is where a shell above it does, as in
    `sh -c "npm run prepare; serve" &`.
    """
    task: Task | None = shell.me
    span = argv[0].span if argv else None
    while task is not None and span is not None:
        if isinstance(task.body, Shell) and _leads_on(task.body, span):
            return True
        if task.background and not task.read:
            return False
        span = task.span
        task = shell.kernel.task(task.first_parent) if task.first_parent is not None else None
    return False


def _leads_on(shell: Shell, span: Span) -> bool:
    """Whether a shell ends in another command than the one that stands there."""
    last = _last(shell)
    words = last.words if last is not None else ()
    words = words[1:] if words and words[0].literal == "exec" else words
    name = words[0].literal if words else None
    if last is None or name is None or name in _NO_APPLICATION or name in shell.vars.functions:
        return False
    place = shell.span(last)
    within = span.source is place.source and place.start <= span.start and span.end <= place.end
    return not within and not atlas.short_lived([Word(word.literal) for word in words])


def _last(shell: Shell) -> tree.Simple | None:
    """The command that a shell ends in: that of its script, or of what it runs in the background,
    perhaps by a function's name.
    """
    node: tree.Node | None = shell.script.body
    if "background" in shell.stack:
        items = within(shell.script.body, tree.Item)
        node = next((i.command for i in items if shell.span(i) == shell.me.span), None)
        called = (node.name if isinstance(node, tree.Simple) else None) or ""
        if called in shell.vars.functions:
            script, function = shell.vars.functions[called]
            node = function.body if script is shell.script else None
    while not isinstance(node, tree.Simple):
        match node:
            case tree.AndOr(right=right):
                node = right
            case tree.Subshell(body=body) | tree.Group(body=body):
                node = body
            case tree.Commands(items=(*_, last)) if not last.background:
                node = last.command
            case _:
                return None
    return node


_NO_APPLICATION = frozenset(
    (
        *(".", "eval", "exit", "fg", "read", "return", "source", "trap", "wait"),
        *("cat", "sleep", "tail", "tee"),
    )
)
"""What a script may end in that is not what it is there for."""


def replace(shell: Shell, loaded: Loaded, call: Call, ends: Ends) -> None:
    """The shell's process runs the command from now on; raises `Replaced`."""
    me = shell.me
    body = loaded.body
    stays = _stays(shell, loaded)
    pipes = streams.read_by(shell, loaded.argv, ends)
    if shell.writers and 0 in ends.reads:
        pipes += (ends.reads[0],)
    if isinstance(body, App) and pipes and (not stays or body.placeholder):
        body = Filter(shell.world, body.program, pipes)
    elif isinstance(body, App | Wrapper) and not stays:
        body = App(shell.world, getattr(body, "program", None), duration=MOMENT)
    me.ignored = shell.ignored_now()
    shell.kernel.hold(me, frozenset(ends.writes.values()))
    shell.kernel.exec(me, body, loaded.argv, shell.span(call.node))
    raise Replaced


def _stays(shell: Shell, loaded: Loaded) -> bool:
    """Whether a command that replaces its shell is taken to run until it is stopped."""
    lifetime = _lifetime(shell, loaded)
    if lifetime != "unknown":
        return lifetime != "short"
    return shell.me is shell.kernel.root or claimed(shell, loaded)
