"""The finder of the package's own modules says what Python's own would, and so does its loader."""

from __future__ import annotations

import os
import py_compile
import sys
from importlib.machinery import PathFinder, SourceFileLoader
from pkgutil import iter_modules
from typing import TYPE_CHECKING

import pytest

import gracelint
from gracelint.cli.finder import Finder

if TYPE_CHECKING:
    from pathlib import Path

ROOT = gracelint.__path__[0]
NAME = "gracelint.one"


@pytest.mark.parametrize("folder", ["base", "checks", "checks/story", "simulate/shell/builtins"])
def test_a_module_is_specified_as_by_python(folder: str) -> None:
    prefix = f"gracelint.{folder.replace('/', '.')}."
    for module in iter_modules([f"{ROOT}/{folder}"], prefix):
        found = Finder(ROOT).find_spec(module.name)
        usual = PathFinder.find_spec(module.name, [f"{ROOT}/{folder}"])
        assert found is not None
        assert usual is not None
        assert (found.name, found.origin, found.cached) == (usual.name, usual.origin, usual.cached)
        assert (found.parent, found.has_location) == (usual.parent, usual.has_location)
        assert found.submodule_search_locations == usual.submodule_search_locations
        assert isinstance(found.loader, type(usual.loader))
        assert vars(found.loader).items() >= vars(usual.loader).items()


@pytest.mark.parametrize("name", ["gracelint", "gracelint.none", "gracelint.rules", "json.decoder"])
def test_what_is_not_there_is_left_to_the_others(name: str) -> None:
    assert Finder(ROOT).find_spec(name) is None


def test_bytecode_elsewhere_is_left_to_the_others(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "pycache_prefix", "/var/cache/python")
    assert Finder(ROOT).find_spec("gracelint.base.near") is None


def value(folder: Path) -> object:
    """What the module in a folder sets its name to."""
    spec = Finder(str(folder)).find_spec(NAME)
    assert spec is not None
    assert isinstance(spec.loader, SourceFileLoader)
    names: dict[str, object] = {}
    code = spec.loader.get_code(NAME)
    assert code is not None
    assert code.co_filename == str(folder / "one.py")
    exec(code, names)
    return names["value"]


@pytest.fixture
def module(tmp_path: Path) -> Path:
    """A module of whose bytecode can be told that it was taken: its source sets something else."""
    source = tmp_path / "one.py"
    source.write_text("value = 1\n", encoding="utf-8")
    py_compile.compile(str(source))
    there = source.stat()
    source.write_text("value = 2\n", encoding="utf-8")
    os.utime(source, ns=(there.st_atime_ns, there.st_mtime_ns))
    return source


def test_bytecode_is_taken_by_time_and_size(module: Path) -> None:
    assert value(module.parent) == 1


def test_bytecode_of_another_time_or_size_is_not_taken(module: Path) -> None:
    os.utime(module, (1, 1))
    assert value(module.parent) == 2
    module.write_text("value = 33\n", encoding="utf-8")
    os.utime(module, (1, 1))
    assert value(module.parent) == 33


@pytest.mark.parametrize("data", [b"", b"\0" * 15, b"\0" * 60])
def test_what_is_no_bytecode_is_not_taken(module: Path, data: bytes) -> None:
    (cached,) = (module.parent / "__pycache__").iterdir()
    cached.write_bytes(data)
    assert value(module.parent) == 2


def test_bytecode_that_says_the_hash_of_the_source_is_held_against_it(module: Path) -> None:
    mode = py_compile.PycInvalidationMode.CHECKED_HASH
    py_compile.compile(str(module), invalidation_mode=mode)
    module.write_text("value = 4\n", encoding="utf-8")
    assert value(module.parent) == 4


def test_bytecode_of_a_folder_that_was_moved_names_the_source_where_it_is(module: Path) -> None:
    moved = module.parent / "moved"
    (module.parent / "__pycache__").rename(module.parent.joinpath("kept"))
    moved.mkdir()
    module.parent.joinpath("kept").rename(moved / "__pycache__")
    module.rename(moved / "one.py")
    assert value(moved) == 1
