"""Programs that start another: finding the wrapped command by each one's argument grammar."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from importlib import import_module
from typing import TYPE_CHECKING, Any

from gracelint.atlas.argv import Parsed, base_name, first_value, grammar, parse
from gracelint.atlas.data import load
from gracelint.base.facts import Word
from gracelint.base.values import dataclass, replace
from gracelint.model.entries import Wrapped

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gracelint.model.entries import BaseImage
    from gracelint.model.view import ImageView


OTHER = "another subcommand, which runs no command"


@dataclass(frozen=True, slots=True)
class Call:
    """A wrapper as it is called.

    entry: its atlas data. key: its name in the atlas. args: what follows its name. env: the
    environment as far as it is known. view and workdir: where files that it reads are found. image:
    the base image, where known.
    """

    key: str
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
        if first not in self.entry["lead"].split():
            return replace(lead, rest=(), problem=OTHER)
        return parse(lead.rest[1:], grammar(self.entry))


Special = Callable[[Call], Wrapped | None]

_MODULES = {
    "wrap.system": "env sudo su runuser sg flock script separator",
    "wrap.inits": "tini dumb-init",
    "wrap.node": "npm npx yarn pnpm bun node-runner nodemon pm2",
    "wrap.services": "supervisord s6-svscan runsvdir my_init s6-overlay",
    "wrap.more": "apachectl busybox uv unread opentelemetry start-stop-daemon entrypoint",
}


def wrapper(
    argv: Sequence[Word],
    env: Mapping[str, str],
    view: ImageView | None = None,
    workdir: str = "/",
    image: BaseImage | None = None,
) -> Wrapped | None:
    """What `argv` starts on its way to the application; None when it is no known wrapper.

    env: the environment as far as it is known. A wrapper whose command cannot be told has `inner`
    and `shell_text` None and a `reason`.
    """
    command = first_value(argv)
    if command is None:
        return None
    name, entry = find(base_name(command))
    if not entry:
        return None
    return start(Call(name, entry, tuple(argv[1:]), env, view, workdir, image))


def find(name: str) -> tuple[str, Mapping[str, Any]]:
    """The entry for a program's name; an empty one when there is none."""
    table = load("wrappers")
    entry: Mapping[str, Any] = table.get(name, {})
    while "as" in entry:
        entry = {**table[entry["as"]], **{k: v for k, v in entry.items() if k != "as"}}
    return str(entry.get("key", name)), entry


def start(call: Call) -> Wrapped | None:
    """Read a call by its entry: by its grammar alone, or by a function of its own."""
    special = call.entry.get("special")
    if special is None:
        parsed = call.parse()
        return None if parsed.problem == OTHER else build(call, parsed)
    name = next(name for name, keys in _MODULES.items() if special in keys.split())
    found: Special = import_module(f"gracelint.atlas.{name}").SPECIAL[special]
    return found(call)


def build(call: Call, parsed: Parsed, **more: Any) -> Wrapped:
    """The result for a call whose command is what `parsed` leaves over."""
    fields = {**base_fields(call.entry), **more}
    for case in call.entry.get("when", ()):
        wanted = (case["options"], case.get("also", case["options"]))
        if all(parsed.has(*options.split()) for options in wanted):
            fields.update(case["set"])
    fields.setdefault("user", _user(call.entry, parsed))
    if parsed.assignments:
        fields["env"] = dict(parsed.assignments)
    if option := call.entry.get("kill_option"):
        fields["kill_after"] = seconds(parsed.value(*option.split()))
    if "inner" not in fields and "shell_text" not in fields:
        fields["inner"] = parsed.rest or None
        empty = "" if fields.get("services") else "no command follows"
        fields["reason"] = "" if parsed.rest else parsed.problem or empty
    return Wrapped(key=call.key, **fields)


_FIELDS = (
    "role",
    "behaviour",
    "source",
    "target",
    "rewrite",
    "kill_after",
    "subreaper",
    "reaps",
    "pid1_only",
    "env",
    "behaviour_in_group",
    "own_group",
    "leads_group",
    "note",
)


def base_fields(entry: Mapping[str, Any]) -> dict[str, Any]:
    """What an entry says of a wrapper, whatever its arguments are."""
    fields = {"role": "wrapper", **{key: entry[key] for key in _FIELDS if key in entry}}
    if "forwards" in entry:
        fields["forwards"] = frozenset(entry["forwards"].split())
    return fields


def _user(entry: Mapping[str, Any], parsed: Parsed) -> str | None:
    if entry.get("user_operand") and parsed.operands:
        return parsed.operands[0].value
    if option := entry.get("user_option"):
        return parsed.value(*option.split()) or entry.get("user_default")
    return None


_UNITS = {"s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}


def seconds(text: str | None) -> float | None:
    """`90`, `1.5m`, `infinity` of coreutils in seconds; None when it is no duration."""
    if not text:
        return None
    number, unit = (text[:-1], text[-1]) if text[-1] in _UNITS else (text, "s")
    try:
        return float(number) * _UNITS[unit]
    except ValueError:
        return None


def as_word(value: str | None, near: Word | str | None = None) -> Word:
    """A word that has no place of its own in a file, except that of the word it comes from."""
    return Word(value, near.span if isinstance(near, Word) else None)
