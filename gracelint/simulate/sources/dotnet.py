""".NET programs: whether their sources start a host, which stops by itself, or handle a signal.

ASP.NET Core and the Generic Host set a handler (`ConsoleLifetime`) when they are started, and so
does `PosixSignalRegistration`. Without them the runtime ends the program on TERM at once, once the
handlers of `ProcessExit` have run; from version 10 on it leaves TERM to the kernel as well.
`CancelKeyPress` is for INT and QUIT alone. The sources of the project that an assembly is built
from are searched, not played: of programs that start another and of handlers of the end, plain
forms of C# are told.

Source: measured on .NET Core 3.1.23; learn.microsoft.com, .NET 10, breaking changes, *.NET runtime
no longer provides default termination signal handlers*.
"""

from __future__ import annotations

import shlex
from functools import reduce
from itertools import islice

from gracelint.base import lazy
from gracelint.base.facts import Unknown, Word
from gracelint.base.paths import absolute, folder_of, name_of
from gracelint.base.typed import TYPE_CHECKING, Literal
from gracelint.model.application import Source
from gracelint.model.entries import Reaction, Wrapped
from gracelint.simulate.sources.scan import LANGUAGES, LONGEST, bare, braced, own_sources, search

if TYPE_CHECKING:
    import re
    from collections.abc import Iterator, Mapping, Sequence

    from gracelint.base.source import Span, Text
    from gracelint.model.workload import ImageFile, ImageFiles
    from gracelint.simulate.sources.scan import Search

FIRST = 10
"""The version from which on the runtime leaves TERM alone."""

_VERSION = lazy.compile(r"([0-9]{1,3})(?:\.|$)")
_PROJECTS = (".csproj", ".fsproj", ".vbproj")
_NAMED = lazy.compile(r"<AssemblyName>\s*([^<>\s]+)\s*</AssemblyName>")
_REFERS = lazy.compile(r"<ProjectReference\b[^<>]{0,200}?\bInclude\s*=\s*\"([^\"<>]{1,300})\"")
_MOST_PROJECTS = 50
_BRINGS = lazy.compile(
    r"Microsoft\.NET\.Sdk\.(?:Web|Worker)|AspNetCore|Hosting|Topshelf|Functions\.Worker|WebJobs"
    r"|Orleans|Akka|Aspire|NServiceBus|Lambda"
)
_RUNS = lazy.compile(r"\.\s*(?:Run|Start|WaitForShutdown)(?:Async)?\s*\(|\bRunConsoleAsync\s*\(")
_STAYS = lazy.compile(
    r"\bwhile\s*\(\s*(?:true|!|_?(?:is)?[rR]unning\b|_?[kK]eep\w*\s*\))|\bfor\s*\(\s*;\s*;\s*\)|\bTimeout\s*\.\s*Infinite\b|\bwhile\s+true\b"
    r"|\bTask\s*\.\s*Delay\s*\(\s*-1|\.\s*WaitOne\s*\(\s*\)|\bTcpListener\b|\bHttpListener\b"
)
_BEFORE_EXIT = lazy.compile(
    r"\.\s*ProcessExit\s*\+=|\bAssemblyLoadContext\b[^;{}]{0,80}\.\s*Unloading\s*\+="
)
_TAKES_TIME = "the round of its loop that is asked to end takes a moment"
_KEYS = lazy.compile(r"\bCancelKeyPress\s*\+=")
_SIGNALS = lazy.compile(r"\bPosixSignal\s*\.\s*SIG(\w+)")


def leaves_signals(env: Mapping[str, Word]) -> bool:
    """Whether the image says that its runtime has no handlers of its own."""
    stated = env.get("DOTNET_VERSION")
    match = _VERSION.match(stated.value or "") if stated is not None else None
    return match is not None and int(match[1]) >= FIRST


def launched(
    project: ImageFile, held: ImageFiles, argv: Sequence[Word], *, left: bool
) -> Wrapped | Unknown | None:
    """What a project's program starts and leaves the work to; Unknown where it does and may handle
    a signal; None where it works itself, or what it does is not seen.

    held: the files among which the project stands. left: the runtime leaves signals to the program.
    """
    every, folder = search("dotnet", held), f"{folder_of(project.path)}/"
    brings = project.text is None or _BRINGS.search(project.text.text)
    if brings or every.frameworks or every.servers or not every.whole:
        return None
    started = _launcher(_texts(held, folder), argv, left=left)
    told = every.handlers or not all(map(_only_kills, every.texts))
    if isinstance(started, Wrapped) and started.inner and told:
        reason = f"its source does not show what its handler does about `{started.inner[0].value}`"
        return Unknown(reason)
    return started


def _texts(files: ImageFiles, folder: str) -> list[Text]:
    own = (f for path, f in own_sources(LANGUAGES["dotnet"], files) if path.startswith(folder))
    return [file.text for file in own if file.text is not None]


def found(
    files: ImageFiles, argv: Sequence[Word], workdir: str
) -> tuple[ImageFile, ImageFiles] | None:
    """The project of the assembly that a command starts, and the files among which it stands."""
    words = [word.value or "" for word in argv[:2]]
    if name_of(words[0]) == "dotnet":
        words = words[1:]
    if not words or not words[0] or words[0][0] == "-":
        return None
    path = absolute(words[0], workdir)
    name = name_of(path).removesuffix(".dll")
    for held in files.origins(path):
        project = _project(held, name)
        if project is not None:
            return project, held
    return None


def folders(files: ImageFiles, assembly: str) -> tuple[str, ...]:
    """The folders whose sources an assembly is made of: its project's and those of the projects
    that it refers to. Empty where none or several projects are called by it.
    """
    project = _project(files, assembly)
    paths = [] if project is None else [project.path]
    for path in paths:
        file = files.get(path)
        text = file.text.text if file is not None and file.text is not None else ""
        named = (name.replace("\\", "/") for name in _REFERS.findall(text))
        new = dict.fromkeys(absolute(name, folder_of(path)) for name in named)
        paths += [one for one in new if one not in paths][: _MOST_PROJECTS - len(paths)]
    return tuple(f"{folder_of(path)}/" for path in paths)


def _project(files: ImageFiles, name: str) -> ImageFile | None:
    """The project that an assembly is called by; None where none or several are.

    No other file is asked for, so that a launch beside which others differ has the same story.
    """
    projects = [file for file in files.ending(*_PROJECTS) if _makes(file, name)]
    return projects[0] if len(projects) == 1 else None


def _makes(file: ImageFile, name: str) -> bool:
    named = _NAMED.search(file.text.text) if file.text is not None else None
    called = name_of(file.path).rpartition(".")[0] if named is None else named[1]
    return called == name


def source_of(project: ImageFile, files: ImageFiles, *, left: bool) -> Source | Unknown:
    """What the project shows, and what the others beside it may do for it.

    files: those among which it stands. left: the runtime leaves signals to the program.
    """
    folder = folder_of(project.path)
    sources = search("dotnet", files, below=f"{folder}/")
    every = search("dotnet", files)
    text = project.text
    if text is None or not sources.files or not every.whole:
        return Unknown(f"not all sources of `{name_of(project.path)}` are in sight")
    if sources.handlers or sources.frameworks:
        return _handled(sources, left=left)
    if every.handlers or every.frameworks or _BRINGS.search(text.text):
        return Unknown(f"whether `{name_of(project.path)}` starts a host is not seen")
    if not any(_STAYS.search(source) for source in sources.texts):
        return Unknown(f"whether `{name_of(project.path)}` stays is not seen")
    reactions, guess = _ended(sources, left=left)
    work = "requests" if sources.servers else ""
    cut = _asks_only(_texts(files, f"{folder}/")) if guess else None
    if cut is not None:
        reactions |= {"TERM": Reaction.FAST}
        work, guess = ("ends", _TAKES_TIME) if not work else (work, "")
    return Source(reactions, work, guess, origins=(text.span(0, 0),), cut=cut)


def _ended(sources: Search, *, left: bool) -> tuple[dict[str, Reaction], str]:
    """What the runtime does with the signals that the program leaves to it, and what is a guess."""
    keys = any(_KEYS.search(source) for source in sources.texts)
    by_key = dict.fromkeys(("INT", "QUIT"), Reaction.GRACEFUL if keys else Reaction.DEFAULT)
    if left:
        return {"TERM": Reaction.DEFAULT} | by_key, ""
    if any(_BEFORE_EXIT.search(source) for source in sources.texts):
        reason = "what handles the end of its process waits until all is done"
        return {"TERM": Reaction.GRACEFUL} | by_key, reason
    return {"TERM": Reaction.FAST} | by_key, ""


def _handled(result: Search, *, left: bool) -> Source | Unknown:
    spans = [*result.handlers, *(span for span, _ in result.frameworks)]
    origins = tuple(spans[:1])
    if result.frameworks:
        if not any(_RUNS.search(source) for source in result.texts):
            return Unknown("whether the host that its source makes is started is not seen", origins)
        reactions = dict.fromkeys(("TERM", "INT", "QUIT"), Reaction.GRACEFUL)
        return Source(reactions, origins=origins)
    names = {name for source in result.texts for name in _SIGNALS.findall(source)}
    if not names:
        return Unknown("which signals its source handles is not seen", origins)
    reactions, guess = _ended(result, left=left)
    guess = "" if "TERM" in names else guess
    return Source(reactions | dict.fromkeys(names, Reaction.GRACEFUL), "", guess, origins=origins)


# Programs that start another ----------------------------------------------------------------------

_TEXT = r"\s*@?\"((?:[^\"\\\n]|\\.)*)\"\s*"
_STARTS = lazy.compile(r"\bProcess\s*\.\s*Start\s*\(|\bProcessStartInfo\b|\bnew\s+Process\b")
_GIVEN = lazy.compile(
    rf"(?:\bProcess\s*\.\s*Start|\bProcessStartInfo)\s*\({_TEXT}(?:,{_TEXT})?(?P<end>[,)])"
)
_FILE = lazy.compile(rf"\bFileName\s*={_TEXT}[;,}}]")
_ARGUMENTS = lazy.compile(rf"\bArguments\s*={_TEXT}[;,}}]")
_OTHER = lazy.compile(r"\bArgument(?:s|List)\b")
_FILES = lazy.compile(r"\bFileName\s*=")
_WAITS = lazy.compile(r"\.\s*WaitForExit(?:Async)?\s*\(")
_TELLS = lazy.compile(r"\.\s*(?:Kill|CloseMainWindow)\s*\(|\bkill\b")


def _launcher(
    texts: Sequence[Text], argv: Sequence[Word], *, left: bool
) -> Wrapped | Unknown | None:
    """What a program starts once and waits for; None where it does not show.

    left: the runtime leaves signals to the kernel, and does not end the program.
    """
    read = [(text, bare(text.text, LANGUAGES["dotnet"])) for text in texts]
    whole = "\n".join(code for _, code in read)
    made = [(text, match.start()) for text, code in read for match in _STARTS.finditer(code)]
    if not made or not _WAITS.search(whole):
        return None
    given = [(text, m) for text, code in read for m in _matches(_GIVEN, text, code)]
    files = [(text, m) for text, code in read for m in _matches(_FILE, text, code)]
    several = len(_FILES.findall(whole)) + len(given) != 1
    if several or len(given) + len(files) != 1 or any(text is not made[0][0] for text, _ in made):
        return None
    text, first = [*given, *files][0]
    words = [Word(first[1], text.span(first.start(1), first.end(1)))]
    listed = list(_matches(_ARGUMENTS, text, bare(text.text, LANGUAGES["dotnet"])))
    more = first[2] if given and first[2] is not None else None
    if more is not None:
        words += _split(text, more, first.start(2))
    elif len(listed) == 1:
        words += _split(text, listed[0][1], listed[0].start(1))
    elif _OTHER.search(whole) or (given and first["end"] == ","):
        words.append(Word(None, words[0].span, many=True))
    ends = [body for _, code in read for body in _bodies(code) if body]
    outside = reduce(lambda text, body: text.replace(body, ""), ends, whole)
    if _TELLS.search(outside):
        return Unknown(f"its source does not show when it ends `{words[0].value}`")
    does: Literal["swallow", "die"] = "swallow" if left else "die"
    return Wrapped(
        _name(argv),
        "wrapper",
        does,
        "the C# source in sight",
        inner=tuple(words),
        language="dotnet",
    )


def _name(argv: Sequence[Word]) -> str:
    named = [name_of(word.value or "") for word in argv[:2]]
    return named[1] if named[0] == "dotnet" and len(named) > 1 else named[0]


def _matches(pattern: re.Pattern[str], text: Text, code: str) -> Iterator[re.Match[str]]:
    """Where a form stands in the text, that is neither in a comment nor in a text."""
    for match in pattern.finditer(text.text):
        at = match.start()
        if code[at : at + 8] == text.text[at : at + 8]:
            yield match


def _split(text: Text, given: str, at: int) -> list[Word]:
    """The words of the one text that arguments are given in."""
    span = text.span(at, at + len(given))
    try:
        return [Word(word, span) for word in shlex.split(given)]
    except ValueError:
        return [Word(None, span, many=True)]


# Handlers of the end ------------------------------------------------------------------------------

_ENDS = lazy.compile(r"\.\s*(?:ProcessExit|Unloading)\s*\+=\s*")
_LAMBDA = lazy.compile(
    r"(?:async\s+)?(?:\([^()]{0,99}\)|\w+)\s*=>\s*|delegate\s*(?:\([^()]{0,99}\))?\s*(?=\{)"
)
_METHOD = lazy.compile(r"(?:new\s+EventHandler\s*\(\s*)?(?:\w+\s*\.\s*)?(\w+)\s*\)?\s*;")
_CALLED = lazy.compile(r"(\w+)\s*\(")
_ASKS = lazy.compile(
    r"\b(?:Cancel|Set|TrySetResult|SetResult|CompleteAdding|Complete)\s*\("
    r"|\b\w+\s*=\s*(?:true|false)\s*(?:;|$)"
)
_SAYS = lazy.compile(
    r"Cancel|(?:Try)?Set(?:Result)?|Complete(?:Adding)?|Write(?:Line)?|Log\w*|nameof"
)
_GOES_ROUND = lazy.compile(
    r"\bwhile\s*\([^;{}]{0,200}(?:\bIsCancellationRequested\b|!\s*_?\w*(?:[sS]top|[cC]ancel|[qQ]uit|[eE]xit)"
    r"|\b_?(?:[rR]unning|[kK]eep\w*|[iI]sRunning)\b)|\bGetConsumingEnumerable\s*\("
)
_MOST = 20  # handlers of a file


def _asks_only(texts: Sequence[Text]) -> Span | None:
    """Where the handlers of the end only ask a loop to end, for which the runtime does not wait."""
    read = [(text, bare(text.text, LANGUAGES["dotnet"])) for text in texts]
    whole = "\n".join(code for _, code in read)
    found = [(text, match) for text, code in read for match in _handlers(code)]
    bodies = [body for _, code in read for body in _bodies(code)]
    if not all(body and not _waits(body) for body in bodies) or not _GOES_ROUND.search(whole):
        return None
    asks = (f for f, body in zip(found, bodies, strict=True) if _ASKS.search(body))
    return next((text.span(match.start() + 1, match.end()) for text, match in asks), None)


def _bodies(code: str) -> list[str]:
    """What each handler of the end does."""
    return [_body(code, match.end()) for match in _handlers(code)]


def _handlers(code: str) -> list[re.Match[str]]:
    """Where handlers of the end are added; of a file no more than some are looked at."""
    return list(islice(_ENDS.finditer(code), _MOST))


def _only_kills(code: str) -> bool:
    """Whether the handlers of the end do no more to a program that was started than to kill it."""
    names = (name for body in _bodies(code) for name in _CALLED.findall(body) or [body])
    return all(_KILLS.fullmatch(name) for name in names)


_KILLS = lazy.compile(r"if|Kill|WaitForExit|Dispose|Close|Write(?:Line)?|Log\w*")


def _waits(body: str) -> bool:
    """Whether it does more than to ask and to say."""
    return any(not _SAYS.fullmatch(name) for name in _CALLED.findall(body)) or "await" in body


def _body(text: str, at: int) -> str:
    """What a handler does that stands here; "" where that is not in sight."""
    found = _LAMBDA.match(text, at)
    if found is not None:
        at = found.end()
        if text[at : at + 1] != "{":
            return text[at : at + LONGEST].partition(";")[0]
        return braced(text, at)
    named = _METHOD.match(text, at)
    if named is None:
        return ""
    import re

    defined = list(re.finditer(rf"\bvoid\s+{named[1]}\s*\([^()]*\)\s*(=>|(?=\{{))", text))
    if len(defined) != 1:
        return ""
    at = defined[0].end()
    return text[at:].partition(";")[0] if defined[0][1] else braced(text, at)
