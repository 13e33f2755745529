"""`json-lines`: one JSON object on a line for each finding."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gracelint.base.json_text import dumps
from gracelint.report import data

if TYPE_CHECKING:
    from gracelint.model.result import Result


def render(result: Result) -> str:
    """One line for each finding, nothing else."""
    return "".join(f"{dumps(data.finding(finding))}\n" for finding in result.findings)
