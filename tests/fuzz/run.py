"""Look for trees of files that break what has to hold.

    python tests/fuzz/run.py --seconds 60
    python tests/fuzz/run.py --trees 1500 --seed WORD      the same trees on every machine
    python tests/fuzz/run.py --seconds 3600 --corpus FOLDER… --keep FOLDER

Every find is made smaller and printed; the seed repeats the run. `--keep` writes each find into a
folder of its own. Ends with 1 when there is one.
"""

from __future__ import annotations

import argparse
import hashlib
import math
import random
import re
import sys
import time
import traceback
from pathlib import Path
from typing import TYPE_CHECKING

import fuzz_mutate as mutate
import fuzz_trees as trees
from fuzz_properties import Broken, check
from fuzz_told import told

if TYPE_CHECKING:
    from collections.abc import Iterator

    from fuzz_mutate import Known

    Tree = dict[str, str]

COUNTED = 25
"""Of so many trees, the work is counted for one."""


def main() -> int:
    asked = _options()
    seed = asked.seed or str(random.SystemRandom().randrange(10**9))
    _say(f"seed {seed}")
    folders = (path for top in asked.corpus for path in sorted(top.iterdir()))
    known = mutate.examples(folders, told())
    seconds = asked.seconds or (math.inf if asked.trees else 60)
    end, number = time.monotonic() + seconds, 0
    finds: dict[str, Tree] = {}
    while time.monotonic() < end and number != asked.trees and len(finds) < asked.finds:
        number += 1
        tree = _tree(random.Random(f"{seed} {number}"), known, asked.kinds)
        counted = number % COUNTED == 0
        why = broken(tree, counted=counted, strict=asked.strict)
        if why is None or _kind(why) in finds:
            continue
        small = smaller(tree, why, counted=counted)
        finds[_kind(why)] = small
        _tell(f"{seed} {number}", why, small)
        if asked.keep is not None:
            _keep(asked.keep, why, small)
    _say(f"{number} trees, {len(finds)} finds")
    return int(bool(finds))


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Look for trees of files that break a property.")
    parser.add_argument("--seconds", type=float)
    parser.add_argument("--trees", type=int, help="stop after so many")
    parser.add_argument("--seed")
    parser.add_argument("--kinds", nargs="*", default=[], help="only trees of these")
    parser.add_argument("--corpus", type=Path, nargs="*", default=[], metavar="FOLDER")
    parser.add_argument("--keep", type=Path, metavar="FOLDER")
    parser.add_argument("--strict", action="store_true", help="fixes that do not settle count, too")
    parser.add_argument("--finds", type=int, default=20, help="stop after so many")
    return parser.parse_args()


def _tree(chance: random.Random, known: Known, kinds: list[str]) -> Tree:
    if kinds:
        return trees.tree(chance, kinds)
    tree = trees.tree(chance) if chance.random() < 0.6 else mutate.changed(chance, known)
    if chance.random() < 0.15:
        tree = mutate.changed(chance, mutate.among([tree]))
    return tree


def broken(tree: Tree, *, counted: bool = False, strict: bool = True) -> str | None:
    """Which property a tree breaks, in words; None for a sound one."""
    try:
        check(tree, counted=counted, strict=strict)
    except Broken as why:
        return str(why)
    except Exception as error:  # noqa: BLE001
        last = traceback.extract_tb(error.__traceback__)[-1]
        return f"{type(error).__name__}: {error} ({Path(last.filename).name}, {last.name})"
    return None


def _kind(why: str) -> str:
    """Finds of one kind are told of once."""
    return re.sub(r"'[^']*'|`[^`]*`|^[^ :]*: |[\d,.]+", "", why)[:80]


def smaller(tree: Tree, why: str, *, counted: bool, seconds: float = 60) -> Tree:
    """A tree with less in it that breaks the same."""
    end = time.monotonic() + seconds
    changed = True
    while changed and time.monotonic() < end:
        changed = False
        for less in _less(tree):
            if time.monotonic() > end:
                break
            found = broken(less, counted=counted)
            if found is not None and _kind(found) == _kind(why):
                tree, changed = less, True
                break
    return tree


def _less(tree: Tree) -> Iterator[Tree]:
    """The tree without one of its files, lines, or words."""
    for name in tree:
        yield {other: text for other, text in tree.items() if other != name}
    for name, text in tree.items():
        lines = text.splitlines(keepends=True)
        size = max(len(lines) // 2, 1)
        while size:
            for at in range(0, len(lines), size):
                yield tree | {name: "".join(lines[:at] + lines[at + size :])}
            size //= 2
    for name, text in tree.items():
        for at in range(len(text)):
            end = at + max(len(text) // 12, 1)
            yield tree | {name: text[:at] + text[end:]}


def _tell(seed: str, why: str, tree: Tree) -> None:
    _say(f"\n== {why}\n   (seed and number: {seed})")
    for name, text in tree.items():
        _say(f"-- {name}\n{text.encode('utf-8', 'backslashreplace').decode()}")


def _keep(folder: Path, why: str, tree: Tree) -> None:
    top = folder / hashlib.sha256(_kind(why).encode()).hexdigest()[:10]
    for name, text in tree.items():
        (top / name).parent.mkdir(parents=True, exist_ok=True)
        (top / name).write_bytes(text.encode("utf-8", "surrogateescape"))
    (top / "WHY").write_text(f"{why}\n", encoding="utf-8", errors="backslashreplace")


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
