"""Who waits for orphans, and what makes them."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from gracelint.model.story import Process


def reaps(process: Process) -> bool | None:
    """Whether a process waits for children that it did not start; None when that is not known."""
    if process.shell is not None or process.role == "init":
        return True
    known = process.wrapped or process.entry
    return known.reaps if known is not None else None
