"""Branches that cannot matter are left out; what can matter is not."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from launched import launched
from launches import Launch, launches

from gracelint.diagnose.tell import tell
from gracelint.files.tree import Files
from gracelint.model.options import Options
from gracelint.model.story import Verdict
from gracelint.session.session import Session
from gracelint.simulate import explore as exploring
from gracelint.simulate.explore import explore
from gracelint.simulate.shell import inert

if TYPE_CHECKING:
    from pathlib import Path

    from gracelint.model.story import Story
    from gracelint.simulate.ends import End

SETUP = """#!/bin/bash
setup() {
    local value="" file=/run/secrets/mode
    if [ -f "$file" ]; then
        value="$(cat "$file")"
    fi
%s
}
%s
exec "$@"
"""


def ends(within: str, behind: str = "setup") -> tuple[End, ...]:
    """The ends of a script whose function reads a file that nobody knows."""
    workload = launched(
        ["/srv/run.sh", "nginx", "-g", "daemon off;"], {"run.sh": SETUP % (within, behind)}
    )
    return explore(workload, exploring.atlas.Atlas(), "dash", "TERM").ends


def asked(within: str, behind: str = "setup") -> bool:
    """Whether it is asked which way the branch goes."""
    words = {choice.words for end in ends(within, behind) for choice in end.choices}
    return '[ -f "$file" ]' in words


@pytest.mark.parametrize(
    "within",
    [
        '    echo "mode: $value"',
        '    case "$value" in\n    on) echo on >> /etc/app.conf ;;\n    *) : ;;\n    esac',
        '    if [ "$value" = on ]; then\n        printf on >&2\n    fi',
        "    value=on\n    mkdir -p /data",
    ],
)
def test_what_a_function_keeps_to_itself_is_not_decided(within: str) -> None:
    assert not asked(within)


@pytest.mark.parametrize(
    ("within", "behind"),
    [
        ("    exec $value app", "setup"),
        ("    exec ${!1:-other} app", "setup value"),
        ("    exec ${!1} app", "setup value"),
        ('    [ -n "$value" ] && exit 0', "setup"),
        ("    export value\n    /opt/start", "setup"),
        ('    eval "echo \\$$1"', "setup value"),
        ("    other", 'other() { [ "$value" = on ] && exit 0; }\nsetup'),
        ("    trap 'echo \"$value\"; exit 0' TERM", "setup"),
        ('    echo "$value"', 'mode="$(setup)"\n[ "$mode" = on ] && exit 0'),
        ('    echo "$value" | grep -q on && exit 0', "setup"),
    ],
)
def test_what_others_come_to_see_is_decided(within: str, behind: str) -> None:
    assert asked(within, behind)


def test_a_file_that_is_run_later_may_have_been_written_in_a_branch() -> None:
    within = """    case "$value" in
    on) echo "exec sleep 1000" >> /srv/mode.sh ;;
    *) : ;;
    esac"""
    found = ends(within, "setup\n[ -f /srv/mode.sh ] && . /srv/mode.sh")
    assert any('[ -f "$file" ]' in {c.words for c in end.choices} for end in found)


def test_a_branch_that_prints_is_decided_where_somebody_reads_it() -> None:
    script = """#!/bin/bash
mode=$(if [ -f /etc/app.on ]; then echo a; else echo b; fi)
if [ "$mode" = "" ]; then
    exec nginx
fi
exec nginx -g "daemon off;"
"""
    assert tell(launched(["/srv/run.sh"], {"run.sh": script})).verdict is not Verdict.EXITS


def test_a_local_variable_of_unknown_value_is_neither_exported_nor_kept() -> None:
    script = """#!/bin/bash
TINI=
choose() { local TINI=$(cat /etc/tini); }
choose
exec $TINI nginx -g "daemon off;"
"""
    story = tell(launched(["/srv/run.sh"], {"run.sh": script}))
    assert story.verdict is not Verdict.UNKNOWN, story.reason


@pytest.fixture(scope="session")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("empty")


def stories(launch: Launch, folder: Path) -> list[Story]:
    """What is told of a measured launch."""
    files = dict(launch.files)
    if launch.compose is not None:
        files["compose.yaml"] = launch.compose
    session = Session(Files(folder, overlay=files), Options())
    return session.scene(["."]).stories


OF_FUNCTIONS = [one for one in launches() if any("local " in t for t in one.files.values())]


@pytest.mark.parametrize("launch", OF_FUNCTIONS, ids=lambda launch: launch.name)
def test_leaving_branches_out_changes_nothing_that_is_told(
    launch: Launch, empty: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = [(story.verdict, story.reason) for story in stories(launch, empty)]
    monkeypatch.setattr(inert, "_dropped", lambda *_: False)
    assert told == [(story.verdict, story.reason) for story in stories(launch, empty)]
