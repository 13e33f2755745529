"""`--fix` that is interrupted, or whose files change meanwhile: nothing is lost or left over."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.skipif(os.name == "nt", reason="signals as Unix has them")

BAD = b"FROM debian:12\nENTRYPOINT redis-server\n"
FIXED = b'FROM debian:12\nENTRYPOINT ["redis-server"]\n'
THEIRS = b"FROM debian:12\n# mine\nENTRYPOINT redis-server\n"

# Something happens the so manyth time that the run is about to call a function of `os`.
CHILD = """
import os, signal, sys

name, number, deed = sys.argv.pop(1), int(sys.argv.pop(1)), sys.argv.pop(1)
real, calls = getattr(os, name), []
signal.signal(signal.SIGINT, signal.default_int_handler)  # a job in the background ignores it
signal.signal(signal.SIGHUP, signal.SIG_DFL)  # and `nohup` this one

def called(*words, **options):
    calls.append(words)
    if len(calls) == number:
        exec(deed)
    return real(*words, **options)

setattr(os, name, called)

from gracelint.cli import main

main()
"""


def fix(folder: Path, function: str, number: int, deed: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", CHILD, function, str(number), deed, "check", "--fix"],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def texts(folder: Path) -> dict[str, bytes]:
    """Every file there is, so that nothing left over goes unseen."""
    paths = sorted(path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in paths}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in "abc":
        (tmp_path / name).mkdir()
        (tmp_path / name / "Dockerfile").write_bytes(BAD)
    return tmp_path


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
@pytest.mark.parametrize("function", ["open", "fsync", "replace"])
@pytest.mark.parametrize("time", [1, 2, 3])
def test_an_interrupted_run_leaves_whole_files_and_says_which_are_fixed(
    folder: Path, number: signal.Signals, function: str, time: int
) -> None:
    done = fix(folder, function, time, f"signal.raise_signal({int(number)})")
    left = texts(folder)
    assert sorted(left) == ["a/Dockerfile", "b/Dockerfile", "c/Dockerfile"]
    assert set(left.values()) <= {BAD, FIXED}
    assert done.returncode in {128 + number, -number}  # the latter before anything is written
    assert "Traceback" not in done.stderr
    fixed = [name for name, text in left.items() if text == FIXED]
    assert all((name in done.stderr) == (name in fixed) for name in left)


@pytest.mark.parametrize(
    ("function", "time", "name"), [("fsync", 1, "b"), ("fsync", 1, "a"), ("replace", 2, "c")]
)
def test_where_somebody_saves_a_file_meanwhile_nothing_is_fixed(
    folder: Path, function: str, time: int, name: str
) -> None:
    path = f"{name}/Dockerfile"
    saved = f"with open({path!r}, 'wb') as file: file.write({THEIRS!r})"
    done = fix(folder, function, time, saved)
    expected = {f"{each}/Dockerfile": BAD for each in "abc"} | {path: THEIRS}
    assert texts(folder) == expected
    assert done.returncode == 2
    why = f"{path}: cannot be written: it has changed since it was read; nothing is fixed"
    assert why in " ".join(done.stderr.split())


def test_a_folder_exchanged_for_a_link_meanwhile_changes_nothing_elsewhere(
    folder: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    outside = tmp_path_factory.mktemp("outside")
    (outside / "Dockerfile").write_bytes(BAD)
    exchanged = f"os.rename('b', 'd'), os.symlink({os.fspath(outside)!r}, 'b')"
    done = fix(folder, "fsync", 1, exchanged)
    assert (outside / "Dockerfile").read_bytes() == BAD
    assert texts(outside) == {"Dockerfile": BAD}
    assert (folder / "d" / "Dockerfile").read_bytes() in {BAD, FIXED}
    assert texts(folder)["a/Dockerfile"] == FIXED
    assert "Traceback" not in done.stderr
