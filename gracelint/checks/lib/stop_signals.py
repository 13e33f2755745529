"""What rules about stop signals share: where the signal is written, and how to change it."""

from __future__ import annotations

from gracelint import atlas
from gracelint.base.edit import Edit
from gracelint.base.facts import Atlas, Known, Word
from gracelint.base.source import Span
from gracelint.base.typed import TYPE_CHECKING
from gracelint.base.values import replace
from gracelint.diagnose.launched import image_of
from gracelint.model.finding import Applicability, Fix
from gracelint.model.story import Verdict

if TYPE_CHECKING:
    from gracelint.model.entries import Program
    from gracelint.model.process import Process
    from gracelint.model.workload import Command, Workload
    from gracelint.syntax.dockerfile.tree import Instruction
    from gracelint.syntax.yaml.node import Node


def written(workload: Workload) -> Span | None:
    """Where the stop signal stands in a file; None where it comes from an image or by default."""
    if getattr(workload.stop_signal, "assumed", False):
        return None
    return next((o for o in workload.stop_signal.origins if isinstance(o, Span)), None)


def from_image(workload: Workload) -> Atlas | None:
    """The known image that the stop signal comes from."""
    fact = workload.stop_signal
    if not isinstance(fact, Known) or fact.assumed:
        return None
    return next((o for o in fact.origins if isinstance(o, Atlas)), None)


def command(workload: Workload, process: Process | None = None) -> Command | None:
    """The part of the launch that files state: ENTRYPOINT before CMD, not what an image brings.

    process: the one that it is about; the part that names it, where a script becomes what CMD says.
    """
    launch = workload.launch
    facts = (launch.entrypoint, launch.cmd)
    commands = [f.value for f in facts if isinstance(f, Known) and f.value is not None]
    word = process.argv[0].span if process is not None and process.argv else None
    if word is not None:
        commands.sort(key=lambda c: not c.value.covers(word))
    return next((c for c in commands if c.stage is not None or c.span != c.value), None)


def place(workload: Workload, process: Process | None = None) -> Span:
    """The text that has to change for another stop signal; see `command`."""
    at = written(workload)
    if at is None and _by_platform(workload):
        return workload.declared
    launch = command(workload, process)
    if at is None or (launch is not None and not _same_stage(at, launch)):
        whole = _brought(workload) if launch is None else launch.value
        return whole if at is None or launch is not None else at
    return at


def _by_platform(workload: Workload) -> bool:
    """Whether the platform sends its own signal, whatever the image says."""
    return workload.kind == "fly"


def _brought(workload: Workload) -> Span:
    """Where the image is named that brings the launch, which may be in another file."""
    launch = workload.launch
    for fact in (launch.entrypoint, launch.cmd):
        if isinstance(fact, Known) and fact.value is not None:
            return fact.value.span
    return workload.declared


def _same_stage(at: Span, launch: Command) -> bool:
    """Whether a stop signal can be changed for one launch without changing another's."""
    if at.source is not launch.span.source:
        return launch.stage is not None
    if launch.stage is None or at.start > launch.span.start:
        return True
    between = (i.span.start for i in _instructions(launch) if i.name == "FROM")
    return not any(at.start < start < launch.span.start for start in between)


def _instructions(launch: Command) -> tuple[Instruction, ...]:
    from gracelint.syntax.dockerfile.parse import parse

    return parse(launch.span.source).instructions


def set_to(workload: Workload, signal: str) -> Fix | None:
    """Have the workload stopped with another signal, where that signal is or can be written."""
    from gracelint.checks.lib import keys

    at = written(workload)
    launch = None if _by_platform(workload) else command(workload)
    where = place(workload)
    if at is not None and where == at:
        edit = _rewritten(workload, at, signal)
    elif launch is not None and launch.stage is not None:
        edit = _stated(launch, signal)
    elif workload.kind == "compose" and workload.place is not None:
        from gracelint.syntax.yaml import editing as yaml_edit

        edit = yaml_edit.add_key(workload.place.node, "stop_signal", f"SIG{signal}")
    else:
        edit = keys.add(workload, "signal", f"SIG{signal}")
    if edit is None:
        title = f"Set STOPSIGNAL to SIG{signal} in the image"
        if _is_in_yaml(workload, at):
            title = f"Write SIG{signal} here"
        if workload.kind == "kubernetes" and command(workload) is None:
            title = f"Set STOPSIGNAL to SIG{signal} in an image of yours"
            if _newer_has(workload, signal):
                title = (
                    f"Use a tag that stops with SIG{signal}, or set STOPSIGNAL in an image of yours"
                )
        return Fix(title, Applicability.SHOW)
    return Fix(f"Stop it with SIG{signal}", Applicability.SAFE, (edit,))


def _newer_has(workload: Workload, signal: str) -> bool:
    """Whether the image without a tag, which is its last build, is stopped with the signal."""
    name = (workload.base.reference or "").partition("@")[0]
    folder, _, last = name.rpartition("/")
    image = atlas.base("/".join(filter(None, (folder, last.partition(":")[0]))))
    return image is not None and image.stop_signal == f"SIG{signal}"


def ends_on(workload: Workload, signal: str, *, init: bool = False) -> bool:
    """Whether the launch, as it is, ends by itself when it is sent another signal.

    init: behind an init of the engine.
    """
    from gracelint.diagnose.tell import tell

    sent = replace(workload, stop_signal=Known(f"SIG{signal}", ()))
    if init:
        sent = replace(sent, engine_init=Known(value=True, origins=()))
    story = tell(sent, atlas.Atlas())
    return story.verdict in {Verdict.GRACEFUL, Verdict.CUT_OFF}


def _rewritten(workload: Workload, at: Span, signal: str) -> Edit | None:
    """The signal in the place of what is written."""
    from gracelint.checks.lib import keys

    if "$" in at.text or not at.text:
        return None
    if workload.place is not None and _is_in_yaml(workload, at):
        node = _node(workload)
        same = node is not None and at.covers(node.span)
        from gracelint.syntax.yaml import editing as yaml_edit

        return yaml_edit.replace_scalar(node, f"SIG{signal}") if node and same else None
    same = at.source is workload.source
    return Edit(at, keys.spelled(workload, f"SIG{signal}") if same else f"SIG{signal}")


def _is_in_yaml(workload: Workload, at: Span | None) -> bool:
    """Whether the signal stands in the YAML that declares the container, in one file or another."""
    from gracelint.checks.lib.compose import entry

    stated = entry(workload, "stop_signal") if workload.kind == "compose" else None
    nodes = [stated[0]] if stated is not None else []
    nodes += [workload.place.node] if workload.place is not None else []
    return at is not None and any(node.span.source is at.source for node in nodes)


def _node(workload: Workload) -> Node | None:
    from gracelint.checks.lib.compose import mapping_with

    assert workload.place is not None
    if workload.kind == "kubernetes":
        return workload.place.node.find("lifecycle", "stopSignal")
    mapping = mapping_with(workload, "stop_signal")
    return None if mapping is None else mapping.get("stop_signal")


def _stated(launch: Command, signal: str) -> Edit:
    """STOPSIGNAL on a line of its own before the launch and the comments that belong to it."""
    at = above(launch.span)
    source = launch.span.source
    return Edit(source.span(at, at), f"STOPSIGNAL SIG{signal}{source.newline}")


def above(span: Span) -> int:
    """Where a line can be put before an instruction and the comments right above it."""
    text = span.source.text
    at = text.rfind("\n", 0, span.start) + 1
    while at > 0:
        line = text.rfind("\n", 0, at - 1) + 1
        if not text[line:at].lstrip().startswith("#") or line == 0:
            break
        at = line
    return at


def shown(workload: Workload, signal: str) -> str:
    """A stop signal for people, with the image that it comes from."""
    image = from_image(workload)
    return f"SIG{signal}" + (f" (STOPSIGNAL of the image `{image.entry}`)" if image else "")


def program_of(workload: Workload, process: Process) -> Program | None:
    """What is known of an application; /sbin/init is systemd where it is there at all."""
    first = str(process.argv[0]) if process.argv else ""
    image = image_of(workload)
    if process.entry is None and first in atlas.system_inits() and image is not None:
        return atlas.program((Word("systemd"),)) if atlas.system(image.os).systemd else None
    return process.entry
