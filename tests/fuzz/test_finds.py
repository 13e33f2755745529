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

BUILT_C = (
    "FROM gcc AS b\nCOPY . /s\nRUN gcc -o /app /s/main.c\n"
    'FROM debian\nCOPY --from=b /app /app\nCMD ["/app"]\n'
)
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
    "a variable that a build writes again and again": {
        "Dockerfile": f'FROM debian\nENV A={"x" * 50_000}\nRUN echo "{"$A" * 25_000}" > /e.sh\n'
        'CMD ["sh", "/e.sh"]\n'
    },
    "a variable in a here-document again and again": {
        "Dockerfile": f"FROM debian\nENV A={'x' * 50_000}\n"
        f'RUN cat <<E > /e.sh\n{"$A" * 25_000}\nE\nCMD ["sh", "/e.sh"]\n'
    },
    "many words that are each a long variable": {
        "Dockerfile": f"FROM debian\nENV A={'x' * 50_000}\n"
        "RUN printf %s" + ' "$A"' * 3_000 + " > /e.sh\nRUN cp" + " $A$A" * 3_000 + " /x\n"
        'CMD ["sh", "/e.sh"]\n'
    },
    "a long variable that a build writes in each of its lines": {
        "Dockerfile": f"FROM debian\nENV A={'x' * 30_000}\n"
        + 'RUN echo "$A" > /e.sh\n' * 150
        + 'CMD ["sh", "/e.sh"]\n'
    },
    "a command of supervisord's that is a variable again and again": {
        "Dockerfile": f"FROM debian\nENV A={'x' * 50_000}\nCOPY s /etc/supervisord.conf\n"
        'CMD ["supervisord", "-n"]\n',
        "s": f"[program:a]\ncommand=x {'%(ENV_A)s' * 10_000}\n",
    },
    "a duration of very many digits": {
        "compose.yaml": f"services: {{a: {{image: x, stop_grace_period: '{'9' * 50_000}'}}}}\n"
    },
    "a reference of very many colons": {
        "compose.yaml": f"services: {{a: {{image: 'windows{':' * 20_000}'}}}}\n"
    },
    "a number of very many digits, in Python": {
        "Dockerfile": 'FROM python:3.12\nCOPY . /\nCMD ["python", "/a.py"]\n',
        "a.py": f"a = 0x{'f' * 6_000}\nprint(str(a), f'{{a}}', '%d' % a)\n",
    },
    "a number of very many digits, in Go": {
        "Dockerfile": 'FROM golang:1.23\nCOPY . /\nCMD ["go", "run", "/main.go"]\n',
        "main.go": f"package main\nfunc main() {{\na := 0x{'f' * 6_000}\n"
        "fmt.Println(strconv.Itoa(a))\ntime.Sleep(a)\n}\n",
    },
    "alternatives in a row, in what a hook signals": {
        "p.yaml": f"{POD}  containers:\n  - name: a\n    image: nginx\n"
        f"    command: [sh, -c, 'app {'a' * 200} & x']\n"
        f"    lifecycle: {{preStop: {{exec: {{command: [pkill, -f, '{'(aa|aa)' * 28}b']}}}}}}\n",
    },
    "groups in a row, in a pattern of a script": {
        "Dockerfile": SCRIPT,
        "e.sh": f"#!/bin/bash\nshopt -s extglob\ncase {'a' * 60} in {'@(a|aa)' * 40}b) x;; esac\n",
    },
    "parts that may be missing in a row, in a program of sed": {
        "Dockerfile": SCRIPT.replace("ENTRY", f"RUN sed -ri 's/{'a?' * 60}b/x/' /e.sh\nENTRY"),
        "e.sh": f"#!/bin/sh\n# {'a' * 100}\napp\n",
    },
    "another signal on which a handler never ends": {
        "Dockerfile": 'FROM perl:5.40\nCOPY a.pl /\nCMD ["perl", "/a.pl"]\n',
        "a.pl": "$SIG{INT} = sub { sleep; };\nwhile (1) { sleep 1; }\n",
    },
    "another signal that a loop takes again and again": {
        "Dockerfile": 'FROM python:\nCOPY . /\nCMD ["python3", "/app.py"]\n',
        "app.py": "from b import*\n",
        "b.py": "from b import *\nwhile True: signal.signal(2, lambda *a: c)\n",
    },
    "a range in Perl that is shifted": {
        "Dockerfile": 'FROM perl:5.40\nCOPY a.pl /\nCMD ["perl", "/a.pl"]\n',
        "a.pl": "for (2..7<<1) { print; }\n",
    },
    "handlers by the thousand, in C": {
        "Dockerfile": BUILT_C,
        "main.c": "int main(void) {\n" + "signal(SIGTERM, h);\n" * 8_000 + "}\n",
    },
    "a flag in front of very many blanks, in C": {
        "Dockerfile": BUILT_C,
        "main.c": f"void h(int s) {{ x ={' ' * 19_000}( ; }}\n"
        "int main(void) {\n" + "signal(SIGTERM, h);\n" * 20 + "}\n",
    },
    "functions by the thousand that have no body, in Rust": {
        "Dockerfile": "FROM rust AS b\nWORKDIR /s\nCOPY . .\nRUN cargo build --release\n"
        'FROM debian\nCOPY --from=b /s/target/release/a /app\nCMD ["/app"]\n',
        "Cargo.toml": '[package]\nname = "a"\nversion = "0.1.0"\n',
        "src/main.rs": "use signal_hook;\nfn main() {\n"
        + "x(move || { process::exit(0) });\n" * 200
        + "}\n"
        + "fn x " * 25_000,
    },
    "lines written by the thousand behind the wait for a signal, in Rust": {
        "Dockerfile": "FROM rust AS b\nWORKDIR /s\nCOPY . .\nRUN cargo build --release\n"
        'FROM debian\nCOPY --from=b /s/target/release/a /app\nCMD ["/app"]\n',
        "Cargo.toml": '[package]\nname = "a"\nversion = "0.1.0"\n',
        "src/main.rs": "use tokio::signal::unix::{signal, SignalKind};\nfn main() {\n"
        "let mut term = signal(SignalKind::terminate());\nspawn(listener.accept());\n"
        "term.recv().await;\n" + "info!(x)\n" * 1_500 + "work\n}\n",
    },
    "half of a character in an array that is none": {
        "Dockerfile": 'FROM debian\nENTRYPOINT ["x", "\\ud800",]\n'
    },
    "a carriage return in front of Python": {
        "Dockerfile": 'FROM python:3.12\nCOPY a.py /\nCMD ["python3", "/a.py"]\n',
        "a.py": '\r(["" "" ""])',
    },
    "a volume over everything, of items without a path": {
        "p.yaml": f"{POD}  containers:\n  - name: a\n    image: x\n    command: [sh, -c, '[ *']\n"
        "    volumeMounts: [{name: h, mountPath: /}]\n"
        "  volumes: [{name: h, configMap: {items: [{key: }]}}]\n"
    },
    "a stop signal in a file that is merged over another": {
        "compose.yaml": "services: {a: {image: nginx}}\n",
        "compose.override.yaml": "services:\n  a:\n    stop_signal: KILL\n    tty: true\n",
    },
    "a stop signal of a service in another file": {
        "compose.yaml": "services: {a: {extends: {service: b, file: b.yaml}}}\n",
        "b.yaml": "services: {b: {image: nginx, stop_signal: 9}}\n",
    },
    "a break from no loop at all, in PHP": {
        "Dockerfile": 'FROM php:8.3-cli\nCOPY . /\nCMD ["php", "/app.php"]\n',
        "app.php": f"<?php\nwhile (true) {{ break 0; }}\nwhile (true) {{ break {'9' * 5000}; }}\n",
    },
    "an init without effect that a merge key gives, too": {
        "compose.yaml": "services:\n  a:\n    image: x\n    pid: host\n    init: true\n"
        "    <<: {init: true}\n",
    },
    "an array that is none, of a script that cannot be read": {
        "Dockerfile": 'FROM debian\nCMD ["ash", "-c", "[[ 16", ]\n'
    },
    "a method in no class, in Java": {
        "Dockerfile": "FROM eclipse-temurin:25\nCOPY A.java /\nRUN javac A.java\n"
        'CMD ["java", "A"]\n',
        "A.java": "void main() throws Exception { Thread.sleep(1000); }\n",
    },
    "a job's number that is kept in another process": {
        "Dockerfile": SCRIPT,
        "e.sh": "#!/bin/sh\nx &\npid=$! &\n/app\n",
    },
    "a comment in front of an arrow, in PHP": {
        "Dockerfile": 'FROM php:8.3-cli\nCOPY . /\nCMD ["php", "/app.php"]\n',
        "app.php": "<?php\nforeach ($a as $k /* c */ => $v) { sleep(1); }\n",
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
