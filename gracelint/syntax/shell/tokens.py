"""The tokens between which tree-sitter reads the grammar."""

from __future__ import annotations

from gracelint.base.typed import TYPE_CHECKING, Literal, TypeAlias
from gracelint.base.values import dataclass

if TYPE_CHECKING:
    from gracelint.syntax.shell.tree import Assignment, Words
    from gracelint.syntax.shell.words import Pending

Kind: TypeAlias = Literal[
    "word",  # an argument or an assignment of a simple command
    "redirect",
    "test",  # a whole `[[ … ]]`
    "arithmetic",  # a whole `(( … ))`
    "reserved",  # `if`, `do`, `{`, …
    "operator",  # `;`, `&`, `&&`, `|`, `(`, …
    "newline",
    "prefix",  # `!`, `time`, `coproc`, or the head of a function definition
    "name",  # the variable of `for`, the subject of `case`
    "listed",  # a word of `for … in`
    "pattern",  # of `case`
    "pattern-end",  # the `)` behind it
    "unread",  # the rest of a text that cannot be read
]


@dataclass(slots=True)
class Token:
    """One token; its offsets are the script's.

    text: the reserved word or operator, the name that a prefix gives, the expression of an
    arithmetic command, the reason why text is unread.
    """

    kind: Kind
    start: int
    end: int
    text: str = ""
    words: tuple[Words, ...] = ()
    assignment: Assignment | None = None
    fd: int | None = None
    variable: str | None = None
    document: Pending | None = None

    @property
    def word(self) -> Words:
        """The word of a token that has just one."""
        return self.words[0]


CLOSERS = frozenset(("fi", "done", "esac", "}", ")"))
"""What ends a compound command, so that redirections behind it are the compound's."""
