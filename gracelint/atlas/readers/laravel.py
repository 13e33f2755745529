"""Laravel's commands, which handle signals where PHP has the extension `pcntl`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gracelint.atlas.readers.php import by_pcntl
from gracelint.atlas.versions import fits
from gracelint.base import lazy
from gracelint.base.paths import absolute

if TYPE_CHECKING:
    from gracelint.atlas.call import Started

Fields = dict[str, Any]

_ALL = ("TERM", "INT", "HUP", "USR1", "USR2", "QUIT")
_LOCKED = lazy.compile(r'"name":\s*"laravel/framework",\s*"version":\s*"v?([0-9.]+)"')
_REQUIRED = lazy.compile(r'"laravel/framework":\s*"[\^~]?([0-9][0-9.]*)(?:\.\*)?"')


def artisan(started: Started, fields: Fields) -> Fields:
    """What the worker and the development server do, by the extension and Laravel's version."""
    if started.first not in {"queue:work", "serve"}:
        return fields
    fields, has = by_pcntl(started, fields)
    if not has:
        return fields if started.first == "queue:work" else {**fields, "mend": ""}
    locked, least = _versions(started)
    if started.first == "serve":
        return _served(fields, locked, least)
    reactions = dict(fields["reactions"])
    for signal, since in (("QUIT", ">=9.24.0"), ("INT", ">=12.22.0")):
        if fits(locked or least, (since,)):
            reactions[signal] = "graceful"
        elif locked:
            reactions[signal] = "default"
    return {**fields, "reactions": reactions}


def _served(fields: Fields, locked: str, least: str) -> Fields:
    """Its handler stops PHP's server, which cuts off what that is answering."""
    if fits(locked or least, (">=10.44.0",)):
        return {**fields, "reactions": dict.fromkeys(_ALL, "fast")}
    return {**fields, "rest": "default"} if locked else fields


def _versions(started: Started) -> tuple[str, str]:
    """Laravel's version as it is locked, and the least that is required; "0" where not in sight."""
    folder = (started.argv[0].value or "").rpartition("/")[0]
    texts = {}
    for name in ("composer.lock", "composer.json"):
        path = absolute(f"{folder}/{name}" if folder else name, started.workdir)
        text = started.view.text(path) if started.view is not None else None
        texts[name] = text.text if text is not None else ""
    locked = _LOCKED.search(texts["composer.lock"])
    required = _REQUIRED.search(texts["composer.json"])
    return locked[1] if locked else "", required[1] if required else "0"
