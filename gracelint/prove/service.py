"""A Compose service as a container of its own: what is taken over of it, and what is not.

Nothing outside of the tree is mounted, and nothing in the tree can be written to.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gracelint.base.durations import compose as duration
from gracelint.base.facts import Known
from gracelint.base.paths import absolute, seen_from
from gracelint.base.values import replace
from gracelint.declare.compose import values
from gracelint.declare.compose.mounts import target, volume
from gracelint.prove.engine import Container, Mount

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from gracelint.declare.compose.model import Project, Service, Value
    from gracelint.files.tree import Files

LEFT_OUT = (
    *("privileged", "cap_add", "cap_drop", "devices", "device_cgroup_rules", "security_opt"),
    *("ipc", "uts", "cgroup", "cgroup_parent", "userns_mode", "runtime", "sysctls", "ulimits"),
    *("group_add", "tmpfs", "shm_size", "read_only", "secrets", "volumes_from", "gpus"),
)
"""Keys of a service that change what it may do on the machine, and are not taken over."""


def container(
    files: Files, project: Project, service: Service
) -> tuple[Container, tuple[str, ...], str]:
    """The container, its image aside; what is left out of it; and why it cannot be started."""
    notes = [f"`{key}` is left out" for key in LEFT_OUT if service.value(key) is not None]
    if (mode := _text(service, "network_mode")) is not None:
        notes.append(f"`network_mode: {mode}` is left out")
    mounts = tuple(_mounts(files, project, service, notes))
    try:
        described = _plain(files, service, notes)
    except _OpenError as error:
        return Container(""), tuple(notes), str(error)
    described = replace(
        described, mounts=mounts, volumes=tuple(_volumes(service)), health=_health(service)
    )
    return described, tuple(notes), _pid(service)


def _plain(files: Files, service: Service, notes: list[str]) -> Container:
    """What keys of a plain value say."""
    init = values.boolean(service.value("init"))
    return Container(
        "",
        entrypoint=_words(service, "entrypoint"),
        command=_words(service, "command"),
        env=tuple(_environment(service, files, notes)),
        user=_text(service, "user"),
        workdir=_text(service, "working_dir"),
        stop_signal=_text(service, "stop_signal"),
        init=isinstance(init, Known) and init.value,
        aliases=(service.name,),
    )


class _OpenError(Exception):
    """What is started cannot be told."""


def _pid(service: Service) -> str:
    """Why a service cannot be started in the PID namespace that it asks for."""
    chosen = _text(service, "pid")
    if not chosen:
        return ""
    return f"it shares a PID namespace (`pid: {chosen}`), which is not done here"


def _text(service: Service, key: str) -> str | None:
    fact = values.string(service.value(key))
    return fact.value if isinstance(fact, Known) else None


def _words(service: Service, key: str) -> tuple[str, ...] | None:
    """The words of `entrypoint:` or `command:`; None where the image's hold."""
    value = service.last(key)
    if value is None or value.node.is_null:
        return None
    fact = values.command(value)
    if not isinstance(fact, Known):
        raise _OpenError(fact.reason)
    if fact.value is None:
        return ("",) if key == "entrypoint" else ()
    words = []
    for word in fact.value.words:
        if word.value is None:
            raise _OpenError(word.reason or f"a word of its `{key}` cannot be told")
        words.append(word.value)
    return tuple(words)


def _environment(service: Service, files: Files, notes: list[str]) -> Iterator[str]:
    for name, word in values.environment(service, files).items():
        if word.value is None:
            notes.append(f"the variable {name} is not set: {word.reason or 'it is not known here'}")
        else:
            yield f"{name}={word.value}"


def _mounts(files: Files, project: Project, service: Service, notes: list[str]) -> Iterator[Mount]:
    """The files and folders of the tree that are mounted; a note for all others."""
    for value in service.values("volumes"):
        for item in value.children():
            bind = volume(item)
            if bind is None:
                continue
            if bind.path is not None and files.exists(bind.path):
                yield Mount(str(files.root / bind.path), bind.target)
            else:
                notes.append(f"{bind.target} is outside of these files, and is not mounted")
    for value in service.values("configs"):
        for item in value.children():
            mount = _config(files, project, item)
            if mount is not None:
                yield mount


def _volumes(service: Service) -> Iterator[str]:
    """Where volumes are mounted; each is an empty one, whatever its name."""
    for value in service.values("volumes"):
        for item in value.children():
            place = target(item) if volume(item) is None and _is_kept(item) else ""
            if place.startswith("/") and ":" not in place:
                yield place


def _is_kept(item: Value) -> bool:
    """Whether it is a volume with or without a name, and nothing of the host's."""
    kind = item.get("type") if item.node.kind == "mapping" else None
    return kind is None or kind.text.value in {"volume", "tmpfs"}


def _config(files: Files, project: Project, item: Value) -> Mount | None:
    """A config that is a file of the tree."""
    if item.node.kind == "scalar":
        name, target = item.text.value, None
    else:
        given, at = item.get("source"), item.get("target")
        name = given.text.value if given is not None else None
        target = at.text.value if at is not None else None
    config = project.configs.get(name or "")
    chosen = config.get("file") if config is not None else None
    path = chosen.text.value if chosen is not None else None
    where = seen_from(chosen.context.folder, path) if chosen is not None and path else None
    if where is None or not files.is_file(where):
        return None
    return Mount(str(files.root / where), absolute(target or f"/{name}", "/"))


def _health(service: Service) -> Mapping[str, Any] | None:
    """The health check, asked for every second; None where the image's holds."""
    value = service.value("healthcheck")
    if value is None:
        return None
    fact = values.healthcheck(value)
    if not isinstance(fact, Known):
        return None
    if fact.value is None:
        return {"Test": ["NONE"]}
    words = [word.value for word in fact.value.argv]
    if None in words:
        return None
    return {
        "Test": ["CMD", *words],
        "Interval": 1_000_000_000,
        "Timeout": _nanoseconds(value, "timeout", 30.0),
        "Retries": 1_000,
    }


def _nanoseconds(value: Value, key: str, otherwise: float) -> int:
    chosen = value.get(key)
    text = chosen.text.value if chosen is not None and chosen.node.kind == "scalar" else None
    seconds = duration(text) if text else None
    return int((otherwise if seconds is None else min(max(seconds, 0.001), 600.0)) * 1e9)
