"""Programs: what one does on a signal, by its name and the arguments it is given."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING, Any

from gracelint.atlas.argv import base_name, first_value
from gracelint.atlas.data import load
from gracelint.model.entries import Program, Reaction

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gracelint.base.facts import Word
    from gracelint.model.entries import BaseImage
    from gracelint.model.view import ImageView


class Started:
    """A program as it is started: its name, words, environment and the files in sight.

    words: its arguments; for an interpreter only those before the script. complete: whether all of
    them are known.
    """

    __slots__ = ("argv", "complete", "entry", "env", "image", "name", "view", "words", "workdir")

    def __init__(
        self,
        argv: Sequence[Word],
        entry: Mapping[str, Any],
        env: Mapping[str, str],
        view: ImageView | None,
        workdir: str,
        image: BaseImage | None,
    ) -> None:
        self.argv = tuple(argv)
        self.name = base_name(first_value(argv) or "")
        self.entry = entry
        own = argv[1 : 1 + self._before_script()] if entry.get("interpreter") else argv[1:]
        self.words = [w.value for w in own if w.value is not None and not w.many]
        self.complete = len(self.words) == len(own)
        self.env = env
        self.view = view
        self.workdir = workdir
        self.image = image

    def _before_script(self) -> int:
        """How many arguments come before the first that is no option."""
        values = self.entry.get("values", "").split()
        skip = False
        for index, word in enumerate(self.argv[1:]):
            if skip:
                skip = False
            elif word.value is None or word.many or not word.value.startswith("-"):
                return index
            else:
                skip = word.value in values
        return len(self.argv) - 1

    @property
    def options(self) -> set[str]:
        """The words as a set."""
        return set(self.words)

    @property
    def first(self) -> str | None:
        """The first word that is no option and no option's value; None when it is not known."""
        at = 1 + self._before_script()
        if at >= len(self.argv):
            return ""
        return None if self.argv[at].many else self.argv[at].value

    def flag(self, names: str) -> bool | None:
        """Whether one of these options is given, alone, in a cluster or with `=`."""
        wanted = names.split()
        short = {n[1] for n in wanted if len(n) == 2}
        found = any(
            word in wanted
            or word.partition("=")[0] in wanted
            or (_is_cluster(word) and bool(short & set(word[1:])))
            for word in self.words
        )
        return found or (False if self.complete else None)

    def pair(self, option: str, value: str) -> bool | None:
        """Whether `option value` or `option=value` is given."""
        joined = f"{option}={value}" in self.options
        following = any(
            a == option and b == value for a, b in zip(self.words, self.words[1:], strict=False)
        )
        return joined or following or (False if self.complete else None)

    def value(self, *names: str) -> str | None:
        """The value of an option, as the next word or behind `=`."""
        for index, word in enumerate(self.words):
            name, equals, attached = word.partition("=")
            if name in names:
                return attached if equals else next(iter(self.words[index + 1 :]), None)
        return None

    def text(self, path: str) -> str | None:
        """The contents of a file of the image, where they are in sight."""
        found = self.view.text(path) if self.view else None
        return found.text if found else None


def _is_cluster(word: str) -> bool:
    return len(word) > 2 and word[0] == "-" and word[1:].isalpha()


Special = Callable[[Started, dict[str, Any]], dict[str, Any]]


def program(
    argv: Sequence[Word],
    env: Mapping[str, str] | None = None,
    view: ImageView | None = None,
    workdir: str = "/",
    image: BaseImage | None = None,
) -> Program | None:
    """What the program that `argv` starts does; None when the atlas does not know it.

    What depends on words that are not known is left unknown.
    """
    command = first_value(argv)
    argv, key = _applet(tuple(argv)) if command else (argv, None)
    if key is None:
        return None
    entry = load("programs")[key]
    started = Started(argv, entry, env or {}, view, workdir, image)
    fields = {name: entry[name] for name in _FIELDS if name in entry}
    for variant in entry.get("variants", ()):
        apply_variant(fields, variant, started)
    if "special" in entry:
        module = import_module("gracelint.atlas.special_programs")
        special: Special = module.SPECIAL[entry["special"]]
        fields = special(started, fields)
    return make(key, fields)


_APPLETS = {"httpd": "busybox-httpd", "crond": "busybox-crond"}
_INIT_SCRIPTS = ("/etc/init.d/", "/etc/rc.d/init.d/")


def _applet(argv: tuple[Word, ...]) -> tuple[tuple[Word, ...], str | None]:
    """The words from the program's own name on, and its entry: behind busybox and python -m.

    An init script told to start does what `service` does, whatever its daemon is called.
    """
    if (argv[0].value or "").startswith(_INIT_SCRIPTS) and _told_to_start(argv):
        return argv, "service"
    name = base_name(argv[0].value or "")
    if name == "busybox" and len(argv) > 1:
        applet = argv[1].value or ""
        return argv[1:], _APPLETS.get(applet) or key_of(applet)
    key = key_of(name)
    if key == "python" and len(argv) > 2 and argv[1].value == "-m" and argv[2].value:
        module = key_of(argv[2].value)
        return (argv[2:], module) if module else (argv, key)
    if key == "python" and len(argv) > 1 and base_name(argv[1].value or "") == "manage.py":
        return argv[1:], "django"
    return argv, key


def _told_to_start(argv: tuple[Word, ...]) -> bool:
    return len(argv) == 2 and argv[1].value in {"start", "restart"}


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
    "source",
    "pid1_only",
)


def make(key: str, fields: Mapping[str, Any]) -> Program:
    """The program whose reactions are still strings."""
    own = dict(fields)
    own["reactions"] = {name: Reaction(what) for name, what in own.get("reactions", {}).items()}
    if own.get("rest") is not None:
        own["rest"] = Reaction(own["rest"])
    return Program(key=key, **own)


def apply_variant(fields: dict[str, Any], variant: Mapping[str, Any], started: Started) -> None:
    """Set what a variant says if its condition holds, and forget it where that is not known."""
    holds = condition(variant["if"], started)
    if holds:
        fields.update(variant["set"])
    elif holds is None:
        for name in variant["set"]:
            fields[name] = _UNKNOWN.get(name)
        if "reactions" in variant["set"]:
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


def _words(started: Started, wanted: str) -> bool | None:
    found = bool(started.options & set(wanted.split()))
    return found or (False if started.complete else None)


def _first(started: Started, wanted: str) -> bool | None:
    first = started.first
    return None if first is None else first in wanted.split()


_TESTS: Mapping[str, Callable[[Started, Any], bool | None]] = {
    "flags": lambda s, v: s.flag(v),
    "words": _words,
    "pair": lambda s, v: s.pair(v[0], v[1]),
    "name": lambda s, v: s.name in v.split(),
    "first": _first,
    "first_of": _words,
    "env": lambda s, v: all(s.env.get(name) == value for name, value in v.items()),
}


@cache
def _names() -> dict[str, str]:
    table = load("programs")
    return {n: key for key, entry in table.items() for n in entry.get("names", key).split()}


@cache
def key_of(name: str) -> str | None:
    """The entry for a program's name."""
    if name in _names():
        return _names()[name]
    for key, entry in load("programs").items():
        if "pattern" in entry and re.fullmatch(entry["pattern"], name):
            return str(key)
    return None
