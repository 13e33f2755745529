"""Inits that run one program: tini and dumb-init."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gracelint.atlas.build import build

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
    return build(call, call.parse(), **more)


def dumb_init(call: Call) -> Wrapped:
    """It rewrites signals by `-r`, and tells the child alone where DUMB_INIT_SETSID is 0."""
    parsed = call.parse()
    more: dict[str, Any] = {"rewrite": _rewrites(parsed)}
    if call.env.get("DUMB_INIT_SETSID") == "0":
        more |= {"target": "child", "own_group": False}
    return build(call, parsed, **more)


def _rewrites(parsed: Parsed) -> dict[str, str]:
    """`-r 15:2` and `-r 15:0`, numbers only."""
    found = {}
    for name, value in parsed.options:
        text = value if isinstance(value, str) or value is None else value.value
        if name not in {"-r", "--rewrite"} or not text:
            continue
        source, _, target = text.partition(":")
        old, new = signal_name(source), signal_name(target)
        if old:
            found[old] = new
    return found


def signal_name(text: str) -> str:
    """The name of a signal's number; "" for 0 and for what is no number of a signal."""
    return _NAMES[int(text)] if text.isdecimal() and 0 < int(text[:4]) < len(_NAMES) else ""


# The numbers of Linux on x86 and ARM, from 0 on.
_LIST = (
    "0 HUP INT QUIT ILL TRAP ABRT BUS FPE KILL USR1 SEGV USR2 PIPE ALRM TERM STKFLT CHLD CONT STOP "
    "TSTP TTIN TTOU URG XCPU XFSZ VTALRM PROF WINCH IO PWR SYS"
)
_NAMES = tuple(_LIST.split())
