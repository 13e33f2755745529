"""The finder of the package's own modules says what Python's own would."""

from __future__ import annotations

from importlib.machinery import PathFinder
from pkgutil import iter_modules

import pytest

import gracelint
from gracelint.cli.finder import Finder

ROOT = gracelint.__path__[0]


@pytest.mark.parametrize("folder", ["base", "checks/story", "simulate/shell/builtins"])
def test_a_module_is_specified_as_by_python(folder: str) -> None:
    prefix = f"gracelint.{folder.replace('/', '.')}."
    for module in iter_modules([f"{ROOT}/{folder}"], prefix):
        found = Finder(ROOT).find_spec(module.name)
        usual = PathFinder.find_spec(module.name, [f"{ROOT}/{folder}"])
        if module.ispkg:
            assert found is None
            continue
        assert found is not None
        assert usual is not None
        assert (found.name, found.origin, found.cached) == (usual.name, usual.origin, usual.cached)
        assert (found.parent, found.has_location) == (usual.parent, usual.has_location)
        assert type(found.loader) is type(usual.loader)
        assert vars(found.loader) == vars(usual.loader)


@pytest.mark.parametrize("name", ["gracelint", "gracelint.base", "gracelint.none", "json.decoder"])
def test_packages_and_what_is_not_there_are_left_to_the_others(name: str) -> None:
    assert Finder(ROOT).find_spec(name) is None
