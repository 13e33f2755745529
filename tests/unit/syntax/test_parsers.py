"""Grammars of tree-sitter, and texts that take them long."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gracelint.base.source import Source
from gracelint.syntax import parsers
from gracelint.syntax.code import javascript, perl
from gracelint.syntax.code.grammars import Reader
from gracelint.syntax.hcl import Hcl
from gracelint.syntax.shell import parse as shell
from gracelint.syntax.shell import tree

if TYPE_CHECKING:
    import pytest

LONG = 2_000


def test_what_takes_too_long_is_not_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parsers, "SECONDS", -1.0)
    module = perl.read("a ? b : c;\n" * LONG)
    assert (module.body, module.exact) == ((), False)
    assert "takes too long" in module.problem
    script = shell.parse(Source("x.sh", "#!/bin/sh\n" + "a | b\n" * LONG))
    [item] = script.body.items
    assert isinstance(item.command, tree.Unread)
    assert [(message, script.certain) for _, _, message in script.errors] == [
        ("it takes too long to be read", False)
    ]
    assert not Hcl('target "a" {}\n' * LONG).blocks


def test_what_follows_is_read_all_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as at_once:
        at_once.setattr(parsers, "SECONDS", -1.0)
        perl.read("a ? b : c;\n" * LONG)
    assert len(perl.read("a();\n" * LONG).body) == LONG


def test_a_long_chain_is_read_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """What a chain begins with is asked for at each of its calls, not what all of it reads."""
    read: list[int] = []
    source = Reader.source
    monkeypatch.setattr(
        Reader, "source", lambda at, node: read.append(len(source(at, node))) or source(at, node)
    )
    javascript.read("a" + "`b`" * 3_000)
    assert sum(read) < 100_000
