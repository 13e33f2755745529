"""Markdown that means what it says, whatever stands in it."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from gracelint.base.source import Source
from gracelint.model.finding import Severity
from gracelint.report import markdown, render
from gracelint.report.text import visible

READER = MarkdownIt("commonmark").enable(["table", "strikethrough"])
TRICKS = st.sampled_from(
    ["`", "```", "<b>", "</details>", "&lt;", "[a](http://b)", "![x](y)", "**", "__", "~~", "# ",
     "- ", "1. ", "> ", "|", "\\", "\n", "    ", "<!--", "-->", "https://x.y", "$", "***", "==="]
)  # fmt: skip
TEXT = st.lists(st.one_of(TRICKS, st.text(max_size=5))).map("".join)


def read(text: str) -> tuple[str, set[str]]:
    """What a reader sees, and of which kinds of things it is made."""
    seen, kinds = [], set()
    for token in READER.parse(text):
        for child in token.children or [token]:
            kinds.add(child.type)
            if child.type in {"text", "code_inline", "text_special"}:
                seen.append(child.content)
    return "".join(seen).replace("\n", " "), kinds


def same(one: str, other: str) -> bool:
    return "".join(one.split()) == "".join(other.split())


@given(TEXT)
def test_plain_text_is_nothing_but_text(given_text: str) -> None:
    seen, kinds = read("x" + markdown.plain(given_text))
    assert same(seen, "x" + visible(given_text))
    assert kinds <= {"text", "paragraph_open", "paragraph_close", "html_inline"}
    assert "html_inline" not in kinds or "@" in given_text


@given(TEXT)
def test_code_is_nothing_but_code(given_text: str) -> None:
    seen, kinds = read(f"x {markdown.code(given_text)}")
    assert same(seen, f"x {visible(given_text)}")
    assert kinds <= {"text", "paragraph_open", "paragraph_close", "code_inline", "html_inline"}
    assert "html_inline" not in kinds or not given_text.strip()


@given(TEXT)
def test_blocks_end_where_they_are_ended(given_text: str) -> None:
    (block,) = READER.parse(markdown.fenced(given_text))
    assert block.type == "fence"


@given(TEXT)
def test_sentences_hold_text_and_code(given_text: str) -> None:
    kinds = read("x" + markdown.prose(given_text))[1]
    assert not kinds & {"link_open", "image", "strong_open", "em_open", "html_block", "fence"}


def test_nobody_is_called() -> None:
    assert markdown.plain("@team") == "@<!-- -->team"


def test_the_worst_comes_first_with_what_to_do(made: Any) -> None:
    advice = made.finding(severity=Severity.INFO, message="think of it")
    text = render("markdown", made.result(advice, made.story_of_a_script()))
    assert text.startswith("### gracelint\n\n1 error and 1 info in 2 files.")
    assert text.index("**error** GL202") < text.index("**info** GL202")
    assert "at `entrypoint.sh:14:1`: the trap for TERM runs only after `node` has ended" in text
    assert "\n*Fix:* start `node` in the background and wait for it (unsafe: " in text


def test_what_is_killed_is_traced(made: Any) -> None:
    result = made.result(stories=(made.abandoned(),))
    text = render("markdown", result)
    assert "<summary>abandoned: Dockerfile</summary>" in text
    assert "└─ node server.js" in text
    graceful = made.story(verdict=made.Verdict.GRACEFUL)
    assert "<summary>" not in render("markdown", made.result(stories=(graceful,)))


def test_a_comment_is_not_longer_than_it_may_be(made: Any) -> None:
    findings = [
        made.finding(
            source=Source(f"{n}/a{n}.sh", f"x\n{'y' * 300}\napp\n"), text="app", help="h" * 300
        )
        for n in range(300)
    ]
    text = render("markdown", made.result(*findings, stories=(made.abandoned(),)))
    assert 50_000 < len(text) <= 65_536
    shown = text.count("**error**")
    assert f"{300 - shown} more findings would not fit here.\n" in text
    assert "1 more trace would not fit here.\n" in text


def test_an_address_is_linked(made: Any, monkeypatch: Any) -> None:
    monkeypatch.setenv("GRACELINT_ADDRESS", "https://example.com/tree/v1")
    text = render("markdown", made.result(made.finding()))
    assert (
        "**error** [GL202 trap-behind-foreground-child](https://example.com/tree/v1/rules/" in text
    )
