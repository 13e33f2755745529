"""GL305: an entrypoint that replaces one with an init, for a program that needs one."""

from __future__ import annotations

from gracelint.base.typed import TYPE_CHECKING
from gracelint.checks import check
from gracelint.checks.lib.delivery import defects
from gracelint.checks.lib.inits import dropped_init, put_in_front
from gracelint.diagnose.launched import program
from gracelint.model.defect import UnhandledPid1
from gracelint.model.finding import Applicability, Finding, Fix, Label, Rule, Severity
from gracelint.model.story import Verdict

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from gracelint.base.facts import Word
    from gracelint.base.source import Span
    from gracelint.model.story import Story
    from gracelint.model.workload import Command

RULE = Rule("GL305", "init-dropped", Severity.WARNING, frozenset({Applicability.UNSAFE}))


@check(RULE)
def init_dropped(story: Story) -> Iterator[Finding]:
    """An ENTRYPOINT with an init, replaced by one without."""
    workload = story.workload
    command = workload.launch.command
    init = dropped_init(workload)
    if command is None or not init:
        return
    why = _need(story)
    if not why:
        return
    message = f"this drops `{_shown(init)}` of the image's ENTRYPOINT, and {why}"
    span = init[0].span
    related = (Label(span, "starts the init"),) if span is not None else ()
    yield Finding(
        RULE,
        RULE.severity,
        message,
        Label(_line(command.span)),
        related=related,
        fixes=_fixes(command, init),
        workloads=(workload.name,),
    )


def _need(story: Story) -> str:
    """Why PID 1 needs an init above it; "" when it does not, or has one."""
    tree, workload = story.tree, story.workload
    if tree is None or tree.role == "init" or workload.pid_namespace != "private":
        return ""
    entry = program(workload)
    name = entry.key if entry is not None else str(tree.argv[0])
    if any(d.process is tree and d.decided for d in defects(story, UnhandledPid1)):
        return f"`{name}` as PID 1 does not stop on SIG{story.signal}"
    if entry is not None and entry.spawns and entry.reaps is False:
        return f"`{name}` as PID 1 leaves its dead children behind"
    if tree.role == "app" and not tree.children and (tree.assumed or _undecided(story)):
        return f"nothing in sight shows that `{name}` as PID 1 stops on SIG{story.signal}"
    return ""


def _undecided(story: Story) -> bool:
    """Whether it is an interpreter, and what it runs is not in sight."""
    entry = story.tree.entry if story.tree is not None else None
    return story.verdict is Verdict.UNKNOWN and entry is not None and entry.interpreter


def _line(span: Span) -> Span:
    """The first line of what may be several."""
    return span.source.span(span.start, span.start + len(span.text.partition("\n")[0].rstrip()))


def _shown(init: Sequence[Word]) -> str:
    return " ".join(str(word) for word in init)


def _fixes(command: Command, init: Sequence[Word]) -> tuple[Fix, ...]:
    edit = put_in_front(command, [str(word) for word in init])
    if edit is None:
        return ()
    return (Fix(f"Put `{_shown(init)}` back in front", Applicability.UNSAFE, (edit,)),)
