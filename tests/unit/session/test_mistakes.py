"""Mistakes that people make: each is found, and its repaired form is left in peace."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from gracelint.files.tree import Files
from gracelint.model.finding import Severity
from gracelint.model.options import Options
from gracelint.session.session import Session

if TYPE_CHECKING:
    from gracelint.model.finding import Finding

MISTAKES: dict[str, dict[str, Any]] = tomllib.loads(
    Path(__file__).with_name("mistakes.toml").read_text(encoding="utf-8")
)
BROKEN = [name for name, mistake in MISTAKES.items() if "broken" in mistake]
REPAIRED = [name for name, mistake in MISTAKES.items() if "repaired" in mistake]


def found(texts: dict[str, str]) -> list[Finding]:
    result = Session(Files("/nowhere", overlay=texts), Options()).run(["."])
    assert not [problem for problem in result.problems if not problem.hint]
    return list(result.findings)


@pytest.mark.parametrize("name", BROKEN)
def test_the_mistake_is_found(name: str) -> None:
    mistake = MISTAKES[name]
    least = Severity.INFO if mistake.get("advice") else Severity.WARNING
    told = {f.rule.code for f in found(mistake["broken"]) if f.severity >= least}
    assert told & set(mistake["codes"])


@pytest.mark.parametrize("name", REPAIRED)
def test_its_repaired_form_is_left_in_peace(name: str) -> None:
    left = found(MISTAKES[name]["repaired"])
    assert [f.message for f in left if f.severity > Severity.INFO] == []
