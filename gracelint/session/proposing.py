"""What would let a repository live with gracelint: settings, a hook, a workflow, a baseline."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

from gracelint.base.paths import join
from gracelint.base.values import dataclass
from gracelint.model.finding import Severity
from gracelint.session import templates
from gracelint.settings.read import inside

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from gracelint.base.source import Source
    from gracelint.files.tree import Files
    from gracelint.model.result import Result
    from gracelint.session.scene import Scene

SETTINGS, BASELINE = "gracelint.toml", "gracelint-baseline.json"
HOOKS, GITLAB = ".pre-commit-config.yaml", ".gitlab-ci.yml"
WORKFLOWS = ".github/workflows"

_SENDERS = {
    "alb.ingress.kubernetes.io/": "alb",
    "ingressClassName: alb": "alb",
    "service.beta.kubernetes.io/aws-load-balancer-": "nlb",
    "cloud.google.com/neg": "neg",
    "appgw.ingress.kubernetes.io/": "agic",
}
_OF_TESTS = ("testdata", "fixtures", "__fixtures__")


@dataclass(frozen=True, slots=True)
class Proposal:
    """A file to write. text: all of it; None where it is left as it is. why: in a few words.

    added: what of the text is new, the whole for a file that is not there yet.
    """

    path: str
    text: str | None
    why: str
    added: str = ""


def settings(files: Files, scene: Scene, result: Result) -> Proposal:
    """What is worth setting, for a whole tree. result: what is found without any settings."""
    there = inside(files, "")
    if there is not None:
        return Proposal(there, None, "is there already")
    parts = [*_baseline(result), *_traffic(files), *_excluded(scene)]
    if not parts:
        return Proposal(SETTINGS, None, "not needed: the defaults fit")
    text = "\n".join([f"{_HEAD}\n", *parts])
    return Proposal(SETTINGS, text, "new", text)


_HEAD = "# `gracelint check --show-settings .` shows what holds, `gracelint schema` what there is."


def _baseline(result: Result) -> Iterator[str]:
    if any(finding.severity > Severity.INFO for finding in result.findings):
        yield f'# What is found today fails no run; what is new does.\nbaseline = "{BASELINE}"\n'


def _traffic(files: Files) -> Iterator[str]:
    """How requests come, where the manifests name one way."""
    senders: dict[str, str] = {}
    for path in files.walk([""]):
        source = files.read(path) if path.endswith((".yaml", ".yml")) else None
        text = source.text if source is not None else ""
        for words, sender in _SENDERS.items():
            if words in text:
                senders.setdefault(sender, path)
    if len(senders) == 1:
        ((sender, path),) = senders.items()
        said = (
            f"# {json.dumps(path)} has requests come this way: they go on for a while after a stop."
        )
        yield f'{said}\ntraffic = "{sender}"\n'


def _excluded(scene: Scene) -> Iterator[str]:
    parts = {part for path in scene.discovery.checked for part in path.split("/")[:-1]}
    names = [f'"**/{name}/**"' for name in _OF_TESTS if name in parts]
    if names:
        yield f"# Files of tests, which nobody deploys.\nexclude = [{', '.join(names)}]\n"


def hook(files: Files) -> Proposal:
    """An entry for pre-commit that wakes for what is staged."""
    source = files.read(HOOKS)
    if source is None:
        text = f"repos:\n{_indented(templates.HOOK, 2)}"
        return Proposal(HOOKS, text, "new", text)
    if "gracelint" in source.text:
        return Proposal(HOOKS, None, "has an entry already")
    if (kept := _without_hooks(source.text)) is not None:
        added = f"repos:\n{_indented(templates.HOOK, 2)}"
        return Proposal(HOOKS, kept + added, "the first entry", added)
    place = _end_of_list(source, "repos")
    if place is None:
        return Proposal(HOOKS, None, f"is left as it is; add this to it:\n{templates.HOOK}")
    at, indent = place
    added = _indented(templates.HOOK, indent)
    before = source.text[:at]
    text = f"{before}{'' if before.endswith(chr(10)) else chr(10)}{added}{source.text[at:]}"
    return Proposal(HOOKS, text, "one entry more", added)


def _without_hooks(text: str) -> str | None:
    """The comments of a configuration that has no hooks yet; None for any other."""
    lines = text.splitlines(keepends=True)
    kept = [line for line in lines if line.strip()[:1] in {"", "#"} or line.strip() == "---"]
    rest = ["".join(line.split()) for line in lines if line not in kept]
    if rest not in ([], ["repos:[]"], ["repos:"]):
        return None
    whole = "".join(kept).rstrip()
    return f"{whole}\n" if whole else ""


def workflow(files: Files) -> Proposal:
    """A job for the service that this repository is tested by; GitHub where none is in sight."""
    gitlab = files.read(GITLAB)
    if gitlab is not None and not files.is_dir(".github"):
        return _gitlab(gitlab)
    for name in files.names(WORKFLOWS):
        source = files.read(join(WORKFLOWS, name))
        if source is not None and "gracelint" in source.text:
            return Proposal(source.path, None, "runs it already")
    text = templates.WORKFLOW.replace("BRANCH", _branch(files))
    return Proposal(join(WORKFLOWS, "gracelint.yml"), text, "new", text)


def _gitlab(source: Source) -> Proposal:
    if "gracelint" in source.text:
        return Proposal(GITLAB, None, "runs it already")
    text = f"{source.text.rstrip()}\n\n{templates.GITLAB}"
    return Proposal(GITLAB, text, "one job more", templates.GITLAB)


def _branch(files: Files) -> str:
    """The branch that pushes go to: what the remote calls its own, else the one in use."""
    for path in (".git/refs/remotes/origin/HEAD", ".git/HEAD"):
        source = files.read(path)
        match = source and re.fullmatch(
            r"ref: refs/(?:heads|remotes/origin)/([\w./-]+)\s*", source.text
        )
        if match:
            return str(match[1])
    return "main"


def _end_of_list(source: Source, key: str) -> tuple[int, int] | None:
    """Where the sequence of a key ends, and how far its dashes are indented."""
    from gracelint.syntax.yaml.parse import parse

    read = parse(source)
    elements = [e for root in read.roots() for e in root.sequence(key) if e.alias_span is None]
    if read.errors or not elements:
        return None
    last = elements[-1].span
    line = source.line(elements[0].span.first.line)
    indent = len(line) - len(line.lstrip(" "))
    if line[indent : indent + 1] != "-":
        return None
    end = source.text.find("\n", last.end - 1 if source.text[last.end - 1] == "\n" else last.end)
    return len(source.text) if end < 0 else end + 1, indent


def _indented(text: str, width: int) -> str:
    lines: Iterable[str] = text.splitlines(keepends=True)
    return "".join(" " * width + line for line in lines)
