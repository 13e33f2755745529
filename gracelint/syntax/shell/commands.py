"""A shell text as tokens: which words are reserved, what a redirection is, where bodies end.

One `Level` reads the commands of one text: a script, or what stands between `$(` and `)`.
"""

from __future__ import annotations

from gracelint.base import lazy
from gracelint.base.typed import TYPE_CHECKING, ClassVar
from gracelint.syntax.shell.assignments import assignment, declared
from gracelint.syntax.shell.balance import CASE_ENDS, Balance
from gracelint.syntax.shell.conditions import condition
from gracelint.syntax.shell.documents import read_documents
from gracelint.syntax.shell.tokens import Token
from gracelint.syntax.shell.words import Pending, Reader, TooDeep, Unterminated

if TYPE_CHECKING:
    from collections.abc import Callable

    from gracelint.syntax.shell.tokens import Kind
    from gracelint.syntax.shell.tree import Words

_BLANK = lazy.compile(r"(?:[ \t]|\\\n)+")
_OPERATOR = lazy.compile(r";;&|;;|;&|&&|\|\||\|&|[;&|()]")
_COMMANDS = lazy.compile(r"[;\n]|\(\(\s*[./]|[\w)}\"'][ \t]+(?:[\w({$/.\"']|-[A-Za-z])")
_REDIRECT = lazy.compile(
    r"([0-9]{1,9}|\{[A-Za-z_][A-Za-z0-9_]*\})?(<<<|<<-|<<|<>|<&|>\||>>|>&|<|>)|&>>|&>"
)
_PARENTHESES = lazy.compile(r"[ \t]*\([ \t]*\)")
_TIME_OPTION = lazy.compile(r"[ \t]+-p(?=[ \t\n])")
_COPROCESS_NAME = lazy.compile(r"[ \t]+([A-Za-z_][A-Za-z0-9_]*)[ \t]+(?=\{[ \t\n]|\()")
_OPENING = {"if": "if", "while": "loop", "until": "loop", "case": "case", "{": "{"}
_CLOSING = {"fi": "if", "done": "loop", "esac": "case", "}": "{"}
_GOES_ON = frozenset(("then", "elif", "else", "do"))
_RESERVED = frozenset(
    (*_OPENING, *_CLOSING, *_GOES_ON, "for", "select", "!", "time", "coproc", "function")
)


class Level:
    """The tokens of one text, as far as its end or the `)` that closes it.

    expect: what a word would be at the position: "command", "argument", "name" and "in" of a loop,
    "listed", "subject" and "of" of `case`, "pattern", "function".
    """

    def __init__(self, reader: Reader, closing: str) -> None:
        self.reader = reader
        self.closing = closing
        self.tokens: list[Token] = []
        self.balance = Balance(reader, self.tokens)
        self.expect = "command"

    def read(self) -> None:
        """Read to the end; at the outermost level an unreadable rest becomes an unread token."""
        start = self.reader.depth
        outermost = start == 0 and not self.closing
        try:
            while self._next():
                pass
            self.balance.finish()
        except (TooDeep, Unterminated) as problem:
            if not outermost:
                raise
            self._give_up(problem)
        self.reader.depth = start

    def _give_up(self, problem: TooDeep | Unterminated) -> None:
        reader = self.reader
        sure, reason, at = False, "commands nest too deeply to be read", reader.places[reader.at]
        if isinstance(problem, Unterminated):
            sure, reason, at = True, str(problem), problem.start
        begin = self.tokens[-1].end if self.tokens else reader.places[0]
        reader.errors.insert(0, (at, reader.places[-1], reason, sure))
        reader.at = len(reader.text)
        self.tokens.append(Token("unread", min(begin, at), reader.places[-1], reason))

    def _next(self) -> bool:
        """Read one token; False at the end."""
        reader, text = self.reader, self.reader.text
        char = text[reader.at : reader.at + 1]
        if char in " \t\\" and (blank := _BLANK.match(text, reader.at)):
            reader.at = blank.end()
            char = text[reader.at : reader.at + 1]
        if not char:
            return False
        reader.spend()
        if char == "#":
            end = text.find("\n", reader.at)
            reader.at = len(text) if end < 0 else end
        elif char == "\n":
            self._newline()
        elif char in "<>&{0123456789" and self._redirect():
            pass
        elif char in ";&|()":
            return self._operator()
        else:
            self._WORDS.get(self.expect, Level._word)(self)
        return True

    def _place(self, start: int) -> tuple[int, int]:
        return self.reader.places[start], self.reader.places[self.reader.at]

    def _add(self, kind: Kind, start: int, text: str = "", words: tuple[Words, ...] = ()) -> None:
        places = self.reader.places
        self.tokens.append(Token(kind, places[start], places[self.reader.at], text, words))

    def _newline(self) -> None:
        reader, start = self.reader, self.reader.at
        reader.at += 1
        if self.expect not in self._WORDS:
            if self.tokens and not self._behind_head():
                self._add("newline", start)
            self.expect = "command"
        read_documents(reader)

    def _behind_head(self) -> bool:
        last = self.tokens[-1]
        return last.kind == "newline" or (last.kind == "prefix" and last.text.startswith("()"))

    # Operators --------------------------------------------------------------------------------

    def _operator(self) -> bool:
        reader, start = self.reader, self.reader.at
        if self._arithmetic():
            return True
        match = _OPERATOR.match(reader.text, start)
        operator = match[0] if match else reader.text[start]
        if operator == ")":
            return self._close_parenthesis()
        if self.expect == "pattern" and operator in ("(", "|"):
            reader.at += 1
            return True
        reader.at += len(operator)
        self.balance.operator(operator, start)
        self._add("operator", start, operator)
        if operator == "(":
            self.balance.open("(", start)
        self.expect = "command"
        if operator in CASE_ENDS and self.balance.innermost == "case":
            self.expect = "pattern"
        return True

    def _close_parenthesis(self) -> bool:
        start = self.reader.at
        if self.expect == "pattern":
            self.reader.at += 1
            self._add("pattern-end", start, ")")
        elif self.balance.holds("("):
            self.reader.at += 1
            self.balance.filled(start, "`)`")
            self.balance.close("(", start, ")")
            self._add("operator", start, ")")
        elif self.closing:
            self.balance.filled(start, "`)`")
            return False
        else:
            self.reader.at += 1
            self.balance.close("(", start, ")")
            self._add("operator", start, ")")
        self.expect = "command"
        return True

    def _arithmetic(self) -> bool:
        """Read `((…))` where a command or the head of a loop may stand."""
        reader, start = self.reader, self.reader.at
        if not reader.text.startswith("((", start) or self.expect not in ("command", "name"):
            return False
        end = reader.arithmetic_end(start)
        if end is None or (self.expect == "command" and self._is_subshell(start, end)):
            return False
        reader.at = end
        self._add("arithmetic", start, reader.text[start + 2 : end - 2])
        self.expect = "in" if self.expect == "name" else "command"
        return True

    def _is_subshell(self, start: int, end: int) -> bool:
        """Whether `((…))` has commands in it, for a shell to which it is two subshells."""
        if self.reader.dialect not in ("posix", "ash"):
            return False
        return _COMMANDS.search(self.reader.text, start, end - 2) is not None

    # Redirections -----------------------------------------------------------------------------

    def _redirect(self) -> bool:
        reader, start = self.reader, self.reader.at
        match = _REDIRECT.match(reader.text, start)
        if not match or (match[0] in ("&>", "&>>") and reader.dialect == "posix"):
            return False
        if (match[2] or "") in ("<", ">") and reader.text.startswith("(", match.end()):
            return False
        number = match[1] or ""
        operator = match[2] or match[0]
        reader.at = match.end()
        if blank := _BLANK.match(reader.text, reader.at):
            reader.at = blank.end()
        before = reader.at
        target = reader.word()
        if not target.parts:
            reader.errors.append((*self._place(start), f"nothing follows `{operator}`", True))
        self._add("redirect", start, operator, (target,))
        token = self.tokens[-1]
        token.fd = int(number) if number.isdigit() else None
        token.variable = number.strip("{}") if number.startswith("{") else None
        if operator in ("<<", "<<-"):
            self._here_document(token, before)
        if self.expect == "command":
            self.expect = "argument-first"
        return True

    def _here_document(self, token: Token, start: int) -> None:
        word = token.word
        quoted = any(getattr(part, "quoted", True) for part in word.parts)
        literal = word.literal
        delimiter = self.reader.text[start : self.reader.at] if literal is None else literal
        token.document = Pending(delimiter, quoted=quoted, strip=token.text == "<<-")
        self.reader.documents.append(token.document)

    # Words ------------------------------------------------------------------------------------

    def _word(self) -> None:
        reader, start = self.reader, self.reader.at
        first = self.expect == "command"
        if self.expect == "listed":
            self._add_word("listed")
            return
        if plain := reader.plain():
            self._plain_word(plain, start, first=first)
            return
        if first and self._condition():
            return
        given = assignment(reader) if self.expect != "argument" else None
        if given:
            self.tokens.append(Token("word", given.start, given.end, assignment=given))
            self.expect = "argument-first"
            return
        word = declared(reader) or reader.word(negation=not first)
        name = reader.text[start : reader.at]
        if first and self._reserved(name, start):
            return
        if first and word.literal is not None and self._starts_function(name, start):
            return
        self._add("word", start, words=(word,))
        self._skip_stuck(start)
        self.expect = "argument"

    def _plain_word(self, word: Words, start: int, *, first: bool) -> None:
        """A word that stands for itself: no assignment, no list, no `[[`."""
        name = self.reader.text[start : self.reader.at]
        if first and (self._reserved(name, start) or self._starts_function(name, start)):
            return
        self.tokens.append(Token("word", word.start, word.end, "", (word,)))
        self.expect = "argument"

    def _starts_function(self, name: str, start: int) -> bool:
        """Read the parentheses behind a function's name, if there are any."""
        parentheses = _PARENTHESES.match(self.reader.text, self.reader.at)
        if parentheses:
            self.reader.at = parentheses.end()
            self._head(name, start)
        return parentheses is not None

    def _skip_stuck(self, start: int) -> None:
        """Never stay at one place: a character that no word holds is left out with an error."""
        if self.reader.at == start:
            self.reader.at += 1
            self.reader.errors.append((*self._place(start), "this character is not read", False))

    def _add_word(self, kind: Kind) -> None:
        start = self.reader.at
        word = self.reader.word()
        self._skip_stuck(start)
        self._add(kind, start, self.reader.text[start : self.reader.at], (word,))

    def _head(self, name: str, start: int) -> None:
        """The head of a function definition."""
        self._add("prefix", start, "() " + name)
        self.expect = "command"

    def _condition(self) -> bool:
        reader, start = self.reader, self.reader.at
        words = condition(reader)
        if words is None:
            return False
        self._add("test", start, words=words)
        return True

    def _reserved(self, name: str, start: int) -> bool:
        """Take a word as a reserved one, if it is."""
        if name not in _RESERVED:
            return False
        if name == "{" and self.balance.innermost == "for":
            self._add("reserved", start, "do")
            self.balance.becomes("for{")
        elif name in _OPENING:
            self._add("reserved", start, name)
            self.balance.open(_OPENING[name], start)
            self.expect = "subject" if name == "case" else "command"
        elif name in _CLOSING:
            self.balance.filled(start, f"`{name}`")
            self._closer(name, start)
        elif name in _GOES_ON:
            self.balance.filled(start, f"`{name}`")
            self._add("reserved", start, name)
            if name == "do" and self.balance.innermost == "for":
                self.balance.becomes("loop")
        elif name in ("for", "select"):
            self._add("reserved", start, name)
            self.balance.open("for", start)
            self.expect = "name"
        else:
            return self._prefix(name, start)
        return True

    def _closer(self, name: str, start: int) -> None:
        if name == "}" and self.balance.innermost == "for{":
            self.balance.close("for{", start, name)
            self._add("reserved", start, "done")
            return
        self.balance.close(_CLOSING[name], start, name)
        self._add("reserved", start, name)

    def _prefix(self, name: str, start: int) -> bool:
        dialect, reader = self.reader.dialect, self.reader
        if name == "!":
            self._add("prefix", start, name)
        elif name == "time" and dialect in ("bash", "mksh", "zsh"):
            if option := _TIME_OPTION.match(reader.text, reader.at):
                reader.at = option.end()
            self._add("prefix", start, name)
        elif name == "coproc" and dialect in ("bash", "zsh"):
            given = _COPROCESS_NAME.match(reader.text, reader.at)
            reader.at = given.end() if given else reader.at
            self._add("prefix", start, "coproc " + (given[1] if given else "COPROC"))
        elif name == "function" and not _PARENTHESES.match(reader.text, reader.at):
            self.expect = "function"
        else:
            return False
        return True

    def _function_name(self) -> None:
        start = self.reader.at
        self.reader.word()
        self._skip_stuck(start)
        name = self.reader.text[start : self.reader.at]
        if parentheses := _PARENTHESES.match(self.reader.text, self.reader.at):
            self.reader.at = parentheses.end()
        self._head(name, start)

    def _loop_name(self) -> None:
        self._add_word("name")
        self.expect = "in"

    def _loop_in(self) -> None:
        """The word behind a loop's variable: `in`, `do` or `{`."""
        start = self.reader.at
        self.reader.word()
        name = self.reader.text[start : self.reader.at]
        if name == "in":
            self._add("reserved", start, name)
            self.expect = "listed"
            return
        self.reader.at = start
        self.expect = "command"
        self._word()

    def _subject(self) -> None:
        self._add_word("name")
        self.expect = "of"

    def _case_in(self) -> None:
        start = self.reader.at
        self.reader.word()
        self._skip_stuck(start)
        written = self.reader.text[start : self.reader.at] == "in"
        self._add("reserved", start, "of" if written else "")
        self.expect = "pattern"

    def _pattern(self) -> None:
        start = self.reader.at
        previous = self.tokens[-1]
        word = self.reader.word()
        name = self.reader.text[start : self.reader.at]
        if name == "esac" and previous.kind != "pattern":
            self._closer(name, start)
            self.expect = "command"
            return
        self._skip_stuck(start)
        self._add("pattern", start, words=(word,))

    _WORDS: ClassVar[dict[str, Callable[[Level], None]]] = {
        "name": _loop_name,
        "in": _loop_in,
        "subject": _subject,
        "of": _case_in,
        "pattern": _pattern,
        "function": _function_name,
    }
    """What is read where something else than a word of a command is expected."""
