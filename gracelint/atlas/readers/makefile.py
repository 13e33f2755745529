"""What `make TARGET` runs: the recipes of a Makefile, as far as it is plain."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gracelint.atlas.argv import Parsed
from gracelint.atlas.build import build
from gracelint.atlas.running.lifetimes import short_lived
from gracelint.atlas.words import command_in
from gracelint.base import lazy
from gracelint.base.facts import Word
from gracelint.base.paths import absolute
from gracelint.base.source import Embedded
from gracelint.base.values import dataclass, field

if TYPE_CHECKING:
    import re
    from collections.abc import Iterator, Mapping

    from gracelint.atlas.call import Call
    from gracelint.base.source import Text
    from gracelint.model.entries import Wrapped

_TELLS = {"--version", "-v", "--help", "-h"}
_BUILDS = frozenset(
    (
        *("all", "build", "check", "clean", "compile", "deps", "dist", "distclean", "docs"),
        *("generate", "install", "lint", "migrate", "migrations", "setup", "test"),
    )
)
"""Targets that are done at some time, also where their Makefile is not in sight."""
_FILES = ("GNUmakefile", "makefile", "Makefile")
_RULE = lazy.compile(r"(?P<targets>[^\s:=#][^:=#]*)::?(?!=)(?P<needs>[^#]*)")
_SET = lazy.compile(r"(?:export\s+)?(?P<name>[\w.-]+)\s*(?P<how>\?=|\+=|::?=|=)\s*(?P<value>.*)")
_USE = lazy.compile(r"\$(?:\((?P<a>[^()$]*)\)|\{(?P<b>[^{}$]*)\}|(?P<c>.))")
_BEYOND = lazy.compile(r"(?:-?include|define|ifeq|ifneq|ifdef|ifndef|\.ONESHELL)\b")
_BY_SHELL = frozenset('#;"*?[]&|<>(){}$`^~!=')
_BUILT_IN = frozenset(
    (
        *(".", ":", "break", "case", "cd", "continue", "eval", "exec", "exit", "export", "for"),
        *("if", "read", "set", "shift", "test", "trap", "ulimit", "umask", "unset", "wait"),
        *("while", "until"),
    )
)
_GOES_ON = lazy.compile(r"(?<![ \t])[ \t]*\\\n[ \t]*")
_DEPTH = 20
_LONGEST = 10_000  # characters of a line that are followed
_MOST = 50  # targets of one rule


@dataclass(slots=True)
class _Makefile:
    """rules: what a target needs, and its recipe's lines with their places. phony: targets that
    are no files. values: those of
    variables, as far as they were asked for. open: whether the file says more than is read here.
    """

    text: Text
    rules: dict[str, tuple[list[str], list[tuple[int, int]]]] = field(default_factory=dict)
    variables: dict[str, str] = field(default_factory=dict)
    values: dict[str, str | None] = field(default_factory=dict)
    phony: set[str] = field(default_factory=set)
    first: str = ""
    open: bool = False


def make(call: Call) -> Wrapped | None:
    """`make TARGET`: the one line of its recipes that stays; None where all of them end."""
    if {word.value for word in call.args} & _TELLS:
        return None
    parsed = call.parse()
    words = [word.value for word in parsed.rest]
    if parsed.problem or None in words:
        return build(call, Parsed(problem=parsed.problem or "its target is not known"))
    folder = absolute(parsed.value("-C", "--directory") or ".", call.workdir)
    named = parsed.value("-f", "--file", "--makefile")
    names = (named,) if named else _FILES
    paths = (absolute(name, folder) for name in names)
    makefile = next(filter(None, (call.view.text(p) for p in paths if call.view)), None)
    given = [word for word in words if word is not None]
    if makefile is None and all(word in _BUILDS or "=" in word for word in given):
        return None
    if makefile is None:
        return build(call, Parsed(problem="its Makefile is not in sight"))
    return _started(call, _read(makefile, call.env, [w for w in given if "=" in w]), given, folder)


def _is_made(call: Call, read: _Makefile, target: str, folder: str) -> bool:
    """Whether a file or folder of a target's name is there, which needs nothing: all is done."""
    needs, _ = read.rules.get(target, ([], []))
    if needs or target in read.phony or call.view is None:
        return False
    path = absolute(target, folder)
    return call.view.text(path) is not None or call.view.names(path) is not None


def _started(call: Call, read: _Makefile, given: list[str], folder: str) -> Wrapped | None:
    targets = [word for word in given if "=" not in word] or [read.first]
    targets = [target for target in targets if not _is_made(call, read, target, folder)]
    if not targets:
        return None
    lines = _lines(read, targets)
    words = [_recipe(read, *line) for line in lines]
    stay = [w for w in words if w is not None and not _ends(w)]
    if not stay:
        unread = read.open or any(target not in read.rules for target in targets)
        return build(call, Parsed(problem="its Makefile is not plain")) if unread else None
    if len(stay) > 1:
        return build(call, Parsed(problem="which line of its recipe stays is not known"))
    plain = command_in(stay[0])
    if plain and not _by_shell(stay[0].value or "", plain):
        return build(call, Parsed(rest=plain))
    return build(call, Parsed(), shell_text=stay[0], shell="/bin/sh")  # noqa: S604


def _by_shell(text: str, plain: tuple[Word, ...]) -> bool:
    """Whether make leaves a line to the shell, rather than starting its words itself."""
    return bool(_BY_SHELL & set(text)) or (plain[0].value or "") in _BUILT_IN


def _ends(line: Word) -> bool:
    """Whether a line of a recipe surely ends soon."""
    if line.value is None:
        return False
    parts = [p.split() for p in line.value.replace("&&", ";").split(";")]
    return all(_brief(part) for part in parts)


def _brief(words: list[str]) -> bool:
    if not words or words[0] in {"echo", "printf", "cd", "true", ":", "test", "[", "export"}:
        return True
    return short_lived([Word(word) for word in words]) is True


def _lines(read: _Makefile, targets: list[str]) -> list[tuple[int, int]]:
    """The recipes of targets, each behind those of what it needs."""
    met: set[str] = set()
    lines: list[tuple[int, int]] = []
    queue = [(target, False) for target in targets[::-1]]
    while queue:
        target, ready = queue.pop()
        needs, recipe = read.rules.get(target, ([], []))
        if ready:
            lines += recipe
        elif target not in met:
            met.add(target)
            queue += [(target, True), *((need, False) for need in needs[::-1])]
    return lines


def _read(text: Text, env: Mapping[str, str], given: list[str]) -> _Makefile:
    read = _Makefile(text)
    fixed = dict(word.split("=", 1) for word in given)
    at, target = 0, list[str]()
    for line in _logical(text.text):
        start, at = at, at + len(line)
        if line.startswith("\t"):
            for name in target:
                read.rules[name][1].append((start + 1, at))
        elif line.strip() and not line.startswith("#"):
            target = _statement(read, _joined(line).strip(), env)
    read.variables.update(fixed)
    return read


def _logical(text: str) -> Iterator[str]:
    """The lines of a file, each with those that it goes on in."""
    whole = ""
    for line in text.splitlines(keepends=True):
        whole += line
        if not line.rstrip("\n").endswith("\\"):
            yield whole
            whole = ""
    if whole:
        yield whole


def _joined(line: str) -> str:
    return _GOES_ON.sub(" ", line)


def _statement(read: _Makefile, line: str, env: Mapping[str, str]) -> list[str]:
    """Read a line that belongs to no recipe; the targets whose recipe follows."""
    if setting := _SET.fullmatch(line):
        _assign(read, setting["name"], setting["how"], setting["value"], env)
    elif rule := _RULE.match(line):
        targets = rule["targets"].split()[:_MOST]
        for name in targets:
            needs, _ = read.rules.setdefault(name, ([], []))
            needs += [] if name.startswith(".") else rule["needs"].partition(";")[0].split()
            if name == ".PHONY":
                read.phony.update(rule["needs"].split())
        read.first = read.first or next((t for t in targets if t[0] != "."), "")
        return targets
    read.open |= bool(_BEYOND.match(line))
    return []


def _assign(read: _Makefile, name: str, how: str, value: str, env: Mapping[str, str]) -> None:
    before = read.variables.get(name, env.get(name))
    if how == "?=" and before is not None:
        value = before
    elif how == "+=":
        value = f"{before or ''} {value}".strip()
    read.variables[name] = value


def _recipe(read: _Makefile, start: int, end: int) -> Word | None:
    """A line of a recipe as make runs it; None for one that is empty."""
    written = read.text.text[start:end].rstrip("\n")
    line = written.lstrip("@-+ ")
    at = start + len(written) - len(line)
    if not line or line.startswith("#"):
        return None
    value = _expanded(_joined(line), read, 0)
    span = read.text.span(at, at + len(line))
    if value is None:
        return Word(None, span, reason="a variable of its Makefile is not known")
    text = Embedded.slice(read.text, at, at + len(line)) if value == line else None
    return Word(value, span, text)


def _expanded(text: str, read: _Makefile, depth: int) -> str | None:
    """A text with the variables' values; None where one is not known, or it grows too long."""
    missing = False

    def value(match: re.Match[str]) -> str:
        nonlocal missing
        name = match["a"] or match["b"] or match["c"] or ""
        if match["c"] == "$":
            return "$"
        if name not in read.variables:
            missing |= not name.replace("_", "").isalnum()
            return ""
        if name not in read.values:
            read.values[name] = None  # until it is known: a variable may name itself
            if depth < _DEPTH:
                read.values[name] = _expanded(read.variables[name], read, depth + 1)
        inner = read.values[name]
        missing |= inner is None
        return inner or ""

    done = _USE.sub(value, text)
    return None if missing or len(done) > _LONGEST else done
