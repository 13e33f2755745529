"""What a run costs grows no faster than what the script does; the calls of functions tell."""

from __future__ import annotations

import sys
import tracemalloc
from typing import TYPE_CHECKING, Any

import pytest
from script_workloads import script_workload

from gracelint.atlas import Atlas
from gracelint.simulate.explore import explore

if TYPE_CHECKING:
    from collections.abc import Callable


def calls(script: str) -> int:
    """How many functions, Python's own among them, exploring a script calls."""
    count = 0

    def note(_frame: Any, event: str, _arg: Any) -> None:
        nonlocal count
        count += event in {"call", "c_call"}

    workload = script_workload(script)
    explore(script_workload("#!/bin/sh\nx &\nwait\n"), Atlas(), "dash", "TERM")
    sys.setprofile(note)
    try:
        explore(workload, Atlas(), "dash", "TERM")
    finally:
        sys.setprofile(None)
    return count


def lines(count: int) -> str:
    return "#!/bin/sh\n" + "x &\n" * count + "wait\n"


def loop(count: int) -> str:
    return f"#!/bin/sh\ni=0\nwhile [ $i -lt {count} ]; do x & i=$((i+1)); done\nwait\n"


def substitutions(count: int) -> str:
    return "#!/bin/sh\n" + "".join(f"a{n}=$(echo {n})\n" for n in range(count)) + "x\n"


def pipelines(count: int) -> str:
    return "#!/bin/sh\n" + "x | y | cat &\n" * count + "wait\n"


def functions(count: int) -> str:
    nested = "".join(f"f{n}() {{ f{n + 1} && [ -f /x ]; }}\n" for n in range(6))
    return f"#!/bin/sh\n{nested}f6() {{ :; }}\n" + "f0\n" * count + "x\n"


@pytest.mark.parametrize("grown", [lines, loop, substitutions, pipelines, functions])
def test_twice_as_much_costs_about_twice_as_much(grown: Callable[[int], str]) -> None:
    once, twice = calls(grown(40)), calls(grown(80))
    assert twice < 2.3 * once


def nest(body: str) -> str:
    """Loops in loops, which no run comes to the end of."""
    heads = "".join(f"for {name} in 1 2 3 4 5 6 7 8 9 10; do\n" for name in "abcdef")
    return "#!/bin/bash\nx=0123456789\n" + heads + body + "\ndone" * 6 + "\n"


@pytest.mark.parametrize(
    "body",
    [
        'x="${x:0:9000}${x:0:9000}"; prepare "$a$x"',
        'v=("${v[@]}" "$a$b"); prepare "${v[@]}"',
        'set -- "$@" "$a$b$c"; prepare "$@" &',
        'v=("${v[@]}" "$a$b")',
        'eval "v$a$b$c$d=$e"',
        'eval ": $a$b$c$d$e$f"; prepare "$f" || other',
        "(prepare; wait) & unknown $a || other",
        "prepare | prepare | cat",
        "y=$(echo $a$b$c); declare v$a$b$c$d$e=$y",
    ],
)
def test_a_nest_of_loops_stays_small(body: str) -> None:
    """What it piles up counts as work, of which there is an end."""
    workload = script_workload(nest(body))
    tracemalloc.start()
    try:
        ends = explore(workload, Atlas(), "bash", "TERM").ends
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert ends
    assert peak < 50_000_000
