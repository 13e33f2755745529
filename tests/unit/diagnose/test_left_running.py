"""Tasks that requests leave running in a Python server."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from gracelint.files.tree import Files
from gracelint.model.options import Options
from gracelint.session.session import Session

if TYPE_CHECKING:
    from pathlib import Path

DOCKERFILE = 'FROM python:3.11-slim\nWORKDIR /app\nCOPY . .\nCMD ["uvicorn", "app:app"]\n'
WATCH = "async def watch(job):\n    while True:\n        await asyncio.sleep(5)\n"
HANDLER = "@app.post('/crawl')\nasync def crawl():\n    {}\n    return {{}}\n"
HEAD = "import asyncio\nfrom fastapi import BackgroundTasks, FastAPI\napp = FastAPI()\n"
IDLE = "`watch`, which requests leave running in `app.py`, is through"


def assumed(folder: Path, app: str, **more: str) -> tuple[str, ...]:
    files = {"Dockerfile": DOCKERFILE, "app.py": app}
    files |= {f"{name}.py": text for name, text in more.items()}
    (story,) = Session(Files(folder, overlay=files), Options()).scene(["."]).stories
    assert story.verdict == "graceful"
    return tuple(story.assumptions)


@pytest.mark.parametrize(
    ("started", "left"),
    [
        ("asyncio.create_task(watch(1))", True),
        ("asyncio.ensure_future(watch(1))", True),
        ("asyncio.get_running_loop().create_task(watch(1))", True),
        ("task = asyncio.create_task(watch(1))", True),
        ("task = asyncio.create_task(watch(1))\n    await task", False),
        ("await asyncio.create_task(watch(1))", False),
        ("asyncio.create_task(brief(1))", False),
        ("asyncio.create_task(unseen(1))", False),
        ("asyncio.create_task(coroutine)", False),
        ("tasks.add_task(watch, 1)", False),
    ],
)
def test_what_a_request_leaves_running_is_assumed_to_be_through(
    tmp_path: Path, started: str, *, left: bool
) -> None:
    app = HEAD + WATCH + "async def brief(job):\n    await send(job)\n" + HANDLER.format(started)
    assert (IDLE in assumed(tmp_path, app)) is left


def test_it_may_be_written_in_another_module(tmp_path: Path) -> None:
    app = HEAD + "from jobs import watch\n" + HANDLER.format("asyncio.create_task(watch(1))")
    assert IDLE in assumed(tmp_path, app, jobs="import asyncio\n" + WATCH)
    assert IDLE not in assumed(tmp_path, app)


def test_what_the_application_starts_by_itself_is_another_matter(tmp_path: Path) -> None:
    start = "async def start():\n    asyncio.create_task(watch(1))\n"
    assert IDLE not in assumed(tmp_path, HEAD + WATCH + start)
    assert IDLE not in assumed(tmp_path, HEAD + WATCH + HANDLER.format("watch(") + "broken(\n")
