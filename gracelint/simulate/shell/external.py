"""External commands as a shell starts them: in the foreground, in the background, in its own
place.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gracelint.model.application import STARTED
from gracelint.model.entries import Program, Reaction
from gracelint.model.snapshot import Implicit
from gracelint.simulate.bodies import App, Filter, Wrapper
from gracelint.simulate.kernel import Missing, Undetermined
from gracelint.simulate.load import Context, Loaded, load
from gracelint.simulate.shell import effects, records
from gracelint.simulate.shell import shell as shells
from gracelint.simulate.world import MOMENT, command_of
from gracelint.syntax.shell import tree as tree

if TYPE_CHECKING:
    from collections.abc import Generator

    from gracelint.base.facts import Word
    from gracelint.simulate.kernel import Body, Task
    from gracelint.simulate.shell.flow import Tail
    from gracelint.simulate.shell.shell import Shell

    Run = Generator[records.Wait, Any, None]


def run(
    shell: Shell, node: tree.Simple, words: list[Word], env: dict[str, Word], tail: Tail | None
) -> Run:
    """A command that is neither function nor builtin."""
    shell.status, shell.assumed = 0, True
    if words[0].value is not None and (yield from effects.known(shell, node, words)):
        return
    try:
        loaded = load(shell.world, tuple(words), context(shell, node, env))
    except Missing:
        shell.status, shell.assumed = 127, False
        return
    except Undetermined as unclear:
        yield from _unclear(shell, node, words, unclear)
        return
    if shell.output is not None:
        shell.output.append(None)
    if tail is not None:
        _note_implicit(shell, node)
        replace(shell, loaded, node)
    if _ends_soon(shell, loaded) or _reads_all(loaded, node):
        if _told_to_start(shell, loaded):
            _start(shell, _daemon(shell, loaded), node)
        yield from pause(shell, node)
        return
    task = _start(shell, loaded, node)
    yield from wait_for(shell, task, node)
    shell.assumed = True


def _note_implicit(shell: Shell, node: tree.Simple) -> None:
    """Remember that PID 1 replaces itself without being asked to."""
    command = command_of(shell.world, shell) if shell.me is shell.kernel.root else None
    if command is not None:
        shell.world.implicit.append(Implicit(command, shell.script, node))


def _unclear(shell: Shell, node: tree.Simple, words: list[Word], unclear: Undetermined) -> Run:
    """A command that is not understood: it matters only if it is the one that stays."""
    brief = {"asked", "substitution"} & set(shell.stack)
    claims = not brief and shell.world.claims(shell.me, tuple(words))
    if "background" in shell.stack or claims:
        raise unclear
    if shell.output is not None:
        shell.output.append(None)
    yield from pause(shell, node)


def context(shell: Shell, node: tree.Node, env: dict[str, Word]) -> Context:
    """What a child of this shell is started with."""
    span = shell.script.span(node)
    depth = shell.context.depth + 1
    return Context(env, shell.cwd or "/", span, shell.context.user, from_shell=True, depth=depth)


def pause(shell: Shell, node: tree.Node, seconds: float = MOMENT) -> Run:
    """A short-lived command: a moment passes."""
    span = shell.script.span(node)
    yield records.Wait(
        [], builtin=False, node=node, span=span, stack=tuple(shell.stack), seconds=seconds
    )


def wait_for(shell: Shell, task: Task, node: tree.Node) -> Run:
    """Wait for a child in the foreground: signals do not interrupt that."""
    span = shell.script.span(node)
    yield records.Wait([task], builtin=False, node=node, span=span, stack=tuple(shell.stack))
    shell.status = task.status
    if shell.interrupted and shell.kind.restores_ignored:
        shell.interrupted = task.fate == "signal" or isinstance(node, tree.Substitution)


def spawn(shell: Shell, body: Body, node: tree.Node, *, background: bool = False) -> Task:
    """A child that is a copy of this shell, or another program."""
    ignored = shell.ignored_now()
    if background and "m" not in shell.options:
        if isinstance(body, shells.Shell):
            body.unheard = frozenset({"INT", "QUIT"}) - ignored
        ignored |= {"INT", "QUIT"}
    return shell.kernel.spawn(
        shell.me,
        body,
        shell.me.argv,
        shell.script.span(node),
        ignored=ignored,
        background=background,
        new_group=background and "m" in shell.options,
    )


def _start(shell: Shell, loaded: Loaded, node: tree.Node) -> Task:
    return shell.kernel.spawn(
        shell.me, loaded.body, loaded.argv, shell.script.span(node), ignored=shell.ignored_now()
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
    asked = {"asked", "substitution", "pipeline"} & set(shell.stack)
    return word == "start" and loaded.lifetime == "unknown" and not asked


def _daemon(shell: Shell, loaded: Loaded) -> Loaded:
    program = Program(STARTED, "by its name", "daemon", {}, Reaction.GRACEFUL)
    return Loaded(App(shell.world, program), loaded.argv, "daemon")


def _reads_all(loaded: Loaded, node: tree.Simple) -> bool:
    """Whether a command only copies what a file or here-document holds."""
    copies = isinstance(loaded.body, App) and loaded.body.placeholder and loaded.body.key in _COPIES
    return copies and any(r.operator.startswith("<") for r in node.redirects)


_COPIES = frozenset({"cat", "tee"})


def claimed(shell: Shell, loaded: Loaded) -> bool:
    """Whether a command of unknown lifetime is the one that stays."""
    if _beside(shell.me):
        return True
    if shell.writers and any(s.task in shell.writers for s in shell.world.started):
        return False
    if {"asked", "substitution"} & set(shell.stack) and not _own(shell, loaded):
        return False
    return shell.world.claims(shell.me, loaded.argv)


def _own(shell: Shell, loaded: Loaded) -> bool:
    """Whether the image was built around the program: a file of its own, not one of a package."""
    name = (loaded.argv[0].value if loaded.argv else None) or ""
    return "/" in name and shell.world.file(name, "", shell.cwd or "/") is not None


def _beside(task: Task) -> bool:
    """Whether a process, or one above it, was started in the background: then it is to stay."""
    at: Task | None = task
    while at is not None:
        if at.background and not at.read:
            return True
        at = at.first_parent
    return False


def replace(shell: Shell, loaded: Loaded, node: tree.Node) -> None:
    """The shell's process runs the command from now on; raises Replaced."""
    me = shell.me
    body = loaded.body
    stays = _stays(shell, loaded)
    if isinstance(body, App) and shell.writers and (not stays or body.placeholder):
        body = Filter(shell.world, body.program, shell.writers)
    elif isinstance(body, App | Wrapper) and not stays:
        body = App(shell.world, getattr(body, "program", None), duration=MOMENT)
    me.ignored = shell.ignored_now()
    shell.kernel.exec(me, body, loaded.argv, shell.script.span(node))
    raise records.Replaced


def _stays(shell: Shell, loaded: Loaded) -> bool:
    """Whether a command that replaces its shell is taken to run until it is stopped."""
    lifetime = _lifetime(shell, loaded)
    if lifetime != "unknown":
        return lifetime != "short"
    return shell.me is shell.kernel.root or claimed(shell, loaded)
