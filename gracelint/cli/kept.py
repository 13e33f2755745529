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
from gracelint.files.noted import Noted, answers_as_before, digest
from gracelint.files.walk import leads_out, root_of
from gracelint.files.whole import below, real, whole

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

MAX_SIZE = 8_000_000
"""Bytes of one run's entry; what is larger is not kept."""

MAX_ENTRIES, MAX_BYTES = 200, 64_000_000
"""Of the whole cache; what was not used for the longest time goes first."""

_ENTRY = ".json"
_now: Kept | None = None


def follow(command: str, given: Mapping[str, Any], run: Callable[[], int]) -> int:
    """Say what was said before, else run, and keep what that says; the exit status."""
    folder = _folder() if command == "check" and given.keys() <= _PLAIN else None
    paths = tuple(given.get("paths") or ["."])
    if folder is None or "-" in paths:
        return run()
    try:
        kept = Kept(folder, paths, given)
    except (OSError, ValueError):
        return run()
    status = kept.again()
    return kept.keep(run) if status is None else status


def door(root: str) -> Noted | None:
    """The way to the files below a root that keeps in mind what it is asked; None: none has to."""
    return _now.door(root) if _now is not None else None


class Kept:
    """What is kept of a run. paths, given: as the command line has them."""

    def __init__(self, folder: str, paths: tuple[str, ...], given: Mapping[str, Any]) -> None:
        self._doors: dict[str, Noted] = {}
        self._folder = folder
        self._cwd = os.getcwd()
        self._ground = [_ground(path, self._cwd) for path in paths]
        asked = sorted((name, str(value)) for name, value in given.items() if name != "jobs")
        run = (_made_by(), asked, self._cwd, _streams(), [os.environ.get(p) for p in _PLACES])
        self._path = os.path.join(
            folder, digest(repr(run).encode("utf-8", "surrogateescape")) + _ENTRY
        )

    def again(self) -> int | None:
        """Say what was said before, if that is still so; the exit status, None where it is not."""
        try:
            with open(self._path, encoding="ascii") as file:
                entry = json.load(file)
            roots = entry["roots"]
            if entry["ground"] != self._ground or not _is_safe(self._folder, roots):
                return None
            if not all(answers_as_before(root, asked) for root, asked in roots.items()):
                return None
            said = [(where, text.encode("latin-1")) for where, text in entry["said"]]
            status = int(entry["status"])
        except (OSError, ValueError, TypeError, KeyError, AttributeError, RecursionError):
            return None
        with suppress(OSError):
            os.utime(self._path)
        return _said(said, status)

    def keep(self, run: Callable[[], int]) -> int:
        """Run, and keep what is said if that may be said again."""
        global _now
        _now, output.heard = self, []
        try:
            status = run()
            if status in {0, 1} and self._doors and all(d.whole for d in self._doors.values()):
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
        data = json.dumps(entry).encode("ascii")
        if len(data) > MAX_SIZE:
            return
        os.makedirs(self._folder, mode=0o700, exist_ok=True)
        if not _is_safe(self._folder, roots):
            return
        draft = f"{self._path}.{os.getpid()}"
        try:
            with open(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
                file.write(data)
            os.replace(draft, self._path)
        except OSError:
            with suppress(OSError):
                os.unlink(draft)
            raise
        _make_room(self._folder)


def _said(said: Iterable[tuple[str, bytes]], status: int) -> int:
    try:
        for where, data in said:
            if where == "out":
                output.out_bytes(data)
            else:
                output.err_bytes(data)
    except BrokenPipeError:
        return output.closed_quietly()
    except output.Unwritten as error:
        output.err(f"gracelint: error: {error}")
        return 2
    return status


def _ground(path: str, cwd: str) -> list[object]:
    """What is asked of the disk about a path that is named, before anything below its root."""
    given = whole(path)
    out = None
    with suppress(OSError, ValueError):
        out = leads_out(given, cwd)
    kind = [f(given) for f in (os.path.lexists, os.path.isfile, os.path.islink)]
    root = root_of(given, cwd)
    in_git = os.path.exists(os.path.join(root, ".git"))
    return [*kind, out, root, in_git, real(os.path.dirname(given))]


def _streams() -> tuple[object, ...]:
    """What a report is written for."""
    streams = [getattr(stream, "encoding", None) for stream in (sys.stdout, sys.stderr)]
    color = output.in_color("auto", to_file=False)
    return (*streams, color, output.columns(), output.in_one_place())


def _made_by() -> tuple[object, ...]:
    """The program: what is installed beside it counts, too, and in a checkout each of its files."""
    package = os.path.dirname(gracelint.__file__)
    beside = os.path.dirname(package)
    stats = [os.stat(path).st_mtime_ns for path in (gracelint.__file__, package, beside)]
    if not os.path.exists(os.path.join(package, "atlas", "data", "programs.jsonl")):
        for folder, _, names in os.walk(package):
            if not folder.endswith("__pycache__"):
                stats += [os.stat(os.path.join(folder, name)).st_mtime_ns for name in sorted(names)]
    return gracelint.__version__, sys.version, package, stats


# The folder ------------------------------------------------------------------------------------


def _folder() -> str | None:
    """Where runs are kept; None where nothing says so."""
    base = os.environ.get("XDG_CACHE_HOME", "")
    if not os.path.isabs(base):
        home = os.path.expanduser("~")
        base = os.path.join(home, ".cache")
        if sys.platform == "darwin":
            base = os.path.join(home, "Library", "Caches")
        elif os.name == "nt":
            base = os.environ.get("LOCALAPPDATA", "")
    return os.path.join(base, "gracelint", "runs") if os.path.isabs(base) else None


def _is_safe(folder: str, roots: Iterable[str]) -> bool:
    """Whether nobody else can write there: neither other users, nor, as into a tree that is
    checked, whoever writes what is checked.
    """
    try:
        about = os.stat(folder)
        place = real(folder)
    except OSError:
        return False
    if hasattr(os, "geteuid") and (about.st_mode & 0o022 or about.st_uid != os.geteuid()):
        return False
    return all(below(place, root) is None for root in roots)


def _make_room(folder: str) -> None:
    """Remove what was not used for the longest time, as far as there is too much."""
    with os.scandir(folder) as listed:
        found = [(entry.stat(), entry.path) for entry in listed]
    found.sort(key=lambda one: one[0].st_mtime_ns, reverse=True)
    size = 0
    for number, (about, path) in enumerate(found, 1):
        size += about.st_size
        if number > MAX_ENTRIES or size > MAX_BYTES:
            with suppress(OSError):
                os.unlink(path)
