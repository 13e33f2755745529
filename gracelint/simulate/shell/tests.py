"""`[ … ]`, `test` and `[[ … ]]`: 0, 1, or None where the files do not tell."""

from __future__ import annotations

from functools import lru_cache

from gracelint.base import expressions, lazy, patterns
from gracelint.base.facts import Word
from gracelint.base.integers import whole
from gracelint.base.paths import absolute
from gracelint.base.typed import TYPE_CHECKING, Any
from gracelint.simulate import absent
from gracelint.simulate.shell.expansion import words as expansion

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gracelint.simulate.shell.state import Shell
    from gracelint.syntax.shell import tree

_NUMERIC = {
    "-eq": lambda a, b: a == b,
    "-ne": lambda a, b: a != b,
    "-lt": lambda a, b: a < b,
    "-le": lambda a, b: a <= b,
    "-gt": lambda a, b: a > b,
    "-ge": lambda a, b: a >= b,
}
_COMPARISONS = frozenset({*_NUMERIC, "=", "==", "!=", "<", ">", "-nt", "-ot", "-ef", "-a", "-o"})
_FILE_TESTS = frozenset(["-f", "-e", "-r", "-s", "-x", "-a"])
MAX_TERMS = 60
_PROCESS = lazy.compile(r"/proc/([0-9]{1,9})(?:/|$)")


def single(shell: Shell, values: Sequence[str | None]) -> int | None:
    """`test` and `[`: the words after expansion."""
    if len(values) > MAX_TERMS:
        return None
    try:
        return _status(_or(shell, list(values)))
    except _Rejected:
        return 2


class _Rejected(Exception):  # noqa: N818
    """The shell does not know an operator."""


def _status(value: bool | None) -> int | None:
    return None if value is None else int(not value)


def _or(shell: Shell, values: list[str | None]) -> bool | None:
    if len(values) > 4 and "-o" in values[1:-1]:
        at = values.index("-o", 1)
        return either(_and(shell, values[:at]), _or(shell, values[at + 1 :]))
    return _and(shell, values)


def _and(shell: Shell, values: list[str | None]) -> bool | None:
    if len(values) > 4 and "-a" in values[1:-1]:
        at = values.index("-a", 1)
        return both(_term(shell, values[:at]), _and(shell, values[at + 1 :]))
    return _term(shell, values)


def both(left: bool | None, right: bool | None) -> bool | None:
    """`and` over what may be unknown."""
    if left is False or right is False:
        return False
    return None if left is None or right is None else True


def either(left: bool | None, right: bool | None) -> bool | None:
    """`or` over what may be unknown."""
    if left or right:
        return True
    return None if left is None or right is None else False


def _term(shell: Shell, values: list[str | None]) -> bool | None:
    negated = False
    while len(values) > 1 and values[0] == "!" and not _compares(values):
        values, negated = values[1:], not negated
    if len(values) > 2 and values[0] == "(" and values[-1] == ")":
        values = values[1:-1]
    result = _plain(shell, values)
    return result if result is None else result != negated


def _compares(values: list[str | None]) -> bool:
    """Whether three words compare two of them; `! -f NAME` is a test that is negated."""
    return len(values) == 3 and (values[1] is None or values[1] in _COMPARISONS)


def _plain(shell: Shell, values: list[str | None]) -> bool | None:
    match values:
        case []:
            return False
        case [only]:
            return None if only is None else only != ""
        case [operator, operand]:
            return unary(shell, operator, operand)
        case [_, "==", _] if shell.kind.dialect == "posix":
            raise _Rejected
        case [left, operator, right]:
            return binary(left, operator, right)
    return None


def unary(shell: Shell, operator: str | None, operand: str | None) -> bool | None:
    """`-z`, `-n`, and what can be said of files."""
    if operator == "!":
        return None if operand is None else operand == ""
    if operand is None:
        return None
    if operator in {"-z", "-n"}:
        return (operand == "") == (operator == "-z")
    if operator == "-t":
        return False
    if operand == "":
        return False
    named = operand.startswith("/proc/") and operator in _FILE_TESTS | {"-d"}
    if named and (process := _PROCESS.match(operand)):
        task = shell.kernel.by_pid(whole(process[1]) or 0)
        return task is not None and task.alive
    if operator in {"-h", "-L"}:
        return _is_link(shell, operand)
    if operator in _FILE_TESTS:
        there = _there(shell, operand)
        return _absent(shell, operand) if there is None else there
    return _absent(shell, operand) if operator == "-d" else None


def _there(shell: Shell, operand: str) -> bool | None:
    """Whether a file is there; None where nothing in sight says so."""
    if shell.world.has_removed(absolute(operand, shell.folder)):
        return False
    path = operand if "/" in operand else f"./{operand}"
    if shell.world.file(path, "", shell.folder) is not None:
        return True
    return False if absent.is_the_command(shell, operand) else None


def _is_made_here(shell: Shell, place: str) -> bool:
    """Whether the script makes a file that lasts no longer than the container, and has not yet."""
    return absent.fleeting(place) and place in _made(shell.script.text.text)


@lru_cache(maxsize=50)  # a script is asked at each test that it makes
def _made(text: str) -> frozenset[str]:
    """The files that a script makes by their whole names."""
    return frozenset(match[1] for match in _MADE.finditer(text))


_MADE = lazy.compile(r"""(?:\btouch\s+|>\s*)["']?(/[^\s"';&|()<>$`]+)""")


def _is_link(shell: Shell, operand: str) -> bool | None:
    """Whether a path is a symbolic link; None where nothing in sight is there."""
    place = absolute(operand, shell.folder)
    if shell.world.workload.files.link(place):
        return True
    return False if _there(shell, operand) else _absent(shell, operand)


def _absent(shell: Shell, operand: str) -> bool | None:
    """False where nothing is at a path unless whoever deploys puts it there, as with a variable."""
    place = absolute(operand, shell.folder)
    if _is_made_here(shell, place):
        return False
    if place in shell.world.deployed or not absent.path(shell, operand):
        return None
    shell.world.scripts.unset.pop(place, None)
    shell.world.scripts.unset[place] = None
    return False


def binary(left: str | None, operator: str | None, right: str | None) -> bool | None:
    """Comparisons of strings and numbers."""
    if left is None or right is None or operator is None:
        return None
    if operator in {"=", "=="}:
        return left == right
    if operator == "!=":
        return left != right
    if operator in _NUMERIC:
        first, second = whole(left.strip()), whole(right.strip())
        if first is None or second is None:
            return None
        return bool(_NUMERIC[operator](first, second))
    return None


def double(shell: Shell, words: Sequence[str | tree.Words]) -> int | None:
    """`[[ … ]]`: operators as strings, words unexpanded; nothing is split."""
    if len(words) > MAX_TERMS:
        return None
    return _status(_double_or(shell, list(words)))


def _top_level(words: list[Any], operator: str) -> int:
    depth = 0
    for at, word in enumerate(words):
        depth += (word == "(") - (word == ")")
        if word == operator and depth == 0:
            return at
    return -1


def _double_or(shell: Shell, words: list[Any]) -> bool | None:
    for operator, join in (("||", either), ("&&", both)):
        at = _top_level(words, operator)
        if at > 0:
            left = _double_or(shell, words[:at])
            right = _double_or(shell, words[at + 1 :])
            return join(left, right)
    return _double_term(shell, words)


def _double_term(shell: Shell, words: list[Any]) -> bool | None:
    negated = False
    while len(words) > 1 and words[0] == "!":
        words, negated = words[1:], not negated
    if len(words) > 2 and words[0] == "(" and words[-1] == ")":
        result = _double_or(shell, words[1:-1])
    elif len(words) == 3 and words[1] in {"=", "==", "!=", "=~"}:
        result = _match(shell, words)
    else:
        values: list[str | None] = []
        for word in words:
            if isinstance(word, str):
                values.append(word)
            else:
                values.append(expansion.single(shell, word).value)
        result = _plain(shell, values)
    return result if result is None else result != negated


def _match(shell: Shell, words: list[Any]) -> bool | None:
    left, operator, right = words
    subject = left if isinstance(left, str) else expansion.single(shell, left).value
    if operator == "=~":
        return _matches(shell, subject, right)
    wanted = right if isinstance(right, str) else expansion.pattern(shell, right)
    if subject is None or wanted is None:
        return None
    if "nocasematch" in shell.options:
        subject, wanted = subject.lower(), wanted.lower()
    hit = patterns.matches(subject, wanted)
    return hit if hit is None else hit == (operator != "!=")


def _matches(shell: Shell, subject: str | None, right: str | tree.Words) -> bool | None:
    """`=~`: the match and its groups are BASH_REMATCH afterwards."""
    quoted = expressions.escaped
    wanted = right if isinstance(right, str) else expansion.pattern(shell, right, quoted)
    decidable = subject is not None and wanted is not None and "nocasematch" not in shell.options
    hit = expressions.search(subject or "", wanted or "") if decidable else None
    groups: tuple[Word, ...] | None = ()
    if hit is None or "|" in (wanted or ""):  # of several ways POSIX takes the longest
        groups = None
    elif not isinstance(hit, bool):
        groups = tuple(Word(text or "") for text in (hit[0], *hit.groups()))
    shell.vars.fill("BASH_REMATCH", groups)
    return None if hit is None else bool(hit)
