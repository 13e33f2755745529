"""Programs: what one does on a signal, by its name and the arguments it is given."""

from __future__ import annotations

import re
from functools import cache

from gracelint.atlas.argv import base_name, first_value
from gracelint.atlas.call import Started, before_script, deciding
from gracelint.atlas.images import system
from gracelint.atlas.readers import reader
from gracelint.atlas.table import table
from gracelint.base import lazy
from gracelint.base.facts import Word
from gracelint.base.typed import TYPE_CHECKING, Any
from gracelint.model.entries import Program, Reaction

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from gracelint.model.entries import BaseImage, ImageView


def program(
    argv: Sequence[Word],
    env: Mapping[str, str] | None = None,
    view: ImageView | None = None,
    workdir: str = "/",
    image: BaseImage | None = None,
) -> Program | None:
    """What the program that `argv` starts does; None when the atlas does not know it.

    What depends on words that are not known is left unknown. An entry that says nothing of signals
    or of how long a program stays is none of a known program.
    """
    argv, entry = _program_words(tuple(argv), image) if first_value(argv) else (argv, None)
    if entry is None:
        return None
    if _DEPENDING.isdisjoint(entry):
        return None if _TELLING.isdisjoint(entry) else _always(_called(argv, entry), entry)
    env = {} if env is None else env  # whether it is empty would take reading all of it
    fields = facts(Started(argv, entry, env, view, workdir, image))
    return None if _TELLING.isdisjoint(fields) else make(_called(argv, entry), fields)


_TELLING = frozenset({"lifetime", "reactions", "rest"})
_DEPENDING = frozenset({"reader", "timers", "variants"})
"""What makes it depend on the words, the environment or the files."""


def _always(key: str, entry: Mapping[str, Any]) -> Program:
    """The program of an entry that says the same however it is started."""
    kept = _made.get((key, id(entry)))
    if kept is None:
        fields = {name: entry[name] for name in _FIELDS if name in entry}
        kept = _made[key, id(entry)] = (entry, make(key, fields))
    return kept[1]


_made: dict[tuple[str, int], tuple[Mapping[str, Any], Program]] = {}


def of_image(
    argv: Sequence[Word], image: BaseImage | None, env: Mapping[str, str]
) -> Program | None:
    """What an image's own program does, where an interpreter is given the script of it that the
    image's own command names; None where it is another script, or the atlas does not know it.
    """
    run = find(base_name(argv[0].value or "")) if image is not None and image.program else None
    if image is None or image.program is None or run is None or not run.get("interpreter"):
        return None
    at = 1 + before_script(argv, run)
    named = (*(image.entrypoint or ()), *(image.cmd or ()), *sum(image.starts.values(), ()))
    own = find(image.program)
    if own is None or own.get("interpreter") or at >= len(argv) or argv[at].value not in named:
        return None
    return program((Word(image.program, argv[at].span), *argv[at + 1 :]), env)


def _called(argv: Sequence[Word], entry: Mapping[str, Any]) -> str:
    """The entry's key where that is a program's name, else that of the one that is started."""
    key = str(entry["key"])
    return key if find(key) is entry else base_name(argv[0].value or key)


def facts(started: Started) -> dict[str, Any]:
    """The fields of what an entry says of a program, as it is started."""
    entry = started.entry
    fields = {name: entry[name] for name in _FIELDS if name in entry}
    for variant in entry.get("variants", ()):
        apply_variant(fields, variant, started)
    tables = fields.pop("timers", None)
    tables = entry.get("timers") if tables is None else tables
    if tables:
        from gracelint.atlas.running.timers import limits, longest

        arguments = started.argv[1:]
        timers = limits(tables, arguments, started.env, started.view, started.workdir)
        last = longest(timers)
        fields["limits"] = timers
        fields["stops_in"] = fields.get("stops_in") if last is None else last.seconds
    if "reader" in entry:
        fields = reader(entry["reader"])(started, fields)
    if entry.get("lifetime") == "daemon" and fields.get("lifetime") == "unknown":
        fields = {**fields, "detaches": True}
    return fields


_INIT_SCRIPTS = ("/etc/init.d/", "/etc/rc.d/init.d/")


def _program_words(
    argv: tuple[Word, ...], image: BaseImage | None
) -> tuple[tuple[Word, ...], Mapping[str, Any] | None]:
    """The words from the program's own name on, and its entry: behind busybox or an interpreter.

    An init script told to start does what `service` does, whatever its daemon is called; the
    system's init is systemd on distributions that have it.
    """
    path = argv[0].value or ""
    if path.startswith(_INIT_SCRIPTS) and _told_to_start(argv):
        return (argv[0], Word(base_name(path), argv[0].span), argv[1]), find("service")
    if path in system_inits():
        on_systemd = image is not None and system(image.os).systemd
        return argv, find("systemd") if on_systemd else None
    name = base_name(path)
    in_tomcat = image is not None and image.key == "tomcat" and name == "startup.sh"
    written = argv[0].span.text.strip("\"'") if argv[0].span is not None else path
    scripts = [one for one in (path, written) if one.lower().endswith("startup.sh")]
    if in_tomcat or any(_TOMCAT_STARTS.search(one) for one in scripts):
        return (argv[0], Word("start", argv[0].span), *argv[1:]), find("catalina.sh")
    if name == "busybox" and len(argv) > 1:
        applet = argv[1].value or ""
        return argv[1:], find(f"busybox {applet}") or find(applet)
    entry = find(name)
    return _of_interpreter(argv, entry) if entry and entry.get("interpreter") else (argv, entry)


_TOMCAT_STARTS = lazy.compile(
    r"(?:tomcat|catalina)[^/]*/(?:[^/]+/)*bin/startup\.sh\Z", re.IGNORECASE
)
"""Tomcat's script that calls `catalina.sh start`."""


@cache
def system_inits() -> frozenset[str]:
    """Paths of what is systemd on the distributions that have it."""
    return frozenset((find("systemd") or {}).get("paths", ()))


def _of_interpreter(
    argv: tuple[Word, ...], entry: Mapping[str, Any]
) -> tuple[tuple[Word, ...], Mapping[str, Any]]:
    """`python -m gunicorn`, `python manage.py`, `php artisan`: the words from the second on."""
    at = 1 + before_script(argv, entry)
    name = argv[at].value or "" if at < len(argv) else ""
    if entry.get("modules") and deciding(argv[at - 1].value or "", entry) == "-m":
        interpreter = find(name)
        return (argv[at:], interpreter) if interpreter else (argv, entry)
    script = find(base_name(name))
    if script is not None and script.get("script_of") == entry["key"]:
        return argv[at:], script
    return argv, entry


def _told_to_start(argv: tuple[Word, ...]) -> bool:
    return len(argv) == 2 and argv[1].value in {"start", "restart"}


def find(name: str) -> Mapping[str, Any] | None:
    """The entry for a program's name; None when there is none."""
    return table("programs").find(name)


def mark(name: str) -> str:
    """What a script that is known by its name has in its text, "" for anything: another of the same
    name is none of them.
    """
    entry = find(name)
    return str(entry.get("mark", "")) if entry is not None else ""


@cache
def built_servers() -> tuple[Mapping[str, Any], ...]:
    """The entries of servers that frameworks build into applications."""
    return tuple(entry for entry in table("programs") if "built_server" in entry)


def called(argv: Sequence[Word], key: str) -> str:
    """What to call a program: as it is launched where that is its name, else its key; a script with
    its interpreter and subcommand, as `php artisan queue:work`.
    """
    words = [word.value or "" for word in argv[:3]]
    names = [base_name(word) for word in words]
    if len(names) > 1 and key == names[1] != names[0]:
        return " ".join([names[0], key, *[word for word in words[2:] if word and word[0] != "-"]])
    entry = find(names[0]) if names else None
    return names[0] if entry is not None and entry["key"] == key else key


def spawns(name: str) -> bool:
    """Whether a program or a jar of this name starts processes that it may leave."""
    entry = find(name)
    return entry is not None and bool(entry.get("spawns"))


def used_spawns(package: str) -> bool:
    """The same of a package that an application uses; a service that is installed is not started
    by that.
    """
    entry = find(package)
    stays = entry is not None and entry.get("lifetime") in {"long", "daemon"}
    return spawns(package) and not stays


_FIELDS = (
    "lifetime",
    "reactions",
    "rest",
    "graceful_signal",
    "stops_in",
    "reaps",
    "spawns",
    "interpreter",
    "placeholder",
    "drains",
    "duration",
    "note",
    "mend",
    "foreground",
    "source",
    "pid1_only",
    "keeps_data",
    "beside",
    "leaves_ignored",
    "scheduled",
    "work",
    "workers",
    "needs",
    "waits_on",
    "waits_out",
    "guess",
)


def make(key: str, fields: Mapping[str, Any]) -> Program:
    """The program whose reactions are still strings."""
    reaction = dict(fields)
    reaction["reactions"] = {
        name: Reaction(what) for name, what in reaction.get("reactions", {}).items()
    }
    reaction["waits_on"] = tuple(reaction.get("waits_on", ()))
    if reaction.get("rest") is not None:
        reaction["rest"] = Reaction(reaction["rest"])
    return Program(key=key, **reaction)


def apply_variant(fields: dict[str, Any], variant: Mapping[str, Any], started: Started) -> None:
    """Set what a variant says if its condition holds, and forget it where that is not known."""
    said = {name: value for name, value in variant.items() if name not in {"if", "otherwise"}}
    holds = condition(variant["if"], started)
    if holds:
        fields.update(said)
    elif holds is None and "otherwise" in variant:
        fields["guess"] = variant["otherwise"]
    elif holds is None:
        for name in said:
            fields[name] = _UNKNOWN.get(name)
        if "reactions" in said:
            fields["rest"] = None


_UNKNOWN: Mapping[str, Any] = {
    "lifetime": "unknown",
    "reactions": {},
    "interpreter": False,
    "placeholder": False,
    "note": "",
}


def condition(wanted: Mapping[str, Any], started: Started) -> bool | None:
    """Whether all that a condition asks for holds; None when words are missing to tell."""
    results = [_TESTS[name](started, value) for name, value in wanted.items()]
    if False in results:
        return False
    return None if None in results else True


def _words(started: Started, wanted: Sequence[str]) -> bool | None:
    present = not started.options.isdisjoint(wanted)
    return present or (False if started.complete else None)


def _first(started: Started, wanted: Sequence[str]) -> bool | None:
    first = started.first
    return None if first is None else first in wanted


def _package(started: Started, wanted: Mapping[str, Sequence[str]]) -> bool | None:
    from gracelint.atlas.running.packages import version_fits

    results = [version_fits(started.view, started.workdir, *one) for one in wanted.items()]
    return False if False in results else None if None in results else True


_TESTS: Mapping[str, Callable[[Started, Any], bool | None]] = {
    "flags": lambda s, v: s.flag(*v),
    "words": _words,
    "pair": lambda s, v: s.pair(v[0], v[1]),
    "name": lambda s, v: s.name in v,
    "first": _first,
    "env": lambda s, v: all(s.env.get(name) == value for name, value in v.items()),
    "package": _package,
    "system": lambda s, v: s.image.os.partition("-")[0] in v if s.image and s.image.os else None,
}
