"""What a command is asked to look at: files by root, standard input, and the settings for them."""

from __future__ import annotations

import os
import sys
from functools import cache
from itertools import takewhile
from pathlib import Path
from typing import TYPE_CHECKING

from gracelint.base.source import Source
from gracelint.base.values import dataclass, field, replace
from gracelint.cli.options import UsageError
from gracelint.files.tree import FileProblem, Files, put
from gracelint.files.walk import root_of
from gracelint.model.options import Options
from gracelint.model.result import Problem

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gracelint.report.shown import Shown

STDIN = "-"
NAMELESS = "<stdin>"


@dataclass(frozen=True, slots=True)
class Asked:
    """What the command line says about settings."""

    config: str | None = None
    isolated: bool = False
    select: tuple[str, ...] = ()
    extend_select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    baseline: str | None = None
    render: str | None = None


@dataclass(slots=True)
class Job:
    """Paths below one root, with the settings that hold for them. stdin: whose text came in."""

    files: Files
    paths: list[str]
    options: Options = field(default_factory=Options)
    settings: str | None = None
    stdin: str | None = None

    def shown(self, path: str) -> str:
        """A path as people may use it where they are."""
        return here().path(str(self.files.root), path)


def jobs(
    paths: Sequence[str], stdin_filename: str | None, asked: Asked
) -> tuple[list[Job], list[Problem]]:
    """The work by root, and what of it is not there."""
    by_root: dict[Path, Job] = {}
    problems: list[Problem] = []
    try:
        cwd = Path.cwd()
    except OSError:
        raise UsageError("the working folder is gone: change to one that is there") from None
    if STDIN in paths and len(paths) > 1:
        raise UsageError("`-` stands for standard input and cannot be combined with paths")
    for path in paths or ["."]:
        if path == STDIN:
            job = _stdin(stdin_filename or NAMELESS)
            by_root[job.files.root] = job
            continue
        given = Path(path)
        if not os.path.lexists(given):
            problems.append(Problem(path, "no such file or folder"))
            continue
        root = root_of(given, cwd)
        job = by_root.setdefault(root, Job(Files(root), []))
        inner = job.files.path(given)
        job.paths.append(inner if inner is not None else path)
    return [_configured(job, asked) for job in by_root.values()], problems


def _stdin(name: str) -> Job:
    from gracelint.files.tree import MAX_BYTES

    data = sys.stdin.buffer.read(MAX_BYTES + 1)
    if len(data) > MAX_BYTES:
        raise UsageError(f"standard input is larger than {MAX_BYTES // 1_000_000} MB")
    cwd = Path.cwd()
    given = Path(name) if name != NAMELESS else cwd / NAMELESS
    files = Files(root_of(given.parent / ".", cwd) if given.parent.is_dir() else cwd)
    path = files.path(given)
    if path is None:
        raise UsageError(f"--stdin-filename {name} leads out of {files.root}")
    files.lay_source(Source.decode(path, data, str(files.root)))
    return Job(files, [path], stdin=path)


def _configured(job: Job, asked: Asked) -> Job:
    """The job with the settings that hold for its paths and what the command line adds."""
    from gracelint.checks import all_rules
    from gracelint.settings import read as settings

    options = Options()
    if asked.config is not None:
        given = Path(asked.config)
        if not given.is_file():
            raise UsageError(f"--config {asked.config}: no such file")
        options = settings.load(Files(given.parent), given.name, all_rules)
        job.settings = asked.config
    elif not asked.isolated:
        path = settings.find(job.files, _common(job))
        if path is not None:
            options = settings.load(job.files, path, all_rules)
            job.settings = job.shown(path)
    if asked.select:
        options = replace(options, select=asked.select)
    job.options = replace(
        options,
        baseline=_placed(job, asked, options),
        render=asked.render or options.render,
        extend_select=(*options.extend_select, *asked.extend_select),
        ignore=(*options.ignore, *asked.ignore),
    )
    start = f"{options.folder}/" if options.folder else ""
    job.files.exclude = tuple(_rooted(start, p) for p in options.exclude)
    return job


def _placed(job: Job, asked: Asked, options: Options) -> str | None:
    """The baseline's path from the root, or absolute for one outside of it."""
    if asked.baseline is not None:
        return job.files.named(asked.baseline) or str(Path(asked.baseline).absolute())
    if options.baseline is None:
        return None
    above = job.files.root
    if asked.config is not None:
        inner = job.files.named(asked.config)
        above = Path(asked.config).absolute().parent
        if inner is None:
            return str(above / options.baseline)
    found = job.files.named(above / options.baseline)
    if found is None:
        raise FileProblem(options.baseline, "leads out of the folder that is checked")
    return found


def write(path: str, text: str, work: Sequence[Job]) -> None:
    """Write a report or a baseline where the command line or the settings ask for it.

    Nothing in a tree that is looked at, or in the one around the working folder, leads out of it.
    """
    from gracelint.cli.interrupts import held

    cwd = Path.cwd()
    with held():
        put(path, text, [*(job.files for job in work), Files(root_of(cwd, cwd))])


def _rooted(start: str, pattern: str) -> str:
    """A pattern seen from the settings' folder, as seen from the root."""
    if not start:
        return pattern
    anchored = "/" in pattern.rstrip("/")
    return f"/{start}{pattern.lstrip('/')}" if anchored else f"/{start}**/{pattern}"


def _common(job: Job) -> str:
    """The folder that holds all of the job's paths."""
    folders = [p if job.files.is_dir(p) else p.rpartition("/")[0] for p in job.paths]
    common = folders[0].split("/") if folders else []
    for folder in folders:
        parts = folder.split("/")
        same = takewhile(lambda pair: pair[0] == pair[1], zip(common, parts, strict=False))
        common = [part for part, _ in same]
    return "/".join(common)


def here() -> Shown:
    """What files are called where the command runs."""
    return _shown(Path.cwd())


@cache
def _shown(folder: Path) -> Shown:
    from gracelint.report.shown import Shown

    return Shown(folder.resolve())
