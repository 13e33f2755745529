"""What a program might do besides what was played: handlers in sight that nothing was seen to set.

A package of somebody else's is taken to set none, unless it is listed, or it is a framework whose
main loop is what keeps the program running: those often do.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from gracelint.simulate.sources.machine.values import Closure
from gracelint.simulate.sources.scan import LANGUAGES, bare, by_libraries, search
from gracelint.syntax.code import tree

if TYPE_CHECKING:
    from gracelint.model.workload import ImageFiles
    from gracelint.simulate.sources.machine.code import Code
    from gracelint.simulate.sources.machine.machine import Machine


def doubt(machine: Machine, files: ImageFiles) -> str:
    """Why there may be a handler that was not seen to be set; "" where there is none.

    A program that comes to its end unless something unknown stays may have nothing to stop at all.
    """
    if machine.mode.get("ends?") and not machine.kept():
        return "nothing in sight keeps it running"
    if _is_elsewhere(machine):
        return "what it calls is not in sight"
    spoken = LANGUAGES[machine.library.dialect.name]
    used = _used(machine.codes)
    for code in machine.codes:
        text = bare(code.text.text, spoken)
        places = [match.span() for match in spoken.installs.finditer(text)]
        if spoken.name == "node":
            places += [at for at, _ in by_libraries(code.text.text, text)]
        for start, end in places:
            if not _set(machine, code, start, end) and _reachable(machine, code, start, used):
                return f"whether `{code.path}` comes to install its handler is not seen"
    framework, life = machine.mode.get("framework"), machine.mode.get("life", "")
    if framework and life.startswith(f"`{framework}`") and not machine.kept():
        return f"`{framework}` may install a handler: it is not in sight"
    if not machine.unread:
        return ""
    sources = search(spoken.name, files, but=frozenset(code.path for code in machine.codes))
    libraries = [span for span, _ in sources.frameworks] if spoken.name == "node" else []
    handlers = sources.handlers or libraries
    if handlers:
        return f"{machine.unread[0]}; it may use the handler in `{handlers[0].source.path}`"
    return "" if sources.whole else machine.unread[0]


def _is_elsewhere(machine: Machine) -> bool:
    """Whether code on the command line does no more than call a program that is a package."""
    code = machine.codes[0] if machine.codes else None
    if code is None or not code.path.endswith("[command line]") or not machine.unknown:
        return False
    return not any(name in {"loop", "iterate"} for name, _, _ in code.instructions)


def _set(machine: Machine, code: Code, start: int, end: int) -> bool:
    return any(
        path == code.path and first <= end and start <= last
        for path, first, last in machine.installs
    )


def _used(codes: list[Code]) -> frozenset[str]:
    """The names by which something may be called: what is only imported, or stands below the
    question whether a file is the program that was started, and it is not, is not among them.
    """
    names, queue = set[str](), [(code, _own_start(code)) for code in codes[1:]] + [(codes[0], ())]
    while queue:
        code, left_out = queue.pop()
        for at, (name, argument, node) in enumerate(code.instructions):
            if any(at in way for way in left_out):
                continue
            if name in {"load", "method"} or (name == "member" and isinstance(node, tree.Member)):
                names.add(argument)
            elif name == "function":
                queue.append((argument, ()))
            elif name == "class":
                queue.append((argument[0], ()))
    return frozenset(names)


def _own_start(code: Code) -> tuple[range, ...]:
    """The instructions behind `if __name__ == "__main__"`, which a file that is imported skips."""
    return tuple(
        range(at, argument.target)
        for at, (name, argument, node) in enumerate(code.instructions)
        if name == "branch" and isinstance(node, tree.If) and _asks_for_main(node.test)
    )


def _asks_for_main(test: tree.Node) -> bool:
    parts = test.operands if isinstance(test, tree.Operation) and test.operator == "==" else ()
    return any(isinstance(part, tree.Name) and part.name == "__name__" for part in parts)


def _handlers(machine: Machine) -> set[tuple[str, int]]:
    """Functions that are handlers: what they set is set once their own signal has come."""
    closures = [value for value in machine.handlers.values() if isinstance(value, Closure)]
    return {(c.code.path, c.code.function.start) for c in closures if c.code.function is not None}


def _reachable(machine: Machine, code: Code, at: int, used: frozenset[str]) -> bool:
    """Whether the function around a place was never called although something names it, or a
    decorator may have kept it.
    """
    functions = [
        f.function
        for f in machine.functions(code)
        if f.function is not None and f.function.start <= at < f.function.end
    ]
    if not functions:
        return False
    innermost = max(functions, key=lambda f: f.start)
    if (code.path, innermost.start) in machine.entered | _handlers(machine):
        return False
    return all(not f.name or f.name in used or _kept(f) for f in functions)


def _kept(function: tree.Function) -> bool:
    """Whether a decorator may call it, other than those of the language's own."""
    return any(not _is_plain(decorator) for decorator in function.decorators)


def _is_plain(decorator: tree.Node) -> bool:
    return isinstance(decorator, tree.Name) and decorator.name in _PLAIN


_PLAIN = frozenset({"property", "staticmethod", "classmethod", "cached_property", "override"})
