"""The builtins that matter for a stop. Each is a generator (shell, node, words, tail)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gracelint.base.facts import Word
from gracelint.base.integers import whole
from gracelint.simulate.kernel import Missing, Undetermined
from gracelint.simulate.shell import conditions, external, records
from gracelint.simulate.shell.flow import Exit, Leave
from gracelint.simulate.shell.jobs import disown, foreground, kill, list_jobs, wait
from gracelint.simulate.shell.traps import trap
from gracelint.simulate.shell.variables import declare, options, read, unset
from gracelint.simulate.world import FIFO

if TYPE_CHECKING:
    from collections.abc import Callable, Generator

    from gracelint.simulate.shell.flow import Tail
    from gracelint.simulate.shell.shell import Shell
    from gracelint.syntax.shell import tree as tree

    Run = Generator[records.Wait, Any, None]
    Builtin = Callable[[Shell, tree.Simple, list[Word], Tail | None], Run]

_OPTIONS = {"errexit": "e", "monitor": "m", "nounset": "u", "xtrace": "x"}


def nothing(shell: Shell, node: tree.Simple, words: list[Word], tail: Tail | None) -> Run:
    """A builtin without effect here."""
    del node, words, tail
    shell.status = 0
    yield from ()


def true(shell: Shell, node: tree.Simple, words: list[Word], tail: Tail | None) -> Run:
    """`true`, `false`, `:`."""
    del node, tail
    shell.status = int(words[0].value == "false")
    yield from ()


def test(shell: Shell, node: tree.Simple, words: list[Word], tail: Tail | None) -> Run:
    """`[ … ]` and `test`."""
    del node, tail
    values = [w.value for w in words[1:]]
    if words[0].value == "[" and values[-1:] == ["]"]:
        values.pop()
    shell.status = None if any(w.many for w in words) else conditions.single(shell, values)
    yield from ()


def echo(shell: Shell, node: tree.Simple, words: list[Word], tail: Tail | None) -> Run:
    """`echo` and `printf`: what they write may be read again."""
    del tail
    shell.status = 0
    args = words[1:]
    printf = words[0].value == "printf"
    into = args[1].value if printf and len(args) > 2 and args[0].value == "-v" else None
    args = args[2:] if into else args
    known = all(w.value is not None for w in args)
    values = [w.value or "" for w in args]
    if printf:
        output = _formatted(values) if known else None
    else:
        bare = values[1:] if values[:1] in (["-n"], ["-e"], ["-ne"]) else values
        output = " ".join(bare) + "\n" if known else None
    if into:
        shell.assign(into, Word(output, words[0].span, reason="what `printf` writes is not known"))
        return
    yield from _write(shell, node, output)


def _formatted(values: list[str]) -> str | None:
    plain = {"%s", "%s\n", "%s\\n", "%d", "%d\n", "%d\\n"}
    if len(values) == 2 and values[0] in plain:
        return values[1] + ("\n" if len(values[0]) > 2 else "")
    return values[0].replace("\\n", "\n") if len(values) == 1 and "%" not in values[0] else None


def _write(shell: Shell, node: tree.Simple, output: str | None) -> Run:
    from gracelint.simulate.shell import expand

    for redirect in node.redirects:
        if redirect.operator in {">", ">>", ">|"} and redirect.target and redirect.fd in {None, 1}:
            target = yield from expand.single(shell, redirect.target)
            if target.value is not None:
                shell.world.written[target.value] = output
            return
    if shell.output is not None:
        shell.output.append(output)


def set_options(shell: Shell, node: tree.Simple, words: list[Word], tail: Tail | None) -> Run:
    """`set -e`, `set -o pipefail`, `set -- a b`."""
    del node, tail
    shell.status = 0
    at = 1
    while at < len(words):
        value = words[at].value
        if value is None or value[:1] not in {"-", "+"} or value in {"-", "+"}:
            shell.args = words[at:]
            break
        at += 1
        if value == "--":
            shell.args = words[at:]
            break
        change = shell.options.add if value[0] == "-" else shell.options.discard
        for letter in value[1:].replace("o", ""):
            change(letter)
        if "o" in value[1:] and at < len(words):
            option = words[at].value or ""
            if option == "pipefail" and shell.kind.key == "dash":
                raise Undetermined("not every dash knows `pipefail`", words[at].span)
            change(_OPTIONS.get(option, option))
            at += 1
    if not shell.kind.monitor_without_tty:
        shell.options.discard("m")
    yield from ()


def shell_options(shell: Shell, node: tree.Simple, words: list[Word], tail: Tail | None) -> Run:
    """`shopt -s name`, `shopt -u name`."""
    del node, tail
    yield from ()
    names = {w.value for w in words[2:] if w.value is not None}
    if [w.value for w in words[1:2]] == ["-s"]:
        shell.options |= names
    elif [w.value for w in words[1:2]] == ["-u"]:
        shell.options -= names
    shell.status = 0


def shift(shell: Shell, node: tree.Simple, words: list[Word], tail: Tail | None) -> Run:
    """`shift [n]`."""
    del node, tail
    value = words[1].value if len(words) > 1 else "1"
    count = whole(value)
    if count is None or count < 0:
        raise Undetermined("how far `shift` goes is not known", words[0].span)
    if any(w.many for w in shell.args[:count]):
        raise Undetermined("`shift` moves arguments that are not known", words[0].span)
    if count <= len(shell.args):
        del shell.args[:count]
        shell.status = 0
    else:
        shell.status = 1
    yield from ()


def _pipe(shell: Shell, redirect: tree.Redirect) -> bool:
    """Whether a named pipe is opened to read and to write, which does not wait for anybody."""
    target = redirect.target.literal if redirect.target is not None else None
    return redirect.operator == "<>" and shell.world.written.get(target or "") == FIFO


def execute(shell: Shell, node: tree.Simple, words: list[Word], tail: Tail | None) -> Run:
    """`exec`: replaces the shell; with redirections only it does nothing here."""
    del tail
    args = words[1:]
    options = {"--"} if shell.kind.dialect == "posix" else {"-c", "-l", "-a", "--"}
    while args and args[0].value in options:
        args = args[2 if args[0].value == "-a" else 1 :]
    shell.status = 0
    if not args:
        shell.fifos |= {r.fd for r in node.redirects if r.fd is not None and _pipe(shell, r)}
        return
    env = {n: w for n, w in shell.vars.values.items() if n in shell.vars.exported}
    for assignment in node.assignments:
        env[assignment.name] = shell.vars.values[assignment.name]
    if args[0].value in shell.vars.functions:
        raise Exit(127)
    from gracelint.simulate.load import load

    try:
        loaded = load(shell.world, tuple(args), external.context(shell, node, env))
    except Missing:
        raise Exit(127) from None
    if shell.output is not None:
        shell.output.append(None)
    external.replace(shell, loaded, node)
    yield from ()


def evaluate(shell: Shell, node: tree.Simple, words: list[Word], tail: Tail | None) -> Run:
    """`eval`."""
    del tail
    from gracelint.simulate.shell import commands

    unknown = next((w for w in words[1:] if w.value is None), None)
    if unknown is not None:
        raise Undetermined(unknown.reason or "what `eval` runs is not known", words[0].span)
    if len(words) == 2:
        yield from commands.text(shell, words[1])
    elif words[1:]:
        joined = " ".join(w.value or "" for w in words[1:])
        yield from commands.text(shell, Word(joined, shell.script.span(node)))


def source(shell: Shell, node: tree.Simple, words: list[Word], tail: Tail | None) -> Run:
    """`.` and `source`: a file in sight runs here; another is taken to set variables only."""
    del tail
    from gracelint.simulate.shell import commands

    shell.status, shell.assumed = 0, True
    if len(words) < 2 or words[1].value is None:
        return
    found = shell.world.file(words[1].value, _path(shell), shell.cwd or "/")
    if found is None or found.text is None:
        if shell.world.claims(shell.me, tuple(words)):
            reason = f"`{words[1].value}` is not in sight, and it is what the script comes to"
            raise Undetermined(reason, shell.script.span(node))
        return
    shell.frames.append("source")
    try:
        args = words[2:] or None
        yield from commands.body(shell, found.text, args)
    except Leave as leave:
        if leave.kind != "return":
            raise
    finally:
        shell.frames.pop()


def _path(shell: Shell) -> str:
    word = shell.vars.values.get("PATH")
    return (word.value if word else None) or ""


def leave(shell: Shell, node: tree.Simple, words: list[Word], tail: Tail | None) -> Run:
    """`exit`, `return`, `break`, `continue`."""
    del node, tail
    value = words[1].value if len(words) > 1 else None
    number = whole(value)
    name = words[0].value
    yield from ()
    if name == "exit":
        raise Exit(shell.status or 0 if number is None else number & 255)
    if name == "return":
        shell.status = shell.status if number is None else number & 255
        raise Leave("return")
    raise Leave("break" if name == "break" else "continue", max(number or 1, 1))


def change_folder(shell: Shell, node: tree.Simple, words: list[Word], tail: Tail | None) -> Run:
    """`cd`."""
    del node, tail
    from gracelint.base.paths import absolute

    target = words[1].value if len(words) > 1 else None
    shell.status = 0
    if target is None or target == "-" or (shell.cwd is None and target[:1] != "/"):
        shell.cwd = None
    else:
        shell.cwd = absolute(target, shell.cwd or "/")
    yield from ()


def command(shell: Shell, node: tree.Simple, words: list[Word], tail: Tail | None) -> Run:
    """`command x`, `builtin x`, `type x`."""
    args = words[1:]
    lookup = words[0].value in {"type", "hash"}
    if lookup or (args and args[0].value in {"-v", "-V"}):
        named = [a.value for a in args if a.value is not None and a.value[:1] != "-"]
        shell.status = 0 if named and all(n in TABLE for n in named) else None
        if shell.output is not None:
            shell.output.append(None)
        return
    while args and args[0].value in {"-p", "--"}:
        args = args[1:]
    if not args:
        shell.status = 0
        return
    found = TABLE.get(args[0].value or "")
    if found is not None:
        yield from found(shell, node, args, tail)
        return
    env = {n: w for n, w in shell.vars.values.items() if n in shell.vars.exported}
    tail = tail.leaf(node, trapped=shell.trapped) if tail else None
    yield from external.run(shell, node, args, env, tail)


def let(shell: Shell, node: tree.Simple, words: list[Word], tail: Tail | None) -> Run:
    """`let`."""
    del node, tail
    value = None
    for word in words[1:]:
        value = None if word.value is None else shell.arithmetic(word.value)
    shell.status = None if value is None else int(value == 0)
    yield from ()


TABLE: dict[str, Builtin] = {
    **dict.fromkeys(("true", "false", ":"), true),
    **dict.fromkeys(("test", "["), test),
    **dict.fromkeys(("echo", "printf"), echo),
    **dict.fromkeys(("exit", "return", "break", "continue"), leave),
    **dict.fromkeys(("export", "local", "declare", "readonly", "typeset"), declare),
    **dict.fromkeys(("read", "mapfile", "readarray"), read),
    **dict.fromkeys(("cd", "pushd", "popd"), change_folder),
    **dict.fromkeys(("command", "builtin", "type", "hash"), command),
    **dict.fromkeys((".", "source"), source),
    **dict.fromkeys(
        (
            "umask",
            "ulimit",
            "alias",
            "unalias",
            "times",
            "enable",
            "bind",
            "help",
            "history",
            "pwd",
            "setopt",
            "unsetopt",
            "emulate",
            "dirs",
            "logout",
            "caller",
            "bg",
        ),
        nothing,
    ),
    "set": set_options,
    "shift": shift,
    "shopt": shell_options,
    "getopts": options,
    "exec": execute,
    "eval": evaluate,
    "unset": unset,
    "let": let,
    "trap": trap,
    "wait": wait,
    "kill": kill,
    "jobs": list_jobs,
    "fg": foreground,
    "disown": disown,
}
