"""Tasks that requests leave running in a Python server."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

import pytest

from gracelint.base.source import Source
from gracelint.files.tree import Files
from gracelint.model.options import Options
from gracelint.model.workload import ImageFile, ImageFiles
from gracelint.session.session import Session
from gracelint.simulate.sources.served import tasks

if TYPE_CHECKING:
    from pathlib import Path

DOCKERFILE = 'FROM python:3.11-slim\nWORKDIR /app\nCOPY . .\nCMD ["uvicorn", "app:app"]\n'
WATCH = "async def watch(job):\n    while True:\n        await asyncio.sleep(5)\n"
HANDLER = "@app.post('/crawl')\nasync def crawl():\n    {}\n    return {{}}\n"
HEAD = "import asyncio\nfrom fastapi import BackgroundTasks, FastAPI\napp = FastAPI()\n"
IDLE = "`watch`, which requests leave running in `app.py`, is through"


def assumed(folder: Path, app: str, command: str = "", **more: str) -> tuple[str, ...]:
    files = {"Dockerfile": DOCKERFILE, "app.py": app}
    if command:
        files["Dockerfile"] += f"CMD exec {command}\n"
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


CRAWLS = HEAD + WATCH + HANDLER.format("asyncio.create_task(watch(1))")


@pytest.mark.parametrize(
    ("command", "settings", "left"),
    [
        ("uvicorn other:app", "", False),
        ("gunicorn other:app", "", False),
        ("gunicorn -k uvicorn.workers.UvicornWorker other:app", "", False),
        ("gunicorn app:app", "", False),
        ("gunicorn --worker-class=gthread app:app", "worker_class = 'asgi'\n", False),
        ("gunicorn --worker-class=uvicorn.workers.UvicornWorker app:app", "", True),
        ("env GUNICORN_CMD_ARGS='-k asgi' gunicorn app:app", "", True),
        ("gunicorn app:app", "worker_class = 'uvicorn.workers.UvicornWorker'\n", True),
    ],
)
def test_only_what_a_server_loads_and_runs_in_a_loop_of_events_counts(
    tmp_path: Path, command: str, settings: str, *, left: bool
) -> None:
    more = {"other": "def app(e, s):\n    return []\n", "gunicorn.conf": settings}
    assert (IDLE in assumed(tmp_path, CRAWLS, command, **more)) is left


def test_functions_of_one_name_last_where_each_of_them_does(tmp_path: Path) -> None:
    app = HEAD + "import a, b\nimport b\n" + HANDLER.format("asyncio.create_task(watch(1))")
    brief = "async def watch(job):\n    async def inner():\n        while 1:\n            await x\n"
    assert IDLE in assumed(tmp_path, app, a=WATCH, b=WATCH)
    assert IDLE not in assumed(tmp_path, app, a=WATCH, b=brief)


def test_each_module_is_parsed_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    parsed: list[str] = []
    parse = ast.parse
    monkeypatch.setattr(tasks.ast, "parse", lambda text: parsed.append(text) or parse(text))
    start = "asyncio.create_task(watch(1))"
    app = HEAD + "import jobs\n" + HANDLER.format("\n    ".join([start] * 9)) * 9
    assert not assumed(tmp_path, app, jobs="async def watch(job):\n    pass\n")
    assert len(parsed) == len(set(parsed)) == 2


@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_the_place_is_where_the_task_is_started(end: str) -> None:
    text = f"X = '\u2028'\n\f\n{CRAWLS}".replace("\n", end)
    text = f"Y = 1\r{text}"
    files = ImageFiles({"/app.py": ImageFile("/app.py", Source("app.py", text))})
    source = tasks.left_running(files, ["app"], "/")
    assert source is not None
    (at,) = source.origins
    assert text[at.start :].lstrip().startswith("asyncio.create_task(")
