"""How long a hook takes at least: what its sleeps add up to."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from gracelint import atlas
from gracelint.base import durations, lazy
from gracelint.base.facts import Known, Unknown
from gracelint.syntax.shell import tree as shelltree
from gracelint.syntax.shell.invoked import SHELLS, shell_text
from gracelint.syntax.shell.kills import killed, killed_by_name

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from gracelint.base.facts import Fact, Word
    from gracelint.base.source import Text
    from gracelint.model.entries import Program
    from gracelint.model.workload import Command, Hook, ImageFiles
    from gracelint.syntax.shell.tree import AnyCommand, Commands, Words

_ENDS = frozenset({"exit", "return", "break", "continue", "exec"})
_Task: TypeAlias = "tuple[AnyCommand | Commands | shelltree.Item, float]"


def duration(hook: Hook, env: Mapping[str, Word], files: ImageFiles | None = None) -> Fact[float]:
    """Seconds that a hook takes at least; assumed: other commands in it take time, too.

    env: the container's variables. files: its files; a script of the hook that is among them is
    read. Unknown for a handler that runs elsewhere (httpGet).
    """
    if hook.handler == "sleep" and hook.seconds is not None:
        return hook.seconds
    if hook.command is None:
        return Unknown("how long the handler takes is not told here", (hook.span,))
    word = shell_text(hook.command.argv)
    script = _script(hook.command, env, files) if word is None else word.text
    if word is not None or script is not None:
        seconds = 0.0 if script is None else _script_seconds(script, env)
        return Known(seconds, (hook.command.value,), assumed=True)
    slept = _sleep([word.value for word in hook.command.words])
    return Known(slept or 0.0, (hook.command.value,), assumed=slept is None)


def _script(command: Command, env: Mapping[str, Word], files: ImageFiles | None) -> Text | None:
    """The shell script that a command starts, by itself or as a shell's operand."""
    words = [word.value for word in command.words if not (word.value or "").startswith("-")]
    if files is None or not words or words[0] is None:
        return None
    by_shell = _name(words[0]) in SHELLS
    name = words[1] if by_shell and len(words) > 1 else words[0]
    path = env.get("PATH")
    script = files.find(name or "", (path and path.value) or "", "/")
    if script is None or script.text is None:
        return None
    first = script.text.text.split("\n", 1)[0]
    other = first.startswith("#!") and not any(shell in first for shell in SHELLS)
    return None if other and not by_shell else script.text


def commands(command: Command) -> list[list[str | None]] | None:
    """The simple commands of a hook in order, as words; None when it has control structures."""
    text = shell_text(command.argv)
    if text is None:
        return [[word.value for word in command.words]]
    if text.text is None:
        return None
    lines: list[list[str | None]] = []
    stack: list[object] = [_parse(text.text)]
    while stack:
        node = stack.pop()
        match node:
            case shelltree.Commands(items=items):
                stack += reversed(items)
            case shelltree.Item(command=inner, background=False):
                stack.append(inner)
            case shelltree.AndOr(left=left, right=right):
                stack += (right, left)
            case shelltree.Simple(words=words):
                lines.append([word.literal for word in words])
            case _:
                return None
    return lines


def all_commands(command: Command) -> list[list[str | None]]:
    """Every simple command of a hook or probe, whether it surely runs or not, as words."""
    from gracelint.syntax.shell.parse import walk

    text = shell_text(command.argv)
    if text is None or text.text is None:
        return [[word.value for word in command.words]]
    nodes = (node for node in walk(_parse(text.text)) if isinstance(node, shelltree.Simple))
    return [[word.literal for word in node.words] for node in nodes if node.words]


def stops_and_waits(command: Command, program: Program) -> bool:
    """Whether a hook has a program finish its work in the intended way, and waits for its end.

    It waits in a loop, by a tool that does, or for a time.
    """
    run = all_commands(command)
    asked = next((at for at, words in enumerate(run) if asks(words, program)), None)
    if asked is None:
        return False
    request = atlas.stop(run[asked])
    if (request is not None and request.waits) or _has_loop(command):
        return True
    return any(_name(words[0]) in _WAITING for words in run[asked + 1 :] if words)


_WAITING = frozenset({"sleep", "wait", "tail", "pidwait", "waitpid"})


def asks(words: Sequence[str | None], program: Program) -> bool:
    """Whether a command sends a program the signal on which it finishes its work."""
    sent = killed(words) or killed_by_name(words)
    if sent is not None:
        return sent[0] == program.graceful_signal
    request = atlas.stop(words)
    if request is None or program.key not in request.programs:
        return False
    return request.signal == program.graceful_signal


def _has_loop(command: Command) -> bool:
    from gracelint.syntax.shell.parse import walk

    text = shell_text(command.argv)
    if text is None or text.text is None:
        return False
    return any(isinstance(node, shelltree.While) for node in walk(_parse(text.text)))


def _parse(text: Text) -> Commands:
    from gracelint.syntax.shell.parse import parse

    return parse(text).body


def _name(word: str | None) -> str | None:
    return None if word is None else word.rpartition("/")[2]


def _script_seconds(text: Text, env: Mapping[str, Word]) -> float:
    """The sleeps that a script surely comes to, if what it runs succeeds."""
    total = 0.0
    counters: dict[str, int] = {}
    stack: list[_Task] = [(_parse(text), 1.0)]
    while stack:
        node, times = stack.pop()
        if isinstance(node, shelltree.Simple):
            counters |= _set(node)
            values = [_value(word, env) for word in node.words]
            total += times * (_sleep(values) or 0.0)
            if values and values[0] in _ENDS:
                break
        else:
            inner = _inside(node, counters)
            if not inner and _may_end(node):
                break
            stack += [(each, times * more) for each, more in reversed(inner)]
    return total


def _inside(
    node: AnyCommand | Commands | shelltree.Item, counters: Mapping[str, int]
) -> list[_Task]:
    """What surely runs of a command's parts, and how often. counters: variables with numbers."""
    match node:
        case shelltree.Commands(items=items):
            return [(item, 1.0) for item in items]
        case shelltree.Item(command=inner, background=False):
            return [(inner, 1.0)]
        case shelltree.Group(body=body) | shelltree.Subshell(body=body):
            return [(body, 1.0)]
        case shelltree.Pipeline(commands=(inner,)):
            return [(inner, 1.0)]
        case shelltree.AndOr(left=left, operator="&&", right=right):
            return [(left, 1.0), (right, 1.0)]
        case shelltree.AndOr(left=left, right=right) if not _may_end(right):
            return [(left, 1.0)]
        case shelltree.For(body=body) if not _may_end(node):
            return [(body, float(_rounds(node)))]
        case shelltree.ArithmeticFor(expressions=expressions, body=body) if not _may_end(node):
            return [(body, float(_counted(expressions)))]
        case shelltree.While(until=False, body=body) if not _may_end(node):
            return [(body, float(_counted(_expressions(node, counters))))]
    return []


def _set(node: shelltree.Simple) -> dict[str, int]:
    """The variables that a command without words sets to numbers."""
    literals = {a.name: a.value.literal for a in node.assignments if a.value and not node.words}
    return {name: int(text) for name, text in literals.items() if text and _is_number(text)}


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) < 7


_START = lazy.compile(r"\s*(\w+)\s*=\s*(\d{1,6})\s*")
_LIMIT = lazy.compile(r"\s*\$?(\w+)\s*(<|<=|-lt|-le)\s*(\d{1,6})\s*")
_STEP = lazy.compile(r"\s*(?:\$?(\w+)\s*(?:\+\+|\+=?\s*1)|\+\+(\w+)|1\s*\+\s*\$?(\w+))\s*")


def _counted(expressions: tuple[str, str, str]) -> int:
    """How often a loop goes round that counts up by one to a limit; 0 when that is not told."""
    parts = [p.fullmatch(e) for p, e in zip((_START, _LIMIT, _STEP), expressions, strict=True)]
    start, limit, step = parts
    if start is None or limit is None or step is None:
        return 0
    if {start[1], limit[1], next(name for name in step.groups() if name)} != {start[1]}:
        return 0
    return max(int(limit[3]) - int(start[2]) + (limit[2] in {"<=", "-le"}), 0)


def _expressions(node: shelltree.While, counters: Mapping[str, int]) -> tuple[str, str, str]:
    """`while [ $i -lt 9 ]; do …; i=$((i+1)); done` as `for ((i=0; i < 9; i+1))` has it."""
    items = node.condition.items
    test = items[0].command if len(items) == 1 else None
    if not isinstance(test, shelltree.Simple) or test.name not in {"[", "test"}:
        return "", "", ""
    words = [word for word in test.words[1:] if word.literal != "]"]
    name = words[0].parts[0] if words and len(words[0].parts) == 1 else None
    if not isinstance(name, shelltree.Parameter) or name.operator or name.name not in counters:
        return "", "", ""
    limit = " ".join([name.name, *(word.literal or "?" for word in words[1:])])
    steps = [step for item in node.body.items for step in _steps(item.command, name.name)]
    return f"{name.name}={counters[name.name]}", limit, steps[0] if len(steps) == 1 else ""


def _steps(command: AnyCommand, name: str) -> list[str]:
    """What a command of a loop's body makes of a variable, as arithmetic; "" for anything else."""
    if not isinstance(command, shelltree.Simple):
        return []
    values = [a.value for a in command.assignments if a.name == name]
    parts = [value.parts[0] if value and len(value.parts) == 1 else None for value in values]
    return [p.expression if isinstance(p, shelltree.Arithmetic) else "" for p in parts]


def _may_end(node: shelltree.Node) -> bool:
    from gracelint.syntax.shell.parse import walk

    return any(isinstance(n, shelltree.Simple) and n.name in _ENDS for n in walk(node))


def _rounds(node: shelltree.For) -> int:
    """How often a loop over fixed words or `seq` goes round; 0 when that is not told."""
    if node.words is None:
        return 0
    if len(node.words) == 1 and (count := _sequence(node.words[0])):
        return count
    return len(node.words) if all(w.literal is not None for w in node.words) else 0


def _sequence(word: Words) -> int:
    """`$(seq 10)`, `$(seq 1 10)` and `{1..10}`."""
    if len(word.parts) != 1 or not isinstance(word.parts[0], shelltree.Substitution):
        text = (word.literal or "").removeprefix("{").removesuffix("}")
        first, dots, last = text.partition("..")
        numbers = [first, last] if dots else []
    else:
        items = word.parts[0].body.items
        inner = items[0].command if len(items) == 1 else None
        if not isinstance(inner, shelltree.Simple) or inner.name != "seq":
            return 0
        literals = [w.literal or "" for w in inner.words[1:]]
        numbers = ["1", *literals] if len(literals) == 1 else literals
    if len(numbers) != 2 or not all(n.isascii() and n.isdigit() and len(n) < 7 for n in numbers):
        return 0
    return max(int(numbers[1]) - int(numbers[0]) + 1, 0)


def _value(word: Words, env: Mapping[str, Word]) -> str | None:
    if word.literal is not None:
        return word.literal
    if len(word.parts) == 1 and isinstance(word.parts[0], shelltree.Parameter):
        parameter = word.parts[0]
        value = env.get(parameter.name)
        if value is not None and parameter.operator in {"", ":-", "-"}:
            return value.value
    return None


def _sleep(words: Sequence[str | None]) -> float | None:
    """The seconds of `sleep …`, also behind `exec` and busybox; None when it is something else."""
    rest = list(words)
    while rest and _name(rest[0]) in {"exec", "busybox", "command"}:
        rest = rest[1:]
    if not rest or _name(rest[0]) != "sleep":
        return None
    amounts = [durations.coreutils(word) for word in rest[1:]]
    numbers = [a for a in amounts if a is not None]
    return sum(numbers) if len(numbers) == len(amounts) else 0.0  # it rejects what is no duration
