"""What starts containers besides Dockerfiles, Compose and Kubernetes: groups by file."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from gracelint.base.facts import Unknown
from gracelint.base.paths import folder_of, join
from gracelint.discover.quadlets import pod_named, read

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from gracelint.atlas import Atlas
    from gracelint.base.source import Source
    from gracelint.declare.links import Links
    from gracelint.discover.discover import Discovery
    from gracelint.files.tree import Files
    from gracelint.model.workload import Group, Workload
    from gracelint.syntax.toml import Entry
    from gracelint.syntax.units import Unit
    from gracelint.syntax.yaml.parse import YamlFile


def all_groups(
    discovery: Discovery, files: Files, lore: Callable[[str], tuple[Links, Atlas]]
) -> Iterator[tuple[Source, Callable[[], list[Group]]]]:
    """Each file with what gives its groups; asking may fail, so that the caller can go on.

    lore: what is known of images and programs for what is written in a file.
    """
    for unit in discovery.quadlets:
        yield (
            unit.source,
            partial(_Reader(files, lore(unit.source.path)[0]).quadlet, unit, discovery.pods),
        )
    for file in discovery.tasks:
        yield file.source, partial(_Reader(files, lore(file.source.path)[0]).tasks, file)
    for source, entries in discovery.fly:
        yield source, partial(_Reader(files, lore(source.path)[0]).fly, source, entries)


class _Reader:
    def __init__(self, files: Files, links: Links) -> None:
        self._files = files
        self._links = links

    def quadlet(self, unit: Unit, pods: Mapping[str, Unit]) -> list[Group]:
        from gracelint.declare.quadlet import group

        pod = self._pod(unit, pods)
        declared = group(unit, self._links.image, self._build_unit, pod)
        return [] if declared is None else [declared]

    def tasks(self, file: YamlFile) -> list[Group]:
        from gracelint.declare.ecs import groups

        return list(groups(file, self._links.image))

    def fly(self, source: Source, entries: list[Entry]) -> list[Group]:
        from gracelint.declare.fly import App, group

        declared = group(App(source, entries), self._links.image, self._dockerfile)
        return [] if declared is None else [declared]

    def _dockerfile(
        self, path: str, target: str | None = None, context: str | None = None
    ) -> Workload | Unknown:
        from gracelint.declare.image.dockerfile import workload
        from gracelint.syntax.dockerfile.parse import parse

        source = self._files.read(path)
        if source is None:
            return Unknown(f"`{path}` is not in sight")
        images = self._links.below
        return workload(parse(source), self._files, target, None, context, images=images)

    def _pod(self, unit: Unit, pods: Mapping[str, Unit]) -> Unit | None:
        path = pod_named(unit)
        source = None if path is None or path in pods else self._files.read(path)
        return pods.get(path or "") if source is None else read(source, self._files)

    def _build_unit(self, path: str) -> Workload | None:
        """The image that a `.build` unit builds."""
        source = self._files.read(path)
        if source is None:
            return None
        unit = read(source, self._files)
        file, folder = unit.last("Build", "File"), unit.last("Build", "SetWorkingDirectory")
        near, target = folder_of(path), unit.last("Build", "Target")
        context = (
            near if folder is None or folder.text in {"unit", "."} else join(near, folder.text)
        )
        named = "Containerfile" if file is None else file.text
        for name in (named, "Dockerfile") if file is None else (named,):
            stage = None if target is None else target.text
            image = self._dockerfile(join(context, name), stage, context or ".")
            if not isinstance(image, Unknown):
                return image
        return None
