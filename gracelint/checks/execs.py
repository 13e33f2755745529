"""`exec` in scripts, as far as it certainly replaces the shell."""

from __future__ import annotations

from gracelint.syntax import shelltree as tree


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
