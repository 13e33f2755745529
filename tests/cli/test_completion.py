"""Completion, asked for as each shell asks; with the shells themselves where they are there."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from gracelint.cli import shells
from gracelint.report import FORMATS

if TYPE_CHECKING:
    from pathlib import Path

SHELLS = ("bash", "zsh", "fish", "powershell")


@pytest.fixture
def program(tmp_path: Path) -> Path:
    folder = tmp_path / "bin"
    folder.mkdir()
    command = folder / "gracelint"
    command.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m gracelint "$@"\n')
    command.chmod(0o755)
    return folder


def ran(program: Path, *words: str, **environment: str) -> str:
    path = f"{program}{os.pathsep}{os.environ['PATH']}"
    done = subprocess.run(
        words or ["gracelint"],
        env=os.environ | {"PATH": path} | environment,
        cwd=program.parent,
        capture_output=True,
        text=True,
        check=False,
    )
    assert "Traceback" not in done.stderr, done.stderr
    return done.stdout


def script(program: Path, shell: str) -> str:
    return ran(program, "gracelint", "--show-completion", shell)


def offered(program: Path, line: str, shell: str = "bash") -> list[str]:
    """The words that a shell is given for the last one of a line."""
    environment = {"_GRACELINT_COMPLETE": f"complete_{shell}"}
    if shell == "bash":
        environment |= {"COMP_WORDS": line, "COMP_CWORD": str(line.count(" "))}
    else:
        environment |= {"_TYPER_COMPLETE_ARGS": line, "_TYPER_COMPLETE_FISH_ACTION": "get-args"}
        environment |= {"_TYPER_COMPLETE_WORD_TO_COMPLETE": line.rpartition(" ")[2]}
    return ran(program, **environment).splitlines()


@pytest.mark.parametrize("shell", SHELLS)
def test_each_shell_has_a_script(program: Path, shell: str) -> None:
    assert "_GRACELINT_COMPLETE" in script(program, shell)


@pytest.mark.parametrize("shell", SHELLS)
def test_every_shell_is_offered_formats(program: Path, shell: str) -> None:
    text = "\n".join(offered(program, "gracelint check --output-format ", shell))
    assert all(name in text for name in FORMATS)


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("gracelint check --select GL10", {"GL101", "GL102"}),
        ("gracelint check --ignore gl10", {"gl101", "gl102"}),
        ("gracelint check --select shell-form", {"shell-form-entrypoint"}),
        ("gracelint check --select GL2,GL10", {"GL2,GL101", "GL2,GL102"}),
        ("gracelint rule GL10", {"GL101", "GL102"}),
        ("gracelint rule shell-form", {"shell-form-entrypoint", "shell-form-cmd"}),
        ("gracelint check --fail-level ", {"error", "warning", "info"}),
        ("gracelint trace --output-format m", {"mermaid"}),
        ("gracelint check --report sar", {"sarif="}),
        ("gracelint check --unsafe", {"--unsafe-fixes"}),
        ("gracelint sche", {"schema"}),
        ("gracelint images l", {"list", "lock"}),
        ("gracelint prove --engine p", {"podman"}),
        ("gracelint prove --output-format ", {"text", "json", "markdown"}),
    ],
)
def test_words(program: Path, line: str, words: set[str]) -> None:
    assert words <= set(offered(program, line))


def test_nothing_else_is_offered_for_files(program: Path) -> None:
    """Shells then offer files by themselves; fish does not, and is given them."""
    (program.parent / "a folder").mkdir()
    assert offered(program, "gracelint check --config ") == [""]
    assert offered(program, "gracelint check ", "zsh") == ["_files"]
    assert offered(program, "gracelint check a", "fish") == ["a folder/"]


def test_in_bash_itself(program: Path) -> None:
    lines = [script(program, "bash"), "COMP_WORDS=(gracelint rule GL10)", "COMP_CWORD=2"]
    lines += ["_gracelint_completion gracelint", 'echo "${COMPREPLY[*]}"']
    assert {"GL101", "GL102"} <= set(ran(program, "bash", "-c", "\n".join(lines)).split())


@pytest.mark.skipif(shutil.which("fish") is None, reason="fish is not installed")
def test_in_fish_itself(program: Path) -> None:
    lines = [script(program, "fish"), "complete -C 'gracelint rule GL10'"]
    text = ran(program, "fish", "--no-config", "-c", "\n".join(lines))
    assert {"GL101", "GL102"} <= set(text.split())


@pytest.mark.skipif(shutil.which("zsh") is None, reason="zsh is not installed")
def test_in_zsh_itself(program: Path) -> None:
    """What it would call to offer words is recorded in its place."""
    lines = ["compdef() { :; }", script(program, "zsh"), "_arguments() { print -r -- $* }"]
    lines += ["words=(gracelint rule GL10)", "CURRENT=3", "_gracelint_completion"]
    text = ran(program, "zsh", "-f", "-c", "\n".join(lines))
    assert "GL101" in text
    assert "GL102" in text


def test_starting_loads_nothing_of_it(program: Path) -> None:
    code = "import sys; sys.argv = ['gracelint', 'check', '.'];"
    code += "import gracelint.cli as cli\ncli.run()\n"
    code += "print([m for m in sys.modules if m in {'typer', 'gracelint.cli.completion'}])"
    assert ran(program, sys.executable, "-c", code).splitlines()[-1] == "[]"


def test_a_shell_that_is_not_there_is_named(program: Path, tmp_path: Path) -> None:
    done = subprocess.run(
        [program / "gracelint", "--install-completion", "pwsh"],
        env=os.environ | {"PATH": str(program), "HOME": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    said = "gracelint: error: completion for pwsh cannot be installed: pwsh: no such file or"
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith(said)


def test_a_named_shell_is_set_up_at_home(program: Path, tmp_path: Path) -> None:
    ran(program, "gracelint", "--install-completion", "fish", HOME=str(tmp_path))
    made = tmp_path / ".config/fish/completions/gracelint.fish"
    assert "_GRACELINT_COMPLETE=complete_fish" in made.read_text()


def test_a_typer_without_that_part_completes_the_current_shell(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(sys.modules, "typer._completion_shared", None)
    monkeypatch.delattr("typer._completion_shared", raising=False)
    assert shells.show("zsh") == 2
    assert "give no name, and call it from zsh" in capsys.readouterr().err
