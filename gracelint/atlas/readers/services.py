"""Supervisors: the programs that their configuration starts."""

from __future__ import annotations

import re
from fnmatch import fnmatchcase

from gracelint.atlas.argv import Parsed
from gracelint.atlas.build import build
from gracelint.atlas.words import split
from gracelint.base import durations, lazy, signals
from gracelint.base.facts import GAP, Word
from gracelint.base.paths import absolute
from gracelint.base.source import Embedded
from gracelint.base.typed import TYPE_CHECKING
from gracelint.base.values import dataclass, replace
from gracelint.model.entries import Service

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from gracelint.atlas.call import Call
    from gracelint.base.source import Text
    from gracelint.model.entries import Wrapped

_MAX_FILES = 50
_MAX_LINES = 20_000


@dataclass(frozen=True, slots=True)
class Setting:
    """A value in an ini file: where it stands, with continuation lines."""

    text: Text
    start: int
    end: int

    @property
    def value(self) -> str:
        """The value as it is read."""
        return self.text.text[self.start : self.end]


Sections = dict[str, dict[str, Setting]]


def read_ini(text: Text) -> Sections:
    """The sections of an ini file; a later line of the same name wins."""
    sections: Sections = {}
    current: dict[str, Setting] = {}
    last, at = "", 0
    for line in text.text.splitlines(keepends=True)[:_MAX_LINES]:
        start, at = at, at + len(line)
        bare = line.strip()
        if not bare or bare[0] in "#;":
            continue
        if line[0] in " \t":
            if last:
                current[last] = replace(current[last], end=start + len(line.rstrip()))
        elif bare[0] == "[" and "]" in bare:
            current = sections.setdefault(bare[1 : bare.index("]")].strip(), {})
            last = ""
        else:
            last = _setting(current, text, start, line)
    return sections


def _setting(section: dict[str, Setting], text: Text, start: int, line: str) -> str:
    """Enter `name = value ; comment`; its name, "" for a line that is none."""
    signs = [line.index(sign) for sign in "=:" if sign in line]
    if not signs:
        return ""
    sign = min(signs)
    value = line[sign + 1 :]
    comment = value.find(" ;")
    value = (value if comment < 0 else value[:comment]).rstrip()
    first = start + sign + 1 + len(value) - len(value.lstrip())
    name = line[:sign].strip().lower()
    section[name] = Setting(text, first, max(first, start + sign + 1 + len(value)))
    return name


_CONFIGS = (
    "supervisord.conf",
    "etc/supervisord.conf",
    "/etc/supervisord.conf",
    "/etc/supervisor/supervisord.conf",
)
_PACKAGED = {
    "/etc/supervisord.conf": ("/etc/supervisord.d/*.ini", "/etc/supervisor.d/*.ini"),
    "/etc/supervisor/supervisord.conf": ("/etc/supervisor/conf.d/*.conf",),
}
"""What the files that Red Hat's, Alpine's and Debian's packages bring include, and little else."""


def supervisord(call: Call) -> Wrapped | None:
    """Its programs by `-c FILE` or the first of the usual files that is in sight."""
    parsed = call.parse()
    if parsed.has("-h", "--help", "-v", "--version"):
        return None
    given = parsed.value("-c", "--configuration")
    paths = [absolute(p, call.workdir) for p in ([given] if given else _CONFIGS)]
    text = next((t for p in paths if call.view and (t := call.view.partly(p))), None)
    packaged = _packaged(call, paths) if text is None else ""
    brought = _of_image(call, paths[0]) if text is None and not packaged else ()
    if brought and not parsed.problem:
        return build(call, replace(parsed, rest=()), services=brought)
    if parsed.problem or (text is None and not packaged):
        reason = parsed.problem or f"`{given or 'supervisord.conf'}` is not in sight"
        return build(call, replace(parsed, rest=(), problem=reason))
    if text is None:
        path, (sections, missing) = "/", _included(call, {}, "/", packaged)
    else:
        path = next(p for p in paths if call.view and call.view.partly(p))
        sections, missing = _included(call, read_ini(text), path)
        missing = missing or _hole(text, path)
    foreground = parsed.has("-n", "--nodaemon") or _true(sections, "supervisord", "nodaemon")
    if not foreground:
        return None
    if missing:
        return build(call, replace(parsed, rest=(), problem=missing))
    wait = call.entry["usual_wait"]
    services = tuple(s for name in sections if (s := _program(sections, name, call.env, wait)))
    started = [s for s in services if s.words]
    reason = "" if started and len(started) == len(services) else "a program's command is not plain"
    if wrong := next((s for s in services if not s.signal), None):
        reason = f"the `stopsignal` of `{wrong.name}` is no signal, so supervisord does not start"
    return build(
        call,
        replace(parsed, rest=(), problem=reason if services else "no program is configured"),
        services=services if not reason else (),
    )


def _true(sections: Sections, section: str, name: str, *, default: bool = False) -> bool:
    setting = sections.get(section, {}).get(name)
    return default if setting is None else setting.value.lower() in {"true", "yes", "on", "1"}


def _packaged(call: Call, paths: Sequence[str]) -> str:
    """What a package's own configuration includes, where files that it takes are in sight."""
    for pattern in (p for path in paths for p in _PACKAGED.get(path, ())):
        folder, _, name = pattern.rpartition("/")
        names = (call.view.names(folder) or ()) if call.view else ()
        if any(fnmatchcase(n, name) for n in names):
            return pattern
    return ""


def _included(
    call: Call, sections: Sections, path: str, patterns: str = ""
) -> tuple[Sections, str]:
    """The sections with those of `[include]`, or of `patterns`; and which files cannot be seen."""
    setting = sections.get("include", {}).get("files")
    patterns = setting.value if setting is not None else patterns
    if not patterns or call.view is None:
        return sections, ""
    folder = path.rpartition("/")[0] or "/"
    included = dict(sections)
    for pattern in patterns.replace("%(here)s", folder).split()[:_MAX_FILES]:
        where, _, name = absolute(pattern, folder).rpartition("/")
        names = call.view.names(where or "/") or ()
        for match in sorted(n for n in names if fnmatchcase(n, name))[:_MAX_FILES]:
            text = call.view.partly(f"{where}/{match}")
            if text is None:
                return included, f"`{where}/{match}` is not in sight"
            if hole := _hole(text, f"{where}/{match}"):
                return included, hole
            included.update(read_ini(text))
    return included, ""


def _hole(text: Text, path: str) -> str:
    """Why a file does not tell which programs there are, and how they are stopped, where a part of
    it is not known; "" where that part is a word of a command, or says something else.
    """
    settings = (it for section in read_ini(text).values() for it in section.items())
    apart = sum(it.value.count(GAP) for name, it in settings if name.startswith(_ASIDE))
    return "" if apart == text.text.count(GAP) else f"a part of `{path}` is not known"


_ASIDE = (
    *("command", "environment", "directory", "user", "password", "stdout_", "stderr_", "logfile"),
    *("loglevel", "childlogdir", "pidfile", "identifier", "serverurl", "port", "process_name"),
)
"""Settings of supervisord that do not say which programs there are and how they are stopped."""


def _program(
    sections: Sections, section: str, env: Mapping[str, str], usual: float
) -> Service | None:
    kind, _, name = section.partition(":")
    if kind not in {"program", "fcgi-program"} or not name:
        return None
    if not _true(sections, section, "autostart", default=True):
        return None
    program = sections[section]
    group = program.get("stopasgroup")
    signal = program["stopsignal"].value.split(",")[0] if "stopsignal" in program else "TERM"
    stated = program.get("stopwaitsecs")
    wait = stated.value if stated is not None else f"{usual}"
    return Service(
        name,
        _command(program.get("command"), env),
        signals.parse(signal.strip()) or "",
        _true(sections, section, "stopasgroup"),
        durations.number(wait) if wait.isdigit() else None,
        None if stated is None else stated.text.span(stated.start, stated.end),
        None if group is None else group.text.span(group.start, group.end),
        once="autorestart" in program and not _restarted(program["autorestart"]),
    )


def _restarted(setting: Setting) -> bool:
    """Whether supervisord starts a program again, at least where it did not end as expected."""
    return setting.value.lower() in {"true", "yes", "on", "1", "unexpected"}


def _command(setting: Setting | None, env: Mapping[str, str]) -> tuple[Word, ...]:
    """The words of `command=`; those that hold expressions which are not known are unknown."""
    words = (
        None if setting is None else split(Embedded.slice(setting.text, setting.start, setting.end))
    )
    return tuple(part for word in words or () for part in _expanded(word, env))


def _expanded(word: Word, env: Mapping[str, str]) -> list[Word]:
    """A word with `%(ENV_NAME)s` as the environment has it, which may give several words."""
    if GAP in word.plain:
        return [Word(None, word.span, reason="a part of its command is not known", many=True)]
    if "%(" not in (word.value or ""):
        return [word]
    parts = _OF_ENV.split(word.value or "")
    parts[1::2] = [env.get(name, "%(") for name in parts[1::2]]
    text = "".join(parts) if sum(map(len, parts)) <= _MAX_TEXT else "%("
    if "%(" in text:
        return [Word(None, word.span, reason="supervisord's `%(…)s` is not read")]
    return [Word(part, word.span) for part in text.split()]


_OF_ENV = lazy.compile(r"%\(ENV_(\w+)\)s")


def s6_svscan(call: Call) -> Wrapped:
    """`s6-svscan [FOLDER]`: each folder in it with a `run` file is a service."""
    parsed = call.parse()
    folder = parsed.rest[0].value if parsed.rest else "."
    return _folder(call, parsed, folder, kill_after=None, signal_file="down-signal")


def _folder(
    call: Call, parsed: Parsed, folder: str | None, kill_after: float | None, signal_file: str = ""
) -> Wrapped:
    if folder is None or parsed.problem:
        problem = parsed.problem or "the folder is not known"
        return build(call, replace(parsed, rest=(), problem=problem))
    where = absolute(folder, call.workdir)
    services = _runs(call, where, kill_after, signal_file) or _brought(call, where)
    problem = "" if services else f"no services are in sight in `{where}`"
    return build(call, replace(parsed, rest=(), problem=problem), services=services)


def _runs(
    call: Call, folder: str, kill_after: float | None, signal_file: str = ""
) -> tuple[Service, ...]:
    """The services of a folder. signal_file: what names a service's own stop signal."""
    names = (call.view.names(folder) or ()) if call.view else ()
    runs = [(n, f"{folder}/{n}/run") for n in sorted(names)[:_MAX_FILES] if n[:1] != "."]
    services = list[Service]()
    for name, path in runs:
        text = call.view.text(path) if call.view else None
        if text is not None:
            signal = _stated(call, f"{folder}/{name}/{signal_file}") if signal_file else "TERM"
            words = (Word(path, text.span(0, 0)),)
            services.append(Service(name, words, signal, kill_after=kill_after))
    return tuple(services)


def _brought(call: Call, folder: str) -> tuple[Service, ...]:
    """The services of an image that starts this init itself, which nobody here can read.

    They are told like any program of which nothing is known, all as one. An image that others build
    on has none of its own.
    """
    if call.image is None or not call.image.services:
        return ()
    return (Service("services", (Word(f"{folder}/*/run"),), kill_after=None),)


def _of_image(call: Call, path: str) -> tuple[Service, ...]:
    """The programs that a public image's own configuration of supervisord names, all as one."""
    if call.image is None or call.image.init != "supervisord":
        return ()
    return (Service("programs", (Word(path),), kill_after=None),)


def _stated(call: Call, path: str) -> str:
    """The signal that a file names; SIGTERM where there is no such file."""
    text = call.view.text(path) if call.view else None
    return "TERM" if text is None else signals.parse(text.text.strip()) or "TERM"


def runsvdir(call: Call) -> Wrapped:
    """`runsvdir [-P] FOLDER`; `runsvdir-start` is one for /etc/service."""
    return _first_of_folder(call, "/etc/service")


def _first_of_folder(call: Call, usual: str) -> Wrapped:
    """One that tells none of its services. An only one is what it starts."""
    parsed = call.parse()
    folder = parsed.rest[0].value if parsed.rest else usual
    whole = _folder(call, parsed, folder, kill_after=None)
    return replace(whole, inner=whole.services[0].words if whole.services else None)


def circusd(call: Call) -> Wrapped:
    """`circusd FILE`: the watchers of an ini file."""
    parsed = call.parse()
    file = parsed.rest[0].value if parsed.rest and not parsed.rest[0].many else None
    path = absolute(file, call.workdir) if file else ""
    text = call.view.text(path) if call.view and path else None
    if parsed.problem or text is None:
        reason = parsed.problem or f"`{path or 'its configuration'}` is not in sight"
        return build(call, replace(parsed, rest=(), problem=reason))
    sections = read_ini(text)
    watchers = [watcher for name, watcher in sections.items() if name.startswith("watcher:")]
    services = tuple(_watcher(watcher, call.entry["usual_wait"]) for watcher in watchers)
    plain = services and all(service.words and service.signal for service in services)
    problem = "" if plain else "a watcher's command or signal is not plain"
    return build(
        call, replace(parsed, rest=(), problem=problem), services=services if plain else ()
    )


def _watcher(watcher: Mapping[str, Setting], usual: float) -> Service:
    words = [_command(watcher[key], {}) for key in ("cmd", "args") if key in watcher]
    signal = watcher["stop_signal"].value if "stop_signal" in watcher else "TERM"
    wait = watcher["graceful_timeout"].value if "graceful_timeout" in watcher else f"{usual}"
    return Service(
        "",
        tuple(word for part in words for word in part),
        signals.parse(signal) or "",
        kill_after=durations.number(wait),
    )


def supervise(call: Call) -> Wrapped:
    """`runsv FOLDER` and its like: the `run` file of a folder."""
    folder = call.args[0].value if call.args and not call.args[0].many else None
    path = absolute(f"{folder}/run", call.workdir) if folder is not None else ""
    text = call.view.text(path) if call.view and path else None
    if text is None:
        return build(call, Parsed(problem=f"`{path or 'its run file'}` is not in sight"))
    return build(call, Parsed(rest=(Word(path, text.span(0, 0)),)))


def svscan(call: Call) -> Wrapped:
    """`svscan [FOLDER]`, by default for the working directory."""
    return _first_of_folder(call, ".")


def my_init(call: Call) -> Wrapped:
    """`my_init [-- COMMAND]`: runit's services, and a command beside them."""
    parsed = call.parse()
    wait = call.entry["usual_wait"]
    services = () if parsed.has("--skip-runit") else _runs(call, "/etc/service", wait)
    if parsed.rest:
        services = (*services, Service("command", parsed.rest, kill_after=wait))
    problem = parsed.problem or ("" if services else "no services are in sight")
    return build(call, replace(parsed, rest=(), problem=problem), services=services)


_S6_MARKS = ("/etc/s6-overlay", "/etc/services.d", "/etc/cont-init.d", "/etc/s6-overlay/s6-rc.d")


def s6_overlay(call: Call) -> Wrapped | None:
    """`/init`, where folders of s6-overlay or the image show that it is that one."""
    view, image = call.view, call.image
    brought = image is not None and image.init == "s6-overlay"
    if not brought and (view is None or not any(view.names(folder) for folder in _S6_MARKS)):
        return None
    wait = call.entry["usual_wait"]
    folders = ("/etc/services.d", "/etc/s6-overlay/s6-rc.d")
    services = tuple(s for f in folders for s in _runs(call, f, wait, "down-signal"))
    if call.args:
        services = (*services, Service("command", call.args, kill_after=wait))
    problem = "" if services else "no services are in sight"
    wrapped = build(call, Parsed(problem=problem), services=services)
    unread = () if services else _brought(call, folders[-1])
    return replace(wrapped, services=unread, reason="", limits=()) if unread else wrapped


_SHELL_MARKS = frozenset("|&;<>()`\\*?[]#~{}")


def procfile(call: Call) -> Wrapped | None:
    """`start [-f FILE] [PROCESS…]`: the lines of the Procfile, or those; `run` runs one command.

    A shell runs each line. Where its group is told, and waited for, it does no harm that it ends
    first.
    """
    parsed = call.parse()
    if not parsed.starts or parsed.problem:
        return build(call, replace(parsed, rest=())) if parsed.starts else None
    if parsed.lead == "run":
        return build(call, parsed)
    folder = absolute(parsed.value("-d", "--root", "--app-root") or ".", call.workdir)
    path = absolute(parsed.value("-f", "--procfile") or "Procfile", folder)
    text = call.view.text(path) if call.view else None
    if text is None:
        return build(call, replace(parsed, rest=(), problem=f"`{path}` is not in sight"))
    wait = durations.coreutils(parsed.value("-t", "--timeout") or "")
    wait = call.entry["usual_wait"] if wait is None else wait
    wanted = {word.value for word in parsed.rest}
    groups = bool(call.entry.get("waits_for_groups"))
    services = tuple(
        Service(name, words, "TERM", group=groups, kill_after=wait)
        for name, words in _lines(text)
        if not wanted or name in wanted
    )
    plain = all(service.words for service in services)
    problem = "" if plain and services else f"the commands of `{path}` are not plain"
    given = services if not problem else ()
    return build(call, replace(parsed, rest=(), problem=problem), services=given)


def _lines(text: Text) -> Iterator[tuple[str, tuple[Word, ...]]]:
    """The processes of a Procfile with their words, those of a shell where it has shell syntax."""
    for match in _PROCESS.finditer(text.text[:_MAX_TEXT]):
        command = match[2].strip()
        start = match.start(2) + len(command) - len(command.removeprefix("exec ").lstrip())
        words = split(Embedded.slice(text, start, match.end(2)))
        if words is None:
            words = ()
        elif _SHELL_MARKS.intersection(command):
            span, whole = text.span(*match.span(2)), Embedded.slice(text, *match.span(2))
            words = (Word("/bin/sh", span), Word("-c", span), Word(whole.text, span, whole))
            yield match[1], words
            continue
        reason = "a variable of the process is not known"
        yield (
            match[1],
            tuple(
                Word(None, word.span, reason=reason) if "$" in (word.value or "") else word
                for word in words
            ),
        )


_MAX_TEXT = 100_000
_PROCESS = lazy.compile(r"^([A-Za-z0-9_-]+):[ \t]*(\S[^\n]*)$", re.MULTILINE)
