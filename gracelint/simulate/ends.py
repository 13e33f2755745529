"""How a run ended: what was seen of its stop, and the decisions that led there."""

from __future__ import annotations

from gracelint.base.typed import TYPE_CHECKING
from gracelint.base.values import dataclass, replace
from gracelint.model.snapshot import Outcome

if TYPE_CHECKING:
    from collections.abc import Iterable

    from gracelint.base.source import Span
    from gracelint.model.snapshot import Snapshot
    from gracelint.simulate.world import Choice, Started


@dataclass(frozen=True, slots=True)
class End:
    """How one run ended.

    snapshot: None where nothing starts (`missing`) or where it cannot be told what happens; reason
    and span then say why. later: the choices made during the stop, which are not gone through.
    guess: a command had to be taken for the application, main says which. over: those that had
    ended when a run came to its application without any guess. failed: PID 1 ended by itself, with
    a status other than 0. serves, idle: see `Stopped`. errand:
    what was taken for the application is followed by `exit`, so that it may only be preparing
    something.
    """

    choices: tuple[Choice, ...]
    snapshot: Snapshot | None = None
    reason: str = ""
    span: Span | None = None
    missing: bool = False
    needs_shell: bool = False
    serves: bool = False
    idle: bool = False
    errand: bool = False
    failed: bool = False
    guess: bool = False
    main: object = None
    over: frozenset[object] = frozenset()
    later: tuple[Choice, ...] = ()

    @property
    def lives(self) -> bool:
        """Whether the container lives until it is stopped."""
        return self.snapshot is not None and self.snapshot.outcome is not Outcome.EXITS

    def after(self, started: Iterable[Started]) -> End:
        """The same of a run that had started these, which have ended if it found what stays."""
        if not self.lives or not self.serves or self.guess:
            return self
        return replace(self, over=frozenset(s.key for s in started if s.key is not None))
