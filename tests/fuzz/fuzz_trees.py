"""Trees of files of every kind that gracelint reads."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

from fuzz_beside import beside
from fuzz_build import build, hooks
from fuzz_charts import charts
from fuzz_grid import grid
from fuzz_services import services
from fuzz_shell import Shell, dockerfile
from fuzz_sources import sources
from fuzz_words import NUMBERS, SIGNALS, TABLE
from fuzz_yaml import compose, kubernetes

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from random import Random

    Tree = dict[str, str]

SOURCES = TABLE["sources"].split("|")
VALUES = TABLE["values"].split("|")


def configured(random: Random) -> Tree:
    """A program whose configuration or source is in sight."""
    shell = Shell(random)
    name = random.choice(sorted(TABLE["configured"]))
    entry = TABLE["configured"][name]
    fill = {
        "N": random.choice(NUMBERS),
        "S": random.choice(SIGNALS),
        "W": shell.word(),
        "B": shell.body(2).replace("'", "").replace("\n", " "),
        "J": json.dumps(shell.simple()),
        "P": _filled(random.choice(SOURCES), {"N": random.choice(NUMBERS)}),
    }
    copied = f"FROM debian:12\nCOPY {name} {entry['place']}\n"
    tree = {"Dockerfile": f"{copied}CMD {_filled(entry['command'], fill)}\n"}
    return tree | {name: _filled(entry["text"], fill)}


def _filled(text: str, fill: Mapping[str, str]) -> str:
    return re.sub(r"<([A-Z])>", lambda name: fill[name[1]], text)


def settings(random: Random) -> Tree:
    """Settings of any type at any key, over something to apply them to."""
    keys = random.sample(TABLE["settings"].split(), random.randint(1, 4))
    text = "\n".join(f"{key} = {random.choice(VALUES)}" for key in keys)
    return random.choice([compose, kubernetes])(random) | {"gracelint.toml": text + "\n"}


KINDS: tuple[Callable[[Random], Tree], ...] = (
    dockerfile,
    compose,
    kubernetes,
    charts,
    configured,
    settings,
    grid,
    beside,
    sources,
    build,
    hooks,
    services,
)


def tree(random: Random, names: Sequence[str] = ()) -> Tree:
    """Some tree of files; names: of which kinds."""
    return random.choice([kind for kind in KINDS if not names or kind.__name__ in names])(random)
