"""Rules that are only asked about launches and groups that have what they are about."""

from __future__ import annotations

import ast
import importlib
from pathlib import Path
from typing import Any

import pytest

from gracelint import checks
from gracelint.checks import group, story
from gracelint.files.tree import Files
from gracelint.model import defect
from gracelint.model.options import Options
from gracelint.model.story import Story
from gracelint.session.session import Session

FOLDER = Path(story.__file__).parent


def _check(name: str) -> ast.FunctionDef:
    """The rule's check, as it is written."""
    body = ast.parse((FOLDER / f"{name}.py").read_text(encoding="utf-8")).body
    return next(n for n in body if isinstance(n, ast.FunctionDef) and n.decorator_list)


def _asked_for(statement: ast.stmt, module: object) -> set[str] | None:
    """The kinds of defects that a statement goes through; None where it does something else."""
    if isinstance(statement, ast.Expr) and isinstance(statement.value, ast.YieldFrom):
        called = statement.value.value
        shared = isinstance(called, ast.Call) and ast.unparse(called.func) == "shell_form_findings"
        return {"Foreground"} if shared else None
    if not (isinstance(statement, ast.For) and isinstance(statement.iter, ast.Call)):
        return None
    called = statement.iter
    if ast.unparse(called.func) != "defects" or statement.orelse:
        return None
    names: set[str] = set()
    for argument in called.args[1:]:
        if isinstance(argument, ast.Starred):
            names |= {kind.__name__ for kind in getattr(module, ast.unparse(argument.value))}
        else:
            names.add(ast.unparse(argument))
    return names


FIELDS = set(Story.__match_args__)
OF_DEFECTS = sorted(name for name, has in story.OF.items() if FIELDS.isdisjoint(has))


@pytest.mark.parametrize("name", OF_DEFECTS)
def test_a_rule_that_is_named_goes_through_defects_of_those_kinds_alone(name: str) -> None:
    module = importlib.import_module(f"gracelint.checks.story.{name}")
    asked = [_asked_for(s, module) for s in _check(name).body if not _is_docstring(s)]
    assert None not in asked
    assert set().union(*filter(None, asked)) == set(story.OF[name])


def _is_docstring(statement: ast.stmt) -> bool:
    return isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)


def test_the_kinds_are_classes_of_defects() -> None:
    named = {kind for kinds in story.OF.values() for kind in kinds} - FIELDS
    assert all(issubclass(getattr(defect, kind), defect.Defect) for kind in named)


def test_only_rules_about_the_kinds_are_loaded() -> None:
    some = {check.rule.code for check in checks.load("story", frozenset({"Defect", "LateTrap"}))}
    every = {check.rule.code for check in checks.load("story")}
    assert "GL202" in some
    assert "GL004" in some
    assert every - some >= {"GL201", "GL203", "GL208", "GL301", "GL403"}


@pytest.mark.parametrize("package", [story, group])
def test_what_is_named_is_a_rule(package: Any) -> None:
    folder = Path(package.__file__).parent
    assert {f"{name}.py" for name in package.OF} <= {path.name for path in folder.iterdir()}


def test_only_rules_about_what_a_pod_has_are_loaded(tmp_path: Path) -> None:
    pod = "spec: {hostPID: true, containers: [{name: web, image: web, lifecycle: {}}]}"
    (tmp_path / "pod.yaml").write_text(f"apiVersion: v1\nkind: Pod\nmetadata: {{name: a}}\n{pod}\n")
    [one] = Session(Files(tmp_path), Options()).scene(["."]).groups
    some = {check.rule.code for check in checks.load("group", group.features(one))}
    assert group.features(one) == {"lifecycle", "another PID namespace"}
    assert some >= {"GL309", "GL503", "GL516"}
    assert some.isdisjoint({"GL307", "GL502", "GL507", "GL513", "GL515", "GL601", "GL602"})
