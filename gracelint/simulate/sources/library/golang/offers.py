"""Whether what a Go program wants to send to a channel is taken."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gracelint.simulate.sources.machine.values import Record
from gracelint.simulate.sources.machine.waits import ITEMS

if TYPE_CHECKING:
    from gracelint.simulate.sources.machine.machine import Machine


def is_taken(machine: Machine, to: Any) -> bool:
    """Whether what is sent to a channel now is taken at once, or kept."""
    if not isinstance(to, Record):
        return to is not None
    if to.fields.get("room"):
        return has_room(to, to.fields.get("sent", 0) + 1)
    waiting = (s.block for s in machine.strands if s.block is not None and s.block.kind == "select")
    there = any(one is to for block in waiting for one, _ in block.subject)
    return there and not machine.held(to, ITEMS)


def has_room(to: Record, number: int) -> bool:
    """Whether so many may have been sent: those within the channel's room, and those taken."""
    room = to.fields.get("room")
    return not isinstance(room, int) or number <= to.fields["taken"] + room
