"""Builtins that only answer or write: `true`, `test`, `echo`, `printf`."""

from __future__ import annotations

from gracelint.base import lazy
from gracelint.base.facts import Word
from gracelint.base.paths import absolute
from gracelint.base.source import Derived
from gracelint.base.typed import TYPE_CHECKING
from gracelint.simulate.shell import streams
from gracelint.simulate.shell.expansion.formats import formatted

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gracelint.base.source import Text
    from gracelint.simulate.shell.records import Call
    from gracelint.simulate.shell.state import Shell
    from gracelint.syntax.shell import tree


def nothing(shell: Shell, call: Call) -> None:  # noqa: ARG001
    """A builtin without effect here."""
    shell.status = 0


def working_directory(shell: Shell, call: Call) -> None:
    """`pwd`; links in its path are taken for folders."""
    shell.status = 0
    write(shell, call, None if shell.cwd is None else shell.cwd + "\n")


def true(shell: Shell, call: Call) -> None:
    """`true`, `false`, `:`."""
    shell.status = int(call.words[0].value == "false")
    make(shell, call.node.redirects, call.targets)


def test(shell: Shell, call: Call) -> None:
    """`[ … ]` and `test`."""
    from gracelint.simulate.shell import tests

    values = [w.value for w in call.args]
    if call.words[0].value == "[" and values[-1:] == ["]"]:
        values.pop()
    many = any(w.many for w in call.words)
    shell.status = None if many else tests.single(shell, values)


def echo(shell: Shell, call: Call) -> None:
    """`echo`: what it writes may be read again. dash knows `-n` alone, and always reads escapes."""
    shell.status = 0
    values, posix = [w.value for w in call.args], shell.kind.dialect == "posix"
    letters = ""
    while values and values[0] and (values[0] == "-n" if posix else _ECHO.fullmatch(values[0])):
        letters += values.pop(0) or ""
    text = None if None in values else " ".join(v or "" for v in values)
    if text is not None and "\\" in text and (posix or "e" in letters):
        text = formatted(["%b", text])
    if text is None:
        write(shell, call, None)
        return
    end = "" if "n" in letters else "\n"
    write(shell, call, text + end, _placed(shell, call, text, end))


def _placed(shell: Shell, call: Call, text: str, end: str) -> Text | None:
    """What `echo` writes, with places where it is one word that stands in the script."""
    word = call.args[-1] if call.args else None
    if word is None or word.text is None or not text or word.text.text != text:
        return None
    from gracelint.declare.image.text import Joined

    return Joined([word.text, Derived(end, shell.span(call.node))])


_ECHO = lazy.compile("-[neE]+")


def printf(shell: Shell, call: Call) -> None:
    """`printf`, into a variable too."""
    shell.status = 0
    args = call.args
    into = args[1].value if len(args) > 2 and args[0].value == "-v" else None
    args = args[2:] if into else args
    whole = all(w.value is not None for w in args)
    output = formatted([w.plain for w in args]) if whole else None
    if into:
        reason = "what `printf` writes is not known"
        shell.vars.assign(into, Word(output, call.words[0].span, reason=reason))
    else:
        write(shell, call, output)


def put(
    shell: Shell, path: str, output: str | None, *, append: bool, text: Text | None = None
) -> None:
    """Into a file: its text, as far as it is known. text: the same with places."""
    world, path = shell.world, absolute(path, shell.folder)
    if append:
        output, text = streams.together([_there(shell, path), Word(output, text=text)])
    world.texts.pop(path, None)
    world.gone.discard(path)
    if text is not None:
        world.texts[path] = text
    world.written[path] = output if output is None or len(output) < streams.MAX_TEXT else None


def make(shell: Shell, redirects: Sequence[tree.Redirect], targets: Sequence[Word | None]) -> None:
    """`: > FILE` and `> FILE`: an empty file, or `>>` one that stays as it is."""
    for redirect, target in zip(redirects, targets, strict=False):
        path = target.value if target is not None else None
        if redirect.operator in {">", ">>", ">|"} and path and not path.startswith(("/dev/", "&")):
            put(shell, path, "", append=redirect.operator == ">>")


def _there(shell: Shell, path: str) -> Word:
    """The text of a file to which something is added, "" where none is in sight."""
    world = shell.world
    if path in world.written:
        return Word(world.written[path], text=world.texts.get(path))
    file = world.workload.files.get(path)
    text = file.text if file is not None else None
    return Word("" if file is None else None if text is None else text.text, text=text)


def write(shell: Shell, call: Call, output: str | None, text: Text | None = None) -> None:
    """Write to where the command's output goes: a file that a redirection names, else the pipe."""
    if text is None and output is not None:
        text = Derived(output, shell.span(call.node))
    for redirect, target in zip(call.node.redirects, call.targets, strict=False):
        if redirect.operator in {">", ">>", ">|"} and target and redirect.fd in {None, 1}:
            if target.value is not None:
                put(shell, target.value, output, append=redirect.operator == ">>", text=text)
            return
    shell.write(output, text)
