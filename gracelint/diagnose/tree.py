"""The processes that a stop finds, as a tree, with what becomes of each."""

from __future__ import annotations

from gracelint.base.facts import Atlas
from gracelint.base.typed import TYPE_CHECKING
from gracelint.diagnose.lost import ends_at_once, undecided
from gracelint.model.application import Application
from gracelint.model.entries import Wrapped
from gracelint.model.process import Process
from gracelint.model.snapshot import Outcome, ShellState

if TYPE_CHECKING:
    from gracelint.base.facts import Origin
    from gracelint.model.snapshot import Role, Seen, Snapshot


def tree_of(snapshot: Snapshot) -> Process | None:
    """The tree below PID 1, built from the leaves up; None where nothing was left to be seen."""
    below: dict[int | None, list[Process]] = {}
    for seen in reversed(snapshot.processes):
        children = tuple(reversed(below.get(seen.pid, ())))
        below.setdefault(seen.parent, []).append(_process(snapshot, seen, children))
    return below[snapshot.processes[0].parent][-1] if snapshot.processes else None


def evidence(tree: Process) -> tuple[Origin, ...]:
    """What the tree rests on, PID 1 first."""
    return tuple(origin for process in tree.walk() for origin in process.evidence)


def _process(snapshot: Snapshot, seen: Seen, children: tuple[Process, ...]) -> Process:
    ran = snapshot.outcome is not Outcome.EXITS
    app = seen.app
    open_ = ran and undecided(seen)
    return Process(
        seen.pid,
        seen.argv,
        _role(seen),
        told=seen.told if ran else None,
        finishes=(seen.fate in {"exit", "signal"}) if ran and not open_ else None,
        children=children,
        evidence=_evidence(seen),
        span=seen.span,
        note=_note(snapshot, seen) if ran else "",
        background=seen.background,
        shell=seen.shell,
        program=seen.key,
        sent=seen.sent if ran else (),
        entry=app.program if app is not None else None,
        wrapped=seen.runs if isinstance(seen.runs, Wrapped) else None,
        assumed=app is not None and app.assumed,
        dies=ran and _dies(snapshot, seen),
        work=app.work if app is not None else "",
        own_work=app is not None and bool(app.own_work) and not app.meant,
        reloads=app.reloads if app is not None else None,
        failed=app.failed if app is not None else "",
        cut=app.cut if app is not None else None,
        at_once=ran and ends_at_once(seen),
        finishes_on=app.finishes_on if app is not None else (),
    )


def _role(seen: Seen) -> Role:
    if seen.app is not None and seen.app.placeholder:
        return "helper" if seen.parent is not None else "app"
    return seen.role


def _evidence(seen: Seen) -> tuple[Origin, ...]:
    origins: list[Origin] = [seen.span] if seen.span is not None else []
    if seen.key and seen.source:
        origins.append(Atlas(seen.key, seen.source))
    return tuple(origins)


def _note(snapshot: Snapshot, seen: Seen) -> str:
    """What the stop does to it, in a few words."""
    lost = seen.fate in {"torn", "sigkill"}
    match seen.runs:
        case Application() as app:
            return _app_note(app, seen, lost=lost)
        case _ if not seen.sent:
            return "never told"
        case ShellState() as shell:
            return _shell_note(snapshot, shell, seen, lost=lost)
        case Wrapped(behaviour="supervise"):
            return "told; stops its programs"
        case Wrapped() as wrapped:
            return _wrapper_note(wrapped)


def _shell_note(snapshot: Snapshot, shell: ShellState, seen: Seen, *, lost: bool) -> str:
    if shell.handler:
        return "told; its trap runs" + ("" if not lost else ", but it does not end")
    trap = shell.traps.get(snapshot.signal)
    if trap is not None:
        return "told; ignores it" if trap.ignores else "told; its trap has to wait"
    if _dies(snapshot, seen):
        return "told; dies at once"
    return "told; has no trap, so nothing happens" if lost else "told; ends"


def _dies(snapshot: Snapshot, seen: Seen) -> bool:
    """Whether the stop signal's default action ends a shell."""
    shell = seen.shell
    if shell is None or not seen.sent or seen.fate != "signal":
        return False
    return not shell.handler and snapshot.signal not in shell.traps


def _app_note(app: Application, seen: Seen, *, lost: bool) -> str:
    if seen.fate == "sigkill" and seen.killed_by is not None:
        return "killed with SIGKILL"
    if undecided(seen):
        return f"told; stops if it handles SIG{seen.sent[0]}"
    if seen.told:
        finishes = "told; ends at once" if ends_at_once(seen) else "told; finishes"
        return "told; killed while it cleans up" if lost else finishes
    if seen.sent:
        return f"told; does not stop on SIG{seen.sent[0]}" + (", so it is killed" if lost else "")
    if app.placeholder:
        return "killed with the rest" if lost else ""
    return "never told; killed" if lost else "ends"


def _wrapper_note(wrapped: Wrapped) -> str:
    match wrapped.behaviour:
        case "forward" if not wrapped.deaf:
            whom = {"child": "its child", "group": "the whole group", "session": "the whole group"}
            return f"told; tells {whom[wrapped.target]}"
        case "die":
            return "told; ends at once"
        case _:
            return "told; passes nothing on"
