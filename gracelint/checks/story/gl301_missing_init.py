"""GL301: a program without a handler for the stop signal as PID 1."""

from __future__ import annotations

import re

from gracelint.base import lazy
from gracelint.base.facts import Known
from gracelint.base.paths import absolute
from gracelint.base.typed import TYPE_CHECKING
from gracelint.base.values import replace
from gracelint.checks import check
from gracelint.checks.lib import placeholders
from gracelint.checks.lib.delivery import defects, finding
from gracelint.checks.lib.inits import dropped_init, init_fix
from gracelint.checks.lib.stop_signals import command, ends_on, set_to
from gracelint.diagnose.explain import called
from gracelint.model.defect import UnhandledPid1
from gracelint.model.finding import Applicability, Fix, Rule, Severity

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gracelint.base.source import Span
    from gracelint.model.finding import Finding
    from gracelint.model.process import Process
    from gracelint.model.story import Story
    from gracelint.model.workload import Command, Workload

RULE = Rule(
    "GL301",
    "missing-init",
    Severity.WARNING,
    frozenset({Applicability.SAFE, Applicability.UNSAFE, Applicability.SHOW}),
)


@check(RULE)
def missing_init(story: Story) -> Iterator[Finding]:
    """PID 1 is spared the default action of a signal that it does not handle."""
    for defect in defects(story, UnhandledPid1):
        workload, process = story.workload, defect.process
        launch = command(workload, process)
        if (process.pid != 1 and not defect.behind) or dropped_init(workload):
            continue
        if _killed_on_purpose(story, process):
            continue
        batch = _ends(workload, process)
        if batch and not defect.decided:
            continue
        # a placeholder's shell is told of by itself
        little = (batch and not process.work) or (defect.behind and placeholders.waits(process))
        yield finding(
            RULE,
            story,
            defect,
            _message(story, defect),
            primary=_in_its_script(defect, launch)
            or (workload.declared if launch is None else launch.value),
            fixes=_fixes(story, defect),
            severity=Severity.INFO if little else None,
        )


def _in_its_script(defect: UnhandledPid1, launch: Command | None) -> Span | None:
    """Where a script's own file starts it: once for all that run the script."""
    span = defect.process.span
    if not defect.behind or span is None or launch is None:
        return None
    return None if span.place.source is launch.value.place.source else span


_BEHIND = "Start it with `exec`, and an init in front of all"


def _message(story: Story, defect: UnhandledPid1) -> str:
    key = called(defect.process)
    handler = f"has no handler for SIG{story.signal}"
    if defect.behind:
        return f"`{key}` {handler}: as PID 1, without the shell in front, it does not stop on it"
    if not defect.decided:
        return f"`{key}` is PID 1 and {handler} unless the application installs one"
    return f"`{key}` is PID 1 and {handler}, so it does not stop on it"


def _killed_on_purpose(story: Story, process: Process) -> bool:
    """Whether it only keeps the container alive, and the grace period is zero, so nobody waits."""
    grace = story.workload.grace
    set_to = isinstance(grace, Known) and not grace.assumed and grace.value <= 0
    return placeholders.waits(process) and set_to


def _fixes(story: Story, defect: UnhandledPid1) -> Iterator[Fix]:
    entry = defect.process.entry
    if entry is not None and entry.mend:
        yield Fix(entry.mend, Applicability.SHOW)
    if not defect.behind and _heeds_int(story, defect.process):
        fix = set_to(story.workload, "INT")
        if fix is not None and fix.edits and ends_on(story.workload, "INT"):
            title = f"{fix.title}, for which its source catches `KeyboardInterrupt`"
            yield replace(fix, title=title, applicability=Applicability.UNSAFE)
    yield Fix(_BEHIND, Applicability.SHOW) if defect.behind else _fix(story, defect.process)


_CATCHES = lazy.compile(r"(?m)^\s*except\b[^:\n]*\bKeyboardInterrupt\b")


def _heeds_int(story: Story, process: Process) -> bool:
    """Whether it is a Python program that does something on SIGINT, other than its server's end."""
    python = process.entry is not None and process.entry.key == "python"
    if not python or process.work or story.signal == "INT":
        return False
    text = _script(story.workload, process)
    return text is not None and _CATCHES.search(text) is not None


def _fix(story: Story, process: Process) -> Fix:
    """An init in front; behind it the signal ends the program, whatever it has to do."""
    fix = init_fix(story, process)
    if not process.work or not fix.edits:
        return fix
    return replace(fix, title=f"{fix.title}: it stops at once then, and what is going on is lost")


_MOST = 200_000
_LASTS = lazy.compile(
    r"while\b|\bfor\s*\(\s*;\s*;|\bloop\b|(?<!re)(?<!ob)(?<!con)serve|listen|setInterval"
    r"|\brun\b|\bselect\b|stdin|\brecv|pause|schedule|subscribe|\.on\(|\blogin\("
    r"|consume|poll|accept|thread|start|wait|watch|createServer|\bdo\b|^main\(|\bexit\(main\("
    r"|sleep\b(?!\s*\(?\s*[\w.])|sleep\s*\(?\s*(?:\d{4}|(?:math|np|sys)\.|float\b|inf)"
    r"|require\(\s*['\"]\.|from\s+['\"]?\.|import\s*\(?['\"]\.",
    re.IGNORECASE | re.MULTILINE,
)


def _ends(workload: Workload, process: Process) -> bool:
    """Whether the script in sight does nothing that could last, so that nobody has to stop it."""
    if process.entry is None or not process.entry.interpreter:
        return False
    text = _script(workload, process)
    return text is not None and _LASTS.search(text) is None


def _script(workload: Workload, process: Process) -> str | None:
    """The script that an interpreter is given, where it is in sight and not too long."""
    folder = workload.workdir.value if isinstance(workload.workdir, Known) else "/"
    for word in process.argv[1:]:
        file = workload.files.get(absolute(word.value, folder)) if word.value else None
        if file is not None and file.text is not None:
            return file.text.text if len(file.text.text) < _MOST else None
    return None
