"""Whole projects as people have them: what is told above advice, and at which line."""

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

PROJECTS: dict[str, dict[str, Any]] = tomllib.loads(
    Path(__file__).with_name("projects.toml").read_text(encoding="utf-8")
)


def _told(finding: Finding) -> str:
    span = finding.primary.span
    line = f"{span.source.path}:{span.first.line}"
    return f"{finding.rule.code} {finding.severity.name.lower()} {line}"


@pytest.mark.parametrize("name", PROJECTS)
def test_just_this_is_told_of_a_project(name: str) -> None:
    project = PROJECTS[name]
    result = Session(Files("/nowhere", overlay=project["files"]), Options()).run(["."])
    assert not [problem for problem in result.problems if not problem.hint]
    told = [_told(f) for f in result.findings if f.severity >= Severity.WARNING]
    assert told == project["told"]
    if "graceful" in project:
        graceful = {s.workload.name for s in result.stories if s.verdict.value == "graceful"}
        assert set(project["graceful"]) <= graceful
