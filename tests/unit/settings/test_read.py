"""Settings: found, read, and refused with the place and what to do."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from gracelint.checks import all_rules
from gracelint.files.tree import Files
from gracelint.model.finding import Severity
from gracelint.model.options import PLATFORMS, TRAFFIC, Options
from gracelint.settings.nearest import Given, Scope
from gracelint.settings.read import Origin, SettingsError, inside, load

if TYPE_CHECKING:
    from pathlib import Path


def read(text: str, path: str = "gracelint.toml") -> Options:
    return load(Files("/nowhere", overlay={path: text}), path, all_rules).options


def refused(text: str, path: str = "gracelint.toml") -> str:
    with pytest.raises(SettingsError) as caught:
        read(text, path)
    return str(caught.value)


def test_everything_that_can_be_set() -> None:
    options = read(
        """
        select = ["gl1", "GL001"]
        ignore = ["GL101"]
        extend-select = ["shell-form-entrypoint"]
        exclude = ["test/"]
        fail-level = "info"
        kubernetes-version = "1.29"
        min-drain-seconds = 1
        traffic = 20
        platform = "gke-spot"
        [per-file-ignores]
        "dev/**" = ["GL1"]
        [severity]
        GL101 = "off"
        gl102 = "info"
        [images."registry.example/web"]
        shell = "dash"
        entrypoint = ["/init"]
        stop-signal = "SIGQUIT"
        [programs.server]
        graceful-signal = "INT"
        signals = { TERM = "fast" }
        """
    )
    assert options == Options(
        select=("GL1", "GL001"),
        ignore=("GL101",),
        extend_select=("GL101",),
        per_file_ignores={"dev/**": ("GL1",)},
        exclude=("test/",),
        fail_level=Severity.INFO,
        severity={"GL101": None, "GL102": Severity.INFO},
        kubernetes_version=(1, 29),
        min_drain_seconds=1.0,
        traffic=20.0,
        platform="gke-spot",
        images={
            "registry.example/web": {
                "shell": "dash",
                "entrypoint": ["/init"],
                "stop-signal": "SIGQUIT",
            }
        },
        programs={"server": {"graceful-signal": "INT", "signals": {"TERM": "fast"}}},
    )


def test_pyproject_has_a_table() -> None:
    text = "[project]\nname = 'x'\n[tool.gracelint]\ntraffic = 'alb'\n"
    assert read(text, "a/pyproject.toml") == Options(traffic="alb")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            "fail-levle = 'info'",
            "gracelint.toml:1: unknown key `fail-levle`; did you mean `fail-level`?",
        ),
        ("\n\nnonsense = 1", "gracelint.toml:3: unknown key `nonsense`; known are "),
        (
            "min_drain_seconds = 1",
            "gracelint.toml:1: unknown key `min_drain_seconds`; did you mean",
        ),
        (
            "traffic = 'alb'\nselect = 'GL1'",
            'gracelint.toml:2: `select` is "GL1"; it has to be a list',
        ),
        ("select = [1]", "gracelint.toml:1: an entry of `select` is 1; it has to be a text"),
        ("exclude = [\n  'a',\n  1,\n]", "gracelint.toml:1: an entry of `exclude` is 1; it"),
        (
            "select = ['GL9999']",
            'gracelint.toml:1: `select` is ["GL9999"]; no rule is called `GL9999`; `gracelint',
        ),
        ("fail-level = 'fatal'", 'gracelint.toml:1: `fail-level` is "fatal"; it has to be one of'),
        ("fail-level = 'eror'", 'gracelint.toml:1: `fail-level` is "eror"; did you mean `error`?'),
        ("min-drain-seconds = -1", "gracelint.toml:1: `min-drain-seconds` is "),
        ("min-drain-seconds = inf", "gracelint.toml:1: `min-drain-seconds` is "),
        ("traffic = inf", "gracelint.toml:1: `traffic` is "),
        ("platform = nan", "gracelint.toml:1: `platform` is "),
        ("programs.x.stops-in = 1e400", "gracelint.toml:1: `programs"),
        ("a = 1\nb = '\udcff'", "gracelint.toml:2: not valid UTF-8"),
        ("min-drain-seconds = '5'", "gracelint.toml:1: `min-drain-seconds` is "),
        (
            "kubernetes-version = 1.30",
            "gracelint.toml:1: `kubernetes-version` is 1.3; write it as a text",
        ),
        ("\n[severity]\nGL101 = 'bad'", "gracelint.toml:3: `severity"),
        ("[severity]\nGL9999 = 'off'", "gracelint.toml:2: `severity"),
        (
            "[images.x]\nshel = 'dash'",
            "gracelint.toml:2: unknown key `images.x.shel`; did you mean `shell`?",
        ),
        (
            "[programs.x.signals]\nTERM = 'gracful'",
            'gracelint.toml:2: `programs.x.signals.TERM` is "gracful"; did you mean `graceful`?',
        ),
        (
            "[programs.x.signals]\nTREM = 'fast'",
            "gracelint.toml:2: `programs.x.signals.TREM`: `TREM` is no signal",
        ),
        (
            "[programs.x]\ngraceful-signal = 'FOO'",
            'gracelint.toml:2: `programs.x.graceful-signal` is "FOO"; `FOO` is no signal',
        ),
        ("images.'a=b'.shel = 'dash'", "gracelint.toml:1: unknown key `images.a=b.shel`"),
        ("x = [1\n", "gracelint.toml"),
        ("a = 1\na = 2\n", "gracelint.toml:2: not valid TOML: "),
    ],
)
def test_what_is_wrong_is_said_with_its_place(text: str, said: str) -> None:
    assert refused(text).startswith(said)


def test_the_place_in_pyproject_counts_from_its_top() -> None:
    text = "[project]\nselect = 1\n[tool.other]\nselect = 1\n[tool.gracelint]\n\nselect = 1\n"
    assert refused(text, "pyproject.toml").startswith("pyproject.toml:7: `select` is 1; ")


def test_paths_and_patterns_are_seen_from_the_root() -> None:
    text = """
        exclude = ["vendor/", "/x", "a/*.yaml", "!keep.yaml"]
        baseline = "../known.json"
        [per-file-ignores]
        "*.sh" = ["GL2"]
        [charts]
        "../deploy" = ["prod.yaml", ["a.yaml", "../b.yaml"]]
        [images.web]
        dockerfile = "../web/Dockerfile"
        """
    assert read(text, "api/gracelint.toml") == Options(
        exclude=("/api/**/vendor/", "/api/x", "/api/a/*.yaml", "!/api/**/keep.yaml"),
        baseline="known.json",
        per_file_ignores={"/api/**/*.sh": ("GL2",)},
        charts={"deploy": (("api/prod.yaml",), ("api/a.yaml", "b.yaml"))},
        images={"web": {"dockerfile": "web/Dockerfile"}},
    )


def test_names_of_profiles_are_those_that_have_seconds() -> None:
    for name in TRAFFIC:
        assert read(f"traffic = '{name}'").traffic == name
    for name in PLATFORMS:
        assert read(f"platform = '{name}'").platform == name


EXTENDED = {
    "base.toml": (
        "ignore = ['GL1']\nexclude = ['x/']\n[severity]\nGL301 = 'info'\nGL302 = 'off'\n"
    ),
    "team/gracelint.toml": (
        "extend = '../base.toml'\ntraffic = 'alb'\n\n[severity]\nGL302 = 'error'\n"
    ),
    "team/api/pyproject.toml": "[tool.gracelint]\nextend = '../gracelint.toml'\nignore = []\n",
}


def test_a_file_starts_from_the_one_that_it_extends() -> None:
    loaded = load(Files("/nowhere", overlay=EXTENDED), "team/api/pyproject.toml", all_rules)
    assert loaded.options == Options(
        ignore=(),
        exclude=("x/",),
        traffic="alb",
        severity={"GL301": Severity.INFO, "GL302": Severity.ERROR},
    )
    assert loaded.files == ("team/api/pyproject.toml", "team/gracelint.toml", "base.toml")
    assert loaded.origins["ignore",] == (Origin("team/api/pyproject.toml", 3),)
    assert loaded.origins["exclude",] == (Origin("base.toml", 2),)
    assert loaded.origins["traffic",] == (Origin("team/gracelint.toml", 2),)
    assert loaded.origins["severity", "GL301"] == (Origin("base.toml", 4),)
    assert loaded.origins["severity", "GL302"] == (Origin("team/gracelint.toml", 5),)


@pytest.mark.parametrize(
    ("texts", "said"),
    [
        ({"a.toml": "extend = '../x.toml'"}, "a.toml:1: `extend`: ../x.toml leads out of"),
        (
            {"a.toml": "extend = '/etc/x.toml'"},
            "a.toml:1: `extend`: /etc/x.toml is an absolute path",
        ),
        ({"a.toml": "\nextend = 'b.toml'"}, "a.toml:2: `extend`: b.toml is no file"),
        ({"a.toml": "extend = 'a.toml'"}, "a.toml:1: `extend`: a.toml extends this file in turn"),
        (
            {"a.toml": "extend = 'b.toml'", "b.toml": "extend = 'a.toml'"},
            "b.toml:1: `extend`: a.toml extends this file in turn",
        ),
        ({"a.toml": "extend = 'b.toml'", "b.toml": "\nx = 1"}, "b.toml:2: unknown key `x`"),
        (
            {"a.toml": "extend = 'pyproject.toml'", "pyproject.toml": "[tool.other]\n"},
            "pyproject.toml: has no table [tool.gracelint]",
        ),
    ],
)
def test_what_cannot_be_extended(texts: dict[str, str], said: str) -> None:
    with pytest.raises(SettingsError) as caught:
        load(Files("/nowhere", overlay=texts), "a.toml", all_rules)
    assert str(caught.value).startswith(said)


def test_a_hidden_file_goes_before_the_others() -> None:
    texts = {".gracelint.toml": "", "gracelint.toml": "", "a/gracelint.toml": ""}
    assert inside(Files("/nowhere", overlay=texts), "") == ".gracelint.toml"
    assert inside(Files("/nowhere", overlay=texts), "a") == "a/gracelint.toml"


def held(files: Files, folder: str) -> tuple[str, ...]:
    return Scope(files, all_rules, Given()).of(folder).files


def test_the_nearest_settings_hold() -> None:
    files = Files(
        "/nowhere",
        overlay={
            "pyproject.toml": "[tool.gracelint]\n",
            "a/gracelint.toml": "",
            "a/b/pyproject.toml": "[tool.other]\nname = 'gracelint'\n",
            "c/d/x": "",
        },
    )
    assert held(files, "a/b") == ("a/gracelint.toml",)
    assert held(files, "c/d") == ("pyproject.toml",)
    assert held(Files("/nowhere", overlay={"a/x": ""}), "a") == ()


def test_a_broken_pyproject_of_others_is_theirs() -> None:
    files = Files("/nowhere", overlay={"pyproject.toml": "gracelint = [\n"})
    assert inside(files, "") is None


def test_a_broken_pyproject_with_our_table_is_an_error() -> None:
    files = Files("/nowhere", overlay={"pyproject.toml": "[tool.gracelint]\nx = [\n"})
    assert inside(files, "") == "pyproject.toml"
    assert "not valid TOML" in refused("[tool.gracelint]\nx = [\n", "pyproject.toml")


# YAML needs ruamel.yaml, ignore files need pathspec, a terminal needs rich.
@pytest.mark.parametrize(
    ("path", "heavy"),
    [("Dockerfile", {"ruamel.yaml"}), ("compose.yaml", set()), (".", set())],
)
def test_an_ordinary_run_loads_nothing_that_is_slow_to_load(
    path: str, heavy: set[str], tmp_path: Path
) -> None:
    (tmp_path / "Dockerfile").write_text("FROM python:3.13\nCMD python app.py\n")
    (tmp_path / "compose.yaml").write_text("services:\n  app:\n    build: .\n")
    heavy = heavy | {"dataclasses", "inspect", "pydantic", "rich", "pathspec"}
    code = (
        f"import sys\nsys.argv = ['gracelint', 'check', {path!r}]\n"
        "from gracelint.cli import run\n"
        "run()\n"
        f"print(sorted({heavy!r} & sys.modules.keys()))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=True
    )
    assert "GL102" in done.stdout
    assert done.stdout.splitlines()[-1] == "[]"
