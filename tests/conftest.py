"""What holds for every test."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import kubernetes_programs
import pytest
from hypothesis import settings

from gracelint.report import concise

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gracelint.model.finding import Finding

ROOT = Path(__file__).parent.parent

# How long an example takes says how busy the machine is. Where CI is set, every run tries the same
# examples, so that a change is judged by what it changes.
settings.register_profile("default", deadline=None)
settings.register_profile("ci", deadline=None, derandomize=True)
settings.load_profile("ci" if os.environ.get("CI") else "default")


def _read(path: str) -> Any:
    return json.loads((ROOT / path).read_text(encoding="utf-8"))


def matchers() -> dict[str, list[dict[str, Any]]]:
    """The patterns that are to find concise lines: GitHub's two, which share them, VS Code's."""
    github = [m["pattern"][0] for m in _read(".github/gracelint-matcher.json")["problemMatcher"]]
    tasks = _read("editors/vscode/tasks.json")["tasks"]
    return {"github": github, "vscode": [task["problemMatcher"]["pattern"] for task in tasks]}


MATCHERS = matchers()
_CACHES = "caches"


def matched(editor: str, line: str) -> dict[str, str]:
    """What an editor's patterns read from a line; exactly one of them has to."""
    found = [
        {key: match[group] for key, group in pattern.items() if key != "regexp"}
        for pattern in MATCHERS[editor]
        if (match := re.search(pattern["regexp"], line))
    ]
    assert len(found) == 1, f"{editor} reads {len(found)} problems in {line!r}"
    return found[0]


@pytest.fixture(scope="session")
def _kubernetes_programs() -> Path:
    try:
        return kubernetes_programs.folder()
    except kubernetes_programs.MissingError as missing:
        pytest.skip(str(missing))


@pytest.fixture
def programs(_kubernetes_programs: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of helm and kubectl, which stands first in PATH."""
    monkeypatch.setenv("PATH", f"{_kubernetes_programs}{os.pathsep}{os.environ['PATH']}")
    return _kubernetes_programs


@pytest.fixture(autouse=True)
def _a_cache_of_its_own(
    tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What a test has runs keep is neither another test's nor the user's."""
    monkeypatch.setenv(
        "XDG_CACHE_HOME", str(tmp_path_factory.getbasetemp() / _CACHES / uuid4().hex)
    )


@pytest.fixture(autouse=True)
def _every_concise_line_is_matched(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Problem matchers must read each line that any test makes the concise format write."""
    written: list[tuple[Finding, str]] = []
    render = concise.render

    def recorded(result: Any, *, color: bool = False) -> str:
        text = render(result, color=color)
        if not color:
            written.extend(zip(result.findings, text.splitlines(), strict=True))
        return text

    monkeypatch.setattr(concise, "render", recorded)
    yield
    for finding, line in written:
        for editor in MATCHERS:
            read = matched(editor, line)
            assert read["code"] == finding.rule.code
            assert int(read["line"]) == finding.primary.span.first.line
            assert int(read["column"]) == finding.primary.span.first.column
            assert read.get("severity", "info") == finding.severity.label
