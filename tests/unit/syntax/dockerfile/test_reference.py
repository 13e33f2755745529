"""Our reading of Dockerfiles against the engine's own parser."""

import itertools
import re

import dockerfile as reference
import pytest
from dockerfile_parse import DockerfileParser
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gracelint.base.source import Source
from gracelint.syntax.dockerfile.parse import parse

TEXTS = [
    "FROM a\nRUN a \\\n\n # c\n b \\\n c\nCMD [\"a\", \"b\"]\ncmd ['a']\n",
    'from a AS b\nrun x\nentrypoint [ "a" ]',
    "# escape=`\nFROM a\nRUN x `\n y\nCOPY c:\\ d\n",
    "# syntax=docker/dockerfile:1\n# escape=`\n\nFROM a\nCMD a `\n b",
    "# a comment first\n# escape=`\nFROM a\nRUN a `\nRUN b",
    "FROM a\nRUN x \\",
    "FROM a\nRUN x \\\n\\\n y",
    "FROM a\nRUN x \\\\\nRUN y\n",
    "FROM a\nRUN echo a \\ \t\n b\n",
    "FROM a\n\\\nRUN x\n",
    "FROM a\nRU\\\nN x\n",
    'FROM a\r\nRUN x \\\r\n y\r\nCMD ["a"]\r\n',
    "FROM a\nRUN <<EOF\nFROM b\nEOF\nCMD x\n",
    "FROM a\nRUN cat <<A <<-'B' 3<<\"C\"\n1\nA\n\t2\n\tB\n3\nC\nCMD x\n",
    "FROM a\nCOPY <<one <<two /x/\n1\none\n2\ntwo\nADD <<x /y\nx\nENV a=b\n",
    'FROM a\nRUN ["sh", "-c", "<<EOF"]\nCMD x\n',
    "FROM a\nRUN echo 'it <<EOF'\nCMD x\n",
    "FROM a\nRUN echo \"it's\" <<<here\nCMD x\n",
    "FROM a\nRUN echo it's <<EOF\nCMD x\n",
    "FROM a\nRUN cat <<\\EOF\n$x\nEOF\nCMD x\n",
    'FROM a\nONBUILD RUN <<EOF\nx\nEOF\nONBUILD CMD ["a"]\n',
    'FROM a\nHEALTHCHECK --interval=5s CMD ["x"]\nHEALTHCHECK CMD a b\nHEALTHCHECK NONE\n',
    'FROM a\nCMD []\nENTRYPOINT [ ]\nRUN ["a" , "b"] \n',
    'FROM a\nCMD ["a",]\nCMD ["a" "b"]\nCMD [a]\nCMD ["a"\nCMD [\u201ca\u201d]\n',
    'FROM a\nCMD ["\\u00e9\\ud83d\\ude00\\/\\b"]\nCMD ["\\x"]\nCMD ["a\tb"]\n',
    'FROM a\nCMD ["a",\\\n# why\n\n"b"]\n',
    'FROM a\nCOPY --from=b --chown=a:b [ "a b", "c" ]\nADD --link a b\n',
    'FROM a\nCMD -- ["a"]\n',
    'FROM a\nENV A=b C="d e" F=\\\n\\ g\nENV X a b c\nLABEL "a b"=c\n',
    'FROM a\nSHELL ["bash", "-c"]\nVOLUME ["/a"]\nVOLUME /a /b\n',
]  # fmt: skip


def ours(text):
    rows = []
    for i in parse(Source("Dockerfile", text)).instructions:
        last = i.lines.source.position(max(i.lines.end - 1, i.lines.start)).line
        rows.append(
            (
                "ONBUILD" if i.onbuild else i.name,
                i.name if i.onbuild else None,
                i.form == "exec",
                i.lines.first.line,
                last,
                tuple(w.value for w in i.words) if i.form == "exec" else None,
                () if i.onbuild else tuple((h.name, h.fd) for h in i.heredocs),
            )
        )
    return rows


def theirs(text):
    rows = []
    for c in reference.parse_string(text):
        if not c.cmd:
            continue
        words = c.value[1:] if c.cmd.upper() == "HEALTHCHECK" else c.value
        rows.append(
            (
                c.cmd.upper(),
                c.sub_cmd.upper() if c.sub_cmd else None,
                c.json,
                c.start_line,
                c.end_line,
                tuple(words) if c.json else None,
                tuple((h.name, h.file_descriptor) for h in c.heredocs),
            )
        )
    return rows


@pytest.mark.parametrize("text", TEXTS)
def test_the_engines_parser_reads_the_same(text):
    assert ours(text) == theirs(text)


def test_the_instructions_are_those_that_dockerfile_parse_finds(monkeypatch):
    rows = [
        {"content": "FROM a\n", "startline": 0, "endline": 0},
        {"content": "# no instruction\n", "startline": 1, "endline": 1},
        {"content": "CMD b", "startline": 2, "endline": 3},
    ]
    monkeypatch.setattr(DockerfileParser, "structure", rows)
    parsed = parse(Source("Dockerfile", "FROM a\nRUN x\nCMD b\n c\n"))
    assert [(i.name, i.lines.text) for i in parsed.instructions] == [
        ("FROM", "FROM a\n"),
        ("CMD", "CMD b\n c\n"),
    ]


def test_an_instruction_may_be_called_comment():
    parsed = parse(Source("Dockerfile", "FROM a\n# x\nCOMMENT x\n"))
    assert [i.name for i in parsed.instructions] == ["FROM", "COMMENT"]


TOKENS = st.sampled_from(
    [
        "FROM a", "RUN ", "run", "CMD ", "ENTRYPOINT ", "COPY ", "ADD ", "ONBUILD ", "HEALTHCHECK ",
        "CMD", "NONE", "ENV ", "ARG ", "LABEL", "SHELL ", "FOO", "STOPSIGNAL", "\n", "\n", "\n",
        "\r\n", "\\\n", "\\ \n", "\\", "\\\\", "\\\\\n", "`", "`\n", "#", "# x", "# escape=`\n",
        "# syntax=a\n", "<<EOF", "<<-EOF", "<<'A'", '<<"B"', "3<<EOF", "<<<", "<<", "\nEOF\n",
        "\n\tEOF\n", "\nA\n", "\nB\n", "EOF", " ", "\t", "  ", "[", "]", '"a"', '"a"', ",", "'",
        '"', "$x", "${x", "${x:-y}", "}", '\\"', "\\u00e9", "\\ud83d\\ude00", "--from=b", "--",
        "--x='a b'", "=", "a=b", "é", "\v", "\x1c", "1", "null", "a", "b", "{", "|", "&&",
    ]
)  # fmt: skip
SPACED = re.compile(r"<<-?[ \t\r]")  # the released reference knows no blank behind `<<`


@settings(max_examples=400, suppress_health_check=list(HealthCheck))
@given(st.lists(TOKENS, max_size=14).map(lambda tokens: "FROM a\n" + "".join(tokens)))
def test_any_text_is_read_as_the_engines_parser_reads_it(text):
    parsed = parse(Source("Dockerfile", text))
    if SPACED.search(text):
        return
    try:
        expected = theirs(text)
    except reference.GoParseError:
        assert parsed.errors
        return
    assert ours(text) == expected


@settings(max_examples=300)
@given(st.binary(max_size=200))
def test_bytes_that_are_no_dockerfile_are_read_without_failing(data):
    source = Source.decode("Dockerfile", b"FROM a\nRUN " + data)
    for instruction in parse(source).instructions:
        assert instruction.lines.covers(instruction.span)
        for word in instruction.words:
            assert word.span is not None
            assert instruction.span.covers(word.span)


@settings(max_examples=200, suppress_health_check=list(HealthCheck))
@given(st.lists(TOKENS, max_size=14).map("".join))
def test_spans_of_instructions_are_ordered_and_apart(text):
    spans = [i.lines for i in parse(Source("Dockerfile", text)).instructions]
    for before, after in itertools.pairwise(spans):
        assert before.end <= after.start
