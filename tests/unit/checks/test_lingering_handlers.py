"""A handler that is busy with something else while the grace period runs out."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from gracelint.files.tree import Files
from gracelint.model.options import Options
from gracelint.session.session import Session

if TYPE_CHECKING:
    from pathlib import Path

DOCKERFILE = 'FROM {image}\nCOPY server /app/server\nCOPY run.sh /run.sh\nENTRYPOINT ["/run.sh"]\n'
SCRIPT = "#!/bin/sh\ntrap '{handler}' TERM\n/app/server &\npid=$!\nwait $pid\n"
IMAGES = ("debian:12-slim", "fedora:40", "alpine:3.20")


def messages(handler: str, image: str, folder: Path) -> list[tuple[str, str]]:
    """What is found in a script with the handler: codes and messages."""
    files = {"Dockerfile": DOCKERFILE.format(image=image), "run.sh": SCRIPT.format(handler=handler)}
    result = Session(Files(folder, overlay=files), Options()).run(["."])
    return [(f.rule.code, f.message) for f in result.findings]


@pytest.mark.parametrize("image", IMAGES)
def test_what_keeps_the_handler_is_named(image: str, tmp_path: Path) -> None:
    (found,) = messages("sleep 30; kill $pid; wait $pid", image, tmp_path)
    assert found[0] == "GL204"
    assert "still at `sleep 30` when time is up" in found[1]
    assert "`/app/server`" in found[1]


@pytest.mark.parametrize("image", IMAGES)
def test_a_handler_that_is_done_in_time_is_no_defect(image: str, tmp_path: Path) -> None:
    assert messages("sleep 3; kill $pid; wait $pid", image, tmp_path) == []


@pytest.mark.parametrize("image", IMAGES)
def test_a_handler_that_never_signals_is_not_said_to_be_busy(image: str, tmp_path: Path) -> None:
    (found,) = messages("sleep 1; exit 0", image, tmp_path)
    assert found[0] == "GL204"
    assert "does not signal `/app/server`" in found[1]
