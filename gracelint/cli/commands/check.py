"""`gracelint check`."""

from __future__ import annotations

from gracelint.base.typed import TYPE_CHECKING
from gracelint.base.values import dataclass
from gracelint.cli.common import report
from gracelint.cli.job import Asked, Job, here, jobs, write
from gracelint.cli.options import Check, UsageError
from gracelint.cli.output import (
    err,
    in_color,
    in_one_place,
    line,
    out,
    out_bytes,
    out_data,
    problem,
)
from gracelint.cli.progress import Progress
from gracelint.files.tree import FileProblem
from gracelint.model.finding import Applicability, Severity
from gracelint.model.result import Problem, Result, Unread
from gracelint.report import FORMATS
from gracelint.report.text import count

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gracelint.base.source import Source
    from gracelint.session.session import Session


def check(request: Check) -> int:
    """Check, fix and report; the exit status."""
    _reports(request)
    _one_change(request)
    for one in _idle(request):
        err(f"gracelint: note: {one}")
    work, missing = jobs(request.paths, request.stdin_filename, _asked(request))
    if request.show_settings:
        from gracelint.cli.commands.show import show_settings

        return show_settings(work, missing)
    if request.since is not None:
        for job in work:
            job.since(request.since)
    if request.show_files:
        return _show_files(work, missing)
    _one_tree(work)
    if request.write_baseline:
        return _write_baseline(work, missing, request)
    ends = [_run(job, request) for job in work]
    result = Result.joined([*(end.result for end in ends), Result(problems=tuple(missing))])
    _say(result, request, ends, work)
    return _status(request, result, ends)


@dataclass(frozen=True, slots=True)
class _End:
    """What became of a job. changes: files as they were and as they would be. failing: what
    remains at or above the fail level, `level`."""

    result: Result
    changes: tuple[tuple[Source, Source], ...]
    stdin: Source | None
    failing: bool
    level: Severity


def _asked(request: Check) -> Asked:
    """What the command line says of settings; UsageError for a rule that there is not."""
    return Asked(
        request.config,
        request.isolated,
        _codes(request.select),
        _codes(request.extend_select),
        _codes(request.ignore),
        request.baseline,
        request.render,
    )


def _codes(words: tuple[str, ...]) -> tuple[str, ...]:
    if not words:
        return ()
    from gracelint import checks
    from gracelint.settings.selection import resolved

    try:
        return resolved(words, checks.all_rules())
    except ValueError as error:
        raise UsageError(str(error)) from None


def _run(job: Job, request: Check) -> _End:
    session = job.session(processes=request.jobs)
    session.brief = request.output_format not in {"html", "markdown"}
    stdin = job.files.read(job.stdin) if job.stdin is not None else None
    level = job.options.fail_level
    if request.fail_level is not None:
        level = Severity[request.fail_level.upper()]
    with Progress() as session.progress:
        result = _result(job, session, request, level)
    changes = _changes(job, stdin) if request.diff or stdin else ()
    if _writes(job, request):
        result = _written(job, result)
    fixed = job.files.read(job.stdin) if job.stdin is not None else None
    failing = any(finding.severity >= level for finding in result.findings)
    return _End(_shown(job, result), changes, fixed, failing, level)


def _result(job: Job, session: Session, request: Check, level: Severity) -> Result:
    if request.add_ignore is not None:
        return session.ignore(job.paths, level, request.add_ignore.strip())
    if request.fix or request.diff:
        least = Applicability.UNSAFE if request.unsafe_fixes else Applicability.SAFE
        return session.fix(job.paths, least, written=_writes(job, request))
    return session.run(job.paths)


def _changes(job: Job, stdin: Source | None) -> tuple[tuple[Source, Source], ...]:
    changes = [pair for pair in job.files.changes() if pair[1].path != job.stdin]
    fixed = job.files.read(job.stdin) if job.stdin is not None else None
    if stdin is not None and fixed is not None and stdin.text != fixed.text:
        changes.insert(0, (stdin, fixed))
    return tuple(changes)


def _writes(job: Job, request: Check) -> bool:
    changing = request.fix or request.add_ignore is not None
    return changing and not request.diff and job.stdin is None


def _written(job: Job, result: Result) -> Result:
    """The result, once the fixed texts are on the disk; else what is found without them."""
    from gracelint.base.values import replace
    from gracelint.cli.interrupts import Interrupted, held

    written: list[str] = []
    try:
        with held():
            written = job.files.commit()
    except FileProblem as failed:
        job.files.relay({})
        before = job.session().run(job.paths)
        problems = (*before.problems, Problem(failed.path, f"{failed.message}; nothing is fixed"))
        return replace(before, problems=problems)
    except Interrupted:
        err(f"gracelint: interrupted; fixed before that: {', '.join(map(job.shown, written))}")
        raise
    return result


def _shown(job: Job, result: Result) -> Result:
    from gracelint.base.values import replace

    problems = tuple(replace(p, path=job.shown(p.path) if p.path else "") for p in result.problems)
    return replace(
        result,
        problems=problems,
        checked=tuple(map(job.shown, result.checked)),
        unread=tuple(replace(one, path=job.shown(one.path)) for one in result.unread),
    )


def _say(result: Result, request: Check, ends: list[_End], work: list[Job]) -> None:
    below = _told_below(result, request)
    for one in result.problems:
        if not (one.hint and _is_told(one, below)):
            problem(one)
    if request.show_fixes:
        for finding in result.repaired:
            place = finding.primary.span
            fix = next(f for f in finding.fixes if f.edits)
            err(f"fixed: {here()(place.source)}: {finding.rule.code}: {fix.title}")
    if request.fix or request.diff or request.add_ignore is not None:
        _say_what_stays(result, ends, request)
    advice = request.advice or any(end.level is Severity.INFO for end in ends)
    for name, path in _reports(request):
        write(path, report(name, result, color=False, advice=advice), work)
    stdin = next((end.stdin for end in ends if end.stdin is not None), None)
    if request.diff:
        _diff(ends)
    elif stdin is not None and (request.fix or request.add_ignore is not None):
        out_bytes(stdin.encode())
        for left in report("concise", result, color=False).splitlines():
            err(left)
    else:
        _report(result, request, work, advice=advice)


def _say_what_stays(result: Result, ends: list[_End], request: Check) -> None:
    """That neither fixes nor comments are written for what the baseline knows."""
    if request.add_ignore is not None:
        level = min((end.level for end in ends), default=Severity.ERROR)
        number = sum(finding.severity >= level for finding in result.baselined)
        could = "be left out by a comment"
    else:
        least = Applicability.UNSAFE if request.unsafe_fixes else Applicability.SAFE
        number = sum(
            any(fix.edits and fix.applicability >= least for fix in finding.fixes)
            for finding in result.baselined
        )
        could = "be repaired"
    if number:
        are, them = ("is", "it") if number == 1 else ("are", "them")
        said = f"{count(number, 'finding')} that can {could} {are} left alone"
        err(f"gracelint: note: {said}: the baseline knows {them}; with --baseline '' none is used")


def _told_below(result: Result, request: Check) -> tuple[Unread, ...]:
    """What the report ends with, where a note about it would stand in the same place."""
    ends_so = request.output_format in {"full", "grouped"} and not (
        request.output_file or request.statistics or request.diff
    )
    return result.unread if ends_so and in_one_place() else ()


def _is_told(note: Problem, below: tuple[Unread, ...]) -> bool:
    """Whether a note speaks of what is told below; its path may stand for several."""
    path = note.path.partition(" and ")[0]
    return any(one.path == path and one.reason in note.message for one in below)


def _report(result: Result, request: Check, work: list[Job], *, advice: bool) -> None:
    """Write what was found where it is to go."""
    color = in_color(request.color, to_file=request.output_file is not None)
    if request.statistics:
        from gracelint.report.statistics import render

        text = render(result, request.output_format)
    else:
        text = report(request.output_format, result, color=color, advice=advice)
    if request.output_file is None:
        (out if request.output_format in _FOR_PEOPLE else out_data)(text)
    else:
        write(request.output_file, text, work)
    if request.output_format == "concise" and result.launches.unknown:
        from gracelint.report.full import open_launches

        err(f"gracelint: note: {open_launches(result.launches)}")


_FOR_PEOPLE = frozenset({"full", "concise", "grouped"})


def _one_change(request: Check) -> None:
    """UsageError for what cannot be written together, or as a comment."""
    if request.add_ignore is None:
        return
    if request.fix or request.write_baseline:
        raise UsageError("--add-ignore goes with neither --fix nor --write-baseline")
    reason = request.add_ignore.strip()
    if not reason or not reason.isprintable() or "*/" in reason or reason.startswith("--"):
        raise UsageError("--add-ignore needs a reason, in words on one line")


def _idle(request: Check) -> Iterator[str]:
    """The options that change nothing beside the others, and what would make them count."""
    fixes = request.fix or request.diff
    if request.unsafe_fixes and not fixes:
        yield "--unsafe-fixes has no effect without --fix or --diff"
    if request.show_fixes and not request.fix:
        yield "--show-fixes has no effect without --fix"
    if request.statistics and request.output_format not in _COUNTED:
        yield f"--statistics prints its table instead of {request.output_format}"


_COUNTED = frozenset({"full", "concise", "grouped", "json", "json-lines"})


def _reports(request: Check) -> list[tuple[str, str]]:
    """The further reports that are asked for, by format and file; UsageError for what is none."""
    reports = []
    for given in request.report:
        name, equals, path = given.partition("=")
        if not (equals and path):
            raise UsageError(f"--report {given}: write it as --report sarif=FILE")
        if path == "-":
            raise UsageError(
                f"--report {given}: it goes into a file; --output-format {name} is printed"
            )
        if name not in FORMATS:
            from gracelint.base.near import hint

            advice = hint(name, FORMATS, f"choose one of {', '.join(FORMATS)}")
            raise UsageError(f"--report {given}: there is no format {name}; {advice}")
        reports.append((name, path))
    return reports


def _diff(ends: list[_End]) -> None:
    """Write the differences; where they hold what a terminal would obey, tell of the escapes."""
    from gracelint.report import diff

    for before, after in (pair for end in ends for pair in end.changes):
        name = here()(after)
        data, exact = diff.render(before, after, name)
        out_bytes(data)
        if not exact:
            escaped = (
                "what it holds is shown with escapes, so that the difference cannot be applied"
            )
            problem(Problem(name, escaped, hint=True))


def _status(request: Check, result: Result, ends: list[_End]) -> int:
    if any(not one.hint for one in result.problems):
        return 2
    if request.diff:
        return int(any(end.changes for end in ends) and not request.exit_zero)
    return int(any(end.failing for end in ends) and not request.exit_zero)


def _one_tree(work: list[Job]) -> None:
    """UsageError for a baseline over several trees: its paths are those of one."""
    if len(work) > 1 and any(job.options.baseline is not None for job in work):
        roots = " and ".join(str(job.files.root) for job in work)
        raise UsageError(f"a baseline belongs to one tree, and these are {roots}: check each alone")


def _write_baseline(work: list[Job], missing: list[Problem], request: Check) -> int:
    """Make everything known that is found now."""
    from gracelint.base.values import replace
    from gracelint.resolve.baseline import written

    if request.fix or request.diff:
        raise UsageError("--write-baseline goes with neither --fix nor --diff: fix first")
    if request.since is not None:
        raise UsageError("--write-baseline does not go with --since: a baseline holds all findings")
    job = work[0] if work else None
    path = job.options.baseline if job is not None else None
    if job is None or path is None:
        raise UsageError("--write-baseline: say where with --baseline FILE or in the settings")
    result = job.session(replace(job.options, baseline=None)).run(job.paths)
    write(str(job.files.root / path), written(result.findings), work)
    result = _shown(job, result)
    result = replace(result, problems=(*result.problems, *missing))
    for one in result.problems:
        problem(one)
    said = f"{count(len(result.findings), 'finding')} from now on"
    err(f"gracelint: note: {job.shown(path)} knows {said}")
    return 2 if any(not one.hint for one in result.problems) else 0


def _show_files(work: list[Job], missing: list[Problem]) -> int:
    from gracelint.discover.discover import discover
    from gracelint.session.scripts import named

    for one in missing:
        problem(one)
    for job in work:
        files = {*discover(job.files, job.paths).checked, *named(job.files, job.paths)}
        for path in sorted(files):
            out(line(job.shown(path)))
    return 2 if missing else 0
