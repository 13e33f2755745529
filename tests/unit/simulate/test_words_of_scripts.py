"""What words of scripts come to: the values that bash gives, or none at all.

words.json holds what bash 5.2 with GNU's tools gives. `told`: the words are worked out. `open`:
nobody has to work them out, but other words are wrong.
"""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from launched import launched

from gracelint.diagnose.tell import tell

if TYPE_CHECKING:
    from collections.abc import Iterator

WORDS: dict[str, dict[str, list[str]]] = json.loads(
    (Path(__file__).parent / "words.json").read_text(encoding="utf-8")
)
BEFORE = "A=hello\nE=\nP=/usr/lib/a.txt\nV=v1.2.3\nR=A\n"
SHOWN = "shown() { printf '%s\\0' $# \"$@\"; }\n"


def told(written: str) -> list[str | None]:
    """The words that `/app/server` is started with."""
    script = f"{BEFORE}exec /app/server {written}\n"
    story = tell(launched(["/bin/bash", "/srv/start.sh"], {"start.sh": script}))
    assert story.tree is not None
    program, *words = (word.value for word in story.tree.argv)
    assert program == "/app/server"
    return words


def cases(kind: str) -> list[object]:
    return [pytest.param(*case, id=case[0]) for case in WORDS[kind].items()]


@pytest.mark.parametrize(("written", "words"), cases("told"))
def test_the_words_are_told(written: str, words: list[str]) -> None:
    assert told(written) == words


@pytest.mark.parametrize(("written", "words"), cases("open"))
def test_no_other_words_are_told(written: str, words: list[str]) -> None:
    value = told(written)
    assert None in value or value == words


@pytest.mark.skipif(shutil.which("bash") is None, reason="bash is not installed")
def test_bash_gives_these_words(tmp_path: Path) -> None:
    values = WORDS["told"] | WORDS["open"]
    script = SHOWN + "".join(f"({BEFORE}shown {written}\n)\n" for written in values)
    done = subprocess.run(
        ["bash", "-c", script], cwd=tmp_path, capture_output=True, text=True, timeout=60, check=True
    )
    assert dict(zip(values, words_of(done.stdout), strict=True)) == values


def words_of(shown: str) -> Iterator[list[str]]:
    """The words of each command: their number, and the words, each with a NUL behind it."""
    pieces = iter(shown.split("\0"))
    for number in pieces:
        if number:
            yield [next(pieces) for _ in range(int(number))]
