"""Every entry of the atlas has the right shape and says where it comes from."""

from __future__ import annotations

import re
from importlib import import_module
from typing import get_args

import pytest

from gracelint import atlas
from gracelint.atlas import lifetimes, programs, special_programs, wrappers
from gracelint.atlas.argv import grammar
from gracelint.atlas.data import load
from gracelint.model.entries import Program, Reaction, Wrapped

SIGNAL = re.compile(r"[A-Z]+[0-9]*|RTMIN\+[0-9]+")
BEHAVIOURS = {"exec", "forward", "swallow", "die", "detach", "supervise"}


@pytest.mark.parametrize("key", load("shells"))
def test_a_shell_is_complete(key: str) -> None:
    shell = atlas.shell(key)
    assert shell is not None
    assert shell.key == key
    assert shell.source
    assert shell.dialect in {"posix", "bash", "ash", "mksh", "zsh"}
    assert shell.int_as_pid1 in {"ends", "nothing"}


@pytest.mark.parametrize("name", load("wrappers"))
def test_a_wrapper_is_well_formed(name: str) -> None:
    _, entry = wrappers.find(name)
    fields = {**wrappers.base_fields(entry)}
    assert entry["behaviour"] in BEHAVIOURS
    assert len(entry["source"]) > 8
    assert fields["role"] in {"init", "wrapper"}
    Wrapped(key=name, **fields)
    rules = grammar(entry)
    options = rules.flags | rules.values | rules.optional
    assert all(option.startswith("-") for option in options)
    assert not rules.flags & rules.values
    for case in entry.get("when", ()):
        assert set(case["options"].split()) <= options
        assert set(case["set"]) <= set(Wrapped.__slots__)


@pytest.mark.parametrize("name", load("wrappers"))
def test_a_wrapper_with_a_reader_of_its_own_has_one(name: str) -> None:
    special = wrappers.find(name)[1].get("special")
    if special is not None:
        homes = [m for m, keys in wrappers._MODULES.items() if special in keys.split()]
        assert len(homes) == 1
        assert callable(import_module(f"gracelint.atlas.{homes[0]}").SPECIAL[special])


@pytest.mark.parametrize("key", load("programs"))
def test_a_program_is_well_formed(key: str) -> None:
    entry = load("programs")[key]
    fields = {name: entry[name] for name in programs._FIELDS if name in entry}
    sets = [fields, *({**fields, **v["set"]} for v in entry.get("variants", ()))]
    for each in sets:
        made = programs.make(key, each)
        assert made.lifetime in get_args(Program.__annotations__["lifetime"]) or made.lifetime in {
            "long",
            "short",
            "daemon",
            "unknown",
        }
        assert all(SIGNAL.fullmatch(name) for name in made.reactions)
        assert all(isinstance(what, Reaction) for what in made.reactions.values())
        assert len(made.source) > 8
    for variant in entry.get("variants", ()):
        assert set(variant["if"]) <= set(programs._TESTS)
    if "special" in entry:
        assert entry["special"] in special_programs.SPECIAL
    if entry.get("graceful_signal"):
        assert entry["reactions"][entry["graceful_signal"]] == "graceful"


@pytest.mark.parametrize("name", load("images")["images"])
def test_an_image_is_well_formed(name: str) -> None:
    image = atlas.base(name)
    assert image is not None
    assert len(image.source) > 8
    assert not image.sh or atlas.shell(image.sh) is not None
    for command in (image.entrypoint, image.cmd):
        assert command is None or all(isinstance(word, str) for word in command)
    assert image.stop_signal is None or image.stop_signal.startswith("SIG")
    assert image.program is None or image.program in load("programs")


@pytest.mark.parametrize("name", load("images")["images"])
def test_an_images_variants_name_known_systems(name: str) -> None:
    table = load("images")
    for changes in table["images"][name].get("variants", {}).values():
        assert changes.get("os", "debian") in table["systems"]


def test_every_image_pattern_names_an_entry() -> None:
    for pattern, key in load("images")["patterns"]:
        re.compile(pattern)
        assert any(name.startswith(key.partition("\\")[0]) for name in load("images")["images"])


def test_no_command_is_called_short_and_long() -> None:
    for name, entry in load("lifetimes")["subcommands"].items():
        assert not set(entry["short"].split()) & set(entry["long"].split()), name


def test_nothing_that_serves_is_called_short() -> None:
    names = {n for e in load("programs").values() for n in e.get("names", "").split()}
    assert not names & lifetimes._short()
