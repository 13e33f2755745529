"""What starts several services, and what says how an application is built, line by line."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from fuzz_grid import VALUES
from fuzz_shell import Shell
from fuzz_sources import Source
from fuzz_words import NUMBERS, SIGNALS, TABLE

if TYPE_CHECKING:
    from collections.abc import Callable
    from random import Random

    Tree = dict[str, str]

_SERVED = TABLE["served"]
_LINE_VALUE = re.compile(r"(?m)(?<=[=: ])[^=: \n]+$|(?<=\")[^\"\n]+(?=\")|(?<=>)[^<>\n]+(?=<)")


def services(random: Random) -> Tree:
    """A supervisor, a build or a package with values exchanged in its files."""
    entry = _SERVED[random.choice(sorted(_SERVED))]
    tree = {
        place: _changed(random, text.lstrip("\n")) if random.random() < 0.9 else ""
        for place, text in entry["files"].items()
    }
    if language := entry.get("source"):
        tree[entry["main"]] = Source(random, language).text()
    tree["e.sh"] = Shell(random).script()
    shell = Shell(random)
    command = entry["command"].replace("<N>", random.choice(NUMBERS))
    lines = [f"FROM {entry['image']}", "COPY . /", *entry.get("instructions", ())]
    if random.random() < 0.2:
        lines.append(f"ENV A={shell.word()}")
    return {"Dockerfile": "\n".join([*lines, f"CMD {command}"]) + "\n", **tree}


def _changed(random: Random, text: str) -> str:
    """A text with a few values exchanged, and lines doubled, moved or left out."""
    for _ in range(random.randint(0, 4)):
        places = list(_LINE_VALUE.finditer(text))
        if places and random.random() < 0.75:
            place = random.choice(places)
            text = text[: place.start()] + _value(random) + text[place.end() :]
            continue
        lines = text.split("\n")
        at, other = random.randrange(len(lines)), random.randrange(len(lines))
        if random.random() < 0.5:
            lines[at:at] = [lines[other]] * random.choice([1, 1, 30])
        else:
            lines[at] = random.choice(["", f"{lines[at]} {lines[other]}", f" {lines[at]}"])
        text = "\n".join(lines)
    return text


def _value(random: Random) -> str:
    shell = Shell(random)
    kinds: list[Callable[[], str]] = [
        lambda: random.choice(NUMBERS),
        lambda: random.choice(SIGNALS),
        lambda: random.choice(VALUES),
        lambda: shell.simple().replace("\n", " "),
        shell.word,
        lambda: random.choice(["*", "/*", "../../*", "%(ENV_A)s", "%(a)s", "%(", "$(circus.wid)"]),
        lambda: random.choice(["a", "b", "x" * 3000, "[" * 60, "/etc/../etc/./x", "é", "."]),
    ]
    return random.choice(kinds)()
