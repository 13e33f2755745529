"""What RUN does to an image, as far as its simple commands tell."""

from __future__ import annotations

import re
from fnmatch import translate
from functools import partial
from itertools import pairwise
from typing import TYPE_CHECKING, ClassVar

from gracelint.base import lazy
from gracelint.base.paths import absolute
from gracelint.declare.image.files import Folder, FromImage, Gone, Link, Mode, Opaque, Put
from gracelint.declare.image.text import Untold, Writer, gathered, spread
from gracelint.model.workload import ImageFile
from gracelint.syntax.shell.tree import (
    AndOr,
    Commands,
    Group,
    Parameter,
    Pipeline,
    Simple,
    Subshell,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from gracelint.base.source import Span
    from gracelint.declare.image.files import Change, Layers
    from gracelint.declare.image.text import Char
    from gracelint.syntax.shell.tree import AnyCommand, Redirect, Script, Words

    Follow = Callable[["Run", str, list[str], list[str]], None]

_CARRIAGE = lazy.compile(r"s(.)(\\r|\\x0D|\^M)\$?\1\1g?|s(.)\\r\\n\3\\n\3g?")
_SHELLS = {"bash": "bash", "dash": "dash", "ash": "ash", "busybox": "ash", "mksh": "mksh"}


class Run:
    """Follows one RUN instruction's script.

    value: a variable's value where the shell would expand it; None: unknown. sh: an atlas shell key
    or "". files: the files before; they are changed as the script does.
    """

    def __init__(
        self, script: Script, span: Span, files: Layers, *,
        value: Callable[[str], str | None], cwd: str, sh: str,
    ) -> None:  # fmt: skip
        self.script = script
        self.span = span
        self.files = files
        self.value = value
        self.cwd = cwd
        self.writer = Writer(script, value, sh)
        self.effects: list[Change] = []

    def changes(self) -> list[Change]:
        """What it changes."""
        for command in unconditional(self.script.body):
            match command:
                case Simple():
                    self.simple(command)
                case Group() | Subshell():
                    self.written(command.redirects, partial(self.together, command.body), "RUN")
                case Pipeline():
                    self.piped(command)
        return self.effects

    def add(self, change: Change) -> None:
        """Change the files."""
        self.effects.append(change)
        self.files.add(change)

    def word(self, word: Words) -> str | None:
        """A word's value; None where it is unknown, or an unquoted variable's has blanks."""
        text = ""
        for part in word.parts:
            value = getattr(part, "value", None)
            if isinstance(part, Parameter) and not part.operator:
                value = self.value(part.name)
                if value is not None and not part.quoted and set(value) & set(" \t\n*?["):
                    return None
            if value is None:
                return None
            text += value
        return text

    def path(self, text: str) -> str:
        """A path as absolute."""
        return absolute(text, self.cwd)

    def simple(self, command: Simple) -> None:
        """Follow a simple command."""
        words = [self.word(word) for word in command.words]
        while words and words[0] in {"sudo", "command", "exec"}:
            words = words[1:]
        name = (words[0] or "").rpartition("/")[2] if words else ""
        if any(r.operator in {">", ">>", ">|"} for r in command.redirects):
            self.written(command.redirects, lambda: self.writer.output(command), name)
        arguments = [w for w in words[1:] if w is not None]
        if len(arguments) == len(words) - 1:
            self.follow_call(name, arguments, command)

    def follow_call(self, name: str, words: list[str], command: Simple) -> None:
        """Follow a command whose words are all known."""
        options = [w for w in words if w.startswith("-") and len(w) > 1]
        operands = [w for w in words if not (w.startswith("-") and len(w) > 1)]
        if name == "chmod":
            self.chmod([w for w in words if not re.fullmatch(r"-[Rvcf]+|--\w+", w)], options)
        elif name == "tee":
            self.tee(command, operands, options)
        elif name in {"curl", "wget"}:
            self.downloaded(words)
        elif follow := self._followed.get(name):
            follow(self, name, operands, options)

    def cd(self, _: str, operands: list[str], __: list[str]) -> None:
        """`cd`: what later relative paths are seen from."""
        if operands:
            self.cwd = self.path(operands[0])

    def rm(self, _: str, operands: list[str], __: list[str]) -> None:
        """`rm`, patterns left aside."""
        for operand in operands:
            if not set(operand) & set("*?["):
                self.add(Gone(self.path(operand)))

    def mkdir(self, _: str, operands: list[str], __: list[str]) -> None:
        """`mkdir`: folders that later commands can copy into."""
        for operand in operands:
            self.add(Folder(self.path(operand)))

    def chmod(self, words: list[str], options: list[str]) -> None:
        """`chmod`, patterns and `-R` included."""
        mode, *paths = words or [""]
        executable = _mode(mode)
        if executable is None:
            return
        deep = any("R" in option or option == "--recursive" for option in options)
        for path in paths:
            regex = translate(self.path(path).rstrip("/"))[:-2]
            matches = re.compile(regex + (r"(?:/.*)?\Z" if deep else r"\Z"), re.DOTALL)
            self.add(Mode(partial(_matched, matches), executable))

    def ln(self, _: str, operands: list[str], options: list[str]) -> None:
        """`ln -s` with a target and one link."""
        short = "".join(o for o in options if not o.startswith("--"))
        if len(operands) != 2 or not ("s" in short or "--symbolic" in options):
            return
        target, path = operands[0], self.path(operands[1])
        if operands[1].endswith("/") or self.files.is_folder(path):
            path = f"{path.rstrip('/')}/{target.rpartition('/')[2]}"
        self.add(Link(path, target, self.span))

    def move(self, name: str, operands: list[str], options: list[str]) -> None:
        """`mv`, `cp` and `install` of paths without patterns."""
        if name == "install":
            if any("d" in o for o in options if not o.startswith("--")):
                self.mkdir(name, operands, options)
                return
            operands = [o for o in operands if not re.fullmatch(r"0?[0-7]{3}|\w+:?\w*", o)]
        if len(operands) < 2 or any(set(o) & set("*?[") for o in operands):
            return
        target = self.path(operands[-1])
        slashed = operands[-1].endswith(("/", "/.")) or operands[-1] == "."
        inside = slashed or len(operands) > 2 or self.files.is_folder(target)
        for operand in operands[:-1]:
            source = self.path(operand)
            base = source.rpartition("/")[2]
            self.add(
                self._moved(name, source, f"{target.rstrip('/')}/{base}" if inside else target)
            )
            if name == "mv":
                self.add(Gone(source))

    def _moved(self, name: str, source: str, place: str) -> Change:
        file = self.files.get(source)
        if file is not None:
            mode = True if name == "install" else file.executable
            origins = (*file.origins, self.span)
            return Put(ImageFile(place, file.text, mode, file.reason, origins))
        if self.files.is_folder(source):
            return FromImage(place, self.files.snapshot(), source, self.span)
        if place in SH and source.rpartition("/")[2] in _SHELLS:
            return Link(place, source, self.span)
        return Opaque(place, f"it is put there by `{name}`", self.span)

    def changed(self, name: str, operands: list[str], options: list[str]) -> None:
        """Commands that change files in place."""
        ends = name == "dos2unix"
        if name in {"sed", "perl"}:
            if not any(re.match(r"-\w*i|--in-place", o) for o in options):
                return
            ends = bool(operands) and _CARRIAGE.fullmatch(operands[0]) is not None
            operands = operands[1:]
        for operand in operands:
            path = self.path(operand)
            file = self.files.get(path)
            if file is None or file.text is None:
                continue
            self.add(self._without_carriage(file) if ends else self._changed(file, name))

    def _changed(self, file: ImageFile, name: str) -> Put:
        reason = f"`{name}` changes it when the image is built"
        return Put(ImageFile(file.path, None, file.executable, reason, (*file.origins, self.span)))

    def _without_carriage(self, file: ImageFile) -> Put:
        text = file.text
        if text is not None and "\r" in text.text:
            try:
                chars = [c for c in spread(text) if c.char != "\r"]
            except Untold:
                return self._changed(file, "sed")
            text = gathered(text.span(0, 0).source, chars)
        return Put(ImageFile(file.path, text, file.executable, "", file.origins))

    def downloaded(self, words: list[str]) -> None:
        """`curl -o FILE`, `wget -O FILE`."""
        for option, value in pairwise(words):
            if re.fullmatch(r"-\w*[oO]|--output|--output-document", option) and "://" not in value:
                self.add(Opaque(self.path(value), "it is downloaded by the build", self.span))

    # What is written to files ----------------------------------------------------------------

    def written(
        self, redirects: tuple[Redirect, ...], output: Callable[[], list[Char]], name: str
    ) -> None:
        """Let the output go where it is redirected."""
        targets = [r for r in redirects if r.operator in {">", ">>", ">|"} and r.fd in {None, 1}]
        if not targets or targets[-1].target is None:
            return
        target = self.word(targets[-1].target)
        if target is not None and not target.startswith("/dev/"):
            self.write(self.path(target), output, name, append=targets[-1].operator == ">>")

    def write(
        self, path: str, output: Callable[[], list[Char]], name: str, *, append: bool
    ) -> None:
        """Make the file at `path` hold the output."""
        before = self.files.get(path) if append else None
        mode = before.executable if before is not None else None
        if not append:
            old = self.files.get(path)
            mode = old.executable if old is not None else False
        origins = (*(before.origins if before else ()), self.span)
        try:
            chars = [*(self._kept(before) if append else ()), *output()]
        except Untold:
            reason = f"`{name}` writes it when the image is built"
            self.add(Put(ImageFile(path, None, mode, reason, origins)))
            return
        self.add(Put(ImageFile(path, gathered(self.span.source, chars), mode, "", origins)))

    def _kept(self, before: ImageFile | None) -> list[Char]:
        """What is in a file that is appended to."""
        text = None if before is None else before.text
        if text is None or text.span(0, 0).source is not self.span.source:
            raise Untold
        return spread(text)

    def together(self, body: Commands) -> list[Char]:
        """What several commands write, one after the other."""
        chars: list[Char] = []
        for item in body.items:
            if not isinstance(item.command, Simple) or item.command.redirects or item.background:
                raise Untold
            chars += self.writer.output(item.command)
        return chars

    def piped(self, pipeline: Pipeline) -> None:
        """`echo … | tee file`, and anything else that ends in a file."""
        last = pipeline.commands[-1]
        if not isinstance(last, Simple):
            return
        words = [self.word(word) for word in last.words]
        first = pipeline.commands[0]

        def output() -> list[Char]:
            if len(pipeline.commands) != 2 or not isinstance(first, Simple):
                raise Untold
            return self.writer.output(first)

        if words and words[0] in {"tee", "/usr/bin/tee"}:
            append = "-a" in words or "--append" in words
            for word in words[1:]:
                if word is not None and not word.startswith("-"):
                    self.write(self.path(word), output, "tee", append=append)
        elif last.redirects:
            self.written(last.redirects, _untold, words[0] or "RUN" if words else "RUN")

    def tee(self, command: Simple, operands: list[str], options: list[str]) -> None:
        """`tee FILE <<EOF`."""
        append = "-a" in options or "--append" in options
        for operand in operands:
            self.write(
                self.path(operand), lambda: self.writer.output(command), "tee", append=append
            )

    _followed: ClassVar[dict[str, Follow]] = {
        "cd": cd, "rm": rm, "unlink": rm, "mkdir": mkdir, "ln": ln,
        **dict.fromkeys(("mv", "cp", "install"), move),
        **dict.fromkeys(("sed", "patch", "perl", "ex", "dos2unix"), changed),
    }  # fmt: skip


SH = frozenset({"/bin/sh", "/usr/bin/sh"})


def _untold() -> list[Char]:
    raise Untold


def _mode(text: str) -> bool | None:
    """Whether a mode for chmod makes a file executable; None: it leaves that alone."""
    if re.fullmatch(r"[0-7]{1,5}", text):
        return bool(int(text, 8) & 0o111)
    for clause in text.split(","):
        match = re.fullmatch(r"[ugoa]*([-+=])([rwxXst]*)", clause)
        if match and "x" in match[2]:
            return match[1] != "-"
    return None


def unconditional(body: Commands) -> Iterator[AnyCommand]:
    """The commands that run whenever the script does: simple ones, pipelines, redirected groups."""
    waiting: list[Commands | AnyCommand] = [body]
    while waiting:
        node = waiting.pop()
        match node:
            case Commands():
                waiting += [item.command for item in reversed(node.items)]
            case AndOr():
                waiting += [node.right, node.left] if node.operator == "&&" else [node.left]
            case Group() | Subshell() if not node.redirects:
                waiting.append(node.body)
            case Group() | Subshell() | Simple() | Pipeline():
                yield node


def sh_after(script: Script, word: Callable[[Words], str | None]) -> str | None:
    """What a RUN makes of /bin/sh: an atlas key; None when it leaves it alone; "?": unknown."""
    shell = None
    for command in unconditional(script.body):
        if not isinstance(command, Simple):
            continue
        words = [word(w) or "" for w in command.words]
        name = words[0].rpartition("/")[2] if words else ""
        operands = [w for w in words[1:] if not w.startswith("-")]
        if name in {"ln", "mv", "cp"} and len(operands) == 2 and operands[1] in SH:
            shell = _SHELLS.get(operands[0].rpartition("/")[2], "?")
    if "dash/sh boolean false" in script.text.text and "dpkg-reconfigure" in script.text.text:
        return "bash"
    return shell


def _matched(pattern: re.Pattern[str], path: str) -> bool:
    return pattern.match(path) is not None
