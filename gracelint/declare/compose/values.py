"""A Compose service's values as facts: commands, hooks, durations, signals, environment, mounts."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from gracelint.base import durations
from gracelint.base.facts import Known, Unknown, Word
from gracelint.base.paths import seen_from
from gracelint.declare.compose.interpolate import dotenv
from gracelint.declare.compose.words import is_shell_text, split
from gracelint.model.workload import Command, Hook

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Literal

    from gracelint.base.facts import Fact
    from gracelint.base.source import Source
    from gracelint.declare.compose.model import Service, Value
    from gracelint.files.tree import Files
    from gracelint.model.workload import PidNamespace

DEFAULT_GRACE = 10.0
"""Seconds between the stop signal and SIGKILL where nothing else is said."""

_TRUE = frozenset({"true", "y", "yes", "on"})
_FALSE = frozenset({"false", "n", "no", "off"})
_SHELL = (Word("/bin/sh"), Word("-c"))


def string(value: Value | None) -> Fact[str] | None:
    """A scalar after interpolation; None where there is none."""
    if value is None:
        return None
    text = value.text
    if text.value is None:
        return Unknown(text.reason, (value.span,))
    return Known(text.value, (value.span,))


def boolean(value: Value | None) -> Fact[bool] | None:
    """A boolean, quoted or not; None where there is none."""
    fact = string(value)
    if fact is None or isinstance(fact, Unknown):
        return fact
    word = fact.value.lower()
    if word in _TRUE or word in _FALSE:
        return Known(word in _TRUE, fact.origins)
    return Unknown(f"`{fact.value}` is no boolean", fact.origins)


def grace(value: Value | None) -> Fact[float]:
    """`stop_grace_period` in the whole seconds that the engine is told."""
    fact = string(value)
    if fact is None:
        return Known(DEFAULT_GRACE, (), assumed=True)
    if isinstance(fact, Unknown):
        return fact
    seconds = durations.compose(fact.value)
    if seconds is None:
        return Unknown(f"`{fact.value}` is not a duration", fact.origins)
    if seconds <= -1:
        return Unknown(f"`{fact.value}` makes the engine wait without end", fact.origins)
    return Known(float(math.trunc(seconds)), fact.origins)


def pid_namespace(value: Value | None) -> PidNamespace | None:
    """Whose processes the container shares; None where that cannot be told."""
    fact = string(value)
    if fact is None:
        return "private"
    if isinstance(fact, Unknown):
        return None
    if fact.value == "host":
        return "host"
    kind = fact.value.partition(":")[0]
    names: dict[str, PidNamespace] = {"service": "service", "container": "shared"}
    return names.get(kind, "private")


MAX_COMMAND = 100_000
"""Characters of a command that is read; the kernel takes no longer argument than 128 KiB."""


def command(value: Value | None, form: Literal["exec", "args"] = "exec") -> Fact[Command | None]:
    """`entrypoint:` or `command:` (string or list); Known(None) for an empty one."""
    if value is None:
        return Known(None)
    if value.node.kind == "sequence":
        words = tuple(_listed(value))
    else:
        if len(value.text.text.text) > MAX_COMMAND:
            return Unknown(f"it has more than {MAX_COMMAND:,} characters", (value.span,))
        line = split(value.text)
        if line.error:
            return Unknown(f"Compose rejects this text: {line.error}", (value.span,))
        words = line.words
    if not words:
        return Known(None, (value.span,))
    return Known(Command(value.key.value, form, value.span, value.place, words), (value.span,))


def _listed(value: Value) -> list[Word]:
    words: list[Word] = []
    for child in value.children():
        text = child.text
        whole = text.text if is_shell_text(words) and not text.error else None
        words.append(Word(whole.text, child.place, whole) if whole is not None else _word(child))
    return words


def _word(value: Value) -> Word:
    text = value.text
    if text.value is None:
        return Word(None, value.place, None, text.reason)
    return Word(text.value, value.place, text.text)


def healthcheck(value: Value | None) -> Fact[Command | None] | None:
    """The health check's command; Known(None): switched off, None: none is given."""
    if value is None:
        return None
    off = boolean(value.get("disable"))
    if isinstance(off, Known) and off.value:
        return Known(None, off.origins)
    test = value.get("test")
    if test is None:
        return None
    if test.node.kind == "scalar":
        return _shell_command(test, _word(test))
    words = [_word(child) for child in test.children()]
    kind = words[0].value if words else None
    if kind == "CMD-SHELL" and len(words) > 1:
        return _shell_command(test, words[1])
    if kind == "CMD" and len(words) > 1:
        return Known(Command("test", "exec", test.span, test.place, tuple(words[1:])))
    return Known(None, (test.span,)) if kind == "NONE" else None


def _shell_command(value: Value, word: Word) -> Fact[Command | None]:
    shell_command = Command(value.key.value, "shell", value.span, value.place, (word,), _SHELL)
    return Known(shell_command, (value.span,))


def hooks(service: Service) -> tuple[Hook, ...]:
    """The `pre_stop` and `post_start` hooks, in order."""
    handlers: list[Hook] = []
    names: dict[str, Literal["preStop", "postStart"]] = {
        "pre_stop": "preStop",
        "post_start": "postStart",
    }
    for key, when in names.items():
        for value in service.values(key):
            for item in value.children():
                given = command(item.get("command"))
                argv = given.value if isinstance(given, Known) else None
                handlers.append(Hook(when, "exec", item.place, argv))
    return tuple(handlers)


def environment(service: Service, files: Files) -> dict[str, Word]:
    """The variables that `env_file` and `environment` set; those from outside are left out.

    One without a value is passed on as the project's `.env` has it.
    `SECRET=${SECRET:-}` is from outside: nobody writes it in order to set nothing.
    """
    variables: dict[str, Word] = {}
    for value in service.values("env_file"):
        for item in [value] if value.node.kind == "scalar" else value.children():
            variables.update(_env_file(item, files))
    for value in service.values("environment"):
        for name, written, passed in _variables(value):
            variables.pop(name, None)
            given = value.context.variables.get(name) if written is None else None
            word = written if given is None else Word(given, value.place)
            if word is not None and not (passed and word.value == ""):
                variables[name] = word
    return variables


def is_open(service: Service, files: Files) -> bool:
    """Whether it is given variables from outside, or files of them that are not in sight."""
    for value in service.values("env_file"):
        for item in [value] if value.node.kind == "scalar" else value.children():
            if _source(item, files) is None:
                return True
    for value in service.values("environment"):
        for name, written, passed in _variables(value):
            given = value.context.variables.get(name) if written is None else written.value
            if given is None or (passed and not given):
                return True
    return False


def _source(item: Value, files: Files) -> Source | None:
    """A file of variables."""
    chosen = item if item.node.kind == "scalar" else item.get("path")
    path = chosen.text.value if chosen is not None else None
    where = None if path is None else seen_from(item.context.folder, path)
    return None if where is None else files.read(where)


def _env_file(item: Value, files: Files) -> dict[str, Word]:
    source = _source(item, files)
    if source is None:
        return {}
    return {name: Word(value, item.place) for name, value in dotenv(source.text).items()}


def _variables(value: Value) -> Iterator[tuple[str, Word | None, bool]]:
    """Names with their values, None for one from outside, and whether others stood in a value."""
    if value.node.kind == "mapping":
        for name, child in value.pairs():
            word = None if child.node.is_null else _word(child)
            yield name, word, child.node.kind == "scalar" and child.text.replaced
    for child in value.children():
        text = child.text
        name, equals, _ = text.text.text.partition("=")
        if not equals:
            yield name, None, False
        elif text.value is None:
            yield name, Word(None, child.place, None, text.reason), True
        else:
            yield name, Word(text.value[len(name) + 1 :], child.place), text.replaced


def arguments(values: tuple[Value, ...]) -> dict[str, str]:
    """Build arguments (mappings or lists); those that are not in sight are left out."""
    args: dict[str, str] = {}
    for value in values:
        for name, word, _ in _variables(value):
            given = value.context.variables.get(name) if word is None else word.value
            args.pop(name, None)
            if given is not None:
                args[name] = given
    return args
