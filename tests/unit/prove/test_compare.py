"""Predicted processes found again among those that were seen, and what follows from that."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from gracelint.base.values import replace
from gracelint.files.tree import Files
from gracelint.model.options import Options
from gracelint.model.proof import Observed, Proof, Seen, Signals, Witness
from gracelint.model.story import Verdict
from gracelint.prove import compare
from gracelint.report.prove import words
from gracelint.session.session import Session

if TYPE_CHECKING:
    from pathlib import Path

    from gracelint.model.story import Story

CATCHES = Signals(caught=frozenset({"TERM"}))
SHELL = "FROM debian:12-slim\nCOPY server /app/\nENTRYPOINT /app/server --all\n"


def story(folder: Path, dockerfile: str) -> Story:
    (folder / "Dockerfile").write_text(dockerfile)
    return Session(Files(folder), Options()).scene([""]).stories[0]


def seen(pid: int, parent: int | None, *words: str, **more: object) -> Witness:
    return Witness(pid, parent, words, **more)  # type: ignore[arg-type]


def stop(kind: Seen, *processes: Witness) -> Observed:
    return Observed(kind, "SIGTERM", 10, 1.0, 0, processes)


@pytest.mark.parametrize(
    "words",
    [
        ("/app/server", "--all"),
        ("python3", "/app/server", "--all"),
        ("/app/server: master process",),
        ("/app/server --all",),
    ],
    ids=["as predicted", "behind its interpreter", "renamed", "as ps shows it"],
)
def test_a_process_is_found_again(tmp_path: Path, words: tuple[str, ...]) -> None:
    tree = story(tmp_path, SHELL).tree
    shell, app = seen(7, None, "/bin/sh", "-c", "/app/server --all"), seen(9, 7, *words)
    found = {process.pid: witness for process, witness in compare.paired(tree, [shell, app])}
    assert list(found.values()) == [shell, app]


def test_what_began_during_the_stop_is_none_that_was_predicted(tmp_path: Path) -> None:
    tree = story(tmp_path, SHELL).tree
    assert compare.paired(tree, [seen(7, None, "/app/server", "--all", later=True)]) == ()


@pytest.mark.parametrize(
    ("told_", "kind", "agrees"),
    [
        (Verdict.GRACEFUL, Seen.GRACEFUL, True),
        (Verdict.CUT_OFF, Seen.GRACEFUL, True),
        (Verdict.GRACEFUL, Seen.KILLED, False),
        (Verdict.ABANDONED, Seen.UNCLEAR, None),
        (Verdict.KILLED, Seen.UNCLEAR, False),
        (Verdict.UNKNOWN, Seen.KILLED, None),
        (Verdict.EXITS, Seen.EXITS, True),
    ],
)
def test_whether_a_prediction_came_true(
    tmp_path: Path, told_: Verdict, kind: Seen, agrees: bool | None
) -> None:
    made = replace(story(tmp_path, SHELL), verdict=told_)
    assert compare.agrees(made, stop(kind)) is agrees


def test_only_applications_count_and_placeholders_where_there_is_nothing_else() -> None:
    shell, app = seen(1, None, "/bin/sh", "-c", "x"), seen(2, 1, "/srv/web")
    idle = seen(3, 1, "sleep", "1000")
    counts = compare.counting(None)
    assert [one.counts for one in counts((shell, app, idle))] == [False, True, False]
    assert [one.counts for one in counts((shell, idle))] == [False, True]


EXEC = 'FROM debian:12-slim\nCOPY --from=build /srv/web /srv/web\nENTRYPOINT ["/srv/web"]\n'


@pytest.mark.parametrize(
    ("signals", "exit_", "reaction"),
    [
        (CATCHES, 0, "graceful"),
        (CATCHES, 143, "graceful"),
        (CATCHES, 2, "graceful"),
        (CATCHES, -15, "default"),
        (CATCHES, -9, None),
        (CATCHES, None, None),
        (Signals(), -15, "default"),
        (Signals(ignored=frozenset({"TERM"})), -9, "nothing"),
        (None, 0, None),
    ],
)
def test_what_is_learnt_of_a_program_that_is_not_pid_1(
    signals: Signals | None, exit_: int | None, reaction: str | None
) -> None:
    witness = seen(5, 1, "/srv/web", signals=signals, exit=exit_)
    assert compare.reaction(witness, "TERM", stop(Seen.GRACEFUL, witness)) == reaction


@pytest.mark.parametrize(
    ("after", "grace", "reaction"),
    [
        (CATCHES, 10, "nothing"),
        (CATCHES, 2, None),
        (Signals(), 2, "default"),
        (Signals(ignored=frozenset({"TERM"})), 10, None),
        (None, 10, None),
    ],
    ids=["still catches it", "had little time", "as node", "cleans up", "was not looked at"],
)
def test_what_is_learnt_of_pid_1_that_catches_the_signal_and_stays_to_the_end(
    after: Signals | None, grace: int, reaction: str | None
) -> None:
    witness = seen(5, None, "/srv/web", signals=CATCHES, after=after, exit=-9)
    made = replace(stop(Seen.KILLED, witness), grace=grace)
    assert compare.reaction(witness, "TERM", made) == reaction


def test_a_go_program_without_a_handler_ends_at_once_as_pid_1() -> None:
    witness = seen(5, None, "/srv/web", signals=CATCHES, exit=2)
    assert compare.reaction(witness, "TERM", stop(Seen.GRACEFUL, witness)) == "fast"


def test_an_assumption_is_held_against_what_was_seen(tmp_path: Path) -> None:
    made = story(tmp_path, EXEC)
    bare = seen(5, None, "/srv/web", signals=Signals(), exit=-9, ended=10.0)
    pairs = compare.paired(made.tree, [bare])
    (held,) = compare.held(made, stop(Seen.KILLED, bare), pairs, None)
    assert held.held is False
    assert held.seen == "it does not catch SIGTERM; killed by SIGKILL after 10.0 s"
    (lesson,) = compare.lessons(made, stop(Seen.KILLED, bare), pairs)
    assert (lesson.name, lesson.reaction) == ("/srv/web", "default")


def test_an_assumption_that_holds_is_worth_learning(tmp_path: Path) -> None:
    made = story(tmp_path, EXEC)
    good = seen(5, None, "/srv/web", signals=CATCHES, exit=0, ended=0.4)
    pairs = compare.paired(made.tree, [good])
    assert [one.held for one in compare.held(made, stop(Seen.GRACEFUL, good), pairs, None)] == [
        True
    ]
    (lesson,) = compare.lessons(made, stop(Seen.GRACEFUL, good), pairs)
    assert lesson.reaction == "graceful"


def test_behind_an_interpreter_a_program_is_called_by_what_it_runs(tmp_path: Path) -> None:
    text = 'FROM python:3.12\nCMD ["/usr/bin/python3", "-u", "app.py", "--port", "80"]\n'
    (process,) = [p for p in story(tmp_path, text).tree.walk() if p.role == "app"]  # type: ignore[union-attr]
    assert compare.learnt_name(process) == "python3 -u app.py"


def test_what_is_known_without_proof_is_held_against_what_was_seen(tmp_path: Path) -> None:
    made = story(tmp_path, 'FROM debian:12\nCMD ["act_runner", "daemon"]\n')
    good = seen(5, None, "act_runner", "daemon", signals=CATCHES, exit=0, ended=0.4)
    pairs = compare.paired(made.tree, [good])
    held = compare.held(made, stop(Seen.GRACEFUL, good), pairs, None)
    (stops,) = (one for one in held if "stops on SIGTERM" in one.text)
    assert stops.held is True


@pytest.mark.parametrize(
    ("command", "kind", "agrees"),
    [
        ('["sleep", "100"]', Seen.KILLED, None),
        ('["sleep", "100"]', Seen.EXITS, True),
        ('["echo", "100"]', Seen.KILLED, False),
    ],
)
def test_nobody_waits_for_the_end_of_a_sleep(
    tmp_path: Path, command: str, kind: Seen, agrees: bool | None
) -> None:
    told = story(tmp_path, f"FROM debian:12-slim\nCMD {command}\n")
    assert told.verdict is Verdict.EXITS
    assert compare.agrees(told, stop(kind)) is agrees


def test_what_was_stopped_before_its_end_is_said(tmp_path: Path) -> None:
    told = story(tmp_path, 'FROM debian:12-slim\nCMD ["sleep", "1m"]\n')
    proof = Proof("a", "engine", story=told, observed=stop(Seen.KILLED))
    assert "`sleep` of 60 s" in words.unseen(proof)
    assert words.unseen(replace(proof, observed=stop(Seen.EXITS))) == ""
