"""Which Services send requests to a pod, found without a look at each of them."""

from __future__ import annotations

from collections import Counter, defaultdict
from itertools import islice
from typing import TYPE_CHECKING

from gracelint.base.paths import folder_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from gracelint.model.pod import PodSpec, Service

    Key = tuple[str, frozenset[tuple[str, str]]]
    Numbered = tuple[int, Service]

MAX_SERVICES = 50
"""A pod behind more Services is taken to be behind the first of them: they say the same of it."""

_NEIGHBOUR = 2
"""Steps between folders: to the one above, or one beside."""


class Selecting:
    """The Services of a run, by what they select."""

    def __init__(self, services: Iterable[Service] = (), pods: Iterable[PodSpec] = ()) -> None:
        self._near: dict[Key, _Near] = defaultdict(_Near)
        for number, service in enumerate(services):
            self._near[_key(service)].add(number, service)
        self._by_key = _by_rarest_key(self._near)
        self._least: dict[int, int] = {}
        for pod in pods if self._near else ():
            steps, numbered = self._nearest(pod)
            for number, _ in numbered:
                self._least[number] = min(steps, self._least.get(number, steps))

    def of(self, pod: PodSpec) -> tuple[Service, ...]:
        """Of the Services that select a pod those in the nearest folder, its neighbours at most.

        The same labels further away belong to another deployment of the same, or to something else,
        and so does a Service that has a pod of its own nearer by.
        """
        steps, numbered = self._nearest(pod)
        own = (one for number, one in numbered if self._least.get(number, steps) >= steps)
        return tuple(islice(own, MAX_SERVICES))

    def _nearest(self, pod: PodSpec) -> tuple[int, list[Numbered]]:
        """The Services nearest to a pod in the order of the run, and the steps to them."""
        path = pod.node.span.source.path
        nearest = [near.nearest(path) for near in self._selecting(pod)]
        least = min((steps for steps, _ in nearest), default=0)
        numbered = (one for steps, services in nearest if steps == least for one in services)
        return least, sorted(numbered, key=lambda one: one[0])

    def _selecting(self, pod: PodSpec) -> Iterator[_Near]:
        """The Services with each selector that the pod meets."""
        for label in pod.labels:
            for keys in self._by_key.get(label, ()):
                if keys <= pod.labels.keys():
                    near = self._near.get((pod.namespace, _chosen(pod.labels, keys)))
                    if near is not None:
                        yield near


class _Near:
    """The Services with one selector, by where they are written."""

    def __init__(self) -> None:
        self._files: dict[str, list[Numbered]] = defaultdict(list)
        self._below: dict[tuple[int, str], list[Numbered]] = defaultdict(list)

    def add(self, number: int, service: Service) -> None:
        path = service.node.span.source.path
        self._files[path].append((number, service))
        for steps, folder in _above(path):
            self._below[steps, folder].append((number, service))

    def nearest(self, path: str) -> tuple[int, list[Numbered]]:
        """The nearest ones and the steps to their folder, -1 for those in the same file."""
        if path in self._files:
            return -1, self._files[path][:MAX_SERVICES]
        above = list(_above(path))
        for steps in range(_NEIGHBOUR + 1):
            for up, folder in above:
                if services := self._below.get((steps - up, folder)):
                    return steps, services[:MAX_SERVICES]
        return _NEIGHBOUR + 1, []


def _above(path: str) -> Iterator[tuple[int, str]]:
    """The folders at and above that of a file, with the steps to them."""
    folder = folder_of(path)
    for steps in range(_NEIGHBOUR + 1):
        yield steps, folder
        if not folder:
            return
        folder = folder_of(folder)


def _key(service: Service) -> Key:
    return service.namespace, frozenset(service.selector.items())


def _chosen(labels: Mapping[str, str], keys: frozenset[str]) -> frozenset[tuple[str, str]]:
    return frozenset((key, labels[key]) for key in keys)


def _by_rarest_key(selectors: Iterable[Key]) -> dict[str, list[frozenset[str]]]:
    """The sets of keys that selectors have, each under the key that fewest of them share."""
    sets = {frozenset(key for key, _ in selector) for _, selector in selectors}
    common = Counter(key for keys in sets for key in keys)
    groups: dict[str, list[frozenset[str]]] = defaultdict(list)
    for keys in sets:
        groups[min(keys, key=lambda key: (common[key], key))].append(keys)
    return groups
