from __future__ import annotations

import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st
from ruamel.yaml import YAML
from yaml_texts import data, files

from gracelint.base.edit import Edit
from gracelint.base.source import Source
from gracelint.syntax.yaml import parse as yaml


def read(text: str) -> yaml.YamlFile:
    return yaml.parse(Source("x.yaml", text))


def root(text: str) -> yaml.Node:
    [document] = read(text).documents
    assert document.root is not None
    return document.root


@given(files(), st.booleans())
def test_a_tree_says_what_the_text_says_and_every_scalar_knows_its_characters(made, crlf):
    text, expected = made
    tree = root(text.replace("\n", "\r\n") if crlf else text)
    assert data(tree) == expected
    for node in tree.walk():
        if node.kind == "scalar" and node.value:
            embedded = node.text()
            assert embedded.text == node.value
            for at, char in enumerate(node.value):
                if char.isalnum():
                    assert embedded.span(at, at + 1).text == char or "\\" in node.span.text


@given(st.text(st.sampled_from("ab:-[]{}'\"|>&*!#%@`,\n\r\t ?<~\\\0\ufeff\ud800é"), max_size=60))
def test_any_text_is_read_without_an_exception(text):
    file = read(text)
    assert file.source.text == text
    for node in file.roots():
        for below in node.walk():
            if below.kind == "scalar":
                assert below.text().text == below.value
            assert 0 <= below.span.start <= below.span.end <= len(text)
    assert all(comment.text.startswith("#") for comment in file.comments())


@given(files())
def test_agrees_with_the_pure_parser_on_types(made):
    text, _ = made
    assert data(root(text)) == YAML(typ="safe", pure=True).load(text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("on", True),
        ("Off", False),
        ("y", True),
        ("'on'", "on"),
        ("!!str 5", "5"),
        ("0x1f", 31),
        ("010", 8),
        ("1_000", 1000),
        ("1.5", 1.5),
        ("1e3", 1000.0),
        ("5s", "5s"),
        ("2024-01-02", "2024-01-02"),
        ("~", None),
        ("", None),
        ('"30"', "30"),
        ("-", "-"),
        ("0b", "0b"),
    ],
)
def test_scalars_are_typed_as_clusters_type_them(text, expected):
    value = root(f"a: {text}\n").get("a") if text != "-" else root("a: '-'\n").get("a")
    assert value is not None
    assert value.data == expected
    assert type(value.data) is type(expected)


def test_spans_leave_out_anchor_tag_and_trailing_comments():
    tree = root("a: &x !!str 5  # c\nb: &m\n  c: 1\n\n# after\nd: [1, 2]  # e\n")
    assert [(k.value, v.span.text) for k, v in tree.items] == [
        ("a", "5"),
        ("b", "c: 1"),
        ("d", "[1, 2]"),
    ]


def test_an_empty_value_is_the_place_after_the_colon():
    value = root("a:   # nothing\nb: 1\n").get("a")
    assert value is not None
    assert (value.span.start, value.span.end, value.is_null) == (2, 2, True)


def test_a_sequence_on_its_keys_level_starts_at_the_dash():
    for text in ("a:\n- 1\n- 2\n", "a: &x\n- 1\n- 2\n"):
        value = root(text).get("a")
        assert value is not None
        assert value.span.text == "- 1\n- 2"


def test_the_last_of_duplicate_keys_wins_and_all_stay_visible():
    tree = root("a: 1\na: 2\n")
    assert data(tree) == {"a": 2}
    assert [v.value for _, v in tree.items] == ["1", "2"]


def test_merge_keys_give_way_to_own_keys_and_earlier_merges():
    tree = root(
        "x: &x {a: 1, b: 1}\ny: &y {b: 2, c: 2}\nz: &z\n  <<: [*x, *y]\n  a: 3\nw:\n  <<: *z\n"
    )
    assert data(tree.get("z")) == {"a": 3, "b": 1, "c": 2}
    assert data(tree.get("w")) == {"a": 3, "b": 1, "c": 2}
    own, merged = tree.find("z", "a"), tree.find("z", "b")
    assert own is not None
    assert merged is not None
    assert own.alias_span is None
    assert merged.alias_span is not None


def test_what_comes_through_an_alias_says_so_and_cannot_be_edited():
    tree = root("a: &x\n  k: [sh, -c, run]\nb: *x\n")
    plain, alias = tree.find("a", "k"), tree.find("b", "k")
    assert plain is not None
    assert alias is not None
    assert alias.span == plain.span
    assert alias.alias_span is not None
    assert alias.alias_span.text == "*x"
    assert alias.children[2].alias_span == alias.alias_span
    assert Edit.insert(alias.children[2].text(), 0, "exec ") is None
    assert Edit.insert(plain.children[2].text(), 0, "exec ") is not None


def test_an_anchor_that_holds_its_own_alias_is_no_endless_tree():
    file = read("a: &x\n  b: *x\n")
    assert file.documents == ()
    assert "`*x`" in file.errors[0][1]


def test_aliases_of_aliases_are_walked_once():
    text = "a0: &a0 [1, 2]\n"
    text += "".join(f"a{n}: &a{n} [*a{n - 1}, *a{n - 1}, *a{n - 1}]\n" for n in range(1, 9))
    assert sum(1 for _ in root(text).walk()) < 100


@pytest.mark.parametrize("key", ["", "<<: "])
def test_aliases_that_stand_for_very_much_are_not_read(key: str) -> None:
    text = "a0: &a0 {x: 1}\n"
    text += "".join(f"a{n}: &a{n} {{{key or 'y: '}[*a{n - 1}, *a{n - 1}]}}\n" for n in range(1, 40))
    file = read(text)
    [(place, why)] = file.unread
    assert why == "aliases stand for more than 100,000 values"
    assert place.text.startswith("*a")
    assert file.errors == ()


def test_many_aliases_of_little_are_read() -> None:
    text = "a: &a {x: 1}\nb:\n" + "- *a\n" * 9_000
    assert len(root(text).sequence("b")) == 9_000


def test_documents_are_separated_as_clusters_separate_them():
    text = "%YAML 1.1\n---  # one\n# Source: c/t/a.yaml\na: 1\n--- \n--- |\n  x\n...\n---\r\nb: 2\n"
    file = read(text)
    assert [data(d.root) for d in file.documents] == [{"a": 1}, None, "x\n", {"b": 2}]
    assert file.documents[0].origin == "c/t/a.yaml"
    assert file.errors == ()


def test_an_error_in_one_document_leaves_the_others():
    file = read("a: 1\n---\nb: [1\n---\nc: 3\n")
    assert [data(d.root) for d in file.documents] == [{"a": 1}, {"c": 3}]
    [(span, message)] = file.errors
    assert span.first.line == 4
    assert message == "a `,` or the closing `]` of this list is missing"


def test_separators_in_a_block_scalar_do_not_separate():
    assert data(root("a: |\n  x\n  ---\n  y\n")) == {"a": "x\n---\ny\n"}


def test_unwanted_documents_are_not_read():
    file = yaml.parse(Source("x", "a: [\n---\nb: 1\n"), lambda text: "b" in text)
    assert [data(d.root) for d in file.documents] == [{"b": 1}]
    assert file.errors == ()


@pytest.mark.parametrize(
    "text",
    [
        "a: {{ .Values.a }}\n",
        "{{- if .x }}\na: 1\n{{- end }}\n",
        "a: 1\n---\nb:\n  {{- toYaml . | nindent 2 }}\n",
        "a:\n- {{ x }}\n",
        "{% for a in b %}\n- x: 1\n{% endfor %}\n",
    ],
)
def test_templates_are_recognised(text):
    file = read(text)
    assert (file.helm, file.documents, file.errors) == (True, (), ())


@pytest.mark.parametrize(
    "text", ['a: "{{ x }}"\n', "a: x{{ y }}\n", "a: |\n  {{ x }}\n", "{a: {b: 1}}"]
)
def test_braces_inside_values_are_no_template(text):
    assert not read(text).helm
    assert not read(text).errors


def test_json_with_tabs_is_yaml():
    assert data(root('{\n\t"a": ["x\\u0041\\n", 1.5, true, null]\n}\n')) == {
        "a": ["xA\n", 1.5, True, None]
    }


def test_comments_are_those_outside_of_values():
    text = "# one\na: 'x # no'  # two\nb: |  # three\n  # no\n  x\nc: x#no\n---  # four\nd: 1\n"
    assert [c.text for c in read(text).comments()] == ["# one", "# two", "# three", "# four"]


@pytest.mark.parametrize(
    "text", ["[" * 100_000, "{a: " * 100_000, "- " * 100_000, "a:\n" + "- " * 400]
)
def test_deep_nesting_is_given_up(text):
    file = read(text)
    assert file.documents == ()
    assert file.errors == () or "expected" in file.errors[0][1]


@pytest.mark.parametrize(
    ("text", "inner", "written"),
    [
        ('a: "x y"\n', '"$q"\n', '\\"$q\\"\\n'),
        ("a: 'x y'\n", "it's ", "it''s "),
        ("a: x y\n", "exec ", "exec "),
        ("a: |\n    x\n    y\n", "p\nq ", "p\n    q "),
        ("a: >-\n  x\n  y\n", "exec ", "exec "),
    ],
)
def test_an_edit_is_written_in_the_scalars_own_way(text, inner, written):
    value = root(text).get("a")
    assert value is not None
    edit = Edit.insert(value.text(), 0, inner)
    assert edit is not None
    assert edit.content == written
    assert edit.span.first.column == edit.span.last.column
    changed = text[: edit.span.start] + edit.content + text[edit.span.end :]
    assert root(changed).get("a").value == inner + value.value


def test_without_the_c_parser_errors_prove_nothing(monkeypatch):
    monkeypatch.setitem(sys.modules, "_ruamel_yaml", None)
    good, bad = read("a: {b: [1, x]}  # c\n"), read("a: [1\n")
    assert data(good.documents[0].root) == {"a": {"b": [1, "x"]}}
    assert bad.errors == ()
    assert bad.unread


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("apiVersion: apps/v1\nkind: Deployment\nspec: {containers: []}", True),
        ('{"apiVersion": "v1", "kind": "Service"}', True),
        ("kind: CustomResourceDefinition\napiVersion: x\nproperties: {containers: {}}", False),
        ("replicaCount: 1\ncontainers: []", False),
        ("apiVersion: v1\nkind: Namespace", False),
    ],
)
def test_what_may_hold_a_pod_is_told_from_the_text(text, expected):
    assert yaml.maybe_kubernetes(text) is expected


def test_what_may_be_a_compose_file_is_told_from_the_text():
    assert yaml.maybe_compose("services:\n  a:\n    image: x\n")
    assert not yaml.maybe_compose("apiVersion: v1\nkind: Service\n")


@pytest.mark.parametrize("text", ["ports: [8080:80, 1:2]\n", "a: [./b:/c]\r\n", "{a: [b:c]}"])
def test_colons_inside_flow_scalars_are_read_as_clusters_read_them(text):
    file = read(text)
    assert not file.errors
    assert not file.unread
    scalars = [node for node in root(text).walk() if node.kind == "scalar"]
    assert [node.span.text for node in scalars] == [node.value for node in scalars]
    assert any(":" in node.value for node in scalars)
