"""CloudFormation's functions, worked out as far as a template tells: references, texts, choices.

Source: docs.aws.amazon.com, "Intrinsic function reference". They are written as tags in YAML
(`!Sub`) and as keys (`Fn::Sub`). A parameter that is not given has its `Default`; what an account,
a region or another resource gives is left open, as `ANY`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from gracelint.base import lazy
from gracelint.base.source import Embedded, Segment
from gracelint.base.values import dataclass
from gracelint.discover.builds import ANY

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from gracelint.base.source import Text
    from gracelint.syntax.yaml.node import Node

MAX_DEPTH = 20
"""Functions within more others than this are left open."""

MAX_LENGTH = 20_000
"""Texts that grow longer are left open."""

_VARIABLE = lazy.compile(r"\$\{(!?)([^{}]*)\}")
_FUNCTIONS = ("Ref", "Condition")


@dataclass(frozen=True, slots=True)
class Given:
    """A text, with `ANY` for what is open. place: its text in the file, where it stands there.

    defaults: the parameters whose defaults it rests on.
    """

    text: str
    place: Text | None = None
    defaults: tuple[str, ...] = ()

    @property
    def value(self) -> str | None:
        """The text; None where a part of it is open."""
        return None if ANY in self.text else self.text


OPEN = Given(ANY)


class Template:
    """What a template says of its parameters; root: the whole of it, or any other document."""

    def __init__(self, root: Node) -> None:
        self._defaults = dict(_defaults(root))
        self._is_template = root.entry("Resources") is not None

    def text(self, node: Node, depth: int = 0) -> Given:
        """What a node comes to as a text."""
        name, inner = function(node) if self._is_template else ("", node)
        if depth > MAX_DEPTH:
            return OPEN
        match name:
            case "":
                return _literal(inner, open_variables=not self._is_template)
            case "Ref":
                return self._parameter(inner.value)
            case "Sub":
                return self._sub(inner, depth)
            case "Join" if len(inner.children) == 2:
                return self._join(*inner.children, depth=depth)
        return OPEN

    def listed(self, node: Node, depth: int = 0) -> Iterator[Node | Given]:
        """The elements of a list, those of both ways where a condition chooses."""
        name, inner = function(node) if self._is_template else ("", node)
        if depth > MAX_DEPTH:
            return
        if name == "If":
            for child in inner.children[1:]:
                yield from self.listed(child, depth + 1)
        elif name == "Split" and len(inner.children) == 2:
            yield from self._split(*inner.children, depth=depth)
        elif name and inner.value != "AWS::NoValue":
            yield OPEN
        elif not name and node.kind == "sequence":
            for child in node.children:
                chosen = self._is_template and function(child)[0] == "If"
                yield from self.ways(child, depth + 1) if chosen else (child,)

    def ways(self, node: Node, depth: int = 0) -> Iterator[Node]:
        """What a node may be, whichever way conditions choose; not what is left out then."""
        name, inner = function(node) if self._is_template else ("", node)
        if name == "If" and depth <= MAX_DEPTH:
            for child in inner.children[1:]:
                yield from self.ways(child, depth + 1)
        elif not (name == "Ref" and inner.value == "AWS::NoValue"):
            yield node

    def _parameter(self, name: str) -> Given:
        default = self._defaults.get(name)
        return OPEN if default is None else Given(default, None, (name,))

    def _sub(self, inner: Node, depth: int) -> Given:
        overrides: Mapping[str, Node] = {}
        if inner.kind == "sequence" and len(inner.children) == 2:
            inner, variables = inner.children
            overrides = {key: entry[1] for key, entry in variables.entries().items()}
        if inner.kind != "scalar":
            return OPEN
        text, defaults = self._filled(inner.value, overrides, depth)
        if len(text) > MAX_LENGTH:
            return OPEN
        place = inner.text()
        whole = Embedded(place, text, [Segment(0, len(text), 0, len(place.text))])
        return Given(text, place if text == place.text else whole, defaults)

    def _filled(
        self, text: str, overrides: Mapping[str, Node], depth: int
    ) -> tuple[str, tuple[str, ...]]:
        """A text with its variables, up to where it gets too long, and the defaults it rests on."""
        values: dict[str, Given] = {}
        parts: list[str] = []
        length = end = 0
        for match in _VARIABLE.finditer(text):
            literal, name = match[1], match[2].strip()
            if not literal and name not in values:
                given = overrides.get(name)
                values[name] = (
                    self._parameter(name) if given is None else self.text(given, depth + 1)
                )
            value = f"${{{match[2]}}}" if literal else values[name].text
            parts += [text[end : match.start()], value]
            length += len(value)
            end = match.end()
            if length > MAX_LENGTH:
                break
        defaults = (name for given in values.values() for name in given.defaults)
        return "".join([*parts, text[end:]]), tuple(dict.fromkeys(defaults))

    def _join(self, separator: Node, parts: Node, *, depth: int) -> Given:
        given = [
            part if isinstance(part, Given) else self.text(part, depth + 1)
            for part in self.listed(parts, depth + 1)
        ]
        text = separator.value.join(part.text for part in given)
        defaults = tuple(name for part in given for name in part.defaults)
        bounded = parts.kind == "sequence" and len(text) <= MAX_LENGTH
        return Given(text, None, defaults) if bounded else OPEN

    def _split(self, separator: Node, whole: Node, *, depth: int) -> Iterator[Given]:
        given = self.text(whole, depth + 1)
        if not separator.value or ANY in given.text:
            yield OPEN
            return
        at, place = 0, given.place
        for part in given.text.split(separator.value):
            text = None if place is None else Embedded.slice(place, at, at + len(part))
            yield Given(part, text, given.defaults)
            at += len(part) + len(separator.value)


def function(node: Node) -> tuple[str, Node]:
    """The function that a node calls, "" where it is none, and what it is given."""
    if node.tag is not None and node.tag.startswith("!") and not node.tag.startswith("!!"):
        return node.tag[1:], node
    if node.kind == "mapping" and len(node.items) == 1:
        (key, inner), *_ = node.items
        if key.value in _FUNCTIONS or key.value.startswith("Fn::"):
            return key.value.removeprefix("Fn::"), inner
    return "", node


def _literal(node: Node, *, open_variables: bool) -> Given:
    """A text that stands there; outside of templates something else fills in its `${…}`."""
    if node.kind != "scalar" or node.is_null:
        return OPEN
    if open_variables and "${" in node.value:
        return Given(_VARIABLE.sub(ANY, node.value).replace("${", ANY))
    return Given(node.value, node.text())


def _defaults(root: Node) -> Iterator[tuple[str, str]]:
    """The defaults of parameters; those that name an entry elsewhere tell no value."""
    parameters = root.get("Parameters")
    for name, (_, body) in () if parameters is None else parameters.entries().items():
        default = body.get("Default") if body.kind == "mapping" else None
        stated = body.string("Type") if body.kind == "mapping" else None
        if (
            default is not None
            and default.kind == "scalar"
            and not (stated or "").startswith("AWS::SSM")
        ):
            yield name, default.value
