"""The search of a language's own sources for handlers."""

from __future__ import annotations

from time import process_time

import pytest

from gracelint.base.source import Source
from gracelint.model.workload import ImageFile, ImageFiles
from gracelint.simulate.sources.scan import MAX_SIZE, handler, search

PACKED = "var x=1;" * (MAX_SIZE // 8 + 1)


@pytest.mark.parametrize(
    ("text", "whole"),
    [
        (PACKED, True),
        (PACKED + "process.on('SIGTERM',function(){});", False),
        ("process.on('SIGTERM',function(){});" + PACKED, False),
    ],
)
def test_a_large_file_leaves_nothing_open_where_it_has_no_handler(text: str, whole: bool) -> None:
    path = "/app/public/three.min.js"
    files = ImageFiles({path: ImageFile(path, Source("three.min.js", text))})
    found = search("node", files)
    assert (found.whole, found.handlers) == (whole, [])


@pytest.mark.parametrize(("name", "found"), [("SIGUSR1", False), ("SIGTERM", True)])
def test_the_calls_of_an_imported_function_are_searched_once(name: str, found: bool) -> None:
    count = 4_000
    text = "from signal import signal, SIGUSR1\n" * count + "signal(SIGUSR1, f)\n" * count
    text += f"signal({name}, f)\n"
    began = process_time()
    span = handler("python", Source("app.py", text), frozenset({"TERM"}))
    assert (span is not None) is found
    assert process_time() - began < 5
