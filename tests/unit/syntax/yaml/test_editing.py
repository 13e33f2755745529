from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from yaml_texts import data, files

from gracelint.base.source import Source
from gracelint.syntax.yaml import editing as yaml_edit
from gracelint.syntax.yaml import parse as yaml

if TYPE_CHECKING:
    from gracelint.base.edit import Edit

ADDED: Any = {"exec": {"command": ["sleep", "5"]}, "m": 1}
values = st.sampled_from([60, "x", "needs: quotes", "", "on", None, True, ["sleep", "5"], ADDED])


def tree(text: str) -> yaml.Node:
    [document] = yaml.parse(Source("x.yaml", text)).documents
    assert document.root is not None
    return document.root


def apply(text: str, edit: Edit) -> str:
    return text[: edit.span.start] + edit.content + text[edit.span.end :]


def places(node: yaml.Node, said: Any) -> list[tuple[yaml.Node, Any]]:
    """Every collection with the data it says, which a test may change to what is expected."""
    found = [(node, said)] if node.kind != "scalar" else []
    below = (
        [(v, said[k]) for k, (_, v) in node.entries().items()]
        if node.kind == "mapping"
        else list(zip(node.children, said, strict=True) if node.kind == "sequence" else ())
    )
    return found + [place for child, value in below for place in places(child, value)]


def pick(draw: Any, made: tuple[str, Any], kind: str) -> tuple[str, yaml.Node, Any, Any]:
    text, said = made
    if draw.draw(st.booleans()):
        text = text.replace("\n", "\r\n")
    node = tree(text)
    chosen = [place for place in places(node, said) if place[0].kind == kind]
    if not chosen:
        return text, node, said, None
    where, inside = draw.draw(st.sampled_from(chosen))
    return text, where, said, inside


@settings(max_examples=60)
@given(files(), values, st.data())
def test_an_added_key_is_the_only_change(made, value, draw):
    text, node, said, inside = pick(draw, made, "mapping")
    before = draw.draw(st.sampled_from([(), tuple(inside)[:1], tuple(inside)[-1:]]))
    edit = yaml_edit.add_key(node, "added", value, before)
    assert edit is not None or not inside or node.style == "block"
    if edit is not None:
        inside["added"] = value
        assert data(tree(apply(text, edit))) == said
        assert edit.span.start == edit.span.end or not node.items


@settings(max_examples=60)
@given(files(), values, st.data())
def test_an_appended_element_is_the_only_change(made, value, draw):
    text, node, said, inside = pick(draw, made, "sequence")
    edit = None if inside is None else yaml_edit.append(node, value)
    if edit is not None:
        inside.append(value)
        assert data(tree(apply(text, edit))) == said


@settings(max_examples=60)
@given(files(), st.data())
def test_a_deleted_key_is_the_only_change(made, draw):
    text, node, said, inside = pick(draw, made, "mapping")
    if not inside:
        return
    key = draw.draw(st.sampled_from(sorted(inside)))
    edit = yaml_edit.delete_key(node, key)
    if edit is not None:
        del inside[key]
        assert data(tree(apply(text, edit))) == said
        assert edit.content == ""


@settings(max_examples=60)
@given(files(), st.data())
def test_a_deleted_element_is_the_only_change(made, draw):
    text, node, said, inside = pick(draw, made, "sequence")
    if not inside:
        return
    index = draw.draw(st.integers(0, len(inside) - 1))
    edit = yaml_edit.delete_item(node, index)
    if edit is not None:
        del inside[index]
        assert data(tree(apply(text, edit))) == said


@settings(max_examples=60)
@given(files(), st.sampled_from([60, "x", "needs: quotes", "it's"]), st.data())
def test_a_replaced_scalar_is_the_only_change(made, value, draw):
    text, node, said, inside = pick(draw, made, "mapping")
    if not inside:
        return
    key = draw.draw(st.sampled_from(sorted(inside)))
    target = node.get(key)
    edit = yaml_edit.replace_scalar(target, value)
    assert (edit is None) == (target.kind != "scalar" or target.style in {"literal", "folded"})
    if edit is not None:
        inside[key] = str(value) if target.style != "plain" else value
        assert data(tree(apply(text, edit))) == said


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a:\n  b: 1  # c\n", "a:\n  b: 1  # c\n  m: 5\n"),
        ("a:\n    b: 1", "a:\n    b: 1\n    m: 5"),
        ("a:\r\n  b: |\r\n    x\r\nc: 1\r\n", "a:\r\n  b: |\r\n    x\r\n  m: 5\r\nc: 1\r\n"),
        ("a:\n  b:\n  - 1\n  # c\nd: 2\n", "a:\n  b:\n  - 1\n  m: 5\n  # c\nd: 2\n"),
        ("a: {b: 1}\n", "a: {b: 1, m: 5}\n"),
        ("a: {b: 1,}\n", "a: {b: 1, m: 5}\n"),
        ("a: {}\n", "a: {m: 5}\n"),
        ('{"a": {\n\t"b": 1\n}}', '{"a": {\n\t"b": 1,\n\t"m": 5\n}}'),
        ('{"a": {}}', '{"a": {"m": 5}}'),
        ("a: &x\n  b: *y\n", None),
    ],
)
def test_a_key_is_added_as_its_neighbours_are_written(text, expected):
    text = text if expected else "y: &y 1\n" + text
    edit = yaml_edit.add_key(tree(text).get("a"), "m", 5)
    assert edit is not None
    assert apply(text, edit) == (expected or "y: &y 1\na: &x\n  b: *y\n  m: 5\n")


def test_a_key_goes_before_its_sibling_and_leaves_the_siblings_comment_alone():
    text = "s:\n- image: x\n  # the ports\n  ports: [1]\n"
    [item] = tree(text).sequence("s")
    after = yaml_edit.add_key(item, "m", 5, ("ports",))
    first = yaml_edit.add_key(item, "x", ADDED, ("image",))
    assert after is not None
    assert first is not None
    assert apply(text, after) == "s:\n- image: x\n  m: 5\n  # the ports\n  ports: [1]\n"
    assert apply(text, first).startswith(
        's:\n- x:\n    exec:\n      command: ["sleep", "5"]\n    m: 1\n  image: x\n'
    )


@pytest.mark.parametrize(
    "text",
    ["a: &x {b: 1}\nc: *x\n", "a: &x\n  b: 1\nc: *x\n", "a: &x {b: 1}\nc:\n  <<: *x\n"],
)
def test_nothing_is_edited_through_an_alias_or_merge(text):
    node = tree(text).get("c")
    assert yaml_edit.replace_scalar(node.get("b"), 2) is None
    assert yaml_edit.delete_key(node, "b") is None
    if node.alias_span is not None:
        assert yaml_edit.add_key(node, "n", 1) is None


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a: 30  # c\n", "a: 60  # c\n"),
        ('a: "30"  # c\n', 'a: "60"  # c\n'),
        ("a: '30'\n", "a: '60'\n"),
        ("a: !!int 30\n", "a: !!int 60\n"),
        ("a:\n", "a: 60\n"),
        ("a: # c\n", "a: 60 # c\n"),
    ],
)
def test_a_scalar_keeps_its_quotes_and_comment(text, expected):
    edit = yaml_edit.replace_scalar(tree(text).get("a"), 60)
    assert edit is not None
    assert apply(text, edit) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a: 1  # c\nb: 2\n", "b: 2\n"),
        ("b: 2\na:\n  x:\n  - 1\n", "b: 2\n"),
        ("b: 2\na: 1", "b: 2"),
        ("b: 2\r\na: 1", "b: 2"),
        ("- a: 1\n  b: 2\n", "- b: 2\n"),
        ("{a: 1, b: 2}", "{b: 2}"),
        ("{b: 2, a: 1}", "{b: 2}"),
        ("{a: 1}", "{}"),
        ("a: 1\n", None),
        ("a: 1\na: 2\nb: 3\n", None),
    ],
)
def test_a_key_is_deleted_with_its_lines_or_comma(text, expected):
    node = tree(text)
    edit = yaml_edit.delete_key(node.children[0] if node.kind == "sequence" else node, "a")
    assert (None if edit is None else apply(text, edit)) == expected


def test_an_element_is_appended_as_the_others_are_written():
    for text, expected in [
        ("a:\n- 1\n- b: 2\n", '\n- 1\n- b: 2\n- name: x\n  command: ["a", "b"]\n'),
        ("a:\n  - 1", '\n  - 1\n  - name: x\n    command: ["a", "b"]'),
        ("a: [1]\n", " [1, {name: x, command: [a, b]}]\n"),
        ("a: []\n", " [{name: x, command: [a, b]}]\n"),
    ]:
        edit = yaml_edit.append(tree(text).get("a"), {"name": "x", "command": ["a", "b"]})
        assert edit is not None
        assert apply(text, edit) == "a:" + expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("- a\n- # not - this\n  b: 1\n- c\n", "- a\n- c\n"),
        ("x:\n- a\n-\n  b: 1 - 2\n", "x:\n- a\n"),
        ("- - a\n  - b\n- c", "- - a\n  - b"),
        ("[a, b]", "[a]"),
        ("- a\n", None),
    ],
)
def test_an_element_is_deleted_with_its_dash(text, expected):
    node = tree(text)
    node = node.get("x") or node
    edit = yaml_edit.delete_item(node, len(node.children) - 1 if "not" not in text else 1)
    assert (None if edit is None else apply(text, edit)) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("sleep:\n  seconds: 5  # s\nb: 1\n", 'exec:\n  command: ["a"]  # s\nb: 1\n'),
        ("{sleep: {seconds: 5}, b: 1}", "{exec: {command: [a]}, b: 1}"),
        ('{"sleep": {"seconds": 5}}', '{"exec": {"command": ["a"]}}'),
        ("sleep: &x {seconds: 5}\n", None),
        ("b: 1\n", None),
    ],
)
def test_an_entry_is_replaced_in_its_place(text, expected):
    edit = yaml_edit.replace_entry(tree(text), "sleep", "exec", {"command": ["a"]})
    assert (None if edit is None else apply(text, edit)) == expected
