"""Changed copies of texts that make sense: the project's own examples, and others if named."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

from fuzz_shell import Shell
from fuzz_words import IMAGES, NUMBERS, PROGRAMS, SIGNALS, Steady

from gracelint.pages import reader as pages

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from random import Random

    Tree = dict[str, str]
    Known = Steady[Tree]

HERE = Path(__file__).parent
_NUMBER = re.compile(r"\d+(?:\.\d+)?[smh]?")
_SIGNAL = re.compile(r"\b(?:SIG)?(?:TERM|INT|QUIT|HUP|USR1|USR2|KILL|WINCH)\b")
_WORD = re.compile(r"[\w./-]+")


def examples(folders: Iterable[Path] = (), others: Iterable[Tree] = ()) -> Known:
    """The examples of the rules' pages, those of `examples/`, the files of folders, and others."""
    found = [dict(example.files) for page in pages.load_all() for example in page.examples]
    tops = [*(HERE.parent.parent / "examples").iterdir(), *folders]
    found += [_read(top) for top in tops if top.is_dir()]
    return among([tree for tree in (*found, *others) if tree])


def among(known: Iterable[Tree]) -> Known:
    """Trees of which one is taken."""
    return Steady(known, lambda tree: "".join(tree.values()))


def _read(top: Path) -> Tree:
    paths = [
        path for path in sorted(top.rglob("*")) if path.is_file() and path.stat().st_size < 40_000
    ]
    texts = ((path.relative_to(top).as_posix(), path.read_bytes()) for path in paths[:40])
    return {
        name: data.decode("utf-8", "surrogateescape") for name, data in texts if b"\0" not in data
    }


def changed(random: Random, known: Known) -> Tree:
    """A copy of one of the trees with a few changes in one or two of its files."""
    tree = dict(known.one(random))
    for _ in range(random.randint(1, 4)):
        name = random.choice(sorted(tree))
        tree[name] = _once(random, tree[name], known)
    return tree


def _once(random: Random, text: str, known: Known) -> str:
    steps: list[Callable[[], str]] = [
        lambda: _exchange(random, text, _NUMBER, NUMBERS),
        lambda: _exchange(random, text, _SIGNAL, SIGNALS),
        lambda: _exchange(
            random, text, _WORD, [*IMAGES, *map(" ".join, PROGRAMS), *_WORD.findall(text)]
        ),
        lambda: _lines(random, text),
        lambda: _lines(random, text),
        lambda: _insert(random, text, Shell(random).statement(3)),
        lambda: _insert(random, text, Shell(random).word()),
        lambda: _insert(random, text, random.choice(_PIECES)),
        lambda: text.replace("\n", "\r\n"),
        lambda: text[: random.randint(0, len(text))],
        lambda: _spliced(random, text, random.choice(list(known.one(random).values()))),
        lambda: (
            text
            + "\n"
            + "\n".join(text.split("\n")[-random.randint(1, 5) :]) * random.randint(1, 20)
        ),
    ]
    return random.choice(steps)()


_PIECES = (
    *"'\"`$&|#[]\\\t\r\u2028\ufeff\udcff",
    *("${", "$(", "((", ";;", "{{", "}}", "&a", "*a", "!!x", "? ", "- ", ": ", "::error::"),
    *("\\\n", "<<EOF\n", "EOF\n", "\x1b[31m", "---\n", "# gracelint: ignore[GL101]\n"),
)


def _exchange(random: Random, text: str, what: re.Pattern[str], by: Iterable[str]) -> str:
    places = list(what.finditer(text))
    if not places:
        return text
    place = random.choice(places)
    return text[: place.start()] + random.choice(list(by)) + text[place.end() :]


def _insert(random: Random, text: str, piece: str) -> str:
    at = random.randint(0, len(text))
    return text[:at] + piece + text[at:]


def _spliced(random: Random, text: str, other: str) -> str:
    return text[: random.randint(0, len(text))] + other[random.randint(0, len(other)) :]


def _lines(random: Random, text: str) -> str:
    lines = text.split("\n")
    at = random.randrange(len(lines))
    kind = random.random()
    if kind < 0.3:
        del lines[at]
    elif kind < 0.6:
        lines.insert(random.randrange(len(lines) + 1), lines[at])
    elif kind < 0.8:
        other = random.randrange(len(lines))
        lines[at], lines[other] = lines[other], lines[at]
    else:
        lines[at] = random.choice(["  ", " ", "\t", ""]) + lines[at].lstrip()
    return "\n".join(lines)
