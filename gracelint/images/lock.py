"""From an image to its entry in `gracelint.lock`."""

from __future__ import annotations

import json
import re
import shlex
from typing import TYPE_CHECKING, Any

from gracelint import atlas
from gracelint.base.paths import absolute
from gracelint.base.signals import parse as parse_signal
from gracelint.images.layers import Filesystem
from gracelint.model.lock import FORMAT, LockedImage, Script

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from gracelint.images.archive import Stored

MAX_SCRIPTS = 60
"""A launch that runs more files than this is followed no further."""

MAX_TEXT = 500_000
"""Characters of all scripts of one image."""

MAX_ROUNDS = 6
"""So far files that name one another are followed; each step may read the layers again."""

MAX_VALUE = 1000
"""A longer variable decides no launch."""

_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
_SHELLS = {
    "dash": "dash",
    "busybox": "ash",
    "ash": "ash",
    "bash": "bash",
    "mksh": "mksh",
    "zsh": "zsh",
    "busybox.static": "ash",
}
_OLD_BASH = frozenset(
    {"rhel-7", "rhel-8", "centos-7", "centos-8", "rocky-8", "almalinux-8", "amazonlinux-2"}
)
_ABSOLUTE = re.compile(rb"(?<![\w./-])(/[\w@%+=:,./-]+|\.{1,2}/[\w@%+=:,./-]+)")
_SERVICES = ("/etc/services.d", "/etc/s6-overlay/s6-rc.d", "/etc/cont-init.d")
_CONFIGURED = ("/etc/supervisord.conf", "/etc/supervisor/supervisord.conf")
_PARTS = re.compile(r"entrypoint|init|startup|pre-?start|conf\.d|supervisor")
_SECRET = re.compile(r"PASS|SECRET|TOKEN|CREDENTIAL|PRIVATE|(API|ACCESS|AUTH)_?KEY", re.IGNORECASE)


def locked(reference: str, stored: Stored) -> LockedImage:
    """The entry of an image; ImageProblem where its layers cannot be read."""
    files = Filesystem(stored.layers)
    config = stored.config
    entrypoint, cmd = _words(config.get("Entrypoint")), _words(config.get("Cmd"))
    env = dict(_variables(config.get("Env")))
    path, workdir = env.get("PATH") or _PATH, _string(config, "WorkingDir")
    system = _system(files)
    programs = atlas.in_locks()
    has = [name for name in programs if files.find(name, path, "/") is not None]
    launch = _Launch(files, (*entrypoint, *cmd), path, workdir or "/")
    scripts = tuple(sorted(launch.scripts(), key=lambda script: script.path))
    return LockedImage(
        reference,
        stored.digest,
        entrypoint,
        cmd,
        env,
        workdir,
        _string(config, "User"),
        _signal(_string(config, "StopSignal")),
        _shell(files, system),
        system,
        tuple(has),
        tuple(name for name in programs if name not in has),
        launch.links_to(scripts),
        scripts,
    )


def write(images: Iterable[LockedImage]) -> str:
    """The lock's text: sorted, a fact a line, the same for the same images."""
    entries = {image.reference: _entry(image) for image in images}
    whole = {"version": FORMAT, "images": dict(sorted(entries.items()))}
    return json.dumps(whole, indent=1, ensure_ascii=True) + "\n"


def _entry(image: LockedImage) -> dict[str, Any]:
    scripts = {
        script.path: {
            "executable": script.executable,
            "text": script.text.splitlines(keepends=True),
        }
        for script in image.scripts
    }
    entry: dict[str, Any] = {
        "digest": image.digest,
        "entrypoint": list(image.entrypoint),
        "cmd": list(image.cmd),
        "env": dict(sorted(image.env.items())),
        "workdir": image.workdir,
        "user": image.user,
        "stop-signal": image.stop_signal,
        "system": image.system,
        "has": " ".join(image.has),
        "lacks": " ".join(image.lacks),
        "links": dict(sorted(image.links.items())),
        "scripts": scripts,
    }
    kept = {key: value for key, value in entry.items() if value not in ("", [], {})}
    return {**kept, "shell": image.shell}


def _words(value: Any) -> tuple[str, ...]:
    return tuple(w for w in value if isinstance(w, str)) if isinstance(value, list) else ()


def _string(config: dict[str, Any], key: str) -> str:
    value = config.get(key)
    return value if isinstance(value, str) else ""


def _variables(value: Any) -> Iterator[tuple[str, str]]:
    """Names and values; a value that may be a secret's is not written down."""
    for word in value if isinstance(value, list) else ():
        name, is_set, text = word.partition("=") if isinstance(word, str) else ("", "", "")
        if is_set and len(text) <= MAX_VALUE and not _SECRET.search(name):
            yield name, text


def _signal(text: str) -> str:
    parsed = parse_signal(text) if text else None
    return f"SIG{parsed}" if parsed else text


def _system(files: Filesystem) -> str:
    """`debian-12` from /etc/os-release."""
    real = files.resolve("/etc/os-release") or ""
    text = files.read([real]).get(real, b"").decode("utf-8", "replace")
    said: dict[str, str] = {}
    for line in text.splitlines():
        name, is_set, value = line.partition("=")
        if is_set:
            try:
                said[name.strip()] = " ".join(shlex.split(value))
            except ValueError:
                continue
    name, version = said.get("ID", ""), said.get("VERSION_ID", "")
    short = version if name in {"ubuntu", "amzn"} else version.partition(".")[0]
    name = {"amzn": "amazonlinux", "ol": "oraclelinux"}.get(name, name)
    return f"{name}-{short}" if name and short else name


def _shell(files: Filesystem, system: str) -> str | None:
    """What /bin/sh is, by the file that it leads to."""
    real, node = files.resolve("/bin/sh"), files.node("/bin/sh")
    if real is None or node is None:
        return ""
    key = _SHELLS.get(real.rpartition("/")[2])
    if key is None and real.endswith("/sh"):
        same = (name for name in ("busybox", "dash", "bash") if _is_size(files, node.size, name))
        key = _SHELLS.get(next(same, ""))
    return "bash-5.0" if key == "bash" and system in _OLD_BASH else key


def _is_size(files: Filesystem, size: int, name: str) -> bool:
    """Whether a program of that name may be the same file under another name: they are copied."""
    nodes = (files.node(f"{folder}/{name}") for folder in ("/bin", "/usr/bin"))
    return any(node is not None and node.size == size for node in nodes)


class _Launch:
    """The text files that a launch runs, and those that these name, nearest first."""

    def __init__(self, files: Filesystem, words: tuple[str, ...], path: str, workdir: str) -> None:
        self._files = files
        self._words = words
        self._path = path
        self._workdir = workdir
        self._links: dict[str, str] = {}

    def scripts(self) -> Iterator[Script]:
        """The files, within the limits."""
        wanted = [*self._named(), *self._services()]
        seen: set[str] = set()
        left = MAX_TEXT
        for _ in range(MAX_ROUNDS):
            fresh = [p for p in dict.fromkeys(wanted) if p not in seen][: MAX_SCRIPTS - len(seen)]
            seen.update(fresh)
            wanted = []
            for name, data in sorted(self._files.read(fresh).items()):
                text = _text(data)
                if text is None or len(text) > left:
                    continue
                left -= len(text)
                node = self._files.node(name)
                yield Script(name, text, executable=node is not None and node.executable)
                wanted += self._mentioned(data, name.rpartition("/")[0])
            if not wanted:
                return

    def links_to(self, scripts: tuple[Script, ...]) -> dict[str, str]:
        """Where symbolic links lead to the scripts."""
        paths = {script.path for script in scripts}
        return {name: real for name, real in self._links.items() if real in paths}

    def _named(self) -> Iterator[str]:
        """Files that the words of the launch name: as commands, or as a path."""
        for at, word in enumerate(self._words):
            if not word or len(word) > MAX_VALUE or word.startswith("-"):
                continue
            if at == 0 or "/" not in word:
                yield from self._command(word)
            yield from self._file(absolute(word, self._workdir))

    def _command(self, word: str) -> Iterator[str]:
        """What $PATH leads to."""
        for folder in self._path.split(":") if "/" not in word else ():
            places = list(self._file(absolute(word, folder or self._workdir)))
            if places:
                yield from places
                return

    def _file(self, name: str) -> Iterator[str]:
        """A file's path without links, which are noted."""
        real, node = self._files.resolve(name), self._files.node(name)
        if real is not None and node is not None and node.kind == "file":
            if real != name:
                self._links[name] = real
            yield real

    def _services(self) -> Iterator[str]:
        """What an init or a supervisor of the launch starts."""
        words = {word.rpartition("/")[2] for word in self._words}
        if words & {"init", "s6-svscan"}:
            for folder in _SERVICES:
                for name in self._files.names(folder)[:MAX_SCRIPTS]:
                    yield from self._file(f"{folder}/{name}")
                    for part in ("run", "up", "type"):
                        yield from self._file(f"{folder}/{name}/{part}")
        if "supervisord" in words:
            for name in _CONFIGURED:
                yield from self._file(name)

    def _mentioned(self, data: bytes, folder: str) -> Iterator[str]:
        """Files whose paths stand in a script: what it sources or runs, folders of parts."""
        for match in _ABSOLUTE.finditer(data):
            written = match[1].decode("ascii", "replace").rstrip("/.,:")
            name = absolute(written, folder)
            node, real = self._files.node(name), self._files.resolve(name)
            if node is None or real is None:
                continue
            if node.kind == "file":
                yield from self._file(name)
            elif node.kind == "folder" and _PARTS.search(name):
                for child in self._files.names(real)[:MAX_SCRIPTS]:
                    yield from self._file(f"{real}/{child}")


def _text(data: bytes) -> str | None:
    """A script's text; None for a program."""
    if b"\0" in data:
        return None
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return None
