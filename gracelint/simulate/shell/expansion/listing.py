"""Names of files in sight: what a pattern stands for, and what `ls` and `find` write.

What lies in a folder that nothing in sight fills is taken to be nothing there as well. Source:
POSIX.1-2017, "Pattern Matching Notation", "ls", "find"; GNU findutils 4.9.
"""

from __future__ import annotations

import re
from itertools import islice

from gracelint.base import lazy, patterns
from gracelint.base.integers import whole
from gracelint.base.paths import absolute
from gracelint.base.typed import TYPE_CHECKING
from gracelint.base.values import dataclass
from gracelint.simulate import absent

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from gracelint.simulate.shell.state import Shell

MOST = 1_000
"""More names than this are not followed."""

NAMES_A_STEP = 16
"""So many names are as much work as a step."""

_SPECIAL = frozenset("*?[")
_PARTS = 8  # of a pattern, with characters of a pattern in them


def matching(shell: Shell, pattern: str) -> list[str]:
    """The paths in sight that a pattern such as `/etc/start.d/*.sh` or `*/bin/` stands for."""
    if shell.cwd is None or _SPECIAL.isdisjoint(pattern):
        return []
    found, parts = [""], pattern.split("/")
    if ".." in parts or sum(not _SPECIAL.isdisjoint(part) for part in parts) > _PARTS:
        return []
    for at, part in enumerate(parts):
        slash = "" if at == len(parts) - 1 else "/"
        if _SPECIAL.isdisjoint(part):
            if "\\" in part:
                return []
            found = [f"{path}{part}{slash}" for path in found]
            continue
        hits = (f"{path}{name}" for path in found for name in _hits(shell, path, part))
        found = list(islice(hits, MOST))
        if slash:
            found = [f"{path}/" for path in found if is_folder(shell, path)]
    plain_end = _SPECIAL.isdisjoint(parts[-1]) and parts[-1]
    return sorted(path for path in found if not plain_end or _is_there(shell, path))


def _hits(shell: Shell, folder: str, pattern: str) -> Iterable[str]:
    names = _names(shell, folder)
    return (n for n in names if patterns.matches(n, pattern) and (n[0] != "." or pattern[0] == "."))


def _names(shell: Shell, folder: str) -> Sequence[str]:
    names = shell.world.names(absolute(folder or ".", shell.folder)) or ()
    shell.kernel.steps += len(names) // NAMES_A_STEP
    return names


def is_folder(shell: Shell, path: str) -> bool:
    """Whether a folder with something in it is in sight."""
    return shell.world.names(absolute(path or ".", shell.folder)) is not None


def _is_there(shell: Shell, path: str) -> bool:
    place = absolute(path, shell.folder)
    return is_folder(shell, path) or shell.world.file(place, "", "/") is not None


def is_whole(shell: Shell, words: Sequence[str]) -> bool:
    """Whether all that the image has below the folders among some words is in sight: nothing of
    its base, and nothing that the build has made there.
    """
    if shell.cwd is None:
        return False
    places = [absolute(word, shell.cwd) for word in words if word[:1] not in {"-", "!", "("}]
    if any(map(absent.is_systems, places or [shell.cwd])):
        return False
    runs = shell.world.workload.files.commands()
    commands = (one.strip() for run in runs for one in re.split(r"&&|[;|\n]", run))
    return all(_FOLLOWED.fullmatch(one) for one in commands if one)


_FOLLOWED = lazy.compile(
    r"(?:RUN\s+)?(?:chmod|chown|cp|echo|install|ln|mkdir|mv|printf|rm|set|touch|true|adduser"
    r"|addgroup|groupadd|useradd)\b[^`$]*",
    re.IGNORECASE,
)


# ls ------------------------------------------------------------------------------------------


def listed(shell: Shell, args: Sequence[str]) -> str | None:
    """What `ls` writes into a pipe, one name a line; None where that is not known."""
    options = "".join(arg[1:] for arg in args if arg[:1] == "-")
    paths = [arg for arg in args if arg[:1] != "-"] or ["."]
    if not set(options) <= set("1dtrA") or shell.cwd is None:
        return None
    names: Sequence[str] = paths
    if "d" not in options and len(paths) == 1 and is_folder(shell, paths[0]):
        if shell.world.written_in(absolute(paths[0], shell.folder)):
            return None
        names = [n for n in _names(shell, paths[0]) if "A" in options or n[0] != "."]
    elif not all(
        _is_there(shell, p) and ("d" in options or not is_folder(shell, p)) for p in paths
    ):
        return None
    if not names or ("t" in options and len(names) > 1) or "." in names:
        return None
    return "".join(f"{name}\n" for name in sorted(names, reverse="r" in options))


# find ----------------------------------------------------------------------------------------


_TESTS = frozenset({"-name", "-iname", "-path", "-wholename", "-type"})
_DEPTHS = frozenset({"-maxdepth", "-mindepth"})
_PLAIN = frozenset({"-follow", "-print", "-noleaf", "-xdev", "-mount"})
_CUT = lazy.compile(r"(?:[^\n|]|\\\n)*+\|\s*(?:head|tail|sed|awk|grep|wc)\b")
"""What stands behind a `find` whose output is not put in order first, but taken a part of."""


@dataclass(frozen=True, slots=True)
class _Wanted:
    """What `find` is asked for. tests: an option with its value, and whether it is negated."""

    bases: tuple[str, ...]
    tests: tuple[tuple[str, str, bool], ...]
    least: int
    most: int
    first: bool


def _wanted(args: Sequence[str]) -> _Wanted | None:
    """The arguments of `find`; None: there are others among them."""
    rest, bases = [arg for arg in args if arg not in {"-L", "-H", "-P"}], list[str]()
    first = rest[-2:] == ["-print", "-quit"]
    if first:
        del rest[-2:]
    while rest and rest[0][:1] not in {"-", "!", "("}:
        bases.append(rest.pop(0))
    tests, depths = list[tuple[str, str, bool]](), {"-mindepth": 0, "-maxdepth": MOST}
    while rest:
        negated = rest[0] in {"!", "-not"}
        option, value = (*rest[negated:], "", "")[:2]
        if option in _PLAIN and not negated:
            del rest[0]
            continue
        del rest[: negated + 2]
        if option in _TESTS and value:
            tests.append((option, value, negated))
        elif option in _DEPTHS and not negated and (depth := whole(value)) is not None:
            depths[option] = depth
        else:
            return None
    places = tuple(bases) or (".",)
    return _Wanted(places, tuple(tests), depths["-mindepth"], depths["-maxdepth"], first)


def found(shell: Shell, args: Sequence[str], behind: str) -> str | None:
    """What `find` writes; None where that is not known. behind: the text of the script behind it.

    It does not put in order what it finds: where only a part of that is taken, it has to be one.
    """
    wanted = _wanted(args)
    lines = list[str]()
    for base in wanted.bases if wanted is not None else ():
        below = _below(shell, base)
        if wanted is None or below is None:
            return None
        lines += [
            path
            for path, depth, folder in below
            if wanted.least <= depth <= wanted.most
            and all(_holds(path, test, folder=folder) for test in wanted.tests)
        ]
    cut = wanted is not None and (wanted.first or _CUT.match(behind) is not None)
    if not lines or len(lines) > (1 if cut else MOST):
        return None
    return "".join(f"{line}\n" for line in sorted(lines))


def _below(shell: Shell, base: str) -> list[tuple[str, int, bool]] | None:
    """Each path below a folder, with how deep it stands, and whether it is a folder; None where
    nothing of it is in sight.
    """
    if shell.cwd is None or not is_folder(shell, base):
        return None
    top = absolute(base, shell.folder).rstrip("/")
    if shell.world.written_in(top):
        return None
    entries = {"": True}
    for path in shell.world.paths:
        if path.startswith(f"{top}/"):
            inner = path[len(top) + 1 :]
            entries[inner] = False
            while "/" in inner:
                inner = inner.rpartition("/")[0]
                entries[inner] = True
        if len(entries) > MOST:
            return None
    shell.kernel.steps += len(shell.world.paths) // NAMES_A_STEP
    start = base if base[-1:] == "/" else f"{base}/"
    return [
        (f"{start}{inner}" if inner else base, inner.count("/") + bool(inner), folder)
        for inner, folder in entries.items()
    ]


def _holds(path: str, test: tuple[str, str, bool], *, folder: bool) -> bool:
    option, value, negated = test
    name = path.rstrip("/").rpartition("/")[2]
    if option == "-type":
        return (value == ("d" if folder else "f")) != negated
    if option == "-iname":
        return bool(patterns.matches(name.lower(), value.lower())) != negated
    return bool(patterns.matches(name if option == "-name" else path, value)) != negated
