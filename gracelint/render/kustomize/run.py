"""Kustomizations as kustomize renders them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from gracelint.base import lazy
from gracelint.base.edit import Edit, applied
from gracelint.base.source import Rendered
from gracelint.base.values import dataclass
from gracelint.render.helm.copy import Unrenderable
from gracelint.render.kustomize.origins import Origins
from gracelint.syntax.yaml import editing
from gracelint.syntax.yaml.parse import maybe_kubernetes, parse

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from gracelint.base.source import Source
    from gracelint.files.scratch import Scratch
    from gracelint.render.kustomize.overlay import Overlay
    from gracelint.render.programs import Done, Runner
    from gracelint.syntax.yaml.parse import YamlFile

_ORIGIN = lazy.compile(
    r"^    config\.kubernetes\.io/origin: \|\n +(?:path|configuredIn): (\S.*)$", re.MULTILINE
)
_SEPARATOR = lazy.compile(r"^---$", re.MULTILINE)


@dataclass(slots=True)
class OverlayRendering:
    """What kustomize makes of a kustomization."""

    overlay: Overlay
    file: YamlFile
    origins: Origins

    @property
    def whole(self) -> str:
        """The path of the outermost kustomization."""
        return self.overlay.top.source.path

    def is_test(self, source: Source) -> bool:  # noqa: ARG002
        """Whether a file is there for tests alone: none is."""
        return False

    def candidates(self, edits: tuple[Edit, ...], near: str) -> Iterator[tuple[Edit, ...]]:
        """Changes of resources or of patches that may come to these edits of the rendered text."""
        return self.origins.candidates(edits, near)

    def templates(self) -> Iterator[tuple[Source, set[int]]]:
        """The kustomizations, in which patches may stand; all of their lines count."""
        for part in self.overlay.parts:
            yield part.source, set(range(1, len(part.source.starts) + 1))

    def given(self) -> Iterator[Source]:
        """The YAML files that it is made of."""
        yield from self.overlay.texts.values()

    def again(self, texts: Mapping[str, str]) -> str:
        """What it would be if files of the tree, by path, read otherwise; "" where it fails."""
        return self.origins.again(texts)


class Kustomize:
    """Renders kustomizations of a tree. words: how the program is asked to."""

    def __init__(
        self, scratch: Scratch, runner: Runner, program: Path, words: tuple[str, ...]
    ) -> None:
        self.scratch = scratch
        self.runner = runner
        self.program = program
        self.words = words

    def render(self, overlay: Overlay, folder: str) -> OverlayRendering:
        """The kustomization; Unrenderable with the program's own words."""
        self.scratch.fill(f"{folder}/clean", overlay.files)
        clean = self._run(overlay, f"{folder}/clean")
        if clean.error:
            top = self.scratch.root / folder / "clean"
            raise Unrenderable(_said(clean.error, top), late=clean.late)
        top_path = overlay.top.source.path
        self.scratch.fill(f"{folder}/named", {**overlay.files, top_path: _naming(overlay)})
        named = self._run(overlay, f"{folder}/named")

        def again(texts: Mapping[str, str]) -> str:
            return self._again(overlay, f"{folder}/clean", texts)

        origins = Origins(overlay, _named(clean.text, named.text), again)
        source = Rendered(f"{top_path} (rendered)", clean.text, origins)
        origins.file = parse(source, maybe_kubernetes)
        return OverlayRendering(overlay, origins.file, origins)

    def _again(self, overlay: Overlay, folder: str, texts: Mapping[str, str]) -> str:
        present = {path: text for path, text in texts.items() if path in overlay.files}
        changed = {path: overlay.source(path).encode(text) for path, text in present.items()}
        self.scratch.put(folder, changed)
        done = self._run(overlay, folder)
        self.scratch.put(folder, {path: overlay.files[path] for path in changed})
        return done.text

    def _run(self, overlay: Overlay, folder: str) -> Done:
        top = self.scratch.root / folder / overlay.top.folder
        return self.runner.run(self.program, *self.words, str(top))


def _naming(overlay: Overlay) -> bytes:
    """The outermost kustomization with the wish to name the files that objects are from."""
    top = overlay.top
    listed = [node.value for node in top.root.sequence("buildMetadata")]
    wanted = [*listed, "originAnnotations"]
    entry = top.root.entry("buildMetadata")
    if entry is None:
        edit = editing.add_key(top.root, "buildMetadata", wanted)
    else:
        edit = Edit(entry[1].span, f" [{', '.join(wanted)}]")
    return top.source.encode(applied(top.source.text, [edit] if edit is not None else []))


def _named(clean: str, text: str) -> list[tuple[int, str]]:
    """Where each document starts, and the file that it is from."""
    starts = [0, *(match.start() for match in _SEPARATOR.finditer(clean))]
    parts = _SEPARATOR.split(text)
    if len(parts) != len(starts):
        return []
    origins = (_ORIGIN.search(part) for part in parts)
    return [(s, m[1].strip("'\"") if m else "") for s, m in zip(starts, origins, strict=True)]


def _said(error: str, folder: Path) -> str:
    """What the program says, on one line and without the place of the copy."""
    line = " ".join(error.replace(f"{folder}/", "").replace(str(folder), ".").split())
    return f"kustomize does not render it: {line.removeprefix('error: ')[:400]}"
