"""A user's entry speaks the words of the atlas, so that it can be put there as it is."""

from __future__ import annotations

import json
import tomllib
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from gracelint.atlas.compile import DATA, normal
from gracelint.settings.model import Image, Program, Table

SCHEMA = json.loads((DATA / "schema.json").read_text(encoding="utf-8"))
OF_THE_TREE = {"dockerfile"}  # where a user's image is built, which says nothing of the image
WRAPPER = {"behaviour": "forward"}
EXAMPLES: list[tuple[str, str, dict[str, Any]]] = [
    (kind, key, tomllib.loads(info.examples[0]))
    for kind, model in (("image", Image), ("program", Program))
    for key, info in model.model_fields.items()
    if info.examples and key not in OF_THE_TREE
]


def fits(kind: str, entry: dict[str, Any]) -> bool:
    """Whether the atlas would take an entry."""
    return Draft202012Validator({**SCHEMA, "$ref": f"#/$defs/{kind}"}).is_valid(entry)


def kinds_of(kind: str, entry: dict[str, Any]) -> list[str]:
    """The kinds of entries that it may be: a program with a `behaviour` is a wrapper."""
    taken = [kind] if fits(kind, entry) else []
    if kind == "program" and fits("wrapper", {**WRAPPER, **entry}):
        taken.append("wrapper")
    return taken


@pytest.mark.parametrize(("kind", "key", "entry"), EXAMPLES)
def test_the_atlas_takes_every_key_of_an_entry(kind: str, key: str, entry: dict[str, Any]) -> None:
    assert kinds_of(kind, entry), key
    assert not kinds_of(kind, {**entry, "misspelt": True})


@pytest.mark.parametrize("model", [Image, Program])
def test_the_atlas_takes_every_choice_of_a_key(model: type[Table]) -> None:
    kind = "image" if model is Image else "program"
    for key, found in model.model_json_schema(by_alias=True)["properties"].items():
        for choice in found["anyOf"][0].get("enum", ()):
            assert kinds_of(kind, {key: choice}), (key, choice)


def test_reactions_are_called_the_same() -> None:
    signals = Program.model_json_schema(by_alias=True)["properties"]["signals"]["anyOf"][0]
    assert signals["additionalProperties"]["enum"] == SCHEMA["$defs"]["reaction"]["enum"]


def test_a_command_in_one_text_is_words_in_the_atlas() -> None:
    assert normal({"entrypoint": "/init --fast 'a b'"})["entrypoint"] == ["/init", "--fast", "a b"]
