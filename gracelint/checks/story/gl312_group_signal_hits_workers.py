"""GL312: a signal to the whole group that reaches workers which only their parent may tell."""

from __future__ import annotations

from gracelint import atlas
from gracelint.base.edit import Edit
from gracelint.base.typed import TYPE_CHECKING
from gracelint.base.values import dataclass
from gracelint.checks import check
from gracelint.checks.lib.inits import put_behind
from gracelint.model.finding import Applicability, Finding, Fix, Label, Rule, Severity

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gracelint.base.facts import Word
    from gracelint.base.source import Span
    from gracelint.model.process import Process
    from gracelint.model.story import Story
    from gracelint.model.workload import Workload

RULE = Rule(
    "GL312",
    "group-signal-hits-workers",
    Severity.WARNING,
    frozenset({Applicability.SAFE, Applicability.SHOW}),
)


@dataclass(frozen=True, slots=True)
class _Signalled:
    """Who signals the group of a pool of workers, and at which text."""

    pool: Process
    who: str
    place: Span
    fix: Fix


@check(RULE)
def group_signal_hits_workers(story: Story) -> Iterator[Finding]:
    """An init, a supervisor or a handler that signals a group with a pool of workers in it."""
    if story.tree is None or _pool(story.tree) is None or _softened(story.workload):
        return
    for above in story.tree.walk():
        for hit in (*_by_init(above), *_by_supervisor(above), *_by_handler(above)):
            name, span = hit.pool.program, hit.pool.span
            if span is None:
                continue
            yield Finding(
                RULE,
                RULE.severity,
                f"`{hit.who}` signals the workers of `{name}` too: what they do is lost",
                Label(hit.place),
                related=(Label(span, "should be told alone, and then tells its workers"),),
                causes=(Label(span),),
                fixes=(hit.fix,),
                help=f"`{name}` lets its workers finish when it alone gets SIG{story.signal}.",
                workloads=(story.workload.name,),
            )


def _pool(process: Process) -> Process | None:
    """The first process from here on that has workers which only it may tell."""
    return next((p for p in process.walk() if p.entry is not None and p.entry.workers), None)


def _by_init(init: Process) -> Iterator[_Signalled]:
    wrapped, pool = init.wrapped, _pool(init)
    if wrapped is None or wrapped.role != "init" or wrapped.target == "child":
        return
    if pool is not None and init.span is not None:
        yield _Signalled(pool, init.program, init.span, _fix(init))


def _by_supervisor(supervisor: Process) -> Iterator[_Signalled]:
    """supervisord with `stopasgroup=true`."""
    for service in supervisor.wrapped.services if supervisor.wrapped is not None else ():
        place = service.group_at
        if not service.group or place is None:
            continue
        for child in supervisor.children:
            pool = _pool(child)
            if pool is not None and service.words[:1] == child.argv[:1]:
                fix = Fix("Signal the parent alone", Applicability.SAFE, (Edit(place, "false"),))
                yield _Signalled(pool, f"stopasgroup={place.text}", place, fix)


def _by_handler(shell: Process) -> Iterator[_Signalled]:
    """A handler with `kill 0` or `kill -- -$$`."""
    for kill in shell.shell.kills if shell.shell is not None else ():
        pool = next((p for p in shell.walk() if p.pid == kill.pid), None)
        words = kill.span.text.split()  # none where a build has put it in
        if pool is None or pool.entry is None or not pool.entry.workers or not words:
            continue
        whom = words[-1].strip("\"'")
        if whom == "0" or whom.startswith("-$"):
            title = f"Signal `{pool.program}` alone: keep its `$!`, and `kill` that"
            fix = Fix(title, Applicability.SHOW)
            yield _Signalled(pool, kill.span.text, kill.span, fix)


def _softened(workload: Workload) -> bool:
    """Whether celery is told to take its time on the signal that its workers get.

    Source: celery 5.5, `REMAP_SIGTERM` with `worker_soft_shutdown_timeout`; measured.
    """
    remapped = workload.env.get("REMAP_SIGTERM")
    return remapped is not None and remapped.value == "SIGQUIT"


def _fix(init: Process) -> Fix:
    words = init.argv
    alone = max(atlas.options_for(init.program, "target", value="child"), key=len, default=None)
    if alone is not None and words:
        edit = put_behind(words[0], alone)
        if edit is not None:
            return Fix("Signal the child alone", Applicability.SAFE, (edit,))
        return Fix(f"Start `{init.program}` with `{alone}`", Applicability.SHOW)
    cut = None
    for letter in atlas.options_for(init.program, "target", value="group"):
        option = next((word for word in words[1:3] if _has(word, letter)), None)
        cut = None if option is None else _without(option, letter)
    if cut is not None:
        return Fix("Signal the child alone", Applicability.SAFE, (cut,))
    return Fix(f"Start `{init.program}` so that it signals its child alone", Applicability.SHOW)


def _has(word: Word, option: str) -> bool:
    """Whether a word is a one-letter option, or a cluster with it."""
    text = word.value or ""
    return text[:1] == "-" and text[1:].isalpha() and option[1] in text[1:]


def _without(option: Word, letter: str) -> Edit | None:
    """A cluster of options without one letter, or without the word where nothing is left."""
    span = option.span
    if span is None or option.value is None or option.value not in span.text:
        return None
    rest = option.value.replace(letter[1], "")
    if rest != "-":
        return Edit(span, span.text.replace(option.value, rest))
    text, start, end = span.source.text, span.start, span.end
    if text[start - 1 : start] == '"' and text[end : end + 1] == '"':
        start, end = start - 1, end + 1
    comma = len(text[end:]) - len(text[end:].lstrip(", "))
    return Edit(span.source.span(start, end + comma), "") if comma else None
