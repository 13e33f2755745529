"""Exceptions of languages' own libraries, and of what kinds they are besides."""

from __future__ import annotations

_OF_KIND = {
    # Python
    "LookupError": "KeyError IndexError",
    "ArithmeticError": "ZeroDivisionError OverflowError FloatingPointError",
    "OSError": """
        BlockingIOError ChildProcessError ConnectionError FileExistsError FileNotFoundError
        InterruptedError IsADirectoryError NotADirectoryError PermissionError ProcessLookupError
        TimeoutError
    """,
    "ConnectionError": """
        BrokenPipeError ConnectionAbortedError ConnectionRefusedError ConnectionResetError
    """,
    "RuntimeError": "RecursionError FrozenError",
    "ValueError": "UnicodeError JSONDecodeError",
    "UnicodeError": "UnicodeDecodeError UnicodeEncodeError",
    "ImportError": "ModuleNotFoundError",
    "SubprocessError": "CalledProcessError TimeoutExpired",
    # Ruby
    "IndexError": "KeyError StopIteration",
    "NameError": "NoMethodError",
    "RangeError": "FloatDomainError",
    "IOError": "EOFError",
    "SystemCallError": "ECHILD ECONNREFUSED ECONNRESET EINTR ENOENT EPIPE ESRCH ETIMEDOUT",
    # PHP
    "LogicException": """
        BadFunctionCallException DomainException InvalidArgumentException LengthException
        OutOfRangeException
    """,
    "BadFunctionCallException": "BadMethodCallException",
    # PHP and Java
    "RuntimeException": """
        OutOfBoundsException OverflowException RangeException UnderflowException
        UnexpectedValueException
        ArithmeticException ClassCastException ConcurrentModificationException
        IllegalArgumentException IllegalStateException IndexOutOfBoundsException
        NoSuchElementException NullPointerException UnsupportedOperationException
    """,
    "IllegalArgumentException": "NumberFormatException",
    "IndexOutOfBoundsException": "ArrayIndexOutOfBoundsException StringIndexOutOfBoundsException",
    "IOException": "EOFException FileNotFoundException SocketException",
    "SocketException": "BindException ConnectException",
}


def also(name: str) -> tuple[str, ...]:
    """The kinds of which an exception of this name is, the nearest first."""
    kinds = [name]
    for one in kinds:
        kinds += [wider for wider in _KINDS.get(one, ()) if wider not in kinds]
    return tuple(kinds[1:])


def _kinds() -> dict[str, list[str]]:
    kinds: dict[str, list[str]] = {}
    for wider, names in _OF_KIND.items():
        for name in names.split():
            kinds.setdefault(name, []).append(wider)
    return kinds


_KINDS = _kinds()
