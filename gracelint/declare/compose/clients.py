"""Which services of a Compose project may still be connected to one that is told to stop.

Source: the Compose specification: a service is reached by its name, its `hostname`, its
`container_name`, and the `aliases` that it has in a network.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

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
"""Of a folder with more files than this, it is not told whether they name a service."""

MAX_LENGTH = 100_000
"""Characters of a file that are searched."""

MAX_NAME = 200
"""Characters of a container's name; a host has at most 63 between its dots."""

_WORDS = lazy.compile(r"[A-Za-z0-9_.-]+")
_DASH = lazy.compile(r"([-_])")
_SET = ("environment", "env_file", "command", "entrypoint")
_UNREAD = ("configs", "secrets", "external_links")
_SETTINGS = (".cfg", ".conf", ".env", ".ini", ".json", ".properties", ".toml", ".yaml", ".yml")
_HOST = "host.docker.internal"

_ASKED = frozenset(
    (
        *("adminer", "metabase", "mongo-express", "pgadmin4", "pghero", "pgweb"),
        *("phpmyadmin", "redash", "sqlpad"),
    )
)
"""Images in which people choose the database that they are connected to."""

_BY_DEFAULT = {
    "dolibarr": frozenset({"mysql", "db"}),
    "friendica": frozenset({"mysql", "db"}),
    "joomla": frozenset({"mysql", "db"}),
    "kibana": frozenset({"elasticsearch"}),
    "wordpress": frozenset({"mysql", "db"}),
}
"""The hosts that images look for where nobody names any."""
_OF_ZABBIX = frozenset({"mysql-server", "postgres-server"})


class Clients:
    """Who uses whom in a project, as far as it is in sight.

    others: the containers that do not end by themselves.
    """

    def __init__(self, project: Project, files: Files, others: Sequence[Workload]) -> None:
        self._services = project.services
        self._files = files
        self._others = others
        self._read: dict[str, tuple[frozenset[str], bool]] = {}

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
        image = (workload.base.reference or "").rpartition("/")[2].partition(":")[0].lower()
        hosts = _OF_ZABBIX if image.startswith("zabbix-") else _BY_DEFAULT.get(image)
        if image in _ASKED or (hosts is not None and not hosts.isdisjoint(called)):
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
        for given in service.values("volumes"):
            for item in given.children():
                yield from self._mounted(item)

    def _mounted(self, volume: Value) -> Iterator[str | None]:
        """The texts of a file or a folder that is mounted."""
        chosen = volume if volume.node.kind == "scalar" else volume.get("source")
        text = None if chosen is None else chosen.text.value
        if chosen is None or text is None:
            yield None if chosen is not None else ""
            return
        path = text.partition(":")[0]
        if not path.startswith((".", "/", "~")):
            return
        where = seen_from(chosen.context.folder, path)
        if where is None or not self._files.exists(where):
            yield None if path.endswith(_SETTINGS) else ""
            return
        queue, left = [where], MAX_MOUNTED
        while queue:
            one = queue.pop()
            left -= 1
            if left < 0:
                yield None
                return
            if self._files.is_dir(one):
                queue += [f"{one}/{name}".lstrip("/") for name in self._files.names(one)]
                continue
            source = self._files.read(one)
            yield source.text if source is not None and len(source.text) <= MAX_LENGTH else None


def _is_published(workload: Workload) -> bool:
    """Whether it starts a public image that is known."""
    built = workload.place is not None and "build" in workload.place.entries
    return workload.place is not None and workload.base.key is not None and not built


def _called(service: Service) -> tuple[frozenset[str], bool]:
    """The names that a service is reached by, and whether they all are in sight."""
    given = [*service.values("container_name"), *service.values("hostname")]
    for value in service.values("networks"):
        for _, network in value.pairs():
            aliases = network.get("aliases") if network.node.kind == "mapping" else None
            given += aliases.children() if aliases is not None else ()
    texts = [value.text.value for value in given]
    return frozenset({service.name.lower(), *(t.lower() for t in texts if t)}), None not in texts


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
    """The words that may be hosts: `db` in `db:5432`, `tasks.db`, `shop-db-1` and `shop_db_1`."""
    for word in _WORDS.findall(text.lower()):
        yield word
        if "." in word:
            yield from word.split(".")
        parts = _DASH.split(word) if word[-1:].isdigit() and len(word) <= MAX_NAME else []
        for at in range(1, len(parts) - 2, 2):
            yield "".join(parts[at + 1 : -2])
