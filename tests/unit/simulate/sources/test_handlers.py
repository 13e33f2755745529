"""Signal handlers in an application's own source."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gracelint.base.facts import Known, Unknown, Word
from gracelint.base.source import Source
from gracelint.simulate.sources.node import code_of
from gracelint.simulate.sources.read import handlers


class View:
    def __init__(self, files: dict[str, str]) -> None:
        self.files = {path: Source(path, text) for path, text in files.items()}

    def text(self, path: str) -> Source | None:
        return self.files.get(path)

    def names(self, folder: str) -> None:
        return None


def judged(key: str, argv: list[str], files: dict[str, str]) -> set[str] | str:
    """The signals that are handled, or why that is not known."""
    view = View({f"/app/{name}": text for name, text in files.items()})
    found = handlers(key, [Word(w) for w in argv], view, "/app")
    if isinstance(found, Unknown):
        return found.reason
    assert isinstance(found, Known)
    return set(found.value)


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("process.on('SIGTERM', () => process.exit(0))", {"TERM"}),
        ('process.once("SIGINT", f); process . once ( "SIGTERM", f)', {"INT", "TERM"}),
        ("for (const s of ['SIGINT', 'SIGTERM']) process.on(s, f)", {"INT", "TERM"}),
        ("['SIGTERM'].forEach((sig) => process.on(sig, f))", {"TERM"}),
        ("['SIGTERM'].forEach(function (sig) { process.on(sig, f) })", {"TERM"}),
        ("import { x } from 'express';\napp.enableShutdownHooks()", {"TERM", "INT", "HUP", "QUIT"}),
        ("const e = require('express')(); e.listen(80)", set()),
        ("import fs from 'node:fs'; import 'dotenv/config'; setInterval(f, 1)", set()),
        ("// process.on('SIGTERM', f)", set()),
        ("/* process.on('SIGTERM', f) */", set()),
        ("const s = \"process.on('SIGTERM', f)\"", set()),
        ("const s = `process.on('SIGTERM', f) ${1 + {a: `x`}.a}`", set()),
        ("const r = /'/; const s = `\\`process.on('SIGTERM')`", set()),
        ("process.on('exit', f)", set()),
        ("const q = a / b / c; process.on('SIGTERM', f)", {"TERM"}),
        ("if (x) return /[/']/.test(y); process.on('SIGTERM', f)", {"TERM"}),
        ("require('weird')", "the package `weird` may install handlers"),
        ("require('@me/thing/sub')", "the package `@me/thing` may install handlers"),
        ("require(name)", "what it loads is computed"),
        ("await import(`./${x}.js`)", "what it loads is computed"),
        ("require('./gone')", "`./gone` is not in sight"),
        ("hook(process)", "`process` is handed on, which may install handlers"),
        ("process['on']('SIGTERM', f)", "`process` is handed on, which may install handlers"),
        ("process.on(name, f)", "the signal that a handler is for is not known"),
        ("const s = 'open", "`/app/a.js` cannot be read as JavaScript"),
        ("const s = `open ${x}", "`/app/a.js` cannot be read as JavaScript"),
        ("require('weird'); process.on('SIGTERM', f)", {"TERM"}),
    ],
)
def test_javascript(source: str, expected: set[str] | str) -> None:
    assert judged("node", ["node", "a.js"], {"a.js": source}) == expected


def test_a_module_of_the_application_is_read_too() -> None:
    files = {
        "src/index.mjs": "import './lib/stop.js'\nimport data from './data.json'",
        "src/lib/stop.js": "export {a} from '..'\nprocess.on('SIGTERM', f)",
        "src/data.json": "{}",
    }
    assert judged("node", ["node", "--enable-source-maps", "src/index.mjs"], files) == {"TERM"}


def test_a_folder_is_run_by_its_package_json() -> None:
    files = {"package.json": '{"main": "lib/m.js"}', "lib/m.js": "setInterval(f, 1)"}
    assert judged("node", ["node", "."], files) == set()


def test_a_preloaded_module_may_install_handlers() -> None:
    found = judged("node", ["node", "-r", "dd-trace/init", "a.js"], {"a.js": ""})
    assert found == "what `-r` loads is not read"


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("import signal\nsignal.signal(signal.SIGTERM, f)", {"TERM"}),
        ("from signal import *\nimport signal as s\ns.signal(s.SIGINT, f)", {"INT"}),
        ("from signal import signal, SIGTERM\nsignal(SIGTERM, f)", {"TERM"}),
        ("import signal\nfor s in (signal.SIGTERM, 2):\n    signal.signal(s, f)", {"TERM", "INT"}),
        ("import signal\nALL = [signal.SIGTERM]\nfor s in ALL:\n signal.signal(s, f)", {"TERM"}),
        ("import signal\nsignal.signal(15, f)", {"TERM"}),
        ("import asyncio, signal\nloop.add_signal_handler(signal.SIGTERM, f)", {"TERM"}),
        ("import signal\nsignal.sigwait([signal.SIGTERM])", {"TERM"}),
        ("import uvicorn\nuvicorn.run('a:b')", {"TERM", "INT"}),
        ("from aiohttp import web\nweb.run_app(app)", {"TERM", "INT"}),
        ("import signal\nsignal.signal(signal.SIGTERM, signal.SIG_IGN)", set()),
        ("import signal\ndef never():\n    signal.signal(signal.SIGTERM, f)", set()),
        ("import signal\ndef go():\n    signal.signal(signal.SIGTERM, f)\ngo()", {"TERM"}),
        ("import flask, time\nflask.Flask('x').run()", set()),
        ("# signal.signal(signal.SIGTERM, f)\n'signal.signal(signal.SIGTERM, f)'", set()),
        ("import flask\nflask.Flask('x').run(debug=True)", "its reloader may install a handler"),
        ("import flask\nflask.Flask('x').run(debug=False, use_reloader=None)", set()),
        ("app.debug = True\napp.run()", "its reloader may install a handler"),
        ("from aiohttp import web\nweb.run_app(app, handle_signals=False)", set()),
        ("import torch", "the package `torch` may install handlers"),
        ("from . import gone", "`.` is not in sight"),
        ("import signal\nsignal.signal(which, f)", "the signal that a handler is for is not known"),
        ("exec(code)", "what `exec` does here is not known"),
        (
            "import importlib\nimportlib.import_module(x)",
            "what `importlib.import_module` does here is not known",
        ),
        ("def", "`/app/a.py` cannot be read as Python"),
        ("\0", "`/app/a.py` cannot be read as Python"),
    ],
)
def test_python(source: str, expected: set[str] | str) -> None:
    assert judged("python", ["python3", "-u", "a.py"], {"a.py": source}) == expected


@pytest.mark.parametrize(
    ("argv", "files", "expected"),
    [
        (["python", "-m", "pkg"], {"pkg/__main__.py": "from .b import x", "pkg/b.py": ""}, set()),
        (["python", "-m", "pkg.mod"], {"pkg/mod.py": "import time"}, set()),
        (["python", "-m", "gone"], {}, "the module `gone` is not in sight"),
        (["python", "-c", "import time; time.sleep(9)"], {}, set()),
        (
            ["python", "-W", "ignore", "a.py"],
            {"a.py": "import b", "b.py": "import torch"},
            "the package `torch` may install handlers",
        ),
        (["python", "gone.py"], {}, "`gone.py` is not in sight"),
        (["python"], {}, "it runs no script"),
        (["python", "-m"], {}, "the module is not known"),
        (["python", "-c"], {}, "its code is not known"),
    ],
)
def test_how_python_is_started(
    argv: list[str], files: dict[str, str], expected: set[str] | str
) -> None:
    assert judged("python", argv, files) == expected


@pytest.mark.parametrize(
    ("key", "name", "source", "expected"),
    [
        ("ruby", "a.rb", "trap('TERM') { exit }", {"TERM"}),
        ("ruby", "a.rb", "Signal.trap(:INT) do\nend\ntrap 'SIGTERM', proc { }", {"TERM", "INT"}),
        ("ruby", "a.rb", "# trap('TERM') { }\nsleep", set()),
        ("ruby", "a.rb", "=begin\ntrap('TERM') { }\n=end\nsleep", set()),
        ("ruby", "a.rb", "trap('TERM', 'IGNORE')", "it ignores TERM"),
        ("ruby", "a.rb", "trap(sig) { }", "the signal that a handler is for is not known"),
        ("perl", "a.pl", "use strict;\n$SIG{TERM} = sub { exit };", {"TERM"}),
        ("perl", "a.pl", "$SIG{'INT'} = \\&stop;", {"INT"}),
        ("perl", "a.pl", "$SIG{TERM} = 'IGNORE'; # $SIG{TERM} = sub {}", set()),
        ("perl", "a.pl", "use POSIX;\nsleep 1", set()),
        (
            "perl",
            "a.pl",
            "use Mojolicious::Lite;",
            "the module `Mojolicious::Lite` may install handlers",
        ),
        (
            "perl",
            "a.pl",
            "$SIG{$_} = $f for qw(TERM)",
            "it may install handlers in a way that is not read",
        ),
        ("php", "a.php", "<?php pcntl_async_signals(true); pcntl_signal(SIGTERM, $f);", {"TERM"}),
        ("php", "a.php", "<?php declare(ticks = 1); pcntl_signal(15, $f);", {"TERM"}),
        ("php", "a.php", "<?php /* pcntl_signal(SIGTERM, $f); */ while (true) sleep(1);", set()),
        (
            "php",
            "a.php",
            "<?php pcntl_signal(SIGTERM, $f);",
            "it installs handlers, and where they run is not seen",
        ),
        (
            "php",
            "a.php",
            "<?php require 'vendor/autoload.php';",
            "`vendor/autoload.php` that it includes is not in sight",
        ),
    ],
)
def test_other_languages(key: str, name: str, source: str, expected: set[str] | str) -> None:
    assert judged(key, [key, name], {name: source}) == expected


@pytest.mark.parametrize(
    ("key", "argv", "expected"),
    [
        ("node", ["node", "-e", "process.on('SIGTERM', f)"], {"TERM"}),
        ("perl", ["perl", "-e", "sleep 1000"], set()),
        ("ruby", ["ruby", "-e", "trap('TERM') { exit }"], {"TERM"}),
        ("php", ["php", "-d", "x=1", "-r", "sleep(9);"], set()),
    ],
)
def test_code_on_the_command_line(key: str, argv: list[str], expected: set[str]) -> None:
    assert judged(key, argv, {}) == expected


def test_bun_runs_javascript() -> None:
    files = {"a.ts": "process.on('SIGTERM', f)"}
    assert judged("bun", ["bun", "run", "a.ts"], files) == {"TERM"}
    assert judged("bun", ["bun", "-e", "setInterval(f, 1)"], {}) == set()


def test_another_interpreter_is_not_judged() -> None:
    assert judged("java", ["java", "-jar", "x.jar"], {}) == "sources of `java` are not read"


def test_arguments_that_are_not_known() -> None:
    found = handlers("node", [Word("node"), Word(None)], View({}), "/app")
    assert isinstance(found, Unknown)


@pytest.mark.parametrize(
    ("env", "known"),
    [
        ({"PATH": "/bin", "FLASK_ENV": "production"}, True),
        ({"FLASK_DEBUG": "0", "NODE_OPTIONS": "--max-old-space-size=100"}, True),
        ({"FLASK_DEBUG": "1"}, False),
        ({"FLASK_ENV": "development"}, False),
        ({"NODE_OPTIONS": "--require dd-trace/init"}, False),
    ],
)
def test_a_variable_may_load_more(env: dict[str, str], known: bool) -> None:
    view = View({"/app/a.py": "import flask\nflask.Flask('x').run()"})
    found = handlers("python", [Word("python"), Word("a.py")], view, "/app", env)
    assert isinstance(found, Known) is known


def test_where_a_handler_is_installed() -> None:
    view = View({"/app/a.py": "import signal\nx = 'é'; signal.signal(signal.SIGTERM, f)\n"})
    found = handlers("python", [Word("python"), Word("a.py")], view, "/app")
    assert isinstance(found, Known)
    assert [getattr(o, "text", "") for o in found.origins] == ["signal.signal(signal.SIGTERM, f)"]


def test_an_application_of_very_many_files_is_not_judged() -> None:
    files = {f"m{i}.py": f"import m{i + 1}" for i in range(60)} | {"m60.py": ""}
    assert judged("python", ["python", "m0.py"], files) == "it has too many files to be read"


SOURCES = st.text("'\"`/*${}\\\n ()ab.=process", max_size=40)


@given(SOURCES)
def test_blanking_keeps_the_length(text: str) -> None:
    code = code_of(text)
    assert code is None or len(code) == len(text)


@given(st.sampled_from(["node", "python", "ruby", "perl", "php"]), SOURCES | st.text(max_size=40))
def test_no_source_breaks_it(key: str, text: str) -> None:
    found = judged(key, [key, "a.x"], {"a.x": text})
    assert isinstance(found, set | str)
