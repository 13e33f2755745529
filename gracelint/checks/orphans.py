"""What in a container surely makes orphans, as far as files tell."""

from __future__ import annotations

import json
from itertools import pairwise
from typing import TYPE_CHECKING

from gracelint.paths import absolute
from gracelint.workload import Known

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gracelint.shutdown.process import Process
    from gracelint.workload import Workload

_BROWSERS = frozenset(
    {
        "chromium",
        "chromium-browser",
        "chromium-headless-shell",
        "google-chrome-stable",
        "google-chrome",
        "firefox",
        "firefox-esr",
        "puppeteer",
        "playwright",
        "selenium",
    }
)
_DRIVERS = (
    "puppeteer",
    "playwright",
    "@playwright/test",
    "playwright-chromium",
    "selenium-webdriver",
)
_AGENTS = frozenset({"agent.jar", "slave.jar", "remoting.jar"})


def makers(workload: Workload, process: Process) -> Iterator[str]:
    """What starts processes that it may leave behind, in words."""
    browsers = sorted(_BROWSERS & workload.packages)
    if browsers:
        yield f"`{browsers[0]}` starts processes of its own"
    driver = _driver(workload)
    if driver:
        yield f"`{driver}` starts browsers"
    if _is_jenkins_agent(process):
        yield "a Jenkins agent runs builds"
    if process.entry is not None and process.entry.spawns:
        yield f"`{process.entry.key}` starts processes of its own"


def _driver(workload: Workload) -> str:
    """What drives browsers among the dependencies of a package.json."""
    folder = workload.workdir.value if isinstance(workload.workdir, Known) else "/"
    found = workload.files.get(absolute("package.json", folder))
    if found is None or found.text is None:
        return ""
    try:
        data = json.loads(found.text.text)
    except (ValueError, RecursionError):
        return ""
    names = data.get("dependencies") if isinstance(data, dict) else None
    return next((n for n in _DRIVERS if isinstance(names, dict) and n in names), "")


def _is_jenkins_agent(process: Process) -> bool:
    words = [str(word) for word in process.argv]
    jars = (b for a, b in pairwise(words) if a == "-jar")
    return any(jar.rpartition("/")[2] in _AGENTS for jar in jars)
