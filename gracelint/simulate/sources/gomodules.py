"""Which packages of a Go repository a program is built from.

One repository often holds several programs. What another one does about a signal says nothing of
this one, so only the program's own package and what that imports counts.
"""

from __future__ import annotations

import posixpath
import re

from gracelint.base import lazy
from gracelint.base.typed import TYPE_CHECKING
from gracelint.base.values import dataclass
from gracelint.simulate.sources.scan import LANGUAGES, own_sources

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

    from gracelint.model.workload import ImageFiles

_MODULE = lazy.compile(r"^module\s+\"?([^\s\"]+)", re.MULTILINE)
_MAIN = lazy.compile(r"^package\s+main\b", re.MULTILINE)
_BUILD = lazy.compile(r"\bgo\s+(?:build|install)\b((?:[^&;|\n\\]|\\\n|\\.)*)")
_OUTPUT = lazy.compile(r"-o[\s=]+[\"']?([^\s\"']+)")
_DECLARES = lazy.compile(r"^(?:func|type|var|const)\b", re.MULTILINE)
_COMMENT = lazy.compile(r"//[^\n]*|/\*(?:[^*]|\*(?!/))*+\*/")
_IMPORT = lazy.compile(r'"([^"\s]+)"')


@dataclass(frozen=True, slots=True)
class Built:
    """What a program is built from: the folder of its main package, those of all that it imports
    from its modules, and the modules' folders by their names.
    """

    main: str
    folders: frozenset[str]
    modules: Mapping[str, str]

    def folder(self, name: str) -> str | None:
        """Where a package of these modules lies."""
        return _folder(name, self.modules)


def packages(stage: ImageFiles, program: str) -> frozenset[str] | None:
    """The folders whose sources are in a program; none where that cannot be told, None where there
    is no module that would say what is imported.

    program: where it lies in the stage that builds it.
    """
    found = built(stage, program)
    if found is None:
        return frozenset()
    return found.folders if found.modules else None


def built(stage: ImageFiles, program: str) -> Built | None:
    """What a program of a stage is built from; None where that cannot be told."""
    texts: dict[str, list[str]] = {}
    for path, file in own_sources(LANGUAGES["go"], stage):
        if file.text is not None:
            texts.setdefault(path.rpartition("/")[0], []).append(file.text.text)
    modules = _modules(stage)
    mains = [folder for folder, files in texts.items() if any(map(_MAIN.search, files))]
    if len(mains) == 1:
        main: str | None = mains[0]
    else:
        main = (
            _built(stage.commands(), program, mains, frozenset(modules.values()))
            if modules
            else None
        )
    return (
        None if main is None else Built(main, frozenset(_imported(main, texts, modules)), modules)
    )


def imports(text: str) -> list[str]:
    """The packages that a file imports: the texts before its first declaration."""
    first = _DECLARES.search(text)
    head = text[: first.start()] if first else text
    return _IMPORT.findall(_COMMENT.sub(" ", head))


def _modules(stage: ImageFiles) -> dict[str, str]:
    """The folders of the modules, by their names."""
    folders = {}
    for file in stage.ending("/go.mod"):
        match = None if file.text is None else _MODULE.search(file.text.text)
        if match is not None:
            folders[match[1]] = file.path.rpartition("/")[0]
    return folders


def _built(
    commands: tuple[str, ...], program: str, mains: list[str], roots: Collection[str]
) -> str | None:
    """The one of several main packages that a program is built from, as `go build` says or else
    its name; None where neither does. Without a package it builds the folder that it runs in, which
    is not the module's where no program lies there.

    roots: the modules' folders.
    """
    name = program.rpartition("/")[2]
    builds = [match[1] for command in commands for match in _BUILD.finditer(command)]
    named = [b for b in builds if (o := _OUTPUT.search(b)) and o[1].rpartition("/")[2] == name]
    sources = named or (builds if len(builds) == 1 else [])
    for build in sources:
        package = _package(build)
        fits = [m for m in mains if m in roots and not package]
        fits += [m for m in mains if package and f"{m}/".endswith(f"/{package}/")]
        if fits:
            return min(fits, key=len)
    elsewhere = any(not _package(build) for build in named) and not set(mains) & set(roots)
    known = named and not elsewhere
    fits = [] if known else [main for main in mains if main.rpartition("/")[2] == name]
    return fits[0] if len(fits) == 1 else None


def _package(build: str) -> str:
    """The folder that the arguments of `go build` name, as the end of a path; "" for the module's
    own.
    """
    words = _OUTPUT.sub(" ", build).replace("\\\n", " ").split()
    path = words[-1].strip("\"'") if words and not words[-1].startswith("-") else "."
    folder = path.rpartition("/")[0] if path.endswith(".go") else path
    return posixpath.normpath(folder).removeprefix(".").lstrip("/") if folder else ""


def _imported(
    main: str, texts: Mapping[str, list[str]], modules: Mapping[str, str]
) -> Iterator[str]:
    """A package's folder, and those of all that it imports from these modules."""
    seen, todo = {main}, [main]
    while todo:
        folder = todo.pop()
        yield folder
        for text in texts.get(folder, ()):
            for name in imports(text):
                target = _folder(name, modules)
                if target is not None and target not in seen:
                    seen.add(target)
                    todo.append(target)


def _folder(name: str, modules: Mapping[str, str]) -> str | None:
    """Where a package of these modules lies."""
    for module, folder in modules.items():
        if name == module or name.startswith(f"{module}/"):
            return folder + name[len(module) :]
    return None
