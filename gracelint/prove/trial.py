"""What is to be proven: launches that the files declare, and how each of them is started."""

from __future__ import annotations

import math
import shlex
from typing import TYPE_CHECKING

from gracelint.base.facts import Known
from gracelint.base.paths import folder_of, join, name_of
from gracelint.base.values import dataclass, field, replace
from gracelint.declare.compose.model import load
from gracelint.declare.compose.project import built_by
from gracelint.declare.image.context import build_context
from gracelint.prove.engine import Container

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from gracelint.declare.compose.model import Project, Service
    from gracelint.discover.builds import Built
    from gracelint.files.tree import Files
    from gracelint.model.story import Story
    from gracelint.session.scene import Scene
    from gracelint.session.session import Session
    from gracelint.syntax.dockerfile.parse import Dockerfile

MAX_GRACE = 120
"""Seconds that are waited for a stop at most, whatever is declared."""


@dataclass(frozen=True, slots=True)
class Recipe:
    """How an image is built. folder, dockerfile: from the root of the tree; inline: its text."""

    folder: str
    dockerfile: str | None
    inline: str | None = None
    target: str | None = None
    args: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Trial:
    """A launch to start and stop. recipe: None where an image is taken as it is: `image`.

    container: what the files say of the container, its image aside. grace: seconds, None where it
    cannot be told. problem: why it cannot be started. service, project: for a Compose service.
    notes: what of the declaration is left out, as sentences.
    """

    name: str
    story: Story | None
    recipe: Recipe | None = None
    image: str = ""
    container: Container = field(default_factory=lambda: Container(""))
    grace: float | None = None
    problem: str = ""
    service: Service | None = None
    project: Project | None = None
    notes: tuple[str, ...] = ()

    @property
    def seconds(self) -> int:
        """The grace period that the engine is given."""
        return min(math.ceil(10.0 if self.grace is None else self.grace), MAX_GRACE)


COMPOSE_FILE = "gracelint-prove.compose.yaml"
"""Where an image that is named by itself is declared; there is no such file."""


def of_image(session: Session, reference: str) -> Trial:
    """An image as it is, started with nothing but what it brings along."""
    text = 'services: {"image": {"image": %s}}\n'
    quoted = '"' + reference.replace("\\", "\\\\").replace('"', '\\"').replace("$", "$$") + '"'
    session.files.lay(COMPOSE_FILE, text % quoted)
    scene = session.scene([COMPOSE_FILE])
    story = next(iter(scene.stories), None)
    session.problems = []
    return Trial(reference, story, image=reference, grace=10.0)


def of_folder(files: Files, folder: str) -> str | None:
    """The file that a folder stands for: its Dockerfile, else its Compose file."""
    from gracelint.discover.compose import BASE_NAMES

    for name in ("Dockerfile", "Containerfile", *BASE_NAMES):
        if files.is_file(join(folder, name)):
            return join(folder, name)
    return None


def trials(session: Session, scene: Scene) -> Iterator[Trial]:
    """The launches of a scene that Docker or Podman start: Dockerfiles and Compose services."""
    parsed = {one.source.path: one for one in scene.discovery.dockerfiles}
    projects = {one.source.path: load(one, session.files) for one in scene.discovery.compose}
    for story in scene.stories:
        workload = story.workload
        if workload.kind == "dockerfile" and workload.source.path in parsed:
            yield of_dockerfile(session.files, parsed[workload.source.path], story)
        elif workload.kind == "compose":
            declaration = _declaration(projects.values(), story)
            if declaration is not None:
                yield of_service(session.files, *declaration, story)


def _declaration(projects: Iterable[Project], story: Story) -> tuple[Project, Service] | None:
    for project in projects:
        service = project.services.get(story.workload.name)
        if service is not None and service.key.span.key == story.workload.declared.key:
            return project, service
    return None


def of_dockerfile(files: Files, dockerfile: Dockerfile, story: Story) -> Trial:
    """The image of a Dockerfile, started as `docker run` would."""
    path = dockerfile.source.path
    context = build_context(files, path, dockerfile)
    folder = context.value if isinstance(context, Known) else folder_of(path)
    stage = story.workload.stage
    named = stage if stage is not None and not stage.isdigit() else None
    recipe = Recipe("" if folder == "." else folder, path, target=named)
    name = path if named is None else f"{path}:{named}"
    return Trial(name, story, recipe, grace=_grace(story))


def _grace(story: Story) -> float | None:
    fact = story.workload.grace
    return fact.value if isinstance(fact, Known) else None


def of_service(files: Files, project: Project, service: Service, story: Story | None) -> Trial:
    """A Compose service, without the rest of its project."""
    from gracelint.prove.service import container

    name = f"{project.source.path}:{service.name}"
    described, notes, problem = container(files, project, service)
    trial = Trial(
        name,
        story,
        container=described,
        grace=None if story is None else _grace(story),
        problem=problem or service.missing,
        service=service,
        project=project,
        notes=notes,
    )
    built = built_by(service, files)
    if built is not None:
        return _built(trial, built)
    image = service.value("image")
    reference = image.text.value if image is not None else None
    return replace(trial, image=reference or "", problem=trial.problem or _nameless(reference))


def _nameless(reference: str | None) -> str:
    return "" if reference else "what image it starts cannot be told"


def _built(trial: Trial, built: Built) -> Trial:
    if built.folder is None or (built.dockerfile is None and built.inline is None):
        return replace(trial, problem=built.reason or "how its image is built cannot be told")
    inline = built.inline.value if built.inline is not None else None
    recipe = Recipe(
        "" if built.folder == "." else built.folder,
        built.dockerfile,
        inline,
        built.target,
        built.args or {},
    )
    return replace(trial, recipe=recipe)


def all_built(candidates: Sequence[Trial]) -> tuple[list[Trial], list[Trial]]:
    """Those that can be built here, each once; and those whose image comes from elsewhere.

    A Dockerfile that a service builds is proven by the service.
    """
    services = [one for one in candidates if one.service is not None]
    covered = {_key(one.recipe) for one in services if one.recipe is not None}
    built = [one for one in services if one.recipe is not None]
    built += [
        one
        for one in candidates
        if one.service is None and one.recipe is not None and not _is_covered(one, covered)
    ]
    return built, [one for one in services if one.recipe is None]


def _key(recipe: Recipe) -> tuple[str | None, str | None]:
    return recipe.dockerfile, recipe.target


def _is_covered(trial: Trial, covered: set[tuple[str | None, str | None]]) -> bool:
    assert trial.recipe is not None
    path, stage = _key(trial.recipe)
    story = trial.story
    last = story is not None and name_of(trial.name) == name_of(path or "")
    return (path, stage) in covered or (last and (path, None) in covered)


def shown(container: Container, image: str) -> str:
    """What is started, as people would type it."""
    words = ["run", "--network", container.network]
    if container.memory:
        words += ["--memory", f"{container.memory // 1024**2}m"]
    if container.processes:
        words += ["--pids-limit", str(container.processes)]
    words += ["--init"] if container.init else []
    for option, value in (
        ("--user", container.user),
        ("--workdir", container.workdir),
        ("--stop-signal", container.stop_signal),
        ("--pid", container.pid),
    ):
        words += [option, value] if value else []
    words += [word for one in container.env for word in ("--env", one.partition("=")[0])]
    for one in container.mounts:
        words += ["--volume", f"{one.source}:{one.target}{'' if one.writable else ':ro'}"]
    words += [word for one in container.volumes for word in ("--volume", one)]
    rest = list(container.command or ())
    if container.entrypoint is not None:
        words += ["--entrypoint", container.entrypoint[0] if container.entrypoint else ""]
        rest = [*container.entrypoint[1:], *rest]
    return shlex.join([*words, image, *rest])
