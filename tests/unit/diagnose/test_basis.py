"""What a verdict rests on: what is proven, what is assumed, and what only a source would tell."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from gracelint.files.tree import Files
from gracelint.model.finding import Severity
from gracelint.model.options import Options
from gracelint.model.story import Basis, Verdict
from gracelint.session.session import Session

if TYPE_CHECKING:
    from pathlib import Path

    from gracelint.model.story import Story

HANDLER = "process.on('SIGTERM', () => process.exit(0));\nsetInterval(() => {}, 1000);\n"


def session(folder: Path, files: dict[str, str]) -> Session:
    return Session(Files(folder, overlay=files), Options())


def told(folder: Path, dockerfile: str, **more: str) -> Story:
    """The story of a Dockerfile with files beside it."""
    files = {"Dockerfile": dockerfile, **{n.replace("_", "."): t for n, t in more.items()}}
    (story,) = session(folder, files).scene(["."]).stories
    return story


@pytest.mark.parametrize(
    ("dockerfile", "assumption"),
    [
        (
            'FROM debian:12\nCMD ["/app/server"]\n',
            "`/app/server` handles SIGTERM: nothing in sight shows it",
        ),
        (
            'FROM debian:12\nSTOPSIGNAL SIGINT\nCMD ["/app/server"]\n',
            "`/app/server` handles SIGINT: nothing in sight shows it",
        ),
        (
            'FROM debian:12\nRUN apt-get install -y tini nodejs\nCMD ["tini", "node", "a.js"]\n',
            "`node a.js` handles SIGTERM: `a.js` is not in sight",
        ),
        (
            'FROM example/own\nENTRYPOINT ["redis-server"]\n',
            "the image `example/own` sets no STOPSIGNAL",
        ),
        (
            'FROM example/own\nSTOPSIGNAL SIGTERM\nCMD ["redis-server"]\n',
            "the image `example/own` has no ENTRYPOINT",
        ),
    ],
)
def test_an_all_clear_names_what_it_assumes(
    tmp_path: Path, dockerfile: str, assumption: str
) -> None:
    story = told(tmp_path, dockerfile)
    assert (story.verdict, story.basis) == (Verdict.GRACEFUL, Basis.ASSUMED)
    assert story.assumptions == (assumption,)


@pytest.mark.parametrize(
    "text",
    [
        'set -eu\necho "$TOKEN"\nexec redis-server\n',
        ': "${TOKEN:?has to be set}"\nexec redis-server\n',
        'check() { : "${TOKEN?}"; }\ncheck\nexec redis-server\n',
    ],
)
def test_an_all_clear_names_the_variables_without_which_the_script_ends(
    tmp_path: Path, text: str
) -> None:
    dockerfile = (
        "FROM debian:12\nRUN apt-get install -y redis-server\n"
        'COPY --chmod=755 start.sh /start.sh\nENTRYPOINT ["/start.sh"]\n'
    )
    story = told(tmp_path, dockerfile, start_sh=f"#!/bin/sh\n{text}")
    assert (story.verdict, story.basis) == (Verdict.GRACEFUL, Basis.ASSUMED)
    assert story.assumptions == ("`$TOKEN` is set from outside",)


def test_a_variable_that_is_asked_for_first_is_not_demanded(tmp_path: Path) -> None:
    """Another one is missing, so that this one is looked at as if it were set, too."""
    dockerfile = (
        "FROM debian:12\nRUN apt-get install -y redis-server\n"
        'COPY --chmod=755 start.sh /start.sh\nENTRYPOINT ["/start.sh"]\n'
    )
    script = (
        '#!/bin/sh\nset -u\n[ -n "${TOKEN:-}" ] || exit 1\n'
        'if [ -n "${NAMES+x}" ]; then for n in $NAMES; do echo "$n"; done; fi\n'
        "exec redis-server\n"
    )
    story = told(tmp_path, dockerfile, start_sh=script)
    assert story.verdict is Verdict.GRACEFUL
    assert not [one for one in story.assumptions if "NAMES" in one and "is set" in one]


@pytest.mark.parametrize(
    "dockerfile",
    [
        'FROM debian:12\nRUN apt-get install -y redis-server\nCMD ["redis-server"]\n',
        'FROM node:20\nCOPY a.js .\nCMD ["node", "a.js"]\n',
        'FROM debian:12\nRUN apt-get install -y tini\nCMD ["tini", "sleep", "infinity"]\n',
    ],
)
def test_what_files_and_atlas_say_is_proven(tmp_path: Path, dockerfile: str) -> None:
    story = told(tmp_path, dockerfile, a_js=HANDLER)
    assert (story.verdict, story.basis) == (Verdict.GRACEFUL, Basis.PROVEN)


def test_an_interpreter_without_its_source_cannot_be_told(tmp_path: Path) -> None:
    """As PID 1 it stops only if the source handles the signal; advice is all that is due."""
    checked = session(tmp_path, {"Dockerfile": 'FROM node:20\nCMD ["node", "dist/main.js"]\n'})
    (story,) = checked.scene(["."]).stories
    assert (story.verdict, story.basis, story.assumptions) == (Verdict.UNKNOWN, None, ())
    assert story.tree is not None
    assert (story.tree.told, story.tree.finishes) == (True, None)
    found = checked.run(["."]).findings
    assert [(f.rule.code, f.severity) for f in found] == [("GL301", Severity.INFO)]


def test_where_the_shell_decides_the_worst_is_assumed(tmp_path: Path) -> None:
    checked = session(tmp_path, {"Dockerfile": "FROM example/own\nENTRYPOINT /app/server\n"})
    (story,) = checked.scene(["."]).stories
    assert (story.verdict, story.assumptions) == (Verdict.KILLED, ("/bin/sh is dash",))
    found = checked.run(["."]).findings
    assert [(f.rule.code, f.severity) for f in found] == [("GL101", Severity.WARNING)]
    assert "assumes that /bin/sh is dash" in found[0].help


def test_a_shell_in_front_is_to_blame_whatever_the_application_does(tmp_path: Path) -> None:
    story = told(tmp_path, "FROM debian:12\nENTRYPOINT /app/server\n")
    assert (story.verdict, story.basis) == (Verdict.KILLED, Basis.PROVEN)


def test_a_signal_that_nothing_is_known_to_handle_is_assumed_to_do_nothing(tmp_path: Path) -> None:
    story = told(tmp_path, 'FROM debian:12\nSTOPSIGNAL SIGUSR1\nCMD ["/app/server"]\n')
    assert story.verdict is Verdict.KILLED
    assert story.assumptions == ("`/app/server` has no handler for SIGUSR1",)


@pytest.mark.parametrize("image", ["python:3.12", "node:20", "ruby:3.3", "php:8.3-cli", "golang"])
def test_a_prompt_without_a_terminal_exits(tmp_path: Path, image: str) -> None:
    assert told(tmp_path, f"FROM {image}\n").verdict is Verdict.EXITS


@pytest.mark.parametrize("key", ["tty", "stdin_open"])
@pytest.mark.parametrize("image", ["python:3.12", "golang"])
def test_a_prompt_with_a_terminal_waits_for_somebody(tmp_path: Path, image: str, key: str) -> None:
    files = {"compose.yaml": f"services:\n  app:\n    image: {image}\n    {key}: true\n"}
    (story,) = session(tmp_path, files).scene(["."]).stories
    assert story.verdict is Verdict.UNKNOWN


@pytest.mark.parametrize(
    ("dockerfile", "reason", "codes"),
    [
        (
            "FROM nginx:1.25\nSTOPSIGNAL SIGTERM\n",
            "SIGTERM stops `nginx` at once and cuts off its work",
            {"GL403"},
        ),
        (
            "FROM postgres:16\nSTOPSIGNAL SIGTERM\n",
            "SIGTERM makes `postgres` wait until every client has left",
            {"GL403"},
        ),
        (
            "FROM php:8.3-fpm\n",
            "`process_control_timeout` is not set: php-fpm cuts requests off even on SIGQUIT",
            {"GL406"},
        ),
        (
            'FROM python:3.12\nCMD ["hypercorn", "--reload", "web:app"]\n',
            (
                "`hypercorn --reload` is a development reloader between the stop"
                " signal and the application"
            ),
            {"GL113"},
        ),
    ],
)
def test_what_ends_at_once_is_cut_off(
    tmp_path: Path, dockerfile: str, reason: str, codes: set[str]
) -> None:
    checked = session(tmp_path, {"Dockerfile": dockerfile})
    (story,) = checked.scene(["."]).stories
    assert (story.verdict, story.reason) == (Verdict.CUT_OFF, reason)
    assert {f.rule.code for f in checked.run(["."]).findings} == codes


def test_what_refuses_to_be_another_process_than_pid_1_exits(tmp_path: Path) -> None:
    files = {
        "compose.yaml": "services: {web: {build: ., init: true}}\n",
        "Dockerfile": 'FROM alpine:3.20\nCOPY root/ /\nENTRYPOINT ["/init"]\n',
        "root/etc/services.d/app/run": "#!/bin/sh\nexec app\n",
    }
    stories = session(tmp_path, files).scene(["."]).stories
    (story,) = [s for s in stories if s.workload.kind == "compose"]
    assert (story.verdict, story.reason) == (Verdict.EXITS, "`s6-overlay` runs only as PID 1")


@pytest.mark.parametrize(
    ("files", "codes"),
    [
        (
            {
                "Dockerfile": "FROM php:8.3-apache\nCOPY s.conf /s.conf\n"
                'CMD ["supervisord", "-n", "-c", "/s.conf"]\n',
                "s.conf": "[program:web]\ncommand=apache2-foreground\n",
            },
            {"GL404"},
        ),
        (
            {
                "Dockerfile": "FROM debian:12\nCOPY run.sh /\nSTOPSIGNAL SIGQUIT\n"
                'ENTRYPOINT ["/run.sh"]\n',
                "run.sh": "#!/bin/bash\n/app/beside &\nexec redis-server\n",
            },
            {"GL214", "GL404"},
        ),
        (
            {
                "Dockerfile": "FROM node:20\nCOPY a.js /a.js\nCMD node /a.js\n",
                "a.js": "setInterval(() => {}, 1000);\n",
            },
            {"GL102", "GL301"},
        ),
        (
            {
                "Dockerfile": 'FROM example/base:1\nSHELL ["/bin/bash", "-c"]\n'
                "CMD redis-server; true\n",
            },
            {"GL104"},
        ),
    ],
)
def test_each_cause_is_found_at_once(
    tmp_path: Path, files: dict[str, str], codes: set[str]
) -> None:
    """What is wrong with an application is told although something in front of it is wrong too."""
    found = session(tmp_path, files).run(["."]).findings
    assert {f.rule.code for f in found} == codes


def test_a_program_that_cleans_up_on_another_signal_is_sent_that(tmp_path: Path) -> None:
    """Behind an init SIGTERM ends it at once; its own handler is for SIGINT."""
    files = {
        "Dockerfile": "FROM python:3.12\nRUN apt-get install -y tini\nCOPY a.py .\n"
        'CMD ["tini", "--", "python3", "a.py"]\n',
        "a.py": "import signal, sys, time\n"
        "signal.signal(signal.SIGINT, lambda *_: sys.exit(0))\n"
        "while True:\n    time.sleep(1)\n",
    }
    checked = session(tmp_path, files)
    (story,) = checked.scene(["."]).stories
    assert story.verdict is Verdict.CUT_OFF
    (found,) = checked.run(["."]).findings
    assert found.rule.code == "GL403"
    assert found.message.endswith("; SIGINT lets it finish")


def test_a_handler_that_writes_a_dump_is_no_way_to_stop(tmp_path: Path) -> None:
    """What a handler for SIGUSR2 is for, nobody has seen: no stop is sent to it."""
    files = {
        "Dockerfile": "FROM node:20\nRUN apt-get install -y tini\nCOPY a.js .\n"
        'CMD ["tini", "--", "node", "a.js"]\n',
        "a.js": "process.on('SIGUSR2', () => console.log(process.memoryUsage()))\n"
        "require('http').createServer().listen(80)\n",
    }
    (found,) = session(tmp_path, files).run(["."]).findings
    assert found.message == "`node` ends at once on SIGTERM: requests in hand are cut off"


FPM = "FROM php:8.3-fpm\nRUN {}\n"


@pytest.mark.parametrize(
    ("run", "verdict", "basis"),
    [
        ("echo a > /usr/local/etc/php/conf.d/a.ini", Verdict.CUT_OFF, Basis.PROVEN),
        ("sed -i s/a/b/ /usr/local/etc/php-fpm.d/www.conf", Verdict.GRACEFUL, Basis.ASSUMED),
        (
            "echo 'process_control_timeout = 8' > /usr/local/etc/php-fpm.d/x.conf",
            Verdict.GRACEFUL,
            Basis.PROVEN,
        ),
    ],
)
def test_php_fpm_is_graceful_for_sure_only_with_time_for_its_requests(
    tmp_path: Path, run: str, verdict: Verdict, basis: Basis
) -> None:
    story = told(tmp_path, FPM.format(run))
    assert (story.verdict, story.basis) == (verdict, basis)


SERVER = "require('http').createServer((q, r) => r.end()).listen(80);\n"
BUILT_HERE = "`ghcr.io/corp/web:1` is built from `Dockerfile`"


@pytest.mark.parametrize(
    ("command", "source", "verdict", "assumptions"),
    [
        ('["node", "server.js"]', HANDLER, Verdict.GRACEFUL, (BUILT_HERE,)),
        ('["node", "server.js"]', SERVER, Verdict.KILLED, (BUILT_HERE,)),
        ('["sh", "-c", "node server.js"]', SERVER, Verdict.KILLED, (BUILT_HERE,)),
        ('["sh", "-c", "node server.js; echo done"]', SERVER, Verdict.KILLED, ()),
    ],
)
def test_an_image_that_is_guessed_is_named_where_the_verdict_rests_on_it(
    tmp_path: Path, command: str, source: str, verdict: Verdict, assumptions: tuple[str, ...]
) -> None:
    files = {
        "Dockerfile": 'FROM debian:12\nCOPY server.js .\nCMD ["./app"]\n',
        "Makefile": "all:\n\tdocker build -t $(REGISTRY)/web .\n",
        "server.js": source,
        "pod.yaml": (
            "apiVersion: v1\nkind: Pod\nmetadata: {name: web}\nspec:\n  containers:\n"
            f"    - name: web\n      image: ghcr.io/corp/web:1\n      command: {command}\n"
        ),
    }
    for name, text in files.items():
        (tmp_path / name).write_text(text)
    (story,) = session(tmp_path, {}).scene(["pod.yaml"]).stories
    assert (story.verdict, story.assumptions) == (verdict, assumptions)


def test_what_nobody_has_measured_is_assumed(tmp_path):
    (tmp_path / "Dockerfile").write_text('FROM debian:12\nCMD ["act_runner", "daemon"]\n')
    [story] = Session(Files(tmp_path), Options()).scene([""]).stories
    assert story.verdict is Verdict.GRACEFUL
    assert "`act_runner daemon` stops on SIGTERM: commonly known, not measured" in story.assumptions


def test_a_wrapper_that_stays_is_not_said_to_end():
    files = {
        "Dockerfile": 'FROM node:22-bookworm-slim\nCOPY . .\nCMD ["npm", "start"]\n',
        "package.json": '{"scripts": {"start": "cross-env A=1 node server.js"}}',
        "compose.yaml": "services:\n  web: {build: ., stop_signal: SIGINT, init: true}\n",
    }
    session = Session(Files("/nowhere", overlay=files), Options())
    [story] = [s for s in session.scene([""]).stories if s.workload.kind == "compose"]
    assert story.verdict is Verdict.KILLED
    assert "is told and stays" in story.reason


REDIS = (
    "FROM debian:12\nRUN apt-get install -y redis-server\n{}\n"
    'COPY --chmod=755 start.sh /start.sh\nENTRYPOINT ["/start.sh"]\n'
)


def started(tmp_path: Path, text: str, build: str = "") -> Story:
    """Redis behind a script with some text in front of it."""
    script = f"#!/bin/sh\n{text}\nexec redis-server\n"
    return told(tmp_path, REDIS.format(build), start_sh=script)


@pytest.mark.parametrize(
    ("text", "place"),
    [
        (". /config/env.sh", "/config/env.sh"),
        ("set -e\ncp /run/secrets/settings /etc/settings", "/run/secrets/settings"),
        ("set -e\ncp /etc/hostname /config/", "/config"),
        ("set -e\nenv > /config/env", "/config"),
        ("set -e\nmkdir -p /tmp/x\ntoken=$(cat /vault/token)", "/vault/token"),
        ("set -e\nsort < /config/names > /tmp/names", "/config/names"),
    ],
)
def test_an_all_clear_names_the_files_without_which_the_script_ends(
    tmp_path: Path, text: str, place: str
) -> None:
    story = started(tmp_path, text)
    assert (story.verdict, story.basis) == (Verdict.GRACEFUL, Basis.ASSUMED)
    assert story.assumptions == (f"`{place}` is put there",)


@pytest.mark.parametrize(
    ("build", "text"),
    [
        ("", "cp /config/a /etc/a"),
        ("", "set -e\nif cp /config/a /etc/a; then echo there; fi"),
        ("", "set -e\ncp /config/a /etc/a || true"),
        ("", "set -e\nmkdir -p /config\nenv > /config/env"),
        ("", "set -e\nenv > /var/log/env\ncat /etc/os-release"),
        ("VOLUME /config", "set -e\nenv > /config/env"),
        ("RUN mkdir /config", "set -e\nenv > /config/env"),
        ("RUN ./install.sh", "set -e\ncp /config/a /etc/a"),
    ],
)
def test_an_all_clear_names_no_file_that_may_be_there_or_may_be_missing(
    tmp_path: Path, build: str, text: str
) -> None:
    story = started(tmp_path, text, build)
    assert (story.verdict, tuple(story.assumptions)) == (Verdict.GRACEFUL, ())


@pytest.mark.parametrize(
    "loop",
    [
        "until nc -z db 5432; do sleep 1; done",
        "while ! nc -z db 5432; do echo waiting; sleep 1; done",
        "while true; do nc -z db 5432 && break; sleep 1; done",
        "while true; do if nc -z db 5432; then break; fi; sleep 1; done",
    ],
)
def test_an_all_clear_names_what_a_loop_waits_for(tmp_path: Path, loop: str) -> None:
    story = started(tmp_path, loop)
    assert (story.verdict, story.basis) == (Verdict.GRACEFUL, Basis.ASSUMED)
    assert story.assumptions == ("`nc -z db 5432` succeeds",)


def test_ways_that_were_not_followed_are_named_beside_what_a_loop_waits_for(
    tmp_path: Path,
) -> None:
    asked = "".join(f"if nc -z host{n} 80; then touch /run/{n}; fi\n" for n in range(14))
    script = f"#!/bin/sh\nuntil nc -z db 5432; do sleep 1; done\n{asked}exec redis-server\n"
    story = told(tmp_path, REDIS.format(""), start_sh=script)
    assert story.basis is Basis.ASSUMED
    assert "`nc -z db 5432` succeeds" in story.assumptions
    assert "the ways through its scripts that were not followed end as well" in story.assumptions


def test_empty_options_in_a_variable_say_nothing(tmp_path: Path) -> None:
    dockerfile = (
        'FROM eclipse-temurin:17\nENV JAVA_TOOL_OPTIONS=""\nCMD ["java", "-jar", "/a.jar"]\n'
    )
    assert told(tmp_path, dockerfile).tree is not None
