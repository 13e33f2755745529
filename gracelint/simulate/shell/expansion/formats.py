"""What `printf` writes. Source: POSIX.1-2017, printf; bash(1) for `%q` and `%b`."""

from __future__ import annotations

from gracelint.base import lazy
from gracelint.base.integers import whole

_PIECE = lazy.compile(
    r"%(?P<flags>[-0+ #]*)(?P<width>[0-9]{0,3})(?:\.(?P<most>[0-9]{1,3}))?(?P<kind>[sdibqxXoucf%])"
)
_ESCAPES = {"n": "\n", "t": "\t", "r": "\r", "\\": "\\", '"': '"', "a": "\a", "b": "\b", "0": "\0"}
_MOST = 500


def formatted(values: list[str]) -> str | None:
    """A format with its arguments, used again while any are left; None: more than this reads, or
    an option.
    """
    if values[:1] == ["--"]:
        values = values[1:]
    elif values and len(values[0]) > 1 and values[0].startswith("-"):
        return None
    if not values:
        return None
    form, rest = _unescaped(values[0]), values[1:]
    if form is None:
        return None
    out = ""
    for _ in range(_MOST):
        used = _once(form, rest)
        if used is None:
            return None
        text, count = used
        out += text
        rest = rest[count:]
        if not rest or not count:
            return out
    return None


def _once(form: str, rest: list[str]) -> tuple[str, int] | None:
    out, at, count = "", 0, 0
    while at < len(form):
        if form[at] != "%":
            out += form[at]
            at += 1
            continue
        piece = _PIECE.match(form, at)
        if piece is None:
            return None
        at = piece.end()
        if piece["kind"] == "%":
            out += "%"
            continue
        value = rest[count] if count < len(rest) else None
        count += 1
        text = _value(piece["kind"], value)
        if text is None:
            return None
        text = text[: int(piece["most"])] if piece["most"] and piece["kind"] == "s" else text
        width = int(piece["width"] or 0)
        if "-" in piece["flags"]:
            out += text.ljust(width)
        else:
            out += text.rjust(width, "0" if "0" in piece["flags"] else " ")
    return out, min(count, len(rest))


def _value(kind: str, value: str | None) -> str | None:
    if kind == "s":
        return value or ""
    if kind == "b":
        return _unescaped(value or "")
    if kind == "c":
        return (value or "")[:1]
    if kind == "q":
        return _quoted(value or "")
    if kind == "f":
        return None
    number = whole(value or "0")
    if number is None:
        return None
    return {"x": f"{number:x}", "X": f"{number:X}", "o": f"{number:o}"}.get(kind, str(number))


def _quoted(value: str) -> str | None:
    """`%q`: a backslash before what a shell would take for something else."""
    if not value:
        return "''"
    if any(c < " " or c > "~" for c in value):
        return None
    return "".join(c if c.isalnum() or c in "_-./:=@%+," else f"\\{c}" for c in value)


def _unescaped(text: str) -> str | None:
    out, at = "", 0
    while at < len(text):
        if text[at] != "\\" or at + 1 == len(text):
            out += text[at]
            at += 1
            continue
        character = _ESCAPES.get(text[at + 1])
        if text[at + 1] in "0123456789x":
            return None
        out += character if character is not None else text[at : at + 2]
        at += 2
    return out
