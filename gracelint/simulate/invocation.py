"""How a shell or a script file is started: options, `-c` texts, `#!` lines."""

from __future__ import annotations

from gracelint.base.source import Source
from gracelint.base.typed import TYPE_CHECKING
from gracelint.base.values import dataclass
from gracelint.simulate.kernel import Undetermined

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gracelint.base.facts import Word
    from gracelint.base.source import Span, Text

_LONG_WITH_VALUE = {"--rcfile", "--init-file"}
MAX_SHEBANG = 255


LETTERS = {
    "allexport": "a",
    "errexit": "e",
    "errtrace": "E",
    "functrace": "T",
    "monitor": "m",
    "noclobber": "C",
    "noexec": "n",
    "noglob": "f",
    "nounset": "u",
    "verbose": "v",
    "xtrace": "x",
}
"""The options that have a letter, by their names."""


@dataclass(frozen=True, slots=True)
class Invocation:
    """A shell's command line.

    text: what follows -c. script: the file it reads. Both None: it reads its input, which ends at
    once. name: `$0` of a -c text. args: `$1` and so on. options: single letters that are set,
    `-o` names included.
    """

    text: Word | None
    script: Word | None
    name: Word | None
    args: tuple[Word, ...]
    options: frozenset[str]


def invocation(args: Sequence[Word], span: Span) -> Invocation:
    """Read the arguments of a shell."""
    options: set[str] = set()
    at = 0
    while at < len(args):
        value = args[at].value
        if value is None:
            raise Undetermined(args[at].reason or "a shell option is not known", span)
        if value[:1] not in {"-", "+"} or value in {"-", "+"}:
            break
        at += 1
        if value == "--":
            break
        if value.startswith("--"):
            options |= {"l"} if value == "--login" else set()
            at += value in _LONG_WITH_VALUE
            continue
        at += _cluster(value, args[at : at + 1], options)
    return _operands(args[at:], options)


def _cluster(value: str, following: Sequence[Word], options: set[str]) -> int:
    """Set the options of one word like `-euo`; how many more words belong to it."""
    letters = value[1:]
    change = options.add if value[0] == "-" else options.discard
    for letter in letters:
        if letter not in "oO":
            change(letter)
    if "o" in letters or "O" in letters:
        if following and following[0].value:
            change(LETTERS.get(following[0].value, following[0].value))
        return 1
    return 0


def _operands(rest: Sequence[Word], options: set[str]) -> Invocation:
    if "c" in options:
        name = rest[1] if len(rest) > 1 else None
        text = rest[0] if rest else None
        return Invocation(text, None, name, tuple(rest[2:]), frozenset(options))
    if "s" in options or not rest:
        return Invocation(None, None, None, tuple(rest), frozenset(options))
    return Invocation(None, rest[0], None, tuple(rest[1:]), frozenset(options))


def shebang(file: Text) -> tuple[str, ...] | None:
    """The words of a `#!` line as the kernel takes them: the interpreter and at most one argument.

    With `env -S` the argument is split. None where there is no such line, or a byte order mark
    before it.
    """
    text = file.text
    if not text.startswith("#!") or (isinstance(file, Source) and file.bom):
        return None
    line = text[2 : text.find("\n") if "\n" in text else None][:MAX_SHEBANG].strip(" \t")
    name, _, rest = line.replace("\t", " ").partition(" ")
    argument = rest.strip(" ")
    if not name:
        return None
    if argument.startswith("-S"):
        return (name, "-S", *argument[2:].split())
    return (name, argument) if argument else (name,)
