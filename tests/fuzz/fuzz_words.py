"""The words that trees are made of, from words.toml."""

from __future__ import annotations

import tomllib
from pathlib import Path

TABLE = tomllib.loads(Path(__file__).with_name("words.toml").read_text(encoding="utf-8"))
NUMBERS = [*TABLE["numbers"].split(), "9" * 400, "1" + "0" * 5000, "''", '"30"', "' 30 '"]
SIGNALS = [*TABLE["signals"].split(), "''", "TERM INT", "-"]
IMAGES = TABLE["images"].split()
PROGRAMS = [program.replace("~", " ").split("|") for program in TABLE["programs"].split()]
