"""Who reads what another process writes, and until when."""

from __future__ import annotations

import pytest
from script_workloads import script_workload

from gracelint.diagnose.tell import tell
from gracelint.model.story import Story, Verdict


def told(*lines: str, bash: bool = True) -> Story:
    """The story of a script."""
    shebang = "#!/bin/bash" if bash else "#!/bin/sh"
    return tell(script_workload("\n".join([shebang, *lines, ""])))


def tree(story: Story) -> list[str]:
    """The commands of all processes as the stop finds them."""
    assert story.tree is not None, story.reason
    return [" ".join(word.value or "…" for word in p.argv) for p in story.tree.walk()]


SERVER = "/app/server"


@pytest.mark.parametrize(
    "lines",
    [
        ("exec sh <<'EOF'", "exec /app/server", "EOF"),
        ("exec bash <<< 'exec /app/server'",),
        ("exec sh -s -- /app/server <<'EOF'", 'exec "$1"', "EOF"),
        ("echo 'exec /app/server' > /tmp/run", "exec sh < /tmp/run"),
        (". /dev/stdin <<< 'exec /app/server'",),
        (". <(echo 'exec /app/server')",),
        ("source <(echo 'start() { exec /app/server; }')", "start"),
        ("eval \"$(cat <<'EOF'", "exec /app/server", "EOF", ')"'),
    ],
)
def test_a_shell_runs_what_it_reads(lines: tuple[str, ...]) -> None:
    assert tree(told(*lines)) == [SERVER]


@pytest.mark.parametrize(
    "lines",
    [
        ("sh <<'EOF'", "/app/server", "EOF"),
        ("bash -s <<'EOF'", "/app/server", "EOF"),
        ("echo /app/server | sh",),
        ("(sleep 1; echo /app/server) | sh",),
    ],
)
def test_a_shell_that_reads_its_commands_stays_in_front_of_the_last(lines: tuple[str, ...]) -> None:
    story = told(*lines)
    assert tree(story)[-1] == SERVER
    assert len(tree(story)) == 3
    assert story.verdict is Verdict.KILLED


def test_what_is_piped_into_a_shell_from_elsewhere_is_not_known() -> None:
    assert told("curl -s https://example.org/run.sh | sh").verdict is not Verdict.GRACEFUL


@pytest.mark.parametrize(
    "lines",
    [
        ("while read -r line; do echo $line; done < <(redis-server)", "exec /app/other"),
        ("cat <(redis-server)", "exec /app/other"),
        ("exec 3< <(redis-server)", "while read -r -u 3 x; do :; done", "exec /app/other"),
        ("mapfile -t lines < <(redis-server)", "exec /app/other"),
        ("grep -q x < <(redis-server)", "exec /app/other"),
        ("mkfifo /tmp/p", "redis-server > /tmp/p &", "cat < /tmp/p", "exec /app/other"),
        ("cd /tmp; mkfifo p", "redis-server > p &", "cd /", "cat < /tmp/p", "exec /app/other"),
        ("redis-server | while read -r x; do echo $x; done", "exec /app/other"),
        ("x=$(redis-server &)", "exec /app/other"),
    ],
)
def test_a_reader_stays_as_long_as_somebody_writes(lines: tuple[str, ...]) -> None:
    found = tree(told(*lines))
    assert "redis-server" in found
    assert "/app/other" not in found


@pytest.mark.parametrize(
    "lines",
    [
        ("while read -r line; do echo $line; done < <(echo a; echo b)", "exec /app/other"),
        ("cat <(echo a)", "exec /app/other"),
        ("x=$(redis-server > /dev/null &)", "exec /app/other"),
        ("redis-server > /tmp/log 2>&1 & cat < /dev/null", "exec /app/other"),
        ("cat <<< text", "exec /app/other"),
        ("mkfifo /tmp/p", "echo a > /tmp/p & cat < /tmp/p", "exec /app/other"),
        ("exec 3<<< a", "read -r -u 3 x", "exec /app/other"),
    ],
)
def test_a_reader_ends_with_those_who_write(lines: tuple[str, ...]) -> None:
    assert "/app/other" in tree(told(*lines))


def test_a_logger_behind_the_output_ends_after_the_application() -> None:
    """`tee` reads until nobody writes: neither the shell, which is replaced, nor the server."""
    story = told("exec > >(tee /tmp/log)", "exec /app/server")
    assert tree(story) == [SERVER, "tee /tmp/log"]
    assert story.verdict is Verdict.GRACEFUL


def test_a_named_pipe_that_nobody_writes_to_is_waited_for() -> None:
    found = tree(told("mkfifo /tmp/p", "read -r x < /tmp/p", "exec /app/other"))
    assert "/app/other" not in found


def test_a_background_job_has_no_input() -> None:
    """Its standard input is /dev/null, whatever the script's is."""
    found = tree(told("{ read -r x & wait; } <<< a", "exec /app/other"))
    assert found == ["/app/other"]


def test_each_reader_goes_on_where_the_last_one_stopped() -> None:
    lines = ("{ read -r a; read -r b; } <<< $'x\\n/app/server'", 'exec "$b"')
    assert tree(told(*lines)) == [SERVER]


@pytest.mark.parametrize(
    ("columns", "verdict"),
    [
        ("pid,args", Verdict.GRACEFUL),
        ("pid,comm", Verdict.GRACEFUL),
        ("pid,stat,comm", Verdict.UNKNOWN),
    ],
)
def test_ps_writes_the_columns_that_are_known(columns: str, verdict: Verdict) -> None:
    find = f"ps -eo {columns} | grep server | grep -v grep | awk '{{print $1}}'"
    lines = (
        f"stop() {{ kill $({find}); wait; exit 0; }}",
        "trap stop TERM",
        "/app/server &",
        "wait",
    )
    assert told(*lines).verdict is verdict


@pytest.mark.parametrize(
    ("line", "started"),
    [
        ("echo '/app/server --x' | xargs env", "/app/server --x"),
        ("xargs nice <<< '/app/server'", "/app/server"),
        ("echo '--x --y' | xargs /app/server", "/app/server --x --y"),
        ("echo /app/server | xargs -I % sh -c 'exec % --x'", "/app/server --x"),
        ("echo /app/server | xargs -i bash -c 'true; exec {}'", "/app/server"),
    ],
)
def test_xargs_puts_what_it_reads_into_its_command(line: str, started: str) -> None:
    story = told(line)
    assert tree(story)[-1] == started
    assert story.verdict is Verdict.KILLED


@pytest.mark.parametrize(
    "line",
    [
        "curl -s https://example.org/program | xargs env",
        "curl -s https://example.org/program | xargs -I{} sh -c '{}'",
        "echo '/app/server \"a b\"' | xargs env",
        "echo '/app/one /app/two' | xargs -n 1 env",
        "printf '/app/one\\n/app/two\\n' | xargs -I{} sh -c '{}'",
        "xargs -a /srv/list env",
    ],
)
def test_what_xargs_starts_is_not_told_where_what_it_reads_is_not_known(line: str) -> None:
    assert tree(told(line))[-1].startswith("xargs ")


def test_with_lastpipe_the_last_part_is_the_shell_itself() -> None:
    assert tree(told("shopt -s lastpipe", "echo go | exec /app/server"))[0] == SERVER
    variable = ("echo /app/server | read -r app", 'exec "${app:-/app/other}"')
    assert tree(told("shopt -s lastpipe", *variable)) == [SERVER]
    assert tree(told(*variable)) == ["/app/other"]


def test_with_lastpipe_the_status_is_that_of_the_last_part() -> None:
    rest = ("true | false || exec /app/server", "sleep 1d")
    assert tree(told("shopt -s lastpipe", *rest)) == [SERVER]
    failed = ("set -o pipefail", "false | true || exec /app/server", "sleep 1d")
    assert tree(told("shopt -s lastpipe", *failed)) == [SERVER]
