"""Podman's quadlets: the units that start containers, and the files that these name.

Source: podman-systemd.unit(5), Podman 5: drop-ins (`web.container.d/*.conf`, those of a template
and of all names that begin alike, `container.d/*.conf`) are read in the order of their names, the
nearest of those that are called alike; a `.container` unit names the pod that it belongs to
(`Pod=web.pod`); a `.kube` unit names manifests (`Yaml=`), which are looked for beside the unit.
"""

from __future__ import annotations

from gracelint.base.paths import clean_path, folder_of, join, name_of
from gracelint.base.typed import TYPE_CHECKING, Literal
from gracelint.base.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gracelint.base.source import Source
    from gracelint.files.tree import Files
    from gracelint.syntax.units import Unit

Section = Literal["Container", "Pod", "Kube"]

_SECTIONS: dict[str, Section] = {"container": "Container", "pod": "Pod", "kube": "Kube"}

SUFFIXES = tuple(f".{suffix}" for suffix in _SECTIONS)
"""How the names of such units end."""


@dataclass(frozen=True, slots=True)
class Named:
    """A manifest of a `.kube` unit. why: why it is not in sight, "" where it is."""

    path: str
    why: str = ""


def read(source: Source, files: Files) -> Unit:
    """A unit with its drop-ins."""
    from gracelint.syntax.units import Unit

    folder, name = folder_of(source.path), name_of(source.path)
    dropins: dict[str, str] = {}
    for place in _dropin_folders(name):
        for conf in files.names(join(folder, place)):
            if conf.endswith(".conf"):
                dropins[conf] = join(folder, join(place, conf))
    texts = (files.read(dropins[conf]) for conf in sorted(dropins))
    return Unit(source, (text for text in texts if text is not None))


def _dropin_folders(name: str) -> Iterator[str]:
    """Where drop-ins of a unit stand, the nearest last: for `a-b@.container` five folders."""
    stem, dot, suffix = name.rpartition(".")
    yield f"{suffix}.d"
    parts = stem.split("-")
    yield from (f"{'-'.join(parts[:end])}-{dot}{suffix}.d" for end in range(1, len(parts)))
    template, at, instance = stem.partition("@")
    if at and instance:
        yield f"{template}@{dot}{suffix}.d"
    yield f"{name}.d"


def section_of(path: str) -> Section:
    """The section that a unit has to have, by how its name ends."""
    return _SECTIONS[path.lower().rpartition(".")[2]]


def manifests(unit: Unit, files: Files) -> Iterator[Named]:
    """The manifests that Podman plays for a `.kube` unit."""
    from gracelint.syntax.units import words

    for setting in unit.all("Kube", "Yaml"):
        for word in words(setting):
            written = setting.text if word.value is None else word.value
            path = clean_path(join(folder_of(unit.source.path), written))
            if word.value is None:
                yield Named(written, word.reason)
            elif written.startswith("/") or path is None or not files.is_file(path):
                yield Named(written, f"`{written}` is not in sight")
            else:
                yield Named(path)


def pod_named(unit: Unit) -> str | None:
    """The path of the `.pod` unit that a container says it belongs to."""
    named = unit.last("Container", "Pod")
    return None if named is None else clean_path(_beside(unit, named.text))


def by_pod(folder: str, files: Files) -> dict[str, list[Unit]]:
    """The `.container` units of a folder by the path of the pod that they belong to."""
    units: dict[str, list[Unit]] = {}
    for name in files.names(folder):
        source = files.read(join(folder, name)) if name.lower().endswith(".container") else None
        unit = None if source is None else read(source, files)
        pod = None if unit is None else pod_named(unit)
        if unit is not None and pod is not None:
            units.setdefault(pod, []).append(unit)
    return units


def _beside(unit: Unit, name: str) -> str:
    return join(folder_of(unit.source.path), name)
