"""Services and pods as projects write them: what is told of each is what an engine did with it.

`orchestrated.toml` has them, with what Compose or a kubelet asks an engine for: `run` are fields of
engine.Run, `mounts` files over those of the image, `texts` files that only a manifest holds, `mode`
is that of the mounted files.
"""

from __future__ import annotations

import tempfile
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from batch import gracelint
from engine import SERVER, Run
from launches import is_in_turn

if TYPE_CHECKING:
    from engine import Engine

ALL: dict[str, dict[str, Any]] = tomllib.loads(
    Path(__file__).with_name("orchestrated.toml").read_text(encoding="utf-8")
)
SEEN_ON_AN_ENGINE = {"cut-off": "graceful"}


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The verdicts of one run over all of them, each in a folder of its own."""
    root = tmp_path_factory.mktemp("orchestrated").resolve()
    for name, entry in ALL.items():
        for path, text in entry["files"].items():
            place = root / name / path
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_text(text, encoding="utf-8")
    found = gracelint("trace", "--output-format", "json", str(root))["workloads"]
    mine = (w for w in found if "app" in {w["name"], w["container"]})
    return {folder_of(w["path"], root): w["verdict"] for w in mine}


def folder_of(path: str, root: Path) -> str:
    return (Path.cwd() / path).resolve().relative_to(root).parts[0]


@pytest.mark.parametrize("name", ALL)
def test_what_an_engine_did_is_told(name: str, told: dict[str, str]) -> None:
    assert SEEN_ON_AN_ENGINE.get(told[name], told[name]) == ALL[name]["verdict"]


@pytest.mark.engine
@pytest.mark.parametrize("name", [name for name in ALL if is_in_turn(name)])
def test_an_engine_does_it_again(name: str, engine: Engine) -> None:
    entry = ALL[name]
    image = f"gracelint-orchestrated-{name}"
    context = {path: text.encode() for path, text in entry["files"].items()}
    engine.build(image, {**context, "server": SERVER.read_bytes()})
    given = entry.get("run", {}).items()
    asked: dict[str, Any] = {key: tuple(v) if isinstance(v, list) else v for key, v in given}
    with tempfile.TemporaryDirectory(prefix="gracelint-files-") as folder:
        mounts = {}
        for target, name_of_file in entry.get("mounts", {}).items():
            path = Path(folder) / name_of_file
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text((entry["files"] | entry.get("texts", {}))[name_of_file])
            path.chmod(entry.get("mode", 0o755))
            mounts[target] = str(path)
        assert engine.observe(Run(image, mounts=mounts, **asked)).verdict == entry["verdict"]
