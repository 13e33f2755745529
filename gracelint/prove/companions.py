"""What a Compose service depends on, started before it on a network that leads nowhere else."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from gracelint.base.values import replace
from gracelint.declare.compose.order import completed, dependencies
from gracelint.prove.engine import EngineError
from gracelint.prove.prepare import image_of
from gracelint.prove.trial import of_service

if TYPE_CHECKING:
    from gracelint.prove.keep import Kept
    from gracelint.prove.prepare import Terms
    from gracelint.prove.trial import Trial

_TICK = 0.25


def start(kept: Kept, trial: Trial, terms: Terms) -> str | None:
    """Start what a service depends on, and wait until it is there: the network; None without any.

    EngineError where one of them cannot be started.
    """
    names = ordered(trial)
    if not names:
        return None
    network = kept.network() if terms.network == "none" else terms.network
    once = replace(terms, companions=False)
    for name in names:
        _start(kept, trial, name, once, network)
    return network


def ordered(trial: Trial) -> list[str]:
    """The services that one depends on, first those that depend on nothing."""
    project, service = trial.project, trial.service
    assert project is not None
    assert service is not None
    names: dict[str, None] = {}
    # A service stands on the stack once for what it depends on, and once to be put behind that.
    stack, seen = [(name, False) for name in dependencies(service)], {service.name}
    while stack:
        name, met = stack.pop()
        if met:
            names[name] = None
        elif name in project.services and name not in seen:
            seen.add(name)
            stack.append((name, True))
            stack += [(below, False) for below in dependencies(project.services[name])]
    return list(names)


def _start(kept: Kept, trial: Trial, name: str, terms: Terms, network: str) -> None:
    project = trial.project
    assert project is not None
    other = of_service(terms.files, project, project.services[name], None)
    if other.problem:
        raise EngineError(f"`{name}`, which it depends on: {other.problem}")
    try:
        image = image_of(kept, other, terms)
        terms.tell(f"{trial.name}: starting `{name}`, which it depends on")
        container = kept.container(
            replace(
                other.container,
                image=image,
                network=network,
                memory=terms.memory,
                processes=terms.processes,
            )
        )
        kept.engine.start(container)
        _ready(kept, container, terms.patience, ends=name in _once(trial))
    except EngineError as error:
        raise EngineError(f"`{name}`, which it depends on: {error}") from error


def _once(trial: Trial) -> frozenset[str]:
    return completed(trial.project) if trial.project is not None else frozenset()


def _ready(kept: Kept, container: str, patience: float, *, ends: bool) -> None:
    """Wait until it is healthy, or has ended where that is what is waited for."""
    until = time.monotonic() + patience
    while time.monotonic() < until:
        state = kept.engine.state(container)
        if not state.running:
            if ends and not state.exit:
                return
            last = " ".join(kept.engine.output(container, 3).split())
            raise EngineError(f"it ended with exit status {state.exit}: {last}")
        if not ends and state.health in {"", "healthy"}:
            return
        time.sleep(_TICK)
    raise EngineError(f"it was not ready within {patience:g} s")
