"""Running gracelint on a folder, as its user would, but within this process."""

from __future__ import annotations

import contextlib
import io
import json
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest

from gracelint import cli

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path


@dataclass(frozen=True)
class Outcome:
    status: int
    stdout: str
    stderr: str


def call(folder: Path, *arguments: str) -> Outcome:
    """`gracelint ARGUMENTS` in a folder."""
    out, err = (io.TextIOWrapper(io.BytesIO(), "utf-8", newline="") for _ in range(2))
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        patch.setattr(sys, "argv", ["gracelint", *arguments])
        patch.setenv("COLUMNS", "80")
        patch.delenv("FORCE_COLOR", raising=False)
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            status = cli.run()
    out.flush()
    err.flush()
    return Outcome(status, out.buffer.getvalue().decode(), err.buffer.getvalue().decode())


class Folder:
    """A folder with an example's files in it."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def write(self, files: Mapping[str, bytes], modes: Mapping[str, int]) -> None:
        for name, content in files.items():
            target = self.path / name
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(content)
            target.chmod(modes.get(name, 0o644))

    def read(self, names: Mapping[str, Any]) -> dict[str, bytes]:
        return {name: (self.path / name).read_bytes() for name in names}

    def check(self) -> list[dict[str, Any]]:
        """The findings, as the JSON format has them."""
        outcome = call(self.path, "check", "--output-format", "json", ".")
        assert outcome.status in {0, 1}, outcome
        return json.loads(outcome.stdout)["findings"]

    def fix(self, *, unsafe: bool) -> None:
        outcome = call(self.path, "check", "--fix", *(["--unsafe-fixes"] if unsafe else []), ".")
        assert outcome.status in {0, 1}, outcome

    def trace(self) -> str:
        outcome = call(self.path, "trace", ".")
        assert outcome.status == 0, outcome
        return outcome.stdout


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    return Folder(tmp_path)
