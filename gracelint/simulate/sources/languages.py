"""The languages that are played, and how a command line names what they run."""

from __future__ import annotations

import sys
from functools import lru_cache
from importlib import import_module
from typing import TYPE_CHECKING, Any, TypeAlias

from gracelint.atlas import programs, wrappers
from gracelint.atlas.call import Started, deciding
from gracelint.atlas.libraries import library as known_library
from gracelint.base.facts import Unknown, Word
from gracelint.base.paths import absolute, folder_of
from gracelint.base.source import Source as Written
from gracelint.base.values import dataclass, field, replace
from gracelint.model.application import Source
from gracelint.simulate.sources import modules
from gracelint.simulate.sources.built import StageView, shown
from gracelint.simulate.sources.machine.code import Code, TooLong, compile_module
from gracelint.simulate.sources.scan import LANGUAGES, search
from gracelint.syntax.code import tree

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from gracelint.base.source import Span, Text
    from gracelint.model.entries import ImageView
    from gracelint.model.workload import ImageFiles
    from gracelint.simulate.sources.machine.state import Library
    from gracelint.simulate.sources.scan import Search

MAX_SIZE = 250_000
MAX_TOTAL = 3_000_000  # characters of all files
MAX_FILES = 400
MAX_PROJECTS = 40
_MANIFESTS = ("/pyproject.toml", "/setup.py", "/setup.cfg")


@dataclass(frozen=True, slots=True)
class Spoken:
    """A language. reader: the module of `syntax.code` that reads it. library: the module and the
    name of what it can do.
    """

    name: str
    reader: str
    library: tuple[str, str]


_JAVASCRIPT = Spoken("node", "javascript", ("node", "NODE"))
_LANGUAGES = {
    "python": Spoken("python", "python", ("python", "PYTHON")),
    "node": _JAVASCRIPT,
    "ruby": Spoken("ruby", "ruby", ("ruby", "RUBY")),
    "perl": Spoken("perl", "perl", ("perl", "PERL")),
    "php": Spoken("php", "php", ("php", "PHP")),
    "bun": _JAVASCRIPT,
}
"""By the interpreter's entry in the atlas, which says what its options are."""


@dataclass(slots=True, eq=False)
class Sources:
    """The files of a program, as far as they are in sight.

    first: the one that is started. names: variables that it finds. environment: `argv`, `env` and
    `workdir` as its library asks for them, and whether it runs other than as it is written. inline:
    where code on the command line stands, if its characters have no places of their own. roots:
    folders in which modules are looked for. before: the files that run before the first, in their
    order. doubts: why there may be more than was read. there: whether there are files; imported:
    what imports run; both by what was asked. packages: the files of each package of a Go program,
    by its folder and its name. named: the paths of the program's own files by their names, once it
    was asked for one. files: the image's; projects: where those that it installs have their
    modules, once it was asked. guess: what is not certain of its being what is started, as in
    `Source`.
    """

    spoken: Spoken
    view: ImageView
    library: Library
    first: Code
    names: dict[str, Any]
    environment: dict[str, Any]
    roots: tuple[str, ...]
    inline: Span | None = None
    read: dict[str, Code | None] = field(default_factory=dict)
    before: list[str] = field(default_factory=list)
    doubts: list[str] = field(default_factory=list)
    size: int = 0
    there: dict[str, bool] = field(default_factory=dict)
    imported: dict[tuple[object, ...], list[str]] = field(default_factory=dict)
    packages: dict[str, list[str]] = field(default_factory=dict)
    named: dict[str, list[str]] | None = None
    files: ImageFiles | None = None
    projects: tuple[str, ...] | None = None
    guess: str = ""

    def _there(self, path: str) -> bool:
        if path not in self.there:
            self.there[path] = self.view.text(path) is not None
        return self.there[path]

    def _python(self, node: tree.Import, path: str) -> list[str]:
        """The files that an import in a file runs, looked for once."""
        folder = path.rpartition("/")[0]
        key = (self.roots, folder, node.level, node.module, tuple(node.names))
        if key not in self.imported:
            paths = modules.python(node, path, self.roots, self._there)
            if not paths and not node.level and not _of_others(node.module.partition(".")[0]):
                paths = modules.python(node, path, self._projects(), self._there)
            self.imported[key] = paths
        return self.imported[key]

    def _javascript(self, name: str, path: str) -> str:
        """The file that a JavaScript file means by a name, looked for once."""
        key = (path.rpartition("/")[0], name)
        if key not in self.imported:
            found = modules.javascript(name, path, self.view)
            self.imported[key] = [found] if found else []
        return next(iter(self.imported[key]), "")

    def _projects(self) -> tuple[str, ...]:
        """The folders of modules of the projects in the image: what imports them has them
        installed.
        """
        if self.projects is None:
            manifests = self.files.ending(*_MANIFESTS) if self.files is not None else ()
            folders = sorted({folder_of(file.path) or "/" for file in manifests})
            kept = sorted(folders, key=lambda path: path.count("/"))[:MAX_PROJECTS]
            self.projects = tuple(p for f in kept for p in (f, absolute("src", f)))
        return self.projects

    def modules(self, node: tree.Import, code: Code) -> list[str]:
        """The program's files that an import runs, in their order."""
        if self.spoken.name == "go":
            folder = code.path.rpartition("/")[0]
            return self.packages.get(folder if node.module == "." else node.module, [])
        if self.spoken.name == "java":
            return self.packages.get(node.module, [])
        if self.spoken.name != "python":
            path = self.module(node, code, "")
            return [path] if path else []
        return self._python(node, code.path)

    def module(self, node: tree.Import, code: Code, what: str) -> str:
        """The file that an import means: the module itself, or the module that `what` is."""
        if self.spoken.name == "node":
            return self._javascript(node.module, code.path)
        bare = tree.Import(node.start, node.end, node.module, (), node.level)
        parents = self._python(bare, code.path)
        if not what:
            return parents[-1] if parents else ""
        named = tree.Import(node.start, node.end, node.module, ((what, what),), node.level)
        paths = self._python(named, code.path)
        return paths[-1] if len(paths) > len(parents) else ""

    def code(self, path: str) -> Code | None:
        """The instructions of a file; None where it cannot be read."""
        if path not in self.read:
            text = self.view.text(path)
            self.size += len(text.text) if text is not None else 0
            few = len(self.read) < MAX_FILES and self.size < MAX_TOTAL
            code = compiled(self.spoken, text, path, self.library) if text and few else None
            self.read[path] = code
            if code is None and not path.endswith(".json"):
                left = "cannot be read" if few else "is left out: the program has too many files"
                if text is not None and len(text.text) > MAX_SIZE:
                    left = f"is longer than {MAX_SIZE:,} characters, and is not read"
                self.doubts.append(f"`{path}` {left}")
        return self.read[path]


def compiled(spoken: Spoken, text: Text, path: str, library: Library) -> Code | None:
    """The instructions of a text; None where it cannot be read. The runs of a launch share them."""
    given: tuple[Any, ...] = spoken, text, path, library
    return _compiled(*given)


@lru_cache(maxsize=256)
def _compiled(spoken: Spoken, text: Any, path: str, library: Any) -> Code | None:
    if len(text.text) > MAX_SIZE or path.endswith(".json"):
        return None
    reader = import_module(f"gracelint.syntax.code.{spoken.reader}")
    given = (text.text, path) if spoken.reader in {"javascript", "php"} else (text.text,)
    module = reader.read(*given)
    if module.problem:
        return None
    try:
        return compile_module(module, text, path, library.dialect)
    except TooLong:
        return None


@dataclass(frozen=True, slots=True)
class Call:
    """A command line of an interpreter, with what is in sight where it is run. input: what it can
    read from its standard input, None: nothing.
    """

    key: str
    argv: Sequence[Word]
    view: ImageView
    workdir: str
    env: Mapping[str, str]
    files: ImageFiles
    input: Word | None = None

    @property
    def spoken(self) -> Spoken:
        """The language."""
        return _LANGUAGES[self.key]

    def options(self, kind: str) -> Sequence[str]:
        """The interpreter's options of a kind, as its entry has them: `inline`, `values`, …"""
        options: Sequence[str] = (programs.find(self.key) or {}).get(kind, ())
        return options

    def deciding(self, word: str) -> str:
        """The option of a word that says what the next word is."""
        return deciding(word, programs.find(self.key) or {})

    @property
    def library(self) -> Library:
        """What the language can do."""
        module, name = self.spoken.library
        library: Library = getattr(
            import_module(f"gracelint.simulate.sources.library.{module}"), name
        )
        return library


def _of_others(module: str) -> bool:
    """Whether a module is Python's own, or of a library that is known: what an installed project
    has under such a name is not what an import of it means.
    """
    return module in sys.stdlib_module_names or known_library("python", module) is not None


@dataclass(frozen=True, slots=True)
class Command:
    """A command of a package, of which an interpreter is given the script. at: the place of it
    among the words.
    """

    name: str
    at: int


Behaviour: TypeAlias = "Sources | Source | Command | Unknown"


def find(call: Call) -> Behaviour:
    """What an interpreter runs: its sources; Source where they could only be searched, since what
    is run is built from them; a package's Command; Unknown where it is not in sight or cannot be
    read.
    """
    if call.key not in _LANGUAGES:
        return Unknown(f"sources of `{call.key}` are not read")
    argv, at, loaded = call.argv, 1, list(_from_environment(call))
    while at < len(argv):
        word = argv[at].value
        if word is None or argv[at].many:
            return Unknown("its arguments are not known")
        behaviour = _started(call, call.deciding(word), at)
        if behaviour is not None:
            if isinstance(behaviour, Sources):
                _load_before(call, behaviour, loaded)
            return behaviour
        takes_next = call.deciding(word) in call.options("values")
        option, _, value = word.partition("=")
        if option in call.options("loaders"):
            following = argv[at + 1].value if takes_next and at + 1 < len(argv) else ""
            loaded.append((word, value or following))
        at += 2 if takes_next else 1
    return Unknown("it runs no script") if call.input is None else _piped(call, ())


def _from_environment(call: Call) -> Iterator[tuple[str, str | None]]:
    """The options that load a module which a variable has in front of the command line's own."""
    words = call.env.get("NODE_OPTIONS", "").split() if call.key == "node" else []
    for at, word in enumerate(words):
        option, _, value = word.partition("=")
        if option in call.options("loaders"):
            yield word, value or next(iter(words[at + 1 : at + 2]), "")


def _load_before(call: Call, sources: Sources, loaded: Iterable[tuple[str, str | None]]) -> None:
    """Have what options load run before the program, where it is in sight."""
    for word, name in loaded:
        path = ""
        if name and call.spoken.name == "node":
            if name in call.options("loaders-of-compilers"):
                continue
            beside = absolute("[command line]", call.workdir)
            path = modules.javascript(name, beside, sources.view)
            path = path or modules.built_from(absolute(name, call.workdir), sources.view)
        sources.environment["altered"] = True
        if path:
            sources.before.append(path)
        else:
            sources.doubts.append(f"what `{word}` loads is not read")


def speaks(program: str) -> bool:
    """Whether a program is an interpreter whose language is played."""
    return program.rpartition("/")[2].rstrip("0123456789.") in _LANGUAGES


def _piped(call: Call, rest: Sequence[Word]) -> Sources | Unknown:
    """A program that is read from the standard input."""
    given = call.input
    if given is None or given.value is None:
        return Unknown("what it reads from its standard input is not known")
    text = given.text or Written("", given.value)
    span = given.span if given.text is None else None
    return _sources(call, text, absolute("[standard input]", call.workdir), rest, span)


def _started(call: Call, word: str, at: int) -> Behaviour | None:
    """What one argument has the interpreter run; None where it does not say that."""
    rest = call.argv[at:]
    if call.key == "python" and word == "-m":
        return _module(call, rest[1:])
    if word in call.options("inline"):
        return _inline(call, rest[1:])
    if word == "-":
        return _piped(call, rest[1:])
    if word.startswith("-"):
        return None
    if call.key == "bun" and word == "run" and len(rest) > 1:
        return None
    return _script(call, rest)


def _sources(
    call: Call, text: Text, path: str, rest: Sequence[Word], inline: Span | None = None
) -> Sources | Unknown:
    library = call.library
    code = compiled(call.spoken, text, path, library)
    if code is None:
        return Unknown(f"`{path}` cannot be read")
    folder = path.rpartition("/")[0] or "/"
    roots = tuple(dict.fromkeys((*_included(call), folder, call.workdir, *_listed(call))))
    environment = {
        "program": call.key,
        "argv": [path, *(w.value for w in rest)],
        "env": dict(call.env),
        "workdir": call.workdir,
        "roots": roots,
    }
    names: dict[str, Any] = {"__name__": "__main__", "__file__": path}
    return Sources(
        *(call.spoken, call.view, library, code, names, environment, roots, inline),
        {path: code},
        files=call.files,
    )


_PATHS = {"python": "PYTHONPATH", "perl": "PERL5LIB", "ruby": "RUBYLIB"}
"""The variable in which folders of modules stand, by the interpreter."""


def _listed(call: Call) -> list[str]:
    """The folders of modules that the environment names."""
    folders = call.env.get(_PATHS.get(call.key, ""), "").split(":")
    return [absolute(folder, call.workdir) for folder in folders if folder]


def _included(call: Call) -> Iterator[str]:
    """The folders that `-I` names in front of a Perl or Ruby script."""
    words = [word.value or "" for word in call.argv] if call.key in {"perl", "ruby"} else []
    for at, word in enumerate(words[1:], 1):
        if word.startswith("-I"):
            given = word[2:] or "".join(words[at + 1 : at + 2])
            yield absolute(given, call.workdir)
        elif not word.startswith("-") and words[at - 1] != "-I":
            return


def _inline(call: Call, rest: Sequence[Word]) -> Sources | Unknown:
    if not rest or rest[0].value is None:
        return Unknown("its code is not known")
    text = rest[0].text or Written("", rest[0].value)
    span = rest[0].span if rest[0].text is None else None
    return _sources(call, text, absolute("[command line]", call.workdir), rest[1:], span)


def _script(call: Call, words: Sequence[Word]) -> Behaviour:
    name = words[0].value or ""
    path = absolute(name, call.workdir)
    for candidate in _candidates(call, path):
        text = call.view.text(candidate)
        if text is not None:
            return _sources(call, text, candidate, words[1:])
    if "/node_modules/" in path:
        command = modules.command_of(path)
        known = bool(command) and (wrappers.find(command) or programs.find(command)) is not None
        at = len(call.argv) - len(words)
        return Command(command, at) if known else Unknown(f"`{name}` is not in sight")
    if call.spoken.name == "node":
        behaviour = _built(call, modules.stated_main(path, call.view) or path, words[1:])
        if behaviour is not None:
            return behaviour
    why = call.files.hides(path)
    return Unknown(f"`{name}` is not in sight" + (f": {why}" if why else ""))


def _built(call: Call, path: str, rest: Sequence[Word]) -> Behaviour | None:
    """A file that is built from sources in sight: the source of it, or all that there are."""
    server = _server_of(call, path)
    if server is not None:
        return server
    makers = call.files.makers(path)
    outside = [one for files, there in makers for one in files.outside(there)]
    for at, (files, there) in enumerate((*makers, *outside)):
        view = StageView(files)
        source = modules.built_from(there, view)
        text = view.text(source) if source else None
        if text is not None:
            played = _sources(replace(call, view=view), text, source, rest)
            if isinstance(played, Sources):
                played.environment["altered"] = True
                played.environment["built"] = tuple(folder_of(one) for one in (path, source))
                if at >= len(makers):
                    played.guess = f"`{there[1:]}` is built from `{source[1:]}`"
            return played
    if call.files.hides(path):
        return None
    for files, there in call.files.makers(path):
        root = modules.package_root(there, StageView(files))
        sources = search("node", files, below=root, but=_aside(files, root)) if root else None
        if sources is not None and sources.files and sources.whole:
            return _bundled(path, sources)
    return None


def _aside(files: ImageFiles, root: str) -> frozenset[str]:
    """The files that are no part of what is built from `src`: a package's own scripts."""
    paths = [file.path for file in files if file.path.startswith(root)]
    if not any(path.startswith(f"{root}src/") for path in paths):
        return frozenset()
    return frozenset(
        path for path in paths if path.startswith((f"{root}scripts/", f"{root}tools/"))
    )


def _server_of(call: Call, path: str) -> Source | None:
    """A framework's own server, which its build puts beside the application."""
    makers = call.files.makers(path)
    outside = (one for files, there in makers for one in files.outside(there))
    places = [(call.view, path), *((StageView(f), at) for f, at in (*makers, *outside))]
    for view, there in places:
        for program in programs.built_servers():
            server = program["built_server"]
            folder, name = f"/{server['folder']}/", server["file"]
            at = f"{there}/{name}" if f"{there}/".endswith(folder) else there
            off = server.get("handlers-off") in call.env
            if folder not in at or not at.endswith(f"/{name}") or off:
                continue
            manifest = view.text(f"{modules.package_root(at, view)}package.json")
            package = server.get("package")
            if not package or (manifest is not None and f'"{package}"' in manifest.text):
                words = [Word(program["key"]), *map(Word, server.get("words", ()))]
                folder = modules.package_root(at, view) or call.workdir
                started = Started(words, program, call.env, view, folder.rstrip("/") or "/", None)
                said = programs.make(program["key"], programs.facts(started))
                return Source(said.reactions, said.work, said.guess)
    return None


def _bundled(path: str, result: Search) -> Source | Unknown:
    """What the sources show: a handler in a file of another name may be no part of a bundle. What a
    library's handler does not know of, a server beside it, may go on.
    """
    if result.frameworks and result.servers and not result.handlers:
        name = result.frameworks[0][0].source.path
        return Unknown(f"whether it ends once the library in `{name}` has handled the signal")
    source = shown("node", result)
    places = [*result.handlers, *(span for span, _ in result.frameworks)]
    stems = {_stem(span.source.path) for span in places}
    if not stems or _stem(path) in stems | {"index"} or "index" in stems:
        return source
    return replace(source, guess=f"`{path}` holds the handler of `{places[0].source.path}`")


def _stem(path: str) -> str:
    return path.rpartition("/")[2].partition(".")[0]


def _candidates(call: Call, path: str) -> Iterator[str]:
    if call.spoken.name == "node":
        script = modules.script(path, call.view)
        if script:
            yield script
        return
    yield path
    if call.key == "python":
        yield f"{path}/__main__.py"


def _run_before(call: Call, name: str, path: str, root: str) -> Iterator[str]:
    """The packages around a module, which are run before it, where they install a handler."""
    parts = name.split(".") if path.endswith("/__main__.py") else name.split(".")[:-1]
    for depth in range(1, len(parts) + 1):
        first = absolute("/".join((*parts[:depth], "__init__.py")), root)
        text = call.view.text(first)
        if text is not None and LANGUAGES["python"].installs.search(text.text):
            yield f"`{first}` is run first"


def _module(call: Call, words: Sequence[Word]) -> Sources | Unknown:
    name = words[0].value if words else None
    if name is None:
        return Unknown("the module is not known")
    for root in (call.workdir, *_listed(call)):
        path = absolute(name.replace(".", "/"), root)
        for candidate in (f"{path}/__main__.py", f"{path}.py"):
            text = call.view.text(candidate)
            if text is None:
                continue
            sources = _sources(call, text, candidate, words[1:])
            if isinstance(sources, Sources):
                sources.roots = tuple(dict.fromkeys((call.workdir, *sources.roots)))
                sources.doubts += _run_before(call, name, candidate, root)
            return sources
    return Unknown(f"the module `{name}` is not in sight")
