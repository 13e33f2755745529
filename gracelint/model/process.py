"""A process that is there when the stop signal comes."""

from __future__ import annotations

from gracelint.base.typed import TYPE_CHECKING
from gracelint.base.values import dataclass

if TYPE_CHECKING:
    from gracelint.base.facts import Origin, Word
    from gracelint.base.source import Span
    from gracelint.model.application import Reloads
    from gracelint.model.entries import Program, Wrapped
    from gracelint.model.snapshot import Role, ShellState


@dataclass(frozen=True, slots=True)
class Process:
    """A process that is there when the stop signal comes.

    told: whether it gets a signal that it is meant to stop on. finishes: whether it ends by itself
    rather than by SIGKILL. Both None when that cannot be told. how: how its parent started it.
    words: the source of what it runs. background: started with `&`. note: what to say of it in a
    few words. sent: the signals, without SIG, that reached it during the stop, in their order.
    entry: what the atlas or the settings know of an application. assumed: its reactions are a
    guess. work: what an application loses that ends at once, as in `Program.work`; "" where nothing
    says that there is any. at_once: the signal ends it at once. finishes_on: the signals on which
    its own source finishes its work. reloads: the call in its source that has a development
    reloader start it. failed: the kind of the exception that ended it when it was told to stop.
    cut: where its own source cuts its work off. dies: the stop signal's default action ends a
    shell at once.
    """

    pid: int
    argv: tuple[Word, ...]
    role: Role
    told: bool | None = None
    finishes: bool | None = None
    children: tuple[Process, ...] = ()
    evidence: tuple[Origin, ...] = ()
    span: Span | None = None
    note: str = ""
    background: bool = False
    shell: ShellState | None = None
    program: str = ""
    sent: tuple[str, ...] = ()
    entry: Program | None = None
    wrapped: Wrapped | None = None
    assumed: bool = False
    dies: bool = False
    work: str = ""
    own_work: bool = False
    at_once: bool = False
    finishes_on: tuple[str, ...] = ()
    reloads: Reloads | None = None
    failed: str = ""
    cut: Span | None = None

    def walk(self) -> list[Process]:
        """This process and all below it, parents first."""
        processes, queue = [], [self]
        while queue:
            process = queue.pop(0)
            processes.append(process)
            queue[:0] = process.children
        return processes
