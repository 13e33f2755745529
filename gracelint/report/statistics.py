"""`--statistics`: how often each rule is found."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gracelint.base.json_text import dumps
from gracelint.report import data

if TYPE_CHECKING:
    from gracelint.model.result import Result


def render(result: Result, name: str) -> str:
    """The counts as JSON where the format `name` is JSON, else as lines of text."""
    rows = data.statistics(result)
    if name == "json":
        whole = {"version": 1, "statistics": rows, "summary": data.summary(result)}
        return dumps(whole, indent=2) + "\n"
    if name == "json-lines":
        return "".join(f"{dumps(row)}\n" for row in rows)
    return "".join(f"{row['count']:5}  {row['code']}  {row['name']}\n" for row in rows)
