"""Dockerfiles and those who use their images: what the uses in a run set decides for both."""

from __future__ import annotations

from functools import cached_property

from gracelint.base.facts import Known
from gracelint.base.typed import TYPE_CHECKING, TypeAlias
from gracelint.base.values import replace
from gracelint.checks.lib.development import (
    SERVER,
    as_advice,
    edits_parts,
    is_edited,
    is_meant,
    serves_developers,
)
from gracelint.checks.lib.stop_signals import place
from gracelint.model.defect import UnhandledPid1, UnhandledSignal
from gracelint.model.finding import Applicability
from gracelint.model.loss import NoTimeForRequests
from gracelint.model.story import Verdict

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from gracelint.base.facts import Word
    from gracelint.model.finding import Finding
    from gracelint.model.story import Story
    from gracelint.model.workload import Launch
    from gracelint.resolve.merge import Reported

Row: TypeAlias = "Mapping[int, tuple[Story, Sequence[Reported]]]"
"""What one check reports of stories: of those of which it reports nothing, the uses alone."""

_LOST = frozenset({Verdict.KILLED, Verdict.ABANDONED, Verdict.CUT_OFF})
_OPEN = frozenset({Verdict.KILLED, Verdict.ABANDONED, Verdict.UNKNOWN})
_OF_THE_SIGNAL = frozenset({"GL403", "GL404"})
_OF_THE_PROGRAM = frozenset({"GL301", "GL404"})
_TIMER = "GL406"
MENDED = "; all that use the image here mend it"


class Uses:
    """The stories of services and pods, by the Dockerfile whose image they start.

    Those for development do not count: what is deployed may be another. For development is, too,
    what starts something else than the image over sources that are being edited, once a development
    server is among it.
    """

    def __init__(self, stories: Iterable[Story]) -> None:
        self._dockerfiles: dict[int, tuple[object, ...]] = {}
        self._by_launch: dict[tuple[object, ...], list[Story]] = {}
        self._developed: dict[tuple[object, ...], bool] = {}
        for story in stories:
            launch = story.workload.launch
            if story.workload.kind == "dockerfile":
                self._dockerfiles[id(story)] = _key(launch)
            elif key := _key(launch.overridden or launch):
                meant = is_meant(story.workload)
                developed = meant or is_edited(story.workload)
                self._developed[key] = developed and self._developed.get(key, True)
                if not meant:
                    self._by_launch.setdefault(key, []).append(story)
        for key, using in self._by_launch.items():
            if any(_is_at_work(use) and serves_developers(use) for use in using):
                self._by_launch[key] = [use for use in using if not _is_at_work(use)]

    @cached_property
    def all(self) -> frozenset[int]:
        """The identities of the stories that are uses of a Dockerfile's image in the run."""
        keys = filter(None, set(self._dockerfiles.values()))
        return frozenset(id(use) for key in keys for use in self._by_launch.get(key, ()))

    def of(self, story: Story) -> list[Story]:
        """The uses of a Dockerfile's image; none for a story of another kind."""
        key = self._dockerfiles.get(id(story), ())
        return self._by_launch.get(key, []) if key else []

    def eased(self, story: Story, finding: Finding) -> Finding:
        """A finding about a Dockerfile, as advice where little depends on the stop of its image: it
        is used for batch work, or developers alone use it and it starts a development server, or
        does not wait for requests.
        """
        using = self.of(story)
        if using and all(use.workload.finite for use in using):
            return as_advice(finding)
        developed = self._developed.get(self._dockerfiles.get(id(story), ()), False)
        by_server = finding.rule.code == SERVER and any(
            use.workload.launch.overridden is not None or not edits_parts(use.workload)
            for use in using
        )
        if not developed or by_server:
            return finding
        # what a mounted folder brings along is in sight of the uses alone
        serve = serves_developers(story) or (using and all(map(serves_developers, using)))
        waits = finding.rule.code != _TIMER or not _cuts_requests(story)
        return as_advice(finding) if serve or not waits else finding

    def _told_once(self, row: Row) -> Row:
        """A row in which what the image's stop signal does is said of the image, for the uses too
        that start the same program once more: it is changed there for all of them.
        """
        if not self._dockerfiles:
            return row
        rows = dict(row)
        for number, (story, reported) in row.items():
            using = [u for u in self.of(story) if id(u) in row and _as_in_the_image(story, u)]
            for at, one in enumerate(reported) if using else ():
                if one.finding.rule.code not in _OF_THE_SIGNAL or not _is_safe(one.finding):
                    continue
                names: tuple[str, ...] = ()
                for use in using:
                    findings = rows[id(use)][1]
                    rest = [o for o in findings if o.finding.message != one.finding.message]
                    names += (use.workload.name,) if len(rest) < len(findings) else ()
                    rows[id(use)] = use, rest
                said = list(rows[number][1])
                said[at] = _said_of(one, names)
                rows[number] = story, said
        return rows

    def left(self, checked: Sequence[Row]) -> Iterator[Reported]:
        """What checks report, without what of a Dockerfile no use of its image suffers from.

        What a use says of the same text in its own way is said once, of both. checked: what each
        check says, by the number of the story.
        """
        places = _places(checked)
        kept: list[Reported] = []
        said: dict[object, tuple[str, ...]] = {}
        for row in checked:
            for story, every in self._told_once(row).values():
                if not every:
                    continue
                using = [use for use in self.of(story) if id(use) in row]
                told = {id(use): row[id(use)][1] for use in using}
                reported = [one for one in every if not _told_of_a_use(one, story, using, told)]
                unmended = list(
                    _own_findings(story, reported, using, [row[id(use)][1] for use in using])
                )
                told_already = set(map(id, unmended))
                unmended = [
                    replace(one, finding=self.eased(story, one.finding)) for one in unmended
                ]
                kept += unmended
                if any(use.verdict in _OPEN for use in using):
                    there = {key for use in using for key in places.get(id(use), ())}
                    for one in (one for one in reported if id(one) not in told_already):
                        key = one.finding.primary.span.key
                        if key in there:
                            said[key] = said.get(key, ()) + one.finding.workloads
                        elif not _repeated(story, using):
                            kept.append(one)
        return (_said_of(one, said.get(one.finding.primary.span.key, ())) for one in kept)


def _is_at_work(use: Story) -> bool:
    """Whether a service starts its own command over sources that are being edited."""
    return use.workload.launch.overridden is not None and is_edited(use.workload)


def _cuts_requests(story: Story) -> bool:
    return any(isinstance(lost, NoTimeForRequests) for lost in story.losses)


def _places(checked: Sequence[Row]) -> dict[int, set[object]]:
    """Where something is found, by the number of the story."""
    places: dict[int, set[object]] = {}
    for row in checked:
        for number, (_, reported) in row.items():
            for one in reported:
                places.setdefault(number, set()).add(one.finding.primary.span.key)
    return places


def _own_findings(
    story: Story,
    reported: Sequence[Reported],
    using: Sequence[Story],
    uses: Sequence[Sequence[Reported]],
) -> Iterator[Reported]:
    """What a check says of a story as long as it says the same of a use, or there is none."""
    again = [said for use, said in zip(using, uses, strict=True) if _again(story, use)]
    if any(again) or (_repeated(story, using) and all(map(_any_safe, uses))):
        yield from (one for one in reported if _is_safe(one.finding))
    elif not uses or any(uses):
        yield from (one for one in reported if not _better_there(one, story, using, uses))


def _told_of_a_use(
    one: Reported,
    story: Story,
    using: Sequence[Story],
    told: Mapping[int, Sequence[Reported]],
) -> bool:
    """Whether what is wrong with the image's program is told of a use, which starts it by a command
    of its own, such as a script that prepares something: the image's command is used by nobody.
    """
    programs = _programs(story) if one.finding.rule.code in _OF_THE_PROGRAM else frozenset()
    return bool(programs) and any(
        other.finding.rule is one.finding.rule and other.finding.severity >= one.finding.severity
        for use in using
        if use.workload.launch.overridden is not None and not _again(story, use)
        if programs <= _programs(use)
        for other in told[id(use)]
    )


def _programs(story: Story) -> frozenset[tuple[str, ...]]:
    """The programs that do not stop by themselves, each by its name and words, options aside."""
    at_fault = (d.process for d in story.defects if isinstance(d, UnhandledPid1 | UnhandledSignal))
    words = ((p.program, *(w.value or "" for w in p.argv[1:])) for p in at_fault)
    return frozenset(tuple(w for w in each if not w.startswith("-")) for each in words)


def _said_of(one: Reported, more: tuple[str, ...]) -> Reported:
    """The same, of more launches."""
    names = tuple(dict.fromkeys((*one.finding.workloads, *more)))
    return replace(one, finding=replace(one.finding, workloads=names)) if more else one


def _repeated(story: Story, using: Sequence[Story]) -> bool:
    """Whether each use says once more what the image starts, so that it is told there."""
    return bool(using) and all(_again(story, use) for use in using)


def _again(story: Story, use: Story) -> bool:
    words, same = story.workload.launch.argv, use.workload.launch.argv
    return (
        use.workload.launch.overridden is not None
        and isinstance(words, Known)
        and isinstance(same, Known)
        and _plain(same.value) == _plain(words.value)
    )


def _as_in_the_image(story: Story, use: Story) -> bool:
    """Whether a use starts what the image starts, and is stopped with the image's signal."""
    signals = story.workload.stop_signal, use.workload.stop_signal
    return _again(story, use) and signals[0].origins == signals[1].origins


def _plain(words: Sequence[Word]) -> list[str | None]:
    return [word.value for word in words]


def _better_there(
    one: Reported, story: Story, using: Sequence[Story], uses: Sequence[Sequence[Reported]]
) -> bool:
    """Whether the only use has a safe fix for the same, and the image none."""
    if len(uses) != 1 or _is_safe(one.finding):
        return False
    at = _where(one.finding, story)
    same = [o.finding for o in uses[0] if _where(o.finding, using[0]) == at]
    return bool(same) and all(map(_is_safe, same))


def _where(finding: Finding, story: Story) -> object:
    """The place of a finding; None where it is told of the launch as a whole, or of its signal."""
    key = finding.primary.span.key
    whole = {story.workload.declared.key}
    if finding.rule.code in _OF_THE_SIGNAL:
        whole.add(place(story.workload).key)
    return None if key in whole else key


def _any_safe(reported: Sequence[Reported]) -> bool:
    return any(_is_safe(one.finding) for one in reported)


def _is_safe(finding: Finding) -> bool:
    return any(fix.applicability is Applicability.SAFE for fix in finding.fixes[:1])


def _key(launch: Launch) -> tuple[object, ...]:
    """The commands of a Dockerfile that a launch has, by their places: its own, or the image's that
    it is built on.
    """
    facts = (launch.entrypoint, launch.cmd)
    commands = [f.value for f in facts if isinstance(f, Known) and f.value is not None]
    keys = tuple(c.span.key for c in commands if c.stage is not None)
    return keys or tuple(c.span.key for c in commands)


def mended(stories: Iterable[Story]) -> list[Story]:
    """The stories, where a Dockerfile's says that its uses mend what is wrong."""
    given = list(stories)
    uses = Uses(given)
    return [_mended(story, uses.of(story)) for story in given]


def _mended(story: Story, uses: Sequence[Story]) -> Story:
    lost = _OPEN | {story.verdict}
    if story.verdict not in _LOST or not uses or any(use.verdict in lost for use in uses):
        return story
    return replace(story, reason=story.reason + MENDED)
