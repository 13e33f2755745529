"""The action's one step that needs words taken apart: run gracelint and hand on what it found.

It is started with the interpreter of the environment that gracelint was installed into, isolated
(`-I`), and takes everything from the environment: GitHub writes no input into a command line.
"""

from __future__ import annotations

import json
import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

WORDS = {"config": "--config", "baseline": "--baseline", "fail-level": "--fail-level"}
BASE = "HEAD^1"
"""What a pull request is merged into: the first parent of the commit that GitHub makes of both."""

MERGED = "HEAD^2"


def main() -> int:
    """Run gracelint as the inputs ask; its exit status."""
    folder = given("working-directory") or "."
    try:
        os.chdir(folder)
    except (OSError, ValueError) as error:
        return refused(f"the input working-directory cannot be used: {error}")
    if given("summary") not in {"true", "false"}:
        return refused("the input summary has to be true or false")
    gracelint, temp = sys.argv[1], Path(os.environ["RUNNER_TEMP"], "gracelint")
    try:
        command = [gracelint, "check", *shlex.split(given("args"))]
    except ValueError as error:
        return refused(f"the input args cannot be taken apart: {error}")
    command += [f"{option}={given(name)}" for name, option in WORDS.items() if given(name)]
    made = {"json": temp / "report.json", "markdown": temp / "report.md"}
    if given("sarif-file"):
        made["sarif"] = Path(given("sarif-file"))
    command += [f"--report={name}={path}" for name, path in made.items()]
    command += ["--output-format", "github"]
    for path in (made["json"], made["markdown"]):
        path.unlink(missing_ok=True)
    before = stamp(made.get("sarif"))
    paths = [line for line in given("paths").splitlines() if line]
    status = run(command, paths)
    told({"exit-code": str(status)} | counts(made["json"]))
    if "sarif" in made and stamp(made["sarif"]) not in {before, None}:
        told({"sarif-file": str(Path(folder) / made["sarif"])})
    if given("summary") == "true" and made["markdown"].is_file():
        with Path(os.environ["GITHUB_STEP_SUMMARY"]).open("a", encoding="utf-8") as summary:
            summary.write(made["markdown"].read_text(encoding="utf-8") + "\n")
    return status


def given(name: str) -> str:
    """An input."""
    return os.environ.get(f"INPUT_{name.upper().replace('-', '_')}", "")


def stamp(path: Path | None) -> tuple[int, int] | None:
    """Which file this is and when it was written, so that one of the tree is not taken for ours."""
    try:
        state = path.lstat() if path is not None else None
    except (OSError, ValueError):
        return None
    return (state.st_ino, state.st_mtime_ns) if state is not None else None


def run(command: list[str], paths: list[str]) -> int:
    """Run gracelint, in a pull request for what that brings; its exit status."""
    since = given("since")
    if any(word.partition("=")[0] == "--since" for word in command):
        since = ""  # the further options say it
    if since != "auto":
        return follow([*command, *([f"--since={since}"] if since else []), "--", *paths])[0]
    if os.environ.get("GITHUB_EVENT_NAME") != "pull_request":
        return follow([*command, "--", *paths])[0]
    why = follow([command[0], "check", "--show-files", f"--since={MERGED}"], quiet=True)[1]
    if not why:
        status, why = follow([*command, f"--since={BASE}", "--", *paths])
        if not why:
            return status
    how = "fetch-depth: 2 for actions/checkout, without a ref, lets gracelint compare"
    said = f"everything is reported, not only what this pull request brings; {how} ({why})"
    annotate("notice", said)
    return follow([*command, "--", *paths])[0]


def follow(command: list[str], *, quiet: bool = False) -> tuple[int, str]:
    """Run a command; its exit status, and what it says where a commit cannot be read."""
    done = subprocess.run(command, capture_output=True, check=False)
    complaint = re.search(
        rb"^gracelint: error: (--since HEAD\^[12]: .*)$", done.stderr, re.MULTILINE
    )
    if complaint is not None and given("since") == "auto":
        return done.returncode, complaint[1].decode("utf-8", "replace")
    if not quiet:
        sys.stderr.buffer.write(done.stderr)
        sys.stderr.flush()
        sys.stdout.buffer.write(done.stdout)
        sys.stdout.flush()
        if done.returncode > 1:
            annotate("error", "gracelint could not do all of its work; the log says why")
    return done.returncode, ""


def counts(report: Path) -> dict[str, str]:
    """The numbers of a report; none where there is no report."""
    if not report.is_file():
        return {}
    summary = json.loads(report.read_text(encoding="utf-8"))["summary"]
    launches = summary["launches"]
    found = {name: summary[name] for name in ("errors", "warnings", "infos", "suppressed")}
    found |= {"findings": sum(summary[name] for name in ("errors", "warnings", "infos"))}
    found |= {"killed": launches["killed"] + launches["abandoned"], "unknown": launches["unknown"]}
    return {name: str(number) for name, number in found.items()}


def told(outputs: dict[str, str]) -> None:
    """Set outputs of the step, each on one line."""
    with Path(os.environ["GITHUB_OUTPUT"]).open("a", encoding="utf-8") as file:
        for name, value in outputs.items():
            line = re.sub(r"[\r\n]", "", value)
            file.write(f"{name}={line}\n")


def refused(why: str) -> int:
    """Say that an input cannot be used."""
    annotate("error", why)
    told({"exit-code": "2"})
    return 2


def annotate(kind: str, text: str) -> None:
    """Let GitHub show a message."""
    data = text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")
    sys.stdout.write(f"::{kind} title=gracelint::{data}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
