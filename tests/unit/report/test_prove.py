"""Proofs told to people and programs; what they hold is data."""

from __future__ import annotations

import json
from typing import Any

import pytest

from gracelint.base.values import replace
from gracelint.model.proof import Held, Lesson, Observed, Proof, Seen, Signals, Witness
from gracelint.model.story import Verdict
from gracelint.report import render_proofs
from gracelint.report.shown import AS_THEY_ARE
from tests.unit.report.conftest import story

EVIL = "a\x1b[31m\r::error::x\n| </details> `b` @all"
SHELL = Witness(
    70, None, ("sh", "-c", "web"), 1, Signals(frozenset({"CHLD"})), 0.1, 143, counts=False
)
WEB = Witness(71, 70, ("web", EVIL), 8, Signals(frozenset({"TERM", "RTMIN+1"})), 0.1, -9)
SEEN = Observed(
    Seen.ABANDONED, "SIGTERM", 10, 0.1, 143, (SHELL, WEB), "nothing more happened", (EVIL,)
)
PROOF = Proof(
    "Dockerfile",
    "Docker 28",
    ("run IMAGE",),
    observed=SEEN,
    agrees=False,
    assumptions=(Held(f"`web` {EVIL}", False, "it ignores SIGTERM"),),
    lessons=(Lesson("web", "TERM", "nothing", "it ignores SIGTERM"),),
)


def told(name: str, *proofs: Proof) -> str:
    return render_proofs(name, proofs, shown=AS_THEY_ARE)


def test_a_proof_shows_the_tree_its_signals_and_its_ends() -> None:
    text = told("text", PROOF)
    assert text.startswith("Dockerfile: other than predicted\n")
    assert "  sh -c web  (PID 1)\n" in text
    assert "  └─ web a" in text
    assert "observed   killed by SIGKILL after 0.1 s" in text
    assert "catches TERM and 1 real-time signal" in text
    assert "assumption failed: `web`" in text
    assert text.endswith("1 launch: 0 as predicted, 1 other than predicted.\n")


@pytest.mark.parametrize("name", ["text", "markdown"])
def test_what_processes_are_called_and_write_is_data(name: str) -> None:
    text = told(name, replace(PROOF, name=EVIL, problem=EVIL))
    assert "\x1b" not in text
    assert "\r" not in text
    assert not [line for line in text.splitlines() if line.lstrip().startswith("::error")]


def test_a_table_has_one_row_for_each_launch_whatever_it_is_called() -> None:
    text = told("markdown", replace(PROOF, name=EVIL), replace(PROOF, observed=None, problem=EVIL))
    rows = [line for line in text.splitlines() if line.startswith("| ")]
    assert len(rows) == 3
    assert text.count("\n<details>") == text.splitlines().count("</details>") == 2


def test_no_line_is_wider_than_the_terminal() -> None:
    wide = replace(WEB, words=("web", "x" * 300))
    text = told("text", replace(PROOF, observed=replace(SEEN, processes=(SHELL, wide))))
    assert max(map(len, text.splitlines())) <= 80


def test_programs_get_the_processes_with_numbers() -> None:
    none = replace(PROOF, observed=None, agrees=None, problem="x")
    whole: dict[str, Any] = json.loads(told("json", PROOF, none))
    first, second = whole["launches"]
    shell, web = first["observed"]["processes"]
    assert (shell["pid_in_container"], shell["exit_status"]) == (1, 143)
    assert (shell["application"], web["application"]) == (False, True)
    assert (web["parent"], web["ended_by_signal"], web["caught"]) == (70, 9, ["RTMIN+1", "TERM"])
    assert first["assumptions"][0]["held"] is False
    assert (second["observed"], second["problem"]) == (None, "x")
    assert whole["summary"]["other_than_predicted"] == 1
    assert whole["summary"]["not_proven"] == 1


def test_what_is_cut_off_is_not_seen_from_outside() -> None:
    cut = story(verdict=Verdict.CUT_OFF)
    graceful = replace(SEEN, seen=Seen.GRACEFUL)
    text = told("text", replace(PROOF, story=cut, observed=graceful, agrees=True))
    assert "cut off is not seen from outside" in " ".join(text.split())
