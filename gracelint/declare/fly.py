"""fly.toml: the processes that a Fly app starts.

Source: fly.io/docs, "App configuration": `kill_signal` is SIGINT and `kill_timeout` 5 s by default;
each Machine has an init of Fly's as PID 1, which starts the command, passes signals on and reaps.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from gracelint.base.durations import go, number
from gracelint.base.facts import Known, Unknown, Word
from gracelint.base.paths import folder_of, join
from gracelint.base.values import replace
from gracelint.declare.compose.interpolate import Interpolated
from gracelint.declare.compose.words import split
from gracelint.declare.image import base as images_of
from gracelint.model.workload import Command, Group

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from gracelint.base.facts import Fact
    from gracelint.base.source import Source
    from gracelint.declare.image.base import Images
    from gracelint.model.workload import Workload
    from gracelint.syntax.toml import Entry

DEFAULT_GRACE = 5.0
DEFAULT_SIGNAL = "SIGINT"
"""What Fly uses unless told otherwise."""


class App:
    """A fly.toml with its values by their paths."""

    def __init__(self, source: Source, entries: Sequence[Entry]) -> None:
        self.source = source
        self._entries = {entry.path: entry for entry in entries}

    def get(self, *path: str) -> Entry | None:
        """The value at a path."""
        return self._entries.get(path)

    def below(self, table: str) -> list[Entry]:
        """The values of a table, in order."""
        return [e for path, e in self._entries.items() if len(path) == 2 and path[0] == table]


def group(
    app: App, images: Images, built: Callable[[str, str | None], Workload | Unknown]
) -> Group | None:
    """The processes of an app.

    built: the workload of the Dockerfile at a path (from the root), built to a target.
    """
    members = tuple(_workloads(app, images, built))
    return Group(_name(app), members, app.source) if members else None


def dockerfiles(app: App) -> tuple[str, ...]:
    """Where the Dockerfile may be: as stated, else beside the file or in the folders above."""
    folder, stated = folder_of(app.source.path), app.get("build", "dockerfile")
    if stated is not None:
        return (join(folder, str(stated.data)),)
    paths = [join(folder, "Dockerfile")]
    while folder:
        folder = folder_of(folder)
        paths.append(join(folder, "Dockerfile"))
    return tuple(paths)


def _name(app: App) -> str:
    entry = app.get("app")
    return str(entry.data) if entry is not None else "app"


def _workloads(
    app: App, images: Images, built: Callable[[str, str | None], Workload | Unknown]
) -> Iterator[Workload]:
    inner = _image(app, images, built)
    processes = app.below("processes")
    if not processes:
        yield _workload(app, inner, _name(app), None)
    for process in processes:
        yield _workload(app, inner, f"{_name(app)}/{process.path[1]}", process)


def _image(
    app: App, images: Images, built: Callable[[str, str | None], Workload | Unknown]
) -> Workload:
    image, target = app.get("build", "image"), app.get("build", "build-target")
    at = app.source.span(0, 0)
    if image is not None:
        text = str(image.data)
        return images_of.from_image("fly", text, image.value, text, images(text))
    if app.get("build", "builder") is not None and app.get("build", "dockerfile") is None:
        return images_of.unknown_image("fly", _name(app), at, "buildpacks make the image")
    reason: str = "there is no Dockerfile beside it"
    for path in dockerfiles(app):
        base = built(path, str(target.data) if target is not None else None)
        if not isinstance(base, Unknown):
            return base
        reason = base.reason
    return images_of.unknown_image("fly", _name(app), at, reason)


def _workload(app: App, inner: Workload, name: str, process: Entry | None) -> Workload:
    first = process or app.get("app")
    declared = first.key if first is not None else app.source.span(0, 0)
    launch = inner.launch
    if process is not None:
        follow = isinstance(launch.entrypoint, Known) and launch.entrypoint.value is not None
        cmd = _command(process, args=follow)
        launch = launch if cmd is None else images_of.replaced(launch, None, cmd)
    return replace(
        inner,
        kind="fly",
        name=name,
        source=app.source,
        declared=declared,
        launch=launch,
        env={**inner.env, **_environment(app)},
        stop_signal=_signal(app.get("kill_signal")),
        grace=_grace(app.get("kill_timeout")),
        engine_init=Known(True, (), assumed=True),
        healthcheck=None,
    )


def _command(process: Entry, *, args: bool) -> Fact[Command | None] | None:
    span = process.key.to(process.value)
    if process.text is None:
        return Unknown("the command cannot be read in place", (process.value,))
    if not process.text.text.strip():
        return None
    split_up = split(Interpolated(process.text))
    if split_up.error:
        return Unknown(split_up.error, (process.value,))
    form = "args" if args else "exec"
    argv = Command(process.path[1], form, span, process.value, split_up.words)  # type: ignore[arg-type]
    return Known(argv, (process.value,))


def _environment(app: App) -> dict[str, Word]:
    return {entry.path[1]: Word(str(entry.data), entry.value) for entry in app.below("env")}


def _signal(entry: Entry | None) -> Fact[str]:
    if entry is None:
        return Known(DEFAULT_SIGNAL, (), assumed=True)
    return Known(str(entry.data), (entry.value,))


def _grace(entry: Entry | None) -> Fact[float]:
    if entry is None:
        return Known(DEFAULT_GRACE, (), assumed=True)
    seconds = number(entry.data)
    if seconds is None and isinstance(entry.data, str):
        seconds = go(entry.data)
    if seconds is None or seconds < 0:
        return Unknown(f"`{entry.data}` is no time", (entry.value,))
    return Known(seconds, (entry.value,))
