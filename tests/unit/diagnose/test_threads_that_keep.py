"""Threads that keep a Python server: which of them certainly never end, and are waited for."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from gracelint.base.source import Source
from gracelint.model.entries import Reaction
from gracelint.model.workload import ImageFile, ImageFiles
from gracelint.simulate.sources.served.threads import keeps

if TYPE_CHECKING:
    from gracelint.model.application import Source as Found

ENDLESS = (
    "import threading\nfrom threading import Thread\ndef poll():\n    while True:\n        work()\n"
)
START = "threading.Thread(target=poll).start()\n"
KEPT = {
    "module": ENDLESS + START,
    "named": f"{ENDLESS}thread = Thread(target=poll, daemon=False)\nthread.start()\n",
    "called": f"{ENDLESS}def begin():\n    {START}begin()\n",
    "startup": f'{ENDLESS}@app.on_event("startup")\nasync def begin():\n    {START}',
    "lifespan": (
        f"{ENDLESS}async def life(app):\n    {START}    yield\napp = FastAPI(lifespan=life)\n"
    ),
}
FREE = {
    "daemon": f"{ENDLESS}Thread(target=poll, daemon=True).start()\n",
    "daemon-later": f"{ENDLESS}t = Thread(target=poll)\nt.daemon = True\nt.start()\n",
    "perhaps-a-daemon": f"{ENDLESS}Thread(target=poll, **options).start()\n",
    "not-started": f"{ENDLESS}t = Thread(target=poll)\n",
    "only-as-a-program": f'{ENDLESS}if __name__ == "__main__":\n    {START}',
    "only-on-requests": f"{ENDLESS}def begin():\n    {START}",
    "behind-the-yield": (
        f"{ENDLESS}async def life(app):\n    yield\n    {START}app = FastAPI(lifespan=life)\n"
    ),
    "lifespan-instead": (
        f'{ENDLESS}@app.on_event("startup")\ndef begin():\n    {START}'
        "async def life(app):\n    yield\napp = FastAPI(lifespan=life)\n"
    ),
    "asks": ENDLESS.replace("while True", "while not stop.is_set()") + START,
    "leaves": ENDLESS.replace("work()", "if work(): break") + START,
    "returns": ENDLESS.replace("work()", "if work(): return") + START,
    "exits": ENDLESS.replace("work()", "sys.exit()") + START,
    "ended-by-force": f"{ENDLESS}{START}def end(): os._exit(0)\n",
    "another-function": f"{ENDLESS}Thread(target=other).start()\n",
    "no-python": f"{ENDLESS}{START})",
}


def kept(
    text: str, *, waits: bool = True, lifespan: bool = True, name: str = "app"
) -> Found | None:
    texts = {"app": f"import {name}\n", name: text}
    files = {f"/{n}.py": ImageFile(f"/{n}.py", Source(f"{n}.py", t)) for n, t in texts.items()}
    return keeps(ImageFiles(files), ["app"], "/", lifespan=lifespan, waits=waits)


@pytest.mark.parametrize("text", KEPT.values(), ids=KEPT)
def test_a_thread_that_never_ends_keeps_the_server(text: str) -> None:
    found = kept(text)
    assert found is not None
    assert found.reactions == {"TERM": Reaction.NOTHING, "INT": Reaction.NOTHING}
    assert found.kept is not None
    assert not found.guess


@pytest.mark.parametrize("text", FREE.values(), ids=FREE)
def test_another_thread_keeps_nothing(text: str) -> None:
    assert kept(text) is None


def test_it_is_guessed_where_the_server_may_not_wait_or_the_module_may_not_be_loaded() -> None:
    for found in (kept(KEPT["module"], waits=False), kept(KEPT["module"], name="other")):
        assert found is not None
        assert "thread of `poll`" in found.guess
        assert not found.reactions


def test_an_application_that_is_not_told_that_it_begins_starts_nothing_then() -> None:
    assert kept(KEPT["startup"], lifespan=False) is None
    assert kept(KEPT["lifespan"], lifespan=False) is None


HOOKS = {
    "shutdown": f'{ENDLESS}{START}@app.on_event("shutdown")\ndef end(): jobs.put(None)\n',
    "atexit": f"{ENDLESS}{START}import atexit\natexit.register(end)\n",
    "behind-the-yield": (
        f"{ENDLESS}async def life(app):\n    {START}    yield\n    jobs.put(None)\n"
        "app = FastAPI(lifespan=life)\n"
    ),
    "around-the-yield": (
        f"{ENDLESS}async def life(app):\n    {START}    try:\n        yield\n"
        "    finally:\n        jobs.put(None)\napp = FastAPI(lifespan=life)\n"
    ),
}


@pytest.mark.parametrize("text", HOOKS.values(), ids=HOOKS)
def test_it_is_guessed_where_what_is_called_at_the_end_may_end_the_thread(text: str) -> None:
    found = kept(text)
    assert found is not None
    assert found.guess
    assert not found.reactions
