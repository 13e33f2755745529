"""All that is told of small projects: processes and what becomes of them, findings and their fixes.

`cases/` has the projects, one table a kind, and so have the pages of the rules, tables of other
tests, and those of launches that an engine has measured. `said/` has what is told of each, to be
read when it changes; `python tests/unit/told/test_told.py` writes it anew.
"""

from __future__ import annotations

import json
import re
import sys
import tomllib
from functools import cache
from pathlib import Path
from textwrap import indent
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest

if __name__ == "__main__":
    sys.path.append(str(Path(__file__).parents[2] / "engine"))

import launches

from gracelint.files.tree import Files
from gracelint.model.options import Options
from gracelint.pages import reader
from gracelint.report.shown import Shown
from gracelint.report.trace.json import story_data
from gracelint.session.session import Session

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gracelint.base.source import Span
    from gracelint.model.finding import Finding

HERE = Path(__file__).parent
NOWHERE = Path("/nowhere")
ENDS = {ord("\n"): "↵", ord("\r"): "␍"}
"""How ends of lines are shown, so that each thing keeps to one line."""

PAGES = "pages_of_rules"
BEHIND = "pods_with_one_more_container"
"""The pods of `cases/pods.toml`, with a container in front of which nothing is known."""

LAUNCHES = "launches/"
UNIT = HERE.parent
ELSEWHERE = {
    "mistakes": UNIT / "session" / "mistakes.toml",
    "projects": UNIT / "session" / "projects.toml",
    "sources": UNIT / "simulate" / "sources" / "launches.toml",
}
SUBJECTS = [
    PAGES,
    BEHIND,
    *ELSEWHERE,
    *sorted(path.stem for path in (HERE / "cases").glob("*.toml")),
    *sorted(f"{LAUNCHES}{path.stem}" for path in launches.TABLES.glob("*.toml")),
]
ENTRYPOINT = 'FROM {image}\nCOPY server /app/server\nCOPY run.sh /\nENTRYPOINT ["/run.sh"]\n'
IMAGES = {"dash": "debian:12-slim", "ash": "alpine:3.20"}


def _script(text: str, shell: str = "dash") -> dict[str, str]:
    program = "bash" if shell == "bash" else "sh"
    image = IMAGES.get(shell, "debian:12-slim")
    return {"Dockerfile": ENTRYPOINT.format(image=image), "run.sh": f"#!/bin/{program}\n{text}"}


def _dockerfile(text: str) -> dict[str, str]:
    first = "" if text.startswith(("FROM", "ARG", "#")) else "FROM debian:12-slim\n"
    return {"Dockerfile": f"{first}{text}"}


def _program(name: str, text: str) -> dict[str, str]:
    _, program = PROGRAMS[name.rpartition(".")[2]]
    return _started({"command": [program, name], "files": {name: text}})


def _started(case: dict[str, Any]) -> dict[str, str]:
    """A project of a program's files and an image that starts it."""
    file: str = next(iter(case["files"]), "")
    image, program = PROGRAMS.get(file.rpartition(".")[2], ("debian:12", ""))
    first = "RUN docker-php-ext-install pcntl\n" if program == "php" else ""
    lines = f"FROM {image}\n{first}WORKDIR /srv\nCOPY . .\nCOPY server /app/server\n"
    lines += "".join(f"ENV {name}={value}\n" for name, value in case.get("env", {}).items())
    lines += f"STOPSIGNAL SIG{case['signal']}\n" if "signal" in case else ""
    lines += 'ENTRYPOINT ["tini", "--"]\n' if case.get("init") else ""
    return {"Dockerfile": f"{lines}CMD {json.dumps(case['command'])}\n", **case["files"]}


PROGRAMS = {
    "py": ("python:3.12", "python3"),
    "js": ("node:22", "node"),
    "rb": ("ruby:3.3", "ruby"),
    "php": ("php:8.3-cli", "php"),
    "pl": ("perl:5.38", "perl"),
}
GO = """\
package main

import ("context"; "fmt"; "log"; "os"; "os/exec"; "os/signal"; "syscall"; "example.org/flags")

func main() {
"""


def _go(text: str) -> dict[str, str]:
    """A program that uses a package of others, so that it is searched and not played."""
    dockerfile = (
        "FROM golang:1.22\nWORKDIR /src\nCOPY . .\nRUN go build -o /app/launch .\n"
        'ENTRYPOINT ["/app/launch"]\nCMD ["nginx", "-g", "daemon off;"]\n'
    )
    main = GO + indent(f"flags.Parse()\n{text}", "\t") + "}\n"
    return {"Dockerfile": dockerfile, "go.mod": "module launch\n", "main.go": main}


POD = """\
apiVersion: {api}
kind: {kind}
metadata: {{name: web}}
spec:
  selector: {{matchLabels: {{app: web}}}}
  template:
    metadata: {{labels: {{app: web}}}}
    spec:
{spec}      containers:
{before}      - name: web
        image: {image}
{container}"""
SERVICE = """\
---
apiVersion: v1
kind: Service
metadata: {name: web}
spec: {selector: {app: web}, ports: [{port: 80}]}
"""


FIRST = "- name: first\n  image: registry.example.com/first:1\n"


def _pod(
    text: str = "",
    kind: str = "Deployment",
    spec: str = "",
    image: str = "",
    beside: str = "",
    before: str = "",
) -> dict[str, str]:
    whole = POD.format(
        api="batch/v1" if kind == "Job" else "apps/v1",
        kind=kind,
        spec=indent(spec, " " * 6),
        image=image or "registry.example.com/web:1",
        container=indent(text, " " * 8) + indent(beside, " " * 6),
        before=indent(before, " " * 6),
    )
    return {"pod.yaml": whole + ("" if kind == "Job" else SERVICE)}


KINDS = {
    "script": _script,
    "bash": lambda text: _script(text, "bash"),
    "ash": lambda text: _script(text, "ash"),
    "dockerfile": _dockerfile,
    "compose": lambda text: {"compose.yaml": text},
    "manifest": lambda text: {"pod.yaml": text},
    "pod": _pod,
    "py": lambda text: _program("main.py", text),
    "js": lambda text: _program("main.js", text),
    "rb": lambda text: _program("main.rb", text),
    "php": lambda text: _program("main.php", text),
    "pl": lambda text: _program("main.pl", text),
    "go": _go,
}
"""What a short form of a project stands for: `script.NAME = "…"`; others have their `files`."""


class Case(NamedTuple):
    """A project: its name, the text of each of its files, and the settings of the run."""

    name: str
    files: dict[str, str]
    options: Options


def cases(subject: str) -> Iterator[Case]:
    """The projects of a table, the examples on the pages of the rules, or measured launches."""
    if subject == PAGES:
        for page in reader.load_all():
            for example in page.examples:
                yield Case(f"{page.code}.{example.number}", dict(example.files), Options())
    elif subject.startswith(LAUNCHES):
        for launch in launches.of_table(subject.removeprefix(LAUNCHES)):
            compose = {} if launch.compose is None else {"compose.yaml": launch.compose}
            yield Case(launch.name, launch.files | compose, Options())
    elif subject == BEHIND:
        for name, entry in _table("pods")["pod"].items():
            short = {"text": entry} if isinstance(entry, str) else entry
            yield _case(f"pod.{name}", "pod", {**short, "before": FIRST})
    elif subject in ELSEWHERE:
        yield from _elsewhere(ELSEWHERE[subject])
    else:
        yield from _written(subject)


def _elsewhere(path: Path) -> Iterator[Case]:
    """The projects in another test's table: programs that are started, or all of their files."""
    for name, case in tomllib.loads(path.read_text(encoding="utf-8")).items():
        if "command" in case:
            yield Case(name, _started(case), Options())
        else:
            for key in sorted(case.keys() & {"files", "broken", "repaired"}):
                yield Case(f"{name}.{key}", case[key], Options())


def _written(subject: str) -> Iterator[Case]:
    for kind, entries in _table(subject).items():
        for name, entry in entries.items():
            short = {"text": entry} if isinstance(entry, str) else entry
            yield _case(f"{kind}.{name}", kind, short)


def _table(subject: str) -> dict[str, Any]:
    path = HERE / "cases" / f"{subject}.toml"
    return tomllib.loads(path.read_text(encoding="utf-8"))


def _case(name: str, kind: str, entry: dict[str, Any]) -> Case:
    short = dict(entry)
    files, options = short.pop("files", {}), _options(short.pop("options", {}))
    return Case(name, (KINDS[kind](**short) if short else {}) | files, options)


def _options(given: dict[str, Any]) -> Options:
    known = {key: tuple(v) if isinstance(v, list) else v for key, v in given.items()}
    return Options(**known)


def told(case: Case) -> str:
    """What is told of a project, a line a thing."""
    session = Session(Files(str(NOWHERE), overlay=case.files), case.options)
    result = session.run(["."])
    internal = [problem.message for problem in session.problems if problem.internal]
    assert not internal, internal
    lines = [line for story in result.stories for line in _story(story_data(story, Shown(NOWHERE)))]
    lines += [line for finding in result.findings for line in _finding(finding)]
    lines += [f"problem {problem.path}: {problem.message}" for problem in result.problems]
    return "".join(f"{line.translate(ENDS)}\n" for line in lines)


def _story(data: dict[str, Any]) -> Iterator[str]:
    grace = data["grace_seconds"]
    yield (
        f"{data['kind']} {data['name']}: {data['verdict']}, {data['basis']}, "
        f"{data['stop_signal']} and {grace if grace is None else f'{grace:g}'} s"
    )
    yield from (f"  if {assumption}" for assumption in data["assumptions"])
    if data["reason"]:
        yield f"  because {data['reason']}"
    waiting = [(1, data["processes"])] if data["processes"] else []
    while waiting:
        depth, process = waiting.pop()
        yield "  " * depth + _process(process)
        waiting += [(depth + 1, child) for child in reversed(process["children"])]
    yield from (f"  at {e['at_seconds']:g}: {e['event']}" for e in data["timeline"])


def _process(data: dict[str, Any]) -> str:
    words = " ".join("?" if word is None else word for word in data["argv"])
    places = [f"{e['path']}:{e['line']}" if "path" in e else e["atlas"] for e in data["evidence"]]
    facts = [f"{fact} {data[fact]}" for fact in ("told", "finishes")]
    note = [data["note"]] if data["note"] else []
    return f"{data['role']} `{words}` ({', '.join([*facts, *note, *places])})"


def _finding(finding: Finding) -> Iterator[str]:
    head = f"{finding.rule.code} {finding.severity.label} {_place(finding.primary.span)}"
    yield f"{head}: {finding.message} [{', '.join(finding.workloads)}]"
    if finding.primary.message or finding.help:
        yield f"  {finding.primary.message} | {finding.help}"
    for label in finding.related:
        yield f"  {_place(label.span)}: {label.message}"
    for fix in finding.fixes:
        yield f"  {fix.applicability.label}: {fix.title}"
        for edit in fix.edits:
            yield f"    {_place(edit.span)} becomes `{edit.content}`"


def _place(span: Span) -> str:
    text = span.text if len(span.text) < 40 else f"{span.text[:30]}...{span.text[-6:]}"
    return f"{span.source.path}:{span.first.line}:{span.first.column} `{text}`"


@cache
def said(subject: str) -> dict[str, str]:
    """What is told of the projects of a table by their names."""
    text = (HERE / "said" / f"{subject}.txt").read_text(encoding="utf-8")
    parts = re.split(r"^== (.+) ==\n", text, flags=re.MULTILINE)
    return dict(zip(parts[1::2], parts[2::2], strict=True))


ALL = [
    pytest.param(subject, case, id=f"{subject}-{case.name}")
    for subject in SUBJECTS
    for case in cases(subject)
]


@pytest.mark.parametrize(("subject", "case"), ALL)
def test_this_is_told(subject: str, case: Case) -> None:
    assert told(case) == said(subject)[case.name]


def main() -> None:
    """Write down what is told today."""
    for subject in SUBJECTS:
        parts = [f"== {case.name} ==\n{told(case)}" for case in cases(subject)]
        path = HERE / "said" / f"{subject}.txt"
        path.parent.mkdir(exist_ok=True)
        path.write_text("".join(parts), encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())
