"""Builtins about options and arguments: `set`, `shopt`, `shift`, `getopts`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gracelint.base.facts import Word
from gracelint.base.integers import whole
from gracelint.simulate.kernel import Undetermined

if TYPE_CHECKING:
    from gracelint.simulate.shell.records import Call
    from gracelint.simulate.shell.state import Shell

_OPTIONS = {"errexit": "e", "monitor": "m", "nounset": "u", "xtrace": "x"}


def set_options(shell: Shell, call: Call) -> None:
    """`set -e`, `set -o pipefail`, `set -- a b`."""
    shell.status = 0
    words, at = call.words, 1
    while at < len(words):
        value = words[at].value
        if value is None or value[:1] not in {"-", "+"} or value in {"-", "+"}:
            shell.args = words[at:]
            break
        at += 1
        if value == "--":
            shell.args = words[at:]
            break
        names = set(value[1:].replace("o", ""))
        if "o" in value[1:] and at < len(words):
            names.add(_named(shell, words[at]))
            at += 1
        shell.options = shell.options | names if value[0] == "-" else shell.options - names
    if not shell.kind.monitor_without_tty:
        shell.options -= {"m"}


def _named(shell: Shell, word: Word) -> str:
    option = word.value or ""
    if option == "pipefail" and shell.kind.key == "dash":
        raise Undetermined("not every dash knows `pipefail`", word.span)
    return _OPTIONS.get(option, option)


def shell_options(shell: Shell, call: Call) -> None:
    """`shopt -s name`, `shopt -u name`."""
    names = {w.value for w in call.words[2:] if w.value is not None}
    if [w.value for w in call.words[1:2]] == ["-s"]:
        shell.options |= names
    elif [w.value for w in call.words[1:2]] == ["-u"]:
        shell.options -= names
    shell.status = 0


def shift(shell: Shell, call: Call) -> None:
    """`shift [n]`."""
    value = call.words[1].value if len(call.words) > 1 else "1"
    count = whole(value)
    if count is None or count < 0:
        raise Undetermined("how far `shift` goes is not known", call.words[0].span)
    if any(w.many for w in shell.args[:count]):
        raise Undetermined("`shift` moves arguments that are not known", call.words[0].span)
    if count <= len(shell.args):
        shell.args = shell.args[count:]
        shell.status = 0
    else:
        shell.status = 1


def getopts(shell: Shell, call: Call) -> None:
    """`getopts`, over arguments that are known."""
    spec = call.words[1].value if len(call.words) > 2 else None
    name = call.words[2].value if len(call.words) > 2 else None
    index = whole(shell.vars.values.get("OPTIND", Word("1")).value)
    if (
        spec is None
        or name is None
        or index is None
        or index < 1
        or any(w.value is None for w in shell.args)
    ):
        shell.status = None
        return
    at = index - 1
    value = (shell.args[at].value or "") if at < len(shell.args) else ""
    if len(value) < 2 or value[0] != "-" or value == "--":
        shell.vars.assign("OPTIND", Word(str(at + 1 + (value == "--"))))
        shell.vars.assign(name, Word("?"))
        shell.status = 1
        return
    letter = value[1]
    where = spec.find(letter)
    takes = where >= 0 and spec[where + 1 : where + 2] == ":"
    if takes and len(value) == 2 and at + 1 < len(shell.args):
        shell.vars.assign("OPTARG", shell.args[at + 1])
        at += 1
    elif takes:
        shell.vars.assign("OPTARG", Word(value[2:]))
    elif len(value) > 2:
        shell.status = None
        return
    else:
        shell.vars.unset("OPTARG")
    shell.vars.assign("OPTIND", Word(str(at + 2)))
    shell.vars.assign(name, Word(letter if where >= 0 else "?"))
    shell.status = 0
