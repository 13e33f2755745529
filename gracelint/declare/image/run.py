"""What RUN does to an image, as far as its simple commands tell."""

from __future__ import annotations

import re
from fnmatch import translate
from functools import partial
from itertools import chain, pairwise

from gracelint.base import lazy
from gracelint.base.paths import absolute
from gracelint.base.typed import TYPE_CHECKING, ClassVar
from gracelint.declare.image.files import Folder, FromImage, Gone, Link, Mode, Moved, Opaque, Put
from gracelint.declare.image.text import Edited, Joined, Untold, Writer, gathered, spread
from gracelint.model.workload import ImageFile
from gracelint.syntax.shell.tree import (
    AndOr,
    Case,
    Commands,
    For,
    Group,
    If,
    Parameter,
    Pipeline,
    Simple,
    Subshell,
    While,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from gracelint.base import sed
    from gracelint.base.source import Span, Text
    from gracelint.declare.image.files import Change, Layers
    from gracelint.declare.image.text import Char, Effort
    from gracelint.syntax.shell.tree import AnyCommand, Redirect, Script, Words

    Follow = Callable[["Run", str, list[str], list[str]], None]

_CARRIAGE = lazy.compile(r"s(.)(\\r|\\x0D|\^M)\$?\1\1g?|s(.)\\r\\n\3\\n\3g?")
_LONGEST = 100_000  # characters of the words of a command
_BY_PATTERN = 50  # files that one pattern names are followed
_EDIT = frozenset({"patch", "ex", "dos2unix"})
_CARGO = lazy.compile(r"/target/(?:[\w.-]{1,80}/)?(?:release|debug)/[^/]+\Z")
_MADE = lazy.compile(r"(?<!\S)-o[= \t]*[\"']?([^\s\"';&|]{1,300})")
"""What compilers are told to make: `go build -o bin/web ./cmd`."""
_IN_PLACE = lazy.compile(r"-\w*i|--in-place")
_SHELLS = {"bash": "bash", "dash": "dash", "ash": "ash", "busybox": "ash", "mksh": "mksh"}


class Run:
    """Follows one RUN instruction's script.

    value: a variable's value where the shell would expand it; None: unknown. sh: an atlas shell key
    or "". files: the files before; they are changed as the script does. effort: what may be spent.
    """

    def __init__(
        self, script: Script, span: Span, files: Layers, *,
        value: Callable[[str], str | None], cwd: str, sh: str, effort: Effort,
    ) -> None:  # fmt: skip
        self.script = script
        self.span = span
        self.files = files
        self.value = value
        self.cwd = cwd
        self.effort = effort
        self.writer = Writer(script, value, sh, effort)
        self.effects: list[Change] = []

    def changes(self) -> list[Change]:
        """What it changes."""
        for command, is_certain in _commands(self.script.body):
            match command:
                case Simple() if not is_certain:
                    self.doubt(command)
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
            if len(text) > _LONGEST:
                return None
        return text

    def words(self, words: tuple[Words, ...]) -> list[str | None]:
        """The values of words; those are unknown before which there is too much already."""
        values: list[str | None] = []
        length = 0
        for word in words:
            values.append(self.word(word) if length <= _LONGEST else None)
            length += len(values[-1] or "")
        return values

    def path(self, text: str) -> str:
        """A path as absolute."""
        return absolute(text, self.cwd)

    def simple(self, command: Simple) -> None:
        """Follow a simple command."""
        words = self.words(command.words)
        while words and words[0] in {"sudo", "command", "exec"}:
            words = words[1:]
        name = (words[0] or "").rpartition("/")[2] if words else ""
        if any(r.operator in {">", ">>", ">|"} for r in command.redirects):
            self.written(command.redirects, partial(self.output, command, words), name)
        arguments = [w for w in words[1:] if w is not None]
        if name == "dotnet":
            self.built(words[1:])
        elif len(arguments) == len(words) - 1:
            self.follow_call(name, arguments, command)
        elif words:
            self.doubt_call(name, arguments, words[-1])

    def follow_call(self, name: str, words: list[str], command: Simple) -> None:
        """Follow a command whose words are all known."""
        options = [w for w in words if w.startswith("-") and len(w) > 1]
        operands = [w for w in words if not (w.startswith("-") and len(w) > 1)]
        if name == "sed":
            self.edited(words)
        elif name == "chmod":
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

    def touch(self, name: str, operands: list[str], __: list[str]) -> None:
        """`touch`: files that are there from now on, with what they held where they were."""
        for operand in operands:
            path = self.path(operand)
            if not set(operand) & set("*?[") and not self.files.is_named(path):
                self.write(path, _untold, name, append=False)

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
        """`mv`, `cp` and `install`, of paths and of patterns for the names in a folder."""
        if name == "install":
            if any("d" in o for o in options if not o.startswith("--")):
                self.mkdir(name, operands, options)
                return
            operands = [o for o in operands if not re.fullmatch(r"0?[0-7]{3}|\w+:?\w*", o)]
        if len(operands) < 2 or set(operands[-1]) & set("*?["):
            return
        target = self.path(operands[-1])
        slashed = operands[-1].endswith(("/", "/.")) or operands[-1] == "."
        sources = [path for operand in operands[:-1] for path in self.fitting(operand)]
        inside = slashed or max(len(operands) - 1, len(sources)) > 1 or self.files.is_folder(target)
        for source in sources:
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
        reason = f"it is put there by `{name}`"
        if not self._is_built(source):
            return Opaque(place, reason, self.span)
        return Moved(place, reason, self.span, layers=self.files.snapshot(), made=source)

    def _is_built(self, path: str) -> bool:
        """Whether it looks as if a compiler has made what is at a path."""
        name = path.rpartition("/")[2]
        if _CARGO.search(path):
            return True
        texts = (*self.files.commands(), self.span.text)
        return any(
            match[1].rpartition("/")[2] == name for text in texts for match in _MADE.finditer(text)
        )

    def built(self, words: list[str | None]) -> None:
        """`dotnet publish -o FOLDER`: what a project has copied beside its program."""
        from gracelint.declare.image.dotnet import put_by

        for source, place in list(put_by(words, self.files, self.cwd)):
            self.add(self._moved("dotnet", source, place))

    def changed(self, name: str, operands: list[str], options: list[str]) -> None:
        """Commands that change files in place."""
        ends = name == "dos2unix"
        if name == "perl":
            if not any(re.match(r"-\w*i", o) for o in options):
                return
            ends = bool(operands) and _CARRIAGE.fullmatch(operands[0]) is not None
            operands = operands[1:]
        for file in [file for operand in operands for file in self.named(operand)]:
            self.add(self._without_carriage(file) if ends else self._changed(file, name))

    def doubt(self, command: Simple) -> None:
        """A command that may run or not: what it would change is not known any more."""
        words = self.words(command.words)
        name = (words[0] or "").rpartition("/")[2] if words else ""
        if words:
            self.doubt_call(name, [w for w in words[1:] if w is not None], words[-1])
        targets = [r.target for r in command.redirects if r.operator in {">", ">>", ">|"}]
        for target in targets:
            for file in self.named(self.word(target) if target is not None else None):
                self.add(self._changed(file, name or "RUN"))

    def doubt_call(self, name: str, words: list[str], last: str | None) -> None:
        """A command of whose words only some are known, or that may not run.

        last: the last of its words.
        """
        if name in {"mv", "cp", "install", "ln"}:
            files = list(self.named(last))
        elif name in _EDIT or (name in {"sed", "perl"} and any(map(_IN_PLACE.match, words))):
            files = [file for word in words for file in self.named(word)]
        else:
            return
        ends = name == "dos2unix" or any(map(_CARRIAGE.fullmatch, words))
        for file in files:
            if not ends or "\r" in (file.text.text if file.text is not None else ""):
                self.add(self._changed(file, name))

    def named(self, operand: str | None) -> Iterator[ImageFile]:
        """The files in sight that an operand names, perhaps with a pattern for their names."""
        for each in () if operand is None else self.fitting(operand):
            file = self.files.get(each)
            if file is not None and file.text is not None:
                yield file

    def fitting(self, operand: str) -> list[str]:
        """The paths that an operand names: itself, or those in a folder that fit its pattern."""
        path = self.path(operand)
        folder, _, last = path.rpartition("/")
        if not set(last) & set("*?["):
            return [] if set(path) & set("*?[") else [path]
        fits = re.compile(translate(last)).match
        names = (n for n in self.files.names(folder or "/") or () if n[0] != "." or last[0] == ".")
        found = [f"{folder}/{n}" for n in names if fits(n)]
        return found if len(found) <= _BY_PATTERN else []

    def edited(self, words: list[str]) -> None:
        """`sed -i`."""
        from gracelint.base import sed

        command = sed.invoked(words)
        if command is None:
            self.doubt_call("sed", words, None)
            return
        files = command.files if command.in_place else ()
        named = [file for operand in files for file in self.named(operand)]
        for at, file in enumerate(named):
            if at > len(files) + _BY_PATTERN:
                self.add(self._changed(file, "sed"))
                continue
            if file.text is None or any(map(_CARRIAGE.fullmatch, command.programs)):
                self.add(self._without_carriage(file))
                continue
            try:
                text = self._made_by(command, file.text)
            except Untold:
                self.add(self._changed(file, "sed"))
                continue
            if text.text != file.text.text:
                origins = (*file.origins, self.span)
                self.add(Put(ImageFile(file.path, text, file.executable, "", origins)))

    def _changed(self, file: ImageFile, name: str) -> Put:
        reason = f"`{name}` changes it when the image is built"
        return Put(ImageFile(file.path, None, file.executable, reason, (*file.origins, self.span)))

    def _without_carriage(self, file: ImageFile) -> Put:
        text = file.text
        if text is not None and "\r" in text.text:
            try:
                self.effort.spend(len(text.text))
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

    def output(self, command: Simple, words: list[str | None]) -> Text:
        """What a simple command writes."""
        known = [word for word in words[1:] if word is not None]
        if words[:1] in (["cat"], ["sed"]) and len(known) == len(words) - 1:
            text = self._of_files(words[0] or "", known)
            if text is not None:
                return text
        return self.gathered(self.writer.output(command))

    def _of_files(self, name: str, words: list[str]) -> Text | None:
        """What `cat` or `sed` makes of files; None: they read no files that are named."""
        command = None
        if name == "sed":
            from gracelint.base import sed

            command = sed.invoked(words)
        names = list(command.files) if command is not None else words
        if not names or (name == "sed" and command is None):
            return None
        files = [self.files.get(self.path(operand)) for operand in names]
        texts = [file.text for file in files if file is not None and file.text is not None]
        if len(texts) < len(names) or any(n.startswith("-") for n in names):
            raise Untold
        text = Joined(texts) if len(texts) > 1 else texts[0]
        return text if command is None else self._made_by(command, text)

    def _made_by(self, command: sed.Invoked, text: Text) -> Text:
        from gracelint.base import sed

        self.effort.spend(len(text.text))
        extended, quiet = command.extended, command.quiet
        pieces = sed.edited(text.text, command.programs, extended=extended, quiet=quiet)
        if pieces is None:
            raise Untold
        return Edited(text, pieces)

    def gathered(self, chars: list[Char]) -> Text:
        """Characters of the Dockerfile as a text."""
        return gathered(self.span.source, chars)

    def written(
        self, redirects: tuple[Redirect, ...], output: Callable[[], Text], name: str
    ) -> None:
        """Let the output go where it is redirected."""
        targets = [r for r in redirects if r.operator in {">", ">>", ">|"} and r.fd in {None, 1}]
        if not targets or targets[-1].target is None:
            return
        target = self.word(targets[-1].target)
        if target is not None and not target.startswith("/dev/"):
            self.write(self.path(target), output, name, append=targets[-1].operator == ">>")

    def write(self, path: str, output: Callable[[], Text], name: str, *, append: bool) -> None:
        """Make the file at `path` hold the output."""
        before = self.files.get(path) if append else None
        mode = before.executable if before is not None else None
        if not append:
            old = self.files.get(path)
            mode = old.executable if old is not None else False
        origins = (*(before.origins if before else ()), self.span)
        try:
            text = output()
            if append:
                text = Joined([_kept(before), text])
        except Untold:
            reason = f"`{name}` writes it when the image is built"
            self.add(Put(ImageFile(path, None, mode, reason, origins)))
            return
        self.add(Put(ImageFile(path, text, mode, "", origins)))

    def together(self, body: Commands) -> Text:
        """What several commands write, one after the other."""
        chars: list[Char] = []
        for item in body.items:
            if not isinstance(item.command, Simple) or item.command.redirects or item.background:
                raise Untold
            chars += self.writer.output(item.command)
            if len(chars) > _LONGEST:
                raise Untold
        return self.gathered(chars)

    def piped(self, pipeline: Pipeline) -> None:
        """`echo … | tee file`, and anything else that ends in a file."""
        last = pipeline.commands[-1]
        if not isinstance(last, Simple):
            return
        words = self.words(last.words)
        first = pipeline.commands[0]

        def output() -> Text:
            if len(pipeline.commands) != 2 or not isinstance(first, Simple):
                raise Untold
            return self.output(first, self.words(first.words))

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
            output = partial(self.output, command, ["tee"])
            self.write(self.path(operand), output, "tee", append=append)

    _followed: ClassVar[dict[str, Follow]] = {
        "cd": cd, "rm": rm, "unlink": rm, "mkdir": mkdir, "ln": ln, "touch": touch,
        **dict.fromkeys(("mv", "cp", "install"), move),
        **dict.fromkeys(("patch", "perl", "ex", "dos2unix"), changed),
    }  # fmt: skip


SH = frozenset({"/bin/sh", "/usr/bin/sh"})


def _untold() -> Text:
    raise Untold


def _kept(before: ImageFile | None) -> Text:
    """What is in a file that is appended to."""
    if before is None or before.text is None:
        raise Untold
    return before.text


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
    return (command for command, is_certain in _commands(body) if is_certain)


def _commands(body: Commands) -> Iterator[tuple[AnyCommand, bool]]:
    """These commands, and the simple ones that may run or not, in their order.

    Whether it surely runs stands behind each.
    """
    waiting: list[tuple[Commands | AnyCommand, bool]] = [(body, True)]
    while waiting:
        node, is_certain = waiting.pop()
        match node:
            case Commands():
                waiting += [(item.command, is_certain) for item in reversed(node.items)]
            case AndOr():
                right = is_certain and node.operator == "&&"
                waiting += [(node.right, right), (node.left, is_certain)]
            case Group() | Subshell() if not (node.redirects and is_certain):
                waiting.append((node.body, is_certain))
            case Group() | Subshell() | Simple() | Pipeline() if is_certain:
                yield node, True
            case Simple():
                yield node, False
            case _:
                waiting += [(part, False) for part in reversed(_parts(node))]


def _parts(node: AnyCommand) -> list[Commands | AnyCommand]:
    """What of a command may run."""
    match node:
        case Pipeline():
            return [*node.commands]
        case If():
            parts = [*chain.from_iterable(node.branches), node.otherwise]
            return [part for part in parts if part is not None]
        case Case():
            return [item.body for item in node.items]
        case For() | While():
            return [node.body]
    return []


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
