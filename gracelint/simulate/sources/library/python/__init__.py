"""What Python's standard library does with processes, signals, threads and event loops.

Measured with CPython 3.11 where it is not in the library's documentation: a handler runs within
the main thread between two instructions, and what the thread waited for goes on afterwards
(PEP 475); `os.system` lets it run only when the command has ended; `subprocess.run` kills its
process where an exception leaves it; `Popen.wait` in a handler never returns while the main
program waits for the same process in `Popen.wait`.
"""

from gracelint.simulate.sources.library.python import (
    aio,
    arguments,
    commands,
    contexts,
    descriptors,
    futures,
    pools,
    processes,
    servers,
    signals,
    threads,
    values,
)
from gracelint.simulate.sources.library.python.language import PYTHON

__all__ = [
    "PYTHON",
    "aio",
    "arguments",
    "commands",
    "contexts",
    "descriptors",
    "futures",
    "pools",
    "processes",
    "servers",
    "signals",
    "threads",
    "values",
]
