"""What a wrapper's call comes to: the facts of its entry, by the options that it is given."""

from __future__ import annotations

from gracelint.base.durations import coreutils as seconds
from gracelint.base.facts import Word
from gracelint.base.typed import TYPE_CHECKING, Any
from gracelint.model.entries import Wrapped

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gracelint.atlas.argv import Parsed
    from gracelint.atlas.call import Call


def build(call: Call, parsed: Parsed, **more: Any) -> Wrapped:
    """The result for a call whose command is what `parsed` leaves over."""
    fields = {**base_fields(call.entry), **more}
    for variant in call.entry.get("variants", ()):
        if _holds(variant["if"], parsed):
            fields.update((key, value) for key, value in variant.items() if key != "if")
    if timers := call.entry.get("timers"):
        from gracelint.atlas.running.timers import limits

        fields["limits"] = limits(timers, call.args, call.env, call.view, call.workdir)
    fields.setdefault("user", _user(call.entry, parsed))
    if parsed.assignments:
        fields["env"] = dict(parsed.assignments)
    if options := call.entry.get("kill_after_options"):
        fields["kill_after"] = seconds(parsed.value(*options))
    fields["refused"] = parsed.refused and call.entry.get("strict", False)
    if "inner" not in fields and "shell_text" not in fields:
        fields["inner"] = parsed.rest or None
        empty = "" if fields.get("services") else "no command follows"
        fields["reason"] = "" if parsed.rest else parsed.problem or empty
    return Wrapped(key=call.entry.get("key", call.name), **fields)


def _holds(condition: Mapping[str, Any], parsed: Parsed) -> bool:
    """Whether one of the options is given, one of those that come with it, and the subcommand."""
    options = (condition[key] for key in ("flags", "also") if key in condition)
    return all(parsed.has(*names) for names in options) and (
        parsed.lead in condition.get("lead", (parsed.lead,))
    )


_FIELDS = (
    "role",
    "behaviour",
    "source",
    "target",
    "rewrite",
    "kill_after",
    "sits_out",
    "subreaper",
    "reaps",
    "pid1_only",
    "env",
    "behaviour_in_group",
    "own_group",
    "leads_group",
    "execvp",
    "usual_wait",
    "waits_for_groups",
    "reaper",
    "outlives",
    "stays",
    "resignals",
    "repeats",
    "package_scripts",
    "instead",
    "login_shell",
    "lag",
    "note",
)


def base_fields(entry: Mapping[str, Any]) -> dict[str, Any]:
    """What an entry says of a wrapper, whatever its arguments are."""
    fields = {"role": "wrapper", **{key: entry[key] for key in _FIELDS if key in entry}}
    for name in ("forwards", "stops_on"):
        if name in entry:
            fields[name] = frozenset(entry[name])
    return fields


def _user(entry: Mapping[str, Any], parsed: Parsed) -> str | None:
    if entry.get("user_operand") and parsed.operands:
        return parsed.operands[0].value
    if options := entry.get("user_options"):
        return parsed.value(*options) or entry.get("user_default")
    return None


def as_word(value: str | None, near: Word | str | None = None) -> Word:
    """A word that has no place of its own in a file, except that of the word it comes from."""
    return Word(value, near.span if isinstance(near, Word) else None)
