"""Ignore comments and annotations, and the places that they speak of."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING

from gracelint.base import lazy
from gracelint.base.near import nearest
from gracelint.base.source import Rendered
from gracelint.base.values import replace
from gracelint.checks import all_rules
from gracelint.discover.discover import plain_sources
from gracelint.model.suppression import Ignore

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

    from gracelint.base.source import Source, Span, Text
    from gracelint.discover.discover import Discovery
    from gracelint.render.renderer import Renderings
    from gracelint.syntax.dockerfile.parse import Dockerfile
    from gracelint.syntax.shell.tree import Script
    from gracelint.syntax.yaml.parse import Node, YamlFile

ANNOTATION = "gracelint.dev/ignore"

_WORD = "gracelint:"
_OPENS = r"(?:#|\{\{-?[ \t]*/\*)"  # a comment of YAML or a shell, or of a template
_COMMENT = lazy.compile(
    _OPENS + r"[ \t]*gracelint:[ \t]*ignore(-file)?[ \t]*\[([^\]\n]{0,2000})\][^\n]*"
)
_BARE = lazy.compile(_OPENS + r"[ \t]*gracelint:[ \t]*ignore(-file)?(?![-\w])[^\n]*")
_OTHER = lazy.compile(_OPENS + r"[ \t]*gracelint:[ \t]*([A-Za-z][-\w]*)(?=[ \t]*([\[=(]?))[^\n]*")
_CODE = lazy.compile(r"[^\s,]+")


def ignores(
    discovery: Discovery, scripts: Iterable[Script], renderings: Renderings | None = None
) -> tuple[Ignore, ...]:
    """Everything that the files of a run ask to leave out, each once."""
    every: dict[tuple[object, ...], Ignore] = {}
    more = _rendered(renderings) if renderings is not None else ()
    of_files = [script for script in scripts if not _is_made(script)]
    named = {rule.name: rule.code for rule in all_rules()}
    for ignore in (*_all(discovery, of_files), *more):
        code = named.get(ignore.code.lower(), ignore.code)
        every.setdefault((ignore.span.key, code), replace(ignore, code=code))
    return tuple(every.values())


def _all(discovery: Discovery, scripts: Iterable[Script]) -> Iterator[Ignore]:
    for dockerfile in discovery.dockerfiles:
        if _WORD in dockerfile.source.text:
            yield from _in_dockerfile(dockerfile)
            dockerfile.forget()
    for file in discovery.yaml:
        if _WORD in file.source.text:
            yield from _in_yaml(file)
        if ANNOTATION in file.source.text:
            yield from _annotated(file)
    for source in plain_sources(discovery):
        if _WORD in source.text:
            yield from _in_lines(source)
    for script in scripts:
        if _WORD in script.text.text and "\n" in script.text.text:
            yield from _in_script(script)


def _read(text: Text, start: int, end: int, covers: Span | None) -> Iterator[Ignore]:
    """What the comment from `start` up to `end` asks for. covers: what it would speak of."""
    match = _COMMENT.match(text.text, start, end)
    if match is None:
        if bare := _BARE.match(text.text, start, end):
            span = text.span(start, bare.end())
            yield Ignore("", span, span, None if bare[1] else covers)
        elif (other := _OTHER.match(text.text, start, end)) and _is_meant(other[1], other[2]):
            span = text.span(start, start + len(other[0].rstrip()))
            yield Ignore("", span, span, covers)
        return
    codes = list(_CODE.finditer(text.text, match.start(2), match.end(2)))
    around = text.span(start, start + len(text.text[start : match.end()].rstrip()))
    for code in codes:
        span = text.span(code.start(), code.end())
        yield Ignore(code[0].upper(), span, around, None if match[1] else covers, len(codes))
    if not codes:
        yield Ignore("", around, around, None if match[1] else covers)


def _is_meant(word: str, follows: str) -> bool:
    """Whether a comment is meant to leave something out: it is misspelt, or has brackets."""
    return bool(follows) or nearest(word, ("ignore", "ignore-file")) is not None


def _nowhere(source: Source, at: int) -> Span:
    return source.span(at, at)


# Dockerfiles


def _in_dockerfile(file: Dockerfile) -> Iterator[Ignore]:
    """Comments that stand alone, each speaking of the instruction that follows."""
    source, at = file.source, 0
    for instruction in (*file.instructions, None):
        end = len(source.text) if instruction is None else instruction.lines.start
        blank = _last_blank_line(source.text, at, end)
        for start, stop in _alone(source.text, at, end):
            follows = instruction is not None and stop > blank
            covers = instruction.lines if instruction and follows else _nowhere(source, start)
            yield from _read(source, start, stop, covers)
        at = end if instruction is None else instruction.lines.end


def _alone(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """The comments that fill a line of their own between two offsets."""
    at = start
    while at < end:
        stop = text.find("\n", at, end)
        stop = end if stop < 0 else stop
        line = text[at:stop]
        if line.lstrip().startswith("#"):
            yield at + len(line) - len(line.lstrip()), at + len(line.rstrip())
        at = stop + 1


def _last_blank_line(text: str, start: int, end: int) -> int:
    """Where the last line between two offsets that is empty begins; -1 for none."""
    line = text.rfind("\n", start, end) + 1
    while line > start:
        stop = line - 1
        line = text.rfind("\n", start, stop) + 1 or start
        if not text[line:stop].strip():
            return line
    return -1


# YAML


def _in_yaml(file: YamlFile) -> Iterator[Ignore]:
    places: dict[int, Span] | None = None
    following: dict[int, int] = {}
    for comment in file.comments():
        if _WORD not in comment.text:
            continue
        if places is None:
            places = _yaml_places(file)
            following = _following(_lines(file.source), _PLAIN)
        line = _line_meant(comment, following)
        covers = places.get(line) or _nowhere(comment.source, comment.start)
        yield from _read(comment.source, comment.start, comment.end, covers)


def _line_meant(comment: Span, following: Mapping[int, int]) -> int:
    """Its own line, or the next that is no comment where it stands alone.

    following: of each line that next one.
    """
    source, number = comment.source, comment.first.line
    behind = source.line(number)[: comment.first.column - 1].strip()
    return number if behind else following[number]


def _lines(source: Source) -> list[str]:
    return [source.line(number) for number in range(1, len(source.starts) + 1)]


_PLAIN = ("#",)
"""How comments begin that stand alone on their line."""


def _following(lines: Sequence[str], comments: tuple[str, ...]) -> dict[int, int]:
    """Of the number of each line the next one that is no comment, or the last of all."""
    following, met = {}, len(lines)
    for number in range(len(lines), 0, -1):
        if not lines[number - 1].lstrip().startswith(comments):
            met = number
        following[number] = met
    return following


def _yaml_places(file: YamlFile) -> dict[int, Span]:
    """By line the widest entry or list element that starts there."""
    places: dict[int, Span] = {}
    for root in file.roots():
        for node in root.walk():
            for span in _parts(node):
                line = span.first.line
                if line not in places or span.end > places[line].end:
                    places[line] = span
    return places


def _parts(node: Node) -> Iterator[Span]:
    if node.alias_span is not None:
        return
    for key, value in node.items:
        end = value.span.end if value.alias_span is None else value.alias_span.end
        if key.alias_span is None:
            yield key.span.source.span(key.span.start, max(end, key.span.end))
    for child in node.children:
        if child.alias_span is None:
            yield child.span


def _annotated(file: YamlFile) -> Iterator[Ignore]:
    """Annotations of objects and of the pods they make; each speaks of the whole object."""
    for document in file.roots():
        for holder in _objects(document):
            for path in (("metadata",), ("spec", "template", "metadata")):
                metadata = holder.find(*path)
                annotations = None if metadata is None else metadata.get("annotations")
                node = None if annotations is None else annotations.get(ANNOTATION)
                if node is not None and node.kind == "scalar" and node.alias_span is None:
                    yield from _annotation(node, holder)


def _objects(root: Node) -> Iterator[Node]:
    yield root
    if root.kind == "mapping" and (root.string("kind") or "").endswith("List"):
        yield from root.sequence("items")


def _annotation(node: Node, holder: Node) -> Iterator[Ignore]:
    raw, start = node.span.text, node.span.start
    codes = list(_CODE.finditer(raw.strip("'\"\n")))
    shift = start + (1 if raw[:1] in {"'", '"'} else 0)
    for code in codes:
        span = node.span.source.span(shift + code.start(), shift + code.end())
        yield Ignore(code[0].upper(), span, node.span, holder.span, len(codes), editable=False)


# Charts and kustomizations


def _is_made(script: Script) -> bool:
    """Whether a script stands in rendered text: its comments are read in the template."""
    return isinstance(script.text.span(0, 0).source, Rendered)


def _rendered(renderings: Renderings) -> Iterator[Ignore]:
    """What templates, values and rendered objects ask for."""
    for file in renderings.files():
        if ANNOTATION in file.source.text:
            yield from _annotated(file)
    from gracelint.syntax.yaml import parse as yaml

    for template, lines in renderings.templates():
        if _WORD in template.text:
            meets: dict[tuple[int, int] | None, bool] = {}
            for ignore in _in_template(template):
                place = ignore.covers.key[1:] if ignore.covers is not None else None
                if place not in meets:
                    meets[place] = _meets(ignore, lines)
                if meets[place]:
                    yield ignore
    for values in renderings.given():
        if _WORD in values.text:
            yield from _in_yaml(yaml.parse(values))


def _meets(ignore: Ignore, lines: Collection[int]) -> bool:
    """Whether anything that it speaks of was rendered; else it cannot be told if it is used."""
    covers = ignore.covers
    if covers is None:
        return bool(lines)
    return any(line in lines for line in range(covers.first.line, covers.last.line + 1))


def _in_template(source: Source) -> Iterator[Ignore]:
    """Comments of YAML and of the template, each speaking of its own line or of the next one.

    What is written below a line, with more indentation, belongs to it.
    """
    lines = _lines(source)
    below = _Below(source, lines)
    following = _following(lines, (*_PLAIN, "{{/*", "{{- /*"))
    for number, line in enumerate(lines, 1):
        match = _COMMENT.search(line) or _BARE.search(line)
        if match is None:
            continue
        start = source.offset(number) + match.start()
        end = source.offset(number) + len(line.rstrip())
        if "/*" in match[0] and (closed := source.text.find("}}", start, end)) >= 0:
            end = closed + 2
        meant = number if line[: match.start()].strip() else following[number]
        yield from _read(source, start, end, below(meant))


class _Below:
    """A line and what is indented more, whatever actions stand in between.

    All comments of a file together look at so many lines; a line stands alone after that.
    """

    def __init__(self, source: Source, lines: Sequence[str]) -> None:
        self.source = source
        self.lines = lines
        self.left = 100 * len(lines)
        self.known: dict[int, Span] = {}

    def __call__(self, number: int) -> Span:
        if number not in self.known:
            span = self.source.line_span(number)
            self.known[number] = span.to(self.source.line_span(self._last(number)))
        return self.known[number]

    def _last(self, number: int) -> int:
        first = self.lines[number - 1]
        column = len(first) - len(first.lstrip())
        last = number
        for other, line in enumerate(islice(self.lines, number, number + self.left), number + 1):
            self.left -= 1
            inner = line.lstrip()
            depth = len(line) - len(inner)
            below = depth > column or (depth == column and inner[:2] == "- " != first.lstrip()[:2])
            if below:
                last = other
            elif inner and not inner.startswith("{{"):
                break
        return last


# Scripts


def _in_lines(source: Source) -> Iterator[Ignore]:
    """Comments alone before a setting of a unit or of fly.toml; behind one they are its value."""
    lines = _lines(source)
    following, ends = _following(lines, _PLAIN), _ends(lines)
    for number, line in enumerate(lines, 1):
        start, at = source.offset(number), _comment_start(line)
        if at is None or line[:at].strip():
            continue
        meant = following[number]
        last = ends[meant]
        end = source.offset(last) + len(source.line(last))
        covers = source.span(source.offset(meant), end)
        yield from _read(source, start + at, start + len(line), covers)


def _ends(lines: Sequence[str]) -> dict[int, int]:
    """Of the number of each line the last of those that it is continued by."""
    ends, last = {}, len(lines)
    for number in range(len(lines), 0, -1):
        last = last if lines[number - 1].endswith("\\") else number
        ends[number] = last
    return ends


def _in_script(script: Script) -> Iterator[Ignore]:
    """Comments at the end of a line or alone before it, each speaking of the commands there."""
    lines = script.text.text.split("\n")
    offset = 0
    for number, line in enumerate(lines):
        at = _comment_start(line)
        if at is not None:
            meant = number
            if not line[:at].strip():
                while meant + 1 < len(lines) and lines[meant].lstrip().startswith("#"):
                    meant += 1
            covers = _commands(script, lines, meant) or script.text.span(offset + at, offset + at)
            yield from _read(script.text, offset + at, offset + len(line), covers)
        offset += len(line) + 1


def _comment_start(line: str) -> int | None:
    at = line.rfind("#", 0, line.find(_WORD)) if _WORD in line else -1
    return at if at == 0 or (at > 0 and line[at - 1].isspace()) else None


def _commands(script: Script, lines: list[str], number: int) -> Span | None:
    """The commands that start on a line, or end there."""
    from gracelint.syntax.shell.parse import walk
    from gracelint.syntax.shell.tree import Item

    start = sum(len(line) + 1 for line in lines[:number])
    end = start + len(lines[number]) + 1
    nodes = [
        node
        for node in walk(script.body)
        if isinstance(node, Item)
        and node.end > node.start
        and (start <= node.start < end or start < node.end <= end)
    ]
    if not nodes:
        return None
    return script.text.span(min(n.start for n in nodes), max(n.end for n in nodes))
