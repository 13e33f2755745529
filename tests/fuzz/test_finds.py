"""What the search found once: small trees of files that broke a property."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

import fuzz_mutate as mutate
import fuzz_trees as trees
import pytest
from fuzz_properties import check

if TYPE_CHECKING:
    from collections.abc import Callable

POD = "apiVersion: v1\nkind: Pod\nmetadata: {name: a}\nspec:\n"
SUPERVISED = 'FROM debian\nCOPY s.conf /etc/supervisord.conf\nCMD ["supervisord", "-n"]\n'
SCRIPT = 'FROM debian\nCOPY e.sh /\nENTRYPOINT ["/e.sh"]\n'

FINDS: dict[str, dict[str, str]] = {
    "an interpreter line of env alone": {"Dockerfile": f"{SCRIPT}CMD a\n", "e.sh": "#!env\n"},
    "a hook without end": {
        "p.yaml": f"{POD}  containers:\n  - name: a\n    image: nginx\n"
        "    lifecycle: {preStop: {exec: {command: [sleep, infinity]}}}\n",
    },
    "a hook without end, in Compose": {
        "compose.yaml": "services: {a: {image: x, pre_stop: [{command: sleep infinity}]}}\n",
    },
    "more to drain than the grace period": {
        "p.yaml": f"{POD}  containers:\n  - name: a\n    image: nginx\n"
        "    lifecycle: {preStop: {sleep: {seconds: 5}}}\n",
        "gracelint.toml": "min-drain-seconds = 999\n",
    },
    "a stop signal by number": {
        "Dockerfile": SUPERVISED,
        "s.conf": "[program:a]\ncommand=/app\nstopsignal=37\n[program:b]\ncommand=/b\n",
    },
    "a stop signal by another name": {
        "Dockerfile": SUPERVISED,
        "s.conf": "[program:a]\ncommand=/app\nstopsignal=IOT\n",
    },
    "a stop signal that is none": {
        "Dockerfile": SUPERVISED,
        "s.conf": "[program:a]\ncommand=/app\nstopsignal=''\n",
    },
    "a word of many substitutions": {"Dockerfile": SCRIPT, "e.sh": "#!/bin/bash\n" + "`" * 4000},
    "a pipeline without its last command": {
        "Dockerfile": SCRIPT,
        "e.sh": "#!/bin/sh\n" + "x | " * 20000,
    },
    "braces that nothing closes": {"Dockerfile": SCRIPT, "e.sh": "#!/bin/bash\nx " + "{" * 4000},
    "a number of too many digits": {
        "Dockerfile": SCRIPT,
        "gracelint.toml": f"min-drain-seconds = {'9' * 5000}\n",
        "fly.toml": f"app = 'x'\nkill_timeout = {'9' * 5000}\n",
    },
    "TOML that is nested deeply": {
        "Dockerfile": SCRIPT,
        "gracelint.toml": "select = " + "[" * 5000,
        "fly.toml": "app = " + "[" * 5000,
    },
    "a shell without a parent, in a shared process namespace": {
        "p.yaml": f"{POD}  shareProcessNamespace: true\n  containers:\n  - name: a\n    image: x\n"
        '    command: [sh, -c, "( until A=(\\"$1\\" [a-) postgres; do ( . ~\\nX=P\\n)\\ndone &\\n'
        'export A=b\\n); case `seq 3` in a) pm2-runtime start x.js &\\n;; *) x;; esac"]\n',
    },
    "an array in front of exec": {
        "Dockerfile": SCRIPT,
        "e.sh": "#!/bin/bash\nA=(x y) exec app\n",
    },
    "a hook without end, of a sidecar": {
        "p.yaml": f"{POD}  initContainers:\n  - name: a\n    image: node\n"
        "    restartPolicy: Always\n    lifecycle: {preStop: {exec: {command: [sleep, inf]}}}\n"
        "  containers: [{name: b, image: nginx}]\n",
    },
    "a handler for a signal that is no stop": {
        "Dockerfile": 'FROM node:20\nCOPY a.js /\nCMD ["node", "/a.js"]\n',
        "a.js": "process.on('SIGRTMIN+3')t).listen(-5)\n",
    },
    "a file that only a nested shell's redirection names, in a shared process namespace": {
        "p.yaml": f"{POD}  shareProcessNamespace: true\n  containers:\n  - name: a\n"
        "    image: redis:7\n"
        "    command: [sh, -c, \"sh -c '(o &> log\\n)'\"]\n",
    },
    "a time of pm2's with hundreds of digits": {
        "Dockerfile": "FROM node:20\nCOPY ecosystem.config.js /\n"
        'CMD ["pm2-runtime", "/ecosystem.config.js"]\n',
        "ecosystem.config.js": f"module.exports = {{apps: [{{kill_timeout: {'9' * 400}}}]}}\n",
    },
    "a stop signal in TOML, which wants quotes": {"fly.toml": "kill_signal = 1.5\n"},
    "an array in front of a command": {"Dockerfile": SCRIPT, "e.sh": "#!/bin/sh\nA=()p"},
    "an array that is none, with a stop signal that is none": {
        "web/Dockerfile": 'FROM m\nENTRYPOINT ["\nSTOPSIGNAL SIG1'
    },
    "a stop signal that is none, in a shared process namespace": {
        "p.yaml": f"{POD}  shareProcessNamespace: true\n"
        "  containers: [{name: a, image: busybox}]\n"
        "  initContainers:\n  - {name: c, image: alpine, args: [x], restartPolicy: Always,\n"
        '    lifecycle: {stopSignal: "15,9"}}\n',
    },
    "a pause without an end, in Perl": {
        "Dockerfile": 'FROM perl:5\nCOPY a.pl /\nCMD ["perl", "/a.pl"]\n',
        "a.pl": "sleep(1e400);\n",
    },
    "a pause without an end, in Ruby": {
        "Dockerfile": 'FROM ruby:3\nCOPY a.rb /\nCMD ["ruby", "/a.rb"]\n',
        "a.rb": "sleep 1e400\n",
    },
    "a duration without an end, in Java": {
        "Dockerfile": "FROM eclipse-temurin:21\nCOPY A.java /\nRUN javac A.java\n"
        'CMD ["java", "A"]\n',
        "A.java": "class A { public static void main(String[] a) throws Exception {\n"
        "Thread.sleep(java.time.Duration.ofSeconds(1e400).toMillis()); } }\n",
    },
    "a quote that nothing closes, with a stop signal that is none": {
        "Dockerfile": 'FROM m\nENTRYPOINT echo "\nSTOPSIGNAL SIG1'
    },
}


@pytest.mark.parametrize("name", FINDS)
def test_it_holds_now(name: str) -> None:
    check(FINDS[name], counted=True)


@pytest.mark.parametrize("kind", trees.KINDS, ids=lambda kind: kind.__name__)
def test_trees_by_the_grammar_hold(kind: Callable[[random.Random], dict[str, str]]) -> None:
    for number in range(5):
        check(kind(random.Random(number)), counted=number == 0)


def test_changed_examples_hold() -> None:
    known = mutate.examples()
    for number in range(5):
        check(mutate.changed(random.Random(number), known))
