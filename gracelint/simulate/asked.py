"""What the run of a launch asks of its environment and its files, noted with the answers."""

from __future__ import annotations

from collections.abc import Mapping

from gracelint import atlas
from gracelint.base.facts import Word
from gracelint.base.paths import absolute
from gracelint.base.typed import TYPE_CHECKING
from gracelint.base.values import replace
from gracelint.model.workload import ImageFiles

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from gracelint.base.source import Span, Text
    from gracelint.model.workload import ImageFile, Workload


class Values(Mapping[str, str]):
    """The values of an environment as far as they are known, each read when it is asked for."""

    __slots__ = ("_env",)

    def __init__(self, env: Mapping[str, Word]) -> None:
        self._env = env

    def __getitem__(self, name: str) -> str:
        value = self._env[name].value
        if value is None:
            raise KeyError(name)
        return value

    def __iter__(self) -> Iterator[str]:
        return (name for name, word in self._env.items() if plain(word).value is not None)

    def __len__(self) -> int:
        return sum(1 for _ in self)


def watched(workload: Workload) -> tuple[Workload, set[str], Questions]:
    """The same launch, with the variables whose values are read from now on, and what is asked of
    its files.
    """
    names: set[str] = set()
    files = Questions(workload.files)
    env = {name: Watched(word, name, names) for name, word in workload.env.items()}
    return replace(workload, env=env, files=files), names, files


def plain(word: Word) -> Word:
    """A variable's word, without noting that anybody reads it."""
    return word.word if isinstance(word, Watched) else word


class Watched(Word):
    """A variable's word, which notes that its value is read."""

    def __init__(self, word: Word, name: str, names: set[str]) -> None:
        self.word = word
        self.name = name
        self._names = names

    @property  # type: ignore[misc]
    def __class__(self) -> type[Word]:  # type: ignore[override]
        """For whoever compares or changes it, it is a word as all others."""
        return Word

    def __reduce__(self) -> tuple[Callable[..., Word], tuple[object, ...]]:
        word = self.word
        return Word, (word.value, word.span, word.text, word.reason, word.many)

    @property
    def value(self) -> str | None:
        self._names.add(self.name)
        return self.word.value

    @property
    def text(self) -> Text | None:
        self._names.add(self.name)
        return self.word.text

    @property
    def span(self) -> Span | None:
        return self.word.span

    @property
    def reason(self) -> str:
        return self.word.reason

    @property
    def many(self) -> bool:
        return self.word.many


class Questions(ImageFiles):
    """Files, with what was asked of them. answers: by the question's name and words."""

    # ruff: noqa: D102 - each as ImageFiles says

    __slots__ = ("_files", "answers")

    def __init__(self, files: ImageFiles) -> None:
        super().__init__({}, complete=files.complete)
        self._files = files
        self.answers: dict[tuple[str, ...], object] = {}

    def asks(self, files: ImageFiles) -> bool:
        """Whether these files are the ones asked."""
        return self._files is files

    def _ask(self, *question: str) -> object:
        if question not in self.answers:
            self.answers[question] = answer(self._files, question)
        return self.answers[question]

    def __iter__(self) -> Iterator[ImageFile]:
        return iter(self._ask("__iter__"))  # type: ignore[call-overload,no-any-return]

    def paths(self) -> Iterable[str]:
        return self._ask("paths")  # type: ignore[return-value]

    def ending(self, *suffixes: str) -> Sequence[ImageFile]:
        return self._ask("ending", *suffixes)  # type: ignore[return-value]

    def get(self, path: str) -> ImageFile | None:
        return self._ask("get", path)  # type: ignore[return-value]

    def text(self, path: str) -> Text | None:
        return self._ask("text", path)  # type: ignore[return-value]

    def names(self, folder: str) -> Sequence[str] | None:
        return self._ask("names", folder)  # type: ignore[return-value]

    def holds(self, folder: str) -> bool:
        return self._ask("holds", folder)  # type: ignore[return-value]

    def hides(self, path: str) -> str:
        return self._ask("hides", path)  # type: ignore[return-value]

    def untouched(self, path: str) -> bool:
        return self._ask("untouched", path)  # type: ignore[return-value]

    def lacks(self, path: str) -> bool:
        return self._ask("lacks", path)  # type: ignore[return-value]

    def only_scripts(self) -> bool:
        return self._ask("only_scripts")  # type: ignore[return-value]

    def is_folder(self, path: str) -> bool:
        return self._ask("is_folder", path)  # type: ignore[return-value]

    def link(self, path: str) -> str:
        return self._ask("link", path)  # type: ignore[return-value]

    def find(self, command: str, path: str, workdir: str) -> ImageFile | None:
        return self._ask("find", command, path, workdir)  # type: ignore[return-value]

    def makers(self, path: str) -> list[tuple[ImageFiles, str]]:
        makers: list[tuple[Questions, str]] = self._ask("makers", path)  # type: ignore[assignment]
        return [(self if m.asks(self._files) else m, there) for m, there in makers]

    def outside(self, path: str) -> list[tuple[ImageFiles, str]]:
        return self._ask("outside", path)  # type: ignore[return-value]

    def commands(self) -> tuple[str, ...]:
        return self._ask("commands")  # type: ignore[return-value]

    def origins(self, path: str) -> list[ImageFiles]:
        return self._ask("origins", path)  # type: ignore[return-value]


def answer(files: ImageFiles, question: tuple[str, ...]) -> object:
    """What files answer; other files are watched as well."""
    name, *words = question
    answers = getattr(files, name)(*words)
    if name in {"makers", "outside"}:
        return [(Questions(other), path) for other, path in answers]
    if name == "origins":
        return [Questions(other) for other in answers]
    return tuple(answers) if name in {"__iter__", "paths", "ending"} else answers


def with_options(argv: tuple[Word, ...], env: Mapping[str, Word]) -> tuple[Word, ...]:
    """The words of a command of Java's, with those that the JVM takes from the environment."""
    if argv[0].called != "java":
        return argv
    held = (env.get(name) for name in _OF_JVM)
    words = [w for value in held if value is not None for w in (value.value or "").split()]
    return (argv[0], *map(Word, words), *argv[1:])


_OF_JVM = ("JAVA_TOOL_OPTIONS", "JDK_JAVA_OPTIONS", "_JAVA_OPTIONS")


def with_script(
    files: ImageFiles, argv: tuple[Word, ...], env: Mapping[str, Word], cwd: str
) -> tuple[Word, ...]:
    """The words by which the atlas is asked: `python -m NAME` is no program of that name where the
    module is the project's own, nor is a `manage.py` Django's that does not name it.
    """
    argv = _without_namesakes(files, with_options(argv, env), cwd)
    at = next((i for i, word in enumerate(argv) if i and word.value == "-m"), 0)
    name = argv[at + 1].value if at and at + 1 < len(argv) else None
    interpreter = argv[0].called.startswith("python")
    if name is None or not interpreter:
        return argv
    listed = env.get("PYTHONPATH")
    folders = ((listed.value if listed is not None else "") or "").split(":")
    roots = (cwd, *(absolute(folder, cwd) for folder in folders if folder))
    paths = [absolute(name.replace(".", "/"), root) for root in roots]
    places = [place for path in paths for place in (f"{path}/__main__.py", f"{path}.py")]
    if not any(files.get(place) for place in places):
        return argv
    return (*argv[:at], Word("./main.py"), *argv[at + 2 :])


def _without_namesakes(files: ImageFiles, argv: tuple[Word, ...], cwd: str) -> tuple[Word, ...]:
    for at, word in enumerate(argv[1:4], 1):
        if word.value is None or word.value.startswith("-"):
            continue
        wanted = atlas.mark(word.value.rpartition("/")[2])
        file = files.get(absolute(word.value, cwd)) if wanted else None
        if file is not None and file.text is not None and wanted not in file.text.text:
            return (*argv[:at], Word("./main"), *argv[at + 1 :])
        break
    return argv
