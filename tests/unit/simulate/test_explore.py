"""A run that goes on from the moment of a decision ends as one that begins anew does."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from launches import Launch, launches
from script_workloads import script_workload

from gracelint.atlas import Atlas
from gracelint.base import signals
from gracelint.base.facts import Known, Unknown
from gracelint.base.source import Span
from gracelint.files.tree import Files
from gracelint.model.options import Options
from gracelint.pages import reader as pages
from gracelint.session.session import Session
from gracelint.simulate import explore as exploring
from gracelint.simulate.explore import explore
from gracelint.syntax.shell import tree

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from gracelint.model.workload import Workload

EXAMPLES = [(page.code, one) for page in pages.load_all() for one in page.examples]


@pytest.fixture(autouse=True)
def _no_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    """Both ways go all ways: they count different amounts of work."""
    monkeypatch.setattr(exploring, "MAX_WORK", 10**9)


@pytest.fixture(scope="session")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("empty")


def workloads(files: Mapping[str, str], folder: Path) -> list[Workload]:
    """The launches of a tree of files, none of which is on the disk."""
    session = Session(Files(folder, overlay=dict(files)), Options())
    return [story.workload for story in session.scene(["."]).stories]


NUMBERS = frozenset({"pid", "pids", "parent", "killed_by", "target"})
"""Fields that hold numbers of processes."""


def plain(value: Any, processes: dict[int, str]) -> Any:
    """A value for comparison: texts and nodes of trees, which every exploration reads for itself,
    by what they say and where they stand; processes by the order in which they are met.
    """
    match value:
        case tree.Node():
            return (type(value), value.start, value.end)
        case Span():
            return value.key
        case tuple() | list():
            return tuple(plain(one, processes) for one in value)
        case dict():
            return {key: plain(one, processes) for key, one in value.items()}
        case _ if hasattr(value, "__match_args__"):
            fields = ((name, getattr(value, name)) for name in value.__match_args__)
            return (
                type(value),
                *(
                    numbered(one, processes) if name in NUMBERS else plain(one, processes)
                    for name, one in fields
                ),
            )
        case _ if hasattr(value, "text"):
            return value.text
    return value


def numbered(value: Any, processes: dict[int, str]) -> Any:
    match value:
        case tuple():
            return tuple(numbered(one, processes) for one in value)
        case int():
            return processes.setdefault(value, f"process {len(processes)}")
    return value


def assert_same(workload: Workload) -> None:
    """All ends, what each rests on, and all that was seen of each stop are the same."""
    stop = workload.stop_signal
    signal = signals.parse(stop.value) if isinstance(stop, Known) else None
    if isinstance(workload.launch.argv, Unknown) or signal is None:
        return
    shell = workload.base.shell.value if isinstance(workload.base.shell, Known) else None
    ways = [
        explore(workload, Atlas(), shell, signal, afresh=afresh).ends for afresh in (False, True)
    ]
    assert [plain(end, {}) for end in ways[0]] == [plain(end, {}) for end in ways[1]]


@pytest.mark.parametrize("launch", tuple(launches()), ids=lambda launch: launch.name)
def test_every_measured_launch_ends_alike_both_ways(launch: Launch, empty: Path) -> None:
    files = dict(launch.files)
    if launch.compose is not None:
        files["compose.yaml"] = launch.compose
    for workload in workloads(files, empty):
        assert_same(workload)


@pytest.mark.parametrize(
    "example", [one for _, one in EXAMPLES], ids=[f"{code}-{one.number}" for code, one in EXAMPLES]
)
def test_every_example_of_the_pages_ends_alike_both_ways(
    example: pages.Example, empty: Path
) -> None:
    for workload in workloads(example.files, empty):
        assert_same(workload)


OPEN = (
    "if unknown --a; then mode=$(cat); else mode=b; fi",
    "while unknown --b; do try; done",
    "until unknown --c; do sleep 1; done",
    "unknown --d || prepare",
    'case "$MODE" in a) serve --e ;; b) exec serve --f ;; *) set -- x ;; esac',
    "for x in $(list); do unknown --g && break; done",
    "[ -f /etc/x ] && . /etc/x",
    "for ((i = 0; i < COUNT; i++)); do unknown --h $((j++)); done",
    "start() { unknown --i || return; /app/server & }",
    "start",
    "out=$(unknown --j || echo k; echo l)",
    "(unknown --l && exit 3)",
    "unknown --m &",
    "trap 'unknown --n && exit; kill $!; wait' TERM",
    "eval 'if unknown --o; then serve; fi'",
    "echo a | while read -r line; do unknown --p; done",
    "set -e",
    "wait",
    "if unknown --q; then echo 'exec /app/server' > /usr/local/bin/serve; fi",
    "serve",
    "exec /app/server",
)


@settings(deadline=None, max_examples=25)
@given(st.lists(st.sampled_from(OPEN), min_size=2, max_size=5), st.sampled_from(["dash", "bash"]))
def test_scripts_that_leave_much_open_end_alike_both_ways(lines: list[str], shell: str) -> None:
    shebang = "#!/bin/bash" if shell == "bash" else "#!/bin/sh"
    assert_same(script_workload("\n".join([shebang, *lines, ""]), shell=shell))


def test_a_decision_is_taken_both_ways() -> None:
    """The likelier way first; a command that nothing is known of is taken to succeed."""
    script = "#!/bin/sh\nif unknown; then exec /app/server; fi\n/app/server\n"
    ends = explore(script_workload(script), Atlas(), "dash", "TERM").ends
    assert [[choice.taken for choice in end.choices] for end in ends] == [[True], [False]]
    first, second = (end.snapshot for end in ends)
    assert first is not None
    assert second is not None
    assert [seen.argv[0].value for seen in first.processes] == ["/app/server"]
    assert [seen.argv[0].value for seen in second.processes] == ["/bin/sh", "/app/server"]


def played(script: str) -> tuple[int, list[list[bool]]]:
    """How many steps the exploration of a bash script takes, and what is decided on each way."""
    workload = script_workload(f"#!/bin/bash\n{script}", shell="bash")
    explored = explore(workload, Atlas(), "bash", "TERM")
    return explored.work, [[choice.taken for choice in end.choices] for end in explored.ends]


POLLS = "/app/server &\nwhile kill -0 $!; do sleep {}; {}done\n"


def test_a_round_that_changes_nothing_is_not_played_on_and_on() -> None:
    steps, _ = played(POLLS.format(1, ""))
    counting, _ = played(POLLS.format(1, "i=$((i + 1)); "))
    assert steps * 5 < counting


TURNS = 'if [ "$x" ]; then x=; else x=1; fi'
LATER = f'if [ "$n" != 11111 ]; then n=1$n; else {TURNS}; fi'


@pytest.mark.parametrize("body", [TURNS, LATER], ids=["at-once", "later"])
def test_each_of_two_rounds_in_turn_may_change_what_the_other_does(body: str) -> None:
    turns, _ = played(POLLS.format(1, f"{body}; "))
    counting, _ = played(POLLS.format(1, "i=$((i + 1)); "))
    assert turns * 3 < counting


@pytest.mark.parametrize(
    "clock",
    ['[ "$SECONDS" -lt 40 ]', '[ "$(date +%s)" -lt "$((began + 40))" ]'],
    ids=["SECONDS", "date"],
)
def test_a_loop_that_looks_at_the_clock_goes_on_until_it_has_seen_enough(clock: str) -> None:
    script = f"#!/bin/bash\nbegan=$(date +%s)\nwhile {clock}; do sleep 1; done\nexec /app/server\n"
    (end,) = explore(script_workload(script, shell="bash"), Atlas(), "bash", "TERM").ends
    assert end.snapshot is not None
    assert [seen.argv[0].value for seen in end.snapshot.processes] == ["/app/server"]


def test_of_a_loop_over_what_is_read_only_ways_that_differ_are_gone() -> None:
    _, ways = played('list | while read -r x; do touch "/tmp/$x"; done\nexec /app/server\n')
    assert ways == [[False], [True, False], [True, True, False]]
