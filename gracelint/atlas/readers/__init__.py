"""What has to read a call's words or files itself, by the name that an entry gives it.

`services.supervisord` is the function `supervisord` in the module `services`. A wrapper's reader
takes a `Call` and returns what it starts, None where it starts nothing; a program's takes a
`Started` and the facts so far, and returns the facts.
"""

from __future__ import annotations

from importlib import import_module

from gracelint.base.typed import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable


def reader(name: str) -> Callable[..., Any]:
    """The function that an entry names."""
    module, _, function = name.partition(".")
    loaded: Callable[..., Any] = getattr(import_module(f"{__name__}.{module}"), function)
    return loaded
