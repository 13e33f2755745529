"""Patterns that whole texts of strangers are searched with: what begins thousands of matches and
ends none must not take time by the square of its length, which would be minutes here.
"""

from __future__ import annotations

from importlib import import_module

import pytest

LENGTH = 300_000
HOSTILE = [
    ("resolve.ignores:_COMMENT", "# gracelint: ignore["),
    ("atlas.readers.makefile:_GOES_ON", " "),
    ("atlas.readers.servers:_WRITES_OFF", "daemon off ;a>"),
    ("diagnose.played:_INSTALLS", ";yum -"),
    ("discover.commands:_VARIABLE", "${{"),
    ("discover.commands:_VARIABLE", "$("),
    ("simulate.sources.golang:_KEPT", "a"),
    ("simulate.sources.golang:_LOOP", "for    "),
    ("simulate.sources.rustlang:_TEXT", '"\\'),
    ("simulate.sources.rustlang:_HEARS", "Signals::new("),
    ("simulate.sources.rustlang:_MAIN", "fn main() "),
    ("simulate.sources.rustlang:_TAKES", "let a "),
    ("simulate.sources.rustlang:_OF_ARGUMENTS", "let mut a "),
    ("simulate.sources.clang:_BEGINS_THREAD", "pthread_create(a "),
    ("simulate.sources.clang:_ASKED", "if ( a "),
    ("simulate.sources.clang:_COUNTED", "( a = 0 ; "),
    ("simulate.sources.clang:_CHRONO", "seconds ( a "),
    ("simulate.sources.dotnet:_GOES_ROUND", "while("),
]


@pytest.mark.parametrize(("where", "begins"), HOSTILE)
def test_what_only_begins_is_passed_over(where: str, begins: str) -> None:
    module, name = where.split(":")
    pattern = getattr(import_module(f"gracelint.{module}"), name)
    assert pattern.search(begins * (LENGTH // len(begins))) is None
