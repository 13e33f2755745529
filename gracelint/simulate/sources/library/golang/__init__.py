"""What Go's standard library does with processes, signals, channels and servers.

Measured with Go 1.19 where it is not in its documentation: a signal that nobody asked for ends the
program at once, as PID 1 too, and the end of `main` ends every goroutine.
"""

from gracelint.simulate.sources.library.golang import (
    channels,
    contexts,
    flags,
    mutexes,
    pointers,
    processes,
    servers,
    strings,
    system,
)
from gracelint.simulate.sources.library.golang.language import GO

__all__ = [
    "GO",
    "channels",
    "contexts",
    "flags",
    "mutexes",
    "pointers",
    "processes",
    "servers",
    "strings",
    "system",
]
