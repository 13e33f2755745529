"""What a shell keeps in mind: its start, its variables, and the command that it is at."""

from __future__ import annotations

from gracelint.base.typed import TYPE_CHECKING
from gracelint.base.values import dataclass, field, replace

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gracelint.base.facts import Word
    from gracelint.base.source import Text
    from gracelint.model.entries import Shell as Kind
    from gracelint.syntax.shell import tree

MAX_CALLS = 40  # functions, `eval` and sourced files within one another


@dataclass(frozen=True, slots=True)
class Start:
    """What a shell is started to run. source: the text of a file, or the word behind -c."""

    kind: Kind
    source: Word | Text
    name: Word
    args: tuple[Word, ...]
    form: str
    path: str
    options: frozenset[str]


@dataclass(frozen=True, slots=True)
class Tail:
    """The command is the last one, and the shell may run it in its own process.

    allowed: the constructs around it through which this shell still does so: `and`, `sequence`,
    `lines`, `background` (what comes before was started with `&`), `group`, `subshell`, `if`,
    `case`; for the command itself `single`, `assigned`, `redirected`, `redirected-alone` (only
    where nothing is around
    it). `sequence+and` is an `&&` behind a `;` of the same line. inside: the innermost construct
    so far.
    """

    allowed: frozenset[str]
    inside: str = ""

    def via(self, construct: str) -> Tail | None:
        """The same inside a construct; None: this shell does not."""
        wanted = "sequence+and" if (self.inside, construct) == ("sequence", "and") else construct
        return Tail(self.allowed, construct) if wanted in self.allowed else None

    def leaf(self, node: tree.Simple, *, trapped: bool) -> Tail | None:
        """For a simple command: settings and redirections count, a trap prevents it."""
        if trapped or (not self.inside and "single" not in self.allowed):
            return None
        if node.assignments and "assigned" not in self.allowed:
            return None
        alone = not self.inside and "redirected-alone" in self.allowed
        return None if node.redirects and not alone and "redirected" not in self.allowed else self


@dataclass(frozen=True, slots=True)
class Call:
    """A command as a builtin is given it.

    words: after expansion, its name first. targets: what its redirections name, in their order;
    None for a here-document.
    """

    node: tree.Simple
    words: tuple[Word, ...]
    targets: tuple[Word | None, ...]
    tail: Tail | None

    @property
    def args(self) -> tuple[Word, ...]:
        """The words behind the name."""
        return self.words[1:]


@dataclass(frozen=True, slots=True)
class Caller:
    """What a function's caller was at, to be put back when the function returns. scope: what the
    caller itself has made local.
    """

    script: tree.Script
    args: tuple[Word, ...]
    frames: tuple[str, ...]
    stack: frozenset[str]
    scope: tuple[Held, ...]


@dataclass(frozen=True, slots=True)
class Held:
    """What a name stands for; value, array: None where it has none. known: whether an array has
    values that are known.
    """

    name: str
    value: Word | None
    array: tuple[Word, ...] | None
    known: bool
    exported: bool


@dataclass(slots=True)
class Variables:
    """Variables, arrays and functions of a shell. An array of None is unknown. maps: associative
    arrays. refs: names that stand for other names (`local -n`). integers: variables whose values
    are calculated (`declare -i`).

    Forked shells share them until one of them changes something. owned: whether they are this
    shell's alone.
    """

    values: dict[str, Word] = field(default_factory=dict)
    arrays: dict[str, tuple[Word, ...] | None] = field(default_factory=dict)
    exported: set[str] = field(default_factory=set)
    functions: dict[str, tuple[tree.Script, tree.Function]] = field(default_factory=dict)
    maps: dict[str, dict[str, Word] | None] = field(default_factory=dict)
    refs: dict[str, str] = field(default_factory=dict)
    aliases: dict[str, Word] = field(default_factory=dict)
    integers: frozenset[str] = frozenset()
    owned: bool = True
    handed: dict[str, Word] | None = None  # to children, where nothing of it has changed

    def copy(self) -> Variables:
        """The same for a copy of the shell."""
        self.owned = False
        return replace(self)

    def holds(self, other: Variables) -> bool:
        """Whether there is the same in both."""
        names = (name for name in Variables.__match_args__ if name not in {"owned", "handed"})
        pairs = ((getattr(self, name), getattr(other, name)) for name in names)
        return all(mine is its or mine == its for mine, its in pairs)

    def _separate(self) -> None:
        """Before a change."""
        if not self.owned:
            self.values, self.arrays = dict(self.values), dict(self.arrays)
            self.exported, self.functions = set(self.exported), dict(self.functions)
            self.maps = {n: None if m is None else dict(m) for n, m in self.maps.items()}
            self.refs, self.aliases = dict(self.refs), dict(self.aliases)
            self.owned = True

    def assign(self, name: str, value: Word) -> None:
        """Set a variable."""
        self._separate()
        name = self.refs.get(name, name)
        self.arrays.pop(name, None)
        self.values[name] = value
        if name in self.exported:
            self.handed = None

    def held(self, name: str) -> Held:
        """What a name stands for now."""
        array = self.arrays.get(name)
        known = name not in self.arrays or array is not None
        return Held(name, self.values.get(name), array, known, name in self.exported)

    def put_back(self, held: Held) -> None:
        """Have a name stand for what it stood for before."""
        self._separate()
        self.values.pop(held.name, None)
        self.arrays.pop(held.name, None)
        if held.value is not None:
            self.values[held.name] = held.value
        if held.array is not None or not held.known:
            self.arrays[held.name] = held.array
        if not held.exported:
            self.exported.discard(held.name)
        self.handed = None

    def fill(self, name: str, values: tuple[Word, ...] | None) -> None:
        """Set an array; None: it is unknown."""
        self._separate()
        name = self.refs.get(name, name)
        self.arrays[name] = values

    def put(self, name: str, key: str | None, value: Word) -> None:
        """Set an entry of an associative array; a key of None is unknown."""
        self._separate()
        entries = self.maps.get(name)
        if key is None or entries is None:
            self.maps[name] = None
        else:
            entries[key] = value

    def associate(self, name: str) -> None:
        """Have an associative array, empty unless there is one."""
        self._separate()
        self.maps.setdefault(name, {})

    def export(self, name: str) -> None:
        """Have children get a variable."""
        self._separate()
        self.exported.add(name)
        self.handed = None

    def define(self, name: str, script: tree.Script, function: tree.Function) -> None:
        """Set a function."""
        self._separate()
        self.functions[name] = (script, function)

    def unset(self, name: str) -> None:
        """Take away what has this name, or one element of an array: `a[1]`."""
        self._separate()
        array, is_one, index = name.removesuffix("]").partition("[")
        if is_one:
            self._without(self.refs.get(array, array), index)
            return
        self.maps.pop(name, None)
        self.refs.pop(name, None)
        self.values.pop(name, None)
        self.handed = None
        self.arrays.pop(name, None)
        self.functions.pop(name, None)

    def _without(self, name: str, index: str) -> None:
        """Take an element away; the others keep their numbers."""
        if name not in self.maps:
            values = self.arrays.pop(name, None)
            self.maps[name] = None
            if values is not None and index.isdigit() and not any(w.many for w in values):
                self.maps[name] = {str(at): value for at, value in enumerate(values)}
        entries = self.maps[name]
        if entries is not None:
            entries.pop(index.strip("\"'"), None)

    def refer(self, name: str, other: str) -> None:
        """Have a name stand for another."""
        self._separate()
        self.refs[name] = self.refs.get(other, other)

    def rename(self, name: str, text: Word) -> None:
        """Have a name as a command stand for a text."""
        self._separate()
        self.aliases[name] = text

    def environment(self) -> Mapping[str, Word]:
        """What children get."""
        if self.handed is None:
            exported = self.exported
            self.handed = {name: word for name, word in self.values.items() if name in exported}
        return self.handed
