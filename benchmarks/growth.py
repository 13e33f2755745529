"""How time and memory grow with each construct: every size is twice the one before.

    python benchmarks/growth.py            all constructs
    python benchmarks/growth.py jobs loop  those whose names begin so

Seconds of the processor and the most memory in use are those of a process of its own that checks
such a tree and fixes what can be fixed. `x` is the time against that of half the size: about 2 is
in proportion. A process has 60 seconds; a series that reaches them ends there.
"""

from __future__ import annotations

import os
import resource
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

Tree = dict[str, str]
SIZES = (125, 250, 500, 1000, 2000, 4000)
SECONDS = 60

SCRIPT = 'FROM debian:12\nCOPY . /\nENTRYPOINT ["/e.sh"]\n'
POD = "apiVersion: v1\nkind: Pod\nmetadata: {name: p{n}, labels: {app: a}}\nspec:\n"


POD_ALONE = POD.replace("{n}", "")


def bash(text: str, head: str = "#!/bin/bash\n") -> Tree:
    """A container that runs a script."""
    return {"Dockerfile": SCRIPT, "e.sh": f"{head}{text}"}


def times(number: int, pattern: str) -> str:
    """A pattern with `{n}` in it, so many times."""
    return "".join(pattern.replace("{n}", str(n)) for n in range(number))


def pods(number: int, more: str = "", inner: str = "", pod: str = "") -> Tree:
    """So many pods of one container; more: documents beside them, inner and pod: further keys."""
    each = f"{POD}{pod}  containers:\n  - name: a\n    image: nginx\n{inner}"
    text = times(number, f"---\n{each}")
    return {"p.yaml": text + more}


def services(number: int, inner: str, **files: str) -> Tree:
    """A project of so many services."""
    return {"compose.yaml": "services:\n" + times(number, "  s{n}:\n" + inner), **files}


def python(text: str) -> Tree:
    """A container that runs a Python program."""
    return {"Dockerfile": 'FROM python\nCOPY . /\nCMD ["python", "/a.py"]\n', "a.py": text}


def node(text: str) -> Tree:
    """A container that runs a JavaScript program."""
    return {"Dockerfile": 'FROM node\nCOPY . /\nCMD ["node", "/a.js"]\n', "a.js": text}


CASES: dict[str, Callable[[int], Tree]] = {
    # Dockerfiles
    "instructions": lambda n: {
        "Dockerfile": "FROM debian\n" + times(n, "RUN x{n}\n") + "CMD y; z\n"
    },
    "stages": lambda n: {
        "Dockerfile": "FROM debian AS s0\nCMD y; z\n" + times(n, "FROM s{n} AS s{n}x\n")
    },
    "stage-chain": lambda n: {
        "Dockerfile": "FROM debian AS s0\n"
        + "".join(f"FROM s{i} AS s{i + 1}\nENV A{i}=1\n" for i in range(n))
        + "CMD y; z\n"
    },
    "variables": lambda n: {
        "Dockerfile": "FROM debian\n" + times(n, "ENV A{n}=$A${A}x\n") + "CMD $A0; z\n"
    },
    "variable-doubles": lambda n: {
        "Dockerfile": "FROM debian\nENV A=x\n" + "ENV A=$A$A\n" * n + "CMD $A; z\n"
    },
    "copies": lambda n: {
        "Dockerfile": "FROM debian\n" + times(n, "COPY f /d{n}/\n") + "CMD /d1/f; z\n",
        "f": "x",
    },
    "copies-of-stages": lambda n: {
        "Dockerfile": "FROM debian AS a\nCOPY f /\nFROM debian\n"
        + times(n, "COPY --from=a / /d{n}/\n")
        + 'CMD ["/d1/f"]\n',
        "f": "#!/bin/sh\napp\n",
    },
    "written-files": lambda n: {
        "Dockerfile": "FROM debian\n"
        + times(n, "RUN echo app >> /e.sh\n")
        + 'CMD ["sh", "/e.sh"]\n'
    },
    "continued-line": lambda n: {
        "Dockerfile": "FROM debian\nRUN x" + " && \\\n  y" * n + "\nCMD y; z\n"
    },
    "array": lambda n: {"Dockerfile": "FROM debian\nCMD [" + '"a", ' * n + '"b"]\n'},
    "sed-edits": lambda n: {
        "Dockerfile": "FROM debian\nCOPY . /\n"
        + times(n, "RUN sed -i s/q{n}/x/ /e.sh\n")
        + 'ENTRYPOINT ["/e.sh"]\n',
        "e.sh": "#!/bin/sh\n" + "# a comment\n" * 500 + "app\n",
    },
    "appends": lambda n: {
        "Dockerfile": "FROM debian\nCOPY . /\n"
        + times(n, "RUN echo '# {n}' >> /e.sh\n")
        + 'ENTRYPOINT ["/e.sh"]\n',
        "e.sh": "#!/bin/sh\napp\n",
    },
    "variable-written": lambda n: {
        "Dockerfile": f"FROM debian\nENV A={'x' * 20 * n}\nRUN echo '"
        + "$A" * 10 * n
        + "' > /e.sh\n"
        + 'RUN echo "$A" >> /e.sh\n' * n
        + 'CMD ["sh", "/e.sh"]\n'
    },
    "sed-program": lambda n: {
        "Dockerfile": "FROM debian\nCOPY . /\nRUN sed -i '"
        + times(n, "s/a.*{n}b/x/;")
        + '\' /e.sh\nENTRYPOINT ["/e.sh"]\n',
        "e.sh": "#!/bin/sh\n" + "# a comment of a few words\n" * 200 + "app\n",
    },
    "links": lambda n: {
        "Dockerfile": "FROM debian\n"
        + "".join(f"RUN ln -s /l{i + 1} /l{i}\n" for i in range(n))
        + 'CMD ["/l0"]\n'
    },
    "heredocs": lambda n: {
        "Dockerfile": "FROM debian\n" + times(n, "COPY <<E{n} /f{n}\nx\nE{n}\n") + "CMD y; z\n"
    },
    "dockerfiles": lambda n: {f"d{i}/Dockerfile": "FROM debian\nCMD y; z\n" for i in range(n)},
    "other-files": lambda n: {
        "Dockerfile": SCRIPT,
        "e.sh": "#!/bin/sh\napp\n",
        **{f"d{i % 50}/f{i}.yaml": "a: b\n" * 50 for i in range(n)},
    },
    "dockerignore": lambda n: {
        "Dockerfile": SCRIPT,
        ".dockerignore": times(n, "a{n}*b*c\n"),
        **{f"a{i}x": "x" for i in range(n)},
        "e.sh": "#!/bin/sh\napp\n",
    },
    # Scripts
    "commands": lambda n: bash("x\n" * n + "app\n"),
    "jobs": lambda n: bash("x &\n" * n + "wait\n"),
    "jobs-and-trap": lambda n: bash("trap 'kill 0' TERM\n" + "x &\n" * n + "wait\n"),
    "jobs-of-a-loop": lambda n: bash(f"i=0\nwhile [ $i -lt {n} ]; do x & i=$((i+1)); done\nwait\n"),
    "jobs-by-name": lambda n: bash(
        times(n, "x & p{n}=$!\n") + f"trap 'kill {times(n, '$p{n} ')}' TERM\nwait\n"
    ),
    "waits": lambda n: bash(times(n, "x & p{n}=$!\n") + times(n, "wait $p{n}\n")),
    "loops-beside": lambda n: bash("for i in 1 2 3; do x; done\n" * n + "app\n"),
    "loop-count": lambda n: bash(f"for i in {{1..{n}}}; do echo $i; done\napp\n"),
    "loop-seq": lambda n: bash(f"for i in $(seq {n}); do echo $i; done\napp\n"),
    "loop-nest": lambda n: bash(
        "for a in {1..9}; do " * min(n // 60, 60)
        + "echo x; "
        + "done; " * min(n // 60, 60)
        + "\napp\n"
    ),
    "branches": lambda n: bash(times(n, 'if [ -n "$A{n}" ]; then b{n}=1; fi\n') + "app\n"),
    "branches-that-differ": lambda n: bash(
        times(n, 'if [ -n "$A{n}" ]; then app{n}; exit; fi\n') + "app\n"
    ),
    "branches-that-meet": lambda n: bash(
        'f() { v=; if [ -f /run/$1 ]; then v=$(cat /run/$1); fi; echo "$v" >> /e; v=; }\n'
        + times(n, "f {n}\n")
        + "exec app\n"
    ),
    "branch-words": lambda n: bash(
        'if [ -n "$A" ]; then set -- "$@" x; fi\n' * n + 'exec app "$@"\n'
    ),
    "arms": lambda n: bash("case $1 in\n" + times(n, "a{n}) x ;;\n") + "esac\napp\n"),
    "functions": lambda n: bash(times(n, "f{n}() { x; }\n") + times(n, "f{n}\n") + "app\n"),
    "call-chain": lambda n: bash(times(n, "f{n}() { g{n}; }\n").replace("g", "f") + "f0\napp\n"),
    "calls-that-double": lambda n: bash(
        "f0() { x; }\n"
        + "".join(f"f{i + 1}() {{ f{i}; f{i}; }}\n" for i in range(n))
        + f"f{n}\napp\n"
    ),
    "traps": lambda n: bash("trap 'x' TERM\n" * n + "app\n"),
    "pipeline": lambda n: bash("x" + " | x" * n + "\napp\n"),
    "and-or": lambda n: bash("x" + " && x || y" * n + "\napp\n"),
    "subshells": lambda n: bash("( " * n + "app" + " )" * n + "\n"),
    "braces": lambda n: bash("{ " * n + "app" + "; }" * n + "\n"),
    "substitutions": lambda n: bash("x $(echo " * n + "a" + ")" * n + "\napp\n"),
    "substitutions-of-a-word": lambda n: bash("x " + "$(:)" * n + "\napp\n"),
    "ifs": lambda n: bash("if x; then\n" * n + "app\n" + "fi\n" * n),
    "quotes": lambda n: bash('echo "' + '$a"b"' * n + '"\napp\n'),
    "string-doubles": lambda n: bash("a=x\n" + "a=$a$a\n" * n + "app $a\n"),
    "array-grows": lambda n: bash("a=(x)\n" + 'a+=("${a[@]}")\n' * n + 'app "${a[@]}"\n'),
    "arithmetic": lambda n: bash("a=3\n" + "a=$((a*a))\n" * n + "app $a\n"),
    "heredoc": lambda n: bash("cat <<EOF\n" + "x $a\n" * n + "EOF\napp\n"),
    "sourced": lambda n: (
        bash(". /l0.sh\napp\n") | {f"l{i}.sh": f". /l{i + 1}.sh\n" for i in range(n)}
    ),
    "sourced-often": lambda n: bash(". /l.sh\n" * n + "app\n") | {"l.sh": "x\n" * 20},
    "shells": lambda n: bash("sh -c 'x; y'\n" * n + "app\n"),
    "patterns": lambda n: bash("a=" + "x" * n + "\n" + "a=${a##*x*x*x*y}\n" * 20 + "app\n"),
    "groups-of-a-pattern": lambda n: bash(
        f"shopt -s extglob\ncase {'a' * n} in {'@(a|aa)' * n}b) x;; esac\napp\n"
    ),
    "replaced-in": lambda n: bash(f"a={'x' * n}\n" + "b=${a//y?z*/w}\n" * 20 + "app $b\n"),
    "alternatives": lambda n: bash(f"[[ {'a' * n} =~ {'(aa|aa)' * (n // 40)}b ]] && x\napp\n"),
    "reads": lambda n: bash(f"seq {n} | while read -r x; do echo $x; done\napp\n"),
    "sleeps": lambda n: bash("while :; do sleep 1; done &\n" * n + "wait\n"),
    "scripts-of-images": lambda n: {
        **{f"d{i}/Dockerfile": SCRIPT for i in range(n // 10)},
        **{f"d{i}/e.sh": "#!/bin/sh\n" + "x\n" * 50 + "app\n" for i in range(n // 10)},
    },
    # Compose
    "services": lambda n: services(n, "    image: nginx\n"),
    "services-of-a-build": lambda n: services(n, "    build: .\n", **bash("x &\n" * 50 + "wait\n")),
    "services-in-order": lambda n: {
        "compose.yaml": "services:\n"
        + "".join(f"  s{i}: {{image: nginx, depends_on: [s{i + 1}]}}\n" for i in range(n))
    },
    "service-chain": lambda n: {
        "compose.yaml": "services:\n  s0: {image: nginx}\n"
        + "".join(f"  s{i + 1}: {{extends: {{service: s{i}}}}}\n" for i in range(n))
    },
    "included": lambda n: {
        "compose.yaml": "include: [f0.yaml]\nservices: {a: {image: x}}\n",
        **{
            f"f{i}.yaml": f"include: [f{i + 1}.yaml]\nservices: {{s{i}: {{image: x}}}}\n"
            for i in range(n)
        },
    },
    "aliases": lambda n: {
        "compose.yaml": "x-a: &a {image: nginx, environment: {"
        + times(n, "A{n}: x, ")
        + "}}\nservices:\n"
        + times(n, "  s{n}: *a\n")
    },
    "merges-that-double": lambda n: {
        "compose.yaml": "x-0: &a0 {image: nginx}\n"
        + "".join(f"x-{i + 1}: &a{i + 1} {{<<: [*a{i}, *a{i}]}}\n" for i in range(n))
        + f"services: {{s: {{<<: *a{n}}}}}\n"
    },
    "merge-chain": lambda n: {
        "compose.yaml": "x-0: &a0 {image: nginx}\n"
        + "".join(f"x-{i + 1}: &a{i + 1} {{<<: *a{i}, x-{i}: y}}\n" for i in range(n))
        + f"services: {{s: *a{n}}}\n"
    },
    "includes-that-double": lambda n: {
        "compose.yaml": "include: [f0.yaml]\nservices: {a: {image: x}}\n",
        **{f"f{i}.yaml": f"include: [f{i + 1}.yaml, ./f{i + 1}.yaml]\n" for i in range(n)},
        f"f{n}.yaml": "services: {z: {image: x}}\n",
    },
    "extended-by-all": lambda n: services(
        n,
        "    extends: {file: o.yaml, service: a}\n",
        **{"o.yaml": "services: {a: {image: x, environment: {" + times(n, "A{n}: x, ") + "}}}\n"},
    ),
    "interpolation": lambda n: {
        "compose.yaml": "services: {a: {image: '" + "${A:-" * n + "x" + "}" * n + "'}}\n"
    },
    "env-file": lambda n: services(
        9, "    image: x\n    env_file: e\n", e=times(n, "A{n}=$A{n}\n")
    ),
    "projects": lambda n: {f"p{i}/compose.yaml": "services: {a: {image: x}}\n" for i in range(n)},
    # Kubernetes
    "pods": pods,
    "manifests": lambda n: {f"d{i % 50}/p{i}.yaml": pods(1)["p.yaml"] for i in range(n)},
    "services-by-pods": lambda n: pods(
        n,
        times(
            n,
            "---\napiVersion: v1\nkind: Service\nmetadata: {name: s{n}}\n"
            "spec: {selector: {app: a}}\n",
        ),
    ),
    "maps-by-pods": lambda n: pods(
        n,
        times(n, "---\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: m{n}}\ndata: {A: b}\n"),
        "    envFrom: [{configMapRef: {name: m1}}]\n",
    ),
    "containers": lambda n: {
        "p.yaml": POD_ALONE + "  containers:\n" + times(n, "  - {name: c{n}, image: nginx}\n")
    },
    "containers-and-hooks": lambda n: {
        "p.yaml": POD_ALONE
        + "  containers:\n"
        + times(n, "  - {name: c{n}, image: x, lifecycle: {preStop: {sleep: {seconds: 5}}}}\n")
    },
    "env": lambda n: pods(
        3,
        inner="    env:\n"
        + times(n, "    - {name: A{n}, value: $(A{n})x}\n")
        + "    command: [$(A1)]\n",
    ),
    "env-doubles": lambda n: pods(
        1,
        inner="    env:\n    - {name: A, value: x}\n"
        + "    - {name: A, value: $(A)$(A)}\n" * n
        + "    command: [$(A)]\n",
    ),
    "mounts": lambda n: pods(
        3,
        pod="  volumes:\n" + times(n, "  - {name: v{n}, configMap: {name: m}}\n"),
        inner="    volumeMounts:\n" + times(n, "    - {name: v{n}, mountPath: /d{n}}\n"),
    ),
    "flow-nest": lambda n: {"p.yaml": "apiVersion: v1\nkind: Pod\nspec: " + "[" * n + "]" * n},
    "block-nest": lambda n: {
        "p.yaml": "apiVersion: v1\nkind: Pod\nspec:\n"
        + "".join(" " * i + "a:\n" for i in range(1, min(n, 2000)))
    },
    "documents": lambda n: {"p.yaml": "---\napiVersion: v1\nkind: Thing\n" * n},
    "list": lambda n: {
        "p.yaml": "apiVersion: v1\nkind: List\nitems:\n"
        + times(n, "- {apiVersion: v1, kind: Pod, spec: {containers: [{name: a, image: x}]}}\n")
    },
    "images-by-builds": lambda n: {
        **{f"d{i}/Dockerfile": "FROM debian\nCMD y; z\n" for i in range(n // 4)},
        "p.yaml": times(
            n // 4, f"---\n{POD}  containers: [{{name: a, image: registry.example/d{{n}}}}]\n"
        ),
    },
    # What is beside them
    "ignores": lambda n: {
        "Dockerfile": "FROM debian\n" + "# gracelint: ignore[GL101]\nRUN x\n" * n + "CMD y; z\n"
    },
    "per-file": lambda n: {
        "gracelint.toml": "[per-file-ignores]\n" + times(n, "'a{n}*b*/**' = ['GL1']\n"),
        **{f"a{i}/Dockerfile": "FROM debian\nCMD y; z\n" for i in range(n // 4)},
    },
    "supervised": lambda n: {
        "Dockerfile": 'FROM debian\nCOPY s /etc/supervisord.conf\nCMD ["supervisord", "-n"]\n',
        "s": times(n, "[program:p{n}]\ncommand=/p{n}\n"),
    },
    "supervised-variable": lambda n: {
        "Dockerfile": f"FROM debian\nENV A={'x' * n}\nCOPY s /etc/supervisord.conf\n"
        'CMD ["supervisord", "-n"]\n',
        "s": "[program:a]\ncommand=/a " + "%(ENV_A)s" * n + "\n",
    },
    "hook-of-a-map": lambda n: {
        "p.yaml": f"{POD_ALONE}  volumes: [{{name: v, configMap: {{name: m}}}}]\n  containers:\n"
        "  - name: a\n    image: nginx\n    volumeMounts: [{name: v, mountPath: /h}]\n"
        "    lifecycle: {preStop: {exec: {command: [sh, /h/h.sh]}}}\n"
        "---\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: m}\ndata:\n  h.sh: |\n"
        + times(n, "    pkill -f 'a{n}|b'; kill $(cat /run/p{n})\n")
    },
    "projects-of-dotnet": lambda n: {
        "Dockerfile": "FROM mcr.microsoft.com/dotnet/aspnet:9.0\nCOPY . /\n"
        'CMD ["dotnet", "p0.dll"]\n',
        **{
            f"p{i}.csproj": f'<Project><ProjectReference Include="p{i + 1}.csproj" /></Project>\n'
            for i in range(n // 4)
        },
    },
    "python": lambda n: {
        "Dockerfile": 'FROM python\nCOPY . /\nCMD ["python", "/a.py"]\n',
        "a.py": "import signal\n" + times(n, "def f{n}(): f{n}()\n") + "signal.signal(15, f1)\n",
    },
    "imports": lambda n: {
        "Dockerfile": 'FROM python\nCOPY . /\nCMD ["python", "/m0.py"]\n',
        **{f"m{i}.py": f"import m{i + 1}\n" for i in range(n)},
    },
    "package-scripts": lambda n: {
        "Dockerfile": 'FROM node\nCOPY . /\nCMD ["npm", "start"]\n',
        "package.json": '{"scripts": {"start": "npm run s0"'
        + "".join(f', "s{i}": "npm run s{i + 1}"' for i in range(n))
        + "}}",
    },
    "python-calls-that-double": lambda n: python(
        "def f0(): pass\n"
        + "".join(f"def f{i + 1}():\n    f{i}()\n    f{i}()\n" for i in range(n))
        + f"f{n}()\n"
    ),
    "python-loop-nest": lambda n: python(
        "".join("  " * i + f"for a{i} in range(9):\n" for i in range(min(n // 10, 90)))
        + "  " * min(n // 10, 90)
        + "x()\n"
    ),
    "python-text-doubles": lambda n: python("a = 'x'\n" + "a = a + a\n" * n + "print(a)\n"),
    "python-threads": lambda n: python(
        "import threading\n" + "threading.Thread(target=print).start()\n" * n
    ),
    "python-children": lambda n: python(
        "import subprocess\n" + times(n, "p{n} = subprocess.Popen(['a'])\n") + "p1.wait()\n"
    ),
    "node-calls-that-double": lambda n: node(
        "function f0() {}\n"
        + "".join(f"function f{i + 1}() {{ f{i}(); f{i}() }}\n" for i in range(n))
        + f"f{n}()\n"
    ),
    "python-list-nest": lambda n: python("b = []\n" + "b = [b, b]\n" * n + "print(b == b)\n"),
    "python-names": lambda n: python(
        "import os, time\n" + times(n, "a{n} = os.getenv('A{n}')\n") + "while True: time.sleep(1)\n"
    ),
    "python-digits": lambda n: python(f"a = 0x{'f' * n}\nprint(str(a), a * a)\n"),
    "ruby-blocks": lambda n: {
        "Dockerfile": 'FROM ruby\nCOPY . /\nCMD ["ruby", "/a.rb"]\n',
        "a.rb": "9.times { " * min(n // 20, 100) + "x" + " }" * min(n // 20, 100) + "\n",
    },
    "php-array-doubles": lambda n: {
        "Dockerfile": 'FROM php\nCOPY . /\nCMD ["php", "/a.php"]\n',
        "a.php": "<?php $a = [1];\n" + "$a = array_merge($a, $a);\n" * n,
    },
    "perl-text-doubles": lambda n: {
        "Dockerfile": 'FROM perl\nCOPY . /\nCMD ["perl", "/a.pl"]\n',
        "a.pl": "my $a = 'x';\n" + "$a = $a . $a;\n" * n,
    },
    "go-routines": lambda n: {
        "Dockerfile": 'FROM golang\nCOPY . /\nCMD ["go", "run", "/main.go"]\n',
        "main.go": "package main\nfunc main() {\n"
        + "go func() { for { } }()\n" * n
        + "select {}\n}\n",
    },
    "java-threads": lambda n: {
        "Dockerfile": 'FROM eclipse-temurin\nCOPY . /\nCMD ["java", "A.java"]\n',
        "A.java": "class A { public static void main(String[] a) {\n"
        + "new Thread(() -> { while (true) { } }).start();\n" * n
        + "} }\n",
    },
    "node-callbacks": lambda n: node("setTimeout(() => {" * n + "x()" + "}, 1)" * n + "\n"),
    "node-handlers": lambda n: node("process.on('SIGTERM', () => server.close())\n" * n),
    "node-promises": lambda n: node("p = p.then(x)\n" * n + "await p\n"),
    "node-imports": lambda n: {
        "Dockerfile": 'FROM node\nCOPY . /\nCMD ["node", "/m0.js"]\n',
        **{f"m{i}.js": f"require('./m{i + 1}')\n" * 2 for i in range(n)},
    },
    "tasks": lambda n: {
        "t.json": '{"containerDefinitions": ['
        + ", ".join(f'{{"name": "c{i}", "image": "nginx"}}' for i in range(n))
        + "]}"
    },
    "quadlets": lambda n: {
        f"q{i}.container": "[Container]\nImage=x\nExec=sh -c 'y; z'\n" for i in range(n)
    },
    "extended-settings": lambda n: {
        "gracelint.toml": "extend = 'a0.toml'\n",
        **{f"a{i}.toml": f"extend = 'a{i + 1}.toml'\n" for i in range(n)},
        f"a{n}.toml": "",
        "Dockerfile": "FROM debian\nCMD y; z\n",
    },
    "long-line": lambda n: {"Dockerfile": "FROM debian\nCMD x " + "y " * 20 * n + "; z\n"},
    "long-word": lambda n: {"Dockerfile": "FROM debian\nCMD x; " + "y" * 50 * n + "\n"},
}


def measured(tree: Tree) -> tuple[float, int] | None:
    """Seconds and megabytes of a process that checks and fixes the tree; None: not in time."""
    child = os.fork()
    if child == 0:
        resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
        _work(tree)
        os._exit(0)
    _, status, used = os.wait4(child, 0)
    if status:
        return None
    return used.ru_utime + used.ru_stime, used.ru_maxrss // 1024


def _work(tree: Tree) -> None:
    from gracelint import checks
    from gracelint.files.tree import Files
    from gracelint.model.finding import Applicability
    from gracelint.model.options import Options
    from gracelint.report import render
    from gracelint.session.session import Session
    from gracelint.settings import read

    files = Files("/nowhere", overlay=tree)
    path = read.inside(files, "")
    options = Options() if path is None else read.load(files, path, checks.all_rules).options
    result = Session(files, options).fix([""], Applicability.UNSAFE)
    render("full", result)
    if any(problem.internal for problem in result.problems):
        os._exit(1)


def series(case: Callable[[int], Tree]) -> Iterator[str]:
    """One cell for each size."""
    before = None
    for size in SIZES:
        found = measured(case(size))
        if found is None:
            yield "no end"
            return
        seconds, memory = found
        growth = f"x{seconds / before:.1f}" if before and before > 0.02 else ""
        yield f"{seconds:.2f} s {growth} {memory} MB"
        before = seconds


def main() -> None:
    """Print a row for each construct."""
    wanted = sys.argv[1:]
    for case in CASES.values():
        _work(case(1))  # loads what is loaded once
    print("".join(f"{title:>21}" for title in ("", *map(str, SIZES))))
    for name, case in CASES.items():
        if wanted and not any(name.startswith(word) for word in wanted):
            continue
        print(f"{name:>21}", end="", flush=True)
        for cell in series(case):
            print(f"{cell:>21}", end="", flush=True)
        print()


if __name__ == "__main__":
    main()
