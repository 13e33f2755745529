"""A program in a general-purpose language as a process of the tree."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any, Literal

from gracelint.base.facts import Unknown, Word
from gracelint.base.paths import absolute
from gracelint.base.values import replace
from gracelint.model.application import Application, Reloads, Source
from gracelint.model.entries import Reaction, Wrapped
from gracelint.simulate import absent
from gracelint.simulate.bodies import App
from gracelint.simulate.kernel import Undetermined
from gracelint.simulate.sources.doubts import doubt
from gracelint.simulate.sources.library import ahead
from gracelint.simulate.sources.machine.instructions import DO
from gracelint.simulate.sources.machine.machine import Machine
from gracelint.simulate.sources.machine.state import NO_NODE, Lost
from gracelint.simulate.sources.machine.waits import TOO_MUCH
from gracelint.simulate.world import MOMENT

if TYPE_CHECKING:
    import re
    from typing import Self

    from gracelint.base.source import Span
    from gracelint.model.entries import Program
    from gracelint.simulate.kernel import Kernel, Task
    from gracelint.simulate.sources.languages import Sources
    from gracelint.simulate.sources.machine.code import Code
    from gracelint.simulate.sources.machine.state import Command
    from gracelint.simulate.world import Context, Loaded, World
    from gracelint.syntax.code import tree

_ASKED = frozenset({"TERM", "INT", "QUIT", "HUP", "USR1", "USR2"})
"""Signals of which it is told what they do to a program."""


_STOPS = frozenset({"TERM", "INT", "QUIT"})
"""Signals whose handlers are taken to end the program; others dump, reload, or reopen files."""

_PIECE = "how long `{}` takes, which it starts for each piece of work, is not known"

_PLAIN = {
    "default": Reaction.DEFAULT,
    "ignore": Reaction.NOTHING,
    "goes-on": Reaction.NOTHING,
    "finish-fast": Reaction.FAST,
    "end": Reaction.FAST,
}


class Played(App):
    """An application whose source is in sight: it does what that says.

    entry: what the atlas knows of its interpreter; None: it is compiled. sources: its files.
    context: what it was started with. kids: the numbers of the processes that it has started.
    unclear: why it is not known what else it has started, which then decides unless nothing does
    anything on a signal.
    """

    followed = True

    def __init__(
        self, world: World, entry: Program | None, sources: Sources, context: Context
    ) -> None:
        super().__init__(world, entry)
        self.entry = entry
        self.sources = sources
        self.context = context
        self.machine = Machine(sources.library, _System(self), DO, sources.environment)
        self.hears_each = sources.library.events
        self.began = False
        self.kids: list[int] = []
        self.unclear: Undetermined | None = None

    def copy(self, world: World) -> Self:
        """The same in a forked world."""
        twin = super().copy(world)
        twin.machine = self.copied(twin)
        twin.kids = list(self.kids)
        return twin

    def copied(self, twin: Played) -> Machine:
        """The machine once more, for a twin of this process."""
        machine = self.machine
        shared = (machine.library, machine.instructions, machine.environment)
        memo: dict[int, Any] = {id(one): one for one in shared}
        memo[id(machine.relevant)] = machine.relevant
        memo[id(machine.matters_memo)] = dict(machine.matters_memo)
        memo[id(machine.host)] = _System(twin)
        return copy.deepcopy(machine, memo)

    def start(self, task: Task) -> None:
        """Run until everything waits."""
        self.task = task
        if self.sources.first.path in self.world.scripts.given_up and not self._alone():
            self._give_up(self.kernel.steps)
            return
        if not self.began:
            self.began = True
            more = self.sources.library.begun(self.machine, self.sources.first)
            self.machine.begin(self.sources.first, self.sources.names | more)
            for path in reversed(self.sources.before):
                self.sources.library.loaded(self.machine, self.machine.strands[0], path)
        self._run()

    def _alone(self) -> bool:
        """Whether nobody but the program itself decides what becomes of the container."""
        return self.me is self.kernel.root or bool(self.kids) or bool(self.machine.mode.get("told"))

    def _give_up(self, steps: int) -> None:
        """Take it for a program of which only the interpreter is known. steps: as before it ran."""
        self.kernel.turn, self.kernel.steps = None, steps
        self.world.scripts.given_up.add(self.sources.first.path)
        self.kernel.exec(self.me, _GivenUp(self.world, self.entry), self.me.argv, self.me.span)

    def _run(self, signal: str = "") -> None:
        self.kernel.turn, steps = self.me, self.kernel.steps
        try:
            if signal:
                self.machine.signalled(signal)
            else:
                self.machine.run()
        except Lost as lost:
            if lost.reason == TOO_MUCH and not self._alone():
                self._give_up(steps)
                return
            span = place(self, lost.code, lost.node) if lost.code and lost.node else None
            raise Undetermined(lost.reason, span or self.me.span) from None
        self.kernel.turn = None
        self.application = self._application()
        self.role = "wrapper" if self._wraps() else "app"

    def timer(self, value: int | str) -> None:  # noqa: ARG002
        """Time has passed."""
        self._run()

    def resume(self) -> None:
        """Go on in the middle of an instruction."""
        self._run()

    def child_ended(self, child: Task) -> None:  # noqa: ARG002
        """A process has ended; a handler for that runs, and seldom ends the program."""
        if self.task is None:
            return  # what it has just replaced had started that one
        self.machine.effects += 1
        handler = self.machine.handlers.get("CHLD")
        self._run("" if isinstance(handler, str | None) else "CHLD")

    # Signals ------------------------------------------------------------------------------------

    def _disposition(self, signal: str) -> Any:
        """What happens on a signal now; see `Machine.disposition`."""
        main = self.machine.strands[0] if self.machine.strands else None
        block = main.block if main is not None else None
        if block is not None and signal in block.ignores:
            return "ignore"
        if signal in self.me.ignored and signal not in self.machine.handlers:
            return "ignore"
        return self.machine.disposition(signal)

    def handles(self, signal: str) -> bool:
        """Whether the source installs a handler, or its run-time has one.

        Raises Undetermined where something in sight may install one, and nothing tells whether.
        """
        disposition = self._disposition(signal)
        if self.unclear is not None and (disposition != "default" or not self._spared()):
            raise self.unclear
        if disposition == "default" and signal in _ASKED and not self.kids:
            reason = self._doubt()
            if reason:
                raise Undetermined(reason, self.me.span)
        return disposition not in {"default", "ignore"}

    def _spared(self) -> bool:
        """Whether default actions do not apply to it."""
        return self.kernel.private and self.me is self.kernel.root

    @property
    def over(self) -> bool:
        """Whether only calls that hardly stay may keep it running."""
        return bool(self.unsure)

    def _doubt(self) -> str:
        if self.sources.doubts:
            return self.sources.doubts[0]
        return doubt(self.machine, self.world.workload.files)

    def ignores(self, signal: str) -> bool:
        """Whether the source ignores the signal."""
        return bool(self._disposition(signal) == "ignore")

    def awaits(self, signal: str) -> bool:
        """Whether it has asked for the next of these signals."""
        return bool(self.machine.handlers.get(signal) == "wait")

    def signalled(self, signal: str) -> None:
        """Run the handler."""
        mode = self.machine.mode
        ahead.begin(self.machine)
        if not isinstance(self.machine.handlers.get(signal), str | None):
            mode["ran"] = (*mode.get("ran", ()), signal)
        self._run(signal)

    @property
    def unsure(self) -> str:
        """It may have ended long before the stop: nothing in sight has it stay."""
        doubted = self.machine.mode.get("ends?") and not self.machine.kept()
        return "nothing in sight keeps it running" if doubted else ""

    # What became of it --------------------------------------------------------------------------

    def seen(self) -> Application | Wrapped:
        """What it turned out to be, after a stop: an application, or a wrapper around others."""
        if self._wraps():
            return self._wrapped()
        return self._application()

    def _application(self) -> Application:
        machine = self.machine
        asked = {s for s in _ASKED | set(machine.handlers) if not self._untried(s)}
        reactions = {s: self._reaction(s) for s in asked}
        places = [place(self, code, node) for code, node in machine.places.values()]
        served = [place(self, code, node) for code, node, _ in machine.serves]
        work = machine.serves[0][2] if machine.serves else ""
        work = "ends" if machine.mode.get("undone") else work
        cut = machine.mode.get("cuts")
        guess = machine.mode.get("guess", "") or self.sources.guess
        call = machine.mode.get("reloads")
        reloads = None if call is None else Reloads(call[0], place(self, *call[2:]), call[1])
        before = self.application.source
        life = machine.mode.get("life", "") if not machine.kept() else ""
        if machine.ended and machine.mode.get("called"):
            life = f"`{machine.mode['called']}` comes back"
        if machine.mode.get("told"):
            life = before.life if isinstance(before, Source) else ""
        failed = machine.mode.get("failed", "")
        origins = tuple(places or served[:1])
        spot = None if cut is None else place(self, *cut)
        meant = bool(machine.mode.get("meant"))
        lasts = machine.mode.get("lasts", 0.0)
        source = Source(reactions, work, guess, life, origins, reloads, failed, spot, meant)
        source = replace(source, lasts=lasts) if lasts else source
        return Application(self.entry, source, helper=self._wraps())

    def _untried(self, signal: str) -> bool:
        """Whether there is a handler that has not run, for a signal that seldom means a stop."""
        received = self.task.received if self.task is not None else ()
        handler = self.machine.handlers.get(signal)
        runs = handler is not None and not isinstance(handler, str)
        return runs and signal not in {*received, *_STOPS}

    def _reaction(self, signal: str) -> Reaction:
        """What a signal does; where its handler has run, whether the program ended."""
        if "cuts" in self.machine.mode:
            return Reaction.FAST  # it has not waited for the work in hand
        disposition = self.machine.disposition(signal)
        task = self.task
        ran = signal in self.machine.mode.get("ran", ())
        if ran and task is not None and task.fate == "exit":
            return Reaction.GRACEFUL
        if self.machine.mode.get("lasts"):
            return Reaction.GRACEFUL
        if ran and disposition == "default" and task is not None and task.fate == "signal":
            return Reaction.GRACEFUL  # it has taken its handler back, and raised the signal again
        raised = signal in self.machine.mode.get("raised", ())
        if ran and disposition == "default" and not (raised or self._torn()):
            return Reaction.NOTHING  # its handler was for one signal, and has not ended it
        if isinstance(disposition, str) and disposition in _PLAIN:
            return _PLAIN[disposition]
        if (
            task is not None
            and signal in task.received
            and task.fate != "exit"
            and not self._torn()
        ):
            return Reaction.NOTHING
        return Reaction.FAST if disposition == "raise" else Reaction.GRACEFUL

    def _torn(self) -> bool:
        """Whether PID 1 has ended before the handler had its turn, or while it was about it."""
        if self.task is None or self.task.fate != "torn":
            return False
        blocks = (s.block for s in self.machine.strands[1:] if not s.idles)
        under_way = any(block is not None and block.kind == "sleep" for block in blocks)
        return under_way or not self.machine.mode.get("told")

    def _wraps(self) -> bool:
        """Whether others do its work: processes of its own are there, and it serves nothing."""
        there = not self.machine.serves and any(map(self._there, self.kids))
        return there and not self._goes_on()

    def _goes_on(self) -> bool:
        """Whether all that it has started has ended by itself, and it went on until it was killed:
        it runs one command after another.
        """
        kids = [k for k in map(self.kernel.by_pid, self.kids) if k is not None]
        return self.me.fate == "sigkill" and all(k.fate == "exit" and not k.received for k in kids)

    def _there(self, pid: int) -> bool:
        """Whether a process of its own had not ended before the stop."""
        kid, kernel = self.kernel.by_pid(pid), self.kernel
        if kid is None or kid.alive:
            return kid is not None
        by_itself = kid.fate == "exit" and not kid.received
        first = kernel.stop_time
        return kernel.stopping and (kid.ended > first or (kid.ended == first and not by_itself))

    def _wrapped(self) -> Wrapped:
        """How it passes on what it is told."""
        kids = [k for k in map(self.kernel.by_pid, self.kids) if k is not None]
        behaviour: Literal["forward", "swallow", "die"] = "swallow"
        if any(kid.received for kid in kids):
            behaviour = "forward"
        elif self.me.fate in {"signal", "exit"}:
            behaviour = "die"
        if self.me.fate == "exit" and any(kid.fate == "torn" for kid in kids):
            behaviour = "die"
        shells = [k for k in kids if len(k.argv) > 2 and k.argv[0].value == "/bin/sh"]
        text = shells[0].argv[2] if shells else None
        name, source = (self.me.argv[0].value or "").rpartition("/")[2], "the source in sight"
        if self.entry is not None:
            name, source = self.entry.key, self.entry.source
        language = self.sources.library.dialect.name
        return Wrapped(name, "wrapper", behaviour, source, shell_text=text, language=language)


class _GivenUp(App):
    """A program that does more than can be followed."""

    def __init__(self, world: World, entry: Program | None) -> None:
        super().__init__(world, entry, source=Unknown(TOO_MUCH))

    def timer(self, value: int | str) -> None:
        """It stays until it is told, whatever it waited for as far as it was followed."""
        if self.cleaning:
            super().timer(value)


def place(body: Played, code: Code, node: tree.Node) -> Span:
    """Where a node of a program is written."""
    if code.path.startswith("\0") and body.me.span is not None:  # what others' package does
        return body.me.span
    inline = body.sources.inline
    if inline is not None and code.path == body.sources.first.path:
        return inline
    return code.text.span(node.start, max(node.end, node.start + 1))


class _System:
    """The simulated kernel as a program finds it."""

    def __init__(self, body: Played) -> None:
        self.body = body

    @property
    def _kernel(self) -> Kernel:
        return self.body.kernel

    def now(self) -> float:
        """The time."""
        return self._kernel.now

    def step(self) -> None:
        """Count some work."""
        self._kernel.step_budget()

    def ignored(self, signal: str) -> bool:
        """Whether a signal was ignored when the program was started."""
        return signal in self.body.me.ignored

    def block(self, signals: frozenset[str] | None, how: str) -> frozenset[str]:
        """Change which signals are blocked; what was before."""
        me = self.body.me
        before = me.blocked
        wanted = before if signals is None else signals
        if how != "set":
            wanted = before - wanted if how == "unblock" else before | wanted
        self._kernel.let_through(me, wanted)
        return before

    def wake(self, seconds: float) -> None:
        """Run again later."""
        self._kernel.after(seconds, self.body.me, "wake")

    def goes_round(self, past: int) -> None:
        """The longest pause of the round that is watched is where a stop finds it."""
        if past == 0:
            self._kernel.longest = 0.0
        self._kernel.periodic = self._kernel.periodic or past > 0

    def waits_for(self, pid: int) -> None:
        """A process that it waits for is a part of the round, however often it pauses itself."""
        self._kernel.waits_for(self._kernel.task(pid))

    def own_pid(self) -> int:
        """Its own number."""
        return self.body.me.pid

    def adopted(self) -> list[int]:
        """Its living children, those that others have left to it among them."""
        return sorted(self.body.me.children)

    def alive(self, pid: int) -> bool:
        """Whether a process is there."""
        task = self._kernel.by_pid(pid)
        return task is not None and task.alive

    def status(self, pid: int) -> int:
        """How a process has ended."""
        task = self._kernel.by_pid(pid)
        return task.status if task is not None else 0

    def lingers(self, pid: int) -> bool:
        """Whether a process, or one that it started, is still there."""
        tasks = self._kernel.tasks
        return any(task.alive and _descends(self._kernel, task, pid) for task in tasks)

    def kill(self, pid: int, signal: str) -> None:
        """Send a signal to a process, to the own group (0), or to a group (negative)."""
        me, mode = self.body.me, self.body.machine.mode
        one = self._kernel.by_pid(pid) if pid > 0 else None
        reached = self._kernel.group(-pid or me.pgid) if pid <= 0 else [one] if one else []
        if me in reached:
            mode["raised"] = mode.get("raised", frozenset()) | {signal}
        for task in reached:
            self._kernel.kill(task, signal, me)

    def lead(self, *, session: bool) -> None:
        """A group, or a session, of its own."""
        self.body.me.pgid = self.body.me.pid
        if session:
            self.body.me.sid = self.body.me.pid

    # Processes ----------------------------------------------------------------------------------

    def start(self, command: Command) -> int:
        """Start a process."""
        body = self.body
        words = command.words or (command.shell if command.shell_known else None,)
        try:
            loaded = self._load(command)
        except Undetermined as unclear:
            if words[0] is not None:
                raise
            return self._passing(command, unclear)
        if command.one_of_many and isinstance(loaded.body, App) and loaded.lifetime == "unknown":
            return self._passing(command, Undetermined(_PIECE.format(words[0])))
        ignored = frozenset[str]() if command.fresh else body.me.ignored | self._ignored()
        ends = command.limited and isinstance(loaded.body, App)
        child = self._kernel.spawn(
            body.me,
            App(body.world, duration=MOMENT) if ends else loaded.body,
            loaded.argv,
            place(body, command.code, command.node),
            ignored=ignored,
            new_group=command.group,
            new_session=command.session,
        )
        if command.fresh:
            child.blocked = frozenset()
        return self._kept(child)

    def _passing(self, command: Command, unclear: Undetermined) -> int:
        """A process of which nothing is known, taken for one that soon ends."""
        body, words = self.body, self._words(command)
        body.unclear = body.unclear or unclear
        passing = App(body.world, duration=MOMENT)
        span = place(body, command.code, command.node)
        return self._kernel.spawn(body.me, passing, words, span).pid

    def _kept(self, child: Task) -> int:
        child.background = True
        self.body.kids.append(child.pid)
        return child.pid

    def _ignored(self) -> frozenset[str]:
        handlers = self.body.machine.handlers
        return frozenset(signal for signal, value in handlers.items() if value == "ignore")

    def _load(self, command: Command) -> Loaded:
        return self.body.world.load(self._words(command), self._context(command))

    def _words(self, command: Command) -> tuple[Word, ...]:
        span = place(self.body, command.code, command.node)
        reason = "it is put together by the program"
        if command.shell is not None:
            text = command.shell if command.shell_known else None
            return (Word("/bin/sh", span), Word("-c", span), Word(text, span, reason=reason))
        return tuple(Word(w, span, reason="" if w is not None else reason) for w in command.words)

    def _context(self, command: Command) -> Context:
        context = self.body.context
        env = {**context.env, **{name: Word(value) for name, value in command.env.items()}}
        here = self.body.machine.mode.get("cwd", context.cwd)
        cwd = absolute(command.cwd, here) if command.cwd else here
        span = place(self.body, command.code, command.node)
        depth = context.depth + 1
        return replace(context, env=env, cwd=cwd, span=span, depth=depth, from_shell=False)

    def replace(self, command: Command) -> None:
        """Become another program."""
        body = self.body
        loaded = self._load(command)
        body.me.ignored |= self._ignored()
        span = place(body, command.code, command.node)
        self._kernel.exec(body.me, loaded.body, loaded.argv, span)

    def fork(self, machine: Machine, strand: int) -> int:
        """A copy of this process, whose call gives what it has to or which calls something else."""
        body = self.body
        entry, arguments, inside, code, node = machine.mode.pop("fork")
        span = place(body, code, node)
        twin = Played(body.world, body.entry, body.sources, body.context)
        twin.machine, twin.began = body.copied(twin), True
        inner = twin.machine
        only = inner.strands[strand]
        only.main, only.background, only.thread = True, False, False
        inner.strands, inner.ready, inner.at_exit = [only], [only], []
        inner.children = {}
        for waited in ("joined-at-exit", "ended-at-exit"):
            inner.mode.pop(waited, None)
        if entry is None:
            only.frames[-1].stack.append(inside)
        else:
            only.frames = []
            inner.enter(only, entry, arguments, {}, NO_NODE, "drop")
        me = body.me
        return self._kept(self._kernel.spawn(me, twin, me.argv, span, ignored=me.ignored))

    def end(self, status: int) -> None:
        """The process ends."""
        if self.body.unclear is not None:
            raise self.body.unclear
        self._kernel.end(self.body.me, status & 255, "exit")

    def choose(self, node: tree.Node, code: Code, *, default: bool) -> bool:
        """A condition that nothing in sight decides."""
        words = code.text.text[node.start : node.end].partition("\n")[0][:60]
        key = ("source", code.path, node.start)
        return self.body.world.oracle.choose(key, default, place(self.body, code, node), words)

    def requires(self, name: str) -> None:
        """What the program ends at once without: a variable, or the path of a file, which whoever
        deploys it sets, or puts there.
        """
        world = self.body.world
        if name[:1] != "/" or absent.file(world, name):
            world.scripts.required[name] = None

    # Files --------------------------------------------------------------------------------------

    def modules(self, node: tree.Import, code: Code) -> list[str]:
        """Files that an import runs."""
        return self.body.sources.modules(node, code)

    def module(self, node: tree.Import, code: Code, what: str) -> str:
        """The file that is imported."""
        return self.body.sources.module(node, code, what)

    def contents(self, path: str) -> str | None:
        """The text of a file: as the run has written it, or as it is in the image."""
        world = self.body.world
        if world.has_written(path):
            return world.written[path]
        file = self.body.sources.view.text(path)
        return file.text if file is not None else None

    def send(self, pid: int, value: Any) -> None:
        """A message for a child, or for the parent (0)."""
        me = self.body.me
        task = self._kernel.by_pid(pid) if pid else me.parent
        if task is not None and task.alive and isinstance(task.body, Played):
            task.body.machine.inbox.append((0 if pid else me.pid, value))
            self._kernel.after(0, task, "wake")
        elif task is not None and task.alive and self._kernel.stopping:
            words = " ".join(str(word) for word in task.argv)
            raise Lost(f"what `{words}` does with the message that it is sent is not known")

    def memory(self, key: int) -> Any:
        """What processes keep together."""
        return self._kernel.memory[key]

    def remember(self, key: int | None, value: Any) -> int:
        """Keep something together; all of them look at it."""
        kernel = self._kernel
        place = len(kernel.memory) if key is None else key
        kernel.memory[place] = value
        for task in kernel.living if key is not None else ():
            if isinstance(task.body, Played) and task is not self.body.me:
                task.body.machine.effects += 1
                kernel.after(0, task, "wake")
        return place

    def named(self, name: str) -> list[str]:
        """The program's own files of a name, as a list of paths."""
        from gracelint.simulate.sources.scan import LANGUAGES, own_sources

        sources = self.body.sources
        if sources.named is None:
            sources.named = {}
            files = self.body.world.workload.files
            for path, _ in own_sources(LANGUAGES[sources.spoken.name], files):
                sources.named.setdefault(path.rpartition("/")[2], []).append(path)
        return sources.named.get(name, [])

    def having(self, pattern: re.Pattern[str]) -> int:
        """How many of the program's own files have something in their text."""
        from gracelint.simulate.sources.scan import LANGUAGES, own_sources

        files = self.body.world.workload.files
        own = own_sources(LANGUAGES[self.body.sources.spoken.name], files)
        return sum(f.text is not None and bool(pattern.search(f.text.text)) for _, f in own)

    def has_pcntl(self) -> bool | None:
        """Whether PHP has the extension by which it handles signals; None: open."""
        from gracelint.atlas.readers.php import has_pcntl

        world = self.body.world
        return has_pcntl(world.image, world.workload.files.commands())

    def there(self, path: str) -> bool:
        """Whether a file is in sight."""
        return self.body.sources.view.text(path) is not None

    def code(self, path: str) -> Code | None:
        """The instructions of a file."""
        return self.body.sources.code(path)


def _descends(kernel: Kernel, task: Task, pid: int) -> bool:
    at: Task | None = task
    while at is not None:
        if at.pid == pid:
            return True
        at = kernel.by_pid(at.first_parent) if at.first_parent is not None else None
    return False
