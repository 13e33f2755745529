"""The command line."""

from __future__ import annotations

import atexit
import gc
import os
import sys
from contextlib import suppress
from functools import partial

from gracelint.base.typed import TYPE_CHECKING, Any
from gracelint.cli.finder import find_quickly

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import NoReturn

__all__ = ["main", "run"]


def main() -> NoReturn:
    """Follow the command line; leaves with the exit status."""
    alone = not atexit._ncallbacks()  # noqa: SLF001
    status = run()
    if alone:
        _leave(status)
    sys.exit(status)


def run() -> int:
    """Follow the command line; the exit status."""
    find_quickly()
    gc.set_threshold(2_000_000, 20, 20)  # trees and stories stay; looking through them costs time
    try:
        return _run()
    except KeyboardInterrupt:
        return 130  # what a shell reports of a program that SIGINT ended


def _run() -> int:
    from gracelint.cli import output, quick

    output.open_all()
    arguments = sys.argv[1:]
    asked = quick.read(arguments)
    if asked is not None:
        from gracelint.cli import kept

        return kept.follow(*asked, partial(_follow, *asked))
    from gracelint.cli.app import run as run_by_typer

    return run_by_typer(arguments)


def _follow(command: str, given: Mapping[str, Any]) -> int:
    from gracelint.cli.common import follow

    return follow(command, given)


def _leave(status: int) -> None:
    """End at once, unless something watches what is called: taking apart all that was made would
    take a sixteenth of a short run. What was to be called at the end is called.
    """
    gc.freeze()  # there is no need to look through it at the end
    if _others() or sys.getprofile() or sys.gettrace():
        return
    atexit._run_exitfuncs()  # noqa: SLF001
    # Of what cannot be written Python says what there is to say.
    with suppress(OSError, ValueError, AttributeError):
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(status)


def _others() -> bool:
    """Whether there are other threads."""
    threading = sys.modules.get("threading")
    return threading is not None and threading.active_count() > 1
