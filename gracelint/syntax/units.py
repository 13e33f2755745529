"""systemd unit files: sections, keys and values with places.

Source: systemd.syntax(7): a backslash at the end of a line joins it to the next, which comments in
between do not break; lines that begin with `#` or `;` are comments; a later key of the same name
adds to the earlier one, an empty value forgets them. Drop-ins are read behind the unit itself.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from gracelint.base.facts import Word
from gracelint.base.source import Embedded, Segment
from gracelint.base.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from gracelint.base.source import Source, Span

_ESCAPES = {"n": "\n", "t": "\t", "s": " ", "\\": "\\", '"': '"', "'": "'"}


@dataclass(frozen=True, slots=True)
class Setting:
    """`key=value` in a section. key: where the name stands. value: lines joined by a space."""

    section: str
    name: str
    key: Span
    value: Embedded

    @property
    def text(self) -> str:
        """The value."""
        return self.value.text

    @property
    def place(self) -> Span:
        """Where the value stands; for an empty one the place behind the `=`."""
        return self.value.span(0, len(self.value.text))

    @property
    def span(self) -> Span:
        """Key and value."""
        return self.key.to(self.place)


class Unit:
    """A unit file's settings in order, and those of its drop-ins behind them."""

    __slots__ = ("_sections", "settings", "source", "sources")

    def __init__(self, source: Source, dropins: Iterable[Source] = ()) -> None:
        self.source = source
        self.sources = (source, *dropins)
        self._sections = frozenset(name for each in self.sources for name in _sections(each))
        self.settings = tuple(setting for each in self.sources for setting in _settings(each))

    def all(self, section: str, name: str) -> list[Setting]:
        """Every setting of a name that still counts: an empty one forgets those before it."""
        settings: list[Setting] = []
        for setting in self.settings:
            if setting.section == section and setting.name == name:
                settings = [*settings, setting] if setting.text else []
        return settings

    def last(self, section: str, name: str) -> Setting | None:
        """The setting that holds, for a key that takes one value."""
        settings = self.all(section, name)
        return settings[-1] if settings else None

    def has(self, section: str) -> bool:
        """Whether there is such a section, be it empty."""
        return section in self._sections

    def section(self, name: str) -> Setting | None:
        """The first setting of a section; None where there is none."""
        return next((s for s in self.settings if s.section == name), None)


def _sections(source: Source) -> Iterator[str]:
    lines = (source.line(number).strip() for number in range(1, len(source.starts) + 1))
    return (line[1:-1] for line in lines if line.startswith("[") and line.endswith("]"))


def _settings(source: Source) -> Iterator[Setting]:
    section, number, last = "", 1, len(source.starts)
    while number <= last:
        line = source.line(number)
        stripped = line.strip()
        if stripped.startswith("[") and stripped.endswith("]"):
            section = stripped[1:-1]
        elif stripped and stripped[0] not in "#;" and "=" in line:
            end = _end(source, number)
            yield _setting(source, section, number, end)
            number = end
        number += 1


def _end(source: Source, number: int) -> int:
    """The last line of a setting that begins at a line."""
    while number < len(source.starts) and source.line(number).endswith("\\"):
        number += 1
        while number < len(source.starts) and source.line(number).strip()[:1] in {"#", ";"}:
            number += 1
    return number


def _setting(source: Source, section: str, first: int, last: int) -> Setting:
    start = source.offset(first)
    line = source.line(first)
    name, _, _ = line.partition("=")
    segments: list[Segment] = []
    text = ""
    for number in range(first, last + 1):
        written = source.line(number)
        if number > first and written.strip()[:1] in {"#", ";"}:
            continue
        at = source.offset(number) + (len(name) + 1 if number == first else 0)
        part = written[len(name) + 1 :] if number == first else written
        ended = number < last and part.endswith("\\")
        part = part[:-1] if ended else part
        lead = len(part) - len(part.lstrip()) if number == first else 0
        part = part[lead:].rstrip() if not ended else part[lead:]
        segments.append(Segment(len(text), len(part), at + lead, len(part)))
        text += part
        if ended:
            segments.append(Segment(len(text), 1, at + lead + len(part), 1))
            text += " "
    key = name.strip()
    indent = len(name) - len(name.lstrip())
    place = source.span(start + indent, start + indent + len(key))
    return Setting(section, key, place, Embedded(source, text, segments, "sh-word"))


MAX_WORDS = 30_000
"""Words of a value that are read."""


def words(setting: Setting) -> tuple[Word, ...]:
    """A value's words, quotes and escapes taken away.

    A word with `$` or `%`, which systemd expands when it starts the unit, is unknown.
    """
    parts: list[Word] = []
    at, text = 0, setting.text
    while at < len(text):
        if text[at].isspace():
            at += 1
            continue
        if len(parts) >= MAX_WORDS:
            reason = f"it has more than {MAX_WORDS:,} words"
            rest = setting.value.span(at, len(text))
            return (*parts, Word(None, rest, reason=reason, many=True))
        value, end = _word(text, at)
        parts.append(_as_word(setting, value, at, end))
        at = end
    return tuple(parts)


def _word(text: str, at: int) -> tuple[str, int]:
    """One word and where it ends."""
    out, quote = [], ""
    while at < len(text) and (quote or not text[at].isspace()):
        char = text[at]
        if char == "\\" and at + 1 < len(text):
            out.append(_ESCAPES.get(text[at + 1], text[at : at + 2]))
            at += 2
            continue
        if char in "\"'" and quote in {"", char}:
            quote = "" if quote else char
        else:
            out.append(char)
        at += 1
    return "".join(out), at


def _as_word(setting: Setting, value: str, start: int, end: int) -> Word:
    span = setting.value.span(start, end)
    plain = value.replace("$$", "").replace("%%", "")
    if "$" in plain or "%" in plain:
        return Word(None, span, reason=f"systemd expands `{value}` when it starts the unit")
    written = setting.text[start:end]
    inner = written.find(value)
    text = (
        Embedded.slice(setting.value, start + inner, start + inner + len(value))
        if inner >= 0
        else None
    )
    return Word(value.replace("$$", "$").replace("%%", "%"), span, text)
