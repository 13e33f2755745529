"""Builtins that run something else or lead elsewhere: `exec`, `eval`, `.`, `exit`, `command`."""

from __future__ import annotations

from gracelint.base import lazy
from gracelint.base.facts import Word
from gracelint.base.integers import whole
from gracelint.base.paths import DEFAULT_PATH, absolute
from gracelint.base.typed import TYPE_CHECKING
from gracelint.base.values import replace
from gracelint.simulate import absent
from gracelint.simulate.kernel import Missing, Undetermined
from gracelint.simulate.shell import external, streams
from gracelint.simulate.shell.expansion import arithmetic, parameters
from gracelint.simulate.shell.state import SOURCE, Exit, Leave
from gracelint.simulate.world import Unfinished, text_of

if TYPE_CHECKING:
    from gracelint.base.source import Text
    from gracelint.simulate.shell.records import Call
    from gracelint.simulate.shell.state import Shell
    from gracelint.syntax.shell import tree


def execute(shell: Shell, call: Call) -> None:
    """`exec`: replaces the shell; with redirections only it does nothing here."""
    node, args = call.node, call.args
    options = {"--"} if shell.kind.dialect == "posix" else {"-c", "-l", "-a", "--"}
    while args and args[0].value in options:
        args = args[2 if args[0].value == "-a" else 1 :]
    shell.status = 0
    ends = streams.ends_of(shell, call)
    _refuse_unset(shell, node, args)
    if not args:
        streams.use(shell, ends)
        if len(node.words) > 1:
            external.given_nothing(shell, node)
        return
    env, values = shell.vars.environment(), shell.vars.values
    names = (assignment.name for assignment in node.assignments)
    if node.assignments:  # arrays are not handed on
        env = {**env, **{name: values[name] for name in names if name in values}}
    if args[0].value in shell.vars.functions or absent.program(shell, args):
        if "execfail" in shell.options:
            shell.status = 127
            return
        raise Exit(127)
    try:
        loaded = shell.world.load(args, external.context(shell, node, env, ends))
    except Missing:
        raise Exit(127) from None
    except Unfinished:
        streams.await_end(shell, ends.reads[0], node)
        shell.then(execute, call)
        return
    shell.write(None)
    external.replace(shell, loaded, call, ends)


def _refuse_unset(shell: Shell, node: tree.Simple, args: tuple[Word, ...]) -> None:
    """`exec $APP`, where nothing in sight sets the variable: it is open what is run."""
    written = node.words[1:]
    if args:
        unset = bool(written) and parameters.replaced(shell, written[0], args)
    else:
        unset = not node.redirects and not parameters.no_arguments(shell, written)
    if unset:
        reason = "what `exec` runs is not known: its variable is not set here"
        raise Undetermined(reason, shell.span(node))


_SETS = lazy.compile(
    r"""eval\s+(?:--\s+)?["']?(?:\$\(|`)\s*(?:grep|sed|cat|awk|jq|printenv|ssh-agent|dircolors)\b"""
)
"""What prints assignments: variables get values that nobody knows, and nothing is started."""


def evaluate(shell: Shell, call: Call) -> None:
    """`eval`."""
    args = call.args
    unknown = next((w for w in args if w.value is None), None)
    if unknown is not None and _SETS.match(shell.span(call.node).text):
        shell.status, shell.assumed = 0, True
        return
    if unknown is not None and "substitution" in shell.stack:
        shell.write(None)  # whatever it runs, only its output comes out of there
        shell.status, shell.assumed = 0, True
        return
    if unknown is not None:
        raise Undetermined(unknown.reason or "what `eval` runs is not known", call.words[0].span)
    if len(args) == 1:
        shell.parts.text(shell, args[0])
    elif args:
        joined = " ".join(w.plain for w in args)
        shell.parts.text(shell, Word(joined, shell.span(call.node)))


def source(shell: Shell, call: Call) -> None:
    """`.` and `source`: a file in sight runs here; another is taken to set variables only."""
    shell.status, shell.assumed = 0, True
    if not call.args or call.args[0].value is None:
        return
    number = streams.descriptor(call.args[0].value)
    if number is not None:
        _source_input(shell, call, number)
        return
    word = shell.vars.values.get("PATH")
    path = (word.value if word else DEFAULT_PATH) or ""
    name, strict = call.args[0].value, _is_strict(shell)
    file = shell.world.file(name, path, shell.folder, partly=True)
    beside = None
    if file is None and "/" not in name:
        beside = shell.world.file(f"./{name}", path, shell.folder, partly=True)
        file = None if strict else beside
    if file is None and (beside is not None or absent.path(shell, name)):
        shell.status, shell.assumed = 1, False
        if strict:
            raise Exit(2)
        return
    if file is None and "/" in name:
        absent.require(shell, name, fatal=strict)
    if file is None or file.text is None:
        if _of_image(shell, call.args[0].value):
            given = call.args[1:] or shell.args
            execute(shell, replace(call, words=(*call.words[:2], *given)))
            return
        if shell.world.claims(shell.me, call.words):
            reason = f"`{call.args[0].value}` is not in sight, and it is what the script comes to"
            raise Undetermined(reason, shell.span(call.node))
        shell.world.sourced_unseen = True
        return
    _run_text(shell, call, file.text)


def _is_strict(shell: Shell) -> bool:
    """Whether it is a POSIX shell: `.` looks for a name in PATH alone, and ends the shell where it
    finds nothing.
    """
    return shell.kind.dialect in {"posix", "ash"} or "posix" in shell.options


def _of_image(shell: Shell, path: str) -> bool:
    """Whether it is the image's ENTRYPOINT, which replaces whoever reads it by what it starts."""
    image = shell.world.image
    return image is not None and image.entrypoint_execs is True and path in (image.entrypoint or ())


def _source_input(shell: Shell, call: Call, number: int) -> None:
    """`. /dev/stdin`, `. <(…)`: what is written there, when all of it is."""
    pipe = shell.reads.get(number)
    if pipe is not None and not shell.kernel.ended(pipe, besides=shell.me.pid):
        streams.await_end(shell, pipe, call.node)
        shell.then(_source_input, call, number)
        return
    shell.status = 0
    text = streams.text_left(shell, pipe)
    if text is None:
        reason = f"what is read from `{call.args[0].value}` is not known"
        raise Undetermined(reason, shell.span(call.node))
    streams.drain(shell, pipe)
    _run_text(shell, call, text_of(text, shell.span(call.node)))


def _run_text(shell: Shell, call: Call, text: Text) -> None:
    script = shell.world.parse(text, shell.kind.dialect)
    heeded = shell.kind.dialect != "posix"  # dash does not hand on what stands behind the name
    shell.parts.script(shell, script, (heeded and call.args[1:]) or None)
    shell.returned(SOURCE, _sourced, shell.frames, shell.stack)
    shell.frames += ("source",)


def _sourced(shell: Shell, frames: tuple[str, ...], stack: frozenset[str]) -> None:
    shell.frames, shell.stack = frames, stack


def leave(shell: Shell, call: Call) -> None:
    """`exit`, `return`, `break`, `continue`."""
    number = whole(call.args[0].value if call.args else None)
    name = call.words[0].value
    if name == "exit":
        raise Exit(shell.status or 0 if number is None else number & 255)
    if name == "return" and not _may_return(shell):
        shell.status = 1
        return
    if name == "return":
        shell.status = shell.status if number is None else number & 255
        raise Leave("return")
    shell.status = 0
    raise Leave("break" if name == "break" else "continue", max(number or 1, 1))


def _may_return(shell: Shell) -> bool:
    """Whether there is something to return from: in bash only a function or a sourced file; other
    shells leave the script.
    """
    return bool(shell.frames or shell.handling) or shell.key != "bash"


def change_folder(shell: Shell, call: Call) -> None:
    """`cd`."""
    args = list(call.args)
    while args and args[0].value in {"--", "-P", "-L"}:
        del args[0]
    target = args[0].value if args else None
    shell.status = 0
    if target and target[0] != "-" and absent.path(shell, target):
        shell.status = 1
        return
    if target is None or target == "-" or (shell.cwd is None and target[:1] != "/"):
        shell.cwd = None
    else:
        shell.cwd = absolute(target, shell.folder)


def let(shell: Shell, call: Call) -> None:
    """`let`."""
    value = None
    for word in call.args:
        value = None if word.value is None else arithmetic.value(word.value, shell)
    shell.status = None if value is None else int(value == 0)
