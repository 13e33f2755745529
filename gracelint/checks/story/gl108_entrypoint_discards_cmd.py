"""GL108: a CMD or arguments that the ENTRYPOINT in front of them never uses."""

from __future__ import annotations

from gracelint import atlas
from gracelint.base import lazy
from gracelint.base.facts import Known
from gracelint.base.paths import DEFAULT_PATH, name_of
from gracelint.base.typed import TYPE_CHECKING
from gracelint.checks import check
from gracelint.model.finding import Applicability, Finding, Fix, Label, Rule, Severity
from gracelint.syntax.shell.invoked import shell_file

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from gracelint.base.facts import Word
    from gracelint.model.story import Story
    from gracelint.model.workload import Command
    from gracelint.syntax.shell.tree import Node, Script

RULE = Rule("GL108", "entrypoint-discards-cmd", Severity.WARNING, frozenset({Applicability.SHOW}))
_TITLE = "Write ENTRYPOINT as a JSON array, so that it is given these as arguments"
_OF_A_SCRIPT = 'Start "$@" at the end of the script, or replace the entrypoint, too'
_TAKES = frozenset({".", "source", "eval", "shift", "getopts"})
_COUNTED = lazy.compile(r"\$[@*#{0-9]")
_DEPTH = 4


@check(RULE)
def entrypoint_discards_cmd(story: Story) -> Iterator[Finding]:
    """A command behind a shell-form entrypoint, or behind a script that heeds no arguments."""
    launch = story.workload.launch
    entrypoint = launch.entrypoint.value if isinstance(launch.entrypoint, Known) else None
    if entrypoint is None:
        return
    cmd = launch.cmd.value if isinstance(launch.cmd, Known) else None
    if launch.discarded is not None:
        if not _takes_arguments(entrypoint):
            yield _by_form(story, launch.discarded, entrypoint)
    elif cmd is not None and entrypoint.form == "exec":
        script = _script(story, entrypoint.words)
        if script is not None and not any(map(_heeds, _outside_functions(script))):
            yield _by_script(story, cmd, entrypoint, script)


def _by_form(story: Story, dropped: Command, entrypoint: Command) -> Finding:
    label = Label(entrypoint.value, "the shell form")
    why = "ENTRYPOINT is in shell form and takes no arguments"
    return _finding(story, dropped, why, label, _TITLE, RULE.severity)


def _by_script(story: Story, dropped: Command, entrypoint: Command, script: Script) -> Finding:
    """Advice where it is the image's own CMD, or says what the script starts anyway."""
    label = Label(entrypoint.value, "the script")
    why = f"`{name_of(script.text.span(0, 0).place.source.path)}` heeds no arguments"
    lost = dropped.keyword != "CMD" and not _started_anyway(story, dropped.words)
    severity = RULE.severity if lost else Severity.INFO
    return _finding(story, dropped, why, label, _OF_A_SCRIPT, severity)


def _finding(
    story: Story, dropped: Command, why: str, label: Label, how: str, severity: Severity
) -> Finding:
    return Finding(
        RULE,
        severity,
        f"this {dropped.keyword} is never used: {why}",
        Label(dropped.span),
        causes=(label,),
        related=(label,),
        fixes=(Fix(how, Applicability.SHOW),),
        workloads=(story.workload.name,),
    )


def _started_anyway(story: Story, words: Sequence[Word]) -> bool:
    """Whether these words are among those of a process that runs when the stop comes."""
    wanted = [word.value for word in words]
    for process in story.tree.walk() if story.tree is not None else ():
        given = [word.value for word in process.argv]
        starts = range(len(given) - len(wanted) + 1)
        if any(given[at : at + len(wanted)] == wanted for at in starts):
            return True
    return False


def _takes_arguments(command: Command) -> bool:
    """Whether the text uses what follows it: `$0` is the first word of CMD, `$1` the second."""
    from gracelint.syntax.shell import parse as shell
    from gracelint.syntax.shell.tree import Parameter

    text = command.words[0].text
    if text is None:
        return True
    script = shell.parse(text)
    named = {n.name for n in shell.walk(script.body) if isinstance(n, Parameter)}
    return any(n in {"@", "*", "#"} or n.isdigit() for n in named)


def _script(story: Story, words: Sequence[Word]) -> Script | None:
    """The shell script that an entrypoint comes to, whose arguments are what stands behind it."""
    from gracelint.syntax.shell import parse as shell

    workload = story.workload
    for _ in range(_DEPTH):
        file = words if len(words) == 1 else shell_file(words)
        if len(file) == 1 or not words:
            break
        wrapped = atlas.wrapper(words, {})
        words = (wrapped.inner if wrapped is not None else None) or ()
    if len(file) != 1 or file[0].value is None or not isinstance(workload.workdir, Known):
        return None
    found = workload.files.find(file[0].value, DEFAULT_PATH, workload.workdir.value)
    if found is None or found.text is None:
        return None
    script = shell.parse(found.text)
    named = script.shebang or (file is not words and ("sh",)) or ()
    return script if shell.dialect_of(named) is not None and not script.errors else None


def _outside_functions(script: Script) -> Iterator[Node]:
    """The nodes of a script whose arguments are its own, last first: a function has others."""
    from gracelint.syntax.shell import parse as shell
    from gracelint.syntax.shell.tree import Function

    waiting: list[Node] = [script.body]
    while waiting:
        node = waiting.pop()
        yield node
        if not isinstance(node, Function):
            waiting += shell.parts_of(node)


def _heeds(node: Node) -> bool:
    """Whether something may be about the script's arguments."""
    from gracelint.syntax.shell import tree

    match node:
        case tree.Parameter(name=name, operator=operator, index=index):
            counted = name in {"@", "*", "#"} or (name.isdigit() and name != "0")
            inside = _COUNTED.search(index or "") is not None
            return counted or inside or operator == "indirect" or operator.startswith("!")
        case tree.Assignment(index=str(index)):
            return _COUNTED.search(index) is not None
        case tree.ArithmeticFor(expressions=texts):
            return any(map(_COUNTED.search, texts))
        case tree.Arithmetic(expression=text) | tree.ArithmeticCommand(expression=text):
            return _COUNTED.search(text) is not None
        case tree.For(words=None) | tree.Opaque() | tree.Unread():
            return True
        case tree.Simple(words=words) if words:
            return words[0].literal in _TAKES
    return False
