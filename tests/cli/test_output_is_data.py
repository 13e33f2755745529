"""What stands in the tree is data in every output: it gives no commands and breaks no format."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

import pytest

from gracelint.report import FORMATS, TRACE_FORMATS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from conftest import Outcome

    Run = Callable[..., Outcome]

EVIL = {
    "newline": "x\n::error::EVIL",
    "return": "x\r::error::EVIL",
    "colons": "::error title=x::EVIL",
    "blanks": " \u00a0 ::set-output name=x::EVIL",
    "hashes": "x ##[error]EVIL ##vso[task.complete]EVIL",
    "separator": "x\u2028::error::EVIL\u0085::error::EVIL",
    "escape": "x\x1b[31m\x1b]0;EVIL\x07\x9b2J",
    "order": "x\u202eEVIL\u2066",
    "markup": "</pre><script>EVIL</script>&amp;\"'`|*_[x](y)<!--",
    "bytes": "x\udcff\udcc3EVIL",
    "fence": "~~~~\n```\n~~~~",
    "emoji": "x\U0001f469\u200d\U0001f4bb\u00e9",
}
ON_DISK = {name: text for name, text in EVIL.items() if "/" not in text}
MACHINE = ("json", "json-lines", "gitlab", "rdjson", "sarif")


def quoted(text: str) -> str:
    """A text as YAML and JSON write it."""
    return json.dumps(text)


def names(evil: str) -> None:
    """The tree whose files and folders have such a name."""
    folder = Path(evil)
    folder.mkdir()
    (folder / "Dockerfile").write_text("FROM debian:12\nCMD x; y\n")
    (folder / "compose.yaml").write_text("services: {a: {build: ., init: 7}}\n")
    (folder / "e.sh").write_text("#!/bin/sh\napp\n")
    (folder / "b.Dockerfile").write_text('FROM debian:12\nCOPY e.sh /\nCMD ["/e.sh"]\n')
    (folder / "c.Dockerfile").write_bytes(b"FROM x\0")
    (folder / "broken.yaml").write_text("services: {a: [\n")


def words(evil: str) -> None:
    """The tree in whose files such a text stands wherever there is a name or a value."""
    line = evil.translate({10: " ", 13: " ", 0x2028: " ", 0x85: " "})
    Path("Dockerfile").write_text(
        f"ARG V={quoted(line)}\nFROM debian:12 AS {re.sub(r'[^!-~]', '', line) or 'x'}\n"
        f"ENV E={quoted(line)}\nSTOPSIGNAL {line}\nCMD {line}; app '{line}'\n",
        errors="surrogateescape",
    )
    value = quoted(line)
    Path("compose.yaml").write_text(
        f"services:\n  {value}:\n    image: {value}\n"
        f"    command: [sh, -c, {quoted('x; ' + line)}]\n"
        f"    stop_signal: {value}\n    stop_grace_period: {value}\n  b:\n    build: .\n"
        f"    entrypoint: {quoted(line + '; app')}\n    environment: {{{value}: {value}}}\n"
        f"    init: {value}\n"
    )
    Path("pod.yaml").write_text(
        f"apiVersion: v1\nkind: Pod\nmetadata: {{name: {value}, namespace: {value}}}\nspec:\n"
        f"  terminationGracePeriodSeconds: 0\n  containers:\n  - name: {value}\n"
        f"    image: {value}\n    command: [sh, -c, {quoted(line + chr(10) + line + '; y')}]\n"
        f"    lifecycle: {{preStop: {{exec: {{command: [{value}, {value}]}}}}}}\n"
    )
    Path("e.sh").write_text(
        f"#!/bin/sh\ntrap '{line}' {line}\n{line}\napp &\nwait\n", errors="surrogateescape"
    )
    Path("s.Dockerfile").write_text('FROM debian:12\nCOPY e.sh /\nCMD ["/bin/sh", "/e.sh"]\n')
    Path("i.Dockerfile").write_text(
        f"FROM debian:12\n# gracelint: ignore[GL9999] {line}\n# gracelint: ignore[{line}]\nCMD x\n",
        errors="surrogateescape",
    )


@pytest.fixture(
    params=[(names, name) for name in ON_DISK] + [(words, name) for name in EVIL],
    ids=lambda p: f"{p[0].__name__}-{p[1]}",
)
def tree(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.chdir(tmp_path)
    build, name = request.param
    build(EVIL[name])
    return str(build.__name__)


def obeyed(text: str) -> Iterator[str]:
    """What a terminal or a CI system would take for more than text."""
    for line in re.split(r"[\n\r\u0085\u2028\u2029]", text):
        if line.lstrip().startswith("::") and not line.lstrip().startswith("::: "):
            yield line
        if re.search(r"##[A-Za-z]*\[", line):
            yield line
    yield from re.findall(
        r"[^\t\n -\uffff\U00010000-\U0010ffff]|[\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]",
        text,
    )


def harmless(done: Outcome) -> None:
    assert done.status in {0, 1, 2}
    assert "internal error" not in done.stderr
    assert "Traceback" not in done.stderr
    assert list(obeyed(done.stdout)) == []
    assert list(obeyed(done.stderr)) == []
    assert all(line.startswith(("gracelint: ", "fixed: ")) for line in done.stderr.splitlines())


def strings(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for key, inner in value.items():
            yield key
            yield from strings(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from strings(inner)


def refuse(constant: str) -> None:
    raise AssertionError(constant)


@pytest.mark.parametrize("name", FORMATS)
def test_every_format(run: Run, tree: str, name: str) -> None:
    done = run("check", "--output-format", name)
    if name == "github":
        commands = re.compile(r"::(error|warning|notice) file=[^:]*::[^\n]*")
        assert all(commands.fullmatch(line) for line in done.stdout.splitlines())
        assert list(obeyed(done.stdout.replace("::", ""))) == []
        return
    harmless(done)
    if name in MACHINE:
        texts = done.stdout.splitlines() if name == "json-lines" else [done.stdout]
        for text in texts:
            for string in strings(json.loads(text, parse_constant=refuse)):
                string.encode()
    elif name == "junit":
        ET.fromstring(done.stdout)
    elif name == "html":
        assert "<script>EVIL" not in done.stdout


@pytest.mark.parametrize("name", TRACE_FORMATS)
def test_every_format_of_traces(run: Run, tree: str, name: str) -> None:
    done = run("trace", "--output-format", name)
    harmless(done)
    if name == "json":
        for string in strings(json.loads(done.stdout, parse_constant=refuse)):
            string.encode()


@pytest.mark.parametrize(
    "options",
    [
        ("check", "--show-files"),
        ("check", "--show-settings"),
        ("check", "--statistics"),
        ("check", "--diff", "--unsafe-fixes"),
        ("check", "--write-baseline", "--baseline", "known.json"),
        ("check", "--fix", "--unsafe-fixes", "--show-fixes"),
    ],
    ids=" ".join,
)
def test_everything_else_that_is_printed(run: Run, tree: str, options: tuple[str, ...]) -> None:
    if "--diff" in options and Path("e.sh").exists():
        for path in Path().glob("*"):  # what is no text is in a patch as it is, to be applied
            path.write_bytes(path.read_bytes().replace(b"\xff", b"").replace(b"\xc3E", b"E"))
    harmless(run(*options))


@pytest.mark.parametrize("output_format", ["text", "json"])
@pytest.mark.parametrize("name", EVIL)
def test_names_of_images(run: Run, tmp_path: Path, name: str, output_format: str) -> None:
    image = json.dumps(EVIL[name].encode("utf-8", "replace").decode())
    (tmp_path / "compose.yaml").write_text(f"services: {{a: {{image: {image}}}}}\n")
    harmless(run("images", "list", "--output-format", output_format))
    harmless(run("images", "lock", "--from", EVIL[name]))


@pytest.mark.parametrize("name", EVIL)
@pytest.mark.parametrize(
    "options",
    [
        ("check",),
        ("check", "--config"),
        ("rule",),
        ("check", "--select"),
        ("trace", "--target"),
        ("check", "--baseline"),
        ("check", "--output-format"),
        ("check", "--stdin-filename"),
        ("check", "--output-file"),
        ("nonsense",),
    ],
    ids=" ".join,
)
def test_what_is_wrong_with_a_command_line(run: Run, options: tuple[str, ...], name: str) -> None:
    harmless(run(*options, f"no/{EVIL[name]}"))


@pytest.mark.parametrize("name", EVIL)
def test_settings_and_their_mistakes(run: Run, tmp_path: Path, name: str) -> None:
    text = json.dumps(EVIL[name], ensure_ascii=False).encode("utf-8", "surrogateescape")
    (tmp_path / "Dockerfile").write_text("FROM debian:12\nCMD x; y\n")
    for key in (
        b"exclude = [%s]",
        b"baseline = %s",
        b"%s = 1",
        b"fail-level = %s",
        b"images.%s = {shell = %s}",
        b"select = [%s]",
        b"%s",
    ):
        (tmp_path / "gracelint.toml").write_bytes(key.replace(b"%s", text) + b"\n")
        harmless(run("check"))
        harmless(run("check", "--show-settings"))


def test_a_name_that_is_no_text_is_told_the_same_everywhere(run: Run, tmp_path: Path) -> None:
    folder = os.fsencode(tmp_path) + b"/\xff"
    Path(os.fsdecode(folder)).mkdir()
    Path(os.fsdecode(folder), "Dockerfile").write_text("FROM debian:12\nCMD x; y\n")
    (found,) = json.loads(run("check", "--output-format", "json").stdout)["findings"]
    assert found["path"] == "\\xff/Dockerfile"
    assert run("check", "--output-format", "concise").stdout.startswith("\\xff/Dockerfile:2:")
