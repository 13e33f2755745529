"""Patterns that are compiled late, and functions that are loaded late, do what others do."""

from __future__ import annotations

import ast
import re
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import gracelint
from gracelint.base import lazy

if TYPE_CHECKING:
    from collections.abc import Iterator


def test_a_lazy_pattern_is_a_pattern() -> None:
    made = lazy.compile(r"(a)b*", re.IGNORECASE)
    assert made.fullmatch("ABB")[1] == "A"
    assert [m.start() for m in made.finditer("ab ab")] == [0, 3]
    assert made.sub("x", "ab c") == "x c"
    assert made.pattern == r"(a)b*"


def test_it_is_compiled_at_its_first_use() -> None:
    broken = lazy.compile("(")
    with pytest.raises(re.error):
        broken.search("")


def test_a_function_is_loaded_at_its_first_use() -> None:
    made = lazy.function("no.such.module", "f")
    with pytest.raises(ModuleNotFoundError):
        made()
    assert lazy.function("posixpath", "join")("a", "b") == "a/b"


def asked_for(path: Path) -> Iterator[tuple[str, str]]:
    """The modules and names that a file gives to `lazy.function`."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    texts: dict[str, str] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            texts[node.targets[0].id] = getattr(node.value, "value", "")
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "lazy.function":
            module, name = node.args
            yield texts.get(getattr(module, "id", "")) or ast.literal_eval(module), name.value


def test_what_is_to_be_loaded_is_there() -> None:
    files = Path(gracelint.__file__).parent.rglob("*.py")
    asked = {pair for path in files for pair in asked_for(path)}
    assert asked
    for module, name in asked:
        assert callable(getattr(import_module(module), name)), f"{module}.{name}"
