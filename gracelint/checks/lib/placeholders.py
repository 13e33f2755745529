"""Placeholders: `tail -f /dev/null`, `sleep infinity` and the like, which only keep a container."""

from __future__ import annotations

import re

from gracelint.base.facts import Known
from gracelint.base.typed import TYPE_CHECKING
from gracelint.model.finding import Severity
from gracelint.syntax.shell import tree
from gracelint.syntax.shell.invoked import shell_text
from gracelint.syntax.shell.parse import walk

if TYPE_CHECKING:
    from gracelint.model.process import Process
    from gracelint.model.story import Story


_SHOWS = frozenset(
    ("echo", "printf", "ls", "cat", "date", "env", "id", "pwd", "uname", "hostname", "true", ":")
)
"""Commands in front of a placeholder that only show something."""

_PREPARES = _SHOWS | frozenset(
    ("cd", "chmod", "chown", "cp", "export", "ln", "mkdir", "mv", "rm", "sed", "set", "touch")
)
"""Those of a script that leave nothing running, either."""


def level(story: Story, within: Process | None) -> Severity | None:
    """How much a finding about a process matters at most, where all below it is a placeholder.

    Then the time until SIGKILL is all that is lost: advice where the placeholder is all that the
    container is started with, to be worked in by hand, or where its script only puts files in
    their places before, and a warning behind a script that may do more. None: more than a
    placeholder runs, or a log is shown that something else writes.
    """
    processes = within.walk() if within is not None else []
    apps = [process for process in processes if process.role in {"app", "helper"}]
    if len(apps) != 1 or not waits(apps[0]):
        return None
    if _is_the_launch(story, apps[0]) or _is_all_of_its_script(story, apps[0]):
        return Severity.INFO
    return None if _shows_a_log(apps[0]) else Severity.WARNING


def waits(process: Process) -> bool:
    """Whether it does nothing but keep the container there."""
    return process.entry is not None and process.entry.placeholder


def _shows_a_log(app: Process) -> bool:
    """Whether it reads a file, as `tail -f` of a log does: it stands for what writes that."""
    last = str(app.argv[-1])
    return last.startswith("/") and not last.startswith("/dev/")


def _is_the_launch(story: Story, app: Process) -> bool:
    """Whether the placeholder's words are all that a container is started with."""
    argv = story.workload.launch.argv
    given = argv.value if isinstance(argv, Known) else ()
    words = [word.value for word in app.argv]
    if [word.value for word in given[-len(words) :]] == words:
        return True
    text = shell_text(given)
    parts = re.split(r"&&|;|\n", (text.value or "").strip() if text is not None else "")
    said = all(_SHOWS.issuperset(part.split()[:1]) for part in parts[:-1])
    return said and parts[-1].split() in (words, ["exec", *words])


def _is_all_of_its_script(story: Story, app: Process) -> bool:
    """Whether a file with a script does nothing besides that could still be running."""
    span = app.span
    if span is None or span.source.path == story.workload.source.path or _shows_a_log(app):
        return False
    bodies = [one.body.items for one in story.scripts if one.span(one.body).source is span.source]
    if len(bodies) != 1:
        return False
    *before, last = bodies[0]
    named = [item.command for item in before if not item.background]
    simple = [one for one in named if isinstance(one, tree.Simple)]
    if len(simple) < len(before) or not isinstance(last.command, tree.Simple):
        return False
    inner = (part for one in (*simple, last.command) for part in walk(one))
    runs = any(isinstance(part, tree.Substitution | tree.ProcessSubstitution) for part in inner)
    return not runs and all(one.name in _PREPARES for one in simple)
