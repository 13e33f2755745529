"""What was proven, for programs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gracelint.base.json_text import dumps
from gracelint.report.trace.json import story_data

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gracelint.model.proof import Observed, Proof, Witness
    from gracelint.report.shown import Shown

Data = dict[str, Any]


def render(proofs: Sequence[Proof], *, shown: Shown) -> str:
    """The proofs as JSON in ASCII, indented by two."""
    whole = {
        "version": 1,
        "launches": [_proof(one, shown) for one in proofs],
        "summary": {
            "as_predicted": sum(one.agrees is True for one in proofs),
            "other_than_predicted": sum(one.agrees is False for one in proofs),
            "not_compared": sum(one.agrees is None and one.observed is not None for one in proofs),
            "not_proven": sum(one.observed is None for one in proofs),
        },
    }
    return dumps(whole, indent=2) + "\n"


def _proof(proof: Proof, shown: Shown) -> Data:
    return {
        "name": proof.name,
        "engine": proof.engine,
        "ran": list(proof.ran),
        "agrees": proof.agrees,
        "problem": proof.problem or None,
        "predicted": None if proof.story is None else story_data(proof.story, shown),
        "observed": None if proof.observed is None else _observed(proof.observed),
        "assumptions": [
            {"text": one.text, "held": one.held, "seen": one.seen} for one in proof.assumptions
        ],
        "lessons": [
            {"program": x.name, "signal": x.signal, "reaction": x.reaction, "seen": x.seen}
            for x in proof.lessons
        ],
    }


def _observed(seen: Observed) -> Data:
    return {
        "verdict": seen.seen.value,
        "stop_signal": seen.signal,
        "grace_seconds": seen.grace,
        "seconds": round(seen.took, 3),
        "exit_status": seen.exit,
        "waited_for": seen.waited,
        "processes": [_process(one) for one in seen.processes],
        "output": list(seen.output),
        "notes": list(seen.notes),
    }


def _process(one: Witness) -> Data:
    masks = one.signals
    return {
        "pid": one.pid,
        "pid_in_container": one.inner,
        "parent": one.parent,
        "argv": list(one.words),
        "application": one.counts,
        "began_during_stop": one.later,
        "caught": None if masks is None else sorted(masks.caught),
        "ignored": None if masks is None else sorted(masks.ignored),
        "blocked": None if masks is None else sorted(masks.blocked),
        "ended_seconds": None if one.ended is None else round(one.ended, 3),
        "exit_status": one.exit if one.exit is not None and one.exit >= 0 else None,
        "ended_by_signal": -one.exit if one.exit is not None and one.exit < 0 else None,
    }
