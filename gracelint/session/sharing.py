"""A run's files shared out among processes, which give back what they make of them.

A forked process starts from what has been read so far, and takes the next files whenever it has
done its last. Where there is no forking, a process reads everything anew and takes its share at
once. Whatever does not come back, for whichever reason, is done here: nothing is lost.
"""

from __future__ import annotations

import gc
import multiprocessing
import os
import pickle
import signal
import sys
import threading
from contextlib import contextmanager, suppress
from functools import partial
from io import BytesIO
from typing import TYPE_CHECKING, Any, TypeAlias

from gracelint.base.source import Source
from gracelint.model.options import Options
from gracelint.model.pod import PodSpec
from gracelint.session.scene import Scene
from gracelint.syntax.yaml.node import Node

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from multiprocessing.connection import Connection

    from gracelint.model.result import Problem
    from gracelint.session.scene import Teller, Unit, Work

_TOKEN = 4  # bytes
_TOKENS = 4_000  # as many fit into a pipe
_END = b""
Pods: TypeAlias = "tuple[PodSpec, ...]"
_NO_START = (OSError, pickle.PicklingError, TypeError, AttributeError)


def tell(work: Work, scene: Scene, units: list[Unit], *, count: int) -> None:
    """Tell the files into the scene, with so many processes."""
    parts: dict[int, tuple[Scene, list[Problem]]] = {}
    first, units = work.part(units[0], scene), units[1:]  # what all use is loaded once
    with _others(work, scene, units, count, _method()) as (mine, receivers):
        for at in mine:
            work.session.progress(at, len(units))
            parts[at] = work.part(units[at], scene)
        for receiver in receivers:
            parts |= _received(receiver, work.session, scene, units)
    rest = (parts.get(at) or work.part(unit, scene) for at, unit in enumerate(units))
    for part, problems in (first, *rest):
        scene.add(part)
        work.session.problems += problems


def _method() -> str:
    """A fork copies only the thread that asks for it, and on macOS what the system forbids."""
    able = "fork" in multiprocessing.get_all_start_methods() and sys.platform != "darwin"
    return "fork" if able and threading.active_count() == 1 else "spawn"


@contextmanager
def _others(
    work: Work, scene: Scene, units: list[Unit], count: int, method: str
) -> Iterator[tuple[Iterable[int], list[Connection]]]:
    """Other processes at work: what is left for this one, and where they answer."""
    context: Any = multiprocessing.get_context(method)
    tokens = _tokens(len(units)) if method == "fork" else -1
    started, receivers = [], []
    sys.stdout.flush()
    try:
        for number in range(1, count):
            receiver, sender = context.Pipe(duplex=False)
            receivers.append(receiver)
            do: Any = partial(_afresh, work, (number, count))
            if method == "fork":
                do = partial(_forked, work, scene, units, tokens)
            with suppress(*_NO_START), _no_interrupt():
                process = context.Process(target=do, args=(sender,), daemon=True)
                process.start()
                started.append(process)
            sender.close()
        shared = method == "fork"
        mine = _taken(tokens, len(units)) if shared else range(0, len(units), count)
        yield mine, receivers
    finally:
        for process in started:
            process.terminate()
        for process in started:
            process.join()
        if tokens >= 0:
            os.close(tokens)


@contextmanager
def _no_interrupt() -> Iterator[None]:
    """Ctrl-C reaches every process; only this one is to answer."""
    block = getattr(signal, "pthread_sigmask", None)
    if block is None:
        yield
        return
    before = block(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        block(signal.SIG_SETMASK, before)


# What is next ---------------------------------------------------------------------------------


def _tokens(units: int) -> int:
    """A pipe with the numbers of all stretches of files, from which each process takes the next."""
    reader, writer = os.pipe()
    for number in range(-(-units // _stretch(units))):
        os.write(writer, number.to_bytes(_TOKEN, "big"))
    os.close(writer)
    return reader


def _stretch(units: int) -> int:
    return units // _TOKENS + 1


def _taken(tokens: int, units: int) -> Iterator[int]:
    while token := os.read(tokens, _TOKEN):
        first = int.from_bytes(token, "big") * _stretch(units)
        yield from range(first, min(first + _stretch(units), units))


# In another process ---------------------------------------------------------------------------


def _forked(work: Work, scene: Scene, units: list[Unit], tokens: int, sender: Connection) -> None:
    gc.freeze()  # what is there already stays, and stays shared
    _answer(work, scene, units, _taken(tokens, len(units)), sender)


def _afresh(work: Work, share: tuple[int, int], sender: Connection) -> None:
    number, count = share
    work.session.processes = 1
    with suppress(Exception):
        scene, (_, *units) = work.session.look(work.paths, work.target)
        _answer(work, scene, units, range(number, len(units), count), sender)


def _answer(
    work: Work, scene: Scene, units: list[Unit], mine: Iterable[int], sender: Connection
) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    with _no_interrupt():
        pass
    session, done = work.session, []
    parent = multiprocessing.parent_process()
    for at in mine:
        if parent is not None and not parent.is_alive():
            return
        with suppress(Exception):  # it is done again where it can be told of
            done.append(_written(session, units[at], at, *work.part(units[at], scene)))
    links = scene.lore.links if scene.lore is not None else ()
    rest = _dumped(session, "", (links, session.files.notes, session.files.door.answers()))
    with suppress(OSError):
        for data in (*done, _END, rest):
            sender.send_bytes(data)


def _written(session: Teller, unit: Unit, at: int, part: Scene, problems: list[Problem]) -> bytes:
    judged = [part.judged.get(id(one)) for one in (*part.stories, *part.groups)]
    rest = (part.idle, part.errors, part.written)
    value = (part.stories, part.groups, judged, rest, problems)
    return pickle.dumps((at, unit.path, _dumped(session, unit.path, value, unit.pods)))


def _received(
    receiver: Connection, session: Teller, scene: Scene, units: list[Unit]
) -> Iterator[tuple[int, tuple[Scene, list[Problem]]]]:
    """What another process sends, as far as it comes."""
    with suppress(Exception):  # what is missing is done by this process
        while data := receiver.recv_bytes():
            at, path, value = pickle.loads(data)  # noqa: S301 (from our own process)
            if at < len(units) and units[at].path == path:
                yield at, _part_of(session, scene, units[at], value)
        links, notes, answers = _loaded(session, "", receiver.recv_bytes())
        scene.links += links
        session.files.notes.update(notes)
        session.files.door.note(answers)
        return
    session.files.door.elsewhere()  # what was looked at there is not known here


def _part_of(session: Teller, scene: Scene, unit: Unit, data: bytes) -> tuple[Scene, list[Problem]]:
    stories, groups, verdicts, rest, problems = _loaded(session, unit.path, data, unit.pods)
    part = Scene(scene.discovery, stories, groups)
    part.idle, part.errors, part.written = rest
    judged = zip((*stories, *groups), verdicts, strict=True)
    part.judged = {id(one): findings for one, findings in judged if findings is not None}
    return part, problems


# Values on their way --------------------------------------------------------------------------


class _Pickler(pickle.Pickler):
    """Leaves out what both processes have: files of the tree, the settings, a unit's pods and what
    is written of their containers.
    """

    def __init__(self, to: BytesIO, session: Teller, path: str, pods: Pods) -> None:
        super().__init__(to, pickle.HIGHEST_PROTOCOL)
        self._files = session.files
        self._options = session.near(path)
        self._pods = {id(pod): number for number, pod in enumerate(pods)}
        self._nodes = {
            id(container.node): (number, at)
            for number, pod in enumerate(pods)
            for at, container in enumerate(pod.containers)
        }
        self.dispatch_table = {
            Source: self._source,
            Options: self._settings,
            PodSpec: self._pod,
            Node: self._node,
        }

    def _source(self, source: Source) -> Any:
        readable = self._files.read(source.path) is source
        return (_file, (source.path,)) if readable else _whole(source)

    def _settings(self, options: Options) -> Any:
        return (_settings, ()) if options is self._options else _whole(options)

    def _pod(self, pod: PodSpec) -> Any:
        number = self._pods.get(id(pod))
        return _whole(pod) if number is None else (_pod, (number,))

    def _node(self, node: Node) -> Any:
        place = self._nodes.get(id(node))
        return _whole(node) if place is None else (_node, place)


def _whole(value: object) -> Any:
    return value.__reduce_ex__(pickle.HIGHEST_PROTOCOL)


def _file(path: str) -> Source:
    """A file of the tree; a `_Reader` puts its own in the place of this."""
    raise FileNotFoundError(path)


def _settings() -> Options:
    """The settings that hold for the file; a `_Reader` puts its own in the place of this."""
    raise LookupError


def _pod(number: int) -> PodSpec:
    """A pod of the unit; a `_Reader` puts its own in the place of this."""
    raise LookupError(number)


def _node(number: int, at: int) -> Node:
    """What is written of a container; a `_Reader` puts its own in the place of this."""
    raise LookupError(number, at)


class _Reader(pickle.Unpickler):
    def __init__(self, data: bytes, session: Teller, path: str, pods: Pods) -> None:
        super().__init__(BytesIO(data))
        self._classes = {
            "_file": session.files.load,
            "_settings": lambda: session.near(path),
            "_pod": pods.__getitem__,
            "_node": lambda number, at: pods[number].containers[at].node,
        }

    def find_class(self, module: str, name: str) -> Any:
        kind = self._classes.get(name) if module == __name__ else None
        return kind or super().find_class(module, name)


def _dumped(session: Teller, path: str, value: object, pods: Pods = ()) -> bytes:
    to = BytesIO()
    _Pickler(to, session, path, pods).dump(value)
    return to.getvalue()


def _loaded(session: Teller, path: str, data: bytes, pods: Pods = ()) -> Any:
    return _Reader(data, session, path, pods).load()
