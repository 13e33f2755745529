"""Input that nobody meant well: no traceback, no way out of the tree, one clear line."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from gracelint.discover import discover
from gracelint.files import tree as files

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from conftest import Outcome

    Run = Callable[..., Outcome]

BAD = 'FROM debian:12\n# gracelint: ignore[GL101]\nCMD ["/app"]\n'


def test_a_binary_dockerfile(run: Run, tmp_path: Path) -> None:
    (tmp_path / "Dockerfile").write_bytes(b"FROM \0\x01\xff")
    done = run("check")
    assert done.status == 2
    assert done.stderr == "gracelint: error: Dockerfile: is not read: it is no text, but binary\n"


def test_binary_yaml_is_none_of_our_business(run: Run, tmp_path: Path) -> None:
    (tmp_path / "x.yaml").write_bytes(b"kind: \0")
    done = run("check")
    assert done.status == 0
    assert "x.yaml" not in done.stderr


def test_a_file_that_is_too_large(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(files, "MAX_BYTES", 10)
    (tmp_path / "Dockerfile").write_text(BAD)
    done = run("check")
    assert done.status == 2
    assert "Dockerfile: is not read: it is larger than" in done.stderr


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_an_unreadable_file(run: Run, tmp_path: Path) -> None:
    (tmp_path / "Dockerfile").write_text(BAD)
    (tmp_path / "Dockerfile").chmod(0)
    done = run("check")
    assert done.status == 2
    assert "Dockerfile: cannot be read: permission denied" in done.stderr


def test_a_pipe_is_not_waited_for(run: Run, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "Dockerfile")
    done = run("check", "Dockerfile")
    assert done.status == 2
    assert "no regular file" in done.stderr


def test_a_link_out_of_the_tree_is_not_followed(
    run: Run, tmp_path: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    outside = tmp_path_factory.mktemp("outside")
    (outside / "Dockerfile").write_text(BAD)
    (tmp_path / "folder").symlink_to(outside)
    (tmp_path / "Dockerfile").symlink_to(outside / "Dockerfile")
    assert run("check").status == 0
    done = run("check", "Dockerfile")
    assert done.status == 2
    assert "leads out of the folder" in done.stderr
    run("check", "--fix", "Dockerfile")
    assert (outside / "Dockerfile").read_text() == BAD


def test_links_in_a_circle(run: Run, tmp_path: Path) -> None:
    (tmp_path / "a").symlink_to("b")
    (tmp_path / "b").symlink_to("a")
    (tmp_path / "Dockerfile").symlink_to("Dockerfile")
    (tmp_path / "self").symlink_to(".")
    assert "Traceback" not in run("check").stderr


@pytest.mark.parametrize(
    "text",
    [
        "kind: Pod\napiVersion: v1\nspec: " + "[" * 20_000,
        "kind: Pod\napiVersion: v1\nspec: {containers: " + "{a: " * 5_000,
        "kind: Pod\napiVersion: v1\ncontainers:\n" + "\n".join(" " * i + "a:" for i in range(2000)),
        "services: {a: {image: b, command: '" + "$(" * 5_000 + "'}}",
        "a: &a [x]\n"
        + "\n".join(f"b{i}: &b{i} [*a, *a]" for i in range(50))
        + "\nkind: x\napiVersion: v",
    ],
    ids=["sequences", "mappings", "blocks", "substitutions", "aliases"],
)
def test_nested_yaml(run: Run, tmp_path: Path, text: str) -> None:
    (tmp_path / "x.yaml").write_text(text)
    done = run("check")
    assert done.status in {0, 1}
    assert "internal" not in done.stderr
    assert "Traceback" not in done.stderr


def test_a_nested_script(run: Run, tmp_path: Path) -> None:
    (tmp_path / "Dockerfile").write_text("FROM debian:12\nCMD " + "( " * 3000 + "x" + " )" * 3000)
    done = run("check")
    assert done.status in {0, 1}
    assert "internal" not in done.stderr


@pytest.mark.parametrize(
    "script",
    [
        "set -- a\n" + 'set -- "$@" "$@"\n' * 60 + 'node "$@"\n',
        "a=(x)\n" + 'a+=("${a[@]}" "${a[@]}")\n' * 60 + 'node "${a[@]}"\n',
        "a=999999999999999999\nb=$(($a" + "*$a" * 60 + "/7))\nnode $b\n",
        "a=x\necho ${a:"
        + "9" * 5000
        + "} ${"
        + "9" * 5000
        + "} ${a["
        + "9" * 5000
        + "]}\nnode a.js\n",
        "a=x\necho ${a:\u00b2} $((\u00b2)) ${a[\u00b2]}; shift \u00b2; exit \u00b2\n",
        "sleep "
        + "9" * 5000
        + "; kill -"
        + "9" * 5000
        + " %"
        + "9" * 5000
        + "; wait \u00b2; fg %\u00b2\n",
    ],
    ids=["arguments", "array", "product", "numbers", "superscripts", "jobs"],
)
def test_scripts_that_grow_and_odd_numbers(run: Run, tmp_path: Path, script: str) -> None:
    (tmp_path / "e.sh").write_text("#!/bin/bash\n" + script)
    (tmp_path / "Dockerfile").write_text('FROM debian:12\nCOPY e.sh /e.sh\nCMD ["bash", "/e.sh"]\n')
    done = run("check")
    assert done.status in {0, 1}
    assert done.stderr == ""


@pytest.mark.parametrize("data", [b"", b"\xff\xfe", b"\xef\xbb\xbf", b"\r\r\r", b"FROM", b"\\"])
def test_odd_dockerfiles(run: Run, tmp_path: Path, data: bytes) -> None:
    (tmp_path / "Dockerfile").write_bytes(data)
    done = run("check")
    assert done.status in {0, 1}
    assert done.stderr == ""


def test_our_own_mistake_is_one_line_and_the_run_goes_on(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "Dockerfile").write_text(BAD)
    (tmp_path / "b.Dockerfile").write_text(BAD)
    add = discover._add

    def fails(found: object, files: object, source: object, *rest: object, **more: object) -> None:
        if source.path == "Dockerfile":
            raise ZeroDivisionError("over\nthere")
        add(found, files, source, *rest, **more)

    monkeypatch.setattr(discover, "_add", fails)
    done = run("check", "--output-format", "concise")
    assert done.status == 2
    assert done.stderr == (
        "gracelint: error: Dockerfile: internal error while reading it: "
        "ZeroDivisionError: over there. Please report this, with the file\n"
    )
    assert done.stdout.startswith("b.Dockerfile:2:")


def test_a_name_cannot_write_to_the_terminal(run: Run, tmp_path: Path) -> None:
    (tmp_path / "\x1b[31mDockerfile").write_bytes(b"\0")
    done = run("check", "\x1b[31mDockerfile")
    assert done.status == 2
    assert "\x1b" not in done.stderr


def test_a_closed_pipe_is_quiet(tmp_path: Path) -> None:
    (tmp_path / "Dockerfile").write_text(BAD)
    command = [sys.executable, "-m", "gracelint", "check", "Dockerfile"]
    read, write = os.pipe()
    os.close(read)
    with os.fdopen(write, "wb") as closed:
        done = subprocess.run(
            command, cwd=tmp_path, stdout=closed, stderr=subprocess.PIPE, check=False
        )
    assert done.returncode == 141
    assert done.stderr == b""


def test_output_that_the_terminal_cannot_show(tmp_path: Path) -> None:
    (tmp_path / "Dockerfile").write_text(BAD)
    command = [sys.executable, "-m", "gracelint", "trace"]
    environment = {**os.environ, "PYTHONIOENCODING": "ascii", "PYTHONUTF8": "0", "LC_ALL": "C"}
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, env=environment, check=False)
    assert done.returncode == 0
    assert done.stdout.isascii()
    assert done.stderr == b""


def test_a_command_that_no_kernel_would_take(run: Run, tmp_path: Path) -> None:
    text = "services:\n  a:\n    image: debian:12\n    command: " + "x " * 50_001 + "\n"
    (tmp_path / "compose.yaml").write_text(text)
    told = run("trace", "--unknown")
    assert told.status == 0
    assert "more than 100,000 characters" in told.stdout


def test_values_that_grow_when_they_are_split(run: Run, tmp_path: Path) -> None:
    (tmp_path / "Dockerfile").write_text('FROM debian:12\nCOPY e.sh /\nENTRYPOINT ["/e.sh"]\n')
    script = "#!/bin/sh\na='" + "x " * 15_000 + "'\nset -- " + "$a " * 50 + '\nexec "$@"\n'
    (tmp_path / "e.sh").write_text(script)
    told = run("trace", "--unknown")
    assert told.status == 0
    assert "it is too long to be followed" in told.stdout
