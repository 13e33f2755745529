"""Builtins that run something else or lead elsewhere: `exec`, `eval`, `.`, `exit`, `command`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gracelint.base.facts import Word
from gracelint.base.integers import whole
from gracelint.base.paths import absolute
from gracelint.base.values import replace
from gracelint.simulate.kernel import Missing, Undetermined
from gracelint.simulate.shell import arithmetic, external, stdin
from gracelint.simulate.shell.state import SOURCE, Exit, Leave
from gracelint.simulate.shell.waiting import wait_for_any
from gracelint.simulate.world import FIFO, text_of

if TYPE_CHECKING:
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
    if not args:
        shell.fifos |= {r.fd for r in node.redirects if r.fd is not None and _pipe(shell, r)}
        for redirect, target in zip(node.redirects, call.targets, strict=False):
            if redirect.operator == "<" and target is not None:
                _open(shell, redirect.fd or 0, stdin.read_from(shell, target.value))
        return
    env = shell.vars.environment()
    for assignment in node.assignments:
        if assignment.name in shell.vars.values:  # arrays are not handed on
            env[assignment.name] = shell.vars.values[assignment.name]
    if args[0].value in shell.vars.functions:
        raise Exit(127)
    try:
        loaded = external.load(shell, replace(call, words=args), env)
    except Missing:
        raise Exit(127) from None
    shell.write(None)
    external.replace(shell, loaded, node)


def _open(shell: Shell, number: int, pipe: int) -> None:
    """Have a file descriptor read from a pipe from now on."""
    if number:
        shell.descriptors[number] = pipe
    else:
        shell.input = pipe


def _pipe(shell: Shell, redirect: tree.Redirect) -> bool:
    """Whether a named pipe is opened to read and to write, which does not wait for anybody."""
    target = redirect.target.literal if redirect.target is not None else None
    return redirect.operator == "<>" and shell.world.written.get(target or "") == FIFO


def evaluate(shell: Shell, call: Call) -> None:
    """`eval`."""
    args = call.args
    unknown = next((w for w in args if w.value is None), None)
    if unknown is not None:
        raise Undetermined(unknown.reason or "what `eval` runs is not known", call.words[0].span)
    if len(args) == 1:
        shell.parts.text(shell, args[0])
    elif args:
        joined = " ".join(w.value or "" for w in args)
        shell.parts.text(shell, Word(joined, shell.span(call.node)))


def source(shell: Shell, call: Call) -> None:
    """`.` and `source`: a file in sight runs here; another is taken to set variables only."""
    shell.status, shell.assumed = 0, True
    if not call.args or call.args[0].value is None:
        return
    word = shell.vars.values.get("PATH")
    path = (word.value if word else None) or ""
    found = shell.world.file(call.args[0].value, path, shell.cwd or "/")
    if found is None and _streamed(shell, call, call.args[0].value):
        return
    if found is None or found.text is None:
        if shell.world.claims(shell.me, call.words):
            reason = f"`{call.args[0].value}` is not in sight, and it is what the script comes to"
            raise Undetermined(reason, shell.span(call.node))
        return
    script = shell.world.parse(found.text, shell.kind.dialect)
    shell.parts.script(shell, script, call.args[1:] or None)
    shell.returned(SOURCE, _sourced, shell.frames, shell.stack)
    shell.frames += ("source",)


def _streamed(shell: Shell, call: Call, path: str) -> bool:
    """Whether what is sourced is written by `<(…)`, or stands on the standard input."""
    stream = shell.world.streams.get(path)
    if stream is not None and stdin.writers(shell, stream[0]):
        wait_for_any(shell, (stream[1],), call.node)
        shell.then(source, call)
        return True
    if stream is None and path not in {"/dev/stdin", "/proc/self/fd/0", "/dev/fd/0"}:
        return False
    given = None if stream is not None else stdin.for_shell(shell, call)
    text = stdin.contents(shell, path) if stream is not None else None
    if text is not None:
        given = Word(text, shell.span(call.node))
    if given is None:
        return False
    at = text_of(given, shell.span(call.node)) if isinstance(given, Word) else given
    script = shell.world.parse(at, shell.kind.dialect)
    shell.parts.script(shell, script, call.args[1:] or None)
    return True


def _sourced(shell: Shell, frames: tuple[str, ...], stack: frozenset[str]) -> None:
    shell.frames, shell.stack = frames, stack


def leave(shell: Shell, call: Call) -> None:
    """`exit`, `return`, `break`, `continue`."""
    number = whole(call.args[0].value if call.args else None)
    name = call.words[0].value
    if name == "exit":
        raise Exit(shell.status or 0 if number is None else number & 255)
    if name == "return":
        shell.status = shell.status if number is None else number & 255
        raise Leave("return")
    shell.status = 0
    raise Leave("break" if name == "break" else "continue", max(number or 1, 1))


def change_folder(shell: Shell, call: Call) -> None:
    """`cd`."""
    target = call.args[0].value if call.args else None
    shell.status = 0
    if target is None or target == "-" or (shell.cwd is None and target[:1] != "/"):
        shell.cwd = None
    else:
        shell.cwd = absolute(target, shell.cwd or "/")


def let(shell: Shell, call: Call) -> None:
    """`let`."""
    value = None
    for word in call.args:
        value = None if word.value is None else arithmetic.value(word.value, shell)
    shell.status = None if value is None else int(value == 0)
