"""Small programs that only turn text into text: what they write is worked out where it can be.

Each is given its arguments and what it reads, None where it reads something unknown. It answers
with what it writes and its status, or with None where the text in sight does not decide.
Source: POSIX.1-2017, "Utilities"; GNU coreutils 9.
"""

from __future__ import annotations

import re
from os.path import commonprefix

from gracelint.base import expressions, lazy
from gracelint.base.integers import whole
from gracelint.base.typed import TYPE_CHECKING, TypeAlias
from gracelint.simulate.shell.expansion.formats import formatted

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

Args: TypeAlias = "Sequence[str]"
Answer: TypeAlias = "tuple[str, int] | None"

MAX_LINES = 1_000
MAX_LONE = 500  # characters over which a pattern is laid without counting how often it can be
MAX_STEPS = 1_000_000
_NUMBER = lazy.compile(r"[0-9]{1,9}")


def answer(name: str, args: Args, text: str | None) -> Answer:
    """What a tool writes; None: it is no such tool, or that is not known."""
    tool = _TOOLS.get(name)
    return None if tool is None else tool(args, text)


def is_tool(name: str) -> bool:
    """Whether there is such a tool here."""
    return name in _TOOLS


def reads(name: str) -> bool:
    """Whether it reads anything."""
    return name not in _ALONE


def operands(name: str, args: Args) -> list[int]:
    """Where the files that it reads stand among its arguments; none: its standard input."""
    if not reads(name) or name == "tr":
        return []
    valued, indexes, given = _VALUED.get(name, ""), [], name not in _PROGRAMMED
    at, options = 0, True
    while at < len(args):
        arg = args[at]
        if options and arg == "--":
            options = False
        elif options and len(arg) > 1 and arg[0] == "-":
            given |= name in _PROGRAMMED and arg[1] in "ef" and name in {"sed", "grep", "egrep"}
            at += len(arg) == 2 and arg[1] in valued
        elif given:
            indexes.append(at)
        else:
            given = True
        at += 1
    return indexes


_VALUED = {
    "cut": "dfcb", "head": "nc", "tail": "nc", "sed": "ef", "grep": "efmABC", "egrep": "efmABC",
    "awk": "Fvf", "gawk": "Fvf", "mawk": "Fvf", "sort": "tk",
}  # fmt: skip
"""Letters of options whose value may be the next argument."""


def _echo(args: Args, text: str | None) -> Answer:
    del text
    if args[:1] == ["-n"]:
        return " ".join(args[1:]), 0
    return None if args[:1] in (["-e"], ["-ne"]) else (" ".join(args) + "\n", 0)


def _printf(args: Args, text: str | None) -> Answer:
    del text
    written = formatted(list(args))
    return None if written is None else (written, 0)


def _basename(args: Args, text: str | None) -> Answer:
    del text
    args = args[args[:1] == ["--"] :]
    if not 1 <= len(args) <= 2 or (args[0].startswith("-") and len(args[0]) > 1):
        return None
    name = args[0].rstrip("/").rpartition("/")[2] or ("/" if args[0] else "")
    suffix = args[1] if len(args) == 2 else ""
    return (name.removesuffix(suffix) or name) + "\n", 0


def _dirname(args: Args, text: str | None) -> Answer:
    del text
    args = args[args[:1] == ["--"] :]
    if len(args) != 1 or args[0].startswith("-"):
        return None
    above = args[0].rstrip("/").rpartition("/")[0].rstrip("/")
    return (above or ("/" if args[0][:1] == "/" else ".")) + "\n", 0


def _seq(args: Args, text: str | None) -> Answer:
    del text
    separator, args = "\n", list(args)
    if args[:1] == ["-s"] and len(args) > 1:
        separator, args = args[1], args[2:]
    numbers = [whole(arg) for arg in args]
    if None in numbers or not 1 <= len(numbers) <= 3:
        return None
    integers = [n for n in numbers if n is not None]
    first = integers[0] if len(integers) > 1 else 1
    step = integers[1] if len(integers) == 3 else 1
    last = integers[-1]
    if not step or abs(last - first) // abs(step) > MAX_LINES:
        return None
    values = [str(n) for n in range(first, last + (1 if step > 0 else -1), step)]
    return (separator.join(values) + "\n" if values else ""), 0


def _tr(args: Args, text: str | None) -> Answer:
    delete = args[:1] == ["-d"]
    sets = [_set(arg) for arg in args[delete:]]
    if text is None or None in sets or any(arg.startswith("-") for arg in args[delete:]):
        return None
    characters = [s or "" for s in sets]
    if delete and len(characters) == 1:
        return "".join(c for c in text if c not in characters[0]), 0
    if delete or len(characters) != 2 or not characters[1]:
        return None
    second = characters[1] + characters[1][-1] * (len(characters[0]) - len(characters[1]))
    return text.translate(str.maketrans(characters[0], second[: len(characters[0])])), 0


_CLASSES = {
    "[:upper:]": "ABCDEFGHIJKLMNOPQRSTUVWXYZ",
    "[:lower:]": "abcdefghijklmnopqrstuvwxyz",
    "[:digit:]": "0123456789",
    "[:space:]": " \t\n\r\v\f",
}


def _set(text: str) -> str | None:
    for name, members in _CLASSES.items():
        text = text.replace(name, members)
    text = text.replace("\\n", "\n").replace("\\t", "\t").replace("\\\\", "\\")
    if "[:" in text or "[=" in text:
        return None
    out, at = "", 0
    while at < len(text):
        if at + 2 < len(text) and text[at + 1] == "-":
            if text[at] > text[at + 2]:
                return None
            out += "".join(map(chr, range(ord(text[at]), ord(text[at + 2]) + 1)))
            at += 3
        else:
            out += text[at]
            at += 1
    return out


def _cut(args: Args, text: str | None) -> Answer:
    separator, fields, characters = "\t", "", ""
    rest = list(args)
    while rest:
        option = rest.pop(0)
        if not option.startswith("-") or option[1:2] not in {"d", "f", "c"}:
            return None
        value = option[2:] or (rest.pop(0) if rest else "")
        if option[1] == "d":
            separator = value
        elif option[1] == "f":
            fields = value
        else:
            characters = value
    wanted = _ranges(fields or characters)
    if text is None or wanted is None or not separator or bool(fields) == bool(characters):
        return None
    lines = []
    for line in text.splitlines():
        if fields and separator not in line:
            lines.append(line)
            continue
        parts = line.split(separator) if fields else list(line)
        kept = [p for n, p in enumerate(parts, 1) if any(a <= n <= b for a, b in wanted)]
        lines.append((separator if fields else "").join(kept))
    return _lines(lines), 0


def _ranges(text: str) -> list[tuple[int, int]] | None:
    ranges = []
    for part in text.split(","):
        first, dash, last = part.partition("-")
        if not all(_NUMBER.fullmatch(n) for n in (first, last) if n) or not (first or last):
            return None
        start = int(first or 1)
        ranges.append((start, int(last) if last else (1 << 30 if dash else start)))
    return ranges


def _head(args: Args, text: str | None) -> Answer:
    if text is not None and text.isascii() and (size := _bytes(args)) is not None:
        return text[:size], 0
    count = _count(args)
    return None if text is None or count is None else (_lines(text.splitlines()[:count]), 0)


def _tail(args: Args, text: str | None) -> Answer:
    if text is not None and text.isascii() and (size := _bytes(args)) is not None:
        return text[max(len(text) - size, 0) :], 0
    start = re.fullmatch(r"-?n?\+([0-9]{1,6})", "".join(args))
    if text is not None and start is not None:
        return _lines(text.splitlines()[max(int(start[1]), 1) - 1 :]), 0
    count = _count(args)
    if text is None or count is None:
        return None
    lines = text.splitlines()
    return _lines(lines[len(lines) - count :] if count < len(lines) else lines), 0


def _bytes(args: Args) -> int | None:
    """The number of `-c N`."""
    match = re.fullmatch(r"-c([0-9]{1,6})", "".join(args))
    return int(match[1]) if match else None


def _count(args: Args) -> int | None:
    if not args:
        return 10
    joined = "".join(args)
    match = re.fullmatch(r"-n?([0-9]{1,6})", joined)
    return int(match[1]) if match else None


def _cat(args: Args, text: str | None) -> Answer:
    return None if text is None or list(args) not in ([], ["-"]) else (text, 0)


def _wc(args: Args, text: str | None) -> Answer:
    if text is None or list(args) not in (["-l"], ["-w"], ["-c"]):
        return None
    number = {"-l": text.count("\n"), "-w": len(text.split()), "-c": len(text.encode())}[args[0]]
    return f"{number}\n", 0


def _sort(args: Args, text: str | None) -> Answer:
    if text is None or list(args) not in ([], ["-u"], ["-r"], ["-n"], ["-V"], ["-rV"], ["-Vr"]):
        return None
    lines = text.splitlines()
    if args and "V" in args[0]:
        return _by_version(lines, reverse="r" in args[0])
    if args[:1] == ["-n"]:
        plain = all(whole(line) is not None for line in lines)
        return (_lines(sorted(lines, key=lambda line: (int(line), line))), 0) if plain else None
    lines = sorted(set(lines)) if args[:1] == ["-u"] else sorted(lines, reverse=bool(args))
    return _lines(lines), 0


def _by_version(lines: list[str], *, reverse: bool) -> Answer:
    """`sort -V` of plain versions, numbers and dots, between texts that are the same in all lines:
    a `v`, a folder, an ending.
    """
    if len(lines) < 2:
        return _lines(lines), 0
    start = len(_common(lines))
    end = len(_common([line[::-1] for line in lines]))
    versions = {line: line[start : len(line) - end] for line in lines}
    if not all(map(_VERSION.fullmatch, versions.values())):
        return None
    keys = {line: [int(part) for part in version.split(".")] for line, version in versions.items()}
    return _lines(sorted(lines, key=lambda line: (keys[line], line), reverse=reverse)), 0


def _common(lines: list[str]) -> str:
    """What all lines begin with, less the beginning of a version."""
    return _BEGUN.sub("", commonprefix(lines))  # noqa: RUF071


_BEGUN = lazy.compile(r"[0-9][0-9.]*$")
_VERSION = lazy.compile(r"[0-9]{1,9}(?:\.[0-9]{1,9}){0,9}")


def _uniq(args: Args, text: str | None) -> Answer:
    if text is None or args:
        return None
    lines = text.splitlines()
    return _lines([x for i, x in enumerate(lines) if not i or lines[i - 1] != x]), 0


_AWK = lazy.compile(
    r"\s*(?:(?P<not>!?)\s*/(?P<where>(?:[^/\\]|\\/)*)/"
    r"|\$(?P<field>[1-9])\s*==\s*\"(?P<value>[^\"\\]*)\")?"
    r"\s*\{\s*print\s+\$(?P<at>NF|[0-9])\s*;?\s*\}\s*"
)
"""`/expression/ { print $1 }`, `$1 == "value" { print $2 }`."""


def _between(separator: str) -> re.Pattern[str] | None:
    """What separates fields: one character stands for itself, more are an expression."""
    pattern = re.compile(re.escape(separator)) if len(separator) == 1 else None
    pattern = pattern or _expression(separator, extended=True)
    return None if pattern is None or pattern.groups else pattern


def _awk(args: Args, text: str | None) -> Answer:
    separator, rest = None, list(args)
    while rest and rest[0].startswith("-F"):
        option = rest.pop(0)
        separator = option[2:] or (rest.pop(0) if rest else "")
    match = _AWK.fullmatch(rest[0]) if rest else None
    if text is None or match is None or len(rest) != 1:
        return None
    between = _between(separator) if separator else None
    if separator and between is None:
        return None
    wanted = _expression((match["where"] or "").replace("\\/", "/"), extended=True)
    if wanted is None or not _soon(text, wanted) or (between and not _soon(text, between)):
        return None
    lines = []
    for line in text.splitlines():
        if bool(wanted.search(line)) == bool(match["not"]):
            continue
        parts = line.split() if between is None else between.split(line)
        if match["field"] and match["value"] not in parts[int(match["field"]) - 1 :][:1]:
            continue
        at = len(parts) if match["at"] == "NF" else int(match["at"])
        lines.append(line if at == 0 else parts[at - 1] if at <= len(parts) else "")
    return _lines(lines), 0


def _sed(args: Args, text: str | None) -> Answer:
    from gracelint.base import sed

    command = sed.invoked(args)
    if text is None or command is None or command.in_place or command.files not in ((), ("-",)):
        return None
    pieces = sed.edited(text, command.programs, extended=command.extended, quiet=command.quiet)
    return None if pieces is None else ("".join(piece.text for piece in pieces), 0)


def _expression(text: str, *, extended: bool) -> re.Pattern[str] | None:
    special = set("\\+?(){}|") if extended else set("\\")
    if set(text) & special or len(text) > 200 or re.search(r"\*\*|\*.*\*", text):
        return None
    plain = text if extended else re.sub(r"([+?(){}|])", r"\\\1", text)
    if "[[" in plain:  # `[[:space:]]`, which is something else to Python
        return None
    try:
        return re.compile(plain)
    except re.error:
        return None


def _soon(text: str, pattern: re.Pattern[str]) -> bool:
    """Whether a pattern with a repeated part can be laid over the lines in a few steps."""
    long = set(pattern.pattern) & set("*+{") and len(text) > MAX_LONE
    return not long or sum(expressions.effort(len(x), 2) for x in text.splitlines()) <= MAX_STEPS


def _grep(args: Args, text: str | None) -> Answer:
    options = {o for arg in args if arg.startswith("-") for o in arg[1:]}
    rest = [arg for arg in args if not arg.startswith("-")]
    if text is not None and len(rest) == 1 and {"E"} <= options <= set("qvE"):
        return _egrep(options, rest[0], text.splitlines())
    wanted = _expression(rest[0], extended="E" in options) if len(rest) == 1 else None
    if len(rest) == 1 and "F" in options:
        wanted = re.compile(re.escape(rest[0]))
    if text is None or wanted is None or options - set("qviEocF") or not _soon(text, wanted):
        return None
    if "i" in options:
        wanted = re.compile(wanted.pattern, re.IGNORECASE)
    hits = [x for x in text.splitlines() if bool(wanted.search(x)) != ("v" in options)]
    if "o" in options:
        hits = [m for x in hits for m in wanted.findall(x) if isinstance(m, str) and m]
    if "c" in options and "q" not in options:
        return f"{len(hits)}\n", int(not hits)
    return ("" if "q" in options else _lines(hits)), int(not hits)


def _egrep(options: set[str], wanted: str, lines: list[str]) -> Answer:
    matches = expressions.searched(lines, wanted)
    if matches is None:
        return None
    hits = [line for line, hit in zip(lines, matches, strict=True) if bool(hit) != ("v" in options)]
    return ("" if "q" in options else _lines(hits)), int(not hits)


def _expr(args: Args, text: str | None) -> Answer:
    del text
    if len(args) != 3:
        return None
    left, right = whole(args[0]), whole(args[2])
    if left is None or right is None or args[1] not in {"+", "-", "*"}:
        return None
    result = {"+": left + right, "-": left - right, "*": left * right}[args[1]]
    return f"{result}\n", int(result == 0)


def _uname(args: Args, text: str | None) -> Answer:
    del text
    return ("Linux\n", 0) if list(args) in ([], ["-s"]) else None


def _tac(args: Args, text: str | None) -> Answer:
    return None if text is None or args else (_lines(text.splitlines()[::-1]), 0)


def _xargs(args: Args, text: str | None) -> Answer:
    """Without a command it writes all words in one line."""
    if text is None or args or set(text) & set("\"'\\"):
        return None
    return " ".join(text.split()) + "\n", 0


def _lines(lines: Sequence[str]) -> str:
    return "".join(f"{line}\n" for line in lines)


def _getopt(args: Args, text: str | None) -> Answer:
    from gracelint.syntax import getopt

    del text
    if list(args) in (["-T"], ["--test"]):
        return "", 4  # how scripts ask whether it is more than the getopt of old
    line = getopt.ordered(args)
    return None if line is None else (line, 0)


_PROGRAMMED = frozenset({"awk", "gawk", "mawk", "sed", "grep", "egrep"})
_ALONE = frozenset({"echo", "printf", "basename", "dirname", "seq", "expr", "uname", "getopt"})
_TOOLS: dict[str, Callable[[Args, str | None], Answer]] = {
    "echo": _echo,
    "printf": _printf,
    "basename": _basename,
    "dirname": _dirname,
    "seq": _seq,
    "tr": _tr,
    "cut": _cut,
    "head": _head,
    "tail": _tail,
    "cat": _cat,
    "wc": _wc,
    "sort": _sort,
    "uniq": _uniq,
    "awk": _awk,
    "gawk": _awk,
    "mawk": _awk,
    "sed": _sed,
    "grep": _grep,
    "egrep": lambda args, text: _grep(["-E", *args], text),
    "expr": _expr,
    "uname": _uname,
    "tac": _tac,
    "xargs": _xargs,
    "getopt": _getopt,
}
