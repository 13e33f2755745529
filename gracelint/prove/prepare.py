"""What holds for all launches of a run, and the images that they start from."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gracelint.base.values import dataclass
from gracelint.prove.build import build, pull
from gracelint.prove.engine import EngineError

if TYPE_CHECKING:
    from collections.abc import Callable

    from gracelint.files.tree import Files
    from gracelint.prove.keep import Kept
    from gracelint.prove.trial import Trial

MEMORY = 2 * 1024**3
PROCESSES = 1024


@dataclass(frozen=True, slots=True)
class Terms:
    """What the command line says of all launches.

    files: the tree. network: what containers get, `none` unless asked. build_network: what builds
    get. env: `NAME=VALUE`. ready, patience, see `Way`. grace: seconds; None for what is declared.
    memory, processes: see `Container`. pulls: whether images may be fetched. companions: whether a
    service's dependencies are started. tell: asked with what is done next, in words.
    """

    files: Files
    network: str = "none"
    build_network: str | None = None
    env: tuple[str, ...] = ()
    ready: str | None = None
    patience: float = 60.0
    grace: int | None = None
    memory: int = MEMORY
    processes: int = PROCESSES
    pulls: bool = False
    companions: bool = False
    tell: Callable[[str], None] = lambda _: None


def built_from(trial: Trial) -> tuple[str, ...]:
    """How its image is built, as a line; none where it is not."""
    recipe = trial.recipe
    if recipe is None:
        return ()
    stage = f", stage {recipe.target}" if recipe.target else ""
    path = recipe.dockerfile or "its inline Dockerfile"
    return (f"built from {path}{stage}, in {recipe.folder or '.'}/",)


def image_of(kept: Kept, trial: Trial, terms: Terms) -> str:
    """The name of the image, which is there now; EngineError where it is not to be had."""
    engine = kept.engine
    if trial.recipe is not None:
        tag = kept.image()
        terms.tell(f"{trial.name}: its image is built in {trial.recipe.folder or '.'}/")
        build(engine, trial.recipe, terms.files.root, tag, terms.build_network)
        return tag
    if engine.image(trial.image) is None:
        if not terms.pulls:
            raise EngineError(
                f"the engine has no image {trial.image}; --pull fetches it, or pull it first"
            )
        terms.tell(f"{trial.name}: pulling {trial.image}")
        pull(engine, trial.image)
    return trial.image
