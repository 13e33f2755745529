"""Base images: what an image on a registry brings along."""

from __future__ import annotations

import re
from functools import cache, lru_cache

from gracelint.atlas import versions
from gracelint.atlas.table import table
from gracelint.base import lazy
from gracelint.base.typed import TYPE_CHECKING, Any
from gracelint.base.values import dataclass, replace
from gracelint.model.entries import BaseImage, Helper, System

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


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


_HUB = frozenset(
    (
        *("", "docker.io", "index.docker.io", "registry-1.docker.io", "registry.hub.docker.com"),
        *("mirror.gcr.io", "docker.m.daocloud.io", "hub-mirror.c.163.com", "dockerproxy.com"),
        *("docker.mirrors.ustc.edu.cn", "mirror.ccs.tencentyun.com", "docker.nju.edu.cn"),
        *("docker.mirror.hashicorp.services", "dockerhub.azk8s.cn", "docker.1ms.run"),
        *("dockerhub.timeweb.cloud", "docker.1panel.live", "hub.docker.com"),
    )
)
"""Docker Hub, and registries that hand its repositories on under the same names."""

_REGISTRIES = frozenset(
    (
        *("docker.io", "ghcr.io", "quay.io", "lscr.io", "gcr.io", "k8s.gcr.io", "registry.k8s.io"),
        *("mcr.microsoft.com", "public.ecr.aws", "docker.elastic.co", "nvcr.io", "cr.hotio.dev"),
        *("index.docker.io", "registry-1.docker.io", "registry.gitlab.com", "codeberg.org"),
    )
)
"""Registries whose names others keep in the paths of what they hand on from them."""

_MIRRORS = {
    **{f"{name}.m.daocloud.io": f"{name}.io" for name in ("ghcr", "quay", "gcr", "nvcr")},
    **{f"{name}.nju.edu.cn": f"{name}.io" for name in ("ghcr", "quay", "gcr", "nvcr")},
    "k8s.m.daocloud.io": "registry.k8s.io",
    "k8s-gcr.m.daocloud.io": "k8s.gcr.io",
    "mcr.m.daocloud.io": "mcr.microsoft.com",
    "elastic.m.daocloud.io": "docker.elastic.co",
    "k8s.mirror.nju.edu.cn": "registry.k8s.io",
}
"""Registries that hand another's repositories on under the same names."""

_ECR = lazy.compile(r"\d+\.dkr\.ecr\.[\w-]+\.amazonaws\.com(\.cn)?")
_CACHED = {
    "docker-hub": "docker.io",
    "ecr-public": "public.ecr.aws",
    "github": "ghcr.io",
    "kubernetes": "registry.k8s.io",
    "quay": "quay.io",
}
"""The namespaces that ECR proposes for its pull through caches, and whose images they hold."""

_GITLAB = "/dependency_proxy/containers/"
"""In the path of what GitLab's dependency proxy hands on from Docker Hub."""

_ARCHITECTURES = frozenset(
    (
        *("amd64", "arm32v5", "arm32v6", "arm32v7", "arm64v8", "i386", "mips64le", "ppc64le"),
        *("riscv64", "s390x"),
    )
)
"""Namespaces of Docker Hub with the official images for one architecture."""


def canonical(reference: Reference) -> str:
    """The repository as the atlas lists it: official images by their bare name.

    `docker.io/library/nginx`, `amd64/nginx`, `public.ecr.aws/docker/library/nginx` and what other
    registries hold under a `library/` are `nginx`. What a proxy hands on is what it stands for:
    `harbor.acme.example/ghcr.io/acme/web` is `ghcr.io/acme/web`.
    """
    reference = _behind(reference)
    path = reference.path
    head, library, name = path.rpartition("library/")
    if library and name and "/" not in name and (not head or head.endswith("/")):
        return name
    if reference.host not in _HUB:
        return f"{reference.host}/{path}"
    namespace, _, name = path.partition("/")
    return name if namespace in _ARCHITECTURES and name and "/" not in name else path


@lru_cache(maxsize=1000)
def repository_of(reference: str) -> str:
    """The repository that a reference names, as the atlas lists it."""
    return canonical(Reference.parse(reference))


def _behind(reference: Reference) -> Reference:
    """What a proxy hands on, where its name says what that is; any other as it is."""
    host, path, tag = reference.host, f"/{reference.path}", reference.tag
    proxy, gitlab, name = path.rpartition(_GITLAB)
    if gitlab and proxy:
        return Reference("docker.io", name, tag)
    *folders, last = reference.path.split("/")
    for at, folder in enumerate(folders):
        if folder in _REGISTRIES:
            return Reference(folder, "/".join((*folders[at + 1 :], last)), tag)
    if folders and folders[0] in _CACHED and _ECR.fullmatch(host):
        return Reference(_CACHED[folders[0]], "/".join((*folders[1:], last)), tag)
    if host == "public.ecr.aws" and folders == ["bitnami"]:
        return Reference("docker.io", reference.path, tag)
    return Reference(_MIRRORS.get(host, host), reference.path, tag)


_KUBERNETES = lazy.compile(
    r"(?:k8s\.gcr\.io|(?:[a-z]+\.)?gcr\.io/(?:google[_-]containers|k8s-artifacts-prod))/(.+?)"
    r"(?:-(?:amd64|arm64|arm|ppc64le|s390x))?"
)
"""What Kubernetes published its images as before registry.k8s.io."""


def _entry(name: str) -> Mapping[str, Any] | None:
    """The entry of a repository, under the name that it has now where that has changed."""
    entry = table("images").find(name)
    if entry is not None or "gcr.io/" not in name:
        return entry
    before = _KUBERNETES.fullmatch(name)
    return table("images").find(f"registry.k8s.io/{before[1]}") if before is not None else None


def normal(reference: str) -> str:
    """A reference with everything that clients add: `docker.io/library/nginx:latest`."""
    name, at, digest = reference.partition("@")
    parsed = Reference.parse(name)
    host = "docker.io" if parsed.host in _HUB_ITSELF else parsed.host
    path = parsed.path
    if host == "docker.io" and "/" not in path:
        path = f"library/{path}"
    tag = f":{parsed.tag}" if parsed.tag else "" if at else ":latest"
    return f"{host}/{path}{tag}{at}{digest}"


_HUB_ITSELF = frozenset(
    ("", "docker.io", "index.docker.io", "registry-1.docker.io", "registry.hub.docker.com")
)


def base(reference: str) -> BaseImage | None:
    """What the image `reference` brings along; None when the atlas does not know it.

    A digest without a tag may be that of any.
    """
    tag = Reference.parse(reference).tag
    if not tag and "@" in reference:
        return of_any_tag(reference, ())
    return _build(repository_of(reference), tag)


def of_any_tag(repository: str, words: Sequence[str]) -> BaseImage | None:
    """What an image brings along now, whatever else than `words` its tag has.

    None where the atlas does not know it, or where tags decide what it starts.
    """
    name = repository_of(repository)
    entry = _entry(name)
    parts = [word.lower() for word in words]
    image = None if entry is None else _build(name, "-".join(parts))
    if entry is None or image is None or any(_decides(v, parts) for v in entry.get("variants", ())):
        return None
    # a distribution's own image is that distribution, whatever its tag
    own = name == str(entry.get("os", "")).partition("-")[0]
    return image if own or _system("", parts) else replace(image, sh=None, has=frozenset())


_STARTS = frozenset({"entrypoint", "cmd", "stop_signal", "program", "env", "user"})


def _decides(variant: Mapping[str, Any], parts: Sequence[str]) -> bool:
    """Whether a tag that may be the image's makes it start something else."""
    tag = variant["if"].get("tag", ())
    return not all(_stands(parts, word) for word in tag) and not _STARTS.isdisjoint(variant)


def helper(reference: str) -> Helper | None:
    """What an image is beside an application in a pod; None when it is not known as a helper."""
    entry = _entry(repository_of(reference))
    if entry is None or "helper" not in entry:
        return None
    only = entry.get("only_helper", False)
    return Helper(entry["helper"], entry.get("serves_on", 0.0), only=only)


def connects_to(reference: str) -> Sequence[str]:
    """The hosts that an image looks for where nobody names any; `*` for whatever people choose."""
    entry = _entry(repository_of(reference))
    hosts: Sequence[str] = () if entry is None else entry.get("connects_to", ())
    return hosts


@cache
def _build(name: str, tag: str) -> BaseImage | None:
    entry = _entry(name)
    if entry is None or "os" not in entry:
        return None
    fields = {key: value for key, value in entry.items() if key not in _ASIDE}
    parts = [part for part in tag.lower().split("-") if part]
    marks = _apply(fields, entry.get("variants", ()), parts, name)
    os, by_tag = _system(fields.pop("os", "unknown"), parts), fields.pop("os_by_tag", False)
    if "ubi" in name:
        os = _ubi(name)
    elif by_tag and parts and parts[0][:1].isdigit():
        os = f"{os}-{parts[0]}"
    if os.startswith("alpine") and name != "alpine" and "alpine" not in marks:
        marks.append("alpine")
    return _image("-".join((name, *marks)), system(os), fields)


_ASIDE = frozenset({"key", "variants", "note", "helper", "serves_on", "only_helper", "connects_to"})


def _ubi(name: str) -> str:
    """`rhel-8` of `registry.access.redhat.com/ubi8/ubi-minimal`."""
    match = re.search(r"ubi([0-9]+)", name)
    return f"rhel-{match[1]}" if match else "unknown"


def _apply(
    fields: dict[str, Any], variants: Sequence[Mapping[str, Any]], parts: list[str], name: str
) -> list[str]:
    """Change the fields by the tag's variants; the words of those that apply."""
    words = [*parts, *name.rpartition("/")[2].split("-")[1:]]
    version, marks = versions.of_tag("-".join(parts)), []
    for variant in variants:
        wanted = variant["if"]
        tag = wanted.get("tag", ())
        if all(_stands(words, word) for word in tag) and _is_version(version, wanted):
            fields.update((key, value) for key, value in variant.items() if key != "if")
            marks += [word for word in tag if word not in marks]
    return marks


def _stands(words: Sequence[str], wanted: str) -> bool:
    """`alpine` also stands for `alpine3.20`."""
    return any(word == wanted or _bare(word) == wanted for word in words)


def _is_version(version: str, wanted: Mapping[str, Any]) -> bool:
    """Whether a condition on versions, if there is one, holds."""
    return "versions" not in wanted or versions.fits(version, wanted["versions"])


def _bare(part: str) -> str:
    return part.rstrip("0123456789.")


@cache
def _tags() -> Mapping[str, str]:
    """The distribution that a word of a tag stands for: `bookworm` for `debian-12`."""
    tags = {}
    for entry in table("systems"):
        for word, version in entry.get("tags", {}).items():
            tags[word] = f"{entry['key']}-{version}" if version else entry["key"]
    return tags


def _system(default: str, parts: Sequence[str]) -> str:
    """The distribution: by the tag where it names one, else the image's own."""
    if default == "none":
        return default
    systems = [_tags().get(part) or _tags().get(_bare(part)) for part in parts]
    exact = [system for system in systems if system and system != "debian"]
    return next(iter(exact), None) or next((s for s in systems if s), default)


@cache
def system(key: str) -> System:
    """What a distribution brings along, by its name and version: `debian-12`."""
    family, _, version = key.partition("-")
    fields = dict(table("systems").find(family) or {})
    for variant in fields.pop("variants", ()):
        if _is_version(version, variant["if"]):
            fields.update((name, value) for name, value in variant.items() if name != "if")
    more = {name: fields[name] for name in ("sh", "systemd", "install_init") if name in fields}
    has = frozenset(fields.get("has", ()))
    commands = frozenset((fields.get("commands") or "").split())
    return System(key, has=has, commands=commands, **more)


_SEQUENCES = frozenset({"entrypoint", "cmd", "entrypoint_words"})


def _image(key: str, below: System, fields: Mapping[str, Any]) -> BaseImage:
    values: dict[str, Any] = {
        name: tuple(value) if name in _SEQUENCES and value is not None else value
        for name, value in fields.items()
    }
    if "starts" in values:
        values["starts"] = {script: tuple(words) for script, words in values["starts"].items()}
    values["has"] = frozenset(fields["has"]) if "has" in fields else below.has
    values["lacks"] = frozenset(fields.get("lacks", ()))
    return BaseImage(key=key, os=below.key, **{"sh": below.sh, **values})
