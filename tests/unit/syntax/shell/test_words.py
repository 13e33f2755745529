"""Words of the shell tree: quotes and expansions, and literal words as texts of their own."""

import pytest
from shell_shapes import only, script, shape

from gracelint.base.source import Source
from gracelint.syntax.shell import tree as t
from gracelint.syntax.shell.parse import inner_text, parse


def word(text: str, dialect: t.Dialect = "bash") -> t.Words:
    return only(f"x {text}", dialect).words[1]


def part(text: str, dialect: t.Dialect = "bash") -> t.Part:
    (only_part,) = word(text, dialect).parts
    return only_part


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("'a b'\"c d\"e", "a bc de"),
        ("a\\ b", "a b"),
        ("a\\\nb", "ab"),
        ('"a\\\nb"', "ab"),
        ('"\\$a\\b\\`"', "$a\\b`"),
        ("''", ""),
        ('""', ""),
        ("$'a\\tb\\x41\\101\\u00e9\\'c'", "a\tbAAé'c"),
        ("$'\\cA\\q'", "\x01\\q"),
        ('$"a b"', "a b"),
        ("a=b", "a=b"),
        ("\\~/x{a,b}*.c", "~/x{a,b}*.c"),
        ("a~/x{a,b}*.c", "a~/x{a,b}*.c"),
        ("a$", "a$"),
        ("@(a|b c)", "@(a|b c)"),
        ("a\\", "a\\"),
        ("$'\\U110000'", "\ufffd"),
    ],
)
def test_literal_words(text: str, value: str) -> None:
    assert word(text).literal == value


def test_quotes_keep_globs_from_being_globs() -> None:
    assert [(p.value, p.quoted) for p in word("*'*'\\?").parts] == [
        ("*", False),
        ("*", True),
        ("?", True),
    ]


def test_escaped_strings_are_unknown_to_a_posix_shell() -> None:
    assert word("$'a'", "posix").literal == "$a"


@pytest.mark.parametrize(
    ("text", "name", "operator", "argument", "index"),
    [
        ("$x", "x", "", None, None),
        ("$@", "@", "", None, None),
        ("$!", "!", "", None, None),
        ("${x}", "x", "", None, None),
        ("${12}", "12", "", None, None),
        ("${#}", "#", "", None, None),
        ("${x:-y z}", "x", ":-", "y z", None),
        ("${x-}", "x", "-", "", None),
        ("${1:+y}", "1", ":+", "y", None),
        ("${x:?no}", "x", ":?", "no", None),
        ("${x%%.*}", "x", "%%", ".*", None),
        ("${x#*/}", "x", "#", "*/", None),
        ("${x//\\//_}", "x", "//", "//_", None),
        ("${x:0:1}", "x", ":", "0:1", None),
        ("${x^^}", "x", "^^", "", None),
        ("${x@Q}", "x", "@", "Q", None),
        ("${#x}", "x", "length", None, None),
        ("${#x[@]}", "x", "length", None, "@"),
        ("${!x}", "x", "indirect", None, None),
        ("${a[@]}", "a", "", None, "@"),
        ("${a[${#a[@]}-1]}", "a", "", None, "${#a[@]}-1"),
        ("${@:2}", "@", ":", "2", None),
        ("${!}", "!", "", None, None),
        ("${#-}", "-", "length", None, None),
        ("${x#'}'}", "x", "#", "}", None),
    ],
)
def test_parameters(
    text: str, name: str, operator: str, argument: str | None, index: str | None
) -> None:
    found = part(text)
    assert isinstance(found, t.Parameter)
    given = found.argument and found.argument.literal
    assert (found.name, found.operator, given, found.index) == (name, operator, argument, index)
    assert found.quoted is False


def test_quoted_expansions_are_marked() -> None:
    text, parameter, rest = word('"a $x b"').parts
    assert (text.value, parameter.quoted, rest.value) == ("a ", True, " b")
    inner = part('"${x:-"$y"}"').argument.parts[0]
    assert (inner.name, inner.quoted) == ("y", True)


def test_single_quotes_inside_a_quoted_expansion_are_kept() -> None:
    assert part("\"${x:-'a b'}\"").argument.literal == "'a b'"
    assert part("\"${x:-a'}'b}\"").argument.literal == "a'}'b"
    assert word("\"${x:-a'}'b}\"", "posix").parts[0].argument.literal == "a'"


def test_an_expansion_that_is_not_understood_is_opaque() -> None:
    assert isinstance(part("${x!y}"), t.Opaque)


@pytest.mark.parametrize(
    "text",
    ["$(a $(b) \"$(c ')')\")", "$(case x in y) z;; esac)", "$(a # )\n)", "$((a); (b))", "$( (a) )"],
)
def test_substitutions_end_where_the_shell_ends_them(text: str) -> None:
    found = part(text)
    assert isinstance(found, t.Substitution)
    assert (found.start, found.end) == (2, 2 + len(text))


def test_arithmetic() -> None:
    assert part("$((1 + (2 * x)))").expression == "1 + (2 * x)"
    assert part('"$((1))"').quoted


def test_backquotes_lose_their_backslashes_but_keep_their_places() -> None:
    read = script("x `a \\`b c\\``")
    found = read.body.items[0].command.words[1].parts[0]
    inner = found.body.items[0].command.words[1].parts[0]
    assert shape(inner.body) == [(("simple", ["b", "c"]), "")]
    word_c = inner.body.items[0].command.words[1]
    assert read.text.text[word_c.start] == "c"


def test_process_substitution() -> None:
    assert [part(f"{sign}(a)").direction for sign in "<>"] == ["<", ">"]


# Literal words as texts -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "value", "dialect"),
    [
        ("'kill $p; wait'", "kill $p; wait", "sh-single"),
        ('"kill \\$p"', "kill $p", "sh-double"),
        ("exit", "exit", "sh-word"),
        ("'a'\"b\"", "ab", "sh-word"),
        ("''", "", "sh-single"),
        ("'a''b'", "ab", "sh-word"),
        ("a\\ b", "a b", "sh-word"),
        ('"a\\\nb"', "ab", "sh-double"),
    ],
)
def test_a_literal_word_is_a_text(text: str, value: str, dialect: str) -> None:
    read = script(f"trap {text} TERM")
    inner = inner_text(read, read.body.items[0].command.words[1])
    assert inner is not None
    assert (inner.text, inner.dialect) == (value, dialect)


def test_every_character_of_an_inner_text_has_its_place() -> None:
    source = Source("x.sh", "trap \"kill \\$pid; wait 'é'\" TERM")
    read = parse(source, "posix")
    inner = inner_text(read, read.body.items[0].command.words[1])
    assert inner is not None
    handler = parse(inner, "posix")
    kill, wait = handler.body.items
    assert [handler.span(item).text for item in (kill, wait)] == ["kill \\$pid", "wait 'é'"]
    assert handler.span(kill.command.words[1]).text == "\\$pid"


def test_an_edit_in_an_inner_text_is_written_as_its_quotes_allow() -> None:
    read = script("sh -c 'node x' y")
    inner = inner_text(read, read.body.items[0].command.words[2])
    assert inner is not None
    assert inner.insertion("exec ", 0) == "exec "
    assert inner.insertion("it's", 0) is None


@pytest.mark.parametrize("text", ['"$x"', "a$(b)", "$'a\\n'"])
def test_other_words_are_no_text(text: str) -> None:
    read = script(f"sh -c {text}")
    assert inner_text(read, read.body.items[0].command.words[2]) is None
