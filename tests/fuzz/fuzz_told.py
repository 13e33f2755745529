"""The projects of which tests hold what is told: of every kind of file, in each language."""

from __future__ import annotations

import sys
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    Tree = dict[str, str]

TESTS = Path(__file__).parents[1]


def told() -> Iterator[Tree]:
    """The files of each project, measured launches among them."""
    sys.path += [str(TESTS / "engine"), str(TESTS / "unit" / "told")]
    tests = import_module("test_told")
    for subject in tests.SUBJECTS:
        for case in tests.cases(subject):
            yield case.files
