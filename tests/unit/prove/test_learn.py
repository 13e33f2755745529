"""What was seen, written to settings: everything that was there stays as it was."""

from __future__ import annotations

import tomllib
from typing import TYPE_CHECKING

import pytest

from gracelint.files.tree import Files
from gracelint.model.proof import Lesson
from gracelint.prove.learn import LearnError, agreed, nearest, taught

if TYPE_CHECKING:
    from pathlib import Path

SERVER = Lesson("/app/server", "TERM", "graceful", "it catches SIGTERM")
NODE = Lesson("node server.js", "TERM", "default", "it does not catch SIGTERM")
ON = "Docker 28.2.2, 2026-11-26"


def entry(reaction: str, seen: str) -> dict[str, object]:
    proven = {"kind": "proven", "version": ON, "says": seen}
    return {"signals": {"TERM": reaction}, "evidence": [proven]}


def test_a_file_that_is_new_holds_what_was_learnt() -> None:
    made = tomllib.loads(taught("", "gracelint.toml", [SERVER, NODE], ON))
    assert made["programs"] == {
        "/app/server": entry("graceful", "it catches SIGTERM"),
        "node server.js": entry("default", "it does not catch SIGTERM"),
    }


def test_a_program_of_several_launches_is_written_once() -> None:
    interrupted = Lesson("/app/server", "INT", "fast", "it catches SIGINT")
    lessons, differing = agreed([SERVER, SERVER, interrupted, NODE])
    assert differing == []
    made = tomllib.loads(taught("", "gracelint.toml", lessons, ON))["programs"]
    assert made["/app/server"] == {
        "signals": {"TERM": "graceful", "INT": "fast"},
        "evidence": [
            {"kind": "proven", "version": ON, "says": "it catches SIGTERM"},
            {"kind": "proven", "version": ON, "says": "it catches SIGINT"},
        ],
    }
    assert made["node server.js"] == entry("default", "it does not catch SIGTERM")


def test_of_programs_of_one_name_that_differ_nothing_is_learnt() -> None:
    other = Lesson("/app/server", "TERM", "default", "it does not catch SIGTERM")
    assert agreed([SERVER, other, NODE]) == ([NODE], ["/app/server"])


@pytest.mark.parametrize(
    "text",
    [
        '# ours\nselect = ["GL1"] # few\n\n[severity]\nGL501 = "info"\n',
        '[programs.nginx]\n# slow\nstops-in = 30\n\n[severity]\nGL501 = "info"\n',
        "programs.nginx.stops-in = 30\nignore = []\n",
    ],
    ids=["comments", "another program", "dotted keys"],
)
def test_what_was_there_stays_to_the_byte(text: str) -> None:
    made = taught(text, "gracelint.toml", [SERVER], ON)
    assert made.startswith(text)
    assert tomllib.loads(made)["programs"]["/app/server"]["signals"] == {"TERM": "graceful"}


def test_an_entry_that_is_there_keeps_its_comments_and_what_else_it_says() -> None:
    signals = 'signals = { TERM = "fast", INT = "graceful" }'
    text = f'[programs."/app/server"]\n# mine\n{signals}\nstops-in = 3\n'
    made = taught(text, "gracelint.toml", [SERVER], ON)
    assert "# mine\n" in made
    found = tomllib.loads(made)["programs"]["/app/server"]
    assert found["signals"] == {"TERM": "graceful", "INT": "graceful"}
    assert found["stops-in"] == 3


def test_an_inline_table_of_programs_is_added_to() -> None:
    text = 'programs = { nginx = { stops-in = 3 } } # ours\nignore = ["GL5"]\n'
    made = taught(text, "gracelint.toml", [SERVER], ON)
    assert tomllib.loads(made)["programs"].keys() == {"nginx", "/app/server"}
    assert "# ours" in made


def test_pyproject_has_its_own_table() -> None:
    text = '[project]\nname = "x"\n\n[tool.gracelint]\nignore = ["GL5"]\n'
    made = taught(text, "pyproject.toml", [SERVER], ON)
    assert made.startswith(text)
    assert "/app/server" in tomllib.loads(made)["tool"]["gracelint"]["programs"]


def test_line_ends_stay_what_they_are() -> None:
    made = taught('ignore = ["GL5"]\r\n', "gracelint.toml", [SERVER], ON)
    assert "\n" not in made.replace("\r\n", "")


def test_a_name_that_tries_to_leave_its_place_is_a_key() -> None:
    lesson = Lesson('a"]\n[severity]\nGL101 = "off', "TERM", "graceful", "x\x1b[31m")
    made = tomllib.loads(taught("", "gracelint.toml", [lesson], ON))
    assert made.keys() == {"programs"}
    assert list(made["programs"]) == [lesson.name]


def test_a_table_that_cannot_be_added_to_is_said_to_be_so() -> None:
    text = 'programs = { "/app/server" = { signals = { TERM = "fast" } } }\n'
    assert taught(text, "gracelint.toml", [SERVER], ON)
    with pytest.raises(LearnError, match=r"pyproject\.toml: `programs` is no table"):
        taught("[tool]\ngracelint = { programs = 3 }\n", "pyproject.toml", [SERVER], ON)


def test_the_nearest_settings_hold(tmp_path: Path) -> None:
    (tmp_path / "api").mkdir()
    assert nearest(Files(tmp_path), "api/Dockerfile") == "gracelint.toml"
    (tmp_path / ".gracelint.toml").write_text("")
    assert nearest(Files(tmp_path), "api/Dockerfile") == ".gracelint.toml"
    (tmp_path / "api" / "gracelint.toml").write_text("")
    assert nearest(Files(tmp_path), "api/Dockerfile") == "api/gracelint.toml"
