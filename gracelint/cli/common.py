"""What the commands share."""

from __future__ import annotations

from functools import wraps
from typing import TYPE_CHECKING, ParamSpec

from gracelint.cli.job import UsageError, here
from gracelint.cli.output import closed_quietly, columns, err
from gracelint.files.tree import FileProblem
from gracelint.settings.read import SettingsError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from gracelint.model.result import Result

P = ParamSpec("P")

INTERRUPTED = 130
"""What a shell reports of a program that SIGINT ended."""


def guarded(command: Callable[P, int]) -> Callable[P, int]:
    """A command that tells of what it cannot do, and then leaves with 2."""

    @wraps(command)
    def run(*args: P.args, **kwargs: P.kwargs) -> int:
        try:
            return command(*args, **kwargs)
        except (UsageError, SettingsError, FileProblem) as error:
            err(f"gracelint: error: {error}")
        except BrokenPipeError:
            return closed_quietly()
        except KeyboardInterrupt:
            return INTERRUPTED
        except Exception as error:  # noqa: BLE001
            said = " ".join(f"{type(error).__name__}: {error}".split())
            err(f"gracelint: internal error: {said}. Please report this, with the files")
        return 2

    return run


def choose(option: str, value: str, known: Sequence[str]) -> None:
    """UsageError when `value` is none of those that an option knows."""
    if value not in known:
        raise UsageError(f"{option} {value}: choose one of {', '.join(known)}")


def report(name: str, result: Result, *, color: bool) -> str:
    """The result in one of the output formats."""
    from gracelint.report import render

    return render(name, result, color=color, width=columns(), shown=here())
