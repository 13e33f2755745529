"""What JavaScript's run-time (Node.js, bun) does with processes, signals, timers and servers.

Measured with Node.js 20 where it is not in its documentation: one call-back runs after the other;
`spawnSync` and its like let no handler run until the process has ended; a program ends when
nothing is left that keeps its event loop going, and signal handlers do not.
"""

from gracelint.simulate.sources.library.node import (
    aborting,
    emitters,
    modules,
    processes,
    promises,
    requests,
    servers,
    signals,
    sockets,
    streams,
    timers,
    values,
    watchers,
    workers,
)
from gracelint.simulate.sources.library.node.language import NODE

__all__ = [
    "NODE",
    "aborting",
    "emitters",
    "modules",
    "processes",
    "promises",
    "requests",
    "servers",
    "signals",
    "sockets",
    "streams",
    "timers",
    "values",
    "watchers",
    "workers",
]
