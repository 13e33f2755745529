"""What commands read and write: pipes, files, here-documents, as far as they are known.

A shell has its file descriptors in two maps, `reads` and `writes`, from their numbers to pipes of
the kernel. A file or here-document that is read is a pipe that already holds its text. What is
written to the container's own output, or to a file, goes nowhere.
"""

from __future__ import annotations

from itertools import takewhile

from gracelint import atlas
from gracelint.base import lazy
from gracelint.base.facts import Word
from gracelint.base.integers import whole
from gracelint.base.paths import absolute
from gracelint.base.source import Derived, Embedded, Segment
from gracelint.base.typed import TYPE_CHECKING
from gracelint.base.values import dataclass, replace
from gracelint.model.snapshot import Waiting
from gracelint.simulate import absent
from gracelint.simulate.shell.expansion.words import partial, single
from gracelint.simulate.shell.waiting import wait_for

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from gracelint.base.source import Text
    from gracelint.simulate.kernel import Pipe
    from gracelint.simulate.shell.records import Call
    from gracelint.simulate.shell.state import Shell
    from gracelint.syntax.shell import tree

MAX_TEXT = 20_000
"""A longer file counts as unknown."""

_NAMED = lazy.compile(r"/(?:dev|proc/(?:self|1))/fd/([0-9]{1,3})")
_STANDARD = {"/dev/stdin": 0, "/dev/stdout": 1, "/dev/stderr": 2}

Taken = tuple[str, bool]
"""Text without its line ending, and whether there was one."""


@dataclass(frozen=True, slots=True)
class Ends:
    """The file descriptors that are open: those to read from, and those to write to, with pipes."""

    reads: Mapping[int, int]
    writes: Mapping[int, int]


# Redirections --------------------------------------------------------------------------------


def descriptor(path: str | None) -> int | None:
    """The file descriptor that a path such as `/dev/fd/3` stands for."""
    if path is None or path in _STANDARD:
        return _STANDARD.get(path or "")
    number = _NAMED.fullmatch(path) if "/fd/" in path else None
    return int(number[1]) if number else None


def ends_of(shell: Shell, call: Call) -> Ends:
    """The file descriptors that a command is started with."""
    return opened(shell, call.node.redirects, call.targets)


def opened(
    shell: Shell, redirects: Sequence[tree.Redirect], targets: Sequence[Word | None]
) -> Ends:
    """The file descriptors as redirections leave them."""
    if not redirects:
        return Ends(shell.reads, shell.writes)
    reads, writes = dict(shell.reads), dict(shell.writes)
    for redirect, target in zip(redirects, targets, strict=False):
        if redirect.document is not None:
            reads[redirect.fd or 0] = _holding(shell, _document(shell, redirect.document))
        elif redirect.operator == "<<<":
            text = target.value if target is not None else None
            span = target.span if target is not None else None
            line = None if text is None else text + "\n"
            reads[redirect.fd or 0] = _holding(shell, Word(line, span))
        elif redirect.operator[:1] == "<" and redirect.operator != "<<-":
            if redirect.operator == "<" and target is not None and target.value:
                absent.require(shell, target.value)
            _open_to_read(shell, redirect, target, reads, writes)
        elif redirect.operator[:1] in {">", "&"}:
            if target is not None and "/" in target.plain:
                absent.require(shell, target.plain.rpartition("/")[0] or "/")
            _open_to_write(shell, redirect, target, writes)
    return Ends(reads, writes)


def _document(shell: Shell, words: tree.Words) -> Word:
    """A here-document's text, with the places of its characters where it is written as it is.

    Where a part is not known, all the same what is.
    """
    word = single(shell, words)
    if word.value is None:
        return replace(word, text=Derived(partial(shell, words), shell.span(words)))
    raw = shell.script.text.text[words.start : words.end]
    if raw == word.value:
        as_it_stands = (Segment(0, len(raw), words.start, len(raw)),)
        return replace(word, text=Embedded(shell.script.text, raw, as_it_stands, "sh-double"))
    return replace(word, text=word.text or Derived(word.value, shell.span(words)))


def _open_to_read(
    shell: Shell,
    redirect: tree.Redirect,
    target: Word | None,
    reads: dict[int, int],
    writes: dict[int, int],
) -> None:
    path, fd = target.value if target is not None else None, redirect.fd or 0
    other = whole(path) if redirect.operator == "<&" else descriptor(path)
    if other is not None:
        _duplicate(reads, fd, other)
        if redirect.operator == "<>" and other in reads:
            writes[fd] = reads[other]
        return
    if redirect.operator == "<&" and path == "-":
        reads.pop(fd, None)
        return
    named = _fifo(shell, path)
    if named is not None:
        reads[fd] = named
        if redirect.operator == "<>":
            writes[fd] = named
        return
    text = contents(shell, path) if redirect.operator == "<" else Word(None)
    reads[fd] = _holding(shell, text)


def file_of(
    shell: Shell, redirects: Sequence[tree.Redirect], targets: Sequence[Word | None]
) -> tuple[str, bool] | None:
    """The file that what is written goes to, and whether behind what is in it; None for none."""
    found: tuple[str, bool] | None = None
    for redirect, target in zip(redirects, targets, strict=False):
        if redirect.fd in {None, 1} and redirect.operator in {">", ">>", ">|", "&>", "&>>"}:
            path = target.value if target is not None else None
            found = None
            if path and path[:5] != "/dev/" and _fifo(shell, path) is None:
                found = absolute(path, shell.folder), ">>" in redirect.operator
    return found


def _fifo(shell: Shell, path: str | None) -> int | None:
    return shell.world.fifos.get(absolute(path, shell.folder)) if path else None


def _open_to_write(
    shell: Shell, redirect: tree.Redirect, target: Word | None, writes: dict[int, int]
) -> None:
    path = target.value if target is not None else None
    copies = redirect.operator == ">&"
    other = whole(path) if copies else descriptor(path)
    both = redirect.operator[:1] == "&" or (copies and redirect.fd is None and other is None)
    named = _fifo(shell, path)
    if other is None and (path or "")[:5] != "/dev/":
        shell.world.altered = True
    if shell.handling and (named is not None or _heard(path, other)):
        shell.world.unsure = shell.world.unsure or f"{redirect.operator} {path or '…'}"[:60]
    for fd in (1, 2) if both else (1 if redirect.fd is None else redirect.fd,):
        if other is not None:
            _duplicate(writes, fd, other)
        elif named is not None:
            writes[fd] = named
        else:
            writes.pop(fd, None)


def _heard(path: str | None, other: int | None) -> bool:
    """Whether what a handler writes may be a command to the application that reads it."""
    if other is not None:
        return other > 2
    return path is not None and _OUTSIDE.fullmatch(path) is not None


_OUTSIDE = lazy.compile(r"/dev/(?:tcp|udp)/.+|/proc/[^/]+/fd/0")


def _duplicate(ends: dict[int, int], fd: int, other: int) -> None:
    if other in ends:
        ends[fd] = ends[other]
    else:
        ends.pop(fd, None)


def use(shell: Shell, ends: Ends) -> None:
    """Have a shell's file descriptors be others; also a step, to have them be what they were."""
    shell.reads = ends.reads
    if shell.writes != ends.writes:
        shell.writes = ends.writes
        shell.kernel.hold(shell.me, frozenset(ends.writes.values()))


def free(shell: Shell) -> int:
    """The number that the next process substitution gets."""
    number = 63
    while number in shell.reads or number in shell.writes:
        number -= 1
    return number


def close(shell: Shell, number: int) -> None:
    """A step: close the file descriptor of a process substitution."""
    reads, writes = dict(shell.reads), dict(shell.writes)
    reads.pop(number, None)
    writes.pop(number, None)
    use(shell, Ends(reads, writes))


# What is read --------------------------------------------------------------------------------


def contents(shell: Shell, path: str | None) -> Word:
    """The text of a small file, as the run wrote it or the image has it; unknown otherwise."""
    if path is None:
        return Word(None)
    if path == "/dev/null":
        return Word("")
    place = absolute(path, shell.folder)
    if shell.world.has_written(place):
        return Word(shell.world.written[place], text=shell.world.texts.get(place))
    file = shell.world.file(path, "", shell.folder) if "/" in path else None
    file = file or shell.world.file(f"./{path}", "", shell.folder)
    if file is None or file.text is None or len(file.text.text) > MAX_TEXT:
        return Word(None)
    text = file.text
    return Word(text.text, text.span(0, len(text.text)), text)


def _holding(shell: Shell, text: Word) -> int:
    number = shell.kernel.pipe()
    shell.kernel.pipes[number].parts.append(text)
    return number


def writing(shell: Shell, pipe: int | None) -> tuple[int, ...]:
    """The other processes that can still write to a pipe."""
    return () if pipe is None else shell.kernel.holding(pipe, besides=shell.me.pid)


def await_end(shell: Shell, pipe: int, node: tree.Node) -> None:
    """Wait in the foreground for one of those who write; for a named pipe, for the first too."""
    others = writing(shell, pipe)
    if others:
        wait_for(shell, others[0], node)
    else:
        shell.kernel.watch(pipe, shell.me.pid)
        shell.wait(Waiting((), False, node, shell.span(node), shell.stack))


def text_left(shell: Shell, pipe: int | None) -> Word | None:
    """All that is left to read from a pipe to which nobody writes any more; None: not known."""
    if pipe is None:
        return Word("")
    if not shell.kernel.ended(pipe):
        return None
    stream = shell.kernel.pipes[pipe]
    if len(stream.parts) == 1 and not stream.taken:
        return stream.parts[0] if stream.parts[0].value is not None else None
    left = _left(stream)
    if left is None:
        return None
    text = None if stream.taken else together(stream.parts)[1]
    return Word(left, stream.parts[0].span if stream.parts else None, text)


def together(parts: Sequence[Word]) -> tuple[str | None, Text | None]:
    """Texts one behind the other, None where one is not known; and the same with places."""
    if any(part.value is None for part in parts):
        return None, None
    parts = [part for part in parts if part.value]
    texts = [part.text for part in parts if part.text is not None]
    value = "".join(part.plain for part in parts)
    if not parts or len(texts) < len(parts) or len(value) >= MAX_TEXT:
        return value, None
    from gracelint.declare.image.text import Joined, Untold

    try:
        return value, Joined(texts)
    except Untold:
        return value, None


def document(shell: Shell, pipe: int | None) -> Word | None:
    """A here-document that is only known in part, as long as nobody has read of it."""
    parts = shell.kernel.pipes[pipe].parts if pipe is not None else []
    one = parts[0] if len(parts) == 1 else None
    return one if one is not None and one.value is None and one.text is not None else None


def drain(shell: Shell, pipe: int | None) -> None:
    """Somebody reads all of it."""
    if pipe is not None:
        stream = shell.kernel.pipes[pipe]
        stream.taken = sum(len(part.plain) for part in stream.parts)


def rest(shell: Shell, pipe: int | None) -> Taken | None:
    """All that is left to read; None: not known. Without a pipe there is nothing: /dev/null."""
    left = text_left(shell, pipe)
    if left is None:
        return None
    drain(shell, pipe)
    return left.plain, False


def line(shell: Shell, pipe: int | None) -> Taken | None:
    """The next line; None: not known."""
    if pipe is None:
        return "", False
    stream = shell.kernel.pipes[pipe]
    known = [part.value for part in takewhile(lambda part: part.value is not None, stream.parts)]
    left = "".join(value or "" for value in known)[stream.taken :]
    is_all = len(known) == len(stream.parts) and shell.kernel.ended(pipe)
    if "\n" not in left and not is_all:
        return None
    text, end, _ = left.partition("\n")
    stream.taken += len(text) + len(end)
    return text, bool(end)


def _left(pipe: Pipe) -> str | None:
    if any(part.value is None for part in pipe.parts):
        return None
    return "".join(part.plain for part in pipe.parts)[pipe.taken :]


# Who reads -----------------------------------------------------------------------------------


def read_by(shell: Shell, argv: Sequence[Word], ends: Ends) -> tuple[int, ...]:
    """The pipes that a command reads to their end, as far as somebody still writes to them."""
    values = [word.value for word in argv]
    pipes = {ends.reads.get(fd) for value in values[1:] if (fd := descriptor(value)) is not None}
    name = (values[0] or "").rpartition("/")[2]
    if atlas.says(name, "reads_input"):
        pipes.add(ends.reads.get(0))
        pipes.update(_fifo(shell, value) for value in values[1:] if name not in _FILL)
    me = shell.me.pid
    return tuple(p for p in pipes if p is not None and not shell.kernel.ended(p, besides=me))


_FILL = frozenset({"tee"})  # what stands behind it is written to
