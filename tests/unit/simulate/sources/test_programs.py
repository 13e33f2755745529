"""What sources say of handlers: in other files, in libraries, and where it cannot be told."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING, Any

import pytest
from launched import launched

from gracelint.diagnose.tell import tell
from gracelint.files.tree import Files
from gracelint.model.loss import EndsAtOnce
from gracelint.model.options import Options
from gracelint.model.story import Basis, Story, Verdict
from gracelint.session.session import Session
from gracelint.simulate.sources import scan
from gracelint.simulate.sources.machine import undefined

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from gracelint.simulate.sources.machine.code import Code


def run(command: list[str], **files: str) -> Story:
    """The story of a program; in names of files `__` stands for the dot, `_0_` for a slash."""
    placed = {name.replace("_0_", "/").replace("__", "."): text for name, text in files.items()}
    return tell(launched(command, placed))


def python(text: str, **more: str) -> Story:
    return run(["python3", "m.py"], m__py=text, **more)


def node(text: str, **more: str) -> Story:
    return run(["node", "m.js"], m__js=text, **more)


STAYS = "\nimport time\nwhile True: time.sleep(1)\n"


@pytest.mark.parametrize(
    "package",
    ["discord", "tweepy", "praw", "openai", "telethon", "selenium", "numpy", "weird_of_nobody"],
)
def test_a_python_package_nobody_listed_installs_no_handler(package: str) -> None:
    assert python(f"import {package}{STAYS}").verdict is Verdict.KILLED


@pytest.mark.parametrize(
    "package",
    ["ip", "express-fileupload", "better-sqlite3", "discord.js", "typeorm", "@me/weird"],
)
def test_a_node_package_nobody_listed_installs_no_handler(package: str) -> None:
    story = node(f"const x = require('{package}'); x.use(); setInterval(() => {{}}, 1000)")
    assert story.verdict is Verdict.KILLED


@pytest.mark.parametrize(
    "text",
    [
        "import uvicorn\nuvicorn.run('m:app')",
        "from aiohttp import web\nweb.run_app(web.Application())",
        "from aiogram import Dispatcher as D\nimport asyncio\nasyncio.run(D().start_polling())",
        "from telegram.ext import Application as A\nA.builder().token('x').build().run_polling()",
        f"import telegram.ext as t\nt.Application.builder(){'.bot(2)' * 8}.build().run_polling()",
        "from pyrogram import Client\nClient('x').run()",
        "from sanic import Sanic\napp = Sanic('x')\nif __name__ == '__main__':\n    app.run()",
    ],
)
def test_a_listed_python_library_handles_the_signal(text: str) -> None:
    assert python(text).verdict is Verdict.GRACEFUL


@pytest.mark.parametrize(
    "text",
    [
        "from flask import Flask\napp = Flask(__name__)\napp.run(host='0.0.0.0')",
        "import discord\nclient = discord.Client()\nclient.run('x')",
        "import discord\nclass Bot(discord.Client):\n    pass\nBot().run('x')",
        "import grpc\nserver = grpc.server(None)\nserver.start()\nserver.wait_for_termination()",
        "from aiohttp import web\nweb.run_app(web.Application(), handle_signals=False)",
    ],
)
def test_a_listed_python_library_without_a_handler_does_not(text: str) -> None:
    assert python(text).verdict is Verdict.KILLED


@pytest.mark.parametrize(
    "text",
    [
        "from aiogram import Dispatcher\ndp = Dispatcher()\n",
        "from telegram.ext import CommandHandler\nhandlers = [CommandHandler('start', print)]\n",
    ],
)
def test_making_an_object_of_a_class_keeps_no_python_program_running(text: str) -> None:
    assert python(text).verdict is Verdict.UNKNOWN


_GRPC = "import grpc, signal\nserver = grpc.server(None)\nserver.start()\n"


def test_a_handler_may_stop_a_server_of_a_library_without_one() -> None:
    told = "signal.signal(signal.SIGTERM, lambda *_: server.stop(8))\n"
    story = python(f"{_GRPC}{told}server.wait_for_termination()")
    assert story.verdict is Verdict.GRACEFUL
    assert not story.assumptions


def test_a_handler_that_only_writes_stops_no_server() -> None:
    told = "signal.signal(signal.SIGTERM, lambda *_: print('stopping'))\n"
    assert python(f"{_GRPC}{told}server.wait_for_termination()").verdict is Verdict.KILLED


def test_shutdown_hooks_of_nest_handle_the_signal() -> None:
    text = """
    const { NestFactory } = require('@nestjs/core');
    async function bootstrap() {
      const app = await NestFactory.create({});
      HOOKS
      await app.listen(3000);
    }
    bootstrap();
    """
    with_hooks = node(text.replace("HOOKS", "app.enableShutdownHooks();"))
    assert with_hooks.verdict is Verdict.GRACEFUL
    assert node(text.replace("HOOKS", "")).verdict is Verdict.KILLED


def test_puppeteer_keeps_the_program_running() -> None:
    text = """
    const puppeteer = require('puppeteer');
    require('http').createServer().listen(3000);
    puppeteer.launch(OPTIONS);
    EXIT
    """
    plain = text.replace("OPTIONS", "").replace("EXIT", "")
    assert node(plain).verdict is Verdict.KILLED
    exits = text.replace("OPTIONS", "").replace(
        "EXIT", "process.on('SIGTERM', () => process.exit())"
    )
    assert node(exits).verdict is Verdict.CUT_OFF


def test_a_handler_of_an_imported_file_counts_once_it_is_called() -> None:
    graceful = "import signal, sys\ndef install():\n    signal.signal(15, lambda *a: sys.exit(0))\n"
    called = python(f"import graceful\ngraceful.install(){STAYS}", graceful__py=graceful)
    assert called.verdict is Verdict.GRACEFUL
    unused = python(f"import graceful{STAYS}", graceful__py=graceful)
    assert unused.verdict is Verdict.KILLED


def test_a_handler_that_something_else_may_call_is_not_known() -> None:
    text = "import signal\nfrom broker import listeners\ndef install():\n    signal.signal(15"
    text += ", print)\nlisteners.append(install)"
    story = python(text + STAYS)
    assert story.verdict is Verdict.UNKNOWN
    assert "/srv/m.py" in story.reason


def test_a_handler_of_a_library_that_a_framework_may_have_installed_is_not_known() -> None:
    text = "import { Worker } from '@temporalio/worker'; import { Module } from '@nestjs/common';"
    text += "export const found = Module({ useFactory: async () => await Worker.create({}) });"
    stays = "import { found } from './a'; setInterval(() => {}, 1000)"
    assert node(stays, a__js=text).verdict is Verdict.UNKNOWN
    assert node(stays, a__js=text.replace("Worker.create", "start")).verdict is Verdict.KILLED


@pytest.mark.parametrize(
    ("main", "verdict"),
    [
        ("run().catch(console.error)", Verdict.GRACEFUL),
        ("run(); app.listen(3000)", Verdict.UNKNOWN),
        ("run(); process.on('SIGTERM', () => app.close())", Verdict.GRACEFUL),
    ],
)
def test_a_handler_of_a_library_is_searched_for_in_the_sources_of_a_bundle(
    main: str, verdict: Verdict
) -> None:
    worker = 'import { Worker } from "@temporalio/worker";\n'
    worker += "export async function run() { (await Worker.create({ taskQueue: 'a' })).run(); }"
    files = {"package__json": "{}", "src_0_worker__ts": worker, "src_0_app__ts": main}
    assert run(["node", "dist/bundle.js"], **files).verdict is verdict


def test_what_is_loaded_in_ways_that_are_not_seen_is_searched() -> None:
    text = "const fs = require('fs'); for (const f of fs.readdirSync('./on')) require('./on/' + f);"
    stays = text + "setInterval(() => {}, 1000)"
    handler = "process.on('SIGTERM', () => process.exit(0))"
    assert node(stays, on_0_a__js="exports.x = 1").verdict is Verdict.KILLED
    assert node(stays, on_0_a__js=handler).verdict is Verdict.UNKNOWN
    assert node(stays, on_0_a__js=f"// {handler}").verdict is Verdict.KILLED


def test_a_file_of_its_own_that_is_not_in_sight_is_no_doubt_unless_one_handles_signals() -> None:
    stays = "require('./gone'); setInterval(() => {}, 1000)"
    assert node(stays).verdict is Verdict.KILLED
    handles = "process.on('SIGTERM', () => process.exit(0))"
    assert node(stays, other__js=handles).verdict is Verdict.UNKNOWN


def test_the_source_stands_for_what_is_built_from_it() -> None:
    text = "import { x } from './x.js'; x(); setInterval(() => {}, 1000)"
    other = "export function x(): void { process.on('SIGTERM', () => process.exit(0)); }"
    story = run(["node", "m.js"], m__ts=text, x__ts=other)
    assert story.verdict is Verdict.GRACEFUL


@pytest.mark.parametrize(
    ("main", "verdict"),
    [
        ("import { stop } from './stop'; stop(); setInterval(() => {}, 99)", Verdict.GRACEFUL),
        ("setInterval(() => {}, 99)", Verdict.KILLED),
    ],
)
def test_a_typescript_program_is_told_from_what_it_is_built_from(
    main: str, verdict: Verdict
) -> None:
    stop = "export const stop = (): void => { process.on('SIGTERM', () => process.exit()); };"
    files = {"package__json": "{}", "src_0_main__ts": main, "src_0_stop__ts": stop}
    assert run(["node", "dist/main.js"], **files).verdict is verdict
    named = files | {"package__json": '{"main": "dist/main.js"}'}
    assert run(["node", "."], **named).verdict is verdict


@pytest.mark.parametrize(
    ("text", "verdict"),
    [
        ("process.on('SIGTERM', () => server.close())", Verdict.GRACEFUL),
        ("// process.on('SIGTERM', () => server.close())", Verdict.KILLED),
        ("log(\"process.on('SIGTERM', () => server.close())\")", Verdict.KILLED),
        ("process.on('SIGHUP', () => reload())", Verdict.KILLED),
    ],
)
def test_all_sources_of_a_bundle_are_searched(text: str, verdict: Verdict) -> None:
    files = {"package__json": "{}", "src_0_x__ts": text}
    assert run(["node", "dist/bundle.js"], **files).verdict is verdict


def test_a_file_is_searched_once_for_many_launches(monkeypatch: pytest.MonkeyPatch) -> None:
    searched: list[str] = []
    plain = scan._searched
    monkeypatch.setattr(
        scan, "_searched", lambda spoken, text: searched.append(text) or plain(spoken, text)
    )
    text = "process.on('SIGTERM', () => server.close('searched once'))"
    files = {"package__json": "{}", "src_0_x__ts": text}
    for name in ("one", "two"):
        assert run(["node", f"dist/{name}.js"], **files).verdict is Verdict.GRACEFUL
    assert searched == [text]


@pytest.mark.parametrize(
    ("bundle", "basis"), [("main", Basis.PROVEN), ("index", Basis.PROVEN), ("job", Basis.ASSUMED)]
)
def test_a_handler_is_surely_in_the_bundle_of_its_own_name(bundle: str, basis: Basis) -> None:
    main = "process.on('SIGTERM', () => server.close())"
    files = {"package__json": "{}", "bin_0_main__ts": main, "bin_0_job__ts": "work()"}
    story = run(["node", f"dist/server/{bundle}.cjs"], **files)
    assert (story.verdict, story.basis) == (Verdict.GRACEFUL, basis)


@pytest.mark.parametrize(
    ("text", "verdict"),
    [
        ("signal.Notify(c, syscall.SIGTERM, os.Interrupt)", Verdict.GRACEFUL),
        ("signal.NotifyContext(ctx, syscall.SIGTERM)", Verdict.GRACEFUL),
        ("signal.Notify(c, os.Interrupt)\nhttp.ListenAndServe(a, nil)", Verdict.CUT_OFF),
        ("http.ListenAndServe(a, nil)", Verdict.CUT_OFF),
        ("// signal.Notify(c, syscall.SIGTERM)\nhttp.ListenAndServe(a, nil)", Verdict.CUT_OFF),
        ("fx.New(x).Run()\nhttp.ListenAndServe(a, nil)", Verdict.GRACEFUL),
        ("r := kafka.NewReader(x)\nfor { m, _ := r.ReadMessage(c); do(m) }", Verdict.CUT_OFF),
        ("msgs, _ := channel.Consume(q, n, true)\nfor m := range msgs { do(m) }", Verdict.CUT_OFF),
        ("signal.Notify(c, syscall.SIGTERM)\nchannel.Consume(q, n, true)\n<-c", Verdict.GRACEFUL),
        (
            "kafka.NewReader(x)\nfor { a := exec.Command(b); a.Start(); e := exec.Command(d) }",
            Verdict.CUT_OFF,
        ),
    ],
)
def test_a_go_program_ends_at_once_unless_it_asks_for_the_signal(
    text: str, verdict: Verdict
) -> None:
    story = run(
        ["/srv/app"], go__mod="module x", main__go=f"package main\nfunc main() {{ {text} }}"
    )
    assert story.verdict is verdict


FLAG = "std::atomic<bool> stop{false};\nvoid on_term(int) { stop = true; }\n"
WAITS = "int main() { std::signal(SIGTERM, on_term); cv.wait(lock, [] { return stop.load(); }); }"
ENDS = "void f(int s) { exit(0); }\nvoid g(int s) { stop = 1; }\n"
TWICE = "void f(int s) { if (stop) exit(1); stop = 1; }\n"
IN_PLACE = "std::signal(SIGTERM, [](int) { run = false; });"


@pytest.mark.parametrize(
    ("name", "text", "verdict"),
    [
        ("main.rs", "fn main() { loop {} }", Verdict.KILLED),
        ("main.rs", "async fn main() { tokio::signal::ctrl_c().await; }", Verdict.KILLED),
        (
            "main.rs",
            "fn main() { signal(SignalKind::terminate()); tokio::signal::x }",
            Verdict.GRACEFUL,
        ),
        ("main.rs", "fn main() { HttpServer::new(|| App::new()).bind(a) }", Verdict.GRACEFUL),
        (
            "main.rs",
            "use tokio_signal::unix::{self, Signal};\nfn main() { Signal::new(unix::SIGTERM); }",
            Verdict.GRACEFUL,
        ),
        ("main.rs", "fn main() { b.block_on(tokio_signal::ctrl_c()) }", Verdict.KILLED),
        (
            "main.rs",
            "use signal_hook_tokio::Signals;\nfn main() { Signals::new(&[SIGTERM]).next(); }",
            Verdict.GRACEFUL,
        ),
        ("main.rs", "fn main() { b.wait(tokio_signals::of(b)) }", Verdict.KILLED),
        ("main.c", "int main(void) { for (;;) pause(); }", Verdict.KILLED),
        ("main.c", "int main(void) { signal(SIGTERM, stop); for (;;) pause(); }", Verdict.GRACEFUL),
        ("main.c", "int main(void) { /* signal(SIGTERM, f) */ pause(); }", Verdict.KILLED),
        ("main.cpp", f"{FLAG}{WAITS}", Verdict.KILLED),
        ("main.c", "int main(void) { while (sigtimedwait(&s, 0, &t) < 0); }", Verdict.GRACEFUL),
        ("main.c", "int main(int c, char **v) { execvp(v[1], v + 1); }", Verdict.UNKNOWN),
        ("main.c", "int main(int c, char **v) { if (!fork()) execvp(a, b); }", Verdict.KILLED),
        ("main.cpp", f"{FLAG}void f() {{ cv.notify_all(); }}\n{WAITS}", Verdict.GRACEFUL),
        ("main.cpp", f"int main() {{ {IN_PLACE} while (run) accept(s, 0, 0); }}", Verdict.KILLED),
        ("main.cpp", f"int main() {{ {IN_PLACE} listen(s, 1); poll(p, 1, 0); }}", Verdict.GRACEFUL),
        (
            "main.cpp",
            "int main() { std::signal(SIGTERM, [](int) { std::exit(0); }); listen(s, 1); run(); }",
            Verdict.CUT_OFF,
        ),
        (
            "main.c",
            f"{TWICE}int main(void) {{ signal(SIGTERM, f); listen(s, 1); poll(p, 1, 0); }}",
            Verdict.GRACEFUL,
        ),
        (
            "main.c",
            f"{ENDS}int main(void) {{ signal(SIGSEGV, f); signal(SIGTERM, g); listen(s, 1); }}",
            Verdict.GRACEFUL,
        ),
    ],
)
def test_other_compiled_programs_leave_the_signal_to_the_kernel(
    name: str, text: str, verdict: Verdict
) -> None:
    assert run(["/srv/app"], **{name.replace(".", "__"): text}).verdict is verdict


@pytest.mark.parametrize("condition", ["if not token:", "if token is None:", "if len(token) < 3:"])
def test_a_guard_that_ends_the_program_is_passed(condition: str) -> None:
    text = f"import os, sys\ntoken = os.environ.get('TOKEN')\n{condition}\n    sys.exit('none')\n"
    assert python(text + STAYS).verdict is Verdict.KILLED


def test_a_choice_that_nothing_decides_is_tried_both_ways() -> None:
    text = (
        "import os, signal, sys\nif os.environ.get('X'):\n"
        "    signal.signal(signal.SIGTERM, lambda *a: sys.exit(0))\n"
    )
    story = python(text + STAYS)
    assert story.verdict is Verdict.KILLED
    assert "os.environ.get('X')" in story.branch


@pytest.mark.parametrize(
    ("command", "text"),
    [
        (["python3", "m.py"], "def f(): f()\nf()\n"),
        (["python3", "m.py"], "x = [1]\nfor i in x: x.append(i)\n" + STAYS),
        (
            ["python3", "m.py"],
            "import threading\nwhile True: threading.Thread(target=print).start()",
        ),
        (["python3", "m.py"], "import os\nwhile True: os.fork()"),
        (["node", "m.js"], "function f() { setImmediate(f); f(); } f()"),
        (["node", "m.js"], "let p = []; for (;;) p = Promise.all([p])"),
        (["node", "m.js"], "const a = []; a.push(a); a.forEach(function f(x) { x.forEach(f) })"),
        (["ruby", "m.rb"], "def f; f; end\nf\n"),
        (["perl", "m.pl"], "sub f { f() } f();"),
        (["php", "m.php"], "<?php function f() { f(); } f();"),
    ],
)
def test_a_program_without_end_is_told_something_of(command: list[str], text: str) -> None:
    story = run(command, **{command[1].replace(".", "__"): text})
    assert story.verdict in set(Verdict)


def test_what_a_handler_sets_is_set_only_once_its_own_signal_has_come() -> None:
    text = """
import signal
def stop(*_):
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, signal.SIG_IGN)
    raise SystemExit
for number in (signal.SIGTERM, signal.SIGINT):
    signal.signal(number, stop)
while True:
    signal.pause()
"""
    assert python(text).verdict is Verdict.GRACEFUL
    files = {"m.py": text}
    assert tell(launched(["python3", "m.py"], files, signal="USR1")).verdict is Verdict.KILLED


def test_a_folder_is_a_package_without_an_init_file_as_well() -> None:
    handled = "import signal\ndef begin():\n    signal.signal(15, lambda *_: exit())\n"
    files = {"app/__main__.py": f"from app import bot\nbot.begin(){STAYS}", "app/bot.py": handled}
    story = tell(launched(["python3", "-m", "app"], files))
    assert story.verdict is Verdict.GRACEFUL


@pytest.mark.parametrize("signal", ["SIGHUP", "SIGUSR1", "SIGUSR2"])
def test_a_handler_for_what_reloads_or_toggles_is_no_way_to_stop(signal: str) -> None:
    text = f"signal.Notify(c, syscall.{signal})\nhttp.ListenAndServe(a, nil)"
    main = f"package main\nfunc main() {{ {text} }}"
    story = run(["/srv/app"], go__mod="module x", main__go=main)
    assert [type(lost) for lost in story.losses] == [EndsAtOnce]


@pytest.mark.parametrize(
    ("handler", "verdict"),
    [
        ("() => app.close()", Verdict.GRACEFUL),
        ("() => db.close()", Verdict.KILLED),
        ("() => console.log('closing')", Verdict.KILLED),
    ],
)
def test_an_application_that_is_closed_closes_what_it_listens_with(
    handler: str, verdict: Verdict
) -> None:
    story = node(
        "const app = require('fastify')(); const db = require('mongoose');\n"
        f"app.listen({{port: 80}}); process.on('SIGTERM', {handler});"
    )
    assert story.verdict is verdict


def test_a_check_of_what_is_not_in_sight_goes_on_rather_than_giving_up() -> None:
    story = node(
        "function wrong(c) { if (c.token) { c.check() } else { return true } }\n"
        "const bad = wrong(require('./config.js'));\n"
        "if (!bad) { setInterval(() => {}, 1000) } else { process.exit() }"
    )
    assert story.verdict is Verdict.KILLED


@pytest.mark.parametrize(
    ("wait", "verdict"),
    [
        ("await stop.wait()", Verdict.GRACEFUL),
        ("while True: await asyncio.sleep(1)", Verdict.KILLED),
    ],
)
def test_uvicorn_passes_the_signal_on_to_the_handler_that_was_there(
    wait: str, verdict: Verdict
) -> None:
    story = python(
        "import asyncio, signal, uvicorn\nfrom web import app\n"
        f"async def work(stop):\n    {wait}\n"
        "async def main():\n"
        "    stop = asyncio.Event()\n"
        "    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)\n"
        "    server = uvicorn.Server(uvicorn.Config(app))\n"
        "    await asyncio.gather(server.serve(), work(stop))\n"
        "asyncio.run(main())\n"
    )
    assert story.verdict is verdict, story.reason


@pytest.mark.parametrize(
    ("copied", "script"),
    [("/src/.next/standalone", "server.js"), ("/src/.output", "server/index.mjs")],
)
@pytest.mark.parametrize("off", ["", "NEXT_MANUAL_SIG_HANDLE", "NITRO_SHUTDOWN_DISABLED"])
def test_the_server_that_a_framework_builds_handles_the_signal(
    tmp_path: Path, copied: str, script: str, off: str
) -> None:
    text = (
        "FROM node:22 AS build\nWORKDIR /src\nCOPY . .\nRUN npm run build\n"
        f"FROM node:22\nWORKDIR /app\nENV A=1 {off or 'B'}=1\nCOPY --from=build {copied} ./\n"
        f'CMD ["node", "{script}"]\n'
    )
    files = {"Dockerfile": text, "package.json": "{}", "page.js": "export default () => 'x'\n"}
    scene = Session(Files(tmp_path, overlay=files), Options()).scene(["."])
    its_own = ("NEXT" if "next" in copied else "NITRO") in off
    assert scene.stories[0].verdict is (Verdict.KILLED if its_own else Verdict.GRACEFUL)


@pytest.mark.parametrize(
    ("package", "verdict"),
    [("@sveltejs/adapter-node", Verdict.GRACEFUL), ("express", Verdict.KILLED)],
)
@pytest.mark.parametrize("script", ["build", "build/index.js"])
def test_the_server_of_sveltekit_handles_the_signal(
    tmp_path: Path, script: str, package: str, verdict: Verdict
) -> None:
    text = (
        "FROM node:22 AS build\nWORKDIR /src\nCOPY . .\nRUN npm run build\n"
        "FROM node:22\nWORKDIR /app\nCOPY --from=build /src/build ./build\n"
        f'CMD ["node", "{script}"]\n'
    )
    manifest = f'{{"devDependencies": {{"{package}": "5"}}}}'
    files = {"Dockerfile": text, "package.json": manifest, "page.js": "export const x = 1\n"}
    scene = Session(Files(tmp_path, overlay=files), Options()).scene(["."])
    assert scene.stories[0].verdict is verdict


LOOP = """
let asked = false;
async function loop() { while (!asked) { const n = await tick(); if (n < 9) { more(); } } }
function tick() { return require('db').get(); }
process.on('SIGTERM', () => { asked = true; process.exit(); });
loop();
"""


@pytest.mark.parametrize(
    ("text", "verdict"),
    [
        (LOOP, Verdict.GRACEFUL),
        (LOOP.replace("await ", ""), Verdict.KILLED),
    ],
)
def test_a_loop_that_awaits_lets_handlers_run(text: str, verdict: Verdict) -> None:
    assert node(text).verdict is verdict


def test_only_the_file_that_is_started_is_the_main_one() -> None:
    handles = "if (import.meta.main) { process.on('SIGTERM', () => process.exit(0)); }\n"
    stays = "setInterval(() => {}, 1000);\n"
    assert node(handles + stays).verdict is Verdict.GRACEFUL
    assert node(f"import './o.js';\n{stays}", o__js=handles).verdict is Verdict.KILLED


CAREFUL = """
import signal, time
def stop(*_):
    raise SystemExit
for number in (signal.SIGTERM, signal.SIGINT, signal.SIGQUIT):
    if number == signal.SIGTERM or signal.getsignal(number) is not signal.SIG_IGN:
        signal.signal(number, stop)
while True:
    time.sleep(1)
"""


@pytest.mark.parametrize("signal", ["TERM", "INT", "QUIT"])
def test_a_handler_is_set_for_what_is_not_ignored(signal: str) -> None:
    story = tell(launched(["python3", "m.py"], {"m.py": CAREFUL}, signal=signal))
    assert (story.verdict, story.branch) == (Verdict.GRACEFUL, "")


def test_what_is_ignored_at_the_start_stays_so() -> None:
    files = {"m.py": CAREFUL}
    command = "trap '' QUIT; exec python3 m.py"
    assert tell(launched(command, files, signal="QUIT")).verdict is Verdict.KILLED
    assert tell(launched(command, files, signal="TERM")).verdict is Verdict.GRACEFUL


_SETTINGS = """
import uvicorn
{decorator}
class Settings:
    backend: str | None = None
    other = None
    @property
    def chosen(self):
        if self.backend:
            raise ValueError('backend')
        return self.other or 'sqlite'
def main():
    try:
        chosen = {made}.chosen
    except ValueError:
        return 1
    uvicorn.run('app:app')
    return 0
main()
"""


@pytest.mark.parametrize(
    ("decorator", "made"),
    [
        ("", "Settings()"),
        ("from dataclasses import dataclass\n@dataclass", "Settings()"),
        ("from dataclasses import dataclass\n@dataclass", "Settings(backend=None)"),
        ("from dataclasses import dataclass\n@dataclass", "Settings(None)"),
    ],
)
def test_what_an_object_has_of_its_class_or_its_decorator_is_no_method(
    decorator: str, made: str
) -> None:
    """A value of None is there; what `dataclass` fills in is not known to be anything."""
    assert python(_SETTINGS.format(decorator=decorator, made=made)).verdict is Verdict.GRACEFUL


def test_what_a_library_closes_calls_back() -> None:
    story = node(
        "const { WebSocketServer } = require('ws'); const s = require('http').createServer();\n"
        "s.listen(3000); const w = new WebSocketServer({ noServer: true });\n"
        "const close = () => new Promise((r) => { w.close(() => r()); });\n"
        "process.on('SIGTERM', async () => { await close(); s.close(() => process.exit(0)); });"
    )
    assert story.verdict is Verdict.GRACEFUL, story.reason


def test_a_handler_of_a_package_s_own_scripts_is_in_no_bundle(tmp_path: Path) -> None:
    texts = {
        "Dockerfile": "FROM node:22 AS build\nWORKDIR /app\nCOPY . .\nRUN npm run build\n"
        "FROM node:22\nCOPY --from=build /app/dist /app/dist\n"
        'CMD ["node", "/app/dist/site/server.mjs"]\n',
        "package.json": "{}",
        "src/server.ts": "import express from 'express'; express().listen(4000);",
        "scripts/measure.mjs": "process.on('SIGTERM', () => process.exit(0));",
    }
    for name, text in texts.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
    [told] = Session(Files(tmp_path), Options()).scene(["Dockerfile"]).stories
    assert told.verdict is Verdict.KILLED


@pytest.mark.parametrize(
    ("text", "other", "verdict"),
    [
        ("import a\nlogger.info()", "import logging\nlogger = logging.getLogger()", Verdict.EXITS),
        ("from a import *\nlogger.info()", "logger = 1", Verdict.KILLED),
        ("import a\nlogger()", "import builtins\nbuiltins.logger = print", Verdict.KILLED),
        ("try:\n    unicode\nexcept NameError:\n    unicode = str", "", Verdict.KILLED),
        ("try:\n    raw_input\nexcept NameError:\n    pass", "", Verdict.KILLED),
        ("def never():\n    logger.info()", "", Verdict.KILLED),
    ],
)
def test_a_name_that_nothing_defines_ends_a_python_program(
    text: str, other: str, verdict: Verdict
) -> None:
    story = python(f"import time\n{text}\nwhile True: time.sleep(1)\n", a__py=other)
    assert story.verdict is verdict, story.reason


@pytest.mark.parametrize(
    "handler",
    [
        "const { a, ...rest } = { a: 1, b: 2 }; console.log(rest)",
        "await (0, wait)(1)",
        "await (async () => { await wait() })()",
        "const { ['a']: b, ...rest } = { a: 1, c: 3 }; if (b !== 1 || rest.c !== 3) return",
    ],
)
def test_a_name_that_is_given_in_passing_is_defined(handler: str) -> None:
    text = "const wait = async () => {}; setInterval(() => {}, 9);"
    story = node(f"{text} process.on('SIGTERM', async () => {{ {handler}; process.exit(0) }})")
    assert story.verdict is Verdict.GRACEFUL, story.reason


def test_an_enum_of_typescript_is_an_object() -> None:
    text = "enum Mode { Idle = 4, Busy, Done = 'done' }\nsetInterval(() => {}, 9);\n"
    stops = "process.on('SIGTERM', () => { if (Mode.Busy === 5 && Mode.Done === 'done') return; "
    story = run(["bun", "m.ts"], m__ts=f"{text}{stops}process.exit(0) }})")
    assert story.verdict is Verdict.KILLED, story.reason


def test_a_file_is_gone_through_once_for_all_the_names_that_it_reads(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    gone_through: list[str] = []
    go_through = undefined._instructions

    def noted(whole: Code) -> Iterator[Any]:
        gone_through.append(whole.path)
        return go_through(whole)

    monkeypatch.setattr(undefined, "_instructions", noted)
    lines = "".join(f"a{n} = os.getenv('A{n}')\n" for n in range(200))
    story = python(f"import os, time\n{lines}while True: time.sleep(1)\n")
    assert story.verdict is Verdict.KILLED, story.reason
    assert gone_through == ["/srv/m.py"]


SETTINGS = """
import sys
from {module} import BaseSettings
class Common(BaseSettings):
    token: str = None
    debug: bool = False
    workers: int = 2
class Settings(Common):
    name: str = ""
settings = Settings()
if not settings.token or settings.name == "":
    sys.exit(1)
"""


@pytest.mark.parametrize("module", ["pydantic", "pydantic_settings"])
def test_a_setting_without_a_default_is_taken_to_be_set(module: str) -> None:
    assert python(SETTINGS.format(module=module) + STAYS).verdict is Verdict.KILLED


@pytest.mark.parametrize(
    ("env", "verdict"),
    [
        ({}, Verdict.KILLED),
        ({"DEBUG": "true"}, Verdict.EXITS),
        ({"DEBUG": "off"}, Verdict.KILLED),
        ({"workers": "0"}, Verdict.EXITS),
        ({"WORKERS": "3"}, Verdict.KILLED),
        ({"NAME": "off"}, Verdict.EXITS),
    ],
)
def test_a_setting_is_what_the_environment_says(env: dict[str, str], verdict: Verdict) -> None:
    ends = "if settings.debug or settings.workers == 0 or settings.name == 'off': sys.exit()\n"
    text = SETTINGS.format(module="pydantic_settings").replace("sys.exit(1)", "pass") + ends
    assert tell(launched(["python3", "m.py"], {"m.py": text + STAYS}, env=env)).verdict is verdict


@pytest.mark.parametrize(
    ("setting", "env", "verdict"),
    [
        ('model_config = SettingsConfigDict(env_prefix="SVC_")', {"WORK": "1"}, Verdict.KILLED),
        ('model_config = SettingsConfigDict(env_prefix="SVC_")', {"SVC_WORK": "1"}, Verdict.EXITS),
        ('model_config = {"env_prefix": "SVC_"}', {"WORK": "1"}, Verdict.KILLED),
        ('class Config: env_prefix = "SVC_"', {"svc_work": "1"}, Verdict.EXITS),
        ('work: bool = Field(False, validation_alias="DO_WORK")', {"WORK": "1"}, Verdict.KILLED),
        ('work: bool = Field(False, alias="DO_WORK")', {"DO_WORK": "1"}, Verdict.EXITS),
        ('model_config = SettingsConfigDict(env_file=".env")', {"WORK": "1"}, Verdict.EXITS),
    ],
)
def test_a_setting_has_the_name_that_its_class_gives_it(
    setting: str, env: dict[str, str], verdict: Verdict
) -> None:
    text = f"""\
import sys
from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict
class Settings(BaseSettings):
    work: bool = False
    {setting}
if Settings().work: sys.exit()
"""
    assert tell(launched(["python3", "m.py"], {"m.py": text + STAYS}, env=env)).verdict is verdict


def test_what_a_loop_over_something_unknown_may_have_set_is_not_known() -> None:
    text = """
    import requests, sys
    class Client:
        company = None
        def prepare(self):
            for one in requests.get("https://example.org").json():
                if one["title"] == "mine":
                    self.company = one["id"]
                    break
            if not self.company:
                sys.exit(1)
    Client().prepare()
    """
    assert python(textwrap.dedent(text) + STAYS).verdict is Verdict.KILLED


POLLS = """
async def polling(start):
    while True:
        try:
            await start()
            return
        except OSError:
            pass
"""


@pytest.mark.parametrize("folder", ["lib", "lib/src"])
def test_a_project_in_the_image_is_imported_from_where_it_lies(folder: str) -> None:
    bot = """
    import asyncio
    from aiogram import Bot, Dispatcher
    from shared.poll import polling
    async def once():
        await Dispatcher().start_polling(Bot("x"))
    asyncio.run(polling(lambda: once()))
    """
    files = {
        "m.py": textwrap.dedent(bot),
        "lib/pyproject.toml": "",
        f"{folder}/shared/__init__.py": "",
        f"{folder}/shared/poll.py": POLLS,
    }
    assert tell(launched(["python3", "m.py"], files)).verdict is Verdict.GRACEFUL


@pytest.mark.parametrize("module", ["queue", "celery"])
def test_a_module_of_python_or_of_a_known_library_is_none_of_a_project(module: str) -> None:
    """Those of the language come first, and a project is not its folder of such a name."""
    text = f"import {module}, signal, sys\nsignal.signal(signal.SIGTERM, lambda *a: sys.exit(0))\n"
    files = {
        "m.py": f"{text}signal.pause()\n",
        "lib/pyproject.toml": "",
        f"lib/{module}/__init__.py": "raise SystemExit\n",
    }
    assert tell(launched(["python3", "m.py"], files)).verdict is Verdict.GRACEFUL


def test_a_scheduler_of_rq_handles_the_signal() -> None:
    text = "from rq_scheduler import Scheduler\nScheduler(connection=1).run()\n"
    assert python(text).verdict is Verdict.GRACEFUL


@pytest.mark.parametrize(
    ("script", "verdict"),
    [
        ("node_modules/next/dist/bin/next", Verdict.GRACEFUL),
        ("./node_modules/.bin/next", Verdict.GRACEFUL),
        ("node_modules/@me/next/bin/next.js", Verdict.GRACEFUL),
        ("node_modules/next/dist/server.js", Verdict.UNKNOWN),
        ("node_modules/weird/bin/weird.js", Verdict.UNKNOWN),
    ],
)
def test_a_script_of_a_package_is_its_command_and_not_built_here(
    script: str, verdict: Verdict
) -> None:
    own = {"package.json": '{"name": "own"}', "src/x.ts": "setInterval(() => {}, 1000)"}
    assert tell(launched(["node", script, "start"], own)).verdict is verdict


@pytest.mark.parametrize(
    ("text", "verdict"),
    [
        ("raise SystemExit(main())", Verdict.KILLED),
        ("raise SystemExit(package.main())", Verdict.UNKNOWN),
        ("package.run()\nraise SystemExit", Verdict.UNKNOWN),
        ("raise SystemExit(package.foo())", Verdict.UNKNOWN),
        ("raise SystemExit(globals()['main']())", Verdict.UNKNOWN),
        ("raise SystemExit(getattr(sys.modules[__name__], 'main')())", Verdict.KILLED),
        ("runpy.run_module('package')", Verdict.UNKNOWN),
        ("import os\nos._exit(package.main())", Verdict.UNKNOWN),
        ("import os\nos._exit(1)", Verdict.EXITS),
        ("raise SystemExit(print(1))", Verdict.EXITS),
        ("raise SystemExit", Verdict.EXITS),
    ],
)
def test_raising_an_exit_is_exiting(text: str, verdict: Verdict) -> None:
    main = "def main():\n    while True: time.sleep(1)\n"
    assert python(f"import package, runpy, sys, time\n{main}{text}\n").verdict is verdict
