"""Commands that installing a project of the image makes: Python's entry points, npm's `bin`.

Source: the entry points specification of PyPA; package.json(5) of npm.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from gracelint.base import lazy
from gracelint.base.paths import absolute
from gracelint.base.values import dataclass
from gracelint.syntax import toml

if TYPE_CHECKING:
    from collections.abc import Iterable

    from gracelint.model.workload import ImageFiles

_MANIFESTS = ("pyproject.toml", "setup.cfg", "setup.py", "package.json")
_PARTS = ("node_modules/", "site-packages/", "dist-packages/", "vendor/")
_TARGET = lazy.compile(r"([A-Za-z_][\w.]*)\s*:\s*([A-Za-z_][\w.]*)\s*(?:\[.*)?")
MAX_SIZE = 200_000
MAX_FILES = 40


@dataclass(frozen=True, slots=True)
class Entry:
    """What a command runs: words for the interpreter, and the folder of its modules."""

    words: tuple[str, ...]
    folder: str


def entry_of(files: ImageFiles, paths: Iterable[str], name: str) -> Entry | None:
    """What a project in sight has the command `name` run. paths: all files of the image."""
    manifests = [p for p in paths if p.rpartition("/")[2] in _MANIFESTS]
    candidates = [p for p in manifests if not any(part in p for part in _PARTS)]
    for path in sorted(candidates, key=lambda p: (p.count("/"), p))[:MAX_FILES]:
        file = files.get(path)
        text = file.text.text if file is not None and file.text is not None else ""
        if name not in text or len(text) > MAX_SIZE:
            continue
        folder = path.rpartition("/")[0] or "/"
        entry = _node(text, name, folder) if path.endswith(".json") else None
        if path.endswith((".toml", ".cfg", ".py")):
            entry = _python(files, path, text, name, folder)
        if entry is not None:
            return entry
    return None


def _node(text: str, name: str, folder: str) -> Entry | None:
    try:
        manifest = json.loads(text)
    except (ValueError, RecursionError):
        return None
    if not isinstance(manifest, dict):
        return None
    given = manifest.get("bin")
    if isinstance(given, str):
        package = str(manifest.get("name", "")).rpartition("/")[2]
        given = {package: given}
    target = given.get(name) if isinstance(given, dict) else None
    return Entry(("node", absolute(target, folder)), folder) if isinstance(target, str) else None


def _python(files: ImageFiles, path: str, text: str, name: str, folder: str) -> Entry | None:
    target = _in_toml(text, name) if path.endswith(".toml") else _in_setup(text, name)
    match = _TARGET.fullmatch(target) if target else None
    if match is None:
        return None
    module, function = match[1], match[2]
    place = module.replace(".", "/")
    for root in (folder, f"{folder.rstrip('/')}/src"):
        if any(files.get(f"{root.rstrip('/')}/{place}{end}") for end in (".py", "/__init__.py")):
            code = f"from {module} import {function.partition('.')[0]}\n{function}()\n"
            return Entry(("python3", "-c", code), root)
    return None


def _in_toml(text: str, name: str) -> str:
    try:
        manifest: Any = toml.read(text)
    except ValueError:
        return ""
    for place in (("project", "scripts"), ("tool", "poetry", "scripts")):
        table = manifest
        for key in place:
            table = table.get(key) if isinstance(table, dict) else None
        target = table.get(name) if isinstance(table, dict) else None
        if isinstance(target, str):
            return target.strip()
    return ""


_SCRIPT = lazy.compile(r"(?:^|[\s\"'\[,])([\w.-]+)\s*=\s*([A-Za-z_][\w.]*\s*:\s*[A-Za-z_][\w.]*)")


def _in_setup(text: str, name: str) -> str:
    """`console_scripts` of setup.cfg and setup.py: lines `name = module:function`."""
    at = text.find("console_scripts")
    scripts = _SCRIPT.finditer(text, at) if at >= 0 else ()
    return next((m[2] for m in scripts if m[1] == name), "")
