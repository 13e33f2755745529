"""Variables, quotes and escapes as the engine's builder handles them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gracelint.base.source import Source
from gracelint.syntax.dockerfile.expand import Lexer, Missing
from gracelint.syntax.dockerfile.trim import LexError

VALUES = {"A": "1", "E": "", "P": "/a/b/c.tar.gz"}


def lookup(name):
    if name == "Q":
        return Missing("nobody says what `Q` is")
    if name == "O":
        return Missing("`O` is given at build time", optional=True)
    return VALUES.get(name)


def value(text, **options):
    return Lexer(text, lookup, **options).run().value


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("$A", "1"),
        ("x${A}y", "x1y"),
        ("$A$B", "1"),
        ("\\$A", "$A"),
        ("'$A'", "$A"),
        ('"$A"', "1"),
        ('"\\$A"', "$A"),
        ('"\\x"', "\\x"),
        ("a\\ b", "a b"),
        ("${B:-x}", "x"),
        ("${E:-x}", "x"),
        ("${E-x}", ""),
        ("${A:-x}", "1"),
        ("${A:+x}", "x"),
        ("${E:+x}", ""),
        ("${E+x}", "x"),
        ("${B:-${A}y}", "1y"),
        ("${P#*/}", "a/b/c.tar.gz"),
        ("${P##*/}", "c.tar.gz"),
        ("${P%.*}", "/a/b/c.tar"),
        ("${P%%.*}", "/a/b/c"),
        ("${P/b/x}", "/a/x/c.tar.gz"),
        ("${P//a/x}", "/x/b/c.txr.gz"),
        ("$", "$"),
        ("$/", "$/"),
        ("${A:?no}", "1"),
        ("${O:-x}", "x"),
        ("${O:+x}", ""),
        ("$@", ""),
    ],
)
def test_expansion(text, expected):
    assert value(text) == expected


@pytest.mark.parametrize("text", ["${A", "${}", "${A!}", "'a", '"a', "${B:?none}", "${A:#x}"])
def test_what_the_builder_rejects(text):
    with pytest.raises(LexError):
        value(text)


@pytest.mark.parametrize("text", ["$Q", "a${Q}b", "${Q:-x}", "${B:-$Q}", "$O", "${O%x}"])
def test_an_unknown_variable_makes_the_word_unknown_with_a_reason(text):
    lexed = Lexer(text, lookup).run()
    assert lexed.value is None
    assert lexed.reason


def test_an_unknown_variable_that_is_not_taken_does_not_count():
    assert value("${A:-$Q}") == "1"


def test_the_escape_character_may_be_another():
    assert value("`$A\\b", escape="`") == "$A\\b"


def test_deep_and_expensive_substitutions_are_refused():
    with pytest.raises(LexError):
        value("${B:-" * 5000 + "x" + "}" * 5000)
    with pytest.raises(LexError):
        value("${P#" + "*a" * 2000 + "}")


def test_many_wildcards_are_no_trouble():
    assert value("${P#" + "*a" * 50 + "}") == value("$P")


def test_characters_keep_their_places():
    source = Source("x", "a$P'b c'")
    text = Lexer(source.text, lookup).run().embedded(source)
    assert text.text == "a/a/b/c.tar.gzb c"
    assert text.span(0, 1).text == "a"
    assert text.span(3, 4).text == "$P"
    assert text.span(14, 17).text == "b c"


@given(st.text(alphabet="a$A{}:-+#%/?'\"\\ <`", max_size=30))
def test_any_text_is_read_or_refused(text):
    try:
        lexed = Lexer(text, lookup).run()
    except LexError:
        return
    assert lexed.value == "".join(p.text for p in lexed.pieces)
    assert all(0 <= p.start <= p.end <= len(text) for p in lexed.pieces)


def test_values_do_not_grow_without_end():
    with pytest.raises(LexError):
        Lexer("$A" * 100, lambda _: "x" * 10_000).run()
    with pytest.raises(LexError):
        Lexer("${A#x}", lambda _: "x" * 10_000).run()
