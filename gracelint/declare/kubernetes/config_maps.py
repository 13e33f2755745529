"""The ConfigMaps of a run: which one a pod means where several have one name."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gracelint.base.paths import folder_of
from gracelint.base.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterable

    from gracelint.model.pod import ConfigMap


@dataclass(frozen=True, slots=True)
class _Found:
    """A ConfigMap and the file that has it. map: None where several files have different ones."""

    path: str
    map: ConfigMap | None


class ConfigMaps:
    """ConfigMaps by namespace and name, as the files of one run have them.

    Folders of one repository may describe applications that are never deployed together, each with
    a ConfigMap `scripts` of its own.
    """

    def __init__(self) -> None:
        self._found: dict[tuple[str, str], dict[str, _Found]] = {}

    def add(self, path: str, maps: Iterable[ConfigMap]) -> None:
        """Take in those of the file at `path`."""
        places = _places(path)
        for one in maps:
            found = self._found.setdefault((one.namespace, one.name), {})
            for place in places:
                found[place] = _either(found.get(place), _Found(path, one))

    def near(self, path: str) -> NearMaps:
        """As the pods of the file at `path` see them."""
        return NearMaps(self._found, _places(path))


class NearMaps:
    """The ConfigMaps of a run as seen from a file.

    Those in the file itself come first, then those in its folder and below, then those of the
    folder above, and so on.
    """

    def __init__(
        self, found: dict[tuple[str, str], dict[str, _Found]], places: tuple[str, ...]
    ) -> None:
        self._found = found
        self._places = places

    def get(self, key: tuple[str, str]) -> ConfigMap | None:
        """The one of a namespace and name; None where it is not told which of several."""
        found = self._found.get(key, {})
        return next((found[place].map for place in self._places if place in found), None)


def _places(path: str) -> tuple[str, ...]:
    """A file, and the folders that it is in from the inside out."""
    places = [path]
    while places[-1]:
        places.append(folder_of(places[-1]))
    return tuple(places)


def _either(one: _Found | None, other: _Found) -> _Found:
    """The later of a file's own; of several files, one where they say the same."""
    if one is None or one.path == other.path:
        return other
    same = one.map is not None and other.map is not None and _texts(one.map) == _texts(other.map)
    return one if same else _Found("", None)


def _texts(config: ConfigMap) -> dict[str, str]:
    return {key: node.value for key, node in config.data.items()}
