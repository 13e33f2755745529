"""What statements of Java and Go come to: the value that a run of them gives, or none at all.

The values in statements.json are those of Java 17 and Go 1.19; the last of the statements is the
value. `told`: it is worked out. `open`: nobody has to work it out, but another value is wrong.
"""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

import pytest

from gracelint.files.tree import Files
from gracelint.model.options import Options
from gracelint.session.session import Session

STATEMENTS: dict[str, dict[str, dict[str, str]]] = json.loads(
    (Path(__file__).parent / "statements.json").read_text(encoding="utf-8")
)
JAVA = """\
import java.time.*;
import java.util.*;
import java.util.concurrent.*;
import java.util.concurrent.atomic.*;
public class Main {
    public static void main(String[] args) throws Exception {
BODY
    }
}
"""
GO = """\
package main

import ("fmt"; "os"; "os/exec"; "path/filepath"; "strconv"; "strings"; "sync/atomic"; "time")

var _, _, _, _, _ = os.Args, exec.Command, filepath.Join, strconv.Itoa, strings.ToUpper
var _, _, _ = atomic.AddInt32, time.Second, fmt.Sprint

func main() {
BODY
}
"""
PROGRAMS = {
    "java": ("Main.java", ["java", "Main.java"], JAVA),
    "go": ("main.go", ["go", "run", "main.go"], GO),
}
IMAGES = {
    "java": 'FROM eclipse-temurin:17\nCOPY . .\nCMD ["java", "Main.java"]\n',
    "go": 'FROM golang:1.22\nCOPY . .\nRUN go build -o /run/it .\nCMD ["/run/it"]\n',
}
STARTS = {
    "java": 'new ProcessBuilder("/app/server", "" + (VALUE)).start().waitFor();',
    "go": 'exec.Command("/app/server", fmt.Sprint(VALUE)).Run()',
}
SAID = {
    "java": 'System.out.print("" + (VALUE) + "\\0");',
    "go": 'os.Stdout.WriteString(fmt.Sprint(VALUE) + "\\x00")',
}


def body(language: str, written: str, does: dict[str, str]) -> str:
    before, _, value = written.rpartition("; ")
    separator = ";" if language == "java" and before else ""
    return f"{before}{separator}\n{does[language].replace('VALUE', value)}\n"


def told(language: str, written: str) -> str | None:
    """The value that the program's process is started with; None where it is not known."""
    name, _, whole = PROGRAMS[language]
    program = whole.replace("BODY", body(language, written, STARTS))
    files = {"Dockerfile": IMAGES[language], name: program, "go.mod": "module launch\n"}
    [story] = Session(Files("/nowhere", overlay=files), Options()).scene(["."]).stories
    assert story.tree is not None
    started = [p.argv for p in story.tree.walk() if "server" in (p.argv[0].value or "")]
    return started[0][1].value if started and len(started[0]) > 1 else None


def statements(kind: str) -> list[object]:
    return [
        pytest.param(language, written, value, id=f"{language}: {written}")
        for language, values in STATEMENTS.items()
        for written, value in values[kind].items()
    ]


@pytest.mark.parametrize(("language", "written", "value"), statements("told"))
def test_the_value_is_told(language: str, written: str, value: str) -> None:
    assert told(language, written) == value


@pytest.mark.parametrize(("language", "written", "value"), statements("open"))
def test_no_other_value_is_told(language: str, written: str, value: str) -> None:
    assert told(language, written) in {None, value}


@pytest.mark.parametrize("language", STATEMENTS)
def test_a_run_gives_these_values(language: str, tmp_path: Path) -> None:
    name, argv, whole = PROGRAMS[language]
    if shutil.which(argv[0]) is None:
        pytest.skip(f"{argv[0]} is not installed")
    values = STATEMENTS[language]["told"] | STATEMENTS[language]["open"]
    blocks = "".join(f"{{\n{body(language, each, SAID)}}}\n" for each in values)
    (tmp_path / name).write_text(whole.replace("BODY", blocks))
    done = subprocess.run(
        argv, cwd=tmp_path, capture_output=True, text=True, timeout=120, check=True
    )
    assert dict(zip(values, done.stdout.split("\0"), strict=False)) == values
