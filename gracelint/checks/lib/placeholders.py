"""Placeholders: `tail -f /dev/null`, `sleep infinity` and the like, which only keep a container."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gracelint import atlas
from gracelint.base.facts import Known, Word
from gracelint.checks.lib.execs import NOT_PROGRAMS
from gracelint.model.finding import Severity
from gracelint.simulate.shell.inert import harmless
from gracelint.syntax.shell import tree
from gracelint.syntax.shell.invoked import shell_text
from gracelint.syntax.shell.parse import walk

if TYPE_CHECKING:
    from gracelint.model.process import Process
    from gracelint.model.story import Story

_MORE = frozenset({".", "source", "eval", "builtin", "command", "trap"})
"""Builtins that run what stands elsewhere, or in their own words."""


def level(story: Story, within: Process | None) -> Severity | None:
    """How much a finding about a process matters at most, where all below it is a placeholder.

    Then the time until SIGKILL is all that is lost: advice where nothing else was started, a
    warning where a command before the placeholder may have left a server behind. None: more than a
    placeholder runs.
    """
    processes = within.walk() if within is not None else []
    apps = [process for process in processes if process.role in {"app", "helper"}]
    if len(apps) != 1 or apps[0].entry is None or not apps[0].entry.placeholder:
        return None
    if _is_the_launch(story, apps[0]):
        return Severity.INFO
    if _shows_a_log(apps[0]):
        return None
    scripts = story.scripts
    alone = scripts and all(_leaves_nothing(one.body, apps[0]) for one in scripts)
    return Severity.INFO if alone else Severity.WARNING


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
    return text is not None and (text.value or "").split() in (words, ["exec", *words])


def _leaves_nothing(body: tree.Node, app: Process) -> bool:
    """Whether every command of a script besides the placeholder surely ends with all it started.

    What a loop does again and again is work, and not there for the container's start; and who sets
    a trap has something to do at the stop.
    """
    nodes = list(walk(body))
    again = any(isinstance(node, tree.While) for node in nodes)
    commands = [node for node in nodes if isinstance(node, tree.Simple) and node.words]
    return all(_is(node, app) or _ends(node, again=again) for node in commands)


def _is(node: tree.Simple, app: Process) -> bool:
    words = [word.literal for word in node.words]
    given = [word.value for word in app.argv]
    return words == given or words[1:] == given


def _ends(node: tree.Simple, *, again: bool) -> bool:
    if node.name == "exec" and len(node.words) > 1:
        return False
    name = node.words[0].literal
    if name is None or name in _MORE:
        return False
    if name in NOT_PROGRAMS or harmless(name):
        return True
    return not again and bool(atlas.short_lived([Word(word.literal) for word in node.words]))
