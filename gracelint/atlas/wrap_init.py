"""Inits that run one program: tini and dumb-init."""

from __future__ import annotations

import signal
from typing import TYPE_CHECKING, Any

from gracelint.atlas.wrappers import build

if TYPE_CHECKING:
    from gracelint.atlas.argv import Parsed
    from gracelint.atlas.model import Wrapped
    from gracelint.atlas.wrappers import Call, Special


def _tini(call: Call) -> Wrapped:
    """Its options can also be set by variables; any value counts."""
    more: dict[str, Any] = {}
    if "TINI_KILL_PROCESS_GROUP" in call.env:
        more["target"] = "group"
    if "TINI_SUBREAPER" in call.env:
        more["subreaper"] = True
    return build(call, call.parse(), **more)


def _dumb_init(call: Call) -> Wrapped:
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
    try:
        return signal.Signals(int(text)).name.removeprefix("SIG")
    except ValueError:
        return ""


SPECIAL: dict[str, Special] = {"tini": _tini, "dumb-init": _dumb_init}
