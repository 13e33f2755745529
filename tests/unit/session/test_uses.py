"""What the uses of an image decide for its Dockerfile."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from gracelint.files.tree import Files
from gracelint.model.options import Options
from gracelint.session.session import Session

if TYPE_CHECKING:
    from pathlib import Path

APP = 'FROM node:22-bookworm-slim\nCOPY server.js .\nCMD ["node", "server.js"]\n'
SOURCE = 'require("http").createServer((q, r) => r.end("ok")).listen(80);\n'


@pytest.mark.parametrize(
    ("command", "places"),
    [
        ('["node", "server.js"]', ["compose.yaml"]),
        ("node server.js", ["compose.yaml"]),
        ('["node", "--trace-warnings", "server.js"]', ["Dockerfile", "compose.yaml"]),
    ],
)
def test_a_command_that_is_said_once_more_is_one_defect(
    tmp_path: Path, command: str, places: list[str]
) -> None:
    compose = f"services:\n  web:\n    build: .\n    command: {command}\n"
    files = {"Dockerfile": APP, "server.js": SOURCE, "compose.yaml": compose}
    findings = Session(Files(tmp_path, overlay=files), Options()).run(["."]).findings
    missing = [f.primary.span.source.path for f in findings if f.rule.code == "GL301"]
    assert missing == places
