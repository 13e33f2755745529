"""A command line as it is started, beside the entry of the atlas that it is read by."""

from __future__ import annotations

from gracelint.atlas.argv import Parsed, base_name, first_value, grammar, parse
from gracelint.base.typed import TYPE_CHECKING, Any
from gracelint.base.values import dataclass, replace

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from gracelint.base.facts import Word
    from gracelint.model.entries import BaseImage, ImageView


@dataclass(frozen=True, slots=True)
class Call:
    """A wrapper as it is called.

    name: the last part of the path that it is called by. entry: its atlas data. args: what follows
    its name. env: the environment as far as it is known. view and workdir: where files that it
    reads are found. image: the base image, where known.
    """

    name: str
    entry: Mapping[str, Any]
    args: tuple[Word, ...]
    env: Mapping[str, str]
    view: ImageView | None
    workdir: str
    image: BaseImage | None = None

    def parse(self) -> Parsed:
        """The arguments by the entry's grammar, with its subcommand first where it has one."""
        if "lead" not in self.entry:
            return parse(self.args, grammar(self.entry))
        lead = parse(self.args, grammar(self.entry, "lead_"))
        first = lead.rest[0].value if lead.rest and not lead.rest[0].many else None
        if lead.problem or (first is None and lead.rest):
            return replace(lead, rest=(), problem=lead.problem or "the subcommand is not known")
        if first not in self.entry["lead"]:
            return replace(lead, rest=(), starts=False)
        parsed = parse(lead.rest[1:], grammar(self.entry))
        return replace(parsed, options=(*lead.options, *parsed.options), lead=first or "")


class Started:
    """A program as it is started: its name, words, environment and the files in sight.

    words: its arguments; for an interpreter only those before the script. complete: whether all of
    them are known.
    """

    __slots__ = ("argv", "complete", "entry", "env", "image", "name", "view", "words", "workdir")

    def __init__(
        self,
        argv: Sequence[Word],
        entry: Mapping[str, Any],
        env: Mapping[str, str],
        view: ImageView | None,
        workdir: str,
        image: BaseImage | None,
    ) -> None:
        self.argv = tuple(argv)
        self.name = base_name(first_value(argv) or "")
        self.entry = entry
        before = before_script(argv, entry) if entry.get("interpreter") else len(argv)
        words = argv[1 : 1 + before]
        self.words = [w.value for w in words if w.value is not None and not w.many]
        self.complete = len(self.words) == len(words)
        self.env = env
        self.view = view
        self.workdir = workdir
        self.image = image

    @property
    def options(self) -> set[str]:
        """The words as a set."""
        return set(self.words)

    @property
    def first(self) -> str | None:
        """The first word that is no option and no option's value; None when it is not known."""
        at = 1 + before_script(self.argv, self.entry)
        if at >= len(self.argv):
            return ""
        return None if self.argv[at].many else self.argv[at].value

    def flag(self, *wanted: str) -> bool | None:
        """Whether one of these options is given, alone, in a cluster or with `=`."""
        short = {name[1] for name in wanted if len(name) == 2}
        given = any(
            word in wanted
            or word.partition("=")[0] in wanted
            or (_is_cluster(word) and bool(short & set(word[1:])))
            for word in self.words
        )
        return given or (False if self.complete else None)

    def pair(self, option: str, value: str) -> bool | None:
        """Whether `option value` or `option=value` is given."""
        joined = f"{option}={value}" in self.options
        following = any(
            a == option and b == value for a, b in zip(self.words, self.words[1:], strict=False)
        )
        return joined or following or (False if self.complete else None)

    def value(self, *names: str) -> str | None:
        """The value of an option, as the next word or behind `=`."""
        for index, word in enumerate(self.words):
            name, equals, attached = word.partition("=")
            if name in names:
                return attached if equals else next(iter(self.words[index + 1 :]), None)
        return None

    def text(self, path: str) -> str | None:
        """The contents of a file of the image, where they are in sight."""
        file = self.view.text(path) if self.view else None
        return file.text if file else None


def before_script(argv: Sequence[Word], entry: Mapping[str, Any]) -> int:
    """How many arguments come before the first that is no option, or before python's module."""
    values = entry.get("values", ())
    skip = False
    for index, word in enumerate(argv[1:]):
        if skip:
            skip = False
        elif word.value is None or word.many or not word.value.startswith("-"):
            return index
        elif deciding(word.value, entry) == "-m" and entry.get("modules"):
            return index + 1
        else:
            skip = deciding(word.value, entry) in values
    return len(argv) - 1


def deciding(word: str, entry: Mapping[str, Any]) -> str:
    """The option of a word that says what the next word is: `-e` of perl's `-wle`."""
    joins = entry.get("joins", "")
    several = len(word) > 2 and word[0] == "-" and all(letter in joins for letter in word[1:-1])
    return f"-{word[-1]}" if several else word


def _is_cluster(word: str) -> bool:
    return len(word) > 2 and word[0] == "-" and word[1:].isalpha()
