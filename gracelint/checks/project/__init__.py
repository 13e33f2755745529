"""Rules given everything found in the run."""

from __future__ import annotations

from gracelint.base.typed import TYPE_CHECKING
from gracelint.base.values import dataclass

if TYPE_CHECKING:
    from gracelint.base.source import Span
    from gracelint.discover.discover import Discovery
    from gracelint.model.finding import Rule
    from gracelint.model.story import Story
    from gracelint.model.suppression import BaselineEntry, Ignore
    from gracelint.model.workload import Group
    from gracelint.syntax.shell.tree import Script


@dataclass(frozen=True, slots=True)
class Run:
    """Everything found in a run.

    scripts: the shell programs that launches run, each once. ignores: what comments and annotations
    ask to leave out. unused: those of them that nothing came of; empty before everything else has
    been checked. rules: all there are. stale: the entries of the baseline that stand for
    no finding of this run; empty before everything else has been checked. errors: the first thing
    wrong with each Dockerfile that is no valid one.
    """

    discovery: Discovery
    stories: tuple[Story, ...]
    groups: tuple[Group, ...]
    scripts: tuple[Script, ...] = ()
    ignores: tuple[Ignore, ...] = ()
    unused: tuple[Ignore, ...] = ()
    rules: tuple[Rule, ...] = ()
    stale: tuple[BaselineEntry, ...] = ()
    errors: tuple[tuple[Span, str], ...] = ()
