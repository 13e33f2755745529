"""`--diff`: patches that apply, with git and patch as the judges."""

from __future__ import annotations

import subprocess
from shutil import which
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gracelint.base.source import Source
from gracelint.report import diff

if TYPE_CHECKING:
    from pathlib import Path


def rendered(before: str, after: str, name: str = "f") -> tuple[str, bool]:
    data, exact = diff.render(Source(name, before), Source(name, after), name)
    return data.decode("utf-8", "surrogateescape"), exact


def lines(*numbers: int) -> str:
    return "".join(f"{number}\n" for number in numbers)


TEN = lines(*range(10))

CASES = {
    "first": (TEN, "new\n" + TEN),
    "last": (TEN, TEN + "new\n"),
    "middle": (TEN, TEN.replace("5\n", "five\n")),
    "apart": (lines(*range(40)), lines(*range(40)).replace("3\n", "x\n")),
    "near": (TEN, TEN.replace("2\n", "x\n").replace("7\n", "y\n")),
    "removed": (TEN, TEN.replace("4\n5\n", "")),
    "no end before": (TEN[:-1], TEN),
    "no end after": (TEN, TEN[:-1]),
    "no end": (TEN[:-1], "x\n" + TEN[:-1]),
    "all": (TEN, "x\ny\n"),
    "empty before": ("", "x\n"),
    "crlf": (TEN.replace("\n", "\r\n"), TEN.replace("\n", "\r\n").replace("5", "6")),
    "bytes": ("a\udce9\nb\n", "a\udce9\nc\n"),
    "tabs": ("\ta\n\tb\n", "\ta\n\tc\n"),
}


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize(
    "tool", [["git", "apply", "-p0"], ["patch", "-p0", "-s"]], ids=lambda t: t[0]
)
def test_a_patch_can_be_applied(tmp_path: Path, case: str, tool: list[str]) -> None:
    if which(tool[0]) is None:
        pytest.skip(f"no {tool[0]} here")
    before, after = (Source("f", text) for text in CASES[case])
    (tmp_path / "f").write_bytes(before.encode())
    data, exact = diff.render(before, after, "f")
    assert exact
    subprocess.run(tool, input=data, cwd=tmp_path, check=True)
    assert (tmp_path / "f").read_bytes() == after.encode()


@pytest.mark.parametrize(
    "name", ["a b", 'a"b', "a\\b", "a\nb", "a\tb", "é", "a\udcffb", "::error::x"]
)
def test_a_patch_names_its_file(tmp_path: Path, name: str) -> None:
    before, after = Source(name, TEN), Source(name, TEN.replace("5", "6"))
    (tmp_path / name).write_bytes(before.encode())
    data, exact = diff.render(before, after, name)
    assert exact
    subprocess.run(["git", "apply", "-p0"], input=data, cwd=tmp_path, check=True)
    assert (tmp_path / name).read_bytes() == after.encode()


def applied(old: list[str], patch: list[str]) -> list[str]:
    """What a patch makes of lines, when each of its own stands where it says."""
    new, at = list[str](), 0
    for line in patch:
        if line.startswith("@@"):
            start, _, length = line.split()[1][1:].partition(",")
            first = int(start) - (length != "0")
            new += old[at:first]
            at = first
        elif line.startswith("+"):
            new.append(line[1:])
        else:
            assert line[1:] == old[at]
            new += [line[1:]] if line.startswith(" ") else []
            at += 1
    return new + old[at:]


@settings(deadline=None)
@given(st.lists(st.sampled_from("abc"), max_size=30), st.lists(st.sampled_from("abc"), max_size=30))
def test_a_patch_leads_from_one_text_to_the_other(old: list[str], new: list[str]) -> None:
    before, after = diff._lines("\n".join(old)), diff._lines("\n".join(new))
    assert applied(before, list(diff._patch(before, after, "f"))[2:]) == after


@pytest.mark.parametrize(
    ("line", "shown"),
    [
        ("::error::EVIL", "\\x3a:error::EVIL"),
        ("x ##[error]EVIL", "x #\\x23[error]EVIL"),
        ("##vso[task.setvariable]x", "#\\x23vso[task.setvariable]x"),
        ("a\x1b[2Jb", "a\\x1b[2Jb"),
        ("a\rb", "a\\rb"),
        ("a\u202eb", "a\\u{202e}b"),
        ("a\udc9bb", "a\\x9bb"),
    ],
)
def test_what_would_be_obeyed_is_escaped(line: str, shown: str) -> None:
    text, exact = rendered(f"{line}\nx\n", f"{line}\ny\n")
    assert not exact
    assert f"\n {shown}\n-x\n+y\n" in text


def test_long_changes_are_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(diff, "_MAX_COMPARED", 4)
    text, _ = rendered(lines(1, 2, 3, 4), lines(5, 2, 3, 6))
    assert text.endswith("@@ -1,4 +1,4 @@\n-1\n-2\n-3\n-4\n+5\n+2\n+3\n+6\n")
