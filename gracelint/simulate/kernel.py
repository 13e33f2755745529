"""A kernel small enough to play a stop: processes, signals, waiting, and a clock that jumps.

Time is virtual, in seconds. What happens at the same moment happens in the order in which it was
caused. The rules are those of a PID namespace: its first process is spared default actions, adopts
orphans, and takes everything with it when it ends. Source: pid_namespaces(7), signal(7), and
measurements on Docker 20.10 with runc.
"""

from __future__ import annotations

import heapq

from gracelint.base import signals
from gracelint.base.typed import TYPE_CHECKING, Any, Literal, Protocol, TypeAlias
from gracelint.base.values import dataclass, field, replace

if TYPE_CHECKING:
    from gracelint.base.facts import Word
    from gracelint.base.source import Span

MAX_STEPS = 30_000
POLLING = 3_000  # steps after which a container that does not settle is taken to poll
MAX_TASKS = 1500
FAR = 600.0
_SAME = 1e-6  # seconds by which equal pauses may differ


class Undetermined(Exception):  # noqa: N818
    """What happens from here on cannot be told from the files."""

    def __init__(self, reason: str, span: Span | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.span = span


class Missing(Undetermined):
    """The program surely does not exist, or cannot be executed: 127 or 126 for a shell."""


class Body(Protocol):
    """What a process does. The kernel calls; the body answers through the kernel.

    followed: whether its text is in sight and is carried out. task: its process, once it runs.
    """

    followed: bool
    task: Task | None

    def start(self, task: Task) -> None:
        """The process begins (or its program replaced another)."""

    def handles(self, signal: str) -> bool:
        """Whether a handler for the signal is installed now."""

    def ignores(self, signal: str) -> bool:
        """Whether the program itself ignores the signal (an inherited ignore is the task's)."""

    def signalled(self, signal: str) -> None:
        """A signal that it handles has arrived."""

    def child_ended(self, child: Task) -> None:
        """A child has become a zombie."""

    def timer(self, value: int | str) -> None:
        """What it asked for with `Kernel.after` is due."""

    def resume(self) -> None:
        """Go on with what an exception stopped in the middle of its turn."""

    def awaits(self, signal: str) -> bool:
        """Whether it takes a blocked signal from those that are held, as sigwait(3) does."""

    def copy(self, world: Any) -> Body:
        """The same in a forked world, whose processes have the same numbers."""


@dataclass(slots=True, eq=False)
class Task:
    """A process.

    ignored: signals whose ignoring was inherited. blocked: signals that it lets wait, inherited as
    well; held: those of them that have come. status: exit status, 128 and more for a signal.
    fate: how it ended: `exit`, `signal`, `sigkill`, `torn` (with PID 1's end). received: signal →
    first time it was sent. background: started with `&`. read: its output is read by the shell
    that started it. killed_by, first_parent: numbers. children: the living ones, by number.
    watchers: the numbers of those that want to know of its end. execs: how often it has replaced
    its program. writes: the pipes that it can write to.
    """

    pid: int
    parent: Task | None
    body: Body
    argv: tuple[Word, ...]
    span: Span | None = None
    pgid: int = 0
    sid: int = 0
    ignored: frozenset[str] = frozenset()
    blocked: frozenset[str] = frozenset()
    held: tuple[str, ...] = ()
    background: bool = False
    alive: bool = True
    status: int = 0
    fate: str = ""
    started: float = 0.0
    ended: float = 0.0
    received: dict[str, float] = field(default_factory=dict)
    killed_by: int | None = None
    first_parent: int | None = None
    subreaper: bool = False
    read: bool = False
    children: dict[int, Task] = field(default_factory=dict)
    watchers: tuple[int, ...] = ()
    execs: int = 0
    writes: frozenset[int] = frozenset()


@dataclass(slots=True)
class Pipe:
    """A pipe, or a file that is read.

    parts: what was written so far; a value of None: something unknown. taken: how many characters
    of it were read. holders: the numbers of the processes that can write to it. opened: whether
    there was one ever. named: whether it is in the file system; nobody comes to its end before it
    was opened. watchers: the numbers of those that want to know when a holder has ended.
    """

    parts: list[Word] = field(default_factory=list)
    taken: int = 0
    holders: set[int] = field(default_factory=set)
    opened: bool = False
    named: bool = False
    watchers: tuple[int, ...] = ()

    def copy(self) -> Pipe:
        """The same in a forked world."""
        return replace(self, parts=list(self.parts), holders=set(self.holders))


Event: TypeAlias = tuple[
    float, int, Literal["start", "signal", "child", "timer"], int, int, int | str
]
"""What is to happen: when, in which order, what, to which process, which of the programs that it
has run (see `Task.execs`), and the signal, child or timer.
"""


class Kernel:
    """Processes of one container and their clock.

    private: whether the container has a PID namespace of its own. root: its first process.
    periodic: whether a loop without an end was seen. works: and one that is there for what it does
    in each round. longest: the longest pause, in seconds, in the part of the loop that was watched;
    a process that its parent waits for is one. in_front: the number of the one that was started
    last, by its parent and place. busy: until when the present one is expected to last.
    clocked: how often a shell has looked at the clock. turn: the process whose work an exception
    stopped. pipes: by their numbers; those that nobody reads any more are gone. memory: what
    processes keep together, by place; plain values.
    """

    def __init__(self, *, private: bool = True) -> None:
        self.now = 0.0
        self.private = private
        self.tasks: list[Task] = []
        self.root: Task | None = None
        self.turn: Task | None = None
        self.over = False
        self.stopping = False
        self.stop_time = 0.0
        self.periodic = False
        self.works = False
        self.longest = 0.0
        self.in_front: dict[tuple[int, Span | None], int] = {}
        self.busy = 0.0
        self.pipes: dict[int, Pipe] = {}
        self.memory: dict[int, Any] = {}
        self._last_pipe = 0
        self._queue: list[Event] = []
        self._order = 0
        self.steps = self.clocked = 0

    def copy(self) -> Kernel:
        """The same processes once more, with the bodies of the old ones.

        Those that have ended do not change any more and are shared.
        """
        twin = Kernel(private=self.private)
        vars(twin).update(vars(self))
        twin._queue = list(self._queue)
        twin.memory = dict(self.memory)
        twin.in_front = dict(self.in_front)
        twin.tasks = [replace(t, received=dict(t.received)) if t.alive else t for t in self.tasks]
        twin.pipes = {number: pipe.copy() for number, pipe in self.pipes.items()}
        for task in twin.living:
            task.parent = twin.twin(task.parent)
            task.children = {pid: twin.task(pid) for pid in task.children}
        twin.root, twin.turn = twin.twin(self.root), twin.twin(self.turn)
        return twin

    def twin(self, task: Task | None) -> Task | None:
        """The process that stands here for one of the kernel that this is a copy of."""
        return None if task is None else self.task(task.pid)

    def end_all(self) -> None:
        """Nobody asks for the processes any more."""
        for task in self.tasks:
            vars(task).clear()
        vars(self).clear()

    # The clock -------------------------------------------------------------------------------

    def after(self, seconds: float, task: Task, value: int | str) -> None:
        """Call the body's timer `seconds` from now, if the process still runs this program."""
        self._plan(seconds, "timer", task, value)

    def _plan(
        self,
        seconds: float,
        what: Literal["start", "signal", "child", "timer"],
        task: Task,
        value: int | str = 0,
    ) -> None:
        self._order += 1
        event = (self.now + seconds, self._order, what, task.pid, task.execs, value)
        heapq.heappush(self._queue, event)

    def step_budget(self) -> None:
        """Count one step of work; too many mean that the container never settles."""
        self.steps += 1
        if self.steps > MAX_STEPS:
            raise Undetermined("it never settles: a loop runs on without waiting for anything")

    def run(self, until: float | None = None) -> None:
        """Let everything happen up to `until`; None: until nothing happens for a long time."""
        if self.turn is not None:
            self.turn.body.resume()
        while self._queue and not self.over:
            at = self._queue[0][0]
            if (until is not None and at > until) or (until is None and self._settled(at)):
                return
            event = heapq.heappop(self._queue)
            self.longest = max(self.longest, at - self.now)
            self.now = max(self.now, at)
            self.step_budget()
            self._happen(event)

    def _happen(self, event: Event) -> None:
        _, _, what, pid, execs, value = event
        task = self.task(pid)
        if not task.alive:
            return
        if what == "child":
            child = self.task(int(value))
            if child.parent is not None and child.parent.pid == pid:
                task.body.child_ended(child)
        elif task.execs != execs:
            return
        elif what == "timer":
            task.body.timer(value)
        elif what == "start":
            task.body.start(task)
        else:
            task.body.signalled(str(value))

    def _settled(self, next_at: float) -> bool:
        """Whether nothing more happens. A loop without an end is left in the longest part of a
        round, where a stop most likely finds it.
        """
        pause = next_at - self.now
        lasts = max(pause, self.busy - self.now) > self.longest - _SAME
        if pause > FAR or (next_at > FAR and pause > 0 and lasts):
            return True
        if not self.going_round or pause <= 0:
            return False
        return self.steps > POLLING or lasts

    def ahead(self) -> list[tuple[object, ...]]:
        """What is going to happen by itself, and in how many seconds, in its order."""
        events = (event for event in sorted(self._queue) if self.task(event[3]).alive)
        return [(round(at - self.now, 6), *what) for at, _, *what in events]

    @property
    def going_round(self) -> bool:
        """Whether it does the same again and again, as far as can be told."""
        return self.periodic or (self.steps > POLLING and self.now > 0)

    # Processes -------------------------------------------------------------------------------

    def spawn(
        self,
        parent: Task | None,
        body: Body,
        argv: tuple[Word, ...],
        span: Span | None = None,
        *,
        ignored: frozenset[str] = frozenset(),
        background: bool = False,
        new_group: bool = False,
        new_session: bool = False,
        writes: frozenset[int] | None = None,
    ) -> Task:
        """A new process, child of `parent`; the first one is the container's own.

        writes: the pipes that it can write to; None: those of its parent.
        """
        if len(self.tasks) >= MAX_TASKS:
            raise Undetermined("it starts more processes than can be followed")
        pid = len(self.tasks) + (1 if self.private else 20)
        task = Task(pid, parent, body, argv, span, ignored=ignored, background=background)
        task.first_parent = None if parent is None else parent.pid
        task.started = self.now
        task.pgid = pid if parent is None or new_group or new_session else parent.pgid
        task.sid = pid if parent is None or new_session else parent.sid
        task.blocked = frozenset() if parent is None else parent.blocked
        self.tasks.append(task)
        if self.root is None:
            self.root = task
        if parent is not None:
            parent.children[pid] = task
            self.hold(task, parent.writes if writes is None else writes)
        self._plan(0, "start", task)
        return task

    def waits_for(self, task: Task) -> None:
        """The process is one that its parent waits for: it lasts as long as the one before it."""
        key = (task.first_parent or 0, task.span)
        before = self.by_pid(self.in_front[key]) if key in self.in_front else None
        if before is not None and not before.alive:
            life = before.ended - before.started
            self.longest = max(self.longest, life)
            self.busy = self.now + life
        self.in_front[key] = task.pid

    def exec(self, task: Task, body: Body, argv: tuple[Word, ...], span: Span | None) -> None:
        """The process replaces its program."""
        task.body = body
        task.argv = argv
        task.span = span or task.span
        task.execs += 1
        self._plan(0, "start", task)

    def end(self, task: Task, status: int, fate: str, by: Task | None = None) -> None:
        """The process ends: orphans are adopted, its parent is told, PID 1 takes all with it."""
        if not task.alive:
            return
        task.alive, task.status, task.fate, task.ended = False, status, fate, self.now
        task.killed_by = None if by is None else by.pid
        if task is self.root:
            self._tear_down()
            return
        parent = task.parent
        if parent is not None:
            del parent.children[task.pid]
        self._give_away(task)
        for pid in task.watchers:
            self.after(0, self.task(pid), "watched")
        if parent is not None:
            self._plan(0, "child", parent, task.pid)

    def _give_away(self, task: Task) -> None:
        if not task.children:
            return
        adopter = self._adopter(task)
        for child in task.children.values():
            child.parent = adopter
        if adopter is not None:
            adopter.children.update(task.children)
        task.children = {}

    def _adopter(self, task: Task) -> Task | None:
        above = task.parent
        while above is not None and not (above.alive and above.subreaper):
            above = above.parent
        if above is not None:
            return above
        return self.root if self.private else None

    def _tear_down(self) -> None:
        for task in self.tasks:
            if task.alive:
                task.alive, task.fate, task.status, task.ended = False, "torn", 137, self.now
        self.over = True

    @property
    def living(self) -> list[Task]:
        """The processes that have not ended."""
        return [task for task in self.tasks if task.alive]

    def task(self, pid: int) -> Task:
        """The process with this number, which there is."""
        return self.tasks[pid - self.tasks[0].pid]

    def by_pid(self, pid: int) -> Task | None:
        """The process with this number."""
        at = pid - self.tasks[0].pid
        return self.tasks[at] if 0 <= at < len(self.tasks) else None

    # Pipes -----------------------------------------------------------------------------------

    def pipe(self, *, named: bool = False) -> int:
        """The number of a new pipe, to which nothing has been written."""
        self._last_pipe += 1
        self.pipes[self._last_pipe] = Pipe(named=named)
        return self._last_pipe

    def hold(self, task: Task, pipes: frozenset[int]) -> None:
        """The process can write to these pipes, and to no others any more."""
        for number in task.writes - pipes:
            if number in self.pipes:
                self.pipes[number].holders.discard(task.pid)
        for number in pipes - task.writes:
            if number in self.pipes:
                pipe = self.pipes[number]
                pipe.holders.add(task.pid)
                pipe.opened = True
                task.watchers += pipe.watchers
        task.writes = pipes

    def watch(self, number: int, pid: int) -> None:
        """Have a process told whenever one that can write to a pipe has ended."""
        pipe = self.pipes[number]
        if pid not in pipe.watchers:
            pipe.watchers += (pid,)
            for holder in self.holding(number):
                self.task(holder).watchers += (pid,)

    def ended(self, number: int, besides: int = 0) -> bool:
        """Whether nobody can write to a pipe any more, besides one."""
        pipe = self.pipes.get(number)
        if pipe is None:
            return True
        return not (pipe.named and not pipe.opened) and not self.holding(number, besides)

    def holding(self, number: int, besides: int = 0) -> tuple[int, ...]:
        """The living processes that can write to a pipe, besides one."""
        pipe = self.pipes.get(number)
        if pipe is None:
            return ()
        pipe.holders = {pid for pid in pipe.holders if self.task(pid).alive}
        return tuple(sorted(pipe.holders - {besides}))

    def group(self, pgid: int) -> list[Task]:
        """The living processes of a group."""
        return [t for t in self.tasks if t.pgid == pgid and t.alive]

    def session(self, sid: int) -> list[Task]:
        """The living processes of a session."""
        return [t for t in self.tasks if t.sid == sid and t.alive]

    # Signals ---------------------------------------------------------------------------------

    def kill(self, task: Task, signal: str, by: Task | None = None) -> None:
        """Send a signal; `by` None is the engine, from outside the namespace."""
        if not task.alive:
            return
        first = self.private and task is self.root
        if signal in signals.UNCATCHABLE:
            if signal == "KILL" and not (first and by is not None):
                self.end(task, 137, "sigkill", by)
            return
        if signal in task.blocked and not task.body.awaits(signal):
            task.held += (signal,)
            return
        task.received.setdefault(signal, self.now)
        if task.body.task is not None and task.body.handles(signal):
            self._plan(0, "signal", task, signal)
        elif not self._shrugs(task, signal) and not first:
            self.end(task, 128 + signals.number(signal), "signal", by)

    def let_through(self, task: Task, blocked: frozenset[str]) -> None:
        """From now on only these signals are blocked; what is held and may come now, comes."""
        held, task.held, task.blocked = task.held, (), blocked
        for signal in held:
            self.kill(task, signal)

    @staticmethod
    def _shrugs(task: Task, signal: str) -> bool:
        by_default = signal in signals.IGNORED_BY_DEFAULT or signal in signals.STOPS_BY_DEFAULT
        return by_default or signal in task.ignored or task.body.ignores(signal)
