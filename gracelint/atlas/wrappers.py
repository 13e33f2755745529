"""Programs that start another: finding the wrapped command by each one's argument grammar."""

from __future__ import annotations

from gracelint.atlas.argv import base_name, first_value
from gracelint.atlas.build import build
from gracelint.atlas.call import Call
from gracelint.atlas.readers import reader
from gracelint.atlas.table import table
from gracelint.base.facts import Word
from gracelint.base.typed import TYPE_CHECKING, Any
from gracelint.model.entries import Wrapped

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from gracelint.model.entries import BaseImage, ImageView


def wrapper(
    argv: Sequence[Word],
    env: Mapping[str, str],
    view: ImageView | None = None,
    workdir: str = "/",
    image: BaseImage | None = None,
) -> Wrapped | None:
    """What `argv` starts on its way to the application; None when it is no known wrapper.

    env: the environment as far as it is known. A wrapper whose command cannot be told has `inner`
    and `shell_text` None and a `reason`.
    """
    command = first_value(argv)
    if command is None:
        return None
    name = base_name(command)
    entry = find(name)
    if entry is None and image is not None and (image.starts or image.entrypoint_execs):
        entry = find("docker-entrypoint.sh")  # which asks whether the image has such a script
    if entry is None or (image is not None and _is_another(command, image)):
        return None
    return start(Call(name, entry, tuple(argv[1:]), env, view, workdir, image))


def _is_another(command: str, image: BaseImage) -> bool:
    """Whether a path names no script of the image, but one of the same name that lies elsewhere.

    A script of an image may be in several folders of its programs, as links.
    """
    folder, _, name = command.rpartition("/")
    if not command.startswith("/") or folder in _PROGRAMS:
        return False
    words = (*(image.entrypoint or ()), *(image.cmd or ()), *image.starts)
    same = [word for word in words if base_name(word) == name]
    return bool(same) and all(word.startswith("/") and word != command for word in same)


_PROGRAMS = frozenset(("", "/bin", "/sbin", "/usr/bin", "/usr/sbin", "/usr/local/bin"))


def find(name: str) -> Mapping[str, Any] | None:
    """The entry of a wrapper or init; None when there is none."""
    return table("wrappers").find(name) or table("inits").find(name)


def options_for(name: str, field: str, *, value: object) -> tuple[str, ...]:
    """The options that give a wrapper or init this behaviour: tini's `-s` makes it a subreaper."""
    entry = find(name)
    variants = entry.get("variants", ()) if entry is not None else ()
    return next((tuple(v["if"].get("flags", ())) for v in variants if v.get(field) == value), ())


def start(call: Call) -> Wrapped | None:
    """Read a call by its entry: by its grammar alone, or by the reader that the entry names.

    A reader may hand back another call to be read in its place.
    """
    if "reader" not in call.entry:
        parsed = call.parse()
        return build(call, parsed) if parsed.starts else None
    read: Call | Wrapped | None = reader(call.entry["reader"])(call)
    return start(read) if isinstance(read, Call) else read


def engine_init(kind: str, command: tuple[Word, ...]) -> tuple[tuple[Word, ...], Wrapped]:
    """The words that an engine puts in front of a command as its init, and what they do.

    kind: as in `Workload.kind`.
    """
    entries = (entry for entry in table("inits") if kind in entry.get("engine", {}).get("runs", ()))
    entry = next(entries)
    engine = entry["engine"]
    key = engine.get("name", entry["key"])
    wrapped = Wrapped(key, "init", entry["behaviour"], entry["source"], inner=command)
    return tuple(Word(word) for word in engine["command"]), wrapped
