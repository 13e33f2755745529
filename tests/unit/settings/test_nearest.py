"""Which settings hold for a file."""

from __future__ import annotations

import pytest

from gracelint.checks import all_rules
from gracelint.files.tree import Files
from gracelint.model.options import Options
from gracelint.settings.nearest import Given, Scope
from gracelint.settings.read import Loaded, Origin, SettingsError

TREE = {
    "gracelint.toml": "ignore = ['GL101']\n",
    "api/.gracelint.toml": "ignore = ['GL102']\nbaseline = 'known.json'\n",
    "web/pyproject.toml": "[tool.other]\n",
    "bad/gracelint.toml": "x = 1\n",
}


def scope(given: Given | None = None, fixed: Loaded | None = None) -> Scope:
    return Scope(Files("/nowhere", overlay=TREE), all_rules, given or Given(), fixed)


@pytest.mark.parametrize(
    ("path", "ignored"),
    [
        ("Dockerfile", "GL101"),
        ("web/Dockerfile", "GL101"),
        ("web/deep/er/Dockerfile", "GL101"),
        ("api/Dockerfile", "GL102"),
        ("api/deploy/web.yaml", "GL102"),
    ],
)
def test_those_of_the_nearest_file(path: str, ignored: str) -> None:
    assert scope().near(path).ignore == (ignored,)


def test_where_the_same_file_holds_the_settings_are_the_same_value() -> None:
    asked = scope()
    assert asked.near("api/a/b") is asked.near("api/c/d/e")


def test_the_command_line_adds_to_them() -> None:
    given = Given(select=("GL1",), ignore=("GL103",), baseline="other.json", render="never")
    asked = scope(given).of("api")
    options = asked.options
    assert (options.select, options.ignore) == (("GL1",), ("GL102", "GL103"))
    assert (options.baseline, options.render) == ("other.json", "never")
    assert asked.origins["select",] == ("--select",)
    assert asked.origins["ignore",] == (Origin("api/.gracelint.toml", 1), "--ignore")
    assert asked.origins["baseline",] == ("--baseline",)
    assert ("extend_select",) not in asked.origins


def test_fixed_settings_hold_everywhere() -> None:
    asked = scope(Given(ignore=("GL2",)), Loaded(Options(select=("GL3",))))
    assert asked.near("bad/Dockerfile") == Options(select=("GL3",), ignore=("GL2",))


def test_a_file_that_cannot_be_used_is_an_error_where_it_would_hold() -> None:
    asked = scope()
    assert asked.near("Dockerfile").ignore == ("GL101",)
    with pytest.raises(SettingsError, match=r"^bad/gracelint\.toml:1: unknown key `x`"):
        asked.near("bad/x/Dockerfile")


def test_without_any_file_there_are_the_defaults() -> None:
    asked = Scope(Files("/nowhere", overlay={"a/b/c": ""}), all_rules, Given())
    assert asked.of("a/b") == Loaded()


def test_deep_folders_do_no_harm() -> None:
    assert scope().near("d/" * 3000 + "Dockerfile").ignore == ("GL101",)
