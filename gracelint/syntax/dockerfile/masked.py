"""The instructions of a Dockerfile and their lines, as dockerfile-parse finds them.

It is given the text with what would mislead it masked, line for line: the bodies of here-documents,
blank lines within a continuation, a doubled or final escape character, a keyword that is broken
over lines, directives, characters that are no ASCII.
"""

from __future__ import annotations

import io
import sys
from functools import cache

from gracelint.base import lazy
from gracelint.base.typed import TYPE_CHECKING, Any, cast
from gracelint.syntax.dockerfile.lines import BLANKS, SPACES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from types import ModuleType
    from typing import Self

    from dockerfile_parse import DockerfileParser

    from gracelint.syntax.dockerfile.lines import Lines

_WORD = lazy.compile(r"([^\t\v\f\r ]*)([\t\v\f\r ]?)")
_ODD = lazy.compile(r"[^\x20-\x7e\t\v\f\r\n]")
_MOST = 200  # lines of one instruction to show: dockerfile-parse joins them in quadratic time


def instructions(lines: Lines, behind: Callable[[int, int], int]) -> Iterator[tuple[int, int]]:
    """The first and the last line of each instruction, here-documents left out.

    behind: given these for an instruction with `<<` in it, says at which line the next may start.
    """
    text = "\n".join(_Mask(lines, behind).text()) + "\n"
    parser = _parser()(fileobj=io.BytesIO(text.encode()))
    for row in parser.structure:
        if not row["content"].startswith("#"):
            yield row["startline"], row["endline"]


@cache
def _parser() -> Callable[..., DockerfileParser]:
    """dockerfile-parse, which is not needed without Dockerfiles.

    As it is loaded it asks for a logger, which it hardly ever uses: `logging` would be a tenth of
    all that is loaded for a small Dockerfile.
    """
    asked = "logging" not in sys.modules
    if asked:
        sys.modules["logging"] = cast("ModuleType", _Logging)
    try:
        from dockerfile_parse import DockerfileParser
    finally:
        if asked:
            del sys.modules["logging"]
    return cast("Callable[..., DockerfileParser]", DockerfileParser)


class _Logging:
    """What stands for `logging` and its loggers until something is logged."""

    def __init__(self, name: str) -> None:
        self._name = name

    @classmethod
    def getLogger(cls, name: str) -> Self:  # noqa: N802
        """As `logging` has it."""
        return cls(name)

    def __getattr__(self, name: str) -> Any:
        import logging

        return getattr(logging.getLogger(self._name), name)


class _Mask:
    """Goes over the lines once and leaves of each what may be shown."""

    def __init__(self, lines: Lines, behind: Callable[[int, int], int]) -> None:
        self.lines = lines
        self.behind = behind
        self.plain = _ODD.sub("_", lines.source.text)
        self.shown = [""] * lines.count

    def text(self) -> list[str]:
        """As many lines as the source has."""
        at = 0
        while at < self.lines.count:
            line = self.lines.physical(at)[1].lstrip(SPACES)
            if not line or line.startswith("#"):
                self.shown[at] = "#" if line else ""
                at += 1
            else:
                at = self._instruction(at)
        if self.lines.escape != "\\":  # a directive said so, and its line is not the last
            self.shown[0] = f"# escape={self.lines.escape}"
        return self.shown

    def _instruction(self, first: int) -> int:
        """Show an instruction; the line at which the next one may start."""
        parts: list[str] = []
        last, goes_on = first, True
        while goes_on and last < self.lines.count:
            goes_on = self._line(first, last, parts)
            last += 1
        last -= 1
        if goes_on:  # the file ends here
            self.shown[last] = "" if last > first else self._ending(self.shown[last])
        if last > first:
            self._keyword(first, parts)
        heredocs = any("<<" in part for part in parts)
        return self.behind(first, last) if heredocs else last + 1

    def _line(self, first: int, number: int, parts: list[str]) -> bool:
        """Show a line of an instruction and add what counts of it; whether it goes on."""
        start, body = self.lines.physical(number)
        line = body.lstrip(SPACES)
        if number > first and (not line or line.startswith("#")):
            self.shown[number] = "#"
            return True
        kept, goes_on = self.lines.trim(body)
        parts.append(body[:kept])
        at = start + len(body) - len(line)
        text = self.plain[at : at + len(line.rstrip(SPACES))]
        if not goes_on:
            self.shown[number] = self._ending(text)
        else:
            self.shown[number] = text if number - first < _MOST else "#"
        return goes_on

    def _ending(self, text: str) -> str:
        """The text with an end that does not look like a continuation."""
        escape = self.lines.escape
        kept = text.rstrip(escape + BLANKS)
        return kept + text[len(kept) :].replace(escape, "_")

    def _keyword(self, first: int, parts: list[str]) -> None:
        """Show a keyword whole where it goes on in the next lines."""
        if _WORD.match(parts[0].lstrip(SPACES))[2]:  # type: ignore[index]
            return
        match = _WORD.match("".join(parts).lstrip(SPACES))
        word = _ODD.sub("_", match[1] if match else "").replace(self.lines.escape, "_")
        self.shown[first] = f"{word or '_'} {self.lines.escape}"
