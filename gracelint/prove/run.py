"""One launch after the other: built, started, stopped, compared, and taken away again."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gracelint.base import signals
from gracelint.base.values import replace
from gracelint.model.proof import Proof
from gracelint.prove import compare
from gracelint.prove.companions import start
from gracelint.prove.engine import EngineError
from gracelint.prove.observe import Way, observe
from gracelint.prove.prepare import built_from, image_of
from gracelint.prove.trial import MAX_GRACE, shown

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from gracelint.model.proof import Observed
    from gracelint.prove.engine import Container
    from gracelint.prove.keep import Kept
    from gracelint.prove.prepare import Terms
    from gracelint.prove.trial import Trial


def prove(kept: Kept, trial: Trial, terms: Terms) -> Proof:
    """Start and stop one launch; what goes wrong stands in the proof."""
    proof = Proof(trial.name, kept.engine.version, story=trial.story)
    if trial.problem:
        return replace(proof, problem=trial.problem)
    try:
        image = image_of(kept, trial, terms)
        container = _container(kept, trial, terms, image)
        ran = (*built_from(trial), shown(container, _readable(trial)), *trial.notes)
        proof = replace(proof, ran=ran)
        terms.tell(f"{trial.name}: {shown(container, _readable(trial))}")
        observed = _observed(kept, trial, terms, container)
    except EngineError as error:
        return replace(proof, problem=str(error))
    return _compared(proof, observed, kept.engine.image(image))


def _readable(trial: Trial) -> str:
    """What the image is called in words for people: a name of ours would say nothing."""
    return "IMAGE" if trial.recipe is not None else trial.image


def _container(kept: Kept, trial: Trial, terms: Terms, image: str) -> Container:
    """The container with what holds for all of them."""
    network = terms.network
    if terms.companions and trial.service is not None:
        network = start(kept, trial, terms) or network
    named = {one.partition("=")[0] for one in terms.env}
    variables = (one for one in trial.container.env if one.partition("=")[0] not in named)
    return replace(
        trial.container,
        image=image,
        env=(*variables, *terms.env),
        network=network,
        aliases=() if network in {"none", "host"} else trial.container.aliases,
        memory=terms.memory,
        processes=terms.processes,
    )


def _observed(kept: Kept, trial: Trial, terms: Terms, container: Container) -> Observed:
    started = kept.container(container)
    signal = kept.engine.stop_signal(started)
    name = signals.parse(signal)
    grace = trial.seconds if terms.grace is None else min(terms.grace, MAX_GRACE)
    tree = trial.story.tree if trial.story is not None else None
    way = Way(
        grace,
        f"SIG{name}" if name else signal,
        terms.ready,
        terms.patience,
        compare.counting(tree),
    )
    observed = observe(kept.engine, started, way)
    if (trial.grace or 0) > MAX_GRACE and terms.grace is None:
        cut = f"{trial.grace:g} s are declared; no stop is waited for longer than {MAX_GRACE} s"
        observed = replace(observed, notes=(*observed.notes, cut))
    return observed


def _compared(proof: Proof, observed: Observed, image: Mapping[str, Any] | None) -> Proof:
    proof = replace(proof, observed=observed)
    story = proof.story
    if story is None:
        return proof
    pairs = compare.paired(story.tree, observed.processes)
    return replace(
        proof,
        agrees=compare.agrees(story, observed),
        pairs=pairs,
        assumptions=tuple(compare.held(story, observed, pairs, image)),
        lessons=tuple(compare.lessons(story, observed, pairs)),
    )
