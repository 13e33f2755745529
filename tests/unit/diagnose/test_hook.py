from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gracelint.atlas import Atlas
from gracelint.base.facts import Known, Unknown, Word
from gracelint.base.source import Source
from gracelint.diagnose import hook
from gracelint.model.workload import Command, Hook
from gracelint.syntax.yaml import parse as yaml

ENV = {"DELAY": Word("12"), "SECRET": Word(None, reason="a Secret")}


def command(*words: str) -> Command:
    source = Source("x", "\n".join(words))
    at, made = 0, []
    for word in words:
        span = source.span(at, at + len(word))
        made.append(Word(word, span, Source("x", word)))
        at += len(word) + 1
    whole = source.span(0, len(source.text))
    return Command("preStop", "exec", whole, whole, tuple(made))


def pre_stop(*words: str) -> Hook:
    made = command(*words)
    return Hook("preStop", "exec", made.span, made)


def seconds(*words: str) -> float:
    known = hook.duration(pre_stop(*words), ENV)
    assert isinstance(known, Known)
    return known.value


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["sleep", "5"], 5),
        (["/bin/sleep", "1m"], 60),
        (["busybox", "sleep", "0.5"], 0.5),
        (["sleep", "1m", "30s"], 90),
        (["sleep", "soon"], 0),
        (["sleep"], 0),
        (["/drain"], 0),
    ],
)
def test_a_sleep_takes_as_long_as_it_says(words, expected):
    assert seconds(*words) == expected


@pytest.mark.parametrize(
    ("script", "expected"),
    [
        ("sleep 5", 5),
        ("sleep 5; sleep 2", 7),
        ("nginx -s quit && sleep 5", 5),
        ("nginx -s quit || sleep 5", 0),
        ("sleep 5 || true", 5),
        ("sleep 5 &", 0),
        ("{ sleep 5; }; (sleep 1)", 6),
        ("sleep $DELAY", 12),
        ("sleep ${DELAY:-3}", 12),
        ("sleep $SECRET", 0),
        ("sleep $NONE", 0),
        ("for i in 1 2 3; do sleep 2; done", 6),
        ("for i in $(seq 10); do sleep 2; done", 20),
        ("for i in $(seq 1 10); do sleep 2; done", 20),
        ("for i in $(seq 10); do sleep 2; check && break; done", 0),
        ("for i in {1..4}; do sleep 2; done", 8),
        ("for i in $LIST; do sleep 2; done", 0),
        ("while true; do sleep 1; done", 0),
        ("i=0; while [ $i -lt 14 ]; do sleep 2; i=$((i+1)); done", 28),
        ('i=1; while test "$i" -le 3; do sleep 2; i=$((i + 1)); done', 6),
        ("i=0; while [ $i -lt 14 ]; do sleep 2; done", 0),
        ("i=0; while [ $i -lt 14 ]; do sleep 2; i=$((i+2)); done", 0),
        ("while [ $i -lt 14 ]; do sleep 2; i=$((i+1)); done", 0),
        ("i=0; while [ $i -lt 9 ]; do sleep 2; up || break; i=$((i+1)); done", 0),
        ("i=0; until [ $i -lt 9 ]; do sleep 2; i=$((i+1)); done", 0),
        ("for ((i=0; i < 4; i++)); do sleep 2; done", 8),
        ("for ((i=0; i < 4; i=f)); do sleep 2; done", 0),
        ("if up; then sleep 9; fi", 0),
        ("if up; then exit 0; fi; sleep 9", 0),
        ("up || exit 0; sleep 9", 0),
        ("exit 0; sleep 9", 0),
        ("exec sleep 9", 9),
        ("! sleep 3", 3),
        ("sleep 3 | cat", 0),
        ("", 0),
        ("if", 0),
    ],
)
def test_a_script_takes_at_least_the_sleeps_that_it_surely_comes_to(script, expected):
    assert seconds("sh", "-c", script) == expected
    assert seconds("/bin/bash", "-e", "-o", "pipefail", "-c", script) == expected


STEPS = st.tuples(st.sampled_from(["sleep 2", "sync", "sleep 1s"]), st.sampled_from(";\n"))


@given(st.lists(STEPS))
def test_sleeps_in_a_row_add_up(parts):
    script = "".join(f"{word} {end} " for word, end in parts) + "true"
    total = sum({"sleep 2": 2, "sleep 1s": 1}.get(word, 0) for word, _ in parts)
    assert seconds("sh", "-c", script) == total


def test_other_handlers_say_it_themselves_or_not_at_all():
    span = Source("x", "sleep").span(0, 5)
    sleep = Hook("preStop", "sleep", span, seconds=Known(7.0))
    assert hook.duration(sleep, {}) == Known(7.0)
    assert isinstance(hook.duration(Hook("preStop", "httpGet", span), {}), Unknown)


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["sh", "-c", "a b; c && d"], [["a", "b"], ["c"], ["d"]]),
        (["a", "b"], [["a", "b"]]),
        (["sh", "script"], [["sh", "script"]]),
        (["sh", "-c", "while a; do b; done"], None),
        (["sh", "-c", "a & b"], None),
    ],
)
def test_commands_in_a_row_are_listed(words, expected):
    assert hook.commands(command(*words)) == expected


def test_all_commands_are_listed_wherever_they_stand():
    words = hook.all_commands(command("sh", "-c", "if a; then kill -QUIT 1; fi; x=1"))
    assert words == [["a"], ["kill", "-QUIT", "1"]]


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["kill", "1"], ("TERM", ["1"])),
        (["/bin/kill", "-s", "QUIT", "1"], ("QUIT", ["1"])),
        (["kill", "-SIGHUP", "--", "1", "2"], ("HUP", ["1", "2"])),
        (["kill", "-9", "5"], ("KILL", ["5"])),
        (["kill", None], None),
        (["killall", "x"], None),
        ([], None),
    ],
)
def test_a_kill_is_taken_apart(words, expected):
    assert hook.killed(words) == expected


def test_a_script_in_a_manifest_is_timed_through_its_writing():
    text = "a:\n- sh\n- -c\n- |\n  drain\n  sleep 4\n"
    [document] = yaml.parse(Source("x.yaml", text)).documents
    assert document.root is not None
    words = tuple(Word(n.value, n.span, n.text()) for n in document.root.sequence("a"))
    made = Command("preStop", "exec", document.span, document.span, words)
    known = hook.duration(Hook("preStop", "exec", document.span, made), {})
    assert isinstance(known, Known)
    assert (known.value, known.assumed) == (4.0, True)


@pytest.mark.parametrize(
    ("script", "waits"),
    [
        ("nginx -s quit; while pgrep nginx; do :; done", True),
        ("nginx -s quit; until ! pgrep nginx; do :; done", True),
        ("nginx -s quit; sleep 5", True),
        ("nginx -s quit; tail --pid=1 -f /dev/null", True),
        ("nginx -s quit", False),
        ("nginx -s quit; echo told", False),
        ("sleep 5; nginx -s quit", False),
        ("nginx -s stop; sleep 5", False),
        ("while pgrep nginx; do :; done", False),
    ],
)
def test_a_hook_waits_for_what_it_has_asked_for(script, waits):
    program = Atlas().program([Word("nginx")])
    assert program is not None
    assert hook.stops_and_waits(command("sh", "-c", script), program) is waits
