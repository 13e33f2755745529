"""External commands as a shell starts them: in the foreground, in the background, in its own
place.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from gracelint.base import values
from gracelint.model.application import STARTED
from gracelint.model.entries import Program, Reaction
from gracelint.model.snapshot import Implicit
from gracelint.simulate.bodies import App, Filter, Opaque, Wrapper
from gracelint.simulate.kernel import Missing, Undetermined
from gracelint.simulate.shell import effects, stdin
from gracelint.simulate.shell.state import Replaced
from gracelint.simulate.shell.waiting import pause, wait_for
from gracelint.simulate.world import MOMENT, Context, Loaded, UnknownShell

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gracelint.base.facts import Word
    from gracelint.simulate.kernel import Task
    from gracelint.simulate.shell.records import Call
    from gracelint.simulate.shell.state import Shell
    from gracelint.syntax.shell import tree


def run(shell: Shell, call: Call, env: Mapping[str, Word]) -> None:
    """A command that is neither function nor builtin. env: what it is started with."""
    node = call.node
    shell.status, shell.assumed = 0, True
    if call.words[0].value is not None and effects.known(shell, call):
        return
    effects.unsure(shell, call)
    if _fed(shell, call):
        pause(shell, node)
        shell.then(run, call, env)
        return
    try:
        loaded = load(shell, call, env)
    except Missing:
        shell.status, shell.assumed = 127, False
        return
    except Undetermined as unclear:
        _unclear(shell, call, unclear)
        return
    shell.write(None)
    if call.tail is not None:
        _note_implicit(shell, node)
        replace(shell, loaded, node)
    if _ends_soon(shell, loaded) or _reads_all(loaded, node):
        if _told_to_start(shell, loaded):
            _start(shell, _daemon(shell, loaded), node)
        pause(shell, node)
        return
    task = _start(shell, loaded, node)
    wait_for(shell, task.pid, node)
    shell.then(_assume)


_SHELLS = frozenset({"sh", "bash", "dash", "ash", "zsh", "mksh", "ksh"})


def load(shell: Shell, call: Call, env: Mapping[str, Word]) -> Loaded:
    """What the words run; a shell without a script is given what it reads."""
    given = context(shell, call.node, env)
    names = {(word.value or "").rpartition("/")[2] for word in call.words}
    if names & _SHELLS:
        given = values.replace(given, stdin=stdin.for_shell(shell, call))
    loaded = shell.world.load(call.words, given)
    writers = _streams(shell, call)
    if writers and isinstance(loaded.body, App) and not stdin.at_work(writers):
        pids = tuple(task.pid for task in writers)
        return Loaded(Filter(shell.world, loaded.body.program, pids), loaded.argv, "long")
    return loaded


def _streams(shell: Shell, call: Call) -> list[Task]:
    """What still writes to the `<(…)` that a command is given."""
    words = [*call.words, *(target for target in call.targets if target is not None)]
    paths = {word.value for word in words} & shell.world.streams.keys()
    tasks = [shell.kernel.task(shell.world.streams[path or ""][1]) for path in paths]
    return [task for task in tasks if task.alive]


def _fed(shell: Shell, call: Call) -> bool:
    """Whether what it reads is still to be written by something that is over in a moment."""
    streams = _streams(shell, call)
    if any(task.started == shell.kernel.now for task in streams):
        return True
    name = (call.words[0].value or "").rpartition("/")[2]
    writers = stdin.writers(shell, shell.input) if name in _SHELLS else []
    return bool(writers) and stdin.at_work(writers)


def _assume(shell: Shell) -> None:
    shell.assumed = True


def _note_implicit(shell: Shell, node: tree.Simple) -> None:
    """Remember that PID 1 replaces itself without being asked to."""
    command = shell.command if shell.me is shell.kernel.root else None
    if command is not None:
        shell.world.implicit.append(Implicit(command, shell.script, node))


def _unclear(shell: Shell, call: Call, unclear: Undetermined) -> None:
    """A command that is not understood: it matters only if it is the one that stays."""
    claims = not _ASKED & shell.stack and shell.world.claims(shell.me, call.words)
    if "background" in shell.stack or (claims and _decides(call, unclear)):
        raise unclear
    shell.write(None)
    if not claims:
        pause(shell, call.node)
        return
    loaded = Loaded(Opaque(shell.world, unclear.reason), call.words, "long")
    if call.tail is not None:
        _note_implicit(shell, call.node)
        replace(shell, loaded, call.node)
    wait_for(shell, _start(shell, loaded, call.node).pid, call.node)
    shell.then(_assume)


def _decides(call: Call, unclear: Undetermined) -> bool:
    """Whether what is not understood decides even about the shell in front of it."""
    return isinstance(unclear, UnknownShell) or call.words[0].value is None


def context(shell: Shell, node: tree.Node, env: Mapping[str, Word]) -> Context:
    """What a child of this shell is started with."""
    span = shell.span(node)
    depth = shell.context.depth + 1
    return Context(env, shell.cwd or "/", span, shell.context.user, from_shell=True, depth=depth)


def _start(shell: Shell, loaded: Loaded, node: tree.Node) -> Task:
    return shell.kernel.spawn(
        shell.me, loaded.body, loaded.argv, shell.span(node), ignored=shell.ignored_now()
    )


def _ends_soon(shell: Shell, loaded: Loaded) -> bool:
    """Whether a foreground command is taken to end before what follows."""
    lifetime = _lifetime(shell, loaded)
    return not claimed(shell, loaded) if lifetime == "unknown" else lifetime == "short"


def _lifetime(shell: Shell, loaded: Loaded) -> str:
    """As the atlas has it; but a server whose output is taken is asked, rather than started."""
    server = isinstance(loaded.body, App) and not loaded.body.placeholder
    asked = server and loaded.lifetime == "long" and "substitution" in shell.stack
    return "unknown" if asked else loaded.lifetime


def _told_to_start(shell: Shell, loaded: Loaded) -> bool:
    """Whether an unknown command looks as if it left a daemon behind: `SOMETHING start`."""
    word = loaded.argv[1].value if len(loaded.argv) > 1 else None
    asked = (_ASKED | {"pipeline"}) & shell.stack
    return word == "start" and loaded.lifetime == "unknown" and not asked


def _daemon(shell: Shell, loaded: Loaded) -> Loaded:
    program = Program(STARTED, "by its name", "daemon", {}, Reaction.GRACEFUL)
    return Loaded(App(shell.world, program), loaded.argv, "daemon")


def _reads_all(loaded: Loaded, node: tree.Simple) -> bool:
    """Whether a command only copies what a file or here-document holds."""
    copies = isinstance(loaded.body, App) and loaded.body.placeholder and loaded.body.key in _COPIES
    return copies and any(r.operator.startswith("<") for r in node.redirects)


_COPIES = frozenset({"cat", "tee"})
_ASKED = frozenset({"asked", "substitution"})


def claimed(shell: Shell, loaded: Loaded) -> bool:
    """Whether a command of unknown lifetime is the one that stays."""
    if _beside(shell):
        return True
    if not shell.world.claimants.isdisjoint(shell.writers):
        return False
    if _ASKED & shell.stack and not _own(shell, loaded):
        return False
    return shell.world.claims(shell.me, loaded.argv)


def _own(shell: Shell, loaded: Loaded) -> bool:
    """Whether the image was built around the program: a file of its own, not one of a package."""
    name = (loaded.argv[0].value if loaded.argv else None) or ""
    return "/" in name and shell.world.file(name, "", shell.cwd or "/") is not None


def _beside(shell: Shell) -> bool:
    """Whether the shell was started in the background, or a process above it: then it stays."""
    pid: int | None = shell.me.pid
    while pid is not None:
        task = shell.kernel.task(pid)
        if task.background and not task.read:
            return True
        pid = task.first_parent
    return False


def replace(shell: Shell, loaded: Loaded, node: tree.Node) -> None:
    """The shell's process runs the command from now on; raises `Replaced`."""
    me = shell.me
    body = loaded.body
    stays = _stays(shell, loaded)
    if isinstance(body, App) and shell.writers and (not stays or body.placeholder):
        body = Filter(shell.world, body.program, shell.writers)
    elif isinstance(body, App | Wrapper) and not stays:
        body = App(shell.world, getattr(body, "program", None), duration=MOMENT)
    me.ignored = shell.ignored_now()
    shell.kernel.exec(me, body, loaded.argv, shell.span(node))
    raise Replaced


def _stays(shell: Shell, loaded: Loaded) -> bool:
    """Whether a command that replaces its shell is taken to run until it is stopped."""
    lifetime = _lifetime(shell, loaded)
    if lifetime != "unknown":
        return lifetime != "short"
    return shell.me is shell.kernel.root or claimed(shell, loaded)
