"""What the rules about scripts say and leave alone, beyond the examples on their pages."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from gracelint.files.tree import Files
from gracelint.model.finding import Severity
from gracelint.model.options import Options
from gracelint.session.session import Session

if TYPE_CHECKING:
    from pathlib import Path

    from gracelint.model.finding import Finding

JOB = '/app/server &\npid=$!\nwait "$pid"\n'
STOP = 'trap \'kill "$pid"; wait "$pid"; exit\' TERM\n'


@pytest.fixture
def findings(tmp_path: Path):
    def check(script: str, image: str = "debian:12-slim", more: str = "") -> list[Finding]:
        (tmp_path / "Dockerfile").write_text(
            f"FROM {image}\nCOPY server /app/server\nCOPY run.sh /run.sh\n{more}"
            'ENTRYPOINT ["/run.sh"]\n'
        )
        (tmp_path / "run.sh").write_text(f"#!/bin/sh\n{script}")
        (tmp_path / "run.sh").chmod(0o755)
        session = Session(Files(tmp_path), Options())
        found = session.run(["."]).findings
        assert not [p.message for p in session.problems if p.internal]
        return [f for f in found if f.rule.code.startswith("GL2")]

    return check


def codes(found: list[Finding]) -> list[str]:
    return [f.rule.code for f in found]


# What is found ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("script", "where", "why"),
    [
        ("while true; do /app/server; sleep 1; done", "/app/server", "would start it again"),
        ("while true; do date; sleep 5; done", "sleep 5", "has no trap for SIGTERM"),
        ("while true; do sleep 5; date; done", "sleep 5", "has no trap for SIGTERM"),
        ("sleep 9; while true; do echo $(date); sleep 0.5; done", "sleep 0.5", "has no trap"),
        ("while true; do date; sleep $((RANDOM % 5)); done", "sleep", "has no trap for SIGTERM"),
    ],
)
def test_a_loop_is_found_where_it_spends_its_time(script, where, why, findings) -> None:
    (found,) = findings(f"{script}\n")
    assert found.rule.code == "GL216"
    assert found.primary.span.text.startswith(where)
    assert why in found.message


@pytest.mark.parametrize("name", ["KILL", "SIGKILL", "9", "STOP", "kill"])
def test_no_trap_can_be_set_for(name: str, findings) -> None:
    (found,) = findings(f"{STOP}trap 'echo bye' {name}\n{JOB}", "fedora:40")
    assert found.rule.code == "GL208"
    assert found.primary.span.text == name


@pytest.mark.parametrize("name", ["TERM", "EXIT", "0", "INT HUP", "ERR"])
def test_a_trap_may_be_set_for(name: str, findings) -> None:
    assert codes(findings(f"trap 'echo bye' {name}\n{STOP}{JOB}")) == []


@pytest.mark.parametrize(
    "script",
    [
        "exec /app/server\nrm -f /run/pid\n",
        "if true; then\n  exec /app/server\n  rm -f /run/pid\nfi\nexec /app/server\n",
        "exec -- /app/server; cleanup\n",
        'app=/app/server\nexec "$app"\nkill "$other"\n',
    ],
)
def test_what_stands_behind_exec_never_runs(script: str, findings) -> None:
    assert "GL211" in codes(findings(script))


@pytest.mark.parametrize(
    "script",
    [
        "exec 2>&1\nmkdir -p /run/x\nexec /app/server\n",
        "exec /app/server || exit 1\nrm -f /x\n",
        "[ -e /x ] && exec /app/server\nexec /app/server --x\n",
        "exec /app/server\necho failed >&2\nexit 126\n",
        'exec "$@"\nrm -f /x\n',
        "(exec true)\nexec /app/server\n",
        "exec /app/server\nlater() { rm -f /x; }\n",
    ],
)
def test_what_may_run_behind_exec(script: str, findings) -> None:
    assert "GL211" not in codes(findings(script))


@pytest.mark.parametrize(
    "trap",
    ["trap 'rm -f /x' EXIT", 'trap "rm -f $file" TERM', "clean() { rm -f /x; }\ntrap clean 0"],
)
def test_exec_discards(trap: str, findings) -> None:
    assert codes(findings(f"{trap}\nexec /app/server\n")) == ["GL212"]


@pytest.mark.parametrize(
    "before",
    [
        "trap 'exit 1' INT TERM",
        "trap 'echo failed' ERR",
        "trap '' HUP",
        "trap 'rm -f /x' EXIT\ntrap - EXIT",
        "stop() { echo stopped; exit 1; }\ntrap stop TERM",
        "trap 'kill $pid' EXIT\n/app/server --setup &\npid=$!\nkill $pid\nwait $pid",
    ],
)
def test_exec_may_discard(before: str, findings) -> None:
    assert "GL212" not in codes(findings(f"{before}\nexec /app/server\n", "fedora:40"))


@pytest.mark.parametrize(
    ("seconds", "severity"),
    [("60", Severity.ERROR), ("infinity", Severity.ERROR), ("5", Severity.WARNING), ("0.5", None)],
)
def test_how_bad_a_sleep_is(seconds: str, severity: Severity | None, findings) -> None:
    found = findings(f"{STOP}/app/server &\npid=$!\nwhile :; do sleep {seconds}; done\n")
    assert [f.severity for f in found] == ([severity] if severity else [])
    assert codes(found) == (["GL215"] if severity else [])


def test_a_sleep_that_can_be_interrupted_is_fine(findings) -> None:
    script = f"{STOP}/app/server &\npid=$!\nwhile :; do sleep 60 & wait $!; done\n"
    assert codes(findings(script)) == []


def test_no_fix_takes_away_what_the_handler_asks_for(findings) -> None:
    script = "trap 'kill $!; wait $!; exit' TERM\n/app/server &\nwhile :; do sleep 60; done\n"
    (found,) = findings(script)
    assert found.rule.code == "GL215"
    assert found.fix is None


@pytest.mark.parametrize(
    "script",
    [
        "trap 'exit 0' TERM\n/app/server | tee /tmp/log\n",
        "trap 'exit 0' TERM\nif /app/server; then echo up; fi\n",
        "trap : TERM\nwhile :; do\n  /app/server\ndone\n",
        "trap : TERM\ncd /app && ./server\n",
    ],
)
def test_no_edit_where_the_background_means_something_else(script: str, findings) -> None:
    (found,) = [f for f in findings(script) if f.severity is Severity.ERROR]
    assert not any(fix.edits for fix in found.fixes)


def test_the_name_that_is_left_out_is_the_first_one_that_dash_rejects(findings) -> None:
    (found,) = findings(f"trap 'kill $pid; wait $pid' SIGTERM INT\n{JOB}")
    assert (found.rule.code, found.primary.span.text) == ("GL217", "SIGTERM")


def test_the_trap_for_a_signal_that_is_no_stop_is_no_trap(findings) -> None:
    assert codes(findings(f"trap 'echo child' CHLD\n{JOB}")) == ["GL203"]


@pytest.mark.parametrize(
    ("script", "words"),
    [
        (f"trap 'kill $pid; wait $pid' TERM\n{JOB}while :; do sleep 0.1; done\n", "goes on"),
        ("trap 'sleep 99; exit' TERM\n/app/server &\nwait\n", "has not signalled"),
        ("trap 'kill -USR2 $!' TERM\n/app/server &\nwait\n", "sends USR2"),
    ],
)
def test_what_a_handler_does_wrong(script: str, words: str, findings) -> None:
    (found,) = findings(script)
    assert words in found.message


def test_a_shell_in_the_background_is_named(findings) -> None:
    (found,) = findings(
        "run() { /app/server; }\ntrap 'kill $pid; wait $pid' TERM\nrun &\npid=$!\nwait\n"
    )
    assert found.rule.code == "GL201"
    assert found.message.startswith("a shell in the background stays")


def test_the_finding_leads_from_the_trap_to_the_launch(findings) -> None:
    (found,) = findings("trap 'kill $pid' TERM\n/app/server\n")
    assert [label.message for label in found.related] == ["set here", "PID 1"]
    assert [label.span.source.path for label in found.related] == ["run.sh", "Dockerfile"]


def test_an_option_that_not_every_dash_knows_leaves_open_what_follows(findings) -> None:
    script = "set -euo pipefail\n/app/server\n"
    assert not [f for f in findings(script) if f.severity is not Severity.INFO]
    assert [f.rule.code for f in findings(script, "alpine:3.22")] == ["GL201"]


@pytest.mark.parametrize(
    ("init", "advice"),
    [
        ("tini -- nginx -g 'daemon off;'", "Start `tini` in front of the script"),
        ("supervisord -n -c /etc/s.conf", "Start an init in front"),
    ],
)
def test_a_supervisor_is_no_init_to_put_in_front_of_a_script(init: str, advice: str) -> None:
    files = {
        "Dockerfile": 'FROM debian:12\nCOPY run.sh s.conf /etc/\nENTRYPOINT ["/etc/run.sh"]\n',
        "run.sh": f"#!/bin/sh\nuntil nc -z db 5432; do sleep 1; done\nexec {init}\n",
        "s.conf": "[program:a]\ncommand=nginx -g 'daemon off;'\nstopsignal=QUIT\n",
    }
    found = Session(Files("/nowhere", overlay=files), Options()).run([""]).findings
    [late] = [one for one in found if one.rule.code == "GL407"]
    assert late.fixes[0].title.startswith(advice)
