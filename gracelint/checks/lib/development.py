"""What is meant for development and tests, by the names of files, folders, stages and services.

A container there is stopped by who waits for it: whatever is wrong with its stop is advice.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from gracelint.base.values import replace
from gracelint.model.finding import Severity

if TYPE_CHECKING:
    from collections.abc import Iterable

    from gracelint.model.finding import Finding
    from gracelint.model.workload import Workload

_WORDS = frozenset(
    (
        *("dev", "devel", "develop", "development", "devcontainer", "local", "override", "debug"),
        *("test", "tests", "testing", "e2e"),
    )
)
_FOLDERS = frozenset({".devcontainer", "dev", "development", "test", "tests", "e2e"})
_FOLDER_KINDS = frozenset({"dockerfile", "compose"})


def is_meant(workload: Workload, path: str = "") -> bool:
    """Whether a container is for development. path: of the file whose text is at fault."""
    names = [name for name in (workload.stage, _service(workload)) if name]
    paths = [workload.source.path, *filter(None, [path])]
    names += [one.rpartition("/")[2] for one in paths]
    if any(not _WORDS.isdisjoint(re.split(r"[^a-z0-9]+", name.lower())) for name in names):
        return True
    folders = {folder for one in paths for folder in one.lower().split("/")[:-1]}
    return workload.kind in _FOLDER_KINDS and not _FOLDERS.isdisjoint(folders)


def _service(workload: Workload) -> str:
    return workload.name if workload.kind == "compose" else ""


def lowered(finding: Finding, workloads: Iterable[Workload]) -> Finding:
    """The finding, as advice where all that it is about is for development."""
    if finding.severity is Severity.INFO:
        return finding
    path = finding.primary.span.place.source.path
    about = [w for w in workloads if not finding.workloads or w.name in finding.workloads]
    if not about or not all(is_meant(w, path) for w in about):
        return finding
    return replace(finding, severity=Severity.INFO)
