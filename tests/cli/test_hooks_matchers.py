"""Problem matchers for GitHub and VS Code. tests/conftest.py tries them on every line that any
test makes the concise format write; here is what they must not take for a finding.
"""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
GITHUB = json.loads((ROOT / ".github/gracelint-matcher.json").read_text())["problemMatcher"]
VSCODE = json.loads((ROOT / "editors/vscode/tasks.json").read_text())["tasks"]
PATTERNS = [m["pattern"][0]["regexp"] for m in GITHUB]
PATTERNS += [task["problemMatcher"]["pattern"]["regexp"] for task in VSCODE]


@pytest.mark.parametrize("pattern", PATTERNS)
@pytest.mark.parametrize(
    "line",
    [
        "2 errors in 3 files.",
        "Dockerfile:3: error: no column [GL101]",
        "Dockerfile:3:1: error: no code",
        "Dockerfile:3:1: fatal: an unknown severity [GL101]",
        "src/main.c:3:1: error: another tool's finding [-Wall]",
    ],
)
def test_other_lines_are_left_alone(pattern: str, line: str) -> None:
    assert not re.search(pattern, line)


def test_owners_differ_so_that_none_replaces_another() -> None:
    owners = [matcher["owner"] for matcher in GITHUB]
    assert sorted(owners) == sorted(set(owners))


def test_severities_are_ones_that_github_knows() -> None:
    """GitHub knows no `info`: such lines have a matcher of their own that calls them notices."""
    captured, fixed = GITHUB
    assert "(error|warning)" in captured["pattern"][0]["regexp"]
    assert fixed["severity"] == "notice"
    assert "severity" not in fixed["pattern"][0]


def test_the_task_writes_the_format_that_it_reads() -> None:
    (task,) = VSCODE
    assert task["args"][:3] == ["check", "--output-format", "concise"]
