"""What is in hand when a program is told to stop, and what it waits for before it ends."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from gracelint.files.tree import Files
from gracelint.model.options import Options
from gracelint.session.session import Session

if TYPE_CHECKING:
    from pathlib import Path

    from gracelint.model.story import Story

PYTHON = "FROM python:3.11-slim\nWORKDIR /app\nCOPY . .\nCMD {}\n"
NODE = 'FROM node:20-slim\nWORKDIR /app\nCOPY . .\nCMD ["node", "app.js"]\n'
UVICORN, GUNICORN = '["uvicorn", "app:app"]', '["gunicorn", "app:app"]'
IDLE = "the daemon threads of `{}` have nothing in hand"


def told(folder: Path, files: dict[str, str]) -> Story:
    session = Session(Files(folder, overlay=files), Options())
    return session.scene(["."]).stories[-1]


def python(folder: Path, command: str, **files: str) -> Story:
    named = {f"{name}.py": text for name, text in files.items()}
    return told(folder, {"Dockerfile": PYTHON.format(command), **named})


WORK = "def work():\n    while True:\n        do(jobs.get())\n"
SERVED = "import threading, queue\nfrom fastapi import FastAPI\napp = FastAPI()\n" + WORK


@pytest.mark.parametrize(
    ("start", "assumed"),
    [
        ("threading.Thread(target=work, daemon=True).start()\n", True),
        ("t = threading.Thread(target=work)\nt.daemon = True\nt.start()\n", True),
        ("t = threading.Thread(target=work)\nt.setDaemon(True)\nt.start()\n", True),
        (("class W(threading.Thread):\n    def __init__(self):\n"
         "        super().__init__(name=f(1), daemon=True)\n"), True),
        ("t = threading.Thread(target=work, daemon=True)\ndef stop():\n    t.join()\n", False),
        ("t = threading.Thread(target=work, daemon=True)\ndef stop():\n    t.join(5)\n", False),
        ("# threading.Thread(target=work, daemon=True).start()\n", False),
        ("if __name__ == '__main__':\n    threading.Thread(target=work, daemon=True).start()\n",
         False),
    ],
)  # fmt: skip
def test_daemon_threads_of_a_served_application_are_assumed_to_be_idle(
    tmp_path: Path, start: str, assumed: bool
) -> None:
    for command in (UVICORN, GUNICORN):
        story = python(tmp_path, command, app=SERVED + start)
        assert story.verdict == "graceful"
        assert (IDLE.format("app.py") in story.assumptions) is assumed


def test_threads_of_a_module_that_the_application_imports_count(tmp_path: Path) -> None:
    threads = "import threading\nthreading.Thread(target=work, daemon=True).start()\n"
    for how in (
        "from worker import (\n    start,\n)\n",
        "import worker\n",
        "from . import worker\n",
    ):
        story = python(tmp_path, UVICORN, app=how, worker=threads)
        assert tuple(story.assumptions) == (IDLE.format("worker.py"),)
    assert not python(tmp_path, UVICORN, app="import os\n", worker=threads).assumptions


HANDLER = "signal.signal(signal.SIGTERM, lambda *a: stop.set())\nstop.wait()\n"
PLAIN = "import queue, signal, threading, time\njobs = queue.Queue()\nstop = threading.Event()\n"


@pytest.mark.parametrize(
    ("body", "after", "assumed"),
    [
        ("jobs.get()", "", True),
        ("time.sleep(5); open('/tmp/x', 'w')", "", True),
        ("print('alive'); time.sleep(5)", "", False),
        ("jobs.get(); jobs.task_done()", "jobs.join()\n", False),
    ],
)
def test_daemon_threads_of_a_program_are_assumed_to_be_idle(
    tmp_path: Path, body: str, after: str, assumed: bool
) -> None:
    work = f"def work():\n    while True:\n        {body}\n"
    start = "threading.Thread(target=work, daemon=True).start()\n"
    story = python(tmp_path, '["python", "app.py"]', app=PLAIN + work + start + HANDLER + after)
    assert story.verdict == "graceful"
    assert bool(story.assumptions) is assumed


@pytest.mark.parametrize(
    ("code", "verdict"),
    [
        ("import atexit, time\n@atexit.register\ndef bye():\n    time.sleep(60)\n", "killed"),
        (("import atexit, time\ndef bye():\n    wait()\n\ndef wait():\n    time.sleep(2 * 30)\n"
         "atexit.register(bye)\n"), "killed"),
        ("import time\n@app.on_event('shutdown')\ndef bye():\n    time.sleep(30)\n", "killed"),
        ("import time\n@app.on_event('startup')\ndef hi():\n    time.sleep(30)\n", "graceful"),
        ("import time\ndef bye():\n    time.sleep(30)\napp.add_event_handler('shutdown', bye)\n",
         "killed"),
        ("import time\ndef bye():\n    time.sleep(30)\napp = Starlette(on_shutdown=[bye])\n",
         "killed"),
        (("import time\ndef bye():\n    if x:\n        time.sleep(30)\n"
         "app = Starlette(on_shutdown=[bye])\n"), "graceful"),
        (("import time\ndef bye():\n    return\n    time.sleep(30)\n"
         "app = Starlette(on_shutdown=[bye])\n"), "graceful"),
        (("import asyncio\nasync def life(app):\n    await asyncio.sleep(30)\n    yield\n"
         "app = FastAPI(lifespan=life)\n"), "graceful"),
        (("import asyncio\nasync def life(app):\n    async with pool():\n        yield\n"
         "        await asyncio.sleep(30)\napp = FastAPI(lifespan=life)\n"), "killed"),
    ],
)  # fmt: skip
def test_what_an_application_does_at_its_end_is_waited_for(
    tmp_path: Path, code: str, verdict: str
) -> None:
    assert python(tmp_path, UVICORN, app=code).verdict == verdict


LIFESPAN = "import asyncio, time\n{}async def life(app):\n    yield\n    {}\n"


@pytest.mark.parametrize(
    ("first", "end", "made", "verdict"),
    [
        ("", "await asyncio.sleep(30)", "app = FastAPI(lifespan=life)", "killed"),
        ("", "asyncio.sleep(30)", "app = FastAPI(lifespan=life)", "graceful"),
        ("", "await asyncio.wait_for(long(), 1)", "app = FastAPI(lifespan=life)", "graceful"),
        ("", "await asyncio.sleep(30)", "app = dict(lifespan=life)", "graceful"),
        ("", "await asyncio.sleep(30)", "a = FastAPI(lifespan=life)\napp = FastAPI()", "graceful"),
        ("sleep = soon\n", "await sleep(30)", "app = FastAPI(lifespan=life)", "graceful"),
        (
            "def fail():\n    raise OSError\n",
            "fail(); await asyncio.sleep(30)",
            "app = FastAPI(lifespan=life)",
            "graceful",
        ),
    ],
)
def test_only_what_is_surely_done_counts(
    tmp_path: Path, first: str, end: str, made: str, verdict: str
) -> None:
    app = f"{LIFESPAN.format(first, end)}{made}\n"
    assert python(tmp_path, UVICORN, app=app).verdict == verdict
    off = '["uvicorn", "--lifespan", "off", "app:app"]'
    assert python(tmp_path, off, app=app).verdict == "graceful"


@pytest.mark.parametrize(
    ("first", "end", "verdict"),
    [
        ("", "if not busy: return\n    await asyncio.sleep(30)", "graceful"),
        ("", "if not busy: os._exit(0)\n    await asyncio.sleep(30)", "graceful"),
        ("", "try:\n        if idle: return\n        await asyncio.sleep(30)\n    except X: pass",
         "graceful"),
        ("", "try:\n        if idle: return\n    finally:\n        await asyncio.sleep(30)",
         "killed"),
        ("", "for i in range(30):\n        if idle: continue\n        await asyncio.sleep(1)",
         "graceful"),
        ("", "for i in range(30):\n        await asyncio.sleep(1)", "killed"),
        ("", "def f():\n        return 1\n    await asyncio.sleep(30)", "killed"),
        ("def fail():\n    raise OSError\ndef f():\n    fail()\n", "f()\n    time.sleep(30)",
         "graceful"),
        ("D = 30\nif x:\n    D = 1\n", "time.sleep(D)", "graceful"),
        ("from mine import sleep\n", "await sleep(30)", "graceful"),
        ("from asyncio import sleep\n", "await sleep(30)", "killed"),
        (f"X = {'*'.join(['1'] * 1500)}\n", "time.sleep(X)", "graceful"),
        ("", f"time.sleep({'*'.join(['1e5'] * 15)})", "graceful"),
        ("", "for i in range(999999):\n        time.sleep(999999)", "graceful"),
    ],
)  # fmt: skip
def test_what_may_be_left_before_or_is_far_off_does_not_count(
    tmp_path: Path, first: str, end: str, verdict: str
) -> None:
    app = f"{LIFESPAN.format(first, end)}app = FastAPI(lifespan=life)\n"
    assert python(tmp_path, UVICORN, app=app).verdict == verdict


SHUTDOWN = "@app.on_event('shutdown')\nasync def bye():\n    await asyncio.sleep(30)\n"
FAST = "import asyncio\nfrom fastapi import FastAPI\n"


@pytest.mark.parametrize(
    ("made", "verdict"),
    [
        ("app = FastAPI(lifespan=life)", "graceful"),
        ("app = FastAPI()\napp.router.lifespan_context = life", "graceful"),
        ("app = FastAPI(lifespan=None)", "killed"),
        ("app = FastAPI()", "killed"),
    ],
)
def test_beside_a_lifespan_no_other_handlers_are_called(
    tmp_path: Path, made: str, verdict: str
) -> None:
    life = "async def life(app):\n    yield\n"
    app = f"{FAST}{life}{made}\n"
    assert python(tmp_path, UVICORN, app=app + SHUTDOWN).verdict == verdict
    parts = {
        "app": f"{app}import events\n",
        "events": f"import asyncio\nfrom app import app\n{SHUTDOWN}",
    }
    assert python(tmp_path, UVICORN, **parts).verdict == verdict


@pytest.mark.parametrize(
    ("block", "verdict"),
    [
        ("async with asyncio.timeout(5)", "graceful"),
        ("async with asyncio.timeout_at(soon), pool()", "graceful"),
        ("with anyio.move_on_after(5)", "graceful"),
        ("with fail_after(5)", "graceful"),
        ("async with pool()", "killed"),
        ("with suppress(OSError)", "killed"),
    ],
)
def test_what_has_a_limit_is_cut_short(tmp_path: Path, block: str, verdict: str) -> None:
    for end in (
        f"    yield\n    {block}:\n        await asyncio.sleep(30)\n",
        f"    {block}:\n        yield\n        await asyncio.sleep(30)\n",
    ):
        app = f"{FAST}async def life(app):\n{end}app = FastAPI(lifespan=life)\n"
        assert python(tmp_path, UVICORN, app=app).verdict == verdict


def test_functions_that_call_themselves_are_looked_at_once(tmp_path: Path) -> None:
    calls = "".join(f"def f{i}():\n" + f"    f{i + 1}()\n" * 40 for i in range(4))
    end = "def f4():\n" + "    f0()\n" * 40 + "atexit.register(f0)\n"
    app = f"import atexit\n{calls}{end}"
    assert python(tmp_path, UVICORN, app=app).verdict == "graceful"


def test_gunicorn_kills_a_worker_that_takes_too_long(tmp_path: Path) -> None:
    app = "import atexit, time\n@atexit.register\ndef bye():\n    time.sleep(60)\n"
    command = '["gunicorn", "--graceful-timeout", "1", "app:app"]'
    story = python(tmp_path, command, app=app)
    assert story.verdict == "graceful"
    assert "what the application does at its end is over within 1 s" in story.assumptions


@pytest.mark.parametrize(
    ("handler", "assumed"),
    [
        ("signal.signal(signal.SIGTERM, f)", True),
        ("for s in (signal.SIGTERM,):\n    signal.signal(s, f)", True),
        ("from signal import SIGTERM, signal\nsignal(SIGTERM, f)", True),
        ("signal.signal(signal.SIGUSR1, f)", False),
        ("signal.signal(signal.SIGHUP, f)", False),
        ("signal.signal(signal.SIGINT, f)", False),
        ("from signal import Signals", False),
        ("from signal import SIGUSR1, signal\nsignal(SIGUSR1, f)", False),
    ],
)
def test_a_handler_matters_that_may_be_for_the_stop_signal(
    tmp_path: Path, handler: str, assumed: bool
) -> None:
    story = python(tmp_path, GUNICORN, app=f"import signal\n{handler}\n")
    assert bool(story.assumptions) is assumed


@pytest.mark.parametrize(
    ("command", "assumed"),
    [
        ("celery -A tasks worker", "`celery -A tasks worker` is through within 10 s with jobs"),
        ("celery -A tasks worker --time-limit 300",
         ("`celery -A tasks worker --time-limit 300` is through within 10 s with jobs that may take"
         " 300 s")),
        ("gunicorn --graceful-timeout 60 a:a",
         ("`gunicorn --graceful-timeout 60 a:a` is through within 10 s with requests that may take"
         " 60 s")),
        ("celery -A tasks worker --time-limit 8", ""),
        ("celery -A tasks beat", ""),
        ("gunicorn a:a", ""),
    ],
)  # fmt: skip
def test_jobs_have_to_be_through_in_time(tmp_path: Path, command: str, assumed: str) -> None:
    story = told(tmp_path, {"Dockerfile": f"FROM python:3.11-slim\nENTRYPOINT exec {command}\n"})
    assert story.verdict == "graceful"
    assert [one for one in story.assumptions if "through" in one] == ([assumed] if assumed else [])


SERVER = "const s = require('express')().listen(3000);\nconst db = new (require('pg').Pool)();\n"


@pytest.mark.parametrize(
    ("handler", "verdict", "assumed"),
    [
        ("async () => { await db.end(); process.exit(0); }", "cut-off", ""),
        ("() => db.end().then(() => process.exit(0))", "cut-off", ""),
        ("() => setTimeout(() => process.exit(0), 500)", "graceful",
         "requests in hand are through within 0.5 s"),
        ("async () => { s.close(); await db.end(); process.exit(0); }", "graceful",
         "requests in hand are through by the time that it exits"),
        ("() => s.close(async () => { await db.end(); process.exit(0); })", "graceful", ""),
        ("async () => { await drain(s); await db.end(); process.exit(0); }", "graceful", "?"),
    ],
)  # fmt: skip
def test_requests_that_nobody_waits_for_are_cut_off(
    tmp_path: Path, handler: str, verdict: str, assumed: str
) -> None:
    text = f"{SERVER}const drain = require('drain');\nprocess.on('SIGTERM', {handler});\n"
    story = told(tmp_path, {"Dockerfile": NODE, "app.js": text})
    assert story.verdict == verdict
    if assumed != "?":
        assert [one for one in story.assumptions if "requests" in one] == [assumed][: bool(assumed)]


COUNTS = "open++; await work(); r.end(); open--;"
WAITS = "while (open > 0) await new Promise((r) => setTimeout(r, 100));"
THROUGH = "requests in hand are through by the time that it exits"


@pytest.mark.parametrize(
    ("state", "served", "handler", "assumed"),
    [
        ("let open = 0;", COUNTS, f"async () => {{ {WAITS} process.exit(0); }}", THROUGH),
        (f"let open = 0; const none = async () => {{ {WAITS} }};", COUNTS,
         "async () => { await none(); process.exit(0); }", THROUGH),
        ("const open = new Set();", "open.add(r); await work(); open.delete(r);",
         f"async () => {{ {WAITS.replace('open', 'open.size')} process.exit(0); }}", THROUGH),
        ("let open = 0;", "await work(); r.end();",
         f"async () => {{ {WAITS} process.exit(0); }}", ""),
        ("const open = [];", "open.push(r); await work(); r.end();",
         "() => { for (let i = 0; i < open.length; i++) open[i].end(); process.exit(0); }", ""),
        ("let open = 0;", COUNTS,
         "() => { while (open > 0) { f(async () => { await 1; }); } process.exit(0); }", ""),
    ],
)  # fmt: skip
def test_a_handler_may_wait_for_what_the_program_counts(
    tmp_path: Path, state: str, served: str, handler: str, assumed: str
) -> None:
    text = (
        f"{state}\nconst s = require('http').createServer(async (q, r) => {{ {served} }});\n"
        f"s.listen(3000);\nprocess.on('SIGTERM', {handler});\n"
    )
    story = told(tmp_path, {"Dockerfile": NODE, "app.js": text})
    assert story.verdict == ("graceful" if assumed else "cut-off")
    assert list(story.assumptions) == [assumed][: bool(assumed)]


@pytest.mark.parametrize("wrapped", ["const w = wrap(s); s.listen(3000);", "wrap(s).listen(3000);"])
def test_who_is_given_a_server_may_close_it(tmp_path: Path, wrapped: str) -> None:
    text = (
        "const wrap = require('wrap'); const db = new (require('pg').Pool)();\n"
        f"const s = require('http').createServer(() => 1); {wrapped}\n"
        "process.on('SIGTERM', async () => { await db.end(); process.exit(0); });\n"
    )
    story = told(tmp_path, {"Dockerfile": NODE, "app.js": text})
    assert story.verdict == "graceful"
    assert THROUGH in story.assumptions


NEST = """
const { NestFactory } = require('@nestjs/core');
class Jobs { async HOOK() { await new Promise((r) => setTimeout(r, 30000)); } }
async function main() {
  const app = await NestFactory.create(Jobs);
  app.enableShutdownHooks();
  await app.listen(3000);
}
main();
"""


@pytest.mark.parametrize(
    ("hook", "verdict"),
    [("onModuleDestroy", "killed"), ("onApplicationShutdown", "killed"), ("later", "graceful")],
)
def test_nest_waits_for_its_hooks(tmp_path: Path, hook: str, verdict: str) -> None:
    files = {"Dockerfile": NODE, "app.js": NEST.replace("HOOK", hook)}
    assert told(tmp_path, files).verdict == verdict


PROMISE = "await new Promise((r) => setTimeout(r, {}))"
OWN = "const sleep = (ms) => new Promise((r) => setTimeout(r, ms));"


@pytest.mark.parametrize(
    ("first", "body", "verdict"),
    [
        ("", f"if (idle) return; {PROMISE.format(30000)};", "graceful"),
        ("", f"if (idle) {{ throw new Error(); }} {PROMISE.format(30000)};", "graceful"),
        ("", f"try {{ if (idle) return; {PROMISE.format(30000)}; }} catch {{}}", "graceful"),
        ("", f"try {{ await x(); }} finally {{ {PROMISE.format(30000)}; }}", "killed"),
        ("", f"jobs.map((j) => {{ return j; }}); {PROMISE.format(30000)};", "killed"),
        ("", f"{PROMISE.format('9' * 400)};", "graceful"),
        ("", f"{PROMISE.format('1e400')};", "graceful"),
        (OWN, "await sleep(30000);", "killed"),
        ("const sleep = (s) => new Promise((r) => setTimeout(r, soon));", "await sleep(30000);",
         "graceful"),
        ("const { sleep } = require('mine'); setTimeout(() => 1, 1);", "await sleep(30000);",
         "graceful"),
        ("const sleep = require('util').promisify(setTimeout);", "await sleep(30000);", "killed"),
        ("const { setTimeout: wait } = require('timers/promises');", "await wait(30000);",
         "killed"),
        ("setTimeout(() => 1, 1);", "await setTimeout(30000);", "graceful"),
        ("class A { async onModuleDestroy() { " + PROMISE.format(6000) + "; } }",
         f"{PROMISE.format(6000)};", "graceful"),
        ("class A { async onApplicationShutdown() { " + PROMISE.format(6000) + "; } }",
         f"{PROMISE.format(6000)};", "killed"),
    ],
)  # fmt: skip
def test_only_what_nest_surely_waits_for_counts(
    tmp_path: Path, first: str, body: str, verdict: str
) -> None:
    text = NEST.replace(f"HOOK() {{ {PROMISE.format(30000)}; }}", f"onModuleDestroy() {{ {body} }}")
    story = told(tmp_path, {"Dockerfile": NODE, "app.js": f"{first}\n{text}"})
    assert story.verdict == verdict


@pytest.mark.parametrize(
    ("body", "verdict"),
    [
        ("Thread.sleep(60_000);", "killed"),
        ("try { TimeUnit.SECONDS.sleep(60); } catch (Exception e) {}", "killed"),
        ("if (busy) Thread.sleep(60000);", "graceful"),
        ("if (busy) { Thread.sleep(60000); }", "graceful"),
        ("Thread.sleep(500);", "graceful"),
        ("try { a(); } catch (Exception e) { Thread.sleep(60000); }", "graceful"),
        ("try { a(); } catch (Exception e) {} if (b) { Thread.sleep(60000); }", "graceful"),
        ("try { a(); } finally { Thread.sleep(60000); }", "killed"),
        ("try { if (b) { c(); } Thread.sleep(60000); } finally {}", "killed"),
        ("if (b) { throw new X(); } Thread.sleep(60000);", "graceful"),
        ('if (b) { log("}"); Thread.sleep(60000); }', "graceful"),
        ("Thread.sleep(60000000000000);", "graceful"),
    ],
)
def test_spring_waits_for_its_hooks(tmp_path: Path, body: str, verdict: str) -> None:
    files = {
        "Dockerfile": "FROM maven:3.9-eclipse-temurin-17 AS build\nWORKDIR /src\nCOPY . .\n"
        "RUN mvn package\nFROM eclipse-temurin:17\n"
        'COPY --from=build /src/target/app.jar /app.jar\nCMD ["java", "-jar", "/app.jar"]\n',
        "pom.xml": "<artifactId>spring-boot-starter-web</artifactId>",
        "src/main/java/App.java": "import org.springframework.boot.SpringApplication;\n"
        "class App { public static void main(String[] a) { SpringApplication.run(A.class, a); } }",
        "src/main/java/Jobs.java": f"class Jobs {{ @PreDestroy public void stop() {{ {body} }} }}",
    }
    assert told(tmp_path, files).verdict == verdict
