"""Which signals an application's own source handles, where that source is in sight.

Only what is certain is said. That there is no handler is certain only when everything that the
script loads is in sight or known to install none.
"""

from __future__ import annotations

import re
from importlib import import_module
from typing import TYPE_CHECKING, TypeAlias

from gracelint.base import lazy
from gracelint.base.facts import Known, Unknown
from gracelint.base.paths import absolute
from gracelint.base.values import dataclass, field
from gracelint.syntax import json

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from gracelint.base.facts import Origin, Word
    from gracelint.base.source import Span, Text
    from gracelint.model.view import ImageView

MAX_FILES = 40
MAX_SIZE = 400_000

Found: TypeAlias = "Known[frozenset[str]] | Unknown"


@dataclass(slots=True)
class Reading:
    """What has been read so far of an application.

    handled: signals with a handler of its own. doubts: why more handlers are possible. seen: the
    files read. origins: where the handlers are installed. inline: where code on the command line is
    written, if its characters have no places of their own.
    """

    view: ImageView
    workdir: str
    handled: set[str] = field(default_factory=set)
    doubts: list[str] = field(default_factory=list)
    seen: set[str] = field(default_factory=set)
    waiting: list[str] = field(default_factory=list)
    origins: list[Origin] = field(default_factory=list)
    inline: Span | None = None

    def doubt(self, reason: str) -> None:
        """Note that there may be a handler that was not found."""
        self.doubts.append(reason)

    def handles(self, text: Text, start: int, end: int, *signals: str) -> None:
        """Note handlers for `signals` that the text from `start` to `end` installs."""
        names = {s.upper().removeprefix("SIG") for s in signals}
        if names - self.handled:
            self.origins.append(self.inline or text.span(start, end))
        self.handled |= names

    def load(self, *paths: str) -> bool:
        """Have the first of these files that is in sight read as well; whether there is one."""
        for path in paths:
            if path in self.seen or self.view.text(path) is not None:
                if path not in self.seen:
                    self.seen.add(path)
                    self.waiting.append(path)
                return True
        return False


_READERS = {
    "node": "node",
    "bun": "node",
    "python": "python",
    "ruby": "lines",
    "perl": "lines",
    "php": "lines",
}
_INLINE = {
    "node": {"-e", "--eval", "-p", "--print", "-pe"},
    "bun": {"-e", "--eval", "-p", "--print"},
    "python": {"-c"},
    "ruby": {"-e"},
    "perl": {"-e", "-E"},
    "php": {"-r"},
}
_VALUES = {
    "node": {"-r", "--require", "--import", "--loader", "--experimental-loader"},
    "bun": {"-r", "--preload", "--cwd", "-c", "--config"},
    "python": {"-W", "-X"},
    "ruby": {"-I", "-r", "-C"},
    "perl": {"-I"},
    "php": {"-c", "-d"},
}
# Variables that load modules or switch a reloader on, and the values with which they do not.
_LOADING = {
    "FLASK_DEBUG": lazy.compile("0|false|no|", re.IGNORECASE),
    "FLASK_ENV": lazy.compile("(?!development).*"),
    "NODE_OPTIONS": lazy.compile("(?!.*(?:-r|--require|--import|loader)).*"),
    "RUBYOPT": lazy.compile("-W[0-9:a-z-]*|"),
    "PERL5OPT": lazy.compile(""),
}
_LOADERS = {
    "-r",
    "--preload",
    "--cwd",
    "--require",
    "--import",
    "--loader",
    "--experimental-loader",
}


def handlers(
    key: str,
    argv: Sequence[Word],
    view: ImageView,
    workdir: str = "/",
    env: Mapping[str, str] | None = None,
) -> Found:
    """The signals, without SIG, that the script which `argv` runs handles and then ends.

    key: the interpreter's atlas key. env: its environment, as far as it is known. Known and empty
    when there certainly is no handler; Unknown with the reason when that cannot be told.
    """
    if key not in _READERS:
        return Unknown(f"sources of `{key}` are not read")
    reading = Reading(view, workdir)
    language = "node" if key == "bun" else key
    read = getattr(import_module(f"gracelint.simulate.sources.{_READERS[key]}"), f"read_{language}")
    for name, harmless in _LOADING.items():
        if env and name in env and not harmless.fullmatch(env[name]):
            reading.doubt(f"what `{name}` switches on is not read")
    problem = _start(key, argv[1:], reading, read)
    if problem:
        return Unknown(problem)
    while reading.waiting and len(reading.seen) <= MAX_FILES:
        path = reading.waiting.pop()
        text = view.text(path)
        if text is None or len(text.text) > MAX_SIZE:
            reading.doubt(f"`{path}` is too large to be read")
        else:
            read(text, path, reading)
    if reading.waiting:
        reading.doubt("it has too many files to be read")
    return _conclude(reading)


def _conclude(reading: Reading) -> Found:
    """With a handler for TERM found, what else there may be does not matter."""
    if reading.doubts and "TERM" not in reading.handled:
        return Unknown(reading.doubts[0], tuple(reading.origins))
    return Known(frozenset(reading.handled), tuple(reading.origins))


def _start(
    key: str, args: Sequence[Word], reading: Reading, read: Callable[[Text, str, Reading], None]
) -> str:
    """Find the script or the code on the command line; says why there is none."""
    at = 0
    while at < len(args):
        word = args[at].value
        if word is None or args[at].many:
            return "its arguments are not known"
        if key == "python" and word == "-m":
            return _module(args[at + 1 :], reading)
        if word in _INLINE[key]:
            return _inline(args[at + 1 :], reading, read)
        if key == "bun" and word == "run":
            at += 1
            continue
        if not word.startswith("-") or word == "-":
            return _script(key, word, reading)
        if word in _LOADERS or word.startswith("--env-file"):
            reading.doubt(f"what `{word}` loads is not read")
        at += 2 if word in _VALUES[key] else 1
    return "it runs no script"


def _inline(
    rest: Sequence[Word], reading: Reading, read: Callable[[Text, str, Reading], None]
) -> str:
    if not rest or rest[0].value is None:
        return "its code is not known"
    from gracelint.base.source import Source

    text = rest[0].text or Source("", rest[0].value)
    reading.inline = rest[0].span if rest[0].text is None else None
    read(text, absolute("[command line]", reading.workdir), reading)
    return ""


def _script(key: str, word: str, reading: Reading) -> str:
    path = absolute(word, reading.workdir)
    paths = [path]
    if key in {"node", "bun"}:
        package = reading.view.text(f"{path.rstrip('/')}/package.json")
        main = json.string(package, "main") if package else None
        paths += [absolute(main.value, path)] if main and main.value else []
        paths += [f"{path}.js", f"{path}.mjs", f"{path}.cjs", f"{path}/index.js"]
    elif key == "python":
        paths.append(f"{path}/__main__.py")
    return "" if reading.load(*paths) else f"`{word}` is not in sight"


def _module(rest: Sequence[Word], reading: Reading) -> str:
    name = rest[0].value if rest else None
    if name is None:
        return "the module is not known"
    path = absolute(name.replace(".", "/"), reading.workdir)
    found = reading.load(f"{path}.py", f"{path}/__main__.py")
    return "" if found else f"the module `{name}` is not in sight"
