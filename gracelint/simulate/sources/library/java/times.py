"""Times, numbers and properties that Java programs look up."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gracelint.base.integers import whole
from gracelint.simulate.sources.library.java.language import FUNCTIONS, JAVA
from gracelint.simulate.sources.library.plain import Table
from gracelint.simulate.sources.machine.values import NOTHING, Record, spelled, unset

if TYPE_CHECKING:
    from gracelint.simulate.sources.machine.state import Given

_TIME = JAVA.methods["time"] = Table()
_MADE = {"Millis": 0.001, "Seconds": 1.0, "Minutes": 60.0, "Hours": 3600.0, "Nanos": 1e-9}


@FUNCTIONS.add(*(f"Duration.of{unit}" for unit in _MADE))
def _time(given: Given) -> Any:
    number, unit = given.get(0), _MADE[given.path.rpartition(".of")[2]]
    known = isinstance(number, int) and not isinstance(number, bool)  # `long` in Java
    return Record("time", {"seconds": number * unit}) if known else NOTHING


@_TIME.add(*(f"to{unit}" for unit in _MADE), "getSeconds")
def _in_units(given: Given) -> Any:
    unit = _MADE[given.path.removeprefix("to").removeprefix("get")]
    return int(given.receiver.fields["seconds"] / unit)


@FUNCTIONS.add("System.getProperty", "Integer.getInteger", "Long.getLong")
def _property(given: Given) -> Any:
    """What an option of the JVM sets (`-Dname=value`), else the default."""
    name = spelled(given.get(0))
    value = given.machine.environment["properties"].get(name)
    if value is None:
        return given.get(1, default=unset(None))
    if given.path.startswith("System"):
        return value
    number = whole(value)
    return NOTHING if number is None else number


@FUNCTIONS.add("Integer.parseInt", "Long.parseLong", "Integer.valueOf", "Long.valueOf")
def _number(given: Given) -> Any:
    value = given.get(0)
    number = whole(value) if isinstance(value, str) else value
    return number if isinstance(number, int) else NOTHING


@FUNCTIONS.add("Boolean.parseBoolean", "Boolean.valueOf")
def _truth(given: Given) -> Any:
    value = given.get(0)
    return value.lower() == "true" if isinstance(value, str) else NOTHING
