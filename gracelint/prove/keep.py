"""What a run makes on an engine, under names and a label of its own, and takes away again."""

from __future__ import annotations

import os
from contextlib import AbstractContextManager, contextmanager
from typing import TYPE_CHECKING

from gracelint.base.values import replace
from gracelint.prove.engine import MARK, EngineError, asked

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from gracelint.prove.engine import Container, Engine

Held = "Callable[[], AbstractContextManager[None]]"


_NAME = "gracelint-prove-"


def label_of(name: str) -> str:
    """The label of what belongs to one of our names, as its run has it."""
    return f"{MARK}={name.removeprefix(_NAME).partition('-')[0]}"


class Kept:
    """All that one run has made. left: what could not be taken away, with the reason."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.run = os.urandom(4).hex()
        self.left: list[str] = []
        self._created: list[tuple[str, str]] = []

    def name(self) -> str:
        """A name that nothing has yet."""
        return f"{_NAME}{self.run}-{len(self._created)}"

    def container(self, wanted: Container) -> str:
        """Make a container; its id. It is known before it is there, so that none is left over."""
        name = self.name()
        self._created.append(("container", name))
        labels = {**wanted.labels, MARK: self.run}
        return self.engine.create(replace(wanted, name=name, labels=labels))

    def image(self) -> str:
        """The name of an image that is about to be built."""
        name = self.name()
        self._created.append(("image", name))
        return name

    def network(self) -> str:
        """A network that leads nowhere; its name."""
        name = self.name()
        self._created.append(("network", name))
        with asked():
            self.engine.api.create_network(name, internal=True, labels={MARK: self.run})
        return name

    def clean(self) -> None:
        """Take everything away, what was made last first."""
        while self._created:
            kind, name = self._created.pop()
            try:
                self._remove(kind, name)
            except EngineError as error:
                if not _is_gone(error):
                    self.left.append(f"{kind} {name}: {error}")
        if not self.left:
            try:
                self._sweep()
            except EngineError as error:
                self.left.append(f"what a build may have begun: {error}")

    def _sweep(self) -> None:
        """Take away what a builder that was interrupted has left over."""
        with asked():
            containers = self.engine.api.containers(
                all=True, filters={"label": f"{MARK}={self.run}"}
            )
        for one in containers:
            self.engine.remove(one["Id"])

    def _remove(self, kind: str, name: str) -> None:
        if kind == "container":
            self.engine.remove(name)
            return
        with asked():
            if kind == "image":
                self.engine.api.remove_image(name, force=True)
            else:
                self.engine.api.remove_network(name)


def _is_gone(error: EngineError) -> bool:
    said = str(error).lower()
    return any(
        words in said for words in ("no such", "not found", "no container with", "not known")
    )


@contextmanager
def kept(engine: Engine, undisturbed: Callable[[], AbstractContextManager[None]]) -> Iterator[Kept]:
    """What the block makes is gone after it, also where it is ended from outside.

    undisturbed: a block that signals do not end.
    """
    record = Kept(engine)
    try:
        yield record
    finally:
        with undisturbed():
            record.clean()
