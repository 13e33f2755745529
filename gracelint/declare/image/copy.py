"""What COPY and ADD bring into an image."""

from __future__ import annotations

import re

from gracelint.base import lazy
from gracelint.base.facts import Known, Unknown
from gracelint.base.paths import absolute, confined
from gracelint.base.typed import TYPE_CHECKING
from gracelint.declare.image.context import Context, Ignore, name_pattern
from gracelint.declare.image.files import FromContext, FromImage, Layers, Opaque, Put
from gracelint.model.workload import ImageFile
from gracelint.syntax.dockerfile.expand import Lexer
from gracelint.syntax.dockerfile.trim import LexError

if TYPE_CHECKING:
    from collections.abc import Callable

    from gracelint.base.facts import Fact
    from gracelint.base.source import Span
    from gracelint.declare.image.files import Change
    from gracelint.declare.image.stages import State
    from gracelint.syntax.dockerfile.parse import Heredoc, Instruction

_REMOTE = lazy.compile(r"[A-Za-z][A-Za-z0-9+.-]*://|git@")
_ARCHIVE = lazy.compile(r"\.(tar|tar\.(gz|bz2|xz|zst)|tgz|tbz2?|txz)\Z", re.IGNORECASE)
_GLOB = frozenset("*?[")


class Copier:
    """Turns COPY and ADD into changes of a stage's files.

    context: the build context; Unknown where it cannot be told. stages: the files of another stage
    or image by the value of `--from`, None for an image that is not made here.
    """

    def __init__(
        self, context: Fact[Context], stages: Callable[[str], Layers | None], layers: Layers
    ) -> None:
        self.context = context
        self.stages = stages
        self.layers = layers

    def changes(self, instruction: Instruction, state: State) -> list[Change]:
        """What an instruction changes."""
        words = [state.expand(w) for w in instruction.words]
        if len(words) < 2:
            return []
        span = instruction.span
        target = words[-1].value
        workdir = state.workdir if not (target or "").startswith("/") else Known("/")
        if target is None or isinstance(workdir, Unknown):
            why = workdir.reason if isinstance(workdir, Unknown) else words[-1].reason
            return [Opaque("/", f"has no known place: {why}", span)]
        sources = [word.value for word in words[:-1]]
        one = _Copy(self, instruction, state, absolute(target, workdir.value), target)
        one.many = len(sources) > 1
        changes: list[Change] = []
        for source in sources:
            if source is None:
                changes.append(Opaque(one.target, "what it copies is unknown", span))
            else:
                changes += one.source(source)
        return changes


class _Copy:
    """One COPY or ADD on its way."""

    many = False

    def __init__(
        self, copier: Copier, instruction: Instruction, state: State, target: str, written: str
    ) -> None:
        self.copier = copier
        self.instruction = instruction
        self.state = state
        self.target = target
        self.slashed = written.endswith("/") or written.rpartition("/")[2] in {".", ".."}
        self.parents = instruction.flag("parents") is not None
        self.mode = _executable(instruction)

    @property
    def span(self) -> Span:
        return self.instruction.span

    def place(self, name: str) -> tuple[str, str]:
        """Where a file of that name comes to stand, and where else it may."""
        inside = f"{self.target.rstrip('/')}/{name}"
        if self.slashed or self.many or self.copier.layers.is_folder(self.target):
            return inside, ""
        return self.target, inside

    def source(self, source: str) -> list[Change]:
        """The changes that one source makes."""
        for heredoc in self.instruction.heredocs:
            if self.is_word_of(heredoc, source):
                return [self.heredoc(heredoc)]
        if (origin := self.instruction.flag("from")) is not None:
            return self.from_image(source, origin.value or "")
        if self.instruction.name == "ADD" and _REMOTE.match(source):
            place, also = self.place(source.rstrip("/").rpartition("/")[2])
            changes: list[Change] = [Opaque(place, "it is downloaded by the build", self.span)]
            return [*changes, Opaque(also, "it is downloaded", self.span)] if also else changes
        if isinstance(self.copier.context, Unknown):
            return [Opaque(self.target, self.copier.context.reason, self.span)]
        return self.from_context(source, self.copier.context.value)

    def is_word_of(self, heredoc: Heredoc, source: str) -> bool:
        """Whether a source is the word that opens a here-document."""
        return (
            source.lstrip("0123456789").startswith("<<")
            and source.lstrip("0123456789<-").strip("\"' ") == heredoc.name
        )

    def heredoc(self, heredoc: Heredoc) -> Change:
        """The file that a here-document becomes."""
        place, also = self.place(heredoc.name)
        text = heredoc.body
        if not heredoc.quoted:
            try:
                lexed = Lexer(text.text, self.state.lookup, self.state.escape, no_quotes=True).run()
            except LexError:
                return Opaque(place, "the builder rejects the here-document", self.span)
            expanded = lexed.embedded(text)
            if expanded is None:
                return Put(ImageFile(place, None, self.mode, lexed.reason, (self.span,)), also)
            text = expanded
        return Put(ImageFile(place, text, bool(self.mode), "", (self.span,)), also)

    def from_image(self, source: str, origin: str) -> list[Change]:
        layers = self.copier.stages(origin)
        path = absolute(source, "/")
        name = path.rpartition("/")[2]
        place, also = self.place(name)
        if self.parents:
            place, also = absolute(f"{self.target}/{source}", "/"), ""
        if layers is None or _GLOB & set(source):
            where = self.target if _GLOB & set(source) else place
            reason = (
                f"it comes from the image `{origin}`" if layers is None else "a pattern names it"
            )
            changes: list[Change] = [Opaque(where, reason, self.span, layers=layers)]
            changes += [Opaque(also, reason, self.span)] if also else []
            return changes + (self.matching(path, layers) if layers is not None else [])
        if layers.is_folder(path) or name == "":
            return [FromImage(self.target, layers, path, self.span, self.mode)]
        additions: list[Change] = []
        if layers.get(path) is None:  # perhaps a folder that nothing tells of: its contents then
            additions.append(FromImage(self.target, layers, path, self.span, self.mode))
            if not layers.complete:
                reason = f"the stage `{origin}` makes it in a way that is not followed"
                additions.insert(0, Opaque(place, reason, self.span))
                additions += [Opaque(also, reason, self.span)] if also else []
            return additions
        return [FromImage(place, layers, path, self.span, self.mode, also)]

    def matching(self, pattern: str, layers: Layers) -> list[Change]:
        """The files of another stage that are known to match; there may be more."""
        folder, _, last = pattern.rpartition("/")
        fits = name_pattern(last)
        if fits is None or not self.slashed or self.parents or _GLOB & set(folder):
            return []
        names = filter(fits.match, layers.names(folder or "/") or ())
        paths = ((f"{self.target.rstrip('/')}/{name}", f"{folder}/{name}") for name in names)
        return [FromImage(*(to, layers, path), self.span, self.mode) for to, path in paths]

    def from_context(self, source: str, context: Context) -> list[Change]:
        sources = context.match(source) if _GLOB & set(source) else [confined(".", source)]
        self.many = self.many or len(sources) > 1
        if not sources and not self.slashed:
            return self.missing(source, context)
        return [change for one in sources for change in self.one_source(one, source, context)]

    def one_source(self, source: str, written: str, context: Context) -> list[Change]:
        left_out = self.excluded()
        if left_out and left_out(source):
            return []
        if not context.has(source):
            return self.missing(source, context)
        folder = context.files.is_dir(context.path(source))
        kept = "" if source == "." else source
        name = kept.rpartition("/")[2]
        if self.parents:
            place, also = absolute(f"{self.target}/{_behind_pivot(written, kept)}", "/"), ""
        elif folder:
            place, also = self.target, ""
        else:
            place, also = self.place(name)
        if self.instruction.name == "ADD" and not folder and _ARCHIVE.search(name):
            return [Opaque(self.target, f"it is unpacked from `{source}`", self.span)]
        return [FromContext(place, context, kept, folder, self.span, self.mode, also, left_out)]

    def missing(self, source: str, context: Context) -> list[Change]:
        """A source that is not there: the build makes it first, or fails."""
        reason = f"`{source}` is not in the build context"
        places = self.place(source.rpartition("/")[2])
        named = confined(".", source)
        named = "" if named == "." else named
        return [
            Opaque(place, reason, self.span, context, source=named, into=self.target)
            for place in places
            if place
        ]

    def excluded(self) -> Callable[[str], bool] | None:
        patterns = [f.value or "" for f in self.instruction.flags if f.name == "exclude"]
        return Ignore.parse("\n".join(patterns)) if patterns else None


def _behind_pivot(written: str, source: str) -> str:
    """What `--parents` keeps of a source: all of it, or what is behind `/./`."""
    head, pivot, _ = written.partition("/./")
    head = confined(".", head)
    return source[len(head) :].lstrip("/") if pivot and source.startswith(head) else source


def _executable(instruction: Instruction) -> bool | None:
    flag = instruction.flag("chmod")
    if flag is None or flag.value is None:
        return None
    if re.fullmatch(r"0*[0-7]{1,4}", flag.value):
        return bool(int(flag.value, 8) & 0o111)
    return True if re.search(r"[+=][rwXst]*x", flag.value) else None
