"""Wrappers of servers and frameworks whose arguments need more than a grammar."""

from __future__ import annotations

from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

from gracelint.atlas.argv import Parsed, base_name
from gracelint.atlas.build import as_word, build
from gracelint.atlas.call import OTHER, Call
from gracelint.atlas.table import table
from gracelint.base.values import replace

if TYPE_CHECKING:
    from gracelint.base.facts import Word
    from gracelint.model.entries import BaseImage, Wrapped


def apachectl(call: Call) -> Wrapped | None:
    """In the foreground the script waits for the server; `start` leaves a daemon behind."""
    words = [w.value for w in call.args]
    known = [w for w in words if w is not None]
    foreground = "FOREGROUND" in known or any(w.startswith("-DFOREGROUND") for w in known)
    if not foreground:
        return None
    system = call.image.os if call.image else ""
    if system.partition("-")[0] not in {"debian", "ubuntu", ""}:
        problem = "what this image's apachectl does is not known"
        return build(call, Parsed(problem=problem))
    return build(call, Parsed(rest=(as_word("apache2"), *call.args)))


def mysqld_safe(call: Call) -> Wrapped:
    """The server with the same options."""
    server = "mariadbd" if call.name.startswith("mariadbd") else "mysqld"
    return build(call, Parsed(rest=(as_word(server), *call.args)))


_SCL = {
    "run-postgresql": ("postgres",),
    "run-mysqld": ("mysqld",),
    "run-mongod": ("mongod",),
    "run-redis": ("redis-server",),
    "run-httpd": ("httpd", "-D", "FOREGROUND"),
}


def scl(call: Call) -> Wrapped:
    """The server of an image of the Software Collections."""
    return build(call, Parsed(rest=(*map(as_word, _SCL[call.name]), *call.args)))


def busybox(call: Call) -> Call | None:
    """`busybox APPLET …` is the applet."""
    name = call.args[0].value if call.args and not call.args[0].many else None
    entry = table("wrappers").find(base_name(name)) if name else None
    if name is None or entry is None or not entry.get("applet"):
        return None
    return replace(call, name=base_name(name), entry=entry, args=call.args[1:])


def opentelemetry(call: Call) -> Wrapped:
    """Every `--option` takes a value, as the next word or behind `=`."""
    args = call.args
    while args and (args[0].value or "").startswith("-"):
        flag = args[0].value in {"-h", "--help", "--version"} or "=" in (args[0].value or "")
        args = args[1:] if flag else args[2:]
    return build(call, Parsed(rest=args))


def start_stop_daemon(call: Call) -> Wrapped | None:
    """`start-stop-daemon --start --exec FILE -- ARGUMENT…` becomes the program."""
    parsed = call.parse()
    file = parsed.last("-a", "--startas") or parsed.last("-x", "--exec")
    if not parsed.problem and not parsed.has("-S", "--start"):
        return None
    if parsed.problem or file is None:
        problem = parsed.problem or "the program is not given"
        return build(call, replace(parsed, rest=(), problem=problem))
    word: Word = as_word(file) if isinstance(file, str) else file
    behaviour = "detach" if parsed.has("-b", "--background") else "exec"
    user = parsed.value("-c", "--chuid")
    return build(call, replace(parsed, rest=(word, *parsed.rest)), behaviour=behaviour, user=user)


def entrypoint(call: Call) -> Wrapped | None:
    """The script of a known image, where the image below is known to have it."""
    image = call.image
    known = None if image is None else _script_at(call.name, image)
    if image is None or known is None:
        return None
    script, given = known
    rest = call.args
    if script in image.starts and given == [None if w.many else w.value for w in rest]:
        words = image.starts[script]
        rest = tuple(as_word(word, rest[0] if rest else None) for word in words)
    elif not image.entrypoint_execs:
        problem = f"what `{call.name}` of `{image.key}` starts with these arguments is not known"
        return build(call, Parsed(problem=problem))
    elif image.entrypoint_default and _prepends(rest, image.entrypoint_words):
        first = rest[0] if rest else None
        rest = (*(as_word(w, first) for w in image.entrypoint_default.split()), *rest)
    entry = {**call.entry, "source": image.source}
    behaviour = image.entrypoint_behaviour or "exec"
    return build(replace(call, entry=entry), Parsed(rest=rest), behaviour=behaviour)


def _script_at(name: str, image: BaseImage) -> tuple[str, list[str]] | None:
    """The word of the image's launch that names a script, and the image's own arguments for it."""
    words = [*(image.entrypoint or ()), *(image.cmd or ())]
    execs = (image.entrypoint or ()) if image.entrypoint_execs else ()
    for at, word in enumerate(words):
        if base_name(word) == name and (word in image.starts or word in execs):
            return word, words[at + 1 :]
    return None


def unread(call: Call) -> Wrapped | None:
    """A program that starts another and of which nobody has said what it does on signals."""
    parsed = call.parse()
    if parsed.problem == OTHER:
        return None
    return build(call, Parsed(problem=f"what `{call.name}` does on signals is not known"))


def uv(call: Call) -> Wrapped | None:
    """`uv run FILE.py` runs python, `uv run COMMAND` the command."""
    parsed = call.parse()
    if parsed.problem == OTHER:
        return None
    first = parsed.rest[0].value if parsed.rest and not parsed.rest[0].many else None
    if first is not None and first.endswith(".py"):
        parsed = replace(parsed, rest=(as_word("python", parsed.rest[0]), *parsed.rest))
    return build(call, parsed)


def _prepends(rest: tuple[Word, ...], patterns: tuple[str, ...]) -> bool:
    """Whether an entrypoint script puts its own program before these arguments."""
    if not rest:
        return True
    first = None if rest[0].many else rest[0].value
    if first is None:
        return False
    return first.startswith("-") or any(fnmatchcase(first, pattern) for pattern in patterns)
