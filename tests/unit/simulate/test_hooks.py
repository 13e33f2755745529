"""What a preStop hook signals by name is told, whatever stands in front of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from gracelint.files.tree import Files
from gracelint.model.options import Options
from gracelint.session.session import Session

if TYPE_CHECKING:
    from pathlib import Path

POD = """\
apiVersion: v1
kind: Pod
metadata: {{name: web}}
spec:
  containers:
    - name: web
      image: debian:12
      command: [/bin/sh, -c, "prepare; redis-server; true"]
      lifecycle: {{preStop: {{exec: {{command: {command}}}}}}}
"""


@pytest.mark.parametrize(
    ("command", "verdict"),
    [
        ('[/bin/sh, -c, "sleep 5 && kill -SIGTERM $(pidof redis-server)"]', "graceful"),
        ('[/bin/sh, -c, "kill $(pgrep -x redis-server)"]', "graceful"),
        ("[pkill, -TERM, redis-server]", "graceful"),
        ("[/usr/bin/killall, redis-server]", "graceful"),
        ("[pkill, -USR1, redis-server]", "unknown"),
        ("[pkill, other]", "killed"),
        ("[killall, -s, USR1, redis-server]", "unknown"),
        ('[/bin/sh, -c, "kill -s KILL $(pidof redis-server)"]', "abandoned"),
        ('[/bin/sh, -c, "echo a; kill $(pidof redis-server) || true; sleep 5"]', "graceful"),
        ('[/bin/sh, -c, "[ -f /x ] && pkill redis-server"]', "unknown"),
        ('[/bin/sh, -c, "if [ -f /x ]; then pkill redis-server; fi"]', "unknown"),
        ('[/bin/sh, -c, "curl localhost || pkill redis-server"]', "unknown"),
        ('[/bin/sh, -c, "exit 0; pkill redis-server"]', "unknown"),
        ('[/bin/sh, -c, "sleep 5"]', "killed"),
        ('[/bin/sh, -c, "echo pidof redis-server"]', "killed"),
        ('[/bin/sh, -c, "kill -TERM -1; sleep 1"]', "graceful"),
        ('[/bin/sh, -c, "kill $(cat /run/redis.pid)"]', "unknown"),
        ('[/bin/sh, -c, "kill $(< /run/redis.pid)"]', "unknown"),
        ('[/bin/sh, -c, "cat /run/redis.pid"]', "killed"),
    ],
)
def test_a_hook_tells_what_the_shell_in_front_does_not(
    tmp_path: Path, command: str, verdict: str
) -> None:
    (tmp_path / "pod.yaml").write_text(POD.format(command=command))
    [told] = Session(Files(tmp_path), Options()).scene([""]).stories
    assert told.verdict == verdict


@pytest.mark.parametrize(
    ("command", "verdict"),
    [
        ('[/bin/sh, -c, "kill $(cat /tmp/a.pid)"]', "graceful"),
        ('[/bin/sh, -c, "kill $(</tmp/a.pid)"]', "graceful"),
        ('[/bin/sh, -c, "kill $(cat /tmp/b.pid)"]', "killed"),
        ('[/bin/sh, -c, "kill $(cat /tmp/c.pid)"]', "unknown"),
        ('[/bin/sh, -c, "[ -f /x ] && kill $(cat /tmp/a.pid)"]', "unknown"),
    ],
)
def test_a_hook_tells_whose_number_the_script_has_written(
    tmp_path: Path, command: str, verdict: str
) -> None:
    start = "redis-server & echo $! > /tmp/a.pid; echo none > /tmp/b.pid; wait"
    text = POD.format(command=command).replace("prepare; redis-server; true", start)
    (tmp_path / "pod.yaml").write_text(text)
    [told] = Session(Files(tmp_path), Options()).scene([""]).stories
    assert told.verdict == verdict
