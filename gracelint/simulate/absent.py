"""What is certainly not in the image: files and commands that neither its base nor the project has.

Only a bare distribution's image is known so well, and only as long as no RUN has changed it and no
command of the script itself has made anything.
"""

from __future__ import annotations

from gracelint import atlas
from gracelint.base.facts import Known
from gracelint.base.paths import DEFAULT_PATH, absolute
from gracelint.base.typed import TYPE_CHECKING

if TYPE_CHECKING:
    from gracelint.base.facts import Word
    from gracelint.simulate.shell.state import Shell
    from gracelint.simulate.world import World

_TOP_FOLDERS = (
    "bin",
    "boot",
    "dev",
    "etc",
    "lib",
    "lib32",
    "lib64",
    "libx32",
    "proc",
    "root",
    "run",
)
_SYSTEM = frozenset({*_TOP_FOLDERS, "sbin", "sys", "tmp", "usr", "var"})
_FLEETING = ("/tmp/", "/var/tmp/", "/run/", "/var/run/", "/dev/shm/")  # noqa: S108
_EMPTIED = _FLEETING[:2]
_EMPTY = frozenset({"/", "/home", "/media", "/mnt", "/opt", "/srv"})


def path(shell: Shell, name: str) -> bool:
    """Whether nothing is at a path."""
    if not _bare(shell) or (name[:1] != "/" and shell.cwd is None):
        return False
    return _untouched(shell.world, absolute(name, shell.folder))


def require(shell: Shell, name: str, *, fatal: bool = False) -> None:
    """Note a file, or a folder to put one into, that whoever deploys has to put there: the script
    ends without it, and nothing in sight makes it. fatal: it does so without `set -e`, too.
    """
    world = shell.world
    if world.image is None or shell.kernel.stopping or (name[:1] != "/" and shell.cwd is None):
        return
    ends = (fatal or "e" in shell.options) and _SPARED.isdisjoint(shell.stack)
    place = absolute(name, shell.folder)
    if ends and _is_mounted(shell, place) and world.workload.files.lacks(place):
        world.scripts.required[place] = None


def _is_mounted(shell: Shell, place: str) -> bool:
    """Whether a path is none of those that a base image has, nor one that a script makes."""
    world, top = shell.world, place.split("/")[1]
    if place in _EMPTY or (top in _SYSTEM and not place.startswith(_SECRETS)):
        return False
    if not _of_a_distribution(shell) and (top in _OWN or top.startswith("docker-")):
        return False
    folder = place.rpartition("/")[0]
    seen = place if folder in {"", f"/{top}"} else folder
    named = sum(script.text.text.count(seen) for script in world.scripts.read)
    made = world.has_written(place) or any(p.startswith(f"{place}/") for p in world.written)
    return named == 1 and not made


_SPARED = frozenset({"background", "condition"})
"""Where the failure of a command does not end the script."""

_SECRETS = ("/run/secrets/", "/var/run/secrets/")
_OWN = frozenset({"home", "opt", "srv"})
"""Where the images of languages and programs have what is theirs, beside /docker-entrypoint.d."""


def file(world: World, place: str) -> bool:
    """Whether nobody has put a file there: neither a base image nor the project nor the run."""
    return not world.has_written(place) and _untouched(world, place)


def _untouched(world: World, place: str) -> bool:
    system = is_systems(place) or place in _EMPTY
    return (not system or place.startswith(_EMPTIED)) and world.workload.files.untouched(place)


def is_systems(place: str) -> bool:
    """Whether base images have something below a path."""
    return place == "/" or place.split("/")[1] in _SYSTEM


def fleeting(place: str) -> bool:
    """Whether what is at a path has been made since the container's start."""
    return place.startswith(_FLEETING)


def program(shell: Shell, words: tuple[Word, ...]) -> bool:
    """Whether there is certainly nothing that a command names, by its path or in PATH.

    Of a script's last command nobody says so, as it is what the script is there for; unless a login
    shell no longer finds in PATH what is in sight.
    """
    name, files = words[0].plain, shell.world.workload.files
    if _bare(shell) and files.only_scripts():
        return False  # a program that nobody has put there: this is an excerpt
    if "after" in shell.stack:
        return path(shell, name) if "/" in name else command(shell, words)
    before = shell.context.env.get("PATH")
    file = "l" in shell.options and before and shell.world.file(name, before.plain, "/")
    return bool(file) and "/" not in name and command(shell, words)


def command(shell: Shell, words: tuple[Word, ...], *, asked: bool = False) -> bool:
    """Whether there is no such program in PATH, which nobody knows either.

    asked: the script asks whether it is there: then a server may be missing, too.
    """
    return _bare(shell) and _nobodys(shell, words, asked=asked)


def _nobodys(shell: Shell, words: tuple[Word, ...], *, asked: bool) -> bool:
    name, world = words[0].plain, shell.world
    if not name or "/" in name or world.image is None:
        return False
    commands = atlas.system(world.image.os).commands
    if not commands or name in commands or _is_in_atlas(shell, words, asked=asked):
        return False
    folders = shell.vars.values.get("PATH")
    value = folders.value if folders else DEFAULT_PATH
    return value is not None and all(
        world.workload.files.untouched(absolute(name, folder or shell.folder))
        for folder in value.split(":")
    )


def handled(shell: Shell, words: tuple[Word, ...]) -> bool:
    """Whether what a handler calls is neither a function nor a program.

    What has run by then is taken to have put no programs into PATH.
    """
    if not shell.handling or shell.world.sourced_unseen or len(words) != 1:
        return False
    return _of_a_distribution(shell) and _nobodys(shell, words, asked=False)


def _is_in_atlas(shell: Shell, words: tuple[Word, ...], *, asked: bool) -> bool:
    """Whether the atlas knows the program: then a base image may well have it."""
    name, entries = words[0].plain, shell.world.atlas
    program = entries.program(words)
    return (
        atlas.says(name, "inert")
        or (program is not None and not (asked and program.lifetime in {"long", "daemon"}))
        or entries.short_lived(words[:1])
        or entries.shell_key(name, words[1:], "") is not None
        or entries.wrapper(words, {}) is not None
    )


def _bare(shell: Shell) -> bool:
    """Whether the image is a distribution's own, and the run has made no files."""
    return not shell.world.altered and _of_a_distribution(shell)


def _of_a_distribution(shell: Shell) -> bool:
    image = shell.world.image
    if image is None:
        return False
    return image.key.partition("-")[0] == image.os.partition("-")[0]


def is_the_command(shell: Shell, name: str) -> bool:
    """Whether a name is the program of the image's own CMD.

    It is found in PATH then, since the image would start nothing without it, and is no file of
    the working folder.
    """
    given = shell.world.workload.launch.cmd
    command = given.value if isinstance(given, Known) else None
    return "/" not in name and command is not None and [w.value for w in command.argv[:1]] == [name]
