"""`--add-ignore REASON`: comments that leave out what is found."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from gracelint.server.analysis import analyse, ignored

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from conftest import Outcome

    Run = Callable[..., Outcome]

COMMENT = "# gracelint: ignore[{}] because\n"
IMAGE = 'FROM debian:12\nCOPY --chmod=755 run.sh /\nENTRYPOINT ["/run.sh"]\n'
POD = """\
apiVersion: v1
kind: Pod
metadata:
  name: web
spec:
  terminationGracePeriodSeconds: 0
  containers:
    - name: web
      image: registry.example/web:1
"""


def added(run: Run, path: Path, text: str, *words: str) -> str:
    """What becomes of a file; a second run then finds nothing that fails."""
    path.write_text(text, newline="")
    outcome = run("check", "--add-ignore", "because", *words)
    assert outcome.status == 0, outcome
    assert "left out from now" in outcome.stderr
    again = run("check", "--output-format", "json")
    assert again.status == 0, again
    assert json.loads(again.stdout)["summary"]["suppressed"] > 0
    with path.open(newline="") as file:
        return file.read()


@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_in_a_dockerfile_before_the_instruction(run: Run, tmp_path: Path, newline: str) -> None:
    text = "FROM debian:12\n\nENTRYPOINT node \\\n    server.js\n".replace("\n", newline)
    comment = COMMENT.format("GL101").replace("\n", newline)
    assert added(run, tmp_path / "Dockerfile", text) == text.replace("ENTRY", f"{comment}ENTRY")


def test_in_yaml_before_the_key_with_its_indentation(run: Run, tmp_path: Path) -> None:
    made = added(run, tmp_path / "pod.yaml", POD)
    assert "spec:\n  " + COMMENT.format("GL502") + "  terminationGrace" in made
    assert made.replace("  " + COMMENT.format("GL502"), "") == POD


def test_in_a_script_before_the_command(run: Run, tmp_path: Path) -> None:
    (tmp_path / "Dockerfile").write_text(IMAGE)
    script = "#!/bin/sh\nif true; then\n    node server.js \\\n        --port 80\nfi\n"
    made = added(run, tmp_path / "run.sh", script)
    assert made == script.replace("    node", "    " + COMMENT.format("GL201") + "    node")


def test_a_comment_that_is_there_takes_more_codes(run: Run, tmp_path: Path) -> None:
    text = "FROM debian:12\n# gracelint: ignore[GL999] old\nENTRYPOINT node server.js\n"
    path = tmp_path / "Dockerfile"
    path.write_text(text)
    run("check", "--add-ignore", "because", "--ignore", "GL003")
    assert "# gracelint: ignore[GL999, GL101] old\n" in path.read_text()


def test_only_what_is_selected(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "Dockerfile"
    path.write_text("FROM debian:12\nSTOPSIGNAL SIGKILL\nENTRYPOINT node server.js\n")
    run("check", "--add-ignore", "because", "--select", "GL401")
    assert "ignore[GL401] because\nSTOPSIGNAL" in path.read_text()
    assert path.read_text().count("gracelint:") == 1


def test_a_difference_writes_nothing(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "Dockerfile"
    path.write_text("FROM debian:12\nENTRYPOINT node server.js\n")
    outcome = run("check", "--add-ignore", "because", "--diff")
    assert outcome.status == 1
    assert "+# gracelint: ignore[GL101] because\n" in outcome.stdout
    assert "gracelint" not in path.read_text()


def test_what_takes_no_comments_is_said(run: Run, tmp_path: Path) -> None:
    spec = {"terminationGracePeriodSeconds": 0, "containers": [{"name": "a", "image": "a/b:1"}]}
    pod = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "a"}, "spec": spec}
    (tmp_path / "pod.json").write_text(json.dumps(pod, indent=2))
    outcome = run("check", "--add-ignore", "because")
    assert outcome.status == 1
    assert "no comment can leave out GL502; settings can leave it out" in outcome.stderr
    assert json.loads((tmp_path / "pod.json").read_text()) == pod


@pytest.mark.parametrize("reason", ["", " ", "two\nlines", "ends */ here", "--diff"])
def test_a_reason_is_needed(run: Run, tmp_path: Path, reason: str) -> None:
    outcome = run("check", "--add-ignore", reason)
    assert outcome.status == 2
    assert "needs a reason, in words on one line" in outcome.stderr


def test_not_together_with_other_changes(run: Run) -> None:
    assert run("check", "--add-ignore", "because", "--fix").status == 2


def test_an_editor_puts_a_comment_where_the_command_line_does(run: Run, tmp_path: Path) -> None:
    command = (
        "      command: [sh, -c]\n      args:\n        - |\n          node a.js\n          true\n"
    )
    text = POD.replace("Seconds: 0", "Seconds: 30") + command
    [found] = analyse(tmp_path, {"pod.yaml": text}, 1).findings
    made = ignored(tmp_path, {"pod.yaml": text}, found, "because")
    comment = "        " + COMMENT.format(found.rule.code)
    assert made == text.replace("        - |\n", comment + "        - |\n")
    assert added(run, tmp_path / "pod.yaml", text) == made
