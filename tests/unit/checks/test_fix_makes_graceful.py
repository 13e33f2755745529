"""Applying every fix turns launches that lose their application into graceful ones."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from gracelint.files.tree import Files
from gracelint.model.finding import Applicability, Severity
from gracelint.model.options import Options
from gracelint.model.story import Verdict
from gracelint.session.session import Session
from gracelint.syntax.shell import parse as shell

if TYPE_CHECKING:
    from pathlib import Path

IMAGES = {"dash": "debian:12-slim", "bash": "fedora:40", "ash": "alpine:3.20"}
EVERY = pytest.mark.parametrize("image", IMAGES.values(), ids=IMAGES)

SCRIPTS = {
    "foreground": "/app/server --port 80\n",
    "foreground under set -e": "set -e\nmkdir -p /run/app\n/app/server > /tmp/log 2>&1\n",
    "in a branch": 'if [ "$1" = x ]; then\n  true\nelse\n  /app/server\nfi\n',
    "in a function": "main() {\n  /app/server\n}\nmain\n",
    "trap over the foreground": "trap 'kill $pid; wait $pid' TERM\n/app/server\n",
    "trap that only exits": "trap 'exit 0' TERM\n/app/server\n",
    "trap that does nothing": "trap : TERM\n/app/server # the server\n",
    "trap over an assignment": "trap 'kill $child' TERM\nPORT=80 /app/server || true\n",
    "function as handler": "stop() {\n  echo bye\n  exit 0\n}\ntrap stop TERM\n/app/server\n",
    "background and wait": "/app/server &\nwait\n",
    "background and its number": '/app/server --port 80 &\npid=$!\nwait "$pid"\n',
    "two in the background": "/app/server --a &\n/app/server --b &\nwait\n",
    "two on one line": "/app/server --a & /app/server --b & wait\n",
    "a wait in a loop": "/app/server &\nwhile true; do wait; done\n",
    "jobs with shells of their own": "/app/server &\ncd / && /app/server &\npid=$!\nwait\n",
    "work after the wait": "/app/server &\nwait\necho bye\n",
    "job in a group": "{ echo up; /app/server; } &\nwait\necho bye\n",
    "handler without kill": "trap 'exit 0' TERM\n/app/server &\nwait\n",
    "handler in double quotes": 'trap "exit 0" TERM\n/app/server & pid=$!\nwait\n',
    "handler with another's number": "trap 'kill $other; wait' TERM\n/app/server &\nwait\n",
    "handler that kills the group": "trap 'kill 0; wait' TERM\n/app/server &\nwait\n",
    "handler for itself": "trap 'trap - TERM; kill -TERM $$' TERM\n/app/server &\nwait\n",
    "no wait in the handler": "trap 'kill $pid' TERM\n/app/server &\npid=$!\nwait $pid\n",
    "exit in the handler": "trap 'kill $pid; exit 0' TERM\n/app/server &\npid=$!\nwait $pid\n",
    "exit behind &&": "trap 'kill $pid && exit 0' TERM\n/app/server &\npid=$!\nwait $pid\n",
    "function without wait": (
        'stop() {\n  kill -TERM "$pid"\n}\ntrap stop TERM\n/app/server &\npid=$!\nwait "$pid"\n'
    ),
    "double quotes in time": '/app/server &\npid=$!\ntrap "kill $pid" TERM\nwait $pid\n',
    "subshell in the handler": (
        "trap '( kill $pid; wait $pid )' TERM\n/app/server &\npid=$!\nwait $pid\n"
    ),
    "only INT": "trap 'kill $pid; wait $pid' INT\n/app/server &\npid=$!\nwait $pid\n",
    "expanded early": 'trap "kill $pid; wait $pid" TERM\n/app/server &\npid=$!\nwait\n',
    "ignored": "trap '' TERM\n/app/server\n",
    "INT to a job": "trap 'kill -INT $pid; wait $pid' TERM\n/app/server &\npid=$!\nwait\n",
    "kill -9": "trap 'kill -9 $pid' TERM\n/app/server &\npid=$!\nwait $pid\n",
    "kill -s KILL": "trap 'kill -s KILL $pid; wait' TERM\n/app/server &\npid=$!\nwait $pid\n",
    "beside exec": "/app/server --worker &\nexec /app/server --web\n",
    "two beside exec": "/app/server --a &\n/app/server --b &\nexec /app/server --web\n",
    "beside the foreground": "/app/server --worker &\n/app/server --web\n",
    "one of two": (
        "trap 'kill $a; wait $a' TERM\n/app/server --a &\na=$!\n/app/server --b &\nb=$!\nwait\n"
    ),
    "a number overwritten": (
        "/app/server --a &\npid=$!\n/app/server --b &\npid=$!\ntrap 'kill $pid; wait' TERM\nwait\n"
    ),
    "behind a sleep": (
        "trap 'kill $pid; wait $pid; exit' TERM\n/app/server &\npid=$!\n"
        "while :; do\n  sleep 60\ndone\n"
    ),
    "a job's shell": (
        "run() { /app/server; }\ntrap 'kill $pid; wait $pid' TERM\nrun &\npid=$!\nwait\n"
    ),
    "a loop that goes on": (
        "trap 'kill $pid; wait $pid' TERM\n/app/server &\npid=$!\nwhile :; do\n  sleep 60\ndone\n"
    ),
    "long names": "trap 'kill $pid; wait $pid' SIGTERM\n/app/server\n",
}

INLINE = {
    "foreground": "/app/server --port $PORT",
    "wait": "/app/server & wait",
    "more work": "/app/server & wait; echo bye",
    "late trap": "trap 'exit 0' TERM; /app/server",
    "handler without kill": "trap 'exit' TERM; /app/server & wait",
    "handler without wait": "trap 'kill $!' TERM; /app/server & wait",
    "beside exec": "/app/server --worker & exec /app/server",
}


def verdict_after_fixes(folder: Path, script: str | None = None) -> tuple[Verdict, str]:
    """What becomes of the launch once everything is fixed, and the text that does it."""
    session = Session(Files(folder), Options())
    before = session.run(["."])
    assert any(f.severity is Severity.ERROR and f.fix and f.fix.edits for f in before.findings)
    session.fix(["."], Applicability.UNSAFE)
    (story,) = session.scene(["."]).stories
    assert not [p for p in session.problems if p.internal]
    source = session.files.read(script or "Dockerfile")
    assert source is not None
    if script is not None:
        assert not shell.parse(source).errors
    return story.verdict, source.text


@EVERY
@pytest.mark.parametrize("script", SCRIPTS.values(), ids=SCRIPTS)
def test_a_fixed_script_stops_gracefully(script: str, image: str, tmp_path: Path) -> None:
    (tmp_path / "Dockerfile").write_text(
        f'FROM {image}\nCOPY server /app/server\nCOPY run.sh /run.sh\nENTRYPOINT ["/run.sh"]\n'
    )
    (tmp_path / "run.sh").write_text(f"#!/bin/sh\n{script}")
    (tmp_path / "run.sh").chmod(0o755)
    verdict, text = verdict_after_fixes(tmp_path, "run.sh")
    assert verdict is Verdict.GRACEFUL, text


@pytest.mark.parametrize("text", INLINE.values(), ids=INLINE)
@pytest.mark.parametrize("form", ["shell", "exec"])
def test_a_fixed_command_stops_gracefully(text: str, form: str, tmp_path: Path) -> None:
    quoted = text.replace('"', '\\"')
    launch = text if form == "shell" else f'["sh", "-c", "{quoted}"]'
    (tmp_path / "Dockerfile").write_text(
        f"FROM debian:12-slim\nCOPY server /app/server\nCMD {launch}\n"
    )
    verdict, fixed = verdict_after_fixes(tmp_path)
    assert verdict is Verdict.GRACEFUL, fixed


@EVERY
@pytest.mark.parametrize("script", SCRIPTS.values(), ids=SCRIPTS)
def test_a_broken_script_gives_one_error(script: str, image: str, tmp_path: Path) -> None:
    (tmp_path / "Dockerfile").write_text(
        f'FROM {image}\nCOPY server /app/server\nCOPY run.sh /run.sh\nENTRYPOINT ["/run.sh"]\n'
    )
    (tmp_path / "run.sh").write_text(f"#!/bin/sh\n{script}")
    (tmp_path / "run.sh").chmod(0o755)
    found = Session(Files(tmp_path), Options()).run(["."]).findings
    errors = [f.rule.code for f in found if f.severity is Severity.ERROR]
    assert len(errors) == 1, errors
