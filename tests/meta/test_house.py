"""How the package hangs together: no import circle of any kind, and no folder that is a heap."""

from __future__ import annotations

import ast
from collections import Counter
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

import gracelint

PACKAGE = Path(gracelint.__file__).parent
MODULES_AT_MOST = 15


def module_name(path: Path, package: Path) -> str:
    parts = path.relative_to(package.parent).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def targets(node: ast.AST, around: str, names: frozenset[str]) -> set[str]:
    """What a piece of code imports: by a statement, or by a name in a text (`import_module`)."""
    if isinstance(node, ast.Import):
        return {alias.name for alias in node.names}
    if isinstance(node, ast.ImportFrom):
        above = around.split(".")[: len(around.split(".")) - node.level + 1] if node.level else []
        base = ".".join([*above, *([node.module] if node.module else [])])
        inner = {f"{base}.{alias.name}" for alias in node.names}
        return (inner & names) | ({base} if inner - names else set())
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return {node.value}
    return set()


def imports(package: Path) -> dict[str, set[str]]:
    """By module: the modules that it imports, in functions and for type checkers too."""
    files = {module_name(path, package): path for path in sorted(package.rglob("*.py"))}
    names = frozenset(files)
    graph: dict[str, set[str]] = {}
    for name, path in files.items():
        around = name if path.name == "__init__.py" else name.rpartition(".")[0]
        tree = ast.parse(path.read_text(encoding="utf-8"))
        found = {t for node in ast.walk(tree) for t in targets(node, around, names)}
        graph[name] = (found & names) - {name}
    return graph


def circle(graph: dict[str, set[str]]) -> list[str]:
    """One import circle; empty where there is none."""
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        return list(error.args[1])
    return []


def crowded(package: Path) -> dict[str, int]:
    """Folders with more modules than a reader keeps in mind; rules are counted by nobody."""
    modules = [p for p in package.rglob("*.py") if p.name != "__init__.py"]
    count = Counter(p.parent for p in modules if not p.name.startswith("gl"))
    return {
        folder.relative_to(package.parent).as_posix(): n
        for folder, n in count.items()
        if n > MODULES_AT_MOST
    }


def test_no_module_imports_itself_by_way_of_others() -> None:
    assert circle(imports(PACKAGE)) == []


def test_no_folder_holds_more_modules_than_a_reader_keeps_in_mind() -> None:
    assert crowded(PACKAGE) == {}


@pytest.mark.parametrize(
    "back",
    [
        "from toy import one",
        "from . import one",
        "from .one import x",
        "import toy.one",
        "def f():\n    from toy.one import x",
        "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from toy.one import x",
        "from importlib import import_module\nimport_module('toy.one')",
    ],
)
def test_a_circle_of_any_kind_is_found(back: str, tmp_path: Path) -> None:
    package = tmp_path / "toy"
    package.mkdir()
    (package / "__init__.py").write_text("")
    (package / "one.py").write_text("from toy import two\nx = 1\n")
    (package / "two.py").write_text(back + "\n")
    assert set(circle(imports(package))) == {"toy.one", "toy.two"}


def test_a_crowded_folder_is_found(tmp_path: Path) -> None:
    package = tmp_path / "toy"
    package.mkdir()
    for number in range(MODULES_AT_MOST + 1):
        (package / f"m{number}.py").write_text("")
    assert crowded(package) == {"toy": MODULES_AT_MOST + 1}
