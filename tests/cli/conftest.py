"""Running gracelint as its user would, within this process."""

from __future__ import annotations

import contextlib
import io
import os
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from gracelint import cli

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


@dataclass(frozen=True)
class Outcome:
    status: int
    stdout: str
    stderr: str
    data: bytes


def _stream(data: bytes = b"") -> io.TextIOWrapper:
    return io.TextIOWrapper(io.BytesIO(data), "utf-8", newline="")


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Outcome]:
    """`gracelint ARGUMENTS` in the test's folder; `given` is its standard input."""
    monkeypatch.chdir(tmp_path)
    for name in ("NO_COLOR", "FORCE_COLOR", "COLUMNS"):
        monkeypatch.delenv(name, raising=False)

    def call(*arguments: str, given: bytes = b"") -> Outcome:
        out, err = _stream(), _stream()
        monkeypatch.setattr(sys, "argv", ["gracelint", *map(os.fspath, arguments)])
        monkeypatch.setattr(sys, "stdin", _stream(given))
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            try:
                cli.main()
                status = 0
            except SystemExit as stop:
                status = stop.code if isinstance(stop.code, int) else 0
        out.flush()
        err.flush()
        data = out.buffer.getvalue()
        return Outcome(status, data.decode(), err.buffer.getvalue().decode(), data)

    return call
