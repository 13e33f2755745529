"""Durations in seconds, in the notations that files and command lines have for them.

Each function takes text as it is written, of any length, and returns None for what its program
rejects. Nothing returns NaN; infinity only comes of a notation that has a word for it, or takes
numbers of any size.
"""

from __future__ import annotations

from gracelint.base import lazy

MAX_LENGTH = 64
"""Longer texts are no durations."""

_GO = {
    "ns": 1e-9,
    "us": 1e-6,
    "\u00b5s": 1e-6,
    "\u03bcs": 1e-6,
    "ms": 1e-3,
    "s": 1.0,
    "m": 60.0,
    "h": 3600.0,
}
_COMPOSE = _GO | {"d": 86400.0, "w": 604800.0}
_GO_MOST = 2**63 / 1e9  # the nanoseconds that 64 bits hold
_GO_PART = lazy.compile(r"([0-9]+(?:\.[0-9]*)?|\.[0-9]+)([a-z\u00b5\u03bc]+)")

_SUFFIXES = {"": 1.0, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}
_NUMBER = lazy.compile(
    r"\+?((?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?|[iI][nN][fF](?:[iI][nN][iI][tT][yY])?)"
    r"([smhd]?)"
)

_SYSTEMD = {
    1e-6: "usec us \u00b5s \u03bcs",
    1e-3: "msec ms",
    1.0: "seconds second sec s",
    60.0: "minutes minute min m",
    3600.0: "hours hour hr h",
    86400.0: "days day d",
    604800.0: "weeks week w",
    2629800.0: "months month M",
    31557600.0: "years year y",
}
_SYSTEMD_UNITS = {"": 1.0} | {n: size for size, names in _SYSTEMD.items() for n in names.split()}
_SYSTEMD_PART = lazy.compile(r"\s*([0-9]+(?:\.[0-9]*)?|\.[0-9]+)\s*([A-Za-z\u00b5\u03bc]*)")

_NGINX = {
    "ms": 1e-3,
    "": 1.0,
    "s": 1.0,
    "m": 60.0,
    "h": 3600.0,
    "d": 86400.0,
    "w": 604800.0,
    "M": 2592000.0,
    "y": 31536000.0,
}
_NGINX_PART = lazy.compile(r"\s*([0-9]{1,12})(?![0-9])(ms|[smhdwMy]?)")

_SPRING = {"ns": 1e-9, "us": 1e-6, "ms": 1e-3, "": 1e-3, "s": 1.0, "m": 60.0, "h": 3600.0}
_SPRING_SIMPLE = lazy.compile(r"([+-]?[0-9]{1,18})([a-z]*)")
_ISO = lazy.compile(
    r"pt(?=.)(?:([0-9]{1,9})h)?(?:([0-9]{1,9})m)?(?:([0-9]{1,9}(?:\.[0-9]{0,9})?)s)?"
)

_TIMESPANS = {"Milliseconds": 1e-3, "Seconds": 1.0, "Minutes": 60.0, "Hours": 3600.0}
_TIMESPAN = lazy.compile(
    r"TimeSpan\.From(Milliseconds|Seconds|Minutes|Hours)\(([0-9]{1,9}(?:\.[0-9]{1,6})?)\)"
)
_CLOCK = lazy.compile(r"([0-9]{1,4}):([0-9]{2}):([0-9]{2}(?:\.[0-9]{1,7})?)")
_PLAIN = lazy.compile(r"[0-9]{1,12}(?:\.[0-9]{0,6})?")


def go(text: str) -> float | None:
    """`1m30s`, `-1.5h`, `0`; a number without a unit is none. Source: Go, time.ParseDuration."""
    return _go(text, _GO)


def compose(text: str) -> float | None:
    """The same with `d` and `w`. Source: compose-go 2 (types/duration.go, go-str2duration)."""
    return _go(text, _COMPOSE)


def _go(text: str, units: dict[str, float]) -> float | None:
    rest = text[1:] if text[:1] in {"+", "-"} else text
    if rest == "0":
        return 0.0
    if not rest or len(rest) > MAX_LENGTH:
        return None
    total, at = 0.0, 0
    while at < len(rest):
        part = _GO_PART.match(rest, at)
        if part is None or part[2] not in units:
            return None
        total += float(part[1]) * units[part[2]]
        at = part.end()
    if total >= _GO_MOST:
        return None
    return -total if text[0] == "-" else total


def coreutils(text: str | None) -> float | None:
    """`90`, `1.5m`, `infinity`: what `sleep` and `timeout` take. Source: coreutils 9, xstrtod."""
    if not text or len(text) > MAX_LENGTH:
        return None
    if text.isascii() and text.isdecimal():
        return float(text)
    match = _NUMBER.fullmatch(text)
    return None if match is None else float(match[1]) * _SUFFIXES[match[2]]


def systemd(text: str) -> float | None:
    """`90`, `1min 30s`, `infinity`. Source: systemd.time(7)."""
    given = text.strip()
    if given == "infinity":
        return float("inf")
    if not given or len(given) > MAX_LENGTH:
        return None
    total, at = 0.0, 0
    while at < len(given):
        part = _SYSTEMD_PART.match(given, at)
        if part is None or part[2] not in _SYSTEMD_UNITS:
            return None
        total += float(part[1]) * _SYSTEMD_UNITS[part[2]]
        at = part.end()
    return total


def nginx(text: str) -> float | None:
    """`10`, `10s`, `1m 30s`. Source: nginx, "Configuration file measurement units"."""
    if not text or len(text) > MAX_LENGTH:
        return None
    total, at = 0.0, 0
    while at < len(text):
        part = _NGINX_PART.match(text, at)
        if part is None:
            return None
        total += int(part[1]) * _NGINX[part[2]]
        at = part.end()
    return total


def spring(text: str) -> float | None:
    """`20s`, `PT1M30S`, `500`: milliseconds without a unit. Source: Spring Boot, DurationStyle."""
    given = text.strip().lower()
    if len(given) > MAX_LENGTH:
        return None
    if simple := _SPRING_SIMPLE.fullmatch(given):
        scale = _SPRING.get(simple[2])
        return None if scale is None else int(simple[1]) * scale
    if whole := _ISO.fullmatch(given):
        hours, minutes, seconds = (float(part or 0) for part in whole.groups())
        return hours * 3600 + minutes * 60 + seconds
    return None


def expression(text: str) -> float | None:
    """A number of seconds in a program's code: `60`, `30 * 60`, `1_800`, `2.5`."""
    if len(text) > MAX_LENGTH:
        return None
    total = 1.0
    for part in text.replace("_", "").split("*"):
        match = _PLAIN.fullmatch(part.strip())
        if match is None:
            return None
        total *= float(match[0])
    return total


def timespan(text: str) -> float | None:
    """`TimeSpan.FromSeconds(30)`, `00:01:30`. Source: .NET, System.TimeSpan."""
    if len(text) > MAX_LENGTH:
        return None
    if match := _TIMESPAN.fullmatch(text):
        return float(match[2]) * _TIMESPANS[match[1]]
    if match := _CLOCK.fullmatch(text):
        return int(match[1]) * 3600 + int(match[2]) * 60 + float(match[3])
    return None


def milliseconds(text: str) -> float | None:
    """Plain digits, of milliseconds."""
    plain = text.isascii() and text.isdigit() and len(text) <= 12
    return int(text) / 1000 if plain else None


def number(value: object) -> float | None:
    """A number of seconds as YAML and JSON give it, also as text; None for what 64 bits lack."""
    if isinstance(value, bool) or not isinstance(value, (int, float, str)):
        return None
    try:
        seconds = float(value)
    except (ValueError, OverflowError):
        return None
    return seconds if abs(seconds) < 2**63 else None
