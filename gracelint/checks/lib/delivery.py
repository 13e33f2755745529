"""What the rules about delivery share: labels along the story, and fixes computed from trees."""

from __future__ import annotations

import json

from gracelint import atlas
from gracelint.base.edit import Edit
from gracelint.base.facts import Known
from gracelint.base.typed import TYPE_CHECKING, TypeVar
from gracelint.checks.lib import placeholders
from gracelint.checks.lib.stop_signals import command
from gracelint.model.defect import (
    Defect,
    Foreground,
    InitDrops,
    Partial,
    Trapped,
    WrapperAbandons,
    WrapperSwallows,
    front,
)
from gracelint.model.finding import Applicability, Finding, Fix, Label, Severity
from gracelint.model.story import Basis, Verdict
from gracelint.syntax.shell import tree
from gracelint.syntax.shell.invoked import shell_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from gracelint.base.source import Span
    from gracelint.model.finding import Rule
    from gracelint.model.process import Process
    from gracelint.model.story import Story
    from gracelint.model.workload import Command, Workload


D = TypeVar("D", bound=Defect)


def defects(story: Story, *kinds: type[D]) -> Iterator[D]:
    """The story's defects of some kinds."""
    return (d for d in story.defects if isinstance(d, kinds))


def at_the_image(defect: Defect) -> Severity | None:
    """A warning at most where a public image's own script is at fault: users cannot mend that.

    Advice where all that it loses are jobs which are done again at their next time.
    """
    if not _is_of_an_image(defect.process):
        return None
    apps = [p.entry for p in defect.process.walk() if p.role == "app"]
    again = apps and all(entry is not None and entry.scheduled for entry in apps)
    return Severity.INFO if again else Severity.WARNING


def called(defect: Defect) -> str:
    """What the program that is the defect is called: a public image's script by its own name."""
    process = defect.process
    key = process.program
    by_name = _is_of_an_image(process) or not key
    return str(process.argv[0]).rpartition("/")[2] if by_name else key


def without_script(defect: Defect) -> str:
    """What to do about a public image's own script: users can start what it starts in its place."""
    if not _is_of_an_image(defect.process):
        return ""
    return (
        f"Start {name(defect.app)} itself by an entrypoint or a command of your own,"
        f" where `{called(defect)}` does nothing that you need"
    )


def idle(defect: Defect) -> bool:
    """Whether no application is below the shell: its loops are what the container is there for."""
    return all(p.role != "app" for p in defect.process.walk())


def _is_of_an_image(process: Process) -> bool:
    return process.program == "docker-entrypoint.sh"


def finding(
    rule: Rule,
    story: Story,
    defect: Defect,
    message: str,
    *,
    label: str = "",
    primary: Span | None = None,
    fixes: Iterable[Fix | None] = (),
    help_: str = "",
    severity: Severity | None = None,
) -> Finding:
    """A finding about a defect, labelled along the way from PID 1 to it.

    severity: at most; the rule's own where none is given.
    """
    level = at_most(story, rule.severity if severity is None else severity)
    if isinstance(defect, Foreground) and placeholders.level(story, defect.process) is not None:
        level = min(level, Severity.WARNING)
    if story.shells:
        message += f", if /bin/sh is {' or '.join(story.shells)}"
    place = primary or _handed_on(story, defect) or defect.span
    causes = tuple(_causes(story, defect, place))
    return Finding(
        rule,
        level,
        message,
        Label(place, label),
        causes=causes,
        related=causes,
        fixes=tuple(f for f in fixes if f is not None),
        help=" ".join(filter(None, (help_ or _comes_to(story, defect), *_when(story)))),
        workloads=(story.workload.name,),
    )


def _handed_on(story: Story, defect: Defect) -> Span | None:
    """Where a wrapper is written that a script starts as `"$@"`: there it has to change."""
    if defect.shell is not None or not isinstance(defect, _WRAPPERS):
        return None
    launch = story.workload.launch
    for fact in (launch.entrypoint, launch.cmd):
        given = fact.value if isinstance(fact, Known) else None
        if given is not None and given.form != "shell" and given.words == defect.process.argv:
            return None if given.value.source is defect.span.source else given.value
    return None


_WRAPPERS = (WrapperSwallows, WrapperAbandons, InitDrops)


def what_follows(story: Story, defect: Defect) -> str:
    """What becomes of the application that is left behind; "" where nothing is."""
    if story.verdict is not Verdict.ABANDONED:
        return ""
    return f"The container ends with it, and the kernel kills {name(defect.app)}."


def _when(story: Story) -> Iterator[str]:
    """What is open, and which of several ways the finding is about."""
    if story.shells:
        yield "This depends on the image's /bin/sh, which is not known; `exec` settles it."
    if story.branch:
        yield f"This is so when {story.branch}."


def at_most(story: Story, severity: Severity) -> Severity:
    """A severity, lowered where the verdict or the defect is not proven."""
    guessed = story.basis is Basis.ASSUMED or story.shells
    if story.verdict is Verdict.UNKNOWN:
        return Severity.INFO
    return min(severity, Severity.WARNING) if guessed else severity


def consequence(story: Story) -> str:
    """What the stop comes to and what that rests on, in sentences."""
    reason = story.reason[:1].upper() + story.reason[1:]
    return " ".join(filter(None, (f"{reason.rstrip('.')}.", assumed(story))))


def assumed(story: Story) -> str:
    """What the verdict rests on that nothing in sight shows; "" where it is proven."""
    on = " and that ".join(story.assumptions)
    return f"This assumes that {on}." if on else ""


def _comes_to(story: Story, defect: Defect) -> str:
    """What a defect comes to: where a shell waits for one of several, for the one it is about; and
    for what is wrong with an application itself, that, and not that others beside it are not told.
    """
    apps = [d.app.argv for d in (defect, *story.defects[:1]) if d.app is not None]
    of_several = isinstance(defect, Foreground) and len(apps) > 1 and apps[0] != apps[1]
    beside = isinstance(story.defects[0], Partial) if story.defects else False
    if not of_several and (not beside or isinstance(defect, Partial)):
        return consequence(story)
    from gracelint.diagnose.explain import sentence

    words = sentence(defect, story.signal or "TERM")
    return f"{words[:1].upper()}{words[1:]}."


def _causes(story: Story, defect: Defect, primary: Span) -> Iterator[Label]:
    """The trap and the launch that the defect rests on, each place once."""
    seen = [primary]
    for span, words in _places(story, defect):
        if span is not None and not any(_same_line(span, other) for other in seen):
            seen.append(span)
            yield Label(span, words)


def _same_line(left: Span, right: Span) -> bool:
    return left.source is right.source and left.first.line == right.first.line


def _places(story: Story, defect: Defect) -> Iterator[tuple[Span | None, str]]:
    if isinstance(defect, Trapped) and defect.trap is not None:
        yield defect.trap.span, "set here"
    if defect.process.pid != 1 and defect.process.shell is not None:
        yield defect.process.span, "started here"
    stated = command(story.workload)
    yield (launch_span(story.workload) if stated is None else stated.value), "PID 1"


def in_code(defect: Defect) -> Span | None:
    """Where a program's own source starts what it should stop, where that is in sight."""
    child, process = front(defect), defect.process
    played = process.wrapped is not None and process.wrapped.language
    interpreted = atlas.says(process.program, "interpreter")
    if not (played or interpreted) or child is None or child.span is None:
        return None
    return None if child.span.source is defect.span.source else child.span


_PASS_ON = {
    "python": "Become it with `os.execvp`, or send it the signal in a handler, and wait for it",
    "ruby": "Become it with `exec`, or send it the signal in a `trap`, and wait for it",
    "perl": "Become it with `exec`, or send it the signal in a handler, and wait for it",
    "php": "Become it with `pcntl_exec`, or send it the signal in a handler, and wait for it",
    "go": "Become it with `syscall.Exec`, or send it what `signal.Notify` brings, and wait for it",
    "rust": "Become it with `CommandExt::exec`, or send it the signal in a handler, and wait",
    "dotnet": "Send it SIGTERM when `PosixSignalRegistration` tells of one, and wait for it",
    "java": "Call `destroy` and `waitFor` on it in a shutdown hook",
}


def pass_on(defect: Defect) -> Fix:
    """What a program's own code should do with the signal."""
    in_javascript = (
        "Send it the signal in `process.on`, and end when it has ended, in its `exit` event"
    )
    wrapped = defect.process.wrapped
    language = wrapped.language if wrapped is not None else ""
    how = _PASS_ON.get(language) or _PASS_ON.get(defect.process.program, in_javascript)
    _, _, tell = how.partition(", or ")
    if tell and defect.app is not None and defect.app.argv == defect.process.argv:
        how = tell[0].upper() + tell[1:]  # a copy of itself: there is nothing else to become
    return Fix(how, Applicability.SHOW)


def launch_span(workload: Workload) -> Span | None:
    """Where the command that becomes PID 1 is written."""
    command = workload.launch.command
    return command.value if command is not None else None


def inline(defect: Defect) -> bool:
    """Whether the shell runs a text in its command line, not a script file."""
    return defect.shell is not None and defect.shell.form != "file"


def under_init(defect: Defect) -> Process | None:
    """The init directly in front of the shell."""
    init = defect.under_init
    if init is not None and any(c.pid == defect.process.pid for c in init.children):
        return init
    return None


def name(process: Process | None) -> str:
    """A process in at most 40 characters, between backquotes."""
    words = " ".join(str(w) for w in process.argv) if process else ""
    words = " ".join(words.split())
    return f"`{words if len(words) <= 40 else words[:39] + '…'}`" if words else "the application"


def written_as(story: Story, process: Process) -> Command | None:
    """The ENTRYPOINT or CMD in exec form that is all of a process's words."""
    launch = story.workload.launch
    for fact in (launch.entrypoint, launch.cmd):
        command = fact.value if isinstance(fact, Known) else None
        if command is not None and command.form == "exec" and command.words == process.argv:
            return command
    return None


# Fixes ----------------------------------------------------------------------------------------


def exec_fix(defect: Defect, applicability: Applicability = Applicability.SAFE) -> Fix | None:
    """`exec` in front of the command that the shell waits for, where it is an external one.

    A second shell whose text is not known may stay as well, so that nothing would be won by it.
    """
    if defect.shell is None or defect.shell.command is None:
        return None
    behind = front(defect)
    text = shell_text(behind.argv) if behind is not None else None
    if text is not None and text.value is None:
        return None
    return with_exec(defect.shell.script, defect.shell.command, applicability)


def with_exec(
    script: tree.Script, node: tree.Simple, applicability: Applicability = Applicability.SAFE
) -> Fix | None:
    """`exec` in front of an external command, or instead of its `command` or `setsid`."""
    from gracelint.checks.lib.execs import is_program

    in_front = node.name == "command" or atlas.leaves_in_group(node.name or "")
    words = node.words[1:] if in_front else node.words
    if not words or (words[0].literal or "").startswith("-"):
        return None
    if not is_program(script, words[0].literal):
        return None
    first = node.words[0].start
    edit = Edit.replace(script.text, first, words[0].start, "exec ")
    title = f"Start {_written(script, words[0])} with `exec`"
    return None if edit is None else Fix(title, applicability, (edit,))


def name_of(script: tree.Script, node: tree.Simple) -> str:
    """The command's first word as written, between backquotes."""
    return _written(script, node.words[0])


def _written(script: tree.Script, word: tree.Words) -> str:
    return f"`{script.text.text[word.start : word.end]}`"


def json_fix(story: Story, command: Command | None, script: tree.Script) -> Fix | None:
    """The JSON form of a shell-form instruction whose text is one plain command."""
    if command is None or _would_get_more(story, command):
        return None
    words = plain_words(script)
    if words is None:
        return None
    written = json.dumps(words, ensure_ascii=False)
    title = f"Write {command.keyword} in its JSON form"
    return Fix(title, Applicability.SAFE, (Edit(command.value, written),))


def _would_get_more(story: Story, command: Command) -> bool:
    """Whether an ENTRYPOINT that heeds arguments would be given some."""
    cmd = story.workload.launch.cmd
    is_entrypoint = command.keyword.upper() == "ENTRYPOINT"
    return is_entrypoint and (
        story.workload.launch.discarded is not None
        or not (isinstance(cmd, Known) and cmd.value is None)
    )


def plain_words(script: tree.Script) -> list[str] | None:
    """The words of a text that starts one program without any shell syntax; None for all others."""
    from gracelint.checks.lib.execs import is_program

    items = script.body.items
    if len(items) != 1 or items[0].background or not isinstance(items[0].command, tree.Simple):
        return None
    node = items[0].command
    if node.assignments or node.redirects or script.text.text[node.end :].strip():
        return None
    words = []
    for word in node.words:
        value = word.literal
        if value is None or _expands(word):
            return None
        words.append(value)
    if not words or not is_program(script, words[0]):
        return None
    return words if script.text.text[: node.start].strip() == "" else None


def _expands(word: tree.Words) -> bool:
    unquoted = [p.value for p in word.parts if isinstance(p, tree.Chars) and not p.quoted]
    return any(set(text) & set("*?[{~") for text in unquoted)
