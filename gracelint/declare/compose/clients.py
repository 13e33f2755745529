"""Which services of a Compose project may still be connected to one that is told to stop.

Source: the Compose specification: a service is reached by its name, its `hostname`, its
`container_name`, and the `aliases` and addresses that it has in a network.
"""

from __future__ import annotations

from ipaddress import IPv6Address
from itertools import chain
from typing import TYPE_CHECKING

from gracelint.atlas.images import connects_to
from gracelint.base import lazy
from gracelint.base.facts import Known
from gracelint.base.paths import seen_from
from gracelint.declare.compose import values

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from gracelint.declare.compose.model import Project, Service, Value
    from gracelint.files.tree import Files
    from gracelint.model.workload import Workload

MAX_TEXTS = 5000
"""Of a service that says more, not all is searched: it may use any other."""

MAX_MOUNTED = 50
"""Of a container with more files and folders mounted, it is not told which services they name."""

MAX_LENGTH = 100_000
"""Characters of a file that are searched."""

MAX_NAME = 200
"""Characters of a container's name; a host has at most 63 between its dots."""

_WORDS = lazy.compile(r"[A-Za-z0-9_.-]+")
_IPV6 = lazy.compile(r"(?<![0-9a-f:])[0-9a-f]{0,4}(?::[0-9a-f]{0,4}){2,8}(?![0-9a-f:])")
"""An address, a name or a port beside it included."""
_DASH = lazy.compile(r"([-_])")
_SET = ("environment", "env_file", "command", "entrypoint")
_UNREAD = ("configs", "secrets", "external_links")
_SETTINGS = (".cfg", ".conf", ".env", ".ini", ".json", ".properties", ".toml", ".yaml", ".yml")
_NAMES = ("aliases", "ipv4_address", "ipv6_address", "link_local_ips")
_HOST = "host.docker.internal"


class Clients:
    """Who uses whom in a project, as far as it is in sight.

    others: the containers that do not end by themselves.
    """

    def __init__(self, project: Project, files: Files, others: Sequence[Workload]) -> None:
        self._services = project.services
        self._files = files
        self._others = others
        self._read: dict[str, tuple[frozenset[str], bool]] = {}
        self._held: dict[str, frozenset[str] | None] = {}

    def stop_before(self, name: str, before: Mapping[str, Sequence[str]]) -> bool:
        """Whether all that may use a service have ended before it, and any that does has.

        before: the services that end before each.
        """
        ended, queue = {name}, [name]
        while queue:
            more = [one for one in before.get(queue.pop(), ()) if one not in ended]
            ended.update(more)
            queue += more
        there = [w for w in self._others if w.name != name]
        called, all_known = _called(self._services[name])
        if not any(w.name in ended and self._uses(w, called) for w in there):
            return False
        return not any(
            w.name not in ended and (not all_known or self._may_use(w, called)) for w in there
        )

    def _uses(self, workload: Workload, called: frozenset[str]) -> bool:
        """Whether it names a service, or is made here, where its sources name others."""
        return not _is_published(workload) or not called.isdisjoint(self._words(workload)[0])

    def _may_use(self, workload: Workload, called: frozenset[str]) -> bool:
        """Whether it may: a public image does not where all that it is told is in sight, and names
        no such service, and nor does it look for one by itself.
        """
        if self._uses(workload, called):
            return True
        hosts = connects_to(workload.base.reference or "")
        if "*" in hosts or not called.isdisjoint(hosts):
            return True
        words, complete = self._words(workload)
        return not complete or _HOST in words

    def _words(self, workload: Workload) -> tuple[frozenset[str], bool]:
        """The words of what a container is told, and whether all of it is in sight."""
        if workload.name not in self._read:
            service = self._services[workload.name]
            words: set[str] = set()
            complete = not service.missing and service.value("network_mode") is None
            for text in self._texts(service, workload):
                complete = complete and text is not None
                words.update(_parts(text or ""))
            for held in self._mounted(service):
                complete = complete and held is not None
                words.update(held or ())
            self._read[workload.name] = frozenset(words), complete
        return self._read[workload.name]

    def _texts(self, service: Service, workload: Workload) -> Iterator[str | None]:
        """What a container is told; None for what is not in sight."""
        for key in {key: None for layer in service.layers for key in layer.node.entries()}:
            for given in service.values(key):
                yield from (text if key in _SET else text or "" for text in _said(given))
        if any(service.value(key) for key in _UNREAD) or values.is_open(service, self._files):
            yield None
        for word in workload.env.values():
            value = word.value
            yield None if value is not None and "$" in value else value
        argv = workload.launch.argv
        yield from [word.value for word in argv.value] if isinstance(argv, Known) else [None]

    def _mounted(self, service: Service) -> Iterator[frozenset[str] | None]:
        """The words of files that are mounted; None for what is not in sight."""
        given = dict.fromkeys(self._sources(service))
        if None in given:
            yield None
        queue, left = [path for path in given if path is not None], MAX_MOUNTED
        while queue:
            one = queue.pop()
            left -= 1
            if left < 0:
                yield None
                return
            if self._files.is_dir(one):
                queue += [f"{one}/{name}".lstrip("/") for name in self._files.names(one)]
            else:
                yield self._words_of(one)

    def _sources(self, service: Service) -> Iterator[str | None]:
        """The files and folders that are mounted; None for one that is not in sight."""
        for volume in (item for given in service.values("volumes") for item in given.children()):
            chosen = volume if volume.node.kind == "scalar" else volume.get("source")
            text = "" if chosen is None else chosen.text.value
            path = None if text is None else text.partition(":")[0]
            if chosen is None or path is None:
                yield from () if chosen is None else (None,)
            elif path.startswith((".", "/", "~")):
                where = seen_from(chosen.context.folder, path)
                if where is not None and self._files.exists(where):
                    yield where
                elif path.endswith(_SETTINGS):
                    yield None

    def _words_of(self, path: str) -> frozenset[str] | None:
        """The words of a file, read once; None for one that is not read."""
        if path not in self._held:
            source = self._files.read(path)
            text = None if source is None or len(source.text) > MAX_LENGTH else source.text
            self._held[path] = None if text is None else frozenset(_parts(text))
        return self._held[path]


def _is_published(workload: Workload) -> bool:
    """Whether it starts a public image that is known."""
    built = workload.place is not None and "build" in workload.place.entries
    return workload.place is not None and workload.base.key is not None and not built


def _called(service: Service) -> tuple[frozenset[str], bool]:
    """The names that a service is reached by, and whether they all are in sight."""
    given = [*service.values("container_name"), *service.values("hostname")]
    for value in service.values("networks"):
        for _, network in value.pairs():
            for key in _NAMES if network.node.kind == "mapping" else ():
                if (named := network.get(key)) is not None:
                    given += named.children() if named.node.kind == "sequence" else (named,)
    texts = [value.text.value for value in given]
    names = (_address(text) or text.lower() for text in texts if text)
    return frozenset({service.name.lower(), *names}), None not in texts


def _address(text: str) -> str:
    """An address of IPv6 as it is written at its shortest, "" for any other text."""
    try:
        return IPv6Address(text).compressed
    except ValueError:
        return ""


def _said(value: Value) -> Iterator[str | None]:
    """The texts in a value, with its keys; None for one that is not in sight, or if it has more."""
    queue, left = [value], MAX_TEXTS
    while queue:
        one = queue.pop()
        left -= 1
        if left < 0:
            yield None
            return
        if one.node.kind == "scalar":
            yield "" if one.node.is_null else one.text.value
            continue
        for name, inner in one.pairs():
            yield name
            queue.append(inner)
        queue += one.children()


def _parts(text: str) -> Iterator[str]:
    """The words that may be hosts: `db` in `db:5432`, `tasks.db`, `-hdb`, `shop-db-1` and
    `shop_db_1`, and addresses.
    """
    lower = text.lower()
    for found in _IPV6.findall(lower):
        ways = (found, found.partition(":")[2], found.rpartition(":")[0])
        yield from filter(None, map(_address, ways))
    words = _WORDS.findall(lower)
    for word in chain(words, (word[2:] for word in words if word.startswith("-h"))):
        yield word
        if "." in word:
            yield from word.split(".")
        parts = _DASH.split(word) if word[-1:].isdigit() and len(word) <= MAX_NAME else []
        for at in range(1, len(parts) - 2, 2):
            yield "".join(parts[at + 1 : -2])
