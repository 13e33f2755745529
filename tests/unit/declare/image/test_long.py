"""Dockerfiles that are too long to be followed to their end."""

from __future__ import annotations

from gracelint.base.source import Source
from gracelint.declare.image.files import Layers, Opaque, folders

SOURCE = Source("Dockerfile", "FROM debian\nCOPY a /\nCOPY b /\n")


def test_what_is_not_known_for_a_later_reason_takes_the_place_of_what_was_not_known() -> None:
    layers = Layers()
    spans = [SOURCE.line_span(line) for line in (2, 3)]
    layers.add(*(Opaque("/", f"reason {at}", span) for at, span in enumerate(spans)))
    assert [change.span for change in layers.changes if isinstance(change, Opaque)] == spans[1:]
    file = layers.get("/b")
    assert file is not None
    assert file.reason == "reason 1"


def test_what_is_not_known_of_other_places_stays() -> None:
    layers = Layers()
    span = SOURCE.line_span(2)
    layers.add(Opaque("/", "of all", span), Opaque("/srv", "of one", span))
    assert len(layers.changes) == 2
    file = layers.get("/srv")
    assert file is not None
    assert file.reason == "of one"


def test_of_a_path_longer_than_any_few_folders_are_looked_at() -> None:
    path = "/a" * 20_000
    around = list(folders(path))
    assert around[:3] == ["/", "/a", "/a/a"]
    assert sum(map(len, around)) < 10_000_000  # all of them together are forty times as long
