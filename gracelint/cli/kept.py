"""What a run has said, said again as long as all that it rests on is as it was.

It is kept in the user's own cache: in the tree, whoever writes a pull request could put there what
they like. Nothing in it is believed: whatever the run asked of the disk is asked again first. Only
plain checks are kept, none that write, look at commits, or render charts.
"""

from __future__ import annotations

import json
import os
import sys
from contextlib import suppress

import gracelint
from gracelint.base.typed import TYPE_CHECKING, Any
from gracelint.cli import output
from gracelint.files.cache import Cache
from gracelint.files.noted import Noted, answers_as_before, digest
from gracelint.files.walk import leads_out, root_of
from gracelint.files.whole import real, whole

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

_PLAIN = frozenset(
    (
        *("paths", "select", "extend_select", "ignore", "isolated", "render"),
        *("fail_level", "exit_zero", "output_format", "advice", "statistics", "color", "jobs"),
    )
)
"""The options of a run that rests on nothing but the files below its roots."""

_PLACES = ("GITHUB_WORKSPACE", "CI_PROJECT_DIR")
"""Variables that say from where services take the paths in a report."""

_now: Kept | None = None
"""Of the run that is being kept."""


def follow(command: str, given: Mapping[str, Any], run: Callable[[], int]) -> int:
    """Say what was said before, else run, and keep what that says; the exit status."""
    cache = Cache.of_user() if command == "check" and given.keys() <= _PLAIN else None
    paths = tuple(given.get("paths") or ["."])
    if cache is None or "-" in paths:
        return run()
    try:
        kept = Kept(cache, paths, given)
    except (OSError, ValueError):
        return run()
    status = kept.again()
    return kept.keep(run) if status is None else status


def door(root: str) -> Noted | None:
    """The way to the files below a root that keeps in mind what it is asked; None: none has to."""
    return _now.door(root) if _now is not None else None


class Kept:
    """What is kept of a run. paths, given: as the command line has them."""

    def __init__(self, cache: Cache, paths: tuple[str, ...], given: Mapping[str, Any]) -> None:
        self._doors: dict[str, Noted] = {}
        self._cache = cache
        cwd = os.getcwd()
        self._ground = [_ground(path, cwd) for path in paths]
        self._roots = {root for root, *_ in self._ground}
        self._is_apart = cache.is_apart({cwd, *self._roots})
        asked = sorted((name, str(value)) for name, value in given.items() if name != "jobs")
        run = (_made_by(), asked, cwd, _streams(), [_place(name) for name in _PLACES])
        self._name = digest(repr(run).encode("utf-8", "surrogateescape"))

    def again(self) -> int | None:
        """Say what was said before, if that is still so; the exit status, None where it is not."""
        if not self._is_apart:
            return None
        try:
            entry = json.loads(self._cache.read(self._name))
            roots = entry["roots"]
            if entry["ground"] != self._ground or roots.keys() != self._roots:
                return None
            if not all(answers_as_before(root, asked) for root, asked in roots.items()):
                return None
            said = [(_WRITERS[where], text.encode("latin-1")) for where, text in entry["said"]]
            status = {0: 0, 1: 1}[entry["status"]]
        except _BROKEN:
            return None
        self._cache.used(self._name)
        return _said(said, status)

    def keep(self, run: Callable[[], int]) -> int:
        """Run, and keep what is said if that may be said again."""
        global _now
        _now, output.heard = self, []
        try:
            status = run()
            looked = self._doors.keys() == self._roots and all(
                d.whole for d in self._doors.values()
            )
            if status in {0, 1} and looked and self._is_apart:
                with suppress(OSError, ValueError):
                    self._write(status, output.heard)
            return status
        finally:
            _now, output.heard = None, None

    def door(self, root: str) -> Noted:
        """The door of a root."""
        if root not in self._doors:
            self._doors[root] = Noted(root)
        return self._doors[root]

    def _write(self, status: int, said: Iterable[tuple[str, bytes]]) -> None:
        roots = {
            root: [(*question, answer) for question, answer in door.asked.items()]
            for root, door in self._doors.items()
        }
        texts = [(where, data.decode("latin-1")) for where, data in said]
        entry = {"ground": self._ground, "roots": roots, "said": texts, "status": status}
        self._cache.write(self._name, json.dumps(entry))


_BROKEN = (
    OSError,
    ValueError,
    TypeError,
    LookupError,
    AttributeError,
    ArithmeticError,
    RecursionError,
)
"""What an entry that is damaged makes of reading it."""

_WRITERS = {"out": output.out_bytes, "err": output.err_bytes}


def _said(said: Iterable[tuple[Callable[[bytes], None], bytes]], status: int) -> int:
    try:
        for write, data in said:
            write(data)
    except BrokenPipeError:
        return output.closed_quietly()
    except output.Unwritten as error:
        output.err(f"gracelint: error: {error}")
        return 2
    return status


def _place(name: str) -> str:
    """Where a variable leads now."""
    given = os.environ.get(name, "")
    return real(given) if given else ""


def _ground(path: str, cwd: str) -> list[Any]:
    """What is asked of the disk about a path that is named: first its root, then what is above."""
    given = whole(path)
    out = None
    with suppress(OSError, ValueError):
        out = leads_out(given, cwd)
    kind = [f(given) for f in (os.path.lexists, os.path.isfile, os.path.islink)]
    root = root_of(given, cwd)
    in_git = os.path.exists(os.path.join(root, ".git"))
    return [root, *kind, out, in_git, real(os.path.dirname(given))]


def _streams() -> tuple[object, ...]:
    """What a report is written for."""
    streams = [getattr(stream, "encoding", None) for stream in (sys.stdout, sys.stderr)]
    color = output.in_color("auto", to_file=False)
    return (*streams, color, output.columns(), output.in_one_place())


def _made_by() -> tuple[object, ...]:
    """The program, and what is installed for it to use; in a checkout each of its files."""
    package = os.path.dirname(gracelint.__file__)
    stats = [(path, _changed(path)) for path in (gracelint.__file__, package, *sys.path)]
    if not os.path.exists(os.path.join(package, "atlas", "data", "programs.jsonl")):
        for folder, _, names in os.walk(package):
            if not folder.endswith("__pycache__"):
                paths = (os.path.join(folder, name) for name in names)
                stats += sorted((path, _changed(path)) for path in paths)
    return gracelint.__version__, sys.version, stats


def _changed(path: str) -> int:
    try:
        return os.stat(path).st_mtime_ns
    except OSError:
        return 0
