"""Builtins about options and arguments: `set`, `shopt`, `shift`, `getopts`."""

from __future__ import annotations

from gracelint.base.facts import Word
from gracelint.base.integers import whole
from gracelint.base.typed import TYPE_CHECKING
from gracelint.simulate.invocation import LETTERS
from gracelint.simulate.kernel import Undetermined
from gracelint.simulate.shell.state import Exit

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gracelint.simulate.shell.records import Call
    from gracelint.simulate.shell.state import Shell


def set_options(shell: Shell, call: Call) -> None:
    """`set -e`, `set -o pipefail`, `set -- a b`."""
    shell.status = 0
    words, at = call.words, 1
    while at < len(words):
        value = words[at].value
        if value is None or value[:1] not in {"-", "+"}:
            shell.args = words[at:]
            break
        at += 1
        if value in {"-", "+"}:
            shell.options -= {"x", "v"} if value == "-" else frozenset[str]()
            shell.args = words[at:] or shell.args
            break
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


_OF_DASH = frozenset(
    (
        *("allexport", "debug", "emacs", "errexit", "ignoreeof", "interactive", "monitor"),
        *("noclobber", "noexec", "noglob", "nolog", "notify", "nounset", "privileged", "stdin"),
        *("verbose", "vi", "xtrace"),
    )
)


def _named(shell: Shell, word: Word) -> str:
    option = word.plain
    if shell.kind.key == "dash" and option not in _OF_DASH:
        raise Exit(2)  # no release of a distribution has a dash that knows `pipefail`
    return LETTERS.get(option, option)


def shell_options(shell: Shell, call: Call) -> None:
    """`shopt -s name`, `shopt -u name`."""
    names = {w.value for w in call.words[2:] if w.value is not None}
    if [w.value for w in call.words[1:2]] == ["-s"]:
        shell.options |= names
    elif [w.value for w in call.words[1:2]] == ["-u"]:
        shell.options -= names
    shell.status = 0


def shift(shell: Shell, call: Call) -> None:
    """`shift [n]`; by how many that is not known, any number of unknown arguments is left."""
    value = call.words[1].value if len(call.words) > 1 else "1"
    count = whole(value)
    if value is None and shell.args:
        reason = "how far `shift` goes is not known"
        shell.args = (Word(None, call.words[0].span, None, reason, many=True),)
        shell.status = 0
        return
    if count is None or count < 0:
        raise Undetermined("how far `shift` goes is not known", call.words[0].span)
    if any(w.many for w in shell.args[:count]):
        raise Undetermined("`shift` moves arguments that are not known", call.words[0].span)
    if count <= len(shell.args):
        shell.args = shell.args[count:]
        shell.status = 0
    elif shell.key == "dash":
        raise Exit(2)  # "can't shift that many"
    else:
        shell.status = 1


def getopts(shell: Shell, call: Call) -> None:
    """`getopts`, over words that are known up to the last option; letters may share one: `-vf`."""
    words = [*(w.value for w in call.args[:2]), None, None]
    spec, name = words[0], words[1]
    given = call.args[2:] or shell.args
    index = whole(shell.vars.values.get("OPTIND", Word("1")).value)
    if spec is None or not name or not index:
        shell.status = None
        return
    if index != shell.option[0]:
        shell.option = (index, 1)
    value = given[index - 1].value if index <= len(given) else ""
    if value is None or any(w.many for w in given[:index]):
        shell.vars.assign("OPTIND", Word(None))
        shell.status = None
        return
    shell.status = 0
    if len(value) < 2 or value[0] != "-" or value == "--":
        shell.vars.assign("OPTIND", Word(str(index + (value == "--"))))
        shell.vars.assign(name, Word("?"))
        shell.status = 1
    else:
        _option(shell, spec, name, given)


def _option(shell: Shell, spec: str, name: str, args: Sequence[Word]) -> None:
    """The letter whose turn it is, and the next one's place."""
    index, at = shell.option
    value = args[index - 1].value or ""
    letter, rest = value[at], value[at + 1 :]
    where = -1 if letter == ":" else spec.find(letter)
    answer, argument = letter, None
    if where < 0:
        answer, argument = "?", Word(letter) if spec[:1] == ":" else None
    elif spec[where + 1 : where + 2] == ":":
        index, argument, rest = index + (not rest), Word(rest) if rest else None, ""
        if argument is None and index <= len(args):
            argument = args[index - 1]
        elif argument is None:
            index -= 1
            answer, argument = (":", Word(letter)) if spec[:1] == ":" else ("?", None)
    shell.option = (index, at + 1) if rest else (index + 1, 1)
    if argument is None:
        shell.vars.unset("OPTARG")
    else:
        shell.vars.assign("OPTARG", argument)
    shell.vars.assign("OPTIND", Word(str(shell.option[0])))
    shell.vars.assign(name, Word(answer))
