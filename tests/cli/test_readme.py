"""What the README shows is what happens.

`PYTHONPATH=tests/helpers python tests/cli/test_readme.py` writes what happens into the README.
"""

from __future__ import annotations

import re
import shutil
import tempfile
from pathlib import Path
from typing import Any

import pytest
import yaml
from sessions import SESSION, run, updated

from gracelint.report import FORMATS

ROOT = Path(__file__).resolve().parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")
SESSIONS = SESSION.findall(README)
LINK = re.compile(r"\]\(([^)#]+)\)")


@pytest.mark.parametrize("shown", SESSIONS, ids=lambda shown: shown.partition("\n")[0][2:])
def test_a_session_ends_as_shown(shown: str, tmp_path: Path) -> None:
    shutil.copytree(ROOT / "examples", tmp_path / "examples")
    first, _, output = shown.partition("\n")
    assert first.startswith("$ ")
    assert run(first[2:], tmp_path) == output


def test_there_are_sessions() -> None:
    assert any("gracelint check" in shown for shown in SESSIONS)


@pytest.mark.parametrize("name", ["README.md", "CONTRIBUTING.md", "CHANGELOG.md"])
def test_links_lead_somewhere(name: str) -> None:
    links = LINK.findall((ROOT / name).read_text(encoding="utf-8"))
    local = [link for link in links if "://" not in link]
    assert [link for link in local if not (ROOT / link).exists()] == []


def block(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", README, re.DOTALL | re.MULTILINE)


def test_the_settings_shown_are_settings(tmp_path: Path) -> None:
    (settings,) = block("toml")
    (tmp_path / "gracelint.toml").write_text(settings, encoding="utf-8")
    (tmp_path / "Dockerfile").write_text('FROM debian:12\nCMD ["/app"]\n', encoding="utf-8")
    assert run("gracelint check", tmp_path).startswith("No findings")


def test_the_hooks_and_the_inputs_shown_exist() -> None:
    config, workflow = (yaml.safe_load(text) for text in block("yaml"))
    hooks = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text(encoding="utf-8"))
    known = {hook["id"] for hook in hooks}
    assert {hook["id"] for hook in config["repos"][0]["hooks"]} <= known
    assert "gracelint-fix" in known
    action = yaml.safe_load((ROOT / "action.yml").read_text(encoding="utf-8"))
    assert workflow[1]["with"].keys() <= action["inputs"].keys()
    whole = yaml.safe_load(blocks_of("docs/ci.md")[1])
    (job,) = whole["jobs"].values()
    job_step = step_of(job)
    assert job_step["with"].keys() <= action["inputs"].keys()
    assert whole["permissions"] == {}
    others = [step["uses"] for step in job["steps"] if step is not job_step]
    assert all(re.fullmatch(r"[\w/-]+@[0-9a-f]{40}", use) for use in others)


def blocks_of(path: str) -> list[str]:
    text = (ROOT / path).read_text(encoding="utf-8")
    return re.findall(r"^```yaml\n(.*?)^```$", text, re.DOTALL | re.MULTILINE)


def step_of(job: dict[str, Any]) -> Any:
    return next(step for step in job["steps"] if "OWNER" in step["uses"])


def test_the_page_about_the_action_has_every_input_and_output() -> None:
    text = (ROOT / "docs/ci.md").read_text(encoding="utf-8")
    action = yaml.safe_load((ROOT / "action.yml").read_text(encoding="utf-8"))
    missing = [name for name in (*action["inputs"], *action["outputs"]) if f"`{name}`" not in text]
    assert missing == []


def test_the_formats_listed_are_those_there_are() -> None:
    (line,) = [line for line in README.splitlines() if line.startswith("`--output-format` takes")]
    assert set(re.findall(r"`([a-z-]+)`", line)) == {"--output-format", *FORMATS}


def test_the_bad_services_are_repaired_to_the_good_ones(tmp_path: Path) -> None:
    shutil.copytree(ROOT / "examples", tmp_path / "examples")
    assert "No findings" not in run("gracelint check examples/bad", tmp_path)
    run("gracelint check --fix --unsafe-fixes examples/bad", tmp_path)
    assert run("gracelint check examples/bad", tmp_path).startswith("No findings")
    assert run("gracelint check examples/good", tmp_path).startswith("No findings")


def ran(command: str) -> str:
    """What a command prints beside fresh examples."""
    with tempfile.TemporaryDirectory() as folder:
        shutil.copytree(ROOT / "examples", Path(folder) / "examples")
        return run(command, Path(folder))


if __name__ == "__main__":
    (ROOT / "README.md").write_text(updated(README, ran), encoding="utf-8")
