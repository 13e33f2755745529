"""`gracelint prove`."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from gracelint.base.near import nearest
from gracelint.base.values import replace
from gracelint.cli.interrupts import held, raised
from gracelint.cli.job import Asked, here, jobs, write
from gracelint.cli.options import UsageError
from gracelint.cli.output import columns, err, in_color, out, problem
from gracelint.files.tree import FileProblem, Files
from gracelint.model.proof import Proof, Seen
from gracelint.model.story import Verdict
from gracelint.report import render_proofs

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gracelint.cli.job import Job
    from gracelint.cli.options import Prove
    from gracelint.model.proof import Lesson
    from gracelint.prove.engine import Engine
    from gracelint.prove.prepare import Terms
    from gracelint.prove.trial import Trial
    from gracelint.session.session import Session


def prove(request: Prove) -> int:
    """Prove what is asked for and say what came of it; the exit status."""
    from gracelint.prove.engine import EngineError, connected

    _refuse(request)
    work = [trial for target in request.targets or (".",) for trial in _work(request, target)]
    if not work:
        err("gracelint: note: there is nothing here that can be built and started")
        return 0
    proofs: list[Proof] = []
    try:
        with raised(), connected(request.engine) as engine:
            if request.engine is None and engine.kind == "podman":
                err("gracelint: note: Docker does not answer, so that Podman is asked")
            for proof in _proofs(request, engine, work):
                proofs.append(proof)  # noqa: PERF402  # what there is counts when it is interrupted
    except EngineError as error:
        raise UsageError(str(error)) from error
    finally:
        if proofs:
            _write(request, proofs, [job for job, _ in work])
    if request.learn:
        _learn(work, proofs, engine.version)
    return status(proofs)


def status(proofs: list[Proof]) -> int:
    """2 where one was not proven, else 3 where one is not as predicted, else 0 for all graceful."""
    if any(one.observed is None for one in proofs):
        return 2
    if any(one.agrees is False for one in proofs):
        return 3
    return 0 if all(map(_is_graceful, proofs)) else 1


def _is_graceful(proof: Proof) -> bool:
    """Whether nothing was lost: what could not be seen is as predicted, a job may end by itself."""
    seen, story = proof.observed, proof.story
    if seen is None:
        return False
    if seen.seen is Seen.UNCLEAR and story is not None:
        return story.verdict in {Verdict.GRACEFUL, Verdict.CUT_OFF}
    done = seen.seen is Seen.EXITS and story is not None and story.workload.finite
    return seen.seen is Seen.GRACEFUL or (done and not seen.exit)


def _refuse(request: Prove) -> None:
    """UsageError for what cannot be meant."""
    for one in request.env:
        if not re.fullmatch(r"[^=\s]+=.*", one, re.DOTALL):
            raise UsageError(f"--env {one}: write it as NAME=VALUE")
    if request.ready is not None:
        try:
            re.compile(request.ready)
        except re.error as error:
            raise UsageError(f"--ready {request.ready}: it is no pattern: {error}") from None
    if request.learn and request.isolated:
        raise UsageError("--learn writes to the settings, and --isolated uses none")
    if request.learn and find_spec("tomlkit") is None:
        raise UsageError("--learn takes tomlkit: pip install 'gracelint[engine]'")


# What is to be proven


def _work(request: Prove, target: str) -> Iterator[tuple[Job, Trial]]:
    path, service = _apart(target)
    if path is None:
        yield from _image_or_service(request, target)
        return
    job = _job(request, path)
    inner = job.paths[0]
    if request.every:
        yield from _every(request, job, inner)
        return
    if job.files.is_dir(inner):
        from gracelint.prove.trial import of_folder

        folder = of_folder(job.files, inner)
        if folder is None:
            raise UsageError(
                f"{path}: there is no Dockerfile or Compose file in it; --all looks deeper"
            )
        inner = folder
    yield from _in_file(request, job, inner, service)


def _apart(target: str) -> tuple[str | None, str | None]:
    """The path that a target names, and a service of the file there; None for what is none."""
    if Path(target).exists():
        return target, None
    path, colon, service = target.rpartition(":")
    if colon and Path(path).is_file():
        return path, service
    return None, None


def _job(request: Prove, path: str) -> Job:
    [job], problems = jobs([path], None, Asked(request.config, request.isolated, render="never"))
    for one in problems:
        problem(one)
    return job


_IMAGE = r"[a-z0-9][a-z0-9._/:-]*(:[\w.-]+)?(@[a-z0-9]+:[0-9a-f]+)?"


def _image_or_service(request: Prove, target: str) -> Iterator[tuple[Job, Trial]]:
    """A word that is no path: a service of the Compose file here, else an image."""
    from gracelint.discover.compose import BASE_NAMES
    from gracelint.prove.trial import of_image

    job = _job(request, ".")
    folder = job.paths[0]
    near = [f"{folder}/{name}".lstrip("/") for name in BASE_NAMES]
    file = next((path for path in near if job.files.is_file(path)), None)
    if file is not None and re.fullmatch(r"[\w.-]+", target):
        candidates = list(_in_file(request, job, file, target, quiet=True))
        if candidates:
            yield from candidates
            return
    meant = _meant(job, file, target)
    if "/" in target and target.startswith((".", "/")):
        raise UsageError(f"{target}: no such file or folder{meant}")
    if not re.fullmatch(_IMAGE, target):
        raise UsageError(
            f"{target}: it is no path here, no service, and no name of an image{meant}"
        )
    if meant:
        err(f"gracelint: note: {target} is taken for the name of an image{meant}")
    yield job, of_image(job.session(), target)


def _meant(job: Job, file: str | None, target: str) -> str:
    """The path or the service that comes nearest to a word that is none, as the end of a line."""
    from gracelint.prove.trial import trials

    folder, slash, last = target.rpartition("/")
    entries = _entries(Path(folder or slash or "."))
    if file is not None and not slash:
        session = job.session()
        services = (_service(one) for one in trials(session, session.stories([file])))
        entries += [name for name in services if name is not None]
    near = nearest(last, entries)
    return "" if near is None else f"; did you mean `{folder}{slash}{near}`?"


def _entries(folder: Path) -> list[str]:
    """What lies in a folder, as far as it can be listed."""
    try:
        return sorted(one.name for one in folder.iterdir())
    except OSError:
        return []


def _in_file(
    request: Prove, job: Job, path: str, service: str | None, *, quiet: bool = False
) -> Iterator[tuple[Job, Trial]]:
    from gracelint.prove.trial import trials

    session = job.session()
    scene = session.stories([path], request.stage)
    matches = [one for one in trials(session, scene) if service in {None, _service(one)}]
    if not quiet or matches:
        _print_problems(job, session)
    if not matches and not quiet:
        stage = f" with the stage {request.stage}" if request.stage else ""
        what = f"service `{service}`" if service else f"image or service to start{stage}"
        others = [_service(one) or "" for one in trials(session, scene)] if service else []
        near = nearest(service or "", others)
        meant = "" if near is None else f"; did you mean `{near}`?"
        raise UsageError(f"{job.shown(path)}: there is no {what} in it{meant}")
    yield from ((job, one) for one in matches)


def _print_problems(job: Job, session: Session) -> None:
    for one in session.problems:
        problem(replace(one, path=job.shown(one.path) if one.path else ""))


def _service(trial: Trial) -> str | None:
    return trial.service.name if trial.service is not None else None


def _every(request: Prove, job: Job, path: str) -> Iterator[tuple[Job, Trial]]:
    from gracelint.prove.trial import all_built, trials

    session = job.session()
    scene = session.stories([path], request.stage)
    _print_problems(job, session)
    built, others = all_built(list(trials(session, scene)))
    for one in others:
        err(f"gracelint: note: {one.name}: its image is not built here, so that it is left out")
    yield from ((job, one) for one in built)


# Doing it


def _proofs(request: Prove, engine: Engine, work: list[tuple[Job, Trial]]) -> Iterator[Proof]:
    """Each of its own, so that what one leaves is away before the next begins."""
    from gracelint.prove.keep import kept
    from gracelint.prove.run import prove as proven

    for job, trial in work:
        with kept(engine, held) as keeper:
            named = replace(trial, name=_called(job, trial))
            proofs = proven(keeper, named, _terms(request, job))
        for left in keeper.left:
            err(f"gracelint: error: this could not be taken away: {left}")
        yield proofs


def _called(job: Job, trial: Trial) -> str:
    """A launch by the way to its file from here."""
    if trial.recipe is None and trial.service is None:
        return trial.name
    path, colon, rest = trial.name.partition(":")
    return f"{job.shown(path)}{colon}{rest}"


def _terms(request: Prove, job: Job) -> Terms:
    from gracelint.prove.prepare import PROCESSES, Terms

    return Terms(
        job.files,
        network=request.network,
        build_network=request.build_network,
        env=request.env,
        ready=request.ready,
        patience=request.patience,
        grace=request.grace,
        memory=request.memory * 1024**2,
        processes=PROCESSES if request.memory else 0,
        pulls=request.pull,
        companions=request.with_dependencies,
        tell=lambda what: err(f"gracelint: note: {what}"),
    )


def _write(request: Prove, proofs: list[Proof], work: list[Job]) -> None:
    color = in_color(request.color, to_file=request.output_file is not None)
    text = render_proofs(request.output_format, proofs, shown=here(), color=color, width=columns())
    if request.output_file is None:
        out(text)
    else:
        write(request.output_file, text, work)


def _learn(work: list[tuple[Job, Trial]], proofs: list[Proof], engine: str) -> None:
    """Write what was seen to the settings files that hold for the launches."""
    from gracelint.prove.learn import NEW, nearest

    lessons_by_file: dict[tuple[Path, str], tuple[Job, list[Lesson]]] = {}
    for (job, _), proof in zip(work, proofs, strict=True):
        path = nearest(job.files, proof.story.workload.source.path) if proof.story else NEW
        lessons_by_file.setdefault((job.files.root, path), (job, []))[1].extend(proof.lessons)
    version = f"{engine}, {datetime.now(UTC):%Y-%m-%d}"
    for (_, path), (job, lessons) in lessons_by_file.items():
        if lessons:
            _teach(job, path, lessons, version)
    if not any(lessons for _, lessons in lessons_by_file.values()):
        err("gracelint: note: there was nothing to learn: the files told what was seen")


def _teach(job: Job, path: str, lessons: list[Lesson], version: str) -> None:
    from gracelint.prove.learn import LearnError, agreed, taught

    lessons, differing = agreed(lessons)
    for name in differing:
        err(f"gracelint: note: `{name}` did one thing here and another there: it is not learnt")
    if not lessons:
        return
    source = Files(job.files.root).read(path)
    try:
        text = taught(source.text if source is not None else "", path, lessons, version)
    except LearnError as error:
        raise FileProblem(job.shown(path), str(error)) from error
    write(str(job.files.root / path), text, [job])
    for name in dict.fromkeys(lesson.name for lesson in lessons):
        err(f'gracelint: note: {job.shown(path)}: programs."{name}" is what was seen')
