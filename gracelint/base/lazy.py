"""What is made ready when it is first used: regular expressions, and functions of modules that are
loaded then. Most runs use few of them.
"""

from __future__ import annotations

import re
from importlib import import_module

from gracelint.base.typed import TYPE_CHECKING, Any, cast

if TYPE_CHECKING:
    from collections.abc import Callable

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


def function(module: str, name: str) -> Callable[..., Any]:
    """A function of a module that is loaded when the function is first called."""
    found: Callable[..., Any] | None = None

    def call(*args: Any) -> Any:
        nonlocal found
        if found is None:
            found = getattr(import_module(module), name)
        return found(*args)

    return call
