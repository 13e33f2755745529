"""npm, npx, yarn and pnpm, through package.json."""

from __future__ import annotations

import json

import pytest
from atlas_words import View, plain, words
from hypothesis import given
from hypothesis import strategies as st

from gracelint import atlas
from gracelint.atlas.words import split
from gracelint.base.source import Source

SCRIPTS = {"start": "node server.js", "serve": "exec node 'a b.js'", "pipe": "a | b"}


def view(**more: object) -> View:
    package = {"name": "start", "files": ["serve"], "scripts": SCRIPTS, **more}
    return View({"/app/package.json": json.dumps(package, indent=2)})


@pytest.mark.parametrize(
    ("command", "text"),
    [
        ("npm start", "node server.js"),
        ("npm run serve", "exec node 'a b.js'"),
        ("npm run-script start", "node server.js"),
        ("npm --silent run start", "node server.js"),
        ("npm run --silent start -- --port 3", "node server.js --port 3"),
        ("npm --prefix /app start", "node server.js"),
        ("npm start --prefix /app", "node server.js"),
        ("npm start --port 3000 --registry x", "node server.js 3000"),
        ("npm start -- --port 3000", "node server.js --port 3000"),
        ("npm exec serve", "serve"),
        ("npx serve -s build", "serve -s build"),
        ("npx --yes @scope/tool@1.2 x", "tool x"),
        ("npx serve@14", "serve"),
        ("pnpm start", "node server.js"),
        ("pnpm run start", "node server.js"),
        ("pnpm serve", "exec node 'a b.js'"),
        ("yarn start", "node server.js"),
        ("yarn run start", "node server.js"),
        ("yarn --silent start", "node server.js"),
        ("yarn tool x", "tool x"),
    ],
)
def test_the_text_that_a_shell_is_given(command: str, text: str) -> None:
    found = atlas.wrapper(words(command), {}, view(), "/app")
    assert found is not None
    assert found.shell_text is not None, found.reason
    assert found.shell_text.value == text
    assert found.shell == ""


@pytest.mark.parametrize(
    ("command", "reason"),
    [
        ("npm run missing", "`/app/package.json` has no script `missing`"),
        ("npm -w other start", "which workspace is meant cannot be told"),
        ("npm -w api -w web start", "which workspace is meant cannot be told"),
        ("npm run start --workspaces", "which workspace is meant cannot be told"),
        ("npm -w ? start", "which workspace is meant cannot be told"),
        ("npm run ?", "the script's name is not known"),
        ("npm --prefix /other start", "`/other/package.json` is not in sight"),
        ("pnpm dlx x", "what `pnpm dlx` does on signals is not known"),
        ("npx ?", "the command is not known"),
    ],
)
def test_why_a_script_cannot_be_told(command: str, reason: str) -> None:
    found = atlas.wrapper(words(command), {}, view(), "/app")
    assert found is not None
    assert (found.shell_text, found.inner, found.reason) == (None, None, reason)


def test_arguments_that_are_not_known_make_the_text_unknown() -> None:
    found = atlas.wrapper(words("npm start -- *"), {}, view(), "/app")
    assert found is not None
    assert found.shell_text is not None
    assert found.shell_text.value is None


def test_npm_start_without_a_script_runs_server_js_where_there_is_one() -> None:
    files = View({"/app/package.json": "{}", "/app/server.js": "x()"})
    found = atlas.wrapper(words("npm start"), {}, files, "/app")
    assert found is not None
    assert found.shell_text is not None
    assert found.shell_text.value == "node server.js"
    without = atlas.wrapper(words("npm start"), {}, View({"/app/package.json": "{}"}), "/app")
    assert without is not None
    assert without.reason == "`/app/package.json` has no script `start`"


@pytest.mark.parametrize(
    "command",
    [
        "npm -w @acme/api start",
        "npm start -w @acme/api",
        "npm start --workspace=@acme/api -- --port 3",
        "npm run start --workspace packages/api",
        "npm run start -w ./packages/api/",
        "npm --prefix packages/api start",
        "npm start --prefix=packages/api",
    ],
)
@pytest.mark.parametrize("stated", [["packages/*"], {"packages": ["packages/api"]}, ["./*/api"]])
def test_a_script_of_a_workspace_runs_in_its_folder(command: str, stated: object) -> None:
    files = view(workspaces=stated)
    package = {"name": "@acme/api", "scripts": {"start": "node a.js"}}
    files.files["/app/packages/web/package.json"] = Source("", '{"name": "web"}')
    files.files["/app/packages/api/package.json"] = Source("", json.dumps(package))
    found = atlas.wrapper(words(command), {}, files, "/app")
    assert found is not None
    if stated == ["./*/api"] and "prefix" not in command:
        assert found.reason == "which workspace is meant cannot be told"
        return
    assert found.shell_text is not None, found.reason
    assert (found.shell_text.value or "").startswith("node a.js")
    assert found.folder == "/app/packages/api"


def test_the_script_keeps_its_place_in_the_file() -> None:
    found = atlas.wrapper(words("npm run serve"), {}, view(), "/app")
    assert found is not None
    assert found.shell_text is not None
    text = found.shell_text.text
    assert text is not None
    at = text.text.index("node")
    assert text.span(at, at + 4).text == "node"
    assert text.span(at, at + 4).source.path == "/app/package.json"


def test_yarn_1_dies_and_later_ones_forward() -> None:
    first = atlas.wrapper(words("yarn start"), {}, view(), "/app")
    later = atlas.wrapper(words("yarn start"), {}, view(packageManager="yarn@4.1.0"), "/app")
    assert first is not None
    assert later is not None
    assert (first.behaviour, later.behaviour) == ("die", "forward")
    assert (plain(later.inner), later.shell_text) == ("node server.js", None)


def test_a_later_yarn_is_also_told_by_its_files() -> None:
    files = view()
    files.files["/app/.yarnrc.yml"] = Source("/app/.yarnrc.yml", "")
    found = atlas.wrapper(words("yarn pipe"), {}, files, "/app")
    assert found is not None
    assert (found.inner, found.reason) == (None, "the script is not plain")


@pytest.mark.parametrize(
    ("command", "inner"),
    [
        ("bun run start", "node server.js"),
        ("bun --bun start -p 3", "node server.js -p 3"),
        ("bun run --silent start", "node server.js"),
    ],
)
def test_bun_starts_a_script_of_one_command(command: str, inner: str) -> None:
    found = atlas.wrapper(words(command), {}, view(), "/app")
    assert found is not None
    assert (found.behaviour, plain(found.inner)) == ("forward", inner)


@pytest.mark.parametrize("command", ["bun", "bun install", "bun run a.ts", "bun ./x", "bun -e x"])
def test_what_bun_runs_itself(command: str) -> None:
    assert atlas.wrapper(words(command), {}, view(), "/app") is None


def test_a_script_with_shell_syntax_under_bun_is_not_judged() -> None:
    found = atlas.wrapper(words("bun run pipe"), {}, view(), "/app")
    assert found is not None
    assert (found.inner, found.reason) == (None, "the script is not plain")


def test_a_yarn_without_package_json_is_not_judged() -> None:
    found = atlas.wrapper(words("yarn start"), {}, View({}), "/app")
    assert found is not None
    assert found.reason == "which yarn this is cannot be told"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a -b  c", ["a", "-b", "c"]),
        ("a 'b c' \"d e\"", ["a", "b c", "d e"]),
        (r"a\ b c'd'e", ["a b", "cde"]),
        ("", []),
        ("a 'b", None),
    ],
)
def test_words_of_a_command_line(text: str, expected: list[str] | None) -> None:
    found = split(Source("p", text))
    assert (None if found is None else [word.value for word in found]) == expected


@given(st.text("ab '\"\\\n", max_size=20))
def test_words_stand_where_they_say(text: str) -> None:
    for word in split(Source("p", text)) or ():
        if word.text is not None:
            assert word.text.text == word.value
            assert word.text.span(0, len(word.text.text)).text == word.value
