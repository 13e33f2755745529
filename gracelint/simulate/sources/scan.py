"""Handlers in sources that are not played: searched for, not followed.

For what is compiled (Go, Rust, C), and to know whether files that a program may load in a way that
is not seen could install one. Comments and texts are blanked first, so that what is found is code.
"""

from __future__ import annotations

import re
from functools import cache

from gracelint.atlas.libraries import libraries
from gracelint.base import lazy
from gracelint.base.typed import TYPE_CHECKING
from gracelint.base.values import dataclass, field
from gracelint.model.entries import Reaction

if TYPE_CHECKING:
    from collections.abc import Container, Iterator

    from gracelint.base.source import Span, Text
    from gracelint.model.entries import Handlers
    from gracelint.model.workload import ImageFile, ImageFiles

MAX_FILES = 1500
MAX_SIZE = 400_000
_MAX_PACKED = 10_000_000
_NOT_OWN = lazy.compile(
    r"/(?:node_modules|vendor|site-packages|dist-packages|\.git|third_party|target|testdata|obj)/"
    r"|[._-](?:test|spec)\.\w+$|_test\.go$|/tests?/|/__tests__/|[./]Tests?/"
)
_NEVER = lazy.compile(r"(?!)")


@dataclass(frozen=True, slots=True)
class Searched:
    """A language whose sources are searched.

    ends: how its files' names end. comments: as they begin to the end of a line. installs: what
    installs a handler. serves: what makes it a server. takes: what takes work from a queue.
    frameworks: what handles these signals by itself.
    """

    name: str
    ends: tuple[str, ...]
    comments: tuple[str, ...]
    installs: re.Pattern[str]
    serves: re.Pattern[str]
    frameworks: tuple[tuple[re.Pattern[str], tuple[str, ...]], ...] = ()
    takes: re.Pattern[str] = _NEVER


_STOP = ("TERM", "INT")
LANGUAGES = {
    "go": Searched(
        *("go", (".go",), ("//",)),
        lazy.compile(
            r"\bsignal\s*\.\s*(?:Notify|NotifyContext|Ignore)\s*\("
            r"|\bSetupSignal(?:Handler|Context)\s*\(|\brun\s*\.\s*SignalHandler\s*\("
        ),
        lazy.compile(
            r"\bListenAndServe(?:TLS)?\s*\(|\bnet\s*\.\s*Listen\s*\(|\bgrpc\s*\.\s*NewServer\s*\("
            r"|\.\s*Listen\s*\(|\bfasthttp\s*\.|\bhttp\s*\.\s*Serve(?:TLS|\s*\(|r\s*\{)"
            r"|\b(?:gin|echo)\s*\.\s*(?:Default|New)\s*\(|\bfuego\s*\.\s*NewServer\s*\("
        ),
        (
            (lazy.compile(r"\bfx\s*\.\s*New\s*\(|\bgofr\s*\.\s*New\w*\s*\("), _STOP),
            # `Run` of asynq waits for the signal itself, `Start` leaves that to the caller
            (lazy.compile(r"\basynq\s*\.\s*NewServer\s*\((?=(?s:.)*\.\s*Run\s*\()"), _STOP),
            (
                lazy.compile(r"\bkratos\s*\.\s*New\s*\(|\bmicro\s*\.\s*NewService\s*\("),
                (*_STOP, "QUIT"),
            ),
            (lazy.compile(r"\biris\s*\.\s*(?:New|Default)\s*\("), _STOP),
            (
                lazy.compile(r"\brest\s*\.\s*MustNewServer\s*\(|\bzrpc\s*\.\s*MustNewServer\s*\("),
                ("TERM",),
            ),
        ),
        # kafka-go, sarama, RabbitMQ, NATS, SQS, asynq
        lazy.compile(
            r"\bkafka\s*\.\s*NewReader\s*\(|\bsarama\s*\.\s*NewConsumer(?:Group)?\w*\s*\("
            r"|\.\s*Consume(?:WithContext)?\s*\(|\.\s*QueueSubscribe(?:Sync)?\s*\("
            r"|\.\s*ReceiveMessage\s*\(|\basynq\s*\.\s*NewServer\s*\("
        ),
    ),
    "rust": Searched(
        *("rust", (".rs",), ("//",)),
        lazy.compile(
            r"\bsignal_hook\w*|\btokio\s*::\s*signal\b|\bctrlc\b|\bsigaction\b|\bsignal\s*::"
            r"|\b(?:tokio|async|chan|simple)_signal\b|\basync_ctrlc\b|\btokio_graceful\w*"
            r"|\bsig(?:wait|waitinfo|timedwait)\b|\b(?:s|S)ignal(?:f|F)d\b"
            r"|\bsignal\s*\(\s*(?:\w+\s*::\s*)?(?:SIG\w+|\d+)\s*,(?!\s*(?:\w+\s*::\s*)?SIG_)"
        ),
        lazy.compile(
            r"\bTcpListener\b|\bHttpServer\b|\baxum\s*::|\bwarp\s*::|\brocket\b|\btonic\b"
        ),
        (
            (
                lazy.compile(r"\bHttpServer\s*::\s*new\b(?!(?s:.){0,400}disable_signals)"),
                (*_STOP, "QUIT"),
            ),
            (
                lazy.compile(  # from 0.5 on; in 0.4 it is `ignite`, and `launch` is not awaited
                    r"\brocket\s*::\s*build\b|#\[(?:rocket::)?launch\]|#\[rocket::main\]"
                    r"|\brocket\s*::\s*custom\b(?=(?s:.){0,2000}\.\s*await\b)"
                ),
                _STOP,
            ),
        ),
    ),
    "c": Searched(
        *("c", (".c", ".cc", ".cpp", ".cxx", ".h", ".hpp"), ("//",)),
        lazy.compile(
            r"\b(?:sigaction|signal|sigwait|sigwaitinfo|sigtimedwait|signalfd|sigset|bsd_signal"
            r"|signal_set)\s*\("
        ),
        lazy.compile(r"\blisten\s*\(|\bacceptor\b"),
        ((lazy.compile(r"\bcrow\s*::\s*\w*App\b|\bdrogon\s*::\s*app\s*\("), _STOP),),
    ),
    "dotnet": Searched(
        *("dotnet", (".cs", ".fs", ".vb"), ("//",)),
        lazy.compile(r"\bPosixSignalRegistration\s*\.\s*Create\b"),
        lazy.compile(r"\b(?:Tcp|Http)Listener\b"),
        (
            (
                lazy.compile(
                    r"\b(?:WebApplication|Host|WebHost|FunctionsApplication)\s*\.\s*Create\w*\s*\("
                    r"|\bnew\s+(?:Web)?Host(?:Application)?Builder\b|\bUseConsoleLifetime\s*\("
                    r"|\bRunConsoleAsync\s*\("
                ),
                (*_STOP, "QUIT"),
            ),
        ),
    ),
    "java": Searched(
        *("java", (".java",), ("//",)),
        lazy.compile(r"\baddShutdownHook\s*\(|\bsun\s*\.\s*misc\s*\.\s*Signal\b"),
        lazy.compile(r"\bServerSocket\b|\bHttpServer\b|\bSpringApplication\b"),
        (
            # Spring Boot, Micronaut and Quarkus stop what they run in a hook of the machine
            (
                lazy.compile(
                    r"\bSpringApplication\s*\.\s*run\s*\(|\bnew\s+SpringApplication(?:Builder)?\s*\("
                    r"|\brunApplication\s*<|\b(?:Micronaut|Quarkus)\s*\.\s*run\s*\("
                ),
                (*_STOP, "HUP"),
            ),
        ),
    ),
    "python": Searched(
        *("python", (".py",), ("#",)),
        lazy.compile(
            r"\bsignal\s*\.\s*(?:signal|sigwait\w*|set_wakeup_fd)\s*\(|\badd_signal_handler\s*\("
            r"|\bfrom\s+signal\s+import\b"
        ),
        _NEVER,
    ),
    "node": Searched(
        *("node", (".js", ".mjs", ".cjs", ".ts", ".mts", ".cts", ".jsx", ".tsx"), ("//",)),
        lazy.compile(
            r"\bprocess\s*\??\.\s*(?:on|once|addListener|prependListener)\s*\(\s*(?!['\"`](?!SIG))"
            r"|\.\s*enableShutdownHooks\s*\("
        ),
        lazy.compile(r"\.\s*listen\s*\("),
    ),
    "ruby": Searched(
        *("ruby", (".rb",), ("#",)),
        lazy.compile(r"\b(?:Signal\s*\.\s*)?trap\b\s*[(:'\"]"),
        _NEVER,
    ),
    "perl": Searched(
        *("perl", (".pl", ".pm"), ("#",)),
        lazy.compile(r"[$@%]SIG\b|\bsigaction\b|\bsigtrap\b"),
        _NEVER,
    ),
    "php": Searched(
        *("php", (".php",), ("//", "#")),
        lazy.compile(r"\bpcntl_signal\s*\(|\bSignalableCommandInterface\b|\btrap\s*\("),
        _NEVER,
    ),
}


@dataclass(slots=True)
class Search:
    """What was found. files: how many were searched. handlers, servers, takers (of work from a
    queue): the places. read: the files. texts: of them, without comments and long texts.
    """

    files: int = 0
    handlers: list[Span] = field(default_factory=list)
    servers: list[Span] = field(default_factory=list)
    takers: list[Span] = field(default_factory=list)
    frameworks: list[tuple[Span, tuple[str, ...]]] = field(default_factory=list)
    read: list[Text] = field(default_factory=list)
    texts: list[str] = field(default_factory=list)
    whole: bool = True


def search(
    language: str,
    files: ImageFiles,
    *,
    below: str = "/",
    but: frozenset[str] = frozenset(),
    only: Container[str] | None = None,
) -> Search:
    """Search a language's own sources in a folder, those paths left out; only: in these folders,
    not in those below them.
    """
    sources, spoken = Search(), LANGUAGES[language]
    for path, file in own_sources(spoken, files):
        if path in but or not path.startswith(below):
            continue
        if only is not None and path.rpartition("/")[0] not in only:
            continue
        if file.text is None or sources.files >= MAX_FILES:
            sources.whole = False
            continue
        if len(file.text.text) > MAX_SIZE:  # mostly packed by a tool: is there anything at all?
            seen = spoken.installs.search(file.text.text[:_MAX_PACKED])
            sources.whole &= seen is None and len(file.text.text) <= _MAX_PACKED
            continue
        sources.files += 1
        places = _MEMORY.places(language, file.text.text)
        sources.read.append(file.text)
        sources.texts.append(places.code)
        sources.handlers += [file.text.span(*at) for at in places.handlers]
        sources.servers += [file.text.span(*at) for at in places.servers]
        sources.takers += [file.text.span(*at) for at in places.takers]
        sources.frameworks += [(file.text.span(*at), signals) for at, signals in places.frameworks]
    sources.whole = sources.whole and not getattr(files, "cut", False)
    return sources


def handler(language: str, text: Text, signals: Container[str]) -> Span | None:
    """Where a file of a language first installs a handler that may be for one of these signals."""
    if len(text.text) > MAX_SIZE:
        return None
    places = _MEMORY.places(language, text.text)
    code, last = places.code, -1
    for called in _CALLED.finditer(code):
        named = _FIRST.match(code, called.end())
        if named is None or named[1] in signals:
            last = called.start()
    for start, end in places.handlers:
        if code[end - 1] != "(":  # imported, and called further on
            found = last >= end
        else:
            named = _FIRST.match(code, end)
            found = named is None or named[1] in signals
        if found:
            return text.span(start, end)
    return None


_FIRST = lazy.compile(r"\s*(?:\w+\s*\.\s*){0,3}SIG([A-Z0-9]+)\b")
"""The signal that a handler is given for."""
_CALLED = lazy.compile(r"(?<![\w.])(?:signal|sigwait\w*|set_wakeup_fd)\s*\(")
"""A handler is given by a function that was imported by its own name."""


@dataclass(frozen=True, slots=True)
class _Places:
    """Where a text installs handlers, serves, takes work from a queue, or calls frameworks: first
    and last characters. code: the text without comments and long texts.
    """

    code: str
    handlers: tuple[tuple[int, int], ...]
    servers: tuple[tuple[int, int], ...]
    takers: tuple[tuple[int, int], ...]
    frameworks: tuple[tuple[tuple[int, int], tuple[str, ...]], ...]


class _Memory:
    """What texts show, by language and digest, since many launches search the same files."""

    most = 10_000_000  # characters

    def __init__(self) -> None:
        self._places: dict[tuple[str, bytes], _Places] = {}
        self._characters = 0

    def places(self, language: str, text: str) -> _Places:
        from hashlib import blake2b

        key = language, blake2b(text.encode(errors="surrogatepass"), digest_size=16).digest()
        if key not in self._places:
            self._characters += len(text)
            if self._characters > self.most:
                self._places.clear()
                self._characters = len(text)
            self._places[key] = _searched(LANGUAGES[language], text)
        return self._places[key]


_MEMORY = _Memory()


def _searched(spoken: Searched, text: str) -> _Places:
    code = bare(text, spoken)
    listed = by_libraries(text, code) if spoken.name == "node" else ()
    return _Places(
        code,
        tuple(match.span() for match in spoken.installs.finditer(code)),
        tuple(match.span() for match in spoken.serves.finditer(code)),
        tuple(match.span() for match in spoken.takes.finditer(code)),
        tuple(
            (match.span(), signals)
            for pattern, signals in spoken.frameworks
            for match in pattern.finditer(code)
        )
        + tuple(listed),
    )


def by_libraries(text: str, code: str) -> Iterator[tuple[tuple[int, int], tuple[str, ...]]]:
    """Where a file of Node.js calls what installs handlers in a library that it imports, with their
    signals. code: the text without comments. Nobody sees here what a call is given: one that may be
    told to install none is none where the file has the word for it.
    """
    for package, called, way in _of_libraries():
        if f"'{package}'" not in text and f'"{package}"' not in text:
            continue
        if any(words.partition("=")[0] in text for words in way.unless):
            continue
        yield from ((match.span(), tuple(way.signals)) for match in called.finditer(code))


@cache
def _of_libraries() -> tuple[tuple[str, re.Pattern[str], Handlers], ...]:
    """The listed calls of Node.js that install handlers which finish the work in hand: the package,
    and how it is called where it has the name that its authors gave it.
    """
    calls = []
    for way in (way for entry in libraries("node") for way in entry.handlers):
        installs = way.does is Reaction.GRACEFUL and way.signals and not way.when
        for call in way.calls if installs else ():
            names = _behind(call)
            called = r"\s*\.\s*".join(map(re.escape, names.split(".")))
            if names not in {"", "default"}:
                pattern = re.compile(rf"(?<![\w$.]){called}\s*\(")
                calls.append((call.removesuffix(f".{names}"), pattern, way))
    return tuple(calls)


def _behind(call: str) -> str:
    """What stands behind the package in the full name of a call: `Worker.create`."""
    return call.rpartition("/")[2].partition(".")[2] if not call.startswith(".") else ""


def own_sources(spoken: Searched, files: ImageFiles) -> Iterator[tuple[str, ImageFile]]:
    """The files of a language that are neither somebody else's nor tests."""
    for file in files.ending(*spoken.ends):
        if not _NOT_OWN.search(file.path):
            yield file.path, file


_QUOTES = "\"'`"


def bare(text: str, spoken: Searched) -> str:
    """The text with comments blanked, and texts but for their first characters; as long as it."""
    out: list[str] = []
    at = 0
    for match in _token(spoken.name).finditer(text):
        out += [text[at : match.start()], _blank(match[0])]
        at = match.end()
    return "".join((*out, text[at:]))


def _blank(token: str) -> str:
    short = token[0] in _QUOTES and len(token) < _SHORT and "\n" not in token
    return token if short else re.sub(r"[^\n]", " ", token)


_SHORT = 24  # characters of a text that may name a signal


@cache
def _token(language: str) -> re.Pattern[str]:
    """Comments and texts. What is not closed goes on to the end of the line, or of the file, so
    that nothing is read twice.
    """
    spoken = LANGUAGES[language]
    parts = ["|".join(re.escape(mark) + r"[^\n]*+" for mark in spoken.comments)]
    if spoken.comments != ("#",):
        parts.append(r"/\*(?:[^*]|\*(?!/))*+(?:\*/|\Z)")
    if language == "python":
        parts += [
            rf"{quotes}(?:[^{quote}\\]|\\.?|{quote}(?!{quote}{quote}))*+(?:{quotes}|\Z)"
            for quote, quotes in (("'", "'''"), ('"', '"""'))
        ]
    parts.append(r'"(?:[^"\\\n]|\\.?)*+(?:"|(?=\n)|\Z)')
    if language == "rust":  # an apostrophe alone begins a lifetime
        parts.append(r"'(?:[^'\\\n]|\\[^\n])'")
    else:
        parts.append(r"'(?:[^'\\\n]|\\.?)*+(?:'|(?=\n)|\Z)")
    if language in {"node", "go"}:
        parts.append(r"`(?:[^`\\]|\\.?)*+(?:`|\Z)")
    return re.compile("|".join(parts), re.DOTALL)


LONGEST = 2000  # characters of a handler or a loop that are looked at


def braced(text: str, at: int, longest: int = LONGEST) -> str:
    """What stands between the brace there and its own closing one; "" where that is far off."""
    depth = 0
    for place in range(at, min(len(text), at + longest)):
        depth += (text[place] == "{") - (text[place] == "}")
        if not depth:
            return text[at + 1 : place]
    return ""
