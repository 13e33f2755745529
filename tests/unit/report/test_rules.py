from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

import pytest

from gracelint.model.finding import Applicability, Rule, Severity
from gracelint.pages import reader as pages
from gracelint.report.rules import render_rule, render_rules

if TYPE_CHECKING:
    from pathlib import Path

RULE = Rule(
    "GL101",
    "a-rule",
    Severity.ERROR,
    frozenset({Applicability.UNSAFE, Applicability.SAFE}),
)
OTHER = Rule("GL004", "unresolved-launch", Severity.INFO, enabled=False)
PAGE = "# GL101 a-rule\n\n## What it does\n\nReports `x`. More.\n\n## Fix\n\n- one\n"


@pytest.fixture(autouse=True)
def _one_page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "rules").mkdir()
    (tmp_path / "rules" / "GL101-a-rule.md").write_text(PAGE)
    monkeypatch.setattr(pages, "__file__", str(tmp_path / "gracelint" / "pages" / "reader.py"))


def test_a_rule_is_its_page_with_what_the_code_says_of_it() -> None:
    assert render_rule("text", RULE) == PAGE.replace(
        "a-rule\n", "a-rule\n\nerror, safe fix, unsafe fix\n", 1
    )


def test_on_a_terminal_markdown_is_drawn() -> None:
    text = render_rule("text", RULE, color=True, width=60)
    assert "\x1b[" in text
    assert "##" not in text
    plain = re.sub(r"\x1b\[[0-9;]*m", "", text)
    assert "Reports x. More." in plain
    assert all(len(line) <= 60 for line in plain.split("\n"))


def test_a_rule_as_data() -> None:
    assert json.loads(render_rule("json", RULE)) == {
        "code": "GL101",
        "name": "a-rule",
        "severity": "error",
        "fixes": ["safe", "unsafe"],
        "enabled": True,
        "summary": "Reports `x`.",
        "page": PAGE,
    }


def test_the_list_of_rules() -> None:
    assert render_rules("text", [RULE, OTHER]) == (
        "GL101 a-rule (error, safe fix, unsafe fix)\n"
        "    Reports `x`.\n"
        "GL004 unresolved-launch (info, no fix, off unless selected)\n"
    )
    codes = [rule["code"] for rule in json.loads(render_rules("json", [RULE, OTHER]))]
    assert codes == ["GL101", "GL004"]


def test_a_rule_without_a_page_is_still_named() -> None:
    assert render_rule("text", OTHER).startswith("# GL004 unresolved-launch\n\ninfo, no fix")
    assert json.loads(render_rule("json", OTHER))["page"] == ""
