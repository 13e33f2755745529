"""YAML as a tree with places: several documents, aliases, merge keys, JSON; never dumped.

Events come from libyaml through ruamel.yaml's C parser, whose marks count code points; its pure
parser stands in where there is no C parser. Every document is parsed by itself, so that an error in
one leaves the others readable.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from gracelint.base import lazy
from gracelint.base.values import dataclass
from gracelint.syntax.placeholders import has_placeholder
from gracelint.syntax.yaml.node import Node

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from gracelint.base.source import Source, Span
    from gracelint.syntax.yaml.node import Kind, Style

__all__ = ["Document", "Node", "YamlFile", "maybe_compose", "maybe_kubernetes", "parse"]

MAX_DEPTH = 200
"""Collections nested more deeply than this make a document unreadable."""

MAX_ALIASED = 100_000
"""Values that all aliases of a document may stand for. go-yaml has a bound of this kind, too."""

MAX_PURE = 100_000
"""Longer documents are not given to the pure parser, which is slow."""

_COLON = "unexpected ':'"  # libyaml's words on `[8080:80]`, which YAML 1.2 and Go's parser read

_STYLES: dict[str, Style] = {
    "'": "single",
    '"': "double",
    "|": "literal",
    ">": "folded",
}
_BLOCKS = frozenset(("literal", "folded"))
_SEPARATOR = lazy.compile(r"^---(?=[ \t\r\n]|\Z)", re.MULTILINE)
_PROPERTIES = lazy.compile(
    r"(?:[&!][^\s,\[\]{}]*(?:[ \t\r\n]+|(?=[,\]}])|\Z)(?:#[^\n]*\n[ \t\r\n]*)*)+"
)
_TEMPLATE = lazy.compile(r"(?:^|[\s:\-\[,])(?:\{\{|\{%)", re.MULTILINE)
_ORIGIN = lazy.compile(r"^# Source:[ \t]*(\S.*?)[ \t]*\r?$", re.MULTILINE)
_CONTENT = lazy.compile(r"^(?!---[ \t\r]*$)(?!---[ \t]+#)[ \t]*[^\s#]", re.MULTILINE)
_LONE = lazy.compile("[\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class Document:
    """One document. root: None when it is empty or could not be read. origin: its `# Source:`."""

    root: Node | None
    span: Span
    origin: str | None = None


@dataclass(frozen=True, slots=True)
class YamlFile:
    """A file of documents.

    errors: (place, message) of each document that certainly is no YAML. unread: the same for those
    that this reader gives up on, which proves nothing. helm: a template of YAML; nothing of it
    is read.
    """

    source: Source
    documents: tuple[Document, ...] = ()
    errors: tuple[tuple[Span, str], ...] = ()
    unread: tuple[tuple[Span, str], ...] = ()
    helm: bool = False

    def roots(self) -> Iterator[Node]:
        """The documents' values, without empty documents."""
        return (document.root for document in self.documents if document.root is not None)

    def origin(self, place: Span) -> Span | None:
        """The `# Source:` line of the document that a place is in, as `helm template` writes it."""
        for document in self.documents:
            at = document.span
            if document.origin is not None and at.start <= place.start < at.end:
                match = _ORIGIN.search(at.source.text, at.start, at.end)
                return at.source.span(match.start(), match.end()) if match else None
        return None

    def comments(self) -> tuple[Span, ...]:
        """The comments of the documents that were read, from `#` to the end of the line."""
        return tuple(c for document in self.documents for c in _comments(document))


def _comments(document: Document) -> Iterator[Span]:
    span = document.span
    scalars = [] if document.root is None else sorted(_bodies(document.root))
    text, at = span.source.text, span.start
    for start, end in [*scalars, (span.end, span.end)]:
        while (at := text.find("#", at, max(start, at))) >= 0:
            stop = text.find("\n", at)
            stop = len(text) if stop < 0 else stop
            if at == 0 or text[at - 1].isspace():
                yield span.source.span(at, at + len(text[at:stop].rstrip("\r")))
                at = stop
            else:
                at += 1
        at = end


def _bodies(root: Node) -> Iterator[tuple[int, int]]:
    for node in root.walk():
        if node.kind == "scalar" and node.span.start < node.span.end:
            start, end = node.span.start, node.span.end
            if node.style in {"literal", "folded"}:
                start = node.span.source.text.find("\n", start, end)
            if start >= 0:
                yield start, end


def parse(source: Source, wanted: Callable[[str], bool] | None = None) -> YamlFile:
    """The documents of `source`; never fails.

    wanted: is asked with a document's text; one that is not wanted is left out unread.
    """
    documents: list[Document] = []
    errors: list[tuple[Span, str]] = []
    unread: list[tuple[Span, str]] = []
    for start, end in _chunks(source.text):
        text = source.text[start:end]
        if wanted is not None and not wanted(text):
            continue
        reader = _Reader(source, start, end)
        try:
            documents += _read(reader) if _CONTENT.search(text) else reader.nothing()
        except _TemplateError:
            return YamlFile(source, helm=True)
        except _UnreadableError as error:
            if _TEMPLATE.search(source.text) or has_placeholder(error.span):
                return YamlFile(source, helm=True)
            (errors if error.certain else unread).append((error.span, error.message))
            documents += reader.finished
    return YamlFile(source, tuple(documents), tuple(errors), tuple(unread))


def _read(reader: _Reader) -> list[Document]:
    """The documents of a chunk, by the slower parser where only that one can read them."""
    try:
        return reader.read()
    except _UnreadableError as error:
        if _COLON not in error.message or reader.end - reader.start > MAX_PURE:
            raise
        return reader.again().read()


def maybe_kubernetes(text: str) -> bool:
    """Whether a document may hold something about pods, Services or their scripts."""
    if "kind" not in text or "apiVersion" not in text:
        return False
    if "CustomResourceDefinition" in text and _CRD.search(text):
        return False
    return any(word in text for word in _POD_WORDS) or _holds_steps(text)


def _holds_steps(text: str) -> bool:
    """Whether it is a workflow of Argo or a task of Tekton, whose pods are put together later."""
    return ("argoproj.io/" in text or "tekton.dev/" in text) and bool(_STEPS.search(text))


_STEPS = lazy.compile(
    r"""\bkind["']?[ \t]*:[ \t]*["']?(?:C[a-z]+)?(?:Workflow|Task|Pipeline|StepAction)""",
)
_CRD = lazy.compile(  # of the document itself: a list may hold one among other objects
    r"""^["']?kind["']?[ \t]*:[ \t]*["']?CustomResourceDefinition\b""", re.MULTILINE
)
_POD_WORDS = (
    "ontainers",
    "terminationGracePeriodSeconds",
    "shareProcessNamespace",
    "hostPID",
    "Service",
    "ConfigMap",
    "stringData",
    "EndpointSlice",
    "workloadRef",
    "istio-injection",  # a Namespace's labels and annotations, which add sidecars to its pods
    "istio.io/rev",
    "linkerd.io/inject",
)


def maybe_compose(text: str) -> bool:
    """Whether a document may be a Compose file."""
    return "services" in text and ("image" in text or "build" in text)


def _chunks(text: str) -> Iterator[tuple[int, int]]:
    starts = [match.start() for match in _SEPARATOR.finditer(text)] if "---" in text else []
    for start, end in zip([0, *starts], [*starts, len(text)], strict=True):
        if start < end and not _only_directives(text, start, end):
            yield start, end


def _only_directives(text: str, start: int, end: int) -> bool:
    """Whether nothing but blank lines and, before a `---`, directives stand there."""
    lines = text[start:end].splitlines()
    return all(not line or line.isspace() or line.startswith("%") for line in lines)


class _UnreadableError(Exception):
    def __init__(self, span: Span, message: str, *, certain: bool) -> None:
        super().__init__(message)
        self.span = span
        self.message = message
        self.certain = certain


class _TemplateError(Exception):
    pass


class _Reader:
    """Builds trees from the events of one chunk of text.

    children: what has been read of the collection that is open, or of the document. stack: for each
    open collection its first event, its start, and what was read and counted before it.
    """

    def __init__(self, source: Source, start: int, end: int) -> None:
        self.source = source
        self.start = start
        self.end = end
        self.text = source.text
        self.finished: list[Document] = []
        self.children: list[Node] = []
        self.stack: list[tuple[Any, int, list[Node], int]] = []
        self.anchors: dict[str, tuple[Node, int]] = {}
        self.values = 0
        self.aliased = 0
        self.pure = False
        self.origin: str | None = None

    def again(self) -> _Reader:
        """A reader of the same chunk that uses the pure parser."""
        reader = _Reader(self.source, self.start, self.end)
        reader.pure = True
        return reader

    def read(self) -> list[Document]:
        """The chunk's documents (one, unless `...` separates several)."""
        chunk = self.text[self.start : self.end]
        match = _ORIGIN.search(chunk) if "# Source:" in chunk else None
        self.origin = match.group(1) if match else None
        # There are tens of thousands of events in a large repository: one look finds what to do.
        take = {name: getattr(self, method) for name, method in _TAKEN.items()}
        for event in _events(self.source, chunk, self.start, pure=self.pure):
            method = take.get(event.__class__.__name__)
            if method is not None:
                method(event)
        return self.finished or self.nothing()

    def _begin(self, _event: Any) -> None:
        self.anchors, self.children, self.stack = {}, [], []

    def _end(self, _event: Any) -> None:
        root = self.children[0] if self.children else None
        root = None if root is None or self._is_empty(root) else root
        self.finished.append(Document(root, self._whole(), self.origin))

    def nothing(self) -> list[Document]:
        """An empty document in place of the chunk."""
        return [Document(None, self._whole())]

    def _whole(self) -> Span:
        start = self.finished[-1].span.end if self.finished else self.start
        return self.source.span(min(start, self.end), self.end)

    @staticmethod
    def _is_empty(root: Node) -> bool:
        return root.kind == "scalar" and root.span.start == root.span.end and not root.value

    def _scalar(self, event: Any) -> None:
        start, end = event.start_mark.index + self.start, event.end_mark.index + self.start
        anchor, tag, style = (
            event.anchor,
            None if event.ctag is None else event.tag,
            _STYLES.get(event.style, "plain"),
        )
        if anchor is not None or tag is not None:
            match = _PROPERTIES.match(self.text, start, end)
            start = match.end() if match else start
        if style in _BLOCKS and self.text[end - 1 : end].isspace():
            end = start + len(self.text[start:end].rstrip())
        node = Node("scalar", self.source.span(start, end), event.value, style, tag, anchor)
        self.values += 1
        self.children.append(node)
        if anchor is not None:
            self.anchors[anchor] = (node, 1)

    def _alias(self, event: Any) -> None:
        start, end = event.start_mark.index + self.start, event.end_mark.index + self.start
        span = self.source.span(start, end)
        if event.anchor not in self.anchors:
            message = f"the alias `*{event.anchor}` has no anchor before it"
            raise _UnreadableError(span, message, certain=True)
        target, size = self.anchors[event.anchor]
        self.values += size
        self.aliased += size
        if self.aliased > MAX_ALIASED:
            message = f"aliases stand for more than {MAX_ALIASED:,} values"
            raise _UnreadableError(span, message, certain=False)
        seen = target.via(span)
        seen.anchor = None
        self.children.append(seen)

    def _open(self, event: Any) -> None:
        start = event.start_mark.index + self.start
        if len(self.stack) >= MAX_DEPTH:
            place = self.source.span(start, self.end)
            raise _UnreadableError(place, "nested too deeply", certain=False)
        if event.flow_style:
            end = event.end_mark.index + self.start
            start = end - 1 if self.text[end - 1 : end] in {"{", "["} else start
            if self.text.startswith("{{", start):
                raise _TemplateError
        elif event.anchor is not None or event.tag is not None:
            end = event.end_mark.index + self.start
            start = end - 1 if self.text[end - 1 : end] == "-" else end
        self.stack.append((event, start, self.children, self.values))
        self.children = []

    def _mapping(self, event: Any) -> None:
        children = iter(self.children)
        self._close("mapping", event, items=tuple(zip(children, children, strict=True)))

    def _sequence(self, event: Any) -> None:
        self._close("sequence", event, children=tuple(self.children))

    def _close(
        self,
        kind: Kind,
        event: Any,
        items: tuple[tuple[Node, Node], ...] = (),
        children: tuple[Node, ...] = (),
    ) -> None:
        opening, start, around, before = self.stack.pop()
        anchor, flow = opening.anchor, opening.flow_style
        end = event.end_mark.index + self.start if flow else self._last_end(start)
        span = self.source.span(start, max(end, start))
        style: Style = "flow" if flow else "block"
        node = Node(kind, span, "", style, opening.tag, anchor, None, items, children)
        self.values += 1
        self.children = around
        around.append(node)
        if anchor is not None:
            self.anchors[anchor] = (node, self.values - before)

    def _last_end(self, start: int) -> int:
        """Where the last value of a collection ends that starts there."""
        if not self.children:
            return start
        last = self.children[-1]
        return (last.alias_span or last.span).end


_TAKEN = {
    "DocumentStartEvent": "_begin",
    "DocumentEndEvent": "_end",
    "ScalarEvent": "_scalar",
    "AliasEvent": "_alias",
    "MappingStartEvent": "_open",
    "SequenceStartEvent": "_open",
    "MappingEndEvent": "_mapping",
    "SequenceEndEvent": "_sequence",
}
"""What takes in an event, by the name of its class: two parsers have classes of their own."""


def _events(source: Source, chunk: str, offset: int, *, pure: bool) -> Iterator[Any]:
    """Parsing events of `chunk`; what the parser raises becomes `_UnreadableError`."""
    from ruamel.yaml.error import YAMLError

    parser = None if pure else _c_parser()
    text = chunk if chunk.isascii() else _LONE.sub("\ufffd", chunk)
    try:
        if parser is None:
            from ruamel.yaml import YAML

            yield from YAML(typ="safe", pure=True).parse(text)
        else:
            yield from iter(parser(text).get_event, None)
    except (YAMLError, ValueError, RecursionError) as error:
        certain = parser is not None
        raise _as_unreadable(source, chunk, offset, error, certain=certain) from error


def _c_parser() -> Any:
    """libyaml's parser class; None where it is not installed."""
    try:
        from _ruamel_yaml import CParser
    except ImportError:
        return None
    return CParser


def _as_unreadable(
    source: Source, chunk: str, offset: int, error: Exception, *, certain: bool
) -> _UnreadableError:
    mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
    at = offset + min(getattr(mark, "index", 0), len(chunk))
    end = at + 1 if at < len(source.text) and source.text[at] not in "\r\n" else at
    problem = str(getattr(error, "problem", None) or getattr(error, "reason", None) or error)
    stream = "<document start>" in problem and chunk.lstrip()[:1] == "{"  # JSON after JSON
    doubtful = stream or "tag handle" in problem or _COLON in problem
    certain = certain and mark is not None and not doubtful
    from gracelint.syntax.yaml.errors import said

    return _UnreadableError(source.span(at, end), said(problem), certain=certain)
