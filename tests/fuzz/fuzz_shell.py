"""Scripts and Dockerfiles by a grammar: what can be written, whether or not anybody would."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from fuzz_words import IMAGES, NUMBERS, PROGRAMS, SIGNALS

if TYPE_CHECKING:
    from collections.abc import Callable
    from random import Random

    Tree = dict[str, str]


class Shell:
    """Scripts, from a few words to nested loops."""

    def __init__(self, random: Random) -> None:
        self.random = random
        self.left = random.randint(1, 30)

    def script(self) -> str:
        head = self.random.choice(
            ["#!/bin/sh\n", "#!/bin/bash\n", "#!/usr/bin/env bash\nset -e\n", ""]
        )
        return head + self.body(0) + self.random.choice(["\n", "", "\r\n"])

    def body(self, depth: int) -> str:
        count = self.random.randint(1, 5 if depth == 0 else 3)
        ends = ["\n", "\n", "\n", "; ", " &\n", " && ", " || ", " | "]
        parts = [self.statement(depth) for _ in range(count)]
        return "".join(p + self.random.choice(ends) for p in parts[:-1]) + parts[-1]

    def statement(self, depth: int) -> str:
        self.left -= 1
        if depth > 5 or self.left < 0:
            return self.simple()
        compound: list[Callable[[], str]] = [
            lambda: f"if {self.simple()}; then\n{self.body(depth + 1)}\nelse {self.simple()}; fi",
            lambda: f"while {self.simple()}; do\n{self.body(depth + 1)}\ndone",
            lambda: f"until {self.simple()}; do {self.body(depth + 1)}\ndone",
            lambda: f"for i in {self.words()}; do {self.body(depth + 1)}\ndone",
            lambda: f"for ((i=0; i<{self.number()}; i++)); do {self.simple()}; done",
            lambda: (
                f"case {self.word()} in {self.word()}|a) {self.body(depth + 1)}\n;; *) x;; esac"
            ),
            lambda: f"f() {{ {self.body(depth + 1)}\n}}\nf {self.words()}",
            lambda: f"( {self.body(depth + 1)}\n)",
            lambda: f"{{ {self.body(depth + 1)}\n}}{self.redirect()}",
            lambda: f"{self.simple()} <<EOF\n{self.word()}\n{self.simple()}\nEOF\n",
            lambda: f"sh -c '{self.body(depth + 1).replace(chr(39), '')}'",
            lambda: f'bash -c "{self.simple()}" {self.words()}',
            lambda: f'eval "{self.simple()}"',
            lambda: f"coproc {self.simple()}",
        ]
        return self.random.choice(compound)() if self.random.random() < 0.35 else self.simple()

    def simple(self) -> str:
        r = self.random
        kinds: list[Callable[[], str]] = [
            self.program,
            self.program,
            lambda: f"exec {self.program()}",
            lambda: f"{self.program()} &\npid=$!",
            lambda: f"trap '{self.simple().replace(chr(39), '')}' {self.signal()} {self.signal()}",
            lambda: f"trap {r.choice(['-', chr(39) * 2, 'f', ':'])} {self.signal()}",
            lambda: f"kill -{self.signal()} {self.word()}",
            lambda: f"kill -s {self.signal()} $pid",
            lambda: r.choice(["wait", "wait $pid", "wait -n", "wait %1", f"wait {self.number()}"]),
            lambda: f"sleep {self.number()}",
            lambda: f"{r.choice('abX')}={self.word()}",
            lambda: f"A=({self.words()}) {self.program()}",
            lambda: f"[ {self.word()} {r.choice(['=', '-lt', '-eq', '!='])} {self.word()} ]",
            lambda: f"[[ {self.word()} == {self.word()}* ]]",
            lambda: f"(( {self.word()} {r.choice(['+', '/', '%', '**', '<<'])} {self.number()} ))",
            lambda: f"set {r.choice(['-e', '-m', '-u', '-o pipefail', '--', '+e'])} {self.words()}",
            lambda: f"shift {self.number()}",
            lambda: f"exit {self.number()}",
            lambda: f"return {self.number()}",
            lambda: f"break {self.number()}",
            lambda: f"read -r -t {self.number()} x",
            lambda: f"cd {self.word()}",
            lambda: f". {self.word()}",
            lambda: f"export A={self.word()}",
            lambda: f"local {self.word()}={self.word()}",
            lambda: f"printf -v x '%s' {self.words()}",
            lambda: f"ulimit -t {self.number()}",
            lambda: f"echo {self.words()}{self.redirect()}",
            lambda: f"while :; do sleep {self.number()}; done",
        ]
        return r.choice(kinds)()

    def program(self) -> str:
        words = [self.filled(word) for word in self.random.choice(PROGRAMS)]
        return " ".join(words) + (f" {self.words()}" if self.random.random() < 0.2 else "")

    def filled(self, word: str) -> str:
        return {"NUMBER": self.number, "SIGNAL": self.signal}.get(word, lambda: word)()

    def word(self) -> str:
        r = self.random
        name = r.choice(
            ["a", "X", "@", "*", "#", "?", "!", "$", "1", "10", "a[0]", "a[@]", "PATH", "-"]
        )
        forms = [
            name,
            f"${name}",
            f'"${{{name}}}"',
            f"${{{name}:-{self.number()}}}",
            f"${{{name}##*/}}",
            f'"${{{name}%%:*}}"',
            f"${{{name}/a/b}}",
            f"${{{name}:{self.number()}:{self.number()}}}",
            f"${{#{name}}}",
            f"${{!{name}}}",
            f"$({self.short()})",
            f"`{self.short()}`",
            f"$(({self.number()}+{name}))",
            f"<({self.short()})",
            "'a b'",
            '"a b"',
            "$'\\n'",
            "~",
            "*",
            "{1..5}",
            "{1..1000000}",
            f"{{{self.number()}..{self.number()}}}",
            "/dev/null",
            "\\\n",
            "%1",
            self.number(),
            "\u00e9\U0001f469",
            "",
            '"',
            "'",
            "$(",
            "${",
            "[a-",
            "a\0b".replace("\0", ""),
        ]
        return r.choice(forms)

    def short(self) -> str:
        return self.random.choice(
            ["cat f", "echo x", "command -v node", "seq 3", "seq 1 100000", "date"]
        )

    def words(self) -> str:
        return " ".join(self.word() for _ in range(self.random.randint(0, 3)))

    def number(self) -> str:
        return self.random.choice(NUMBERS)

    def signal(self) -> str:
        return self.random.choice(SIGNALS)

    def redirect(self) -> str:
        return self.random.choice(
            ["", " > f", " 2>&1", " < f", " &> log", " >> $X", " <&-", " 3<f"]
        )


def dockerfile(random: Random) -> Tree:
    """A Dockerfile, perhaps with stages and a script."""
    shell, lines, stages = Shell(random), list[str](), list[str]()
    for number in range(random.choice([1, 1, 1, 2, 3])):
        image = random.choice([*IMAGES, *stages])
        stages.append(random.choice(["a", "b", f"s{number}"]))
        lines.append(f"FROM {image}" + random.choice([f" AS {stages[-1]}", ""]))
        lines += [_instruction(random, shell) for _ in range(random.randint(0, 8))]
    text = "\n".join(lines) + "\n"
    if random.random() < 0.1:
        text = f"# escape=`\n{text}"
    return {"Dockerfile": text, "e.sh": shell.script(), "lib.sh": Shell(random).script()}


def _instruction(random: Random, shell: Shell) -> str:
    words = random.choice(PROGRAMS)
    array = json.dumps([shell.filled(word) for word in words], ensure_ascii=False)
    inline = shell.statement(4).replace("\n", random.choice([" ", "; ", " \\\n"]))
    body = shell.body(1)
    choices = [
        f"CMD {array}",
        f"CMD {inline}",
        f"ENTRYPOINT {array}",
        f"ENTRYPOINT {inline}",
        'ENTRYPOINT ["/e.sh"]',
        'ENTRYPOINT ["sh", "/e.sh"]',
        "COPY e.sh lib.sh /",
        "COPY . /",
        f"COPY --chmod={random.choice(NUMBERS)} e.sh /e.sh",
        f"COPY --from={random.choice('ab0X')} / /",
        f'CMD ["sh", "-c", {json.dumps(inline)}]',
        f'CMD ["/bin/bash", "-c", {json.dumps(body)}, "a"]',
        f"STOPSIGNAL {random.choice(SIGNALS)}",
        f"ENV A={shell.word()} B={shell.number()}",
        f"ARG X={shell.word()}",
        "USER app",
        f"WORKDIR {random.choice(['/', 'x', '$A', '..'])}",
        'SHELL ["/bin/bash", "-o", "pipefail", "-c"]',
        "SHELL []",
        "RUN apk add tini",
        f"RUN {inline}",
        f"RUN <<EOF\n{body}\nEOF",
        f"COPY <<EOF /e.sh\n{shell.script()}\nEOF",
        f"HEALTHCHECK --interval={random.choice(NUMBERS)} CMD x",
        f"ONBUILD CMD {inline}",
        "CMD",
        "CMD []",
        "ENTRYPOINT []",
        'CMD [""]',
        'CMD ["a", 1]',
        "VOLUME /x",
        "# gracelint: ignore[GL101]",
        "RUN echo '#!/bin/sh' > /e.sh && echo 'exec app' >> /e.sh && chmod +x /e.sh",
        "\tFROM x",
        "NONSENSE",
    ]
    return random.choice(choices)
