"""What the commands share."""

from __future__ import annotations

import os
from importlib import import_module

from gracelint.base.typed import TYPE_CHECKING, Any
from gracelint.cli.job import here
from gracelint.cli.options import UsageError, request
from gracelint.cli.output import Unwritten, closed_quietly, columns, err
from gracelint.files.tree import FileProblem
from gracelint.settings.read import SettingsError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from gracelint.cli.options import Request
    from gracelint.model.result import Result


def follow(command: str, given: Mapping[str, Any]) -> int:
    """Run a command, given the words for its fields; the exit status, 2 for what cannot be done."""
    try:
        return start(command, request(command, given))
    except SettingsError as error:
        path = here().path(error.root, error.path)
        place = f"{path}:{error.line}" if error.line else path
        err(f"gracelint: error: {place}: {error.message}")
    except (UsageError, FileProblem, Unwritten) as error:
        err(f"gracelint: error: {error}")
    except BrokenPipeError:
        return closed_quietly()
    except KeyboardInterrupt as stop:
        return 128 + getattr(stop, "number", 2)
    except Exception as error:  # noqa: BLE001
        said = " ".join(f"{type(error).__name__}: {error}".split())
        err(f"gracelint: internal error: {said}. Please report this, with the files")
    return 2


def start(command: str, asked: Request) -> int:
    """Run a command as it is asked to; each stands in the module of its first word."""
    module, name = command.partition(" ")[0], command.replace(" ", "_")
    run: Callable[[Request], int] = getattr(import_module(f"gracelint.cli.commands.{module}"), name)
    return run(asked)


def report(name: str, result: Result, *, color: bool, advice: bool = False) -> str:
    """The result in one of the output formats."""
    from gracelint.report import render
    from gracelint.report.shown import Shown

    top = _checkout(name)
    names, relative = (Shown(top), _from(top, result)) if top is not None else (here(), result)
    return render(name, relative, color=color, width=columns(), shown=names, advice=advice)


_CHECKOUTS = {"gitlab": "CI_PROJECT_DIR"}
_CHECKOUTS |= dict.fromkeys(("github", "sarif", "markdown"), "GITHUB_WORKSPACE")
"""Where a service has put the tree: it takes paths from there, wherever a command runs in it."""


def _checkout(name: str) -> Path | None:
    """The root of the tree for a format that a service reads, where the command runs in one."""
    top = os.environ.get(_CHECKOUTS.get(name, ""), "")
    if not top:
        return None
    from pathlib import Path

    real = Path(os.path.realpath(top))
    return real if Path.cwd().is_relative_to(real) else None


def _from(top: Path, result: Result) -> Result:
    """The result with the paths that are words seen from there, rather than from where it runs."""
    from pathlib import Path

    from gracelint.base.values import replace

    def seen(path: str) -> str:
        whole = os.path.normpath(Path.cwd() / path)
        return Path(os.path.relpath(whole, top)).as_posix() if path else ""

    return replace(
        result,
        problems=tuple(replace(one, path=seen(one.path)) for one in result.problems),
        unread=tuple(replace(one, path=seen(one.path)) for one in result.unread),
    )
