"""What Java's own library does with processes, threads, hooks and signals.

Measured with OpenJDK 17 where it is not in its documentation: on TERM, INT and HUP all hooks run
side by side while the program's threads go on, and the end of the last hook ends it.
"""

from gracelint.simulate.sources.library.java import (
    kotlin,
    locks,
    pools,
    processes,
    selectors,
    servers,
    system,
    threads,
    times,
)
from gracelint.simulate.sources.library.java.language import JAVA

__all__ = [
    "JAVA",
    "kotlin",
    "locks",
    "pools",
    "processes",
    "selectors",
    "servers",
    "system",
    "threads",
    "times",
]
