"""Rules that are only asked about launches with defects of some kinds."""

from __future__ import annotations

import ast
import importlib
from pathlib import Path

import pytest

from gracelint import checks
from gracelint.checks import story
from gracelint.model import defect

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


@pytest.mark.parametrize("name", sorted(story.OF))
def test_a_rule_that_is_named_goes_through_defects_of_those_kinds_alone(name: str) -> None:
    module = importlib.import_module(f"gracelint.checks.story.{name}")
    asked = [_asked_for(s, module) for s in _check(name).body if not _is_docstring(s)]
    assert None not in asked
    assert set().union(*filter(None, asked)) == set(story.OF[name])


def _is_docstring(statement: ast.stmt) -> bool:
    return isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)


def test_the_kinds_are_classes_of_defects() -> None:
    named = {kind for kinds in story.OF.values() for kind in kinds}
    assert all(issubclass(getattr(defect, kind), defect.Defect) for kind in named)


def test_only_rules_about_the_kinds_are_loaded() -> None:
    some = {check.rule.code for check in checks.load("story", frozenset({"Defect", "LateTrap"}))}
    every = {check.rule.code for check in checks.load("story")}
    assert "GL202" in some
    assert "GL004" in some
    assert every - some >= {"GL201", "GL203", "GL301"}
