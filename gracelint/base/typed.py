"""Names of the standard library's `typing`, for modules that ordinary runs load.

Loading `typing` would cost a short run a twentieth of its time. For type checkers these are its
names. When the program runs, annotations are texts that nobody reads, and it is enough that classes
and aliases can be made with them.
"""

from __future__ import annotations

TYPE_CHECKING = False

if TYPE_CHECKING:
    from typing import (
        Any,
        ClassVar,
        Final,
        Generic,
        Literal,
        NoReturn,
        Protocol,
        TypeAlias,
        TypeVar,
        TypeVarTuple,
        cast,
        overload,
    )
else:

    class Form:
        """A base of classes that adds nothing, and that is itself with anything in brackets."""

        def __class_getitem__(cls, _):
            return cls

    Any = ClassVar = Final = Generic = Literal = NoReturn = Protocol = TypeAlias = Form

    def TypeVar(*_, **__):  # noqa: N802
        """A variable, which stands for nothing."""
        return Form

    TypeVarTuple = TypeVar

    def cast(_, value):
        """The value as it is."""
        return value

    def overload(function):
        """The function as it is; the last of its name holds."""
        return function


__all__ = [
    "TYPE_CHECKING",
    "Any",
    "ClassVar",
    "Final",
    "Generic",
    "Literal",
    "NoReturn",
    "Protocol",
    "TypeAlias",
    "TypeVar",
    "TypeVarTuple",
    "cast",
    "overload",
]
