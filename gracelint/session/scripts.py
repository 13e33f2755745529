"""Scripts that are named by themselves: with every launch of the project that runs them."""

from __future__ import annotations

from gracelint.base.facts import Known
from gracelint.base.paths import absolute, name_of
from gracelint.base.typed import TYPE_CHECKING
from gracelint.base.values import replace
from gracelint.discover.discover import kind_of, looks_like_dockerfile
from gracelint.files import walk
from gracelint.model.result import Problem, Result
from gracelint.session.outcomes import besides, counted

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Sequence

    from gracelint.files.tree import Files
    from gracelint.model.finding import Finding
    from gracelint.model.process import Process
    from gracelint.model.story import Story

_SUFFIXES = frozenset(
    [
        "sh",
        "bash",
        "dash",
        "ash",
        "ksh",
        "zsh",
        "js",
        "mjs",
        "cjs",
        "ts",
        "py",
        "rb",
        "php",
        "pl",
        "go",
    ]
)
_OF_PROCESSES = frozenset(("GL1", "GL2", "GL3", "GL4"))
_WORDS = 20  # of a command: beyond them, nobody names a program
_UNUSED = "no launch in sight runs this, so that nothing is said of it"


def named(files: Files, paths: Sequence[str]) -> list[str]:
    """Those of the paths that are files of a program, and nothing that starts a container."""
    return [path for path in dict.fromkeys(paths) if _is_script(files, path)]


def _is_script(files: Files, path: str) -> bool:
    if kind_of(path) is not None or not files.is_file(path):
        return False
    source = files.read(path)
    if source is None or looks_like_dockerfile(source.text):
        return False
    return source.text.startswith("#!") or name_of(path).rpartition(".")[2].lower() in _SUFFIXES


def around(files: Files, scripts: Sequence[str]) -> list[str]:
    """Where the launches are looked for."""
    return walk.near(files, scripts)


def run_by(story: Story, scripts: Collection[str]) -> bool:
    """Whether a launch is seen to run one of the scripts."""
    return any(path in scripts for path in _paths(story))


def _paths(story: Story) -> Iterator[str]:
    workload = story.workload
    workdir = workload.workdir.value if isinstance(workload.workdir, Known) else "/"
    for process in story.tree.walk() if story.tree else ():
        yield from _of_process(process)
        for word in process.argv[:_WORDS]:
            file = workload.files.get(absolute(word.value, workdir)) if word.value else None
            if file is not None and file.text is not None:
                yield file.text.span(0, 0).source.path


def _of_process(process: Process) -> Iterator[str]:
    for origin in (process.span, *process.evidence):
        source = getattr(origin, "source", None)
        if source is not None and hasattr(source, "path"):
            yield source.path
    if process.shell is not None:
        yield process.shell.script.text.span(0, 0).source.path


def narrowed(result: Result, scripts: Sequence[str]) -> Result:
    """What a run says of the scripts, and of the launches that run them."""
    stories = tuple(story for story in result.stories if run_by(story, scripts))
    launches = [({*_paths(s), s.workload.source.path}, s.workload.name) for s in stories]

    def concerns(finding: Finding) -> bool:
        return _touches(finding, scripts) or _is_of(finding, launches)

    findings = tuple(filter(concerns, result.findings))
    met = {path for finding in findings for path in _places(finding)}
    unmet = [path for path in scripts if path not in met]
    return replace(
        result,
        findings=findings,
        suppressed=tuple(filter(concerns, result.suppressed)),
        baselined=tuple(filter(concerns, result.baselined)),
        files=len(scripts),
        checked=tuple(scripts),
        problems=tuple(problems(result.problems, unmet, stories)),
        unread=(),
        launches=counted(stories),
        stories=stories,
    )


def of_paths(
    stories: Iterable[Story], scripts: Collection[str], files: Collection[str]
) -> Iterator[Story]:
    """The launches that run one of the scripts, or that one of the files declares."""
    for story in stories:
        if story.workload.source.path in files or run_by(story, scripts):
            yield story


def problems(
    said: Iterable[Problem], scripts: Iterable[str], stories: Iterable[Story]
) -> list[Problem]:
    """What to say of a run for the sake of scripts: not the hints about everything else."""
    met = {path for story in stories for path in _paths(story)}
    unused = [Problem(path, _UNUSED, hint=True) for path in scripts if path not in met]
    return [*(one for one in said if not one.hint), *unused]


def both(first: Result, more: Result) -> Result:
    """Two results of one tree as one, in which nothing is said twice."""
    said = {_key(finding) for finding in first.findings}
    new = tuple(finding for finding in more.findings if _key(finding) not in said)
    stories = besides(first.stories, more.stories)
    return Result.joined(
        [first, replace(more, findings=new, stories=stories, launches=counted(stories))]
    )


def _key(finding: Finding) -> tuple[object, ...]:
    return (finding.rule.code, finding.primary.span.key)


def _places(finding: Finding) -> set[str]:
    labels = (finding.primary, *finding.causes, *finding.related)
    return {label.span.source.path for label in labels}


def _touches(finding: Finding, scripts: Collection[str]) -> bool:
    return not _places(finding).isdisjoint(scripts)


def _is_of(finding: Finding, launches: Iterable[tuple[Collection[str], str]]) -> bool:
    """Whether it is about the processes of one of the launches, given by their files and names."""
    path = finding.primary.span.source.path
    return finding.rule.code[:3] in _OF_PROCESSES and any(
        path in files and (not finding.workloads or name in finding.workloads)
        for files, name in launches
    )
