"""Where control goes: leaving loops and functions, and commands that replace their shell."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from gracelint.base.values import dataclass

if TYPE_CHECKING:
    from gracelint.syntax.shell import tree as tree


class Leave(Exception):  # noqa: N818
    """`break`, `continue` or `return`."""

    def __init__(self, kind: Literal["break", "continue", "return"], levels: int = 1) -> None:
        super().__init__(kind)
        self.kind = kind
        self.levels = levels


class Exit(Exception):  # noqa: N818
    """The shell ends."""

    def __init__(self, status: int) -> None:
        super().__init__(status)
        self.status = status


@dataclass(frozen=True, slots=True)
class Tail:
    """The command is the last one, and the shell may run it in its own process.

    allowed: the constructs around it through which this shell still does so: `and`, `sequence`,
    `lines`, `background` (what comes before was started with `&`), `group`, `subshell`, `if`,
    `case`; for the command itself `single`, `assigned`, `redirected`, `redirected-alone` (only
    where nothing is around
    it). `sequence+and` is an `&&` behind a `;` of the same line. inside: the innermost construct
    so far.
    """

    allowed: frozenset[str]
    inside: str = ""

    def via(self, construct: str) -> Tail | None:
        """The same inside a construct; None: this shell does not."""
        wanted = "sequence+and" if (self.inside, construct) == ("sequence", "and") else construct
        return Tail(self.allowed, construct) if wanted in self.allowed else None

    def leaf(self, node: tree.Simple, *, trapped: bool) -> Tail | None:
        """For a simple command: settings and redirections count, a trap prevents it."""
        if trapped or (not self.inside and "single" not in self.allowed):
            return None
        if node.assignments and "assigned" not in self.allowed:
            return None
        alone = not self.inside and "redirected-alone" in self.allowed
        return None if node.redirects and not alone and "redirected" not in self.allowed else self
