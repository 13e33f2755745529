"""A machine that plays a program: what it starts, whom it waits for, what it does when told.

It runs the instructions of `code` with values that are known where the text decides them. What a
library does is said by tables (`library/`); what is behind `host` is the operating system. Nothing
here is recursive over the program's text.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gracelint.base import signals
from gracelint.simulate.sources.machine.calls import Calls
from gracelint.simulate.sources.machine.state import ENTERED, NO_NODE, Block, Lost, Strand
from gracelint.simulate.sources.machine.values import (
    NOTHING,
    Child,
    Items,
    Record,
    Thing,
    Thrown,
    by_loop,
)
from gracelint.simulate.sources.machine.waits import ITEMS

if TYPE_CHECKING:
    from gracelint.simulate.sources.machine.code import Code
    from gracelint.syntax.code import tree

CLEANUP = 0.4  # seconds that a library's own handler takes
_MISTAKES = frozenset({"NameError", "NoMethodError"})
"""Exceptions that nobody throws in order to end a program, as some do in Python."""


class Machine(Calls):
    """A program from its first instruction to its end."""

    # Signals --------------------------------------------------------------------------------------

    def disposition(self, signal: str) -> Any:
        """What happens on a signal: a function, or `ignore`, `default`, `raise`, `finish`."""
        disposition = self.handlers.get(signal)
        return self.library.default(self, signal) if disposition is None else disposition

    def install(self, signal: str, value: Any, node: tree.Node, code: Code) -> None:
        """Set a handler."""
        self.effects += 1
        self.handlers[signal] = value
        self.places[signal] = (code, node)
        self.installs.append((code.path, node.start, node.end))

    def signalled(self, signal: str) -> None:
        """A signal with a handler has come; a pause may end with it before the handler runs."""
        self.pending.append(signal)
        self._write_number(signal)
        for frame in (f for s in self.strands for f in s.frames):
            frame.rounds.clear()  # whatever a loop has done so far, it may leave off now
        for strand in self.strands if self.library.deferring else ():
            block = strand.block
            if block is not None and (block.kind == "sleep" or block.interrupted == "ends"):
                block.until = self.host.now()
        self.run()

    def _asynchronous(self) -> bool:
        """Whether handlers run without being asked for, where the main program is now."""
        frames = self.strands[0].frames
        ticks = bool(frames) and frames[-1].code.path in self.mode.get("ticks", ())
        return ticks or bool(self.mode.get("asynchronous"))

    def _write_number(self, signal: str) -> None:
        """Some run-times write the number of a signal where the program reads."""
        queue = self.mode.get("wakes")
        if queue is not None:
            number = Items([signals.number(signal)])
            self.hold(queue, ITEMS, (*self.held(queue, ITEMS), number))

    def dispatch(self) -> None:
        """Run the handlers that wait, now."""
        main = self.strands[0]
        while self.pending:
            self._handle(self.pending.pop(0), main)

    def deliver(self) -> None:
        """Run handlers that wait, where the program lets them."""
        while self.pending and not self.ended:
            main = self.strands[0]
            if self.library.events:
                blocks = [s.block for s in self.strands if s.block is not None]
                if self.ready or any(b.interrupted == "waits" for b in blocks):
                    return
            elif main.block is not None and main.block.interrupted == "waits":
                return
            asked = self.handlers.get(self.pending[0]) == "wait"
            if self.library.deferring and not (asked or self._asynchronous()):
                return
            self._handle(self.pending.pop(0), main)

    def _handle(self, signal: str, main: Strand) -> None:
        self.effects += 1
        self.mode["unknown-before"] = self.unknown
        disposition = self.disposition(signal)
        node = main.frames[-1].code.instructions[0][2] if main.frames else NO_NODE
        if disposition == "raise":
            kind, kinds = "KeyboardInterrupt", tuple[str, ...](["BaseException"])
            if self.library.dialect.name == "ruby":
                kind = "Interrupt" if signal == "INT" else "SignalException"
                kinds = ("SignalException", "Exception")
            if self.library.dialect.name == "perl":
                kind, kinds = "die", ("Exception",)
            self.status = 128
            self.throw(main, Thrown(kind, kinds, _exception(signal)))
        elif isinstance(disposition, str):
            self._named(disposition, signal)
        elif isinstance(disposition, Thing):
            self.mode["guess"] = f"`{disposition.path or 'its handler'}` stops it"
            self._named("finish", signal)
        elif isinstance(disposition, Items):
            self._call_all(signal, disposition, node)
        elif self.library.events or main.done or by_loop(disposition):
            spawned = self.spawn(disposition, [self.library.number(signal)], node, handles=True)
            self.answered(spawned)
        else:
            self._interrupt(main, disposition, signal, node)

    def _named(self, action: str, signal: str, *, alone: bool = True) -> None:
        """What a handler does that is no function of the program. alone: it is the only one."""
        if action == "finish-own":
            servers = (key for key, known in self.keepers.items() if known)
            if alone and any(isinstance(key, tuple) and key[0] == "server" for key in servers):
                raise Lost(
                    "whether the servers beside a library end once it has handled the signal"
                )
            action = "finish"
        if action == "wait":
            self.mode.setdefault("waited", []).append(signal)
        elif action == "end":
            self.abort(2)
        elif action in {"finish", "finish-fast"}:
            self.mode["lasts"] = self.library.cleans_up(self) if action == "finish" else 0.0
            self._finish_work(max(CLEANUP, self.mode["lasts"]) if action == "finish" else 0.0)

    def _call_all(self, signal: str, listed: Items, node: tree.Node) -> None:
        """Handlers of an event loop, each as a call-back of its own."""
        wanted = list(listed.items)
        listed.items = [f for f in wanted if not (isinstance(f, Record) and f.kind == "once")]
        if not listed.items:
            self.handlers.pop(signal, None)
        for one in wanted[::-1]:
            if isinstance(one, str | Thing):
                does = one if isinstance(one, str) else "finish"
                self._named(does, signal, alone=len(wanted) == 1)
                continue
            function = one.fields["function"] if isinstance(one, Record) else one
            self.spawn(function, [self.library.number(signal), NOTHING], node, handles=True)

    def _finish_work(self, needs: float) -> None:
        """A library's own handler: the work in hand is finished, and what waits for it goes on."""
        until = self.host.now() + needs
        blocks = [s.block for s in self.strands if s.block is not None and s.block.presumed]
        self.effects += 1
        self.host.wake(needs)
        for block in blocks:
            block.until = until
        if not blocks:
            strand = Strand([], Block("sleep", until=until, then="leave"), background=False)
            self.strands.append(strand)

    def _interrupt(self, main: Strand, handler: Any, signal: str, node: tree.Node) -> None:
        """Call the handler within the main program, which then goes on as it was."""
        block, main.block = main.block, None
        before = len(main.frames)
        entered = self.enter(
            main, handler, [self.library.number(signal), NOTHING], {}, node, "handler"
        )
        if entered is ENTERED and len(main.frames) > before:
            main.frames[-1].target = block
            if main not in self.ready:
                self.ready.append(main)
        elif isinstance(entered, Block):
            main.block = entered
        else:
            self.resume(main, block)

    def resume(self, strand: Strand, block: Block | None) -> None:
        """After a handler: go on waiting, or not."""
        if block is None:
            return
        if block.interrupted == "ends" and block.kind == "idle":
            block.until = self.host.now()
            strand.block = block
        elif block.interrupted == "ends":
            if strand not in self.ready:
                self.ready.append(strand)
            self._unblocked(strand, block, late=False)
        else:
            strand.block = block
        if strand.block is not None and strand in self.ready:
            self.ready.remove(strand)

    def release(self) -> None:
        """The library has been asked to stop: what was presumed to stay ends."""
        self.effects += 1
        self.mode["guess"] = "what its handler calls stops it"
        self.keepers = {key: sure for key, sure in self.keepers.items() if sure}
        for strand in self.strands:
            block = strand.block
            known = block is not None and block.subject and not self.mode.get("lent")
            if block is not None and block.presumed and not known:
                block.until = self.host.now()

    # The end --------------------------------------------------------------------------------------

    def conclude(self) -> bool:
        """Nothing runs: end the process if it has nothing left to wait for; whether it goes on."""
        main = self.strands[0]
        if self.library.events:
            return self._conclude_events(main)
        if not main.done:
            return self._deadlocked(main)
        left = [s for s in self.strands if not s.done and not s.background]
        if left and not self.exiting:
            return False
        if not self.exiting:
            self.leave(self.status)
            return True
        return False

    def _deadlocked(self, main: Strand) -> bool:
        """Ruby ends a program whose threads all wait for each other."""
        if self.library.dialect.name != "ruby" or self.unknown:
            return False
        if not all(s.block is not None and _by_another(s.block) for s in self.strands):
            return False
        self.throw(main, Thrown("fatal", ("Exception",)))
        return True

    def _conclude_events(self, main: Strand) -> bool:
        if any(s.block is not None and s.block.interrupted == "waits" for s in self.strands):
            return False
        sleeping = [
            s
            for s in self.strands
            if s.block is not None
            and (s.block.kind == "idle" or (s.block.kind == "sleep" and not s.background))
        ]
        children = [child for child in self._there() if self._holds(child)]
        asked = self.mode.get("told") and self.unknown > self.mode.get(
            "unknown-before", self.unknown
        )
        if asked and False in self.keepers.values():
            self.release()
        if not self.mode.get("told") and self.unknown:
            self.presume()
        if sleeping or children or self.keepers:
            return False
        if not main.done and (main.block is None or main.block.kind != "promise"):
            return False
        if self.unknown and not self.mode.get("told") and not self.mode.get("sure"):
            self.keepers["presumed"] = False
            return False
        if not self.exiting:
            self.leave(self.status)
            return True
        return False

    def kept(self) -> bool:
        """Whether the program surely goes on, whatever its unknown calls do."""
        if not self.library.events:
            return any(not (s.main or s.done or s.background) for s in self.strands)
        blocks = [s.block for s in self.strands if s.block is not None]
        if any(b.interrupted == "waits" or b.kind == "idle" for b in blocks):
            return True
        timers = (s.block.kind == "sleep" for s in self.strands if s.block and not s.background)
        guessed = self.mode.get("guessed", ())
        sure = (known or k == "framework" for k, known in self.keepers.items() if k not in guessed)
        return any(timers) or any(sure) or any(map(self._holds, self._there()))

    def _there(self) -> list[Child]:
        return [child for child in self.children.values() if child.kind != "gone"]

    def _holds(self, child: Child) -> bool:
        """Whether a process keeps the event loop going: itself, or by a pipe that it left."""
        if child.fields.get("\0pipes"):
            return self.host.lingers(child.pid)
        return self.host.alive(child.pid)

    def leave(self, status: int) -> None:
        """End in order: with what was registered for the end."""
        self.status = status
        if not self.exiting:
            if self.library.dialect.breaks_off:
                self._weigh()
            self.exiting = True
            self.effects += 1
        while self.at_exit:
            value, arguments = self.at_exit.pop()
            strand = Strand([], main=True, background=False)
            self.strands[0] = strand
            self.ready = [strand]
            entered = self.enter(strand, value, arguments, {}, NO_NODE, "drop")
            if isinstance(entered, Block):
                self.block(strand, entered)
            if entered is ENTERED or isinstance(entered, Block):
                return
        for pid in self.mode.pop("ended-at-exit", ()):
            self.host.kill(pid, "TERM")
        waited = self.mode.get("joined-at-exit")
        if waited:
            alive = [p for p in waited if self.host.alive(p)]
            if alive:
                self.mode["joined-at-exit"] = []
                strand = Strand([], Block("child", alive), main=True, background=False)
                self.strands[0], self.ready = strand, []
                return
        self.abort(status)

    def abort(self, status: int) -> None:
        """End at once."""
        if self.ended:
            return
        draining = next((s for s in self.strands if s.block is not None and s.block.drains), None)
        if draining is not None:
            self.mode["cuts"] = _place_of(draining)
        else:
            self._weigh()
        self.ended = True
        self.host.end(status)

    def _weigh(self) -> None:
        """Whether the end comes before it is through with what it has been told to end."""
        if not self.mode.get("told") or "cuts" in self.mode or not self.library.undone(self):
            return
        if self.mode.get("cut-short"):
            self.mode["guess"] = "a loop of which the rounds are not known waits for the rest"
            return
        self.mode["cuts"] = self.mode.get("leaves") or self.places.get("TERM")
        self.mode["undone"] = True

    # Exceptions -----------------------------------------------------------------------------------

    def throw(self, strand: Strand, thrown: Thrown) -> None:
        """Leave functions until one catches the exception."""
        self._leave_block(strand)
        if strand not in self.ready:
            self.ready.append(strand)
        place = _place_of(strand)
        while strand.frames:
            frame = strand.frames[-1]
            if frame.tries:
                kind, target, depth, scope = frame.tries.pop()
                del frame.stack[depth:]
                frame.scope, frame.at = scope, target
                if kind == "final":
                    frame.after.append(thrown)
                else:
                    frame.caught.append(thrown)
                return
            strand.frames.pop()
            if frame.gives == "handler":
                self.mode |= {"leaves": place, "ended-by": frame.target}
            if frame.gives == "handler" and isinstance(frame.target, Block):
                strand.block = frame.target
                self._leave_block(strand)
            if frame.gives == "generator":
                self.gives_no_more(strand, None, thrown)
                return
            if frame.gives == "promise" and strand.promise is not None:
                self.resolve(strand.promise, thrown, failed=True)
                return
        self._uncaught(strand, thrown)

    def fails(self, thrown: Any) -> None:
        """An exception that nothing catches ends the program, which was told to stop."""
        broken = self.library.events or thrown.kind in _MISTAKES
        if broken and self.mode.get("told") and not self.exiting and self.kept():
            self.mode["cuts"] = None
            self.mode["failed"] = thrown.kind
        if thrown.kind == "ThreadError" and self.mode.get("cannot") and not self.exiting:
            self.mode |= {"cuts": self.mode["cannot"], "failed": thrown.kind, "undone": True}

    def _leave_block(self, strand: Strand) -> None:
        """An exception comes in between while a strand waits."""
        block, strand.block = strand.block, None
        if block is not None and block.guards:
            for pid in block.subject:
                self.host.kill(pid, "KILL")
        if block is not None and block.joins:
            block.subject.background = True

    def _uncaught(self, strand: Strand, thrown: Thrown) -> None:
        if strand in self.ready:
            self.ready.remove(strand)
        strand.done = True
        leaves = "SystemExit" in (thrown.kind, *thrown.kinds)
        status = thrown.value if leaves and isinstance(thrown.value, int) else int(not leaves)
        if thrown.kind in {"KeyboardInterrupt", "SignalException", "Interrupt"}:
            status = 1
        if self.mode.get("swallows"):
            return
        if strand.handles and not self.library.events:
            if leaves or self.strands[0].done:  # the wait for threads is given up
                self.leave(status if leaves else self.status)
        elif strand.main or (self.library.events and not self.exiting):
            self.status = status
            if not leaves:
                self.fails(thrown)
            if self.exiting or self.library.events:
                self.leave(status)
            else:
                left = [s for s in self.strands if not s.done and not s.background]
                self.mode["left"] = True
                if not left:
                    self.leave(status)


def _by_another(block: Block) -> bool:
    """Whether only another thread can end a wait."""
    kind = block.subject.kind if isinstance(block.subject, Record) else ""
    return block.until is None and (block.kind == "strand" or kind == "queue")


def _exception(signal: str) -> Record:
    """What a program is given of the signal by which its exception came; Ruby names it thus."""
    name = f"SIG{signal}"
    fields = {"signo": Thing(f"signal.{name}"), "signm": name, "message": name}
    return Record("object", fields, open=True)


def _place_of(strand: Strand) -> tuple[Code, tree.Node] | None:
    """Where a thread is in the program."""
    if not strand.frames:
        return None
    frame = strand.frames[-1]
    listed = frame.code.instructions
    return frame.code, listed[min(max(frame.at - 1, 0), len(listed) - 1)][2]
