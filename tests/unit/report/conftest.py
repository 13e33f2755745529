"""Results and stories to render."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from gracelint.base.edit import Edit
from gracelint.base.facts import Atlas, Known, Unknown, Word
from gracelint.base.source import Source, Span
from gracelint.model.finding import Applicability, Finding, Fix, Label, Rule, Severity
from gracelint.model.process import Process
from gracelint.model.result import Result
from gracelint.model.story import Event, Story, Verdict
from gracelint.model.workload import Base, Launch, Workload

SCRIPT = "#!/bin/sh\n\ntrap 'kill $pid; wait' TERM\n" + 10 * ":\n" + "node server.js\n"
DOCKERFILE = 'FROM debian:12\n\nENTRYPOINT ["/entrypoint.sh"]\n'
LATE = Rule("GL202", "trap-behind-foreground-child", Severity.ERROR)


def at(source: Source, text: str) -> Span:
    start = source.text.index(text)
    return source.span(start, start + len(text))


def finding(
    text: str = "node server.js",
    source: Source | None = None,
    message: str = "the trap for TERM runs only after `node` has ended",
    severity: Severity = Severity.ERROR,
    rule: Rule = LATE,
    **more: Any,
) -> Finding:
    span = at(source or Source("entrypoint.sh", SCRIPT), text)
    return Finding(rule, severity, message, Label(span, more.pop("label", "")), **more)


def story_of_a_script() -> Finding:
    """A finding with everything that a finding may have."""
    script, dockerfile = Source("entrypoint.sh", SCRIPT), Source("Dockerfile", DOCKERFILE)
    command = at(script, "node server.js")
    return Finding(
        LATE,
        Severity.ERROR,
        "the trap for TERM runs only after `node` has ended",
        Label(command, "runs in the foreground, so the shell waits for it first"),
        (Label(at(script, "trap 'kill $pid; wait' TERM"), "set here"),),
        (Label(at(dockerfile, '"/entrypoint.sh"'), "PID 1"),),
        (
            Fix(
                "start `node` in the background and wait for it",
                Applicability.UNSAFE,
                (Edit(script.span(command.end, command.end), ' & pid=$!\nwait "$pid"'),),
            ),
        ),
        "`docker stop` waits 10 s and then kills everything.",
        ("Dockerfile",),
    )


def result(*findings: Finding, **more: Any) -> Result:
    return Result(findings, **({"files": 2} | more))


def words(*values: str | None) -> tuple[Word, ...]:
    return tuple(Word(value) for value in values)


def story(tree: Process | None = None, **more: Any) -> Story:
    source = Source("Dockerfile", DOCKERFILE)
    unknown = Unknown("not told")
    workload = Workload(
        "dockerfile",
        "Dockerfile",
        source,
        source.span(0, 4),
        Launch(unknown, unknown, unknown),
        Base("debian:12", Known("dash")),
    )
    given = {
        "verdict": Verdict.ABANDONED,
        "reason": "the shell ends first, and the kernel kills what is left.",
        "signal": "TERM",
    }
    return Story(more.pop("workload", workload), tree, **(given | more))


def abandoned() -> Story:
    script = Source("entrypoint.sh", SCRIPT)
    node = Process(
        8,
        words("node", "server.js"),
        "app",
        told=True,
        finishes=False,
        evidence=(at(script, "node server.js"),),
        note="killed while it cleans up",
    )
    shell = Process(7, words("sh", "/entrypoint.sh"), "script", True, True, (node,))
    tini = Process(
        1, words("tini", "-g", "--"), "init", True, True, (shell,), (Atlas("tini", "0.19"),)
    )
    events = (Event(0, "SIGTERM to PID 1"), Event(0.4, "PID 1 ends"))
    return story(tini, timeline=events)


class Made(SimpleNamespace):
    def __repr__(self) -> str:
        return "made"


@pytest.fixture(scope="session")
def made() -> Any:
    """The functions above; a fixture, because test folders are no packages."""
    return Made(**globals())
