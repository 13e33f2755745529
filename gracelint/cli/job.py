"""What a command is asked to look at: files by root, standard input, and the settings for them."""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from functools import cache

from gracelint.base.source import Source
from gracelint.base.typed import TYPE_CHECKING
from gracelint.base.values import dataclass, field, replace
from gracelint.cli import kept
from gracelint.cli.options import UsageError
from gracelint.files.tree import FileProblem, Files, put
from gracelint.files.walk import leads_out, root_of
from gracelint.files.whole import real, whole
from gracelint.model.options import Options
from gracelint.model.result import Problem
from gracelint.session.session import Session
from gracelint.settings.nearest import Given, Scope
from gracelint.settings.read import Loaded, load

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gracelint.report.shown import Shown
    from gracelint.session.earlier import Earlier

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
    """Paths below one root.

    options: the settings for the run as a whole. scope: for each of its files. stdin: whose text
    came in. earlier: the state of the files whose findings are left out.
    """

    files: Files
    paths: list[str]
    options: Options = field(default_factory=Options)
    scope: Scope | None = None
    stdin: str | None = None
    earlier: Earlier | None = None

    def session(self, options: Options | None = None, processes: int = 1) -> Session:
        """A run over the files. options: others than the job's, for the run as a whole.

        processes: see `Session`.
        """
        near = self.scope.near if self.scope is not None else None
        return Session(self.files, options or self.options, near, self.earlier, processes)

    def since(self, rev: str) -> None:
        """Leave out what is found at a commit; UsageError for one that cannot be read."""
        from gracelint.files.commit import Commit, NoCommit
        from gracelint.files.earlier import EarlierFiles
        from gracelint.session.earlier import Earlier

        try:
            commit = Commit(self.files.root, rev)
        except NoCommit as error:
            raise UsageError(f"--since {rev}: {error}") from None
        if commit.unborn:
            return
        files = EarlierFiles(self.files.root, commit, self.files.exclude)
        options, baseline = self.options, self.options.baseline
        if baseline is not None and not os.path.isabs(baseline) and not files.exists(baseline):
            options = replace(options, baseline=None)
        near = self.scope.near if self.scope is not None else None
        self.earlier = Earlier(files, Session(files, options, near))

    def shown(self, path: str) -> str:
        """A path as people may use it where they are."""
        return here().path(self.files.top, path)


def jobs(
    paths: Sequence[str], stdin_filename: str | None, asked: Asked
) -> tuple[list[Job], list[Problem]]:
    """The work by root, and what of it is not there."""
    by_root: dict[str, Job] = {}
    problems: list[Problem] = []
    try:
        cwd = os.getcwd()
    except OSError:
        raise UsageError("the working folder is gone: change to one that is there") from None
    if STDIN in paths and len(paths) > 1:
        raise UsageError("`-` stands for standard input and cannot be combined with paths")
    if stdin_filename is not None and STDIN not in paths:
        wrong = "has no effect without `-`, which stands for standard input"
        problems.append(Problem("--stdin-filename", wrong, hint=True))
    work = _Named(by_root, problems, cwd)
    for path in paths or ["."]:
        if path == STDIN:
            job = _stdin(stdin_filename or NAMELESS)
            by_root[job.files.top] = job
        elif os.path.lexists(whole(path)):
            work.add(path)
        else:
            problems.append(Problem(path, "no such file or folder"))
    return [configured(job, asked) for job in by_root.values()], problems


class _Named:
    """Puts what is named to the job of its root. Files beside one another are so on the disk, too:
    of a folder, all but the first are not looked up again.
    """

    def __init__(self, by_root: dict[str, Job], problems: list[Problem], cwd: str) -> None:
        self.by_root = by_root
        self.problems = problems
        self.cwd = cwd
        self._beside: dict[str, tuple[Job, str]] = {}

    def add(self, path: str) -> None:
        """Put a path that is there to a job, or say why not."""
        given = whole(path)
        folder, name = os.path.split(given)
        plain = os.path.isfile(given) and not os.path.islink(given)
        if plain and folder in self._beside:
            job, begin = self._beside[folder]
            job.paths.append(begin + name)
            return
        if (out := _out(given, self.cwd)) is not None:
            self.problems.append(Problem(path, out))
            return
        root = root_of(given, self.cwd)
        job = self.by_root.setdefault(root, Job(Files(root, door=kept.door(root)), []))
        inner = job.files.path(given)
        job.paths.append(inner if inner is not None else path)
        if plain and inner is not None:
            self._beside[folder] = job, inner.removesuffix(name)


def _out(given: str, cwd: str) -> str | None:
    """What is to be said of a path that links of a tree lead out of it."""
    with suppress(OSError, ValueError):
        target = leads_out(given, cwd)
        if target is not None:
            return f"a link leads out of the folder that is checked: name {target} instead"
    return None


def _stdin(name: str) -> Job:
    from gracelint.files.tree import MAX_BYTES

    data = sys.stdin.buffer.read(MAX_BYTES + 1)
    if len(data) > MAX_BYTES:
        raise UsageError(f"standard input is larger than {MAX_BYTES // 1_000_000} MB")
    cwd = os.getcwd()
    given = whole(name)
    if (out := _out(given, cwd)) is not None:
        raise UsageError(f"--stdin-filename {name}: {out}")
    folder = os.path.dirname(given)
    files = Files(root_of(folder, cwd) if os.path.isdir(folder) else cwd)
    path = files.path(given)
    if path is None:
        raise UsageError(f"--stdin-filename {name} leads out of {files.top}")
    files.lay_source(Source.decode(path, data, files.top))
    return Job(files, [path], stdin=path)


def configured(job: Job, asked: Asked) -> Job:
    """The job with the settings that hold for its paths and what the command line adds."""
    from gracelint.checks import all_rules

    if asked.isolated and asked.config is not None:
        raise UsageError("--isolated reads no settings, and --config names some: give one of them")
    baseline = asked.baseline
    if baseline:
        baseline = job.files.named(baseline) or whole(baseline)
    given = Given(asked.select, asked.extend_select, asked.ignore, baseline or None, asked.render)
    fixed = Loaded() if asked.isolated else None
    if asked.config is not None:
        fixed = _named(job, asked.config)
    job.scope = Scope(job.files, all_rules, given, fixed)
    job.options = job.scope.shared(job.paths).options
    if baseline == "":  # none, whatever the settings say
        job.options = replace(job.options, baseline=None)
    return job


def _named(job: Job, config: str) -> Loaded:
    """The settings of `--config`; patterns in them are seen from the root."""
    from pathlib import Path

    from gracelint.checks import all_rules

    given = Path(config)
    if (out := _out(config, os.getcwd())) is not None:
        raise UsageError(f"--config {config}: {out}")
    if not given.is_file():
        raise UsageError(f"--config {config}: no such file")
    loaded = load(Files(given.parent), given.name, all_rules)
    baseline = loaded.options.baseline
    if baseline is None:
        return loaded
    place = given.absolute().parent / baseline
    inner = job.files.named(place)
    if inner is None and job.files.named(config) is not None:
        raise FileProblem(baseline, "leads out of the folder that is checked")
    return replace(loaded, options=replace(loaded.options, baseline=inner or str(place)))


def write(path: str, text: str, work: Sequence[Job]) -> None:
    """Write a report or a baseline where the command line or the settings ask for it.

    Nothing in a tree that is looked at, or in the one around the working folder, leads out of it.
    """
    from gracelint.cli.interrupts import held

    cwd = os.getcwd()
    with held():
        put(path, text, [*(job.files for job in work), Files(root_of(cwd, cwd))])


def here() -> Shown:
    """What files are called where the command runs."""
    return _shown(os.getcwd())


@cache
def _shown(folder: str) -> Shown:
    from gracelint.report.shown import Shown

    return Shown(real(folder))
