"""Which command stays, and which of several ways through a script is told."""

from __future__ import annotations

import pytest

from gracelint.base.facts import Known, Word
from gracelint.base.source import Source, Span
from gracelint.diagnose.tell import tell
from gracelint.model.defect import Detached
from gracelint.model.story import Story, Verdict
from gracelint.model.workload import Base, Command, ImageFile, ImageFiles, Launch, Workload


def told(*lines: str) -> Story:
    """The story of an image that starts a bash script with `/app/server` as its argument."""
    source = Source("Dockerfile", 'ENTRYPOINT ["/run.sh", "/app/server"]')
    span = Span(source, 0, 10)
    words = (Word("/run.sh", span), Word("/app/server", span))
    command = Command("ENTRYPOINT", "exec", span, span, words)
    text = "\n".join(("#!/bin/bash", *lines, ""))
    files = ImageFiles({"/run.sh": ImageFile("/run.sh", Source("run.sh", text), True)})
    return tell(
        Workload(
            "dockerfile",
            "Dockerfile",
            source,
            span,
            Launch(Known(words), Known(command), Known(None)),
            Base("debian:12", Known("dash")),
            files=files,
        )
    )


@pytest.mark.parametrize(
    "lines",
    [
        # a command that has ended wherever the application is reached does not stay elsewhere
        ("/app/migrate", "if [ -f /etc/once ]; then exit 0; fi", 'exec "$@"'),
        ("limits=$(/app/limits)", "if [ -f /etc/once ]; then exit 0; fi", 'exec "$@"'),
        # a server whose output is taken is asked for something
        ('level="$(influxd print-config --key-name log-level)"', 'exec "$@"'),
        # a command before an `exit` prepares what another run starts
        ("if [ ! -f /conf ]; then /app/generate; exit; fi", 'exec "$@"'),
        # what waits for something comes to its application in another run
        ("until grep -q up /state; do sleep 2; done", 'exec "$@"'),
        ("until [ -f /ready ]; do sleep 2; done", 'exec "$@"'),
        # what is read from a process is no more meant to stay than what is substituted
        ("exec 5< <(/app/check)", "read -r line <&5", "wait $!", 'exec "$@"'),
        ('while read -r line; do echo "$line"; done < <(/app/list)', 'exec "$@"'),
    ],
)
def test_preparation_is_not_the_application(lines: tuple[str, ...]) -> None:
    """Commands that come before an application are not taken for it."""
    assert told(*lines).verdict is Verdict.GRACEFUL


def test_a_script_that_gives_up_has_no_application() -> None:
    """The last command before an error is not the one that the container is there for."""
    story = told("/app/check", "if [ ! -d /data ]; then exit 2; fi", "/app/serve")
    assert story.verdict is Verdict.KILLED
    assert [d.span.text for d in story.defects] == ["/app/serve"]


def test_an_application_may_be_followed_by_an_error() -> None:
    """A script that always ends with an error still waits for its application."""
    assert told("/app/server", "exit 1").verdict is Verdict.KILLED


def test_a_script_that_always_gives_up_is_unknown() -> None:
    """What it needs is mounted or set from outside, and then it does something else."""
    story = told("if ! grep -q yes /data/state; then exit 2; fi", "exit 3")
    assert story.verdict is Verdict.UNKNOWN


@pytest.mark.parametrize(
    "lines",
    [
        ("acme-server start", "tail -f /var/log/acme.log"),
        ("acme-server start && sleep 5 && exec sleep infinity",),
        ("acme-server start || exit 1", "tail -f /dev/null"),
        ("acme-server start", "while true; do sleep 60; done"),
    ],
)
def test_what_was_told_to_start_before_a_placeholder_is_the_application(lines) -> None:
    """A placeholder in front says that there is something to hold the place for."""
    story = told(*lines)
    (defect,) = story.defects
    assert isinstance(defect, Detached)
    assert defect.app is not None
    assert [w.value for w in defect.app.argv] == ["acme-server", "start"]


@pytest.mark.parametrize(
    "lines",
    [
        ("acme-server start", 'exec "$@"'),
        ("if acme-server start; then :; fi", 'exec "$@"'),
        ("exec acme-server start",),
    ],
)
def test_nothing_is_taken_for_left_behind_beside_an_application(lines) -> None:
    """That `start` leaves a daemon is too weak a guess where the application is known."""
    story = told(*lines)
    assert story.verdict is Verdict.GRACEFUL
    assert story.tree is not None
    assert story.tree.children == ()


@pytest.mark.parametrize(
    ("lines", "unless"),
    [
        (('if [ "$MODE" = a ]; then "$@"; else exec "$@"; fi',), '`[ "$MODE" = a ]` fails'),
        (('[ -n "$DEBUG" ] && "$@" --debug', 'exec "$@"'), '`[ -n "$DEBUG" ]` fails'),
        (
            ('[ -z "$DEBUG" ] || touch /tmp/debug', '[ -f /tmp/debug ] && "$@"', 'exec "$@"'),
            '`[ -z "$DEBUG" ]` succeeds',
        ),
        (
            (
                'if [ "$DEBUG" = 1 ]; then touch /tmp/on; fi',
                'if [ -f /tmp/on ]; then "$@"; fi',
                'exec "$@"',
            ),
            '`[ "$DEBUG" = 1 ]` fails',
        ),
        (('[ -n "$DEBUG" ] && /app/migrate', 'exec "$@"'), None),
        (('[ -n "$DEBUG" ] && "$@" --migrate', 'exec "$@"'), None),
        (('[ -n "$ONCE" ] && exit', 'exec "$@"'), None),
    ],
)
def test_an_all_clear_names_the_variable_that_would_change_it(
    lines: tuple[str, ...], unless: str | None
) -> None:
    """Nothing in sight sets the variables, and whoever deploys may."""
    story = told(*lines)
    assert story.verdict is Verdict.GRACEFUL
    found = {text for text in story.assumptions if text.endswith((" fails", " succeeds"))}
    assert found == (set() if unless is None else {unless})


def test_every_branch_that_a_variable_leads_to_has_its_defect() -> None:
    """Who repairs one of them repairs them all."""
    story = told('case "$ROLE" in', 'a) "$@" --a ;;', 'b) "$@" --b ;;', '*) "$@" ;;', "esac")
    assert story.verdict is Verdict.KILLED
    assert [d.span.text for d in story.defects] == ['"$@"', '"$@" --a', '"$@" --b']
