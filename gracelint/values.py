"""Value classes that load quickly.

`dataclass` is the standard library's, as type checkers see it. When the program runs, only the
constructor is generated for each class; printing, comparing and hashing are shared by all. That
takes a quarter of the time, of which more than a hundred classes would otherwise cost an ordinary
run a third of what it takes. That nothing is assigned to a frozen one is left to the type checker.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from dataclasses import dataclass
else:
    from dataclasses import dataclass as _dataclass
    from dataclasses import fields

    def _repr(self):
        shown = ((f.name, getattr(self, f.name)) for f in fields(self) if f.repr)
        return f"{type(self).__qualname__}({', '.join(f'{name}={v!r}' for name, v in shown)})"

    def _eq(self, other):
        if other.__class__ is not self.__class__:
            return NotImplemented
        return self is other or all(
            getattr(self, name) == getattr(other, name) for name in self.__match_args__
        )

    def _hash(self):
        return hash(tuple([getattr(self, name) for name in self.__match_args__]))

    def dataclass(*, frozen=False, slots=False, eq=True):
        """A class decorator; all fields count, in their order."""

        def wrap(cls):
            own = vars(cls)
            if eq and "__eq__" not in own:
                cls.__eq__ = _eq
                if "__hash__" not in own:
                    cls.__hash__ = _hash if frozen else None
            if "__repr__" not in own:
                cls.__repr__ = _repr
            return _dataclass(cls, repr=False, eq=False, slots=slots)

        return wrap


__all__ = ["dataclass"]
