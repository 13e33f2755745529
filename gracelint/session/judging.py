"""The checks of rules, asked about what a run is told: each where its settings let it apply."""

from __future__ import annotations

from collections import defaultdict

from gracelint import checks
from gracelint.base.typed import TYPE_CHECKING, Any
from gracelint.base.values import replace
from gracelint.checks.group import features as features_of_group
from gracelint.checks.lib.development import (
    beside_production,
    for_developers,
    is_errand,
    lowered,
)
from gracelint.checks.lib.purpose.projects import project
from gracelint.checks.story import features as features_of_story
from gracelint.model.finding import Severity
from gracelint.model.result import Problem
from gracelint.resolve.merge import Reported
from gracelint.session.uses import Uses
from gracelint.settings.read import SettingsError
from gracelint.settings.selection import enabled

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from gracelint.checks import Check, Subject
    from gracelint.checks.project import Run
    from gracelint.model.finding import Finding, Rule
    from gracelint.model.options import Options
    from gracelint.model.story import Story
    from gracelint.model.workload import Group, Workload
    from gracelint.session.scene import Scene
    from gracelint.session.uses import Row
    from gracelint.syntax.dockerfile.parse import Dockerfile


class Judging:
    """One run's. options: for the run as a whole. near: for a file. wrong: told of a failure."""

    def __init__(
        self,
        options: Options,
        near: Callable[[str], Options],
        wrong: Callable[[Problem], None],
    ) -> None:
        self._options = options
        self._near = near
        self._wrong = wrong
        self._applied: dict[tuple[str, int], tuple[bool, Options]] = {}
        self._held: dict[tuple[object, ...], tuple[Check[Any], ...]] = {}

    def __reduce__(self) -> tuple[object, ...]:
        """For another process, without what is remembered by identity."""
        return Judging, (self._options, self._near, self._wrong)

    def applies(self, rule: Rule, options: Options) -> bool:
        """The same as `enabled`, which is asked again and again, remembered."""
        key = (rule.code, id(options))
        if key not in self._applied:
            self._applied[key] = enabled(rule, options), options  # which must not go
        return self._applied[key][0]

    def judge(self, part: Scene, dockerfile: Dockerfile | None) -> None:
        """Let the checks of Dockerfiles, launches and groups judge those of a part of the run."""
        if dockerfile is not None:
            path = dockerfile.source.path
            options = self._near(path)
            for code, findings in self._found("dockerfile", dockerfile, path, options):
                part.written[code] = [Reported(each, options) for each in findings]
        beside = project(part.stories)
        for story in part.stories:
            if not story.foreign:
                path = story.workload.source.path
                options, has = self._near(path), features_of_story(story)
                part.judged[id(story)] = {
                    code: [
                        _of_story(each, story, options, eased=beside.eases(each, story))
                        for each in findings
                    ]
                    for code, findings in self._found("story", story, path, options, has)
                }
        for group in part.groups:
            path = group.source.path
            options, has = self._near(path), features_of_group(group)
            part.judged[id(group)] = {
                code: [_of_group(each, group, options) for each in findings]
                for code, findings in self._found("group", group, path, options, has)
            }

    def _found(
        self,
        kind: Subject,
        subject: object,
        path: str,
        options: Options,
        features: frozenset[str] | None = None,
    ) -> Iterator[tuple[str, Sequence[Finding]]]:
        """The codes of the rules that find something, with what they find: most find nothing."""
        for check in self._that_apply(kind, options, features):
            try:
                findings = list(check.run(subject))
            except SettingsError:
                raise
            except Exception as error:  # noqa: BLE001
                self._failed(check, path, error)
                continue
            if findings:
                yield check.rule.code, findings

    def _failed(self, check: Check[Any], path: str, error: Exception) -> None:
        self._wrong(internal(path, f"checking it for {check.rule.code}", error))

    def _that_apply(
        self, kind: Subject, options: Options, features: frozenset[str] | None
    ) -> tuple[Check[Any], ...]:
        key = (kind, id(options), features)
        if key not in self._held:
            every = checks.load(kind, features)
            self._held[key] = tuple(c for c in every if self.applies(c.rule, options))
        return self._held[key]

    def _findings_of(self, check: Check[Run], run: Run) -> Sequence[Finding]:
        try:
            return list(check.run(run))
        except SettingsError:
            raise
        except Exception as error:  # noqa: BLE001
            self._failed(check, "", error)
            return ()

    def reported(self, scene: Scene) -> Iterator[Reported]:
        """All that was found of a run's files, launches and groups, by rule."""
        for check in checks.load("dockerfile") if scene.written else ():
            yield from scene.written.get(check.rule.code, ())
        stories = [story for story in scene.stories if not story.foreign]
        uses, meant = Uses(stories), beside_production(stories)
        noted: defaultdict[str, list[int]] = defaultdict(list)
        for at, story in enumerate(stories):
            for code in scene.judged[id(story)]:
                noted[code].append(at)
        using = [at for at, story in enumerate(stories) if id(story) in uses.all]
        rows = []
        for code in sorted(noted):
            some = sorted({*noted[code], *using})
            rows.append(self._row(scene, code, [stories[at] for at in some], meant))
        yield from uses.left(rows)
        of_groups = [(group, scene.judged.get(id(group), {})) for group in scene.groups]
        for code in sorted({code for _, found in of_groups for code in found}):
            for group, found in of_groups:
                for one in found.get(code, ()):
                    yield _as_meant(one, group.workloads, meant)

    def _row(self, scene: Scene, code: str, stories: Sequence[Story], meant: frozenset[int]) -> Row:
        """What a rule reports of those of the stories that it is applied to; of one it does."""
        found = [
            [_as_meant(o, (s.workload,), meant) for o in scene.judged[id(s)].get(code, ())]
            for s in stories
        ]
        rule = next(one.finding.rule for reported in found for one in reported)
        row: dict[int, tuple[Story, Sequence[Reported]]] = {}
        for story, reported in zip(stories, found, strict=True):
            if self.applies(rule, self._near(story.workload.source.path)):
                row[id(story)] = story, reported
        return row

    def of_run(self, run: Run, *, last: bool = False) -> list[Reported]:
        """What the checks of a whole run find.

        Advice is given once a run, and so by the settings of the run; all else by those that hold
        for the file concerned.
        """
        reported = []
        for check in checks.load("project"):
            if check.last is not last:
                continue
            for finding in self._findings_of(check, self._part(run, check.rule)):
                advice = finding.severity is Severity.INFO
                near = self._near(finding.primary.span.source.path)
                options = self._options if advice else near
                if self.applies(check.rule, options):
                    reported.append(Reported(finding, options))
        return reported

    def _part(self, run: Run, rule: Rule) -> Run:
        """The launches to which a rule is to be applied."""
        groups = [g for g in run.groups if self.applies(rule, g.options)]
        stories = [s for s in run.stories if self.applies(rule, self._near(s.workload.source.path))]
        return replace(run, groups=tuple(groups), stories=tuple(stories))


def _of_story(finding: Finding, story: Story, options: Options, *, eased: bool) -> Reported:
    """A finding about a launch, as advice where little depends on its stop."""
    workload = story.workload
    declared = (workload.declared,) if workload.kind != "dockerfile" else ()
    named = replace(finding, workloads=finding.workloads or (workload.name,))
    little = eased or for_developers(named, story) or is_errand(named, story)
    told = lowered(named, (workload,), eased=little)
    return Reported(told, options, declared)


def _as_meant(reported: Reported, workloads: Sequence[Workload], meant: frozenset[int]) -> Reported:
    """What is found, as advice where others stand for production (see `beside_production`)."""
    finding = reported.finding
    about = [w for w in workloads if not finding.workloads or w.name in finding.workloads]
    if not about or not all(id(one) in meant for one in about):
        return reported
    return replace(reported, finding=lowered(finding, about, eased=True))


def _of_group(finding: Finding, group: Group, options: Options) -> Reported:
    return Reported(lowered(finding, group.workloads), options)


def internal(path: str, doing: str, error: Exception) -> Problem:
    """What is said where this program fails at a file."""
    said = " ".join(f"{type(error).__name__}: {error}".split())[:200]
    message = f"internal error while {doing}: {said}. Please report this, with the file"
    return Problem(path, message, internal=True)
