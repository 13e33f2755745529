"""What functions are called that stay until the program is stopped."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gracelint.base import lazy
from gracelint.simulate.sources.machine.state import Block

if TYPE_CHECKING:
    from gracelint.simulate.sources.machine.machine import Machine

_WORDS = lazy.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])")
_STAYS = lazy.compile(
    r"(?:runs?|go|works?|main|tail|spin|join|block|idle|serve[rd]?|service|loop|stream|schedules?"
    r"|scheduled)$|run(?:n|app|server|for)|work(?:er|ing)|mainloop|spinning|start|serving|listen"
    r"|forever|poll|wait|consum|watch|subscri|observe|monitor|launch|exec|result|recv|receive"
    r"|process|follow|handle|dispatch|boot|cron|login|\w+(?:forever|loop|server)$"
)
"""The words in the names of functions that stay until the program is stopped."""
_COMES_BACK = frozenset(
    ("execute", "executemany", "executescript", "execute_batch", "execute_values")
)
"""Those of databases, of the same letters."""


def may_stay(name: str) -> bool:
    """Whether a function is called like those that stay until the program is stopped."""
    words = map(str.lower, _WORDS.findall(name if name not in _COMES_BACK else ""))
    return any(map(_STAYS.match, words))


def surely_starts(name: str) -> bool:
    """Whether it is called like those that start a server, and like little else."""
    words = set(map(str.lower, _WORDS.findall(name)))
    return not words.isdisjoint({"run", "serve", "listen", "start", "forever"})


def words_of(path: str) -> str:
    """A call of something of a library in a few words: its last two names."""
    names = [name for name in path.replace("()", "").lstrip("?").split(".") if name]
    return f"{'.'.join(names[-2:])}()" if names else ""


def end_of(machine: Machine, subject: object) -> None:
    """What is served with this subject ends, wherever the program waits for it."""
    machine.effects += 1
    for strand in machine.strands:
        for block in (strand.block, *(frame.target for frame in strand.frames)):
            if isinstance(block, Block) and block.subject == subject:
                block.until = machine.host.now()
