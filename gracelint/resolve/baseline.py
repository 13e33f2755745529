"""Findings that are known already: a file of fingerprints, written once and read by later runs."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gracelint.base.json_text import dumps
from gracelint.base.source import Source
from gracelint.base.values import dataclass
from gracelint.checks import all_rules
from gracelint.files.tree import FileProblem, Files
from gracelint.model.suppression import BaselineEntry
from gracelint.resolve.fingerprint import fingerprints
from gracelint.settings.selection import enabled
from gracelint.syntax.json import strings

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Sequence

    from gracelint.checks.project import Run
    from gracelint.model.finding import Finding
    from gracelint.model.options import Options

VERSION = 1
_FINGERPRINT = ("findings", "fingerprint")


@dataclass(frozen=True, slots=True)
class Split:
    """Findings by whether a baseline has them. unmatched: the entries that stand for none."""

    new: list[Finding]
    baselined: list[Finding]
    unmatched: list[BaselineEntry]


def split(findings: Sequence[Finding], entries: Sequence[BaselineEntry]) -> Split:
    """Tell known findings from new ones."""
    wanted = {entry.fingerprint for entry in entries}
    named = list(zip(fingerprints(findings), findings, strict=True))
    met = {name for name, _ in named}
    return Split(
        [finding for name, finding in named if name not in wanted],
        [finding for name, finding in named if name in wanted],
        [entry for entry in entries if entry.fingerprint not in met],
    )


def stale(
    unmatched: Iterable[BaselineEntry],
    run: Run,
    files: Files,
    paths: Sequence[str],
    near: Callable[[str], Options],
) -> Iterator[BaselineEntry]:
    """The entries that a run over `paths` would have met if there were still something to meet.

    near: the settings that hold for a file. A script is only looked at where something starts it,
    which a part of the tree cannot tell.
    """
    rules = {rule.code: rule for rule in all_rules()}
    whole, checked = "" in paths, set(run.discovery.checked)
    for entry in unmatched:
        looked_at = whole or entry.path in checked or not files.exists(entry.path)
        rule = rules.get(entry.code)
        if looked_at and (rule is None or enabled(rule, near(entry.path))):
            yield entry


def within(path: str, places: Collection[str]) -> bool:
    """Whether a file is one of the files, or lies in one of the folders."""
    steps = path.split("/")
    return "." in places or any("/".join(steps[: i + 1]) in places for i in range(len(steps)))


def written(findings: Sequence[Finding]) -> str:
    """The file that makes `findings` known; paths are those of their sources."""
    entries = [
        {
            "code": finding.rule.code,
            "path": finding.primary.span.source.path,
            "message": finding.message,
            "fingerprint": name,
        }
        for name, finding in zip(fingerprints(findings), findings, strict=True)
    ]
    return dumps({"version": VERSION, "findings": entries}, indent=2) + "\n"


def load(files: Files, path: str) -> tuple[BaselineEntry, ...]:
    """The entries of a file; FileProblem when it cannot be used.

    path: from the root of `files`, or absolute for a file outside of it.
    """
    source = _source(files, path)
    try:
        data = json.loads(source.text)
    except (ValueError, RecursionError) as error:
        raise FileProblem(path, f"is no baseline: {error}; write it anew") from None
    version = data.get("version") if isinstance(data, dict) else None
    if version != VERSION or not isinstance(data.get("findings"), list):
        what = f'an object with "version": {VERSION} and a list of "findings"'
        raise FileProblem(path, f"is no baseline: it has to be {what}; write it anew")
    return tuple(_entries(source, data["findings"]))


def _source(files: Files, path: str) -> Source:
    if not Path(path).is_absolute():
        return files.load(path)
    outside = Path(path)
    files.door.elsewhere()
    try:
        source = Files(outside.parent).load(outside.name)
    except FileProblem as problem:
        raise FileProblem(path, problem.message) from None
    return Source(path, source.text)


def _entries(source: Source, entries: Iterable[Any]) -> Iterator[BaselineEntry]:
    """Each entry with the place of its fingerprint."""
    places = {path[1]: at for path, *at in strings(source) if path[::2] == _FINGERPRINT}
    for number, entry in enumerate(entries):
        values = [entry.get(k) for k in ("code", "path", "fingerprint")] if _is_map(entry) else []
        if not values or not all(isinstance(value, str) for value in values):
            said = f'entry {number + 1} needs the texts "code", "path" and "fingerprint"'
            raise FileProblem(source.path, f"is no baseline: {said}; write it anew")
        code, path, fingerprint = values
        yield BaselineEntry(code, path, fingerprint, source.span(*places[number]))


def _is_map(value: object) -> bool:
    return isinstance(value, dict)
