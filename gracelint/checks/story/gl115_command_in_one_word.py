"""GL115: a command line in one word, which no program is called by."""

from __future__ import annotations

import json
import shlex

from gracelint.base import lazy
from gracelint.base.edit import Edit
from gracelint.base.facts import Known
from gracelint.base.typed import TYPE_CHECKING
from gracelint.checks import check
from gracelint.model.finding import Applicability, Finding, Fix, Label, Rule, Severity
from gracelint.model.story import Verdict

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gracelint.base.facts import Word
    from gracelint.model.story import Story
    from gracelint.model.workload import Command

RULE = Rule(
    "GL115",
    "command-in-one-word",
    Severity.ERROR,
    frozenset({Applicability.SAFE, Applicability.SHOW}),
)
_PLAIN = lazy.compile(r"[\w./:=@%+, \t'\"-]+")


@check(RULE)
def command_in_one_word(story: Story) -> Iterator[Finding]:
    """Launches that end before anything runs, for the name of their program has blanks in it."""
    if story.verdict is not Verdict.EXITS or story.tree is not None:
        return
    for command, word in _programs(story):
        text = word.value or ""
        if len(text.split()) > 1 and text[:1] not in "[{-" and "$" not in text:
            yield Finding(
                RULE,
                RULE.severity,
                f"no program is called `{text}`: these are words of a command line in one, "
                "so the container does not start",
                Label(word.span or command.value),
                fixes=(_fix(command, text),),
                help="The exec form takes each word by itself; nothing splits them at blanks.",
                workloads=(story.workload.name,),
            )
            return


def _programs(story: Story) -> Iterator[tuple[Command, Word]]:
    """The first words of what is launched, and of what it is given."""
    launch = story.workload.launch
    for fact in (launch.entrypoint, launch.cmd):
        command = fact.value if isinstance(fact, Known) else None
        if command is not None and command.form != "shell" and command.words:
            yield command, command.words[0]


def _fix(command: Command, text: str) -> Fix:
    """Each word by itself, where the array is JSON and the text is free of a shell's syntax."""
    words = _split(text)
    written = command.value.text.strip()
    if words is None or not written.startswith("[") or _PLAIN.fullmatch(text) is None:
        title = "Write each word by itself, or let a shell be replaced by it: `sh -c 'exec …'`"
        return Fix(title, Applicability.SHOW)
    more = [word.value for word in command.words[1:]]
    array = json.dumps([*words, *more], ensure_ascii=False)
    return Fix(f"Write `{array}`", Applicability.SAFE, (Edit(command.value, array),))


def _split(text: str) -> list[str] | None:
    try:
        return shlex.split(text)
    except ValueError:
        return None
