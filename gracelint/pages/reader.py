"""Rule pages, `rules/CODE-name.md`: read for people, for other tools and for the tests.

How a page is written is described in CONTRIBUTING.md under "How to add a rule".
"""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import TYPE_CHECKING

from gracelint.base.values import dataclass, field

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

HEADINGS = (
    "What it does",
    "Why it matters",
    "Example",
    "Use instead",
    "Fix",
    "When to leave it alone",
    "Configuration",
    "References",
)
OPTIONAL_HEADINGS = frozenset({"Configuration", "References"})
_SEVERITIES = ("error", "warning", "info")
_MARKS = frozenset({"fixed", "tree", "engine"})
_VALUES = frozenset({"title", "example", "mode"})


class PageError(ValueError):
    """A page that is not written as pages are; the message names file and line."""


@dataclass(frozen=True, slots=True)
class Block:
    """A fenced block.

    line: of its first line of text in the page. section: the heading above it. part: how many
    headings of any level come before it.
    """

    language: str
    text: str
    line: int
    section: str
    part: int
    marks: frozenset[str] = frozenset()
    values: dict[str, str] = field(default_factory=dict)

    @property
    def title(self) -> str | None:
        """The name of the file that it shows."""
        return self.values.get("title")


@dataclass(frozen=True, slots=True)
class Announced:
    """A finding that an example announces; line: counted without the announcing lines."""

    severity: str
    code: str
    message: str
    path: str
    line: int


@dataclass(frozen=True, slots=True)
class Example:
    """A folder of files, what is announced of them, and what becomes of them.

    files: text by path, without the announcing lines. fixed: text by path after the fix. tree,
    fixed_tree: what `gracelint trace` prints. line: where it starts in the page.
    """

    section: str
    number: int
    line: int
    files: dict[str, str]
    announced: tuple[Announced, ...] = ()
    fixed: dict[str, str] = field(default_factory=dict)
    tree: str | None = None
    fixed_tree: str | None = None
    engine: bool = False
    modes: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Page:
    """A rule's page. sections: Markdown by heading."""

    code: str
    name: str
    path: str
    text: str
    sections: dict[str, str]
    blocks: tuple[Block, ...]

    @property
    def summary(self) -> str:
        """The first sentence of "What it does", on one line."""
        paragraph = self.sections.get("What it does", "").strip().split("\n\n")[0]
        words = " ".join(paragraph.split())
        end = words.find(". ")
        return words if end < 0 else words[: end + 1]

    @property
    def shown(self) -> str:
        """The page as it is read: without what only runs its examples."""
        return "\n".join(_shown(self.text.split("\n")))

    @property
    def examples(self) -> tuple[Example, ...]:
        """The page's examples in order; PageError when a block belongs to none."""
        return tuple(_examples(self))


def folder() -> Path:
    """Where the pages are: beside the package in a checkout, inside it when installed."""
    package = Path(__file__).resolve().parent.parent
    beside = package.parent / "rules"
    return beside if _holds_pages(beside) else package / "rules"


def _holds_pages(path: Path) -> bool:
    return next(path.glob("GL[0-9][0-9][0-9]-*.md"), None) is not None


def load(code: str) -> Page | None:
    """The page of a rule, or None when there is no such page."""
    if not (code.isalnum() and code.isascii()):
        return None  # nothing in it may mean something to glob
    pages = sorted(folder().glob(f"{code.upper()}-*.md"))
    return read(pages[0]) if pages else None


def load_all() -> tuple[Page, ...]:
    """Every page, in the order of the codes."""
    return tuple(read(path) for path in sorted(folder().glob("GL*.md")))


def read(path: Path) -> Page:
    """The page in a file."""
    code, _, name = path.stem.partition("-")
    return parse(code, name, path.name, path.read_text(encoding="utf-8"))


def parse(code: str, name: str, path: str, text: str) -> Page:
    """The page that `text` makes."""
    sections: dict[str, list[str]] = {}
    blocks: list[Block] = []
    heading, part = "", 0
    lines = iter(enumerate(text.split("\n"), 1))
    for number, line in lines:
        if line.startswith("## "):
            heading = line[3:].strip()
            if heading in sections:
                raise PageError(f"{path}:{number}: a second heading `{heading}`")
            sections[heading] = []
            part += 1
            continue
        body = sections.setdefault(heading, [])
        body.append(line)
        part += line.startswith("### ")
        if line.startswith("```"):
            fence = line[: len(line) - len(line.lstrip("`"))]
            place = f"{path}:{number}"
            if (raw := _rest(lines, fence)) is None:
                raise PageError(f"{place}: the block is not closed")
            body += raw
            language, *words = _words(place, line[len(fence) :])
            shown = "".join(f"{text}\n" for text in raw[:-1])
            marks, values = _info(place, words)
            blocks.append(Block(language, shown, number + 1, heading, part, marks, values))
    sections.pop("", None)
    joined = {title: "\n".join(body).strip() for title, body in sections.items()}
    return Page(code, name, path, text, joined, tuple(blocks))


def _rest(lines: Iterator[tuple[int, str]], fence: str) -> list[str] | None:
    """The lines up to and with the one that closes a block; None when none does."""
    raw: list[str] = []
    for _, line in lines:
        raw.append(line)
        if line.rstrip() == fence:
            return raw
    return None


def _words(place: str, text: str) -> list[str]:
    """What stands behind the opening of a block; at least one word."""
    try:
        return shlex.split(text) or [""]
    except ValueError as error:
        raise PageError(f"{place}: {error}") from None


def _info(place: str, words: list[str]) -> tuple[frozenset[str], dict[str, str]]:
    """The marks and the values behind a block's language."""
    marks = frozenset(word for word in words if "=" not in word)
    values = dict(word.split("=", 1) for word in words if "=" in word)
    if unknown := sorted(marks - _MARKS) + sorted(values.keys() - _VALUES):
        raise PageError(f"{place}: a block cannot be marked `{unknown[0]}`")
    return marks, values


def _examples(page: Page) -> Iterator[Example]:
    """Join blocks: titles under one heading make an example; fixed and tree blocks describe one."""
    groups = _groups(page)
    described: dict[int, list[Block]] = {}
    for block in page.blocks:
        if {"fixed", "tree"} & block.marks:
            described.setdefault(_target(page, block, groups), []).append(block)
    for index, group in enumerate(groups):
        base = groups[_target(page, group[0], groups)] if _amends(page, group, groups) else []
        yield _example(page, index + 1, group, base, described.get(index, []))


def _groups(page: Page) -> list[list[Block]]:
    """The blocks that show files, one list for each example."""
    groups: list[list[Block]] = []
    for block in page.blocks:
        if not block.title or "tree" in block.marks:
            continue
        if "fixed" in block.marks and block.section != "Use instead":
            continue
        last = groups[-1] if groups else []
        if not last or last[0].part != block.part or block.title in {b.title for b in last}:
            groups.append([])
        groups[-1].append(block)
    return groups


def _amends(page: Page, group: list[Block], groups: list[list[Block]]) -> bool:
    """Whether a "Use instead" shows only the files that differ from the example's."""
    if group[0].section != "Use instead":
        return False
    examples = [g for g in groups if g[0].section == "Example"]
    if len(examples) != 1 and "example" not in group[0].values:
        return False
    before = {b.title for b in groups[_target(page, group[0], groups)]}
    return any(b.title in before for b in group)


def _target(page: Page, block: Block, groups: list[list[Block]]) -> int:
    """Which example a block describes or amends."""
    place = f"{page.path}:{block.line}"
    if "example" in block.values:
        at = int(block.values["example"]) - 1
        if not 0 <= at < len(groups):
            raise PageError(f"{place}: there is no example {at + 1}")
        return at
    before = [i for i, group in enumerate(groups) if group[0].line < block.line]
    blocks = [i for i in before if groups[i][0].section == "Example"]
    inside = [i for i in before if groups[i][0].section == block.section]
    if block.section not in {"Fix", "Use instead"} or (block.section == "Fix" and inside):
        if not before:
            raise PageError(f"{place}: there is no example before it")
        return before[-1]
    if len(blocks) != 1:
        raise PageError(f"{place}: say which example is meant with `example=N`")
    return blocks[0]


def _shown(lines: Iterable[str]) -> Iterator[str]:
    """A page's lines without announcements; the title of a block stands before it."""
    fence = ""
    for line in lines:
        if fence:
            fence = "" if line.rstrip() == fence else fence
            if _announcement(line) is None:
                yield line
        elif line.startswith("```"):
            fence = line[: len(line) - len(line.lstrip("`"))]
            language, *words = _words("", line[len(fence) :])
            title = _info("", words)[1].get("title")
            yield from (f"`{title}`:", "") if title else ()
            yield fence + language
        else:
            yield line


def _example(
    page: Page, number: int, group: list[Block], base: list[Block], described: list[Block]
) -> Example:
    files: dict[str, str] = {}
    announced: list[Announced] = []
    modes: dict[str, int] = {}
    for block in (*base, *group):
        path = block.title or ""
        files[path], stated = _strip(path, block.text)
        announced += stated if block in group else []
        modes[path] = _mode(block, files[path])
    trees = {"fixed" in b.marks: b.text for b in described if "tree" in b.marks}
    fixed = {b.title: b.text for b in described if "tree" not in b.marks and b.title}
    if strange := sorted(fixed.keys() - files.keys()):
        raise PageError(f"{page.path}: example {number} has no file {strange[0]}")
    return Example(
        group[0].section,
        number,
        group[0].line,
        files,
        tuple(announced),
        fixed,
        trees.get(False),
        trees.get(True),
        any("engine" in b.marks for b in group),
        modes,
    )


def _mode(block: Block, text: str) -> int:
    if "mode" in block.values:
        return int(block.values["mode"], 8)
    script = text.startswith("#!") or (block.title or "").endswith(".sh")
    return 0o755 if script else 0o644


def _strip(path: str, text: str) -> tuple[str, list[Announced]]:
    """The text without announcing lines, and what they announce of the next line that stays."""
    kept: list[str] = []
    findings: list[Announced] = []
    for line in text.splitlines(keepends=True):
        parsed = _announcement(line)
        if parsed is None:
            kept.append(line)
        else:
            severity, code, message = parsed
            findings.append(Announced(severity, code, message, path, len(kept) + 1))
    return "".join(kept), findings


def _announcement(line: str) -> tuple[str, str, str] | None:
    """`# error: [GL101] words` as its three parts."""
    words = line.strip().split(None, 3)
    if len(words) < 3 or words[0] != "#" or words[1].rstrip(":") not in _SEVERITIES:
        return None
    code = words[2]
    if not (words[1].endswith(":") and code.startswith("[GL") and code.endswith("]")):
        return None
    return words[1][:-1], code[1:-1], words[3] if len(words) > 3 else ""
