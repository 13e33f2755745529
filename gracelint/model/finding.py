"""What a rule reports: findings with labels, causes and fixes."""

from __future__ import annotations

from enum import IntEnum

from gracelint.base.typed import TYPE_CHECKING
from gracelint.base.values import dataclass, field

if TYPE_CHECKING:
    from gracelint.base.edit import Edit
    from gracelint.base.source import Span


class Severity(IntEnum):
    """How bad a finding is; ordered."""

    INFO = 1
    WARNING = 2
    ERROR = 3

    @property
    def label(self) -> str:
        """The word people read: `error`, `warning` or `info`."""
        return self.name.lower()


class Applicability(IntEnum):
    """Who may apply a fix; ordered from the least to the most trusted.

    SHOW: nobody, it is a suggestion in words. UNSAFE: who asked for it, something besides the stop
    may change. SAFE: anybody, the stop gets better and nothing else changes.
    """

    SHOW = 1
    UNSAFE = 2
    SAFE = 3

    @property
    def label(self) -> str:
        """The word people read: `show`, `unsafe` or `safe`."""
        return self.name.lower()


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule's unchanging part. Its page is `rules/CODE-name.md`.

    severity: the highest that it gives. fixes: every applicability that its fixes may have.
    enabled: whether it runs without being selected.
    """

    code: str
    name: str
    severity: Severity
    fixes: frozenset[Applicability] = frozenset()
    enabled: bool = True


@dataclass(frozen=True, slots=True)
class Label:
    """A place and what is to be said of it."""

    span: Span
    message: str = ""


@dataclass(frozen=True, slots=True)
class Fix:
    """A title that says what applying it does, and edits that belong together: all or none."""

    title: str
    applicability: Applicability
    edits: tuple[Edit, ...] = ()


@dataclass(frozen=True, slots=True)
class LeftOut:
    """Who asks to leave a finding out. in_source: a comment or an annotation at its place, else
    the settings. reason: what is said of it, "" for nothing.
    """

    in_source: bool
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Finding:
    """One defect.

    primary: the text that has to change. causes: further places that the defect rests on; an ignore
    comment at any of them counts. related: places the story runs through. fixes: the best first.
    workloads: names of the launches concerned. left_out: why, where it is suppressed.
    """

    rule: Rule
    severity: Severity
    message: str
    primary: Label
    causes: tuple[Label, ...] = ()
    related: tuple[Label, ...] = ()
    fixes: tuple[Fix, ...] = ()
    help: str = ""
    workloads: tuple[str, ...] = field(default=())
    left_out: LeftOut | None = None

    @property
    def fix(self) -> Fix | None:
        """The fix to offer."""
        return self.fixes[0] if self.fixes else None
