"""`argparse`: which part of a program a command line asks for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gracelint.simulate.sources.library.python.language import FUNCTIONS, PYTHON
from gracelint.simulate.sources.machine.values import NOTHING, Items, Record, Thing, spelled

if TYPE_CHECKING:
    from gracelint.simulate.sources.machine.state import Given

PARSER, COMMANDS = PYTHON.methods["arguments"], PYTHON.methods["commands"]
_FLAGS = frozenset({"store_true", "store_false", "store_const", "count", "version", "help"})


def _parser() -> Record:
    """options: by their flags, where their value goes and whether they have one. places: what the
    words without a flag are, and how many. defaults: what is there without any.
    """
    return Record("arguments", {"options": {}, "places": [], "defaults": {}, "commands": None})


@FUNCTIONS.add("argparse.ArgumentParser")
def _new(given: Given) -> Any:
    del given
    return _parser()


@PARSER.add("add_argument_group", "add_mutually_exclusive_group")
def _group(given: Given) -> Any:
    return given.receiver


@PARSER.add("add_argument")
def _add(given: Given) -> Any:
    flags = [text for text in map(spelled, given.arguments) if text]
    if not flags:
        return NOTHING
    fields, words = given.receiver.fields, given.keywords
    longest = max(flags, key=len)
    dest = spelled(words.get("dest")) or longest.lstrip("-").replace("-", "_")
    default = words.get("default")
    if words.get("action") in {"store_true", "store_false"}:
        default = words["action"] == "store_false"
    fields["defaults"][dest] = default
    if flags[0].startswith("-"):
        fields["options"].update({f: (dest, words.get("action") in _FLAGS) for f in flags})
    else:
        fields["places"].append((dest, words.get("nargs")))
    return NOTHING


@PARSER.add("set_defaults")
def _set_defaults(given: Given) -> Any:
    given.receiver.fields["defaults"].update(given.keywords)
    return None


@PARSER.add("add_subparsers")
def _add_commands(given: Given) -> Any:
    commands = Record("commands", {"dest": spelled(given.keywords.get("dest")), "parsers": {}})
    given.receiver.fields["commands"] = commands
    return commands


@COMMANDS.add("add_parser")
def _add_command(given: Given) -> Any:
    parser = _parser()
    aliases = given.keywords.get("aliases")
    more = aliases.items if isinstance(aliases, Items) else []
    given.receiver.fields["parsers"].update(dict.fromkeys([given.get(0), *more], parser))
    return parser


@PARSER.add("parse_args", "parse_known_args")
def _parse(given: Given) -> Any:
    asked = given.get(0, "args")
    words = asked.items if isinstance(asked, Items) else given.machine.environment["argv"][1:]
    namespace = Record("namespace", {}, open=True)
    _fill(given.receiver, list(words), namespace.fields)
    return namespace if given.path == "parse_args" else Items([namespace, Items([], whole=False)])


def _fill(parser: Record, words: list[Any], values: dict[str, Any]) -> None:
    """Take a command line apart; what comes behind a word that is not known is not known."""
    fields = parser.fields
    values.update(fields["defaults"])
    places = list(fields["places"])
    while words:
        word = words.pop(0)
        if not isinstance(word, str):
            values.update(dict.fromkeys((dest for dest, _ in places), NOTHING))
            return
        flag, _, value = word.partition("=")
        if word.startswith("-") and len(word) > 1:
            dest, alone = fields["options"].get(flag, ("", "=" in word))
            given = value or (words.pop(0) if words and not alone else NOTHING)
            values[dest] = not values.get(dest) if alone else _typed(given)
        elif places:
            dest, several = places.pop(0)
            values[dest] = Items([word, *words]) if several not in {None, "?"} else _typed(word)
            words = [] if several not in {None, "?"} else words
        elif fields["commands"] is not None:
            _command(fields["commands"], word, words, values)
            return


def _command(commands: Record, word: str, words: list[Any], values: dict[str, Any]) -> None:
    if commands.fields["dest"]:
        values[commands.fields["dest"]] = word
    parser = commands.fields["parsers"].get(word)
    if parser is not None:
        _fill(parser, words, values)


def _typed(value: Any) -> Any:
    """A word's value: what `type` makes of it is mostly a number."""
    return Thing("number") if isinstance(value, str) and value.isdigit() else value
