"""Who waits for orphans, and what makes them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gracelint import atlas

if TYPE_CHECKING:
    from gracelint.shutdown.process import Process
    from gracelint.workload import Workload


def reaps(workload: Workload, process: Process) -> bool | None:
    """Whether a process waits for children that it did not start; None when that is not known."""
    if process.shell is not None or process.role == "init":
        return True
    if process.role == "wrapper":
        env = {key: word.value for key, word in workload.env.items() if word.value is not None}
        found = atlas.wrapper(process.argv, env)
        return found.reaps if found is not None else None
    return process.entry.reaps if process.entry is not None else None
