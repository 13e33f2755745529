"""What a run comes to."""

from __future__ import annotations

from gracelint.base.typed import TYPE_CHECKING
from gracelint.base.values import dataclass, field

if TYPE_CHECKING:
    from collections.abc import Iterable

    from gracelint.model.finding import Finding
    from gracelint.model.story import Story


@dataclass(frozen=True, slots=True)
class Problem:
    """Something that kept part of the run from being done.

    path: the file concerned, "" for none. message: what happened and what to do, on one line.
    internal: it is a mistake of gracelint's own. hint: nothing failed, but people should know.
    """

    path: str
    message: str
    internal: bool = False
    hint: bool = False


@dataclass(frozen=True, slots=True)
class Unread:
    """A chart, a kustomization or a file of which nothing is said. reason: why, on one line."""

    path: str
    reason: str


@dataclass(frozen=True, slots=True)
class Launches:
    """How many launches there are of each verdict. assumed: the graceful ones not proven to be."""

    graceful: int = 0
    assumed: int = 0
    cut_off: int = 0
    abandoned: int = 0
    killed: int = 0
    exits: int = 0
    unknown: int = 0

    @property
    def total(self) -> int:
        """All of them."""
        bad = self.cut_off + self.abandoned + self.killed
        return self.graceful + bad + self.exits + self.unknown

    def __add__(self, other: Launches) -> Launches:
        """Those of two runs."""
        return Launches(
            self.graceful + other.graceful,
            self.assumed + other.assumed,
            self.cut_off + other.cut_off,
            self.abandoned + other.abandoned,
            self.killed + other.killed,
            self.exits + other.exits,
            self.unknown + other.unknown,
        )


@dataclass(frozen=True, slots=True)
class Result:
    """The findings of a run and what became of them, in the order of their places.

    findings: what remains. suppressed: what comments, annotations or settings ask to leave out.
    baselined: what the baseline knows already. files: how many files were checked. fixed: how many
    findings were repaired. problems: what could not be done. checked: the paths of the files.
    repaired: the findings that `fixed` counts. unread: what could not be read.
    launches: of the containers that the files start. stories: theirs, each told once. older: how
    many findings are left out, because a commit has them, too.
    """

    findings: tuple[Finding, ...] = ()
    suppressed: tuple[Finding, ...] = ()
    baselined: tuple[Finding, ...] = ()
    files: int = 0
    fixed: int = 0
    problems: tuple[Problem, ...] = ()
    checked: tuple[str, ...] = ()
    repaired: tuple[Finding, ...] = ()
    unread: tuple[Unread, ...] = ()
    launches: Launches = field(default_factory=Launches)
    stories: tuple[Story, ...] = ()
    older: int = 0

    @classmethod
    def joined(cls, results: Iterable[Result]) -> Result:
        """Several results as one."""
        given = list(results)
        return cls(
            tuple(f for r in given for f in r.findings),
            tuple(f for r in given for f in r.suppressed),
            tuple(f for r in given for f in r.baselined),
            sum(r.files for r in given),
            sum(r.fixed for r in given),
            tuple(p for r in given for p in r.problems),
            tuple(path for r in given for path in r.checked),
            tuple(f for r in given for f in r.repaired),
            tuple(u for r in given for u in r.unread),
            sum((r.launches for r in given), Launches()),
            tuple(s for r in given for s in r.stories),
            sum(r.older for r in given),
        )
