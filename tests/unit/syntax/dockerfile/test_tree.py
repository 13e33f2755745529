"""Places, words, here-documents and errors of parsed Dockerfiles."""

import pytest

from gracelint.base.edit import Edit
from gracelint.base.source import Source
from gracelint.syntax.dockerfile.parse import parse


def read(text):
    return parse(Source("Dockerfile", text))


def last(text):
    return read(text).instructions[-1]


def test_words_of_an_array_have_the_places_of_their_characters():
    cmd = last('FROM a\nCMD ["node", \\\n  "s\\u0065rver.js"]\n')
    assert [w.value for w in cmd.words] == ["node", "server.js"]
    assert [w.span.text for w in cmd.words] == ["node", "s\\u0065rver.js"]
    assert cmd.words[1].text.span(1, 2).text == "\\u0065"
    assert cmd.words[1].text.span(2, 9).text == "rver.js"


def test_what_is_put_into_a_word_of_an_array_is_escaped():
    word = last('FROM a\nCMD ["sh", "-c", "a b"]\n').words[2]
    edit = Edit.insert(word.text, 0, 'x "y" ')
    assert edit.content == 'x \\"y\\" '
    assert edit.span.first.column == 19


def test_the_shells_text_leaves_out_comments_and_line_ends_and_keeps_places():
    run = last("FROM a\nRUN one \\\n  # why\n\n  two \\\n  three\n")
    assert run.shell_text.text == "one   two   three"
    at = run.shell_text.text.index("three")
    assert run.shell_text.span(at, at + 5).first.line == 6
    assert run.shell_text.span(at, at + 5).text == "three"


def test_crlf_line_ends_are_no_part_of_the_shells_text():
    run = last("FROM a\r\nRUN one \\\r\n two\r\n")
    assert run.shell_text.text == "one  two"
    assert run.span.text == "RUN one \\\r\n two"
    assert run.lines.text == "RUN one \\\r\n two\r\n"


def test_an_instruction_knows_its_keyword_flags_value_and_lines():
    copy = last("FROM a\n  copy --from='b c' --link x y\n")
    assert (copy.name, copy.keyword.text, copy.value.text) == ("COPY", "copy", "x y")
    assert [(f.name, f.value, f.span.text) for f in copy.flags] == [
        ("from", "b c", "--from='b c'"),
        ("link", None, "--link"),
    ]
    assert copy.span.text == "copy --from='b c' --link x y"
    assert copy.lines.text == "  copy --from='b c' --link x y\n"


def test_heredocs_have_bodies_delimiters_and_places():
    copy = last("FROM a\nCOPY <<one <<-'two' /x/\n$a\none\n\t\tb\n\tc\n\ttwo\n")
    one, two = copy.heredocs
    assert (one.body.text, one.quoted, one.strip_tabs) == ("$a\n", False, False)
    assert (two.body.text, two.quoted, two.strip_tabs) == ("b\nc\n", True, True)
    assert two.span.text == "<<-'two'"
    assert two.body.span(2, 3).first.line == 6
    assert two.terminated.text == "\t\tb\n\tc\n\ttwo"
    assert copy.span.text.endswith("\ttwo")


def test_a_run_that_is_one_heredoc_runs_its_body():
    run = last("FROM a\nRUN <<-EOF\n\tx\n\ty\n\tEOF\n")
    assert run.shell_text.text == "x\ny\n"
    assert run.shell_text.span(2, 3).text == "y"


def test_a_run_with_more_than_a_heredoc_gives_all_of_it_to_the_shell():
    run = last("FROM a\nRUN set -e; \\\n cat <<EOF > /x\nhi\nEOF\n")
    assert run.shell_text.text == "set -e;  cat <<EOF > /x\nhi\nEOF"
    at = run.shell_text.text.index("hi")
    assert run.shell_text.span(at, at + 2).first.line == 4


def test_a_blank_before_the_delimiter_makes_a_heredoc_only_where_it_is_closed():
    closed = read("FROM a\nRUN cat << EOF\nx\nEOF\nCMD y\n")
    assert [i.name for i in closed.instructions] == ["FROM", "RUN", "CMD"]
    shift = read("FROM a\nRUN echo $((1 << 2))\nCMD y\n")
    assert [i.name for i in shift.instructions] == ["FROM", "RUN", "CMD"]
    assert not shift.errors


def test_pairs_of_env_arg_and_label():
    env = last('FROM a\nENV A=1 B="x y"\n')
    assert [(p.name.value, p.value.value) for p in env.pairs] == [("A", "1"), ("B", '"x y"')]
    old = last("FROM a\nENV A x  y\n")
    assert [(p.name.value, p.value.value) for p in old.pairs] == [("A", "x  y")]
    arg = last("FROM a\nARG A B=2\n")
    assert [(p.name.value, p.value and p.value.value) for p in arg.pairs] == [
        ("A", None),
        ("B", "2"),
    ]


def test_a_healthcheck_has_the_form_of_its_command():
    array = last('FROM a\nHEALTHCHECK --interval=5s CMD ["x", "y"]\n')
    assert (array.form, array.check) == ("exec", "CMD")
    assert [w.value for w in array.words] == ["x", "y"]
    text = last("FROM a\nHEALTHCHECK cmd x | y\n")
    assert (text.form, text.shell_text.text) == ("shell", "x | y")
    assert last("FROM a\nHEALTHCHECK NONE\n").check == "NONE"


def test_onbuild_shows_the_instruction_behind_it():
    inner = last('FROM a\nONBUILD --x CMD ["y"]\n')
    assert (inner.name, inner.onbuild, inner.keyword.text) == ("CMD", True, "CMD")
    assert inner.span.text == 'ONBUILD --x CMD ["y"]'


@pytest.mark.parametrize(
    "value", ["['a']", '["a",]', "[a]", '["a"', "[\u201ca\u201d]", '["\\x"]', "[ -f x ]"]
)
def test_a_bracket_that_begins_no_json_is_text(value):
    cmd = last(f"FROM a\nCMD {value}\n")
    assert (cmd.form, cmd.malformed_exec, cmd.shell_text.text) == ("shell", True, value)


def test_ordinary_text_is_not_malformed():
    assert not last("FROM a\nCMD a [b]\n").malformed_exec


def test_what_stands_behind_an_array_is_kept_apart():
    cmd = last('FROM a\nCMD ["a"] # x\n')
    assert cmd.form == "exec"
    assert cmd.trailing.text == "# x"
    assert last('FROM a\nCMD ["a"] \n').trailing is None


def test_directives_are_known():
    parsed = read("# syntax=docker/dockerfile:1\n# escape=`\nFROM a\n")
    assert (parsed.syntax, parsed.escape) == ("docker/dockerfile:1", "`")


def test_a_byte_order_mark_and_bytes_that_are_no_text_do_no_harm():
    source = Source.decode("Dockerfile", b'\xef\xbb\xbfFROM a\nRUN \xff\nCMD ["\xff"]\n')
    parsed = parse(source)
    assert [i.name for i in parsed.instructions] == ["FROM", "RUN", "CMD"]
    assert parsed.instructions[2].words[0].value == "\ufffd"


@pytest.mark.parametrize(
    ("text", "at", "words"),
    [
        ("FROM a\nFOO x\n", "FOO", "unknown instruction"),
        ("RUN x\n", "RUN", "has to be FROM"),
        ("FROM a\nRUN <<EOF\nx\n", "<<EOF", "not closed"),
        ('FROM a\nCMD ["a", 1]\n', '["a", 1]', "strings"),
        ("FROM a\nENV A\n", "A", "name and a value"),
        ("FROM a\nENV A=1 B\n", "B", "no `=`"),
        ("FROM a b\n", "FROM a b", "AS"),
        ("FROM a\nSHELL x\n", "x", "JSON array"),
        ("FROM a\nHEALTHCHECK x\n", "HEALTHCHECK x", "CMD or NONE"),
        ("FROM a\nONBUILD FROM b\n", "FROM", "ONBUILD"),
        ("FROM a\nCMD --x y\n", "--x", "no flags"),
        ("FROM a\nSTOPSIGNAL\n", "STOPSIGNAL", "1 or more"),
        ("# escape=x\nFROM a\n", "# escape=x", "escape character"),
        ("# escape=`\n# escape=`\nFROM a\n", "# escape=`", "only one"),
    ],
)
def test_what_the_engine_rejects_is_an_error_with_its_place(text, at, words):
    errors = read(text).errors
    assert [(span.text, words in message) for span, message in errors] == [(at, True)]


def test_an_empty_file_is_an_error():
    (error,) = read("\n").errors
    assert "no instructions" in error[1]


def test_a_file_whose_lines_are_all_comments_is_switched_off():
    assert not read("# FROM debian\n# CMD sleep 1\n").errors


def test_another_frontend_may_know_more_instructions():
    assert not read("# syntax=example/other\nFROM a\nINCLUDE x\n").errors


def test_templates_are_recognised():
    assert read("{{ x }}\nFROM a\n").templated
    assert not read("FROM a\nRUN {{ x }}\n").templated


def test_a_long_instruction_is_read_in_reasonable_time():
    text = "FROM a\nRUN x" + " \\\n y" * 20_000 + "\n" + "RUN <<EOF\nx\nEOF\n" * 2_000
    parsed = read(text)
    assert len(parsed.instructions[1].shell_text.text) == 1 + 3 * 20_000


@pytest.mark.parametrize("line", ["ENV {}", "COPY {} /", "LABEL {}", "ARG {}", "EXPOSE {}"])
def test_more_words_than_a_file_has_are_left_and_told_of(line):
    lines = line.format("a=b " * 20_000)
    made = read(f'FROM a\n{lines}\n{lines}\n{lines}\nCMD ["x"]\n')
    assert sum(len(i.words) for i in made.instructions[1:4]) <= 30_000
    said = [said for _, said in made.errors]
    assert said.count("the file has more than 30,000 words, and is read no more") == 1
    assert made.instructions[-1].words[0].value == "x"


def test_a_tree_that_was_let_go_is_read_again():
    file = read("FROM a\nRUN x\nCMD [\n")
    before = file.tree
    file.forget()
    assert file.tree is not before
    assert repr(file.tree) == repr(before)


def test_only_what_may_be_a_template_is_read_to_tell():
    file = read("FROM a\nRUN ${x}\n")
    assert not file.templated
    assert file._tree is None
    assert read("FROM a\nRUNN @X@\n").templated
