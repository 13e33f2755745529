"""The launch table: `launches.toml` read into one folder of files a launch."""

from __future__ import annotations

import json
import os
import tomllib
from dataclasses import dataclass, field, replace
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

TABLE = Path(__file__).parent / "launches.toml"
BASES = {"dash": "debian:12-slim", "bash": "debian:12-slim", "ash": "alpine:3.20"}
COMMAND_BASES = {"dash": "debian:12-slim", "bash": "fedora:40", "ash": "alpine:3.20"}
SHEBANGS = {"dash": "/bin/sh", "bash": "/bin/bash", "ash": "/bin/sh"}
COPY_SERVER = "COPY server /app/server\n"


OTHERWISE: dict[str, str] = {}
"""Launches of which something else is told than what the engine does, and why."""


@dataclass(frozen=True, slots=True)
class Launch:
    """One launch: its name, its files (a `Dockerfile` among them) and the engine's options.

    `options` are given to `docker run`; a compose.yaml says the same to gracelint. `mounts` are
    files that may be mounted over the image's own, so that launches with one Dockerfile share an
    image: where they stand in the container, by their name.
    """

    name: str
    files: dict[str, str]
    grace: int = 2
    options: tuple[str, ...] = field(default=())
    mounts: dict[str, str] = field(default_factory=dict)

    @property
    def compose(self) -> str | None:
        """A compose file that starts the launch with its options, or None without any."""
        if not self.options:
            return None
        service: dict[str, Any] = {"build": "."}
        rest = iter(self.options)
        for option in rest:
            key = option.removeprefix("--").replace("-", "_")
            service[key] = True if key == "init" else next(rest)
        return json.dumps({"services": {"app": service}}, indent=1)


def launches(*, every: bool | None = None) -> Iterator[Launch]:
    """The launches of the table, once for each shell they are meant for.

    Where all shells do the same, one of them is enough, in turn, unless `every` is true or the
    environment says GRACELINT_ENGINE_TABLE=every.
    """
    if every is None:
        every = os.environ.get("GRACELINT_ENGINE_TABLE") == "every"
    table = tomllib.loads(TABLE.read_text(encoding="utf-8"))
    turn = count()
    for name, entry in table["script"].items():
        for shell in _shells(entry, turn, every=every):
            yield _script(name, shell, entry)
    for name, entry in table["command"].items():
        for shell in _shells(entry, turn, every=every):
            yield _command(name, shell, entry)
    for name, entry in table["dockerfile"].items():
        yield _dockerfile(name, entry)


def parameters(*, every: bool | None = None) -> list[object]:
    """The launches as parameters of a test that what is told is what the engine does."""
    return [pytest.param(x, id=x.name, marks=_otherwise(x.name)) for x in launches(every=every)]


def _otherwise(name: str) -> list[pytest.MarkDecorator]:
    reason = OTHERWISE.get(name)
    return [pytest.mark.xfail(reason=reason, strict=True)] if reason else []


def _shells(entry: dict[str, Any], turn: Iterator[int], *, every: bool) -> list[str]:
    shells = entry.get("shells", list(BASES))
    return shells if every or entry.get("differs") else [shells[next(turn) % len(shells)]]


def _script(name: str, shell: str, entry: dict[str, Any]) -> Launch:
    flags = " " + entry["flags"] if "flags" in entry else ""
    text = f"#!{SHEBANGS[shell]}{flags}\n{entry['text']}"
    lines = [f"FROM {BASES[shell]}\n", COPY_SERVER, "COPY entrypoint.sh /entrypoint.sh\n"]
    extra: dict[str, str] = entry.get("files", {})
    lines += [f"COPY {path} /srv/{path}\n" for path in extra]
    rest = entry.get("dockerfile", "")
    if "ENTRYPOINT" not in rest:
        lines.append('ENTRYPOINT ["/entrypoint.sh"]\n')
    files = {"Dockerfile": "".join(lines) + _closed(rest), "entrypoint.sh": text, **extra}
    mounts = {"entrypoint.sh": "/entrypoint.sh"} | {path: f"/srv/{path}" for path in extra}
    return replace(_launch(f"script__{name}@{shell}", entry, files), mounts=mounts)


def _command(name: str, shell: str, entry: dict[str, Any]) -> Launch:
    instruction = entry.get("instruction", "CMD")
    base = f"FROM {COMMAND_BASES[shell]}\n{COPY_SERVER}{_closed(entry.get('dockerfile', ''))}"
    files = {"Dockerfile": f"{base}{instruction} {_closed(entry['text'])}"}
    return _launch(f"command__{name}@{shell}", entry, files | entry.get("files", {}))


def _dockerfile(name: str, entry: dict[str, Any]) -> Launch:
    text = _closed(entry["text"])
    if not any(line.upper().startswith("FROM ") for line in text.splitlines()):
        text = f"FROM {entry.get('base', 'debian:12-slim')}\n{COPY_SERVER}{text}"
    return _launch(f"dockerfile__{name}", entry, {"Dockerfile": text, **entry.get("files", {})})


def _launch(name: str, entry: dict[str, Any], files: dict[str, str]) -> Launch:
    return Launch(name, files, entry.get("grace", 2), tuple(entry.get("run", ())))


def _closed(text: str) -> str:
    return text if not text or text.endswith("\n") else text + "\n"
