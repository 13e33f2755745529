"""A run is data: it holds no function with something in it, and its copies go their own ways."""

from __future__ import annotations

import types
from typing import TYPE_CHECKING, Any

import pytest
from script_workloads import script_workload

from gracelint.atlas import Atlas
from gracelint.base.facts import Known
from gracelint.simulate.kernel import Kernel
from gracelint.simulate.load import load
from gracelint.simulate.shell import Shell
from gracelint.simulate.world import Context, Oracle, Scripts, Undecided, World

if TYPE_CHECKING:
    from gracelint.model.workload import Workload

SCRIPT = """\
#!/bin/bash
set -e
declare -A seen
list=(a b)
work() {
  local part="$1"
  trap 'kill $(jobs -p)' TERM
  for n in 1 2; do
    worker "$n" "$part" &
    list+=("$n")
    echo "$n" | while read -r line; do
      if unknown "$line"; then count=$((count + 1)); break; fi
    done
  done
  return 0
}
exec 3> >(logger)
work "${X:-$(hostname)}"
until unknown two; do sleep 1; done
(if unknown three; then list+=(z); fi)
case "$MODE" in a) eval 'serve a' ;; *) serve b ;; esac
wait -n || wait
"""


WORKLOAD, SCRIPTS = script_workload(SCRIPT), Scripts()


def world_of(workload: Workload = WORKLOAD) -> World:
    """A run of a script, which stops at every condition that is open."""
    assert isinstance(workload.launch.argv, Known)
    oracle = Oracle(asks=True)
    world = World(workload, Kernel(), oracle, Atlas(), "dash", SCRIPTS, load)
    loaded = world.load(workload.launch.argv.value, Context({}, "/", workload.declared))
    world.kernel.spawn(None, loaded.body, loaded.argv)
    return world


def decisions(world: World) -> list[bool]:
    """Let a run come to rest; how often it had to be decided."""
    taken = []
    while True:
        try:
            world.kernel.run(until=5.0)
        except Undecided as asked:
            taken.append(asked.choice.taken)
            world.oracle.decide(asked.choice)
        else:
            return taken


def state(world: World) -> list[Any]:
    """What there is of a run, as plain values."""
    found: list[Any] = [world.kernel.now, world.kernel.steps, dict(world.oracle.answers)]
    for task in world.kernel.tasks:
        body = task.body
        own = ()
        if isinstance(body, Shell):
            own = (dict(body.vars.values), len(body.agenda), body.jobs, set(body.traps))
        found.append((task.pid, task.alive, task.status, dict(task.received), type(body), own))
    return found


def held(world: World) -> list[Any]:
    """All that can be reached from a run's changing parts, without what is shared for good."""
    waiting: list[Any] = [world.kernel, world.oracle, world.started]
    seen: dict[int, Any] = {}
    while waiting:
        one = waiting.pop()
        if id(one) in seen or isinstance(one, str | int | float | type | types.ModuleType | World):
            continue
        seen[id(one)] = one
        if isinstance(one, dict):
            waiting += [*one.keys(), *one.values()]
        elif isinstance(one, list | tuple | set | frozenset):
            waiting += one
        elif hasattr(one, "__match_args__"):
            waiting += [getattr(one, name) for name in one.__match_args__]
        elif hasattr(one, "__dict__") and not callable(one):
            waiting += vars(one).values()
    return list(seen.values())


def test_a_stopped_run_holds_no_closure_and_no_generator() -> None:
    world = world_of()
    for _ in range(2):
        with pytest.raises(Undecided) as asked:
            world.kernel.run()
        functions = [one for one in held(world) if isinstance(one, types.FunctionType)]
        assert functions
        assert not [one for one in functions if one.__closure__ or one.__name__ == "<lambda>"]
        assert not [one for one in held(world) if isinstance(one, types.GeneratorType)]
        world.oracle.decide(asked.value.choice)


def test_a_copy_goes_on_where_the_run_was_stopped_and_changes_nothing_in_it() -> None:
    world, whole = world_of(), world_of()
    decisions(whole)
    copies = []
    while True:
        try:
            world.kernel.run(until=5.0)
            break
        except Undecided as asked:
            copies.append((world.fork(), asked.choice))
            before = state(world)
            other = world.fork()
            other.oracle.decide(asked.choice)
            decisions(other)
            assert state(other) == state(whole)
            assert state(world) == before
            world.oracle.decide(asked.choice)
    assert state(world) == state(whole)
    assert len(copies) > 1
    for copy, choice in copies:
        copy.oracle.decide(choice)
        decisions(copy)
        assert state(copy) == state(whole)
    assert state(world) == state(whole)


def test_what_has_ended_is_shared_between_copies() -> None:
    """So that a copy costs what is still going on, not all that ever was."""
    many = "#!/bin/sh\nfor n in $(seq 50); do (x); done\nfoo &\nif unknown; then a; fi\nwait\n"
    world = world_of(script_workload(many))
    with pytest.raises(Undecided):
        world.kernel.run()
    copy = world.fork()
    pairs = zip(world.kernel.tasks, copy.kernel.tasks, strict=True)
    assert [old is new for old, new in pairs] == [not t.alive for t in world.kernel.tasks]
