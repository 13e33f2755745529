"""The command line."""

from __future__ import annotations

import gc
import sys

from gracelint.cli.finder import find_quickly

__all__ = ["main"]


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
