"""make, find and awk start other programs: what they start, and what becomes of a stop."""

from __future__ import annotations

import pytest
from launched import launched

from gracelint.diagnose.tell import tell
from gracelint.model.story import Verdict

RUN = "run:\n\t{line}\n"


@pytest.mark.parametrize(
    ("makefile", "target", "verdict"),
    [
        (RUN.format(line="@/app/server --port 80"), ["run"], Verdict.GRACEFUL),
        (RUN.format(line="/app/server; true"), ["run"], Verdict.KILLED),
        (RUN.format(line="exec /app/server"), ["run"], Verdict.GRACEFUL),
        (RUN.format(line="cd /tmp && /app/server"), ["run"], Verdict.KILLED),
        ("SERVER ?= /app/server\nrun:\n\t$(SERVER)\n", [], Verdict.GRACEFUL),
        ("run: ready\n\t/app/server\nready:\n\techo ready\n", ["run"], Verdict.GRACEFUL),
        ("all:\n\techo built\n", ["all"], Verdict.EXITS),
        (RUN.format(line="$(shell which server)"), ["run"], Verdict.UNKNOWN),
        (RUN.format(line="/app/server --a \\\n\t  --b"), ["run"], Verdict.GRACEFUL),
        ("run:\n\t/app/server --a\n\t/app/server --b\n", ["run"], Verdict.UNKNOWN),
        ("include more.mk\n", ["run"], Verdict.UNKNOWN),
        ("A = $(A)\nrun:\n\t$(A)/app/server\n", ["run"], Verdict.UNKNOWN),
        ("run: again\n\t/app/server\nagain: run\n", ["run"], Verdict.GRACEFUL),
    ],
)
def test_make_passes_term_on_to_the_line_that_stays(
    makefile: str, target: list[str], verdict: Verdict
) -> None:
    workload = launched(["make", *target], {"Makefile": makefile})
    assert tell(workload).verdict is verdict


def test_make_that_only_tells_of_itself_starts_nothing() -> None:
    assert tell(launched(["make", "--version"], {})).verdict is Verdict.EXITS


def test_a_makefile_that_is_not_in_sight_leaves_open_what_it_runs() -> None:
    assert tell(launched(["make", "run"], {})).verdict is Verdict.UNKNOWN


@pytest.mark.parametrize(
    ("command", "verdict"),
    [
        (["find", "/app", "-name", "server", "-exec", "{}", ";"], Verdict.KILLED),
        (["find", "/data", "-exec", "chown", "app", "{}", "+"], Verdict.EXITS),
        (["find", "/data", "-name", "*.sh", "-exec", "{}", ";"], Verdict.EXITS),
        (["awk", 'BEGIN { system("/app/server --port " port) }'], Verdict.KILLED),
        (["awk", 'BEGIN { home = "/app"; system(home "/server") }'], Verdict.KILLED),
        (["awk", "BEGIN { system(command) }"], Verdict.UNKNOWN),
        (["awk", "BEGIN { print 1 }"], Verdict.EXITS),
        (["awk", "-f", "launch.awk"], Verdict.KILLED),
    ],
)
def test_find_and_awk_wait_for_what_they_start(command: list[str], verdict: Verdict) -> None:
    files = {"launch.awk": 'BEGIN {\n  rc = system("/app/server")\n  exit rc\n}\n'}
    assert tell(launched(command, files)).verdict is verdict
