"""What a container inherits from its image, and what an orchestrator's words make of that."""

from __future__ import annotations

from functools import lru_cache

from gracelint.base.facts import Atlas, Known, Unknown, Word
from gracelint.base.source import Outside
from gracelint.base.typed import TYPE_CHECKING
from gracelint.base.values import replace
from gracelint.model.workload import Base, Command, ImageFile, ImageFiles, Launch, Workload

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import Literal, TypeAlias

    from gracelint.base.facts import Fact
    from gracelint.base.source import Span
    from gracelint.declare.image.files import Change
    from gracelint.model.entries import BaseImage

    ImageOrBuild: TypeAlias = "Workload | BaseImage | None"
    Images: TypeAlias = Callable[[str], ImageOrBuild]
    Started: TypeAlias = Callable[[str, tuple[str, ...]], Workload | None]
    Kind: TypeAlias = Literal["dockerfile", "compose", "kubernetes", "quadlet", "ecs", "fly"]


def from_image(
    kind: Kind, name: str, span: Span, reference: str | None, image: ImageOrBuild
) -> Workload:
    """A container of an image, as the image alone would start it.

    span: where the image is named. image: the workload of the Dockerfile that builds it, what the
    atlas knows, or None.
    """
    if isinstance(image, Workload):
        return replace(image, image=Word(reference, span))
    if image is not None:
        return _from_atlas(kind, name, span, reference, image)
    reason = f"nothing is known of the image `{reference}`" if reference else "the image is unknown"
    return unknown_image(kind, name, span, reason, reference)


def unknown_image(
    kind: Kind, name: str, span: Span, reason: str, reference: str | None = None
) -> Workload:
    """A container of an image that is not in sight."""
    nothing = Unknown(reason, (span,))
    return Workload(
        kind=kind,
        name=name,
        source=span.source,
        declared=span,
        launch=Launch(nothing, nothing, nothing),
        base=Base(reference, nothing, span),
        workdir=nothing,
        user=nothing,
        stop_signal=Known("SIGTERM", (), assumed=True),
        image=Word(reference, span),
    )


def _from_atlas(
    kind: Kind, name: str, span: Span, reference: str | None, image: BaseImage
) -> Workload:
    stated = _stated(image.key, image.source, image.workdir, image.user, image.stop_signal)
    origin, workdir, user, stop_signal = stated
    entrypoint = _inherited("ENTRYPOINT", image.entrypoint, span, origin)
    cmd = _inherited("CMD", image.cmd, span, origin)
    return Workload(
        kind=kind,
        name=name,
        source=span.source,
        declared=span,
        launch=Launch(argv(entrypoint, cmd), entrypoint, cmd),
        base=Base(reference, _shell(image, span, origin), origin, image.key),
        env={key: Word(value, span) for key, value in image.env.items()},
        files=_files(image, span, reference),
        workdir=workdir,
        user=user,
        stop_signal=stop_signal,
        packages=image.has,
        image=Word(reference, span),
    )


@lru_cache(maxsize=64)
def _stated(
    key: str, source: str, workdir: str | None, user: str | None, stop_signal: str | None
) -> tuple[Atlas, Fact[str], Fact[str], Fact[str]]:
    """What is the same for all containers of an image, which keep one of it."""
    origins = (Atlas(key, source),)
    signal = Known(stop_signal or "SIGTERM", origins, not stop_signal)
    return origins[0], Known(workdir or "/", origins), Known(user or "", origins), signal


def _files(image: BaseImage, span: Span, reference: str | None) -> ImageFiles:
    """The files of a locked image's launch."""
    if not image.scripts:
        return ImageFiles({})
    from gracelint.declare.image.files import Layers

    layers = Layers()
    layers.add(*inside(image, span, reference))
    return layers


def inside(image: BaseImage, span: Span, reference: str | None) -> Iterator[Change]:
    """What is known of the files in a locked image. span: where it is named."""
    from gracelint.declare.image.files import Link, Put

    for script in image.scripts:
        text = Outside(f"{reference or image.key}:{script.path}", script.text, span)
        yield Put(ImageFile(script.path, text, script.executable, "", (span,)))
    for path, target in image.links.items():
        yield Link(path, target, span)


def _shell(image: BaseImage, span: Span, origin: Atlas) -> Fact[str]:
    if image.sh is None:
        return Unknown(f"which shell `{image.key}` has is unknown", (span,))
    return Known(image.sh, (origin,))


def _inherited(
    keyword: str, words: tuple[str, ...] | None, span: Span, origin: Atlas
) -> Fact[Command | None]:
    if words is None:
        return Unknown(f"the image's {keyword} is unknown", (span,))
    if not words:
        return Known(None, (origin,))
    command = Command(keyword, "exec", span, span, tuple(Word(word, span) for word in words))
    return Known(command, (origin,))


def argv(entrypoint: Fact[Command | None], cmd: Fact[Command | None]) -> Fact[tuple[Word, ...]]:
    """What PID 1 is started as, by the engine's rules."""
    if isinstance(entrypoint, Unknown):
        return entrypoint
    first = entrypoint.value
    origins = (*entrypoint.origins, *cmd.origins)
    if isinstance(cmd, Unknown):
        if first is None:
            return cmd
        rest: tuple[Word, ...] = (Word(None, reason=cmd.reason, many=True),)
        return Known(first.argv if first.form == "shell" else (*first.argv, *rest), origins)
    words = (*(first.argv if first else ()), *(cmd.value.argv if cmd.value else ()))
    return Known(words, origins) if words else Unknown("no command is given", origins)


def replaced(
    inner: Launch,
    entrypoint: Fact[Command | None] | None,
    cmd: Fact[Command | None] | None,
    *,
    keeps_cmd: bool = False,
) -> Launch:
    """A launch with an orchestrator's entrypoint and command over it.

    None keeps what the image has; a given entrypoint drops the image's CMD unless `keeps_cmd`.
    """
    if entrypoint is None and cmd is None:
        return inner
    if entrypoint is None:
        first, rest = inner.entrypoint, cmd if cmd is not None else inner.cmd
    elif cmd is None:
        first, rest = entrypoint, inner.cmd if keeps_cmd else Known(None, entrypoint.origins)
    else:
        first, rest = entrypoint, cmd
    command = first.value if isinstance(first, Known) else None
    given = rest.value if isinstance(rest, Known) else None
    shell_form = command is not None and command.form == "shell"
    words = argv(first, rest)
    if isinstance(first, Unknown) and given is not None and _assumes_none(inner):
        words = Known(given.argv, (*first.origins, given.value), assumed=True)
    return Launch(words, first, rest, inner, given if shell_form else None)


def _assumes_none(inner: Launch) -> bool:
    """Whether the image's own launch rests on its having no entrypoint."""
    return isinstance(inner.argv, Known) and isinstance(inner.entrypoint, Unknown)
