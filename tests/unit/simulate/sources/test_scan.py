"""The search of a language's own sources for handlers."""

from __future__ import annotations

import pytest

from gracelint.base.source import Source
from gracelint.model.workload import ImageFile, ImageFiles
from gracelint.simulate.sources.scan import MAX_SIZE, search

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
