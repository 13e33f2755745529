"""A kustomization's files as they are given to kustomize: all that it builds on, none remote."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from gracelint.base import lazy
from gracelint.base.paths import seen_from
from gracelint.base.source import Source
from gracelint.base.values import dataclass, field
from gracelint.discover.kustomizations import kustomization
from gracelint.files.tree import FileProblem
from gracelint.render.helm.copy import MOST_BYTES, MOST_FILES, Unrenderable
from gracelint.syntax.yaml.parse import parse

if TYPE_CHECKING:
    from gracelint.discover.kustomizations import Kustomization
    from gracelint.files.tree import Files

_REMOTE = lazy.compile(
    r"://|[?&](?:ref|version)=|^(?:git::|gh:|git@|[\w.-]+@[\w.-]+:|"
    r"(?:www\.)?(?:github|gitlab|bitbucket)\.(?:com|org)\b|ssh\.dev\.azure)",
    re.IGNORECASE,
)
_PLUGINS = frozenset({"generators", "transformers", "validators"})
_CHARTS = frozenset({"helmCharts", "helmChartInflationGenerator", "helmGlobals"})


@dataclass(slots=True)
class Overlay:
    """What a kustomization is made of. files: by path in the tree. parts: all kustomizations, the
    outermost first. texts: the YAML files among them, by path.
    """

    top: Kustomization
    files: dict[str, bytes] = field(default_factory=dict)
    parts: list[Kustomization] = field(default_factory=list)
    texts: dict[str, Source] = field(default_factory=dict)
    size: int = 0

    def source(self, path: str) -> Source:
        """The text of one of the files."""
        root = self.top.source.root
        return self.texts.get(path) or Source.decode(path, self.files[path], root)

    def folders(self) -> set[str]:
        """The folders that it builds on, its own not among them."""
        return {part.folder for part in self.parts[1:]}


def overlay(files: Files, top: Kustomization) -> Overlay:
    """The kustomization with all that it names; Unrenderable where something is not in the tree."""
    plan, queue, met = Overlay(top), [top], {top.folder}
    while queue:
        part = queue.pop(0)
        plan.parts.append(part)
        _add(plan, files, part.source.path)
        for key, node in part.references():
            for folder in _refer(plan, files, part, key, node.value):
                inner = kustomization(files, folder) if folder not in met else None
                if folder not in met and inner is None:
                    raise Unrenderable(f"`{node.value}` holds no kustomization.yaml")
                met.add(folder)
                queue += [inner] if inner is not None else []
    return plan


def _refer(plan: Overlay, files: Files, part: Kustomization, key: str, text: str) -> list[str]:
    """Take in what a field names; the folders that it names."""
    if key in _CHARTS:
        raise Unrenderable(f"it asks for a chart (`{key}`), which kustomize would have to fetch")
    if "\n" in text.strip():
        if key in _PLUGINS:
            _check(text)
        return []
    if _REMOTE.search(text):
        raise Unrenderable(f"`{text}` is not in this tree, and nothing is fetched")
    name = text.partition("=")[2] or text if key.endswith("Generator") else text
    path = seen_from(part.folder, name)
    if path is None:
        raise Unrenderable(f"`{text}` leads out of the folder that is checked")
    if files.is_dir(path):
        return [path]
    _add(plan, files, path)
    if key in _PLUGINS:
        _add_plugin(plan, files, part, path)
    return []


def _add(plan: Overlay, files: Files, path: str) -> None:
    if path in plan.files:
        return
    try:
        plan.files[path] = files.data(path)
    except FileProblem as problem:
        raise Unrenderable(f"{problem.path} {problem.message}") from None
    plan.size += len(plan.files[path])
    if len(plan.files) > MOST_FILES or plan.size > MOST_BYTES:
        raise Unrenderable("it builds on too much to be rendered")
    if path.endswith((".yaml", ".yml", ".json")) or path == plan.top.source.path:
        source = files.read(path)
        if source is not None:
            plan.texts[path] = source


def _add_plugin(plan: Overlay, files: Files, part: Kustomization, path: str) -> None:
    """A generator or transformer in a file of its own may name further files."""
    source = files.read(path)
    if source is None:
        return
    for text in _check(source.text):
        name = seen_from(part.folder, text.partition("=")[2] or text)
        if name is not None and files.is_file(name):
            _add(plan, files, name)


def _check(text: str) -> list[str]:
    """The strings of a plug-in's configuration; Unrenderable where one leads elsewhere."""
    read = parse(Source("", text))
    if read.errors or read.unread or read.helm:
        raise Unrenderable("a configuration of a plug-in cannot be read")
    scalars = [n.value for root in read.roots() for n in root.walk() if n.kind == "scalar"]
    remote = next((value for value in scalars if _REMOTE.search(value)), None)
    if remote is not None:
        raise Unrenderable(f"`{remote}` is not in this tree, and nothing is fetched")
    return scalars
