"""Parsers of tree-sitter's grammars, made of what their packages are built of.

The packages themselves load more: tree-sitter's the standard library's `typing`, those of the
grammars what finds files of queries.
"""

from __future__ import annotations

import sys
from functools import cache
from importlib import import_module
from importlib.machinery import PathFinder
from importlib.util import module_from_spec
from time import process_time

from gracelint.base.typed import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tree_sitter import Parser, Tree

_SHORT = 10_000  # bytes of which no grammar takes long
_PIECE = 1 << 16
SECONDS = 4.0
"""Of the processor, for one text: a guard against hanging alone."""


@cache
def parser(package: str, function: str = "language") -> Parser:
    """The parser of a grammar, loaded with the first text that needs it."""
    import warnings

    sitter = _binding("tree_sitter")
    with warnings.catch_warnings():  # some packages give a number where others give a capsule
        warnings.simplefilter("ignore", DeprecationWarning)
        language = sitter.Language(getattr(_binding(package), function)())
    made: Parser = sitter.Parser(language)
    return made


def parse(parser: Parser, data: bytes) -> Tree | None:
    """What a parser makes of a text; None where that takes so long that nobody wrote it by hand.

    Grammars take time by the square of what opens and does not close, here and there.
    """
    if len(data) <= _SHORT:
        return parser.parse(data)
    end = process_time() + SECONDS
    try:
        return parser.parse(
            lambda at, _: data[at : at + _PIECE], progress_callback=lambda *_: process_time() > end
        )
    except ValueError:  # which is what it says then
        parser.reset()
        return None


def _binding(package: str) -> Any:
    name = f"{package}._binding"
    if name in sys.modules:
        return sys.modules[name]
    parent = PathFinder.find_spec(package)
    spec = parent and PathFinder.find_spec(name, parent.submodule_search_locations)
    if spec is None or spec.loader is None:
        return import_module(package)
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    sys.modules[name] = module  # so that the package, where somebody loads it, has the same
    return module
