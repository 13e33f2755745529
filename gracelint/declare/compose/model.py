"""A Compose project before it is judged: services, each made from layers of mappings.

Layers come from `extends`, override files and `include`; a later one wins key by key, as Compose
merges them. Source: the Compose specification ("Merge", "Extend", "Include"); compose-go 2.
"""

from __future__ import annotations

from collections import ChainMap, deque
from typing import TYPE_CHECKING

from gracelint.base import lazy
from gracelint.base.paths import folder_of, seen_from
from gracelint.base.values import dataclass, field, replace
from gracelint.declare.compose.files import beside, over
from gracelint.declare.compose.interpolate import Interpolated, dotenv, interpolate
from gracelint.discover.compose import services_of
from gracelint.syntax.yaml import parse as yaml

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from gracelint.base.source import Source, Span
    from gracelint.files.tree import Files
    from gracelint.syntax.yaml.parse import Node, YamlFile

MAX_LAYERS = 50
"""A service made from more mappings than this is read no further."""

MAX_FILES = 100
"""A project of more files than this is read no further."""

MAX_DEPTH = 10
"""Files that are included over more others than this are not read."""

_DEEP = f"includes more files, {MAX_DEPTH} below one another already: they are not read"
_MANY = f"is not read: its project has more than {MAX_FILES} files"


_HEAD = lazy.compile(r"\$(?:\{(\w+)\}|(\w+))")


def headed(text: Interpolated) -> tuple[str, str]:
    """The variable that a path begins with and that nothing sets, and the path behind it."""
    if text.error or len(text.holes) != 1 or text.holes[0].start:
        return "", ""
    written = text.text.text
    match = _HEAD.fullmatch(written[: text.holes[0].end])
    rest = written[text.holes[0].end :]
    return (match[1] or match[2], rest.lstrip("/")) if match and rest[:1] in {"", "/"} else ("", "")


@dataclass(frozen=True, slots=True)
class Context:
    """What a file's values are seen from: relative paths and variables.

    roots: variables that nothing sets, and that are taken to be the root of the tree, since what
    stands behind them in paths is there. moved: paths are taken to be seen from the root, since
    what is built is there and not beside the file.
    """

    folder: str
    variables: Mapping[str, str] = field(default_factory=dict)
    roots: frozenset[str] = frozenset()
    moved: bool = False


@dataclass(frozen=True, slots=True)
class Value:
    """A key of a service, as one layer gives it."""

    key: Node
    node: Node
    context: Context

    @property
    def span(self) -> Span:
        """Key and value."""
        if self.key.span.source is self.node.span.source and self.node.alias_span is None:
            return self.key.span.to(self.node.span)
        return self.key.span

    @property
    def place(self) -> Span:
        """The value, or the alias that brought it here."""
        return self.node.alias_span or self.node.span

    @property
    def text(self) -> Interpolated:
        """A scalar after interpolation; a collection is rejected."""
        if self.node.kind != "scalar":
            return Interpolated(self.node.span.source, (), f"a {self.node.kind} is no text")
        return interpolate(self.node.text(), self.context.variables)

    @property
    def path(self) -> str | None:
        """A scalar as a path seen from the context's folder; None when it is not in sight."""
        whole, (name, rest) = self.text, headed(self.text)
        if whole.value is not None or name not in self.context.roots:
            return whole.value
        up = ".." + "/.." * self.context.folder.count("/") if self.context.folder else "."
        return f"{up}/{rest}"

    def child(self, node: Node) -> Value:
        """A value inside this one."""
        return Value(self.key, node, self.context)

    def get(self, key: str) -> Value | None:
        """The value of a key in a mapping, null left out."""
        entry = self.node.entry(key)
        if entry is None or entry[1].is_null:
            return None
        return Value(entry[0], entry[1], self.context)

    def pairs(self) -> Iterator[tuple[str, Value]]:
        """The entries of a mapping."""
        if self.node.kind == "mapping":
            for name, (key, node) in self.node.entries().items():
                yield name, Value(key, node, self.context)

    def children(self) -> Iterator[Value]:
        """The elements of a sequence."""
        for node in self.node.children if self.node.kind == "sequence" else ():
            yield self.child(node)


@dataclass(frozen=True, slots=True)
class Layer:
    """One mapping that a service is made from."""

    key: Node
    node: Node
    context: Context


@dataclass(frozen=True, slots=True)
class Service:
    """A service. layers: the last one wins. missing: why a part of it is not in sight.

    first_version: its file is one of the first version, which has few of the keys. above: its
    mappings in the files that are merged over the one with `node`.
    """

    name: str
    key: Node
    node: Node
    layers: tuple[Layer, ...]
    missing: str = ""
    first_version: bool = False
    above: tuple[Node, ...] = ()

    def values(self, key: str) -> tuple[Value, ...]:
        """What the layers give for a key, the last one winning."""
        stack: list[Value] = []
        for layer in self.layers:
            pair = layer.node.entry(key)
            if pair is None:
                continue
            if pair[1].tag in {"!reset", "!override"}:
                stack.clear()
            if pair[1].tag != "!reset":
                stack.append(Value(*pair, layer.context))
        return tuple(stack)

    def value(self, key: str) -> Value | None:
        """What holds for a key; null gives way to a lower layer."""
        return next((v for v in reversed(self.values(key)) if not v.node.is_null), None)

    def last(self, key: str) -> Value | None:
        """What the last layer that has the key gives, null included (commands are replaced)."""
        values = self.values(key)
        return values[-1] if values else None

    def entries(self) -> dict[str, tuple[Node, Node]]:
        """The keys and values that hold."""
        entries: dict[str, tuple[Node, Node]] = {}
        for layer in self.layers:
            for key, pair in layer.node.entries().items():
                if not pair[1].is_null or key not in entries:
                    entries[key] = pair
        return entries


@dataclass(frozen=True, slots=True)
class Project:
    """The services of a Compose file with everything that it draws in. files: its other paths."""

    name: str
    source: Source
    services: Mapping[str, Service]
    context: Context
    files: tuple[str, ...] = ()
    configs: Mapping[str, Value] = field(default_factory=dict)


def load(file: YamlFile, files: Files, above: Sequence[str] | None = None) -> Project:
    """The project that Compose makes of `file`; never fails.

    above: the files that are merged over it, in order; by their usual names unless given.
    """
    path = file.source.path
    folder = folder_of(path)
    loader = _Loader(files)
    moved = bool(folder) and loader.is_moved(file, folder)
    seen = "" if moved else folder
    context = loader.rooted(file, Context(seen, loader.variables(seen, {}), moved=moved))
    services = loader.file(file, context)
    if above is None and any(_is_part(service) for service in services.values()):
        base = loader.read(beside(path, files))
        services = services if base is None else _completed(services, loader.file(base, context))
    for override in over(path, files) if above is None else above:
        if overriding := loader.read(override):
            services = _merged(services, loader.file(overriding, context))
    paths = tuple(path for path, source in loader.paths.items() if source is not None)
    configs = dict(_configs(file, context))
    return Project(_name(file, folder), file.source, services, context, paths, configs)


def _configs(file: YamlFile, context: Context) -> Iterator[tuple[str, Value]]:
    for root in file.roots():
        configs = root.entry("configs")
        if configs is not None:
            yield from Value(*configs, context).pairs()


def _name(file: YamlFile, folder: str) -> str:
    for root in file.roots():
        if root.kind == "mapping" and (name := root.string("name")) and "$" not in name:
            return name
    return folder.rpartition("/")[2] or "project"


def _merged(base: Mapping[str, Service], over: Mapping[str, Service]) -> dict[str, Service]:
    merged = dict(base)
    for name, service in over.items():
        below = merged.get(name)
        merged[name] = service if below is None else _stacked(below, service)
    return merged


def _is_part(service: Service) -> bool:
    """Whether a service names no image, so that another file has to."""
    return not any(service.value(key) for key in ("image", "build", "extends"))


def _completed(services: Mapping[str, Service], base: Mapping[str, Service]) -> dict[str, Service]:
    """The services of a file that is put over a base, which has further ones."""
    return {
        name: replace(service, layers=(*base[name].layers, *service.layers)[:MAX_LAYERS])
        if name in base
        else service
        for name, service in services.items()
    }


def _stacked(below: Service, above: Service) -> Service:
    """`above` over `below`; it is declared where the lower one is."""
    if above.node.tag in {"!reset", "!override"}:
        return above
    layers = (*below.layers, *above.layers)[:MAX_LAYERS]
    mappings = (*below.above, above.node, *above.above)
    return replace(below, layers=layers, missing=below.missing or above.missing, above=mappings)


def _dockerfiles(file: YamlFile) -> Iterator[tuple[str, str]]:
    """The build contexts of a file and the Dockerfiles in them, where both are plain."""
    for root in file.roots():
        services = services_of(root)
        items = services.items if services is not None and services.kind == "mapping" else ()
        for _, service in items:
            build = service.get("build") if service.kind == "mapping" else None
            if build is None or build.kind == "sequence" or build.entry("dockerfile_inline"):
                continue
            context = build.value if build.kind == "scalar" else build.string("context") or "."
            name = "Dockerfile"
            if build.kind == "mapping":
                name = build.string("dockerfile") or name
            if context and not set("$:") & set(context + name):
                yield context, name


def _within(folder: str, context: str, name: str) -> str | None:
    path = seen_from(folder, context)
    return None if path is None else seen_from(path, name)


class _Loader:
    """Reads a project's files once each."""

    def __init__(self, files: Files) -> None:
        self.files = files
        self.paths: dict[str, YamlFile | None] = {}

    def read(self, path: str | None) -> YamlFile | None:
        if path is None:
            return None
        if path not in self.paths and len(self.paths) < MAX_FILES:
            source = self.files.read(path)
            self.paths[path] = None if source is None else yaml.parse(source)
        elif path not in self.paths and len(self.paths) == MAX_FILES:
            self.files.notes[path] = _MANY
            self.paths[path] = None
        return self.paths.get(path)

    def variables(self, folder: str, environment: Mapping[str, str]) -> Mapping[str, str]:
        """What the `.env` of a folder sets; variables known before win."""
        source = self.files.read(f"{folder}/.env".lstrip("/"))
        assignments = {} if source is None else dotenv(source.text, environment)
        return ChainMap(dict(environment), assignments) if environment else assignments

    def is_moved(self, file: YamlFile, folder: str) -> bool:
        """Whether Dockerfiles that a file names are at the root of the tree and none beside it, as
        where it is started with `--project-directory .`; not where another file or folder that it
        names is beside it only.
        """
        named = list(_dockerfiles(file))
        beside, above = (
            {path for folder_, name in named if (path := _within(at, folder_, name))}
            for at in (folder, "")
        )
        there = any(self.files.exists(path) for path in above)
        if not there or any(self.files.exists(path) for path in beside):
            return False
        context = Context(folder, self.variables(folder, {}))
        return not any(self._is_beside(folder, path) for path in {".env", *_named(file, context)})

    def _is_beside(self, folder: str, path: str) -> bool:
        """Whether a path leads to something from a folder, and to nothing from the root."""
        here, there = seen_from(folder, path), seen_from("", path)
        if here is None or not self.files.exists(here):
            return False
        return there is None or not self.files.exists(there)

    def rooted(self, file: YamlFile, context: Context) -> Context:
        """The context with the variables that are taken to be the root of the tree."""
        roots = set()
        for value in _paths(file, context):
            name, rest = headed(value.text)
            path = seen_from("", rest)
            if name and rest and path and self.files.exists(path):
                roots.add(name)
        return replace(context, roots=frozenset(roots))

    def file(self, file: YamlFile, context: Context) -> dict[str, Service]:
        """The services of a file, those of the files that it includes below them."""
        services: dict[str, Service] = {}
        queue = deque([([file], context, 0)])
        seen = {file.source.path}
        while queue:
            stack, seen_from, depth = queue.popleft()
            merged: dict[str, Service] = {}
            for current in stack:
                merged = _merged(merged, self._services(current, seen_from))
            services = _merged(merged, services)
            for node, included in (i for each in stack for i in self._includes(each, seen_from)):
                if included[0].source.path in seen:
                    continue
                seen.add(included[0].source.path)
                if depth < MAX_DEPTH:
                    queue.append((included, node, depth + 1))
                else:
                    self.files.notes[stack[0].source.path] = _DEEP
        return services

    def _includes(
        self, file: YamlFile, context: Context
    ) -> Iterator[tuple[Context, list[YamlFile]]]:
        for root in file.roots():
            for item in root.sequence("include") if root.kind == "mapping" else ():
                yield from self._include(Value(item, item, context))

    def _include(self, item: Value) -> Iterator[tuple[Context, list[YamlFile]]]:
        """The files of an element of `include`, later ones over the first."""
        paths = [item] if item.node.kind == "scalar" else _listed(item.get("path"))
        folder = None
        if chosen := item.get("project_directory"):
            folder = seen_from(item.context.folder, chosen.text.value or "/")
        read = (self.read(seen_from(item.context.folder, p.text.value or "/")) for p in paths)
        if included := [file for file in read if file is not None]:
            folder = folder_of(included[0].source.path) if folder is None else folder
            yield Context(folder, self.variables(folder, item.context.variables)), included

    def _services(self, file: YamlFile, context: Context) -> dict[str, Service]:
        merged: dict[str, Service] = {}
        for root in file.roots():
            services = services_of(root)
            if services is not None and services.kind == "mapping":
                entries = services.entries().items()
                declared = {n: self._service(n, k, v, file, context) for n, (k, v) in entries}
                first = services is root
                enabled = {n: replace(s, first_version=first) for n, s in declared.items() if s}
                merged = _merged(merged, enabled)
        return merged

    def _service(
        self, name: str, key: Node, node: Node, file: YamlFile, context: Context
    ) -> Service | None:
        if node.kind != "mapping":
            return None
        layers: list[Layer] = []
        missing = ""
        seen: set[tuple[str, str]] = set()
        at: tuple[str, Node, Node, YamlFile, Context] | None = (name, key, node, file, context)
        while at is not None and len(layers) < MAX_LAYERS:
            name_at, key_at, node_at, file_at, context_at = at
            seen.add((file_at.source.path, name_at))
            layers.insert(0, Layer(key_at, node_at, context_at))
            at, missing = self._extended(node_at, file_at, context_at)
            if at is not None and (at[3].source.path, at[0]) in seen:
                at, missing = None, "its `extends` go round in a circle"
        if at is not None:
            missing = f"it extends more than {MAX_LAYERS} services"
        return Service(name, key, node, tuple(layers), missing)

    def _extended(
        self, node: Node, file: YamlFile, context: Context
    ) -> tuple[tuple[str, Node, Node, YamlFile, Context] | None, str]:
        """The service that a mapping extends, and why it is not in sight."""
        pair = node.entry("extends")
        if pair is None or pair[1].is_null:
            return None, ""
        value = Value(*pair, context)
        chosen = value if value.node.kind == "scalar" else value.get("service")
        name = chosen.text.value if chosen is not None and chosen.node.kind == "scalar" else None
        where = value.get("file") if value.node.kind == "mapping" else None
        if where is not None:
            path = where.path
            base = self.read(None if path is None else seen_from(context.folder, path))
            if base is None:
                return None, f"`{path or where.node.value}`, which it extends, is not in sight"
            file = base
            context = replace(context, folder=folder_of(base.source.path))
        for root in file.roots():
            services = services_of(root)
            entry = None if services is None or name is None else services.entry(name)
            if entry is not None and entry[1].kind == "mapping":
                return (str(name), *entry, file, context), ""
        return None, f"the service `{name}`, which it extends, is not in sight"


def _paths(file: YamlFile, context: Context) -> Iterator[Value]:
    """The files that services extend, and the folders that they are built from."""
    for root in file.roots():
        services = services_of(root)
        entries = services.entries() if services is not None and services.kind == "mapping" else {}
        for _, node in entries.values():
            yield from paths_of(node, context)


def paths_of(node: Node, context: Context) -> Iterator[Value]:
    """The file that a service extends, and the folder that it is built from."""
    for key, inner in (("extends", "file"), ("build", "context")):
        pair = node.entry(key) if node.kind == "mapping" else None
        value = Value(*pair, context) if pair is not None else None
        if value is not None and value.node.kind == "mapping":
            value = value.get(inner)
        if value is not None and value.node.kind == "scalar":
            yield value


def _named(file: YamlFile, context: Context) -> Iterator[str]:
    """The files and folders that a file names, as it names them."""
    for root in file.roots():
        services = services_of(root)
        entries = services.entries() if services is not None and services.kind == "mapping" else {}
        for _, node in entries.values():
            yield from _sources(node, context)
        for key in ("configs", "secrets"):
            pair = root.entry(key) if root.kind == "mapping" else None
            for _, value in Value(*pair, context).pairs() if pair is not None else ():
                given = value.get("file") if value.node.kind == "mapping" else None
                if given is not None and given.text.value:
                    yield given.text.value


def has_paths(layer: Layer) -> bool:
    """Whether anything in a layer depends on the folder that its paths are seen from, or on
    variables that are set there.
    """
    if not _SEEN_FROM_THERE.isdisjoint(layer.node.entries()):
        return True
    if layer.context.variables and "$" in layer.node.span.source.text:
        return True
    return next(_sources(layer.node, layer.context), None) is not None


_SEEN_FROM_THERE = frozenset(("build", "configs", "env_file", "label_file", "secrets"))
_SOURCES = (("extends", "file"), ("build", "context"), ("env_file", "path"), ("volumes", "source"))


def _sources(node: Node, context: Context) -> Iterator[str]:
    """The files and folders that a service names, as it names them, and not its volumes."""
    for key, inner in _SOURCES:
        pair = node.entry(key) if node.kind == "mapping" else None
        given = None if pair is None else Value(*pair, context)
        for item in () if given is None else _listed(given) or (given,):
            is_plain = item.node.kind == "scalar" and key != "extends"
            chosen = item if is_plain else item.get(inner) if item.node.kind == "mapping" else None
            if chosen is None:
                continue
            name, rest = headed(chosen.text)
            path = f"./{rest}" if name == "PWD" else chosen.text.value or ""
            path = path.partition(":")[0]
            if path and (key != "volumes" or path.startswith(".")):
                yield path


def _listed(value: Value | None) -> list[Value]:
    if value is None:
        return []
    return [value] if value.node.kind == "scalar" else list(value.children())
