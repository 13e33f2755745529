"""The schema of the settings, and the page about them."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from gracelint.checks import all_rules
from gracelint.files.tree import Files
from gracelint.settings.model import Image, Program, Settings, Table
from gracelint.settings.page import page
from gracelint.settings.read import SettingsError, load
from gracelint.settings.schema import schema

ROOT = Path(__file__).resolve().parents[3]
CHECKER = jsonschema.Draft202012Validator(schema())
INNER = {"images": Image, "programs": Program}


def examples() -> list[tuple[str, str]]:
    """Every key with its example, those of inner tables below an entry of theirs."""
    found = [(key, info.examples[0]) for key, info in Settings.model_fields.items()]
    for table, model in INNER.items():
        for key, info in model.model_fields.items():
            found.append((f"{table}.x.{key}", f"[{table}.x]\n{info.examples[0]}"))
    return found


def accepted(text: str) -> bool:
    files = Files("/nowhere", overlay={"a/gracelint.toml": text, "gracelint.toml": ""})
    try:
        load(files, "a/gracelint.toml", all_rules)
    except SettingsError:
        return False
    return True


def test_the_schema_is_one() -> None:
    jsonschema.Draft202012Validator.check_schema(schema())


@pytest.mark.parametrize(("key", "text"), examples(), ids=[key for key, _ in examples()])
def test_every_example_can_be_used(key: str, text: str) -> None:
    data: Any = tomllib.loads(text)
    assert CHECKER.is_valid(data)
    assert accepted(text)
    for part in key.replace("_", "-").split("."):
        data = data[part]


@pytest.mark.parametrize(
    "text",
    [
        "fail-levle = 'info'",
        "fail-level = 'fatal'",
        "fail_level = 'info'",
        "select = 'GL1'",
        "select = ['GL1234']",
        "severity.GL1 = 'off'",
        "severity.GL101 = 'bad'",
        "kubernetes-version = 1.30",
        "kubernetes-version = '1'",
        "min-drain-seconds = -1",
        "traffic = 'sometimes'",
        "traffic = -1",
        "images.x.shel = 'dash'",
        "images.x.cmd = [1]",
        "programs.x.signals.TERM = 'gracefull'",
        "charts.x = [[1]]",
    ],
)
def test_what_the_settings_refuse_the_schema_refuses(text: str) -> None:
    assert not accepted(text)
    assert not CHECKER.is_valid(tomllib.loads(text))


def test_the_schema_in_the_repository_is_current() -> None:
    """`gracelint schema > docs/gracelint.schema.json` makes it so."""
    kept = json.loads((ROOT / "docs" / "gracelint.schema.json").read_text(encoding="utf-8"))
    assert kept == json.loads(json.dumps(schema()))


def test_the_page_in_the_repository_is_current() -> None:
    """`gracelint schema --output-format markdown > docs/settings.md` makes it so."""
    assert (ROOT / "docs" / "settings.md").read_text(encoding="utf-8") == page()


def sections(model: type[Table]) -> list[str]:
    return [name.replace("_", "-") for name in model.model_fields]


@pytest.mark.parametrize("model", [Settings, Image, Program])
def test_the_page_has_a_section_for_every_key(model: type[Table]) -> None:
    level = "##" if model is Settings else "###"
    for key in sections(model):
        assert page().count(f"\n{level} `{key}`\n") >= 1
