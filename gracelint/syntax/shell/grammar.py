"""Tokens to a tree: tree-sitter-bash reads the grammar of a skeleton of the script.

In the skeleton every command is one plain word, and redirections, quotes, documents and comments
are left out: what remains is what tree-sitter reads reliably. It has only ASCII characters, so that
its byte offsets need no translation, and every token of it stands for one of ours.
"""

from __future__ import annotations

from gracelint.base.typed import TYPE_CHECKING
from gracelint.syntax.parsers import parse, parser
from gracelint.syntax.shell.build import UNGRAMMATICAL, Builder
from gracelint.syntax.shell.commands import Level
from gracelint.syntax.shell.skeleton import Skeleton
from gracelint.syntax.shell.tree import Commands, Item, Unread

if TYPE_CHECKING:
    from gracelint.syntax.shell.words import Reader


_TOO_LONG = "it takes too long to be read"


def read_commands(reader: Reader, closing: str) -> Commands:
    """The commands from the reader's position up to `closing`, which stays unread, or the end."""
    start = reader.at
    level = Level(reader, closing)
    level.read()
    place = (reader.places[start], reader.places[reader.at])
    skeleton = Skeleton(level.tokens)
    if not skeleton.pieces:
        return Commands(*place, ())
    before = len(reader.errors)
    problem = level.balance.problem
    if problem:
        reader.errors.append((*problem, reader.dialect != "zsh"))
    builder = Builder(level.tokens, skeleton, reader.errors)
    if not problem and (items := builder.alone()):
        return Commands(*place, items)
    parsed = parse(parser("tree_sitter_bash"), skeleton.text.encode("ascii"))
    if parsed is None:
        reader.errors.append((*place, _TOO_LONG, False))
        return Commands(*place, (Item(*place, Unread(*place, _TOO_LONG)),))
    root = parsed.root_node
    items = builder.program(root)
    if (root.has_error or skeleton.unfinished) and len(reader.errors) == before:
        reader.errors.append((*place, UNGRAMMATICAL, False))
    return Commands(*place, items)
