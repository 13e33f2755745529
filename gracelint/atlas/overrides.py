"""What stands in front of the atlas's own entries: those of the settings, and locked images."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING, Any

from gracelint.atlas import programs, wrappers
from gracelint.atlas.argv import base_name, first_value
from gracelint.atlas.call import Call, Started
from gracelint.atlas.images import Reference, canonical, system
from gracelint.base.values import replace
from gracelint.model.entries import BaseImage, Program
from gracelint.model.lock import NAME

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from gracelint.base.facts import Word
    from gracelint.model.entries import ImageView, Wrapped
    from gracelint.model.lock import LockedImage

    Table = Mapping[str, Mapping[str, Any]]

SOURCE = "the settings"


def _entry(table: Table, argv: Sequence[Word]) -> dict[str, Any]:
    """The table for a command by its first words, its whole path or its name; an empty one without.

    The words that it begins with say more than the name of an interpreter does.
    """
    command = first_value(argv) or ""
    behind = [word.value or "" for word in argv[1:]]
    several = sorted((name for name in table if " " in name), key=len, reverse=True)
    prefixes = [name for name in several if _begins(name.split(), command, behind)]
    for name in (*prefixes, command, base_name(command)):
        if name in table:
            from gracelint.atlas.compile import normal

            entry = normal(table[name])
            source = ", ".join(filter(None, [SOURCE, entry["source"]]))
            return {**entry, "key": name, "source": source}
    return {}


def _begins(words: list[str], command: str, behind: list[str]) -> bool:
    """Whether a command begins with these words, the first of them a path or a name."""
    named = words[0] in {command, base_name(command)}
    return named and words[1:] == behind[: len(words) - 1]


def wrapper(
    table: Table,
    argv: Sequence[Word],
    env: Mapping[str, str],
    view: ImageView | None = None,
    workdir: str = "/",
    image: BaseImage | None = None,
) -> Wrapped | None:
    """What a wrapper of the settings starts: one whose table has a `behaviour`."""
    entry = _entry(table, argv)
    if "behaviour" not in entry:
        return None
    return wrappers.start(Call(entry["key"], entry, tuple(argv[1:]), env, view, workdir, image))


def program(
    table: Table, argv: Sequence[Word], env: Mapping[str, str], of_atlas: Program | None
) -> Program | None:
    """A program of the settings; what its table does not say is as the atlas knows it."""
    entry = _entry(table, argv)
    if not entry or "behaviour" in entry:
        return of_atlas
    below = of_atlas or Program(key=entry["key"], source=SOURCE, lifetime="long")
    fields = programs.facts(Started(argv, entry, env, None, "/", None))
    override = programs.make(entry["key"], fields)
    changes = {name: getattr(override, name) for name in fields}
    if " " in entry["key"] and override.reactions:
        changes["interpreter"] = False  # the entry is about what it runs, and need not be read
    if "reactions" in changes:
        signals = {_plain(name): what for name, what in override.reactions.items()}
        changes["reactions"] = {**below.reactions, **signals}
    if override.graceful_signal is not None:
        changes["graceful_signal"] = _plain(override.graceful_signal)
    return replace(below, **changes)


def _plain(signal: str) -> str:
    return signal.upper().removeprefix("SIG")


def base(table: Table, reference: str, of_atlas: BaseImage | None) -> BaseImage | None:
    """An image of the settings: `shell`, `entrypoint`, `cmd`, `stop-signal`, `init`."""
    entry = entry_of(table, reference)
    if entry is None:
        return of_atlas
    parsed = Reference.parse(reference)
    untagged = f"{parsed.host}/{parsed.path}".removeprefix("/")
    below = of_atlas or BaseImage(key=untagged, source=SOURCE, sh=None, entrypoint=None, cmd=None)
    return replace(below, source=SOURCE, **_image_changes(entry))


def entry_of(table: Table, reference: str) -> Mapping[str, Any] | None:
    """What the settings say of what an image starts; None where they say nothing."""
    parsed = Reference.parse(reference)
    untagged = f"{parsed.host}/{parsed.path}".removeprefix("/")
    names = (reference, untagged, canonical(parsed))
    entry = next((table[name] for name in names if name in table), None)
    said = entry and set(entry) & {"shell", "entrypoint", "cmd", "stop-signal", "init"}
    return entry if said else None


def _image_changes(entry: Mapping[str, Any]) -> dict[str, Any]:
    changes: dict[str, Any] = {}
    if "shell" in entry:
        changes["sh"] = entry["shell"]
    if "stop-signal" in entry:
        changes["stop_signal"] = entry["stop-signal"]
    if "init" in entry:
        changes["init"] = entry["init"]
    for key in ("entrypoint", "cmd"):
        if key in entry:
            value = entry[key]
            changes[key] = tuple(shlex.split(value) if isinstance(value, str) else value)
    return changes


def locked_image(locked: LockedImage, of_atlas: BaseImage | None) -> BaseImage:
    """What is known of a locked image. of_atlas: the atlas's entry, which tells what it is for.

    What its entrypoint script does is left to the script, where the lock has it.
    """
    key = canonical(Reference.parse(locked.reference))
    below = of_atlas or BaseImage(key=key, source=NAME, sh=None)
    has_script = locked.entrypoint and any(s.executable for s in locked.scripts)
    return replace(
        below,
        source=f"{NAME}, {locked.digest[:19]}",
        sh=locked.shell,
        entrypoint=locked.entrypoint,
        cmd=locked.cmd,
        stop_signal=locked.stop_signal or None,
        workdir=locked.workdir or None,
        user=locked.user or None,
        env=locked.env,
        os=locked.system,
        has=system(locked.system).has.difference(locked.lacks).union(locked.has),
        lacks=frozenset(locked.lacks),
        scripts=locked.scripts,
        links=locked.links,
        entrypoint_execs=None if has_script else below.entrypoint_execs,
    )
