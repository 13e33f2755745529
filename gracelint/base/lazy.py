"""Regular expressions that are compiled when they are first used: most runs use few of them."""

from __future__ import annotations

import re

from gracelint.base.typed import Any, cast

_METHODS = ("findall", "finditer", "fullmatch", "match", "search", "split", "sub", "subn")


class _Lazy:
    def __init__(self, pattern: str, flags: int) -> None:
        self._given = (pattern, flags)

    def __getattr__(self, name: str) -> Any:
        compiled = re.compile(*self._given)
        for method in _METHODS:
            setattr(self, method, getattr(compiled, method))
        return getattr(compiled, name)


def compile(pattern: str, flags: int = 0) -> re.Pattern[str]:  # noqa: A001
    """The pattern, compiled at its first use; an error in it shows only then."""
    return cast("re.Pattern[str]", _Lazy(pattern, flags))
