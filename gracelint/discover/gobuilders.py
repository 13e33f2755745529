"""Images that Go's own builders make: ko, which needs no Dockerfile, and GoReleaser.

Sources: ko's configuration (ko.build/configuration) and its gobuild.go for the path of the program
in the image; GoReleaser's customization pages for docker, docker_v2 and ko.
"""

from __future__ import annotations

import posixpath
import re
from typing import TYPE_CHECKING

from gracelint.base import lazy
from gracelint.base.paths import folder_of, join, name_of, seen_from
from gracelint.base.source import Outside
from gracelint.base.values import replace
from gracelint.discover.builds import ANY, Built, artifacts, last_part
from gracelint.discover.commands import expanded

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from gracelint.base.source import Span
    from gracelint.files.tree import Files
    from gracelint.syntax.yaml.parse import Node, YamlFile

KO = "ko://"
"""Begins a reference that ko replaces by the image it builds: the import path of a main package."""

_BASE = "cgr.dev/chainguard/static"
"""What ko builds on unless it is told otherwise."""

_DOCKERFILE = """\
FROM golang AS build
COPY . .
RUN go build -o {program} ./{package}
FROM {base}
COPY --from=build {program} {program}
ENTRYPOINT ["{program}"]
"""
"""What ko does, as a Dockerfile says it."""

_MODULE = lazy.compile(r"^module[ \t]+\"?([^\s\"]+)", re.MULTILINE)
_MAIN = lazy.compile(r"^package[ \t]+main\b", re.MULTILINE)
_VERSION = lazy.compile(r"v[0-9]+")
_VALUE = lazy.compile(r"\{\{-?\s*\.(\w+)\s*-?\}\}")
_PLAIN = lazy.compile(r"[\w.~/+-]*")


def modules(files: Files, paths: Iterable[str]) -> list[tuple[str, str]]:
    """The import paths of the modules whose `go.mod` is among the paths, with their folders."""
    sources = (files.read(path) for path in paths if name_of(path) == "go.mod")
    named = ((source, _MODULE.search(source.text)) for source in sources if source is not None)
    return [(match[1], folder_of(source.path)) for source, match in named if match is not None]


def by_ko(files: Files, places: Iterable[tuple[str, str]], reference: str) -> Built | None:
    """How ko builds what `ko://IMPORT/PATH` stands for; None where its package is not in sight.

    places: the modules in sight, each with its folder.
    """
    wanted = reference.removeprefix(KO)
    for module, folder in places:
        if f"{wanted}/".startswith(f"{module}/"):
            package = wanted[len(module) :].lstrip("/")
            image = _ko(files, folder, package, wanted, _base(files, wanted))
            if image is not None:
                return image
    return None


def _base(files: Files, wanted: str) -> str:
    """The image that ko builds a package on, as its configuration at the root says."""
    from gracelint.syntax.yaml import parse as yaml

    source = files.read(".ko.yaml")
    for root in yaml.parse(source).roots() if source is not None else ():
        other = root.find("baseImageOverrides", wanted) if root.kind == "mapping" else None
        if other is not None and other.kind == "scalar":
            return other.value
        return (root.string("defaultBaseImage") if root.kind == "mapping" else None) or _BASE
    return _BASE


def _ko(files: Files, module: str, package: str, wanted: str, base: str) -> Built | None:
    """What ko makes of the main package in a folder of a module."""
    folder = join(module, package) if package else module
    main = _main(files, folder)
    fits = all(_PLAIN.fullmatch(text) for text in (package, wanted)) and not base.split()[1:]
    if main is None or not fits:
        return None
    parts = [part for part in wanted.split("/") if not _VERSION.fullmatch(part)]
    text = _DOCKERFILE.format(program=f"/ko-app/{parts[-1]}", package=package, base=base)
    message = Outside(
        f"ko's build of {folder or '.'}", text, main, "ko makes this an image's program"
    )
    return Built(parts[-1], main, None, module, None, text=message)


def _main(files: Files, folder: str) -> Span | None:
    """Where a main package says that it is one."""
    for name in files.names(folder):
        if name.endswith(".go") and not name.endswith("_test.go"):
            source = files.read(join(folder, name))
            match = _MAIN.search(source.text) if source is not None else None
            if source is not None and match is not None:
                return source.span(*match.span())
    return None


def skaffold_ko(files: Files, file: YamlFile) -> Iterator[Built]:
    """The images that a Skaffold configuration lets ko build."""
    folder = folder_of(file.source.path)
    for artifact in artifacts(file):
        image, ko = artifact.string("image"), artifact.get("ko")
        context = seen_from(folder, artifact.string("context") or ".")
        if image is None or ko is None or context is None:
            continue
        given = _texts(ko)
        package = posixpath.normpath(given.get("main") or ".").removeprefix(".")
        build = _ko(files, context, package, last_part(image), given.get("fromImage") or _BASE)
        if build is not None:
            yield replace(build, span=artifact.span, image=image)


def _texts(node: Node) -> Mapping[str, str]:
    items = node.items if node.kind == "mapping" else ()
    return {key.value: value.value for key, value in items if value.kind == "scalar"}


def is_goreleaser(path: str) -> bool:
    """Whether a file of this name configures GoReleaser."""
    name = name_of(path).lower().lstrip(".")
    return name.startswith("goreleaser") and name.endswith((".yml", ".yaml"))


def goreleaser(file: YamlFile) -> Iterator[Built]:
    """The images that GoReleaser builds from Dockerfiles, with `ANY` in their names.

    Dockerfiles are seen from the repository's root, where it runs.
    """
    for root in file.roots():
        if root.kind != "mapping":
            continue
        given = {"ProjectName": root.string("project_name") or ANY}
        for one in root.sequence("dockers"):
            yield from _docker(one, [n.value for n in _scalars(one, "image_templates")], given)
        for one in root.sequence("dockers_v2"):
            tags = [n.value for n in _scalars(one, "tags")] or [ANY]
            names = [n.value for n in _scalars(one, "images")]
            yield from _docker(one, [f"{name}:{tag}" for name in names for tag in tags], given)


def _scalars(node: Node, key: str) -> Iterator[Node]:
    if node.kind == "mapping":
        yield from (item for item in node.sequence(key) if item.kind == "scalar")


def _docker(one: Node, images: list[str], given: Mapping[str, str]) -> Iterator[Built]:
    dockerfile = expanded(one.string("dockerfile") or "Dockerfile", {}) if images else ANY
    path = None if ANY in dockerfile else seen_from("", dockerfile)
    flags = [flag.value for flag in _scalars(one, "build_flag_templates")]
    targets = [flag.partition("=")[2] for flag in flags if flag.startswith("--target=")]
    for template in images if path is not None else ():
        image = expanded(_VALUE.sub(lambda m: given.get(m[1], m[0]), template), {})
        yield Built(
            last_part(image), one.span, image, None, path, None, targets[-1] if targets else None
        )
