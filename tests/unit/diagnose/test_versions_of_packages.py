"""What a program does by the version of its package that the project asks for."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from atlas_words import View

from gracelint.atlas.running.packages import version_fits
from gracelint.files.tree import Files
from gracelint.model.options import Options
from gracelint.session.session import Session

if TYPE_CHECKING:
    from pathlib import Path

    from gracelint.model.story import Story


def manifest(asked: str, group: str = "dependencies") -> str:
    return json.dumps({group: {"next": asked}})


@pytest.mark.parametrize(
    ("asked", "old"),
    [
        ("14.0.3", True),
        ("v13.5.6", True),
        ("14.2.3", False),
        ("~14.0.1", True),
        ("~14", None),
        ("^14.0.3", None),
        ("^14.1.0", False),
        ("^13.4.12", True),
        ("^0.9", True),
        ("13", True),
        ("14.x", None),
        ("14.1.x", False),
        ("latest", False),
        ("canary", False),
        (">=13", None),
        ("13 || 15", None),
        ("*", None),
        ("workspace:*", None),
        ("github:vercel/next.js", None),
    ],
)
def test_a_version_or_range_of_package_json(asked: str, old: bool | None) -> None:
    view = View({"/app/package.json": manifest(asked)})
    assert version_fits(view, "/app/web", "next", ["<14.1"]) is old


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("package-lock.json", '{\n "node_modules/next": {\n      "version": "14.2.3",\n'),
        ("yarn.lock", '# v1\n\nnext@^14.0.3:\n  version "14.2.3"\n'),
        ("yarn.lock", '"next@npm:^14.0.3":\n  version: 14.2.3\n'),
        ("pnpm-lock.yaml", "packages:\n  /next@14.2.3(react@18.2.0)(react-dom@18.2.0):\n"),
        ("pnpm-lock.yaml", "packages:\n  next@14.2.3:\n    resolution: {}\n"),
    ],
)
def test_a_lock_file_decides_a_range(name: str, text: str) -> None:
    files = {"/app/web/package.json": manifest("^14.0.3", "devDependencies")}
    assert version_fits(View(files), "/app/web", "next", ["<14.1"]) is None
    locked = View({**files, f"/app/{name}": text})
    assert version_fits(locked, "/app/web", "next", ["<14.1"]) is False
    old = View({**files, f"/app/{name}": text.replace("14.2.3", "14.0.4")})
    assert version_fits(old, "/app/web", "next", ["<14.1"]) is True
    several = View({**files, f"/app/{name}": text + text.replace("14.2.3", "14.0.4")})
    assert version_fits(several, "/app/web", "next", ["<14.1"]) is None


@pytest.mark.parametrize(
    ("asked", "places", "old"),
    [
        ("^14.0.3", {"": "12.3.4", "apps/web/": "14.2.3"}, False),
        ("^14.0.3", {"": "14.2.3", "apps/web/": "14.0.4"}, True),
        ("^14.0.3", {"": "14.2.3", "apps/": "14.0.4", "apps/site/": "14.2.3"}, True),
        ("^14.0.3", {"": "14.2.3", "node_modules/other/": "12.3.4"}, False),
        ("^14.0.3", {"": "14.2.3", "apps/web/": "14.1.0-canary.3"}, None),
        ("^14.2.0", {"": "12.3.4"}, False),
        ("^13.0.0", {"": "14.2.3"}, True),
        ("latest", {"": "14.0.4"}, True),
    ],
)
def test_the_nearest_place_counts_that_has_what_is_asked_for(
    asked: str, places: dict[str, str], old: bool | None
) -> None:
    packages = {f"{at}node_modules/next": {"version": v} for at, v in places.items()}
    lock = json.dumps({"packages": packages}, indent=2)
    view = View({"/r/apps/web/package.json": manifest(asked), "/r/package-lock.json": lock})
    assert version_fits(view, "/r/apps/web", "next", ["<14.1"]) is old


def test_of_several_locked_versions_the_one_that_is_asked_for_counts() -> None:
    lock = 'next@^12.0.0:\n  version "12.3.4"\n\nnext@^14.0.0:\n  version "14.2.3"\n'
    view = View({"/app/package.json": manifest("^14.0.0"), "/app/yarn.lock": lock})
    assert version_fits(view, "/app", "next", ["<14.1"]) is False


@pytest.mark.parametrize(
    ("line", "old"),
    [
        ("web_next[all] == 14.0.1 ; python_version > '3'  # pinned", True),
        ("web-next==15.0.0", False),
        ("web-next>=13", None),
        ("web-nextcord==1.0.0", None),
    ],
)
def test_requirements_pin_versions(line: str, old: bool | None) -> None:
    view = View({"/app/requirements.txt": f"flask\n{line}\n"})
    assert version_fits(view, "/app", "web-next", ["<14.1"]) is old


def test_a_manifest_that_cannot_be_read_says_nothing() -> None:
    for text in ("", "{", "[]", "[" * 100_000, '{"dependencies": ["next"]}'):
        assert version_fits(View({"/package.json": text}), "/", "next", ["<14.1"]) is None
    assert version_fits(None, "/", "next", ["<14.1"]) is None


# `next` ---------------------------------------------------------------------------------------


START = 'FROM node:20\nWORKDIR /app\nCOPY . .\nCMD ["node_modules/.bin/next", "start"]\n'
STANDALONE = (
    "FROM node:20 AS build\nWORKDIR /app\nCOPY . .\nRUN npm run build\n"
    "FROM node:20\nWORKDIR /app\nCOPY --from=build /app/.next/standalone ./\n"
    'CMD ["node", "server.js"]\n'
)


def told(folder: Path, dockerfile: str, **files: str) -> Story:
    overlay = {"Dockerfile": dockerfile, **{f"{name}.json": text for name, text in files.items()}}
    (story,) = Session(Files(folder, overlay=overlay), Options()).scene(["."]).stories
    return story


@pytest.mark.parametrize("dockerfile", [START, STANDALONE])
@pytest.mark.parametrize(
    ("asked", "verdict", "basis"),
    [
        ("14.0.3", "cut-off", "proven"),
        ("^13.4.0", "cut-off", "proven"),
        ("14.1.0", "graceful", "proven"),
        ("^15.0.0", "graceful", "proven"),
        ("^14.0.3", "graceful", "assumed"),
    ],
)
def test_next_closes_its_server_since_14_1(
    tmp_path: Path, dockerfile: str, asked: str, verdict: str, basis: str
) -> None:
    story = told(tmp_path, dockerfile, package=manifest(asked))
    assert (story.verdict, story.basis) == (verdict, basis)


def test_without_a_version_in_sight_a_new_one_is_assumed(tmp_path: Path) -> None:
    for dockerfile in (START, STANDALONE):
        story = told(tmp_path, dockerfile, package="{}")
        assert story.assumptions == ("`next` is 14.1 or newer: older ones end at once",)
