"""Inits that run one program: tini and dumb-init."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gracelint.atlas.build import build
from gracelint.base.values import replace

if TYPE_CHECKING:
    from gracelint.atlas.argv import Parsed
    from gracelint.atlas.call import Call
    from gracelint.model.entries import Wrapped


def tini(call: Call) -> Wrapped:
    """Its options can also be set by variables; any value counts."""
    more: dict[str, Any] = {}
    if "TINI_KILL_PROCESS_GROUP" in call.env:
        more["target"] = "group"
    if "TINI_SUBREAPER" in call.env:
        more["subreaper"] = True
    parsed = call.parse()
    used = call.args[: len(call.args) - len(parsed.rest)]
    if not any(word.value == "--" for word in used) and _looks_like_options(parsed):
        # glibc's getopt goes on behind the command, musl's does not
        system = call.image.os if call.image is not None else ""
        refused = system.startswith(_GLIBC) and not _takes_one(parsed)
        problem = "without `--` tini may take options for its own"
        parsed = replace(parsed, rest=(), problem=problem, refused=refused)
    return build(call, parsed, **more)


_GLIBC = ("debian", "ubuntu", "rhel", "fedora", "amazonlinux", "suse")


def _takes_one(parsed: Parsed) -> bool:
    """Whether the command is given what may be an option of tini's with a value."""
    return any((word.value or "-e")[:2] in {"-e", "-p"} for word in parsed.rest[1:])


_TAKEN = frozenset({"-", "-g", "-l", "-s", "-v", "-w"})


def _looks_like_options(parsed: Parsed) -> bool:
    """Whether the command is given options that tini does not have, before any `--`."""
    for word in parsed.rest[1:]:
        if word.value == "--":
            return False
        if (word.value or "").startswith("-") and word.value not in _TAKEN:
            return True
    return False


def dumb_init(call: Call) -> Wrapped:
    """It rewrites signals by `-r`, and tells the child alone where DUMB_INIT_SETSID is 0."""
    parsed = call.parse()
    rewrites = _rewrites(parsed)
    if rewrites is None:
        problem = "`--rewrite` takes numbers of signals up to 31"
        parsed = replace(parsed, rest=(), problem=problem, refused=True)
    more: dict[str, Any] = {"rewrite": rewrites or {}}
    if call.env.get("DUMB_INIT_SETSID") == "0":
        more |= {"target": "child", "own_group": False}
    return build(call, parsed, **more)


_MOST = 31  # the highest signal that dumb-init knows


def _rewrites(parsed: Parsed) -> dict[str, str] | None:
    """`-r 15:2` and `-r 15:0`, numbers only; None: it refuses one of them."""
    mapping = {}
    for name, value in parsed.options:
        text = value if isinstance(value, str) or value is None else value.value
        if name not in {"-r", "--rewrite"} or not text:
            continue
        source, _, target = text.partition(":")
        if any(part.isdecimal() and int(part[:4]) > _MOST for part in (source, target)):
            return None
        old, new = signal_name(source), signal_name(target)
        if old:
            mapping[old] = new
    return mapping


def signal_name(text: str) -> str:
    """The name of a signal's number; "" for 0 and for what is no number of a signal."""
    return _NAMES[int(text)] if text.isdecimal() and 0 < int(text[:4]) < len(_NAMES) else ""


# The numbers of Linux on x86 and ARM, from 0 on.
_LIST = (
    "0 HUP INT QUIT ILL TRAP ABRT BUS FPE KILL USR1 SEGV USR2 PIPE ALRM TERM STKFLT CHLD CONT STOP "
    "TSTP TTIN TTOU URG XCPU XFSZ VTALRM PROF WINCH IO PWR SYS"
)
_NAMES = tuple(_LIST.split())
