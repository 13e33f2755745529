"""Shells: which one a command runs."""

from __future__ import annotations

import pytest
from atlas_words import words

from gracelint import atlas


@pytest.mark.parametrize(
    ("command", "sh", "expected"),
    [
        ("sh", "dash", ("dash", 0)),
        ("/bin/sh", "ash", ("ash", 0)),
        ("/bin/sh", "", None),
        ("bash", "dash", ("bash", 0)),
        ("/bin/bash", "bash-5.0", ("bash-5.0", 0)),
        ("ash", "dash", ("ash", 0)),
        ("dash", "bash", ("dash", 0)),
        ("zsh", "dash", ("zsh", 0)),
        ("ksh", "dash", ("mksh", 0)),
        ("busybox sh", "dash", ("ash", 1)),
        ("/bin/busybox ash -c x", "dash", ("ash", 1)),
        ("busybox cat", "dash", None),
        ("busybox", "dash", None),
        ("busybox ?", "dash", None),
        ("python", "dash", None),
    ],
)
def test_which_shell_a_command_is(command: str, sh: str, expected: tuple[str, int] | None) -> None:
    first, *rest = words(command)
    assert atlas.shell_key(first.value or "", rest, sh) == expected


def test_an_unknown_shell() -> None:
    assert atlas.shell("fish") is None


def test_bash_replaces_itself_behind_a_semicolon_only_from_5_1_on() -> None:
    new, old = atlas.shell("bash-5.2"), atlas.shell("bash-4.4")
    assert new is not None
    assert old is not None
    assert "sequence" in new.implicit_exec
    assert "sequence" not in old.implicit_exec


def test_dash_never_replaces_itself_and_knows_no_sig_prefix() -> None:
    dash = atlas.shell("dash")
    assert dash is not None
    assert (dash.implicit_exec, dash.sig_prefix) == (frozenset(), False)


@pytest.mark.parametrize(
    ("key", "known"), [("dash", False), ("bash", True), ("ash", True), ("mksh", False)]
)
def test_which_shells_can_wait_for_the_next_job(key: str, known: bool) -> None:
    shell = atlas.shell(key)
    assert shell is not None
    assert shell.wait_n is known
