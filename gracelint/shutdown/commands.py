"""What commands do: the walk over a shell tree, as generators that yield what the shell waits for.

`Tail` says whether a command stands where this shell, at this place, runs it in its own process instead
of in a child.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gracelint.shutdown import builtins, conditions, expand, external, patterns
from gracelint.shutdown import shell as shells
from gracelint.shutdown.flow import Leave, Tail
from gracelint.shutdown.inert import inert
from gracelint.shutdown.kernel import Undetermined
from gracelint.shutdown.signals import number
from gracelint.shutdown.world import text_of
from gracelint.syntax import shelltree as tree
from gracelint.workload import Word

if TYPE_CHECKING:
    from collections.abc import Generator

    from gracelint.shutdown.shell import Shell
    from gracelint.source import Text

    Run = Generator[shells.Wait, Any, None]

ROUNDS = 100  # of a loop that may end
ENOUGH = 4  # of one that does not
__all__ = ["Leave", "number", "process_substitution", "program", "substitution", "text"]


def program(shell: Shell) -> Run:
    """The whole script of a shell."""
    tail = _whole_tail(shell) if shell.start_as.form != "file" else None
    yield from sequence(shell, shell.script.body, tail)


def _whole_tail(shell: Shell) -> Tail | None:
    """Whether the last command of a `-c` text may replace the shell: it depends on what follows."""
    items = shell.script.body.items
    if not items:
        return None
    rest = shell.script.text.text[items[-1].end :].lstrip(" \t;")
    tail = Tail(shell.kind.implicit_exec)
    if rest in {"\n", "\r\n"}:
        return tail if "newline" in tail.allowed else None
    return tail if not rest or (rest.startswith("#") and "\n" not in rest) else None


def sequence(shell: Shell, body: tree.Commands, tail: Tail | None) -> Run:
    """Commands one after the other."""
    last = len(body.items) - 1
    for index, item in enumerate(body.items):
        here = tail if index == last else None
        if here is not None and index:
            here = here.via(_separator(shell, body.items[index - 1], item))
        if index != last:
            shell.stack.append("after")
        if item.background:
            start_background(shell, item)
        else:
            yield from command(shell, item.command, here)
        if index != last:
            shell.stack.pop()
        yield from shell.run_pending()


def _separator(shell: Shell, before: tree.Item, item: tree.Item) -> str:
    between = shell.script.text.text[before.end : item.start]
    if before.background:
        return "background"
    return "lines" if "\n" in between else "sequence"


def command(shell: Shell, node: tree.AnyCommand, tail: Tail | None) -> Run:
    """One command of any kind; afterwards `shell.status` is its status."""
    shell.kernel.step_budget()
    shell.assumed = shell.excused = False
    redirects = getattr(node, "redirects", ())
    if redirects and not isinstance(node, tree.Simple):
        yield from redirected(shell, redirects)
        tail = tail.via("redirected") if tail else None
    match node:
        case tree.Simple():
            yield from simple(shell, node, tail)
        case tree.AndOr():
            yield from and_or(shell, node, tail)
        case tree.Pipeline():
            yield from pipeline(shell, node)
        case tree.Group():
            yield from sequence(shell, node.body, tail.via("group") if tail else None)
        case tree.If():
            yield from conditional(shell, node, tail)
        case tree.Case():
            yield from case(shell, node, tail)
        case _:
            yield from _others(shell, node, tail)
    _errexit(shell)


def _others(shell: Shell, node: tree.AnyCommand, tail: Tail | None) -> Run:
    match node:
        case tree.Subshell():
            yield from subshell(shell, node, tail)
        case tree.For():
            yield from for_each(shell, node)
        case tree.While():
            yield from loop(shell, node)
        case tree.ArithmeticFor():
            yield from counted(shell, node)
        case tree.Function():
            shell.vars.functions[node.name] = (shell.script, node)
            shell.status = 0
        case tree.Test():
            words = [w.literal if w.literal is not None else w for w in node.words]
            shell.status = yield from conditions.double(shell, words)
        case tree.ArithmeticCommand():
            value = shell.arithmetic(node.expression)
            shell.status = None if value is None else int(value == 0)
        case tree.Coprocess():
            start_background(shell, tree.Item(node.start, node.end, node.body, background=True))
            shell.assign(f"{node.name or 'COPROC'}_PID", Word(str(shell.jobs[-1].task.pid)))
        case tree.Unread():
            raise Undetermined(node.reason, shell.script.span(node))


def _errexit(shell: Shell) -> None:
    if (
        "e" in shell.options
        and shell.status
        and not (shell.assumed or shell.excused)
        and "condition" not in shell.stack
    ):
        raise shells.Exit(shell.status)


# Single commands ------------------------------------------------------------------------------


def simple(shell: Shell, node: tree.Simple, tail: Tail | None) -> Run:
    """Assignments, a function, a builtin or an external command."""
    before = shell.status
    words = yield from shell.fields(node.words)
    if not words:
        yield from redirected(shell, node.redirects)
        shell.substituted = False
        yield from assignments(shell, node.assignments)
        if not shell.substituted:
            shell.status = 0
        if node.words:
            raise Undetermined(
                "the command is empty: its variable is not set here", shell.script.span(node)
            )
        return
    shell.status = before
    name = words[0].value
    if name is not None and name in shell.vars.functions:
        yield from _scoped(shell, node, call(shell, name, words[1:]))
        return
    if name is not None and name in builtins.TABLE:
        yield from _scoped(shell, node, builtins.TABLE[name](shell, node, words, tail))
        return
    env = yield from _environment(shell, node)
    tail = tail.leaf(node, trapped=shell.trapped) if tail else None
    yield from external.run(shell, node, words, env, tail)


def _scoped(shell: Shell, node: tree.Simple, run: Run) -> Run:
    """A function or builtin with its redirections and variable settings."""
    yield from redirected(shell, node.redirects)
    yield from assignments(shell, node.assignments)
    yield from run


def _environment(shell: Shell, node: tree.Simple) -> Generator[Any, Any, dict[str, Word]]:
    yield from redirected(shell, node.redirects)
    env = {n: w for n, w in shell.vars.values.items() if n in shell.vars.exported}
    for assignment in node.assignments:
        env[assignment.name] = yield from expand.single(shell, assignment.value)
    return env


def assignments(shell: Shell, nodes: tuple[tree.Assignment, ...]) -> Run:
    """`a=b`, `a+=b`, `a=(b c)`, `a[i]=b`."""
    for node in nodes:
        if node.array is not None:
            values = yield from shell.fields(node.array)
            old = shell.vars.arrays.get(node.name, []) if node.append else []
            shell.vars.arrays[node.name] = None if old is None else old + values
            continue
        value = yield from expand.single(shell, node.value)
        if node.index is not None:
            shell.vars.arrays[node.name] = None
            continue
        if node.append:
            value = _appended(shell.vars.values.get(node.name), value)
        shell.assign(node.name, value)


def _appended(old: Word | None, new: Word) -> Word:
    if old is None:
        return new
    if old.value is None or new.value is None:
        return old if old.value is None else new
    return Word((old.value + new.value)[: expand.MAX_VALUE], new.span)


def redirected(shell: Shell, redirects: tuple[tree.Redirect, ...]) -> Run:
    """Start the process substitutions in redirections; nothing else about them matters."""
    for redirect in redirects:
        if redirect.target is not None and redirect.target.literal is None:
            yield from expand.single(shell, redirect.target)


def call(shell: Shell, name: str, args: list[Word]) -> Run:
    """A function of the script."""
    script, function = shell.vars.functions[name]
    if shell.calls >= shells.MAX_CALLS:
        raise Undetermined(f"`{name}` calls itself too deeply", script.span(function))
    kept = shell.script, shell.args
    shell.script, shell.args = script, args
    shell.calls += 1
    shell.frames.append(name)
    try:
        yield from command(shell, function.body, None)
    except Leave as leave:
        if leave.kind != "return":
            raise
    finally:
        shell.script, shell.args = kept
        shell.calls -= 1
        shell.frames.pop()


def text(shell: Shell, word: Word, args: list[Word] | None = None) -> Run:
    """`eval`, a handler, a sourced file: another text in this same shell."""
    yield from body(shell, text_of(word, shell.context.span), args)


def body(shell: Shell, source: Text, args: list[Word] | None = None) -> Run:
    """Run a text in this shell."""
    if shell.calls >= shells.MAX_CALLS:
        raise Undetermined("texts run one another too deeply", shell.context.span)
    kept = shell.script, shell.args
    shell.script = shell.world.parse(source, shell.kind.dialect)
    shell.args = shell.args if args is None else args
    shell.calls += 1
    try:
        yield from sequence(shell, shell.script.body, None)
    finally:
        changed = shell.args if args is None else kept[1]
        shell.script, shell.args = kept[0], changed
        shell.calls -= 1


# Compound commands ----------------------------------------------------------------------------


def within(shell: Shell, mark: str, run: Run) -> Run:
    """Run with a mark on the stack of what surrounds the command."""
    shell.stack.append(mark)
    depth = len(shell.stack)
    try:
        yield from run
    finally:
        del shell.stack[depth - 1 :]


def and_or(shell: Shell, node: tree.AndOr, tail: Tail | None) -> Run:
    """`a && b`, `a || b`. A command that nothing is known about is taken to succeed."""
    shell.stack.append("after")
    yield from within(shell, "condition", command(shell, node.left, None))
    shell.stack.pop()
    status = shell.status
    if status is None:
        success = choose(shell, node.left, default=node.operator == "&&")
    else:
        success = status == 0
    if success != (node.operator == "&&"):
        shell.status = 0 if success else status or 1
        shell.excused = True
        return
    yield from command(shell, node.right, tail.via("and") if tail else None)


def choose(shell: Shell, node: tree.Node, *, default: bool, count: int = 0) -> bool:
    """Ask whether a command succeeds that the files do not decide."""
    span = shell.script.span(node)
    words = shell.script.text.text[node.start : node.end]
    key = (span.source.path, span.start, words, count)
    return shell.world.oracle.choose(key, default, span, words)


def holds(
    shell: Shell, node: tree.Commands, *, default: bool | None, count: int = 0
) -> Generator[Any, Any, bool]:
    """Run a condition; whether it holds. default: for what nobody knows; None: a command succeeds."""
    yield from within(shell, "condition", sequence(shell, node, None))
    if shell.status is None:
        return choose(shell, node, default=bool(default), count=count)
    if shell.assumed:
        return choose(shell, node, default=shell.status == 0, count=count)
    return shell.status == 0


def conditional(shell: Shell, node: tree.If, tail: Tail | None) -> Run:
    """`if`; branches that cannot matter are left out where the condition is unknown."""
    tail = tail.via("if") if tail else None
    for condition, then in node.branches:
        yield from within(shell, "condition", sequence(shell, condition, None))
        if (shell.status is None or shell.assumed) and inert(shell, node):
            shell.status = 0
            return
        if shell.status is None or shell.assumed:
            taken = choose(shell, condition, default=shell.status == 0)
        else:
            taken = shell.status == 0
        if taken:
            yield from sequence(shell, then, tail)
            return
    shell.status = 0
    if node.otherwise is not None:
        yield from sequence(shell, node.otherwise, tail)


def case(shell: Shell, node: tree.Case, tail: Tail | None) -> Run:
    """`case`: the first item whose pattern matches."""
    subject = yield from expand.single(shell, node.subject)
    tail = tail.via("case") if tail else None
    falling = False
    for item in node.items:
        if not falling:
            falling = yield from _matches(shell, subject, item)
        if not falling:
            continue
        yield from sequence(shell, item.body, tail if item.terminator == ";;" else None)
        if item.terminator == ";;":
            return
        falling = item.terminator == ";&"
    if not falling:
        shell.status = 0


def _matches(shell: Shell, subject: Word, item: tree.CaseItem) -> Generator[Any, Any, bool]:
    unclear = False
    for words in item.patterns:
        wanted = yield from expand.pattern(shell, words)
        if wanted == "*":
            return True
        known = wanted is not None and subject.value is not None
        hit = patterns.matches(subject.value or "", wanted or "") if known else None
        if hit:
            return True
        unclear = unclear or hit is None
    return unclear and choose(shell, item, default=False)


def for_each(shell: Shell, node: tree.For) -> Run:
    """`for x in …`: every known value in turn; an unknown list once."""
    values = list(shell.args) if node.words is None else (yield from shell.fields(node.words))
    shell.status = 0
    for value in values[:ROUNDS]:
        shell.assign(node.name, value if not value.many else Word(None, reason=value.reason))
        if not (yield from _round(shell, node.body)):
            return


def counted(shell: Shell, node: tree.ArithmeticFor) -> Run:
    """`for ((a; b; c))`."""
    first, condition, step = (e.strip() for e in node.expressions)
    if first:
        shell.arithmetic(first)
    for count in range(ROUNDS):
        value = shell.arithmetic(condition) if condition else 1
        if value is None:
            value = choose(shell, node, default=count == 0, count=count)
        if not value:
            break
        if not (yield from _round(shell, node.body)):
            break
        if step:
            shell.arithmetic(step)


def loop(shell: Shell, node: tree.While) -> Run:
    """`while` and `until`. A loop that goes on and on while time passes is where the container lives."""
    began, count = shell.kernel.now, 0
    rounds = ENOUGH if _endless(node) else ROUNDS
    while True:
        shell.kernel.step_budget()
        shell.stack.append("loop")
        going = yield from holds(shell, node.condition, default=node.until, count=count)
        shell.stack.pop()
        if going == node.until:
            shell.status = 0
            return
        if not (yield from _round(shell, node.body)):
            return
        count += 1
        if count >= rounds and shell.kernel.now > began:
            shell.kernel.periodic = True


def _endless(node: tree.While) -> bool:
    """Whether the condition always holds: `while true`, `while :`, `until false`."""
    items = node.condition.items
    if len(items) != 1 or not isinstance(items[0].command, tree.Simple):
        return False
    words = [w.literal for w in items[0].command.words]
    return words in ([["false"]] if node.until else [["true"], [":"], ["[", "1", "]"]])


def _round(shell: Shell, body: tree.Commands) -> Generator[Any, Any, bool]:
    """One round of a loop; whether the loop goes on."""
    try:
        yield from within(shell, "loop", sequence(shell, body, None))
    except Leave as leave:
        if leave.kind == "return":
            raise
        if leave.levels > 1:
            raise Leave(leave.kind, leave.levels - 1) from None
        return leave.kind == "continue"
    return True


# Other processes ------------------------------------------------------------------------------


def subshell(shell: Shell, node: tree.Subshell, tail: Tail | None) -> Run:
    """`( … )` in the foreground."""
    tail = tail.via("subshell") if tail else None
    if tail is not None and not shell.trapped:
        yield from sequence(shell, node.body, tail)
        return
    forked = Tail(shell.kind.subshell_exec)
    child = shell.fork(lambda own: sequence(own, node.body, forked), node)
    child.stack = [*shell.stack, "subshell"]
    yield from external.wait_for(shell, external.spawn(shell, child, node), node)


def start_background(shell: Shell, item: tree.Item) -> None:
    """`… &`."""
    node = item.command
    if isinstance(node, tree.Pipeline) and len(node.commands) > 1:
        tasks = _parts(shell, node, background=True)
    else:
        allowed = Tail(shell.kind.background_exec)
        child = shell.fork(lambda own: _alone(own, node, allowed), node)
        child.stack = ["background"]
        tasks = [external.spawn(shell, child, item, background=True)]
    shell.jobs.append(shells.Job(tasks[-1], tasks, shell.script.span(item), shell.script, item))
    shell.status = 0


def _alone(shell: Shell, node: tree.AnyCommand, tail: Tail) -> Run:
    """A command that a process was forked for; a `( … )` uses that process."""
    if isinstance(node, tree.Subshell):
        yield from redirected(shell, node.redirects)
        yield from sequence(shell, node.body, Tail(shell.kind.subshell_exec))
    elif (
        isinstance(node, tree.Pipeline)
        and len(node.commands) == 1
        and node.negated
        and shell.kind.dialect == "bash"
    ):
        yield from _alone(shell, node.commands[0], tail)
    else:
        yield from command(shell, node, tail)


def pipeline(shell: Shell, node: tree.Pipeline) -> Run:
    """`a | b`, `! a`, `time a`."""
    if len(node.commands) == 1:
        inner = command(shell, node.commands[0], None)
        yield from within(shell, "condition" if node.negated else "timed", inner)
    else:
        tasks = _parts(shell, node, background=False)
        for task in tasks:
            yield from external.wait_for(shell, task, node)
        shell.status, shell.assumed = tasks[-1].status, True
    if node.negated and shell.status is not None:
        shell.status = int(shell.status == 0)


def _parts(shell: Shell, node: tree.Pipeline, *, background: bool) -> list[Any]:
    tasks: list[Any] = []
    written: list[str | None] | None = None
    for part in node.commands:
        forked = Tail(shell.kind.background_exec)
        child = shell.fork(lambda own, part=part, forked=forked: _alone(own, part, forked), part)
        child.stack = [*([] if background else shell.stack), "pipeline"]
        child.writers = list(tasks)
        child.input = written
        child.output = written = shell.output if part is node.commands[-1] else []
        tasks.append(external.spawn(shell, child, part, background=background))
    return tasks


def substitution(shell: Shell, part: tree.Substitution) -> Generator[Any, Any, Word]:
    """`$(…)`: run it and take its output, where the files tell it."""
    forked = Tail(shell.kind.subshell_exec)
    child = shell.fork(lambda own: sequence(own, part.body, forked), part)
    child.stack = [*shell.stack, "substitution"]
    child.output = []
    yield from external.wait_for(shell, external.spawn(shell, child, part), part)
    shell.substituted = True
    span = shell.script.span(part)
    known = [o for o in child.output if o is not None]
    if len(known) < len(child.output):
        words = shell.script.text.text[part.start : part.end]
        return Word(None, span, reason=f"the output of `{words[:40]}` is not known")
    return Word("".join(known)[: expand.MAX_VALUE].rstrip("\n"), span)


def process_substitution(shell: Shell, part: tree.ProcessSubstitution) -> Run:
    """`>(…)` runs beside the command; it ends with those who write to it."""
    forked = Tail(shell.kind.subshell_exec)
    child = shell.fork(lambda own: sequence(own, part.body, forked), part)
    child.stack = ["background", "pipeline"]
    child.writers = [shell.me]
    shell.beside = external.spawn(shell, child, part, background=True)
    yield from ()
