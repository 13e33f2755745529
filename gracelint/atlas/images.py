"""Base images: what an image on a registry brings along."""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING, Any

from gracelint.atlas.data import load
from gracelint.base.values import dataclass
from gracelint.model.entries import BaseImage

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True)
class Reference:
    """An image reference: registry host ("" for none), repository path, tag ("" for none)."""

    host: str
    path: str
    tag: str

    @classmethod
    def parse(cls, text: str) -> Reference:
        """Take `host:5000/path/name:tag@digest` apart."""
        name = text.partition("@")[0]
        first, slash, rest = name.partition("/")
        host = first if slash and ("." in first or ":" in first or first == "localhost") else ""
        path, _, tag = (rest if host else name).partition(":")
        return cls(host.lower(), path.lower(), tag)


_HUB = frozenset({"", "docker.io", "index.docker.io", "registry-1.docker.io", "mirror.gcr.io"})


def canonical(reference: Reference) -> str:
    """The repository as the atlas lists it: official images by their bare name."""
    host, path = reference.host, reference.path
    if host in _HUB:
        return path.removeprefix("library/")
    if host == "public.ecr.aws" and path.startswith("docker/library/"):
        return path.removeprefix("docker/library/")
    full = f"{host}/{path}"
    head, library, name = path.rpartition("library/")
    mirrored = library and "/" not in name and (not head or head.endswith("/"))
    return name if mirrored else full


def base(reference: str) -> BaseImage | None:
    """What the image `reference` brings along; None when the atlas does not know it."""
    parsed = Reference.parse(reference)
    return _build(canonical(parsed), parsed.tag)


@cache
def _build(name: str, tag: str) -> BaseImage | None:
    table = load("images")
    entry = table["images"].get(_listed(name))
    if entry is None:
        return None
    fields = _follow(table["images"], entry)
    parts = [part for part in tag.lower().split("-") if part]
    marks = _apply(fields, [*parts, *name.rpartition("/")[2].split("-")[1:]] or [""])
    system = _system(fields, parts) if "ubi" not in name else _ubi(name)
    if name in _NUMBERED and parts and parts[0][:1].isdigit():
        system = f"{name}-{parts[0]}"
    known: Mapping[str, Any] = table["systems"].get(system) or table["systems"][_family(system)]
    if system.startswith("alpine") and name != "alpine" and "alpine" not in marks:
        marks.append("alpine")
    return _image("-".join((name, *marks)), system, {**known, **fields})


def _listed(name: str) -> str:
    """The entry that stands for a repository: its own, or that of the first pattern it fits."""
    table = load("images")
    if name in table["images"]:
        return name
    for pattern, key in table["patterns"]:
        if found := re.fullmatch(pattern, name):
            return found.expand(key)
    return ""


def _ubi(name: str) -> str:
    """`rhel-8` of `registry.access.redhat.com/ubi8/ubi-minimal`."""
    found = re.search(r"ubi([0-9]+)", name)
    return f"rhel-{found[1]}" if found else "unknown"


def _follow(images: Mapping[str, Any], entry: Mapping[str, Any]) -> dict[str, Any]:
    fields = dict(entry)
    while (other := fields.pop("as", None)) is not None:
        fields = {**images[other], **fields}
    return fields


def _apply(fields: dict[str, Any], parts: list[str]) -> list[str]:
    """Change the fields by the tag's variants; the names of those that apply."""
    marks = []
    for mark, changes in fields.pop("variants", {}).items():
        if all(_matches(parts, part) for part in mark.split("-")):
            fields.update(changes)
            if not mark.startswith("="):
                marks.append(mark)
    return marks


def _matches(parts: list[str], wanted: str) -> bool:
    """`alpine` also matches `alpine3.20`; `=8` matches the version 8 and what is below it."""
    if wanted.startswith("="):
        version = parts[0] if parts else ""
        return version == wanted[1:] or version.startswith(f"{wanted[1:]}.")
    return any(part == wanted or _bare(part) == wanted for part in parts)


def _bare(part: str) -> str:
    return part.rstrip("0123456789.")


_NUMBERED = frozenset({"debian", "ubuntu", "alpine", "fedora"})
_SYSTEMS = {
    "alpine": "alpine",
    "slim": "debian",
    "trixie": "debian-13",
    "bookworm": "debian-12",
    "bullseye": "debian-11",
    "buster": "debian-10",
    "stretch": "debian-9",
    "jessie": "debian-8",
    "sid": "debian",
    "noble": "ubuntu-24.04",
    "jammy": "ubuntu-22.04",
    "focal": "ubuntu-20.04",
    "bionic": "ubuntu-18.04",
    "ubi8": "rhel-8",
    "ubi9": "rhel-9",
    "ubi10": "rhel-10",
    "oraclelinux7": "rhel-7",
    "oraclelinux8": "rhel-8",
    "oraclelinux9": "rhel-9",
    "ol7": "rhel-7",
    "ol8": "rhel-8",
    "ol9": "rhel-9",
    "al2": "amazonlinux-2",
    "al2023": "amazonlinux-2023",
    "debian": "debian",
    "ubuntu": "ubuntu",
    "fedora": "fedora",
    "windowsservercore": "windows",
    "nanoserver": "windows",
}


def _system(fields: dict[str, Any], parts: list[str]) -> str:
    """The distribution: by the tag where it names one, else the image's own."""
    default: str = fields.pop("os", "unknown")
    if default == "none":
        return default
    found = [_SYSTEMS.get(p) or _SYSTEMS.get(_bare(p)) for p in parts]
    exact = [system for system in found if system and system != "debian"]
    return next(iter(exact), None) or next((s for s in found if s), default)


def _family(system: str) -> str:
    return system.partition("-")[0]


_FIELDS = (
    "sh",
    "stop_signal",
    "workdir",
    "user",
    "init",
    "entrypoint_execs",
    "env",
    "program",
    "entrypoint_default",
    "source",
)


def _image(key: str, system: str, fields: Mapping[str, Any]) -> BaseImage:
    own = {name: fields[name] for name in _FIELDS if name in fields}
    for name in ("entrypoint", "cmd"):
        words = fields.get(name, ())
        own[name] = None if words is None else tuple(words)
    own["entrypoint_words"] = tuple(fields.get("entrypoint_words", "").split())
    return BaseImage(key=key, os=system, has=frozenset(fields.get("has", "").split()), **own)
