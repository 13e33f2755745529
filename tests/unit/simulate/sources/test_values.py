"""What expressions of programs come to: the value that the interpreter gives, or none at all.

The values in values.json are those of Python 3.11, Node.js 20, Ruby 3.1, Perl 5.36 and PHP 8.2.
`told`: the value is worked out. `open`: nobody has to work it out, but another value is wrong.
`fails`: there is none, as the program ends there.
"""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
from launched import launched

from gracelint.diagnose.tell import tell

VALUES: dict[str, dict[str, Any]] = json.loads(
    (Path(__file__).parent / "values.json").read_text(encoding="utf-8")
)
PROGRAMS = {
    "python": ["python3", "main.py"],
    "node": ["node", "main.js"],
    "ruby": ["ruby", "main.rb"],
    "perl": ["perl", "main.pl"],
    "php": ["php", "main.php"],
}
STARTS = {
    "python": """import json, os, shlex, sys
value = ({})
os.execv('/app/server', ['server', str(value)])
""",
    "node": """const path = require('path');
const value = ({});
require('child_process').spawn('/app/server', [value + '']);
""",
    "ruby": "value = ({})\nexec('/app/server', value.to_s)\n",
    "perl": "my $value = ({});\nexec('/app/server', $value);\n",
    "php": "<?php\n$value = ({});\npcntl_exec('/app/server', [$value . '']);\n",
}
"""Programs that start the server with what an expression comes to."""

SAID = {
    "python": ("import json, os, shlex, sys\n", "sys.stdout.write(str({}) + '\\0')\n"),
    "node": ("const path = require('path');\n", "process.stdout.write(({}) + '\\0');\n"),
    "ruby": ("", "print(({}).to_s + 0.chr)\n"),
    "perl": ("", "print(scalar({}), chr(0));\n"),
    "php": ("<?php\n", "echo({}), chr(0);\n"),
}
"""How a program begins, and how it says what an expression comes to."""

FAILS = {
    "python": "try:\n str({})\n sys.stdout.write('no')\nexcept Exception:\n pass\n",
    "node": "try { ({}) + ''; process.stdout.write('no'); } catch (e) { ; }\n",
    "ruby": "begin; ({}).to_s; print('no'); rescue StandardError; end\n",
}
"""How it says that an expression comes to a value, where it should fail."""


def told(language: str, expression: str) -> str | None:
    """The value that the program's process is started with; None where it is not known."""
    program, name = PROGRAMS[language]
    text = STARTS[language].replace("{}", expression)
    story = tell(launched([program, name], {name: text}))
    assert story.tree is not None
    started = [p.argv for p in story.tree.walk() if "server" in (p.argv[0].value or "")]
    return started[0][1].value if started and len(started[0]) > 1 else None


def expressions(kind: str) -> list[object]:
    return [
        pytest.param(language, expression, value, id=f"{language}: {expression}")
        for language, values in VALUES.items()
        for expression, value in values[kind].items()
    ]


@pytest.mark.parametrize(("language", "expression", "value"), expressions("told"))
def test_the_value_is_told(language: str, expression: str, value: str) -> None:
    assert told(language, expression) == value


@pytest.mark.parametrize(("language", "expression", "value"), expressions("open"))
def test_no_other_value_is_told(language: str, expression: str, value: str) -> None:
    assert told(language, expression) in {None, value}


@pytest.mark.parametrize(
    ("language", "expression"),
    [(language, each) for language in FAILS for each in VALUES[language]["fails"]],
)
def test_no_value_is_told_of_what_fails(language: str, expression: str) -> None:
    assert told(language, expression) is None


@pytest.mark.parametrize("language", VALUES)
def test_the_interpreter_gives_these_values(language: str, tmp_path: Path) -> None:
    program, name = PROGRAMS[language]
    if shutil.which(program) is None:
        pytest.skip(f"{program} is not installed")
    values = VALUES[language]["told"] | VALUES[language]["open"]
    begin, said = SAID[language]
    lines = [said.replace("{}", each) for each in values]
    lines += [FAILS[language].replace("{}", each) for each in VALUES[language].get("fails", ())]
    (tmp_path / name).write_text(begin + "".join(lines))
    done = subprocess.run(
        [program, name], cwd=tmp_path, capture_output=True, text=True, timeout=60, check=True
    )
    assert dict(zip(values, done.stdout.split("\0"), strict=False)) == values
    assert done.stdout.endswith("\0")


ODD = {
    "java": (
        "Main.java",
        """public class Main { public static void main(String[] a) throws Exception {
            int n = Integer.getInteger("n"); int m = Integer.parseInt("--5"); Thread.sleep(n + m);
        } }""",
        ["java", "-Dn=--5", "Main.java"],
    ),
    "node": (
        "main.js",
        'setInterval(() => {}, Number("²") + parseInt("--5"));',
        ["node", "main.js"],
    ),
    "python": ("main.py", "import signal\nsignal.set_wakeup_fd({})\n", ["python3", "main.py"]),
    "format": ("main.py", 'print("{²} {--1}".format(1))\n', ["python3", "main.py"]),
}


@pytest.mark.parametrize("name", ODD)
def test_odd_values_leave_open_what_depends_on_them(name: str) -> None:
    path, source, argv = ODD[name]
    assert tell(launched(argv, {path: source})).reason
