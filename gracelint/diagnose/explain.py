"""One sentence that says why a container stops as it does."""

from __future__ import annotations

from gracelint.atlas import programs
from gracelint.base.facts import Known, Unknown
from gracelint.base.typed import TYPE_CHECKING
from gracelint.diagnose.lost import left_alone, refusing
from gracelint.model import defect as defects
from gracelint.model import loss
from gracelint.model.application import Application
from gracelint.model.story import Verdict

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gracelint.base.facts import Word
    from gracelint.model.defect import Defect
    from gracelint.model.loss import Loss
    from gracelint.model.process import Process
    from gracelint.model.snapshot import Snapshot
    from gracelint.model.workload import Workload

_SENTENCES: dict[type[Defect], str] = {
    defects.Foreground: "{shell} waits for {app} and passes SIG{signal} on to nobody",
    defects.Followed: (
        "{shell} waits for {app}, as commands follow it, and passes SIG{signal} on to nobody"
    ),
    defects.Pipelined: "{shell} waits for a pipeline and passes SIG{signal} on to nobody",
    defects.ExecInPart: (
        "`exec` replaces only a part of {shell}, which goes on waiting and passes nothing on"
    ),
    defects.LateTrap: (
        "the trap of {shell} can run only when {app} has ended, and nobody tells {app} to"
    ),
    defects.TrapBehindSleep: (
        "the trap of {shell} can run only when the sleep in the foreground is over"
    ),
    defects.NoTrap: "{shell} waits without a trap for SIG{signal}, and nobody tells {app}",
    defects.TrapForOther: "{shell} has traps, but none for SIG{signal}",
    defects.TrapRejected: "{shell} refuses the name in `trap`, so that no handler is set",
    defects.TrapExpandsEarly: (
        "the handler was expanded before its variable was set, so that it signals nobody"
    ),
    defects.HandlerRunsAgain: "the handler signals its own shell, which runs it again without end",
    defects.HandlerMisses: "the handler runs, but does not signal {app}",
    defects.HandlerGoesOn: "the handler runs, but {shell} goes on afterwards",
    defects.BackgroundIgnores: "SIG{signal} is ignored, so that {app} is not stopped by it",
    defects.TrapIgnores: "SIG{signal} is ignored, so that {app} is not stopped by it",
    defects.HandlerKills: "the handler kills {app} with SIG{signal}",
    defects.WaitInterrupted: (
        "{app} is told, but {shell} ends before it does, and the kernel kills what is left"
    ),
    defects.Partial: "only some of the applications are told before PID 1 ends",
    defects.Detached: "{app} runs in the background, and what is in front passes nothing on",
    defects.Restarted: "a loop in {shell} waits for {app} and would start it again",
    defects.WrapperSwallows: "{wrapper} passes SIG{signal} on to nobody",
    defects.WrapperAbandons: "{wrapper} ends without waiting for {app}",
    defects.UnhandledPid1: (
        "{app} installs no handler, and as PID 1 it is spared the default action of SIG{signal}"
    ),
    defects.UnhandledSignal: "{wrapper} does not stop on SIG{signal}",
    defects.Reloads: "SIG{signal} makes {app} reload instead of stopping",
    defects.Uncatchable: "SIG{signal} cannot be handled by any program",
    defects.TooSlow: "{app} is told, but needs longer than it is given",
    defects.InitDrops: "{wrapper} is told to drop SIG{signal}",
}


def reason_of(
    workload: Workload,
    snapshot: Snapshot,
    tree: Process | None,
    verdict: Verdict,
    causes: tuple[Defect, ...],
    losses: tuple[Loss, ...] = (),
) -> str:
    """The sentence for a verdict."""
    if verdict is Verdict.EXITS:
        refused = refusing(snapshot)
        ends = _left(workload, snapshot)
        return ends if refused is None else f"`{refused.key}` runs only as PID 1"
    if verdict is Verdict.UNKNOWN:
        return _undecided(snapshot)
    if verdict is Verdict.CUT_OFF:
        return effect(losses[0])
    if verdict is Verdict.GRACEFUL:
        return _graceful(workload, tree)
    if not causes and losses:
        return effect(losses[0])
    if not causes:
        return "an application is still running when the grace period is over"
    grace = workload.grace
    when = f"{grace.value:g} s" if isinstance(grace, Known) else "the grace period"
    killed = verdict is Verdict.KILLED and snapshot.signal != "KILL"
    after = f"; after {when} everything is killed" if killed else ""
    if killed and isinstance(causes[0], defects.WrapperAbandons) and not causes[0].process.dies:
        wrapper, app = name(causes[0].process.argv), subject(causes[0])
        return f"`{wrapper}` is told and stays, and nobody tells `{app}` behind it{after}"
    return sentence(causes[0], snapshot.signal) + after


def _left(workload: Workload, snapshot: Snapshot) -> str:
    init = workload.engine_init
    first = "PID 1"
    if isinstance(init, Known) and init.value and snapshot.processes:
        first = f"what `{snapshot.processes[0].key}` starts"
    names = [name(p.argv) for p in snapshot.processes[1:]]
    left = f", and `{names[0]}` in the background is killed with it" if names else ""
    return f"{first} ends by itself{left}"


def _undecided(snapshot: Snapshot) -> str:
    alone = left_alone(snapshot)
    if alone is not None:
        return f"nothing in sight keeps what `{name(alone.argv)}` starts running"
    root = snapshot.processes[0]
    app, signal = root.became, root.sent[0]
    why = ""
    if isinstance(app, Application) and isinstance(app.source, Unknown):
        why = f": {app.source.reason}"
    return f"as PID 1 `{name(root.argv)}` stops on SIG{signal} only if it handles it{why}"


_WORK = {
    "requests": "requests in hand are cut off",
    "connections": "connections are cut off",
    "jobs": "jobs in hand are lost",
    "messages": "messages in hand are lost",
    "transactions": "open transactions are lost",
    "data": "data that is not written yet is lost",
    "logs": "logs that are not passed on yet are lost",
    "builds": "builds are broken off",
    "ends": "what it does at its end is skipped",
}


def effect(lost: Loss) -> str:
    """What a loss comes to, as the start of a sentence."""
    program = called(lost.process)
    match lost:
        case loss.WrongSignal(sent=sent, effect="waits"):
            return f"SIG{sent} makes `{program}` wait until every client has left"
        case loss.WrongSignal(sent=sent, effect="nothing"):
            return f"SIG{sent} does not shut `{program}` down"
        case loss.WrongSignal(sent=sent):
            return f"SIG{sent} stops `{program}` at once and cuts off its work"
        case loss.EndsAtOnce():
            return f"`{program}` ends {_at_once(lost)}: {_WORK.get(lost.work, _ANY_WORK)}"
        case loss.TimerOutlasts(seconds=seconds, left=left, killer=killer) if killer:
            owner = called(lost.process, lost.owner)
            return (
                f"`{owner}` may take {seconds:g} s to stop, "
                f"and `{killer}` kills it after {left:g} s"
            )
        case loss.TimerOutlasts(seconds=seconds, left=left):
            owner = called(lost.process, lost.owner)
            return f"`{owner}` may take {seconds:g} s to stop and is killed after {left:g} s"
        case loss.TimerCuts(owner=owner, seconds=seconds, left=left):
            return f"`{owner}` kills after {seconds:g} s what the grace period gives {left:g} s"
        case loss.Reloaded(words=words):
            return (
                f"`{words}` is a development reloader between the stop signal and the application"
            )
        case loss.NoTimeForRequests(process=process, owner=owner, timer=timer):
            sent, work = process.sent[0], process.work or "work"
            return f"`{timer.setting}` is not set: {owner} cuts {work} off even on SIG{sent}"
    return ""


def _at_once(lost: loss.EndsAtOnce) -> str:
    failed = lost.failed
    return (
        f"on SIG{lost.sent} by an uncaught `{failed}`" if failed else f"at once on SIG{lost.sent}"
    )


_ANY_WORK = "what it is doing is lost"


def _graceful(workload: Workload, tree: Process | None) -> str:
    if tree is None:
        return "the container stops"
    apps = [p for p in tree.walk() if p.role == "app" and p.told is not False]
    if len(apps) > 1:
        return "every application is told, and PID 1 waits for them"
    if apps and apps[0] is tree:
        stops = "is told" if tree.assumed else "stops by itself"
        alone = workload.pid_namespace == "private"
        first = "PID 1" if alone else "the first process of the container"
        return f"`{name(tree.argv)}` is {first} and {stops}"
    return "the application is told, and PID 1 waits for it"


def sentence(defect: Defect, signal: str) -> str:
    """What a defect does, as the start of a sentence."""
    app = f"`{subject(defect)}`" if defect.app else "the application"
    waited = defects.front(defect) if isinstance(defect, _WAITED_FOR) else None
    if waited is not None and waited is not defect.app:
        app = f"`{name(waited.argv)}`"
    shell = "the script's shell" if defect.shell and defect.shell.form == "file" else "the shell"
    if defect.process.dies:
        return _dies_first(defect, (*defect.process.sent, signal)[0], app, shell)
    if isinstance(defect, defects.HandlerGoesOn) and not defect.ended:
        return "the handler runs, but has not ended when time is up"
    wrapper = f"`{name(defect.process.argv)}`"
    if isinstance(defect, defects.UnhandledSignal) and defect.needs:
        return f"{wrapper} is told, but needs longer than it is given"
    if isinstance(defect, defects.HandlerKills):
        signal = defect.signal
    elif isinstance(defect, defects.BackgroundIgnores):
        signal = defect.sent.signal
    return _SENTENCES[type(defect)].format(signal=signal, shell=shell, app=app, wrapper=wrapper)


_WAITED_FOR = defects.Foreground, defects.Followed


def _dies_first(defect: Defect, signal: str, app: str, shell: str) -> str:
    """A shell that is not PID 1 is ended by the signal, and the container with it."""
    above = f"`{defect.under_init.program}`" if defect.under_init else "what started it"
    signalled = defect.app is not None and defect.app.told
    left = f"{app} while it cleans up" if signalled else f"{app}, which nobody told"
    alone = defect.under_init is None or len(defect.under_init.children) == 1
    ends = "ends with it" if alone else "ends after it"  # a supervisor stops the others first
    return f"{shell} dies of SIG{signal} at once, {above} {ends}, and the kernel kills {left}"


def subject(defect: Defect) -> str:
    """What a defect is about: its application, or the text where that is a part of the shell."""
    app = defect.app
    if app is not None and app.role in {"shell", "script"} and app.argv == defect.process.argv:
        return name(defect.span.text)
    return name(app.argv) if app is not None else "the application"


def called(process: Process, key: str = "") -> str:
    """What a program is called. key: of its entry in the atlas; else that of the process."""
    key = key or process.program
    return programs.called(process.argv, key) if key else name(process.argv)


def program(argv: Sequence[Word]) -> str:
    """The program that a command starts, as it is called there, without its path."""
    return str(argv[0]).rpartition("/")[2] if argv else ""


def name(argv: object) -> str:
    """A command in at most 40 characters."""
    words = " ".join(str(w) for w in argv) if isinstance(argv, tuple) else str(argv)
    words = " ".join(words.split())
    return words if len(words) <= 40 else words[:39] + "…"
