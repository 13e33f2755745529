"""`gracelint prove` where no engine is needed: what it refuses, and how."""

from __future__ import annotations

import sys
import tomllib
from contextlib import nullcontext
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

from gracelint.base.values import replace
from gracelint.model.proof import Lesson, Observed, Proof, Seen

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

EXEC = 'FROM debian:12\nCMD ["/srv/web"]\n'
COMPOSE = "services:\n  web: {build: .}\n  db: {image: postgres:16}\n"


def dockerfiles(top: Path, names: list[str]) -> None:
    for name in names:
        (top / name).parent.mkdir()
        (top / name).write_text(EXEC)


@pytest.fixture
def no_engine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOCKER_HOST", f"unix://{tmp_path}/none.sock")
    monkeypatch.setenv("PATH", str(tmp_path))


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["missing/Dockerfile"], "missing/Dockerfile: it is no path here, no service"),
        (["./none"], "./none: no such file or folder"),
        (["./Dockerfle"], "./Dockerfle: no such file or folder; did you mean `./Dockerfile`?"),
        (["compose.yaml:wbe"], "compose.yaml: there is no service `wbe` in it; did you mean `web`"),
        (["Not An Image"], "Not An Image: it is no path here, no service, and no name of an image"),
        (["compose.yaml:cache"], "compose.yaml: there is no service `cache` in it"),
        (["empty"], "empty: there is no Dockerfile or Compose file in it; --all looks deeper"),
        (
            ["Dockerfile", "--target", "dev"],
            "Dockerfile: there is no image or service to start with the stage dev",
        ),
        (["--env", "NAME"], "--env NAME: write it as NAME=VALUE"),
        (["--ready", "("], "--ready (: it is no pattern"),
        (["--learn", "--isolated"], "--learn writes to the settings, and --isolated uses none"),
    ],
)
def test_what_cannot_be_proven_is_refused_in_words(
    run: Callable[..., Any], tmp_path: Path, no_engine: None, arguments: list[str], said: str
) -> None:
    (tmp_path / "Dockerfile").write_text(EXEC)
    (tmp_path / "compose.yaml").write_text(COMPOSE)
    (tmp_path / "empty").mkdir()
    made = run("prove", *arguments)
    assert made.status == 2
    assert made.stderr.splitlines()[-1].startswith(f"gracelint: error: {said}")
    assert made.stdout == ""


def test_without_any_engine_it_says_what_each_of_them_lacks(
    run: Callable[..., Any], tmp_path: Path, no_engine: None
) -> None:
    (tmp_path / "Dockerfile").write_text(EXEC)
    made = run("prove")
    assert made.status == 2
    assert "no engine answers. Docker: " in made.stderr
    assert "Podman: there is no `podman` in PATH" in made.stderr
    assert made.stderr.count("\n") == 1


def test_a_folder_in_which_nothing_is_built_is_nothing_to_prove(
    run: Callable[..., Any], tmp_path: Path, no_engine: None
) -> None:
    (tmp_path / "compose.yaml").write_text("services:\n  db: {image: postgres:16}\n")
    made = run("prove", "--all")
    assert made.status == 0
    assert "compose.yaml:db: its image is not built here" in made.stderr
    assert "there is nothing here that can be built and started" in made.stderr


def proof(name: str, seen: Seen | None, *, agrees: bool | None = True) -> Proof:
    observed = None if seen is None else Observed(seen, "SIGTERM", 10, 0.1, 0)
    return Proof(name, observed=observed, agrees=agrees, problem="" if seen else "not built")


@pytest.fixture
def proven(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Let an engine that stands in for one come to these proofs, one for each launch."""

    def stand_in(*proofs: Proof | BaseException) -> None:
        left = list(proofs)
        api = SimpleNamespace(containers=lambda **_asked: [])
        engine = SimpleNamespace(kind="docker", version="Docker 28", api=api)
        monkeypatch.setattr("gracelint.prove.engine.connected", lambda _name: nullcontext(engine))

        def prove(_kept: Any, trial: Any, _terms: Any) -> Proof:
            found = left.pop(0)
            if isinstance(found, BaseException):
                raise found
            return replace(found, story=trial.story)

        monkeypatch.setattr("gracelint.prove.run.prove", prove)

    return stand_in


@pytest.mark.parametrize(
    ("seen", "status"),
    [
        ([(Seen.GRACEFUL, True)], 0),
        ([(Seen.KILLED, True)], 1),
        ([(Seen.EXITS, True)], 1),
        ([(Seen.UNCLEAR, None)], 0),
        ([(Seen.KILLED, False), (Seen.GRACEFUL, True)], 3),
        ([(Seen.KILLED, False), (None, None)], 2),
    ],
)
def test_the_exit_status_says_the_worst(
    run: Callable[..., Any],
    tmp_path: Path,
    proven: Callable[..., None],
    seen: list[tuple[Seen | None, bool | None]],
    status: int,
) -> None:
    names = [f"{letter}/Dockerfile" for letter in "ab"[: len(seen)]]
    dockerfiles(tmp_path, names)
    proven(*(proof(name, what, agrees=a) for name, (what, a) in zip(names, seen, strict=True)))
    made = run("prove", *names)
    assert made.status == status
    assert made.stdout.endswith(".\n")


def test_what_all_launches_of_a_run_teach_is_written(
    run: Callable[..., Any], tmp_path: Path, proven: Callable[..., None]
) -> None:
    names = ["a/Dockerfile", "b/Dockerfile"]
    dockerfiles(tmp_path, names)
    (tmp_path / "gracelint.toml").write_text("# ours\n")
    lessons = [Lesson(f"/srv/{name[0]}", "TERM", "graceful", "it did") for name in names]
    proven(*(replace(proof("x", Seen.GRACEFUL), lessons=(lesson,)) for lesson in lessons))
    made = run("prove", *names, "--learn")
    text = (tmp_path / "gracelint.toml").read_text()
    assert (made.status, text.partition("\n")[0]) == (0, "# ours")
    assert tomllib.loads(text)["programs"].keys() == {"/srv/a", "/srv/b"}
    assert made.stderr.count("is what was seen") == 2


def test_a_report_goes_where_it_is_asked_for(
    run: Callable[..., Any], tmp_path: Path, proven: Callable[..., None]
) -> None:
    (tmp_path / "Dockerfile").write_text(EXEC)
    proven(proof("Dockerfile", Seen.GRACEFUL))
    made = run("prove", "--output-format", "markdown", "--output-file", "proof.md")
    assert (made.status, made.stdout) == (0, "")
    assert (tmp_path / "proof.md").read_text().startswith("### gracelint prove\n")


def test_what_was_proven_before_an_interruption_is_told(
    run: Callable[..., Any], tmp_path: Path, proven: Callable[..., None]
) -> None:
    names = ["a/Dockerfile", "b/Dockerfile"]
    dockerfiles(tmp_path, names)
    proven(proof("a/Dockerfile", Seen.GRACEFUL), KeyboardInterrupt())
    made = run("prove", *names)
    assert made.status == 130
    assert made.stdout.startswith("a/Dockerfile: as predicted\n")


def test_without_the_sdk_it_says_what_to_install(
    run: Callable[..., Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "Dockerfile").write_text(EXEC)
    monkeypatch.setitem(sys.modules, "docker", None)
    made = run("prove")
    assert made.status == 2
    assert "pip install 'gracelint[engine]'" in made.stderr
