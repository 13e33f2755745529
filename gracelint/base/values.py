"""Value classes that load quickly.

`dataclass`, `field`, `fields` and `replace` mean what they do in the standard library, and are
those for type checkers. When the program runs, they are made here: printing, comparing and hashing
are shared by all classes, and the constructor of a class is compiled when more than a few of its
values have been made. Otherwise more than a hundred classes, most of which an ordinary run hardly
uses, would cost it a third of its time. That nothing is assigned to a frozen one, and nothing but
its fields to one with slots, is left to the type checker.
"""

from __future__ import annotations

from gracelint.base.typed import TYPE_CHECKING

if TYPE_CHECKING:
    from dataclasses import dataclass, field, fields, replace
else:
    from operator import attrgetter

    _MISSING = object()

    class _Field:
        """What a class says of one field."""

        __slots__ = ("default", "factory", "metadata", "name")

        def __init__(self, default=_MISSING, factory=_MISSING, metadata=None):
            self.default = default
            self.factory = factory
            self.metadata = metadata or {}
            self.name = ""

    class _Standard:
        """Shows the standard library, where it asks, the fields that it would have made."""

        def __get__(self, _, owner):
            import dataclasses

            specs = []
            for name, one in owner.__value_fields__.items():
                said = {"default": one.default, "default_factory": one.factory}
                arguments = {key: value for key, value in said.items() if value is not _MISSING}
                specs.append((name, object, dataclasses.field(**arguments)))
            return dataclasses.make_dataclass(owner.__name__, specs).__dataclass_fields__

    class _Once:
        """An attribute of a class that is worked out when it is first asked for."""

        def __init__(self, name, work):
            self.name, self.work = name, work

        def __get__(self, _, owner):
            value = self.work(owner)
            setattr(owner, self.name, value)
            return value

    _STANDARD = _Standard()

    def field(*, default=_MISSING, default_factory=_MISSING, metadata=None):
        """A field's default, or what makes one for each value, and what else is said of it."""
        return _Field(default, default_factory, metadata)

    def fields(cls):
        """The fields of a class in their order."""
        return tuple(cls.__value_fields__.values())

    def replace(value, /, **changes):
        """The same with other values in some fields."""
        cls = value.__class__
        if len(cls.__match_args__) < 2:  # what gives all fields gives no tuple then
            return cls(**{name: getattr(value, name) for name in cls.__match_args__} | changes)
        twin = cls(*cls.__value_key__(value))
        for name, changed in changes.items():
            setattr(twin, name, changed)
        return twin

    def _repr(self):
        shown = ", ".join(f"{name}={getattr(self, name)!r}" for name in self.__match_args__)
        return f"{type(self).__qualname__}({shown})"

    def _key(cls):
        """What gives all that two values of a class are compared by."""
        return attrgetter(*cls.__match_args__) if cls.__match_args__ else type

    def _eq(self, other):
        if other.__class__ is not self.__class__:
            return NotImplemented
        return self is other or self.__value_key__(self) == self.__value_key__(other)

    def _hash(self):
        return hash(self.__value_key__(self))

    def _reduced(self):
        values = self.__value_key__(self)
        return self.__class__, values if len(self.__match_args__) > 1 else (values,)

    def _lt(self, other):
        if other.__class__ is not self.__class__:
            return NotImplemented
        return self.__value_key__(self) < self.__value_key__(other)

    _SHAPES = {}

    def _shape(count):
        """A constructor of so many fields. A class takes the code of one, with its own names in it,
        in a twentieth of the time in which it would be compiled.
        """
        if count not in _SHAPES:
            names, namespace = [f"a{at}" for at in range(count)], {}
            body = "".join(f"\n self.{name} = {name}" for name in names) or " pass"
            exec(f"def init({', '.join(('self', *names))}):{body}", namespace)  # noqa: S102
            _SHAPES[count] = namespace["init"]
        return _SHAPES[count]

    def _shaped(cls):
        """The constructor by the number of fields; None with factories."""
        names, said = cls.__match_args__, cls.__value_fields__.values()
        if any(one.factory is not _MISSING for one in said):
            return None
        shape, name = _shape(len(names)), f"{cls.__qualname__}.__init__"
        code = shape.__code__.replace(
            co_name="__init__", co_qualname=name, co_names=names, co_varnames=("self", *names)
        )
        init = type(shape)(code, {}, "__init__")
        init.__defaults__ = tuple(one.default for one in said if one.default is not _MISSING)
        return init

    def _constructor(cls):
        """The constructor's text holds names of fields only; defaults are handed to it."""
        given, body, namespace = ["self"], [], {"_M": _MISSING}
        for name, one in cls.__value_fields__.items():
            value = name
            if one.factory is not _MISSING:
                namespace[f"_f_{name}"] = one.factory
                given.append(f"{name}=_M")
                value = f"_f_{name}() if {name} is _M else {name}"
            elif one.default is not _MISSING:
                namespace[f"_d_{name}"] = one.default
                given.append(f"{name}=_d_{name}")
            else:
                given.append(name)
            body.append(f" self.{name} = {value}")
        text = f"def __init__({', '.join(given)}):\n" + ("\n".join(body) or " pass")
        exec(text, namespace)  # noqa: S102
        init = namespace["__init__"]
        init.__qualname__ = f"{cls.__qualname__}.__init__"
        return init

    def _own(cls):
        """The names of the fields that a class says itself."""
        kinds = cls.__annotations__.items()
        return [name for name, kind in kinds if not str(kind).startswith("ClassVar")]

    def _names(cls):
        """The names of all its fields, those of its bases first."""
        if cls.__base__ is object:
            return tuple(_own(cls))
        bases = [vars(base).get("__match_args__", ()) for base in reversed(cls.__mro__[1:])]
        return tuple(dict.fromkeys(name for names in (*bases, _own(cls)) for name in names))

    def _fields(cls):
        """The fields of a class by name."""
        fields = dict.fromkeys(cls.__match_args__)
        for base in reversed(cls.__mro__):
            for name in _own(base) if "__match_args__" in vars(base) else ():
                said = vars(base).get(name, _MISSING)
                fields[name] = said if isinstance(said, _Field) else _Field(said)
                fields[name].name = name
        return fields

    def _plainly(self, cls, args, kwargs):
        """Set the fields of a value one by one; False where they are not all given."""
        names = cls.__match_args__
        given = dict(zip(names, args, strict=False)) | kwargs
        if len(given) < len(args) + len(kwargs) or not given.keys() <= cls.__value_fields__.keys():
            return False
        for name, one in cls.__value_fields__.items():
            if name in given:
                setattr(self, name, given[name])
            elif one.factory is not _MISSING:
                setattr(self, name, one.factory())
            elif one.default is not _MISSING:
                setattr(self, name, one.default)
            else:
                return False
        return True

    _FIELDS, _KEY = _Once("__value_fields__", _fields), _Once("__value_key__", _key)
    _FEW = 6  # values that are made one field at a time: compiling takes about as long

    def dataclass(*, frozen=False, slots=False, eq=True, order=False):  # noqa: ARG001
        """A class decorator; all fields count, in their order."""

        def wrap(cls):
            defined = vars(cls)
            cls.__match_args__ = _names(cls)
            cls.__value_fields__, cls.__dataclass_fields__ = _FIELDS, _STANDARD
            cls.__value_key__ = _KEY
            if eq and "__eq__" not in defined:
                cls.__eq__ = _eq
                if "__hash__" not in defined:
                    cls.__hash__ = _hash if frozen else None
            if order:
                cls.__lt__ = _lt
            if frozen and cls.__match_args__ and "__reduce__" not in defined:
                cls.__reduce__ = _reduced
            if "__repr__" not in defined:
                cls.__repr__ = _repr

            made = 0

            def __init__(self, *args, **kwargs):  # noqa: N807
                nonlocal made
                made += 1
                init = _shaped(cls) if made == 1 else None
                if init is None and (made > _FEW or not _plainly(self, cls, args, kwargs)):
                    init = _constructor(cls)
                if init is not None:
                    cls.__init__ = init
                    init(self, *args, **kwargs)

            cls.__init__ = __init__
            return cls

        return wrap


__all__ = ["dataclass", "field", "fields", "replace"]
