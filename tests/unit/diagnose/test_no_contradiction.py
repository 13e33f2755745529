"""What is told of a launch and what is found about it never contradict each other."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from launches import launches

from gracelint.files.tree import Files
from gracelint.model.finding import Severity
from gracelint.model.options import Options
from gracelint.model.story import Basis, Verdict
from gracelint.pages import reader as pages
from gracelint.session.session import Session
from gracelint.session.uses import MENDED

if TYPE_CHECKING:
    from collections.abc import Iterator

    from launches import Launch

    from gracelint.model.finding import Finding
    from gracelint.model.story import Story

EXAMPLES = Path(__file__).parents[3] / "examples"
ADVICE = {
    *("GL107", "GL108", "GL109", "GL114"),  # how a launch is written
    *("GL208", "GL211", "GL212", "GL407"),  # what of a script never runs, or takes long
    *("GL302", "GL303", "GL305", "GL306", "GL312"),  # who reaps, and inits
    *("GL307", "GL308", "GL309", "GL310", "GL311"),  # whose PID 1 it is
}
"""Rules whose findings say nothing about who is told of the stop."""

LOSSES = {"GL403", "GL406", "GL113"}
BAD = {Verdict.KILLED, Verdict.ABANDONED}


def contradictions(story: Story, findings: list[Finding]) -> Iterator[str]:
    """Where the verdict and the findings about one launch do not go together.

    A Dockerfile whose uses all mend what is wrong has no finding, and its reason says so.
    """
    if story.reason.endswith(MENDED):
        return
    about = [f for f in findings if story.workload.name in f.workloads]
    delivery = [f for f in about if "GL100" < f.rule.code < "GL500" and not _aside(f)]
    worst = max((f.severity for f in delivery), default=None)
    shown = [(f.rule.code, f.severity.label) for f in delivery]
    told = [f for f in about if f.rule.code not in ADVICE or f.severity > Severity.INFO]
    if story.verdict in BAD and story.basis is Basis.PROVEN and not told:
        yield f"{story.verdict}, and nothing is found"
    if story.verdict in BAD and story.basis is Basis.ASSUMED and worst is Severity.ERROR:
        yield f"{story.verdict} only if {story.assumptions}, and {shown}"
    if story.verdict is Verdict.CUT_OFF and not LOSSES & {code for code, _ in shown}:
        yield f"cut off, and {shown or 'nothing'} is found"
    if story.verdict is Verdict.GRACEFUL and worst is not None and worst > Severity.INFO:
        yield f"graceful, and {shown}"
    if story.verdict is Verdict.UNKNOWN and not _shell_in_front(story):
        own = [f for f in delivery if f.rule.code in {"GL301", "GL403", "GL404", "GL405", "GL406"}]
        if any(f.severity > Severity.INFO for f in own):
            yield f"unknown, and {shown}"
    if (story.basis is None) is not (story.verdict is Verdict.UNKNOWN):
        yield f"{story.verdict} is {story.basis}"


def _aside(found: Finding) -> bool:
    """Whether a finding is about something else; a short sleep only makes the stop take longer."""
    slow = found.rule.code == "GL215" and found.severity < Severity.ERROR
    return slow or found.rule.code in ADVICE


def _shell_in_front(story: Story) -> bool:
    return story.tree is not None and story.tree.shell is not None


def told(session: Session) -> list[str]:
    result = session.run(["."])
    findings = [*result.findings, *result.suppressed]
    stories = session.scene(["."]).stories
    return [text for story in stories for text in contradictions(story, findings)]


def over(folder: Path, files: dict[str, str]) -> Session:
    return Session(Files(folder, overlay=files), Options())


@pytest.mark.parametrize("launch", list(launches()), ids=lambda launch: launch.name)
def test_of_the_launches_that_were_measured(launch: Launch, tmp_path: Path) -> None:
    files = dict(launch.files)
    if launch.compose is not None:
        files["compose.yaml"] = launch.compose
    assert told(over(tmp_path, files)) == []


PAGES = [(f"{p.code}-{e.number}", e.files) for p in pages.load_all() for e in p.examples]


@pytest.mark.parametrize("files", [f for _, f in PAGES], ids=[name for name, _ in PAGES])
def test_of_the_examples_on_the_pages(files: dict[str, str], tmp_path: Path) -> None:
    assert told(over(tmp_path, files)) == []


@pytest.mark.parametrize("name", ["bad", "good"])
def test_of_the_example_projects(name: str) -> None:
    assert told(Session(Files(EXAMPLES / name), Options())) == []


PATCH = """\
apiVersion: apps/v1
kind: StatefulSet
metadata: {name: web}
spec:
  template:
    spec:
      containers:
      - {name: web, image: debian:12, command: [sleep, infinity]}
"""


def test_no_time_is_named_where_the_grace_period_is_not_known(tmp_path: Path) -> None:
    (story,) = over(tmp_path, {"patch.yaml": PATCH}).run(["patch.yaml"]).stories
    assert story.verdict is Verdict.KILLED
    assert story.reason.endswith("; after the grace period everything is killed")


def test_an_application_that_ignores_the_signal_from_then_on_was_told(tmp_path: Path) -> None:
    source = (
        "import os, signal\n"
        "def stop(number, _):\n    signal.signal(number, signal.SIG_IGN)\n    os._exit(0)\n"
        "for number in (signal.SIGTERM, signal.SIGINT):\n    signal.signal(number, stop)\n"
        "while True:\n    signal.pause()\n"
    )
    (tmp_path / "app.py").write_text(source)
    text = 'FROM python:3.12\nCOPY app.py /app.py\nCMD ["python3", "/app.py"]\n'
    (tmp_path / "Dockerfile").write_text(text)
    (story,) = Session(Files(tmp_path), Options()).scene([""]).stories
    assert story.tree is not None
    assert (story.verdict, story.tree.told, story.tree.finishes) == (Verdict.GRACEFUL, True, True)
    assert story.tree.note == "told; finishes"
