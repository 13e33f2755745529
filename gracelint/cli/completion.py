"""What a shell may put in for a word that is being typed; loaded for nothing else."""

from __future__ import annotations

import os
from contextlib import suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from gracelint.cli.options import Option

    Offers = Iterator[tuple[str, str]]

MAX_NAMES = 1_000

_ABOUT = {
    "full": "for people",
    "concise": "a line for each finding",
    "grouped": "under the files",
    "github": "annotations",
    "gitlab": "Code Quality",
    "rdjson": "reviewdog",
    "markdown": "for pull requests",
}


def completing(field: str, option: Option) -> Callable[[str], list[tuple[str, str]]] | None:
    """What completes an option, or what stands without one; None where nothing is known."""
    offers: Callable[[str], Offers] | None = None
    if option.choices:
        offers = _choices(option.choices)
    elif option.kind == "codes":
        offers = _codes
    elif field == "code":
        offers = _rules
    elif field == "report":
        offers = _reports
    elif field == "engine":
        offers = _choices(("docker", "podman"))
    elif field == "targets" or "FILE" in option.metavar or "PATH" in option.metavar:
        offers = _paths
    if offers is None:
        return None
    offer = offers

    def complete(incomplete: str) -> list[tuple[str, str]]:
        return list(offer(incomplete))

    return complete


def _choices(choices: tuple[str, ...]) -> Callable[[str], Offers]:
    def offers(incomplete: str) -> Offers:
        for choice in choices:
            if choice.startswith(incomplete):
                yield choice, _ABOUT.get(choice, "")

    return offers


def _rules(incomplete: str) -> Offers:
    """Codes and names of rules, each with the other."""
    from gracelint.checks import all_rules

    for rule in all_rules():
        if rule.code.startswith(incomplete.upper()):
            yield rule.code.lower() if incomplete[:1] == "g" else rule.code, rule.name
        elif rule.name.startswith(incomplete.lower()):
            yield rule.name, rule.code


def _codes(incomplete: str) -> Offers:
    """The same behind those that stand there already, `GL101,`."""
    before, comma, last = incomplete.rpartition(",")
    for word, about in _rules(last):
        yield f"{before}{comma}{word}", about


def _reports(incomplete: str) -> Offers:
    from gracelint.report import FORMATS

    for name in FORMATS:
        if name.startswith(incomplete):
            yield f"{name}=", _ABOUT.get(name, "")


def _paths(incomplete: str) -> Offers:
    """Files and folders, for the shell that does not offer them itself where nothing else is."""
    if "fish" not in os.environ.get("_GRACELINT_COMPLETE", ""):
        return
    folder, slash, start = incomplete.rpartition("/")
    with suppress(OSError, ValueError), os.scandir(f"{folder}{slash}" or ".") as listing:
        for entry, _ in zip(listing, range(MAX_NAMES), strict=False):
            if entry.name.startswith(start) and (start or not entry.name.startswith(".")):
                yield f"{folder}{slash}{entry.name}{'/' * entry.is_dir()}", ""
