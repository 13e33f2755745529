"""Java programs in sight that start another and leave the work to it.

Sources of programs that use libraries of others are searched, not played: only plain forms are
told.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from gracelint.base import lazy
from gracelint.base.facts import Unknown, Word
from gracelint.model.entries import Wrapped

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gracelint.base.source import Text

_STARTS = lazy.compile(r"\bProcessBuilder\s*\(|\bgetRuntime\s*\(\s*\)\s*\.\s*exec\s*\(")
_HOOK = lazy.compile(r"\baddShutdownHook\s*\(")
_TELLS = lazy.compile(r"\.\s*destroy\s*\(\s*\)")
_WAITS = lazy.compile(r"\.\s*(?:waitFor|join)\s*\(")
_LISTED = lazy.compile(
    r"\s*(?:(?:java\.util\.)?(?:List\.of|Arrays\.asList)\s*\(|new\s+String\s*\[\s*\]\s*\{"
    r"|(?:mutableListOf|listOf|arrayOf)\s*\()"
)
_NAMED = lazy.compile(r"\s*(\w+)\s*\)")
_SPREAD = lazy.compile(r"\s*\*args\s*\)")
_TEXT = lazy.compile(r'\s*"((?:[^"\\\n]|\\.)*)"\s*(?P<end>[,)}])')
_FRAMEWORKS = lazy.compile(r"\bSpringApplication\b|\bHttpServer\b|\bServerSocket\b|\bQuarkus\b")
_CLASS_PATH = frozenset({"-cp", "-classpath", "--class-path"})
MAX_HOOK = 800


def classes(words: Sequence[str]) -> list[str]:
    """Where the class may lie that `java [OPTION…] CLASS` starts, by the class path."""
    places, rest = ["."], iter(words[1:])
    for word in rest:
        if word in _CLASS_PATH:
            places = [place.removesuffix("*") or "." for place in next(rest, "").split(":")]
        elif not word.startswith("-"):
            return [f"{place}/{word.replace('.', '/')}.class" for place in places]
    return []


def started(words: Sequence[str]) -> str:
    """The class or the source that `java` is given, by its name alone; "" for a jar."""
    named = next((w for w in words[1:] if w.endswith(".java")), "")
    if named:
        return named.rpartition("/")[2].removesuffix(".java")
    places = classes(words)
    return places[0].rpartition("/")[2].removesuffix(".class") if places else ""


def arguments(words: Sequence[str]) -> Sequence[str]:
    """What the program itself is given."""
    rest = list(words[1:])
    while rest:
        word = rest.pop(0)
        if word in _CLASS_PATH or word == "-jar":
            if word == "-jar":
                return rest[1:]
            rest = rest[1:]
        elif not word.startswith("-"):
            return rest
    return ()


def properties(words: Sequence[str]) -> dict[str, str]:
    """What options of the JVM set: `-Dname=value`."""
    given = [word[2:].partition("=") for word in words[1:] if word.startswith("-D")]
    return {name: value for name, _, value in given}


def launcher(
    sources: Sequence[tuple[Text, str]], args: Sequence[Word], *, closes: str = "}))"
) -> Wrapped | Unknown | None:
    """What a program starts and waits for; None where it does not show, Unknown where it does and
    only what becomes of a signal is open.

    sources: its files, each with its text without comments. args: what it is started with. closes:
    how a hook ends in its language.
    """
    calls = [(text, match) for text, bare in sources for match in _STARTS.finditer(bare)]
    bare = "\n".join(bare for _, bare in sources)
    if not calls or not _WAITS.search(bare) or _FRAMEWORKS.search(bare):
        return None
    words = _words(calls[0][0], calls[0][1].end()) if len(calls) == 1 else None
    if words is None:
        return Unknown("what it starts is put together by the program")
    hooks = [bare[m.end() : m.end() + MAX_HOOK] for m in _HOOK.finditer(bare)]
    if not hooks:
        return _wrapped("die", words, args)
    parts = re.split(_TELLS.pattern, hooks[0], maxsplit=1)
    if len(parts) > 1 and _WAITS.search(parts[1].partition(closes)[0]):
        return _wrapped("forward", words, args)
    return Unknown(f"its source does not show what its hook does about `{words[0].value}`")


def _words(text: Text, at: int) -> list[Word] | None:
    """The texts that a call is given, one by one or as a list; None for anything else."""
    named = _NAMED.match(text.text, at)
    at = _definition(text.text, named[1], at) if named else at
    listed = _LISTED.match(text.text, at)
    words: list[Word] = []
    at = listed.end() if listed else at
    while (match := _TEXT.match(text.text, at)) is not None:
        words.append(Word(match[1], text.span(match.start(1), match.end(1))))
        at = match.end()
        if match["end"] != ",":
            return words
        if (spread := _SPREAD.match(text.text, at)) is not None:
            return [*words, Word(None, text.span(*spread.span()), many=True)]
    return None


def _definition(text: str, name: str, at: int) -> int:
    """Where the one value of a variable stands; `at` for one that has several, or is changed."""
    if re.search(rf"\b{name}\s*\.\s*(?:add|set|remove|put)\w*\s*\(", text):
        return at
    found = list(re.finditer(rf"\b{name}\b(?:\s*:[^=\n]+)?\s*=(?!=)", text))
    return found[0].end() if len(found) == 1 else at


def _wrapped(behaviour: Any, words: list[Word], args: Sequence[Word]) -> Wrapped:
    name, source = (args[0].value or "").rpartition("/")[2], "the Java source in sight"
    return Wrapped(name, "wrapper", behaviour, source, inner=tuple(words), rewrite={"INT": "TERM"})
