"""How many small changes of the code do the tests notice?

    python tests/mutation/run.py --cover             once: which test runs which lines
    python tests/mutation/run.py --sample 200        a sample of all changes; prints its seed
    python tests/mutation/run.py --only simulate/shell/jobs.py

Each change is tried in a copy of a process that has collected the tests already. Only the tests
that run the changed line are tried, up to the first failure: those of the rule first, then quick
ones, each of which takes another way through the module than those before; after 20 seconds of the
processor, a change that no test has noticed counts as a survivor. Changes are made to the
bodies of functions; tables and patterns of a module are left alone.

Which test runs which lines is kept, with the text of the modules at that time: where a function was
changed since, all tests that ran any of its lines are tried. `--cover` again adds new tests alone.
It may be found out in several processes, each with a `--cache` of its own and a part of the tests;
all caches together are then given to the run that tries changes.
"""

from __future__ import annotations

import argparse
import difflib
import gc
import importlib
import mmap
import os
import random
import resource
import signal
import sys
import time
import zlib
from collections import Counter
from functools import cache
from itertools import accumulate
from pathlib import Path
from types import CodeType, FunctionType
from typing import TYPE_CHECKING

import pytest
from coverage import Coverage, CoverageData
from mutation_kinds import Mutant, mutants, source

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    Ran = frozenset[int]

ROOT = Path(__file__).parent.parent.parent
PACKAGES = ("simulate", "diagnose", "fix", "checks")
SECONDS = 20
HANGS = 10
"""A test that takes so many times as long as it used to has noticed the change, too."""

WARMING = 40
MOST_MEMORY = 2 << 30
SAME_LAUNCHES = ("test_measured", "test_no_contradiction", "test_explore")
"""Tests that tell less of launches of which all is told in `tests/unit/told`."""


def main() -> int:
    asked = _options()
    os.environ["CI"] = "true"
    os.chdir(ROOT)
    plugin = Cover(asked.cache[0]) if asked.cover else Try(asked.cache, _wanted(asked))
    without = [f"-pno:{name}" for name in ("cacheprovider", "xdist", "cov")]
    pytest.main(["-q", *without, *asked.tests], [plugin])
    return plugin.status


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Change the code a little; do tests notice?")
    parser.add_argument("--cover", action="store_true", help="find out which test runs which lines")
    parser.add_argument("--sample", type=int, default=200)
    parser.add_argument("--seed")
    parser.add_argument(
        "--part", default="1/1", help="of a sample with a seed, in several processes"
    )
    parser.add_argument("--only", nargs="*", default=[], metavar="PATH[:LINE]")
    parser.add_argument("--tests", nargs="*", default=[], metavar="PATH", help="else all of them")
    parser.add_argument("--within", nargs="*", default=[""], metavar="PATH", help="sample these")
    parser.add_argument("--cache", nargs="+", type=Path, default=[ROOT / ".mutation"])
    return parser.parse_args()


def _wanted(asked: argparse.Namespace) -> list[Mutant]:
    if asked.only:
        return [mutant for only in asked.only for mutant in _named(only)]
    seed = asked.seed or str(random.SystemRandom().randrange(10**9))
    _say(f"seed {seed}")
    inside = tuple(str(ROOT / "gracelint" / within) for within in asked.within)
    paths = [path for path in _modules() if str(path).startswith(inside)]
    every = [mutant for path in paths for mutant in mutants(path)]
    part, of = map(int, asked.part.split("/"))
    return random.Random(seed).sample(every, min(asked.sample, len(every)))[part - 1 :: of]


def _named(only: str) -> Iterator[Mutant]:
    name, _, line = only.partition(":")
    for mutant in mutants(ROOT / "gracelint" / name):
        if not line or mutant.line == int(line):
            yield mutant


class Cover:
    """Runs tests once and keeps which lines each of them runs, and how long it takes.

    Goes on where an earlier run was broken off.
    """

    status = 0

    def __init__(self, cache: Path) -> None:
        self.cache = cache

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        self.cache.mkdir(parents=True, exist_ok=True)
        self._keep_text()
        done = _seconds(self.cache)
        sources = [f"gracelint/{name}" for name in PACKAGES]
        cover = Coverage(str(self.cache / "lines"), branch=False, source=sources, config_file=False)
        cover.load()
        cover.start()
        with (self.cache / "seconds").open("a", encoding="utf-8") as kept:
            for item in session.items:
                if item.nodeid in done:
                    continue
                cover.switch_context(item.nodeid)
                start = time.process_time()
                if _passes(item):
                    kept.write(f"{time.process_time() - start:.4f} {item.nodeid}\n")
                    kept.flush()
                else:
                    _say(f"fails without any change: {item.nodeid}")
        cover.stop()
        cover.save()
        return True

    def _keep_text(self) -> None:
        """The modules as they are now, unless lines of an earlier state are known already."""
        for path in _modules():
            kept = self.cache / "text" / path.relative_to(ROOT)
            kept.parent.mkdir(parents=True, exist_ok=True)
            if not kept.exists():
                kept.write_bytes(path.read_bytes())
            elif kept.read_bytes() != path.read_bytes():
                raise SystemExit(f"{path} has changed: remove {self.cache}, or give another one")


def _modules() -> list[Path]:
    folders = [ROOT / "gracelint" / name for name in PACKAGES]
    return [path for folder in folders for path in sorted(folder.rglob("*.py"))]


def _seconds(cache: Path) -> dict[str, float]:
    """How long each test takes that passes without any change."""
    path = cache / "seconds"
    lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
    pairs = (line.split(" ", 1) for line in lines)
    return {name: float(seconds) for seconds, name in pairs}


def _passes(item: pytest.Item) -> bool:
    reports = _reports(item)
    return not any(report.failed for report in reports)


def _reports(item: pytest.Item) -> list[pytest.TestReport]:
    from _pytest.runner import runtestprotocol

    item.ihook.pytest_runtest_logstart(nodeid=item.nodeid, location=item.location)
    return runtestprotocol(item, log=False, nextitem=None)


class Lines:
    """What a cache knows: the tests that ran a line, by the lines of today."""

    def __init__(self, cache: Path) -> None:
        self.cache = cache
        self.data = CoverageData(str(cache / "lines"))
        self.data.read()

    def tests(self, mutant: Mutant) -> dict[str, tuple[Ran, Ran]]:
        """The tests that ran the line, with all that each ran of the function and of the module."""
        by_line = self.by_line(mutant.path)
        numbers = self.numbers(mutant.path)
        inside = {numbers[n] for n in range(mutant.first, mutant.last + 1) if n in numbers}
        return {
            name: (self._ran(mutant.path)[name] & inside, self._ran(mutant.path)[name])
            for line in self._then(mutant)
            for name in by_line.get(line, ())
        }

    @cache  # noqa: B019
    def _ran(self, path: Path) -> dict[str, Ran]:
        """The lines of a module that each test ran, by their numbers then."""
        ran: dict[str, set[int]] = {}
        for line, names in self.by_line(path).items():
            for name in names:
                ran.setdefault(name, set()).add(line)
        return {name: frozenset(lines) for name, lines in ran.items()}

    def _then(self, mutant: Mutant) -> set[int]:
        """The line as it was numbered then; of a line that was changed, those of its function."""
        numbers = self.numbers(mutant.path)
        if mutant.line in numbers:
            return {numbers[mutant.line]}
        return {numbers[line] for line in range(mutant.first + 1, mutant.last) if line in numbers}

    @cache  # noqa: B019
    def numbers(self, path: Path) -> dict[int, int]:
        """Lines that are as they were, and their numbers then."""
        kept = self.cache / "text" / path.relative_to(ROOT)
        old, new = (
            one.read_text(encoding="utf-8").splitlines() if one.exists() else []
            for one in (kept, path)
        )
        blocks = difflib.SequenceMatcher(None, old, new, autojunk=False).get_matching_blocks()
        return {
            block.b + number + 1: block.a + number + 1
            for block in blocks
            for number in range(block.size)
        }

    @cache  # noqa: B019
    def by_line(self, path: Path) -> dict[int, list[str]]:
        """The tests of each line, by its number then; the checkout may have stood elsewhere."""
        name = f"/{path.relative_to(ROOT)}"
        then = [one for one in self.data.measured_files() if one.endswith(name)]
        return self.data.contexts_by_lineno(then[0]) if then else {}


def _unlike_first(ran: dict[str, tuple[Ran, Ran]]) -> list[str]:
    """Tests in an order in which one that takes other ways through the module, and there through
    the function, comes before one more that takes the same.
    """
    of_module: Counter[tuple[Ran, Ran]] = Counter()
    of_function: Counter[Ran] = Counter()
    turns: dict[str, tuple[int, int]] = {}
    for name, lines in ran.items():
        turns[name] = of_module[lines], of_function[lines[0]]
        of_module[lines] += 1
        of_function[lines[0]] += 1
    return sorted(ran, key=turns.__getitem__)


class Try:
    """Tries changes, each in a copy of this process."""

    def __init__(self, caches: list[Path], wanted: list[Mutant]) -> None:
        self.lines = [Lines(cache) for cache in caches]
        self.seconds = {name: s for cache in caches for name, s in _seconds(cache).items()}
        self.wanted = wanted
        self.sound: dict[str, bool] = {}
        self.status = 0

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        items = {item.nodeid: item for item in session.items if item.nodeid in self.seconds}
        _warm(items)
        survivors = 0
        for number, mutant in enumerate(self.wanted, 1):
            tests = [items[name] for name in self._near_first(mutant) if name in items]
            fate = self._fate(mutant, tests)
            place = f"{mutant.path.relative_to(ROOT)}:{mutant.line}"
            _say(f"{number:4} {fate:9} {place} {mutant.function}: {mutant.words}")
            survivors += not fate.startswith("killed")
        killed = len(self.wanted) - survivors
        _say(f"{killed} of {len(self.wanted)} killed, {killed / max(len(self.wanted), 1):.1%}")
        self.status = int(survivors * 10 > len(self.wanted))
        return True

    def _near_first(self, mutant: Mutant) -> list[str]:
        """The tests that run the line: those of the rule first, then some of each kind, which
        share the time.
        """
        ran = {name: lines for cache in self.lines for name, lines in cache.tests(mutant).items()}
        rule = mutant.path.stem.split("_")[0].upper()
        folder = mutant.path.relative_to(ROOT / "gracelint").parts[0]
        near: list[str] = []
        kinds: dict[float, list[str]] = {0.5: [], 1: [], 2: [], 4: []}
        for name in _unlike_first(
            {name: ran[name] for name in sorted(ran.keys() & self.seconds.keys(), key=self._turn)}
        ):
            if rule.startswith("GL") and rule in name:
                near.append(name)
            elif any(same in name for same in SAME_LAUNCHES):
                kinds[4].append(name)
            else:
                kinds[0.5 if "unit/told" in name else 1 if f"unit/{folder}" in name else 2] += [
                    name
                ]
        mixed = [
            (until * step, name)
            for step, names in kinds.items()
            for until, name in zip(
                accumulate(map(self.seconds.__getitem__, names)), names, strict=True
            )
        ]
        return near + [name for _, name in sorted(mixed)]

    def _turn(self, name: str) -> tuple[float, int]:
        """Quick ones first, and those that take as long in an order that mixes them."""
        return round(self.seconds[name], 2), zlib.crc32(name.encode())

    def _fate(self, mutant: Mutant, tests: list[pytest.Item]) -> str:
        tests = [test for test in tests if self.sound.get(test.nodeid, True)]
        if not tests:
            return "untested"
        _load(mutant)
        at = mmap.mmap(-1, 16)
        status = _in_a_copy(lambda: _attempt(mutant, tests, at))
        number, start = int.from_bytes(at[:8], "big"), int.from_bytes(at[8:], "big") / 1000
        if os.WIFEXITED(status) and os.WEXITSTATUS(status) == LIVES:
            return "survives"
        if os.WIFEXITED(status) and os.WEXITSTATUS(status) == LOST:
            return "not found"
        if os.WIFEXITED(status):
            if self._sound(tests[number]):
                return "killed"
            return self._fate(mutant, tests)
        if os.WTERMSIG(status) == signal.SIGSEGV:  # of Python itself, whose code was exchanged
            rest = tests[number + 1 :]
            return self._fate(mutant, rest) if rest else "survives"
        usual = self.seconds[tests[number].nodeid]
        return "killed: t" if SECONDS - start > HANGS * usual + 1 else "no time"

    def _sound(self, test: pytest.Item) -> bool:
        """Whether a test passes without any change, as it did when its lines were found out."""
        if test.nodeid not in self.sound:
            status = _in_a_copy(lambda: int(not _passes(test)))
            self.sound[test.nodeid] = status == 0
            if status:
                _say(f"fails without any change: {test.nodeid}")
        return self.sound[test.nodeid]


def _warm(items: dict[str, pytest.Item]) -> None:
    """Have read what all copies need, modules and the atlas, by a few tests; what functions that
    may be changed remember is forgotten again.
    """
    told = [name for name in items if "unit/told" in name]
    for name in told[:: max(len(told) // WARMING, 1)]:
        _passes(items[name])
    remembers = type(cache(len))
    changeable = tuple(f"gracelint.{name}" for name in PACKAGES)
    for kept in gc.get_objects():
        if isinstance(kept, remembers) and kept.__module__.startswith(changeable):
            kept.cache_clear()


def _in_a_copy(work: Callable[[], int]) -> int:
    """How a copy of this process ends that does some work in silence."""
    child = os.fork()
    if child == 0:
        nowhere = os.open(os.devnull, os.O_RDWR)
        for stream in (1, 2):
            os.dup2(nowhere, stream)
        os._exit(work())
    return os.waitpid(child, 0)[1]


LIVES, DIES, LOST = range(3)


def _attempt(mutant: Mutant, tests: list[pytest.Item], at: mmap.mmap) -> int:
    """In the copy: make the change, run the tests; whether all of them pass, or no function is
    there to be changed.
    """
    signal.signal(signal.SIGXCPU, signal.SIG_DFL)
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS + 1))
    resource.setrlimit(resource.RLIMIT_AS, (MOST_MEMORY, MOST_MEMORY))
    try:
        _change(mutant)
    except LookupError:
        return LOST
    try:
        for number, test in enumerate(tests):
            at[:8] = number.to_bytes(8, "big")
            at[8:] = int(time.process_time() * 1000).to_bytes(8, "big")
            if not _passes(test):
                return DIES
    except BaseException:  # noqa: BLE001
        return DIES
    return LIVES


def _load(mutant: Mutant) -> None:
    """Many modules are read when they are needed: a change wants the function to be there."""
    path = mutant.path.relative_to(ROOT).with_suffix("")
    importlib.import_module(".".join(path.parts).removesuffix(".__init__"))


def _change(mutant: Mutant) -> None:
    """Exchange the code of the function, wherever it is referred to."""
    code = compile(source(mutant), str(mutant.path), "exec", dont_inherit=True)
    new = next(
        inner
        for inner in _codes(code)
        if (inner.co_firstlineno, inner.co_name) == (mutant.first, mutant.function)
    )
    functions = [
        function
        for function in gc.get_objects()
        if isinstance(function, FunctionType)
        and function.__code__.co_firstlineno == mutant.first
        and function.__code__.co_qualname == new.co_qualname
        and function.__code__.co_filename == str(mutant.path)
    ]
    if not functions:
        raise LookupError(mutant)
    for function in functions:
        function.__code__ = new


def _codes(code: CodeType) -> Iterator[CodeType]:
    for inner in code.co_consts:
        if isinstance(inner, CodeType):
            yield inner
            yield from _codes(inner)


def _say(text: str) -> None:
    sys.__stdout__.write(f"{text}\n")
    sys.__stdout__.flush()


if __name__ == "__main__":
    sys.exit(main())
