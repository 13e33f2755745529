"""Reading a command line by the option grammar of its program."""

from __future__ import annotations

from gracelint.base.typed import TYPE_CHECKING, Any
from gracelint.base.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from gracelint.base.facts import Word


@dataclass(frozen=True, slots=True)
class Grammar:
    """The options that a program takes before its operands.

    flags: without a value (`-i`, `--ignore-environment`). values: with one, attached or as the next
    word. optional: with a value only when it is attached. skip: operands that come before the
    command (`chroot`: 1). assignments: `A=1` may come before the command. numeric: `-5` and `+5`
    are options. dash: a lone `-` is a flag.
    """

    flags: frozenset[str] = frozenset()
    values: frozenset[str] = frozenset()
    optional: frozenset[str] = frozenset()
    skip: int = 0
    assignments: bool = False
    numeric: bool = False
    dash: bool = False


@dataclass(frozen=True, slots=True)
class Parsed:
    """A command line taken apart.

    options: name and value (None for a flag), in their order. operands: the words skipped.
    assignments: name to value. rest: the command. problem: why the rest cannot be told, else "".
    lead: the subcommand. refused: the problem is an option that there is not, or that lacks its
    value, at which a strict program ends. starts: whether a command is started at all; a
    subcommand may do something else.
    """

    options: tuple[tuple[str, Word | str | None], ...] = ()
    operands: tuple[Word, ...] = ()
    assignments: tuple[tuple[str, str], ...] = ()
    rest: tuple[Word, ...] = ()
    problem: str = ""
    lead: str = ""
    refused: bool = False
    starts: bool = True

    def has(self, *names: str) -> bool:
        """Whether one of these options is given."""
        return any(name in names for name, _ in self.options)

    def last(self, *names: str) -> Word | str | None:
        """The value of the last of these options; None when there is none."""
        values = [value for name, value in self.options if name in names]
        return values[-1] if values else None

    def value(self, *names: str) -> str | None:
        """The same as a string; None also when its value is unknown."""
        value = self.last(*names)
        return value if value is None or isinstance(value, str) else value.value


def grammar(entry: Mapping[str, Any], prefix: str = "") -> Grammar:
    """The grammar that an entry states. prefix: `lead_` for what stands before a subcommand."""
    return Grammar(
        frozenset(entry.get(prefix + "flags", ())),
        frozenset(entry.get(prefix + "values", ())),
        frozenset(entry.get(prefix + "optional", ())),
        skip=entry.get(prefix + "skip", 0),
        assignments=bool(entry.get(prefix + "assignments")),
        numeric=bool(entry.get(prefix + "numeric")),
        dash=bool(entry.get(prefix + "dash")),
    )


def parse(args: Sequence[Word], rules: Grammar) -> Parsed:
    """Take apart what follows the program's name."""
    reader = _Reader(args, rules)
    problem = reader.read_options() or reader.read_operands()
    rest = () if problem else tuple(args[reader.at :])
    return Parsed(
        tuple(reader.options),
        tuple(reader.operands),
        tuple(reader.assignments),
        rest,
        problem,
        refused=reader.refused,
    )


class _Reader:
    def __init__(self, args: Sequence[Word], rules: Grammar) -> None:
        self.args = args
        self.rules = rules
        self.at = 0
        self.options: list[tuple[str, Word | str | None]] = []
        self.operands: list[Word] = []
        self.assignments: list[tuple[str, str]] = []
        self.refused = False

    def refuse(self, option: str, why: str) -> str:
        """What is wrong with an option that the program ends at."""
        self.refused = True
        return f"the option `{option}` {why}"

    def read_options(self) -> str:
        """Go past the options; says what is wrong with them."""
        while self.at < len(self.args):
            word = self.args[self.at]
            if word.many or word.value is None or not self.is_option(word.value):
                return ""
            self.at += 1
            if word.value == "--":
                return ""
            if problem := self.read_option(word.value):
                return problem
        return ""

    def is_option(self, text: str) -> bool:
        if text == "-":
            return self.rules.dash
        if self.rules.numeric and text[:1] == "+" and text[1:].isdigit():
            return True
        return text.startswith("-")

    def read_option(self, text: str) -> str:
        if text == "-" or (self.rules.numeric and text.lstrip("+-").isdigit()):
            self.options.append((text, None))
            return ""
        return self.read_long(text) if text.startswith("--") else self.read_cluster(text)

    def read_long(self, text: str) -> str:
        given, equals, attached = text.partition("=")
        name = self.complete(given)
        if name is None:
            return self.refuse(given, "is not known")
        if equals:
            self.options.append((name, attached))
            return ""
        return self.read_value(name) if name in self.rules.values else self.flag(name)

    def complete(self, given: str) -> str | None:
        """The option that `given` names or, if no other does, abbreviates."""
        spellings = self.rules.flags | self.rules.values | self.rules.optional
        if given in spellings:
            return given
        matches = [name for name in spellings if name.startswith(given)]
        return matches[0] if len(matches) == 1 else None

    def read_cluster(self, text: str) -> str:
        """`-abc VALUE`, `-abcVALUE`, and long options with one dash where the grammar has them."""
        name, equals, attached = text.partition("=")
        if len(name) > 2 and name in self.rules.values | self.rules.flags:
            if equals:
                self.options.append((name, attached))
                return ""
            return self.read_value(name) if name in self.rules.values else self.flag(name)
        for index, letter in enumerate(text[1:], 1):
            name, tail = f"-{letter}", text[index + 1 :]
            if name in self.rules.flags:
                self.flag(name)
            elif name in self.rules.values | self.rules.optional:
                if not tail and name in self.rules.values:
                    return self.read_value(name)
                self.options.append((name, tail or None))
                return ""
            else:
                return self.refuse(name, "is not known")
        return ""

    def flag(self, name: str) -> str:
        self.options.append((name, None))
        return ""

    def read_value(self, name: str) -> str:
        if self.at >= len(self.args):
            return self.refuse(name, "has no value")
        word = self.args[self.at]
        if word.many:
            return word.reason or "some arguments are not known"
        self.options.append((name, word))
        self.at += 1
        return ""

    def read_operands(self) -> str:
        while len(self.operands) < self.rules.skip:
            if self.at >= len(self.args):
                return "the arguments are incomplete"
            if self.args[self.at].many:
                return self.args[self.at].reason or "some arguments are not known"
            self.operands.append(self.args[self.at])
            self.at += 1
        while self.rules.assignments and self.at < len(self.args):
            name, equals, value = (self.args[self.at].value or "").partition("=")
            if not equals or not name:
                break
            self.assignments.append((name, value))
            self.at += 1
        return ""


def base_name(command: str) -> str:
    """`tini` of `/sbin/tini`."""
    return command.rsplit("/", 1)[-1]


def first_value(argv: Sequence[Word]) -> str | None:
    """What a command line starts, where that is known."""
    return argv[0].value if argv and not argv[0].many else None
