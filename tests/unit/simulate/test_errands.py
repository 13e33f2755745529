"""Commands in the background that do a piece of work beside an application, and those that stay."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from gracelint.files.tree import Files
from gracelint.model.options import Options
from gracelint.session.session import Session

if TYPE_CHECKING:
    from pathlib import Path

DOCKERFILE = "FROM debian:12\nCOPY --chmod=755 run.sh /\nENTRYPOINT ['/run.sh']\n".replace("'", '"')
BESIDE = "has nothing to finish: it is not told"


@pytest.mark.parametrize(
    ("job", "client"),
    [
        ("(sleep 5; client --eval x) &", "client --eval x"),
        ("f() { until client ping; do sleep 1; done; client put x; }; f &", "client put x"),
        ("f() { client create-user admin; }; f &", "client create-user admin"),
        ("client -v register &", "client -v register"),
        ("{ wait-for-it db:1; client x; } &", "client x"),
    ],
)
def test_errands(tmp_path: Path, job: str, client: str) -> None:
    told = _story(tmp_path, job)
    assert (told.verdict, told.assumptions[0]) == ("graceful", f"`{client}` {BESIDE}")


@pytest.mark.parametrize(
    "job",
    [
        "(sleep 5; work-queue consume) &",
        "sleep 5; mirror --all &",
        "f() { mirror --dir /x; }; f &",
        "(sleep 5; metrics_agent -v) &",
        "(sleep 5; /run-all) &",
        "(sleep 5; backend --port 80) &",
        "wait-for-db -- backend &",
    ],
)
def test_what_may_stay(tmp_path: Path, job: str) -> None:
    (tmp_path / "run-all").write_text("\0")
    assert _story(tmp_path, job, "COPY --chmod=755 run-all /\n").verdict == "abandoned"


def _story(folder: Path, job: str, more: str = ""):
    (folder / "Dockerfile").write_text(DOCKERFILE + more)
    (folder / "run.sh").write_text(f"#!/bin/bash\n{job}\nexec front\n")
    [told] = Session(Files(folder), Options()).scene(["Dockerfile"]).stories
    return told
