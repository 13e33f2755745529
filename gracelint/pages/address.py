"""Where gracelint and its rule pages can be read.

The project has no public address yet. Where it gets one, it stands here and in `project.urls`.
What knows an address of its own, as the action does, says so in `GRACELINT_ADDRESS`.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from gracelint.model.finding import Rule

ADDRESS = ""
"""A place below which files are as in the repository, without a slash at its end; "" for none."""


def address() -> str | None:
    """Where to read about gracelint, None where that is not known."""
    given = os.environ.get("GRACELINT_ADDRESS", "") or ADDRESS
    return given.rstrip("/") if _is_whole(given) else None


def page_address(rule: Rule) -> str | None:
    """Where a rule's page is, None where that is not known."""
    top = address()
    return f"{top}/rules/{rule.code}-{rule.name}.md" if top else None


def _is_whole(given: str) -> bool:
    try:
        parts = urlsplit(given)
    except ValueError:
        return False
    plain = given.isascii() and given.isprintable() and " " not in given
    return plain and parts.scheme in {"http", "https"} and bool(parts.netloc)
