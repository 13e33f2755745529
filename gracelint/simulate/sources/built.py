"""Programs that are built from sources in sight: what the sources say of signals.

A Go, Rust or C program is not in sight itself. Where the stage that it is copied from, or this
one, holds sources of one such language, all of them are searched.
"""

from __future__ import annotations

import re
from itertools import islice

from gracelint.base import lazy, signals
from gracelint.base.facts import Unknown
from gracelint.base.paths import absolute, folder_of
from gracelint.base.typed import TYPE_CHECKING
from gracelint.base.values import replace
from gracelint.model.application import Source
from gracelint.model.entries import Reaction, Wrapped
from gracelint.simulate.sources import gomodules
from gracelint.simulate.sources.scan import LANGUAGES, Search, bare, braced, own_sources, search
from gracelint.simulate.sources.served import spring

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from gracelint.base.facts import Word
    from gracelint.base.source import Span, Text
    from gracelint.model.workload import ImageFiles

_SYSTEM = frozenset(
    f"{top}/{kind}" for top in ("", "/usr", "/local", "/usr/local") for kind in ("bin", "sbin")
)
_MANIFESTS = {"go": ("go.mod",), "rust": ("Cargo.toml",), "c": ("CMakeLists.txt", "Makefile")}
_MAIN = {
    "go": lazy.compile(r"^package\s+main\b", re.MULTILINE),
    "rust": lazy.compile(r"\bfn\s+main\s*\("),
    "c": lazy.compile(r"\bmain\s*\("),
}
_NAMES = lazy.compile(
    r"SIG([A-Z]+[0-9]?)\b|\bos\.(Interrupt)\b|\bSignalKind::(\w+)|\b(ctrl_c|ctrlc)\b"
    r"|\bsignal\s*\(\s*(\d+)\s*,"
)
_SETUP = lazy.compile(r"SetupSignal|fx\.New|SignalHandler")
_CALL = 400  # characters behind a call in which its signals stand


class StageView:
    """The files of a stage, as modules are looked for in them."""

    def __init__(self, files: ImageFiles) -> None:
        self.files = files
        self._folders: dict[str, set[str]] | None = None

    def text(self, path: str) -> Text | None:
        """The text of a file."""
        file = self.files.get(path)
        return file.text if file is not None else None

    def partly(self, path: str) -> Text | None:
        """All of it is known."""
        return self.text(path)

    def commands(self) -> Sequence[str]:
        """The RUN instructions of the stage, as they are written."""
        return self.files.commands()

    def names(self, folder: str) -> list[str] | None:
        """What lies in a folder, as far as it is in sight."""
        if self._folders is None:
            self._folders = {}
            for path in self.files.paths():
                self._note(path)
        return sorted(self._folders.get(folder.rstrip("/"), ())) or None

    def _note(self, path: str) -> None:
        """A file, in each folder above it that has not been noted yet."""
        assert self._folders is not None
        above, slash, name = path.rpartition("/")
        while slash:
            names = self._folders.setdefault(above, set())
            if name in names:
                return
            names.add(name)
            above, slash, name = above.rpartition("/")


def source_of(files: ImageFiles, argv: Sequence[Word], workdir: str) -> Source | None:
    """What the sources show that a program is built from; None where that is not known."""
    for stage, there in makers(files, argv[0].plain, workdir):
        language = _language(stage, there)
        if language is not None:
            only = _only(language, stage, there)
            if only is not None and not only:
                return None
            sources = search(language, stage, only=only)
            if not (sources.files and sources.whole):
                return None
            source = shown(language, sources, strict=_is_strict(stage))
            if language == "rust" and _ctrlc_terminates(stage, sources):
                also = dict.fromkeys(
                    ("TERM", "HUP"), source.reactions.get("INT", Reaction.GRACEFUL)
                )
                source = replace(source, reactions={**source.reactions, **also})
            guess = _comes_to_an_end(language, sources, source.reactions)
            source = replace(source, guess=guess)
            return _of_c(source, sources, argv) if language == "c" else source
    return None


def _of_c(source: Source, sources: Search, argv: Sequence[Word]) -> Source:
    """The same, with whether it goes to the background, and how long it takes to end."""
    from gracelint.simulate.sources import clang

    detached, lasts = clang.goes_to_the_background(sources.texts, argv), clang.lasts(sources.texts)
    guess = "" if lasts >= _LONG else source.guess  # whether it ends then is all the same
    if detached is None:
        guess = f"`{argv[0].plain}` stays in the foreground"
    return replace(source, detached=bool(detached), guess=guess, lasts=lasts)


_LONG = 10.0  # seconds: longer than most are given


_STANDARD = lazy.compile(r"-std=c\d|-ansi\b|\bC_EXTENSIONS\b|\bc_std\b")
_BUILDS = ("Makefile", "makefile", "CMakeLists.txt", "meson.build", "configure.ac")


def _is_strict(stage: ImageFiles) -> bool:
    """Whether C may be compiled by the standard alone, without what the system adds to it."""
    texts = (f.text.text for f in stage.ending(*_BUILDS) if f.text is not None)
    return any(map(_STANDARD.search, (*stage.commands(), *texts)))


_TERMINATION = lazy.compile(
    r"""(?m)^\s*["']?ctrlc["']?\s*=[^\n]*\btermination\b"""
    r"|^\[[\w.-]*\.ctrlc\][^\[]*\[[^\]]*\btermination\b"
)


def _ctrlc_terminates(stage: ImageFiles, sources: Search) -> bool:
    """Whether a handler of the crate `ctrlc` is for TERM and HUP, too, as a manifest can say."""
    if not any("ctrlc" in span.source.text for span in sources.handlers):
        return False
    manifests = (f.text for f in stage.ending("/Cargo.toml"))
    return any(text is not None and _TERMINATION.search(text.text) for text in manifests)


def _only(language: str, stage: ImageFiles, program: str) -> frozenset[str] | None:
    """The folders whose sources are in a program: see `gomodules` and `cargo`."""
    if language == "go":
        return gomodules.packages(stage, program)
    if language != "rust":
        return None
    from gracelint.simulate.sources import cargo

    return cargo.folders(stage, program)


def makers(files: ImageFiles, command: str, workdir: str) -> Iterator[tuple[ImageFiles, str]]:
    """The stages that may have built a program, with its path there; by its name, in PATH."""
    paths = [f"{folder}/{command}" for folder in _PATH]
    for path in [absolute(command, workdir)] if "/" in command else paths:
        for stage, there in files.makers(path):
            own = stage is not files or folder_of(path) not in _SYSTEM
            if own or _made_here(path, stage):
                yield stage, there


def _made_here(path: str, stage: ImageFiles) -> bool:
    """Whether an option of a compiler names it as what is to be made."""
    named = [command for command in stage.commands() if path in command]
    option = rf"\s-o[ =]?{re.escape(path)}(?![\w/.-])"
    return any(re.search(option, command) for command in named)


_PATH = ("/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin", "/sbin", "/bin")


def launched(files: ImageFiles, argv: Sequence[Word], workdir: str) -> Wrapped | Unknown | None:
    """What a Go or Rust program in sight starts and leaves the work to; Unknown of one in C."""
    for stage, there in makers(files, argv[0].value or "", workdir):
        language = _language(stage, there)
        if language == "c" and _becomes_another(found := search(language, stage)):
            from gracelint.simulate.sources import clang

            words = clang.becomes(list(zip(found.read, found.texts, strict=True)), argv)
            if words is None:
                return Unknown("what it becomes is not read in its C source")
            name, source = (argv[0].value or "").rpartition("/")[2], "the C source in sight"
            return Wrapped(name, "wrapper", "exec", source, inner=tuple(words), language="c")
        if language not in {"go", "rust"}:
            continue
        found = search(language, stage)
        if found.servers or (found.takers and not found.handlers):
            return None  # it works itself, and runs other programs for that
        spoken = LANGUAGES[language]
        texts = [f.text for _, f in own_sources(spoken, stage) if f.text is not None]
        read = [(text, bare(text.text, spoken)) for text in texts]
        if language == "go":
            from gracelint.simulate.sources import golang

            return golang.launcher(read, argv)
        from gracelint.simulate.sources import rustlang

        handles = bool(found.handlers or found.frameworks)
        return rustlang.launcher(read, argv, handles=handles)
    return None


def _becomes_another(found: Search) -> bool:
    """Whether a C program does no more than make way for another one."""
    from gracelint.simulate.sources import clang

    whole = "\n".join(found.texts)
    stays = found.handlers or found.servers or _STARTS_IN_C.search(whole)
    return not stays and clang.REPLACES.search(whole) is not None


_STARTS_IN_C = lazy.compile(r"\b(?:v?fork|posix_spawnp?|system|popen|clone|daemon)\s*\(")


def launched_by_java(
    files: ImageFiles, argv: Sequence[Word], workdir: str
) -> Wrapped | Unknown | None:
    """What a Java program starts that is a source in sight, or is built from some."""
    from gracelint.simulate.sources import javalang

    texts = java_sources(files, [w.value or "" for w in argv], workdir)
    read = [(t, bare(t.text, LANGUAGES["java"])) for t in texts.values()]
    return javalang.launcher(read, argv)


def launched_by_kotlin(
    files: ImageFiles, argv: Sequence[Word], workdir: str
) -> Wrapped | Unknown | None:
    """What a Kotlin program starts and waits for; why its sources leave open what a stop does; None
    where they do neither, or there are none.
    """
    from gracelint.simulate.sources import javalang

    named = next((w.value for w in argv[1:] if w.value and w.value.endswith(".jar")), "")
    for stage, _ in files.makers(absolute(named, workdir)) if named else ():
        texts = [f.text for f in stage.ending(".kt") if f.text is not None]
        if any(_STARTS_IN_KOTLIN.search(text.text) for text in texts):
            read = [(text, bare(text.text, LANGUAGES["java"])) for text in texts]
            wrapped = javalang.launcher(read, argv, closes="})")
            return wrapped or Unknown("what its Kotlin source starts is not followed")
        for text in texts:
            if _HOOK_IN_KOTLIN.search(text.text) and _WAITS_IN_KOTLIN.search(text.text):
                return Unknown("whether the hook in its Kotlin source ends is not followed")
    return None


def hosted_by_java(
    files: ImageFiles, argv: Sequence[Word], workdir: str, env: Mapping[str, Word]
) -> Source | None:
    """What a framework does that a Java or Kotlin program in sight is run by: its hook stops it,
    and settings say whether requests are waited for; None where there is none.
    """
    words = [w.value or "" for w in argv]
    if "-Xrs" in words:
        return None
    texts = _texts_of_java(files, words, workdir)
    started = [(text, *found) for text in texts if (found := _framework(text)) is not None]
    if not started:
        return None
    text, match, names = started[0]
    lasts = sum(_cleans_up(other) for other in texts)
    guess = f"`{match[0].rstrip('(<')}` stops what it runs, and waits for requests"
    reaction = Reaction.GRACEFUL
    if match[0].startswith(("Micronaut", "Quarkus")):
        cuts = None
    else:
        stages = [files, *(s for s in _stages_of_java(files, words, workdir) if s is not files)]
        cuts = spring.cuts(stages, argv, env)
    if cuts is not None and cuts.sure and not lasts and len(started) == 1:
        reaction, guess = Reaction.FAST, cuts.otherwise
    elif cuts is not None:
        guess = f"{guess}, {cuts.only}"
    guess = "" if lasts >= _LONG else guess
    place = text.span(*match.span())
    return Source(dict.fromkeys(names, reaction), guess=guess, origins=(place,), lasts=lasts)


def _framework(text: Text) -> tuple[re.Match[str], tuple[str, ...]] | None:
    """Where a source has a framework run the program, and the signals that this one handles."""
    code = bare(text.text, LANGUAGES["java"])
    found = ((pattern.search(code), names) for pattern, names in LANGUAGES["java"].frameworks)
    return next(((match, names) for match, names in found if match is not None), None)


def _cleans_up(text: Text) -> float:
    """The seconds that methods surely sleep that a framework calls before it ends: in the method's
    own block, or in a `try` or `finally` of that, before anything may leave it.
    """
    if "@PreDestroy" not in text.text:
        return 0.0
    code = _TEXT_IN_JAVA.sub(lambda m: " " * len(m[0]), bare(text.text, LANGUAGES["java"]))
    total = 0.0
    for match in islice(_PRE_DESTROY.finditer(code), _HOOKS):
        body = braced(code, match.end() - 1)
        leaves = _LEAVES_IN_JAVA.search(body)
        body = body[: leaves.start()] if leaves is not None else body
        for sleep in _SLEEPS_IN_JAVA.finditer(body):
            number = float(sleep["number"].replace("_", "")[:_DIGITS])
            slept = number * _UNITS[sleep["unit"] or "MILLISECONDS"]
            if slept < _FAR and _surely_comes(body[: sleep.start()]):
                total += slept
    return total


def _surely_comes(before: str) -> bool:
    """Whether a statement is run, by what stands before it in its method."""
    opened: list[int] = []
    for mark in _BRACES.finditer(before):
        if mark[0] == "{":
            opened.append(mark.start())
        elif opened:
            opened.pop()
    alone = before.rstrip()[-1:] in {"", ";", "{", "}"}
    return alone and (
        not opened or (len(opened) == 1 and bool(_TRIES.search(before, 0, opened[0])))
    )


_PRE_DESTROY = lazy.compile(r"@PreDestroy\b[^{};]{0,300}\{")
_SLEEPS_IN_JAVA = lazy.compile(
    r"\b(?:Thread|TimeUnit\s*\.\s*(?P<unit>MINUTES|SECONDS|MILLISECONDS))"
    r"\s*\.\s*sleep\s*\(\s*(?P<number>\d[\d_]*)L?\s*\)\s*;?"
)
_TEXT_IN_JAVA = lazy.compile(r"\"[^\"\n]*\"|'[^'\n]*'")
_LEAVES_IN_JAVA = lazy.compile(r"\b(?:return|throw|break|continue|exit|halt)\b")
_BRACES = lazy.compile(r"[{}]")
_TRIES = lazy.compile(r"\b(?:try|finally)\s{0,20}\Z")
_UNITS = {"MINUTES": 60.0, "SECONDS": 1.0, "MILLISECONDS": 0.001}
_HOOKS, _DIGITS, _FAR = 20, 20, 1e6


def _stages_of_java(files: ImageFiles, words: Sequence[str], workdir: str) -> list[ImageFiles]:
    """Where the jar that is run may have been made."""
    named = next((w for w in words[1:] if w.endswith(".jar")), "")
    return [stage for stage, _ in files.makers(absolute(named, workdir))] if named else []


def _texts_of_java(files: ImageFiles, words: Sequence[str], workdir: str) -> list[Text]:
    stages = _stages_of_java(files, words, workdir)
    kotlin = (f.text for stage in stages for f in stage.ending(".kt"))
    return [*java_sources(files, words, workdir).values(), *(t for t in kotlin if t is not None)]


_STARTS_IN_KOTLIN = lazy.compile(r"\bProcessBuilder\s*\(|\bgetRuntime\s*\(\s*\)\s*\.\s*exec\b")
_HOOK_IN_KOTLIN = lazy.compile(r"\baddShutdownHook\b")
_WAITS_IN_KOTLIN = lazy.compile(
    r"\.\s*(?:join|await\w*|take|get)\s*\(|\bsleep\s*\(|\brunBlocking\b"
)


def java_sources(files: ImageFiles, words: Sequence[str], workdir: str) -> dict[str, Text]:
    """The source that `java` is given, or those of the first stage in which its jar or class may
    have been made; by their paths.
    """
    from gracelint.simulate.sources import javalang

    named = next((w for w in words[1:] if w.endswith((".java", ".jar"))), "")
    path = absolute(named, workdir)
    file = files.get(path) if named else None
    if file is not None and file.text is not None:
        return {path: file.text}
    classes = [] if named else javalang.classes(words)
    built = [path] if named.endswith(".jar") else [absolute(c, workdir) for c in classes]
    for made in built:
        for stage, _ in files.makers(made):
            sources = own_sources(LANGUAGES["java"], stage)
            texts = {path: f.text for path, f in sources if f.text is not None}
            if texts:
                return texts
    return {}


def _language(stage: ImageFiles, path: str) -> str | None:
    """The one compiled language of which a stage has sources with a `main`; None where the program
    was copied to it and not built.
    """
    if stage.get(path) is not None:
        return None
    mains = [name for name in _MANIFESTS if _has_main(name, stage)]
    names = {f.path.rpartition("/")[2] for f in stage} if len(mains) > 1 else set()
    languages = [m for m in mains if names.intersection(_MANIFESTS[m])] or mains
    return languages[0] if len(languages) == 1 else None


def _has_main(name: str, stage: ImageFiles) -> bool:
    return any(
        f.text is not None and _MAIN[name].search(f.text.text)
        for _, f in own_sources(LANGUAGES[name], stage)
    )


def shown(language: str, result: Search, *, strict: bool = False) -> Source:
    """What was found. Go ends at once on a signal that it does not handle; others leave it to the
    kernel. strict: see `clang`.
    """
    reactions: dict[str, Reaction] = {}
    if language == "go":
        ends = ("TERM", "INT", "QUIT", "HUP", "ABRT")
        reactions = dict.fromkeys(ends, Reaction.FAST)
    reactions.update(dict.fromkeys(_by_frameworks(result), Reaction.GRACEFUL))
    handled = _handled(result, language, strict=strict)
    reactions.update(handled)
    work = "requests" if result.servers else "jobs" if result.takers else ""
    cut = _leaving(language, result, handled) if work and not result.frameworks else None
    if cut is not None:
        ended = [s for s, does in handled.items() if s in _STOPS and does is Reaction.GRACEFUL]
        reactions.update(dict.fromkeys(ended, Reaction.FAST))
    frameworks = [span for span, _ in result.frameworks[:1]]
    places = result.handlers[:1] or frameworks or result.servers[:1] or result.takers[:1]
    return Source(reactions, work, origins=tuple(places), cut=cut, meant=cut is not None)


def _comes_to_an_end(language: str, result: Search, reactions: Mapping[str, Reaction]) -> str:
    """What is not certain of a program that is searched, not played: that it ends when its handler
    has run, unless that ends it; "" where it has none.
    """
    handled = result.handlers and reactions.get("TERM") is Reaction.GRACEFUL
    if not handled or result.frameworks or _leaving(language, result, reactions) is not None:
        return ""
    name = result.handlers[0].source.path.rpartition("/")[2]
    return f"the handler in `{name}` ends the program"


def _handled(result: Search, language: str, *, strict: bool) -> Mapping[str, Reaction]:
    """The signals that the handlers are for; all that usually stop where none is named."""
    from gracelint.simulate.sources import clang, golang, rustlang

    handled: dict[str, Reaction] = {}
    for span in result.handlers[:_MOST]:
        whole = span.source.text
        behind = whole[span.start : span.start + _CALL].partition("\n\n")[0]
        names = _named(behind) or ({"TERM", "INT"} if _SETUP.search(behind) else _named(whole))
        does: Reaction | None = Reaction.GRACEFUL
        if language == "go":
            does = golang.reaction(behind, bare(whole, LANGUAGES["go"]))
        if language == "rust" and rustlang.waits_on(result.texts):
            does = Reaction.NOTHING
        if language == "c":
            names = clang.names(behind) or names
            code = bare(whole, LANGUAGES["c"])
            does = clang.reaction(code, span.start, result.texts, strict=strict)
        if does is None:
            continue
        for name in names or {"TERM", "INT"}:
            if language != "c" or handled.get(name) is not Reaction.GRACEFUL:
                handled[name] = does
    return handled


def _leaving(language: str, result: Search, handled: Mapping[str, Reaction]) -> Span | None:
    """Where a handler ends the program as soon as it is told, whatever it has in hand."""
    from gracelint.simulate.sources import clang, rustlang

    if language == "rust" and _STOPS.intersection(handled):
        read = zip(result.read, result.texts, strict=True)
        for text, code in read:
            leaves = rustlang.leaves_at(code, result.texts)
            place = leaves or rustlang.leaves_clients(code, result.texts)
            if place is not None:
                return text.span(*place)
        return None
    cuts: list[Span | None] = []
    for span in result.handlers[:_MOST] if language == "c" else ():
        text = span.source
        if _STOPS.intersection(clang.names(text.text[span.start :]) or ()):
            place = clang.leaves_at(bare(text.text, LANGUAGES["c"]), span.start)
            cuts.append(None if place is None else text.span(*place))
    return cuts[0] if cuts and None not in cuts else None


_STOPS = frozenset({"TERM", "INT", "QUIT"})
_MOST = 20  # handlers of a program that are looked at


def _by_frameworks(result: Search) -> set[str]:
    """The signals that frameworks in use handle by themselves."""
    return {name for _, names in result.frameworks for name in names}


def _named(text: str) -> set[str]:
    names = set()
    for sig, interrupt, kind, control, number in _NAMES.findall(text):
        name = sig or number or ("INT" if interrupt or control else _KINDS.get(kind, ""))
        parsed = signals.parse(name) if name else None
        if parsed:
            names.add(parsed)
    return names


_KINDS = {"terminate": "TERM", "interrupt": "INT", "quit": "QUIT", "hangup": "HUP"}
