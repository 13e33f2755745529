"""The atlas as JSON, one file for each kind of subject, read when it is first asked for."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any


@cache
def load(subject: str) -> dict[str, Any]:
    """The table in `SUBJECT.json`."""
    path = Path(__file__).with_name(f"{subject}.json")
    table: dict[str, Any] = json.loads(path.read_bytes())
    return table
