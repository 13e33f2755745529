"""Commands whose files are taken to another place once they are through: they come to an end."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from gracelint.files.tree import Files
from gracelint.model.options import Options
from gracelint.session.session import Session

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize(
    ("text", "verdict"),
    [
        ("java -jar gen.jar generate && mkdir -p /srv/api && cp /out/* /srv/api", "exits"),
        ("./build && tar czf /out/site.tgz dist", "exits"),
        ("./build && mv dist /srv; ./serve", "killed"),
        ("./serve && echo done", "killed"),
        ("./serve && rm -f /run/serve.pid", "killed"),
        ("./serve || cp /log/last /log/failed", "killed"),
        ("cp /etc/a /etc/b && ./serve && echo done", "killed"),
    ],
)
def test_what_is_collected_has_ended(tmp_path: Path, text: str, verdict: str) -> None:
    launch = json.dumps(["sh", "-c", text])
    (tmp_path / "Dockerfile").write_text(f"FROM debian:12\nCMD {launch}\n")
    [told] = Session(Files(tmp_path), Options()).scene(["Dockerfile"]).stories
    assert told.verdict == verdict
