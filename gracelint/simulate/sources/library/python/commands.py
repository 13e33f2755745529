"""click and typer: which function of a program a command line asks for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gracelint.simulate.sources.library.base import synthetic
from gracelint.simulate.sources.library.python.language import CLI, FUNCTIONS, PYTHON
from gracelint.simulate.sources.machine.values import (
    NOTHING,
    Bound,
    Closure,
    Items,
    Record,
    spelled,
)
from gracelint.syntax.code import tree

if TYPE_CHECKING:
    from gracelint.simulate.sources.machine.state import Given


def _command(function: Any) -> Bound:
    """A command, or a group of them: the function that comes first, and its commands by name."""
    return Bound(Record("cli", {"function": function, "commands": {}}), "main")


for _name in ("click.group", "click.command", "rich_click.group", "rich_click.command"):
    PYTHON.makers |= {_name: _command, f"{_name}()": _command}


@FUNCTIONS.add("typer.Typer")
def _typer(given: Given) -> Any:
    del given
    return _command(None)


@FUNCTIONS.add("typer.run")
def _run(given: Given) -> Any:
    return _called(given, [given.get(0)])


@CLI.add("command", "group", "callback")
def _registrar(given: Given) -> Any:
    """A decorator that adds a function, under its own name where none is given."""
    name = spelled(given.get(0, "name"))
    first = given.path == "callback"
    return Record("registrar", {"of": given.receiver, "name": name, "first": first})


def register(registrar: Record, function: Any) -> Any:
    """Add a function to the commands of a group."""
    held = registrar.fields
    if held["first"]:
        held["of"].fields["function"] = function
        return function
    value = _command(function)
    name = held["name"] or function.code.name.lower().replace("_", "-")
    held["of"].fields["commands"][name] = value.receiver
    return value


PYTHON.makers["registrar"] = register


@CLI.add("add_command", "add_typer")
def _add(given: Given) -> Any:
    value, name = given.get(0), spelled(given.get(1, "name"))
    if isinstance(value, Bound) and isinstance(value.receiver, Record):
        function = value.receiver.fields.get("function")
        implied = function.code.name.replace("_", "-") if isinstance(function, Closure) else None
        given.receiver.fields["commands"][name or implied] = value.receiver
    return None


@CLI.add("main", "__call__", "invoke")
def _main(given: Given) -> Any:
    """The functions of the group, of the command in it, and so on, one after the other."""
    words = [w for w in given.machine.environment["argv"][1:] if isinstance(w, str)]
    at, functions = given.receiver, []
    for _ in range(_DEEPEST):
        functions.append(at.fields["function"])
        commands = at.fields["commands"]
        names = [word for word in words if word in commands]
        if names:
            words = words[words.index(names[0]) + 1 :]
            at = commands[names[0]]
        elif len(commands) == 1 and at.fields["function"] is None:
            at = next(iter(commands.values()))
        else:
            break
    return _called(given, functions)


_DEEPEST = 20  # groups within groups


def _called(given: Given, functions: list[Any]) -> Any:
    """Call functions with arguments that are not known, unless they have defaults."""
    at = given.node.start, given.node.end
    names: dict[str, Any] = {}
    body: list[tree.Node] = []
    for index, function in enumerate(f for f in functions if isinstance(f, Closure)):
        node = function.code.function
        count = sum(p.default is None and not p.rest for p in node.parameters) if node else 0
        names |= {f"\0f{index}": function, f"\0a{index}": Items([NOTHING] * count)}
        argument = tree.Argument(*at, tree.Name(*at, f"\0a{index}"), spread=True)
        body.append(tree.Call(*at, tree.Name(*at, f"\0f{index}"), (argument,)))
    return synthetic(given, tuple(body), names)
