"""The words of launches: what was meant as an array, what they start, what expands a `$`."""

from __future__ import annotations

import json

from gracelint import atlas
from gracelint.atlas.argv import base_name
from gracelint.base import lazy
from gracelint.base.facts import Known, Word
from gracelint.base.typed import TYPE_CHECKING
from gracelint.diagnose.launched import last_command
from gracelint.syntax.shell.invoked import shell_text

if TYPE_CHECKING:
    import re
    from collections.abc import Iterator, Sequence

    from gracelint.base.source import Span
    from gracelint.model.story import Story

_QUOTES = {
    "'": "'",
    '"': '"',
    "\u2018": "\u2019",
    "\u2019": "\u2019",
    "\u201c": "\u201d",
    "\u201d": "\u201d",
}
_MEMBER = lazy.compile(
    r"""\s*(?:"(?P<double>(?:[^"\\]|\\.)*)"|'(?P<single>[^']*)'"""
    r"""|[\u2018\u2019](?P<bent>[^\u2018\u2019]*)[\u2018\u2019]"""
    r"""|[\u201c\u201d](?P<curly>[^\u201c\u201d]*)[\u201c\u201d]|(?P<bare>[^\s,'"\[\]]+))\s*"""
)
LIMIT = 10_000


def meant_as_array(text: str) -> bool:
    """Whether `text` looks like an array of words rather than like a shell's test.

    A test has a blank behind its bracket and no commas between its words.
    """
    inner = text.strip()
    if not inner.startswith("[") or len(inner) > LIMIT:
        return False
    rest = inner[1:].lstrip()
    tight = inner[1:2] not in {" ", "\t", "["}
    if rest[:1] in _QUOTES and tight:
        return True
    return array_members(text) is not None and ("," in inner or rest[:1] in _QUOTES or tight)


def array_members(text: str) -> list[str] | None:
    """The words of such an array where they are unambiguous; None otherwise."""
    inner = text.strip()
    if not (inner.startswith("[") and inner.endswith("]")) or len(inner) > LIMIT:
        return None
    members: list[str] = []
    at, end = 1, len(inner) - 1
    while at < end:
        member = _MEMBER.match(inner, at, end)
        if member is None:
            return members if not inner[at:end].strip() else None
        members.append(_value(member))
        at = member.end()
        if at < end:
            if inner[at] != ",":
                return None
            at += 1
    return members


def _value(member: re.Match[str]) -> str:
    value = next(v for v in member.groups() if v is not None)
    return _unescaped(value) if member["double"] else value


def _unescaped(value: str) -> str:
    """What a JSON string holds; one that JSON does not know is taken as it is written.

    Half of a character, which is no text, becomes the replacement character, as the engine has it.
    """
    try:
        read = str(json.loads(f'"{value}"'))
    except ValueError:
        return value
    halves = {c for c in read if "\ud800" <= c <= "\udfff"}.difference(value)
    return "".join("\ufffd" if c in halves else c for c in read) if halves else read


MAX_DEPTH = 8

Started = tuple["Sequence[Word]", "Span | None"]


def started(story: Story) -> Iterator[Started]:
    """The words of every process; where nothing is known of them, those of the launch.

    In the latter case also what known wrappers and the text behind a shell's -c start last.
    """
    if story.tree is not None:
        yield from ((p.argv, p.span) for p in story.tree.walk())
        return
    argv = story.workload.launch.argv
    words: Sequence[Word] | None = argv.value if isinstance(argv, Known) else None
    for _ in range(MAX_DEPTH):
        if not words:
            return
        yield words, words[0].span
        words = _inner(story, words)


def _inner(story: Story, words: Sequence[Word]) -> Sequence[Word] | None:
    """What a wrapper or a shell's text starts; None where that is not known."""
    text = shell_text(words)
    if text is not None:
        return last_command(text)
    env = known(story)
    reference = story.workload.base.reference
    image = atlas.base(reference) if reference is not None else None
    wrapped = atlas.wrapper(words, env, image=image)
    if wrapped is None:
        return None
    return last_command(wrapped.shell_text) if wrapped.shell_text else wrapped.inner


# The word behind one of these is likely to be code.
_CODE = "-c -e -E -r -p -pe -x --eval --print --command --exec --execute"
_PLACEHOLDER = lazy.compile(r"-?-[^=]+=.*\$\{")


def expands_itself(argv: Sequence[Word]) -> bool:
    """Whether the program, by its name, may expand variables in its words, or is not known."""
    if not argv or argv[0].value is None:
        return True
    name = base_name(argv[0].value)
    if atlas.says(name, "expands"):
        return True
    if name.startswith("python") and _module(argv):
        return True
    if "entrypoint" in name or name.endswith((".sh", ".bash")):
        return True
    return _starts_another(argv)


def _module(argv: Sequence[Word]) -> bool:
    return len(argv) > 2 and argv[1].value == "-m" and not atlas.plain_words(argv[2].value or "")


def _starts_another(argv: Sequence[Word]) -> bool:
    """Shells, and wrappers: what they start has its own words."""
    command = argv[0].value or ""
    if atlas.shell_key(command, argv[1:], "dash") is not None:
        return True
    return atlas.wrapper(argv, {}) is not None


def own_words(argv: Sequence[Word]) -> Sequence[Word]:
    """The words that are neither code nor placeholders, as `--url=${HOST}` is one in Spring."""
    placeholders = atlas.says(base_name(argv[0].value or ""), "placeholders")
    words = []
    for before, word in zip((None, *argv), argv, strict=False):
        text = word.value or ""
        code = before is not None and before.value in _CODE.split()
        if (
            not code
            and not any(c in text for c in " \n;|&'\"")
            and not (placeholders and _PLACEHOLDER.match(text))
        ):
            words.append(word)
    return words


def known(story: Story) -> dict[str, str]:
    """The variables of a container whose values are known."""
    return {k: w.value for k, w in story.workload.env.items() if w.value is not None}


def exports_metrics(argv: Sequence[Word]) -> bool:
    """Whether it is an exporter of metrics by its name, or that of the script or module it runs:
    it tells nothing but what it asks others, and is asked again. Options, and their values, are no
    such names.
    """
    words = [word.value or "" for word in argv[:3]]
    program = base_name(words[0]) if words else ""
    names = next((n for start, n in _IN_FRONT.items() if program.startswith(start)), ())
    for before, word in zip(("", *words), words, strict=False):
        given = word.startswith("-") or (before.startswith("-") and before not in names)
        if not given and _EXPORTER.search(word):
            return True
    return False


_EXPORTER = lazy.compile(r"exporter(?:\.[a-z]{2,4})?$")
_IN_FRONT = {"python": ("-m", "-u"), "java": ("-jar",)}
"""The options of interpreters behind which the program's name stands."""
