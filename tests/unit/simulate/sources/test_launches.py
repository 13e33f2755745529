"""Programs that start others, and what their own handlers do: told like they were measured."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import pytest
from launched import launched

from gracelint.diagnose.tell import tell
from gracelint.model.story import Verdict

CASES: dict[str, dict[str, Any]] = tomllib.loads(
    (Path(__file__).parent / "launches.toml").read_text(encoding="utf-8")
)
MEASURED_ALIKE = {Verdict.CUT_OFF: Verdict.GRACEFUL}  # nobody saw what was lost


@pytest.mark.parametrize("name", CASES)
def test_what_was_measured_is_told(name: str) -> None:
    case = CASES[name]
    command = case["command"]
    if case.get("init"):
        command = ["tini", "--", *command]
    workload = launched(
        command, case["files"], signal=case.get("signal", "TERM"), env=case.get("env")
    )
    story = tell(workload)
    verdict = MEASURED_ALIKE.get(story.verdict, story.verdict)
    assert verdict == Verdict(case["verdict"]), story.reason
