"""GL216: a loop that starts the application again."""

from __future__ import annotations

from gracelint.base import durations
from gracelint.base.typed import TYPE_CHECKING
from gracelint.checks import check
from gracelint.checks.lib.delivery import defects, finding, idle
from gracelint.diagnose.explain import subject
from gracelint.model.defect import Restarted
from gracelint.model.finding import Applicability, Fix, Rule, Severity
from gracelint.syntax.shell import tree
from gracelint.syntax.shell.parse import walk

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gracelint.base.source import Span
    from gracelint.model.defect import Defect
    from gracelint.model.finding import Finding
    from gracelint.model.story import Story

RULE = Rule("GL216", "restart-loop", Severity.ERROR, frozenset({Applicability.SHOW}))
_TITLE = "Start the application with `exec` and leave restarting to the orchestrator"
_DIES = "Trap the stop signal in the loop's shell: let the command end, then the loop"
_IDLE = "Set a trap before the loop that ends it, and let the shell sleep in `sleep … & wait $!`"


@check(RULE)
def restart_loop(story: Story) -> Iterator[Finding]:
    """The shell waits for the application, or for nothing in particular, inside a loop."""
    for defect in defects(story, Restarted):
        nothing = idle(defect)
        pauses = _pauses(defect) if nothing else []
        several = len(pauses) > 1
        what = f"`{'sleep' if several else subject(defect)}` runs in a shell's loop, which"
        dies, periodic = defect.process.dies, _periodic(defect)
        if nothing or (periodic and not dies):
            title = _IDLE if nothing else _DIES
            what += f" has no trap for SIG{story.signal} and goes on"
        elif dies:
            title = _DIES
            sent = (*defect.process.sent, story.signal)[0]
            what += f" dies of SIG{sent} alone"
        else:
            title = _TITLE
            what += " passes no signal on and would start it again"
        yield finding(
            RULE,
            story,
            defect,
            what,
            primary=pauses[-1] if several else None,
            label="the shell waits for this, then the loop goes on",
            fixes=(Fix(title, Applicability.SHOW),),
            severity=Severity.WARNING if nothing or dies or periodic else None,
        )


def _pauses(defect: Defect) -> list[Span]:
    """Where the outermost loop sleeps: whichever it is in when the stop comes, the loop goes on."""
    from gracelint.checks.lib.places import LOOPS, ancestors

    shell = defect.shell
    node = shell.waiting.node if shell is not None and shell.waiting is not None else None
    if shell is None or node is None:
        return []
    loops = [n for n in ancestors(shell.script.body, node) if isinstance(n, LOOPS)]
    inside = walk(loops[0].body) if loops else ()
    return [
        shell.script.span(n) for n in inside if isinstance(n, tree.Simple) and n.name == "sleep"
    ]


def _periodic(defect: Defect) -> bool:
    """Whether the loop sleeps for long between its rounds: what it runs is done again and again,
    and no application that somebody wants restarted.
    """
    from gracelint.checks.lib.places import ancestors

    shell = defect.shell
    node = shell.waiting.node if shell is not None and shell.waiting is not None else None
    if shell is None or node is None:
        return False
    path = ancestors(shell.script.body, node)
    loops = [n for n in path if isinstance(n, tree.While | tree.For)]
    inside = walk(loops[-1].body) if loops else ()
    sleeps = (n for n in inside if isinstance(n, tree.Simple) and n.name == "sleep")
    return any(_long(shell.script.span(n).text) for n in sleeps)


def _long(text: str) -> bool:
    """Whether `sleep …` takes longer than people wait before they start something again."""
    words = text.split()
    seconds = durations.coreutils(words[1]) if len(words) == 2 else None
    return seconds is not None and seconds >= _ROUND


_ROUND = 30.0  # seconds
