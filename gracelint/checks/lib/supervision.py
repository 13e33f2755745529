"""Fixes for a shell that waits for jobs in the background."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gracelint import atlas
from gracelint.base import signals
from gracelint.base.edit import Edit
from gracelint.checks.lib.execs import NOT_PROGRAMS
from gracelint.checks.lib.handlers import signal_words, targets
from gracelint.checks.lib.places import (
    Started,
    ancestors,
    following,
    holder,
    kept,
    put_aside,
    put_behind,
    unused_name,
)
from gracelint.model.finding import Applicability, Fix
from gracelint.syntax.shell import tree
from gracelint.syntax.shell.parse import walk

if TYPE_CHECKING:
    from gracelint.checks.lib.handlers import Handler
    from gracelint.model.defect import Defect, NoTrap
    from gracelint.model.snapshot import Job
    from gracelint.model.story import Story

LIMIT = 20
"""Jobs that a fix takes on."""


def signal_word(signal: str) -> str:
    """A signal as every shell's `trap` takes it."""
    return signal if signal.isalnum() and not signal.startswith("RT") else _number(signal)


def _number(signal: str) -> str:
    return str(signals.number(signal))


def exec_instead(defect: NoTrap) -> Fix | None:
    """`exec app` for `app & wait`, where nothing else is in the script behind it."""
    jobs = defect.jobs
    if len(jobs) != 1 or (defect.shell is not None and defect.shell.traps):
        return None
    job = jobs[0]
    script, node = job.script, job.item.command
    rest = following(script, job.item)
    if not isinstance(node, tree.Simple) or not _program(script, node):
        return None
    if not any(job.item is item for item in script.body.items) or not _only_wait(job, rest):
        return None
    first = node.words[0].start
    edits = (
        Edit.insert(script.text, first, "exec "),
        Edit.replace(script.text, node.end, rest[-1].end, ""),
    )
    changes = tuple(e for e in edits if e is not None)
    title = "Start it with `exec` instead, as the shell does nothing else"
    return Fix(title, Applicability.UNSAFE, changes) if len(changes) == len(edits) else None


def _program(script: tree.Script, node: tree.Simple) -> bool:
    from gracelint.checks.lib.delivery import with_exec

    if not node.words or _never(node.name) or any(r.document for r in node.redirects):
        return False
    return with_exec(script, node) is not None


def _only_wait(job: Job, rest: tuple[tree.Item, ...]) -> bool:
    """Whether the job is followed by its `wait` alone, perhaps behind the keeping of its number."""
    variable = holder(job)
    if variable is not None:
        rest = rest[1:]
    node = rest[0].command if len(rest) == 1 else None
    if not isinstance(node, tree.Simple) or node.name != "wait" or node.redirects:
        return False
    return not any(w.literal == "-n" for w in node.words)


def trap_for(defect: NoTrap, signal: str | None) -> Fix | None:
    """A trap behind the last job that signals all jobs and waits for them."""
    jobs = defect.jobs if len(defect.jobs) <= LIMIT else ()
    variables = [kept(job, _wish(number)) for number, job in enumerate(jobs, 1)]
    names = [k[0] for k in variables if k is not None]
    if not jobs or len(names) < len(jobs) or len(set(names)) < len(names) or signal is None:
        return None
    edits = [edit for k in variables[:-1] if k is not None for edit in k[1]]
    last = _with_trap(jobs[-1], names, signal, end=not waited(defect))
    if last is None or any(job.script is not jobs[-1].script for job in jobs):
        return None
    title = "Set a trap that passes the signal on and waits"
    return Fix(title, Applicability.UNSAFE, (*edits, last))


def _wish(number: int) -> str:
    return "pid" if number == 1 else f"pid{number}"


def _with_trap(job: Job, names: list[str], signal: str, *, end: bool) -> Edit | None:
    """The trap behind the last job. end: the handler has to leave a loop that waits."""
    words = " ".join(f'"${name}"' for name in names)
    trap = f"trap 'kill {words}; wait {words}{'; exit' * end}' {signal_word(signal)}"
    variable = holder(job)
    if variable is None:
        commands = (f"{names[-1]}=$!", trap)
        return put_behind(job.script.text, job.item.end, *commands, background=True)
    return put_behind(job.script.text, variable[1].end, trap)


def kill_of_app(handler: Handler, pid: str) -> tuple[Edit, ...]:
    """The handler's one `kill`, given the right target, or another before everything else.

    Empty where something else is wrong, or where the handler cannot hold it.
    """
    kills = handler.kills()
    edits: tuple[Edit | None, ...]
    if len(kills) == 1 and at_top(handler, kills[0]):
        edits = _aimed(handler, kills[0], pid)
    else:
        edits = (handler.first(f"kill {handler.ref(pid)}", f"wait {handler.ref(pid)}"),)
    changes = tuple(e for e in edits if e is not None)
    whole = len(changes) > 1 and handler.rewritten
    return changes if len(changes) == len(edits) and not whole else ()


def _aimed(handler: Handler, kill: tree.Simple, pid: str) -> tuple[Edit | None, ...]:
    """The job instead of a `kill`'s targets, and of the same ones in a `wait`."""
    written = [_written(handler, w) for w in targets(kill)]
    if [w.replace('"', "") for w in written] == [f"${pid}"] and not signal_words(kill):
        return (None,)
    ref = handler.ref(pid)
    edits = [handler.replaced(kill.start, kill.words[-1].end, f"kill {ref}")]
    waits = [n for n in handler.named("wait") if len(n.words) > 1]
    same = [n for n in waits if [_written(handler, w) for w in n.words[1:]] == written]
    edits += [handler.replaced(n.start, n.words[-1].end, f"wait {ref}") for n in same]
    return tuple(edits)


def _written(handler: Handler, word: tree.Words) -> str:
    return handler.script.text.text[word.start : word.end]


def at_top(handler: Handler, node: tree.Simple) -> bool:
    """Whether a command is one of the handler's own, under no condition."""
    return any(item.command is node for item in handler.body.items)


def waited(defect: Defect) -> bool:
    """Whether the shell waits once, rather than again and again."""
    if defect.shell is None or defect.shell.command is None:
        return False
    path = ancestors(defect.shell.script.body, defect.shell.command)
    return not any(isinstance(n, tree.While | tree.For | tree.ArithmeticFor) for n in path)


def both_in_background(story: Story, defect: Defect) -> Fix | None:
    """`a & b` or `a & exec b`: both in the background, a trap for both, and a wait for `b`."""
    several = _several(story, defect)
    if several is None or story.signal is None:
        return None
    jobs, main = several
    node, script = main.command, jobs[0].script
    variables = [kept(job, _wish(number)) for number, job in enumerate(jobs, 1)]
    names = [k[0] for k in variables if k is not None]
    if len(set(names)) < len(jobs) or not isinstance(node, tree.Simple) or not _simple_main(node):
        return None
    free = [f"pid{number}" for number in range(2, 100) if f"pid{number}" not in names]
    last = unused_name(script, *(["pid"] if "pid" not in names else []), *free)
    words = " ".join(f'"${name}"' for name in (*names, last))
    trap = f"trap 'kill {words}; wait {words}' {signal_word(story.signal)}"
    edits = [e for k in variables if k is not None for e in k[1]]
    more = [put_aside(script.text, node.end, last, trap)]
    if node.name == "exec":
        more.append(Edit.replace(script.text, node.start, node.words[1].start, ""))
    edits += [e for e in more if e is not None]
    title = "Start all in the background, with a trap that stops all"
    return Fix(title, Applicability.UNSAFE, tuple(edits)) if all(more) else None


def _simple_main(node: tree.Simple) -> bool:
    """Whether a command may as well run in the background."""
    if node.name == "exec":
        return len(node.words) > 1 and not (node.words[1].literal or "").startswith("-")
    return bool(node.words) and not _never(node.name)


def _never(name: str | None) -> bool:
    """No program, or one that does not stay the job that the shell has started."""
    return name in NOT_PROGRAMS or atlas.leaves_in_group(name or "")


def _rewrites(defect: Defect) -> bool:
    """Whether an init sends another signal than the one it gets."""
    words = defect.under_init.argv if defect.under_init is not None else ()
    return any((w.value or "").startswith(("-r", "--rewrite")) for w in words[1:])


def _several(story: Story, defect: Defect) -> tuple[tuple[Started, ...], tree.Item] | None:
    """The jobs, and the command behind them that stays in front, in one sequence of a script."""
    for script in story.scripts:
        for item in walk(script.body):
            if not isinstance(item, tree.Item) or not item.background:
                continue
            if defect.span not in (script.span(item), script.span(item.command)):
                continue
            rest = following(script, item)
            mains = [i for i in rest if _stays(i, defect)]
            if len(mains) == 1 and not _rewrites(defect):
                between = rest[: rest.index(mains[0])]
                jobs = (item, *(i for i in between if i.background))
                if len(jobs) > LIMIT:
                    return None
                return tuple(Started(script, job) for job in jobs), mains[0]
    return None


def _stays(item: tree.Item, defect: Defect) -> bool:
    command, waits_for = item.command, defect.shell.command if defect.shell is not None else None
    by_exec = isinstance(command, tree.Simple) and command.name == "exec"
    return command is waits_for or (waits_for is None and by_exec)
