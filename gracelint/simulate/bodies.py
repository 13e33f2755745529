"""What processes other than shells do: applications, inits, wrappers and supervisors."""

from __future__ import annotations

from gracelint.atlas.programs import called
from gracelint.base.typed import TYPE_CHECKING
from gracelint.model.application import ASSUMED, Application
from gracelint.model.entries import Reaction
from gracelint.simulate.kernel import Undetermined
from gracelint.simulate.world import CLEANUP, MOMENT

if TYPE_CHECKING:
    from typing import Self

    from gracelint.base.facts import Unknown
    from gracelint.model.application import Source
    from gracelint.model.entries import Program, Service, Wrapped
    from gracelint.model.snapshot import Role
    from gracelint.simulate.kernel import Kernel, Task
    from gracelint.simulate.world import Context, Loaded, World


class Plain:
    """A process that handles nothing and waits for nobody."""

    role: Role = "app"
    key = ""
    source = ""
    followed = False

    def __init__(self, world: World) -> None:
        self.world = world
        self.task: Task | None = None

    @property
    def kernel(self) -> Kernel:
        """The kernel it runs under."""
        return self.world.kernel

    @property
    def me(self) -> Task:
        """Its own process, once started."""
        if self.task is None:
            raise Undetermined("a process was asked for before it started")
        return self.task

    def start(self, task: Task) -> None:
        """The process begins."""
        self.task = task

    def handles(self, signal: str) -> bool:  # noqa: ARG002
        """No handler."""
        return False

    def ignores(self, signal: str) -> bool:  # noqa: ARG002
        """Nothing but what was inherited."""
        return False

    def signalled(self, signal: str) -> None:
        """Never called, as nothing is handled."""

    def awaits(self, signal: str) -> bool:  # noqa: ARG002
        """It waits for no signal."""
        return False

    def child_ended(self, child: Task) -> None:
        """It does not care."""

    def timer(self, value: int | str) -> None:
        """Never called, as it asks for none."""

    def resume(self) -> None:
        """Nothing stops it in the middle."""

    def copy(self, world: World) -> Self:
        """The same in a forked world, whose processes have the same numbers."""
        twin = object.__new__(type(self))
        vars(twin).update(vars(self))
        twin.world, twin.task = world, world.kernel.twin(self.task)
        return twin


class App(Plain):
    """An application, or any other program that starts nothing that matters.

    application: what it does on signals and how long it runs. hears_each: it is told of the end of
    each process that it has started, as they come.
    """

    hears_each = False

    def __init__(
        self,
        world: World,
        program: Program | None = None,
        *,
        source: Source | Unknown | None = None,
        duration: float | None = None,
    ) -> None:
        super().__init__(world)
        self.application = Application(program, source, duration, helper=self.role == "helper")
        self.cleaning = False
        self.key = program.key if program else ""
        self.source = program.source if program else ""

    def seen(self) -> Application | Wrapped:
        """What it turned out to be."""
        return self.application

    @property
    def program(self) -> Program | None:
        """Its atlas entry."""
        return self.application.program

    @property
    def unsure(self) -> str:
        """Why nobody can tell what a stop finds of it; "" where it can be told."""
        return ""

    @property
    def placeholder(self) -> bool:
        """Whether it only keeps the container alive or copies a stream."""
        return self.application.placeholder

    @property
    def serves(self) -> bool:
        """Whether it is surely an application, no placeholder and no copier of streams."""
        return self.application.serves

    @property
    def over(self) -> bool:
        """Whether its source comes to its end, as far as it is in sight."""
        return False

    def start(self, task: Task) -> None:
        """Begin, and end by itself where its duration is known."""
        super().start(task)
        if self.program is not None and self.program.lifetime == "daemon":
            self._daemonize(task)
        elif self.application.duration is not None:
            self.kernel.after(self.application.duration, task, "done")

    def _daemonize(self, task: Task) -> None:
        from gracelint.base.values import replace

        assert self.program is not None
        stays = App(
            self.world, replace(self.program, lifetime="long"), source=self.application.source
        )
        child = self.kernel.spawn(task, stays, task.argv, task.span, new_session=True)
        child.background = True
        self.kernel.after(MOMENT, task, "done")

    def timer(self, value: int | str) -> None:  # noqa: ARG002
        """Its work is done."""
        self.kernel.end(self.me, 0, "exit")

    def handles(self, signal: str) -> bool:
        """Whether it has a handler; raises Undetermined where nobody knows."""
        if self.task is not None and self.application.ignores(signal, self.task.ignored):
            return False
        reaction = self.application.reaction(signal)
        if reaction is None:
            first = self.kernel.private and self.me is self.kernel.root
            if signal == "TERM" and not first:
                return False  # it stops either way: where it has no handler, by default
            name = called(self.me.argv, self.key)
            raise Undetermined(f"what `{name}` does on SIG{signal} is not known", self.me.span)
        return reaction is not Reaction.DEFAULT

    def signalled(self, signal: str) -> None:
        """Finish and end, or go on."""
        reaction = self.application.reaction(signal)
        if reaction not in {Reaction.GRACEFUL, Reaction.FAST} or self.cleaning:
            return
        self.cleaning = True
        graceful = reaction is Reaction.GRACEFUL
        needs = max(CLEANUP, self.application.lasts) if graceful else MOMENT
        self.kernel.after(needs + self._later(), self.me, "done")

    def _later(self) -> float:
        """Of what a program starts that hears of each end, no two end at the same moment."""
        parent = self.me.parent
        if parent is None or not isinstance(parent.body, App) or not parent.body.hears_each:
            return 0.0
        return MOMENT * list(parent.children).index(self.me.pid)


class Opaque(App):
    """A program that stays and of which nobody knows what it does once it is told to stop.

    reason: why not. As long as nothing tells it, what stands in front of it decides. beside: it is
    in the background, where it stays only as far as a shell waits for it in the end.
    """

    def __init__(self, world: World, reason: str, *, beside: bool = False) -> None:
        super().__init__(world)
        self.reason = reason
        self.beside = beside

    @property
    def unsure(self) -> str:
        """Nobody knows, where nothing waits for it."""
        return self.reason if self.beside else ""

    def handles(self, signal: str) -> bool:  # noqa: ARG002
        """Nobody knows."""
        raise Undetermined(self.reason, self.me.span)


class Filter(App):
    """A process that reads pipes to their end: it ends when nobody can write to them any more."""

    role: Role = "helper"

    def __init__(self, world: World, program: Program | None, pipes: tuple[int, ...]) -> None:
        super().__init__(world, program)
        self.pipes = pipes

    def start(self, task: Task) -> None:
        """Look after those who write whenever one has ended."""
        super().start(task)
        for pipe in self.pipes:
            self.kernel.watch(pipe, task.pid)
        self.kernel.after(0, task, "watched")

    def timer(self, value: int | str) -> None:
        """End once nobody writes."""
        if value != "watched":
            super().timer(value)
        elif all(self.kernel.ended(pipe, besides=self.me.pid) for pipe in self.pipes):
            self.kernel.end(self.me, 0, "exit")


class Wrapper(Plain):
    """An init or wrapper around one child, by its atlas entry. inner: what it starts."""

    def __init__(self, world: World, wrapped: Wrapped, inner: Loaded) -> None:
        super().__init__(world)
        self.wrapped = wrapped
        self.role: Role = wrapped.role
        self.key = wrapped.key
        self.source = wrapped.source
        self.inner = inner
        self.child: Task | None = None
        self.stopping = self.told = False

    def copy(self, world: World) -> Self:
        """The same in a forked world."""
        twin = super().copy(world)
        twin.child = world.kernel.twin(self.child)
        if self.task is None or self.child is None:
            twin.inner = self.inner.copy(world)
        return twin

    def start(self, task: Task) -> None:
        """Start the child."""
        super().start(task)
        task.subreaper = self.wrapped.subreaper
        if self.wrapped.leads_group:
            task.pgid = task.pid
        inner = self.inner
        detach = self.wrapped.behaviour == "detach"
        if self.wrapped.behaviour_in_group == "exec" and task.pgid != task.pid:
            task.pgid = task.sid = task.pid
            self.kernel.exec(task, inner.body, inner.argv, task.span)
            return
        self.child = self.kernel.spawn(
            task,
            inner.body,
            inner.argv,
            (inner.argv[0].span if self.wrapped.language else None) or task.span,
            ignored=task.ignored,
            new_group=self.wrapped.own_group
            or (self.wrapped.target != "child" and not self.wrapped.leads_group),
            new_session=detach or self.wrapped.target == "session",
        )
        if detach:
            self.child.background = True
            self.kernel.after(MOMENT, task, "detached")

    def timer(self, value: int | str) -> None:
        """The child is on its own now, or has been given long enough."""
        if value == "detached":
            self._end(0)
        else:
            self._give_up()

    def _end(self, status: int) -> None:
        if self.me.alive and self.me.body is self:
            self.kernel.end(self.me, status, "exit")

    def handles(self, signal: str) -> bool:
        """Forwarders and those that end at once have handlers for what asks to stop."""
        passed = self.wrapped.forwards
        if self.wrapped.behaviour == "forward":
            return signal != "CHLD" if passed is None else signal in passed
        ends = ASSUMED | {"HUP"} if passed is None else passed
        return self.wrapped.behaviour == "die" and signal in ends

    def signalled(self, signal: str) -> None:
        """Pass the signal on, or end."""
        if self.wrapped.behaviour == "die":
            self._end(143)
            return
        passed = self.wrapped.rewrite.get(signal, signal)
        if not passed or self.child is None:
            return
        self.told = True
        for task in self._targets(self.child):
            self.kernel.kill(task, passed, self.me)
        if self.wrapped.resignals and self.me.pid != 1:
            self._end(143)
            return
        if self.wrapped.kill_after is not None and not self.stopping:
            self.stopping = True
            self.kernel.after(self.wrapped.kill_after, self.me, "patience")

    def _targets(self, child: Task) -> list[Task]:
        if self.wrapped.target == "child":
            return [child]
        return [t for t in self.kernel.group(child.pgid) if t is not self.me]

    def _give_up(self) -> None:
        if self.child is not None and self.child.alive:
            self.kernel.kill(self.child, "KILL", self.me)
        self._end(143)

    def child_ended(self, child: Task) -> None:
        """End with the child, unless it sits out the time that it has given it."""
        if self.wrapped.repeats and not self.told:
            return
        if self.wrapped.outlives and self.me.pid == 1 and child.fate == "signal":
            return
        if self.wrapped.stays and self.me.pid == 1 and self.told:
            return
        if child is self.child and not (self.stopping and self.wrapped.sits_out):
            self._end(child.status)


class Supervisor(Plain):
    """A supervisor over several programs: stops each in its way and ends after the last.

    context: what its programs are started with. services: by the number of their process. groups:
    the numbers of all their groups.
    """

    role: Role = "init"

    def __init__(self, world: World, wrapped: Wrapped, context: Context) -> None:
        super().__init__(world)
        self.wrapped = wrapped
        self.key = wrapped.key
        self.source = wrapped.source
        self.context = context
        self.services: dict[int, Service] = {}
        self.groups: list[int] = []
        self.stopping = False

    def copy(self, world: World) -> Self:
        """The same in a forked world."""
        twin = super().copy(world)
        twin.services, twin.groups = dict(self.services), list(self.groups)
        return twin

    def start(self, task: Task) -> None:
        """Start all."""
        super().start(task)
        task.subreaper = self.wrapped.subreaper
        for service in self.wrapped.services:
            inner = self.world.load(service.words, self.context)
            span = service.words[0].span
            child = self.kernel.spawn(task, inner.body, inner.argv, span, new_group=True)
            child.background = not service.once
            self.services[child.pid] = service
            self.groups.append(child.pgid)

    def handles(self, signal: str) -> bool:
        """It stops on what asks it to."""
        handled = self.wrapped.stops_on
        return signal in (ASSUMED | {"HUP"} if handled is None else handled)

    def signalled(self, signal: str) -> None:  # noqa: ARG002
        """Stop every program."""
        if self.stopping:
            return
        self.stopping = True
        for pid, service in self.services.items():
            self._stop(self.kernel.task(pid), service)
        if not self.services:
            self._end_if_done()

    def stop_one(self, pid: int) -> None:
        """Stop one program, while the others go on."""
        self._stop(self.kernel.task(pid), self.services[pid])

    def _stop(self, child: Task, service: Service) -> None:
        targets = self.kernel.group(child.pgid) if service.group else [child]
        for task in targets:
            if service.signal:
                self.kernel.kill(task, service.signal, self.me)
        if service.kill_after is not None:
            self.kernel.after(service.kill_after, self.me, child.pid)

    def timer(self, value: int | str) -> None:
        """A program has been given long enough; or it is seen that one has ended."""
        if value == "seen":
            self._end_if_done()
        else:
            self.kernel.kill(self.kernel.task(int(value)), "KILL", self.me)

    def child_ended(self, child: Task) -> None:
        """A program has ended: at once seen where nobody else writes to the same pipe."""
        self.services.pop(child.pid, None)
        if self.wrapped.lag and any(t is not child for t in self.kernel.group(child.pgid)):
            self.kernel.after(self.wrapped.lag, self.me, "seen")
        else:
            self._end_if_done()

    def _end_if_done(self) -> None:
        if not self.stopping or any(self.kernel.task(pid).alive for pid in self.services):
            return
        if self.wrapped.waits_for_groups and any(map(self.kernel.group, self.groups)):
            self.kernel.after(10 * MOMENT, self.me, "seen")
        else:
            self.kernel.end(self.me, 0, "exit")


class Deserter(Supervisor):
    """A supervisor that ends on a signal and leaves its programs to themselves."""

    role: Role = "wrapper"

    def handles(self, signal: str) -> bool:
        """It ends on what asks it to stop."""
        passed = self.wrapped.forwards
        return signal in (ASSUMED | {"HUP"} if passed is None else passed)

    def signalled(self, signal: str) -> None:  # noqa: ARG002
        """End."""
        if self.me.alive:
            self.kernel.end(self.me, 143, "exit")
