"""Supervisors, through their configuration."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from atlas_words import View, plain, words
from hypothesis import given
from hypothesis import strategies as st

from gracelint import atlas
from gracelint.atlas.readers.services import read_ini
from gracelint.base.source import Source

if TYPE_CHECKING:
    from gracelint.model.entries import Wrapped

CONFIG = """\
; the whole file
[supervisord]
nodaemon = true ; in the foreground
[program:web]
command=/bin/web --name "a b" ; serve
stopsignal=QUIT
stopwaitsecs=30
stopasgroup=true
[program:off]
command=off
autostart=false
[program:worker]
command: worker
  --more
[include]
files = conf.d/*.conf /srv/none.conf
"""


def supervised(command: str, files: dict[str, str]) -> Wrapped | None:
    return atlas.wrapper(words(command), {}, View(files), "/srv")


def test_the_programs_of_supervisord() -> None:
    files = {
        "/etc/supervisor/supervisord.conf": CONFIG,
        "/etc/supervisor/conf.d/cron.conf": "[program:cron]\ncommand = cron -f\n",
        "/etc/supervisor/conf.d/notes.txt": "[program:no]\ncommand = no\n",
    }
    found = supervised("supervisord", files)
    assert found is not None
    assert found.behaviour == "supervise"
    told = [(s.name, plain(s.words), s.signal, s.group, s.kill_after) for s in found.services]
    assert told == [
        ("web", "/bin/web --name a b", "QUIT", True, 30.0),
        ("worker", "worker --more", "TERM", False, 10.0),
        ("cron", "cron -f", "TERM", False, 10.0),
    ]


@pytest.mark.parametrize(
    ("command", "path"),
    [
        ("supervisord -n", "/etc/supervisor/conf.d/web.conf"),
        ("supervisord -n -c /etc/supervisor/supervisord.conf", "/etc/supervisor/conf.d/web.conf"),
        ("supervisord -n", "/etc/supervisord.d/web.ini"),
        ("supervisord -n -c /etc/supervisord.conf", "/etc/supervisor.d/web.ini"),
    ],
)
def test_what_a_packages_own_configuration_includes(command: str, path: str) -> None:
    found = supervised(command, {path: "[program:web]\ncommand=/bin/web\n"})
    assert found is not None
    assert [plain(s.words) for s in found.services] == ["/bin/web"]


def test_another_configuration_that_is_not_in_sight_says_nothing() -> None:
    files = {"/etc/supervisor/conf.d/web.conf": "[program:web]\ncommand=/bin/web\n"}
    found = supervised("supervisord -n -c /srv/supervisord.conf", files)
    assert found is not None
    assert found.services == ()
    assert "/srv/supervisord.conf" in found.reason


def test_a_supervised_command_keeps_its_place() -> None:
    found = supervised(
        "supervisord -n -c x.conf", {"/srv/x.conf": "[program:a]\ncommand = sh -c 'x; y'\n"}
    )
    assert found is not None
    script = found.services[0].words[2]
    assert script.text is not None
    assert script.text.text == "x; y"
    assert script.text.span(3, 4).first.line == 2


@pytest.mark.parametrize(
    ("config", "reason"),
    [
        ("[supervisord]\nnodaemon=true\n", "no program is configured"),
        ("[program:a]\nstopsignal=TERM\n", "a program's command is not plain"),
        ("[program:a]\ncommand=x 'y\n", "a program's command is not plain"),
    ],
)
def test_why_programs_cannot_be_told(config: str, reason: str) -> None:
    found = supervised("supervisord --nodaemon --configuration=/x", {"/x": config})
    assert found is not None
    assert (found.services, found.reason) == ((), reason)


def test_a_configuration_out_of_sight() -> None:
    found = supervised("supervisord -n -c /x", {})
    assert found is not None
    assert found.reason == "`/x` is not in sight"


def test_supervisord_in_the_background_is_a_daemon() -> None:
    assert supervised("supervisord -c /x", {"/x": "[program:a]\ncommand=a\n"}) is None
    found = atlas.program(words("supervisord -c /x"))
    assert found is not None
    assert found.lifetime == "daemon"


def test_an_expression_leaves_its_word_unknown() -> None:
    config = "[program:a]\ncommand=x %(ENV_PORT)s\n"
    found = supervised("supervisord -n -c /x", {"/x": config})
    assert found is not None
    assert plain(found.services[0].words) == "x ?"


RUNS = {"/etc/s/web/run": "#!/bin/sh\nexec web\n", "/etc/s/.git/run": "", "/etc/s/log/finish": ""}


def test_services_of_s6() -> None:
    found = supervised("s6-svscan /etc/s", RUNS)
    assert found is not None
    assert (found.role, found.behaviour) == ("init", "supervise")
    assert [(s.name, plain(s.words), s.kill_after) for s in found.services] == [
        ("web", "/etc/s/web/run", None)
    ]


@pytest.mark.parametrize(
    ("text", "signal"), [("SIGQUIT\n", "QUIT"), ("3\n", "QUIT"), ("\n", "TERM")]
)
def test_a_service_of_s6_may_name_its_stop_signal(text: str, signal: str) -> None:
    in_svscan = supervised("s6-svscan /etc/s", {**RUNS, "/etc/s/web/down-signal": text})
    folder = "/etc/s6-overlay/s6-rc.d/web"
    overlay = supervised("/init", {f"{folder}/run": "", f"{folder}/down-signal": text})
    assert in_svscan is not None
    assert overlay is not None
    assert [s.signal for s in (*in_svscan.services, *overlay.services)] == [signal, signal]


def test_runit_knows_no_such_file() -> None:
    files = {"/etc/service/a/run": "", "/etc/service/a/down-signal": "SIGQUIT\n"}
    found = supervised("/sbin/my_init", files)
    assert found is not None
    assert [s.signal for s in found.services] == ["TERM"]


def test_runsvdir_abandons_its_services() -> None:
    found = supervised("runsvdir -P /etc/s", RUNS)
    assert found is not None
    assert (found.behaviour, plain(found.inner)) == ("die", "/etc/s/web/run")


def test_my_init_runs_a_command_beside_the_services() -> None:
    found = supervised("/sbin/my_init -- app -x", {"/etc/service/a/run": ""})
    assert found is not None
    assert [plain(s.words) for s in found.services] == ["/etc/service/a/run", "app -x"]


def test_init_is_s6_overlay_only_where_its_folders_are() -> None:
    overlay = supervised("/init app", {"/etc/services.d/a/run": ""})
    assert supervised("/init app", {"/srv/x": ""}) is None
    assert overlay is not None
    assert overlay.pid1_only
    assert [s.name for s in overlay.services] == ["a", "command"]


def test_pm2_sends_int_and_kills_soon() -> None:
    found = supervised("pm2-runtime start app.js -- -x", {})
    assert found is not None
    service = found.services[0]
    assert (plain(service.words), service.signal, service.kill_after) == (
        "node app.js -x",
        "INT",
        1.6,
    )
    longer = supervised("pm2-runtime --kill-timeout 5000 app.js", {})
    assert longer is not None
    assert longer.services[0].kill_after == 5.0


JAVASCRIPT = """\
module.exports = { apps: [
  { name: "a", script: "a.js" },
  // { script: "old.js", kill_timeout: 1 },
  { kill_timeout: 9000, env: { A: 1 }, script: "b.js" },
] };
"""
YAML = """\
apps:
  - script: a.js
    # kill_timeout: 1
  - kill_timeout: 9000
    script: b.js
"""


@pytest.mark.parametrize(("name", "text"), [("ecosystem.config.js", JAVASCRIPT), ("pm2.yml", YAML)])
def test_pm2_grants_each_program_what_its_configuration_says(name: str, text: str) -> None:
    found = supervised(f"pm2-runtime {name}", {f"/srv/{name}": text})
    assert found is not None
    assert [(s.name, s.kill_after) for s in found.services] == [("a.js", 1.6), ("b.js", 9.0)]


@given(st.text("[]=:; \nabp\t\"'%(", max_size=60))
def test_no_text_breaks_the_reading_of_ini(text: str) -> None:
    for section in read_ini(Source("x", text)).values():
        for setting in section.values():
            assert setting.value == setting.value.strip()
    found = supervised("supervisord -n -c /x", {"/x": f"[program:a]\n{text}"})
    assert found is not None


PROCFILE = """\
# what runs
web: gunicorn app:app --bind 0.0.0.0:$PORT
worker: celery -A app worker
release: migrate && load
"""


@pytest.mark.parametrize("command", ["honcho start", "foreman start", "goreman start"])
def test_the_processes_of_a_procfile(command: str) -> None:
    lines = "".join(PROCFILE.splitlines(keepends=True)[:3])
    found = supervised(command, {"/srv/Procfile": lines})
    assert found is not None
    assert found.behaviour == "supervise"
    assert [(s.name, plain(s.words)) for s in found.services] == [
        ("web", "gunicorn app:app --bind ?"),
        ("worker", "celery -A app worker"),
    ]


def test_a_shell_runs_what_is_a_list_of_commands_in_a_procfile() -> None:
    found = supervised("honcho start", {"/srv/Procfile": PROCFILE})
    assert found is not None
    assert plain(found.services[2].words) == "/bin/sh -c migrate && load"


def test_a_procfile_with_an_open_quotation_is_not_guessed_at() -> None:
    found = supervised("honcho start", {"/srv/Procfile": "web: sh -c 'serve\n"})
    assert found is not None
    assert found.services == ()
    assert found.reason == "the commands of `/srv/Procfile` are not plain"


def test_the_chosen_processes_of_another_procfile() -> None:
    found = supervised("honcho -f ops/Procfile start worker", {"/srv/ops/Procfile": PROCFILE})
    assert found is not None
    assert [s.name for s in found.services] == ["worker"]


def test_the_watchers_of_circus() -> None:
    text = "[circus]\n[watcher:web]\ncmd = app\nargs = --fast\nstop_signal = INT\n"
    found = supervised("circusd circus.ini", {"/srv/circus.ini": text})
    assert found is not None
    assert [(plain(s.words), s.signal, s.kill_after) for s in found.services] == [
        ("app --fast", "INT", 30.0)
    ]


@pytest.mark.parametrize("command", ["runsv app", "supervise app", "s6-supervise app"])
def test_the_run_file_of_a_service(command: str) -> None:
    found = supervised(command, {"/srv/app/run": "#!/bin/sh\nexec app\n"})
    assert found is not None
    assert found.inner is not None
    assert plain(found.inner) == "/srv/app/run"
    assert (missing := supervised(command, {})) is not None
    assert missing.reason == "`/srv/app/run` is not in sight"
