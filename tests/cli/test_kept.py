"""What a run has said is said again as long as nothing has changed that it rests on."""

from __future__ import annotations

import json
import os
import pickle
import random
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from gracelint.files.noted import MAX_ASKED, Noted, answers_as_before
from gracelint.files.tree import Files
from gracelint.model.options import Options
from gracelint.session import sharing
from gracelint.session.session import Session

if TYPE_CHECKING:
    from collections.abc import Callable

    from conftest import Outcome

    Run = Callable[..., Outcome]

AGAIN = "this was said before\n"
SCRIPT = "#!/bin/sh\n/app/prepare\n/app/server\n"
IMAGE = """\
FROM debian:12-slim
COPY start.sh /start.sh
ENTRYPOINT ["/start.sh"]
"""


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A work tree with an image in a folder and one beside it."""
    (tmp_path / ".git").mkdir()
    for name in ("api", "web"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "Dockerfile").write_text(IMAGE)
        (tmp_path / name / "start.sh").write_text(SCRIPT)
        (tmp_path / name / "start.sh").chmod(0o755)
    (tmp_path / "api" / "notes.bin").write_bytes(b"\0 nobody reads this")
    return tmp_path


def entries() -> list[Path]:
    return sorted(Path(os.environ["XDG_CACHE_HOME"]).glob("gracelint/runs/*"))


def mark() -> None:
    """Let every run that is kept say something that none says by itself."""
    for path in entries():
        entry = json.loads(path.read_text())
        entry["said"] = [["out", AGAIN]]
        path.write_text(json.dumps(entry))


def test_a_second_run_says_the_same(run: Run, tree: Path) -> None:
    first = run("check")
    assert first.status == 1
    assert "start.sh:3" in first.stdout
    assert run("check") == first
    mark()
    again = run("check")
    assert (again.status, again.stdout) == (1, AGAIN)


@pytest.mark.parametrize("form", ["full", "concise", "json", "sarif", "html"])
def test_every_byte_comes_back(run: Run, tree: Path, form: str) -> None:
    first = run("check", "--output-format", form, "--color", "always")
    assert run("check", "--output-format", form, "--color", "always") == first
    mark()
    assert run("check", "--output-format", form, "--color", "always").stdout == AGAIN


def test_notes_on_standard_error_come_back(run: Run, tmp_path: Path) -> None:
    (tmp_path / "README").write_text("no container")
    first = run("check")
    assert "note" in first.stderr
    assert run("check") == first
    mark()
    assert run("check").stdout == AGAIN


CHANGES: dict[str, Callable[[Path], object]] = {
    "a Dockerfile": lambda t: (t / "api/Dockerfile").write_text(IMAGE + "STOPSIGNAL SIGINT\n"),
    "a script that it copies": lambda t: (t / "web/start.sh").write_text("#!/bin/sh\nexec /a/b\n"),
    "a script's right to be run": lambda t: (t / "web/start.sh").chmod(0o644),
    "a new Dockerfile": lambda t: (t / "web/Dockerfile.old").write_text(IMAGE),
    "a file less": lambda t: (t / "web/start.sh").unlink(),
    "a folder less": lambda t: (t / "web").rename(t.parent / f"{t.name}-web"),
    "what is left out of a build": lambda t: (t / "api/.dockerignore").write_text("*.sh\n"),
    "what git ignores": lambda t: (t / ".gitignore").write_text("api\n"),
    "settings": lambda t: (t / "gracelint.toml").write_text('ignore = ["GL201"]\n'),
    "settings of a folder": lambda t: (t / "api/gracelint.toml").write_text('ignore = ["ALL"]\n'),
    "a link in the place of a file": lambda t: (
        (t / "api/start.sh").unlink(),
        (t / "api/start.sh").symlink_to("../web/start.sh"),
    ),
    "a work tree less": lambda t: (t / ".git").rmdir(),
}


@pytest.mark.parametrize("change", CHANGES)
def test_a_change_is_seen(run: Run, tree: Path, change: str) -> None:
    run("check")
    mark()
    CHANGES[change](tree)
    changed = run("check")
    assert AGAIN not in changed.stdout
    assert changed == run("check", "--no-cache")
    assert changed == run("check")


def test_a_link_that_leads_elsewhere_is_seen(run: Run, tree: Path) -> None:
    (tree / "now.sh").write_text(SCRIPT)
    (tree / "later.sh").write_text("#!/bin/sh\nexec /app/server\n")
    (tree / "web/start.sh").unlink()
    (tree / "web/start.sh").symlink_to("../now.sh")
    run("check")
    mark()
    (tree / "web/start.sh").unlink()
    (tree / "web/start.sh").symlink_to("../later.sh")
    changed = run("check")
    assert AGAIN not in changed.stdout
    assert changed == run("check", "--no-cache")


UNSEEN: dict[str, Callable[[Path], object]] = {
    "what no run reads": lambda t: (t / "api/notes.bin").write_bytes(b"\0 other bytes"),
    "times": lambda t: os.utime(t / "api/Dockerfile", (1, 1)),
    "the same text written anew": lambda t: (t / "api/Dockerfile").write_text(IMAGE),
}


@pytest.mark.parametrize("change", UNSEEN)
def test_what_no_result_rests_on_changes_nothing(run: Run, tree: Path, change: str) -> None:
    run("check")
    mark()
    UNSEEN[change](tree)
    assert run("check").stdout == AGAIN


@pytest.mark.parametrize(
    "options",
    [
        ("--select", "GL2"),
        ("--output-format", "concise"),
        ("--exit-zero",),
        ("--color", "always"),
        ("api",),
        ("--no-cache",),
    ],
)
def test_another_run_is_not_the_same(run: Run, tree: Path, options: tuple[str, ...]) -> None:
    run("check")
    mark()
    other = run("check", *options)
    assert AGAIN not in other.stdout
    assert other == run("check", "--no-cache", *options)


def test_a_terminal_of_another_width_is_not_the_same(
    run: Run, tree: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run("check")
    mark()
    monkeypatch.setenv("COLUMNS", "120")
    assert AGAIN not in run("check").stdout


def test_the_number_of_processes_does_not_matter(run: Run, tree: Path) -> None:
    run("check", "--jobs", "1")
    mark()
    assert run("check", "--jobs", "3").stdout == AGAIN


def shared(tree: Path, *options: str, method: str = "fork") -> str:
    """What a run in several processes writes."""
    code = (
        "import sys\n"
        "from gracelint.session import sharing\n"
        f"sharing._method = lambda: {method!r}\n"
        "from gracelint.cli import main\n"
        "if __name__ == '__main__':\n"
        "    main()\n"
    )
    program = tree.parent / f"{tree.name}-run.py"
    program.write_text(code)
    command = [sys.executable, "-P", str(program), "check", "--jobs", "3", *options]
    environment = os.environ | {"PYTHONPATH": str(Path(sharing.__file__).parents[2])}
    done = subprocess.run(command, cwd=tree, env=environment, capture_output=True, check=False)
    assert done.returncode == 1, done.stderr
    return done.stdout.decode()


@pytest.mark.parametrize("method", ["fork", "spawn"])
def test_what_other_processes_looked_at_counts(tree: Path, method: str) -> None:
    for number in range(8):
        folder = tree / f"more{number}"
        folder.mkdir()
        (folder / "Dockerfile").write_text(IMAGE)
        (folder / "start.sh").write_text(SCRIPT)
    shared(tree, method=method)
    mark()
    assert shared(tree, method=method) == AGAIN
    for number in range(8):
        (tree / f"more{number}" / "start.sh").write_text("#!/bin/sh\nexec /app/server\n")
        changed = shared(tree, method=method)
        assert AGAIN not in changed
        assert changed == shared(tree, "--no-cache")
        mark()


class Lost:
    """A process that sends nothing."""

    def recv_bytes(self) -> bytes:
        raise EOFError


def test_a_process_that_is_lost_leaves_nothing_kept(tree: Path) -> None:
    session = Session(Files(tree, door=Noted(str(tree))), Options())
    assert session.files.door.answers() is not None
    assert list(sharing._received(Lost(), session, session.scene([]), [])) == []
    assert session.files.door.answers() is None


def test_another_process_gets_a_door_of_the_same_kind(tree: Path) -> None:
    files = pickle.loads(pickle.dumps(Files(tree, door=Noted(str(tree)))))
    assert files.read("api/start.sh").text == SCRIPT
    assert ("read", "api/start.sh") in [question[:2] for question in files.door.answers()]


@pytest.mark.parametrize(
    "options",
    [("--fix",), ("--diff",), ("--output-file", "report"), ("--report", "sarif=report"), ("-",)],
)
def test_runs_that_are_no_plain_checks_are_not_kept(
    run: Run, tree: Path, options: tuple[str, ...]
) -> None:
    run("check", *options)
    assert entries() == []


def test_nothing_is_kept_without_a_cache(run: Run, tree: Path) -> None:
    run("check", "--no-cache")
    assert entries() == []


def test_mistakes_are_not_kept(run: Run, tree: Path) -> None:
    (tree / "gracelint.toml").write_text("select = 7\n")
    assert run("check").status == 2
    assert entries() == []


def test_charts_are_rendered_each_time(run: Run, tree: Path) -> None:
    chart = tree / "chart"
    (chart / "templates").mkdir(parents=True)
    (chart / "Chart.yaml").write_text("apiVersion: v2\nname: a\nversion: 1.0.0\n")
    (chart / "templates" / "a.yaml").write_text("kind: Pod\napiVersion: v1\n")
    run("check")
    assert entries() == []


@pytest.mark.parametrize(
    "text", ["", "{", "[]", "{}", '{"ground": 1}', '{"roots": {"/": [1]}}', "[" * 5000]
)
def test_what_is_broken_is_written_anew(run: Run, tree: Path, text: str) -> None:
    first = run("check")
    (entry,) = entries()
    entry.write_text(text)
    assert run("check") == first
    mark()
    assert run("check").stdout == AGAIN


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("roots", {}),
        ("roots", {"/": []}),
        ("status", float("inf")),
        ("status", 7),
        ("status", None),
        ("said", [["out", "\u1234"]]),
        ("said", [["elsewhere", ""]]),
        ("said", [1]),
    ],
)
def test_an_entry_that_no_run_writes_is_not_believed(
    run: Run, tree: Path, key: str, value: object
) -> None:
    first = run("check")
    (entry,) = entries()
    entry.write_text(json.dumps({**json.loads(entry.read_text()), key: value}))
    assert run("check") == first


@pytest.mark.parametrize("limit", [-1, 1e400, 10**30, "1", None, [1]])
def test_a_question_that_no_run_asks_is_no_answer(run: Run, tree: Path, limit: object) -> None:
    first = run("check")
    (entry,) = entries()
    data = json.loads(entry.read_text())
    data["roots"][str(tree)] = [["read", "api/Dockerfile", limit, "0"]]
    entry.write_text(json.dumps(data))
    assert run("check") == first


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no such files there")
def test_what_is_no_file_is_not_read(run: Run, tree: Path) -> None:
    first = run("check")
    (entry,) = entries()
    entry.unlink()
    os.mkfifo(entry)
    assert run("check") == first
    entry.unlink()
    entry.symlink_to("/dev/zero")
    assert run("check") == first


def test_a_link_that_services_name_is_followed_anew(
    run: Run, tree: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    link = tree.parent / f"{tree.name}-link"
    link.symlink_to(tree)
    monkeypatch.chdir(tree / "api")
    monkeypatch.setenv("GITHUB_WORKSPACE", str(link))
    assert "file=api/start.sh" in run("check", "--output-format", "github").stdout
    link.unlink()
    link.symlink_to(tree / "api")
    assert "file=start.sh" in run("check", "--output-format", "github").stdout


def test_a_method_that_there_is_not_is_no_answer(tree: Path) -> None:
    with pytest.raises(KeyError):
        answers_as_before(str(tree), [("elsewhere", "", 0, "")])


def test_a_cache_within_the_tree_is_not_used(
    run: Run, tree: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run("check")
    (entry,) = entries()
    mark()
    within = tree / "cache" / "gracelint" / "runs"
    within.mkdir(parents=True)
    within.chmod(0o700)
    (within / entry.name).write_bytes(entry.read_bytes())
    monkeypatch.setenv("XDG_CACHE_HOME", str(tree / "cache"))
    assert AGAIN not in run("check").stdout
    (within / entry.name).unlink()
    run("check")
    assert entries() == []


def test_a_cache_within_a_work_tree_around_is_not_used(
    run: Run, tree: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tree / "api" / ".git").mkdir()
    monkeypatch.chdir(tree.parent)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tree / "cache"))
    run("check", str(tree / "api"))
    assert entries() == []


@pytest.mark.skipif(os.name == "nt", reason="rights are other ones there")
def test_a_cache_that_others_have_linked_is_not_used(run: Run, tree: Path) -> None:
    run("check")
    mark()
    (entry,) = entries()
    runs = entry.parent
    runs.rename(runs.parent / "elsewhere")
    runs.symlink_to(runs.parent / "elsewhere")
    assert AGAIN not in run("check").stdout


def test_no_home_is_made(run: Run, tree: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("XDG_CACHE_HOME")
    monkeypatch.setenv("HOME", str(tree.parent / "nobody"))
    assert run("check").status == 1
    assert not (tree.parent / "nobody").exists()


@pytest.mark.skipif(os.name == "nt", reason="rights are other ones there")
def test_a_cache_that_others_can_write_to_is_not_used(run: Run, tree: Path) -> None:
    run("check")
    mark()
    (entry,) = entries()
    entry.parent.chmod(0o777)
    assert AGAIN not in run("check").stdout
    mark_before = entry.read_bytes()
    run("check")
    assert entry.read_bytes() == mark_before


def test_the_cache_is_bounded(run: Run, tree: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gracelint.files.cache.MAX_TEXTS", 3)
    ages: dict[Path, int] = {}
    for number in range(5):
        run("check", "--select", f"GL{number}")
        for entry in entries():
            os.utime(entry, times=(ages.setdefault(entry, number + 1),) * 2)
    newest = sorted(ages, key=lambda entry: ages[entry])[-3:]
    assert entries() == sorted(newest)


def test_whoever_asks_too_much_is_not_remembered(tree: Path) -> None:
    door = Noted(str(tree))
    door.note({("stat", str(number), 0): "0" for number in range(MAX_ASKED + 1)})
    assert door.answers() is None


def test_two_answers_to_one_question_are_none(tree: Path) -> None:
    door = Noted(str(tree))
    door.read("api/start.sh", 10)
    (tree / "api/start.sh").write_text("other")
    door.read("api/start.sh", 10)
    assert door.answers() is None


WORDS = ("/app/prepare", "exec /app/server", "/app/server &", "wait", "trap 'kill $!' TERM")


@pytest.mark.parametrize("seed", range(3))
def test_whatever_changes_it_is_as_without_a_cache(run: Run, tree: Path, seed: int) -> None:
    choose = random.Random(seed)
    for _ in range(10):
        folder = tree / choose.choice(["api", "web", "new"])
        match choose.randrange(5):
            case 0:
                folder.mkdir(exist_ok=True)
                (folder / "Dockerfile").write_text(IMAGE)
            case 1:
                folder.mkdir(exist_ok=True)
                lines = choose.choices(WORDS, k=3)
                (folder / "start.sh").write_text("\n".join(["#!/bin/sh", *lines, ""]))
            case 2:
                (folder / "start.sh").unlink(missing_ok=True)
            case 3:
                (tree / ".gitignore").write_text(choose.choice(["", "web\n", "*.sh\n"]))
            case _:
                (tree / "compose.yaml").write_text(
                    f"services:\n  a:\n    build: {folder.name}\n    init: true\n"
                )
        assert run("check") == run("check", "--no-cache")
        assert run("check") == run("check", "--no-cache")
