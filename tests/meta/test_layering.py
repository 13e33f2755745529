"""The data flows one way: each part of the package imports only what stands before it."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

import gracelint

PACKAGE = Path(gracelint.__file__).parent
# In the order in which the data goes; nothing but the command line itself stands beside a package.
LAYERS = (
    "__init__",
    "base",
    "syntax",
    "model",
    "files",
    "settings",
    "atlas",
    "discover",
    "render",
    "declare",
    "simulate",
    "diagnose",
    "checks",
    "resolve",
    "fix",
    "session",
    "pages",
    "report",
    "images",
    "prove",
    "server",
    "cli",
    "__main__",
)
RANK = {name: rank for rank, name in enumerate(LAYERS)}
MODULES = sorted(PACKAGE.rglob("*.py"))


def name_of(path: Path) -> str:
    return path.relative_to(PACKAGE).with_suffix("").as_posix()


def part_of(path: Path) -> str:
    return name_of(path).partition("/")[0]


def parse(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def imported(tree: ast.Module) -> set[str]:
    """The parts of the package that a module imports, for type checkers and in functions too."""
    found: set[str] = set()
    queue: list[ast.AST] = [tree]
    while queue:
        node = queue.pop()
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            found.add(node.module or "")
            found |= {f"{node.module}.{alias.name}" for alias in node.names}
        queue += ast.iter_child_nodes(node)
    parts = {name.split(".")[1] for name in found if name.startswith("gracelint.")}
    return parts & RANK.keys()


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_a_module_belongs_to_a_layer(path: Path) -> None:
    assert part_of(path) in RANK


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_a_module_imports_only_what_stands_before_it(path: Path) -> None:
    own = RANK[part_of(path)]
    later = {part for part in imported(parse(path)) if RANK[part] > own}
    assert not later


def name_called(call: ast.Call) -> str:
    """The name of what is called; an `open` that takes no mode is another word for something."""
    name = ast.unparse(call.func).rpartition(".")[2]
    if name != "open" or isinstance(call.func, ast.Name):
        return name
    modes = [a.value for a in call.args if isinstance(a, ast.Constant)]
    opens = not call.args or any(set(str(mode)) <= set("rwxab+t") for mode in modes)
    return "open" if opens else ""


def calls(tree: ast.Module) -> set[str]:
    """The names of all functions and methods that a module calls."""
    return {name_called(node) for node in ast.walk(tree) if isinstance(node, ast.Call)}


# Beside `files`, only the readers of data that comes with the package open anything, and what
# writes `--output-file`.
OPENERS = {"files/tree", "files/scratch", "pages/reader", "cli/output"}
OPENERS |= {"atlas/table", "atlas/compile", "atlas/hatch_build"}
OPENERS |= {"images/archive", "images/layers", "images/registry"}  # what the command line asks for
OPENERS |= {"files/cache"}  # the user's own folder of what is kept from one run to the next
OPENERS |= {"prove/processes"}  # what the machine tells of its processes
OPENERS |= {"simulate/sources/library/golang/others"}  # texts of the package itself
OPENING = {"open", "read_text", "read_bytes", "write_text", "write_bytes"}


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_only_files_opens_files(path: Path) -> None:
    opened = calls(parse(path)) & OPENING
    assert not opened or name_of(path) in OPENERS


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_only_report_and_cli_print(path: Path) -> None:
    printed = calls(parse(path)) & {"print", "echo", "secho"}
    assert not printed or part_of(path) in {"report", "cli"}
