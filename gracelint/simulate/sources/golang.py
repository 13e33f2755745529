"""Go programs in sight: what becomes of a signal that they take, and the program that one starts.

Sources of programs that use packages of others are searched, not played: only plain forms are
told, all else is as if nothing were known.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from gracelint.base import lazy, signals
from gracelint.base.facts import Unknown, Word
from gracelint.model.entries import Reaction, Wrapped

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from gracelint.base.source import Text

_STARTS = lazy.compile(r"\b(?:exec\s*\.\s*Command(Context)?|(syscall|unix)\s*\.\s*Exec)\s*\(")
_KEPT = lazy.compile(r"(?<![\w.])([\w.]+)\s*:?=\s*exec\s*\.\s*Command(?:Context)?\s*\(")
_NOTIFY = lazy.compile(r"\bsignal\s*\.\s*Notify\s*\(\s*(\w+)\s*,")
_IGNORES = lazy.compile(r"\bsignal\s*\.\s*Ignore\s*\(")
_INSTALLS = lazy.compile(r"\bsignal\s*\.\s*Notify(?:Context)?\s*\(")
_FORWARDS = lazy.compile(
    r"\.\s*Process\s*\.\s*Signal\s*\((?!\s*syscall\s*\.\s*Signal\s*\(\s*0\b)"
    r"(?:\s*\w+\s*\.\s*(\w+)\s*\))?|\bsyscall\s*\.\s*Kill\s*\("
)
_OF_OS = {"Interrupt": "INT", "Kill": "KILL"}
_ENDS = lazy.compile(
    r"\bos\s*\.\s*Exit\s*\(|\blog\s*\.\s*Fatal|\.\s*Process\s*\.\s*Kill\s*\(|\bcancel\s*\(\s*\)"
)
_LEAVES = lazy.compile(r"\bos\s*\.\s*Exit\s*\(|\blog\s*\.\s*Fatal")
_WAITS = lazy.compile(r"\.\s*(?:Wait|Run|Output|CombinedOutput)\s*\(\s*\)")
_LOOP = lazy.compile(r"\bfor\s+(?:\w[\w, ]{0,100}(?::=|=)\s*)?range\s+(\w+)\s*\{")
_LOGS = lazy.compile(r"\s*(?:(?:log|fmt|slog|logger|logrus)\s*\.\s*)?[Pp]rint(?:ln|f)?\s*\(.*\)\s*")
_ARGUMENTS = lazy.compile(r"os\s*\.\s*Args\s*\[\s*(\d{1,4})\s*(:)?\s*\]\s*(\.\.\.)?")
MAX_ARGUMENTS = 50
_PUT_TOGETHER = "what it starts is put together by the program"


def reaction(call: str, text: str) -> Reaction:
    """What a program does with a signal that the call `signal.…(` takes; text: its file, bare."""
    if _IGNORES.match(call):
        return Reaction.NOTHING
    match = _NOTIFY.match(call)
    if match is None:
        return Reaction.GRACEFUL
    name = match[1]
    if not re.search(rf"\b{name}\b[^\n=]*=\s*make\(\s*chan\b", text):
        return Reaction.GRACEFUL
    rest = len(re.findall(rf"\b{name}\b", text)) - len(
        re.findall(rf"\b{name}\s*:?=\s*make\(|\bsignal\s*\.\s*Notify\s*\(\s*{name}\b", text)
    )
    return Reaction.NOTHING if rest <= 0 or _only_logs(name, text) else Reaction.GRACEFUL


def _only_logs(name: str, text: str) -> bool:
    """Whether a channel's one reader is a loop that writes a line for each signal."""
    loops = [m for m in _LOOP.finditer(text) if m[1] == name]
    if len(loops) != 1 or re.search(rf"<-\s*{name}\b", text):
        return False
    body = text[loops[0].end() :].partition("}")[0]
    lines = [line for line in body.splitlines() if line.strip()]
    return all(_LOGS.fullmatch(line) for line in lines)


def launcher(sources: Sequence[tuple[Text, str]], args: Sequence[Word]) -> Wrapped | Unknown | None:
    """What a program starts and leaves the work to; None where it does not show, Unknown where it
    does and only what becomes of a signal is open.

    sources: its files, each with its text without comments and long texts. args: what it is
    started with.
    """
    calls = [(text, match) for text, bare in sources for match in _STARTS.finditer(bare)]
    whole = "\n".join(bare for _, bare in sources)
    lasting = _lasting(whole)
    if len(sources) > 1 and not lasting:
        return None  # a large program that also runs another now and then
    if len(calls) != 1:
        return Unknown("it starts several programs") if lasting else None
    text, call = calls[0]
    words = [word for word in _arguments(text.text, call.end()) if word]
    if call[1]:
        words = words[1:]
    if call[2]:
        argv = _replaced(text, words, args, call.start())
        return _wrapped("exec", argv, args) if argv else Unknown(_PUT_TOGETHER)
    argv = _words(text, words, args, call.start())
    if lasting and argv is None:
        first = _words(text, words[:1], args, call.start())
        argv = first and [*first, Word(None, first[0].span, many=True)]
    if not argv:
        return Unknown(_PUT_TOGETHER) if lasting else None
    if _WAITS.search(whole):
        return _waiting(whole, argv, args, in_context=bool(call[1]))
    if lasting and _FORWARDS.search(whole):
        return Unknown(f"whether it waits for `{argv[0].value}` is not seen")
    return _wrapped("die", argv, args) if lasting else None


def _lasting(bare: str) -> bool:
    """Whether a program that it starts may go on beside it."""
    names = {re.escape(name) for name in _KEPT.findall(bare)}
    starts = rf"(?<![\w.])(?:{'|'.join(sorted(names))})\s*\.\s*Start\s*\("
    return bool(names and re.search(starts, bare))


def _waiting(
    bare: str, argv: list[Word], args: Sequence[Word], *, in_context: bool
) -> Wrapped | Unknown:
    """One that waits for what it has started.

    in_context: whether the end of a context kills that.
    """
    calls = [bare[m.start() :] for p in (_INSTALLS, _IGNORES) for m in p.finditer(bare)]
    handled = [call for call in calls if reaction(call, bare) != Reaction.NOTHING]
    if not handled:
        return _wrapped("forward", argv, args, "") if calls else _wrapped("die", argv, args)
    started = argv[0].value or "what it starts"
    if _FORWARDS.search(bare):
        if any(_leaves(bare, match.end()) for match in _FORWARDS.finditer(bare)):
            return Unknown(f"its source does not show what its handler does about `{started}`")
        return _wrapped("forward", argv, args, _sent(bare))
    if all(_ends(call, bare, in_context=in_context) for call in handled):
        return _wrapped("die", argv, args)
    return Unknown(f"its source does not show what its handler does about `{started}`")


def _leaves(bare: str, at: int) -> bool:
    """Whether the program ends behind a place, before it waits there."""
    behind = bare[at:].partition("}")[0]
    end = _LEAVES.search(behind)
    start = bare.rfind("\nfunc ", 0, at)
    before = bare[max(start, 0) : at]
    if before.startswith("\nfunc main(") and before.count("{") - before.count("}") == 1:
        rest = bare[at:].partition("\n}")[0]
        return "<-" not in rest and not _WAITS.search(rest)  # main returns
    return end is not None and not _WAITS.search(behind[: end.start()])


def _sent(bare: str) -> str | None:
    """The one signal that is passed on whatever has come; None where that is the same one."""
    names = {m[1] for m in _FORWARDS.finditer(bare)}
    name = names.pop() if len(names) == 1 else None
    return _OF_OS.get(name) or signals.parse(name) if name else None


def _ends(call: str, bare: str, *, in_context: bool) -> bool:
    """Whether a handler ends the program, or what it has started, at once."""
    match = _NOTIFY.match(call)
    if match is None:
        return in_context
    received = re.finditer(rf"<-\s*{match[1]}\b|\brange\s+{match[1]}\b", bare)
    return any(_ENDS.search(bare[m.end() :].partition("}")[0]) for m in received)


def _wrapped(
    behaviour: Any, argv: list[Word], args: Sequence[Word], sent: str | None = None
) -> Wrapped:
    """sent: what TERM and INT become, "" for nothing; None: they stay what they are."""
    name, source = (args[0].value or "").rpartition("/")[2], "the Go source in sight"
    rewrite = {} if sent is None else {"TERM": sent, "INT": sent}
    return Wrapped(name, "wrapper", behaviour, source, inner=tuple(argv), rewrite=rewrite)


def _arguments(text: str, at: int) -> Iterator[str]:
    """The arguments of a call whose parenthesis is open before `at`."""
    depth, start, quote = 0, at, ""
    for end in range(at, min(len(text), at + 2000)):
        char = text[end]
        if quote:
            quote = "" if char == quote and text[end - 1] != "\\" else quote
        elif char in '"`':
            quote = char
        elif char in "([{":
            depth += 1
        elif char in ")]}" and depth:
            depth -= 1
        elif (char == "," and not depth) or char == ")":
            yield text[start:end].strip()
            start = end + 1
            if char == ")":
                return


def _replaced(text: Text, words: list[str], args: Sequence[Word], at: int) -> list[Word] | None:
    """What `Exec(path, argv, env)` turns the program into; its own name does not count."""
    if len(words) != 3:
        return None
    match = _ARGUMENTS.fullmatch(words[1])
    inner = [words[1]] if match and match[2] else _listed(words[1])
    path = _words(text, words[:1], args, at)
    argv = None if inner is None else _words(text, inner, args, at)
    return None if not path or argv is None else [*path, *argv[1:]]


def _listed(text: str) -> list[str] | None:
    """The elements of `[]string{…}`."""
    match = re.fullmatch(r"\[\]string\s*\{(.*)\}", text, re.DOTALL)
    return None if match is None else list(_arguments(match[1] + ")", 0))


def _words(text: Text, items: list[str], args: Sequence[Word], at: int) -> list[Word] | None:
    """Literals and the program's own arguments; None where one is anything else."""
    words: list[Word] = []
    span = text.span(at, at + 1)
    for item in filter(None, items[:MAX_ARGUMENTS]):
        match = _ARGUMENTS.fullmatch(item)
        if match is not None:
            first = int(match[1])
            words += args[first:] if match[2] else args[first : first + 1]
        elif (value := _literal(item)) is not None:
            words.append(Word(value, span))
        else:
            return None
    return words


def _literal(item: str) -> str | None:
    if len(item) > 1 and item[0] == item[-1] == "`":
        return item[1:-1]
    if len(item) > 1 and item[0] == item[-1] == '"':
        try:
            return str(json.loads(item))
        except ValueError:
            return None
    return None
