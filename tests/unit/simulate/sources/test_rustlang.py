"""What Rust programs start, where that is not one thing in plain sight."""

from __future__ import annotations

import time

import pytest

from gracelint.base.facts import Unknown, Word
from gracelint.base.source import Source
from gracelint.model.entries import Wrapped
from gracelint.simulate.sources import rustlang

TAKES = "fn main() { let mut all = std::env::args().skip(1); let name = all.next().unwrap(); "
ARGS = [Word(word, None) for word in ("/begin", "/app/server", "one")]


def _launched(code: str, *, handles: bool = False) -> Wrapped | Unknown | None:
    return rustlang.launcher([(Source("main.rs", code), code)], ARGS, handles=handles)


def test_what_is_taken_from_the_arguments_is_followed() -> None:
    assert isinstance(_launched(TAKES + "Command::new(name).args(all).status(); }"), Wrapped)


@pytest.mark.parametrize(
    "code",
    [
        TAKES + "let name = find(name); Command::new(name).args(all).status(); }",
        TAKES + "let skipped = all.nth(1); Command::new(name).args(all).status(); }",
        'fn main() { if own() { Command::new("a").exec(); } else { Command::new("b").exec(); } }',
        'fn main() { if own() { Command::new("a").exec(); } Command::new("b").status(); }',
    ],
)
def test_what_is_changed_or_depends_on_a_condition_is_open(code: str) -> None:
    assert isinstance(_launched(code), Unknown)


def test_a_method_of_something_else_replaces_no_program() -> None:
    code = 'fn main() { Command::new("a").status(); Command::new("b").spawn(); query.exec(); }'
    assert _launched(code) is None


def test_a_child_that_is_asked_before_it_is_killed_is_not_known_to_be_killed() -> None:
    code = 'fn main() { signal(15, f); let c = Command::new("a").spawn(); %s c.kill(); c.wait(); }'
    assert isinstance(_launched(code % "", handles=True), Wrapped)
    assert isinstance(_launched(code % "drop(pipe);", handles=True), Unknown)


@pytest.mark.parametrize(
    "part", ["Command::new(", "Command::new(a).args(a) ", 'Command::new(". . ']
)
def test_hostile_text_is_read_in_time(part: str) -> None:
    begun = time.process_time()
    _launched("fn main() { " + part * (200_000 // len(part)))
    assert time.process_time() - begun < 5
