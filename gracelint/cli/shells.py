"""Completion for a shell that is named; typer has a public way for the current one only."""

from __future__ import annotations

from typing import TYPE_CHECKING

from typer import Exit

from gracelint.base.near import hint
from gracelint.cli.output import err, out

if TYPE_CHECKING:
    from types import ModuleType

NAMES = ("bash", "zsh", "fish", "powershell", "pwsh")
_PROGRAM, _VARIABLE = "gracelint", "_GRACELINT_COMPLETE"


def show(shell: str) -> int:
    """Write what a shell needs to complete words; the exit status."""
    typers = _able(shell)
    if typers is None:
        return 2
    script = typers.get_completion_script(prog_name=_PROGRAM, complete_var=_VARIABLE, shell=shell)
    out(f"{script}\n")
    return 0


def install(shell: str) -> int:
    """Write it where the shell reads it; the exit status."""
    typers = _able(shell)
    if typers is None:
        return 2
    try:
        _, path = typers.install(shell=shell, prog_name=_PROGRAM, complete_var=_VARIABLE)
    except OSError as error:
        why = (error.strerror or type(error).__name__).lower()
        err(
            f"gracelint: error: completion for {shell} cannot be installed: {error.filename}: {why}"
        )
        return 2
    except Exit:  # typer has said why
        return 2
    out(f"{path} completes gracelint's words in {shell}; a new terminal reads it\n")
    return 0


def _able(shell: str) -> ModuleType | None:
    """The part of typer that knows shells, which it does not promise to keep; else why not."""
    if shell not in NAMES:
        advice = hint(shell, NAMES, f"choose one of {', '.join(NAMES)}")
        err(f"gracelint: error: there is no completion for {shell}; {advice}")
        return None
    try:
        from typer import _completion_shared as typers
    except ImportError:
        err(
            "gracelint: error: this version of typer completes for the current shell only; give no"
            f" name, and call it from {shell}"
        )
        return None
    return typers
