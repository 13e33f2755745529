"""Where nobody reads all assumptions of a story, those that take long are not worked out."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from gracelint.diagnose import played
from gracelint.files.tree import Files
from gracelint.model.options import Options
from gracelint.model.story import Later, Verdict
from gracelint.session.session import Session

if TYPE_CHECKING:
    from pathlib import Path

    from gracelint.model.result import Result

DOCKERFILE = 'FROM debian:12\nCOPY start.sh /start.sh\nENTRYPOINT ["/start.sh"]\n'
SCRIPT = """#!/bin/sh
if [ -n "$MODE" ]; then
    exec sleep infinity
fi
exec /srv/web
"""


def result(folder: Path, *, brief: bool) -> Result:
    for name in ("one", "two"):
        (folder / name).mkdir(exist_ok=True)
        (folder / name / "Dockerfile").write_text(DOCKERFILE, encoding="utf-8")
        (folder / name / "start.sh").write_text(SCRIPT + "# " + "-" * 400, encoding="utf-8")
    session = Session(Files(folder), Options())
    session.brief = brief
    return session.run(["."])


def test_a_brief_run_finds_and_counts_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = result(tmp_path, brief=False)
    monkeypatch.setattr(played, "explore_set", lambda *_: pytest.fail("looked a second time"))
    brief = result(tmp_path, brief=True)
    assert (brief.findings, brief.launches) == (whole.findings, whole.launches)
    for one, other in zip(whole.stories, brief.stories, strict=True):
        assert one.verdict is other.verdict is Verdict.GRACEFUL
        assert one.assumptions[: len(other.assumptions)] == other.assumptions
        assert len(one.assumptions) > len(other.assumptions) > 0


def test_texts_that_are_worked_out_later_are_worked_out_once() -> None:
    asked = []
    texts = Later(("a",), lambda: (asked.append(1), ("b", "a"))[1])
    assert texts
    assert not asked
    assert texts == ("a", "b")
    assert (list(texts), texts[1:], len(texts)) == (["a", "b"], ("b",), 2)
    assert hash(texts) == hash(("a", "b"))
    assert len(asked) == 1
