"""Command lines are read alike with and without typer."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gracelint import cli
from gracelint.cli import common, quick
from gracelint.cli.options import COMMANDS, options

if TYPE_CHECKING:
    from collections.abc import Callable

    from conftest import Outcome

ODD = ["-", "--", "a", "b c", "", "GL101,gl5", "--no-such", "-x", "--fix=1", "--color=", "7", "0"]


def asked(arguments: list[str]) -> object:
    """What a command is given for a command line, or the status that it ends with."""
    with pytest.MonkeyPatch.context() as patch:
        given: list[object] = []
        patch.setattr(common, "start", lambda command, it: given.append((command, it)) or 0)
        patch.setattr(sys, "argv", ["gracelint", *arguments])
        status = cli.run()
    return given[0] if given else status


@pytest.mark.parametrize("command", COMMANDS)
@settings(max_examples=40)
@given(data=st.data())
def test_both_read_the_same_words_alike(command: str, data: st.DataObject) -> None:
    names = [option.name for option in options(COMMANDS[command]).values() if option.name]
    words = st.sampled_from([*names, *(f"{name}=x=y" for name in names), *ODD])
    line = [*command.split(), *data.draw(st.lists(words, max_size=6))]
    first = asked(line)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(quick, "read", lambda _: None)
        assert asked(line) == first


@pytest.mark.parametrize("arguments", [[], ["chekc"], ["--version"], ["check", "--help"]])
def test_the_rest_is_left_to_typer(arguments: list[str]) -> None:
    assert quick.read(arguments) is None


TO_STDOUT = "--report sarif=-: it goes into a file; --output-format sarif is printed"
TWICE = "--isolated reads no settings, and --config names some: give one of them"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["chekc"], "there is no command chekc; did you mean `check`?"),
        (["check", "--fxi"], "there is no option --fxi; did you mean `--fix`?"),
        (["check", "--format"], "there is no option --format; did you mean `--output-format`?"),
        (["check", "--hlep"], "there is no option --hlep; did you mean `--help`?"),
        (["check", "-x"], "there is no option -x; --help lists them"),
        (["check", "--jobs", "many"], "--jobs many: give a whole number"),
        (["check", "--jobs", "-1"], "--jobs -1: give 0 or more"),
        (["check", "--fix=yes"], "--fix: it takes no value"),
        (["schema", "x"], "x: no path or name belongs here; see --help"),
        (["--show-completion", "fihs"], "there is no completion for fihs; did you mean `fish`?"),
        (["check", "--report", "sarif=-"], TO_STDOUT),
        (["check", "--isolated", "--config", "x.toml"], TWICE),
        (["check", "--unheard-of"], "there is no option --unheard-of; --help lists them"),
        (["check", "--output-format", "sarfi"], "--output-format sarfi: did you mean `sarif`?"),
        (["trace", "--color", "red"], "--color red: choose one of auto, always, never"),
        (["rule", "missing-inti"], "no rule is called missing-inti; did you mean `missing-init`?"),
        (["check", "--fail-level"], "--fail-level: give it a value; --help shows which"),
    ],
)
def test_every_mistake_is_told_in_one_style(
    run: Callable[..., Outcome], arguments: list[str], said: str
) -> None:
    done = run(*arguments)
    assert (done.status, done.stdout) == (2, "")
    assert done.stderr == f"gracelint: error: {said}\n"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--unsafe-fixes"], "--unsafe-fixes has no effect without --fix or --diff"),
        (["--show-fixes"], "--show-fixes has no effect without --fix"),
        (["--statistics", "--output-format", "junit"], "--statistics prints its table instead"),
        (["--stdin-filename", "Dockerfile"], "--stdin-filename: has no effect without `-`"),
    ],
)
def test_an_option_without_effect_says_so(
    run: Callable[..., Outcome], tmp_path: Path, arguments: list[str], said: str
) -> None:
    (tmp_path / "Dockerfile").write_text(FILES["Dockerfile"])
    assert f"gracelint: note: {said}" in run("check", *arguments).stderr
    assert said not in run("check", "--fix", "--diff").stderr


def test_the_lists_of_commands_are_whole_at_80_columns(
    run: Callable[..., Outcome], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    for group in ([], ["images"]):
        assert "..." not in run(*group, "--help").stdout.partition("Commands:")[2]


def test_another_shell_s_completion_can_be_had(run: Callable[..., Outcome]) -> None:
    assert "complete --command gracelint" in run("--show-completion", "fish").stdout
    assert "Register-ArgumentCompleter" in run("--show-completion", "powershell").stdout


UNWANTED = {"dataclasses", "inspect", "logging", "pydantic", "rich", "typer"}
FILES = {
    "Dockerfile": "FROM debian:12\nCOPY run.sh /\nENTRYPOINT /run.sh\n",
    "run.sh": "#!/bin/sh\ntrap 'kill $!' TERM\nsupervisord -n\n",
    "compose.yaml": "services:\n  web:\n    build: .\n    stop_grace_period: 1m\n",
    "pod.yaml": (
        "apiVersion: v1\nkind: Pod\nmetadata:\n  name: web\nspec:\n  containers:\n"
        "    - name: web\n      image: nginx:1.27\n      lifecycle:\n        preStop:\n"
        "          exec:\n            command: [sleep, '5']\n"
    ),
}
ORDINARY = [
    ["check", "Dockerfile"],
    ["check", "--select", "GL1,GL3", "--output-format", "sarif", "."],
    ["check", "--fix", "--unsafe-fixes", "."],
    ["trace", "."],
    ["rule", "GL101"],
]


@pytest.mark.parametrize("arguments", ORDINARY, ids=" ".join)
def test_no_ordinary_run_loads_what_takes_long_to_load(
    arguments: list[str], tmp_path: Path
) -> None:
    for name, text in FILES.items():
        (tmp_path / name).write_text(text)
    assert loaded(tmp_path, arguments) & UNWANTED == set()


def loaded(folder: Path, arguments: list[str]) -> set[str]:
    """The modules that a run loads."""
    code = (
        f"import sys\nsys.argv = {['gracelint', *arguments]}\n"
        "from gracelint.cli import run\n"
        "run()\n"
        "print('\\n', *sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=folder, capture_output=True, text=True, check=True
    )
    return set(done.stdout.splitlines()[-1].split())


def test_where_nothing_else_needs_typing_nothing_of_ours_does(tmp_path: Path) -> None:
    for name in ("Dockerfile", "run.sh"):
        (tmp_path / name).write_text(FILES[name])
    only_checkout = {"gracelint.atlas.compile"}
    for name in loaded(tmp_path, ["check", "Dockerfile"]) - only_checkout:
        spec = importlib.util.find_spec(name) if name.startswith("gracelint.") else None
        text = Path(spec.origin).read_text(encoding="utf-8") if spec and spec.origin else ""
        assert "\nfrom typing import" not in text, f"{name}: take it from `base.typed`"


def test_what_waits_for_the_end_is_called(tmp_path: Path) -> None:
    (tmp_path / "Dockerfile").write_text("FROM debian:12\nENTRYPOINT /srv/web\n")
    code = (
        "import atexit, sys\nsys.argv = ['gracelint', 'check', 'Dockerfile']\n"
        "atexit.register(print, 'the end')\nfrom gracelint.cli import main\nmain()\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout.splitlines()[-1]) == (1, "the end")
