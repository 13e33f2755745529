"""Compile the atlas when the wheel is built. Not part of the wheel."""

from __future__ import annotations

import runpy
import shutil
import tempfile
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class CompiledAtlas(BuildHookInterface):  # type: ignore[misc]
    """Put what `compile` makes of the TOML files into the wheel in their place."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Write the files to a folder of their own; an editable install reads the TOML files."""
        if version == "editable":
            return
        compiler = runpy.run_path(str(Path(self.root, "gracelint", "atlas", "compile.py")))
        self.folder = Path(tempfile.mkdtemp(prefix="gracelint-atlas-"))
        for kind in compiler["kinds"]():
            file = self.folder / f"{kind}.jsonl"
            file.write_bytes(compiler["build"](kind))
            build_data["force_include"][str(file)] = f"gracelint/atlas/data/{kind}.jsonl"

    def finalize(self, version: str, build_data: dict[str, Any], artifact_path: str) -> None:
        """Take the folder away."""
        del build_data, artifact_path
        if version != "editable":
            shutil.rmtree(self.folder)
