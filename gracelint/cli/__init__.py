"""The command line."""

from __future__ import annotations

__all__ = ["main"]


def main() -> None:
    """Follow the command line; leaves with the exit status."""
    from gracelint.cli.app import app

    app(prog_name="gracelint")
