"""Sessions at a terminal, as documents show them: a command, and what it prints."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

SESSION = re.compile(r"^```console\n(.*?)^```$", re.DOTALL | re.MULTILINE)


def run(command: str, folder: Path) -> str:
    """What `gracelint …` prints in a folder, on a terminal of 80 columns without colours."""
    program, *arguments = shlex.split(command)
    assert program == "gracelint"
    done = subprocess.run(
        [sys.executable, "-m", "gracelint", *arguments],
        cwd=folder,
        env=os.environ | {"FORCE_COLOR": "", "COLUMNS": "80", "PYTHONUTF8": "1"},
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
    )
    assert not done.stderr, done.stderr
    return done.stdout


def updated(text: str, ran: Callable[[str], str]) -> str:
    """A document with each session ended as it really ends."""

    def again(match: re.Match[str]) -> str:
        first = match[1].partition("\n")[0]
        return f"```console\n{first}\n{ran(first[2:])}```"

    return SESSION.sub(again, text)
