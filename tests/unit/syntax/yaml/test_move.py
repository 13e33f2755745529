from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from yaml_texts import blocks, data, names

from gracelint.base.source import Source
from gracelint.syntax.yaml import move as yaml_move
from gracelint.syntax.yaml import parse as yaml

ALWAYS = ("restartPolicy", "Always")


def moved(text: str, index: int) -> str | None:
    [document] = yaml.parse(Source("x.yaml", text)).documents
    assert document.root is not None
    edits = yaml_move.move_item(document.root, "containers", index, "initContainers", ALWAYS)
    if edits is None:
        return None
    for edit in sorted(edits, key=lambda e: -e.span.start):
        text = text[: edit.span.start] + edit.content + text[edit.span.end :]
    return text


def said(text: str) -> Any:
    [document] = yaml.parse(Source("x.yaml", text)).documents
    return data(document.root)


@st.composite
def containers(draw: Any, key: str, least: int, dash: int) -> tuple[str, list[Any]]:
    """A list of mappings that begin with a name, its dashes in column `dash`."""
    lines, values = [f"{key}:\n"], []
    for _ in range(draw(st.integers(least, 3))):
        name, (text, value) = draw(names), draw(blocks(1, dash + 4))
        below = isinstance(value, (dict, list)) and text[:1] not in {"{", "["}
        gap = "\n" + " " * (dash + 4) if below else " "
        lines.append(f"{' ' * dash}- name: {name}\n{' ' * (dash + 2)}rest:{gap}{text}\n")
        values.append({"name": name, "rest": value})
    return "".join(lines), values


@settings(max_examples=60)
@given(st.data(), st.sampled_from([0, 2, 4]), st.booleans(), st.booleans())
def test_a_moved_element_is_the_only_change(draw, dash, crlf, has_target):
    target, above = draw.draw(containers("initContainers", 1, dash)) if has_target else ("", [])
    source, values = draw.draw(containers("containers", 2, dash))
    text = target + source + draw.draw(st.sampled_from(["", "volumes: []\n"]))
    text = text.replace("\n", "\r\n") if crlf else text
    index = draw.draw(st.integers(0, len(values) - 1))
    result = moved(text, index)
    assert result is not None
    expected = said(text)
    expected["initContainers"] = [*above, {**values.pop(index), "restartPolicy": "Always"}]
    expected["containers"] = values
    assert said(result) == expected
    assert ("\r\n" in result) == crlf


@pytest.mark.parametrize(
    "text",
    [
        "containers:\n- name: a\n",
        "containers: [{name: a}, {name: b}]\n",
        "containers:\n- {name: a}\n- name: b\n",
        "initContainers: []\ncontainers:\n- name: a\n- name: b\n",
        "initContainers:\n  - name: i\ncontainers:\n- name: a\n- name: b\n",
        "x: &x\n- name: a\n- name: b\ncontainers: *x\n",
    ],
)
def test_what_cannot_be_moved_as_lines_stays(text):
    assert moved(text, 0) is None


def test_a_moved_element_keeps_its_comments_and_quotes():
    text = "containers:\n- name: a\n# the proxy\n- name: 'b'  # b\n  args: [\"x\"]  # y"
    assert moved(text, 1) == (
        "initContainers:\n- name: 'b'  # b\n  restartPolicy: Always\n  args: [\"x\"]  # y\n"
        "containers:\n- name: a\n# the proxy"
    )
