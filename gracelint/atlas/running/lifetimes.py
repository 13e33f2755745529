"""Which commands certainly end by themselves soon."""

from __future__ import annotations

from gracelint.atlas.argv import base_name, first_value
from gracelint.atlas.table import table
from gracelint.atlas.wrappers import find
from gracelint.base import lazy
from gracelint.base.typed import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from gracelint.base.facts import Word

_HELP = frozenset({"--version", "--help"})
# A line of code that prints something, and names nothing that waits, loops or serves.
_PRINTS = lazy.compile(r"\b(?:print|echo|puts|printf|write|log|exit)\b")
_LASTS = lazy.compile(
    r"while|\bfor\b|loop|sleep|serve|listen|run|wait|forever|start|main|set(?:Interval|Timeout)|"
    r"accept|select|recv|process\.on"
)


def short_lived(argv: Sequence[Word]) -> bool | None:
    """True when the command surely ends soon, False when it surely serves on, None when unknown.

    Only from the names of commands and subcommands: what is known of servers is in `program`.
    """
    command = first_value(argv)
    if command is None:
        return None
    name = base_name(command)
    words = [w.value for w in argv[1:] if w.value is not None and not w.many]
    if _ends(name) or (len(argv) == 2 and words[:1] and words[0] in _HELP):
        return True
    entry = table("programs").find(name)
    if entry is not None and entry.get("interpreter"):
        return _script(entry, words)
    return _subcommand(name, words, complete=len(words) == len(argv) - 1)


def reads_input(argv: Sequence[Word]) -> bool:
    """Whether a command reads from its input what it is to do, as `python3` does without a script.

    Where nobody types anything, it ends at once.
    """
    command = first_value(argv)
    entry = table("programs").find(base_name(command)) if command is not None else None
    if entry is None or "prompt" not in entry:
        return False
    return all(word.value in entry["prompt"] for word in argv[1:])


def _script(interpreter: Mapping[str, Any], words: list[str]) -> bool | None:
    """`python manage.py migrate`, `php artisan migrate`, `python -m pip`, `php -r 'echo …'`."""
    if len(words) > 1 and words[0] in interpreter.get("inline", ()):
        return True if _PRINTS.search(words[1]) and not _LASTS.search(words[1]) else None
    if interpreter.get("modules") and words[:1] == ["-m"] and len(words) > 1:
        return True if _ends(words[1]) else _subcommand(words[1], words[2:], complete=True)
    plain = [w for w in words if not w.startswith("-")]
    name = base_name(plain[0]) if plain else ""
    script = table("programs").find(name)
    of = script.get("script_of") if script is not None else None
    return _subcommand(name, plain[1:], complete=True) if of == interpreter["key"] else None


def _ends(name: str) -> bool:
    """Whether a program ends by itself, whatever it is told."""
    entry = table("programs").find(name)
    return entry is not None and entry.get("lifetime") == "short" and "variants" not in entry


def _subcommand(name: str, words: list[str], *, complete: bool) -> bool | None:
    entry = find(name) or table("programs").find(name)
    subcommands = entry.get("subcommands") if entry is not None else None
    if subcommands is None or not (complete or words):
        return None
    first = next((w for w in words if not w.startswith("-")), "")
    if first in subcommands.get("short", ()):
        return True
    return False if first and first in subcommands.get("long", ()) else None
