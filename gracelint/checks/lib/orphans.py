"""What in a container surely makes orphans, as far as files tell, and who waits for them."""

from __future__ import annotations

import json
from itertools import pairwise

from gracelint import atlas
from gracelint.base.facts import Known
from gracelint.base.paths import absolute
from gracelint.base.typed import TYPE_CHECKING
from gracelint.checks.lib.execs import NOT_PROGRAMS
from gracelint.syntax.shell.invoked import shell_text
from gracelint.syntax.shell.parse import parse, walk
from gracelint.syntax.shell.tree import Simple

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gracelint.model.process import Process
    from gracelint.model.workload import Workload


def makers(workload: Workload, process: Process) -> Iterator[str]:
    """What starts processes that it may leave behind, in words."""
    packages = sorted(name for name in workload.packages if atlas.used_spawns(name))
    if packages:
        yield f"`{packages[0]}` starts processes of its own"
    driver = _driver(workload)
    if driver:
        yield f"`{driver}` starts browsers"
    words = [str(word) for word in process.argv]
    jars = [b.rpartition("/")[2] for a, b in pairwise(words) if a == "-jar"]
    yield from (f"`{jar}` starts processes of its own" for jar in jars if atlas.spawns(jar))
    if process.entry is not None and process.entry.spawns:
        yield f"`{process.entry.key}` starts processes of its own"


def left_by_health_check(workload: Workload) -> str:
    """The program that a health check leaves behind when it takes too long; "" for none.

    The engine then kills the process that it started, which is a shell, and not the shell's child.
    """
    check, shell = workload.healthcheck, workload.base.shell
    if check is None or not isinstance(shell, Known) or not shell.value:
        return ""
    text = shell_text(check.argv)
    if text is None or text.text is None:
        return ""
    body = parse(text.text, "posix").body
    first = next((n for n in walk(body) if isinstance(n, Simple) and n.name), None)
    kind = atlas.shell(shell.value)
    alone = len(body.items) == 1 and body.items[0].command is first
    replaced = kind is not None and alone and "single" in kind.implicit_exec
    if first is None or first.name in NOT_PROGRAMS or first.name == "exec" or replaced:
        return ""
    return first.name or ""


def _driver(workload: Workload) -> str:
    """What drives browsers among the dependencies of a package.json."""
    folder = workload.workdir.value if isinstance(workload.workdir, Known) else "/"
    manifest = workload.files.get(absolute("package.json", folder))
    if manifest is None or manifest.text is None:
        return ""
    try:
        data = json.loads(manifest.text.text)
    except (ValueError, RecursionError):
        return ""
    names = data.get("dependencies") if isinstance(data, dict) else None
    libraries = (atlas.library("node", name) for name in names) if isinstance(names, dict) else ()
    return next((one.key for one in libraries if one is not None and one.starts == "browsers"), "")


def reaps(process: Process) -> bool | None:
    """Whether a process waits for children that it did not start; None when that is not known."""
    if process.shell is not None or process.role == "init":
        return True
    entry = process.wrapped or process.entry
    return entry.reaps if entry is not None else None
