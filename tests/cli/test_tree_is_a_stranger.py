"""The tree is a stranger's: nothing of it is run, and nothing in it leads out of it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import gracelint
from gracelint.cli import quick
from gracelint.files import tree
from gracelint.server.analysis import analyse

if TYPE_CHECKING:
    from collections.abc import Callable

    from conftest import Outcome

    Run = Callable[..., Outcome]

DOCKERFILE = "FROM debian:12-slim\nCMD /app/server\n"
HOME = str(Path(gracelint.__file__).parent.parent)


@pytest.fixture
def secret(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A file beside the tree that is checked, which is the working folder."""
    root = tmp_path / "root"
    root.mkdir()
    (root / "Dockerfile").write_text(DOCKERFILE)
    (tmp_path / "secret").write_text("mine")
    monkeypatch.chdir(root)
    return tmp_path / "secret"


@pytest.fixture
def check(secret: Path, run: Run, monkeypatch: pytest.MonkeyPatch) -> Run:
    """`gracelint check` in that tree."""
    monkeypatch.chdir(secret.parent / "root")
    return lambda *arguments: run("check", *arguments)


def outside(path: str, secret: Path) -> str:
    return path.replace("SECRET", str(secret))


@pytest.mark.parametrize("option", ["--write-baseline", "--fix"])
@pytest.mark.parametrize("path", ["../secret", "a/../../secret", "SECRET", "link", "out/secret"])
def test_a_baseline_that_the_tree_names_stays_in_it(
    check: Run, secret: Path, path: str, option: str
) -> None:
    Path("link").symlink_to("../secret")
    Path("out").symlink_to("..")
    Path("gracelint.toml").write_text(f'baseline = "{outside(path, secret)}"\n')
    done = check(option)
    assert done.status == 2
    assert "leads out of the folder that is checked" in done.stderr
    assert secret.read_text() == "mine"
    assert Path("Dockerfile").read_text() == DOCKERFILE


@pytest.mark.parametrize("path", ["../secret", "SECRET"])
def test_an_editor_reads_no_baseline_outside_either(check: Run, secret: Path, path: str) -> None:
    Path("gracelint.toml").write_text(f'baseline = "{outside(path, secret)}"\n')
    [trouble] = analyse(Path.cwd(), {"Dockerfile": DOCKERFILE}, 1).troubles
    assert trouble.message == "leads out of the folder that is checked"


def test_settings_that_are_named_and_in_the_tree_stay_in_it(check: Run, secret: Path) -> None:
    Path("conf").mkdir()
    Path("conf/own.toml").write_text('baseline = "../../secret"\n')
    done = check("--config", "conf/own.toml", "--write-baseline")
    assert done.status == 2
    assert secret.read_text() == "mine"


def test_settings_of_ones_own_may_name_any_place(check: Run, secret: Path) -> None:
    (secret.parent / "own.toml").write_text('baseline = "known.json"\n')
    assert check("--config", "../own.toml", "--write-baseline").status == 0
    assert '"GL102"' in (secret.parent / "known.json").read_text()


@pytest.mark.parametrize("path", ["link", "out/secret"])
@pytest.mark.parametrize(
    "option", [("--output-file",), ("--write-baseline", "--baseline")], ids=lambda o: o[-1]
)
def test_links_of_the_tree_do_not_lead_what_is_written_out(
    check: Run, secret: Path, path: str, option: tuple[str, ...]
) -> None:
    Path("link").symlink_to("../secret")
    Path("out").symlink_to("..")
    done = check(*option, path)
    assert done.status == 2
    assert f"{path}: leads out of the folder that is checked" in done.stderr
    assert secret.read_text() == "mine"


@pytest.mark.parametrize(
    "option", [("--output-file",), ("--write-baseline", "--baseline")], ids=lambda o: o[-1]
)
def test_people_may_name_any_place(check: Run, secret: Path, option: tuple[str, ...]) -> None:
    check(*option, "../new")
    assert "GL102" in (secret.parent / "new").read_text()


def test_a_report_goes_where_a_link_outside_leads(check: Run, secret: Path) -> None:
    (secret.parent / "link").symlink_to(secret)
    check("--output-file", "../link")
    assert "GL102" in secret.read_text()


def test_the_tree_around_the_working_folder_is_a_strangers_too(
    run: Run, secret: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = secret.parent / "other"
    other.mkdir()
    (other / "link").symlink_to("../secret")
    monkeypatch.chdir(other)
    assert run("check", "../root", "--output-file", "link").status == 2
    assert run("trace", "../root", "--output-file", "link").status == 2
    assert secret.read_text() == "mine"


@pytest.mark.parametrize(
    "option",
    [
        ("--output-file", "pipe"),
        ("--write-baseline", "--baseline", "pipe"),
        ("--baseline", "pipe"),
        ("--config", "pipe"),
        ("pipe",),
    ],
    ids=" ".join,
)
def test_a_pipe_in_the_tree_is_not_waited_for(check: Run, option: tuple[str, ...]) -> None:
    os.mkfifo("pipe")
    done = check(*option)
    assert done.status == 2
    assert "pipe" in done.stderr


def test_pipes_that_nobody_names_are_passed_by(check: Run) -> None:
    for name in (".git", ".gitignore", ".dockerignore", "gracelint.toml", "compose.yaml"):
        os.mkfifo(name)
    assert check().status == 1


def test_fixes_do_not_follow_a_link_out(check: Run, secret: Path) -> None:
    secret.write_text(DOCKERFILE)
    Path("Dockerfile").unlink()
    Path("Dockerfile").symlink_to("../secret")
    assert check("--fix", "--unsafe-fixes").status == 0
    assert secret.read_text() == DOCKERFILE


@pytest.fixture
def linked(check: Run, secret: Path) -> Path:
    """A folder beside the tree that holds a Dockerfile, and to which `sub` in the tree leads."""
    out = secret.parent / "out"
    out.mkdir()
    (out / "Dockerfile").write_text(DOCKERFILE)
    (out / "gracelint.toml").write_text('ignore = ["GL102"]\n')
    Path("sub").symlink_to(out)
    return out


@pytest.mark.parametrize("path", ["sub", "sub/Dockerfile", "sub/../out/Dockerfile"])
def test_what_people_name_does_not_follow_links_of_the_tree(
    check: Run, linked: Path, path: str
) -> None:
    given = check(path, "--fix", "--unsafe-fixes")
    said = "a link leads out of the folder that is checked"
    said = f"gracelint: error: {path}: {said}: name {os.path.realpath(path)} instead"
    assert (given.status, said in given.stderr) == (2, True)
    assert (linked / "Dockerfile").read_text() == DOCKERFILE


@pytest.mark.parametrize("command", [("trace",), ("images", "list"), ("images", "lock")])
def test_no_command_follows_them(run: Run, linked: Path, command: tuple[str, ...]) -> None:
    given = run(*command, "sub")
    assert (given.status, "a link leads out of the folder" in given.stderr) == (2, True)


@pytest.mark.parametrize(
    "words", [("--config", "sub/gracelint.toml"), ("-", "--stdin-filename", "sub/Dockerfile")]
)
def test_what_options_name_does_not_either(
    check: Run, linked: Path, words: tuple[str, ...]
) -> None:
    given = check(*words)
    assert (given.status, "a link leads out of the folder" in given.stderr) == (2, True)


def test_a_work_tree_around_another_folder_is_a_tree_too(
    check: Run, linked: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    Path(".git").mkdir()
    monkeypatch.chdir("/")
    given = check(f"{linked.parent}/root/sub/Dockerfile", "--fix")
    assert (given.status, (linked / "Dockerfile").read_text()) == (2, DOCKERFILE)


def test_links_of_the_persons_own_are_followed(
    check: Run, linked: Path, secret: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Those to the tree, and those to a place that is no part of one."""
    monkeypatch.chdir(linked)
    (secret.parent / "own").symlink_to(secret.parent / "root")
    assert check("../own/Dockerfile", "--fix").status == 0
    assert (secret.parent / "root/Dockerfile").read_text() != DOCKERFILE


@pytest.mark.parametrize("module", ["typing", "json", "tomllib", "ruamel", "pathspec", "pydantic"])
def test_no_module_is_taken_from_the_working_folder(secret: Path, module: str) -> None:
    Path(f"{module}.py").write_text(f"open({str(secret)!r}, 'w').close()\n")
    Path("gracelint.toml").write_text('ignore = ["GL102"]\n')
    Path(".gitignore").write_text("x\n")
    Path("compose.yaml").write_text("services: {a: {build: .}}\n")
    command = [sys.executable, "-m", "gracelint", "check"]
    surrounding = {name: v for name, v in os.environ.items() if name != "PYTHONSAFEPATH"}
    done = subprocess.run(
        command, env={**surrounding, "PYTHONPATH": HOME}, capture_output=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, b"")
    assert secret.read_text() == "mine"


def test_a_file_that_is_saved_in_between_is_left(
    check: Run, secret: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    commit = tree.Files.commit

    def saved_first(files: tree.Files) -> list[str]:
        Path("Dockerfile").write_text("FROM debian:12-slim\nCMD /mine\n")
        return commit(files)

    monkeypatch.setattr(tree.Files, "commit", saved_first)
    done = check("--fix")
    assert done.status == 2
    assert done.stderr == (
        "gracelint: error: Dockerfile: cannot be written: it has changed since it was read; "
        "nothing is fixed\n"
    )
    assert "`/mine`" in done.stdout
    assert Path("Dockerfile").read_text() == "FROM debian:12-slim\nCMD /mine\n"


def test_a_file_that_cannot_be_replaced_does_not_keep_others_from_it(check: Run) -> None:
    Path("b.Dockerfile").write_text(DOCKERFILE)
    os.link("Dockerfile", "twin")
    done = check("--fix", "--output-format", "concise")
    assert done.status == 2
    assert done.stdout.startswith("Dockerfile:2:5: ")
    assert "Dockerfile: is left as it is: it has 2 names" in done.stderr
    assert Path("Dockerfile").read_text() == DOCKERFILE
    assert "b.Dockerfile" not in done.stdout


def test_a_difference_is_shown_of_what_cannot_be_written(check: Run) -> None:
    Path("Dockerfile").chmod(0o444)
    done = check("--diff")
    assert (done.status, done.stderr) == (1, "")


def test_an_interrupt_is_no_traceback(check: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(tree.Files, "walk", interrupt)
    done = check()
    assert (done.status, done.stdout, done.stderr) == (130, "", "")
    monkeypatch.setattr(quick, "read", interrupt)
    done = check()
    assert (done.status, done.stdout, done.stderr) == (130, "", "")


def test_signals_wait_until_all_is_written(check: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    Path("b.Dockerfile").write_text(DOCKERFILE)
    write = tree.Files.write

    def interrupted(files: tree.Files, *given: object) -> None:
        write(files, *given)  # type: ignore[arg-type]
        signal.raise_signal(signal.SIGTERM)

    monkeypatch.setattr(tree.Files, "write", interrupted)
    done = check("--fix")
    assert done.status == 128 + signal.SIGTERM
    assert done.stderr == "gracelint: interrupted; fixed before that: Dockerfile, b.Dockerfile\n"
    for path in (Path("Dockerfile"), Path("b.Dockerfile")):
        assert path.read_text() == 'FROM debian:12-slim\nCMD ["/app/server"]\n'
    assert sorted(path.name for path in Path().iterdir()) == ["Dockerfile", "b.Dockerfile"]


def test_a_working_folder_that_is_gone_is_told_of(secret: Path) -> None:
    command = [sys.executable, "-m", "gracelint", "check"]
    gone = 'mkdir gone && cd gone && rmdir ../gone && exec "$@"'
    done = subprocess.run(
        ["sh", "-c", gone, "sh", *command],
        env={**os.environ, "PYTHONPATH": HOME},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2
    assert done.stderr == (
        "gracelint: error: the working folder is gone: change to one that is there\n"
    )
