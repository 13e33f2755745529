"""The abstract shell: what a script does, as far as the files tell it.

`state` has what a shell keeps, `run` works it off; all other modules are what commands mean.
"""

from __future__ import annotations

from gracelint.base.typed import TYPE_CHECKING
from gracelint.simulate.shell import commands, run
from gracelint.simulate.shell.state import Parts, Shell

if TYPE_CHECKING:
    from gracelint.simulate.shell.records import Start
    from gracelint.simulate.world import Context, World

__all__ = ["Shell", "shell"]


class _Parts:
    """The parts that others need, put together."""

    sequence = staticmethod(commands.sequence)
    inner = staticmethod(commands.inner)
    command = staticmethod(commands.command)
    text = staticmethod(commands.text)
    script = staticmethod(commands.script)
    builtin = staticmethod(commands.builtin)
    run_pending = staticmethod(run.run_pending)


_PARTS: Parts = _Parts()


def shell(world: World, start: Start, context: Context) -> Shell:
    """A shell that is not started yet."""
    return run.Machine(world, start, context, _PARTS)
