"""Fixes of what is rendered: written into the files that it is made of, and rendered again."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, TypeAlias

from gracelint.base.edit import applied
from gracelint.base.source import Rendered, Source
from gracelint.base.values import dataclass, field, replace
from gracelint.render import trees
from gracelint.syntax.yaml.parse import maybe_kubernetes, parse

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from gracelint.base.edit import Edit
    from gracelint.model.finding import Finding, Fix
    from gracelint.render.rendering import Rendering
    from gracelint.syntax.yaml.node import Node

    Edits: TypeAlias = tuple[Edit, ...]
    Key: TypeAlias = tuple[object, ...]

MOST_RUNS = 60
"""So often at most is rendered in a run to prove fixes; what is not proven is not offered."""


@dataclass(slots=True)
class _Claim:
    """Edits of files, and those that they are said to come to in each rendering."""

    whole: str
    edits: Edits
    wanted: dict[int, list[Edit]] = field(default_factory=dict)


class Prover:
    """Proves the fixes of a run."""

    def __init__(self, renderings: Iterable[Rendering]) -> None:
        self.renderings = {id(one.file.source): one for one in renderings}
        self.runs = MOST_RUNS
        self._claims: dict[Key, _Claim] = {}

    def fixes(self, findings: Sequence[Finding]) -> list[tuple[Fix, ...]]:
        """The fixes of each finding that hold, in the text of files."""
        offered = [
            [(fix, *self._offers(fix, f.primary.span.place.source.path)) for fix in f.fixes]
            for f in findings
        ]
        proven = set(self._proven()) if self._claims else set()
        return [tuple(self._holding(fixes, proven)) for fixes in offered]

    @staticmethod
    def _holding(
        fixes: Iterable[tuple[Fix, list[Edits], Edits]], proven: set[Key]
    ) -> Iterator[Fix]:
        for fix, offers, plain in fixes:
            first = next((edits for edits in offers if not edits or _key(edits) in proven), None)
            if first is not None:
                yield replace(fix, edits=(*first, *plain))

    def _offers(self, fix: Fix, near: str) -> tuple[list[Edits], Edits]:
        """What the edits of rendered text may be written as; and those that stay as they are."""
        rendered = tuple(edit for edit in fix.edits if isinstance(edit.span.source, Rendered))
        plain = tuple(edit for edit in fix.edits if not isinstance(edit.span.source, Rendered))
        sources = {id(edit.span.source) for edit in rendered}
        if len(sources) != 1:
            return [] if rendered else [()], plain
        number = sources.pop()
        rendering = self.renderings[number]
        offers = [edits for edits in rendering.candidates(rendered, near) if edits]
        for edits in offers:
            claim = self._claims.setdefault(_key(edits), _Claim(rendering.whole, edits))
            wanted = claim.wanted.setdefault(number, [])
            wanted += [edit for edit in rendered if edit not in wanted]
        return offers, plain

    def _proven(self) -> Iterator[Key]:
        """The claims that hold wherever they are made, and do no harm elsewhere."""
        held: dict[Key, set[int]] = {key: set() for key in self._claims}
        for number, rendering in self.renderings.items():
            claims = {k: c for k, c in self._claims.items() if number in c.wanted}
            for key in self._tried(rendering, claims, number):
                held[key].add(number)
        sure = {k: c for k, c in self._claims.items() if held[k] == c.wanted.keys()}
        for number, rendering in self.renderings.items():
            others = {
                k: c
                for k, c in sure.items()
                if c.whole == rendering.whole and number not in c.wanted
            }
            harmless = set(self._tried(rendering, others, number))
            sure = {k: c for k, c in sure.items() if k not in others or k in harmless}
        yield from sure

    def _tried(
        self, rendering: Rendering, claims: Mapping[Key, _Claim], number: int
    ) -> Iterator[Key]:
        """The claims that hold in a rendering: all at once, if that goes, else one by one."""
        together = _together(claims, number)
        if together and self._holds(rendering, [claims[key] for key in together], number):
            yield from together
        else:
            together = []
        for key, claim in claims.items():
            if key not in together and self._holds(rendering, [claim], number):
                yield key

    def _holds(self, rendering: Rendering, claims: Sequence[_Claim], number: int) -> bool:
        if self.runs <= 0:
            return False
        self.runs -= 1
        texts = _texts(edit for claim in claims for edit in claim.edits)
        text = rendering.again(texts)
        wanted = [edit for claim in claims for edit in claim.wanted.get(number, ())]
        source = rendering.file.source
        roots = _read(source.path, text)
        if not wanted:
            return bool(text) and _is_sound(list(rendering.file.roots()), roots)
        expected = _read(source.path, applied(source.text, wanted))
        return len(roots) == len(expected) and all(map(trees.same, roots, expected))


def _key(edits: Edits) -> Key:
    return tuple((edit.span.key, edit.content) for edit in edits)


def _together(claims: Mapping[Key, _Claim], number: int) -> list[Key]:
    """Claims that can be tried at once, in order: their edits do not touch each other."""
    keys: list[Key] = []
    taken: list[Edit] = []
    for key, claim in claims.items():
        more = [*claim.edits, *claim.wanted.get(number, ())]
        if not _touching([*taken, *more]):
            taken += more
            keys.append(key)
    return keys


def _touching(edits: Iterable[Edit]) -> bool:
    ordered = sorted((edit.span for edit in edits), key=lambda span: span.key)
    return any(
        a.source.path == b.source.path and (b.start < a.end or b.start == a.start)
        for a, b in pairwise(ordered)
    )


def _texts(edits: Iterable[Edit]) -> dict[str, str]:
    by_source: dict[str, tuple[Source, list[Edit]]] = {}
    for edit in edits:
        by_source.setdefault(edit.span.source.path, (edit.span.source, []))[1].append(edit)
    return {
        path: applied(source.text, replacements)
        for path, (source, replacements) in by_source.items()
    }


def _read(path: str, text: str) -> list[Node]:
    return list(parse(Source(path, text), maybe_kubernetes).roots())


def _is_sound(before: Sequence[Node], after: Sequence[Node]) -> bool:
    """Whether there are as many objects, and no key stands twice that did not before."""
    return len(before) == len(after) and _doubled(after) <= _doubled(before)


def _doubled(roots: Iterable[Node]) -> int:
    """How many keys stand again in the mapping that has them already."""
    mappings = (node.items for root in roots for node in root.walk() if node.kind == "mapping")
    return sum(len(items) - len({key.value for key, _ in items}) for items in mappings)
