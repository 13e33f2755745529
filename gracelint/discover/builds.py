"""Files that say which Dockerfile an image is built from: Skaffold, Tilt, `docker buildx bake`.

Only what they say literally counts. Sources: the Skaffold schema (build.artifacts), Tilt's API
reference (docker_build), the Bake file reference.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, TypeAlias

from gracelint.base import lazy
from gracelint.base.paths import folder_of, seen_from
from gracelint.base.values import dataclass

if TYPE_CHECKING:
    import ast
    from collections.abc import Iterator, Mapping

    from gracelint.base.source import Source, Span
    from gracelint.syntax.yaml.parse import Node, YamlFile

    _Lexeme: TypeAlias = tuple[str, str, int]
    _Targets: TypeAlias = dict[str, tuple[int, dict[str, str | list[str]]]]


MAX_SIZE = 200_000
"""Larger files are not read."""

MAX_TARGETS = 1000
"""Of a bake file's targets in JSON, so many are read."""

_OTHER_BUILDERS = ("jib", "buildpacks", "ko", "bazel", "custom", "kaniko")


@dataclass(frozen=True, slots=True)
class Built:
    """How an image is built.

    service: the name of what it is built for. image: the reference that it is tagged with, if any.
    folder, dockerfile: paths below the root; None where they are not in sight, for `reason`.
    inline: the Dockerfile itself, where it stands in a Compose file.
    """

    service: str
    span: Span
    image: str | None
    folder: str | None
    dockerfile: str | None
    inline: Node | None = None
    target: str | None = None
    args: Mapping[str, str] | None = None
    reason: str = ""


def is_skaffold(file: YamlFile) -> bool:
    """Whether a file configures Skaffold."""
    roots = [root for root in file.roots() if root.kind == "mapping"]
    return any((root.string("apiVersion") or "").startswith("skaffold/") for root in roots)


def skaffold(file: YamlFile) -> Iterator[Built]:
    """The images that a Skaffold configuration builds from Dockerfiles, in profiles too."""
    folder = folder_of(file.source.path)
    for root in file.roots():
        for part in (root, *root.sequence("profiles")):
            build = part.get("build")
            for artifact in build.sequence("artifacts") if build is not None else ():
                if (built := _artifact(artifact, folder)) is not None:
                    yield built


def _artifact(artifact: Node, folder: str) -> Built | None:
    image = artifact.string("image")
    if image is None or any(artifact.entry(key) for key in _OTHER_BUILDERS):
        return None
    docker = artifact.get("docker")
    told = {"context": artifact.string("context") or "."}
    for key in ("dockerfile", "target"):
        if docker is not None and docker.kind == "mapping" and (value := docker.string(key)):
            told[key] = value
    return _built(artifact.span, folder, image, told)


def _built(span: Span, folder: str, image: str, told: Mapping[str, str]) -> Built | None:
    """An image from a Dockerfile whose path is seen from its context, and that from `folder`."""
    context, name = told.get("context", "."), told.get("dockerfile", "Dockerfile")
    where = seen_from(folder, context)
    path = None if where is None else seen_from(where, name)
    if path is None or any("{{" in text or "${" in text for text in (image, context, name)):
        return None
    return Built(_last_part(image), span, image, where, path, None, told.get("target"))


def _last_part(image: str) -> str:
    return image.partition("@")[0].rpartition("/")[2].partition(":")[0]


def tilt(source: Source) -> Iterator[Built]:
    """The images of a Tiltfile's `docker_build` calls with literal arguments."""
    if len(source.text) > MAX_SIZE or "docker_build" not in source.text:
        return
    import ast
    import warnings

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            tree = ast.parse(source.text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "docker_build":
            built = _docker_build(source, node)
            if built is not None:
                yield built


def _docker_build(source: Source, call: ast.Call) -> Built | None:
    given: dict[str, object] = {}
    named = [(keyword.arg, keyword.value) for keyword in call.keywords]
    for name, node in [*zip(("ref", "context"), call.args, strict=False), *named]:
        if name is None:
            return None
        given[name] = getattr(node, "value", None)
    image, context = given.get("ref"), given.get("context")
    if not isinstance(image, str) or not isinstance(context, str):
        return None
    folder = folder_of(source.path)
    where = seen_from(folder, context)
    dockerfile = given.get("dockerfile", f"{context}/Dockerfile")
    path = seen_from(folder, dockerfile) if isinstance(dockerfile, str) else None
    target = given.get("target")
    if where is None or path is None or "dockerfile_contents" in given:
        return None
    if call.lineno > len(source.starts):  # a lone carriage return ends a line for Starlark alone
        return None
    start = source.offset(call.lineno)
    span = source.span(start, start + len(source.line(call.lineno)))
    wanted = target if isinstance(target, str) else None
    return Built(_last_part(image), span, image, where, path, None, wanted)


def bake(source: Source) -> Iterator[Built]:
    """The images that a bake file's targets tag, in HCL or JSON."""
    if len(source.text) > MAX_SIZE:
        return
    targets = _json(source) if source.path.endswith(".json") else _hcl(source.text)
    folder = folder_of(source.path)
    for name, (start, own) in targets.items():
        every = _inherited(name, targets)
        told = {key: value for key, value in every.items() if isinstance(value, str)}
        tags = own.get("tags", every.get("tags", []))
        span = source.span(start, start + len(name))
        for tag in tags if isinstance(tags, list) else ():
            image = tag.partition(":${")[0]
            if (built := _built(span, folder, image, told)) is not None:
                yield built


def _inherited(name: str, targets: _Targets) -> dict[str, str | list[str]]:
    """A target's attributes with those it inherits, at most a few steps up."""
    told: dict[str, str | list[str]] = {}
    queue: list[str] = [name]
    seen: set[str] = set()
    while queue and len(seen) < 50:
        current = queue.pop(0)
        if current in seen or current not in targets:
            continue
        seen.add(current)
        own = targets[current][1]
        told = {**own, **told}
        parents = own.get("inherits", [])
        queue += reversed(parents) if isinstance(parents, list) else []
    return told


def _json(source: Source) -> _Targets:
    try:
        data = json.loads(source.text)
    except (ValueError, RecursionError):
        return {}
    targets = data.get("target") if isinstance(data, dict) else None
    found: _Targets = {}
    for name, body in list(targets.items())[:MAX_TARGETS] if isinstance(targets, dict) else ():
        start = source.text.find(f'"{name}"') + 1
        for key, value in body.items() if isinstance(body, dict) else ():
            told = found.setdefault(name, (start, {}))[1]
            if isinstance(value, list):
                told[key] = [item for item in value if isinstance(item, str)]
            elif isinstance(value, str):
                told[key] = value
    return found


_TOKEN = lazy.compile(
    r"""[ \t\r\n]+|\#[^\n]*|//[^\n]*|/\*(?:.*?\*/|.*)|(?P<string>"(?:[^"\\\n]|\\.)*")"""
    r"""|(?P<word>[A-Za-z_][A-Za-z0-9_.-]*)|(?P<mark>.)""",
    re.DOTALL,
)


def _hcl(text: str) -> _Targets:
    """The `target` blocks of a bake file with their literal strings and lists of strings."""
    tokens = [
        (match.lastgroup, match.group(), match.start())
        for match in _TOKEN.finditer(text)
        if match.lastgroup is not None
    ]
    found: _Targets = {}
    at = 0
    while at + 2 < len(tokens):
        kinds = [token[0] for token in tokens[at : at + 3]]
        texts = (tokens[at][1], tokens[at + 2][1])
        if texts == ("target", "{") and kinds[1] == "string":
            body, after = _block(tokens, at + 3)
            found[tokens[at + 1][1][1:-1]] = (tokens[at + 1][2] + 1, body)
            at = after
        else:
            at += 1
    return found


def _block(tokens: list[_Lexeme], at: int) -> tuple[dict[str, str | list[str]], int]:
    """The attributes from `at` up to the brace that closes the block."""
    found: dict[str, str | list[str]] = {}
    depth = 0
    while at < len(tokens):
        kind, text, _ = tokens[at]
        if text in {"}", "]", ")"} and kind == "mark":
            depth -= 1
            if depth < 0:
                return found, at + 1
        elif text in {"{", "[", "("} and kind == "mark":
            depth += 1
        elif depth == 0 and kind == "word" and [t[1] for t in tokens[at + 1 : at + 2]] == ["="]:
            value = _attribute(tokens, at + 2)
            if value is not None:
                found[text] = value
        at += 1
    return found, at


def _attribute(tokens: list[_Lexeme], at: int) -> str | list[str] | None:
    """A literal string, or a list of them; None for anything else."""
    if at < len(tokens) and tokens[at][0] == "string":
        return _unquoted(tokens[at][1])
    if at >= len(tokens) or tokens[at][1] != "[":
        return None
    found: list[str] = []
    for kind, text, _ in tokens[at + 1 :]:
        if kind == "string":
            found.append(_unquoted(text))
        elif text != ",":
            return found if text == "]" else None
    return None


def _unquoted(text: str) -> str:
    return text[1:-1].replace('\\"', '"').replace("\\\\", "\\")
