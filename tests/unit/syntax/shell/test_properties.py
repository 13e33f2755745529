"""What holds for every shell text."""

import shutil
import subprocess

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from shell_shapes import SCRIPTS, script, shape

from gracelint.syntax.shell import tree as t
from gracelint.syntax.shell.parse import parse, parts_of, walk

SAMPLE = """#!/bin/bash
set -Eeuo pipefail
trap 'kill -TERM "$pid"; wait' TERM INT
_main() {
	if [ "${1:0:1}" = '-' ] || [[ $1 =~ ^(a|b)+$ ]]; then set -- app "$@"; fi
	case "$1" in (app|x*) shift ;; "it's") : ;& *) exec "$@" ;; esac
	local -a list=(one "t w o" $(ls | head -n "${#n[@]}"))
	cat <<-EOF | sed 's/x/y/' && echo `date +\\`echo %s\\`` 2>&1 >/dev/null
		héllo ${USER:-"no one"} $((1 + (2 * 3)))
	EOF
	for ((i = 0; i < 3; i++)); do app --n "$i" & done; wait -n || true
	while read -r l; do echo "${l%%#*}"; done < <(cat /etc/x) > >(tee log)
	time coproc P { cat; }
}
_main "$@" # done
"""
PIECES = st.sampled_from(
    [
        *"'\"`$(){}[];&|<>\\\n #!=\t\r",
        "$(",
        "${",
        "$((",
        "))",
        "((",
        "<<EOF\n",
        "EOF\n",
        "fi",
        "done",
        "esac",
        "case x in",
        "a)",
        ";;",
        "if",
        "then",
        "do",
        "for x",
        "in",
        "[[",
        "]]",
        "a=(",
        "f()",
        "coproc",
        "time",
        "é",
        "�",
        "!",
        "&&",
        "||",
        "2>&1",
        "$'",
        '$"',
        "word",
        "@(",
    ]
)
DIALECTS: list[t.Dialect] = ["posix", "bash", "ash", "mksh", "zsh"]
relaxed = settings(suppress_health_check=[HealthCheck.too_slow], max_examples=100)


def assert_sound(read: t.Script) -> None:
    """Every place lies in the text and in its parent's, but for here-documents."""
    size = len(read.text.text)
    assert (read.body.start, read.body.end) == (0, size)
    for node in walk(read.body):
        assert 0 <= node.start <= node.end <= size
        inner = [n for n in parts_of(node) if not (isinstance(node, t.Redirect) and node.document)]
        assert all(node.start <= n.start and n.end <= node.end for n in inner), node
    assert not read.certain or read.errors
    assert all(0 <= start <= end <= size for start, end, _ in read.errors)


@relaxed
@given(SCRIPTS)
def test_a_generated_script_has_the_shape_it_was_generated_with(made: tuple) -> None:
    text, expected = made
    read = script(text)
    assert read.errors == ()
    assert shape(read.body) == expected
    assert_sound(read)


@relaxed
@given(st.text() | st.lists(PIECES | st.just(" ")).map("".join), st.sampled_from(DIALECTS))
def test_any_text_is_read_without_an_exception(text: str, dialect: t.Dialect) -> None:
    assert_sound(script(text, dialect))


@relaxed
@given(
    st.integers(0, len(SAMPLE)), st.integers(0, 40), PIECES | st.just(""), st.sampled_from(DIALECTS)
)
def test_a_damaged_script_is_read_without_an_exception(
    at: int, cut: int, piece: str, dialect: t.Dialect
) -> None:
    assert_sound(script(SAMPLE[:at] + piece + SAMPLE[at + cut :], dialect))


def test_the_sample_itself_is_read_whole() -> None:
    read = script(SAMPLE, None)
    assert (read.errors, read.dialect) == ((), "bash")
    assert not [n for n in walk(read.body) if isinstance(n, t.Unread | t.Opaque)]


JUDGES = [("bash", "bash"), ("dash", "posix")]


@pytest.mark.parametrize(("shell", "dialect"), JUDGES)
@settings(parent=relaxed, max_examples=40)
@given(st.lists(PIECES | st.just(" "), max_size=12).map("".join))
def test_what_a_shell_accepts_is_never_certainly_wrong(
    shell: str, dialect: t.Dialect, text: str
) -> None:
    program = shutil.which(shell)
    if program is None:
        pytest.skip(f"{shell} is not installed")
    read = script(text, dialect)
    if read.certain and "\ud800" not in text:
        judged = subprocess.run(
            [program, "-n"], input=text.encode(), capture_output=True, check=False
        )
        assert judged.returncode != 0 or judged.stderr


@pytest.mark.parametrize(
    "text",
    [
        "$(" * 5000 + "a" + ")" * 5000,
        '"$(' * 3000,
        "{ " * 3000,
        "`" * 3001,
        "${a:-" * 3000,
        "f() " * 3000 + "{ a; }",
        "a && " * 3000 + "a",
        "! " * 3000 + "a",
        "((a);" * 3000,
    ],
)
def test_deep_nesting_is_unread_and_no_exception(text: str) -> None:
    read = script(text)
    assert_sound(read)


def test_nesting_beyond_the_bound_is_left_unread_but_not_called_wrong() -> None:
    read = script("a\necho " + "$(" * 100 + "b" + ")" * 100)
    assert not read.certain
    assert [type(item.command) for item in read.body.items] == [t.Simple, t.Unread]


def test_a_script_beyond_the_size_limit_is_left_unread() -> None:
    from gracelint.base.source import Source
    from gracelint.syntax.shell.parse import LIMIT

    read = parse(Source("x", "a" * (LIMIT + 1)))
    assert not read.certain
    assert isinstance(read.body.items[0].command, t.Unread)
