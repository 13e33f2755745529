"""Workflows that build images with an action: `docker/build-push-action` and its like.

A workflow of the same repository that a job calls counts with the inputs that the job gives it.
"""

from __future__ import annotations

import itertools
import re
from typing import TYPE_CHECKING

from gracelint.base import lazy
from gracelint.base.paths import join, name_of, seen_from
from gracelint.discover.builds import ANY, Built
from gracelint.discover.commands import MAX_WORD, expanded

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from gracelint.syntax.yaml.parse import Node, YamlFile

MAX_RUNS = 100
"""So many runs of one job's matrix are looked at."""

MAX_IMAGES = 2000
"""So many images of one workflow are read."""

_BUILDS = lazy.compile(
    r"(docker|elgohr)/[\w-]*(build-push|publish-docker)[\w-]*(@|$)", re.IGNORECASE
)
_OUTPUT = lazy.compile(r"\$\{\{\s*steps\.([\w-]+)\.outputs\.\w+\s*\}\}")
_MATRIX = lazy.compile(r"\$\{\{\s*(?:matrix\.([\w.-]+)|(inputs\.[\w-]+))\s*\}\}")


def workflow(
    file: YamlFile, load: Callable[[str], YamlFile | None], predefined: Mapping[str, str]
) -> Iterator[Built]:
    """The images that a workflow's steps build from Dockerfiles, with `ANY` in their names.

    load: the workflow at a path, of those in the same repository that its jobs call. predefined:
    what the CI system sets by itself.
    """
    yield from itertools.islice(_all(file, load, predefined), MAX_IMAGES)


def _all(
    file: YamlFile, load: Callable[[str], YamlFile | None], predefined: Mapping[str, str]
) -> Iterator[Built]:
    for job, variables in _jobs(file):
        env = {**predefined, **variables}
        yield from _job(job, env, {})
        called = job.string("uses") or ""
        inner = load(called.removeprefix("./")) if called.startswith("./") else None
        for run in _runs(job) if inner is not None else ():
            given = {
                key: _filled(value, env, run) for key, value in _texts(job.get("with")).items()
            }
            inputs = {**_defaults(inner), **_inputs(given)}
            for called_job, its_env in _jobs(inner):
                yield from _job(called_job, {**predefined, **its_env}, inputs)


def _jobs(file: YamlFile | None) -> Iterator[tuple[Node, Mapping[str, str]]]:
    """The jobs of a workflow, with what is in their environment."""
    for root in file.roots() if file is not None else ():
        jobs = root.get("jobs") if root.kind == "mapping" else None
        for _, job in jobs.items if jobs is not None and jobs.kind == "mapping" else ():
            if job.kind == "mapping":
                yield job, {**_texts(root.get("env")), **_texts(job.get("env"))}


def _inputs(given: Mapping[str, str]) -> dict[str, str]:
    return {f"inputs.{key}": value for key, value in given.items()}


def _defaults(file: YamlFile | None) -> dict[str, str]:
    """What the inputs of a workflow are where its caller does not give them."""
    defaults = {}
    for root in file.roots() if file is not None else ():
        inputs = root.find("on", "workflow_call", "inputs")
        for key, said in inputs.items if inputs is not None and inputs.kind == "mapping" else ():
            if said.kind == "mapping":
                defaults[key.value] = said.string("default") or ""
    return _inputs(defaults)


def _job(job: Node, env: Mapping[str, str], inputs: Mapping[str, str]) -> Iterator[Built]:
    steps = [step for step in job.sequence("steps") if step.kind == "mapping"]
    outputs = {step.string("id") or "": _texts(step.get("with")) for step in steps}
    for step in steps:
        if not _BUILDS.match(step.string("uses") or ""):
            continue
        for run in _runs(job):
            yield from _step(step, {**env, **_texts(step.get("env"))}, outputs, {**inputs, **run})


def _step(
    step: Node,
    env: Mapping[str, str],
    outputs: Mapping[str, Mapping[str, str]],
    run: Mapping[str, str],
) -> Iterator[Built]:
    raw = _texts(step.get("with"))
    given = {key: _filled(value, env, run) for key, value in raw.items()}
    where = seen_from("", given.get("context") or ".")
    named = given.get("file") or given.get("dockerfile")
    beside = None if where is None else join(where, "Dockerfile")
    path = seen_from("", named) if named else beside
    target = given.get("target") or None
    if path is None or ANY in f"{where}{path}{target}":
        return
    tags = [*_tags(raw, env, outputs, run)]
    if not tags:
        yield Built("", step.span, None, where, path, None, target)
    for tag in tags:
        service = name_of(tag).partition(":")[0]
        yield Built(service, step.span, tag, where, path, None, target)


def _tags(
    raw: Mapping[str, str],
    env: Mapping[str, str],
    outputs: Mapping[str, Mapping[str, str]],
    run: Mapping[str, str],
) -> Iterator[str]:
    """The names that a step gives its image, by itself or as an earlier step has made them."""
    written = raw.get("tags") or raw.get("name") or raw.get("repository") or ""
    output = _OUTPUT.search(written)
    if output is not None:
        written = outputs.get(output[1], {}).get("images", "")
    for part in re.split(r"[\n,]", written):
        name = _filled(part.strip(), env, run)
        if name:
            yield name.removeprefix("name=")


def _filled(text: str, env: Mapping[str, str], run: Mapping[str, str]) -> str:
    if len(text) > MAX_WORD:
        return ANY
    text = _MATRIX.sub(lambda m: run.get(m[1] or m[2], ANY), text)
    return expanded(text, env)


def _texts(node: Node | None) -> dict[str, str]:
    """The scalars of a mapping."""
    if node is None or node.kind != "mapping":
        return {}
    texts = {}
    for key, value in node.items:
        if value.kind == "scalar":
            texts[key.value] = value.value
    return texts


def _runs(job: Node) -> Iterator[Mapping[str, str]]:
    """What a job's matrix gives its keys, run by run; one empty run without a matrix."""
    matrix = job.find("strategy", "matrix")
    if matrix is None or matrix.kind != "mapping":
        yield {}
        return
    axes = {
        key.value: [item.value for item in matrix.sequence(key.value) if item.kind == "scalar"]
        for key, value in matrix.items
        if key.value not in {"include", "exclude"}
    }
    for key, value in matrix.items:
        if key.value not in {"include", "exclude"} and value.kind == "sequence":
            rows = [_texts(item) for item in matrix.sequence(key.value)]
            if any(rows):
                yield from ({f"{key.value}.{k}": v for k, v in row.items()} for row in rows)
    plain = {key: values for key, values in axes.items() if values}
    product = itertools.product(*plain.values())
    for values in itertools.islice(product, MAX_RUNS):
        yield dict(zip(plain, values, strict=True))
    for item in itertools.islice(matrix.sequence("include"), MAX_RUNS):
        yield _texts(item)
