"""The documentation site: `sphinx-build -W -c docs -b dirhtml . build/site`.

The sources are the Markdown files of docs/ and rules/ as they stand in the repository,
so that links between them hold in both places.
"""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sphinx.application import Sphinx

ROOT = Path(__file__).resolve().parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
FENCE = re.compile(r"^```(\w+) title=(\S+)(.*)$", re.MULTILINE)

project = PROJECT["name"]
author = "the gracelint contributors"
project_copyright = author
extensions = ["myst_parser"]
include_patterns = ["docs/*.md", "rules/*.md"]
exclude_patterns = ["docs/examples"]
root_doc = "docs/index"
html_theme = "furo"
html_title = "gracelint"
html_extra_path = ["site"]
myst_heading_anchors = 3
# Some examples are broken on purpose, which is what they are about.
suppress_warnings = ["misc.highlighting_failure"]


def captions(_app: Sphinx, _name: str, source: list[str]) -> None:
    """The file that a block is for becomes its caption."""

    def caption(match: re.Match[str]) -> str:
        language, title, marks = match.groups()
        kind = " (fixed)" if "fixed" in marks.split() else ""
        return f"```{{code-block}} {language}\n:caption: {title}{kind}\n"

    source[0] = FENCE.sub(caption, source[0])


def setup(app: Sphinx) -> None:
    """Hook into Sphinx."""
    app.connect("source-read", captions)
