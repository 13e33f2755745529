"""The handlers of traps: where their commands stand, whom they signal, and how to add to them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gracelint.base.edit import Edit
from gracelint.base.source import Embedded
from gracelint.base.values import dataclass
from gracelint.checks.lib.places import ancestors, item_of, put_before, put_behind
from gracelint.syntax.shell import tree
from gracelint.syntax.shell.parse import inner_text, parse, walk

if TYPE_CHECKING:
    from gracelint.model.defect import Trapped
    from gracelint.model.snapshot import Trap

_OPTIONS = ("-s", "-n")


@dataclass(frozen=True, slots=True)
class Handler:
    """What a trap runs.

    script, body: where it is written. word: the trap's own word, when it is the text in it; None: a
    function. outer: the script that the word stands in. early: it is expanded when it is set.
    """

    script: tree.Script
    body: tree.Commands
    word: tree.Words | None = None
    outer: tree.Script | None = None
    early: bool = False

    def ref(self, name: str) -> str:
        """How the handler writes a variable."""
        return f"${name}" if self.early else f'"${name}"'

    def replaced(self, start: int, end: int, content: str) -> Edit | None:
        """The handler with other text at a place."""
        if self.word is None or self.outer is None:
            return Edit.replace(self.script.text, start, end, content)
        raw = self.outer.text.text[self.word.start : self.word.end]
        if self.early:
            fits = not set(content) & set('"\\`!')
            return Edit.replace(self.script.text, start, end, content) if fits else None
        if raw.startswith("'"):
            return Edit.replace(self.script.text, start, end, content)
        text = self.script.text.text
        whole = text[:start] + content + text[end:]
        if "'" in whole:
            return None
        return Edit.replace(self.outer.text, self.word.start, self.word.end, f"'{whole}'")

    @property
    def rewritten(self) -> bool:
        """Whether an edit writes the trap's whole word anew, so that two would collide."""
        if self.word is None or self.outer is None or self.early:
            return False
        return not self.outer.text.text[self.word.start : self.word.end].startswith("'")

    def behind(self, item: tree.Item, command: str) -> Edit | None:
        """A command behind another."""
        if self.word is not None:
            return self.replaced(item.end, item.end, f"; {command}")
        return put_behind(self.script.text, item.end, command)

    def first(self, *commands: str) -> Edit | None:
        """Commands before all others."""
        items = self.body.items
        if not items:
            return None
        at = items[0].start
        if self.word is not None:
            return self.replaced(at, at, "".join(f"{c}; " for c in commands))
        return put_before(self.script.text, at, *commands)

    def before(self, at: int, command: str) -> Edit | None:
        """A command before the one that starts at `at`."""
        if self.word is not None:
            return self.replaced(at, at, f"{command}; ")
        return put_before(self.script.text, at, command)

    def named(self, *names: str) -> list[tree.Simple]:
        """Its simple commands with one of the names."""
        return [n for n in walk(self.body) if isinstance(n, tree.Simple) and n.name in names]

    def kills(self) -> list[tree.Simple]:
        """Its `kill` commands that send a signal."""
        return [n for n in self.named("kill") if not _asks_only(n)]

    def item(self, node: tree.Node) -> tree.Item | None:
        """The command of a sequence around a node."""
        return item_of(ancestors(self.body, node))


def handler_of(defect: Trapped) -> Handler | None:
    """The handler of a defect's trap; None where its text is not in sight."""
    trap = defect.trap
    word = action_word(trap) if trap is not None else None
    if trap is None or word is None:
        return None
    script = _text_in(trap.script, word)
    if script is None or script.errors:
        return None
    called = _function(script, defect, trap)
    if called is not None:
        return called
    return Handler(script, script.body, word, trap.script, word.literal is None)


def action_word(trap: Trap) -> tree.Words | None:
    """The word of a `trap` command that holds its handler."""
    words = [w for w in trap.node.words[1:] if w.literal != "--"]
    return words[0] if len(words) > 1 else None


def _text_in(script: tree.Script, word: tree.Words) -> tree.Script | None:
    inner = inner_text(script, word)
    if inner is not None:
        return parse(inner, script.dialect)
    raw = script.text.text[word.start : word.end]
    plain = len(raw) > 2 and raw[0] == raw[-1] == '"' and not set(raw[1:-1]) & set('"\\`')
    if not plain or word.literal is not None:
        return None
    return parse(Embedded.slice(script.text, word.start + 1, word.end - 1), script.dialect)


def _function(script: tree.Script, defect: Trapped, trap: Trap) -> Handler | None:
    items = script.body.items
    node = items[0].command if len(items) == 1 else None
    if not isinstance(node, tree.Simple) or not node.words:
        return None
    places = [trap.script] + ([defect.shell.script] if defect.shell is not None else [])
    for place in places:
        for other in walk(place.body):
            if isinstance(other, tree.Function) and other.name == node.name:
                body = other.body.body if isinstance(other.body, tree.Group) else None
                return Handler(place, body) if body is not None else None
    return None


# `kill` -----------------------------------------------------------------------------------------


def _asks_only(node: tree.Simple) -> bool:
    words = [w.literal for w in node.words[1:3]]
    return words[:1] == ["-0"] or words in (["-s", "0"], ["-n", "0"])


def signal_words(node: tree.Simple) -> tuple[tree.Words, ...]:
    """The words of a `kill` that name the signal."""
    words = node.words[1:]
    first = words[0].literal if words else None
    if first in _OPTIONS and len(words) > 1:
        return words[:2]
    return words[:1] if first and first[0] == "-" and first != "--" else ()


def targets(node: tree.Simple) -> tuple[tree.Words, ...]:
    """The words of a `kill` that say whom it signals."""
    words = node.words[1 + len(signal_words(node)) :]
    return words[1:] if words and words[0].literal == "--" else words


def variable(word: tree.Words) -> str | None:
    """The plain variable whose value a target is, perhaps behind a `-` that means its group."""
    parts = word.parts[1:] if _minus(word) else word.parts
    part = parts[0] if len(parts) == 1 else None
    if not isinstance(part, tree.Parameter) or part.operator or part.index is not None:
        return None
    return part.name if part.name != "$" else None


def _minus(word: tree.Words) -> bool:
    first = word.parts[0] if len(word.parts) > 1 else None
    return isinstance(first, tree.Chars) and first.value == "-"


def without_signal(node: tree.Simple) -> tuple[int, int] | None:
    """The characters of a `kill` to delete so that it sends TERM."""
    words = signal_words(node)
    rest = node.words[1 + len(words) :]
    return (words[0].start, rest[0].start) if words and rest else None
