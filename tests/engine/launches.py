"""The launch tables: `tables/*.toml` read into one folder of files a launch."""

from __future__ import annotations

import json
import os
import shlex
import tomllib
import zlib
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from record import disagreements

if TYPE_CHECKING:
    from collections.abc import Container, Iterator

TABLES = Path(__file__).parent / "tables"
BASES = {"dash": "debian:12-slim", "bash": "debian:12-slim", "ash": "alpine:3.20"}
COMMAND_BASES = {"dash": "debian:12-slim", "bash": "fedora:40", "ash": "alpine:3.20"}
SHEBANGS = {"dash": "/bin/sh", "bash": "/bin/bash", "ash": "/bin/sh"}
COPY_SERVER = "COPY server /app/server\n"
PATIENT = 5  # the grace period of what may be slow to clean up, in seconds
ENTRYPOINT = '#!/bin/sh\nset -e\nexec "$@"\n'


@dataclass(frozen=True, slots=True)
class Language:
    """A language that applications are written in: its image, its file, how that is started.

    first: instructions in front of the files, which many launches share; steps: those behind them.
    """

    image: str
    file: str
    argv: tuple[str, ...]
    steps: str = ""
    first: str = ""


LANGUAGES = {
    "python": Language("python:3.11-slim", "main.py", ("python3", "main.py")),
    "node": Language("node:20-slim", "index.js", ("node", "index.js")),
    "perl": Language("perl:5.36-slim", "main.pl", ("perl", "main.pl")),
    "ruby": Language("ruby:3.1-slim", "main.rb", ("ruby", "main.rb")),
    "php": Language(
        *("php:8.2-cli", "main.php", ("php", "main.php")),
        first="RUN docker-php-ext-install pcntl\n",
    ),
    "go": Language("golang:1.19", "main.go", ("/srv/main",), "RUN go build -o main main.go\n"),
    "java": Language("eclipse-temurin:17", "Main.java", ("java", "Main"), "RUN javac *.java\n"),
}


@dataclass(frozen=True, slots=True)
class Launch:
    """One launch: its name, its files (a `Dockerfile` among them) and the engine's options.

    `options` are given to `docker run`; a compose.yaml says the same to gracelint. `mounts` are
    files that may be mounted over the image's own, so that launches with one Dockerfile share an
    image: where they stand in the container, by their name. `open` says why the files do not
    tell what happens, where they do not. `settle` are the seconds that a program without a diary
    is given to start. `env` is set on the engine, and stands in no file. `packages` are those
    whose versions are worth noting: Debian's, or with `pip:` or `npm:` before the name. `entry` is
    the entry of the table (`wrapper.nice`), `runs` the file of the atlas that it measures, if any.
    """

    name: str
    files: dict[str, str]
    grace: int = 2
    options: tuple[str, ...] = field(default=())
    mounts: dict[str, str] = field(default_factory=dict)
    table: str = ""
    open: str = ""
    settle: float = 4.0
    packages: tuple[str, ...] = ()
    env: tuple[str, ...] = ()
    entry: str = ""
    runs: str = ""

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
    """The launches of all tables, once for each shell they are meant for.

    Where all shells do the same, one of them is enough, the same for good, unless `every` is true
    or the environment says GRACELINT_ENGINE_TABLE=every. Names are unique.
    """
    if every is None:
        every = os.environ.get("GRACELINT_ENGINE_TABLE") == "every"
    for path in sorted(TABLES.glob("*.toml")):
        yield from of_table(path.stem, every=every)


def of_table(name: str, *, every: bool = False) -> Iterator[Launch]:
    """The launches of one table."""
    table = tomllib.loads((TABLES / f"{name}.toml").read_text(encoding="utf-8"))
    for launch in _launches_of(table, every=every):
        yield replace(launch, table=name)


def _launches_of(table: dict[str, Any], *, every: bool) -> Iterator[Launch]:
    for kind, made in (("script", _script), ("command", _command)):
        for name, entry in table.get(kind, {}).items():
            for shell in _shells(name, entry, every=every):
                yield replace(made(name, shell, entry), entry=f"{kind}.{name}")
    for name, entry in table.get("dockerfile", {}).items():
        yield replace(_dockerfile(name, entry), entry=f"dockerfile.{name}")
    for kind, placed in (("source", _source), ("wrapper", _wrapper)):
        for name, entry in table.get(kind, {}).items():
            for place in entry.get("places", ["pid1", "tini"]):
                yield replace(placed(name, place, entry), entry=f"{kind}.{name}")
    for name, entry in table.get("program", {}).items():
        for launch in _programs(name, entry):
            yield replace(launch, entry=f"program.{name}")


def parameters(
    *,
    every: bool | None = None,
    kind: str = "told",
    of: Container[str] | None = None,
    engine: bool = False,
) -> list[object]:
    """The launches as parameters of a test that holds the model to what the engine does.

    Where the model is known to be wrong (disagreements.toml), the test has to fail. of: the names
    of those that the test is about. engine: an engine starts them, so that the tables whose images
    install packages wait for GRACELINT_ENGINE_TABLE=every.
    """
    plain = engine and os.environ.get("GRACELINT_ENGINE_TABLE") != "every"
    wrong = disagreements(kind)
    return [
        pytest.param(x, id=x.name, marks=_otherwise(wrong.get(x.name)) or _unmeasured(x, kind))
        for x in in_turn(launches(every=every))
        if (of is None or x.name in of) and not (plain and x.table != "shells")
    ]


def _otherwise(known: str | None) -> list[pytest.MarkDecorator]:
    reason = f"{known}, as disagreements.toml says"
    return [pytest.mark.xfail(reason=reason, strict=True)] if known else []


def _unmeasured(launch: Launch, kind: str) -> list[pytest.MarkDecorator]:
    """Only the fixes of the table of shells were all stopped on an engine so far."""
    known = kind != "fixed" or launch.table == "shells"
    return [] if known else [pytest.mark.xfail(reason="the fix was not measured", strict=False)]


def in_turn(every: Iterator[Launch]) -> Iterator[Launch]:
    """The launches of this run's part: all, or with GRACELINT_ENGINE_PART=1/4 a quarter.

    A launch is in the same part for good, whatever else the tables hold.
    """
    return (launch for launch in every if is_in_turn(launch.name))


def is_in_turn(name: str) -> bool:
    """Whether what is called so is in this run's part."""
    part, _, parts = os.environ.get("GRACELINT_ENGINE_PART", "0/1").partition("/")
    return zlib.crc32(name.encode()) % int(parts) == int(part) % int(parts)


def _shells(name: str, entry: dict[str, Any], *, every: bool) -> list[str]:
    shells: list[str] = entry.get("shells", list(BASES))
    if every or entry.get("differs"):
        return shells
    return [shells[zlib.crc32(name.encode()) % len(shells)]]


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
    mounted = {path: f"/srv/{path}" for path in extra if path not in rest}
    mounts = {"entrypoint.sh": "/entrypoint.sh"} | mounted
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


def _source(name: str, place: str, entry: dict[str, Any]) -> Launch:
    language = LANGUAGES[entry["language"]]
    files: dict[str, str] = {language.file: entry["text"], **entry.get("files", {})}
    image = entry.get("image", language.image)
    first = entry.get("first", language.first if image == language.image else "")
    lines = [f"FROM {image}\n", first, COPY_SERVER, "WORKDIR /srv\n"]
    lines += [f"COPY {path} {path}\n" for path in files]
    argv = entry.get("argv", list(language.argv))
    text = "".join(lines) + _closed(entry.get("dockerfile", "")) + language.steps
    launch = _launch(f"source__{name}@{place}", {"grace": PATIENT, **entry}, files)
    built = language.steps or "RUN" in entry.get("dockerfile", "")
    mounts = {} if built else {path: f"/srv/{path}" for path in files}
    if place == "script":
        files["entrypoint.sh"] = ENTRYPOINT
        mounts["entrypoint.sh"] = "/srv/entrypoint.sh"
    files["Dockerfile"] = text + _start(place, argv)
    options = ("--init", *launch.options) if place == "init" else launch.options
    return replace(launch, files=files, mounts=mounts, options=options)


def _start(place: str, argv: list[str]) -> str:
    """The instructions that start an application's `argv` in a place."""
    line, words = json.dumps(argv), shlex.join(argv)
    return {
        "pid1": f"CMD {line}\n",
        "init": f"CMD {line}\n",
        "tini": f'ENTRYPOINT ["tini", "--"]\nCMD {line}\n',
        "group": f'ENTRYPOINT ["tini", "-g", "--"]\nCMD {line}\n',
        "dumb-init": f'ENTRYPOINT ["dumb-init", "--"]\nCMD {line}\n',
        "shell": f"CMD {words}\n",
        "exec": f"CMD exec {words}\n",
        "script": f'COPY entrypoint.sh entrypoint.sh\nENTRYPOINT ["./entrypoint.sh"]\nCMD {line}\n',
    }[place]


def _wrapper(name: str, place: str, entry: dict[str, Any]) -> Launch:
    """A program in front of the application."""
    files: dict[str, str] = dict(entry.get("files", {}))
    lines = [f"FROM {entry.get('image', 'debian:12')}\n", COPY_SERVER, "WORKDIR /srv\n"]
    lines += [f"COPY {path} {path}\n" for path in files]
    lines += [_closed(entry.get("dockerfile", "")), _start(place, entry["command"])]
    files["Dockerfile"] = "".join(lines)
    launch = _launch(f"wrapper__{name}@{place}", {"grace": PATIENT, **entry}, files)
    return replace(launch, packages=_noted(entry), runs=entry.get("runs", name))


def _noted(entry: dict[str, Any]) -> tuple[str, ...]:
    """The packages of the image whose versions are worth noting."""
    return (
        *entry.get("packages", "").split(),
        *entry.get("deb", "").split(),
        *(f"{tool}:{name}" for tool in ("pip", "npm") for name in entry.get(tool, "").split()),
    )


def _programs(name: str, entry: dict[str, Any]) -> Iterator[Launch]:
    """A program with each of its stop signals as PID 1, and with the first behind an init."""
    signals = entry.get("signals", ["TERM"])
    for signal in signals:
        yield _program(name, signal, entry, init=False)
    yield _program(name, signals[0], entry, init=True)


def _program(name: str, signal: str, entry: dict[str, Any], *, init: bool) -> Launch:
    packages = entry.get("packages", "").split()
    lines = [f"FROM {entry.get('image', 'debian:12-slim')}\n"]
    if packages:
        install = f"apt-get install -y --no-install-recommends {' '.join(packages)}"
        lines.append(f"RUN apt-get update && {install}\n")
    files: dict[str, str] = dict(entry.get("files", {}))
    lines += [f"COPY {path} /srv/{path}\n" for path in files]
    lines.append(_closed(entry.get("dockerfile", "")))
    lines += [f"STOPSIGNAL SIG{signal}\n"] if signal != "TERM" else []
    lines += ['ENTRYPOINT ["tini", "--"]\n'] if init else []
    lines.append(f"CMD {json.dumps(entry['command'])}\n")
    full = f"program-{name}-{signal.lower()}" + ("-init" if init else "")
    launch = _launch(full, {"grace": PATIENT, **entry}, {"Dockerfile": "".join(lines), **files})
    return replace(launch, packages=_noted(entry), runs=entry.get("runs", name))


def _launch(name: str, entry: dict[str, Any], files: dict[str, str]) -> Launch:
    return Launch(
        name,
        files,
        entry.get("grace", 2),
        tuple(entry.get("run", ())),
        open=entry.get("open", ""),
        settle=entry.get("settle", 4.0),
        env=tuple(entry.get("env", ())),
    )


def _closed(text: str) -> str:
    return text if not text or text.endswith("\n") else text + "\n"
