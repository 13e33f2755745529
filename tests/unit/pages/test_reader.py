from __future__ import annotations

import re
import shutil
from typing import TYPE_CHECKING

import pytest

from gracelint.pages import reader as pages
from gracelint.pages.reader import Announced, Page, PageError

if TYPE_CHECKING:
    from pathlib import Path

FENCE = "```"


def page(*lines: str) -> Page:
    text = "\n".join(lines).replace("~~~", FENCE)
    return pages.parse("GL101", "shell-form-entrypoint", "GL101-shell-form-entrypoint.md", text)


def test_sections_and_the_summary() -> None:
    made = page(
        "# GL101 shell-form-entrypoint",
        "",
        "## What it does",
        "",
        "Reports a shell",
        "as PID 1. More text.",
        "",
        "## Fix",
        "None.",
    )
    assert made.sections == {
        "What it does": "Reports a shell\nas PID 1. More text.",
        "Fix": "None.",
    }
    assert made.summary == "Reports a shell as PID 1."


def test_an_example_loses_its_announcements_in_every_kind_of_file() -> None:
    made = page(
        "## Example",
        "~~~dockerfile title=Dockerfile engine",
        "FROM debian:12",
        "# error: [GL101] a shell",
        "# info: [GL107]",
        "ENTRYPOINT app",
        "# error: no code, so a comment",
        "~~~",
        "and",
        "~~~json title=k8s/pod.json",
        "{",
        '  # warning: [GL501] "x"',
        '  "a": 1',
        "}",
        "~~~",
    )
    (example,) = made.examples
    assert example.files == {
        "Dockerfile": "FROM debian:12\nENTRYPOINT app\n# error: no code, so a comment\n",
        "k8s/pod.json": '{\n  "a": 1\n}\n',
    }
    assert example.announced == (
        Announced("error", "GL101", "a shell", "Dockerfile", 2),
        Announced("info", "GL107", "", "Dockerfile", 2),
        Announced("warning", "GL501", '"x"', "k8s/pod.json", 2),
    )
    assert example.engine


def test_headings_and_repeated_titles_begin_another_example() -> None:
    block = ["~~~sh title=a.sh", "true", "~~~"]
    other = ["~~~sh title=b", "#!/bin/sh", "~~~", "~~~yaml title=c mode=600", "a: 1", "~~~"]
    plain = ["~~~text", "not run", "~~~"]
    made = page("## Example", *block, *other, *plain, *block, "### More", *other, "## Fix", *block)
    assert [sorted(example.files) for example in made.examples] == [
        ["a.sh", "b", "c"],
        ["a.sh"],
        ["b", "c"],
        ["a.sh"],
    ]
    assert made.examples[0].modes == {"a.sh": 0o755, "b": 0o755, "c": 0o600}
    assert [example.number for example in made.examples] == [1, 2, 3, 4]


def test_what_is_fixed_belongs_to_the_example() -> None:
    made = page(
        "## Example",
        "~~~dockerfile title=Dockerfile",
        "# error: [GL101]",
        "CMD a",
        "~~~",
        "~~~sh title=run.sh",
        "a",
        "~~~",
        "~~~text tree",
        "the tree",
        "~~~",
        "## Use instead",
        "~~~dockerfile title=Dockerfile fixed",
        "CMD b",
        "~~~",
        "## Fix",
        "~~~sh title=run.sh fixed",
        "b",
        "~~~",
        "~~~text tree fixed",
        "another tree",
        "~~~",
        "## When to leave it alone",
        "~~~dockerfile title=Dockerfile",
        "CMD c",
        "~~~",
    )
    first, instead, left = made.examples
    assert first.fixed == {"Dockerfile": "CMD b\n", "run.sh": "b\n"}
    assert (first.tree, first.fixed_tree) == ("the tree\n", "another tree\n")
    assert instead.files == {"Dockerfile": "CMD b\n", "run.sh": "a\n"}
    assert (instead.announced, instead.fixed) == ((), {})
    assert left.files == {"Dockerfile": "CMD c\n"}


def test_use_instead_of_other_files_stands_alone() -> None:
    made = page(
        "## Example",
        "~~~sh title=a.sh",
        "a",
        "~~~",
        "## Use instead",
        "~~~sh title=b.sh",
        "b",
        "~~~",
    )
    assert [example.files for example in made.examples] == [{"a.sh": "a\n"}, {"b.sh": "b\n"}]


TWO = ["## Example", *(2 * ["~~~sh title=a.sh", "a", "~~~"])]


def test_the_example_meant_can_be_named() -> None:
    made = page(*TWO, "## Fix", "~~~sh title=a.sh fixed example=2", "b", "~~~")
    assert [example.fixed for example in made.examples] == [{}, {"a.sh": "b\n"}]


def test_an_example_under_fix_is_followed_by_its_own() -> None:
    shown = ["~~~sh title=a.sh", "c", "~~~", "~~~sh title=a.sh fixed", "d", "~~~"]
    made = page(*TWO[:4], "## Fix", "~~~sh title=a.sh fixed", "b", "~~~", *shown)
    assert [example.fixed for example in made.examples] == [{"a.sh": "b\n"}, {"a.sh": "d\n"}]


def test_under_the_example_it_is_the_one_before() -> None:
    made = page(*TWO, "~~~sh title=a.sh fixed", "b", "~~~", *TWO[1:4])
    assert [example.fixed for example in made.examples] == [{}, {"a.sh": "b\n"}, {}]


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        (["## Fix", "~~~sh", "a"], ":2: the block is not closed"),
        (["## Fix", "## Fix"], ":2: a second heading `Fix`"),
        (["~~~sh fxed", "~~~"], ":1: a block cannot be marked `fxed`"),
        (["~~~sh titel=x", "~~~"], ":1: a block cannot be marked `titel`"),
        ([*TWO, "## Fix", "~~~sh title=a.sh fixed", "~~~"], ": say which example is meant"),
        ([*TWO, "~~~sh title=a.sh fixed example=3", "~~~"], ": there is no example 3"),
        ([*TWO, "~~~sh title=z.sh fixed", "~~~"], ": example 2 has no file z.sh"),
        (["## Example", "~~~text tree", "~~~"], ": there is no example before it"),
        (["~~~sh title='a", "~~~"], ":1: No closing quotation"),
    ],
)
def test_a_page_that_cannot_be_read_says_where(lines: list[str], message: str) -> None:
    with pytest.raises(PageError, match=re.escape(message)):
        _ = page(*lines).examples


def test_pages_are_found_by_code(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Beside the package as in a checkout, else inside it as in a wheel."""
    package, beside = tmp_path / "gracelint", tmp_path / "rules"
    for folder in (package / "rules", beside):
        folder.mkdir(parents=True)
    text = "# GL101 a-rule\n\n## What it does\nInside.\n"
    (package / "rules" / "GL101-a-rule.md").write_text(text)
    monkeypatch.setattr(pages, "__file__", str(package / "pages" / "reader.py"))
    assert pages.load("gl101").summary == "Inside."
    shutil.copy(package / "rules" / "GL101-a-rule.md", beside)
    assert pages.folder() == beside
    assert [found.code for found in pages.load_all()] == ["GL101"]
    for unknown in ("GL999", "../x", "*", ""):
        assert pages.load(unknown) is None
