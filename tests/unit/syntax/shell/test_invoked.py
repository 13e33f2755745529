"""The text that a command hands to a shell."""

from __future__ import annotations

import pytest

from gracelint.base.facts import Word
from gracelint.syntax.shell.invoked import shell_text


@pytest.mark.parametrize(
    ("command", "text"),
    [
        ("sh -c TEXT", "TEXT"),
        ("/bin/bash -c TEXT name arg", "TEXT"),
        ("bash -lc TEXT", "TEXT"),
        ("bash -ceu -o pipefail TEXT", "TEXT"),
        ("sh -e -c TEXT", "TEXT"),
        ("sh -c -e TEXT", "TEXT"),
        ("bash -o pipefail -c TEXT", "TEXT"),
        ("bash +o posix -c TEXT", "TEXT"),
        ("bash --noprofile --rcfile file -c TEXT", "TEXT"),
        ("sh -c -- TEXT", "TEXT"),
        ("busybox sh -c TEXT", "TEXT"),
        ("/bin/busybox ash -ec TEXT", "TEXT"),
        ("sh TEXT -c x", None),
        ("sh -s TEXT", None),
        ("sh -e", None),
        ("sh -c", None),
        ("sh -c --", None),
        ("sh -o -c", None),
        ("bash --command TEXT", None),
        ("python -c TEXT", None),
        ("busybox sleep -c TEXT", None),
        ("env sh -c TEXT", None),
        ("", None),
    ],
)
def test_the_first_operand_behind_the_options(command: str, text: str | None) -> None:
    found = shell_text([Word(word) for word in command.split()])
    assert (found and found.value) == text


def test_a_text_that_is_not_known_is_one() -> None:
    text = Word(None, reason="`$CMD` is not set here")
    assert shell_text([Word("sh"), Word("-c"), text]) is text


def test_an_option_that_is_not_known_may_be_anything() -> None:
    assert shell_text([Word("sh"), Word(None), Word("-c"), Word("TEXT")]) is None
    assert shell_text([Word(None), Word("-c"), Word("TEXT")]) is None
