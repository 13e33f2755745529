"""Builds that write, edit, copy and link the files that a launch runs, by a grammar."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fuzz_shell import Shell
from fuzz_words import IMAGES, NUMBERS, SIGNALS
from fuzz_yaml import Raw, block, spoiled, written

if TYPE_CHECKING:
    from collections.abc import Callable
    from random import Random

    Tree = dict[str, str]

PATHS = [
    "/e.sh",
    "/lib.sh",
    "/etc/a.conf",
    "/d/e.sh",
    "e.sh",
    "/d",
    "/d/",
    "$A",
    "/*.sh",
    "/e.sh.x",
]
PATTERNS = [
    ".*", "a*a*a*b", "\\(a\\)\\1", "^#!", "[[:space:]]*$", "[a-", "x\\{1,99\\}", "\\<exec\\>", "",
    "(a|aa)*b", "a?a?a?a?a?a?aaaaaa", "[^/]*/", "exec \\(.*\\)", "\\n", "&", "$", "^", "a" * 210,
]  # fmt: skip
EXPRESSIONS = [
    "nginx", "(aa|aa)(aa|aa)(aa|aa)(aa|aa)b", "^nginx: (master|worker)", ".*.*.*.*x", "a{1,300}",
    "(a?){30}", "[[:alpha:]]+", "[", "java|node|$A", "-x", "",
]  # fmt: skip
"""What `pkill`, `grep -E` and the like are given."""


class Build:
    """The instructions of a build."""

    def __init__(self, random: Random) -> None:
        self.random = random
        self.shell = Shell(random)

    def path(self) -> str:
        return self.random.choice(PATHS)

    def text(self) -> str:
        """A few words, perhaps very many."""
        r = self.random
        if r.random() < 0.1:
            return r.choice(["x", "$A", "ab "]) * r.choice([100, 3000])
        return r.choice(["exec app", "$A", "$A$A$A", "a\\nb", "%s", "app &", '"$@"', "\u00e9", ""])

    def sed(self) -> str:
        """A program of sed."""
        r = self.random
        address = r.choice(
            ["", "", "1", "$", "2,4", "/x/", "1,/a/", f"/{self._pattern()}/I", "0~3"]
        )
        by = r.choice(["/", "|", "#", ","])
        replacement = r.choice(["", "&", "&&&&", "\\1", "x\\n", "$A"])
        commands = [
            f"s{by}{self._pattern()}{by}{replacement}{by}"
            + r.choice(["", "g", "2", "gI", "p", "w f", "e"]),
            "d", "p", "n", "N", "D", "G", "h", "x", "q", "=", "l", "!d", "a\\\\" + self.text(),
            f"i {self.text()}", f"c {self.text()}", "r /e.sh", "w /d", "y/abc/xyz/", "{p;p;p", "ba",
            ":a;s/a/aa/;ta", "$!N;P;D", "{", "}", "#n", ";" * 50,
        ]  # fmt: skip
        return address + r.choice(commands)

    def _pattern(self) -> str:
        return self.random.choice(PATTERNS)

    def command(self) -> str:
        """A command that makes or changes a file."""
        r, p = self.random, self.path
        options = r.choice(["", "-r", "-E", "-n", "-e p -e", "-s", "-z", "--posix"])
        number = r.choice(NUMBERS)
        kinds: list[Callable[[], str]] = [
            lambda: f"sed -i {options} '{self.sed()}' {p()} {p()}",
            lambda: f"sed -i.bak -e '{self.sed()}' -e '{self.sed()}' {p()}",
            lambda: f"sed {options} '{self.sed()};{self.sed()}' {p()} > {p()}",
            lambda: f"cat {p()} {p()} {p()} >> {p()}",
            lambda: f"cat {p()} | sed '{self.sed()}' | tee -a {p()} {p()}",
            lambda: f"cat <<'E' > {p()}\n{self.text()}\n{self.text()}\nE",
            lambda: f"cat <<-E >> {p()}\n\t{self.text()}\n\tE",
            lambda: f"cat <<< '{self.text()}' > {p()}",
            lambda: f'echo "{self.text()}" >> {p()}',
            lambda: f"echo -e '{self.text()}' {self.text()} > {p()}",
            lambda: (
                f"printf '{self.text()}%s%b%{number}d' \"{self.text()}\" '{self.text()}' >> {p()}"
            ),
            lambda: f"{{ echo '#!/bin/sh'; cat {p()}; printf '{self.text()}'; }} > {p()}",
            lambda: f"cp {r.choice(['', '-r', '-a', '--parents'])} {p()} {p()}",
            lambda: f"mv {p()} {p()}",
            lambda: f"install -m {number} {p()} {p()}",
            lambda: f"ln {r.choice(['-s', '-sf', '', '-sfn'])} {p()} {p()}",
            lambda: f"ln -s {p()} {p()} && ln -sf {p()} {p()}",
            lambda: f"chmod {r.choice(['+x', 'u=rwx,g-x', '-R 755', '000', number])} {p()}",
            lambda: f"rm -rf {p()}",
            lambda: f"tee {p()} <<E\n{self.text()}\nE",
            lambda: f"patch {p()} < /e.patch",
            lambda: f"patch -p1 <<'E'\n--- a\n+++ b\n@@ -1,{number} +1 @@\n-x\n+y\nE",
            lambda: f"envsubst < {p()} > {p()}",
            lambda: f"perl -pi -e 's/{self._pattern()}/{self.text()}/' {p()}",
            lambda: f"dos2unix {p()}",
            lambda: f"awk '{{print $1}}' {p()} > {p()}",
            lambda: f"tr a b < {p()} > {p()}",
            lambda: f"head -n {number} {p()} > {p()}",
            lambda: f"for f in {p()} {p()}; do sed -i '{self.sed()}' $f; done",
            lambda: f"if [ -f {p()} ]; then cp {p()} {p()}; fi",
            lambda: f"while :; do cat {p()} {p()} > {p()}; done",
            lambda: f"curl -o {p()} http://x",
            lambda: f"cd {p()}",
            lambda: f"touch {p()}",
            lambda: f"mkdir -p {p()}",
            lambda: f"echo '{self.text()}' | base64 -d > {p()}",
        ]
        return r.choice(kinds)()

    def instruction(self) -> str:
        r, p = self.random, self.path
        commands = [self.command() for _ in range(r.randint(1, 4))]
        joined = r.choice([" && ", "; ", " || "]).join(commands)
        whole = "\n".join(commands)
        kinds: list[Callable[[], str]] = [
            lambda: f"RUN {joined}" if "\n" not in joined else f"RUN <<X\n{whole}\nX",
            lambda: f"RUN {joined}" if "\n" not in joined else f"RUN <<X\n{whole}\nX",
            lambda: f"RUN <<X bash -e\n{whole}\nX",
            lambda: f"RUN --mount=type=bind,source=e.sh,target=/m {commands[0]}",
            lambda: f"COPY --chmod={r.choice(NUMBERS)} {p()} {p()}",
            lambda: f"COPY --from={r.choice(['a', 'b', '0', '9', 'nginx', '$A'])} {p()} {p()}",
            lambda: f"COPY --parents --exclude=*.x {p()} {p()} {p()}",
            lambda: f"COPY --link . {p()}",
            lambda: f"COPY <<E {p()}\n{self.text()}\nE",
            lambda: f"COPY <<'E' <<F /d/\n{self.text()}\nE\n{self.text()}\nF",
            lambda: f"ADD {r.choice(['http://x/y', 'x.tar.gz', p()])} {p()}",
            lambda: f"ONBUILD RUN {commands[0]}",
            lambda: f"ONBUILD COPY {p()} {p()}",
            lambda: f"ONBUILD ONBUILD ENV A={self.text()}",
            lambda: (
                f"ENV A={r.choice(['$A$A', '${A:-x}', '${A:+$A}', '$B', 'x' * 300, '${A#*x}'])}"
            ),
            lambda: f"ENV A ${{A//{self._pattern()}/$A}}",
            lambda: f"ARG A={r.choice(['$A$B', '${B:-$A}', 'x'])}",
            lambda: "ARG B\nENV B=$B$A C=$A",
            lambda: f"WORKDIR {r.choice(['/d', '$A', '../..', 'd/' * 50])}",
            lambda: f"STOPSIGNAL {r.choice(['$A', '${A:-15}', *SIGNALS])}",
            lambda: 'SHELL ["/bin/bash", "-c"]',
            lambda: f"VOLUME {p()}",
            lambda: f"USER {r.choice(['$A', '1', 'x:y'])}",
        ]
        return r.choice(kinds)()


def build(random: Random) -> Tree:
    """A Dockerfile of several stages whose launch runs what the build has made."""
    made, lines, stages = Build(random), ["ARG A=x B"], list[str]()
    for number in range(random.choice([1, 1, 2, 3])):
        lines.append(f"FROM {random.choice([*IMAGES, *stages, 'debian:12'])} AS {'abc'[number]}")
        stages.append("abc"[number])
        lines += ["COPY . /"] * (random.random() < 0.7)
        count = random.randint(1, 10)
        lines += [made.instruction() for _ in range(count)] * random.choice([1, 1, 1, 4])
    path = random.choice(["/e.sh", "/e.sh", "/d/e.sh", "/lib.sh"])
    lines.append(random.choice([f'ENTRYPOINT ["{path}"]', f'CMD ["sh", "{path}"]', f"CMD {path}"]))
    return {
        "Dockerfile": "\n".join(lines) + "\n",
        "e.sh": Shell(random).script(),
        "lib.sh": random.choice(["#!/bin/sh\nexec app\n", "a" * 5000, Shell(random).script()]),
        "etc/a.conf": "a=b\r\nc\n",
        "e.patch": "--- a/e.sh\n+++ b/e.sh\n@@ -1 +1 @@\n-x\n+exec app\n",
        ".dockerignore": random.choice(["", "**/*a*\n!e.sh\n", "*\n!/e.*\n", "[a-\n**/**/**/x"]),
    }


def hooks(random: Random) -> Tree:
    """A pod whose hooks signal what its containers run, from scripts of ConfigMaps and Secrets."""
    shell = Shell(random)
    pattern, name = (
        random.choice(EXPRESSIONS),
        random.choice(["nginx", "app", "java", "sh", "[", ""]),
    )
    signal = random.choice(SIGNALS)
    commands = [
        f"kill -{signal} $(cat /run/a.pid)",
        f"kill -s {signal} $(pidof {name})",
        f"kill -{signal} `pgrep -f '{pattern}'`",
        "kill $(< /run/a.pid)",
        "kill -TERM 1; sleep 5",
        "kill -- -1",
        f"pkill -{signal} -f '{pattern}'",
        f"pkill {random.choice(['-x', '-xf', '-o', '-P 1', '-u root', '--signal'])} '{pattern}'",
        f"killall -{signal} {name}",
        f"p=$(pgrep {name}); kill $p $p",
        f"while pgrep {name}; do sleep 1; done",
        "/h/h.sh",
        ". /h/h.sh",
        "exec /h/h.sh a",
        f"grep -E '{pattern}' /h/h.sh && kill 1",
        f"case $A in @(a|aa)@(a|aa){pattern}) kill 1;; esac",
        f"sleep {random.choice(NUMBERS)} & kill $!",
        "nginx -s quit; while [ -e /run/a.pid ]; do sleep 1; done",
    ]
    picked = [random.choice(commands) for _ in range(random.randint(1, 3))]
    text = random.choice(["; ", " && ", " || ", "\n"]).join(picked)
    hook = random.choice([
        {"exec": {"command": ["sh", "-c", text]}},
        {"exec": {"command": ["/h/h.sh"]}},
        {"exec": {"command": ["bash", "/h/h.sh", "x"]}},
        {"exec": {"command": picked[0].split()}},
        {"httpGet": {"path": "/x", "port": random.choice(["http", 80, "x"]), "scheme": "HTTPS"}},
        {"sleep": {"seconds": Raw(random.choice(NUMBERS))}},
        {"tcpSocket": {"port": 1}},
    ])  # fmt: skip
    source = random.choice(["configMap", "secret"])
    key = random.choice(["h.sh", "x", "../h.sh", ""])
    mode = Raw(random.choice(["0755", "493", "0o755", "0444", *NUMBERS]))
    volume = {"name": "h", source: {"name": "m", "secretName": "m", "defaultMode": mode}}
    if random.random() < 0.5:
        volume[source] |= {"items": [{"key": "h.sh", "path": key, "mode": mode}]}
    if random.random() < 0.2:
        volume = {"name": "h", "projected": {"sources": [{source: volume[source]}]}}
    mount = {"name": "h", "mountPath": random.choice(["/h", "/h/h.sh", "/", "h", "$(A)"])}
    if random.random() < 0.4:
        mount |= {random.choice(["subPath", "subPathExpr"]): random.choice(["h.sh", key, "$(A)"])}
    last = random.choice(["wait", "exec nginx", text])
    run = f"app & echo $! > /run/a.pid; {shell.simple()}; {last}"
    container = {
        "name": "a",
        "image": random.choice(IMAGES),
        "command": random.choice([["sh", "-c", run], ["/h/h.sh"], ["nginx", "a" * 400]]),
        "env": [{"name": "A", "value": random.choice(["a" * 3000, "$(A)$(A)", "h.sh"])}],
        "volumeMounts": [mount] * random.choice([1, 1, 2]),
        "lifecycle": {"preStop": hook, "stopSignal": signal},
    }
    data: Any = {"h.sh": random.choice(["#!/bin/sh\n", "#!/usr/bin/perl\n", ""]) + text}
    spec = {
        "terminationGracePeriodSeconds": Raw(random.choice(["30", *NUMBERS])),
        "shareProcessNamespace": random.random() < 0.2,
        "containers": [container, {"name": "b", "image": "redis:7"}][: random.randint(1, 2)],
        "volumes": [volume],
    }
    stored: Any = {"data": data}
    if source == "secret" and random.random() < 0.5:
        stored = (
            {"stringData": data} if random.random() < 0.5 else {"data": {"h.sh": "IyEvYmluL3No"}}
        )
    held = {"apiVersion": "v1", "kind": {"secret": "Secret"}.get(source, "ConfigMap")}
    documents: list[Any] = [
        {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "p"}, "spec": spec},
        held | {"metadata": {"name": "m"}} | stored,
    ]
    for at in range(2):
        for _ in range(random.choice([0, 0, 1, 2])):
            documents[at] = spoiled(random, documents[at])
    return {"p.yaml": "\n---\n".join(random.choice([written, block])(each) for each in documents)}
