"""Programs whose behaviour depends on more than the presence of an argument."""

from __future__ import annotations

import re

from gracelint.base import lazy
from gracelint.base.durations import coreutils as seconds
from gracelint.base.paths import absolute
from gracelint.base.typed import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from gracelint.atlas.call import Started

Fields = dict[str, Any]
_LONG = 3600.0


def sleep(started: Started, fields: Fields) -> Fields:
    """`sleep 5`, `sleep 1m 30s`, `sleep infinity`."""
    parts = [seconds(word) for word in started.words]
    if not started.complete or not parts or None in parts:
        return {**fields, "lifetime": "unknown"}
    total = sum(part for part in parts if part is not None)
    if total == float("inf"):
        return fields
    return {**fields, "duration": total, "lifetime": "long" if total >= _LONG else "short"}


def cat(started: Started, fields: Fields) -> Fields:
    """It ends with its files or its input, which is empty in a container; a device may last."""
    files = [w for w in started.words if not w.startswith("-")]
    if not started.complete or any(w.startswith("/dev/") for w in files):
        return fields
    return {**fields, "lifetime": "short", "placeholder": not files}


_DAEMON_OFF = lazy.compile(r"(?:^|[;{}\s])daemon\s+off\s*;")
_WRITES_OFF = lazy.compile(r"daemon\s+off\s*;[^;&|]{0,400}>>?\s*\S{0,400}nginx\.conf")
_DAEMON_ON = lazy.compile(r"(?:^|[;{}\s])daemon\s+on\s*;")


def nginx(started: Started, fields: Fields) -> Fields:
    """It stays in the foreground by `daemon off;`, in -g or in its configuration."""
    if started.flag("-t", "-T", "-v", "-V", "-h", "-?") or started.value("-s"):
        return {**fields, "lifetime": "short"}
    given = started.value("-g") or ""
    if not started.complete or "'" in given or '"' in given:
        return {**fields, "lifetime": "unknown"}
    if _DAEMON_OFF.search(given + ";"):
        return {**fields, "lifetime": "long"}
    named = started.value("-c")
    path = absolute(named or "/etc/nginx/nginx.conf", "/etc/nginx")
    text = started.text(path)
    if text is not None:
        plain = re.sub(r"#[^\n]*", "", text)
        off = _DAEMON_OFF.search(plain)
        return {**fields, "lifetime": "long"} if off else fields
    if started.view is not None and any(map(_WRITES_OFF.search, started.view.commands())):
        return {**fields, "lifetime": "long"}
    return {**fields, "lifetime": "unknown"} if named else fields


def php_fpm(started: Started, fields: Fields) -> Fields:
    """The official images' configuration keeps it in the foreground, Debian's does not."""
    if fields["lifetime"] != "unknown" or not started.complete:
        return fields
    if started.image is not None and started.image.program == "php-fpm":
        return {**fields, "lifetime": "long"}
    if started.name != "php-fpm" and started.flag("-y", "--fpm-config") is False:
        text = started.text(f"/etc/php/{started.name.removeprefix('php-fpm')}/fpm/php-fpm.conf")
        stays = text is not None and _NO_DAEMON.search(text)
        return {**fields, "lifetime": "long" if stays else "daemon"}
    return fields


_NO_DAEMON = lazy.compile(r"(?m)^\s*daemonize\s*=\s*(?:no|off|false|0)\b")


def haproxy(started: Started, fields: Fields) -> Fields:
    """`-db` is one option that keeps it in the foreground, not `-d` and `-b`."""
    if "-db" in started.options:
        return {**fields, "lifetime": "long"}
    return fields


def httpd(started: Started, fields: Fields) -> Fields:
    """On busybox images `httpd` is busybox's own."""
    busybox = started.image is not None and started.image.os.startswith("busybox")
    if busybox and started.name == "httpd":
        foreground = started.flag("-f")
        lifetime = {True: "long", False: "daemon", None: "unknown"}[foreground]
        return {"lifetime": lifetime, "rest": "default", "source": fields["source"]}
    return fields


_RELOADING = {"TERM": "reload", "INT": "fast", "QUIT": "fast", "HUP": "reload"}
_KILLING = {"TERM": "fast", "INT": "fast", "QUIT": "fast", "HUP": "reload"}


def uwsgi(started: Started, fields: Fields) -> Fields:
    """A master reloads on TERM unless `die-on-term` is set, wherever that is written."""
    if started.flag("--version", "--help", "-h"):
        return {**fields, "lifetime": "short"}
    options, whole = _uwsgi_options(started)
    if "daemonize" in options or "daemonize2" in options:
        fields = {**fields, "lifetime": "daemon"}
    elif not whole:
        fields = {**fields, "lifetime": "unknown"}
    if "die-on-term" in options:
        return {**fields, "reactions": _KILLING, "reaps": True if "master" in options else None}
    if not whole:
        return {**fields, "reactions": {"INT": "fast", "QUIT": "fast"}}
    if "master" in options:
        return {**fields, "reactions": _RELOADING, "reaps": True}
    return {**fields, "reaps": None}


def _uwsgi_options(started: Started) -> tuple[set[str], bool]:
    """The options in force by name, and whether all of them are in sight."""
    options = {
        _SHORT.get(w, w.lstrip("-").partition("=")[0]) for w in started.words if w[:1] == "-"
    }
    for name, value in started.env.items():
        if name.startswith("UWSGI_") and value.lower() not in {"0", "false", "no"}:
            options.add(name.removeprefix("UWSGI_").lower().replace("_", "-"))
    whole = started.complete
    for path in _uwsgi_files(started):
        text = started.text(absolute(path, started.workdir))
        if text is None:
            whole = False
        else:
            options |= _ini_options(text)
    return options, whole


_SHORT = {"-M": "master", "-d": "daemonize"}
_CONFIGS = ("ini", "xml", "yaml", "yml", "json")


def _uwsgi_files(started: Started) -> list[str]:
    files = [w for w in started.words if w.endswith((".ini", ".xml", ".yaml", ".yml", ".json"))]
    files += [w.partition("=")[2] for w in files if "=" in w]
    files += [started.env[n] for n in ("UWSGI_INI", "UWSGI_YAML") if n in started.env]
    return [f for f in dict.fromkeys(files) if "=" not in f]


def _ini_options(text: str) -> set[str]:
    """The options of an ini file that are not switched off."""
    options = set()
    for line in text.splitlines():
        name, _, value = line.partition("=") if "=" in line else line.partition(":")
        if value.strip().lower() not in {"false", "0", "no"}:
            options.add(name.strip().replace("_", "-"))
    return options
