"""What is open in a shell text, and what no shell accepts where it stands.

Only such errors are noted as every shell named by the dialect rejects: an `fi` without `if`, an
operator without a command. What a lenient shell takes (mksh and zsh read empty bodies, zsh empty
commands) is no error for it.
"""

from __future__ import annotations

from gracelint.base.typed import TYPE_CHECKING

if TYPE_CHECKING:
    from gracelint.syntax.shell.tokens import Token
    from gracelint.syntax.shell.words import Reader

CASE_ENDS = frozenset((";;", ";&", ";;&"))
_WANT_COMMAND = frozenset(("if", "then", "elif", "else", "while", "until", "do", "{"))
_JOINS = frozenset(("&&", "||", "|", "|&"))
_NEEDS = {
    "if": "fi",
    "loop": "done",
    "for": "done",
    "for{": "}",
    "case": "esac",
    "{": "}",
    "(": ")",
}


class Balance:
    """The open blocks of one level, outermost first, and the first thing wrong with them."""

    def __init__(self, reader: Reader, tokens: list[Token]) -> None:
        self._reader = reader
        self._tokens = tokens
        self._blocks: list[tuple[str, int]] = []
        self.problem: tuple[int, int, str] | None = None

    @property
    def innermost(self) -> str:
        """The kind of the innermost open block, "" when none is open."""
        return self._blocks[-1][0] if self._blocks else ""

    def holds(self, kind: str) -> bool:
        """Whether a block of a kind is open."""
        return any(block == kind for block, _ in self._blocks)

    def becomes(self, kind: str) -> None:
        """Give the innermost block another kind."""
        self._blocks[-1] = (kind, self._blocks[-1][1])

    def open(self, kind: str, start: int) -> None:
        """Begin a block; TooDeep when too many are open."""
        self._reader.deeper()
        self._blocks.append((kind, self._reader.places[start]))

    def close(self, kind: str, start: int, text: str) -> None:
        """End the innermost block of a kind; any block within it was never closed."""
        if not self.holds(kind):
            self._note(start, f"`{text}` closes nothing")
            return
        while self._blocks:
            self._reader.depth -= 1
            block, _ = self._blocks.pop()
            if block == kind:
                return
            self._note(start, f"`{_NEEDS[block]}` is missing before `{text}`")

    def operator(self, text: str, start: int) -> None:
        """Check that an operator, already read, has a command in front of it."""
        if self._reader.dialect == "zsh":
            return
        if text in CASE_ENDS:
            if self.innermost != "case":
                self._note(start, f"`{text}` outside of `case`")
        elif text != "(" and self._wants_command():
            self._note(start, f"no command before `{text}`")

    def filled(self, start: int, text: str) -> None:
        """Check that `text`, which ends a list of commands, does not stand for one."""
        last = next((t for t in reversed(self._tokens[-2:]) if t.kind != "newline"), None)
        dialect = self._reader.dialect
        if last is None or last.kind not in ("reserved", "operator") or dialect == "zsh":
            return
        empty = last.text in _WANT_COMMAND or last.text == "("
        if (empty and dialect != "mksh") or last.text in _JOINS:
            self._note(start, f"no command before {text}")

    def finish(self) -> None:
        """Check that nothing is open at the end."""
        if self._reader.at >= len(self._reader.text):
            self.filled(self._reader.at, "the end")
        if self._blocks and self.problem is None:
            kind, place = self._blocks[-1]
            self.problem = (place, place + 1, f"`{_NEEDS[kind]}` is missing")

    def _wants_command(self) -> bool:
        last = self._tokens[-1] if self._tokens else None
        if last is None or last.kind in ("newline", "pattern-end"):
            return True
        if last.kind == "reserved":
            return last.text in _WANT_COMMAND
        return last.kind == "operator" and last.text != ")"

    def _note(self, start: int, message: str) -> None:
        if self.problem is None:
            places = self._reader.places
            self.problem = (places[start], places[self._reader.at], message)
