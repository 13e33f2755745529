"""Files that say which Dockerfile an image is built from: Skaffold and Tilt.

Only what they say literally counts. Sources: the Skaffold schema (build.artifacts), Tilt's API
reference (docker_build).
"""

from __future__ import annotations

from gracelint.base.paths import folder_of, join, name_of, seen_from
from gracelint.base.typed import TYPE_CHECKING
from gracelint.base.values import dataclass, replace

if TYPE_CHECKING:
    import ast
    from collections.abc import Iterator, Mapping

    from gracelint.base.source import Source, Span
    from gracelint.files.tree import Files
    from gracelint.syntax.yaml.parse import Node, YamlFile


ANY = "\0"
"""Stands in a name for what a variable holds that the file does not give."""

MAX_SIZE = 200_000
"""Larger files are not read."""

_OTHER_BUILDERS = ("jib", "buildpacks", "ko", "bazel", "custom", "kaniko")


@dataclass(frozen=True, slots=True)
class Built:
    """How an image is built.

    service: the name of what it is built for. image: the reference that it is tagged with, if any.
    folder, dockerfile: paths below the root; None where they are not in sight, for `reason`.
    inline: the Dockerfile itself, where it stands in a Compose file. text: what a builder without
    a Dockerfile does, as one would say it.
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
    text: Source | None = None


def on_disk(built: Built, files: Files) -> Built:
    """The same with the Dockerfile that is there: builders take `dockerfile` for `Dockerfile`."""
    path = built.dockerfile
    if path is None or name_of(path) != "Dockerfile" or files.is_file(path):
        return built
    small = join(folder_of(path), "dockerfile")
    return replace(built, dockerfile=small) if files.is_file(small) else built


def is_skaffold(file: YamlFile) -> bool:
    """Whether a file configures Skaffold."""
    roots = [root for root in file.roots() if root.kind == "mapping"]
    return any((root.string("apiVersion") or "").startswith("skaffold/") for root in roots)


def skaffold(file: YamlFile) -> Iterator[Built]:
    """The images that a Skaffold configuration builds from Dockerfiles, in profiles too."""
    folder = folder_of(file.source.path)
    for artifact in artifacts(file):
        if (built := _artifact(artifact, folder)) is not None:
            yield built


def artifacts(file: YamlFile) -> Iterator[Node]:
    """The images that a Skaffold configuration builds by any means."""
    for root in file.roots():
        for part in (root, *root.sequence("profiles")):
            build = part.get("build")
            for artifact in build.sequence("artifacts") if build is not None else ():
                if artifact.kind == "mapping":
                    yield artifact


def _artifact(artifact: Node, folder: str) -> Built | None:
    image = artifact.string("image")
    if image is None or any(artifact.entry(key) for key in _OTHER_BUILDERS):
        return None
    docker = artifact.get("docker")
    attributes = {"context": artifact.string("context") or "."}
    for key in ("dockerfile", "target"):
        if docker is not None and docker.kind == "mapping" and (value := docker.string(key)):
            attributes[key] = value
    return _built(artifact.span, folder, image, attributes)


def _built(span: Span, folder: str, image: str, attributes: Mapping[str, str]) -> Built | None:
    """An image from a Dockerfile whose path is seen from its context, and that from `folder`."""
    context, name = attributes.get("context", "."), attributes.get("dockerfile", "Dockerfile")
    where = seen_from(folder, context)
    path = None if where is None else seen_from(where, name)
    if path is None or any("{{" in text or "${" in text for text in (image, context, name)):
        return None
    return Built(last_part(image), span, image, where, path, None, attributes.get("target"))


def last_part(image: str) -> str:
    """The name of an image without its registry, its folders and its tag."""
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
    return Built(last_part(image), span, image, where, path, None, wanted)
