"""Wrappers of the base system whose arguments need more than a grammar."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

from gracelint.atlas.argv import Grammar, Parsed, grammar, parse
from gracelint.atlas.build import as_word, build
from gracelint.base import lazy
from gracelint.base.values import replace

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gracelint.atlas.call import Call
    from gracelint.base.facts import Word
    from gracelint.model.entries import Wrapped

_SPLITS = 8


def env(call: Call) -> Wrapped | None:
    """`env -S` puts the words of its string where the option stands. Alone, it only prints."""
    parsed = call.parse()
    if not parsed.rest and not parsed.options and not parsed.problem:
        return None
    for _ in range(_SPLITS):
        option = parsed.last("-S", "--split-string")
        if option is None:
            break
        text = option if isinstance(option, str) else option.value
        parts = None if text is None else _split(text, call.env)
        if parts is None:
            return build(call, replace(parsed, rest=(), problem="the string after -S is not plain"))
        words = tuple(as_word(part, option) for part in parts)
        before = [o for o in parsed.options if o[0] not in {"-S", "--split-string"}]
        again = replace(call, args=(*words, *parsed.rest)).parse()
        parsed = replace(
            again,
            options=(*before, *again.options),
            assignments=(*parsed.assignments, *again.assignments),
        )
    return build(call, parsed)


def _split(text: str, env: Mapping[str, str]) -> list[str] | None:
    """The words of a string after -S; None with escapes, comments and variables not known."""
    if "'" not in text:
        text = _VARIABLE.sub(lambda found: env.get(found[1], found[0]), text)
    if set(text) & set("\\$#"):
        return None
    try:
        return shlex.split(text)
    except ValueError:
        return None


_VARIABLE = lazy.compile(r"\$\{(\w+)\}")


def xargs(call: Call) -> Wrapped:
    """`xargs COMMAND` puts what it reads behind the command, with `-I MARK` in place of MARK."""
    parsed = call.parse()
    mark = parsed.value("-I") or ("{}" if parsed.has("-i", "--replace") else "")
    return build(call, parsed, fed=mark, fed_plainly=not parsed.has(*_FED_OTHERWISE))


_FED_OTHERWISE = (
    *("-a", "--arg-file", "-0", "--null", "-d", "--delimiter", "-E", "-e", "--eof"),
    *("-n", "--max-args", "-L", "-l", "--max-lines", "-s", "--max-chars", "-x", "--exit"),
)


def sudo(call: Call) -> Wrapped:
    """`sudo -b` starts it in the background, `-i` and `-s` a shell of the user's."""
    parsed = call.parse()
    if parsed.has("-b", "--background"):
        return build(call, parsed, behaviour="detach")
    if not parsed.has("-i", "--login", "-s", "--shell") or not parsed.rest:
        return build(call, parsed)
    values = [word.value for word in parsed.rest if not word.many]
    words = [_UNPLAIN.sub(r"\\\g<0>", value) for value in values if value is not None]
    if len(words) < len(parsed.rest):
        problem = "what it hands to the user's shell is not known"
        return build(call, replace(parsed, rest=(), problem=problem))
    shell = "" if parsed.has("-i", "--login") else call.env.get("SHELL", "")
    text = as_word(" ".join(words), parsed.rest[0])
    return build(call, parsed, shell_text=text, shell=shell, login_shell=True)


_UNPLAIN = lazy.compile(r"[^A-Za-z0-9_$-]")
"""What sudo puts a backslash before."""


def _permuted(args: tuple[Word, ...], rules: Grammar) -> tuple[Parsed, list[Word], bool]:
    """Options wherever they stand before `--`; the operands; whether there was a `--`."""
    options: list[tuple[str, Word | str | None]] = []
    operands: list[Word] = []
    while True:
        parsed = parse(args, rules)
        options += parsed.options
        used = args[: len(args) - len(parsed.rest)]
        if parsed.problem or not parsed.rest or (used and used[-1].value == "--"):
            ended = bool(used) and used[-1].value == "--"
            operands += parsed.rest
            return replace(parsed, options=tuple(options)), operands, ended
        operands.append(parsed.rest[0])
        args = parsed.rest[1:]


def su(call: Call) -> Wrapped:
    """`su [OPTION…] [-] [USER [ARGUMENT…]]`: options may follow the user.

    The one of busybox replaces itself with the shell, and waits for nobody.
    """
    parsed, operands, _ = _permuted(call.args, grammar(call.entry))
    wrapped = _user_shell(call, parsed, operands)
    system = call.image.os if call.image is not None else ""
    if system.startswith(("alpine", "busybox")):
        return replace(wrapped, behaviour="exec", kill_after=None, forwards=None, limits=())
    return wrapped


def _user_shell(call: Call, parsed: Parsed, operands: list[Word]) -> Wrapped:
    user = operands[0].value if operands else "root"
    text = parsed.last("-c", "--command", "--session-command")
    shell = parsed.value("-s", "--shell")
    if text is None and len(operands) > 2 and operands[1].value == "-c":
        text, operands = operands[2], [operands[0], *operands[3:]]
    if text is None and shell is not None and len(operands) > 1 and not parsed.problem:
        return build(call, replace(parsed, rest=(as_word(shell), *operands[1:])), user=user)
    if parsed.problem or text is None:
        reason = parsed.problem or "it starts a shell for people"
        return build(call, replace(parsed, rest=(), problem=reason), user=user)
    if len(operands) > 1 and operands[1].value in {"-c", "--"}:
        return build(
            call, replace(parsed, rest=(), problem="its arguments are not plain"), user=user
        )
    word = text if not isinstance(text, str) else as_word(text)
    if shell is None and parsed.last("-s", "--shell") is not None:
        reason = "the shell given with -s is not known"
        return build(call, replace(parsed, rest=(), problem=reason), user=user)
    given = tuple(operands[1:])
    return build(call, parsed, shell_text=word, shell_args=given, shell=shell or "", user=user)


def runuser(call: Call) -> Wrapped:
    """With `-u USER` it starts the command without a shell; else it is `su`."""
    rules = grammar(call.entry)
    first = call.parse()
    if first.has("-u", "--user"):
        return build(call, first, user=first.value("-u", "--user"))
    parsed, operands, _ = _permuted(call.args, rules)
    return _user_shell(call, parsed, operands)


def sg(call: Call) -> Wrapped:
    """`sg [-] GROUP [-c] COMMAND`."""
    args = [w for w in call.args if w.value not in {"-", "-c"}]
    if len(args) != 2 or any(w.many for w in args):
        return build(call, Parsed(problem="its arguments are not plain"))
    return build(call, Parsed(), shell_text=args[1], shell="/bin/sh")  # noqa: S604


def flock(call: Call) -> Wrapped:
    """`flock [OPTION…] FILE COMMAND…`, `flock [OPTION…] FILE -c 'TEXT'`, `flock FD`."""
    first = call.parse()
    if first.problem or not first.rest:
        return build(call, first)
    rest = first.rest[1:]
    if rest and rest[0].value in {"-c", "--command"} and len(rest) == 2 and not rest[1].many:
        return build(call, first, shell_text=rest[1], shell=call.env.get("SHELL", ""))
    return build(call, replace(first, rest=rest))


def script(call: Call) -> Wrapped:
    """`script -c 'TEXT' [FILE]` runs the text with $SHELL."""
    parsed, _, _ = _permuted(call.args, grammar(call.entry))
    text = parsed.last("-c", "--command")
    if parsed.problem or text is None:
        reason = parsed.problem or "it starts a shell for people"
        return build(call, replace(parsed, rest=(), problem=reason))
    word = text if not isinstance(text, str) else as_word(text)
    return build(call, parsed, shell_text=word, shell=call.env.get("SHELL", ""))


def separator(call: Call) -> Wrapped | None:
    """The command is what follows the first `--`; without one, nothing is started."""
    at = next((i for i, w in enumerate(call.args) if w.value == "--"), None)
    if at is None:
        return None if all(w.value is not None for w in call.args) else build(call, Parsed())
    return build(call, Parsed(rest=call.args[at + 1 :]))
