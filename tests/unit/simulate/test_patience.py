"""How handlers wait until what they have told to stop is gone."""

from __future__ import annotations

import pytest
from script_workloads import script_workload

from gracelint.diagnose.tell import tell
from gracelint.model.story import Verdict

PATIENT = (
    "while jobs %1 >/dev/null 2>&1; do sleep 0.2; done",
    'while [ -n "$(jobs -r)" ]; do sleep 0.2; done',
    "SECONDS=0; while kill -0 $pid && (( SECONDS < 8 )); do sleep 0.2; done",
    "end=$((EPOCHSECONDS + 8)); while kill -0 $pid && ((EPOCHSECONDS < end)); do sleep 1; done",
    "while cat /proc/$pid/status >/dev/null 2>&1; do sleep 0.2; done",
    "while ls /proc/$pid >/dev/null 2>&1; do sleep 0.2; done",
    "waitpid $pid",
    "pidwait server",
    "mkfifo /tmp/p; exec 3<>/tmp/p; while kill -0 $pid; do read -t 0.5 -u 3; done",
)
HASTY = (
    "jobs %1 >/dev/null",
    "SECONDS=0; while kill -0 $pid && (( SECONDS > 8 )); do sleep 0.2; done",
    "ls /proc/$pid",
    "waitpid 4000000",
)


def verdict(waiting: str) -> Verdict:
    script = f"#!/bin/bash\nstop() {{ kill $pid; {waiting}; exit 0; }}\n/app/server &\npid=$!\n"
    return tell(script_workload(script + "trap stop TERM\nwait\n", shell="bash")).verdict


@pytest.mark.parametrize("waiting", PATIENT)
def test_a_handler_that_waits_is_graceful(waiting: str) -> None:
    assert verdict(waiting) is Verdict.GRACEFUL


@pytest.mark.parametrize("waiting", HASTY)
def test_a_handler_that_does_not_wait_abandons_the_application(waiting: str) -> None:
    assert verdict(waiting) is Verdict.ABANDONED


@pytest.mark.parametrize(
    "waiting",
    [
        "while kill -0 $pid && is-there $(date); do sleep 0.2; done",
        "until is-gone $pid || ! kill -0 $pid; do sleep 0.2; done",
        "if is-quick; then exit; fi; wait $pid",
    ],
)
def test_what_decides_and_is_not_known_leaves_the_verdict_open(waiting: str) -> None:
    assert verdict(waiting) in {Verdict.UNKNOWN, Verdict.GRACEFUL}


def test_what_is_not_known_and_decides_nothing_changes_nothing() -> None:
    assert verdict("if is-quick; then log a; else log b; fi") is Verdict.ABANDONED
