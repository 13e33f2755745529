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
        ("[pkill, redis]", "graceful"),
        ("[pkill, -x, redis]", "killed"),
        ("[pkill, --signal, TERM, -f, redis-server --port]", "unknown"),
        ("[pkill, -f, other --port]", "killed"),
        ("[pkill, -TERM, -f, ^redis-server$]", "graceful"),
        ("[pkill, -xf, redis]", "killed"),
        ("[pkill, -f, 'redis(']", "unknown"),
        ("[killall, redis]", "killed"),
        ('[/bin/sh, -c, "PID=$(pgrep redis); kill $PID"]', "graceful"),
        ('[/bin/sh, -c, "PID=$(pgrep $NAME); kill $PID"]', "unknown"),
        ("[/scripts/stop.sh]", "unknown"),
        ("[sh, -e, /scripts/stop.sh]", "unknown"),
        ("[/scripts/stop]", "unknown"),
        ("[/usr/sbin/nginx, -s, quit]", "killed"),
        ('[/bin/sh, -c, "/scripts/stop.sh; sleep 5"]', "unknown"),
        ('[/bin/sh, -c, "/opt/app/bin/drain && sleep 5"]', "unknown"),
        ("[pkill, -f, '(redis-?)+ server']", "unknown"),
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


@pytest.mark.parametrize(
    ("script", "verdict"),
    [
        ("#!/bin/sh\npkill redis\nsleep 3\n", "graceful"),
        ("sleep 1\n", "killed"),
        ("#!/usr/bin/python3\nimport os\n", "unknown"),
    ],
)
def test_a_hook_that_is_a_script_does_what_stands_there(
    tmp_path: Path, script: str, verdict: str
) -> None:
    mount = "      volumeMounts: [{name: s, mountPath: /scripts}]\n"
    volume = "  volumes: [{name: s, configMap: {name: stop, defaultMode: 0755}}]\n"
    text = "".join(f"    {line}\n" for line in script.splitlines())
    stop = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: stop}\ndata:\n  stop.sh: |\n" + text
    pod = POD.format(command="[/scripts/stop.sh]") + mount + volume
    (tmp_path / "pod.yaml").write_text(f"{pod}---\n{stop}")
    [told] = Session(Files(tmp_path), Options()).scene([""]).stories
    assert told.verdict == verdict
