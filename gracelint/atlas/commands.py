"""What commands do besides running: stop a server, read all there is, install, or nothing much.

None of this depends on a command's arguments; what does is in `programs` and `wrappers`.
"""

from __future__ import annotations

from functools import cache

from gracelint.atlas.argv import base_name
from gracelint.atlas.table import table
from gracelint.base.typed import TYPE_CHECKING, Any, Literal
from gracelint.model.entries import Stop

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


def stop(words: Sequence[str | None]) -> Stop | None:
    """The server that a command tells to stop, and how; None where it is not known to.

    words: the command's, None for those that are not known.
    """
    name = base_name(words[0]) if words and words[0] else ""
    for kind in ("wrappers", "programs"):
        entry = table(kind).find(name)
        for way in entry.get("stops", ()) if entry is not None else ():
            if not set(way["words"]).isdisjoint(words[1:]):
                return Stop(tuple(way["programs"]), way["signal"], way.get("waits", False))
    return None


Trait = Literal[
    "asks",
    "brief",
    "builds_on_change",
    "expands",
    "inert",
    "interpreter",
    "loads_python",
    "makes_no_files",
    "placeholders",
    "reads_input",
    "runs_init_scripts",
    "runtime",
    "serves_files",
    "silent",
    "tool",
]
"""What an entry says of a program that is true or false, as `data/schema.json` describes it."""


@cache
def says(name: str, *traits: Trait) -> bool:
    """Whether the entry of a program or wrapper of this name says one of these of it."""
    return any(_said(name, trait) for trait in traits)


def installs(name: str) -> Mapping[str, Sequence[str]]:
    """Of a package manager, the `words` that install, and those that have to be given, too."""
    return _said(name, "installs") or {}


def instead(name: str) -> str:
    """How to start a command better than behind a wrapper; "" where nothing is said."""
    return str(_said(name, "instead") or "")


def only_developers(name: str) -> Sequence[str]:
    """The subcommands of a program that only developers leave running."""
    return _said(name, "for_developers") or ()


def plain_words(name: str) -> bool:
    """Whether a program surely expands no variables in its words."""
    return _said(name, "expands") is False


def leaves_in_group(name: str) -> bool:
    """Whether a wrapper of this name, leading its process group, leaves its command behind.

    A shell that `exec` replaces often leads one: `exec setsid …` ends at once.
    """
    entry = table("wrappers").find(name)
    if entry is None or entry["behaviour"] != "detach":
        return False
    return entry.get("behaviour_in_group") == "exec"


def in_locks() -> tuple[str, ...]:
    """The programs for which image locks say whether an image has them, sorted."""
    entries = (
        entry for kind in ("programs", "wrappers", "inits", "shells") for entry in table(kind)
    )
    return tuple(sorted({name for entry in entries for name in entry.get("in_locks", ())}))


def _said(name: str, key: str) -> Any:
    entries = (table(kind).find(name) for kind in ("programs", "wrappers", "inits"))
    return next((entry[key] for entry in entries if entry is not None and key in entry), None)
