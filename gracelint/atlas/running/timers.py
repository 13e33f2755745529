"""Inner timers: how long a stop may take by a program's own limits, and where that is set."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from gracelint.base import durations
from gracelint.base.paths import absolute
from gracelint.model.entries import InnerTimer

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from gracelint.atlas.call import Started

_MOST = 200_000


def timers(tables: Sequence[Mapping[str, Any]]) -> tuple[InnerTimer, ...]:
    """The timers of an entry."""
    return tuple(InnerTimer(**{key: _plain(value) for key, value in t.items()}) for t in tables)


def _plain(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value


def read(timer: InnerTimer, text: str | None) -> float | None:
    """Seconds as the timer's program writes them; None for what it would not take."""
    parse: Callable[[str], float | None] = getattr(durations, timer.notation)
    seconds = None if text is None else parse(text)
    return seconds if seconds is not None and seconds >= 0 else None


def setting(timer: InnerTimer, text: str) -> re.Match[str] | None:
    """Where a file sets the timer: the value is group 1. None where it does not say."""
    if not timer.setting or len(text) > _MOST:
        return None
    name = re.escape(timer.setting)
    return re.search(rf"^[^#;\n]*?\b{name}\b[ \t]*[=: ]\s*[\"']?([^\s;\"',#]+)", text, re.MULTILINE)


def limit(timer: InnerTimer, started: Started) -> float | None:
    """The seconds in force: by an option, a variable, a file, or by default; None when unknown."""
    given = started.value(*timer.options)
    given = given or next((started.env[name] for name in timer.env if name in started.env), None)
    if given is not None:
        return read(timer, given) or timer.seconds
    named = started.value(*timer.file_options)
    for path in (named,) if named else timer.files:
        text = started.text(absolute(path, started.workdir))
        if text is None and named:
            return None
        found = setting(timer, text or "")
        if found is not None:
            return read(timer, found[1])
    return timer.seconds
