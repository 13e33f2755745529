"""Whole numbers as scripts write them."""

from __future__ import annotations

MAX_DIGITS = 18
"""Longer numbers do not fit what shells count with."""


def whole(text: str | None) -> int | None:
    """The number that plain digits give, a minus sign before them or not; None: it is none."""
    digits = (text or "").removeprefix("-")
    plain = digits.isascii() and digits.isdigit() and len(digits) <= MAX_DIGITS
    return int(text or "") if plain else None
