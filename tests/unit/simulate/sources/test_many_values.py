"""What many expressions come to, those of a group in one program.

The files in many_values have a group a program, with what stands before it behind `|`, its own
functions behind `^`, and a line an expression with its value, or with `?` where it is not known.
The values are those of Python 3.11, Node.js 20, Ruby 3.1, Perl 5.36, PHP 8.2, Java 17 and Go 1.19;
`python tests/unit/simulate/sources/test_many_values.py` writes them anew. Those of groups that rest
on pauses are held to the interpreters only then.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import pytest

if __name__ == "__main__":
    sys.path.append(str(Path(__file__).parents[3] / "helpers"))

from launched import launched

from gracelint.diagnose.tell import tell
from gracelint.files.tree import Files
from gracelint.model.options import Options
from gracelint.session.session import Session

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gracelint.model.story import Story

HERE = Path(__file__).parent / "many_values"
PROGRAMS = {
    "python": ["python3", "main.py"],
    "node": ["node", "main.js"],
    "ruby": ["ruby", "main.rb"],
    "perl": ["perl", "main.pl"],
    "php": ["php", "main.php"],
    "java": ["java", "Main.java"],
    "go": ["go", "run", "main.go"],
}
IMAGES = {
    "java": 'FROM eclipse-temurin:17\nCOPY . .\nCMD ["java", "Main.java"]\n',
    "go": 'FROM golang:1.22\nCOPY . .\nRUN go build -o /run/it .\nCMD ["/run/it"]\n',
}
WHOLE = {
    "one after the other": "OUTSIDE\n(async () => {\nINSIDE\n})();\n",
    "java": """\
import java.time.*;
import java.util.*;
import java.util.concurrent.*;
import java.util.concurrent.atomic.*;
public class Main {
OUTSIDE
    public static void main(String[] args) throws Exception {
INSIDE
    }
}
""",
    "go": """\
package main

import ("context"; "errors"; "fmt"; "os"; "os/exec"; "path/filepath"; "strconv"; "strings"; "sync"
"sync/atomic"; "time")

var _, _, _, _, _ = os.Args, exec.Command, filepath.Join, strconv.Itoa, strings.ToUpper
var _, _, _, _, _ = errors.New, time.Second, fmt.Sprint, context.Background, atomic.AddInt32
var _ sync.Mutex

OUTSIDE
func main() {
INSIDE
}
""",
}
"""What stands around a program's statements, and around its own functions, by the language or by
the name of the group.
"""

STARTS = {
    "python": (
        "import json, os, shlex, signal, sys\n",
        "os.execv('/app/server', ['server', {}])\n",
        "str({})",
    ),
    "node": (
        "const path = require('path');\n",
        "require('child_process').spawn('/app/server', [{}]);\n",
        "({}) + ''",
    ),
    "ruby": ("", "exec('/app/server', {})\n", "({}).to_s"),
    "perl": ("", "exec('/app/server', {});\n", "({}) . ''"),
    "php": ("<?php\n", "pcntl_exec('/app/server', [{}]);\n", "({}) . ''"),
    "java": ("", 'new ProcessBuilder("/app/server", {}).start().waitFor();\n', '"" + ({})'),
    "go": ("", 'exec.Command("/app/server", {}).Run()\n', "fmt.Sprint({})"),
}
"""How a program begins, how it starts the server with values, and how a value becomes a word."""

SAID = {
    "python": "sys.stdout.write(str({}) + chr(0))\n",
    "node": "process.stdout.write(({}) + '\\0');\n",
    "ruby": "print(({}).to_s + 0.chr)\n",
    "perl": "print(({}) . '', chr(0));\n",
    "php": "echo({}), chr(0);\n",
    "java": 'System.out.print("" + ({}) + "\\0");\n',
    "go": 'os.Stdout.WriteString(fmt.Sprint({}) + "\\x00")\n',
}
UNKNOWN = "?"
ENDS = str.maketrans({"\n": "\\n", "\t": "\\t", "\r": "\\r"})


class Group(NamedTuple):
    """Expressions of one program, with what stands before them, and the value of each.

    outside: the functions of its own, where a language has its statements in one, too.
    """

    language: str
    name: str
    outside: str
    before: str
    values: dict[str, str]


def groups(language: str) -> Iterator[Group]:
    path = HERE / f"{language}.txt"
    for part in path.read_text(encoding="utf-8").split("\n\n"):
        name, *lines = part.strip("\n").split("\n")
        before, outside = (
            "".join(f"{line[2:]}\n" for line in lines if line.startswith(sign)) for sign in "|^"
        )
        pairs = [line.partition(" ::= ") for line in lines if not line.startswith(("|", "^"))]
        yield Group(language, name, outside, before, {pair[0]: pair[2] for pair in pairs})


def program_of(group: Group, lines: str) -> str:
    """The text of a program with these lines behind those of the group."""
    inside = f"{STARTS[group.language][0]}{group.before}{lines}"
    whole = WHOLE.get(group.name if group.name in WHOLE else group.language, "INSIDE")
    return whole.replace("OUTSIDE", group.outside).replace("INSIDE", inside)


def story_of(language: str, text: str) -> Story:
    program, *_, name = PROGRAMS[language]
    if language not in IMAGES:
        return tell(launched([program, name], {name: text}))
    files = {"Dockerfile": IMAGES[language], name: text, "go.mod": "module launch\n"}
    [story] = Session(Files("/nowhere", overlay=files), Options()).scene(["."]).stories
    return story


def told(group: Group) -> list[str]:
    """The values that the program's process is started with."""
    _, starts, word = STARTS[group.language]
    words = ", ".join(word.replace("{}", each) for each in group.values)
    story = story_of(group.language, program_of(group, starts.replace("{}", words)))
    assert story.tree is not None, story.reason
    started = [p.argv for p in story.tree.walk() if "server" in (p.argv[0].value or "")]
    values = [word.value for word in started[0][1:]] if started else []
    return [UNKNOWN if each is None else each.translate(ENDS) for each in values]


def given(group: Group, folder: Path) -> list[str]:
    """The values that the interpreter gives."""
    argv, said = PROGRAMS[group.language], SAID[group.language]
    lines = "".join(said.replace("{}", each) for each in group.values)
    (folder / argv[-1]).write_text(program_of(group, lines))
    done = subprocess.run(argv, cwd=folder, capture_output=True, text=True, timeout=120, check=True)
    return [each.translate(ENDS) for each in done.stdout.split("\0")[:-1]]


ALL = [
    pytest.param(group, id=f"{group.language}: {group.name}")
    for language in PROGRAMS
    for group in groups(language)
]


@pytest.mark.parametrize("group", ALL)
def test_these_values_are_told(group: Group) -> None:
    assert told(group) == list(group.values.values())


TIMED = ("goroutines", "one after the other", "threads", "threads and coroutines")
"""Groups whose values rest on pauses, which a busy machine does not keep."""


@pytest.mark.parametrize("group", [one for one in ALL if one.values[0].name not in TIMED])
def test_the_interpreter_gives_these_values(group: Group, tmp_path: Path) -> None:
    if shutil.which(PROGRAMS[group.language][0]) is None:
        pytest.skip(f"{PROGRAMS[group.language][0]} is not installed")
    values = zip(group.values.items(), given(group, tmp_path), strict=True)
    assert not [(*said, real) for said, real in values if said[1] not in {UNKNOWN, real}]


def main() -> None:
    """Write down what is told, and say what is told wrong."""
    for language in sys.argv[1:] or PROGRAMS:
        parts = []
        for group in groups(language):
            values = told(group)
            with tempfile.TemporaryDirectory() as folder:
                real = given(group, Path(folder))
            lines = [group.name, *(f"^ {line}" for line in group.outside.splitlines())]
            lines += [f"| {line}" for line in group.before.splitlines()]
            for each, value, true in zip(group.values, values, real, strict=True):
                if value not in {UNKNOWN, true}:
                    sys.stderr.write(f"{language}: {each} is {true}, and not {value}\n")
                lines.append(f"{each} ::= {value}")
            parts.append("\n".join(lines))
        (HERE / f"{language}.txt").write_text("\n\n".join(parts) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
