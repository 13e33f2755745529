"""Launches that are told once: the folders of an image's versions mostly start the same.

A launch is the same as another where it says the same, its files answer all that was asked of the
other's in the same way, and it differs only in variables whose values nobody read. Its story is
then the other's, at its own places. Wherever it is not certain what stands for what, it is told
anew.
"""

from __future__ import annotations

from operator import is_

from gracelint import atlas
from gracelint.base.facts import Known, Word
from gracelint.base.source import Derived, Embedded, Source, Span
from gracelint.base.typed import TYPE_CHECKING, Any
from gracelint.base.values import fields, replace
from gracelint.diagnose.tell import tell
from gracelint.model.story import Later, Story
from gracelint.simulate.asked import Questions, Watched, answer, watched
from gracelint.syntax.shell.tree import Node

if TYPE_CHECKING:
    from collections.abc import Container, Mapping

    from gracelint.atlas import Atlas
    from gracelint.base.source import Text
    from gracelint.model.entries import BaseImage
    from gracelint.model.workload import ImageFiles, Workload

MAX_ALIKE = 6  # launches of the same words that are kept to compare others with
MAX_KEPT = 400
SHORT = 400  # characters of scripts that are run about as fast as they are compared

UNREAD = frozenset(("name", "stage", "packages", "commands", "healthcheck"))
"""What no story rests on: neither the run of a launch nor what is said of it reads these."""

_APART = UNREAD | {"source", "declared", "base", "env", "files"}


class Twins:
    """The stories that a run has told so far, by the words of their launches."""

    def __init__(self) -> None:
        self._kept: dict[tuple[object, ...], list[_Told]] = {}
        self._count = 0

    def tell(self, workload: Workload, atlas: Atlas, *, brief: bool = False) -> Story:
        """The story of a launch: the same that `tell` tells. brief: assumptions are hardly read."""
        argv = workload.launch.argv
        if workload.place is not None or not isinstance(argv, Known):
            return _told(workload, atlas, brief=brief)
        words = (word.value for word in argv.value)
        key = (id(atlas), workload.kind, tuple(workload.env), *words)
        for kept in self._kept.get(key, ()):
            story = kept.again(workload, atlas)
            if story is not None:
                return story
        asking, names, files = watched(workload)
        story = replace(_told(asking, atlas, brief=brief), workload=workload)
        if sum(len(script.text.text) for script in story.scripts) > SHORT:
            self._keep(key, _Told(workload, atlas, story, names, files))
        return story

    def _keep(self, key: tuple[object, ...], remembered: _Told) -> None:
        if self._count >= MAX_KEPT:
            self._kept, self._count = {}, 0
        alike = self._kept.setdefault(key, [])
        if len(alike) < MAX_ALIKE:
            alike.append(remembered)
            self._count += 1


def _told(workload: Workload, atlas: Atlas, *, brief: bool) -> Story:
    story = tell(workload, atlas)
    return story if brief else replace(story, assumptions=tuple(story.assumptions))


class _Told:
    """A launch, its story, the variables whose values that rests on, and what its files told."""

    def __init__(
        self, workload: Workload, atlas: Atlas, story: Story, names: set[str], files: Questions
    ) -> None:
        self.workload = workload
        self.atlas = atlas
        self.story = story
        self.names = names
        self.files = files

    def again(self, workload: Workload, atlas: Atlas) -> Story | None:
        """The story of a launch that is the same; None where it is not."""
        if atlas is not self.atlas:
            return None
        try:
            move = _Move(_Pairs(self, workload))
            given = self.story.assumptions
            if not isinstance(given, Later):
                return move.story(self.story)
            story = move.story(replace(self.story, assumptions=given.first))
            every = Later(given.first, lambda: tuple(tell(workload, atlas).assumptions))
            return replace(story, assumptions=every)
        except (_Differs, RecursionError):
            return None


class _Differs(Exception):  # noqa: N818
    """It is not the same, or what stands for what is not certain."""


# What stands for what -------------------------------------------------------------------------


class _Pairs:
    """What in one launch stands for what in another, found by going through both."""

    def __init__(self, remembered: _Told, other: Workload) -> None:
        one = remembered.workload
        self.remembered, self.other = remembered, other
        self.sources: dict[int, tuple[Source, Source]] = {}
        self.spans: dict[tuple[int, int, int], Span] = {}
        self.texts: dict[int, tuple[Text, Text]] = {}
        self._source(one.source, other.source)
        self._span(one.declared, other.declared)
        self._questions(remembered.files, other.files)  # they differ most often
        self._bases(remembered.atlas)
        self._variables(one.env, other.env)
        for kind in fields(one):
            if kind.name not in _APART:
                self.meet(getattr(one, kind.name), getattr(other, kind.name))

    def _bases(self, lore: Atlas) -> None:
        one, other = self.remembered.workload.base, self.other.base
        self.meet(*(replace(base, reference=None) for base in (one, other)))
        if one.reference == other.reference:
            return
        mine, its = (lore.base(base.reference or "") for base in (one, other))
        if mine is None or its is None or _without_version(mine) != _without_version(its):
            raise _Differs

    def _variables(self, one: Mapping[str, Word], other: Mapping[str, Word]) -> None:
        if list(one) != list(other):
            raise _Differs
        for name, mine in one.items():
            its = other[name]
            if name in self.remembered.names:
                self.meet(mine, its)
            elif (mine.value is None, mine.many) != (its.value is None, its.many):
                raise _Differs
            elif mine.span is not None and its.span is not None:
                self._span(mine.span, its.span)

    def _questions(self, asked: Questions, files: ImageFiles) -> None:
        """Whether files answer all questions as others did."""
        if asked.complete != files.complete:
            raise _Differs
        for question, answered in asked.answers.items():
            self.meet(answered, answer(files, question))

    def meet(self, one: Any, other: Any) -> None:
        """Note what stands for what in two values; raises _Differs where they say other things."""
        if one.__class__ is not other.__class__:
            raise _Differs
        if isinstance(one, (Questions, Span, Source, Embedded)):
            self._places(one, other)
        elif isinstance(one, (tuple, list)):
            if len(one) != len(other):
                raise _Differs
            for mine, its in zip(one, other, strict=True):
                self.meet(mine, its)
        elif hasattr(one, "__value_fields__"):
            for name in one.__match_args__:
                self.meet(getattr(one, name), getattr(other, name))
        elif one != other:
            raise _Differs

    def _places(self, one: Any, other: Any) -> None:
        match one:
            case Questions():
                self._questions(one, other)
            case Span():
                self._span(one, other)
            case Source() if one.text == other.text:
                self._source(one, other)
            case Embedded():
                self._embedded(one, other)
            case _:
                raise _Differs

    def _source(self, one: Source, other: Source) -> None:
        plain = type(one) is Source or one is other
        if not plain or self.sources.setdefault(id(one), (one, other))[1] is not other:
            raise _Differs

    def _span(self, one: Span, other: Span) -> None:
        self._source(one.source, other.source)
        if self.spans.setdefault((id(one.source), one.start, one.end), other) != other:
            raise _Differs

    def _embedded(self, one: Embedded, other: Embedded) -> None:
        if (one.text, one.dialect, one.indent) != (other.text, other.dialect, other.indent):
            raise _Differs
        self.texts[id(one)] = (one, other)
        self._span(one.span(0, len(one.text)), other.span(0, len(other.text)))


def _without_version(image: BaseImage) -> tuple[object, ...]:
    """An image, whatever the version of its distribution, as long as that brings the same along."""
    below = replace(atlas.system(image.os), key="")
    return replace(image, os=image.os.partition("-")[0]), below


# A story elsewhere ----------------------------------------------------------------------------


class _Move:
    """What makes of a launch's story another's."""

    def __init__(self, pairs: _Pairs) -> None:
        self._pairs = pairs
        self._other = pairs.other
        self._copies: dict[int, tuple[object, object]] = {}
        pairs_of_paths = ((a.path, b.path) for a, b in pairs.sources.values())
        names = (pairs.remembered.workload.base.reference, pairs.other.base.reference)
        self._texts = {a for a, b in (*pairs_of_paths, names) if a is not None and a != b}

    def story(self, story: Story) -> Story:
        """The story; raises _Differs."""
        moved = self._fields(replace(story, workload=self._other), {"workload"})
        assert isinstance(moved, Story)
        return moved

    def _value(self, value: object) -> object:
        if value is None or isinstance(value, (int, float)):
            return value
        if isinstance(value, str):
            if any(source in value for source in self._texts):
                raise _Differs
            return value
        copy = self._copies.get(id(value))
        if copy is None:
            copy = self._copies[id(value)] = (value, self._moved(value))
        return copy[1]

    def _moved(self, value: Any) -> object:
        match value:
            case Watched():
                return self._other.env[value.name]
            case Node():
                return value  # its places are those in its text
            case Span():
                return self._span(value)
            case Source() | Embedded() | Derived():
                return self._text(value)
            case tuple():
                values = tuple(map(self._value, value))
                return value if all(map(is_, values, value)) else values
            case frozenset():
                return frozenset(map(self._value, value))
            case dict():
                return {self._value(key): self._value(one) for key, one in value.items()}
            case _:
                return self._fields(value)

    def _fields(self, value: Any, but: Container[str] = ()) -> object:
        """A value with all its fields moved; itself where that changes none."""
        if not hasattr(value, "__value_fields__"):
            raise _Differs
        given = {name: getattr(value, name) for name in value.__match_args__ if name not in but}
        moved = {name: self._value(before) for name, before in given.items()}
        changed = {name: after for name, after in moved.items() if after is not given[name]}
        return replace(value, **changed) if changed else value

    def _text(self, text: Source | Embedded | Derived) -> Text:
        if isinstance(text, Derived):
            return Derived(text.text, self._span(text.span(0, 0)))
        if isinstance(text, Source):
            _, other = self._pairs.sources.get(id(text), (text, None))
            if other is None or text.text != other.text:
                raise _Differs
            return other
        pair = self._pairs.texts.get(id(text))
        if pair is not None:
            return pair[1]
        host: Any = self._value(text.host)
        return Embedded(host, text.text, text.segments, text.dialect, text.indent)

    def _span(self, span: Span) -> Span:
        """The same place where the whole text is the same, or what is known to stand for it."""
        one, other = self._pairs.sources.get(id(span.source), (span.source, None))
        if other is None:
            raise _Differs
        if one.text == other.text:
            return Span(other, span.start, span.end)
        exactly = self._pairs.spans.get((id(span.source), span.start, span.end))
        return self._inside(span) if exactly is None else exactly

    def _inside(self, span: Span) -> Span:
        """The same part of a place that says the same."""
        spans = set()
        for (source, start, end), its in self._pairs.spans.items():
            around = source == id(span.source) and start <= span.start and span.end <= end
            if around and span.source.text[start:end] == its.text:
                at = its.start + span.start - start
                spans.add(Span(its.source, at, at + span.end - span.start))
        if len(spans) != 1:
            raise _Differs
        return spans.pop()
