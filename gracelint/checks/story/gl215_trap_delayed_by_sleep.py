"""GL215: a trap that has to wait until a sleep is over."""

from __future__ import annotations

from gracelint.base.edit import Edit
from gracelint.base.typed import TYPE_CHECKING
from gracelint.checks import check
from gracelint.checks.lib.delivery import defects, finding
from gracelint.model.defect import TrapBehindSleep
from gracelint.model.finding import Applicability, Finding, Fix, Label, Rule, Severity
from gracelint.model.story import Verdict
from gracelint.syntax.shell import tree
from gracelint.syntax.shell.parse import walk

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gracelint.base.source import Span
    from gracelint.model.process import Process
    from gracelint.model.snapshot import ShellState
    from gracelint.model.story import Story

RULE = Rule("GL215", "trap-delayed-by-sleep", Severity.ERROR, frozenset({Applicability.SAFE}))


@check(RULE)
def trap_delayed_by_sleep(story: Story) -> Iterator[Finding]:
    """A shell with a trap for the stop signal sleeps in the foreground."""
    for defect in defects(story, TrapBehindSleep):
        message = (
            f"the trap for {story.signal} has to wait for `{_short(defect.span)}`,"
            " which outlasts the grace period"
        )
        fixes = (_fix(defect.shell, defect.span),)
        yield finding(RULE, story, defect, message, label="in the foreground", fixes=fixes)
    if story.verdict is Verdict.GRACEFUL:
        for process in story.tree.walk() if story.tree is not None else ():
            yield from _short_sleep(story, process)


def _short_sleep(story: Story, process: Process) -> Iterator[Finding]:
    """A sleep that ends in time: the stop takes longer than it has to."""
    shell = process.shell
    if shell is None or shell.foreground is None or not process.told:
        return
    trap = shell.traps.get(story.signal or "")
    front = [c for c in process.children if c.program == "sleep" and not c.background]
    if trap is None or not trap.action.value or not front or not any(_matters(c) for c in front):
        return
    causes = (Label(trap.span, "set here"),)
    fix = _fix(shell, shell.foreground)
    yield Finding(
        RULE,
        Severity.WARNING,
        f"the trap for {story.signal} has to wait for `{_short(shell.foreground)}`",
        Label(shell.foreground, "in the foreground"),
        causes=causes,
        related=causes,
        fixes=(fix,) if fix is not None else (),
        help="A shell runs a handler only when the command in the foreground has ended.",
        workloads=(story.workload.name,),
    )


def _matters(process: Process) -> bool:
    """Whether a sleep takes a second or longer."""
    text = (process.argv[1].value or "") if len(process.argv) > 1 else ""
    return not text.startswith(("0.", "."))


def _short(span: Span) -> str:
    return " ".join(span.text.split())[:40]


def _fix(shell: ShellState | None, span: Span) -> Fix | None:
    """`sleep 5 & wait $!`, where nothing else asks for `$!`."""
    from gracelint.checks.lib.places import APART, ancestors

    if shell is None or any("$!" in (trap.action.value or "") for trap in shell.traps.values()):
        return None
    nodes = (n for n in walk(shell.script.body) if isinstance(n, tree.Simple))
    node = next((n for n in nodes if shell.script.span(n) == span), None)
    path = ancestors(shell.script.body, node) if node is not None else []
    item = path[-2] if len(path) > 1 else None
    plain = isinstance(item, tree.Item) and not item.background
    if node is None or not plain or any(isinstance(n, APART) for n in path):
        return None
    edit = Edit.insert(shell.script.text, node.end, " & wait $!")
    title = "Sleep in the background and wait, which a signal interrupts"
    return None if edit is None else Fix(title, Applicability.SAFE, (edit,))
