"""What `ls`, `find` and patterns give of files in sight: what they give in a folder, or nothing."""

from __future__ import annotations

import shutil
import subprocess
from typing import TYPE_CHECKING

import pytest
from launched import launched

from gracelint.diagnose.tell import tell

if TYPE_CHECKING:
    from pathlib import Path

FILES = (
    *("app-1.9.0/bin/run.sh", "app-1.10.0/bin/run.sh", "app-1.10.0/lib/a.py", "env.d/20-b.env"),
    *("env.d/10-a.env", "env.d/deep/30-c.env", "env.d/.hidden", "only/one.py", "README"),
)
KNOWN = [
    "$(ls)",
    "$(ls env.d)",
    "$(ls -r env.d)",
    "$(ls -1 only)",
    "$(ls -A only | grep py)",
    "$(ls README)",
    "$(ls -d app-*/)",
    "$(ls -d app-*/ | sort -V | tail -n 1)",
    "$(ls -d app-* | sort -rV | tail -n 1)",
    "$(ls -t only)",
    "$(find . -name 'one*')",
    "$(find only -type f | head -n 1)",
    "$(find env.d -name '*.env' | sort)",
    "$(find env.d -maxdepth 1 -type f -name '*.env' | sort)",
    "$(find env.d/ -mindepth 2 -type f)",
    "$(find . -maxdepth 1 -type d -name 'env*')",
    "$(find -L env.d ! -name '*.env' -not -name '.*' -type f -o -name x | sort)x",
    "$(find app-1.9.0 app-1.10.0 -iname 'RUN*' -print | sort)",
    "$(find . -path './only/*' -print -quit)",
    "app-*/bin/*.sh",
    "app-*/bin",
    "env.d/*/",
    "*/one.py",
    "./o*/*",
]
OPEN = [
    "$(find env.d -name '*.env' | head -n 1)",
    "$(find env.d -name '*.env' -print -quit)",
    "$(find . -newer README)",
    "$(find . -name nothing)",
    "$(find . -size +1k)",
    "$(ls -t env.d)",
    "$(ls -l only)",
    "$(ls env.d only)",
    "$(ls nothing)",
]


def told(written: str) -> list[str | None]:
    """The words that `/app/server` is started with."""
    files = {**dict.fromkeys(FILES, "x\n"), "start": f"exec /app/server {written}\n"}
    story = tell(launched(["/bin/bash", "/srv/start"], files))
    assert story.tree is not None
    program, *words = (word.value for word in story.tree.argv)
    assert program == "/app/server"
    return words


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The files, on the disk."""
    top = tmp_path_factory.mktemp("srv")
    for name in (*FILES, "start"):
        (top / name).parent.mkdir(parents=True, exist_ok=True)
        (top / name).write_text("x\n", encoding="utf-8")
    return top


@pytest.mark.skipif(shutil.which("bash") is None, reason="bash is not installed")
@pytest.mark.parametrize("written", KNOWN)
def test_the_names_are_those_of_the_folder(folder: Path, written: str) -> None:
    shown = f"LC_ALL=C; export LC_ALL; printf '%s\\0' {written}"
    done = subprocess.run(
        ["bash", "-c", shown], cwd=folder, capture_output=True, text=True, timeout=30, check=True
    )
    words = told(written)
    if None not in words:
        assert words == done.stdout.split("\0")[:-1]
    assert (None in words) == (" -o " in written)


@pytest.mark.parametrize("written", OPEN)
def test_what_is_not_known_is_not_told(written: str) -> None:
    assert None in told(written)
