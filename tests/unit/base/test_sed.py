"""What programs of sed make of a text, as GNU sed 4.9 does it."""

from __future__ import annotations

import pytest

from gracelint.base import sed

TEXT = "#!/bin/sh\nset -e\nPORT=80 # a\n\nexec /app/server a\n"


def made(*programs: str, text: str = TEXT, extended: bool = False, quiet: bool = False) -> str:
    pieces = sed.edited(text, programs, extended=extended, quiet=quiet)
    assert pieces is not None
    assert all(0 <= piece.start <= piece.end <= len(text) for piece in pieces)
    return "".join(piece.text for piece in pieces)


@pytest.mark.parametrize(
    ("program", "line", "becomes"),
    [
        ("s/exec //", 5, "/app/server a"),
        ("s|^exec /app|/opt|", 5, "/opt/server a"),
        ("1s|.*|#!/bin/bash|", 1, "#!/bin/bash"),
        ("s/PORT=[0-9]*/PORT=8080/", 3, "PORT=8080 # a"),
        ("3s/[[:space:]]*#.*$//", 3, "PORT=80"),
        ("$s/a/b/g", 5, "exec /bpp/server b"),
        ("/PORT/!s/a/b/2", 5, "exec /app/server b"),
        (r"s/\(\/app\)\(\/server\)/[&]\2/", 5, "exec [/app/server]/server a"),
        (r"s/r\+/R\n/", 5, "exec /app/seR\nver a"),
        ("s/EXEC/run/I", 5, "run /app/server a"),
        ("$s/a/x/;s/x/y/2", 5, "exec /ypp/server a"),
        ("s/a+/x/", 3, "PORT=80 # a"),
        ("5c\\\nlast", 5, "last"),
    ],
)
def test_a_line_becomes_another(program: str, line: int, becomes: str) -> None:
    lines = TEXT.splitlines(keepends=True)
    lines[line - 1] = becomes + "\n"
    assert made(program) == "".join(lines)


@pytest.mark.parametrize(
    ("program", "lines"),
    [
        ("/^$/d", [1, 2, 3, 5]),
        ("2,3d", [1, 4, 5]),
        ("2,/^$/d", [1, 5]),
        ("/PORT/,$d", [1, 2]),
        ("$!d", [5]),
        ("/set/,1d", [1, 3, 4, 5]),
    ],
)
def test_lines_are_left_out(program: str, lines: list[int]) -> None:
    every = TEXT.splitlines(keepends=True)
    assert made(program) == "".join(every[line - 1] for line in lines)


def test_lines_are_put_in() -> None:
    assert made("1a\\  two", "1i zero", text="one\n") == "zero\none\n  two\n"
    assert made("$a two", text="one") == "one\ntwo\n"


def test_only_what_is_asked_for_is_written() -> None:
    assert made("s/PORT=\\(.*\\) .*/\\1/p", quiet=True) == "80 #\n"
    assert made("s/o(n+)e?/\\1/", text="one\n", extended=True) == "n\n"
    assert made("s/x/y/", text="no end") == "no end"


def test_characters_keep_their_places() -> None:
    pieces = sed.edited("a b\ncd\n", ["s/\\(.\\) b/X\\1/", "/c/s/c//"])
    assert pieces == [("X", 0, 3), ("a", 0, 1), ("\n", 3, 4), ("d", 5, 6), ("\n", 6, 7)]


@pytest.mark.parametrize(
    "program",
    [
        "s/a|b/x/e", "2q", "/a/{d}", "y/a/b/", "s/a\\|b/x/", "s/\\(a*\\)*/x/", "s/a*/x/g",
        "s/a/\\U&/", "s/a/\\3/", "0,/a/d", "1~2d", "s/a", "s//x/", "s/a/b/0", "d d", "s/[[.a.]]/x/",
        "s|a\\|b|x|",         "b end", "s/a*b*c*d*/x/", "2,d",
    ],
)  # fmt: skip
def test_what_is_not_read(program: str) -> None:
    assert sed.edited(TEXT, [program]) is None


def test_the_words_behind_it() -> None:
    words = ["-i.bak", "-nE", "-e", "s/a/b/", "-es/c/d/", "file", "--", "-x"]
    assert sed.invoked(words) == sed.Invoked(("s/a/b/", "s/c/d/"), ("file", "-x"), True, True, True)
    assert sed.invoked(["--in-place=.o", "p", "f"]) == sed.Invoked(
        ("p",), ("f",), True, False, False
    )
    assert sed.invoked(["-f", "file"]) is None
    assert sed.invoked(["-n"]) is None
    assert sed.invoked(["-e"]) is None


@pytest.mark.parametrize(
    ("text", "program"),
    [
        ("a\n", ";".join(["s/a/aa/g"] * 40)),  # a line that doubles with each command
        ("a\n" * 1000, "p;" * 100),  # a text of which each command writes a copy
        ("\n" * 3000, "s/a/b/;" * 100),  # as many commands for as many lines
    ],
)
def test_what_grows_beyond_bounds_is_not_followed(text: str, program: str) -> None:
    assert sed.edited(text, [program]) is None


@pytest.mark.parametrize(
    "program", ["s/a*a*a*b/x/", "s/" + "a?" * 60 + "b/x/", "/a*a*a*b/d", "s/a.*a.*b/x/I"]
)
def test_a_pattern_that_fits_in_too_many_ways_is_not_tried(program: str) -> None:
    assert sed.edited("a" * 3999 + "\n", [program], extended=True) is None


def test_a_pattern_that_fits_in_one_way_is_tried_on_a_long_line() -> None:
    text = "a" * 3000 + "=" + "b" * 900 + "\n"
    assert made("s/^[^=]*=.*$/x/", text=text) == "x\n"
    assert made("s/.*=b*$/x/", text=text) == "x\n"
    assert made(r"s/\([^=]*\)=\(.*\)/\2/", text=text) == "b" * 900 + "\n"
    assert made("s/A*=/x/I", text="aa=b\n") == "xb\n"
    assert made("s/a*ab/x/", text="aaab\n") == "x\n"
