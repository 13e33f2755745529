"""`json`: one object for the run."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gracelint.base.json_text import dumps
from gracelint.report import data

if TYPE_CHECKING:
    from gracelint.model.result import Result


def render(result: Result) -> str:
    """The run as JSON in ASCII, indented by two."""
    whole = {
        "version": 1,
        "findings": [data.finding(finding) for finding in result.findings],
        "summary": data.summary(result),
    }
    return dumps(whole, indent=2) + "\n"
