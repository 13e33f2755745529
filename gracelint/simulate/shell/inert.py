"""Whether a branch can matter for which processes a container has."""

from __future__ import annotations

import re

from gracelint import atlas
from gracelint.base.paths import absolute
from gracelint.base.typed import TYPE_CHECKING, TypeAlias
from gracelint.simulate.world import Effects, notes_of
from gracelint.syntax.shell import tree
from gracelint.syntax.shell.parse import parts_of, walk

if TYPE_CHECKING:
    from gracelint.simulate.shell.state import Shell
    from gracelint.simulate.world import Notes

_BUILTINS = frozenset(
    (
        *("echo", "printf", ":", "true", "test", "[", "cd", "umask", "ulimit", "hash", "type"),
        *("unalias", "alias", "shopt", "pushd", "popd"),
    )
)
_MATTERS = (tree.Function, tree.Coprocess, tree.Unread, tree.While)
_LOOPS = (tree.For, tree.ArithmeticFor, tree.While)
_PRINT = frozenset(("echo", "printf", ":", "true", "test", "["))
_SEE_ALL = frozenset(("eval", ".", "source", "set", "declare", "typeset", "trap"))
"""Builtins that come by variables which their words do not name."""
_MAKING = frozenset(("touch", "mkfifo", "cp", "mv", "ln", "rm", "tee"))
"""Commands whose words may name files that are there, or there no more, when they are over."""
_WRITING = frozenset((">", ">>", ">|", "&>", "&>>", "<>"))

Branching: TypeAlias = "tree.If | tree.Case"


def harmless(name: str) -> bool:
    """Whether what a command does cannot matter for which processes there are."""
    return name in _BUILTINS or atlas.says(name, "inert")


def inert(shell: Shell, node: Branching) -> bool:
    """Whether no branch starts, ends, waits, or sets or says anything that is heeded: then it need
    not be decided.
    """
    effects = _effects(node, notes_of(shell.script))
    return (
        effects is not None
        and shell.output is None
        and not any(name in shell.vars.functions for name in effects.commands)
        and (_dropped(shell, node, effects) if effects.variables else _noted(shell, effects.files))
    )


def _noted(shell: Shell, files: frozenset[str] | None) -> bool:
    """Whether what is written to files can be left out, which is noted: a file whose name is not
    literal is taken to be nobody's matter.
    """
    if files and shell.world.scripts.thorough:
        return False
    shell.world.scripts.skipped.update(absolute(f, shell.folder) for f in files or ())
    return True


def _effects(node: tree.Node, notes: Notes) -> Effects | None:
    """What a node does when all commands in it are harmless; else None."""
    if id(node) not in notes.effects:
        notes.effects[id(node)] = _summed(node)
    return notes.effects[id(node)]


def _summed(node: tree.Node) -> Effects | None:
    commands: set[str] = set()
    variables: set[str] = set()
    files: set[str | None] = set()
    waiting = [node]
    while waiting:
        inner = waiting.pop()
        match inner:
            case tree.Chars() | tree.Parameter(argument=None):
                continue
            case tree.Simple(words=(_, *_)):
                name = inner.name or ""
                if not harmless(name):
                    return None
                commands.add(name)
                if name in _MAKING:
                    files |= {word.literal for word in inner.words[1:]}
            case tree.Assignment(array=None, index=None):
                variables.add(inner.name)
            case tree.Redirect() if inner.operator in _WRITING:
                files.add(inner.target.literal if inner.target else None)
            case tree.Item(background=True) | tree.Assignment():
                return None
            case _ if isinstance(inner, _MATTERS):
                return None
        waiting += parts_of(inner)
    literal = frozenset(file for file in files if file is not None)
    known = None if None in files else literal
    return Effects(frozenset(commands), frozenset(variables), known)


# Variables ------------------------------------------------------------------------------------


def _dropped(shell: Shell, node: Branching, effects: Effects) -> bool:
    """Whether the variables are the function's own, and nothing that it does until they are gone
    depends on them, but for what is written to files, which is noted.
    """
    scripts, variables = shell.world.scripts, effects.variables
    function = _function(shell, node)
    own = {held.name for held in shell.scope}
    if (
        function is None
        or scripts.thorough
        or not variables <= own
        or not variables.isdisjoint(shell.vars.exported)
        or shell.vars.refs
        or "a" in shell.options
        or any(_names(trap.action.value, variables) for trap in shell.traps.values())
    ):
        return False
    notes = notes_of(shell.script)
    if id(node) not in notes.later:
        notes.later[id(node)] = _later(function, node, variables, notes)
    later = notes.later[id(node)]
    if later is None or any(name in shell.vars.functions for name in later.commands):
        return False
    files = (effects.files, later.files)
    if None in files:
        return False
    scripts.skipped.update(absolute(f, shell.folder) for some in files for f in some or ())
    return True


def _function(shell: Shell, node: tree.Node) -> tree.Function | None:
    """The function at work, if the node stands in it."""
    known = shell.vars.functions.get(shell.frames[-1]) if shell.frames else None
    if known is None or known[0] is not shell.script:
        return None
    return known[1] if known[1].start <= node.start < known[1].end else None


def _later(
    function: tree.Node, node: tree.Node, variables: frozenset[str], notes: Notes
) -> Effects | None:
    """What a function does behind a node, when it does so whatever the variables are; else None."""
    commands: set[str] = set()
    files: set[str] = set()
    waiting = [function]
    while waiting:
        inner = waiting.pop()
        if isinstance(inner, _LOOPS) and inner.start <= node.start < inner.end:
            return None
        if inner.end <= node.start or inner is node:
            continue
        if inner.start < node.end:
            waiting += parts_of(inner)
            continue
        said = _said(inner, notes)
        if said is not None and said.files is not None:
            commands |= said.commands
            files |= said.files
        elif isinstance(inner, _HEEDED):
            if not all(_blind(part, variables) for part in walk(inner)):
                return None
            commands |= {part.name or "" for part in walk(inner) if isinstance(part, tree.Simple)}
        elif _blind(inner, variables):
            commands |= {inner.name or ""} if isinstance(inner, tree.Simple) else set()
            waiting += parts_of(inner)
        else:
            return None
    return Effects(frozenset(commands), frozenset(), frozenset(files))


_HEEDED = (tree.Substitution, tree.ProcessSubstitution, tree.Pipeline, tree.Function)
"""What is in these may be read, or called when the function is over."""


def _said(node: tree.Node, notes: Notes) -> Effects | None:
    """What a node does if it only prints: commands of a sequence, and conditions for them."""
    if isinstance(node, tree.Item):
        command = node.command
        if not isinstance(command, tree.Simple) or command.name in {"test", "["}:
            return None
    elif not isinstance(node, tree.If | tree.Case):
        return None
    effects = _effects(node, notes)
    return effects if effects and effects.commands <= _PRINT and not effects.variables else None


def _blind(node: tree.Node, variables: frozenset[str]) -> bool:
    """Whether a node, less those in it, does the same whatever the variables are."""
    match node:
        case tree.Chars():
            return not _names(node.value, variables)
        case tree.Parameter():
            named = _names(f"{node.name} {node.index or ''}", variables)
            indirect = node.operator == "indirect" or node.operator[:1] == "!"
            return not (indirect or named)
        case tree.Arithmetic() | tree.ArithmeticCommand():
            return not _names(node.expression, variables)
        case tree.ArithmeticFor():
            return not _names(" ".join(node.expressions), variables)
        case tree.Assignment():
            return not (node.append or node.index) or node.name not in variables
        case tree.Simple():
            return not node.words or (node.name or "eval") not in _SEE_ALL
        case tree.Opaque() | tree.Unread() | tree.Coprocess():
            return False
    return True


def _names(text: str | None, variables: frozenset[str]) -> bool:
    """Whether a text may name one of the variables."""
    return text is None or any(re.search(rf"\b{name}\b", text) for name in variables)
