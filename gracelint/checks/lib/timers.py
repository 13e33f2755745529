"""Timers inside a container that say how long a stop may take, as far as files show them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from gracelint.base import durations, lazy
from gracelint.base.values import dataclass
from gracelint.checks.lib.pods.common import image_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from gracelint.base.facts import Word
    from gracelint.base.source import Span
    from gracelint.model.process import Process
    from gracelint.model.story import Story
    from gracelint.model.workload import ImageFile, Workload


@dataclass(frozen=True, slots=True)
class Timer:
    """Seconds that something grants itself or what is below it, and where that is written.

    owner: whose it is. cuts: what is below is killed when it is over. chosen: somebody set it.
    """

    owner: str
    seconds: float
    span: Span | None
    cuts: bool = False
    chosen: bool = True


_USUAL = {"supervisord": 10.0, "pm2-runtime": 1.6}
_OPTION = lazy.compile(r"--?(graceful-timeout|timeout|timeout-graceful-shutdown|t)(=|$)")
_SPRING_ENV = "SPRING_LIFECYCLE_TIMEOUT_PER_SHUTDOWN_PHASE"
_SPRING = lazy.compile(r"(?:--|-D)spring\.lifecycle\.timeout-per-shutdown-phase=(.+)")
_S6 = "S6_KILL_GRACETIME"
_NGINX = lazy.compile(r"^[^#\n]*\bworker_shutdown_timeout\s+([^\s;]+)\s*;", re.MULTILINE)


def timers(story: Story) -> Iterator[Timer]:
    """All that are in sight, PID 1's first."""
    workload = story.workload
    processes = story.tree.walk() if story.tree is not None else []
    for process in processes:
        yield from _of_process(process)
        if process.program == "java":
            yield from _of_spring(workload, process)
        if process.program == "nginx" and process.sent == ("QUIT",):
            yield from _of_nginx(workload)
        if process.program == "s6-overlay" and _S6 in workload.env:
            yield from _stated(_S6, workload.env[_S6], durations.milliseconds)


def _of_process(process: Process) -> Iterator[Timer]:
    entry, wrapped = process.entry, process.wrapped
    if entry is not None and entry.stops_in and process.told and process.role == "app":
        option = next((w for w in process.argv if w.value and _OPTION.match(w.value)), None)
        span = option.span if option is not None and option.span is not None else process.span
        yield Timer(entry.key, entry.stops_in, span, chosen=option is not None)
    if wrapped is None or not any(_has_work(child) for child in process.walk()[1:]):
        return
    if wrapped.kill_after is not None:
        yield Timer(wrapped.key, wrapped.kill_after, process.span, cuts=True, chosen=False)
    for service in wrapped.services:
        if service.kill_after is not None and wrapped.key in _USUAL:
            chosen = service.kill_after != _USUAL[wrapped.key]
            span = service.words[0].span if service.words else process.span
            yield Timer(wrapped.key, service.kill_after, span, cuts=True, chosen=chosen)


def _has_work(process: Process) -> bool:
    """Whether an application has something to do on the signal that it is sent."""
    reactions = process.entry.reactions if process.entry is not None else {}
    finishes = any(reactions.get(s) == "graceful" for s in process.sent)
    return process.role == "app" and bool(process.told) and (process.assumed or finishes)


def _of_spring(workload: Workload, process: Process) -> Iterator[Timer]:
    if _SPRING_ENV in workload.env:
        yield from _stated("Spring", workload.env[_SPRING_ENV], durations.spring)
    for word in process.argv:
        if word.value is not None and (found := _SPRING.fullmatch(word.value)):
            yield from _stated("Spring", word, durations.spring, found[1])


def _stated(
    owner: str, word: Word, read: Callable[[str], float | None], text: str | None = None
) -> Iterator[Timer]:
    seconds = read((word.value if text is None else text) or "")
    if seconds is not None and seconds >= 0:
        yield Timer(owner, seconds, word.span)


def _of_nginx(workload: Workload) -> Iterator[Timer]:
    file = workload.files.get("/etc/nginx/nginx.conf")
    found = _NGINX.search(file.text.text) if file is not None and file.text is not None else None
    seconds = durations.nginx(found[1]) if found is not None else None
    if seconds is not None and found is not None and file is not None and file.text is not None:
        yield Timer("nginx", seconds, file.text.span(found.start(1), found.end()))


_NAME = "process_control_timeout"
_SET = re.compile(rf"^[ \t]*{_NAME}\s*=\s*0*[1-9]", re.MULTILINE)
_FOLDERS = ("/usr/local/etc/php-fpm", "/etc/php")


def cuts_off(story: Story) -> bool:
    """Whether an official php-fpm image, stopped as it should be, has no time for its requests.

    Only where every configuration that is added is in sight.
    """
    workload = story.workload
    image = image_of(workload)
    told = story.tree is not None and any(
        p.program == "php-fpm" and p.sent == ("QUIT",) for p in story.tree.walk()
    )
    if not told or image is None or image.program != "php-fpm" or _hidden(workload):
        return False
    return not any(_configures(file) for file in workload.files)


def _configures(file: ImageFile) -> bool:
    """Whether a file sets the timer, or may."""
    if not file.path.startswith(_FOLDERS):
        return False
    return file.text is None or bool(_SET.search(file.text.text))


def _hidden(workload: Workload) -> bool:
    """Whether something is done to the configuration that is not followed."""
    written = workload.place.node.span.text if workload.place is not None else ""
    command = workload.launch.command
    source = command.span.source.text if command is not None else workload.source.text
    return any(name in text for text in (written, source) for name in (*_FOLDERS, _NAME, "php_ini"))
