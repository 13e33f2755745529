"""Commands, redirections, here-documents, dialects and errors of the shell tree."""

import pytest
from shell_shapes import only, script, shape

from gracelint.syntax.shell import tree as t
from gracelint.syntax.shell.parse import dialect_of, walk


def simple(*words: str) -> tuple:
    return ("simple", list(words))


def written(read: t.Script, node: t.Node) -> str:
    return read.text.text[node.start : node.end]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "a | b | c || d",
            ("||", ("pipeline", False, [simple("a"), simple("b"), simple("c")]), simple("d")),
        ),
        ("! a | b", ("pipeline", True, [simple("a"), simple("b")])),
        ("! ! a", ("pipeline", False, [simple("a")])),
        ("a && b || c", ("||", ("&&", simple("a"), simple("b")), simple("c"))),
        ("f()\n# why\n\n{ a; }", ("function", "f", ("{", [(simple("a"), "")]))),
        ("function f-g.h { a; }", ("function", "f-g.h", ("{", [(simple("a"), "")]))),
        (
            "f() if a; then b; fi",
            ("function", "f", ("if", [([(simple("a"), "")], [(simple("b"), "")])], None)),
        ),
        ("for x; do a; done", ("for", "x", None, [(simple("a"), "")])),
        ("for x in; do a; done", ("for", "x", [], [(simple("a"), "")])),
        ("for x\nin b\ndo a; done", ("for", "x", ["b"], [(simple("a"), "")])),
        ("for x in b; { a; }", ("for", "x", ["b"], [(simple("a"), "")])),
        ("while a; do b &\ndone", ("while", [(simple("a"), "")], [(simple("b"), "&")])),
        (
            "if (a) then (b) fi",
            (
                "if",
                [([(("(", [(simple("a"), "")]), "")], [(("(", [(simple("b"), "")]), "")])],
                None,
            ),
        ),
        (
            "( (a); (b) )",
            ("(", [(("(", [(simple("a"), "")]), ""), (("(", [(simple("b"), "")]), "")]),
        ),
        ("case x in esac", ("case", "x", [])),
        ("case x in (a|if) ;; esac", ("case", "x", [(["a", "if"], [])])),
        ("echo if then fi { } esac", simple("echo", "if", "then", "fi", "{", "}", "esac")),
        ("[ a = b ]", simple("[", "a", "=", "b", "]")),
        ("unset -v a", simple("unset", "-v", "a")),
    ],
)
def test_grammar(text: str, expected: tuple) -> None:
    assert shape(only(text)) == expected


def test_each_branch_of_if_keeps_its_condition() -> None:
    command = only("if a; then b; elif c && d; then e; else f; g; fi")
    assert [len(body.items) for _, body in command.branches] == [1, 1]
    assert shape(command.branches[1][0]) == [(("&&", simple("c"), simple("d")), "")]
    assert shape(command.otherwise) == [(simple("f"), ""), (simple("g"), "")]


def test_places_of_commands() -> None:
    read = script("  A=1 app x 2>&1 & # why\n{ b; } >f;")
    first, second = read.body.items
    assert (written(read, first), written(read, first.command)) == (
        "A=1 app x 2>&1 &",
        "A=1 app x 2>&1",
    )
    assert (written(read, second), first.background) == ("{ b; } >f", True)


def test_assignments_stand_in_front_only() -> None:
    command = only("A=1 B+=x c[$i]=2 app D=3")
    assert [(a.name, a.append, a.index) for a in command.assignments] == [
        ("A", False, None),
        ("B", True, None),
        ("c", False, "$i"),
    ]
    assert [w.literal for w in command.words] == ["app", "D=3"]


def test_arguments_of_export_are_words() -> None:
    command = only('export A="$x" B')
    assert command.assignments == ()
    equals, value = command.words[1].parts
    assert (equals.value, value.name, command.words[2].literal) == ("A=", "x", "B")


def test_lists() -> None:
    command = only('a=(one "t w" # why )\n $x)')
    (given,) = command.assignments
    assert [w.literal for w in given.array] == ["one", "t w", None]
    declared = only("declare -a a=(one two)").words[2]
    assert [w.literal for w in declared.parts[1].words] == ["one", "two"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a 2>&1", [(">&", 2, "1")]),
        ("<f a >>g", [("<", None, "f"), (">>", None, "g")]),
        ("a 3<>f >|g", [("<>", 3, "f"), (">|", None, "g")]),
        ("a <<< w &> f", [("<<<", None, "w"), ("&>", None, "f")]),
        ("exec 3>&-", [(">&", 3, "-")]),
        ("a 2 >f", [(">", None, "f")]),
        (">f", [(">", None, "f")]),
        ("while a; do b; done <f 2>g", [("<", None, "f"), (">", 2, "g")]),
        ("[[ a ]] >f", [(">", None, "f")]),
        ("((a)) >f", [(">", None, "f")]),
        ("case a in b) c;; esac >f", [(">", None, "f")]),
        ("(a) >f", [(">", None, "f")]),
    ],
)
def test_redirections(text: str, expected: list) -> None:
    found = [(r.operator, r.fd, r.target.literal) for r in only(text).redirects]
    assert found == expected


def test_a_redirection_into_a_variable() -> None:
    (redirect,) = only("exec {lock}>f").redirects
    assert (redirect.variable, redirect.fd, redirect.operator) == ("lock", None, ">")


def test_process_substitution_as_target() -> None:
    (redirect,) = only("exec > >(tee log)").redirects
    (part,) = redirect.target.parts
    assert (part.direction, shape(part.body)) == (">", [(simple("tee", "log"), "")])


def documents(read: t.Script) -> list[str | None]:
    nodes = [n for n in walk(read.body) if isinstance(n, t.Redirect) and n.document]
    return [n.document.literal for n in nodes]


def test_commands_behind_a_here_document_are_no_part_of_it() -> None:
    read = script("cat <<EOF && exec app\nhi\nEOF\nb <<E | c\nE\n")
    assert shape(read.body) == [
        (("&&", simple("cat"), simple("exec", "app")), ""),
        (("pipeline", False, [simple("b"), simple("c")]), ""),
    ]
    assert (documents(read), read.errors) == (["hi\n", ""], ())


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a <<A <<B\n1\nA\n2\nB\nb", ["1\n", "2\n"]),
        ("a <<-E\n\tx\n\t\ty\n\tE\nb", ["x\ny\n"]),
        ("a <<'E F'\n$x `\nE F\nb", ["$x `\n"]),
        ("a <<E\n$x\nE\nb", [None]),
        ("a <<\\E\n$x\nE\nb", ["$x\n"]),
        ("a $(b <<E\n' )\nE\n)\nb", ["' )\n"]),
        ("a <<E\r\nx\r\nE\r\nb", ["x\r\n"]),
        ("a <<E\nb", ["b"]),
        ("a <<E\n\\$x\\\ny\nE\n", ["$xy\n"]),
    ],
)
def test_here_documents(text: str, expected: list) -> None:
    read = script(text)
    assert (documents(read), read.errors) == (expected, ())


@pytest.mark.parametrize("piece", ["x ", "x;", "$a", "\\a", "`x` ", "x <<E ", "x | "])
def test_more_words_than_a_script_has_are_left_unread(piece: str) -> None:
    read = script("first\n" + piece * 100_001)
    assert [n.reason for n in walk(read.body) if isinstance(n, t.Unread)] == [
        "the script has more than 100,000 words and operators"
    ]


def test_a_carriage_return_is_part_of_the_word() -> None:
    assert only("exec app\r\n").words[1].literal == "app\r"


def test_places_count_characters_not_bytes() -> None:
    read = script("écho 'ü' && exec 日本")
    assert written(read, read.body.items[0].command.right) == "exec 日本"


def test_comments_begin_words_only() -> None:
    assert shape(only("a b#c '#' # d 'e")) == simple("a", "b#c", "#")


# Dialects -------------------------------------------------------------------------------------


def test_ampersand_greater_is_two_operators_for_a_posix_shell() -> None:
    background, rest = script("app &> log", "posix").body.items
    assert (background.background, shape(background.command)) == (True, simple("app"))
    assert (rest.command.redirects[0].operator, rest.command.words) == (">", ())
    assert only("app &> log", "ash").redirects[0].operator == "&>"


def test_time_is_a_word_where_it_is_not_reserved() -> None:
    assert only("time -p app", "posix").name == "time"
    timed = only("time -p app", "bash")
    assert (timed.timed, timed.commands[0].name) == (True, "app")


def test_double_parentheses_are_arithmetic_but_for_commands_of_a_posix_shell() -> None:
    assert only("((a + (1)))").expression == "a + (1)"
    assert only("((a += 1))", "posix").expression == "a += 1"
    assert shape(only("((a b))", "posix")) == ("(", [(("(", [(simple("a", "b"), "")]), "")])
    assert shape(only("((/a))", "posix")) == ("(", [(("(", [(simple("/a"), "")]), "")])
    assert shape(only("((a); (b))"))[0] == "("


@pytest.mark.parametrize(
    ("text", "name", "kind"),
    [
        ("coproc N { a; }", "N", t.Group),
        ("coproc { a; }", "COPROC", t.Group),
        ("coproc a b", "COPROC", t.Simple),
        ("coproc while a; do b; done", "COPROC", t.While),
    ],
)
def test_coproc(text: str, name: str, kind: type) -> None:
    command = only(text)
    assert (command.name, type(command.body)) == (name, kind)


def test_loops_of_bash() -> None:
    loop = only("for ((i=0; i<3; i++)); do a; done >f")
    assert loop.expressions == ("i=0", " i<3", " i++")
    assert loop.redirects[0].operator == ">"
    assert only("for ((;;)) { a; }").expressions == ("", "", "")
    assert only("select x in a; do b; done").select


def test_terminators_of_case_items() -> None:
    items = only("case a in b) c;& d) e ;;& f) g & ;; h) esac").items
    assert [i.terminator for i in items] == [";&", ";;&", ";;", ";;"]
    assert items[2].body.items[0].background


def test_conditions() -> None:
    words = [w.literal for w in only("[[ -f x && ( a < b ) ||\n ! c =~ ^(a|b c)+$ ]]").words]
    assert words == ["-f", "x", "&&", "(", "a", "<", "b", ")", "||", "!", "c", "=~", "^(a|b c)+$"]
    assert shape(only("if [[ a ]] then b; fi"))[0] == "if"


@pytest.mark.parametrize(
    ("given", "dialect"),
    [
        (("/bin/sh", "-e"), "posix"),
        (("/usr/bin/env", "bash"), "bash"),
        ("/bin/ash", "ash"),
        (("/usr/bin/env", "-S", "A=1", "bash", "-e"), "bash"),
        (("/bin/busybox", "sh"), "ash"),
        (("/bin/bash\r",), "bash"),
        ("dash", "posix"),
        ("mksh", "mksh"),
        ("python3", None),
        ((), None),
    ],
)
def test_dialect_of(given: tuple, dialect: str | None) -> None:
    assert dialect_of(given) == dialect


def test_the_first_line_names_the_dialect() -> None:
    read = script("#!/usr/bin/env -S bash -e\na &> b", None)
    assert (read.dialect, read.shebang) == ("bash", ("/usr/bin/env", "-S", "bash", "-e"))
    assert (script("a", None).dialect, script("a").shebang) == ("posix", None)


# Errors ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "at", "message"),
    [
        ("a\nb 'c", "'c", "this single quote is never closed"),
        ('a\nb "c', '"c', "this double quote is never closed"),
        ("a `b", "`b", "this backquote is never closed"),
        ("a $(b", "$(b", "this command substitution is never closed"),
        ("a ${b", "${b", "this `${` is never closed"),
        ("if a; then b", "if", "`fi` is missing"),
        ("while a; do b", "while", "`done` is missing"),
        ("case a in b) c", "case", "`esac` is missing"),
        ("a; { b", "{ b", "`}` is missing"),
        ("if a; then { b; fi", "fi", "`}` is missing before `fi`"),
        ("a\ndone", "done", "`done` closes nothing"),
        ("a; b; )", ")", "`)` closes nothing"),
        ("a && ; b", "; b", "no command before `;`"),
        ("a;; b", ";;", "`;;` outside of `case`"),
        ("if a; then fi", "fi", "no command before `fi`"),
        ("a >", ">", "nothing follows `>`"),
    ],
)
def test_what_no_shell_accepts(text: str, at: str, message: str) -> None:
    read = script(text)
    start, _, found = read.errors[0]
    assert (read.certain, start, found) == (True, text.index(at), message)


def test_commands_before_an_open_quote_are_kept() -> None:
    read = script("trap x TERM\napp 'oops")
    assert read.body.items[0].command.name == "trap"
    assert isinstance(read.body.items[-1].command, t.Unread)


@pytest.mark.parametrize(
    ("text", "dialect"),
    [
        ("f() { }", "mksh"),
        ("{ ; a; }", "zsh"),
        ("echo (a)", "zsh"),
        ("a `b 'c`", "bash"),
        ('a "${b":-}" "c"', "ash"),
        ("[[ a", "posix"),
    ],
)
def test_what_one_shell_accepts_is_not_certainly_wrong(text: str, dialect: t.Dialect) -> None:
    assert not script(text, dialect).certain


def test_an_unread_command_leaves_its_neighbours_readable() -> None:
    read = script("a\nb (c)\nd")
    assert read.errors
    assert not read.certain
    assert read.body.items[0].command.name == "a"
