"""`exec` in scripts: whether it certainly replaces the shell, and what it can start."""

from __future__ import annotations

from gracelint import atlas
from gracelint.syntax.shell import tree

NOT_PROGRAMS = frozenset(
    {
        *(".", ":", "[[", "!", "alias", "bg", "bind", "break", "builtin", "caller", "cd"),
        *("command", "compgen", "complete", "compopt", "continue", "coproc", "declare"),
        *("dirs", "disown", "enable", "eval", "exec", "exit", "export", "fc", "fg"),
        *("function", "getopts", "hash", "help", "history", "jobs", "let", "local", "logout"),
        *("mapfile", "popd", "pushd", "read", "readarray", "readonly", "return", "select"),
        *("set", "shift", "shopt", "source", "suspend", "time", "times", "trap", "type"),
        *("typeset", "ulimit", "umask", "unalias", "unset", "wait"),
    }
)
"""Words that shells act on themselves, and for which an image need not have a program."""


def is_program(script: tree.Script, name: str | None) -> bool:
    """Whether a command's first word names a program that `exec` and a JSON form can start.

    No builtin, keyword, function or alias; None: a word that is expanded, which may name one. Nor
    a wrapper like `setsid`: leading its group, it hands the command to another process and ends.
    """
    from gracelint.syntax.shell.parse import walk

    if name in NOT_PROGRAMS or atlas.leaves_in_group(name or ""):
        return False
    for node in walk(script.body):
        if isinstance(node, tree.Function) and node.name == name:
            return False
        if isinstance(node, tree.Simple) and node.name == "alias" and name in _aliases(node):
            return False
    return True


def _aliases(node: tree.Simple) -> set[str]:
    texts = (p.value for w in node.words[1:] for p in w.parts[:1] if isinstance(p, tree.Chars))
    return {text.partition("=")[0] for text in texts if "=" in text}


def replaces(item: tree.Item) -> bool:
    """Whether a command of a sequence is an `exec` that certainly replaces the shell.

    Redirections alone, and words that may expand to nothing (`exec "$@"`), leave it.
    """
    node = item.command
    if item.background or not isinstance(node, tree.Simple) or node.name != "exec":
        return False
    words = list(node.words[1:])
    while words and words[0].literal in {"-c", "-l", "-a", "--"}:
        del words[: 2 if words[0].literal == "-a" else 1]
    return bool(words) and _is_something(words[0])


def _is_something(word: tree.Words) -> bool:
    return any(isinstance(p, tree.Chars) and p.value for p in word.parts) or any(
        isinstance(p, tree.Parameter) and p.quoted and p.name not in {"@", "*"} and p.index is None
        for p in word.parts
    )
