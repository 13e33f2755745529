"""The usual `check` command lines, read without typer.

Loading typer takes longer than checking a Dockerfile. So what two tables can tell is read by them;
whatever is not in them, help and mistakes included, is left to typer, which makes the same of the
same words.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence

FLAGS = {
    "--fix": "fix",
    "--unsafe-fixes": "unsafe",
    "--diff": "diff",
    "--show-fixes": "show_fixes",
    "--exit-zero": "exit_zero",
    "--statistics": "statistics",
    "--isolated": "isolated",
    "--write-baseline": "write_baseline",
}
VALUES = {
    "--fail-level": "fail_level",
    "--output-format": "output_format",
    "--output-file": "output_file",
    "--stdin-filename": "stdin_filename",
    "--config": "config",
    "--baseline": "baseline",
    "--color": "color",
}


def read(arguments: Sequence[str]) -> dict[str, Any] | None:
    """The fields of the request that a `check` command line makes; None: ask typer."""
    if not arguments or arguments[0] != "check":
        return None
    given: dict[str, Any] = {}
    paths: list[str] = []
    words = iter(arguments[1:])
    for word in words:
        if word == "--":
            paths += words
        elif word in FLAGS:
            given[FLAGS[word]] = True
        elif not word.startswith("-") or word == "-":
            paths.append(word)
        else:
            name, equals, value = word.partition("=")
            if name not in VALUES or (not equals and (value := next(words, "-"))[:1] == "-"):
                return None
            given[VALUES[name]] = value
    return given | {"paths": tuple(paths)}
