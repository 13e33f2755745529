"""Strands: how they run, wait, and go on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from gracelint.simulate.sources.machine.state import (
    ENTERED,
    NO_NODE,
    Block,
    Frame,
    Lost,
    State,
    Strand,
)
from gracelint.simulate.sources.machine.values import (
    NOTHING,
    Closure,
    Items,
    Promise,
    Record,
    Scope,
    Thrown,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from gracelint.simulate.sources.machine.code import Code
    from gracelint.simulate.sources.machine.values import Generator
    from gracelint.syntax.code import tree

MAX_STEPS = 200_000
TOO_MUCH = "the program does more than can be followed"
MAX_STRANDS = 200
_EXCEPTION = ("Exception", "BaseException")
EPOCH = 100_000.0
"""What the clock shows when a container is started: programs reckon with differences alone."""
ITEMS = "\0items"
"""The field of a queue that holds what is in it, as a tuple."""


_CHANGES = frozenset({"store", "set-member", "set-index"})


def _outcome(promise: Promise) -> Any:
    """What waiting for a promise that is settled gives, or throws."""
    if promise.failed and not isinstance(promise.value, Thrown):
        return Thrown("Error", _EXCEPTION, promise.value)
    return promise.value


def _ends(strand: Strand) -> bool:
    """Whether the program ends as soon as it goes on."""
    return strand.block is not None and strand.block.kind == "end"


def _changes(function: Any) -> bool:
    """Whether a function that a timer calls may change what others look at."""
    if not isinstance(function, Closure):
        return False
    return any(name in _CHANGES for name, _, _ in function.code.instructions)


class Waits(State):
    """The part of the machine that runs strands."""

    def begin(self, code: Code, names: dict[str, Any]) -> None:
        """Start with the program's first file."""
        self.add(code)
        scope = Scope(dict(names), of_function=True)
        self.globals[code.path] = scope
        module = Record("module", scope.names, open=True)
        self.modules[code.path] = module
        strand = Strand([Frame(code, scope, gives="drop")], main=True, background=False)
        self.strands.append(strand)
        self.ready.append(strand)

    def add(self, code: Code) -> None:
        """Know a file's code, too."""
        self.codes.append(code)
        self.matters_memo = {words: True for words, yes in self.matters_memo.items() if yes}

    def run(self) -> None:
        """Go on until everything waits."""
        while not self.ended:
            if self.library.events:
                self._unheard()
                self._announce()
            self.deliver()
            if self._sleeps_on():
                return
            if self.ready:
                self._turn(self.ready[-1])
                continue
            woken = [s for s in self.strands if s.block is not None and self._is_over(s.block)]
            if woken:
                self._unblock(next(filter(_ends, woken), woken[0]))
            elif not self.conclude():
                return

    def _sleeps_on(self) -> bool:
        """Whether an event loop has not woken up since it was interrupted."""
        until = self.mode.get("sleeps-until")
        if until is None or self.pending:
            return False
        if self.host.now() < until - 1e-9:
            return True
        del self.mode["sleeps-until"]
        return False

    def timed(self, block: Block) -> float | None:
        """When a pause is over, if nothing comes before; None without an end."""
        if block.idle and block.until is None:
            block.stamp = self.effects
            block.until = self.host.now() + block.period
            self.host.wake(block.period)
        return block.until

    def _unheard(self) -> None:
        """An exception that nobody catches, in a promise, ends the program like any other."""
        if self.ready or not self.rejected:
            return
        rejected, self.rejected = self.rejected, []
        if self.mode.get("swallows") or all(promise.heard for promise in rejected):
            return
        self.fails(rejected[0].value)
        self.leave(1)

    def _announce(self) -> None:
        """Call-backs for processes that have ended, unless something is being run."""
        if self.ready or any(s.block and s.block.interrupted == "waits" for s in self.strands):
            return
        for pid, child in list(self.children.items()):
            if pid not in self.reaped and not self.host.alive(pid):
                self.reaped.add(pid)
                self.effects += 1
                self.library.ended(self, child)
        inbox, self.inbox = self.inbox, []
        for sender, value in inbox:
            self.effects += 1
            self.library.received(self, sender, value)

    def _turn(self, strand: Strand) -> None:
        while not self.ended and self.ready and self.ready[-1] is strand:
            if strand.block is not None:
                self.ready.remove(strand)
                return
            if not strand.frames:
                self._finished(strand)
                return
            frame = strand.frames[-1]
            self._count()
            if frame.at >= len(frame.code.instructions):
                self.give_back(strand, None)
                continue
            name, argument, node = frame.code.instructions[frame.at]
            self.instructions[name](self, strand, frame, argument, node)
            if self.pending and strand.main and not self.library.events:
                self.deliver()

    def _count(self) -> None:
        self.steps += 1
        if self.steps % 10 == 0:
            self.host.step()
        if self.steps > MAX_STEPS:
            raise Lost(TOO_MUCH)

    def _finished(self, strand: Strand) -> None:
        strand.done = True
        if strand in self.ready:
            self.ready.remove(strand)
        if strand in self.strands and not strand.main:
            self.strands.remove(strand)

    def abandon(self, strands: list[Strand]) -> None:
        """End flows of control, whatever they are doing."""
        self.effects += 1
        for strand in strands:
            strand.block, strand.frames, strand.done = None, [], True
            for among in (self.strands, self.ready):
                if strand in among:
                    among.remove(strand)

    def spawn(self, value: Any, arguments: list[Any], node: tree.Node, **more: Any) -> Strand:
        """A new flow of control that calls a function; it runs at once."""
        if len(self.strands) > MAX_STRANDS:
            raise Lost("the program has more threads than can be followed")
        strand = Strand([], **more)
        self.strands.append(strand)
        self.ready.append(strand)
        gives = "promise" if strand.promise is not None else "drop"
        entered = self.enter(strand, value, arguments, {}, node, gives)
        if entered is not ENTERED:
            if isinstance(entered, Block):
                strand.block = entered
            elif strand.promise is not None:
                self.resolve(strand.promise, entered)
        return strand

    # Waiting --------------------------------------------------------------------------------------

    def _is_over(self, block: Block) -> bool:
        if block.until is not None and self.host.now() >= block.until - 1e-9:
            return True
        if block.idle and block.stamp != self.effects and block.until is None:
            block.stamp = self.effects
            block.until = self.host.now() + block.period
            self.host.wake(block.period)
        subject = block.subject
        match block.kind:
            case "child":
                return all(not self.host.alive(pid) for pid in subject)
            case "pipe":
                return not any(self.host.lingers(pid) for pid in subject)
            case "any-child":
                return any(not self.host.alive(p) and p not in self.reaped for p in self.unreaped())
            case "promise":
                return self._settled(subject)
            case "strand" | "end":
                return bool(subject.done)
            case "event" | "queue" | "select" | "generator":
                return self._has_come(block)
            case "signal":
                return bool(subject and any(s in self.mode.get("waited", ()) for s in subject))
            case _:
                return False

    def _has_come(self, block: Block) -> bool:
        """Whether there is what is waited for: an event, an item, something to read, a value."""
        subject = block.subject
        if block.kind == "generator":
            return bool(subject.given or subject.done)
        if block.kind == "select":
            return any(self.held(one, ITEMS) or self.library.takes(self, one) for one, _ in subject)
        return bool(self.held(subject, ITEMS if block.kind == "queue" else "\0set"))

    def _settled(self, promise: Promise) -> bool:
        if not promise.done and promise.all_of is not None:
            parts = promise.all_of
            finished = [not isinstance(p, Promise) or self._settled(p) for p in parts]
            enough = any if promise.value == "any" and parts else all
            failed = [p for p in parts if isinstance(p, Promise) and p.failed]
            if failed and promise.value == "all":
                promise.done, promise.value, promise.failed = True, failed[0].value, True
            elif enough(finished):
                promise.done, promise.value = True, NOTHING
        return promise.done

    def promise_settled(self, promise: Promise) -> bool:
        """Whether a promise is kept by now."""
        return self._settled(promise)

    def _unblock(self, strand: Strand) -> None:
        block = strand.block
        assert block is not None
        strand.block = None
        self.ready.append(strand)
        late = block.until is not None and self.host.now() >= block.until - 1e-9
        if block.kind == "idle":
            return
        self._unblocked(strand, block, late=late)

    def _unblocked(self, strand: Strand, block: Block, *, late: bool) -> None:
        """Give the call that waited its value; some make something else of it."""
        goes_on = self._then.get(block.then)
        if goes_on is not None:
            goes_on(self, strand, block)
            return
        value = self._value(block, late=late)
        if isinstance(value, Thrown):
            self.throw(strand, value)
        elif strand.frames:
            strand.frames[-1].stack.append(value)

    def _then_signal(self, strand: Strand, block: Block) -> None:
        """The signal that was waited for, or what is said about it; or that none has come."""
        waited = self.mode.get("waited", [])
        field, nothing = block.result
        came = next((signal for signal in waited if signal in block.subject), None)
        value = nothing if came is None else self.library.number(came)
        self.mode["waited"] = [signal for signal in waited if signal != came]
        if came is not None and field:
            value = Record("object", {field: value}, open=True)
        strand.frames[-1].stack.append(value)

    def _value(self, block: Block, *, late: bool) -> Any:
        gone = (
            [p for p in (block.subject or self.unreaped()) if not self.host.alive(p)]
            if (block.kind in {"child", "any-child"})
            else []
        )
        if late and not gone and block.then in {"status", "pair"}:
            return Thrown("TimeoutExpired", _EXCEPTION)
        match block.then:
            case "status":
                self.reaped.update(gone)
                return self.host.status(gone[-1]) if gone else None
            case "pid":
                self.reaped.update(gone[:1])
                return self.children[gone[0]] if gone else -1
            case "pair":
                self.reaped.update(gone[:1])
                child = self.children.get(gone[0], NOTHING) if gone else NOTHING
                first = child if block.result is None else block.result
                return Items([first, self.host.status(gone[0]) if gone else NOTHING])
            case "child":
                self.reaped.update(gone)
                if not gone and block.interrupted == "ends":
                    return -1
            case "timeout":
                return Thrown("TimeoutExpired", _EXCEPTION)
            case "promise":
                return _outcome(block.subject)
            case "told":
                return not late
        return block.result

    def take(self, queue: Record) -> Any:
        """The first item of a queue; an exception where there is none."""
        items = self.held(queue, ITEMS)
        if not items:
            return Thrown("Empty", ("ThreadError", "StandardError", *_EXCEPTION))
        self.hold(queue, ITEMS, items[1:])
        return items[0]

    def _then_take(self, strand: Strand, block: Block) -> None:
        items = self.held(block.subject, ITEMS)
        item = self.take(block.subject) if items or block.result is None else block.result
        if isinstance(item, Thrown):
            self.throw(strand, item)
        else:
            strand.frames[-1].stack.append(item)

    def _then_ready(self, strand: Strand, block: Block) -> None:
        """What can be read, as `select` gives it: in the first of three lists, or alone.

        Ruby has nothing instead of empty lists, and can wait for one end by itself.
        """
        ready = Items([value for queue, value in block.subject if self.held(queue, ITEMS)])
        several = Items([ready, Items([]), Items([])])
        end = ready.items[0] if ready.items else None
        shapes = {"lists": several, "lists or nil": several if ready.items else None, "end": end}
        strand.frames[-1].stack.append(shapes.get(block.result, ready))

    def _then_call(self, strand: Strand, block: Block) -> None:
        function, arguments = block.result
        if not block.idle and _changes(function):
            self.effects += 1
        strand.timer = getattr(function, "code", None), self.effects
        self._enter_block(strand, function, list(arguments), "drop")

    def _then_tick(self, strand: Strand, block: Block) -> None:
        self._tick(strand, block.result)

    def _then_resolve(self, strand: Strand, block: Block) -> None:  # noqa: ARG002
        self.resolve(block.result, NOTHING)

    def _then_react(self, strand: Strand, block: Block) -> None:  # noqa: ARG002
        self.react(block.subject, block.result)

    def _then_made(self, strand: Strand, block: Block) -> None:
        """What a function of the library makes of it: a value, an exception, another wait."""
        value = block.result(self, block)
        if isinstance(value, Block):
            self.block(strand, value)
        elif isinstance(value, Thrown):
            self.throw(strand, value)
        elif strand.frames:
            strand.frames[-1].stack.append(value)

    def _then_expire(self, strand: Strand, block: Block) -> None:  # noqa: ARG002
        """A call that was given a time is still going on when it is over."""
        late, frame = block.result
        if frame in late.frames:
            kinds = ("Timeout::Error", "RuntimeError", "StandardError", *_EXCEPTION)
            self.throw(late, Thrown("Error", kinds))

    def _then_leave(self, strand: Strand, block: Block) -> None:  # noqa: ARG002
        self.leave(0)

    def _then_each(self, strand: Strand, block: Block) -> None:
        """A loop over a generator goes on with its next value, or ends."""
        frame = strand.frames[-1]
        if self.raised(strand, block.subject):
            return
        if block.subject.done:
            frame.at = frame.code.instructions[frame.at][1][0]
        else:
            frame.at += 1
            frame.stack.append(block.subject.value)

    def _then_given(self, strand: Strand, block: Block) -> None:
        """What somebody asked a generator for; nothing where it has no more."""
        if not self.raised(strand, block.subject):
            value = block.result if block.subject.done else block.subject.value
            if isinstance(value, Thrown):
                self.throw(strand, value)
            else:
                strand.frames[-1].stack.append(value)

    def _then_in_time(self, strand: Strand, block: Block) -> None:
        """The value of a promise; where it is not kept by then, it is given up."""
        promise = block.subject
        if promise.done:
            strand.frames[-1].stack.append(promise.value)
            return
        self.cancel(promise, strand)
        self.throw(strand, Thrown("TimeoutError", ("OSError", *_EXCEPTION)))

    def cancel(self, promise: Promise, by: Strand) -> None:
        """Whoever works at a promise is told to give up."""
        cancelled = Thrown("CancelledError", ("BaseException",))
        for strand in self.strands:
            if strand.promise is promise and not strand.done and strand is not by:
                self.throw(strand, cancelled)
                return
        self.resolve(promise, cancelled, failed=True)

    def _then_step(self, strand: Strand, block: Block) -> None:
        """The same in JavaScript, as an object."""
        if not self.raised(strand, block.subject):
            fields = {"value": block.subject.value, "done": block.subject.done}
            strand.frames[-1].stack.append(Record("dict", fields))

    def _then_left(self, strand: Strand, block: Block) -> None:
        """A block is left by its generator: an exception that it does not let pass ends there."""
        after = strand.frames[-1].after
        if not self.raised(strand, block.subject):
            if after and isinstance(after[-1], Thrown):
                after[-1] = None
            strand.frames[-1].stack.append(NOTHING)

    def raised(self, strand: Strand, generator: Generator) -> bool:
        """Whether a generator has ended with an exception, which goes on where it was asked."""
        strand.idles, generator.strand.idles = generator.strand.idles, False
        thrown, generator.thrown = generator.thrown, None
        if thrown is not None:
            self.throw(strand, thrown)
        return thrown is not None

    # Generators -----------------------------------------------------------------------------------

    def ask(
        self,
        strand: Strand,
        generator: Generator,
        then: str,
        *,
        sent: Any = None,
        result: Any = None,
    ) -> Block:
        """Let a generator go on to its next value, which a strand waits for."""
        inner = generator.strand
        if not generator.done:
            generator.given = False
            if generator.begun:
                inner.frames[-1].stack.append(sent)
            generator.begun = True
            inner.block, inner.idles = None, inner.idles or strand.idles
            self.ready.append(inner)
        strand.idles = False
        return Block("generator", generator, then=then, result=result)

    def ask_with(self, generator: Generator, thrown: Thrown) -> Block:
        """Throw an exception into a generator, where it gave its last value."""
        if not generator.done:
            generator.given = False
            generator.strand.block = None
            self.throw(generator.strand, thrown)
        else:
            generator.thrown = thrown
        return Block("generator", generator, then="left")

    def gives_no_more(self, strand: Strand, value: Any, thrown: Thrown | None = None) -> None:
        """A generator is through."""
        generator = strand.generator
        assert generator is not None
        generator.done, generator.value, generator.thrown = True, value, thrown

    def _then_end_loop(self, strand: Strand, block: Block) -> None:  # noqa: ARG002
        frame = strand.frames[-1]
        frame.at = frame.code.instructions[frame.at][1][0]

    _then: ClassVar[dict[str, Callable[[Waits, Strand, Block], None]]] = {
        "call": _then_call,
        "taken": _then_take,
        "tick": _then_tick,
        "resolve": _then_resolve,
        "react": _then_react,
        "made": _then_made,
        "leave": _then_leave,
        "signal": _then_signal,
        "end-loop": _then_end_loop,
        "ready": _then_ready,
        "each": _then_each,
        "given": _then_given,
        "step": _then_step,
        "in-time": _then_in_time,
        "expire": _then_expire,
        "left": _then_left,
    }

    def _enter_block(self, strand: Strand, value: Any, given: list[Any], gives: str) -> None:
        entered = self.enter(strand, value, given, {}, NO_NODE, gives)
        if isinstance(entered, Block):
            self.block(strand, entered)

    def _tick(self, strand: Strand, timer: Record) -> None:
        """A timer that comes again and again calls its function."""
        if timer.fields.get("cleared"):
            return
        function, _ = timer.fields["tick"]
        timer.fields["stamp"] = self.effects
        before = len(strand.frames)
        self._enter_block(strand, function, [], "tick")
        if len(strand.frames) > before:
            strand.frames[-1].target = timer
        elif strand.block is None:  # an async function goes on by itself, and so does the timer
            self._tock(strand, timer)

    def _tock(self, strand: Strand, timer: Record) -> None:
        """The function of such a timer is through."""
        if timer.fields.get("cleared"):
            return
        _, period = timer.fields["tick"]
        strand.idles = timer.fields["stamp"] == self.effects
        self.block(
            strand, Block("sleep", until=self.host.now() + period, then="tick", result=timer)
        )

    def block(self, strand: Strand, block: Block) -> None:
        """Let a strand wait; a pause of a loop that changes nothing lasts until something does."""
        strand.block = block
        block.since = self.host.now()
        if strand.idles:
            self._idle(block)
            if block.kind == "promise":
                self._idle_timers()
        strand.idles = False
        if block.until is not None:
            self.host.wake(max(0.0, block.until - self.host.now()))

    def _idle(self, block: Block) -> None:
        if block.until is not None:
            block.period, block.until = block.until - self.host.now(), None
            block.idle, block.stamp = True, self.effects

    def _idle_timers(self) -> None:
        """The timers that such a loop has just set."""
        for strand in self.strands:
            block = strand.block
            if block is not None and block.since == self.host.now() and block.kind == "sleep":
                self._idle(block)

    def sleep(self, seconds: float | None, **more: Any) -> Block:
        """A pause; None: without an end."""
        until = None if seconds is None else self.host.now() + seconds
        more.setdefault("interrupted", self.library.sleep_interrupted)
        return Block("sleep", until=until, **more)

    def clock(self) -> float:
        """What a program is told of the time, in seconds since some moment."""
        self.clocked += 1
        return EPOCH + self.host.now()

    def resolve(self, promise: Promise, value: Any, *, failed: bool = False) -> None:
        """A promise is kept."""
        if promise.done:
            return
        if isinstance(value, Promise) and not failed:
            value.heard = True
            if not self._settled(value):
                self.follow(value, (None, None, promise))
                return
            value, failed = value.value, value.failed
        promise.done, promise.value, promise.failed = True, value, failed
        if failed and not promise.heard:
            self.rejected.append(promise)
        reactions, promise.reactions = promise.reactions, []
        for reaction in reactions:
            self.react(promise, reaction)

    def follow(self, promise: Promise, reaction: tuple[Any, Any, Promise]) -> None:
        """Go on once a promise is kept or broken: who waits for several looks at them again."""
        promise.heard = True
        if promise.all_of is None:
            promise.reactions.append(reaction)
            return
        for part in promise.all_of:
            if isinstance(part, Promise):
                part.heard = True
        self.strands.append(Strand([], Block("promise", promise, then="react", result=reaction)))

    def react(self, promise: Promise, reaction: tuple[Any, Any, Promise]) -> None:
        """Go on after a promise is kept or broken."""
        kept, broken, following = reaction
        function = broken if promise.failed else kept
        if function is None:
            self.resolve(following, promise.value, failed=promise.failed)
            return
        value = promise.value
        if promise.failed and isinstance(value, Thrown) and value.value is not None:
            value = value.value
        self.spawn(function, [value], NO_NODE, promise=following)
