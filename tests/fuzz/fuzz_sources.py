"""Sources of applications by a grammar, in the languages that are played."""

from __future__ import annotations

import re
import tomllib
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fuzz_words import NUMBERS, SIGNALS, Steady

from gracelint.simulate.sources import library

if TYPE_CHECKING:
    from collections.abc import Callable
    from random import Random

    Tree = dict[str, str]

_TABLE: dict[str, dict[str, Any]] = tomllib.loads(
    Path(__file__).with_name("sources.toml").read_text(encoding="utf-8")
)
_HOLE = re.compile(r"<([A-Z])>")
_NAME = re.compile(r'"([A-Za-z_$][\w.$]{1,40}[!?]?)"')
_LONG_TEXT = "a" * 3000
_CHOICES = {
    "V": ["a", "b", "c", "x"],
    "F": ["f", "g", "h"],
    "G": SIGNALS,
    "I": ["b", "./b", "app", "a.b", "os", ".", "B"],
}
_COUNTS = ["0", "1", "2", "3", "7", "60", "401", "1000000000", "-1", "10**9", "1e9", "0x7fffffff"]
_TEXTS = ["", "a", "a b", "TERM", "SIGTERM", "sleep 1", "/bin/sh", "%s%d%%", "\\n", "\u00e9", "{}"]
_PATTERNS = ["(a+)+b", "(a|aa)*b", "(.*)*x", "[", "(?P<a>", "a{1,99999}", "(a?){50}a{50}", "\\\\1"]


@cache
def _known(language: str) -> Steady[str]:
    """Names that the library of a language has, as its modules write them."""
    top = Path(library.__file__).parent
    folder = _TABLE[language]["folder"]
    paths = [*top.glob(f"{folder}*.py"), *top.glob(f"{folder}/*.py")]
    texts = [path.read_text(encoding="utf-8") for path in sorted(paths)]
    return Steady(sorted({name for text in texts for name in _NAME.findall(text)}))


class Source:
    """One file. left: how many templates may still be filled with others."""

    def __init__(self, random: Random, language: str, most: int = 90) -> None:
        self.random = random
        self.language = _TABLE[language]
        self.known = _known(language)
        self.expressions = _templates(self.language["expressions"])[0]
        self.statements = _templates(self.language["statements"])
        self.left = random.randint(5, most)

    def text(self) -> str:
        """The whole file."""
        body = self.block(0)
        return self.language["head"] + body + self.language.get("tail", "")

    def block(self, depth: int) -> str:
        count = self.random.randint(1, 8 if depth == 0 else 3)
        return "".join(f"{self.statement(depth)}\n" for _ in range(count))

    def statement(self, depth: int) -> str:
        self.left -= 1
        choices = self.statements[self.left < 0 or depth > 4]
        return _HOLE.sub(lambda hole: self._fill(hole[1], depth), self.random.choice(choices))

    def expression(self, depth: int) -> str:
        self.left -= 1
        if self.left < 0 or depth > 6:
            return self._fill(self.random.choice("NTV"), depth)
        template = self.random.choice(self.expressions)
        text = _HOLE.sub(lambda hole: self._fill(hole[1], depth), template)
        return text if template[0] != "-" and " " not in template else f"({text})"

    def _fill(self, hole: str, depth: int) -> str:
        fill: dict[str, Callable[[], str]] = {
            "E": lambda: self.expression(depth + 1),
            "S": lambda: self._inner(depth + 1),
            "K": lambda: self.known.one(self.random),
            "M": lambda: self.known.one(self.random).rpartition(".")[2],
            "N": self._number,
            "R": lambda: self._quoted(self.random.choice(_PATTERNS), pattern=True),
            "T": self._text,
        }
        return fill[hole]() if hole in fill else self.random.choice(_CHOICES[hole])

    def _number(self) -> str:
        return self.random.choice(_COUNTS if self.random.random() < 0.98 else NUMBERS)

    def _text(self) -> str:
        text = _LONG_TEXT if self.random.random() < 0.03 else self.random.choice(_TEXTS)
        return self._quoted(text)

    def _quoted(self, text: str, *, pattern: bool = False) -> str:
        if pattern and self.language["block"] != ":":
            return f"/{text}/"
        quote = '"' if self.language["folder"] in {"golang", "java"} else "'"
        return f"{quote}{text}{quote}"

    def _inner(self, depth: int) -> str:
        body = self.block(depth)
        if self.language["block"] == "{}":
            return f" {body}"
        indented = "".join(f"    {line}\n" for line in body.splitlines())
        return f"\n{indented}" if self.language["block"] == ":" else indented


@cache
def _templates(text: str) -> tuple[list[str], list[str]]:
    """Templates that may hold statements, and those that do not."""
    every = [line.replace("\\n", "\n") for line in text.strip("\n").split("\n")]
    return every, [template for template in every if "<S>" not in template]


def sources(random: Random) -> Tree:
    """An application in one of the languages, of two files that may load each other."""
    name = random.choice(sorted(_TABLE))
    language = _TABLE[name]
    text = f"FROM {language['image']}\nWORKDIR /\nCOPY . /\nCMD {language['command']}\n"
    return {
        "Dockerfile": text,
        language["file"]: Source(random, name).text(),
        language["other"]: Source(random, name, 15).text(),
    }
