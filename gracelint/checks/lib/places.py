"""Places in shell scripts at which fixes put commands."""

from __future__ import annotations

from gracelint.base.edit import Edit
from gracelint.base.typed import TYPE_CHECKING
from gracelint.base.values import dataclass
from gracelint.syntax.shell import tree
from gracelint.syntax.shell.parse import parts_of, walk

if TYPE_CHECKING:
    from gracelint.base.source import Text
    from gracelint.model.snapshot import Job


@dataclass(frozen=True, slots=True)
class Started:
    """A background job, as it is written."""

    script: tree.Script
    item: tree.Item


LOOPS = (tree.For, tree.While, tree.ArithmeticFor)
APART = (tree.Subshell, tree.Substitution, tree.ProcessSubstitution, tree.Pipeline, tree.Coprocess)
"""What runs in processes of its own."""


def ancestors(top: tree.Node, node: tree.Node) -> list[tree.Node]:
    """The nodes from `top` down to `node`, both included; empty where it is not below."""
    path, at = [top], top
    while at is not node:
        around = (p for p in parts_of(at) if p.start <= node.start and node.end <= p.end)
        below = next(around, None)
        if below is None:
            return []
        path.append(below)
        at = below
    return path


def alone(path: list[tree.Node]) -> bool:
    """Whether a node runs in the shell itself and not again and again."""
    return bool(path) and not any(isinstance(node, LOOPS + APART) for node in path[:-1])


def item_of(path: list[tree.Node]) -> tree.Item | None:
    """The innermost command of a sequence around the last node of a path."""
    return next((n for n in reversed(path) if isinstance(n, tree.Item)), None)


def sequence_of(path: list[tree.Node]) -> tree.Commands | None:
    """The innermost sequence around the last node of a path."""
    return next((n for n in reversed(path[:-1]) if isinstance(n, tree.Commands)), None)


def put_behind(text: Text, at: int, *commands: str, background: bool = False) -> Edit | None:
    """Commands behind one that ends at `at`: on lines of their own where that one ends its line.

    background: it ends with `&`, which separates by itself.
    """
    start, end = _line(text.text, at)
    if "\n" in text.text and not text.text[at:end].strip():
        line = text.text[start:at]
        indent = line[: len(line) - len(line.lstrip())]
        edit = Edit.insert(text, at, "".join(f"\n{indent}{c}" for c in commands))
        if edit is not None:
            return edit
    first = " " if background else "; "
    rest = text.text[at:end].lstrip()
    last = ";" if background and rest[:1] not in {"", ";", ")"} else ""
    return Edit.insert(text, at, first + "; ".join(commands) + last)


def put_before(text: Text, at: int, *commands: str) -> Edit | None:
    """Commands before one that starts at `at`: on lines of their own where it begins its line."""
    start, _ = _line(text.text, at)
    indent = text.text[start:at]
    if start > 0 and not indent.strip():
        edit = Edit.insert(text, at, "".join(f"{c}\n{indent}" for c in commands))
        if edit is not None:
            return edit
    return Edit.insert(text, at, "".join(f"{c}; " for c in commands))


def _line(text: str, at: int) -> tuple[int, int]:
    end = text.find("\n", at)
    return text.rfind("\n", 0, at) + 1, end if end >= 0 else len(text)


# Variables ------------------------------------------------------------------------------------


def assigned(script: tree.Script) -> list[str]:
    """The variables that a script assigns, as often as it does."""
    return [n.name for n in walk(script.body) if isinstance(n, tree.Assignment)]


def unused_name(script: tree.Script, *wanted: str) -> str:
    """The first of the names that the script does not assign."""
    taken = set(assigned(script))
    numbered = (f"pid{number}" for number in range(2, 1000))
    return next(n for n in (*wanted, "pid", "app_pid", *numbered) if n not in taken)


def holder(job: Job | Started) -> tuple[str, tree.Item] | None:
    """The variable that keeps a job's number, and where it is set; None where none does."""
    after = following(job.script, job.item)
    if not after or after[0].background or not isinstance(after[0].command, tree.Simple):
        return None  # in the background, it is set in another process
    node = after[0].command
    if node.words or len(node.assignments) != 1 or not _is_last_job(node.assignments[0].value):
        return None
    name = node.assignments[0].name
    return (name, after[0]) if assigned(job.script).count(name) == 1 else None


def _is_last_job(word: tree.Words | None) -> bool:
    parts = word.parts if word is not None else ()
    return len(parts) == 1 and isinstance(parts[0], tree.Parameter) and parts[0].name == "!"


def following(script: tree.Script, item: tree.Item) -> tuple[tree.Item, ...]:
    """The commands behind one, in the same sequence."""
    sequence = sequence_of(ancestors(script.body, item))
    items = sequence.items if sequence is not None else ()
    at = next((n for n, other in enumerate(items) if other is item), len(items))
    return items[at + 1 :]


def kept(job: Job | Started, wanted: str = "pid") -> tuple[str, tuple[Edit, ...]] | None:
    """A variable that holds a job's number, with the edits that it takes; None: none can."""
    if isinstance(job.item.command, tree.Pipeline) and len(job.item.command.commands) > 1:
        return None
    variable = holder(job)
    if variable is not None:
        return variable[0], ()
    path = ancestors(job.script.body, job.item)
    if not alone(path) or not job.item.background:
        return None
    name = unused_name(job.script, wanted)
    edit = put_behind(job.script.text, job.item.end, f"{name}=$!", background=True)
    return None if edit is None else (name, (edit,))


def put_aside(text: Text, at: int, name: str, *more: str) -> Edit | None:
    """Put the command that ends at `at` into the background, do more, and wait for it."""
    keep, wait = f"{name}=$!", f'wait "${name}"'
    start, end = _line(text.text, at)
    if "\n" in text.text and not text.text[at:end].strip():
        line = text.text[start:at]
        indent = line[: len(line) - len(line.lstrip())]
        lines = "".join(f"\n{indent}{command}" for command in (keep, *more, wait))
        edit = Edit.insert(text, at, f" &{lines}")
        if edit is not None:
            return edit
    return Edit.insert(text, at, " & " + "; ".join((keep, *more, wait)))
