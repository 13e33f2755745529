"""C and C++ programs in sight: what becomes of a signal that they take, and what they become.

The sources are searched, not played: only plain forms are told.
"""

from __future__ import annotations

import re
from itertools import islice
from typing import TYPE_CHECKING

from gracelint.base import lazy, signals
from gracelint.base.facts import Word
from gracelint.base.values import dataclass
from gracelint.model.entries import Reaction
from gracelint.simulate.sources.scan import LONGEST, braced

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from gracelint.base.source import Text

_SETS = lazy.compile(
    r"\b(signal|bsd_signal|sigset|sigaction)\s*\(\s*([\w:]+)\s*,\s*(?:\(\s*\w+\s*\)\s*)?"
    r"&?\s*([\w:]+|\[[^\]\n]{0,80}\])"
)
_OF_STRUCTURE = lazy.compile(r"\bsa_(?:handler|sigaction)\s*=\s*&?\s*([\w:]+|\[[^\]\n]{0,80}\])")
_RESTARTS = lazy.compile(r"\bSA_RESTART\b")
_NOTHING = frozenset({"NULL", "nullptr", "0"})
_STATEMENT = lazy.compile(r"\bif\s*\([^()]*\)|\belse\b|[{};]")
_PLACE = r"\*?\w+(?:(?:\.|->|::)\w+)*"
_FLAG = lazy.compile(
    rf"\(\s*void\s*\)\s*\w+|return|(?:int|auto)\s+\w+\s*=\s*[\w:]+|\+\+{_PLACE}|{_PLACE}\s*(?:\+\+"
    rf"|[|&+]?=(?!=)\s*[\w\s:!&|+<>=.-]+|\.\s*(?:store|clear|test_and_set)\s*\([^()]*\))"
    r"|atomic_(?:store|flag)\w*\s*\([^()]*\)"
)
_QUIET = lazy.compile(
    r"(?:\(\s*void\s*\)\s*)?(?:std\s*::\s*)?(?:printf|fprintf|puts|fputs|perror|syslog|fflush|psignal)"
    r"\s*\([^()]*\)|(?:\(\s*void\s*\)\s*|(?:\w+\s+)?\w+\s*=\s*)?write\s*\(\s*(?:STD\w+|[12])\s*,[^;]*"
    r"|(?:std\s*::\s*)?c(?:out|err|log)\s*<<[^;()]*"
)
_TIDY = lazy.compile(r"(?:std\s*::\s*)?(?:close|closelog|unlink|remove|fclose|free)\s*\([^()]*\)")
_LEAVES = lazy.compile(r"(?:std\s*::\s*|:*)(?:_?exit|_Exit|quick_exit)\s*\([^()]*\)")
_DEFINED = lazy.compile(r"\b([A-Za-z_]\w*)\s*\([^();{}]*\)\s*(?:noexcept\s*)?(?=\{)")
_CALLED = lazy.compile(r"\b([A-Za-z_]\w*)\s*\(")
_WAITS_FOR_CLIENTS = lazy.compile(
    r"(?<![\w.>:])(?:::\s*)?(?:accept4?|recvfrom|recvmsg|sem_wait)\s*\("
)
_WAKES = lazy.compile(
    r"\b(?:p?poll|p?select|epoll_\w+|O_NONBLOCK|SOCK_NONBLOCK|FIONBIO|SO_RCVTIMEO|alarm|u?alarm"
    r"|setitimer|timer_\w+|siginterrupt|pthread_\w+|thrd_\w+|thread|jthread|async|fork|vfork|clone"
    r"|eventfd|signalfd|shutdown|siglongjmp|longjmp|asio|event_\w+|uv_\w+|ev_\w+|sem_post|connect"
    r"|kill|raise|dlopen|libevent|io_uring_\w+|boost)\b"
)
_WAITS_TO_BE_NOTIFIED = lazy.compile(
    r"\bpthread_cond_wait\s*\(|\bcnd_wait\s*\(|\.\s*wait\s*\(\s*\w+\s*[,)]"
)
_NOTIFIES = lazy.compile(
    r"\b(?:notify_\w+|pthread_cond_(?:signal|broadcast|timedwait)|cnd_(?:signal|broadcast)\w*"
    r"|wait_for|wait_until|alarm|setitimer|timer_\w+|siglongjmp|longjmp|fork|dlopen|boost)\b"
)
_STRICT = lazy.compile(r"\b_(?:POSIX_C_SOURCE|XOPEN_SOURCE|POSIX_SOURCE)\b|\bsysv_signal\b")
_WIDE = lazy.compile(r"\b_(?:GNU|DEFAULT|BSD)_SOURCE\b")
_MOST = 400  # functions of a program
_DEEP = 5
_LONGEST = 20_000  # characters of a function


def names(call: str) -> set[str] | None:
    """The signal that a call is about, which sets a handler; None where it does not name it."""
    match = _SETS.match(call)
    name = signals.parse(match[2]) if match is not None and _is_name(match[2]) else None
    return {name} if name else None


def _is_name(word: str) -> bool:
    return word.isdigit() or word.startswith("SIG")


def reaction(text: str, at: int, texts: Sequence[str], *, strict: bool) -> Reaction | None:
    """What a program does with a signal that the call there takes; None where it takes none.

    text: its file, bare. texts: all of the program's. strict: it may be compiled without the
    extensions by which `signal` has calls go on that a handler interrupts.
    """
    handler = _handler(text, at)
    if handler is None:
        return Reaction.GRACEFUL
    if handler in _NOTHING or handler.endswith("SIG_DFL"):
        return None
    if handler.endswith("SIG_IGN"):
        return Reaction.NOTHING
    body = _body(text, at, handler, texts)
    if body is None or not all(_sets_a_flag(part) for part in _statements(body)):
        return Reaction.GRACEFUL
    restarts = _is_restarted(text, at, texts, strict=strict)
    return Reaction.NOTHING if _goes_on(texts, restarts=restarts) else Reaction.GRACEFUL


def leaves_at(text: str, at: int) -> tuple[int, int] | None:
    """Where the handler that is set there ends the program as soon as it is told, after no more
    than a line that it writes; None where it does otherwise, or in another file.
    """
    handler = _handler(text, at)
    body = _body(text, at, handler, [text]) if handler else None
    if body is None or re.search(r"\b(?:if|for|while|switch|do)\b", body):
        return None
    parts = list(_statements(body))
    last = next((at for at, part in enumerate(parts) if _LEAVES.fullmatch(part)), None)
    if last is None or not all(_is_done_at_once(part) for part in parts[:last]):
        return None
    ends = _LEAVES.search(text, text.find(body))
    return ends.span() if ends is not None else None


def _is_done_at_once(part: str) -> bool:
    return _sets_a_flag(part) or _TIDY.fullmatch(part) is not None


def _handler(text: str, at: int) -> str | None:
    """What a call there sets as the handler, as it is written; None where that is not seen."""
    match = _SETS.match(text, at)
    if match is None:
        return None
    if match[1] != "sigaction":
        return match[3]
    if match[3] in _NOTHING:
        return match[3]
    before = [m[1] for m in _OF_STRUCTURE.finditer(text, 0, at)]
    return before[-1] if before else None


def _body(text: str, at: int, handler: str, texts: Sequence[str]) -> str | None:
    """What a handler does: a function of the program, or one that is written in place."""
    if handler.startswith("["):
        where = text.find(handler, at)
        brace = text.find("{", where) if where >= 0 else -1
        return braced(text, brace) if brace >= 0 else None
    name = handler.rpartition(":")[2]
    found = [b for t in (text, *texts) for n, b in _functions(t) if n == name]
    return found[0] if found else None


def _functions(text: str) -> Iterator[tuple[str, str]]:
    for count, match in enumerate(_DEFINED.finditer(text)):
        if count >= _MOST:
            return
        if match[1] not in {"if", "while", "for", "switch"}:
            yield match[1], braced(text, match.end(), _LONGEST)


def _statements(body: str) -> Iterable[str]:
    return filter(None, (" ".join(part.split()) for part in _STATEMENT.split(body)))


def _sets_a_flag(part: str) -> bool:
    return _FLAG.fullmatch(part) is not None or _QUIET.fullmatch(part) is not None


def _is_restarted(text: str, at: int, texts: Sequence[str], *, strict: bool) -> bool:
    """Whether a call of the kernel goes on when the handler has run."""
    match = _SETS.match(text, at)
    if match is not None and match[1] == "sigaction":
        return _RESTARTS.search(text) is not None
    if match is None or match[1] == "sigset":
        return False
    narrow = strict or any(map(_STRICT.search, texts))
    return not narrow or any(map(_WIDE.search, texts))


def _goes_on(texts: Sequence[str], *, restarts: bool) -> bool:
    """Whether `main`, or what it calls, waits in a call that a flag does not end."""
    whole = "\n".join(texts)
    bodies = dict(_functions(whole))
    reached = list(_reached(bodies, "main"))
    if restarts and not _WAKES.search(whole) and any(map(_WAITS_FOR_CLIENTS.search, reached)):
        return True
    main = bodies.get("main", "")
    alone = not (_THREADS.search(whole) and _ENDED.search(whole))
    if alone and (_has_endless_loop(main, bodies) or _joins_endless(whole, bodies)):
        return True
    return bool(_WAITS_TO_BE_NOTIFIED.search(main)) and not _NOTIFIES.search(whole)


def _has_endless_loop(main: str, bodies: Mapping[str, str]) -> bool:
    """Whether `main` has a loop that nothing ends, neither in it nor in what it calls."""
    for match in islice(_ENDLESS.finditer(main), _MOST):
        body = braced(main, match.end(), _LONGEST) or main[match.end() :].partition(";")[0]
        called = _reached(bodies, *_CALLED.findall(body))
        if body and not _LEFT.search(body) and not any(map(_ENDED.search, called)):
            return True
    return False


def _joins_endless(whole: str, bodies: Mapping[str, str]) -> bool:
    """Whether `main` waits for the end of a thread that has a loop that nothing ends."""
    found = [m for part in _reached(bodies, "main") for m in _JOINS.finditer(part)]
    if not found or _CANCELS.search(whole):
        return False
    begun: dict[str, set[str]] = {}
    for match in islice(_BEGINS_THREAD.finditer(whole), _MOST):
        parts = [part for part in match.groups() if part]
        if len(parts) > 1:
            begun.setdefault(parts[0], set()).add(parts[1])
    endless = {n for n, body in bodies.items() if _has_endless_loop(body, bodies)}
    joined = {name for m in found for name in m.groups() if name}
    return any(begun.get(name, {""}) <= endless for name in joined)


_JOINS = lazy.compile(
    r"\b(?:pthread|thrd)_join\s*\(\s*([\w.>-]{1,80})|\b(\w+)\s*\.\s*join\s*\(\s*\)"
    r"|\bfor\s*\([^;:(){}]{1,80}:\s*(\w+)\s*\)\s*\{?\s*\w+\s*\.\s*join\s*\(\s*\)"
)
_CANCELS = lazy.compile(
    r"\b(?:detach|pthread_(?:detach|cancel|exit|kill|timedjoin_np|tryjoin_np)|thrd_(?:detach|exit)|fork"
    r"|jthread|stop_token)\b"
)
_BEGINS_THREAD = lazy.compile(
    r"\bpthread_create\s*\(\s*&?\s*([\w.>-]{1,80})[^,;]{0,80},[^,;]{0,80},\s*&?(\w+)"
    r"|\bthrd_create\s*\(\s*&?\s*([\w.>-]{1,80})[^,;]{0,80},\s*&?(\w+)"
    r"|\bthread\s+(\w{1,80})\s*[({]\s*&?(?:\w+::){0,4}(\w+)"
    r"|\b(\w{1,80})\s*(?:=|\.\s*push_back\s*\()\s*(?:std::)?thread\s*[({]\s*&?(?:\w+::){0,4}(\w+)"
    r"|\b(\w{1,80})\s*\.\s*emplace_back\s*\(\s*&?(?:\w+::){0,4}(\w+)"
)
_ENDLESS = lazy.compile(r"\b(?:for\s*\(\s*;\s*;\s*\)|while\s*\(\s*(?:1|true)\s*\))\s*")
_LEFT = lazy.compile(r"\b(?:break|return|goto|throw|_?exit|_Exit|abort|exec\w+|\w*longjmp)\b")
_THREADS = lazy.compile(r"\b(?:pthread_create|thrd_create|j?thread|async)\b")
_ENDED = lazy.compile(r"\b(?:throw|_?exit|_Exit|quick_exit|abort|exec\w+|\w*longjmp)\b")


def _reached(bodies: Mapping[str, str], *first: str) -> Iterator[str]:
    """The bodies of functions, and of those that they call."""
    names, seen = list(first), set[str]()
    for _ in range(_DEEP):
        fresh = [name for name in names if name in bodies and name not in seen]
        seen.update(fresh)
        yield from (bodies[name] for name in fresh)
        names = [name for one in fresh for name in _CALLED.findall(bodies[one])]


# What becomes of the program ----------------------------------------------------------------------

_PARAMETERS = r"\(\s*int\s+\w+\s*,\s*(?:const\s+)?char\s*(?:\*\s*(?:const\s*)?){1,2}"
_MAIN = lazy.compile(rf"\bmain\s*{_PARAMETERS}(\w+)\s*(?:\[\s*\])?[^();{{}}]{{0,80}}\)\s*(?=\{{)")
REPLACES = lazy.compile(r"\b(?:f?execv\w*|execl\w*)\s*\(")
_WORD = r'"(?:[^"\\\n]|\\.){0,300}"'
_LISTED = lazy.compile(
    rf"execlp?\s*\(\s*({_WORD})((?:\s*,\s*{_WORD}){{1,50}})\s*,\s*(?:\(\s*char\s*\*\s*\)\s*)?"
    r"(?:NULL|nullptr|0)\s*\)"
)
_ONE_WORD = lazy.compile(_WORD)
_GIVEN = lazy.compile(
    r"execvp?e?\s*\(\s*(\w+)\s*\[\s*(\d)\s*\]\s*,\s*(?:&\s*\1\s*\[\s*\2\s*\]|\1\s*\+\s*\2"
    r"|(\1))\s*[,)]"
)


def becomes(read: Sequence[tuple[Text, str]], args: Sequence[Word]) -> list[Word] | None:
    """The words of what a program makes way for: what it is given itself, or what is written down;
    None where that is not seen.

    read: its files, each with its text without comments and long texts. args: what it is started
    with.
    """
    calls = [(text, code, m.start()) for text, code in read for m in REPLACES.finditer(code)]
    if len(calls) != 1:
        return None
    text, code, at = calls[0]
    if not _is_done_by_main(code, at):
        return None
    listed = _LISTED.match(text.text, at)
    if listed is not None:
        spans = [(listed.start(1), listed.end(1))]
        spans += [m.span() for m in _ONE_WORD.finditer(text.text, *listed.span(2))][1:]
        return [Word(text.text[a + 1 : b - 1], text.span(a, b)) for a, b in spans]
    given, main = _GIVEN.match(code, at), _MAIN.search(code)
    if given is None or main is None or main.end() > at:
        return None
    first = _first_given(code[main.end() : at], main[1], given)
    return list(args[first:]) or None if first else None


def _is_done_by_main(code: str, at: int) -> bool:
    """Whether a call stands in `main` itself, where it is made whatever the program is given."""
    bodies = (m.end() for m in islice(_DEFINED.finditer(code), _MOST) if m[1] == "main")
    found = [(begin + 1, braced(code, begin, _LONGEST)) for begin in bodies]
    return any(
        begin <= at < begin + len(body) and _is_always_done(body, at - begin)
        for begin, body in found
    )


def _first_given(code: str, name: str, call: re.Match[str]) -> int | None:
    """Which of its own words is the first of those with which the program makes way."""
    at, whole = int(call[2]), call[3] is not None
    if call[1] == name:
        known, first = not whole or at == 0, at
    else:
        kept = rf"\b{call[1]}\s*=\s*(?:&\s*{name}\s*\[\s*(\d)\s*\]|{name}\s*\+\s*(\d))\s*;"
        found = re.findall(kept, code)
        known = len(found) == 1 and whole and at == 0
        first = int("".join(found[0])) if known else 0
    names = "|".join({name, call[1]})
    moved = (
        rf"(?:\+\+|--)\s*(?:{names})\b"
        rf"|\b(?:{names})\s*(?:\+\+|--|[+-]=|\[[^\]\n]{{0,80}}\]\s*=(?!=))"
    )
    return first if known and not re.search(moved, code) else None


_DETACHES = lazy.compile(r"\bdaemon\s*\(")
_PARTS = lazy.compile(
    r"\bfork\s*\(\s*\)[^{}]{0,200}\bif\s*\(\s*\w+\s*>\s*0\s*\)\s*\{?\s*(?:_?exit|return)\b"
)
_OWN_SESSION = lazy.compile(r"\bsetsid\s*\(\s*\)")
_FIRST = lazy.compile(r"\s*(?:if\s*\(\s*!?\s*|return\s+|(?:\w+\s+)?\w+\s*=\s*|\(\s*void\s*\)\s*)?")
_GOES = lazy.compile(r"\b(?:return|goto|throw|_?exit|_Exit|quick_exit|abort|exec\w+|\w*longjmp)\b")
_FAILED = r"(?:-?[1-9]\d{0,2}|EXIT_FAILURE|EX_\w{1,20})"
_BLANK = r"\s{0,400}+"
_FAILS = lazy.compile(
    rf"\bif\s*\([^;{{}}]{{0,200}}\){_BLANK}(?:\{{{_BLANK})?"
    rf"(?:(?:fprintf|printf|fputs|puts|perror){_BLANK}\([^;{{}}]{{0,300}}\){_BLANK};{_BLANK}){{0,4}}"
    rf"(?:return\s+{_FAILED}|_?exit{_BLANK}\({_BLANK}{_FAILED}{_BLANK}\)){_BLANK};"
)
_AFTER = lazy.compile(r"[;{}]")
_OPENS_REGION = lazy.compile(r"(?m)^[ \t]*+#[ \t]*+if")
_CLOSES_REGION = lazy.compile(r"(?m)^[ \t]*+#[ \t]*+endif\b")


def goes_to_the_background(texts: Sequence[str], args: Sequence[Word]) -> bool | None:
    """Whether `main` has the program go on in the background; None where it is open, since it does
    so on a condition that what it is started with does not decide.
    """
    whole = "\n".join(texts)
    bodies = dict(_functions(whole))
    main = bodies.get("main", "")
    detaches = {n: p for n, p in ((n, _parting(b)) for n, b in bodies.items()) if p is not None}
    if "main" in detaches:
        return _is_done(whole, main, detaches["main"], args)
    for call in islice(_CALLED.finditer(main), _MOST):
        if call[1] in detaches:
            inside = _is_done(whole, bodies[call[1]], detaches[call[1]], args)
            return inside and _is_done(whole, main, call.start(), args)
    return False


def _parting(body: str) -> int | None:
    """Where a function has the process that calls it end, and goes on in another."""
    call = _DETACHES.search(body)
    if call is not None:
        return call.start()
    fork = _PARTS.search(body, 0, LONGEST)
    return fork.start() if fork is not None and _OWN_SESSION.search(body, fork.end()) else None


def _is_done(whole: str, body: str, at: int, args: Sequence[Word]) -> bool | None:
    """Whether a call in a function is made, with what the program is started with; None: open."""
    if _is_always_done(body, at):
        return True
    asked = _ASKED.search(body, max(0, at - _BEFORE), at)
    if asked is None or not _stands_alone(body, asked.start()):
        return None
    set_to = _option(whole, asked[2], args)
    return None if set_to is None else set_to != bool(asked[1])


def _stands_alone(body: str, at: int) -> bool:
    """Whether a statement stands in no block, behind no other condition, and is not left out by
    the preprocessor.
    """
    before = body[:at].rstrip()[-1:]
    return body.count("{", 0, at) == body.count("}", 0, at) and (
        before in ";}" and _regions(body, at) == 0
    )


def _regions(body: str, at: int) -> int:
    """How many regions of the preprocessor are open there."""
    return len(_OPENS_REGION.findall(body, 0, at)) - len(_CLOSES_REGION.findall(body, 0, at))


_BEFORE = 120  # characters in front of a call
_ASKED = lazy.compile(
    r"\bif\s*\(\s*(!?)\s*(\w+)\s*(?:&&\s*!?|\)\s*\{?\s*(?:if\s*\(\s*!?)?)\s*(?:\(\s*void\s*\))?\s*\Z"
)
_CASE = (
    r"""(?:case\s*+'(\w)'\s*+:|==\s*+'(\w)'\s*+\)|"(--?[\w-]{1,40})"\s*+\)\s*+(?:==\s*+0\s*+)?\))"""
)


def _option(whole: str, name: str, args: Sequence[Word]) -> bool | None:
    """Whether a variable is set that one option sets; None where that is not seen."""
    sets = re.findall(rf"\b{name}\s*=(?!=)\s*(\w+)", whole)
    first = re.search(rf"\b(?:int|bool|char|short)\s+{name}\s*(?:=\s*(\w+)\s*)?;", whole)
    otherwise = rf"(?<!&)&\s*{name}\b|\b{name}\s*(?:\+\+|--|[-+*/|&^]=)|(?:\+\+|--)\s*{name}\b"
    if first is None or any(word.value is None or word.many for word in args):
        return None
    words = _short_ones([word.plain for word in args[1:]], whole)
    if re.search(otherwise, whole):
        return None
    by_option = re.findall(rf"{_CASE}\s*+\{{?\s*+{name}\s*+=\s*+(\w+)", whole)
    if len(by_option) + bool(first[1]) != len(sets) or not by_option:
        return None
    value = (first[1] or "0") not in _FALSE
    for short, other, long, given in by_option:
        letter = short or other
        if long:
            there = any(word.plain == long for word in args[1:])
        elif words is None or any(letter in word[2:] for word in words if word[0] == "-"):
            return None  # it may be part of what another option is given
        else:
            there = any(word[:2] == f"-{letter}" for word in words)
        if there:
            value = given not in _FALSE
    return value


_FALSE = frozenset({"0", "false", "FALSE", "NULL"})


def _short_ones(words: Sequence[str], whole: str) -> list[str] | None:
    """Options by their letters, as a table for `getopt_long` has them; None where one is not."""
    found: list[str] = []
    if len(words) > _MOST_WORDS:
        return None
    for word in filter(None, words):
        named = rf'"{re.escape(word[2:])}"\s*,\s*(?:no_argument|0)\s*,\s*(?:0|NULL|nullptr)\s*,\s*'
        letter = re.search(rf"{named}'(\w)'", whole) if word[:2] == "--" else None
        if word[:2] == "--" and letter is None:
            return None
        found.append(word if letter is None else f"-{letter[1]}")
    return found


_MOST_WORDS = 50


def _is_always_done(body: str, at: int) -> bool:
    """Whether a call is made each time that its function is run: it stands in no block, behind no
    condition, and nothing leaves the function before but where it has failed.
    """
    if body.count("{", 0, at) != body.count("}", 0, at):
        return False
    if _regions(body, at):
        return False  # it may be left out by the preprocessor
    ends = [m.end() for m in _AFTER.finditer(body, max(0, at - LONGEST), at)]
    begin = ends[-1] if ends else 0
    if _FIRST.fullmatch(body, begin, at) is None:
        return False
    return _GOES.search(_FAILS.sub(" ", body[:begin])) is None


# How long it takes to end -------------------------------------------------------------------------

_OTHER_SIGNALS = frozenset({"HUP", "USR1", "USR2", "CHLD", "PIPE", "ALRM", "WINCH", "CONT", "TSTP"})
_SETS_ANY = lazy.compile(rf"{_SETS.pattern}|{_OF_STRUCTURE.pattern}")
_TIMES_OUT = lazy.compile(r"\bu?alarm\b|\bsetitimer\b|\btimer_create\b")
_EITHER = lazy.compile(r"&&|\|\||\?")
_FLAGS = lazy.compile(r"\b(?:sig_atomic_t|atomic_\w+|atomic\s*<\s*\w+\s*>)\s+(\w+)")
_WHILE = lazy.compile(r"\bwhile\s*(?=\()")
_STEP = lazy.compile(
    r"\b(?:(?P<leaves>return|_?exit|_Exit|abort|goto|break|continue|throw)\b|(?P<open>if|while|switch|do|else)\b"
    r"|(?P<round>for)\s*(?=\()|(?P<sleeps>usleep|sleep|nanosleep|sleep_for)\s*\((?P<given>[^;]{0,200})\)\s*;"
    r"|(?P<called>[A-Za-z_]\w*)\s*\()|(?P<later>\[[^\[\]]{0,80}\]\s{0,20}(?:\([^()]{0,80}\)\s{0,20})?\{)"
)
_COUNTED = lazy.compile(
    r"\(\s*(?:\w+\s+)?(\w+)\s*=\s*0\s*;\s*\1\s*<\s*(\w+)\s*;\s*(?:\+\+\s*\1|\1\s*\+\+)\s*\)"
)
_PRODUCT = lazy.compile(r"\d{1,12}[uUlL]{0,3}(?:\s*\*\s*\d{1,12}[uUlL]{0,3}){0,4}")
_CHRONO = lazy.compile(r"\b(minutes|seconds|milliseconds)\s*[({]\s*(\w+)\s*[)}]")
_UNITS = {"minutes": 60.0, "seconds": 1.0, "milliseconds": 0.001}


@dataclass(slots=True)
class _Program:
    """A program's text and its functions. steps: how many more of them are looked at."""

    whole: str
    bodies: Mapping[str, str]
    steps: int = 200


def lasts(texts: Sequence[str]) -> float:
    """The seconds that `main` surely sleeps behind its last loop on a flag, before it ends."""
    whole = "\n".join(texts)
    bodies = dict(_functions(whole))
    main, flags = bodies.get("main", ""), set(_FLAGS.findall(whole)) & _told(whole, bodies)
    if _TIMES_OUT.search(whole) or (_THREADS.search(whole) and _ENDED.search(whole)):
        return 0.0  # something else may end it before
    behind = -1
    for loop in islice(_WHILE.finditer(main), _MOST):
        inside, end = _parenthesis(main, loop.end())
        outer = main.count("{", 0, loop.start()) == main.count("}", 0, loop.start())
        if outer and flags.intersection(re.findall(r"\w+", inside)):
            behind = _statement(main, end)[1]
    return _slept(main[behind:], _Program(whole, bodies), _DEEP)[0] if behind >= 0 else 0.0


def _told(whole: str, bodies: Mapping[str, str]) -> set[str]:
    """The names that all handlers have of signals by which a program may be told to stop."""
    handler, told = "", list[set[str]]()
    for match in islice(_SETS_ANY.finditer(whole), _MOST):
        handler = match[4] or handler
        of, by = signals.parse(match[2] or "HUP"), handler if match[1] == "sigaction" else match[3]
        if of in _OTHER_SIGNALS or not by or by.endswith(("SIG_IGN", "SIG_DFL")):
            continue
        lambda_at = whole.find("{", match.start()) if by[0] == "[" else -1
        body = braced(whole, lambda_at) if lambda_at >= 0 else bodies.get(by.rpartition(":")[2], "")
        told.append(set(re.findall(r"\w+", body)))
    return set.intersection(*told) if told else set()


def _parenthesis(text: str, at: int) -> tuple[str, int]:
    """What stands in the parentheses that open there, and where they end."""
    depth = 0
    for place in range(at, min(len(text), at + LONGEST)):
        depth += (text[place] == "(") - (text[place] == ")")
        if not depth:
            return text[at + 1 : place], place + 1
    return "", len(text)


def _statement(text: str, at: int) -> tuple[str, int]:
    """The block or the statement that begins there, and where it ends."""
    head = _HEAD.match(text, at)
    while head is not None:
        at = (
            _parenthesis(text, head.end())[1]
            if text[head.end() : head.end() + 1] == "("
            else head.end()
        )
        head = _HEAD.match(text, at)
    begin = at + len(text[at : at + LONGEST]) - len(text[at : at + LONGEST].lstrip())
    if text[begin : begin + 1] == "{":
        body = braced(text, begin, _LONGEST)
        return body, begin + len(body) + 2
    end = text.find(";", begin) + 1 or len(text)
    return text[begin:end], end


_HEAD = lazy.compile(r"\s{0,99}(?:\b(?:if|for|while|switch)\s{0,99}(?=\()|\b(?:else|do)\b)")


def _slept(text: str, program: _Program, deep: int) -> tuple[float, bool]:
    """The seconds that a text surely sleeps, and whether what follows it is surely reached."""
    total, at = 0.0, 0
    if _OPENS_REGION.search(text):
        return total, False
    while program.steps > 0 and deep >= 0:
        program.steps -= 1
        step = _next_step(text, at)
        if step is None:
            return total, True
        at = step.end()
        if step["leaves"] or step["later"]:
            return total, False
        if step["open"] or step["round"]:
            body, at = _statement(text, step.start())
            inner, through = _slept(body, program, deep - 1)
            if not through:
                return total, False
            total += _rounds(text, step, program.whole) * inner if step["round"] else 0.0
        elif step["sleeps"] and step["sleeps"] not in program.bodies:
            total += _seconds(step["sleeps"], step["given"], text, program.whole)
        elif step["called"] in program.bodies:
            body = program.bodies[step["called"]]
            total += _slept(body, program, deep - 1)[0]
            if _ENDED.search(body):
                return total, False
    return total, False


def _next_step(text: str, at: int) -> re.Match[str] | None:
    """The next thing that a text does, whatever else happens."""
    steps = islice(_STEP.finditer(text, at), _MOST)
    return next((step for step in steps if not _is_likely_only(text, step.start())), None)


def _is_likely_only(text: str, at: int) -> bool:
    """Whether a call is part of an expression that may be left before it."""
    begin = max(text.rfind(mark, max(0, at - _BEFORE), at) for mark in ";{}")
    return _EITHER.search(text, max(begin, at - _BEFORE, 0), at) is not None


def _rounds(text: str, step: re.Match[str], whole: str) -> int:
    counted = _COUNTED.match(text, step.end())
    changes = rf"\b{counted[1]}\s*(?:[-+*/]?=(?!=)|--)" if counted is not None else ""
    if counted is None or re.search(changes, text[counted.end() :]):
        return 0
    return int(_number(counted[2], whole))


def _seconds(call: str, given: str, text: str, whole: str) -> float:
    if call == "nanosleep":
        name = re.match(r"\s*&\s*(\w{1,80})\b", given)
        if name is None or re.search(rf"\b{name[1]}\s*\.\s*tv_\w+\s*[-+*/]?=(?!=)", text):
            return 0.0
        made = re.search(rf"\btimespec\s+{name[1]}\s*=\s*\{{([^{{}};]{{0,200}})\}}", text)
        parts = [part.rpartition("=") for part in made[1].split(",")] if made else []
        total = 0.0
        for place, (field, _, number) in enumerate(parts[:2]):
            of_nanoseconds = "nsec" in field if field else place == 1
            total += _number(number, whole) * (1e-9 if of_nanoseconds else 1.0)
        return total
    if call == "sleep_for":
        unit = _CHRONO.search(given)
        return _UNITS[unit[1]] * _number(unit[2], whole) if unit is not None else 0.0
    return _number(given, whole) * (1e-6 if call == "usleep" else 1.0)


def _number(text: str, whole: str) -> float:
    """A product of numbers, or a macro that stands for one; 0 where it is not seen."""
    text = text.strip()
    if text.isidentifier() and len(text) < _BEFORE:
        named = rf"(?m)^[ \t]*+#[ \t]*+(?:define|undef|ifndef)[ \t]++{text}\b([^\n]{{0,200}})"
        defined = re.findall(named, whole)
        text = defined[0].strip() if len(defined) == 1 else ""
        text = text[1:-1].strip() if text[:1] == "(" and text[-1:] == ")" else text
    if _PRODUCT.fullmatch(text) is None:
        return 0.0
    total = 1.0
    for part in text.split("*"):
        total *= float(part.strip().rstrip("uUlL"))
    return total
