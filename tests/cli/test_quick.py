"""Command lines are read alike with and without typer."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gracelint import cli
from gracelint.cli import check, quick

if TYPE_CHECKING:
    from collections.abc import Callable

ODD = ["-", "--", "a", "b c", "", "--select", "GL101,gl5", "--no-such", "-x", "--fix=1", "--color="]
JOINED = [f"{name}=x=y" for name in quick.VALUES]
words = st.sampled_from([*quick.FLAGS, *quick.VALUES, *JOINED, *ODD])


def asked(arguments: list[str], monkeypatch: pytest.MonkeyPatch) -> check.Request | int:
    """The request that a command line makes, or the status that it ends with."""
    made: list[check.Request] = []
    monkeypatch.setattr(check, "check", lambda request: made.append(request) or 0)
    monkeypatch.setattr(sys, "argv", ["gracelint", *arguments])
    with pytest.raises(SystemExit) as stop:
        cli.main()
    return made[0] if made else stop.value.code


@given(st.lists(words, max_size=6))
def test_both_read_the_same(arguments: list[str]) -> None:
    with pytest.MonkeyPatch.context() as patch:
        first = asked(["check", *arguments], patch)
        patch.setattr(quick, "read", lambda _: None)
        assert asked(["check", *arguments], patch) == first


@pytest.mark.parametrize(
    "arguments",
    [[], ["trace"], ["--version"], ["check", "--help"], ["check", "--select", "GL1"]],
)
def test_the_rest_is_left_to_typer(arguments: list[str]) -> None:
    assert quick.read(arguments) is None


def test_an_ordinary_run_loads_neither_typer_nor_what_it_has_no_input_for(
    run: Callable[..., object], tmp_path: object
) -> None:
    import subprocess

    (tmp_path / "Dockerfile").write_text("FROM scratch\n")
    code = (
        "import sys\nsys.argv = ['gracelint', 'check', 'Dockerfile']\n"
        "from gracelint.cli import main\n"
        "try: main()\nexcept SystemExit: pass\n"
        "print(sorted({'typer', 'rich', 'pydantic', 'subprocess'} & sys.modules.keys()))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=True
    )
    assert done.stdout.splitlines()[-1] == "[]"
