"""Which files say how containers are started: Dockerfiles by name, YAML and JSON by content."""

from __future__ import annotations

import re

from gracelint.base import lazy
from gracelint.base.paths import clean_path, folder_of, join, name_of
from gracelint.base.typed import TYPE_CHECKING, Literal
from gracelint.base.values import dataclass, field
from gracelint.discover.charts import CHART, chart_around, charts
from gracelint.discover.kustomizations import NAMES, kustomizations, patched_by
from gracelint.discover.quadlets import SUFFIXES, by_pod, manifests, read, section_of
from gracelint.files.tree import FileProblem

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from gracelint.base.source import Source, Span
    from gracelint.discover.charts import Chart
    from gracelint.discover.kustomizations import Kustomization
    from gracelint.files.tree import Files
    from gracelint.syntax.dockerfile.parse import Dockerfile
    from gracelint.syntax.toml import Entry
    from gracelint.syntax.units import Unit
    from gracelint.syntax.yaml.parse import YamlFile

Kind = Literal["dockerfile", "yaml", "maybe", "quadlet", "fly", "template"]

_STEMS = ("dockerfile", "containerfile")
_YAML = (".yaml", ".yml", ".json")
_OTHER_SUFFIXES = (
    "adoc bak bat css cs dockerignore erb gotmpl go h html in ipynb j2 java jinja jinja2 js "
    "json5 kt lock log m4 md mustache orig patch ps1 py rb rej rs rst sh sha256 swp template toml "
    "tmpl tpl ts txt xml"
)
_OTHER = frozenset(_OTHER_SUFFIXES.split())
_FILLED = frozenset(("erb", "gotmpl", "j2", "jinja", "jinja2", "mustache", "tmpl", "tpl"))
_OPENING = lazy.compile(r"(?:[ \t]*(?:#[^\n]*)?\r?\n)*[ \t]*(?:FROM|ARG)[ \t]+\S", re.IGNORECASE)
_FROM = lazy.compile(r"^[ \t]*FROM[ \t]+\S", re.IGNORECASE | re.MULTILINE)
_INCLUDE = lazy.compile(r"""^[ \t{]*["']?include["']?[ \t]*:""", re.MULTILINE)
_MEANT = lazy.compile(r"""^[ \t{]*["']?(?:apiVersion|services)["']?[ \t]*:""", re.MULTILINE)
_CONTAINERS = lazy.compile(r"""\b(?:apiVersion|image|build|container_name)["']?[ \t]*:""")
_TEMPLATE = lazy.compile(r"^[ \t]*(?:\{%|\{\{[^}]*\}\}[ \t]*$|<%|%%)", re.MULTILINE)


@dataclass(slots=True)
class Discovery:
    """The parsed files of a run, by what they are.

    yaml: every file of documents that may matter. compose, kubernetes: those of `yaml` that are
    such. tasks: those with ECS task definitions. quadlets: Podman's `.container` units. pods: its
    `.pod` units by path. played: manifests that it plays, by path, with the `.kube` units. idle:
    units that start nothing in sight, and why. fly: each fly.toml with its values. errors: what is
    wrong with files that are none of these. charts: what helm renders, without what is packed into
    others. kustomizations: what kustomize renders. parts: the files of charts that were asked for
    by name, with the folders of the charts. templates: paths of templates, which are not YAML
    before they are rendered. unread: (path, why) of files whose contents could not be read.
    folders: those that were asked for. strange: files that were asked for and are none of these.
    unsure: YAML documents that this reader gives up on. broken: files at which it failed. checked:
    the paths of all.
    """

    dockerfiles: list[Dockerfile] = field(default_factory=list)
    yaml: list[YamlFile] = field(default_factory=list)
    compose: list[YamlFile] = field(default_factory=list)
    kubernetes: list[YamlFile] = field(default_factory=list)
    charts: list[Chart] = field(default_factory=list)
    kustomizations: list[Kustomization] = field(default_factory=list)
    parts: dict[str, str] = field(default_factory=dict)
    tasks: list[YamlFile] = field(default_factory=list)
    quadlets: list[Unit] = field(default_factory=list)
    pods: dict[str, Unit] = field(default_factory=dict)
    played: dict[str, Unit] = field(default_factory=dict)
    idle: list[FileProblem] = field(default_factory=list)
    fly: list[tuple[Source, list[Entry]]] = field(default_factory=list)
    errors: list[tuple[Span, str]] = field(default_factory=list)
    templates: list[str] = field(default_factory=list)
    unread: list[FileProblem] = field(default_factory=list)
    folders: list[str] = field(default_factory=list)
    strange: list[str] = field(default_factory=list)
    unsure: list[tuple[str, Span, str]] = field(default_factory=list)
    broken: list[tuple[str, Exception]] = field(default_factory=list)
    checked: list[str] = field(default_factory=list)


def plain_sources(discovery: Discovery) -> Iterator[Source]:
    """The files of units, their drop-ins among them, and each fly.toml; some may come twice."""
    units = (discovery.quadlets, discovery.pods.values(), discovery.played.values())
    yield from (source for some in units for unit in some for source in unit.sources)
    yield from (source for source, _ in discovery.fly)


_NO_CONTAINERS = "no `.container` unit beside it names this pod"


def kind_of(path: str) -> Kind | None:
    """What a file is by its name; `maybe` when only its contents can tell a Dockerfile."""
    name = name_of(path).lower()
    if name in _STEMS:
        return "dockerfile"
    if name.endswith(SUFFIXES):
        return "quadlet"
    if name == "fly.toml" or (name.startswith("fly.") and name.endswith(".toml")):
        return "fly"
    stem, dot, suffix = name.rpartition(".")
    if dot and f".{suffix}" in _YAML and stem not in _STEMS:
        return "yaml"
    if suffix in _STEMS and dot:
        return "maybe"
    if suffix in _FILLED and (stem.endswith(_YAML) or stem in _STEMS):
        return "template"
    begins = any(name.startswith((f"{s}.", f"{s}-", f"{s}_")) for s in _STEMS)
    ends = any(name.endswith((f"-{s}", f"_{s}")) for s in _STEMS)
    return "maybe" if (begins or ends) and suffix not in _OTHER else None


def looks_like_dockerfile(text: str) -> bool:
    """Whether it begins as a Dockerfile has to, and shows no sign of a template around it."""
    begins = bool(_OPENING.match(text)) and bool(_FROM.search(text))
    return begins and not _TEMPLATE.search(text)


def discover(files: Files, paths: Iterable[str]) -> Discovery:
    """Everything at and below `paths` that says how containers are started; never fails."""
    named = [clean_path(path) or "" for path in paths]
    explicit = {path for path in named if not files.is_dir(path)}
    discovery = Discovery(folders=[path for path in named if path not in explicit])
    walked = list(files.walk(named))
    wanted = {path: kind for path in walked if (kind := kind_of(path)) or path in explicit}
    met = set(wanted)
    for path, kind in wanted.items():
        if _elsewhere(files, path, kind, met):
            continue
        try:
            _add(discovery, files, files.load(path), kind, explicit=path in explicit)
        except FileProblem as problem:
            if kind == "dockerfile" or path in explicit:
                discovery.unread.append(problem)
        except Exception as error:  # noqa: BLE001
            discovery.broken.append((path, error))
    _add_containers(discovery, files)
    _add_manifests(discovery, files)
    _leave_patches(discovery, files, explicit)
    discovery.parts = {p: c for p in explicit if (c := chart_around(files, p)) is not None}
    names = set(map(name_of, walked))
    if discovery.parts or CHART in names:
        asked = (join(folder, CHART) for folder in discovery.parts.values())
        discovery.charts = charts(files, [*walked, *asked])
        discovery.strange = [path for path in discovery.strange if path not in discovery.parts]
    if not names.isdisjoint(NAMES):
        discovery.kustomizations = kustomizations(files, walked)
    return discovery


def _leave_patches(discovery: Discovery, files: Files, explicit: set[str]) -> None:
    """Leave out what was asked for by itself and is a part of an object, which others hold."""
    kept = []
    for file in discovery.kubernetes:
        path = file.source.path
        by = patched_by(files, path) if path in explicit else None
        if by is None or by.source.path in explicit:
            kept.append(file)
        else:
            discovery.idle.append(FileProblem(path, _PATCH.format(by.folder or ".")))
    discovery.kubernetes = kept


_PATCH = "is laid over an object by a kustomization, and judged with that: ask for `{}`"


def _elsewhere(files: Files, path: str, kind: Kind | None, met: set[str]) -> bool:
    """Whether it is a link to what the run meets under another name, and takes for the same."""
    real = files.real(path)
    if real == path:
        return False
    if real in met and (kind_of(real) == "yaml") == (kind == "yaml"):
        return True
    met.add(real)
    return False


def _add(
    discovery: Discovery, files: Files, source: Source, kind: Kind | None, *, explicit: bool
) -> None:
    if kind == "template":
        _add_template(discovery, source)
    elif kind == "quadlet":
        _add_quadlet(discovery, files, source)
    elif kind == "fly":
        _add_fly(discovery, source)
    elif kind == "yaml" or (kind is None and _braced(source.text)):
        _add_yaml(discovery, source)
    elif kind == "dockerfile" or looks_like_dockerfile(source.text):
        _add_dockerfile(discovery, source)
    elif kind is None and explicit:
        _add_yaml(discovery, source)
    if explicit:
        last = (*discovery.checked[-1:], *discovery.templates[-1:])
        if source.path not in last and name_of(source.path) not in NAMES:
            discovery.strange.append(source.path)


def _add_template(discovery: Discovery, source: Source) -> None:
    """A file that another program fills in; what it would say then is not known."""
    if looks_like_dockerfile(source.text) or _wanted(source.text):
        discovery.templates.append(source.path)


def _braced(text: str) -> bool:
    return text.lstrip()[:1] in {"{", "["}


def _add_dockerfile(discovery: Discovery, source: Source) -> None:
    from gracelint.syntax.dockerfile.parse import parse

    parsed = parse(source)
    if parsed.templated:
        discovery.templates.append(source.path)
        return
    discovery.dockerfiles.append(parsed)
    discovery.checked.append(source.path)


def _add_quadlet(discovery: Discovery, files: Files, source: Source) -> None:
    unit, section = read(source, files), section_of(source.path)
    if not unit.has(section):
        return
    discovery.checked.append(source.path)
    if section == "Container":
        discovery.quadlets.append(unit)
    elif section == "Pod":
        discovery.pods[source.path] = unit
    else:
        _add_kube(discovery, files, unit)


def _add_containers(discovery: Discovery, files: Files) -> None:
    """What belongs to `.pod` units, where the run would not look by itself."""
    folders = {folder_of(path) for path in discovery.pods}
    beside = {folder: by_pod(folder, files) for folder in folders}
    met = {unit.source.path for unit in discovery.quadlets}
    for path in discovery.pods:
        held = beside[folder_of(path)].get(path, [])
        if not held:
            discovery.idle.append(FileProblem(path, _NO_CONTAINERS))
        for unit in held:
            at = unit.source.path
            if at not in met and not files.excludes(at):
                discovery.quadlets.append(unit)
                discovery.checked.append(at)


def _add_kube(discovery: Discovery, files: Files, unit: Unit) -> None:
    for named in manifests(unit, files):
        if named.why:
            discovery.idle.append(FileProblem(unit.source.path, named.why))
        else:
            discovery.played.setdefault(named.path, unit)


def _add_manifests(discovery: Discovery, files: Files) -> None:
    """What `.kube` units name, where the run would not look by itself."""
    met = {*discovery.checked, *discovery.templates}
    for path in discovery.played:
        if path in met or files.excludes(path):
            continue
        try:
            _add_yaml(discovery, files.load(path))
        except FileProblem as problem:
            discovery.unread.append(problem)


def _add_fly(discovery: Discovery, source: Source) -> None:
    from gracelint.syntax.toml import parse

    discovery.checked.append(source.path)
    try:
        discovery.fly.append((source, parse(source)))
    except ValueError as error:
        at = source.span(*_line_of(source, str(error)))
        discovery.errors.append(
            (at, f"this is no TOML: {str(error).partition(' (at ')[0].lower()}")
        )


def _line_of(source: Source, message: str) -> tuple[int, int]:
    """The line that a message of `tomllib` names, without its ending; else the end of the file."""
    named = re.search(r"\(at line (\d+), column \d+\)", message)
    number = min(int(named[1]), len(source.starts)) if named else len(source.starts)
    start = source.offset(number)
    return start, start + len(source.line(number))


def _add_yaml(discovery: Discovery, source: Source) -> None:
    named = _is_compose_name(source.path)
    if not (named or _may_matter(source.text)):
        return
    from gracelint.discover.compose import is_compose
    from gracelint.syntax.yaml.parse import maybe_kubernetes, parse

    parsed = parse(source, None if named else _wanted)
    if parsed.helm:
        discovery.templates.append(source.path)
        return
    compose = is_compose(parsed)
    tasks = _maybe_task(source.text)
    whole = [d.span for d in parsed.documents if d.root is not None]
    kubernetes = any(maybe_kubernetes(span.text) for span in whole)
    if not (compose or kubernetes or tasks or named or _is_meant(source.text)):
        return  # other tools' files, JSON with comments among them, are no concern of this one
    discovery.unsure += [(source.path, *place) for place in parsed.unread]
    if not (compose or kubernetes or tasks or parsed.errors or parsed.unread):
        return
    if not (compose or kubernetes or tasks) and "/.github/" in f"/{source.path}":
        return  # what services a workflow has is no concern of this one either
    discovery.yaml.append(parsed)
    discovery.checked.append(source.path)
    if compose:
        discovery.compose.append(parsed)
    if kubernetes:
        discovery.kubernetes.append(parsed)
    if tasks:
        discovery.tasks.append(parsed)


def _is_meant(text: str) -> bool:
    """Whether what cannot be read in it may have been about containers."""
    return bool(_MEANT.search(text) and _CONTAINERS.search(text))


def _is_compose_name(path: str) -> bool:
    """The names that Compose looks for, without an import: any content is meant for it."""
    name = name_of(path).lower()
    return name.startswith(("compose.", "docker-compose.")) and not name.endswith(".json")


def _may_matter(text: str) -> bool:
    """A look at words alone, before anything is imported for it."""
    return (
        ("kind" in text and "apiVersion" in text)
        or "services" in text
        or _maybe_task(text)
        or _includes(text)
    )


def _includes(text: str) -> bool:
    return "include" in text and bool(_INCLUDE.search(text))


def _maybe_task(text: str) -> bool:
    """Whether a document may define an ECS task."""
    return "ontainerDefinitions" in text  # in CloudFormation it begins with a capital


def _wanted(text: str) -> bool:
    from gracelint.syntax.yaml.parse import maybe_compose, maybe_kubernetes

    return maybe_kubernetes(text) or maybe_compose(text) or _maybe_task(text) or _includes(text)
