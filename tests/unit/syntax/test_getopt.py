"""What getopt writes; the lines are those of util-linux 2.38."""

from __future__ import annotations

import pytest

from gracelint.syntax.getopt import ordered

LONG = ("-o", "ab:c::", "--long", "foo:,bar,baz::", "-n", "entry", "--")


@pytest.mark.parametrize(
    ("args", "line"),
    [
        (["--foo", "1", "-a", "x"], " --foo '1' -a -- 'x'"),
        (["x", "-b", "y z", "--", "-a"], " -b 'y z' -- 'x' '-a'"),
        (["-abq'r"], " -a -b 'q'\\''r' --"),
        (["-c", "-cx", "--baz", "--baz=x"], " -c '' -c 'x' --baz '' --baz 'x' --"),
        (["--fo=1", "-"], " --foo '1' -- '-'"),
        ([], " --"),
    ],
)
def test_options_come_first_and_everything_is_quoted(args: list[str], line: str) -> None:
    assert ordered([*LONG, *args]) == line + "\n"


def test_a_plus_ends_the_options_at_the_first_operand() -> None:
    assert ordered(["-o", "+ab:", "--", "-a", "x", "-b"]) == " -a -- 'x' '-b'\n"


def test_the_getopt_of_old_quotes_nothing() -> None:
    assert ordered(["ab:", "-a", "-b", "1", "x"]) == " -a -b 1 -- x\n"


def test_options_may_be_stated_with_an_equals_sign() -> None:
    assert ordered(["--options=a", "--longoptions=bar", "--", "--bar", "-a"]) == " --bar -a --\n"


@pytest.mark.parametrize(
    "args", [["-x"], ["-b"], ["--foo"], ["--bar=1"], ["--ba"], ["--other"], ["-ax"]]
)
def test_what_it_complains_about_is_not_told(args: list[str]) -> None:
    assert ordered([*LONG, *args]) is None


@pytest.mark.parametrize("args", [["-z", "a", "--"], ["-o"], ["-s", "tcsh", "-o", "a", "--", "-a"]])
def test_other_ways_to_call_it_are_not_told(args: list[str]) -> None:
    assert ordered(args) is None
