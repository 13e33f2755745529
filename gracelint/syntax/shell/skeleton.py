"""What tree-sitter is given instead of the script: its grammar with nothing else in it."""

from __future__ import annotations

from bisect import bisect_right

from gracelint.base.typed import TYPE_CHECKING
from gracelint.syntax.shell.tokens import CLOSERS

if TYPE_CHECKING:
    from gracelint.syntax.shell.tokens import Token

_NEED_END = frozenset(("then", "elif", "else", "fi", "do", "done", "}"))
_WRITTEN = {"select": "for", "until": "while", "of": "in", ";&": ";;", ";;&": ";;", "|&": "|"}


class Skeleton:
    """A text in which every command is the word `w`, and which token each piece stands for."""

    def __init__(self, tokens: list[Token]) -> None:
        self.pieces: list[str] = []
        self._owners: list[int] = []
        self._starts: list[int] = []
        self._fresh = True  # nothing has to be ended: a command may start here
        self._open = ""  # what may go on without a new piece: "words", "redirects" or nothing
        self.unfinished = False  # a pipeline lacks its last command
        self._prefix: int | None = None  # a `!` or the like that has no command yet
        for index, token in enumerate(tokens):
            self._write(index, token)
        self._empty_prefix()
        self._finish_pipe()
        self.text = " ".join(self.pieces)
        at = 0
        for piece in self.pieces:
            self._starts.append(at)
            at += len(piece) + 1

    def token(self, at: int) -> int:
        """The index of the token whose piece stands at the offset `at`."""
        return self._owners[bisect_right(self._starts, at) - 1]

    def _put(self, index: int, piece: str, *, fresh: bool = False, goes_on: str = "") -> None:
        self.pieces.append(piece)
        self._owners.append(index)
        self._fresh = fresh
        self._open = goes_on
        self._prefix = None

    def _end(self, index: int) -> None:
        """Separate what follows from what stands there, unless that is separate already."""
        self._empty_prefix()
        if not self._fresh:
            self._put(index, ";", fresh=True)

    def _empty_prefix(self) -> None:
        if self._prefix is not None:
            self._put(self._prefix, "w")

    def _finish_pipe(self) -> None:
        """Write the command that is missing behind a `|`.

        The parser looks for it in all of the pipeline, for each of its commands.
        """
        if self.pieces[-1:] == ["|"]:
            self.unfinished = True
            self._put(self._owners[-1], "w")

    def _write(self, index: int, token: Token) -> None:
        match token.kind:
            case "word" | "redirect":
                if self._open != "words" and not (self._open and token.kind == "redirect"):
                    self._put(index, "w", goes_on="words")
            case "test" | "arithmetic" | "unread":
                self._put(index, "w", goes_on="redirects")
            case "newline":
                self._end(index)
            case "reserved":
                self._reserved(index, token.text)
            case "operator":
                self._operator(index, _WRITTEN.get(token.text, token.text))
            case "prefix":
                self._prefix = index
                self._fresh, self._open = True, ""
            case "name":
                self._put(index, "w")
            case _:
                self._pattern(index, token.kind)

    def _pattern(self, index: int, kind: str) -> None:
        if kind == "pattern-end":
            self._put(index, ")", fresh=True)
        elif kind == "pattern" and self.pieces[-1:] != ["p"]:
            self._put(index, "p")

    def _reserved(self, index: int, text: str) -> None:
        if text in _NEED_END:
            self._end(index)
        elif text == "esac" and self.pieces[-1:] != ["in"]:
            self._end_case(index)
        closes = text in CLOSERS
        self._put(
            index, _WRITTEN.get(text, text) or "w", fresh=not closes, goes_on="redirects" * closes
        )
        if text == "in":
            self._put(index, "w")

    def _operator(self, index: int, text: str) -> None:
        if text == ";;":
            self._end_case(index)
        elif text == "(":
            self._put(index, text, fresh=True)
        elif text == ")":
            self._end(index)
            self._finish_pipe()
            self._put(index, text, goes_on="redirects")
        else:
            self._empty_prefix()
            self._put(index, text, fresh=True)

    def _end_case(self, index: int) -> None:
        """Write `;;` once, in the place of a `;` that a line's end has left."""
        self._empty_prefix()
        if self.pieces and self.pieces[-1] == ";":
            self.pieces.pop()
            self._owners.pop()
        if not self.pieces or self.pieces[-1] != ";;":
            self._put(index, ";;", fresh=True)
