"""Compiled programs whose sources are in sight whole, so that they can be played.

A Go or Java program is, where it is made of the language's own library, packages of its own and, in
Go, such as `library.golang.others` knows; of one that uses more the sources are only searched.
"""

from __future__ import annotations

import re

from gracelint.base import lazy
from gracelint.base.paths import absolute
from gracelint.base.typed import TYPE_CHECKING, Any
from gracelint.simulate.sources import gomodules
from gracelint.simulate.sources.built import StageView, java_sources, makers
from gracelint.simulate.sources.scan import LANGUAGES, own_sources

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from gracelint.base.facts import Word
    from gracelint.base.source import Text
    from gracelint.model.workload import ImageFiles
    from gracelint.simulate.sources.languages import Sources
    from gracelint.simulate.sources.machine.state import Library

_MAIN = lazy.compile(r"^func\s+main\s*\(", re.MULTILINE)
_ELSEWHERE = lazy.compile(
    r"_(?:windows|darwin|freebsd|openbsd|netbsd|solaris|plan9|js|wasm|arm|arm64|386|mips\w*)\.go$"
)
_EXCLUDED = lazy.compile(r"^//go:build\s+(?:windows|darwin|ignore|!linux|tools)\b", re.MULTILINE)
_JAVA_IMPORT = lazy.compile(r"^\s*import\s+(?:static\s+)?([\w.]+)", re.MULTILINE)
_JAVA_PACKAGE = lazy.compile(r"^\s*package\s+([\w.]+)", re.MULTILINE)
_JAVA_MAIN = lazy.compile(r"\bstatic\s+(?:final\s+)?void\s+main\s*\(")
_KOTLIN_MAIN = lazy.compile(r"\bfun\s+main\s*\(")
_NOT_PLAYED = lazy.compile(
    r"\bkotlin\.coroutines\b|\b(?:inline|infix|operator)\s+fun\b|\bfun\s+(?:<[^>\n]*>\s*)?[A-Z][\w<>?]*\.\w+\s*\("
)
"""Kotlin with functions that are called otherwise than those of Java."""
_OWN = ("kotlin.", "java.", "javax.", "jdk.", "sun.", "com.sun.")


def java_program(
    files: ImageFiles, argv: Sequence[Word], workdir: str, env: Mapping[str, str]
) -> Sources | None:
    """The sources of a Java program; None where not all of them are in sight and can be played."""
    from gracelint.simulate.sources import javalang

    words = [w.value or "" for w in argv]
    texts = java_sources(files, words, workdir)
    mains = [path for path, text in texts.items() if _JAVA_MAIN.search(text.text)]
    started = javalang.started(words)
    named = [path for path in mains if path.rpartition("/")[2] == f"{started}.java"]
    chosen = named or mains
    if len(chosen) != 1 or not _is_plain_java(texts):
        return None
    from gracelint.simulate.sources.languages import Spoken

    spoken = Spoken("java", "java", ("java", "JAVA"))
    name = chosen[0].rpartition("/")[2].removesuffix(".java")
    return _on_java(files, texts, (spoken, chosen[0], name), (words, workdir, env))


def kotlin_program(
    files: ImageFiles, argv: Sequence[Word], workdir: str, env: Mapping[str, str]
) -> Sources | None:
    """The sources of a Kotlin program; None where not all are in sight and can be played."""
    words = [w.value or "" for w in argv]
    named = next((w for w in words[1:] if w.endswith(".jar")), "")
    for stage, _ in files.makers(absolute(named, workdir)) if named else ():
        sources = ((f.path, f.text) for f in stage.ending(".kt"))
        texts = {p: text for p, text in sources if text is not None and "/test/" not in p}
        mains = [path for path, text in texts.items() if _KOTLIN_MAIN.search(text.text)]
        if len(mains) == 1 and _is_plain_kotlin(texts):
            from gracelint.simulate.sources.languages import Spoken
            from gracelint.syntax.code.kotlin import MAIN

            spoken = Spoken("java", "kotlin", ("java", "JAVA"))
            return _on_java(files, texts, (spoken, mains[0], MAIN), (words, workdir, env))
        if texts:
            return None
    return None


def _is_plain_kotlin(texts: Mapping[str, Text]) -> bool:
    """Whether it uses nothing but its own, Java's and Kotlin's, and no functions of other kinds."""
    if any(_NOT_PLAYED.search(text.text) for text in texts.values()):
        return False
    return _is_plain_java(texts)


def _on_java(
    files: ImageFiles, texts: Mapping[str, Text], start: Any, given_at_start: Any
) -> Sources | None:
    """What is played with Java's library. start: the language, the first file, and the name that
    tells that to call `main`.
    """
    from gracelint.simulate.sources import javalang
    from gracelint.simulate.sources.languages import Sources, compiled
    from gracelint.simulate.sources.library.java import JAVA
    from gracelint.simulate.sources.machine.values import Items
    from gracelint.syntax.code.java import STARTED

    spoken, chosen, name = start
    words, workdir, env = given_at_start
    library: Library = JAVA
    codes = {path: compiled(spoken, text, path, library) for path, text in texts.items()}
    first = codes[chosen]
    if first is None or None in codes.values():
        return None
    given = Items(list(javalang.arguments(words)))
    environment = {
        "env": dict(env),
        "workdir": workdir,
        "reduced": "-Xrs" in words,
        "properties": javalang.properties(words),
    }
    names = {STARTED: name, "\0args": given}
    sources = Sources(spoken, StageView(files), library, first, names, environment, ())
    sources.read = codes
    sources.packages = {".": sorted(texts)}
    return sources


def _is_plain_java(texts: Mapping[str, Text]) -> bool:
    """Whether all that it imports is its own or Java's, and not too much to be played."""
    if not texts or _is_too_much(texts):
        return False
    found = [_JAVA_PACKAGE.search(text.text) for text in texts.values()]
    own = tuple(f"{match[1]}." for match in found if match is not None)
    names = [name for text in texts.values() for name in _JAVA_IMPORT.findall(text.text)]
    return all(name.startswith((*_OWN, *own)) for name in names)


def _is_too_much(texts: Mapping[str, Text]) -> bool:
    from gracelint.simulate.sources.languages import MAX_FILES, MAX_TOTAL

    return len(texts) > MAX_FILES or sum(len(t.text) for t in texts.values()) > MAX_TOTAL


def go_program(
    files: ImageFiles, argv: Sequence[Word], workdir: str, env: Mapping[str, str]
) -> Sources | None:
    """The sources of a Go program; None where it is none, or not all of them can be played."""
    for stage, there in makers(files, argv[0].value or "", workdir):
        built = gomodules.built(stage, there)
        if built is not None and stage.get(there) is None:
            texts = _texts(stage, built)
            mains = [p for p, t in texts.items() if _of_main(p, t, built)]
            if len(mains) == 1 and _is_whole(texts, built):
                return _sources(stage, texts, mains[0], built, (argv, workdir, env))
    return None


def _texts(stage: ImageFiles, built: gomodules.Built) -> dict[str, Text]:
    """The program's files, by their paths."""
    return {
        path: file.text
        for path, file in own_sources(LANGUAGES["go"], stage)
        if file.text is not None
        and path.rpartition("/")[0] in built.folders
        and not _ELSEWHERE.search(path)
        and not _EXCLUDED.search(file.text.text)
    }


def _of_main(path: str, text: Text, built: gomodules.Built) -> bool:
    return path.rpartition("/")[0] == built.main and bool(_MAIN.search(text.text))


def _is_whole(texts: Mapping[str, Text], built: gomodules.Built) -> bool:
    """Whether all that it imports is its own, Go's or known, and not too much to be played."""
    from gracelint.simulate.sources.library.golang import others

    if _is_too_much(texts):
        return False
    names = [name for text in texts.values() for name in gomodules.imports(text.text)]
    foreign = [n for n in names if "." in n.partition("/")[0] and built.folder(n) is None]
    return bool(names) and all(map(others.is_known, foreign))


def _sources(
    stage: ImageFiles, texts: dict[str, Text], main: str, built: gomodules.Built, started: Any
) -> Sources | None:
    from gracelint.simulate.sources.languages import Sources, Spoken, compiled
    from gracelint.simulate.sources.library.golang import GO, others

    argv, workdir, env = started
    library: Library = GO
    spoken = Spoken("go", "golang", ("golang", "GO"))
    packages = _packages(texts, built)
    codes = {path: compiled(spoken, text, path, library) for path, text in texts.items()}
    for name in sorted({n for text in texts.values() for n in gomodules.imports(text.text)}):
        played = others.played(name)
        if played is not None:
            path, written = played
            codes[path] = compiled(spoken, written, path, library)
            packages[name] = packages[path.rpartition("/")[0]] = [path]
    first = codes[main]
    if first is None or None in codes.values():
        return None
    environment = {"argv": [w.value for w in argv], "env": dict(env), "workdir": workdir}
    sources = Sources(spoken, StageView(stage), library, first, {}, environment, ())
    sources.read = codes
    sources.packages = packages
    return sources


def _packages(texts: Mapping[str, Text], built: gomodules.Built) -> dict[str, list[str]]:
    """The files of each package, by the folder and by the name under which it is imported."""
    packages: dict[str, list[str]] = {}
    for path in sorted(texts):
        packages.setdefault(path.rpartition("/")[0], []).append(path)
    for text in texts.values():
        for name in gomodules.imports(text.text):
            folder = built.folder(name)
            if folder in packages:
                packages[name] = packages[folder]
    return packages
