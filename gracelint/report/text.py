"""Text for a terminal: colours, widths, and nothing in it that the terminal would obey."""

from __future__ import annotations

import re

from gracelint.base import lazy

_CODES = {
    "bold": "1",
    "error": "1;31",
    "warning": "1;33",
    "info": "1;36",
    "frame": "34",
    "help": "32",
    "dim": "2",
}
_NAMED = {"\n": "\\n", "\r": "\\r", "\t": "\\t"}
_HIDDEN = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
_AT_START = lazy.compile(r"^(\s*):(?=:(?!: ))", re.MULTILINE)  # `::: ` is ours and no command
_ANYWHERE = lazy.compile(r"##(?=[A-Za-z]*\[)")
_JOINERS = frozenset({"\u200d", "\ufe0f"})


def paint(text: str, style: str, *, color: bool) -> str:
    """`text` in a style of ours, plain when there is to be no colour or nothing to paint."""
    return f"\x1b[{_CODES[style]}m{text}\x1b[0m" if color and text else text


def visible(text: str) -> str:
    """`text` on one line, with everything that would act on a terminal written as an escape.

    That is control characters, marks that reorder text, and bytes that are no text (`\\xff`).
    """
    if text.isascii() and text.isprintable():
        return text
    return "".join(map(_visible, text))


def harmless(text: str) -> str:
    r"""Lines of text in which no CI system finds a command to itself.

    That is `::error::…` at the start of a line and `##[…]` or `##vso[…]` anywhere, of which a
    character is written as an escape (`\x3a:error::…`).
    """
    if "##" in text:
        text = _ANYWHERE.sub(r"#\\x23", text)
    return _AT_START.sub(r"\1\\x3a", text) if "::" in text else text


def harmless_markup(text: str) -> str:
    """The same for HTML and XML, which read as before."""
    if "##" in text:
        text = _ANYWHERE.sub("&#35;#", text)
    return _AT_START.sub(r"\1&#58;", text) if "::" in text else text


def _visible(char: str) -> str:
    if char.isprintable() or char in _JOINERS:
        return char
    if char in _NAMED:
        return _NAMED[char]
    number = ord(char)
    if 0xDC80 <= number <= 0xDCFF:
        return f"\\x{number - 0xDC00:02x}"
    from unicodedata import category

    if category(char) not in _HIDDEN:
        return char
    return f"\\x{number:02x}" if number < 0x100 else f"\\u{{{number:x}}}"


def cells(text: str) -> int:
    """How many columns of a terminal `text` takes; it must hold no control characters."""
    return len(text) if text.isascii() else sum(map(_cells, text))


def _cells(char: str) -> int:
    from unicodedata import combining, east_asian_width  # which few runs need

    if char in _JOINERS or combining(char):
        return 0
    return 2 if east_asian_width(char) in {"W", "F"} else 1


def fill(text: str, width: int, *, hard: bool = False) -> list[str]:
    """`text` broken at blanks into lines of at most `width` columns, short code kept whole.

    A word that is longer stands on a line of its own and runs over, or with `hard` is broken.
    """
    lines: list[str] = []
    used = 0
    for word in _join_code(visible(text)).split(" "):
        long = cells(word)
        if lines and used + 1 + long <= width:
            lines[-1] += f" {word}"
            used += 1 + long
        else:
            lines += _chop(word, width) if hard else [word]
            used = cells(lines[-1])
    return [line.replace("\x00", " ") for line in lines]


def _chop(word: str, width: int) -> list[str]:
    """A word in pieces of at most `width` columns."""
    pieces = [""]
    used = 0
    for char in word:
        used += _cells(char)
        if used > width and pieces[-1]:
            pieces.append("")
            used = _cells(char)
        pieces[-1] += char
    return pieces


def _join_code(text: str) -> str:
    """Put a placeholder for the blanks in short pieces of code, so that no line breaks there."""
    parts = text.split("`")
    if len(parts) % 2 == 0:
        return text
    odd = (p.replace(" ", "\x00") if i % 2 and len(p) <= 40 else p for i, p in enumerate(parts))
    return "`".join(odd)


def shorten(text: str, width: int) -> str:
    """`text`, cut with an ellipsis when it takes more than `width` columns."""
    if cells(text) <= width:
        return text
    kept, used = [], 1
    for char in text:
        used += _cells(char)
        if used > width:
            break
        kept.append(char)
    return "".join(kept) + "…"


def pad(text: str, width: int) -> str:
    """`text` with blanks behind it up to `width` columns."""
    return text + " " * max(width - cells(text), 0)


def count(number: int, noun: str, several: str = "") -> str:
    """`1 error`, `2 errors`. several: the plural, where it is not formed with an `s`."""
    return f"{number} {noun}" if number == 1 else f"{number} {several or noun + 's'}"
