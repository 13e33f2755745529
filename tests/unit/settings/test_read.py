"""Settings: found, read, and refused with the place and what to do."""

from __future__ import annotations

import subprocess
import sys

import pytest

from gracelint.checks import all_rules
from gracelint.files.tree import Files
from gracelint.model.finding import Severity
from gracelint.model.options import Options
from gracelint.settings.read import SettingsError, find, line_of, load


def read(text: str, path: str = "gracelint.toml") -> Options:
    return load(Files("/nowhere", overlay={path: text}), path, all_rules)


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
    assert read(text, "a/pyproject.toml") == Options(traffic="alb", folder="a")


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
        ("traffic = 'alb'\nselect = 'GL1'", "gracelint.toml:2: `select`: "),
        ("select = [1]", "gracelint.toml:1: `select"),
        ("exclude = [\n  'a',\n  1,\n]", "gracelint.toml:1: `exclude"),
        (
            "select = ['GL9999']",
            "gracelint.toml:1: `select`: no rule is called `GL9999`; `gracelint",
        ),
        ("fail-level = 'fatal'", "gracelint.toml:1: `fail-level`: "),
        ("min-drain-seconds = -1", "gracelint.toml:1: `min-drain-seconds`: "),
        ("min-drain-seconds = inf", "gracelint.toml:1: `min-drain-seconds`: "),
        ("traffic = inf", "gracelint.toml:1: `traffic`: "),
        ("platform = nan", "gracelint.toml:1: `platform`: "),
        ("programs.x.stops-in = 1e400", "gracelint.toml:1: `programs"),
        ("a = 1\nb = '\udcff'", "gracelint.toml:2: not valid UTF-8"),
        ("min-drain-seconds = '5'", "gracelint.toml:1: `min-drain-seconds`: "),
        (
            "kubernetes-version = 1.30",
            "gracelint.toml:1: `kubernetes-version`: write it as a string",
        ),
        ("\n[severity]\nGL101 = 'bad'", "gracelint.toml:3: `severity"),
        ("[severity]\nGL9999 = 'off'", "gracelint.toml:2: `severity"),
        ("[images.x]\nshel = 'dash'", "gracelint.toml:2: unknown key `images.x.shel`; remove it"),
        ("images.'a=b'.shel = 'dash'", "gracelint.toml:1: unknown key `images.a=b.shel`"),
        ("x = [1\n", "gracelint.toml"),
        ("a = 1\na = 2\n", "gracelint.toml:2: not valid TOML: "),
    ],
)
def test_what_is_wrong_is_said_with_its_place(text: str, said: str) -> None:
    assert refused(text).startswith(said)


def test_the_place_in_pyproject_counts_from_its_top() -> None:
    text = "[project]\nselect = 1\n[tool.other]\nselect = 1\n[tool.gracelint]\n\nselect = 1\n"
    assert refused(text, "pyproject.toml").startswith("pyproject.toml:7: `select`: ")


def test_a_line_is_found_for_the_deepest_key_that_is_written() -> None:
    text = 'a = 1\n[b]\n"c.d" = 2 # x = 3\ne.f = 4\n'
    assert line_of(text, ("b", "c.d", 0)) == 3
    assert line_of(text, ("b", "e", "f")) == 4
    assert line_of(text, ("b", "zzz")) == 2
    assert line_of(text, ("zzz",)) == 0


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
    assert find(files, "a/b") == "a/gracelint.toml"
    assert find(files, "c/d") == "pyproject.toml"
    assert find(Files("/nowhere", overlay={"a/x": ""}), "a") is None


def test_a_broken_pyproject_of_others_is_theirs() -> None:
    files = Files("/nowhere", overlay={"pyproject.toml": "gracelint = [\n"})
    assert find(files, "") is None


def test_a_broken_pyproject_with_our_table_is_an_error() -> None:
    files = Files("/nowhere", overlay={"pyproject.toml": "[tool.gracelint]\nx = [\n"})
    assert find(files, "") == "pyproject.toml"
    assert "not valid TOML" in refused("[tool.gracelint]\nx = [\n", "pyproject.toml")


def test_without_settings_pydantic_stays_unloaded(tmp_path: object) -> None:
    (tmp_path / "Dockerfile").write_text("FROM scratch\n")
    code = (
        "import sys\nsys.argv = ['gracelint', 'check', 'Dockerfile']\n"
        "from gracelint.cli import main\n"
        "try: main()\nexcept SystemExit: pass\n"
        "print(sorted({'pydantic', 'rich', 'ruamel.yaml', 'pathspec'} & sys.modules.keys()))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=True
    )
    assert done.stdout.splitlines()[-1] == "[]"
