"""Shell texts with the shape that their tree must have, and shapes of trees."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from gracelint.base.source import Source
from gracelint.syntax.shell import tree as t
from gracelint.syntax.shell.parse import parse

Shape = Any


def script(text: str, dialect: t.Dialect | None = "bash") -> t.Script:
    return parse(Source("x.sh", text), dialect)


def only(text: str, dialect: t.Dialect | None = "bash") -> Any:
    """The one command of a text that is read without errors."""
    read = script(text, dialect)
    assert read.errors == ()
    (item,) = read.body.items
    return item.command


def shape(node: t.Node | None) -> Shape:  # noqa: C901
    """A tree without its places."""
    match node:
        case t.Commands(items=items):
            return [(shape(i.command), "&" if i.background else "") for i in items]
        case t.Simple():
            return ("simple", [w.literal for w in node.words])
        case t.Pipeline():
            commands = [shape(c) for c in node.commands]
            return ("pipeline", node.negated, commands)
        case t.AndOr():
            return (node.operator, shape(node.left), shape(node.right))
        case t.Group():
            return ("{", shape(node.body))
        case t.Subshell():
            return ("(", shape(node.body))
        case t.If():
            branches = [(shape(c), shape(b)) for c, b in node.branches]
            return ("if", branches, node.otherwise and shape(node.otherwise))
        case t.While():
            return ("until" if node.until else "while", shape(node.condition), shape(node.body))
        case t.For():
            words = None if node.words is None else [w.literal for w in node.words]
            return ("for", node.name, words, shape(node.body))
        case t.Case():
            items = [([w.literal for w in i.patterns], shape(i.body)) for i in node.items]
            return ("case", node.subject.literal, items)
        case t.Function():
            return ("function", node.name, shape(node.body))
        case _:
            return repr(node)


WORD = st.sampled_from(["a", "bb", "-c", "x/y", "é", "in", "k=v", "7", "日本", "fi.sh", "done,"])
NAME = st.sampled_from(["f", "go", "x_1"])
_GAP = st.sampled_from(["; ", "\n", " ;\n\n", " # why; not (\n", "\n# it's\n\t"])


@st.composite
def simples(draw: st.DrawFn) -> tuple[str, Shape]:
    words = [draw(st.sampled_from(["app", "ls", "écho"])), *draw(st.lists(WORD, max_size=3))]
    redirect = draw(st.sampled_from(["", "", " >f", " 2>&1", " <<<x"]))
    return " ".join(words) + redirect, ("simple", words)


@st.composite
def sequences(draw: st.DrawFn, commands: st.SearchStrategy) -> tuple[str, Shape]:
    """Commands that end with a separator, so that a reserved word may follow."""
    texts, shapes = [], []
    for text, made in draw(st.lists(commands, min_size=1, max_size=3)):
        background = draw(st.booleans())
        texts.append(text + (" & " if background else draw(_GAP)))
        shapes.append((made, "&" if background else ""))
    return "".join(texts), shapes


@st.composite
def pipelines(draw: st.DrawFn, commands: st.SearchStrategy) -> tuple[str, Shape]:
    parts = draw(st.lists(commands, min_size=1, max_size=4))
    negated = draw(st.booleans())
    text = "! " * negated + draw(st.sampled_from([" | ", "|", " |\n"])).join(p for p, _ in parts)
    if len(parts) == 1 and not negated:
        return text, parts[0][1]
    return text, ("pipeline", negated, [s for _, s in parts])


@st.composite
def lists(draw: st.DrawFn, commands: st.SearchStrategy) -> tuple[str, Shape]:
    text, made = draw(pipelines(commands))
    for _ in range(draw(st.integers(0, 3))):
        operator = draw(st.sampled_from(["&&", "||"]))
        right, right_shape = draw(pipelines(commands))
        text += f" {operator}{draw(st.sampled_from([' ', chr(10)]))}{right}"
        made = (operator, made, right_shape)
    return text, made


@st.composite
def compounds(draw: st.DrawFn, inner: st.SearchStrategy) -> tuple[str, Shape]:
    sequence = sequences(lists(inner))
    one, one_shape = draw(sequence)
    two, two_shape = draw(sequence)
    kind = draw(st.sampled_from(["{", "(", "if", "while", "until", "for", "case", "function"]))
    if kind == "{":
        return "{ " + one + "}", ("{", one_shape)
    if kind == "(":
        return "( " + one + ")", ("(", one_shape)
    if kind == "if":
        other, other_shape = draw(st.one_of(st.just(("", None)), sequence))
        text = f"if {one}then {two}" + (f"else {other}" if other else "") + "fi"
        return text, ("if", [(one_shape, two_shape)], other_shape)
    if kind in ("while", "until"):
        return f"{kind} {one}do {two}done", (kind, one_shape, two_shape)
    name = draw(NAME)
    if kind == "for":
        words = draw(st.none() | st.lists(WORD, max_size=3))
        head = f"for {name}" + ("" if words is None else " in " + " ".join(words))
        return f"{head}\ndo {one}done", ("for", name, words, one_shape)
    if kind == "case":
        first, second = draw(st.lists(WORD, min_size=1, max_size=2)), ["*"]
        text = f"case {name} in {'|'.join(first)}) {one};; *)\n{two}esac"
        text = (
            text.replace("; ;;", ";;")
            if one.endswith("; ")
            else text.replace(one + ";;", one + ":\n;;")
        )
        extra = [] if one.endswith("; ") else [(("simple", [":"]), "")]
        return text, ("case", name, [(first, one_shape + extra), (second, two_shape)])
    return f"{name}() {{ {one}}}", ("function", name, ("{", one_shape))


COMMANDS = st.recursive(
    simples(), lambda inner: st.one_of(simples(), compounds(inner)), max_leaves=8
)
SCRIPTS = sequences(lists(COMMANDS))
