"""What keeps the command of an exec hook from doing what it says."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gracelint import atlas
from gracelint.base import lazy
from gracelint.base.facts import Known
from gracelint.base.source import Source
from gracelint.diagnose.launched import image_of
from gracelint.syntax.shell.parse import parse

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gracelint.model.pod import Container
    from gracelint.model.workload import Group, Workload
    from gracelint.syntax.yaml.node import Node

Problem = tuple[str, str]
"""What is wrong, and what to do."""

_VARIABLE = lazy.compile(r"\$[A-Za-z_][A-Za-z0-9_]*")
_OPERATORS = frozenset({"&&", "||", ";", "|", "&", ">", ">>", "<", "2>&1"})


def problem(
    group: Group, container: Container, workload: Workload, handler: Node
) -> Problem | None:
    """What is wrong with the `exec` of a hook; None: nothing that the files tell."""
    if handler.kind != "mapping":
        return "`exec` is no mapping with a `command`", "Write `exec: {command: [...]}`"
    command = handler.get("command")
    if command is None or command.is_null or (command.kind == "sequence" and not command.children):
        return "`exec` has no `command`", "Give the program and its arguments as a list"
    if command.kind != "sequence":
        return _no_list(command)
    words = [child.value if child.kind == "scalar" else None for child in command.children]
    if any(word is None for word in words):
        return "`command` is a list of more than words", "Write one word a line"
    texts = [word or "" for word in words]
    return _grammar(texts) or _missing(group, container, workload, texts[0])


def _no_list(command: Node) -> Problem:
    if command.kind == "mapping":
        return "`command` is a mapping, and the API takes a list", "Give the words as a list"
    return (
        "`command` is one string, and the API takes a list of words",
        "Write the words as a list; for shell syntax `[sh, -c, ...]`",
    )


def _grammar(words: Sequence[str]) -> Problem | None:
    """What is wrong whatever the image holds; templates may still fill in anything."""
    if any("{{" in word for word in words):
        return None
    first = words[0]
    if atlas.is_shell(first):
        return _shell(words)
    if any(c.isspace() for c in first):
        return (
            f"no program is called `{_short(first)}`: without a shell the words are not split",
            "Give each word of its own, or put `sh`, `-c` in front",
        )
    variable = next((word for word in words[1:] if _VARIABLE.fullmatch(word)), None)
    if variable is not None and first.rpartition("/")[2] == "sleep":
        return (
            f"there is no shell to expand `{variable}`: `sleep` rejects it as it stands",
            f'Write `["sh", "-c", "{_short(" ".join(words))}"]`',
        )
    operator = next((word for word in words[1:] if word in _OPERATORS), None)
    if operator is not None:
        return (
            f"there is no shell to read `{operator}`: `{first}` gets it as an argument",
            f'Write `["sh", "-c", "{_short(" ".join(words))}"]`',
        )
    return None


def _shell(words: Sequence[str]) -> Problem | None:
    """A shell that takes its text for the name of a file, or drops half of it."""
    at = _text_at(words)
    if at is None:
        return None
    if not _is_command_option(words[at - 1]):
        return _file(words[0], words[at]) if at < len(words) else None
    rest = words[at + 1 :]
    if at >= len(words):
        return "no text follows `-c`", "Add the command"
    unread = _syntax(words[at])
    if unread or not rest or "$" in words[at]:
        return unread
    if not any(c.isspace() for c in words[at].strip()) or any(" " in word for word in rest):
        lost = _short(" ".join(rest))
        return (
            f"the shell runs `{_short(words[at])}` alone: `{lost}` is no part of the text",
            "Put the whole command line into the one word behind `-c`",
        )
    return None


def _syntax(text: str) -> Problem | None:
    """What keeps any shell from reading a text."""
    script = parse(Source("", text), "bash")
    if not script.errors or not script.certain:
        return None
    return f"no shell can read its text: {script.errors[0][2]}", "Mend the text behind `-c`"


def _text_at(words: Sequence[str]) -> int | None:
    """Where the text of `-c` stands, or the name of the script; None where there is neither."""
    at = 1
    while at < len(words) and words[at][:1] in {"-", "+"} and words[at] not in {"-", "--"}:
        if _is_command_option(words[at]):
            return at + 1
        at += 2 if words[at][-1] in "oO" and words[at][1] != "-" else 1
    return at if at < len(words) and words[at] not in {"-", "--"} else None


def _is_command_option(word: str) -> bool:
    return word.startswith("-") and not word.startswith("--") and "c" in word[1:]


def _file(shell: str, name: str) -> Problem | None:
    """A command line, or the bare name of a tool, where a shell expects the path of a script."""
    line = any(c.isspace() for c in name) or any(c in name for c in ";&|")
    if not line and not atlas.says(name, "tool"):
        return None
    return (
        f"without `-c`, `{shell}` takes `{_short(name)}` for the name of a script",
        f"Put `-c` behind `{shell}`, and the whole command line into one word",
    )


def _missing(group: Group, container: Container, workload: Workload, first: str) -> Problem | None:
    """A program that the image is known not to have."""
    name, shell = first.rpartition("/")[2], workload.base.shell
    image = image_of(workload, group)
    direct = image is not None and workload.base.reference == container.image
    bare = shell == Known("", shell.origins) and not _brought(workload, name)
    if bare and (atlas.is_shell(name) or atlas.says(name, "tool")):
        return f"`{container.image}` has no `{name}`", "Use `sleep` or `httpGet`"
    if direct and image is not None and name in image.lacks and name == first:
        return f"`{container.image}` has no `{name}`", "Use what the image has, or `sleep`"
    if (
        name == "bash"
        and image is not None
        and "bash" in image.lacks
        and "bash" not in workload.packages
    ):
        return f"`{workload.base.reference}` has no `bash`", "Use `sh`"
    return None


def _brought(workload: Workload, name: str) -> bool:
    """Whether a Dockerfile may have put a program into an image without a shell."""
    folders = ("/bin", "/usr/bin", "/usr/local/bin", "/sbin", "/busybox")
    if any(name in (workload.files.names(folder) or ()) for folder in folders):
        return True
    command = workload.launch.command
    written = command.span.source.text if command is not None and command.stage is not None else ""
    return "busybox" in written


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= 40 else line[:37] + "..."
