"""Random YAML texts together with the data that they say."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from hypothesis import strategies as st

if TYPE_CHECKING:
    from gracelint.syntax.yaml.parse import Node

names = st.from_regex(r"[a-z][a-z0-9]{0,5}", fullmatch=True).filter(lambda s: s not in _WORDS)
_WORDS = {"y", "n", "on", "off", "yes", "no", "true", "false", "null"}
words = st.text(st.sampled_from("ab'\"#:,[]{}-é \\$"), max_size=12)
lines = st.lists(st.sampled_from(["a", "b  c", "  more", "", "- x", "# no", "k: v"]), max_size=4)


@st.composite
def scalars(draw: Any, *, flow: bool = False, indent: int = 0) -> tuple[str, Any]:
    kinds = ["plain", "int", "single", "double", "null"] + ([] if flow else ["literal", "folded"])
    kind = draw(st.sampled_from(kinds))
    if kind == "int":
        number = draw(st.integers(0, 99999))
        return str(number), number
    if kind == "null":
        return "null", None
    if kind == "plain":
        word = draw(names)
        return word, word
    text = draw(words)
    if kind == "single":
        return "'" + text.replace("'", "''") + "'", text
    if kind == "double":
        return json.dumps(text, ensure_ascii=draw(st.booleans())), text
    return _literal(draw, indent) if kind == "literal" else _folded(draw, indent)


def _literal(draw: Any, indent: int) -> tuple[str, str]:
    rows = ["x", *draw(lines), "z"]
    chomp = draw(st.sampled_from(["", "-", "+"]))
    body = "\n".join(" " * (indent + 2) + row if row else "" for row in rows)
    return f"|{chomp}\n{body}", "\n".join(rows) + ("" if chomp == "-" else "\n")


def _folded(draw: Any, indent: int) -> tuple[str, str]:
    rows = draw(st.lists(names, min_size=1, max_size=3))
    body = "\n".join(" " * (indent + 2) + row for row in rows)
    return f">-\n{body}", " ".join(rows)


@st.composite
def flows(draw: Any, depth: int = 2) -> tuple[str, Any]:
    kind = draw(st.sampled_from(["scalar", "map", "list"])) if depth else "scalar"
    if kind == "scalar":
        return draw(scalars(flow=True))
    space = draw(st.sampled_from(["", " ", "\n      "]))
    if kind == "list":
        parts = draw(st.lists(flows(depth - 1), max_size=3))
        text = ", ".join(p[0] for p in parts)
        return f"[{space}{text}{space if parts else ''}]", [p[1] for p in parts]
    pairs = draw(st.dictionaries(names, flows(depth - 1), max_size=3))
    quote = draw(st.booleans())
    text = ", ".join(f"{json.dumps(k) if quote else k}: {v[0]}" for k, v in pairs.items())
    return "{" + space + text + (space if pairs else "") + "}", {k: v[1] for k, v in pairs.items()}


def _comment(draw: Any, text: str) -> str:
    end = text.rpartition("\n")[2]
    plain = "\n" not in text and draw(st.integers(0, 3)) == 0
    return text + ("  # note" if plain and not end.endswith("\\") else "")


@st.composite
def blocks(draw: Any, depth: int = 2, indent: int = 0) -> tuple[str, Any]:
    """A value in block style with its lines indented, but for the first line."""
    kind = draw(st.sampled_from(["map", "map", "list"])) if depth else "leaf"
    if kind == "leaf":
        return draw(scalars(indent=indent)) if draw(st.booleans()) else draw(flows())
    if kind == "list":
        parts = draw(st.lists(blocks(depth - 1, indent + 2), min_size=1, max_size=3))
        return _rows(draw, indent, [("- ", t, v) for t, v in parts]), [v for _, v in parts]
    pairs = draw(st.dictionaries(names, blocks(depth - 1, indent + 2), min_size=1, max_size=4))
    rows = [(f"{k}:" + _gap(indent + 2, *v), v[0], v[1]) for k, v in pairs.items()]
    return _rows(draw, indent, rows), {k: v for k, (_, v) in pairs.items()}


def _gap(indent: int, text: str, value: Any) -> str:
    block = isinstance(value, (dict, list)) and text[:1] not in {"{", "["}
    return "\n" + " " * indent if block else " "


def _rows(draw: Any, indent: int, rows: list[tuple[str, str, Any]]) -> str:
    written = []
    for head, text, value in rows:
        block = isinstance(value, (dict, list)) and text[:1] not in {"{", "["}
        scalar = text[:1] in {"|", ">"}
        written.append(head + (text if block or scalar else _comment(draw, text)))
    return ("\n" + " " * indent).join(written)


@st.composite
def files(draw: Any) -> tuple[str, dict[str, Any]]:
    """A document's text and its data, a mapping in block style."""
    pairs = draw(st.dictionaries(names, blocks(2, 2), min_size=1, max_size=4))
    rows = [(f"{k}:" + _gap(2, *v), v[0], v[1]) for k, v in pairs.items()]
    text = _rows(draw, 0, rows) + draw(st.sampled_from(["\n", "", "\n# end\n"]))
    if _chomped(text):
        text = text.rstrip("\n") + "\n"
    return text, {k: v for k, (_, v) in pairs.items()}


def _chomped(text: str) -> bool:
    """Whether the last line is a block scalar's, whose value depends on the final newline."""
    return "|" in text


def data(node: Node | None) -> Any:
    """What a tree says."""
    if node is None:
        return None
    if node.kind == "mapping":
        return {k: data(v) for k, (_, v) in node.entries().items()}
    return [data(c) for c in node.children] if node.kind == "sequence" else node.data
