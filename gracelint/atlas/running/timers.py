"""Inner timers: how long a stop may take by a program's own limits, and where that is set."""

from __future__ import annotations

import re
from fnmatch import fnmatchcase
from math import inf
from typing import TYPE_CHECKING, Any

from gracelint.base import durations, lazy
from gracelint.base.paths import absolute
from gracelint.base.values import replace
from gracelint.model.entries import InnerTimer, Limit

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from gracelint.base.facts import Word
    from gracelint.base.source import Span, Text
    from gracelint.model.entries import ImageView, Program

_MOST = 200_000
_FILES = 100
_DEFAULTED = lazy.compile(r"\$\{[^:}\s]*:([^}\s]+)\}")


def limits(
    tables: Iterable[Mapping[str, Any]],
    arguments: Sequence[Word],
    env: Mapping[str, str],
    view: ImageView | None,
    workdir: str,
) -> tuple[Limit, ...]:
    """The timers of an entry as they are set, for a program started with these arguments."""
    return tuple(_limit(_timer(t), arguments, env, view, workdir) for t in tables)


def _timer(table: Mapping[str, Any]) -> InnerTimer:
    fields: dict[str, Any] = {k: tuple(v) if isinstance(v, list) else v for k, v in table.items()}
    return InnerTimer(**fields)


def longest(limits_set: Iterable[Limit], sent: Iterable[str] = ()) -> Limit | None:
    """The program's own timer that is over last, with what runs before it; None without one.

    sent: the signals that it gets, where they are known: a timer may count on some only. Its
    seconds are None where one of them may be set out of sight.
    """
    signals = set(sent)
    counted = [limit for limit in limits_set if not limit.owner and _counts(limit, signals)]
    last = [limit for limit in counted if not limit.adds]
    if any(limit.hidden for limit in counted):
        return Limit(hidden=True)
    timed = [limit for limit in last if limit.seconds is not None]
    if not timed:
        return next((limit for limit in last if limit.chosen), None)
    most = max(timed, key=_seconds)
    before = [limit for limit in counted if limit.adds and limit.seconds]
    chosen = next((limit for limit in (most, *before) if limit.chosen), most)
    return replace(chosen, seconds=_seconds(most) + sum(map(_seconds, before)), adds=False)


def unset(program: Program, signal: str) -> InnerTimer | None:
    """The timer without which a program cuts off what it should finish on a signal: 0 by default.

    None for a signal that is not its graceful one, and for a program without such a timer.
    """
    timers = (limit.timer for limit in program.limits if signal in limit.on)
    zero = (timer for timer in timers if timer is not None and timer.seconds == 0)
    return next(zero, None) if signal == program.graceful_signal else None


def _counts(limit: Limit, sent: set[str]) -> bool:
    return not limit.on or not sent or not sent.isdisjoint(limit.on)


def _seconds(limit: Limit) -> float:
    return limit.seconds or 0.0


def _limit(
    timer: InnerTimer,
    arguments: Sequence[Word],
    env: Mapping[str, str],
    view: ImageView | None,
    workdir: str,
) -> Limit:
    """By an option, a variable, a file, or by default."""
    plain = Limit(timer.owner, timer.seconds, on=timer.on, adds=timer.adds, timer=timer)
    given = _by_option(timer, arguments)
    if given is not None:
        return replace(plain, seconds=_read(timer, given[0]), span=given[1], chosen=True)
    if timer.options and any(word.many for word in arguments):
        return replace(plain, seconds=None, hidden=True)
    for name in env:
        if _is_one_of(name, timer.env):
            seconds = _read(timer, env[name])
            return replace(plain, seconds=seconds, variable=name, chosen=True)
        value = _in_words(timer, env[name]) if name in timer.arguments_env else None
        if value is not None:
            return replace(plain, seconds=_read(timer, value), variable=name, chosen=True)
    return _by_file(timer, plain, arguments, view, workdir)


def may_be_set(limit: Limit, env: Mapping[str, Word]) -> bool:
    """Whether a variable whose value is not known may set a timer, and nothing in sight does."""
    timer = limit.timer
    if timer is None or limit.chosen:
        return False
    names = (*timer.env, *timer.arguments_env)
    return any(_is_one_of(name, names) and word.value is None for name, word in env.items())


def _by_option(
    timer: InnerTimer, arguments: Sequence[Word], options: tuple[str, ...] = ()
) -> tuple[str | None, Span | None] | None:
    """The value of an option and the word that has it."""
    names = options or timer.options
    for at, word in enumerate(arguments):
        if word.value is None or word.many:
            continue
        name, equals, value = word.value.partition("=")
        if _is_one_of(name, names):
            following = arguments[at + 1] if at + 1 < len(arguments) else word
            return (value, word.span) if equals else (following.value, following.span)
        short = word.value[:2]
        if short in names and short[1:2] != "-" and word.value[2:].isdigit():
            return word.value[2:], word.span
    return None


def _in_words(timer: InnerTimer, text: str) -> str | None:
    """The value of an option among the arguments that a variable holds."""
    import shlex

    try:
        words = shlex.split(text[:_MOST])
    except ValueError:
        return None
    for word, after in zip(words, [*words[1:], ""], strict=False):
        name, equals, value = word.partition("=")
        if _is_one_of(name, timer.options):
            return value if equals else after
    return None


def _is_one_of(name: str, wanted: Iterable[str]) -> bool:
    return any(
        fnmatchcase(name.lower(), pattern.lower()) if "*" in pattern else name == pattern
        for pattern in wanted
    )


def _by_file(
    timer: InnerTimer,
    plain: Limit,
    arguments: Sequence[Word],
    view: ImageView | None,
    workdir: str,
) -> Limit:
    """By the file that an option names, else by those that are read anyhow; the last one counts."""
    named = _by_option(timer, arguments, timer.file_options) if timer.file_options else None
    result = plain
    for path in _paths(timer, named, view, workdir):
        text = view.text(path) if view is not None else None
        if text is None:
            if named is not None or _is_listed(path, view):
                result = replace(plain, seconds=None, hidden=True)
            continue
        setting = settings(timer, text)
        if setting is not None:
            result = replace(plain, seconds=setting[0], span=setting[1], chosen=True)
    return result


def _paths(
    timer: InnerTimer,
    named: tuple[str | None, Span | None] | None,
    view: ImageView | None,
    workdir: str,
) -> list[str]:
    if named is not None:
        kind, colon, rest = (named[0] or "").partition(":")
        if colon and kind == "python":  # a module that gunicorn imports
            return [absolute(rest.replace(".", "/") + ".py", workdir)]
        return [absolute(rest if colon and kind == "file" else named[0] or "", workdir)]
    paths: list[str] = []
    for pattern in timer.files:
        paths += _expanded(absolute(pattern, workdir), view)
    return paths[:_FILES]


def _expanded(pattern: str, view: ImageView | None) -> list[str]:
    """The files that a path with `*` in its parts means, in order; a folder means those in it."""
    if view is None:
        return []
    paths = ["/"]
    for part in pattern.strip("/").split("/"):
        below: list[str] = []
        for folder in paths:
            names = [part] if "*" not in part else view.names(folder) or ()
            below += [absolute(n, folder) for n in sorted(names) if fnmatchcase(n, part)]
        paths = below[:_FILES]
    return [p for path in paths for p in _in_folder(path, view)]


def _in_folder(path: str, view: ImageView) -> Iterator[str]:
    names = view.names(path)
    if names:
        yield from (absolute(name, path) for name in sorted(names)[:_FILES])
    else:
        yield path


def _is_listed(path: str, view: ImageView | None) -> bool:
    folder, _, name = path.rpartition("/")
    return view is not None and name in (view.names(folder or "/") or ())


def settings(timer: InnerTimer, text: Text) -> tuple[float | None, Span] | None:
    """The longest time that a file sets, and where; None where it does not say."""
    if not timer.setting or len(text.text) > _MOST:
        return None
    name = re.escape(timer.setting)
    pattern = (
        rf"^(?![ \t]*(?://|/?\*))[^#;\n]*?(?<![\w-]){name}\b[\"']?[ \t]*(?:=>|[=:( \t])[ \t]*"
        + _DEFAULT_OF
        + r"[\"']?"
        + _VALUE
    )
    values = [
        (_read(timer, match[1]), text.span(match.start(1), match.end(1)))
        for match in re.finditer(pattern, text.text, re.MULTILINE | re.IGNORECASE)
    ]
    return max(values, key=lambda item: item[0] or 0.0) if values else None


_DEFAULT_OF = (
    r"(?:(?:(?:int|float)\([ \t]*)?(?:\w+\.)*(?:env|getenv|config|environ\.get|env\.int|env\.float)"
    r"\([ \t]*[\"']\w+[\"'],[ \t]*(?:default[ \t]*=[ \t]*)?)?"
)
"""In front of the value that a setting has where no variable says otherwise."""
_VALUE = r"(TimeSpan\.From\w+\([0-9.]+\)|[^\s;\"',#()]+(?:[ \t]*\*[ \t]*[0-9]+)*)"


def _read(timer: InnerTimer, text: str | None) -> float | None:
    """Seconds as the timer's program writes them; None for what it would not take."""
    if text is None:
        return None
    parse: Callable[[str], float | None] = getattr(durations, timer.notation)
    defaulted = _DEFAULTED.fullmatch(text)
    seconds = parse(defaulted[1] if defaulted else text)
    return seconds if seconds is not None and 0 <= seconds < inf else None
