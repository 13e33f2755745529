"""GL403: a stop signal that does not stop this program in the intended way."""

from __future__ import annotations

from gracelint import atlas
from gracelint.base.typed import TYPE_CHECKING
from gracelint.checks import check
from gracelint.checks.lib.delivery import assumed, at_most
from gracelint.checks.lib.development import is_edited
from gracelint.checks.lib.stop_signals import command, place, set_to, shown, written
from gracelint.checks.lib.words import exports_metrics
from gracelint.diagnose.explain import effect
from gracelint.model.finding import Applicability, Finding, Fix, Label, Rule, Severity
from gracelint.model.loss import EndsAtOnce, WrongSignal

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gracelint.base.source import Span
    from gracelint.model.process import Process
    from gracelint.model.story import Story

RULE = Rule(
    "GL403",
    "stop-signal-not-graceful",
    Severity.WARNING,
    frozenset({Applicability.SAFE, Applicability.SHOW}),
)


@check(RULE)
def stop_signal_not_graceful(story: Story) -> Iterator[Finding]:
    """A program that another signal would stop as its authors intend, or that ends at once."""
    seen: set[tuple[object, ...]] = set()
    for lost in story.losses:
        if not isinstance(lost, WrongSignal | EndsAtOnce):
            continue
        launch = _place(story, lost.process)
        where = lost.span if isinstance(lost, EndsAtOnce) and lost.span is not None else launch
        alike = _alike(story, lost)
        if not seen.isdisjoint({where.key, *(label.span.key for label in alike)}):
            continue  # what mends one of them mends all, and is said once
        seen.add(where.key)
        at = written(story.workload)
        labels = [Label(at, "the stop signal")] if at is not None and at != where else []
        labels += [Label(launch, "what is started")] if where is not launch else []
        causes = tuple(labels)
        yield Finding(
            RULE,
            _severity(story, lost),
            _message(story, lost),
            Label(where),
            causes=causes,
            related=(*causes, *alike),
            fixes=_fixes(story, lost),
            help=" ".join(filter(None, (_help(lost), assumed(story)))),
            workloads=(story.workload.name,),
        )


def _alike(story: Story, lost: WrongSignal | EndsAtOnce) -> list[Label]:
    """The other programs that the same would mend, such as an extension of PHP in the image."""
    mend = _mend(lost) if isinstance(lost, EndsAtOnce) else ""
    ends = [other for other in story.losses if mend and isinstance(other, EndsAtOnce)]
    others = [other.process for other in ends if other is not lost and _mend(other) == mend]
    return [Label(_place(story, process), "so does this") for process in others]


def _severity(story: Story, lost: WrongSignal | EndsAtOnce) -> Severity:
    """Advice where nothing in sight could do better, or an init stands in front of one without.

    So is what rests on the stop signal of an image whose name is open, or that nobody here knows
    and that may be built on the program's own, which sets the right one; and what a server does
    that a public image of something else has inside, such as a dashboard's or a tool's. A scrape
    that an exporter of metrics drops is done again at its next time. Nobody is connected to a
    database whose clients have all ended before, and what the intended signal grants no time to is
    cut off by that one, too: behind a server in the same container that is little.
    """
    direct = story.tree is not None and lost.process.pid == story.tree.pid
    warns = isinstance(lost, EndsAtOnce) and (_mend(lost) or (direct and lost.in_source))
    if isinstance(lost, WrongSignal):
        by_default = lost.sent == story.signal == "TERM"
        named = not _may_be_set(story, lost)
        warns = named or story.workload.stop_signal_stated or not by_default
        warns = warns and not (lost.effect == "cuts" and _is_within(story, lost))
        warns = warns and not (lost.effect == "waits" and story.workload.stops_last)
        warns = warns and not (_timeless(lost) and _is_behind(story))
    warns = warns and not exports_metrics(lost.process.argv)
    return at_most(story, RULE.severity if warns else Severity.INFO)


def _is_behind(story: Story) -> bool:
    apps = [p for p in story.tree.walk() if p.role == "app"] if story.tree is not None else []
    return len(apps) > 1 or is_edited(story.workload)


def _is_within(story: Story, lost: WrongSignal) -> bool:
    """Whether a public image of another name starts the program of its own accord, and nobody has
    written down the signal.
    """
    image, entry = story.workload.base.key, lost.process.entry
    own = story.workload.kind != "dockerfile" and command(story.workload) is None
    own = own and written(story.workload) is None
    return own and image is not None and entry is not None and entry.key not in image


def _may_be_set(story: Story, lost: WrongSignal) -> bool:
    """Whether the image may set the signal that is wanted."""
    base, entry = story.workload.base, lost.process.entry
    if base.reference is None or base.key is not None or entry is None:
        return base.reference is None
    vendor = entry.key.partition("-")[0]
    names = entry.key, entry.key.replace("-", ":", 1), f"{vendor}/{entry.key}"
    own = (atlas.base(name) for name in names)
    return any(image is not None and image.stop_signal == f"SIG{lost.wanted}" for image in own)


def _message(story: Story, lost: WrongSignal | EndsAtOnce) -> str:
    said = effect(lost).replace(f"SIG{lost.sent}", _shown(story, lost.sent), 1)
    if isinstance(lost, EndsAtOnce):
        return said
    setting = _timeless(lost)
    given = f", given `{setting}`" if setting else ""
    return f"{said}; SIG{lost.wanted} {_BETTER[lost.effect]}{given}"


_BETTER = {"cuts": "lets it finish", "waits": "ends their sessions", "nothing": "does"}
"""What the signal that is intended does instead of the one that is sent."""


def _help(lost: WrongSignal | EndsAtOnce) -> str:
    """What the intended signal needs besides, where the program grants its work no time."""
    entry = lost.process.entry
    if isinstance(lost, EndsAtOnce) or entry is None:
        return ""
    return f"{entry.note[:1].upper()}{entry.note[1:]}." if _timeless(lost) and entry.note else ""


def _timeless(lost: WrongSignal) -> str:
    """The setting by which the intended signal grants the program's work no time; "" for none."""
    limits = lost.process.entry.limits if lost.process.entry is not None else ()
    timeless = (one.timer for one in limits if one.seconds == 0 and lost.wanted in one.on)
    return next((timer.setting for timer in timeless if timer is not None), "")


def _shown(story: Story, sent: str) -> str:
    return shown(story.workload, sent) if sent == story.signal else f"SIG{sent}"


def _place(story: Story, process: Process) -> Span:
    """What decides the signal: the launch, or what a supervisor or script is told to run."""
    span = process.span
    return place(story.workload) if span is None or _passed(story, process) else span


_IN_TIME = "Let what is going on come to its end before this"
_SERVED = "Take no more requests, and wait for those in hand before this"
_OUTSIDE = "Note the signal in the handler, and do the rest outside of it"
_ELSE = "Take it out of service before it is stopped, in a hook or by its own means"


def _fixes(story: Story, lost: WrongSignal | EndsAtOnce) -> tuple[Fix, ...]:
    """Change the stop signal where it reaches the program as it is."""
    if isinstance(lost, EndsAtOnce):
        entry = lost.process.entry
        raised = lost.sent == "INT" and entry is not None and entry.key == "python"
        how = "Catch `KeyboardInterrupt`" if raised else f"Handle SIG{lost.sent}"
        if lost.failed:
            how = f"Catch the `{lost.failed}` in its handler"
        title = f"{how}, and finish what is going on" if lost.in_source else _mend(lost) or _ELSE
        if lost.span is not None:
            in_time = _SERVED if lost.work in {"requests", "connections"} else _IN_TIME
            title = _OUTSIDE if lost.failed else in_time
        return (Fix(title, Applicability.SHOW),)
    fix = set_to(story.workload, lost.wanted) if _passed(story, lost.process) else None
    return (fix or Fix(_told_by(story, lost), Applicability.SHOW),)


def _mend(lost: EndsAtOnce) -> str:
    """What gives the program its handlers, where it has some that are left out."""
    return lost.process.entry.mend if lost.process.entry is not None else ""


def _told_by(story: Story, lost: WrongSignal) -> str:
    """What to do where something else sends the signal: a supervisor or a script."""
    tree = story.tree
    above = tree.walk() if tree is not None else ()
    parent = next((p for p in above if lost.process in p.children), None)
    if parent is not None and parent.program == "supervisord":
        return f"Write `stopsignal={lost.wanted}` below its `command`"
    return f"Have it sent SIG{lost.wanted}"


def _passed(story: Story, process: Process) -> bool:
    """Whether the program is sent what the container is sent."""
    tree = story.tree
    return tree is not None and process.sent[0] == story.signal and _direct(tree, process)


def _direct(tree: Process, process: Process) -> bool:
    """Whether nothing but inits that pass every signal on stands between PID 1 and the program."""
    at = tree
    while at.pid != process.pid:
        passes = at.wrapped is not None and at.wrapped.behaviour == "forward"
        if at.role != "init" or len(at.children) != 1 or not passes:
            return False
        at = at.children[0]
    return True
