"""Development reloaders: programs that start the application again when its files change."""

from __future__ import annotations

from gracelint.atlas.argv import base_name
from gracelint.atlas.table import table
from gracelint.atlas.wrappers import find
from gracelint.base.typed import TYPE_CHECKING, Any
from gracelint.base.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from gracelint.base.facts import Word


@dataclass(frozen=True, slots=True)
class Reloader:
    """What makes a command line a reloader's.

    words: the program's name and what asks for the reloader, as written. at: the word that asks for
    it. source: the document that says so. for_browsers: whether what it serves runs in browsers;
    applications: but not where the project has one of these packages. finishes: whether it lets the
    application finish on a stop.
    """

    words: str
    at: Word
    source: str
    for_browsers: bool = False
    applications: Sequence[str] = ()
    finishes: bool = False


def reloader(argv: Sequence[Word], env: Mapping[str, str]) -> Reloader | None:
    """The reloader that a command line starts; None where it certainly or possibly starts none.

    An entry of the table asks for all that it names: `first`, the first word that is no option;
    `before`, options in front of that; `any`, options anywhere, or else `env`, variables and their
    values. `unless` are options that take it back, `values` those that have the next word as value,
    `skip` a first word that changes nothing.
    """
    words = _own_words(argv)
    name = base_name(words[0].value or "") if words else ""
    entry = _named(name)
    if entry is None or any(w.value in entry.get("unless", ()) for w in words[1:]):
        return None
    asked = _asked(words, entry, env)
    if asked is None:
        return None
    shown = " ".join(dict.fromkeys([name, *asked[1]]))
    for_browsers, applications = bool(entry.get("for-browsers")), entry.get("applications", ())
    finishes = bool(entry.get("finishes"))
    return Reloader(shown, asked[0], entry["source"], for_browsers, applications, finishes)


def _own_words(argv: Sequence[Word]) -> Sequence[Word]:
    """The words from the program on that an interpreter runs: `python manage.py`, `python -m`."""
    name = base_name(argv[0].value or "") if argv else ""
    if name.rstrip("0123456789.") in {"python", "pypy"}:
        rest = [w for w in argv[1:] if w.value not in {"-u", "-B", "-O", "-I", "-E", "-s"}]
        if rest and rest[0].value == "-m":
            return rest[1:]
        return rest if rest and not (rest[0].value or "").startswith("-") else argv
    second = (argv[1].value or "") if len(argv) > 1 else ""
    if name in {"node", "nodejs"} and "/.bin/" in second:
        return argv[1:]
    if name.startswith("php") and base_name(second) == "artisan":
        return argv[1:]
    return argv


def _asked(
    words: Sequence[Word], entry: Mapping[str, Any], env: Mapping[str, str]
) -> tuple[Word, list[str]] | None:
    """The word that asks for the reloader, and what to show of it."""
    at, shown = words[0], list[str]()
    front, first = _front(words[1:], entry)
    if "first" in entry:
        if first is None or first.value not in entry["first"]:
            return None
        at, shown = first, [str(first)]
    wanted = entry.get("before") or entry.get("any")
    if not wanted:
        return at, shown
    option = _option(front if "before" in entry else words[1:], wanted)
    if option is not None:
        return option, [*shown, (option.value or "").partition("=")[0]]
    return _by_env(entry, env, at, shown)


def _front(words: Sequence[Word], entry: Mapping[str, Any]) -> tuple[Sequence[Word], Word | None]:
    """The options in front, and the first word that is none."""
    values, skip = entry.get("values", ()), entry.get("skip", ())
    past = False
    for index, word in enumerate(words):
        if word.value is None or word.many:
            return words[:index], None
        if not past and not word.value.startswith("-") and word.value not in skip:
            return words[:index], word
        past = word.value in values and not past
    return words, None


def _option(words: Sequence[Word], wanted: Sequence[str]) -> Word | None:
    for word in words:
        if (word.value or "").partition("=")[0] in wanted:
            return word
    return None


def _by_env(
    entry: Mapping[str, Any], env: Mapping[str, str], at: Word, shown: list[str]
) -> tuple[Word, list[str]] | None:
    for name, values in entry.get("env", {}).items():
        if env.get(name, "").lower() in values:
            return at, [*shown, f"({name}={env[name]})"]
    return None


def _named(name: str) -> Mapping[str, Any] | None:
    """What makes a program's call a reloader's, and where that is from."""
    for entry in (find(name), table("programs").find(name)):
        if entry is not None and "reloader" in entry:
            return {**entry["reloader"], "source": entry["source"]}
    return None
