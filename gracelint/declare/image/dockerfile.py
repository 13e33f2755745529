"""From a Dockerfile to the container that its final stage starts."""

from __future__ import annotations

from gracelint import atlas
from gracelint.base.facts import Known, Unknown, Word
from gracelint.base.paths import absolute
from gracelint.base.typed import TYPE_CHECKING
from gracelint.base.values import replace
from gracelint.declare.image import base as images_of
from gracelint.declare.image.build import Build
from gracelint.declare.image.context import Context, build_context, is_elsewhere, read
from gracelint.declare.image.stages import Stage, State, find_stage, stages
from gracelint.model.workload import Base, Launch, Workload

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from gracelint.base.facts import Fact
    from gracelint.declare.image.context import Files
    from gracelint.model.entries import BaseImage
    from gracelint.model.workload import Command
    from gracelint.syntax.dockerfile.parse import Dockerfile

__all__ = ["Stage", "find_stage", "stages", "workload"]


def workload(
    dockerfile: Dockerfile,
    files: Files,
    target: str | None = None,
    build_args: Mapping[str, str] | None = None,
    context: str | None = None,
    *,
    images: Callable[[str], Workload | BaseImage | None] = atlas.base,
) -> Workload | Unknown:
    """The container that the final stage, or `target`, starts.

    files: the tree that the Dockerfile's path and `context`, its build context's folder, are
    relative to. images: what is known of base images. Unknown where there is no such stage.
    """
    chain = stages(dockerfile)
    if not chain:
        return Unknown("the Dockerfile has no stage")
    stage = chain[-1] if target is None else find_stage(chain, target)
    if stage is None:
        return Unknown(f"the Dockerfile has no stage `{target}`", (chain[-1].start.span,))
    place = _context(dockerfile, files, context)
    made = _workload(dockerfile, stage, Build(dockerfile, chain, place, build_args or {}, images))
    guess = made.guess
    if context is None and isinstance(place, Known):
        folder = place.value.folder
        if is_elsewhere(dockerfile.source.path, folder):
            guess = guess or f"`{dockerfile.source.path}` is built in `{folder}`"
    return replace(made, guess=guess, finite=_is_action(dockerfile, files))


def _is_action(dockerfile: Dockerfile, files: Files) -> bool:
    """Whether it is the image of a GitHub action beside it, which ends with its work."""
    folder, _, name = dockerfile.source.path.rpartition("/")
    for path in (absolute(each, f"/{folder}")[1:] for each in ("action.yml", "action.yaml")):
        source = read(files, path) if files.exists(path) else None
        if source is not None:
            from gracelint.syntax.yaml.parse import parse

            runs = [root.get("runs") for root in parse(source).roots()]
            images = [r.string("image") for r in runs if r and r.string("using") == "docker"]
            return name in {(image or "").removeprefix("./") for image in images}
    return False


def _context(dockerfile: Dockerfile, files: Files, context: str | None) -> Fact[Context]:
    path = dockerfile.source.path
    if context is not None:
        return Known(Context(files, context, path))
    folder = build_context(files, path, dockerfile)
    return folder if isinstance(folder, Unknown) else Known(Context(files, folder.value, path))


def _workload(dockerfile: Dockerfile, stage: Stage, build: Build) -> Workload:
    state = build.upto(stage)
    reference, image = state.reference, state.image
    made = state.made
    key = image.key if image is not None else made.base.key if made is not None else None
    shells = dict(made.login_shells) if made is not None else {}
    return Workload(
        kind="dockerfile",
        name=dockerfile.source.path,
        source=dockerfile.source,
        declared=stage.start.span,
        launch=_launch(state),
        base=Base(reference, build.sh(stage), state.origin, key),
        env=state.env,
        workdir=state.workdir,
        user=state.user,
        files=build.layers(stage),
        stop_signal=state.stop_signal,
        packages=build.packages(stage),
        login_shells=shells | build.login_shells(stage),
        stage=stage.label,
        commands=tuple(state.commands),
        healthcheck=state.healthcheck,
        platform=_platform(build, state),
        guess=state.guess,
    )


def _platform(build: Build, state: State) -> str:
    """What the image below all is asked for with --platform."""
    start = next((s.start for s in build.stages if s.start.span == state.start), None)
    flag = start.flag("platform") if start is not None else None
    return (flag.value if flag is not None else None) or ""


def _launch(state: State) -> Launch:
    entrypoint, cmd = state.entrypoint, state.cmd
    first = entrypoint.value if isinstance(entrypoint, Known) else None
    given = cmd.value if isinstance(cmd, Known) else None
    discarded = given if first is not None and first.form == "shell" else None
    return Launch(_argv(entrypoint, cmd), entrypoint, cmd, None, discarded)


def _argv(entrypoint: Fact[Command | None], cmd: Fact[Command | None]) -> Fact[tuple[Word, ...]]:
    """What PID 1 is started as. Most images have no ENTRYPOINT: where it is unknown, so assumed."""
    if isinstance(entrypoint, Unknown) and isinstance(cmd, Known) and cmd.value is not None:
        return Known(cmd.value.argv, (*entrypoint.origins, *cmd.origins), assumed=True)
    return images_of.argv(entrypoint, cmd)
