"""Event loops of asyncio and its relatives."""

from __future__ import annotations

from typing import Any

from gracelint.simulate.sources.library.base import (
    command,
    deadline,
    installed,
    partial,
    seconds,
    served,
    start,
)
from gracelint.simulate.sources.library.plain import Table
from gracelint.simulate.sources.library.python.language import FUNCTIONS, GROUP, PYTHON
from gracelint.simulate.sources.library.python.processes import AIO
from gracelint.simulate.sources.library.stays import may_stay
from gracelint.simulate.sources.machine.code import compile_function
from gracelint.simulate.sources.machine.state import ENTERED, Block, Given, Strand
from gracelint.simulate.sources.machine.values import (
    BY_LOOP,
    NOTHING,
    Bound,
    Closure,
    Coroutine,
    Items,
    Promise,
    Record,
    Scope,
    Thing,
    Thrown,
    signal_name,
)
from gracelint.syntax.code import tree

TIMED = PYTHON.methods["timed"] = Table()


@FUNCTIONS.add(
    "asyncio.run", "asyncio.loop.run_until_complete", "uvloop.run", "anyio.run", "trio.run"
)
def _asyncio_run(given: Given) -> Any:
    """Within a loop that runs, it raises."""
    value = given.get(0)
    if _within_loop(given.strand):
        return _raised(given, "RuntimeError")
    if isinstance(value, Closure):
        value = given.machine.enter(given.strand, value, given.arguments[1:], {}, given.node)
    if isinstance(value, Coroutine):
        machine = given.machine
        return machine.run_coroutine(given.strand, value)
    if isinstance(value, Promise):
        return Block("promise", value, then="promise")
    if isinstance(value, Block) or not isinstance(value, Thing):
        return value
    last = value.path.replace("()", "").rpartition(".")[2]
    PYTHON.calls_unknown(given.machine, value.path, stays=may_stay(last))
    given.machine.presume()
    return Block("work", presumed=True)


@FUNCTIONS.add("asyncio.get_event_loop", "asyncio.get_running_loop", "asyncio.new_event_loop")
def _loop(given: Given) -> Any:
    del given
    return Thing("asyncio.loop")


@FUNCTIONS.add("asyncio.loop.add_signal_handler")
def _add_handler(given: Given) -> Any:
    """Measured: it refuses a coroutine, and a function that gives one."""
    if _awaited(given.get(1)):
        return _raised(given, "TypeError")
    if signal_name(given.get(0)) in PYTHON.refuses:
        return _raised(given, "RuntimeError")
    function = partial(given.get(1), given.arguments[2:])
    function.receiver.fields[BY_LOOP] = True
    return installed(given, given.get(0), function)


def _awaited(value: Any) -> bool:
    """Whether a value is a coroutine, or a function that gives one, as those of `grpc.aio` do."""
    if isinstance(value, Thing):
        return ".aio." in value.path
    if isinstance(value, Bound) and isinstance(value.receiver, Record):
        value = value.receiver.fields.get("function")
    function = value.code.function if isinstance(value, Closure) else None
    gives = function is not None and function.deferred and not value.code.generator
    return gives or isinstance(value, Coroutine)


def _within_loop(strand: Strand) -> bool:
    """Whether the event loop runs what a strand does, so that no other can be run in it."""
    functions = [frame.code.function for frame in strand.frames]
    return (strand.handles and not strand.main) or any(
        f is not None and f.deferred for f in functions
    )


def _raised(given: Given, kind: str) -> Any:
    given.machine.throw(given.strand, Thrown(kind, ("Exception", "BaseException")))
    return ENTERED


@FUNCTIONS.add("asyncio.loop.remove_signal_handler")
def _remove_handler(given: Given) -> Any:
    """SIGINT raises again; every other signal has its default action back."""
    name = signal_name(given.get(0))
    return installed(given, given.get(0), "raise" if name == "INT" else "default")


@FUNCTIONS.add("functools.partial")
def _partial(given: Given) -> Any:
    return partial(given.get(0), given.arguments[1:])


@FUNCTIONS.add("asyncio.loop.run_forever")
def _run_forever(given: Given) -> Any:
    del given
    return Block("work", "loop")


@FUNCTIONS.add("asyncio.loop.stop")
def _loop_stop(given: Given) -> Any:
    """`run_forever` returns; `asyncio.run`, which waits for its coroutine, raises."""
    machine = given.machine
    machine.effects += 1
    forever = False
    for strand in machine.strands:
        for block in (strand.block, *(f.target for f in strand.frames)):
            if isinstance(block, Block) and block.subject == "loop":
                block.until = machine.host.now()
                machine.host.wake(0)
                forever = True
    main = machine.strands[0]
    if not forever and main is not given.strand and not main.done:
        machine.throw(main, Thrown("RuntimeError", ("Exception", "BaseException")))
    return None


@FUNCTIONS.add("asyncio.all_tasks", "asyncio.Task.all_tasks")
def _all_tasks(given: Given) -> Any:
    """The main coroutine is a task like the others."""
    machine = given.machine
    running = [s for s in machine.strands if not s.done and (s.promise is not None or s.main)]
    return Items([_promise(strand) for strand in running])


@FUNCTIONS.add("asyncio.current_task", "asyncio.Task.current_task")
def _current_task(given: Given) -> Any:
    """A call-back of the loop is no task."""
    return _promise(given.strand) if given.strand.main else given.strand.promise


def _promise(strand: Strand) -> Promise:
    if strand.promise is None:
        strand.promise = Promise()
    return strand.promise


_IOLOOPS = ("tornado.ioloop.IOLoop.current()", "tornado.ioloop.IOLoop.instance()")


@FUNCTIONS.add("asyncio.loop.call_soon_threadsafe", "asyncio.loop.call_soon")
@FUNCTIONS.add(*(f"{loop}.add_callback_from_signal" for loop in _IOLOOPS))
@FUNCTIONS.add(*(f"{loop}.add_callback" for loop in _IOLOOPS))
def _call_soon(given: Given) -> Any:
    """Nobody waits for the coroutine that a function gives, but with Tornado the loop itself."""
    if _awaited(given.get(0)) and given.path.startswith(_IOLOOPS):
        value = given.machine.enter(given.strand, given.get(0), given.arguments[1:], {}, given.node)
        task(given, value)
        return NOTHING
    if _awaited(given.get(0)):
        return NOTHING
    given.machine.mode["loop-told"] = given.path.endswith(("threadsafe", "_signal", "_callback"))
    given.machine.spawn(given.get(0), given.arguments[1:], given.node)
    _later(given)
    return NOTHING


@FUNCTIONS.add("asyncio.loop.call_later")
def _call_later(given: Given) -> Any:
    """The event loop calls it when the time is over, unless it is taken back."""
    machine, pause = given.machine, seconds(given.get(0))
    until = machine.host.now() + (1.0 if pause is None else pause)
    if _awaited(given.get(1)):
        return NOTHING
    strand = Strand([], background=True)
    machine.strands.append(strand)
    called = given.get(1), given.arguments[2:]
    machine.block(strand, Block("sleep", until=until, then="call", result=called))
    return Record("timed", {"strand": strand})


@TIMED.add("cancel")
def _call_off(given: Given) -> Any:
    strand = given.receiver.fields["strand"]
    if not strand.frames:
        given.machine.abandon([strand])
    return None


def _later(given: Given) -> None:
    """What a handler leaves to the event loop runs when the handler is through."""
    ready = given.machine.ready
    if any(frame.gives == "handler" for frame in given.strand.frames) and len(ready) > 1:
        ready.insert(0, ready.pop())


@FUNCTIONS.add("asyncio.run_coroutine_threadsafe")
def _run_threadsafe(given: Given) -> Any:
    given.machine.mode["loop-told"] = True
    return task(given, given.get(0))


@FUNCTIONS.add("asyncio.to_thread", "asyncio.loop.run_in_executor")
def _to_thread(given: Given) -> Any:
    """A thread that the program waits for at its end, whoever gave up waiting before."""
    first = 2 if given.path.endswith("executor") else 1
    at = given.node.start, given.node.end
    rest = tree.Argument(*at, tree.Name(*at, "\0given"), spread=True)
    call = tree.Return(*at, tree.Call(*at, tree.Name(*at, "\0call"), (rest,)))
    code = compile_function(tree.Function(*at, "", (), (call,)), given.code, PYTHON.dialect)
    names = {"\0call": given.get(first - 1), "\0given": Items(given.arguments[first:])}
    closure, inner, outer = Closure(code, Scope(names, of_function=True)), Promise(), Promise()
    given.machine.spawn(closure, [], given.node, promise=inner, background=False)
    given.machine.resolve(outer, inner)
    return outer


@FUNCTIONS.add("asyncio.loop.create_future", "asyncio.Future", "concurrent.futures.Future")
def _future(given: Given) -> Any:
    del given
    return Promise()


@FUNCTIONS.add("asyncio.create_task", "asyncio.ensure_future", "asyncio.loop.create_task")
def _create_task(given: Given) -> Any:
    return task(given, given.get(0))


@FUNCTIONS.add("asyncio.TaskGroup", "anyio.create_task_group", "trio.open_nursery")
def _group(given: Given) -> Any:
    del given
    return Record("task-group", {"tasks": Items([])})


@GROUP.add("create_task")
def _create_in_group(given: Given) -> Any:
    child = task(given, given.get(0))
    given.receiver.fields["tasks"].add(child)
    return child


@GROUP.add("start_soon")
def _start_soon(given: Given) -> Any:
    value = given.machine.enter(given.strand, given.get(0), given.arguments[1:], {}, given.node)
    given.receiver.fields["tasks"].add(task(given, value))
    return None


def task(given: Given, value: Any) -> Any:
    """A coroutine that runs beside its caller."""
    if isinstance(value, Coroutine):
        promise = Promise()
        strand = given.machine.spawn(value.closure, value.arguments, given.node, promise=promise)
        strand.answers = _answers(given)
        _later(given)
        return promise
    if isinstance(value, Block):
        promise = Promise()
        strand = Strand([], block=value, promise=promise)
        given.machine.strands.append(strand)
        return promise
    return value


def _answers(given: Given) -> int | None:
    """How many unknown calls there were before a task that a signal's handler begins."""
    strand = given.strand
    within = strand.handles or any(frame.gives == "handler" for frame in strand.frames)
    return given.machine.unknown if within or strand.answers is not None else None


@FUNCTIONS.add("asyncio.wait_for", "asyncio.shield")
def _wait_for(given: Given) -> Any:
    """What is not there in time is cancelled, and an exception says so."""
    part = task(given, given.get(0))
    if not isinstance(part, Promise):
        return part
    timed = given.path == "asyncio.wait_for"
    until = deadline(given, given.get(1, "timeout")) if timed else None
    return Block("promise", part, until=until, then="in-time")


@FUNCTIONS.add("asyncio.gather", "asyncio.wait")
def _gather(given: Given) -> Any:
    values = given.arguments
    if given.path == "asyncio.wait" and isinstance(given.get(0), Items):
        values = given.arguments[0].items
    mode = given.keywords.get("return_when")
    first = isinstance(mode, Thing) and "FIRST" in mode.path
    parts = [task(given, v) for v in values[::-1]][::-1]  # the one that is begun last runs first
    waiting = Promise(all_of=parts, value="any" if first else None)
    until = deadline(given, given.keywords.get("timeout"))
    return Block("promise", waiting, until=until)


_LISTENING = PYTHON.methods["aio-server"] = Table()


@FUNCTIONS.add("asyncio.start_server", "asyncio.start_unix_server")
@FUNCTIONS.add("asyncio.loop.create_server", "asyncio.loop.create_unix_server")
@FUNCTIONS.add("websockets.serve", "websockets.unix_serve", "websockets.server.serve")
@FUNCTIONS.add("websockets.asyncio.server.serve", "websockets.asyncio.server.unix_serve")
def _listen(given: Given) -> Any:
    """A server to which nobody connects."""
    server = Record("aio-server", {"closed": Promise(), "gone": Promise()})
    served(given, "connections", server)
    return server


@_LISTENING.add("serve_forever")
def _serve_for_ever(given: Given) -> Any:
    """Measured: where the server is closed, it is cancelled."""
    return Block("promise", given.receiver.fields["closed"], then="promise")


@_LISTENING.add("start_serving")
def _at_once(given: Given) -> Any:
    del given
    return None


@_LISTENING.add("wait_closed")
def _wait_closed(given: Given) -> Any:
    """Measured: it waits until somebody closes the server."""
    return Block("promise", given.receiver.fields["gone"], then="promise")


@_LISTENING.add("is_serving")
def _is_serving(given: Given) -> Any:
    return not given.receiver.fields["closed"].done


@_LISTENING.add("close")
def _close_server(given: Given) -> Any:
    closed, cancelled = (
        given.receiver.fields["closed"],
        Thrown("CancelledError", ("BaseException",)),
    )
    if not closed.done:
        given.machine.resolve(closed, cancelled, failed=True)
        given.machine.resolve(given.receiver.fields["gone"], None)
    return None


@FUNCTIONS.add("asyncio.create_subprocess_exec", "asyncio.create_subprocess_shell")
def _create_subprocess(given: Given) -> Any:
    session = bool(PYTHON.truth(given.keywords.get("start_new_session", False)))
    if given.path.endswith("shell"):
        return start(given, command(given, shell=given.get(0), session=session), "aio")
    return start(given, command(given, Items(given.arguments), session=session), "aio")


@AIO.add("wait", "communicate")
def _aio_wait(given: Given) -> Any:
    return Block("child", [given.receiver.pid], then="status")
