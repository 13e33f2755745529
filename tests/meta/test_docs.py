"""What the documentation shows is what happens, and its tables are what the model says.

`PYTHONPATH=tests/helpers python tests/meta/test_docs.py` writes what happens into the documents.
"""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest
from launched import launched
from sessions import SESSION, run, updated

from gracelint.base.facts import Known
from gracelint.base.values import replace
from gracelint.diagnose.tell import tell
from gracelint.model.story import Story, Verdict
from gracelint.model.workload import Base

ROOT = Path(__file__).resolve().parents[2]
PAGES = sorted((ROOT / "docs").glob("*.md"))
TEXT = (ROOT / "docs" / "how-a-stop-works.md").read_text(encoding="utf-8")
SESSIONS = [(p.stem, shown) for p in PAGES for shown in SESSION.findall(p.read_text("utf-8"))]
SHELLS = ("dash", "bash", "ash")
CELL = re.compile(r"(?<!\\)\|")


def table(name: str) -> list[list[str]]:
    """The rows of a marked table."""
    lines = TEXT.partition(f"<!-- table: {name} -->\n")[2].partition("\n\n")[0].splitlines()[2:]
    rows = [[cell.strip().replace("\\|", "|") for cell in CELL.split(line)[1:-1]] for line in lines]
    return [[row[0].strip("`"), *row[1:]] for row in rows]


def story(words: list[str], shell: str = "dash") -> Story:
    workload = launched(words, {})
    return tell(replace(workload, base=Base("debian:12", Known(shell))))


@pytest.mark.parametrize(
    ("page", "shown"),
    SESSIONS,
    ids=[f"{page}: {shown.splitlines()[0]}" for page, shown in SESSIONS],
)
def test_a_session_ends_as_shown(page: str, shown: str) -> None:
    assert page
    first, _, output = shown.partition("\n")
    assert run(first.removeprefix("$ "), ROOT) == output


CASES = [
    (text, shell, said)
    for text, *cells in table("sh -c")
    for shell, said in zip(SHELLS, cells, strict=True)
]


@pytest.mark.parametrize(("text", "shell", "said"), CASES)
def test_a_shell_stays_where_the_table_says_so(text: str, shell: str, said: str) -> None:
    program = {"dash": "/bin/sh", "ash": "/bin/sh", "bash": "/bin/bash"}[shell]
    tree = story([program, "-c", text], shell).tree
    assert tree is not None
    assert ("replaced" if tree.role == "app" else "stays") == said


@pytest.mark.parametrize(("command", "said"), table("programs"))
def test_a_program_reacts_as_the_table_says(command: str, said: str) -> None:
    wanted = Verdict.GRACEFUL
    if "killed" in said:
        wanted = Verdict.KILLED
    elif "cut off" in said:
        wanted = Verdict.CUT_OFF
    assert story(shlex.split(command)).verdict is wanted


PICTURES = sorted((ROOT / "docs" / "pictures").glob("*.svg"))


@pytest.mark.parametrize("picture", PICTURES, ids=lambda picture: picture.stem)
def test_a_picture_is_drawn_by_trace(picture: Path) -> None:
    assert drawn(picture) == picture.read_text(encoding="utf-8")


def drawn(picture: Path) -> str:
    return run(f"gracelint trace --output-format svg docs/examples/{picture.stem}", ROOT)


def test_every_picture_is_shown() -> None:
    assert PICTURES
    for picture in PICTURES:
        assert f"(pictures/{picture.name})" in TEXT


def test_every_local_link_leads_somewhere() -> None:
    for page in PAGES:
        for link in re.findall(r"\]\(([^)#:]+)\)", page.read_text(encoding="utf-8")):
            assert (page.parent / link).exists(), (page.name, link)


if __name__ == "__main__":
    for picture in PICTURES:
        picture.write_text(drawn(picture), encoding="utf-8")
    for page in PAGES:
        text = page.read_text(encoding="utf-8")
        page.write_text(updated(text, lambda command: run(command, ROOT)), encoding="utf-8")
