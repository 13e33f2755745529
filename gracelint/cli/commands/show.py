"""`gracelint check --show-settings`: what holds for each path, and where it is said."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from gracelint.cli.output import line, out, problem
from gracelint.model.finding import Severity
from gracelint.model.options import Options
from gracelint.settings.read import Origin

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gracelint.cli.job import Job
    from gracelint.model.result import Problem
    from gracelint.settings.read import Loaded

RUN_WIDE = ("exclude", "fail_level", "baseline", "render", "charts", "compose")
"""Said by the settings of the whole run, whichever file is nearest."""

_ELSEWHERE = frozenset({"locked"})
"""Said by gracelint.lock, and no key of a settings file."""


def show_settings(work: list[Job], missing: list[Problem]) -> int:
    """Write the settings of each path as TOML, every value with its origin; the exit status."""
    for one in missing:
        problem(one)
    for job in work:
        for path in dict.fromkeys(job.paths):
            for text in _of(job, path):
                out(line(text))
    return 2 if missing else 0


def _of(job: Job, path: str) -> Iterator[str]:
    assert job.scope is not None
    folder = path if job.files.is_dir(path) else path.rpartition("/")[0]
    near, shared = job.scope.of(folder), job.scope.shared(job.paths)
    files = [job.shown(file) for file in near.files]
    yield f"# {job.shown(path)}: {', which extends '.join(files) or 'no settings file'}"
    for field in Options.__match_args__:
        if field in _ELSEWHERE:
            continue
        wide = field in RUN_WIDE and shared is not near
        for text in _values(job, shared if wide else near, field):
            yield f"{text}, for the whole run" if wide else text


def _values(job: Job, loaded: Loaded, field: str) -> Iterator[str]:
    """A setting as it would be written; of a table each entry by itself."""
    key, value = field.replace("_", "-"), getattr(loaded.options, field)
    if isinstance(value, dict) and value:
        for name, entry in value.items():
            where = _origin(job, loaded, (field, name))
            yield f"{key}.{json.dumps(name)} = {_toml(entry)}  # {where}"
    else:
        shown = f"# {key}" if value is None else f"{key} = {_toml(value)}"
        yield f"{shown}  # {_origin(job, loaded, (field,))}"


def _origin(job: Job, loaded: Loaded, key: tuple[str, ...]) -> str:
    origins = loaded.origins.get(key, loaded.origins.get(key[:1], ()))
    places = (f"{job.shown(o.path)}:{o.line}" if isinstance(o, Origin) else o for o in origins)
    return " and ".join(places) or "default"


def _toml(value: Any) -> str:
    """A value as it would be written."""
    if isinstance(value, Severity):
        return f'"{value.label}"'
    if value is None:
        return '"off"'
    if isinstance(value, dict):
        inner = (f"{json.dumps(k)} = {_toml(v)}" for k, v in value.items())
        return f"{{ {', '.join(inner)} }}" if value else "{}"
    if isinstance(value, tuple) and value and all(isinstance(v, int) for v in value):
        return f'"{".".join(map(str, value))}"'
    return json.dumps(value, ensure_ascii=False)
