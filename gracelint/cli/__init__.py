"""The command line."""

from __future__ import annotations

import atexit
import gc
import os
import sys

from gracelint.cli.finder import find_quickly

__all__ = ["command", "main"]


def command() -> None:
    """The command as it is installed.

    It ends without freeing every object on its own, which took a thirtieth of a short run.
    """
    try:
        main()
    except SystemExit as left:
        if not isinstance(left.code, int):
            raise
        atexit._run_exitfuncs()  # noqa: SLF001
        for stream in filter(None, (sys.stdout, sys.stderr)):  # None: closed before the start
            try:
                stream.flush()
            except OSError:
                raise left from None  # Python says what it could not write
        os._exit(left.code)


def main() -> None:
    """Follow the command line; leaves with the exit status."""
    find_quickly()
    gc.set_threshold(2_000_000, 20, 20)  # trees and stories stay; looking through them costs time
    try:
        _run()
    except KeyboardInterrupt:
        sys.exit(130)  # what a shell reports of a program that SIGINT ended
    finally:
        gc.freeze()  # nor is there need to look through them at the end


def _run() -> None:
    from gracelint.cli import output, quick

    output.open_all()
    arguments = sys.argv[1:]
    asked = quick.read(arguments)
    if asked is not None:
        from gracelint.cli.common import follow

        sys.exit(follow(*asked))
    from gracelint.cli.app import run

    sys.exit(run(arguments))
