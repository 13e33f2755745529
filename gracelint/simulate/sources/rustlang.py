"""Rust programs in sight that start another and leave the work to it.

Rust sources are searched, not played: only plain forms of the standard library are told.
"""

from __future__ import annotations

import re
from itertools import islice
from typing import TYPE_CHECKING, Literal

from gracelint.base import lazy
from gracelint.base.facts import Unknown, Word
from gracelint.model.entries import Wrapped
from gracelint.simulate.sources.scan import LONGEST, braced

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from gracelint.base.source import Text

_STARTS = lazy.compile(r"\bCommand\s*::\s*new\s*\(")
_PLAIN = lazy.compile(r'\s*"((?:[^"\\\n]|\\.)*)"\s*\)')
_NEXT = lazy.compile(r"\s*\.\s*(\w+)\s*\(")
_TEXT = lazy.compile(r'"((?:[^"\\\n]|\\.){0,300})"')
_OWN = lazy.compile(r"\s*&?(\w+)\[(\d)\]\s*\)\s*\.\s*args\s*\(\s*&?\1\[\d\.\.\]\s*\)")
_OF_ITSELF = lazy.compile(r"\benv\s*::\s*args(?:_os)?\s*\(")
_WITHOUT_NAME = lazy.compile(r"\bargs(?:_os)?\s*\(\s*\)\s*\.\s*skip\s*\(\s*1\s*\)")
_NAMED = lazy.compile(r"\s*&?\s*(\w+)\s*\)\s*\.\s*args\s*\(\s*&?\s*(\w+)\s*\)")
_TAKES = lazy.compile(
    r"\blet\s+(?:mut\s+|Some\s*\(\s*)?(\w+)\b[^;={}]{0,80}=\s*(?:match\s+)?(\w+)\s*\.\s*next\s*\(\s*\)"
    r"(?:\s*\{\s*Some\s*\(\s*(\w+)\s*\)\s*=>)?"
)
_OF_ARGUMENTS = lazy.compile(
    r"\blet\s+mut\s+(\w+)[^;={}]{0,80}=\s*(?:std\s*::\s*)?env\s*::\s*args(?:_os)?\s*\(\s*\)"
    r"\s*\.\s*skip\s*\(\s*1\s*\)\s*;"
)
_BECOMES = lazy.compile(r"\.\s*exec\s*\(\s*\)")
_REST = r"[^;{}]{0,600}?\.\s*"
_STAYS = lazy.compile(_REST + r"(?:status|spawn)\s*\(\s*\)")
_SPAWNED_AT_ONCE = lazy.compile(_REST + r"spawn\s*\(\s*\)")
_WAITS = lazy.compile(r"\.\s*(?:status|output|wait|wait_with_output)\s*\(\s*\)")
MAX_ARGUMENTS = 50


_ACCEPTS = lazy.compile(r"\.\s*(?:incoming|accept)\s*\(\s*\)")
_FLAGS = lazy.compile(
    r'extern\s+"C"\s+fn\s+\w+\s*\([^)]{0,99}\)\s*\{\s*(?:\w+\s*\.\s*store\s*\([^;{}]{0,99}\)[;\s]*)+\}'
    r"|\bflag\s*::\s*register\s*\("
)
_WAKES = lazy.compile(
    r"\b(?:set_nonblocking|set_read_timeout|async|await|tokio|mio|poll|epoll\w*|select|ctrlc|iterator"
    r"|pipe|exit|_exit|abort|connect|sigaction|sigwait|shutdown|close|kill|register_conditional\w*)\b"
)
_MAIN = lazy.compile(r"\bfn\s+main\s*\(\s*\)[^{]{0,200}\{")
_SPAWNS = lazy.compile(r"\bspawn\s*$")


def waits_on(texts: Sequence[str]) -> bool:
    """Whether a handler only sets a flag, and `main` waits for the next client meanwhile: the
    standard library goes on waiting when a handler has run.

    texts: the program's files, bare.
    """
    whole = "\n".join(texts)
    main = _MAIN.search(whole)
    if main is None or not _FLAGS.search(whole) or _WAKES.search(whole):
        return False
    accepts = _ACCEPTS.search(whole, main.end())
    return accepts is not None and _is_in_main(whole, main.end(), accepts.start())


def _is_in_main(text: str, at: int, end: int) -> bool:
    """Whether a place behind the begin of `main` is in it, and in no thread that it begins."""
    opened: list[bool] = []
    for place in range(at, end):
        char = text[place]
        if char in "({":
            opened.append(
                char == "(" and _SPAWNS.search(text, max(at, place - 20), place) is not None
            )
        elif char in ")}":
            if not opened:
                return False
            opened.pop()
    return not any(opened)


_EXITS = lazy.compile(
    r"(?<![\w.])(?:(?:std\s*::\s*)?process\s*::\s*|libc\s*::\s*_?)?_?exit\s*\([^()]*\)"
)
_SAYS = lazy.compile(
    r"\s*(?:(?:\w+\s*::\s*)*(?:e?print(?:ln)?|info|warn|error|debug|trace)!\s*\([^;]*\)\s*)?"
)
_HEARD = lazy.compile(
    r"[^;]*\b(?:ctrl_c\s*\(\s*\)|recv\s*\(\s*\))\s*\.\s*await\b[^;]*|[^;]*\bsigwait\s*\([^;]*"
    r"|[^;]*\bforever\s*\(\s*\)\s*\.\s*next\s*\([^;]*|\s*let\b[^;]*\bsignal\s*\([^;]*"
)
_OF_HANDLER = lazy.compile(
    r'extern\s+"C"\s+fn\s+(\w+)\s*\([^)]*\)\s*$|\bset_handler\s*\(\s*(?:move\s*)?\|\|\s*$'
    r"|\bfor\s+\w+\s+in\s+(?:&\s*mut\s+)?\w*sig\w*(?:\s*\.\s*(?:forever|wait)\s*\(\s*\))?\s*$"
)
_SPAWNED = lazy.compile(r"\bspawn\s*\(\s*(?:async\s*)?(?:move\s*)?(?:\|\|)?\s*$")
_GIVEN_TO = lazy.compile(r"\b(\w+)\s*\(\s*(?:move\s*)?\|\w*\|\s*$")


_ARM = lazy.compile(r"(?:\bSIGTERM\b|\b_\b)[\w\s:|]{0,80}=>\s*\Z")
_MATCH = lazy.compile(r"\bmatch\b[^{};]{0,80}\Z")


def leaves_at(text: str, texts: Sequence[str]) -> tuple[int, int] | None:
    """Where a handler ends the program as soon as it is told, after no more than a line that it
    writes; None where none does that in this file.

    text: the file, bare. texts: all of the program's.
    """
    for match in islice(_EXITS.finditer(text), _MOST):
        at = _opening(text, match.start())
        if at is None:
            continue
        before = text[at + 1 : match.start()].split(";")
        arm = _ARM.search(text, max(0, at - _BEFORE), at)
        if arm is not None:  # of a `match` that is all that is done about a signal
            at = _opening(text, arm.start())
            matched = _MATCH.search(text, max(0, at - _BEFORE), at) if at is not None else None
            at = _opening(text, matched.start()) if matched is not None else None
            if at is None or matched is None or text[at + 1 : matched.start()].strip():
                continue
        waits = [bool(_HEARD.fullmatch(part)) for part in before]
        quiet = all(h or _SAYS.fullmatch(part) for h, part in zip(waits, before, strict=True))
        if quiet and _is_of_handler(text[max(0, at - _BEFORE) : at], texts, waits=any(waits)):
            return match.span()
    return None


def _opening(text: str, at: int) -> int | None:
    """The brace that opens the block around a place."""
    depth = 0
    for place in range(at - 1, max(-1, at - LONGEST), -1):
        depth += (text[place] == "}") - (text[place] == "{")
        if depth < 0:
            return place
    return None


def _is_of_handler(head: str, texts: Sequence[str], *, waits: bool) -> bool:
    """Whether a block is what is done about a signal. head: what stands in front of it. waits: it
    begins with a wait for one.
    """
    if _SPAWNED.search(head):
        return waits
    match = _OF_HANDLER.search(head)
    if match is not None:
        name = match[1]
        taken = lazy.compile(rf"\bsig\w*[^;]{{0,200}}\b{name}\b")
        return name is None or any(map(taken.search, texts))
    given = _GIVEN_TO.search(head)
    return given is not None and any(_SIGNALS.search(b) for b in _bodies(given[1], texts))


def _bodies(name: str, texts: Sequence[str]) -> Iterator[str]:
    """What the program's own functions of a name do."""
    for text in texts:
        for match in islice(_DEFINES.finditer(text), _MOST_FUNCTIONS):
            head = _HEAD.match(text, match.end()) if match[1] == name else None
            if head is not None:
                yield braced(text, head.end())


_DEFINES = lazy.compile(r"\bfn\s+(\w+)")
_HEAD = lazy.compile(r"[^{;]{0,400}(?=\{)")
_MOST_FUNCTIONS = 400
_SIGNALS = lazy.compile(r"\bsig(?:wait|action|nal)\w*\b|\bSignals\b")
_BEFORE = 200  # characters in front of a block


def launcher(
    sources: Sequence[tuple[Text, str]], args: Sequence[Word], *, handles: bool
) -> Wrapped | Unknown | None:
    """What a program becomes, or starts and waits for; None where it does not show, Unknown where
    it does and only what becomes of a signal is open.

    sources: its files, each with its text without comments. args: what it is started with. handles:
    whether something in them may handle a signal.
    """
    found = _decisive([(text, bare, m) for text, bare in sources for m in _STARTS.finditer(bare)])
    if found is None or isinstance(found, Unknown):
        return found
    text, bare, at = found
    words = _words(text, at) or _given(text, at, args) or _taken(bare, at, args)
    becomes = _BECOMES.search(bare, at) is not None
    whole = "\n".join(bare for _, bare in sources)
    if not becomes and not _WAITS.search(whole):
        return None
    if not words:
        stays = becomes or _STAYS.match(bare, at)
        return Unknown("what it starts is put together in its Rust source") if stays else None
    if becomes:
        return _wrapped("exec", words, args)
    sent = _forwarded(whole) if handles else ""
    if sent:
        return _wrapped("forward", words, args, {} if sent == "the same" else {"INT": sent})
    if handles and _only_kills(whole):
        return _wrapped("die", words, args)
    if handles:
        return Unknown(f"its source does not show what its handler does about `{words[0].value}`")
    return _wrapped("swallow", words, args)


def _decisive(
    calls: Sequence[tuple[Text, str, re.Match[str]]],
) -> tuple[Text, str, int] | Unknown | None:
    """The only start of a program, or the last one, where it becomes that; Unknown where it may
    become several, or leaves several running.
    """
    if not 0 < len(calls) <= _MOST_FUNCTIONS:
        return None
    text, bare, call = calls[-1]
    if len(calls) == 1:
        return text, bare, call.end()
    becomes = [m for _, code, m in calls if _is_become(code, m)]
    if len(becomes) == 1 and becomes[0] is call:
        return text, bare, call.end()
    if becomes:
        return Unknown("what it makes way for depends on a condition in its Rust source")
    running = sum(_SPAWNED_AT_ONCE.match(code, m.end()) is not None for _, code, m in calls)
    return Unknown("it starts several programs") if running > 1 else None


def _is_become(code: str, call: re.Match[str]) -> bool:
    """Whether the program makes way for what is named there, at once or by its variable's name."""
    if _EXECUTED.match(code, call.end()):
        return True
    kept = _KEPT.search(code, max(0, call.start() - _BEFORE), call.start())
    by_name = rf"\b{kept[1]}\s*\.\s*exec\s*\(\s*\)" if kept is not None else ""
    return bool(by_name and re.search(by_name, code[call.end() : call.end() + LONGEST]))


_EXECUTED = lazy.compile(_REST + r"exec\s*\(\s*\)")
_KEPT = lazy.compile(r"\blet\s+(?:mut\s+)?(\w+)[^;={}]{0,80}=\s*(?:(?:std|process)\s*::\s*)*\Z")


def _words(text: Text, at: int) -> list[Word] | None:
    """The program and its arguments; one that is no plain text stands for any number of them."""
    match = _PLAIN.match(text.text, at)
    if match is None:
        return None
    first = Word(match[1], text.span(match.start(1), match.end(1)))
    return [first, *_arguments(text, match.end())]


def _given(text: Text, at: int, args: Sequence[Word]) -> Sequence[Word]:
    """What the program itself was given, where it starts that: `new(&args[0]).args(&args[1..])`."""
    match = _OWN.match(text.text, at)
    if match is None or not _OF_ITSELF.search(text.text):
        return ()
    return args[int(match[2]) + bool(_WITHOUT_NAME.search(text.text)) :]


def _taken(code: str, at: int, args: Sequence[Word]) -> Sequence[Word]:
    """What the program itself was given, where it takes the first from its arguments and leaves
    the others: `let name = args.next()`, `new(name).args(args)`.
    """
    started = _NAMED.match(code, at)
    if started is None:
        return ()
    taken = [m for m in islice(_TAKES.finditer(code), _MOST) if started[1] in {m[1], m[3]}]
    if len(taken) != 1:
        return ()
    kept = [m for m in islice(_OF_ARGUMENTS.finditer(code), _MOST) if m[1] == taken[0][2]]
    collected = rf"\b{started[2]}\b[^;=]{{0,80}}=\s*{taken[0][2]}\s*\.\s*collect\b"
    rest = started[2] == taken[0][2] or re.search(collected, code)
    alone = (
        len(re.findall(rf"(?<![.:])\b{taken[0][2]}\b", code)) == 3
    )  # made, asked once, and handed on
    changed = rf"\b{started[2]}\s*\.\s*(?:{_CHANGES})\w*\s*\("
    once = len(re.findall(rf"\b{started[1]}\s*(?::[^=;]{{0,40}})?=(?![=>])", code)) < 2
    same = once and not re.search(changed, code)
    return args[1:] if len(kept) == 1 and rest and alone and same else ()


_CHANGES = (
    "push|insert|remove|extend|drain|swap|pop|retain|truncate|clear|reverse|sort|append|split"
)


def _arguments(text: Text, at: int) -> Iterator[Word]:
    for _ in range(MAX_ARGUMENTS):
        match = _NEXT.match(text.text, at)
        if match is None:
            return
        at = text.text.find(")", match.end()) + 1
        if not at:
            return
        given = text.text[match.end() : at - 1]
        if match[1] not in {"arg", "args"}:
            continue
        found = list(_TEXT.finditer(given))
        rest = _TEXT.sub("", given).strip(" &[],\n\t")
        start = match.end()
        yield from (Word(m[1], text.span(start + m.start(1), start + m.end(1))) for m in found)
        if rest:
            yield Word(None, text.span(start, start + 1), many=True)


def _wrapped(
    behaviour: Literal["exec", "swallow", "forward", "die"],
    words: Sequence[Word],
    args: Sequence[Word],
    rewrite: Mapping[str, str] | None = None,
) -> Wrapped:
    name, source = (args[0].value or "").rpartition("/")[2], "the Rust source in sight"
    inner, sent = tuple(words), rewrite or {}
    return Wrapped(name, "wrapper", behaviour, source, inner=inner, rewrite=sent, language="rust")


# Signals that are passed on -----------------------------------------------------------------------

_EACH = lazy.compile(
    r"\bfor\s+(\w+)\s+in\s+(?:&\s*mut\s+)?\w+(?:\s*\.\s*forever\s*\(\s*\))?\s*(?=\{)"
)
_HEARS = lazy.compile(r"\bSignals\s*::\s*new\s*\([^;]{0,400}\b(?:SIGTERM|TERM_SIGNALS)\b")
_SENDS = lazy.compile(r"\bkill\s*\((?:[^(),]|\([^()]*\))+,\s*((?:\w+\s*::\s*)*\w+)\s*\)")
_CALLED = lazy.compile(r"\b(\w+)!?\s*\(")
_PLAINLY = frozenset(
    "kill from_raw id println eprintln info warn error debug trace ok unwrap expect".split()  # noqa: SIM905
)


def _forwarded(text: str) -> str:
    """What a thread that gets the signals sends to the process that was started: a signal's name,
    or "the same"; "" where it does more, or that is not seen.
    """
    if not _HEARS.search(text) or not _OF_CHILD.search(text):
        return ""
    loops = islice(_EACH.finditer(text), _MOST)
    bodies = [(m[1], braced(text, m.end())) for m in loops]
    found = [(name, body) for name, body in bodies if _SENDS.search(body)]
    if len(found) != 1 or len(_SENDS.findall(text)) != 1:
        return ""
    [(name, body)] = found
    plainly = set(_CALLED.findall(body)) <= _PLAINLY
    [sent] = _SENDS.findall(body)
    last = sent.rpartition(":")[2].strip()
    if not plainly or "break" in body or last not in {name, "SIGTERM"}:
        return ""
    return "the same" if last == name else "TERM"


_MOST = 20  # loops that are looked at
_OF_CHILD = lazy.compile(r"\.\s*id\s*\(\s*\)")


_KILLS = lazy.compile(r"\.\s*(?:start_)?kill\s*\(\s*\)")
_SENDS_OTHERWISE = lazy.compile(
    r"\bkill\w*\s*(?:::\s*\w+\s*)?\(\s*[^)\s]|\bSignal\s*::|\bexit\b|\bexec\b|\bstdin\b"
    r"|\bwrite_all\b|\bconnect\b|\bpost\b|\bdrop\s*\(\s*\w"
)


def _only_kills(whole: str) -> bool:
    """Whether all that a program does to what it has started is to kill it, which SIGKILL does,
    and it sends nothing in any other way.
    """
    once = len(_KILLS.findall(whole)) == 1
    return once and not _SENDS_OTHERWISE.search(whole) and _SETS_HANDLER.search(whole) is not None


_SETS_HANDLER = lazy.compile(r"\b(?:SIGTERM|TERM_SIGNALS)\b|\bsignal\s*\(\s*15\b")


# Clients that are left ----------------------------------------------------------------------------

_HEARS_IN_MAIN = lazy.compile(r"\b(?:recv|ctrl_c|forever)\s*\(\s*\)|\bin\s+&\s*mut\s+\w*sig\w*")
_WAITS_FOR_THEM = lazy.compile(
    r"\b(?:join\w*|try_join\w*|JoinSet|JoinHandle|TaskTracker|spawn_blocking|scope\w*|block_on|Drop"
    r"|drain\w*|graceful\w*|Semaphore|Barrier|WaitGroup|FuturesUnordered)\b"
)
_QUIETLY = lazy.compile(
    r"(?:[\s;)}]|\.\s*(?:unwrap\s*\(\s*\)|expect\s*\([^()]{0,99}\))|\?|\.\s*await"
    r"|(?:return\s+)?Ok\s*\(\s*\(\s*\)\s*\)|(?:e?print(?:ln)?|info|warn|debug)!\s*"
    r"\((?:[^;{}()]{1,200}+|\([^;{}()]{0,200}+\)){0,20}+\))*+"
)
_WAITS_AGAIN = lazy.compile(
    r"\.\s*(?:recv|wait|notified|changed|closed|join)\w*\s*\([^()]{0,99}\)(?!\s*=>)"
)
_HEARS_ELSEWHERE = lazy.compile(
    r"\bdrop\s*\(|\b\w{0,40}(?:shut_?down|signal|stop|quit|term)\w{0,40}\s*\([^()]{0,99}\)\s*\.\s*await\b"
)
_SPAWNING = lazy.compile(r"\bspawn\s*\(")
_LONGEST_MAIN = 20_000  # characters


def leaves_clients(text: str, texts: Sequence[str]) -> tuple[int, int] | None:
    """Where `main` hears of a signal and ends with nothing more than a line that it writes, while
    others serve clients: with `main`, they all end. None where it does otherwise.

    text: the file, bare. texts: all of the program's.
    """
    whole = "\n".join(texts)
    opening = _MAIN.search(text)
    if opening is None or _WAITS_FOR_THEM.search(whole) or not _ACCEPTS.search(whole):
        return None
    main = braced(text, opening.end() - 1, _LONGEST_MAIN)
    heard = list(islice(_HEARS_IN_MAIN.finditer(main), _MOST))
    if not heard or _HEARS_ELSEWHERE.search(main):
        return None
    places = [(m.end(), _outermost(main, m.end())) for m in heard]
    own = [(end, begin) for end, (begin, _) in places if begin]
    if len({begin for _, begin in own}) != 1 or _WAITS_AGAIN.search(main, own[0][0]):
        return None  # what it waits for next may be its clients
    last, (_, (begin, rest)) = heard[-1], places[-1]
    behind = "" if rest is None else main[rest:]
    if rest is None or not _QUIETLY.fullmatch(behind):
        return None
    accepts = _ACCEPTS.search(main)
    inline = accepts is not None and not _SPAWNING.search(main, begin)
    if inline or not _SPAWNING.search(whole):
        return None
    return opening.end() + last.start(), opening.end() + last.end()


def _outermost(main: str, at: int) -> tuple[int, int | None]:
    """Where the outermost block or statement around a place begins, and where it ends; a closure
    or a task that is begun there is somebody else: None.
    """
    opened: list[int] = []
    for place in range(at):
        if main[place] == "{":
            opened.append(place)
        elif main[place] == "}" and opened:
            opened.pop()
    if not opened:
        end = main.find(";", at)
        return at, len(main) if end < 0 else end
    if any(_ELSEWHERE.search(main, max(0, o - _BEFORE), o) for o in opened):
        return 0, None
    body = braced(main, opened[0], _LONGEST_MAIN)
    loops = _LOOPS.search(main, max(0, opened[0] - _BEFORE), opened[0])
    return opened[0], opened[0] + len(body) + 2 if body and loops else None


_ELSEWHERE = lazy.compile(r"(?:\basync(?:\s+move)?|\|)\s*\Z")
_LOOPS = lazy.compile(r"\b(?:loop|while\b[^;{}]*|for\b[^;{}]*|select!)\s*\Z")
