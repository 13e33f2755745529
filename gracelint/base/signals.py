"""Signal names and numbers as engines and shells spell them, and the kernel's default actions."""

from __future__ import annotations

_NUMBERS = {
    "HUP": 1,
    "INT": 2,
    "QUIT": 3,
    "ILL": 4,
    "TRAP": 5,
    "ABRT": 6,
    "BUS": 7,
    "FPE": 8,
    "KILL": 9,
    "USR1": 10,
    "SEGV": 11,
    "USR2": 12,
    "PIPE": 13,
    "ALRM": 14,
    "TERM": 15,
    "STKFLT": 16,
    "CHLD": 17,
    "CONT": 18,
    "STOP": 19,
    "TSTP": 20,
    "TTIN": 21,
    "TTOU": 22,
    "URG": 23,
    "XCPU": 24,
    "XFSZ": 25,
    "VTALRM": 26,
    "PROF": 27,
    "WINCH": 28,
    "IO": 29,
    "PWR": 30,
    "SYS": 31,
}
_NAMES = {number: name for name, number in _NUMBERS.items()}
_ALIASES = {"IOT": "ABRT", "CLD": "CHLD", "POLL": "IO"}
_RTMIN, _RTMAX = 34, 64

IGNORED_BY_DEFAULT = frozenset({"CHLD", "CONT", "URG", "WINCH"})
STOPS_BY_DEFAULT = frozenset({"STOP", "TSTP", "TTIN", "TTOU"})
UNCATCHABLE = frozenset({"KILL", "STOP"})


def number(name: str) -> int:
    """The number of a name that `parse` gave."""
    if name.startswith("RTMIN"):
        return _RTMIN + int(name[6:] or 0)
    return _NUMBERS[name]


def name_of(value: int) -> str | None:
    """The name of a signal number, None when there is none."""
    if _RTMIN <= value <= _RTMAX:
        return f"RTMIN+{value - _RTMIN}" if value > _RTMIN else "RTMIN"
    return _NAMES.get(value)


def parse(text: str) -> str | None:
    """The name without SIG of a stop signal as images and Compose write it; None when rejected.

    Names with and without SIG in any case, numbers, RTMIN+n and RTMAX-n; not `0`, not `SIG15`.
    """
    if text.isascii() and text.isdigit():
        return name_of(int(text)) if len(text) < 4 else None
    name = text.upper().removeprefix("SIG")
    name = _ALIASES.get(name, name)
    return name if name in _NUMBERS else _realtime(name)


def _realtime(name: str) -> str | None:
    low = name.startswith("RTMIN")
    if not low and not name.startswith("RTMAX"):
        return None
    rest = name[5:]
    if rest and not (
        rest[0] == ("+" if low else "-")
        and rest[1:].isascii()
        and rest[1:].isdigit()
        and len(rest) < 4
    ):
        return None
    offset = int(rest[1:] or 0) if rest else 0
    value = _RTMIN + offset if low else _RTMAX - offset
    return name_of(value) if _RTMIN <= value <= _RTMAX else None
