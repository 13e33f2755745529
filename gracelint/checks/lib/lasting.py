"""Whether an interpreter's script goes on until it is stopped."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from gracelint.base import lazy
from gracelint.base.facts import Known
from gracelint.base.paths import absolute

if TYPE_CHECKING:
    from gracelint.model.process import Process
    from gracelint.model.workload import Workload

_MOST = 200_000
_LASTS = lazy.compile(
    r"while\b|\bfor\s*\(\s*;\s*;|\bloop\b|(?<!re)(?<!ob)(?<!con)serve|listen|setInterval"
    r"|\brun\b|\bselect\b|stdin|\brecv|pause|schedule|subscribe|\.on\(|\blogin\("
    r"|consume|poll|accept|thread|start|wait|watch|createServer|\bdo\b|^main\(|\bexit\(main\("
    r"|sleep\b(?!\s*\(?\s*[\w.])|sleep\s*\(?\s*(?:\d{4}|(?:math|np|sys)\.|float\b|inf)"
    r"|require\(\s*['\"]\.|from\s+['\"]?\.|import\s*\(?['\"]\.",
    re.IGNORECASE | re.MULTILINE,
)


def ends(workload: Workload, process: Process) -> bool:
    """Whether the script in sight does nothing that could last, so that nobody has to stop it."""
    if process.entry is None or not process.entry.interpreter:
        return False
    folder = workload.workdir.value if isinstance(workload.workdir, Known) else "/"
    for word in process.argv[1:]:
        file = workload.files.get(absolute(word.value, folder)) if word.value else None
        if file is not None and file.text is not None:
            return len(file.text.text) < _MOST and _LASTS.search(file.text.text) is None
    return False
