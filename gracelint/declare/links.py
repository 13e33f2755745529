"""Which declarations belong together: a container's image and the Dockerfile that builds it."""

from __future__ import annotations

import itertools
from functools import cached_property

from gracelint.atlas.images import Reference, repository_of
from gracelint.base import lazy
from gracelint.base.facts import Known
from gracelint.base.paths import DEFAULT_PATH, folder_of, name_of, seen_from
from gracelint.base.typed import TYPE_CHECKING, Literal, TypeAlias
from gracelint.base.values import dataclass, replace
from gracelint.model.workload import Workload

if TYPE_CHECKING:
    import re
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from typing import Any

    from gracelint.base.source import Source, Span
    from gracelint.discover.builds import Built
    from gracelint.files.tree import Files
    from gracelint.model.entries import BaseImage
    from gracelint.syntax.yaml.parse import YamlFile

How: TypeAlias = Literal[
    "settings",
    "compose",
    "skaffold",
    "tilt",
    "bake",
    "ko",
    "goreleaser",
    "ci",
    "script",
    "document",
    "command",
]

_BY_NAME = ("compose", "docker-compose", "skaffold")


@dataclass(frozen=True, slots=True)
class Link:
    """An image and the Dockerfile that builds it.

    how: what says so: the settings, a Compose file's `build` and `image`, or the name that Compose
    gives an image by itself, Skaffold, Tilt, bake, a CI system's file, a Makefile or script, a
    README, or that the container is started with the very command, or with a script, of one
    Dockerfile alone. A similar name says nothing. span: where that is written.
    """

    reference: str
    dockerfile: str
    how: How
    target: str | None = None
    span: Span | None = None


@dataclass(frozen=True, slots=True)
class _Recipe:
    """A way to build an image. name: its bare name, where it is built without any registry's.

    like: what the whole of its name looks like, where variables leave parts of it open.
    """

    repository: str
    name: str
    built: Built
    how: How
    like: re.Pattern[str] | None = None

    @property
    def key(self) -> tuple[object, ...]:
        """What tells Dockerfiles and stages apart."""
        inline = self.built.inline.span.key if self.built.inline is not None else None
        text = self.built.text.text if self.built.text is not None else None
        return (self.built.dockerfile, self.built.target, inline, text)

    @property
    def path(self) -> str:
        """The Dockerfile, or the file in which it stands inline."""
        return self.built.dockerfile or self.built.span.source.path

    def link(self, reference: str) -> Link:
        """That an image is built in this way."""
        from gracelint.discover.builds import ANY

        return Link(
            reference.replace(ANY, "…"), self.path, self.how, self.built.target, self.built.span
        )


_USUAL = frozenset(
    f"{name}.sh"
    for name in (
        *("entrypoint", "docker-entrypoint", "entry", "start", "run", "init", "startup", "boot"),
        *("server", "app", "main", "launch", "wait-for-it", "wait-for", "wait"),
    )
)
MAX_BELOW = 10  # Dockerfiles one upon the other that are followed
MAX_LOOKED = 20_000  # times that a script is looked for in what a Dockerfile makes
_BUILDERS = frozenset({"skaffold", "tilt", "bake"})


class Links:
    """What is known of images: the Dockerfiles of the tree, else the atlas.

    images: the settings' `images."NAME"`, paths in them seen from `folder`. paths: where
    Dockerfiles and build files are looked for, the whole tree unless given; read when first asked.
    """

    def __init__(
        self,
        files: Files,
        base: Callable[[str], BaseImage | None],
        images: Mapping[str, Mapping[str, Any]] | None = None,
        *,
        paths: Iterable[str] | None = None,
    ) -> None:
        self._files = files
        self._base = base
        self._images = images or {}
        self._given = paths
        self._answers: dict[str, tuple[Link | None, Workload | BaseImage | None]] = {}
        self._used: dict[str, Link] = {}
        self._workloads: dict[tuple[object, ...], Workload | None] = {}
        self._scripts: dict[str, list[_Recipe]] = {}
        self._depth = 0

    def image(self, reference: str) -> Workload | BaseImage | None:
        """What an image would start: its Dockerfile's workload, an atlas entry, or None."""
        link, image = self._ask(reference)
        if link is not None:
            self._used[reference] = link
        return image

    def below(self, reference: str) -> Workload | BaseImage | None:
        """What a Dockerfile is built on: an atlas entry, else the workload of the Dockerfile of the
        tree that makes an image of that very name.
        """
        known = self._base(reference)
        if known is not None or self._depth >= MAX_BELOW:
            return known
        self._depth += 1
        link, image = self._ask(reference)
        self._depth -= 1
        if link is None or not isinstance(image, Workload) or (image.guess and "/" in reference):
            return None
        self._used[reference] = link
        return image

    def started(self, reference: str, words: tuple[str, ...]) -> Workload | None:
        """The Dockerfile's workload that alone has this very command, or the script that is
        started, for an image not known.
        """
        recipes = self._commands.get(words, []) if len(words) > 1 else []
        recipes = recipes or self._with_script(words[0] if words else "")
        if len(recipes) != 1:
            return None
        self._used[reference] = recipes[0].link(reference)
        return self._linked(reference, recipes[0])

    @cached_property
    def _commands(self) -> Mapping[tuple[str, ...], list[_Recipe]]:
        """The Dockerfiles of the tree by the command that they give their image."""
        recipes: dict[tuple[str, ...], list[_Recipe]] = {}
        for recipe in self._dockerfiles:
            image = self._workload(recipe)
            argv = image.launch.argv if image is not None else None
            if isinstance(argv, Known):
                recipes.setdefault(tuple(w.value or "" for w in argv.value), []).append(recipe)
        return recipes

    def _with_script(self, script: str) -> list[_Recipe]:
        """The Dockerfile of the tree that puts a script of its own where it is looked for; one of
        several that do so over the same image. Names that many images give a script say nothing,
        and where there is too much to look through, all others are left unknown.
        """
        if not script.endswith(".sh") or name_of(script) in _USUAL:
            return []
        if script not in self._scripts:
            if len(self._scripts) * len(self._dockerfiles) > MAX_LOOKED:
                return []
            found = [recipe for recipe in self._dockerfiles if self._has(recipe, script)]
            images = [self._workload(recipe) for recipe in found]
            below = {image.base.reference for image in images if image is not None}
            self._scripts[script] = found[:1] if len(below) == 1 else found
        return self._scripts[script]

    @cached_property
    def _dockerfiles(self) -> tuple[_Recipe, ...]:
        return tuple(r for r in self._recipes if r.how == "command")

    def _has(self, recipe: _Recipe, script: str) -> bool:
        image = self._workload(recipe)
        if image is None or not isinstance(image.workdir, Known):
            return False
        path = image.env.get("PATH")
        folders = (path.value if path is not None else None) or DEFAULT_PATH
        file = image.files.find(script, folders, image.workdir.value)
        return file is not None and file.text is not None

    def link(self, reference: str) -> Link | None:
        """The Dockerfile that an image is taken to be built from."""
        return self._ask(reference)[0]

    def stages(self, dockerfile: str) -> Iterator[Workload]:
        """What a Dockerfile's stages start that Skaffold, Tilt or bake build by their names."""
        targets: set[str | None] = set()
        for recipe in self._targets.get(dockerfile, ()):
            built = recipe.built
            image = self._workload(recipe) if built.target not in targets else None
            targets.add(built.target)
            if image is not None:
                yield image

    @cached_property
    def _targets(self) -> Mapping[str, list[_Recipe]]:
        """The recipes of builders that name a stage, by Dockerfile."""
        targets: dict[str, list[_Recipe]] = {}
        for recipe in self._recipes:
            if recipe.how in _BUILDERS and recipe.built.dockerfile and recipe.built.target:
                targets.setdefault(recipe.built.dockerfile, []).append(recipe)
        return targets

    def context(self, dockerfile: str) -> str | None:
        """The one folder that a Dockerfile is built in, as those say that build it here."""
        folders: set[str] = self._contexts.get(dockerfile, set())
        return next(iter(folders)) if len(folders) == 1 else None

    @cached_property
    def _contexts(self) -> Mapping[str, set[str]]:
        """The folders that Dockerfiles are built in."""
        folders: dict[str, set[str]] = {}
        for built in (recipe.built for recipe in self._recipes):
            if built.dockerfile is not None and built.folder is not None:
                folders.setdefault(built.dockerfile, set()).add(built.folder)
        return folders

    @property
    def links(self) -> tuple[Link, ...]:
        """The links that answers so far rest on, by image."""
        return tuple(self._used[reference] for reference in sorted(self._used))

    def _ask(self, reference: str) -> tuple[Link | None, Workload | BaseImage | None]:
        if reference not in self._answers:
            self._answers[reference] = self._answer(reference)
        return self._answers[reference]

    def _answer(self, reference: str) -> tuple[Link | None, Workload | BaseImage | None]:
        from gracelint.discover.gobuilders import KO

        if reference.startswith(KO):
            return self._by_ko(reference)
        parsed = Reference.parse(reference)
        for candidates in self._candidates(reference, repository_of(reference), parsed):
            recipes = _of_tag(candidates, parsed.tag)
            if len({recipe.key for recipe in recipes}) == 1:
                image = self._linked(reference, recipes[0])
                if image is not None:
                    return recipes[0].link(reference), image
        return None, self._base(reference)

    def _by_ko(self, reference: str) -> tuple[Link | None, Workload | None]:
        from gracelint.discover.gobuilders import by_ko

        built = by_ko(self._files, self._modules, reference)
        if built is None:
            return None, None
        recipe = _Recipe("", "", built, "ko")
        return recipe.link(reference), self._workload(recipe)

    def _candidates(
        self, reference: str, repository: str, parsed: Reference
    ) -> Iterator[list[_Recipe]]:
        """Recipes for an image, the surest first; a list of several different ones says nothing."""
        yield self._settings(reference, repository)
        if self._base(reference) is not None and "/" not in repository:
            return
        yield self._by_repository.get(repository, []) if repository else []
        if self._base(reference) is not None:
            return
        whole = f"{parsed.host}/{parsed.path}".removeprefix("/")
        yield [r for r in self._open if r.like is not None and r.like.fullmatch(whole)]
        last = name_of(parsed.path)
        yield self._by_name.get(last, []) if last else []

    def _settings(self, reference: str, repository: str) -> list[_Recipe]:
        if not self._images:
            return []
        untagged = reference.partition("@")[0]
        untagged = untagged[: len(untagged) - len(Reference.parse(reference).tag)].rstrip(":")
        for name in (reference, untagged, repository):
            path = self._images.get(name, {}).get("dockerfile")
            where = seen_from("", path) if isinstance(path, str) else None
            source = None if where is None else self._files.read(where)
            if source is not None and where is not None:
                from gracelint.discover.builds import Built

                built = Built(name, source.span(0, 0), name, None, where)
                return [_Recipe(repository, name, built, "settings")]
        return []

    def _linked(self, reference: str, recipe: _Recipe) -> Workload | None:
        """What the Dockerfile starts; a guess, where no file gives the whole name of the image."""
        image = self._workload(recipe)
        named = recipe.repository == repository_of(reference)
        if image is None or (named and recipe.how != "document"):
            return image
        return replace(image, guess=f"`{reference}` is built from `{recipe.path}`")

    def _workload(self, recipe: _Recipe) -> Workload | None:
        key = recipe.key
        if key not in self._workloads:
            from gracelint.declare.compose.project import from_dockerfile

            self._workloads[key] = None  # while it is made, for one that is built on itself
            image = from_dockerfile(recipe.built, self._files, self.below)
            self._workloads[key] = image if isinstance(image, Workload) else None
        return self._workloads[key]

    @cached_property
    def _predefined(self) -> Mapping[str, str]:
        from gracelint.discover.address import predefined

        return predefined(self._files)

    @cached_property
    def _modules(self) -> Sequence[tuple[str, str]]:
        from gracelint.discover.gobuilders import modules

        return modules(self._files, self._paths)

    @cached_property
    def _paths(self) -> Sequence[str]:
        return tuple(self._given if self._given is not None else self._files.walk([""]))

    @cached_property
    def _recipes(self) -> tuple[_Recipe, ...]:
        """Those of which a file says what they are for."""
        return tuple(r for r in self._every if r.how != "compose" or r.built.image is not None)

    @cached_property
    def _every(self) -> tuple[_Recipe, ...]:
        """The same with those whose images Compose names by itself."""
        recipes: list[_Recipe] = []
        for path in self._paths:
            recipes += self._of(path)
        return tuple(recipes)

    @cached_property
    def _by_repository(self) -> Mapping[str, list[_Recipe]]:
        return _grouped(self._recipes, lambda recipe: recipe.repository)

    @cached_property
    def _by_name(self) -> Mapping[str, list[_Recipe]]:
        return _grouped(self._every, lambda recipe: recipe.name)

    @cached_property
    def _open(self) -> tuple[_Recipe, ...]:
        """Those of whose image's name variables leave parts open."""
        return tuple(recipe for recipe in self._recipes if recipe.like is not None)

    def _of(self, path: str) -> Iterable[_Recipe]:
        """What one file says of images."""
        name = name_of(path)
        lower = name.lower()
        if "dockerfile" in lower or "containerfile" in lower:
            return self._dockerfile(path, lower)
        is_yaml = lower.endswith((".yml", ".yaml"))
        if is_yaml and lower.startswith(_BY_NAME):
            return self._yaml(path)
        if name == "Tiltfile" or (
            lower.startswith("docker-bake") and lower.endswith((".hcl", ".json"))
        ):
            return self._other(path)
        if lower.lstrip(".").startswith("goreleaser"):
            return self._goreleaser(path)
        may_build = _OF_CI.search(path.lower()) if is_yaml else _MAY_BUILD.search(lower)
        return self._commands_of(path) if may_build else ()

    def _goreleaser(self, path: str) -> Iterator[_Recipe]:
        from gracelint.discover.gobuilders import goreleaser, is_goreleaser
        from gracelint.syntax.yaml import parse as yaml

        source = self._files.read(path) if is_goreleaser(path) else None
        for built in goreleaser(yaml.parse(source)) if source is not None else ():
            if self._files.is_file(built.dockerfile or ""):
                yield _open(built, "goreleaser")

    def _dockerfile(self, path: str, lower: str) -> Iterator[_Recipe]:
        source = self._files.read(path)
        if source is not None and not lower.endswith((".dockerignore", ".md")):
            from gracelint.discover.builds import Built

            yield _Recipe("", "", Built("", source.span(0, 0), None, None, path), "command")

    def _commands_of(self, path: str) -> Iterator[_Recipe]:
        """The images that a Makefile, a script, a README or a CI system's file builds."""
        from gracelint.discover.builds import on_disk
        from gracelint.discover.commands import commands, is_ci, is_document, may_build

        source = self._files.read(path) if may_build(path) else None
        if source is None or not _BUILDS.search(source.text):
            return
        how: How = "ci" if is_ci(path) else "document" if is_document(path) else "script"
        found = (commands(source, self._predefined), self._workflow(source), self._steps(source))
        seen: set[tuple[int, str | None, str | None]] = set()
        for written in itertools.chain(*found):
            built = on_disk(written, self._files)
            key = (built.span.start, built.image, built.target)
            if key not in seen and self._files.is_file(built.dockerfile or ""):
                seen.add(key)
                yield _open(built, how)

    def _steps(self, source: Source) -> Iterator[Built]:
        """The steps of a pipeline that is written in YAML."""
        from gracelint.discover.pipelines import may_step, steps
        from gracelint.syntax.yaml import parse as yaml

        if source.path.lower().endswith((".yml", ".yaml")) and may_step(source.text):
            yield from steps(yaml.parse(source), self._paths, self._predefined)

    def _workflow(self, source: Source) -> Iterator[Built]:
        if "/workflows/" not in source.path or "uses:" not in source.text:
            return
        from gracelint.discover.workflows import workflow
        from gracelint.syntax.yaml import parse as yaml

        def load(path: str) -> YamlFile | None:
            called = self._files.read(path)
            return None if called is None else yaml.parse(called)

        yield from workflow(yaml.parse(source), load, self._predefined)

    def _yaml(self, path: str) -> Iterator[_Recipe]:
        from gracelint.declare.compose.files import base_of
        from gracelint.declare.compose.model import load
        from gracelint.declare.compose.project import builds
        from gracelint.discover.builds import is_skaffold, skaffold
        from gracelint.discover.compose import is_compose
        from gracelint.syntax.yaml import parse as yaml

        source = self._files.read(path)
        file = None if source is None else yaml.parse(source)
        if file is None or base_of(path, self._files) is not None:
            return
        if is_skaffold(file):
            from gracelint.discover.gobuilders import skaffold_ko

            declared = (*skaffold(file), *skaffold_ko(self._files, file))
            yield from (_stated(built, "skaffold") for built in declared)
        elif is_compose(file):
            for built in builds(load(file, self._files), self._files):
                if built.image is not None:
                    yield _open(built, "compose")
                elif built.service:
                    yield from self._by_compose(built, file, path)

    def _by_compose(self, built: Built, file: YamlFile, path: str) -> Iterator[_Recipe]:
        """The names that Compose itself gives an image: of its project, that is of its folder
        unless the file says otherwise, and of the service. A registry may stand in front of them.
        """
        root = next(file.roots(), None)
        stated = root.string("name") if root is not None else None
        project = stated or name_of(folder_of(path)) or self._files.root.name
        project = _NO_PROJECT.sub("", project.lower()).lstrip("_-")
        for between in "-_" if project else "":
            yield _Recipe("", f"{project}{between}{built.service}", built, "compose")

    def _other(self, path: str) -> Iterator[_Recipe]:
        from gracelint.discover.bake import bake
        from gracelint.discover.builds import on_disk, tilt

        source = self._files.read(path)
        if source is not None:
            if name_of(path) == "Tiltfile":
                yield from (_stated(built, "tilt") for built in tilt(source))
                return
            yield from (_stated(on_disk(built, self._files), "bake") for built in bake(source))


def _grouped(
    recipes: Iterable[_Recipe], key: Callable[[_Recipe], str]
) -> Mapping[str, list[_Recipe]]:
    groups: dict[str, list[_Recipe]] = {}
    for recipe in recipes:
        groups.setdefault(key(recipe), []).append(recipe)
    return groups


def _of_tag(recipes: list[_Recipe], tag: str) -> list[_Recipe]:
    """Those that give the very tag, where some do: one image's tags may be built differently."""
    if len(recipes) < 2:
        return recipes
    wanted = tag or "latest"
    tags = (Reference.parse(r.built.image or "").tag or "latest" for r in recipes)
    exact = [r for r, given in zip(recipes, tags, strict=True) if given == wanted]
    return exact or recipes


_MAY_BUILD = lazy.compile(
    r"make|\.(mk|sh|bash|json)$|jenkins|justfile|^[^.]+$|^(readme|deploy|install|quick|getting)"
)
"""Names of files that may say how images are built, roughly; but for YAML."""

_OF_CI = lazy.compile(
    r"workflows/|gitlab|circleci|travis|drone|azure|cloudbuild|bitbucket|taskfile"
)
"""One of these stands in the path of every YAML file of a CI system, in small letters."""

_BUILDS = lazy.compile(r"build|uses: \./|kaniko|Docker@2")
"""In the text of every file that builds an image."""

_NO_PROJECT = lazy.compile(r"[^-_a-z0-9]")
"""What Compose leaves out of a folder's name to make a project's of it."""

_WITHOUT_REGISTRY = frozenset({"skaffold", "tilt"})
"""What gives images another registry's name when it deploys them."""


def _stated(built: Built, how: How) -> _Recipe:
    if built.image is None:
        return _Recipe("", "", built, how)
    repository = repository_of(built.image)
    bare = how in _WITHOUT_REGISTRY and "/" not in repository
    return _Recipe(repository, repository if bare else "", built, how)


def _open(built: Built, how: How) -> _Recipe:
    """A recipe whose image's name may have parts that are not known."""
    from gracelint.discover.builds import ANY
    from gracelint.discover.commands import pattern, untagged

    image = built.image or ""
    if ANY not in untagged(image):
        return _stated(built, how)
    return _Recipe("", "", built, how, pattern(image))
