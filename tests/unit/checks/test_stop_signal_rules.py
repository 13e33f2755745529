"""Where rules about stop signals point, and what their fixes write."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from gracelint.base.edit import applied
from gracelint.base.facts import Word
from gracelint.checks.lib.words import exports_metrics
from gracelint.checks.story.gl402_stop_signal_invalid import accepted, spelling
from gracelint.files.tree import Files
from gracelint.model.finding import Applicability
from gracelint.model.options import Options
from gracelint.session.session import Session

if TYPE_CHECKING:
    from pathlib import Path

    from gracelint.model.finding import Finding


def findings(folder: Path, code: str, **files: str) -> list[Finding]:
    for name, text in files.items():
        (folder / name.replace("__", ".")).write_text(text)
    result = Session(Files(str(folder)), Options(select=(code,))).run(["."])
    return list(result.findings)


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("SIGTERM", "SIGTERM"),
        ("sigterm", "SIGTERM"),
        ("15", "SIGTERM"),
        ("SIG15", "SIGTERM"),
        ("SIG_TERM", "SIGTERM"),
        ("SIGTERM,", "SIGTERM"),
        ("RTMIN+3", "SIGRTMIN+3"),
        ("SIGRTMIN+20", "SIGRTMAX-10"),
        ("0", None),
        ("stop please", None),
    ],
)
def test_the_signal_that_is_meant(text: str, meant: str | None) -> None:
    assert spelling(text) == meant


@pytest.mark.parametrize("text", ["TERM", "sigint", "9", "SIGRTMIN+15", "RTMAX-1", "64"])
def test_engines_take(text: str) -> None:
    assert accepted(text)


@pytest.mark.parametrize("text", ["0", "SIG15", "65", "RTMIN+16", "TERMINATE", ""])
def test_engines_reject(text: str) -> None:
    assert not accepted(text)


def test_a_signal_of_an_earlier_stage_is_left_alone(tmp_path: Path) -> None:
    text = 'FROM debian:12-slim AS base\nSTOPSIGNAL SIGQUIT\nFROM base\nCMD ["redis-server"]\n'
    (found,) = findings(tmp_path, "GL404", Dockerfile=text)
    assert found.primary.span.text == '["redis-server"]'
    assert found.fix is not None
    (edit,) = found.fix.edits
    assert edit.content == "STOPSIGNAL SIGTERM\n"
    assert edit.span.start == text.index("CMD")


def test_compose_states_what_its_image_sets_for_another_program(tmp_path: Path) -> None:
    dockerfile = 'FROM debian:12-slim\nSTOPSIGNAL SIGQUIT\nCMD ["nginx", "-g", "daemon off;"]\n'
    compose = "services:\n  cache:\n    build: .\n    command: redis-server\n"
    (found,) = findings(tmp_path, "GL404", Dockerfile=dockerfile, compose__yaml=compose)
    assert found.primary.span.source.path == "compose.yaml"
    assert found.fix is not None
    assert found.fix.applicability is Applicability.SAFE
    assert found.fix.edits[0].content.strip() == "stop_signal: SIGTERM"


@pytest.mark.parametrize(
    ("written", "fixed"),
    [
        ("SIGKILL", "SIGQUIT"),
        ('"9"', '"SIGQUIT"'),
        ("'KILL'  # at once", "'SIGQUIT'  # at once"),
    ],
)
def test_a_signal_in_a_file_that_is_merged_over_another_is_rewritten_there(
    tmp_path: Path, written: str, fixed: str
) -> None:
    base = "services: {web: {image: nginx}}\n"
    above = "services:\n  web:\n    stop_signal: {}\n    tty: true\n"
    given = {"compose__yaml": base, "compose__override__yaml": above.format(written)}
    (found,) = findings(tmp_path, "GL401", **given)
    assert found.fix is not None
    (edit,) = found.fix.edits
    assert edit.span.source.path == "compose.override.yaml"
    assert applied(edit.span.source.text, (edit,)) == above.format(fixed)


@pytest.mark.parametrize("place", ["{file: base.yaml, service: base}", "base"])
def test_a_signal_that_services_share_is_left_to_people(tmp_path: Path, place: str) -> None:
    base = "services:\n  base: {image: nginx, stop_signal: SIGKILL}\n"
    web = f"  web:\n    extends: {place}\n    tty: true\n"
    head = "services:\n" if "file" in place else base
    found = findings(tmp_path, "GL401", base__yaml=base, compose__yaml=head + web)
    fixes = [f.fix for f in found if "web" in f.workloads]
    assert [(fix.title, fix.edits) for fix in fixes if fix] == [("Write SIGQUIT here", ())]


def test_a_signal_from_a_variable_is_not_rewritten(tmp_path: Path) -> None:
    text = 'FROM debian:12-slim\nARG SIG=KILL\nSTOPSIGNAL $SIG\nCMD ["/app/server"]\n'
    (found,) = findings(tmp_path, "GL401", Dockerfile=text)
    assert found.fix is not None
    assert not found.fix.edits


@pytest.mark.parametrize(
    ("handler", "applicability"),
    [("process.exit(0)", Applicability.SAFE), ("console.log('no')", Applicability.SHOW)],
)
def test_another_signal_is_offered_where_the_program_ends_on_that_one(
    tmp_path: Path, handler: str, applicability: Applicability
) -> None:
    dockerfile = 'FROM node:22\nWORKDIR /a\nCOPY . .\nSTOPSIGNAL SIGWINCH\nCMD ["node", "app.js"]\n'
    app = f"process.on('SIGTERM', () => {handler});\nsetInterval(() => {{}}, 1000);\n"
    (found,) = findings(tmp_path, "GL404", Dockerfile=dockerfile, app__js=app)
    assert [fix.applicability for fix in found.fixes] == [applicability]


SUPERVISED = """\
FROM php:8.3-fpm
RUN apt-get update && apt-get install -y supervisor nginx
COPY supervisord.conf /etc/supervisord.conf
CMD ["supervisord", "-n", "-c", "/etc/supervisord.conf"]
"""
PROGRAMS = """\
[program:php]
command=php-fpm -F

[program:nginx]
command=nginx -g "daemon off;"
"""


def test_what_a_supervisor_sends_is_changed_in_its_own_words(tmp_path: Path) -> None:
    found = findings(tmp_path, "GL403", Dockerfile=SUPERVISED, supervisord__conf=PROGRAMS)
    assert [f.fixes[0].title for f in found] == ["Write `stopsignal=QUIT` below its `command`"] * 2
    php, nginx = found
    assert "process_control_timeout = 0" in php.help
    assert nginx.help == ""


SERVER = "from http.server import HTTPServer\nHTTPServer(('', 80), None).serve_forever()\n"


@pytest.mark.parametrize(
    ("signal", "advice"),
    [
        ("SIGINT", "Catch `KeyboardInterrupt`, and finish what is going on"),
        ("SIGUSR1", None),
    ],
)
def test_a_python_server_that_is_sent_int_on_purpose(
    tmp_path: Path, signal: str, advice: str | None
) -> None:
    """Python raises an exception there, which the program has to catch; no handler is missing."""
    image = f'FROM python:3.12-slim\nCOPY m.py /\nSTOPSIGNAL {signal}\nCMD ["python", "/m.py"]\n'
    found = findings(tmp_path, "GL403", Dockerfile=image, m__py=SERVER)
    assert [fix.title for each in found for fix in each.fixes] == ([advice] if advice else [])


@pytest.mark.parametrize(
    ("command", "exports"),
    [
        ("/bin/node_exporter --web", True),
        ("python exporter.py", True),
        ("python3 -u exporter.py", True),
        ("python -m my_exporter", True),
        ("java -jar exporter.jar", True),
        ("celery -A exporter worker", False),
        ("app --mode=exporter", False),
    ],
)
def test_exporters_of_metrics_are_told_by_what_is_run(command: str, exports: bool) -> None:
    assert exports_metrics([Word(word) for word in command.split()]) is exports
