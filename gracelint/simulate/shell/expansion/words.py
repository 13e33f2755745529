"""Word expansion: from the words of a shell tree to arguments, as far as the files tell them.

What needs the output of another process raises `Unanswered`. All else is worked out at once.
"""

from __future__ import annotations

from gracelint.base import patterns
from gracelint.base.facts import GAP, Word
from gracelint.base.typed import TYPE_CHECKING
from gracelint.base.values import replace
from gracelint.simulate import braces
from gracelint.simulate.shell.expansion import listing, parameters
from gracelint.simulate.shell.expansion.parameters import MAX_VALUE
from gracelint.simulate.shell.state import Exit, Unanswered
from gracelint.simulate.world import notes_of
from gracelint.syntax.shell import tree

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from gracelint.base.source import Span
    from gracelint.simulate.shell.state import Shell

MAX_FIELDS = 1_000
"""More arguments than this in one list count as unknown."""

WORDS_A_STEP = 16
"""So many arguments, or parts of one, are as much work as a step."""

_LONG = "it is too long to be followed"
_WRITTEN = "the script that writes it does not tell"
_SPACE = " \t\n"


class _Fields:
    """Arguments under construction: pieces of text are added, split where the shell splits."""

    def __init__(self, span: Span, ifs: str = _SPACE) -> None:
        self.span = span
        self.ifs = ifs
        self.done: list[Word] = []
        self.pieces: list[str | None] = []
        self.reason = ""
        self.many = False
        self.open = False
        self.single: Word | None = None

    def text(self, value: str) -> None:
        """Characters that are not split."""
        self.pieces.append(value)
        self.open, self.single = True, None

    def split(self, value: str) -> None:
        """Characters that are split at blanks, or at those that IFS has instead."""
        if len(value) > MAX_VALUE or len(self.done) > MAX_FIELDS:
            self.unknown(_LONG, many=True)
            return
        if value[:1] in tuple(self.ifs) and self.open:
            self.close()
        words = value.split() if self.ifs == _SPACE else fields(value, self.ifs)
        for index, word in enumerate(words):
            if index:
                self.close()
            self.text(word)
        if words and value[-1] in self.ifs:
            self.close()

    def unknown(self, reason: str, *, many: bool) -> None:
        """A part that the files do not tell."""
        self.pieces.append(None)
        self.reason = self.reason or reason
        self.many = self.many or many
        self.open, self.single = True, None

    def word(self, word: Word) -> None:
        """A whole argument from elsewhere; keeps its place when nothing else joins it."""
        fresh = not self.open
        if word.value is None:
            self.unknown(word.reason, many=word.many)
        else:
            self.text(word.value)
        if fresh:
            self.single = word

    def close(self) -> None:
        """End the argument under construction."""
        if not self.open:
            return
        if self.single is not None:
            self.done.append(self.single)
        elif None in self.pieces:
            self.done.append(Word(None, self.span, reason=self.reason, many=self.many))
        else:
            value = "".join(p for p in self.pieces if p is not None)
            fits = len(value) <= MAX_VALUE
            self.done.append(Word(value if fits else None, self.span, reason="" if fits else _LONG))
        self.pieces, self.reason, self.many = [], "", False
        self.open, self.single = False, None


def fields(text: str, separators: str, most: int = 0) -> list[str]:
    """Fields between the characters of IFS: blanks count once, each of the others by itself.

    most: the last of so many takes what is left, as `read` does it, but for the end of a single
    field; 0: no limit.
    """
    blanks = "".join(c for c in separators if c in _SPACE)
    rest = text.strip(blanks)
    pieces: list[str] = []
    while rest and (not most or len(pieces) < most - 1):
        at = next((i for i, c in enumerate(rest) if c in separators), None)
        if at is None:
            break
        pieces.append(rest[:at])
        rest = rest[at:].lstrip(blanks)
        if rest[:1] and rest[0] in separators:
            rest = rest[1:].lstrip(blanks)
    if most and len(left := fields(rest, separators)) == 1:
        return [*pieces, *left]
    return [*pieces, rest] if rest else pieces


def _ifs(shell: Shell) -> str:
    """The characters at which values are split."""
    word = shell.vars.values.get("IFS")
    return _SPACE if word is None or word.value is None else word.value


def expand(shell: Shell, words: Sequence[tree.Words]) -> tuple[Word, ...]:
    """The arguments that several words give."""
    out: list[Word] = []
    notes = notes_of(shell.script)
    for word in words:
        _, literal, globs = notes.word(word)
        if literal is not None and not globs:
            out.append(literal)
            continue
        values = _fields(shell, word) if literal is None else [literal]
        if globs and "f" not in shell.options:
            values = _paths(shell, word) or _unmatched(shell, values)
        out += values
    shell.kernel.steps += len(out) // WORDS_A_STEP
    return tuple(out)


def _unmatched(shell: Shell, values: list[Word]) -> list[Word]:
    """A pattern that no file in sight matches stands for itself, in bash with `nullglob` for
    nothing. What lies in a folder that nothing in sight fills is taken to be nothing there as well.
    """
    known = all(word.value is not None for word in values)
    return [] if "nullglob" in shell.options and known else values


def _paths(shell: Shell, words: tree.Words) -> list[Word]:
    """The files in sight that a pattern stands for."""
    hits = listing.matching(shell, pattern(shell, words) or "")
    return [Word(path, shell.span(words)) for path in hits[:MAX_FIELDS]]


def targets(shell: Shell, redirects: Sequence[tree.Redirect]) -> tuple[Word | None, ...]:
    """What redirections name; None for a here-document. Process substitutions start here."""
    if not redirects:
        return ()
    return tuple(None if r.target is None else single(shell, r.target) for r in redirects)


def _fields(shell: Shell, words: tree.Words) -> list[Word]:
    if len(words.parts) == 1 and getattr(words.parts[0], "quoted", False):
        alone = _alone(shell, words)
        if alone is not None:
            return [alone]
    each: Sequence[Sequence[tree.Part]] | None = [words.parts]
    if shell.script.dialect not in braces.WITHOUT and braces.written(words):
        each = braces.expanded(words)
    if each is None:
        return [Word(None, shell.span(words), reason=_LONG, many=True)]
    out = _Fields(shell.span(words), _ifs(shell))
    for parts in each:
        shell.kernel.steps += len(parts) // WORDS_A_STEP  # again for each answer it waits for
        for part in parts:
            _part(shell, part, out, split=True)
        out.close()
    return out.done


def single(shell: Shell, words: tree.Words | None) -> Word:
    """The one value of a word where nothing is split: an assignment, a `case` subject."""
    if words is None:
        return Word("")
    literal = notes_of(shell.script).word(words)[1] or _alone(shell, words)
    if literal is not None:
        return literal
    out = _Fields(shell.span(words), _ifs(shell))
    shell.kernel.steps += len(words.parts) // WORDS_A_STEP
    for part in words.parts:
        _part(shell, part, out, split=False)
    out.close()
    if len(out.done) > 1:
        return _joined(out.done)
    return out.done[0] if out.done else Word("", out.span)


def _alone(shell: Shell, words: tree.Words) -> Word | None:
    """The value of a word that is one parameter, as most are, where nothing is split.

    None: it is another, or has to be put together.
    """
    part = words.parts[0] if len(words.parts) == 1 else None
    if (
        not isinstance(part, tree.Parameter)
        or part.operator not in _DEFAULTED
        or part.index is not None
        or part.name in {"@", "*"}
        or part.name in shell.vars.refs
        or shell.kind.dialect == "zsh"
        or (part.argument is not None and any(map(_is_list, part.argument.parts)))
    ):
        return None
    word = parameters.value(shell, part)
    if part.operator and (word is None or (part.operator == ":-" and word.value == "")):
        return single(shell, part.argument)
    return Word("", shell.span(words)) if word is None else word


_DEFAULTED = frozenset({"", "-", ":-"})


def partial(shell: Shell, words: tree.Words) -> str:
    """A word's value with GAP for what is not known, where nothing is split."""
    values = []
    for part in words.parts:
        out = _Fields(shell.span(words), _ifs(shell))
        _part(shell, part, out, split=False)
        out.close()
        values.append(_joined(out.done).value if out.done else "")
    return "".join(GAP if value is None else value for value in values)


def escaped(value: str) -> str:
    """Text that stands for itself in a pattern."""
    return "".join("\\" + c if c in "*?[(\\" else c for c in value)


def pattern(shell: Shell, words: tree.Words, escaped: Callable[[str], str] = escaped) -> str | None:
    """A word as a pattern: quoted characters are escaped. None: unknown."""
    out: list[str] = []
    shell.kernel.steps += len(words.parts) // WORDS_A_STEP
    for part in words.parts:
        if isinstance(part, tree.Chars):
            if GAP in part.value:
                return None
            out.append(escaped(part.value) if part.quoted else part.value)
            continue
        fields_ = _Fields(shell.span(words), _ifs(shell))
        _part(shell, part, fields_, split=False)
        fields_.close()
        value = _joined(fields_.done).value if fields_.done else ""
        if value is None:
            return None
        out.append(escaped(value) if getattr(part, "quoted", False) else value)
    return "".join(out)


def _joined(words: Sequence[Word], glue: str = " ") -> Word:
    if any(w.value is None for w in words):
        reason = next(w.reason for w in words if w.value is None)
        return Word(None, words[0].span, reason=reason)
    return Word(glue.join(w.plain for w in words), words[0].span)


def _part(shell: Shell, part: tree.Part, out: _Fields, *, split: bool) -> None:
    match part:
        case tree.Chars() if GAP in part.value:
            out.unknown(_WRITTEN, many=False)
        case tree.Chars():
            out.text(part.value)
        case tree.Parameter():
            _parameter(shell, part, out, split=split)
        case tree.Substitution():
            _value(_answer(shell, part), out, split=split and not part.quoted)
        case tree.ProcessSubstitution():
            out.text(_answer(shell, part).value or "")
        case tree.Arithmetic():
            out.word(_computed(shell, part))
        case _:
            out.unknown("this expansion is not understood", many=True)


def _answer(shell: Shell, part: tree.Substitution | tree.ProcessSubstitution) -> Word:
    word = shell.answers.get(id(part))
    if word is None:
        raise Unanswered(part)
    return word


def _computed(shell: Shell, part: tree.Arithmetic) -> Word:
    """The value of `$((…))`, whose assignments are carried out once."""
    from gracelint.simulate.shell.expansion import arithmetic

    word = shell.answers.get(id(part))
    if word is None:
        value = arithmetic.value(part.expression, shell)
        reason = f"the files do not tell `$(({part.expression}))`"
        word = Word(None, reason=reason) if value is None else Word(str(value))
        shell.answers[id(part)] = word
    return word


def _value(word: Word, out: _Fields, *, split: bool) -> None:
    """Add a value: as a whole, or split at blanks."""
    if not split:
        out.word(word)
    elif word.value is None:
        out.unknown(word.reason, many=True)
    elif word.value and not set(word.value) & set(out.ifs):
        out.word(word)
    else:
        out.split(word.value)


def _parameter(shell: Shell, part: tree.Parameter, out: _Fields, *, split: bool) -> None:
    if _is_bad(shell.kind.dialect, part):
        raise Exit(2)
    if part.name in shell.vars.refs:
        part = replace(part, name=shell.vars.refs[part.name])
    if shell.kind.dialect == "zsh":  # which splits no value, and means all of an array
        split = split and part.name in {"@", "*"}
        if part.index is None and not part.operator and part.name in shell.vars.arrays:
            part, split = replace(part, index="@"), True
    if part.operator[:1] == "!":
        _indirect(shell, part, out, split=split)
        return
    _direct(shell, part, out, split=split)


def _indirect(shell: Shell, part: tree.Parameter, out: _Fields, *, split: bool) -> None:
    """`${!name:-word}`: the same of the parameter that `name` holds the name of."""
    named = parameters.value(shell, replace(part, operator="", argument=None))
    if named is None or named.value is None:
        out.unknown(f"the files do not tell `${{!{part.name}}}`", many=not part.quoted)
        return
    target = replace(part, name=named.value, operator=part.operator[1:], index=None)
    _direct(shell, target, out, split=split)


def _direct(shell: Shell, part: tree.Parameter, out: _Fields, *, split: bool) -> None:
    if part.name in {"@", "*"} or part.index in {"@", "*"}:
        if not part.operator:
            _all(shell, part, out, split=split)
            return
        if part.operator in {":+", "+", ":-", "-"}:
            values = parameters.many(shell, part)
            is_set = bool(values) if values is not None else None
            _alternative(shell, part, out, is_set, split=split)
            return
        if part.operator not in {"length", "indirect"}:
            _each(shell, part, out, split=split)
            return
        if part.operator == "indirect" and part.index is not None:
            _list(shell, part, parameters.keys(shell, part.name), out, split=split)
            return
    word = parameters.value(shell, part)
    if part.operator in {"", "indirect"}:
        if word is not None or part.quoted:
            _value(word or Word("", out.span), out, split=split and not part.quoted)
        return
    _operated(shell, part, word, out, split=split)


_BASH_ONLY = frozenset({"^", "^^", ",", ",,", "@", "indirect"})
_NOT_IN_DASH = _BASH_ONLY | {":", "/", "//"}


def _is_bad(dialect: tree.Dialect, part: tree.Parameter) -> bool:
    """Whether it is a "bad substitution", at which a shell without arrays ends."""
    operator = "indirect" if part.operator[:1] == "!" else part.operator
    if dialect == "posix":
        return part.index is not None or operator in _NOT_IN_DASH
    return dialect == "ash" and (part.index is not None or operator in _BASH_ONLY)


def _all(shell: Shell, part: tree.Parameter, out: _Fields, *, split: bool) -> None:
    """`$@`, `$*`, `${a[@]}`."""
    _list(shell, part, parameters.many(shell, part), out, split=split)


def _each(shell: Shell, part: tree.Parameter, out: _Fields, *, split: bool) -> None:
    """`${@:2}`, `${a[@]#p}`, `${*/a/b}`: a part of the list, or each of its values changed."""
    values = parameters.many(shell, part)
    if values is not None and part.operator == ":" and part.argument is not None:
        values = _sublist(shell, part, values)
    elif values is not None:
        changed = [_changed(shell, part, word.value) for word in values]
        whole = None not in changed
        values = [Word(text, out.span) for text in changed] if whole else None
    _list(shell, part, values, out, split=split)


def _sublist(shell: Shell, part: tree.Parameter, values: Sequence[Word]) -> Sequence[Word] | None:
    """Elements by their numbers: `$@` counts from 1, and 0 is the script itself."""
    bounds = _bounds(shell, part.argument)
    if bounds is None or any(w.many for w in values):
        return None
    start, length = bounds
    if part.name in {"@", "*"}:
        values = [shell.name, *values]
        if start < 0:
            start += len(values)
    elif start < 0:
        start += len(values)
    if start < 0 or (length is not None and length < 0):
        return []
    return values[start:] if length is None else values[start : start + length]


def _list(
    shell: Shell,
    part: tree.Parameter,
    values: Sequence[Word] | None,
    out: _Fields,
    *,
    split: bool,
) -> None:
    if values is None:
        out.unknown(f"the files do not tell `${part.name}`", many=True)
        return
    if len(values) + len(out.done) > MAX_FIELDS:
        out.unknown(_LONG, many=True)
        return
    if part.quoted and "*" in {part.name, part.index}:
        glue = _ifs(shell)[:1]
        _value(_joined(values, glue) if values else Word("", out.span), out, split=False)
        return
    for index, word in enumerate(values):
        if index and split:
            out.close()
        _value(word, out, split=split and not part.quoted)


def _alternative(
    shell: Shell, part: tree.Parameter, out: _Fields, is_set: bool | None, *, split: bool
) -> None:
    """`${@:-word}` and `${@:+word}`."""
    if is_set is None:
        out.unknown(f"the files do not tell `${part.name}`", many=True)
    elif is_set == (part.operator in {":+", "+"}):
        _argument(shell, part, out, split=split)
    elif is_set:
        _all(shell, part, out, split=split)


def _argument(shell: Shell, part: tree.Parameter, out: _Fields, *, split: bool) -> None:
    if part.argument is None:
        return
    if not split or (part.quoted and not any(map(_is_list, part.argument.parts))):
        word = single(shell, part.argument)
        out.word(word)
        return
    for inner in part.argument.parts:
        if part.quoted:
            _part(shell, _as_quoted(inner), out, split=_is_list(inner))
        elif isinstance(inner, tree.Chars) and not inner.quoted:
            out.split(inner.value)
        else:
            _part(shell, inner, out, split=True)


def _is_list(part: tree.Part) -> bool:
    """Whether it is `$@` or all of an array, of which each stays an argument between quotes."""
    return isinstance(part, tree.Parameter) and "@" in {part.name, part.index}


def _as_quoted(part: tree.Part) -> tree.Part:
    return replace(part, quoted=True) if isinstance(part, tree.Parameter) else part


def _operated(
    shell: Shell, part: tree.Parameter, word: Word | None, out: _Fields, *, split: bool
) -> None:
    operator = part.operator
    empty_counts = operator.startswith(":") and operator != ":"
    absent = word is None or (empty_counts and word.value == "")
    if operator in {":-", "-", ":=", "=", ":?", "?"}:
        if not absent:
            _value(word or Word(""), out, split=split and not part.quoted)
        elif operator in {":?", "?"}:
            _missing(shell, part)
        else:
            _argument(shell, part, out, split=split)
            if "=" in operator:
                shell.vars.assign(part.name, single(shell, part.argument))
        return
    if operator in {":+", "+"}:
        if not absent:
            _argument(shell, part, out, split=split)
        return
    changed = _transformed(shell, part, word)
    if changed is None:
        out.unknown(f"the files do not tell `${{{part.name}{operator}…}}`", many=not part.quoted)
    else:
        _value(Word(changed, out.span), out, split=split and not part.quoted)


def _missing(shell: Shell, part: tree.Parameter) -> None:
    """`${x:?message}` of something unset: a non-interactive shell ends."""
    if part.name.isdigit() or part.name in {"@", "*", "#"}:
        raise Exit(1)
    shell.world.scripts.required[part.name] = None
    shell.vars.assign(part.name, Word(None, reason=f"`${part.name}` has to be set from outside"))


def _transformed(shell: Shell, part: tree.Parameter, word: Word | None) -> str | None:
    """`${#x}`, `${x#p}`, `${x/p/r}`, `${x:a:b}`, `${x^^}`; None: unknown."""
    if part.operator == "length" and (part.name in {"@", "*"} or part.index in {"@", "*"}):
        values = parameters.many(shell, part)
        if values is None or any(v.many for v in values):
            return None
        if shell.kind.dialect == "posix":  # there it is as long as `$*`
            whole = _joined(values, _ifs(shell)[:1]).value if values else ""
            return None if whole is None else str(len(whole))
        return str(len(values))
    text = "" if word is None else word.value
    return (
        str(len(text))
        if part.operator == "length" and text is not None
        else _changed(shell, part, text)
    )


def _changed(shell: Shell, part: tree.Parameter, text: str | None) -> str | None:
    """One value after an operator other than those about unset ones; None: unknown."""
    if text is None:
        return None
    match part.operator:
        case "^^" | ",,":
            return text.upper() if part.operator == "^^" else text.lower()
        case "^" | ",":
            head = text[:1].upper() if part.operator == "^" else text[:1].lower()
            return head + text[1:]
        case "#" | "##" | "%" | "%%" if part.argument is not None:
            cut_by = pattern(shell, part.argument)
            return None if cut_by is None else patterns.cut(text, cut_by, part.operator)
        case "/" | "//" if part.argument is not None:
            return _replaced(shell, part, text)
        case ":":
            return _slice(text, _bounds(shell, part.argument))
        case "@" if part.argument is not None:
            return _spelt(text, part.argument.literal)
        case _:
            return None


def _bounds(shell: Shell, argument: tree.Words | None) -> tuple[int, int | None] | None:
    """Offset and length of `${x:offset:length}`, both arithmetic; None: unknown."""
    from gracelint.simulate.shell.expansion import arithmetic

    if argument is None:
        return None
    text = single(shell, argument).value
    parts = [] if text is None else text.split(":")
    if not 1 <= len(parts) <= 2:
        return None
    numbers = [arithmetic.value(part or "0", shell) for part in parts]
    if None in numbers:
        return None
    return numbers[0] or 0, numbers[1] if len(numbers) == 2 else None


def _slice(text: str, bounds: tuple[int, int | None] | None) -> str | None:
    if bounds is None:
        return None
    start, length = bounds
    start = len(text) + start if start < 0 else start
    if start < 0:
        return ""
    if length is None:
        return text[start:]
    return text[start : start + length] if length >= 0 else text[start:length]


def _replaced(shell: Shell, part: tree.Parameter, text: str) -> str | None:
    """`${x/p/r}`, `${x//p/r}`, `${x/#p/r}`, `${x/%p/r}`."""
    assert part.argument is not None
    before, behind = _halves(part.argument)
    pieces = [pattern(shell, half) for half in (before,)]
    with_ = "" if behind is None else single(shell, behind).value
    wanted = pieces[0]
    if wanted is None or with_ is None:
        return None
    anchor = wanted[:1] if part.operator == "/" and wanted[:1] in {"#", "%"} else ""
    return patterns.replaced(
        text, wanted[len(anchor) :], with_, every=part.operator == "//", anchor=anchor
    )


def _halves(argument: tree.Words) -> tuple[tree.Words, tree.Words | None]:
    """Pattern and replacement, cut at the first slash that is not quoted."""
    for index, part in enumerate(argument.parts):
        if not isinstance(part, tree.Chars) or part.quoted or "/" not in part.value:
            continue
        left, _, right = part.value.partition("/")
        at = part.start + len(left)
        first = (*argument.parts[:index], tree.Chars(part.start, at, left))
        last = (tree.Chars(at + 1, part.end, right), *argument.parts[index + 1 :])
        return (
            tree.Words(argument.start, at, first),
            tree.Words(at + 1, argument.end, last),
        )
    return argument, None


def _spelt(text: str, operator: str | None) -> str | None:
    """`${x@Q}` and its kin."""
    match operator:
        case "Q":
            return "'" + text.replace("'", "'\\''") + "'"
        case "U" | "u" | "L":
            return {"U": text.upper(), "u": text[:1].upper() + text[1:], "L": text.lower()}[
                operator
            ]
        case _:
            return None
