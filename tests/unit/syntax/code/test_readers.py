"""Source text in each language, read into one tree."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gracelint.base.values import fields
from gracelint.syntax.code import tree

if TYPE_CHECKING:
    from collections.abc import Callable

LANGUAGES = ("python", "javascript", "ruby", "perl", "php")

# The same program in each language: a handler that passes TERM on, and a wait.
SAME = {
    "python": "p = Popen(['/x'])\nsignal(TERM, lambda: p.kill())\nwhile True:\n    hold(1)\n",
    "javascript": "const p = Popen(['/x']);\nsignal(T, () => p.kill());\nfor (;;) { hold(1); }\n",
    "ruby": "p = Popen(['/x'])\nsignal(TERM) { p.kill() }\nwhile true\n  hold(1)\nend\n",
    "perl": "my $p = Popen(['/x']);\nsignal('TERM', sub { $p->kill() });\nwhile (1) { hold(1); }\n",
    "php": "<?php $p = Popen(['/x']);\nsignal(TERM, fn() => $p->kill());\nfor (;;) { hold(1); }\n",
}


def reader(language: str) -> Callable[[str], tree.Module]:
    found: Callable[[str], tree.Module] = import_module(f"gracelint.syntax.code.{language}").read
    return found


def called(module: tree.Module) -> list[str]:
    """The names of what is called, in the order of the text."""
    calls = [n for n in tree.walk(*module.body) if isinstance(n, tree.Call)]
    functions = [c.function for c in sorted(calls, key=lambda c: c.start)]
    return [f.name for f in functions if isinstance(f, tree.Name | tree.Member)]


@pytest.mark.parametrize("language", LANGUAGES)
def test_calls_are_found_wherever_they_stand(language: str) -> None:
    module = reader(language)(SAME[language])
    assert called(module) == ["Popen", "signal", "kill", "hold"]
    assert module.exact


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_loop_without_an_end_has_no_test(language: str) -> None:
    loops = [
        n for n in tree.walk(*reader(language)(SAME[language]).body) if isinstance(n, tree.Loop)
    ]
    assert [loop.test for loop in loops] == [None]


@pytest.mark.parametrize("language", LANGUAGES)
def test_places_are_characters(language: str) -> None:
    text = SAME[language].replace("/x", "/ä€𝄞")
    calls = [n for n in tree.walk(*reader(language)(text).body) if isinstance(n, tree.Call)]
    last = max(calls, key=lambda call: call.start)
    assert text[last.start : last.end] == "hold(1)"


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("python", "(" * 500 + ")" * 500),
        ("python", "\n".join("  " * i + "if x:" for i in range(300))),
        ("javascript", "(" * 3000 + ")" * 3000),
        ("javascript", "if (x) {" * 2000 + "}" * 2000),
        ("ruby", "[" * 2000 + "]" * 2000),
        ("perl", "if ($x) {" * 2000 + "}" * 2000),
        ("php", "<?php " + "if ($x) {" * 2000 + "}" * 2000),
    ],
)
def test_what_is_nested_too_deeply_is_not_read(language: str, text: str) -> None:
    module = reader(language)(text)
    assert module.problem or not module.exact


@pytest.mark.parametrize("language", LANGUAGES)
@given(text=st.text(alphabet="(){}[];:=,.\"'`$@%#<>?!-+/*\\\nabcdefif while", max_size=120))
def test_any_text_is_read_without_an_error(language: str, text: str) -> None:
    module = reader(language)(text)
    for node in tree.walk(*module.body):
        assert 0 <= node.start <= node.end <= len(text)


# Where a comment may stand between the words of a program; `~~~~~` is as long as one.
COMMENTED = {
    "javascript": "let a =~~~~~ f(~~~~~b,~~~~~ {c:~~~~~ 1,~~~~~ d},~~~~~);\n"
    "for (;~~~~~;) { if (~~~~~a) { throw~~~~~ b; } }\n",
    "php": "<?php\n$a =~~~~~ f(~~~~~$b,~~~~~ ['c'~~~~~ =>~~~~~ 1]);\n"
    "foreach ($a~~~~~ as~~~~~ $k~~~~~ =>~~~~~ $v) { g(); }\n"
    "if (~~~~~$a) { exit(~~~~~1); }\nthrow~~~~~ $b;\n",
    "golang": "package main\n\nfunc f(~~~~~a int,~~~~~ b int~~~~~) {\n"
    "\tc,~~~~~ d :=~~~~~ g(~~~~~a,~~~~~ b~~~~~), &http.Server{Addr:~~~~~ a,~~~~~ Handler: b}\n"
    "\tgo~~~~~ func() { h(make(~~~~~chan int,~~~~~ 1)) }()\n"
    "\treturn~~~~~ c\n}\n",
    "java": "class A { public~~~~~ static~~~~~ void main(~~~~~String[] args) throws Exception {\n"
    "int a =~~~~~ f(~~~~~b,~~~~~ new~~~~~ C(~~~~~));\n"
    "if (~~~~~a > 1) { throw~~~~~ d; } return~~~~~ a; } }\n",
    "kotlin": "val a =~~~~~ f(~~~~~b,~~~~~ c)\n\n~~~~~fun main() {\n"
    "    if (~~~~~a) { return~~~~~ b }\n    ~~~~~g(a)\n}\n",
    "ruby": "f(~~~~~\n  a,~~~~~\n  {b:~~~~~\n 1},~~~~~\n)\nx = [~~~~~\n  1,~~~~~\n 2\n]\n"
    "g~~~~~\n  .h(1)\n",
    "perl": "my @a =~~~~~\n f(~~~~~\n $b,~~~~~\n {c~~~~~\n =>~~~~~\n 1},~~~~~\n);\n"
    "if (~~~~~\n$a) { die~~~~~\n $b; }\n",
}


COMMENTS = {"ruby": ("#cccc",), "perl": ("#cccc",)}


@pytest.mark.parametrize(
    ("language", "comment"),
    [(each, c) for each in COMMENTED for c in COMMENTS.get(each, ("/*c*/", "//c\n "))],
)
def test_a_comment_may_stand_between_any_two_words(language: str, comment: str) -> None:
    text, blank = COMMENTED[language], "   \n " if "\n" in comment else "     "
    if "\n" in comment:  # a newline ends a statement where it can
        text = text.replace("return~~~~~", "return").replace("throw~~~~~", "throw")
    read = reader(language)
    without = read(text.replace("~~~~~", blank))
    assert without.exact
    assert _told(read(text.replace("~~~~~", comment)).body) == _told(without.body)


def _told(value: object) -> object:
    """A tree as plain values."""
    if isinstance(value, tree.Node):
        return type(value).__name__, [_told(getattr(value, f.name)) for f in fields(type(value))]
    return [_told(one) for one in value] if isinstance(value, tuple) else value


def test_types_are_left_out_of_typescript() -> None:
    text = "class A { constructor(private readonly x: X<Y>) {} }\nconst y = (z as Z)!;\n"
    module = import_module("gracelint.syntax.code.javascript").read(text, "a.ts")
    assert module.exact
    members = [n.name for n in tree.walk(*module.body) if isinstance(n, tree.Member)]
    assert members == ["x"]


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("import a, { b as c } from 'm'", (("default", "a"), ("b", "c"))),
        ("import * as n from 'm'", (("", "n"),)),
        ("import 'm'", ()),
        ("import type { T } from 'm'; import x from 'm'", (("default", "x"),)),
    ],
)
def test_imports_of_javascript(text: str, names: tuple[tuple[str, str], ...]) -> None:
    module = import_module("gracelint.syntax.code.javascript").read(text, "a.ts")
    found = [n for n in module.body if isinstance(n, tree.Import)]
    assert [(n.module, n.names) for n in found] == [("m", names)]
