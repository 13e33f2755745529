"""Compose files: each service as the container it starts, traced through to its Dockerfile.

Source: the Compose specification; compose-go 2 and the engine's merge of image and container
configuration where the specification is silent.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from gracelint import atlas
from gracelint.base.facts import Known, Unknown
from gracelint.base.paths import seen_from
from gracelint.base.values import replace
from gracelint.declare.compose import values
from gracelint.declare.compose.clients import Clients
from gracelint.declare.compose.files import base_of
from gracelint.declare.compose.model import has_paths, headed, load, paths_of
from gracelint.declare.compose.mounts import mounted
from gracelint.declare.compose.order import completed, dependents
from gracelint.declare.image.base import from_image, replaced, unknown_image
from gracelint.declare.image.partly import workload as partly_known
from gracelint.discover.builds import ANY, Built, on_disk
from gracelint.model.workload import Group, YamlPlace

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from typing import TypeAlias

    from gracelint.base.facts import Fact
    from gracelint.base.source import Source
    from gracelint.declare.compose.model import Project, Service, Value
    from gracelint.declare.image.base import ImageOrBuild, Images, Started
    from gracelint.files.tree import Files
    from gracelint.model.entries import BaseImage
    from gracelint.model.workload import Command, Launch, Workload
    from gracelint.syntax.yaml.parse import Node, YamlFile

    Bases: TypeAlias = Callable[[str], Workload | BaseImage | None]

MAX_TAKEN = 2_000_000
"""Characters that all services together take over: from services that they extend, from images
and from files of variables."""

MAX_OTHERS = 100
"""Of a project that has more services, it is not told which have ended before another."""

_MOVED = "its paths are seen from the root of these files (`--project-directory .`)"
_VARIABLE = 8  # characters at least that a variable has
_MUCH = "all services together take over more than 2 MB from others: it is not followed"
_REMOTE = ("http://", "https://", "git://", "ssh://", "git@", "github.com/", "oci://")


def services(
    file: YamlFile,
    files: Files,
    images: Images | None = None,
    base: Bases = atlas.base,
    above: Sequence[str] | None = None,
    started: Started | None = None,
) -> Group:
    """The containers that `file` declares, with its override file, `extends` and `include`.

    images: what is known of the image of a service, as `Links.image` tells it; `base` unless given.
    started: what is known of an image of which nothing else is, by what its service starts. base:
    what is known of base images. An override file whose base is there declares nothing by itself.
    above: see `load`.
    """
    if above is None and base_of(file.source.path, files) is not None:
        return Group(file.source.path, (), file.source)
    project = group(load(file, files, above), files, images, base, started)
    return replace(project, root=next(iter(file.roots()), None))


def group(
    project: Project,
    files: Files,
    images: Images | None = None,
    base: Bases = atlas.base,
    started: Started | None = None,
) -> Group:
    """The containers of a project that has been read."""
    lookup = _Images(project, files, images or base, base, started)
    before, awaited = dependents(project), completed(project)
    containers = tuple(_workloads(project, files, lookup))
    others = [w for w in containers if not (w.finite or w.name in awaited)]
    others = others if len(others) <= MAX_OTHERS else []
    clients = Clients(project, files, others)
    ordered = (
        replace(
            w,
            stops_after=before.get(w.name, ()),
            stops_last=w.name in before and clients.stop_before(w.name, before),
            finite=w.finite or w.name in awaited,
        )
        if w.name in before or w.name in awaited
        else w
        for w in containers
    )
    return Group(project.name, tuple(ordered), project.source)


def _workloads(project: Project, files: Files, images: _Images) -> Iterator[Workload]:
    """The containers, as far as what their services take over from elsewhere can be followed."""
    taken = 0
    for service in project.services.values():
        lengths = [layer.node.span.end - layer.node.span.start for layer in service.layers]
        taken += sum(lengths[:-1])
        followed = service if taken <= MAX_TAKEN else replace(service, layers=(), missing=_MUCH)
        container = workload(followed, project, files, images)
        if container is not None:
            taken += max(len(container.env) * _VARIABLE - sum(lengths[-1:]), 0)
            yield container


class _Images:
    """What is known of images: those that the project builds first."""

    def __init__(
        self, project: Project, files: Files, others: Images, base: Bases, started: Started | None
    ) -> None:
        self.files = files
        self.started = started
        self._others = others
        self._base = base
        self._guess = _MOVED if project.context.moved else ""
        named = (built for built in builds(project, files) if built.image is not None)
        self._tagged = {built.image: built for built in named}

    def published(self, reference: str) -> ImageOrBuild:
        """What is known of an image that others build."""
        return self._base(reference)

    def built(self, built: Built) -> Workload | Unknown:
        return from_dockerfile(built, self.files, self._base)

    def image(self, reference: str) -> ImageOrBuild:
        built = self._tagged.get(reference)
        base = self.built(built) if built is not None else None
        if base is None or isinstance(base, Unknown):
            return self._others(reference)
        return replace(base, guess=self._guess or base.guess)


def workload(service: Service, project: Project, files: Files, images: _Images) -> Workload | None:
    """The container that a service starts; None when a provider stands in for it."""
    if service.value("provider") is not None:
        return None
    image = _image(service, images)
    partial = image is None
    inner = image or unknown_image(
        "compose", service.name, service.key.span, service.missing or _NO_IMAGE
    )
    namespace = values.pid_namespace(service.value("pid"))
    init = values.boolean(service.value("init"))
    check = values.healthcheck(service.value("healthcheck"))
    return replace(
        inner,
        kind="compose",
        name=service.name,
        source=service.key.span.source,
        declared=service.key.span,
        launch=_launch(service, inner.launch),
        env={**inner.env, **values.environment(service, files)},
        workdir=values.string(service.value("working_dir")) or inner.workdir,
        user=values.string(service.value("user")) or inner.user,
        files=mounted(service, project, files, inner.files),
        stop_signal=values.string(service.value("stop_signal")) or inner.stop_signal,
        grace=_unstated(partial, service, "stop_grace_period")
        or values.grace(service.value("stop_grace_period")),
        pid_namespace=namespace or "private",
        engine_init=init
        or _unstated(partial, service, "init")
        or Known(value=False, origins=(), assumed=True),
        hooks=values.hooks(service),
        platform=_platform(service) or inner.platform,
        terminal=any(_is_true(service, key) for key in ("tty", "stdin_open")),
        healthcheck=_checked(check, inner),
        place=_place(service),
        finite=_is_once(service),
        restarted=_is_restarted(service),
        guess=_root(service) or inner.guess,
    )


def _root(service: Service) -> str:
    """What is taken of where its paths begin, or of a variable that they begin with."""
    for layer in service.layers:
        if layer.context.moved and has_paths(layer):
            return _MOVED
        for value in paths_of(layer.node, layer.context):
            name, _ = headed(value.text)
            if name in layer.context.roots:
                return f"`${name}` is the root of these files"
    return ""


def _is_once(service: Service) -> bool:
    """Whether it is said that nobody starts it again, or so by default and by its name.

    Who has ports serves, whatever is said, and so does who is asked for its health.
    """
    stated = service.value("restart")
    if stated is None:
        never = not _PREPARES.isdisjoint(re.split(r"[^a-z0-9]+", service.name.lower()))
    else:
        never = stated.text.value in {"no", "false"}
    serves = any(service.values(key) for key in ("ports", "expose", "healthcheck"))
    return (never or _is_job(service)) and not serves


_PREPARES = frozenset(("bootstrap", "config", "init", "initializer", "permissions", "setup"))
"""Words in the names of services that prepare something for the others and end."""


def _is_job(service: Service) -> bool:
    """Whether Swarm starts it until it has ended: a job, or what is not restarted."""
    said: dict[str, str | None] = {}
    for deploy in service.values("deploy"):
        policy = deploy.get("restart_policy")
        for holder, key in ((deploy, "mode"), (policy, "condition")):
            if holder is not None and (value := holder.get(key)) is not None:
                said[key] = value.text.value
    jobs = {"replicated-job", "global-job"}
    return said.get("mode") in jobs or said.get("condition") == "none"


def _is_restarted(service: Service) -> bool:
    """Whether it is started again when it has ended well, or that cannot be told: as `restart`
    says, and as `deploy` does for Swarm, which restarts whatever no condition is given for.
    """
    stated = service.value("restart")
    said = "no" if stated is None else stated.text.value
    if said is None or said in {"always", "unless-stopped"}:
        return True
    deploys = service.values("deploy")
    policies = [one for deploy in deploys if (one := deploy.get("restart_policy")) is not None]
    conditions = [one.text.value for policy in policies if (one := policy.get("condition"))]
    if conditions:
        return conditions[-1] not in {"none", "on-failure"}
    return bool(policies) or any(deploy.get(key) for deploy in deploys for key in _OF_SWARM)


_OF_SWARM = ("endpoint_mode", "placement", "rollback_config", "update_config")
"""Keys of `deploy` that only Swarm reads."""


def _platform(service: Service) -> str:
    """What it runs on: `platform:`, or a `runtime:` for what is no Linux program."""
    given = [values.string(service.value(key)) for key in ("platform", "runtime")]
    return " ".join(fact.value for fact in given if isinstance(fact, Known))


def _is_true(service: Service, key: str) -> bool:
    fact = values.boolean(service.value(key))
    return isinstance(fact, Known) and fact.value


def _place(service: Service) -> YamlPlace:
    """Where the service may be edited; a file of the first version knows none of the new keys."""
    node = service.node.via(service.key.span) if service.first_version else service.node
    said = (one.key.span for one in reversed(service.layers) if any(map(one.node.entry, _STARTS)))
    entries, started = service.entries(), next(said, None)
    return YamlPlace(node, entries, started=started, above=service.above)


_STARTS = ("image", "build", "entrypoint", "command")
_NO_IMAGE = "neither `image` nor `build` is given here: a part of another file"


def _unstated(partial: bool, service: Service, key: str) -> Unknown | None:
    """A key that another file, which this is a part of, may give."""
    if not partial or service.value(key) is not None:
        return None
    return Unknown(_NO_IMAGE, (service.key.span,))


def _checked(check: Fact[Command | None] | None, inner: Workload) -> Command | None:
    if check is None:
        return inner.healthcheck
    return check.value if isinstance(check, Known) else None


def _launch(service: Service, inner: Launch) -> Launch:
    """The image's launch with `entrypoint:` and `command:` over it."""
    given, words = service.last("entrypoint"), service.last("command")
    entrypoint = None if given is None or given.node.is_null else values.command(given)
    keeps = isinstance(entrypoint, Known) and entrypoint.value is None
    if isinstance(entrypoint, Known) and entrypoint.value is not None:
        emptied = [word.value for word in entrypoint.value.words] == [""]
        entrypoint = Known(None, entrypoint.origins) if emptied else entrypoint
    follows = entrypoint if entrypoint is not None else inner.entrypoint
    follow = isinstance(follows, Known) and follows.value is not None
    cmd = None
    if words is not None and not words.node.is_null:
        cmd = values.command(words, "args" if follow else "exec")
        if isinstance(cmd, Known) and cmd.value is None:
            cmd = None  # Compose hands an empty list on, and the engine takes the image's CMD
    return replaced(inner, entrypoint, cmd, keeps_cmd=keeps)


def _image(service: Service, images: _Images) -> Workload | None:
    """What the service's image would start by itself; None where none is named."""
    built = built_by(service, images.files)
    if built is not None:
        base = images.built(built)
        if isinstance(base, Unknown):
            pulled = _pulled(service, images)
            if pulled is not None:
                return pulled
            return unknown_image(
                "compose", service.name, built.span, base.reason, _shown(built.image)
            )
        return base
    image = service.value("image")
    if image is None:
        return None
    reference = image.text.value
    partly = None if reference else open_parts(image)
    container = partly and partly_known("compose", service.name, image.place, partly, images.image)
    if container:
        return container
    if not reference:
        return unknown_image("compose", service.name, image.place, image.text.reason or "no image")
    known = images.image(reference)
    if known is None and images.started is not None:
        known = images.started(reference, _words(service))
    return from_image("compose", service.name, image.place, reference, known)


def _pulled(service: Service, images: _Images) -> Workload | None:
    """A published image beside a `build` that is not in sight, which Compose pulls first.

    Whoever copies a project's Compose file has its images and not its Dockerfile.
    """
    image = service.value("image")
    reference = None if image is None else image.text.value
    if image is None or not reference or "/" not in reference:
        return None
    known = images.published(reference)
    if known is None:
        return None
    taken = f"`{reference}` is pulled, and not built from what is not in sight"
    pulled = from_image("compose", service.name, image.place, reference, known)
    return replace(pulled, guess=taken)


def _words(service: Service) -> tuple[str, ...]:
    """What a service with an `entrypoint:` of its own starts; empty where that is not known."""
    given = service.last("entrypoint")
    command = None if given is None or given.node.is_null else values.command(given)
    if not isinstance(command, Known) or command.value is None:
        return ()
    return tuple(word.value or "" for word in command.value.words)


def from_dockerfile(built: Built, files: Files, base: Bases = atlas.base) -> Workload | Unknown:
    """The workload of the Dockerfile that an image is built from."""
    source = _dockerfile(built, files)
    if isinstance(source, Unknown):
        return source
    from gracelint.declare.image import dockerfile
    from gracelint.syntax.dockerfile.parse import parse

    args = dict(built.args or {})
    folder = "." if built.folder == "" else built.folder
    return dockerfile.workload(parse(source), files, built.target, args, folder, images=base)


def _dockerfile(built: Built, files: Files) -> Source | Unknown:
    if built.text is not None:
        return built.text
    if built.inline is not None:
        masked = _masked(built.inline)
        return masked or Unknown("the inline Dockerfile cannot be read in place", (built.span,))
    if built.dockerfile is None:
        return Unknown(built.reason, (built.span,))
    source = files.read(built.dockerfile)
    return source or Unknown(f"`{built.dockerfile}` is not in sight", (built.span,))


def _masked(node: Node) -> Source | None:
    """The file with everything but the inline Dockerfile blanked, so that places stay the same."""
    if node.style != "literal" or "$" in node.value or node.alias_span is not None:
        return None
    source, start = node.span.source, node.span.source.text.find("\n", node.span.start)
    if not node.span.start < start < node.span.end:
        return None
    before = "".join(c if c == "\n" else " " for c in source.text[:start])
    text = before + source.text[start : node.span.end]
    return source.reading(text)


def builds(project: Project, files: Files) -> Iterator[Built]:
    """The images that a project builds."""
    for service in project.services.values():
        if (built := built_by(service, files)) is not None:
            yield built


def built_by(service: Service, files: Files) -> Built | None:
    """How the service's image is built; None when it is not built here."""
    given = tuple(v for v in service.values("build") if not v.node.is_null)
    if not given:
        return None
    span = given[-1].place
    named = service.value("image")
    image = None if named is None else named.text.value or open_parts(named)
    build = Built(service.name, span, image, None, None)
    args = values.arguments(tuple(v for g in given if (v := g.get("args")) is not None))
    target = values.string(_last(given, "target"))
    if isinstance(target, Unknown):
        return replace(build, reason=target.reason)
    folder, reason = _folder(given)
    if folder is None:
        return replace(build, reason=reason)
    build = replace(build, folder=folder, args=args, target=target.value if target else None)
    if (inline := _last(given, "dockerfile_inline")) is not None:
        return replace(build, inline=inline.node)
    beside = service.value("dockerfile")  # where files of the first version have it
    name = values.string(_last(given, "dockerfile") or beside) or Known("Dockerfile")
    if isinstance(name, Unknown):
        return replace(build, reason=name.reason)
    path = seen_from(folder, name.value)
    if path is None:
        return replace(build, reason=f"`{name.value}` is outside these files")
    return on_disk(replace(build, dockerfile=path), files)


def _shown(image: str | None) -> str | None:
    return None if image is None else image.replace(ANY, "…")


def open_parts(value: Value) -> str | None:
    """A text with `ANY` for each variable whose value is not in sight; None where that is all."""
    whole = value.text
    text, end = "", 0
    for hole in whole.holes:
        text += whole.text.text[end : hole.start] + ANY
        end = hole.end
    return text + whole.text.text[end:] if end and not whole.error else None


def _last(given: tuple[Value, ...], key: str) -> Value | None:
    """A key of the last `build:` that has it."""
    nodes = (v.get(key) for v in reversed(given) if v.node.kind == "mapping")
    return next((v for v in nodes if v is not None), None)


def _folder(given: tuple[Value, ...]) -> tuple[str | None, str]:
    """The build context's folder below the root, and why it is not in sight."""
    for value in reversed(given):
        chosen = value if value.node.kind == "scalar" else value.get("context")
        if chosen is None:
            continue
        path = chosen.path
        if path is None:
            return None, chosen.text.reason
        if path.startswith(_REMOTE) or path.endswith(".git"):
            return None, f"the build context `{path}` is fetched from elsewhere"
        folder = seen_from(chosen.context.folder, path)
        return folder, f"the build context `{path}` is outside these files"
    return given[-1].context.folder, ""
