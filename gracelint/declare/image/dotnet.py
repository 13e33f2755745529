"""What `dotnet build` and `dotnet publish` put beside a program because its project says so.

Files that a project has copied are told where it says that of each one by name or by a plain
pattern, and under no condition. What a project has by default, and what the projects that it
refers to bring along, is left aside.
"""

from __future__ import annotations

import re
from functools import lru_cache
from itertools import islice, zip_longest

from gracelint.base import lazy
from gracelint.base.paths import absolute, folder_of, name_of
from gracelint.base.typed import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from gracelint.declare.image.files import Layers

_PROJECTS = (".csproj", ".fsproj", ".vbproj")
_OUTPUT = ("-o", "--output")
_VALUED = frozenset(
    (
        *("-a", "--arch", "-c", "--configuration", "-f", "--framework", "-r", "--runtime"),
        *("--os", "-v", "--verbosity", "--version-suffix", "--manifest", "-s", "--source"),
    )
)
_MOST_TEXT = 200_000
_MOST_TAGS = 2000
_MOST_VALUES = 400  # of items, of which each may be a pattern
_BY_DEFAULT = lazy.compile(r"<Project\s[^<>]*\bSdk\s*=")
_NOT_SO = lazy.compile(r"<EnableDefault(?:None)?Items>\s*false", re.IGNORECASE)
_TAG = lazy.compile(r"<(/?)([\w.]{1,60})(?![\w.])([^<>]*)>")
_ATTRIBUTE = lazy.compile(r"\b([\w.]{1,60})\s*=\s*(?:\"([^\"]*)\"|'([^']*)')")
_KINDS = frozenset(("None", "Content"))
_COPIED = frozenset(("always", "preservenewest"))
_KEYS = ("CopyToPublishDirectory", "CopyToOutputDirectory")


def put_by(words: Sequence[str | None], files: Layers, cwd: str) -> Iterator[tuple[str, str]]:
    """The files that a command copies, and where to.

    words: those after `dotnet`; None: not known. files: those that are there before it.
    """
    if not words or words[0] not in {"build", "publish"}:
        return
    project, output = _named(words, files, cwd)
    file = files.get(project) if project else None
    if file is None or file.text is None or not output or len(file.text.text) > _MOST_TEXT:
        return
    keys = _KEYS if words[0] == "publish" else _KEYS[1:]
    for source, place in _copied(file.text.text, folder_of(project), keys, files):
        yield source, absolute(place, output)


def _named(words: Sequence[str | None], files: Layers, cwd: str) -> tuple[str, str]:
    """The project that a command is about, and the folder that it puts its output into; "" each
    where that is not known.
    """
    operands: list[str | None] = []
    output: str | None = ""
    waiting = iter(words[1:])
    for word in waiting:
        option, equals, value = (word or "").partition("=")
        option, colon, rest = option.partition(":")
        if option in _OUTPUT:
            output = value if equals else rest if colon else next(waiting, None)
        elif word in _VALUED:
            next(waiting, None)
        elif word is None or not _is_option(word):
            operands.append(word)
    if len(operands) > 1 or None in operands or not output:
        return "", ""
    path = absolute(operands[0] or "", cwd) if operands else cwd
    if not path.endswith(_PROJECTS):
        found = [name for name in files.names(path) or () if name.endswith((*_PROJECTS, ".sln"))]
        path = f"{path.rstrip('/')}/{found[0]}" if len(found) == 1 else ""
    return path if path.endswith(_PROJECTS) else "", absolute(output, cwd)


def _is_option(word: str) -> bool:
    return word[:1] == "-" or (word[:1] == "/" and (":" in word or word[1:].lower() in _SWITCHES))


_SWITCHES = frozenset(("bl", "m", "maxcpucount", "nologo", "restore"))


def _copied(
    text: str, folder: str, keys: tuple[str, ...], files: Layers
) -> Iterator[tuple[str, str]]:
    """The files that a project has copied, and where to, as seen from the output.

    folder: the project's. keys: those that say whether it is, the first that is there.
    """
    by_default = _BY_DEFAULT.search(text) is not None and not _NOT_SO.search(text)
    found: dict[tuple[str, str], str] = {}
    removed: set[tuple[str, str]] = set()
    items = _items(text)
    if sum(value.count(";") + 1 for _, item in items for value in item.values()) > _MOST_VALUES:
        return
    for kind, item in items:
        change = next((key for key in ("Include", "Update", "Remove") if key in item), "")
        copies = next((item[key].lower() for key in keys if key in item), "")
        for pattern in item.get(change, "").split(";"):
            for path in _fitting(pattern.strip().replace("\\", "/"), folder, files):
                place = item.get("Link", "").replace("\\", "/") or _below(path, folder)
                if change == "Remove":
                    removed.add((kind, path))
                has = change == "Include" or (kind == "None" and (kind, path) not in removed)
                if change == "Remove" or (copies and copies not in _COPIED):
                    found.pop((kind, path), None)
                elif (
                    copies and has and "Exclude" not in item and (by_default or change != "Update")
                ):
                    found[kind, path] = place
    for (_, path), place in found.items():
        yield path, place


def _below(path: str, folder: str) -> str:
    """Where a file is put: as it lies below its project, else beside the program."""
    inside = folder.rstrip("/") + "/"
    return path.removeprefix(inside) if path.startswith(inside) else name_of(path)


def _fitting(pattern: str, folder: str, files: Layers) -> Iterator[str]:
    if (
        not pattern
        or "$(" in pattern
        or "@(" in pattern
        or len(_STARS.findall(pattern)) > _MOST_STARS
    ):
        return
    path = absolute(pattern, folder or "/")
    if not set(pattern) & set("*?"):
        if files.get(path) is not None:
            yield path
        return
    pieces = (_PIECES.get(piece, re.escape(piece)) for piece in _SPLIT.split(path))
    fits = re.compile("".join(pieces))
    yield from (f.path for f in files.ending(".sh") if fits.fullmatch(f.path))


_MOST_STARS = 2
_STARS = lazy.compile(r"\*+")
_SPLIT = lazy.compile(r"(\*\*/|\*\*|\*|\?)")
_PIECES = {"**/": "(?:.*/)?", "**": ".*", "*": "[^/]*", "?": "[^/]"}


@lru_cache(maxsize=16)
def _items(text: str) -> list[tuple[str, dict[str, str]]]:
    """The items of a project that no condition stands around, with their metadata, in order."""
    items: list[tuple[str, dict[str, str]]] = []
    around = 0
    kind = ""
    item: dict[str, str] = {}
    for tag, attributes, held in islice(_tags(text), _MOST_TAGS):
        name, closes, single = tag[2], bool(tag[1]), tag[3].endswith("/")
        if name in _GROUPS and not single:
            is_open = around or "Condition" in attributes or name in _AT_TIMES
            around = max(0, around - 1) if closes else around + bool(is_open)
        elif name in _KINDS and not closes:
            kind, item = name, attributes
        elif kind and name != kind and not closes:
            item["Condition" if "Condition" in attributes else name] = held
        if kind == name and (closes or single):
            if not around and "Condition" not in item:
                items.append((kind, item))
            kind = ""
    return items


def _tags(text: str) -> Iterator[tuple[re.Match[str], dict[str, str], str]]:
    """Each tag, its attributes, and the text up to the next."""
    tags = list(_TAG.finditer(_without_comments(text)))
    for tag, after in zip_longest(tags, tags[1:]):
        attributes = {m[1]: m[2] or m[3] or "" for m in _ATTRIBUTE.finditer(tag[3])}
        end = len(tag.string) if after is None else after.start()
        yield tag, attributes, tag.string[tag.end() : end].strip()


_AT_TIMES = frozenset(("When", "Otherwise", "Target"))
_GROUPS = frozenset(("ItemGroup", *_AT_TIMES))


def _without_comments(text: str) -> str:
    first, *others = text.split("<!--")
    return first + "".join(other.partition("-->")[2] for other in others)
