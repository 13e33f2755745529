"""What each instruction does to the machine."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gracelint.simulate.sources.machine import flow, functions, names

if TYPE_CHECKING:
    from gracelint.simulate.sources.machine.state import Do

DO: dict[str, Do] = {**names.DO, **flow.DO, **functions.DO}
