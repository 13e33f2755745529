"""Every example of every rule's page does what the page says.

CONTRIBUTING.md says how pages are written; this holds them to it. Marks `engine` are run by
tests/engine, which takes them from `Example.engine`.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest

from gracelint import checks
from gracelint.model.finding import Applicability, Severity
from gracelint.pages import reader as pages

if TYPE_CHECKING:
    from collections.abc import Callable

    from conftest import Folder

    from gracelint.pages.reader import Example, Page

RULES = {rule.code: rule for rule in checks.all_rules()}
SEVERITY = {severity.label: severity for severity in Severity}
APPLICABILITY = {applicability.label: applicability for applicability in Applicability}


@dataclass(frozen=True)
class Case:
    page: Page
    example: Example

    @property
    def files(self) -> dict[str, bytes]:
        return {name: text.encode() for name, text in self.example.files.items()}

    def __str__(self) -> str:
        return f"{self.page.code}-{self.example.number}"


def cases() -> list[Case]:
    return [Case(page, example) for page in pages.load_all() for example in page.examples]


ALL = cases()
every_example = pytest.mark.parametrize("case", ALL, ids=str)
every_finding = pytest.mark.parametrize("case", [c for c in ALL if c.example.announced], ids=str)


def place(finding: dict[str, Any]) -> tuple[str, str, str, int]:
    return (finding["severity"], finding["code"], finding["path"], finding["line"])


def edits(finding: dict[str, Any], least: Applicability) -> list[dict[str, Any]]:
    """The edits of a finding's fix, if that may be applied."""
    fix = finding["fix"]
    return fix["edits"] if fix and APPLICABILITY[fix["applicability"]] >= least else []


def advice(finding: dict[str, Any], case: Case) -> bool:
    """Whether it is advice by another rule, which a page need not announce."""
    return finding["severity"] == "info" and finding["code"] != case.page.code


@every_example
def test_it_finds_what_is_announced_and_nothing_else(case: Case, folder: Folder) -> None:
    folder.write(case.files, case.example.modes)
    announced = sorted(case.example.announced, key=lambda a: (a.severity, a.code, a.path, a.line))
    expected = [(a.severity, a.code, a.path, a.line) for a in announced]
    every = [f for f in folder.check() if place(f) in expected or not advice(f, case)]
    found = sorted(every, key=place)
    assert [place(f) for f in found] == expected, [f["message"] for f in found]
    for finding, wanted in zip(found, announced, strict=True):
        assert wanted.message in finding["message"]


@every_finding
def test_it_keeps_to_what_the_rule_declares(case: Case, folder: Folder) -> None:
    folder.write(case.files, case.example.modes)
    for finding in folder.check():
        rule = RULES[finding["code"]]
        assert finding["name"] == rule.name
        assert SEVERITY[finding["severity"]] <= rule.severity
        if finding["fix"]:
            assert APPLICABILITY[finding["fix"]["applicability"]] in rule.fixes


def level(code: str, findings: list[dict[str, Any]]) -> Applicability:
    """What a `fixed` block takes: safe fixes where this rule has one here, else unsafe ones."""
    own = [f for f in findings if f["code"] == code]
    return (
        Applicability.SAFE
        if any(edits(f, Applicability.SAFE) for f in own)
        else (Applicability.UNSAFE)
    )


@pytest.mark.parametrize("case", [c for c in ALL if c.example.fixed], ids=str)
def test_the_fix_gives_the_fixed_text(case: Case, folder: Folder) -> None:
    folder.write(case.files, case.example.modes)
    least = level(case.page.code, folder.check())
    folder.fix(unsafe=least is Applicability.UNSAFE)
    expected = case.files | {name: text.encode() for name, text in case.example.fixed.items()}
    assert folder.read(case.files) == expected


@every_finding
@pytest.mark.parametrize("unsafe", [False, True], ids=["safe", "unsafe"])
def test_a_fix_repairs_and_does_nothing_else(case: Case, folder: Folder, *, unsafe: bool) -> None:
    least = Applicability.UNSAFE if unsafe else Applicability.SAFE
    folder.write(case.files, case.example.modes)
    before = folder.check()
    touched = {edit["path"] for finding in before for edit in edits(finding, least)}
    folder.fix(unsafe=unsafe)
    result = folder.read(case.files)
    after = folder.check()
    assert not any(edits(finding, least) for finding in after), "something is still to be fixed"
    worse = [f["code"] for f in after if not advice(f, case)]
    new = Counter(worse) - Counter(f["code"] for f in before)
    assert not new, "the fix made something worse"
    assert {name for name in case.files if result[name] != case.files[name]} <= touched
    folder.fix(unsafe=unsafe)
    assert folder.read(case.files) == result, "fixing again changes something"


YAML = (".yaml", ".yml")
INSTRUCTION = re.compile(r"^(CMD|ENTRYPOINT|FROM|STOPSIGNAL|RUN|COPY|ADD|ENV|SHELL) ", re.MULTILINE)


def is_dockerfile(name: str) -> bool:
    base = name.rpartition("/")[2].lower()
    return "dockerfile" in base or "containerfile" in base


def with_crlf(name: str, data: bytes) -> bytes:
    """Windows line endings, where they mean the same: not in scripts and here-documents."""
    same = name.endswith(YAML) or (is_dockerfile(name) and b"<<" not in data)
    return data.replace(b"\n", b"\r\n") if same else data


def with_bom(name: str, data: bytes) -> bytes:
    return b"\xef\xbb\xbf" + data if name.endswith(YAML) or is_dockerfile(name) else data


def without_final_newline(name: str, data: bytes) -> bytes:
    """Nothing behind the last line, unless that is part of a block scalar, which would change."""
    block = name.endswith(YAML) and re.search(rb"[|>][-+0-9]*\s*(#.*)?$", data, re.MULTILINE)
    return data if block else data.removesuffix(b"\n")


def with_tabs(name: str, data: bytes) -> bytes:
    if not is_dockerfile(name) or b"<<" in data:
        return data
    return INSTRUCTION.sub(r"\1" + "\t", data.decode()).encode()


Variation = "Callable[[str, bytes], bytes]"
VARIATIONS = [with_crlf, with_bom, without_final_newline, with_tabs]


def varied(files: dict[str, bytes], vary: Callable[[str, bytes], bytes]) -> dict[str, bytes]:
    return {name: vary(name, data) for name, data in files.items()}


@every_finding
@pytest.mark.parametrize("vary", VARIATIONS, ids=lambda f: f.__name__)
def test_the_way_the_text_is_written_changes_nothing(
    case: Case, folder: Folder, vary: Callable[[str, bytes], bytes]
) -> None:
    files = varied(case.files, vary)
    folder.write(files, case.example.modes)
    announced = sorted((a.severity, a.code, a.path, a.line) for a in case.example.announced)
    every = [f for f in folder.check() if place(f) in announced or not advice(f, case)]
    assert sorted(map(place, every)) == announced


@every_finding
@pytest.mark.parametrize("vary", VARIATIONS[:3], ids=lambda f: f.__name__)
def test_a_fix_leaves_the_way_the_text_is_written(
    case: Case, folder: Folder, vary: Callable[[str, bytes], bytes]
) -> None:
    """Fixing what is written another way gives what is fixed, written that way."""
    folder.write(case.files, case.example.modes)
    folder.fix(unsafe=True)
    plain = folder.read(case.files)
    folder.write(varied(case.files, vary), case.example.modes)
    folder.fix(unsafe=True)
    result = folder.read(case.files)
    for name, data in plain.items():
        expected = vary(name, data)
        if vary is without_final_newline:
            assert result[name].removesuffix(b"\n") == expected.removesuffix(b"\n")
        else:
            assert result[name] == expected


@pytest.mark.parametrize("case", [c for c in ALL if c.example.tree is not None], ids=str)
def test_the_tree_is_what_trace_prints(case: Case, folder: Folder) -> None:
    folder.write(case.files, case.example.modes)
    assert folder.trace() == case.example.tree


@pytest.mark.parametrize("case", [c for c in ALL if c.example.fixed_tree is not None], ids=str)
def test_the_tree_of_the_fixed_example(case: Case, folder: Folder) -> None:
    folder.write(case.files, case.example.modes)
    folder.fix(unsafe=level(case.page.code, folder.check()) is Applicability.UNSAFE)
    assert folder.trace() == case.example.fixed_tree
