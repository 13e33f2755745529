"""Rules. One module each: the folder says what a rule's function is given.

dockerfile/: one parsed Dockerfile. story/: one workload's story. group/: a pod or a Compose
project. project/: everything found in the run.
"""

from __future__ import annotations

import importlib
import os
from functools import cache

from gracelint.base.typed import TYPE_CHECKING, Any, Generic, Literal, TypeVar
from gracelint.base.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from gracelint.model.finding import Finding, Rule

Subject = Literal["dockerfile", "story", "group", "project"]
_SUBJECTS: tuple[Subject, ...] = ("dockerfile", "story", "group", "project")
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Check(Generic[T]):
    """A rule and the function that looks for it. last: it judges what came of the others."""

    rule: Rule
    run: Callable[[T], Iterator[Finding]]
    last: bool = False

    def __call__(self, subject: T) -> Iterator[Finding]:
        """What the rule finds in `subject`."""
        return self.run(subject)


def check(
    rule: Rule, *, last: bool = False
) -> Callable[[Callable[[T], Iterator[Finding]]], Check[T]]:
    """Make a function the check of `rule`."""

    def wrap(run: Callable[[T], Iterator[Finding]]) -> Check[T]:
        return Check(rule, run, last)

    return wrap


@cache
def load(subject: Subject, features: frozenset[str] | None = None) -> tuple[Check[Any], ...]:
    """The checks of one folder, in the order of their codes.

    features: what a story or a group has, by the names in `OF` of the folder; a rule that is about
    something else is left out, and not even loaded.
    """
    package = importlib.import_module(f"gracelint.checks.{subject}")
    about: Mapping[str, tuple[str, ...]] = {} if features is None else package.OF
    checks = []
    for name in _modules(subject):
        if features is None or name not in about or not features.isdisjoint(about[name]):
            loaded = importlib.import_module(f"gracelint.checks.{subject}.{name}")
            checks += [value for value in vars(loaded).values() if isinstance(value, Check)]
    return tuple(sorted(checks, key=lambda c: c.rule.code))


@cache
def _modules(subject: Subject) -> list[str]:
    package = importlib.import_module(f"gracelint.checks.{subject}")
    names = {file.partition(".")[0] for folder in package.__path__ for file in os.listdir(folder)}
    return sorted(name for name in names if not name.startswith("_"))


def all_rules() -> tuple[Rule, ...]:
    """Every rule there is, in the order of the codes."""
    rules = {c.rule for subject in _SUBJECTS for c in load(subject)}
    return tuple(sorted(rules, key=lambda r: r.code))
