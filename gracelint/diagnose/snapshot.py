"""The processes as the stop finds them, and afterwards what became of each."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from gracelint.base.facts import Atlas
from gracelint.base.values import dataclass, field
from gracelint.model.story import Process, ShellState, Verdict
from gracelint.simulate.bodies import App, Wrapper
from gracelint.simulate.shell.shell import Shell
from gracelint.simulate.world import command_of

if TYPE_CHECKING:
    from gracelint.base.facts import Origin, Word
    from gracelint.base.source import Span
    from gracelint.model.story import Role
    from gracelint.simulate.kernel import Body, Task
    from gracelint.simulate.shell.records import Trap, Wait
    from gracelint.simulate.world import World
    from gracelint.syntax.shell.tree import Script


@dataclass(slots=True)
class Picture:
    """One process when the stop comes."""

    task: Task
    parent: Task | None
    body: Body
    argv: tuple[Word, ...]
    span: Span | None
    waiting: Wait | None = None
    traps: dict[str, Trap] = field(default_factory=dict)
    events: int = 0
    script: Script | None = None


class Snapshot:
    """All living processes when the stop comes; `settle` adds what became of them."""

    def __init__(self, world: World, signal: str, pictures: list[Picture]) -> None:
        self.world = world
        self.signal = signal
        self.pictures = pictures
        self.verdict = Verdict.EXITS
        self._tree: Process | None = None

    def settle(self, verdict: Verdict) -> None:
        """The stop is over."""
        self.verdict = verdict

    def picture(self, task: Task) -> Picture | None:
        """The picture of a process."""
        return next((p for p in self.pictures if p.task is task), None)

    def path(self, task: Task) -> list[Picture]:
        """From PID 1 down to a process, as they hung together when the stop came."""
        found: list[Picture] = []
        at: Task | None = task
        while at is not None:
            picture = self.picture(at)
            if picture is None:
                break
            found.append(picture)
            at = picture.parent
        return found[::-1]

    @property
    def tree(self) -> Process | None:
        """The processes as a tree."""
        if self._tree is None and self.pictures:
            self._tree = self._process(self.pictures[0])
        return self._tree

    @property
    def chain(self) -> tuple[Origin, ...]:
        """The evidence, PID 1 first."""
        tree = self.tree
        return tuple(o for p in tree.walk() for o in p.evidence) if tree else ()

    def process(self, picture: Picture) -> Process:
        """The process of a picture, as it stands in the tree."""
        tree = self.tree
        if tree is not None:
            for process in tree.walk():
                if process.pid == picture.task.pid:
                    return process
        return self._process(picture)

    def _process(self, root: Picture) -> Process:
        """Build the tree from the leaves up."""
        built: dict[int, Process] = {}
        for picture in reversed(self.pictures):
            children = tuple(
                built[p.task.pid]
                for p in self.pictures
                if p.parent is picture.task and p.task.pid in built
            )
            built[picture.task.pid] = self._one(picture, children)
        return built[root.task.pid]

    def _one(self, picture: Picture, children: tuple[Process, ...]) -> Process:
        task, body = picture.task, picture.body
        ran = self.verdict is not Verdict.EXITS
        return Process(
            task.pid,
            picture.argv,
            _role(picture),
            told=self.told(task) if ran else None,
            finishes=(task.fate in {"exit", "signal"}) if ran else None,
            children=children,
            evidence=_evidence(picture),
            span=picture.span,
            note=self.note(picture) if ran else "",
            background=task.background,
            shell=self.shell_state(picture),
            program=getattr(body, "key", ""),
            sent=tuple(self.sent(task)) if ran else (),
            entry=body.program if isinstance(body, App) else None,
            wrapped=getattr(body, "wrapped", None),
            assumed=isinstance(body, App) and body.assumed,
        )

    def sent(self, task: Task) -> list[str]:
        """The signals that a process was sent during the stop."""
        since = self.world.kernel.stop_time
        return [s for s, at in task.told.items() if at >= since]

    def told(self, task: Task) -> bool:
        """Whether it got a signal that asks it to stop."""
        body = task.body
        if isinstance(body, App):
            return task.fate == "signal" or any(_stops(body, s) for s in self.sent(task))
        return bool(self.sent(task))

    def note(self, picture: Picture) -> str:
        """What the stop does to it, in a few words."""
        task, body = picture.task, picture.body
        sent = self.sent(task)
        lost = task.fate in {"torn", "sigkill"}
        if isinstance(body, App):
            return _app_note(body, task, told=self.told(task), lost=lost, sent=sent)
        if not sent:
            return "never told"
        if isinstance(body, Shell):
            return self._shell_note(picture, lost=lost)
        if isinstance(body, Wrapper):
            return _wrapper_note(body, lost=lost)
        return "told; stops its programs"

    def _shell_note(self, picture: Picture, *, lost: bool) -> str:
        body = picture.body
        assert isinstance(body, Shell)
        if any(kind == "handler" for kind, _ in body.event[picture.events :]):
            return "told; its trap runs" + ("" if not lost else ", but it does not end")
        trap = picture.traps.get(self.signal)
        if trap is not None:
            return "told; ignores it" if trap.action.value == "" else "told; its trap has to wait"
        if picture.task.fate == "signal":
            return "told; dies at once"
        return "told; has no trap, so nothing happens" if lost else "told; ends"

    def shell_state(self, picture: Picture) -> ShellState | None:
        """The shell of a picture, as rules see it."""
        body = picture.body
        if not isinstance(body, Shell):
            return None
        waiting = picture.waiting
        return ShellState(
            picture.script or body.script,
            body.kind.key,
            shell_form(self.world, body),
            {s: (t.action.value or "", t.span) for s, t in picture.traps.items()},
            tuple(body.rejected),
            waiting.span if waiting is not None else None,
            body.start_as.path,
        )


def _stops(body: App, signal: str) -> bool:
    if body.ignored_in(signal):
        return False
    reaction = body.reaction(signal)
    return reaction is not None and reaction.value in {"graceful", "fast"}


def _role(picture: Picture) -> Role:
    body = picture.body
    if isinstance(body, App) and body.placeholder:
        return "helper" if picture.parent is not None else "app"
    role: Role = getattr(body, "role", "app")
    return role


def _evidence(picture: Picture) -> tuple[Origin, ...]:
    found: list[Origin] = [picture.span] if picture.span is not None else []
    body = picture.body
    key, source = getattr(body, "key", ""), getattr(body, "source", "")
    if key and source:
        found.append(Atlas(key, source))
    return tuple(found)


def _app_note(body: App, task: Task, *, told: bool, lost: bool, sent: list[str]) -> str:
    if task.fate == "sigkill" and task.killed_by is not None:
        return "killed with SIGKILL"
    if told:
        return "told; killed while it cleans up" if lost else "told; finishes"
    if sent:
        return f"told; does not stop on SIG{sent[0]}" + ("" if not lost else ", so it is killed")
    if body.placeholder:
        return "killed with the rest" if lost else ""
    return "never told; killed" if lost else "ends"


def _wrapper_note(body: Wrapper, *, lost: bool) -> str:
    del lost
    match body.wrapped.behaviour:
        case "forward":
            whom = {"child": "its child", "group": "the whole group", "session": "the whole group"}
            return f"told; tells {whom[body.wrapped.target]}"
        case "die":
            return "told; ends at once"
        case _:
            return "told; passes nothing on"


def shell_form(world: World, body: Shell) -> Literal["shell-form", "dash-c", "file"]:
    """How the shell came to run its script: `shell-form`, `dash-c` or `file`."""
    if body.start_as.form == "file":
        return "file"
    return "shell-form" if command_of(world, body) else "dash-c"


def take(world: World, signal: str) -> Snapshot:
    """Picture all living processes (at an end without a stop: all there were)."""
    root = world.kernel.root
    alive = [t for t in world.kernel.tasks if t.alive]
    if root is not None and not root.alive:
        alive = [t for t in world.kernel.tasks if t is root or t.fate == "torn"]
    apps = {t.pid: t.body for t in alive if isinstance(t.body, App)}
    if root is None or not root.alive or any(a.serves for a in apps.values()):
        alive = [t for t in alive if t.pid not in apps or not apps[t.pid].guessed]
    pictures = []
    for task in alive:
        body = task.body
        picture = Picture(task, task.parent, body, task.argv, task.span)
        if isinstance(body, Shell):
            picture.waiting, picture.traps = body.waiting, dict(body.traps)
            picture.events, picture.script = len(body.event), body.script
        pictures.append(picture)
    return Snapshot(world, signal, pictures)
