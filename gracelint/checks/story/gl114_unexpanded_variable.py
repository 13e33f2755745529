"""GL114: a variable in exec form, where nothing expands it."""

from __future__ import annotations

import json
import re
import shlex

from gracelint.base import lazy
from gracelint.base.edit import Edit
from gracelint.base.facts import Known
from gracelint.base.typed import TYPE_CHECKING
from gracelint.checks import check
from gracelint.checks.lib.words import expands_itself, own_words, started
from gracelint.model.finding import Applicability, Finding, Fix, Label, Rule, Severity

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from gracelint.base.facts import Word
    from gracelint.model.story import Story
    from gracelint.model.workload import Base, Command

RULE = Rule(
    "GL114",
    "unexpanded-variable",
    Severity.WARNING,
    frozenset({Applicability.UNSAFE, Applicability.SHOW}),
)
_VARIABLE = lazy.compile(r"\$(?:([A-Z_][A-Z0-9_]+)|\{([A-Z_][A-Z0-9_]+)\})")
_LIST = lazy.compile(r"\$\{?[A-Z0-9_]*(?:OPTS|OPTIONS|ARGS|FLAGS)\}?")


@check(RULE)
def unexpanded_variable(story: Story) -> Iterator[Finding]:
    """Words of the launch that reach a program with the variable's name still in them."""
    commands = [c for c in _commands(story) if c.form != "shell"]
    named = any("$" in (word.value or "") for command in commands for word in command.words)
    if story.workload.kind == "compose" or not named:
        return
    written = {id(word): command for command in reversed(commands) for word in command.words}
    for argv, _ in started(story):
        if expands_itself(argv):
            continue
        for word in own_words(argv):
            text = word.value or ""
            match = _VARIABLE.search(text) if "$" in text else None
            command = written.get(id(word))
            if match is not None and command is not None and word.span is not None:
                yield _finding(story, command, argv, word, match)
                return


def _commands(story: Story) -> list[Command]:
    launch = story.workload.launch
    facts = (launch.entrypoint, launch.cmd)
    return [f.value for f in facts if isinstance(f, Known) and f.value is not None]


def _finding(
    story: Story, command: Command, argv: Sequence[Word], word: Word, match: re.Match[str]
) -> Finding:
    assert word.span is not None
    written = match.group()
    who = (
        "Kubernetes expands `$(NAME)` only"
        if story.workload.kind == "kubernetes"
        else "the exec form has no shell"
    )
    fix = _reference(story, word, match) if _manifest(command) else _shell(story, command, argv)
    return Finding(
        RULE,
        RULE.severity,
        f"nothing expands `{written}` here, so the program is given these characters: {who}",
        Label(word.span),
        fixes=(fix or Fix(_TITLE, Applicability.SHOW),),
        workloads=(story.workload.name,),
    )


_TITLE = "Let a shell expand it and be replaced: `sh -c 'exec …'`"


def _manifest(command: Command) -> bool:
    return not command.keyword.isupper()


def _reference(story: Story, word: Word, match: re.Match[str]) -> Fix | None:
    """`$(NAME)`, where the container sets the variable."""
    name = match[1] or match[2]
    place = story.workload.place
    if word.text is None or place is None or "env" not in place.entries:
        return None
    names = [child.get("name") for child in place.entries["env"][1].children]
    if not any(node is not None and node.value == name for node in names):
        return None
    edit = Edit(word.text.span(*match.span()), f"$({name})")
    title = f"Write `$({name})`, which Kubernetes expands where the container sets {name}"
    return Fix(title, Applicability.UNSAFE, (edit,))


def _shell(story: Story, command: Command, argv: Sequence[Word]) -> Fix | None:
    """`sh -c 'exec …'` around the program's words, where they are the end of this instruction."""
    base, words = story.workload.base, list(command.words)
    at = len(words) - len(argv)
    launched = story.workload.launch.argv
    whole = isinstance(launched, Known) and list(launched.value[-len(words) :]) == words
    if _no_shell(base) or at < 0 or words[at:] != list(argv) or not whole:
        return None
    text = "exec " + " ".join(_quoted(str(w)) for w in argv)
    written = json.dumps([*(str(w) for w in words[:at]), "sh", "-c", text], ensure_ascii=False)
    title = "Let `sh -c 'exec …'` expand it (arguments that are given later are then left out)"
    return Fix(title, Applicability.UNSAFE, (Edit(command.value, written),))


def _no_shell(base: Base) -> bool:
    no_shell = isinstance(base.shell, Known) and not base.shell.value
    return no_shell or base.reference == "scratch"


def _quoted(word: str) -> str:
    """A word for the shell, its variables expanded: lists of options into several words."""
    if _LIST.fullmatch(word):
        return word
    if _VARIABLE.search(word) is None:
        return shlex.quote(word)
    safe = re.sub(r'(["\\`])', r"\\\1", word)
    return f'"{safe}"'
