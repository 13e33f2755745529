"""The shape of a shell program, as `syntax.shell` reads it.

Every node has `start` and `end`: offsets into the script's text. A node says what is written, not
what it does. What could not be read is an `Unread` node, whose effect is unknown.
"""

from __future__ import annotations

from gracelint.base.typed import TYPE_CHECKING, Literal, TypeAlias
from gracelint.base.values import dataclass, field

if TYPE_CHECKING:
    from gracelint.base.source import Span, Text

Dialect = Literal["posix", "bash", "ash", "mksh", "zsh"]


@dataclass(frozen=True, slots=True)
class Node:
    """Anything with a place."""

    start: int
    end: int


# Parts of words -------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Chars(Node):
    """Characters that stand for themselves, after quote and backslash removal.

    The span leaves out the quotes around them. quoted: neither split nor globbed. A glob character
    with quoted=False makes the word a pattern.
    """

    value: str
    quoted: bool = False


@dataclass(frozen=True, slots=True)
class Parameter(Node):
    """`$name`, `${name}`, `${name:-word}`, `$1`, `$@`, `$!`, `${name[0]}`, `${#name}`, `${!name}`.

    operator: "" or one of `:-` `-` `:=` `=` `:?` `?` `:+` `+` `#` `##` `%` `%%` `/` `//` `^` `^^`
    `,` `,,` `:` `@` and `length`, `indirect`; `!:-` and so on: the same of the parameter that
    it names. index: the text between brackets (`@`, `0`).
    argument: the word behind the operator.
    """

    name: str
    quoted: bool
    operator: str = ""
    argument: Words | None = None
    index: str | None = None


@dataclass(frozen=True, slots=True)
class Substitution(Node):
    """`$(…)` or backquotes."""

    body: Commands
    quoted: bool


@dataclass(frozen=True, slots=True)
class ProcessSubstitution(Node):
    """`<(…)` or `>(…)`."""

    body: Commands
    direction: Literal["<", ">"]


@dataclass(frozen=True, slots=True)
class Arithmetic(Node):
    """`$((…))`: the expression as text."""

    expression: str
    quoted: bool


@dataclass(frozen=True, slots=True)
class Opaque(Node):
    """A part whose value cannot be told from its text (an unread expansion)."""

    quoted: bool = False


@dataclass(frozen=True, slots=True)
class Elements(Node):
    """`(a b)` behind the `=` of an argument, as in `declare -a list=(a b)`."""

    words: tuple[Words, ...]


Part: TypeAlias = (
    "Chars | Parameter | Substitution | ProcessSubstitution | Arithmetic | Elements | Opaque"
)


@dataclass(frozen=True, slots=True)
class Words(Node):
    """One word as it is written: it may expand to none, one or several arguments."""

    parts: tuple[Part, ...]

    @property
    def literal(self) -> str | None:
        """The value of a word without expansions, else None."""
        parts = self.parts
        if len(parts) == 1:
            part = parts[0]
            return part.value if part.__class__ is Chars else None
        values = [p.value for p in parts if p.__class__ is Chars]
        return "".join(values) if len(values) == len(parts) else None


# Commands -------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Assignment(Node):
    """`name=value`, `name+=value`, `name=(a b)`, `name[i]=value`."""

    name: str
    value: Words | None
    append: bool = False
    array: tuple[Words, ...] | None = None
    index: str | None = None


@dataclass(frozen=True, slots=True)
class Redirect(Node):
    """`2>&1`, `> file`, `<<EOF`. fd: None for the operator's default.

    target: the word after the operator; for a here-document None and `document` holds its text
    (quoted: nothing in it is expanded), the one node that lies outside its parent. variable: the
    name in `{name}>file`.
    """

    operator: str
    fd: int | None
    target: Words | None = None
    document: Words | None = None
    variable: str | None = None


@dataclass(frozen=True, slots=True)
class Simple(Node):
    """Assignments, words and redirections. No words: only assignments or redirections.

    The span runs from the first of them to the last, without a terminator.
    """

    assignments: tuple[Assignment, ...]
    words: tuple[Words, ...]
    redirects: tuple[Redirect, ...] = ()

    @property
    def name(self) -> str | None:
        """The literal first word."""
        return self.words[0].literal if self.words else None


@dataclass(frozen=True, slots=True)
class Pipeline(Node):
    """Two or more commands joined by `|`, or one with `!` or `time` in front."""

    commands: tuple[AnyCommand, ...]
    negated: bool = False
    timed: bool = False


@dataclass(frozen=True, slots=True)
class AndOr(Node):
    """`left && right` or `left || right`."""

    left: AnyCommand
    operator: Literal["&&", "||"]
    right: AnyCommand


@dataclass(frozen=True, slots=True)
class Item(Node):
    """A command of a sequence, with its terminator: `&` (background), `;`, newline or nothing.

    The span includes the `&`, but no other terminator.
    """

    command: AnyCommand
    background: bool = False


@dataclass(frozen=True, slots=True)
class Commands(Node):
    """Commands one after the other."""

    items: tuple[Item, ...]


@dataclass(frozen=True, slots=True)
class Group(Node):
    """`{ …; }`."""

    body: Commands
    redirects: tuple[Redirect, ...] = ()


@dataclass(frozen=True, slots=True)
class Subshell(Node):
    """`( … )`."""

    body: Commands
    redirects: tuple[Redirect, ...] = ()


@dataclass(frozen=True, slots=True)
class If(Node):
    """branches: (condition, body) for `if` and each `elif`."""

    branches: tuple[tuple[Commands, Commands], ...]
    otherwise: Commands | None
    redirects: tuple[Redirect, ...] = ()


@dataclass(frozen=True, slots=True)
class CaseItem(Node):
    """`a|b) body ;;`. terminator: `;;`, `;&` or `;;&`."""

    patterns: tuple[Words, ...]
    body: Commands
    terminator: str = ";;"


@dataclass(frozen=True, slots=True)
class Case(Node):
    """`case subject in … esac`."""

    subject: Words
    items: tuple[CaseItem, ...]
    redirects: tuple[Redirect, ...] = ()


@dataclass(frozen=True, slots=True)
class For(Node):
    """`for name in words; do body; done`. words None: over `"$@"`. select: `select` instead."""

    name: str
    words: tuple[Words, ...] | None
    body: Commands
    redirects: tuple[Redirect, ...] = ()
    select: bool = False


@dataclass(frozen=True, slots=True)
class ArithmeticFor(Node):
    """`for ((a; b; c)); do body; done`."""

    expressions: tuple[str, str, str]
    body: Commands
    redirects: tuple[Redirect, ...] = ()


@dataclass(frozen=True, slots=True)
class While(Node):
    """`while` or `until` condition; do body; done."""

    condition: Commands
    body: Commands
    until: bool
    redirects: tuple[Redirect, ...] = ()


@dataclass(frozen=True, slots=True)
class Function(Node):
    """`name() body` or `function name body`."""

    name: str
    body: AnyCommand
    redirects: tuple[Redirect, ...] = ()


@dataclass(frozen=True, slots=True)
class Coprocess(Node):
    """`coproc NAME body`."""

    name: str
    body: AnyCommand


@dataclass(frozen=True, slots=True)
class Test(Node):
    """`[[ … ]]`: its words and operators in order, operators as literal words."""

    words: tuple[Words, ...]
    redirects: tuple[Redirect, ...] = ()


@dataclass(frozen=True, slots=True)
class ArithmeticCommand(Node):
    """`(( … ))`: the expression as text."""

    expression: str
    redirects: tuple[Redirect, ...] = ()


@dataclass(frozen=True, slots=True)
class Unread(Node):
    """Text that could not be read, or whose reading would be a guess; why in words."""

    reason: str


AnyCommand: TypeAlias = (
    "Simple | Pipeline | AndOr | Group | Subshell | If | Case | For | ArithmeticFor | While"
    " | Function | Coprocess | Test | ArithmeticCommand | Unread"
)


@dataclass(frozen=True, slots=True)
class Script:
    """A whole program.

    text: what the offsets point into. shebang: the words of the first line's `#!`, else None.
    errors: places that could not be read, with a message each. certain: whether the first error is
    one for every shell of the dialect (an unterminated quote), so that the script cannot run.
    """

    text: Text
    dialect: Dialect
    body: Commands
    shebang: tuple[str, ...] | None = None
    errors: tuple[tuple[int, int, str], ...] = field(default=())
    certain: bool = False

    def span(self, node: Node) -> Span:
        """Where a node stands in its file."""
        return self.text.span(node.start, node.end)
