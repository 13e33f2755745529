"""Every file of the atlas keeps to the schema, says where it comes from, and is read as written."""

from __future__ import annotations

import json
import re
from collections import Counter
from functools import cache
from typing import Any

import pytest
import record
from jsonschema import Draft202012Validator
from launches import launches
from record import disagreements

from gracelint import atlas
from gracelint.atlas import build, programs
from gracelint.atlas.argv import grammar
from gracelint.atlas.compile import DATA, normal, read
from gracelint.atlas.readers import reader
from gracelint.atlas.table import table
from gracelint.model.entries import Reaction, Wrapped

KINDS = {
    "programs": "program",
    "wrappers": "wrapper",
    "inits": "wrapper",
    "shells": "shell",
    "images": "image",
    "systems": "system",
    "libraries": "library",
}
SCHEMA = json.loads((DATA / "schema.json").read_text(encoding="utf-8"))
FILES = {kind: sorted(read(kind).items()) for kind in KINDS}


@cache
def validator(definition: str) -> Draft202012Validator:
    return Draft202012Validator({**SCHEMA, "$ref": f"#/$defs/{definition}"})


def test_the_schema_is_one() -> None:
    Draft202012Validator.check_schema(SCHEMA)
    assert {path.parent.name for path in DATA.rglob("*.toml")} == set(KINDS)


@pytest.mark.parametrize("kind", KINDS)
def test_files_keep_to_the_schema(kind: str) -> None:
    check = validator(KINDS[kind])
    wrong = [
        (name, list(e.path), e.message) for name, t in FILES[kind] for e in check.iter_errors(t)
    ]
    assert wrong == []


@pytest.mark.parametrize("definition", [*sorted(set(KINDS.values())), "evidence", "timer"])
def test_the_schema_knows_no_other_keys(definition: str) -> None:
    assert not validator(definition).is_valid({"misspelt": True})


@pytest.mark.parametrize("kind", KINDS)
def test_files_say_why_they_are_believed(kind: str) -> None:
    assert [name for name, table in FILES[kind] if not table.get("evidence")] == []


MEASURED = [
    pytest.param(entry, launch, id=f"{name}-{launch}")
    for kind in KINDS
    for name, entry in ((name, {"names": [name], **entry}) for name, entry in FILES[kind])
    for item in entry["evidence"]
    for launch in item.get("launch", "").split()
]
LAUNCHES = list(launches(every=True))
FACTS = record.measured()


@pytest.mark.parametrize(("entry", "named"), MEASURED)
def test_what_is_measured_can_be_measured_again(entry: dict[str, Any], named: str) -> None:
    """The launch is in a table, runs the program, was measured, and is told as it was measured."""
    of = [launch for launch in LAUNCHES if launch.entry == named]
    assert of
    text = " ".join(text for launch in of for text in launch.files.values())
    words = " ".join(re.findall(r"[\w.+-]+", text))
    patterns = [*map(re.escape, entry["names"]), *entry.get("patterns", ())]
    shell = "implicit-exec" in entry
    engine = "engine" in entry and all("--init" in launch.options for launch in of)
    assert shell or engine or any(re.search(rf"(?:^| )(?:{p})(?: |$)", words) for p in patterns)
    assert any(launch.name in FACTS for launch in of)
    assert [launch.name for launch in of if launch.name in disagreements("told")] == []


@pytest.mark.parametrize("kind", KINDS)
def test_no_name_stands_for_two_entries(kind: str) -> None:
    all_names = [(t.get("language"), n) for stem, t in FILES[kind] for n in t.get("names", [stem])]
    names = Counter(all_names)
    assert [name for name, count in names.items() if count > 1] == []


def test_no_name_is_that_of_a_wrapper_and_of_an_init() -> None:
    assert set(table("wrappers").names()).isdisjoint(table("inits").names())


@pytest.mark.parametrize("kind", ["programs", "wrappers", "inits"])
def test_a_pattern_fits_no_name_of_another_entry(kind: str) -> None:
    names = {name: stem for stem, t in FILES[kind] for name in t.get("names", [stem])}
    patterns = [(stem, pattern) for stem, t in FILES[kind] for pattern in t.get("patterns", ())]
    fits = [
        (p, n)
        for stem, p in patterns
        for n, own in names.items()
        if own != stem and re.fullmatch(p, n)
    ]
    assert fits == []


@pytest.mark.parametrize("kind", ["programs", "wrappers", "inits"])
def test_readers_are_there(kind: str) -> None:
    names = {t["reader"] for _, t in FILES[kind] if "reader" in t}
    assert all(callable(reader(name)) for name in names)
    assert names


def test_shells_are_complete() -> None:
    shells = [atlas.shell(name) for name in table("shells").names()]
    assert {shell.dialect for shell in shells if shell} == {"posix", "bash", "ash", "mksh", "zsh"}


@pytest.mark.parametrize("kind", ["wrappers", "inits"])
def test_wrappers_can_be_built(kind: str) -> None:
    for entry in table(kind):
        Wrapped(key=entry["key"], **build.base_fields(entry))
        rules = grammar(entry)
        options = rules.flags | rules.values | rules.optional
        assert all(option.startswith("-") for option in options), entry["key"]
        assert not rules.flags & rules.values, entry["key"]
        for variant in entry.get("variants", ()):
            named = variant["if"].get("flags", []) + variant["if"].get("also", [])
            assert options.issuperset(named)
            assert set(entry.get("lead", [])).issuperset(variant["if"].get("lead", []))


def test_programs_can_be_made() -> None:
    for entry in table("programs"):
        fields = {name: entry[name] for name in programs._FIELDS if name in entry}
        for variant in ({}, *entry.get("variants", ())):
            changes = {
                key: value
                for key, value in variant.items()
                if key not in {"if", "otherwise", "timers"}
            }
            assert programs.make(entry["key"], {**fields, **changes}).key == entry["key"]
        if entry.get("graceful_signal"):
            reaction = entry["reactions"][entry["graceful_signal"]]
            assert reaction == "graceful", f"{entry['key']}: graceful-signal is {reaction}"


def test_images_can_be_made() -> None:
    for name in table("images").names():
        image = atlas.base(name)
        assert image is not None, name
        assert not image.sh or atlas.shell(image.sh) is not None, name
        assert image.stop_signal is None or image.stop_signal.startswith("SIG"), name
        assert image.program is None or table("programs").entry(image.program), name


@pytest.mark.parametrize("key", ["helper", "keeps-data"])
def test_an_image_of_its_own_entry_keeps_what_is_said_of_its_kind(key: str) -> None:
    kinds = [
        (re.compile(p), t[key])
        for _, t in FILES["images"]
        if key in t
        for p in t.get("patterns", ())
    ]
    own = [(n, t.get(key)) for stem, t in FILES["images"] for n in t.get("names", [stem])]
    assert kinds
    assert [n for n, said in own for p, kind in kinds if p.fullmatch(n) and said != kind] == []


def test_images_stand_on_known_systems() -> None:
    for entry in table("images"):
        for one in (entry, *entry.get("variants", ())):
            family = one.get("os", "unknown").partition("-")[0]
            assert family == "unknown" or table("systems").find(family), entry["key"]


def test_commands_of_a_system_are_whole_words() -> None:
    known = atlas.system("debian-12").commands
    assert {"apt-get", "apt-mark", "awk", "which"} <= known
    assert not [name for name in known if name.endswith("-")]
    assert not atlas.system("debian-8").commands


@pytest.mark.parametrize("kind", ["programs", "wrappers"])
def test_no_subcommand_is_short_and_long(kind: str) -> None:
    for entry in table(kind):
        known = entry.get("subcommands", {})
        assert set(known.get("short", ())).isdisjoint(known.get("long", ())), entry["key"]


@pytest.mark.parametrize("kind", ["programs", "wrappers"])
def test_whom_a_program_stops_is_known(kind: str) -> None:
    for entry in table(kind):
        for way in entry.get("stops", ()):
            known = [table("programs").entry(name) for name in way["programs"]]
            assert None not in known, entry["key"]


def test_a_library_is_known_by_language_and_name() -> None:
    found = atlas.library("node", "@nestjs/core")
    assert found is not None
    assert [(way.calls, way.does) for way in found.handlers] == [
        ((".enableShutdownHooks",), Reaction.GRACEFUL)
    ]
    assert "TERM" in found.handlers[0].signals
    assert atlas.library("python", "@nestjs/core") is None
    assert {one.key for one in atlas.libraries("python")} >= {"uvicorn", "aiohttp"}


def test_keys_become_fields_and_evidence_a_sentence() -> None:
    measured = {"kind": "measured", "launch": "script.x", "version": "x 1", "says": "killed"}
    table = {"graceful-signal": "QUIT", "other-signals": "default", "unknown": ["reaps"]}
    assert normal({**table, "evidence": [measured]}) == {
        "graceful_signal": "QUIT",
        "rest": "default",
        "reaps": None,
        "source": "measured: x 1: killed",
    }
