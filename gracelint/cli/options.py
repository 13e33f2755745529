"""The command line: every command with its options, each declared once.

A command is given a value of its class here. typer reads words by these classes, and so does what
starts faster than typer (`gracelint.cli.quick`).
"""

from __future__ import annotations

from gracelint.base.typed import TYPE_CHECKING, Any, Literal, TypeAlias
from gracelint.base.values import dataclass, field, fields
from gracelint.report import FORMATS, PROVE_FORMATS, RULE_FORMATS, TRACE_FORMATS

if TYPE_CHECKING:
    from collections.abc import Mapping

Kind = Literal["flag", "text", "texts", "number", "codes", "word", "words"]

LEVELS = ("error", "warning", "info")
_RENDER = ("auto", "never", "required")
_WHEN = ("auto", "always", "never")


class UsageError(Exception):
    """A command line that cannot be followed; the message says what to do."""


@dataclass(frozen=True, slots=True)
class Option:
    """What is said of one option, or of what stands without one (`word`, `words`).

    name: as it is written, "" for the latter. metavar: what help has in the place of its value.
    choices: the only values that it takes, where they can be listed.
    """

    kind: Kind
    help: str
    name: str = ""
    metavar: str = ""
    choices: tuple[str, ...] = ()


def _flag(help_: str, name: str = "") -> Any:
    return field(default=False, metadata={"option": Option("flag", help_, name)})


def _text(
    metavar: str,
    help_: str,
    choices: tuple[str, ...] = (),
    default: str | None = None,
    name: str = "",
) -> Any:
    option = Option("text", help_, name, metavar, choices)
    return field(default=default, metadata={"option": option})


def _codes(help_: str) -> Any:
    return field(default=(), metadata={"option": Option("codes", help_, "", "CODES")})


def _texts(metavar: str, help_: str, name: str = "") -> Any:
    return field(default=(), metadata={"option": Option("texts", help_, name, metavar)})


def _number(metavar: str, help_: str, default: int | None) -> Any:
    return field(default=default, metadata={"option": Option("number", help_, "", metavar)})


def _word(metavar: str, help_: str) -> Any:
    return field(default=None, metadata={"option": Option("word", help_, "", metavar)})


def _words(metavar: str, help_: str) -> Any:
    return field(default=(), metadata={"option": Option("words", help_, "", metavar)})


@dataclass(frozen=True, slots=True)
class Run:
    """What commands that look at files have in common."""

    paths: tuple[str, ...] = _words(
        "[PATH]…", "Files and folders; `-` is standard input. Default: ."
    )
    stdin_filename: str | None = _text("PATH", "What `-` is called and where it belongs.")
    config: str | None = _text("FILE", "The settings file to use.")
    isolated: bool = _flag("Use no settings file.")
    render: str | None = _text("WHEN", "Render charts: auto, never or required.", _RENDER)
    output_file: str | None = _text("FILE", "Write the report there.")
    color: str = _text("WHEN", "auto, always or never.", _WHEN, "auto")


@dataclass(frozen=True, slots=True)
class Check(Run):
    """Find what keeps containers from stopping gracefully.

    Exits with 0 when nothing is left at warning or above, with 1 when something is, and with 2 when
    the command line, the settings or a file could not be used.
    """

    fix: bool = _flag("Apply safe fixes.")
    unsafe_fixes: bool = _flag("With --fix or --diff: unsafe fixes, too.")
    diff: bool = _flag("Show what --fix would change; write nothing.")
    show_fixes: bool = _flag("List on standard error what was fixed.")
    add_ignore: str | None = _text("REASON", "Write ignore comments for what fails the run.")
    select: tuple[str, ...] = _codes("Only these rules, by code or name: GL101,GL5 or ALL.")
    extend_select: tuple[str, ...] = _codes("These rules, too.")
    ignore: tuple[str, ...] = _codes("Not these rules.")
    fail_level: str | None = _text("LEVEL", "What fails the run: error, warning or info.", LEVELS)
    exit_zero: bool = _flag("Exit with 0 even when findings are left.")
    output_format: str = _text("FORMAT", "full, concise, json, sarif, github, …", FORMATS, "full")
    report: tuple[str, ...] = _texts("FORMAT=FILE", "Write the report in this format, too.")
    advice: bool = _flag("Show all advice one by one, however much there is.")
    statistics: bool = _flag("Count findings by rule instead.")
    since: str | None = _text("REV", "Leave out what is found at this commit, too.")
    baseline: str | None = _text("FILE", "Leave out what this file knows; '' for no file.")
    write_baseline: bool = _flag("Write what is found to the baseline.")
    jobs: int = _number("N", "Processes to use; 0, the default: as many as pay.", 0)
    no_cache: bool = _flag("Take and keep nothing of what an earlier run said.")
    show_files: bool = _flag("List the files that would be checked.")
    show_settings: bool = _flag("Show the settings in force.")


@dataclass(frozen=True, slots=True)
class Trace(Run):
    """Show each container's processes, and what a stop does to them."""

    target: str | None = _text("STAGE", "The Dockerfile stage to build. Default: the last.")
    unknown: bool = _flag("Only those that cannot be told, with the reason.")
    output_format: str = _text("FORMAT", "text, json, mermaid, html or svg.", TRACE_FORMATS, "text")


@dataclass(frozen=True, slots=True)
class Rule:
    """Explain a rule, or list all of them."""

    code: str | None = _word("CODE", "The rule's code or name.")
    every: bool = _flag("List all rules.", "--all")
    output_format: str = _text("FORMAT", "text or json.", RULE_FORMATS, "text")
    color: str = _text("WHEN", "auto, always or never.", _WHEN, "auto")


@dataclass(frozen=True, slots=True)
class Schema:
    """Show what settings there are, as a JSON Schema or as a page."""

    output_format: str = _text("FORMAT", "json or markdown.", ("json", "markdown"), "json")


_LISTS = ("text", "json")


@dataclass(frozen=True, slots=True)
class ImagesList(Run):
    """Show the images in use, and how it is known what they start."""

    unknown: bool = _flag("Only those of which nothing is known.")
    output_format: str = _text("FORMAT", "text or json.", _LISTS, "text")


@dataclass(frozen=True, slots=True)
class ImagesLock(Run):
    """Write what images start to gracelint.lock, for check and trace.

    Exits with 0 when every image in use is in the lock or built here, with 1 when one is not, and
    with 2 when an image or the lock could not be read.
    """

    archives: tuple[str, ...] = _texts(
        "ARCHIVE", "Images as `docker save` or an OCI layout has them: tar or folder.", "--from"
    )
    engine: str | None = _text("NAME", "Take them from docker, podman or the engine of a socket.")
    registry: bool = _flag("Fetch from their registries what is not found otherwise.")
    check: bool = _flag("Write nothing; fail when images in use are not in the lock.")


@dataclass(frozen=True, slots=True)
class Prove:
    """Stop containers on an engine, and compare with the trace.

    TARGET is a Dockerfile, a folder, a Compose file or one service of it (compose.yaml:web, or web
    for the one here), or an image. Exits with 0 when all stop gracefully, as predicted, with 1 when
    one does not, with 3 when one does otherwise than predicted, and with 2 when one could not be
    proven.
    """

    targets: tuple[str, ...] = _words("[TARGET]…", "What to prove. Default: the folder here.")
    every: bool = _flag("Everything at and below the targets that can be built here.", "--all")
    stage: str | None = _text("STAGE", "The Dockerfile stage to build.", name="--target")
    engine: str | None = _text("NAME", "docker, podman or a socket. Default: whichever answers.")
    with_dependencies: bool = _flag("Start what a Compose service depends on before it.")
    network: str = _text("NETWORK", "The network of containers. Default: none.", default="none")
    build_network: str | None = _text("NETWORK", "The network of builds. Default: the engine's.")
    pull: bool = _flag("Fetch images that the engine does not have.")
    env: tuple[str, ...] = _texts("NAME=VALUE", "A variable for the containers.", "--env")
    ready: str | None = _text("WHEN", "Seconds, or a pattern in the output; else once it settles.")
    patience: int = _number("SECONDS", "How long it may take until it is ready. Default: 60.", 60)
    grace: int | None = _number("SECONDS", "Another grace period than declared.", None)
    memory: int = _number("MIB", "The memory of a container. Default: 2048; 0: no limits.", 2048)
    learn: bool = _flag("Write what was seen of programs to the settings.")
    output_format: str = _text("FORMAT", "text, json or markdown.", PROVE_FORMATS, "text")
    output_file: str | None = _text("FILE", "Write the report there.")
    config: str | None = _text("FILE", "The settings file to use.")
    isolated: bool = _flag("Use no settings file.")
    color: str = _text("WHEN", "auto, always or never.", _WHEN, "auto")


@dataclass(frozen=True, slots=True)
class Init:
    """Propose settings, a hook, a workflow and a baseline."""

    path: str | None = _word("PATH", "A folder of the repository. Default: .")
    write: bool = _flag("Write what is proposed; what is there already stays as it is.")
    color: str = _text("WHEN", "auto, always or never.", _WHEN, "auto")


@dataclass(frozen=True, slots=True)
class Server:
    """Serve an editor by the Language Server Protocol."""


Request: TypeAlias = (
    "Check | Trace | Prove | Rule | Schema | Init | ImagesList | ImagesLock | Server"
)

COMMANDS: dict[str, type[Request]] = {
    "check": Check,
    "trace": Trace,
    "prove": Prove,
    "rule": Rule,
    "schema": Schema,
    "init": Init,
    "images list": ImagesList,
    "images lock": ImagesLock,
    "server": Server,
}


def options(command: type[Request]) -> dict[str, Option]:
    """The options of a command by their fields, its own before those that it shares."""
    named = {one.name: one for one in fields(command)}
    ordered = dict.fromkeys([*command.__annotations__, *named])
    return {name: _named(name, named[name].metadata["option"]) for name in ordered}


def _named(name: str, option: Option) -> Option:
    """The option with the name that its field gives it, unless it has one or needs none."""
    if option.name or option.kind in {"word", "words"}:
        return option
    spelled = f"--{name.replace('_', '-')}"
    return Option(option.kind, option.help, spelled, option.metavar, option.choices)


def request(command: str, given: Mapping[str, Any]) -> Request:
    """What a command is given, of the words for each field; UsageError for a wrong choice."""
    values: dict[str, Any] = {}
    for name, option in options(COMMANDS[command]).items():
        value = given.get(name)
        if value is None:
            continue
        if option.choices and value not in option.choices:
            from gracelint.base.near import hint

            advice = hint(value, option.choices, f"choose one of {', '.join(option.choices)}")
            raise UsageError(f"{option.name} {value}: {advice}")
        values[name] = _settled(option.kind, value)
    return COMMANDS[command](**values)


def _settled(kind: Kind, value: Any) -> Any:
    """A value as its field has it: `GL101,gl5` and repeated options are one list."""
    if kind == "codes":
        words = (word.strip() for one in value for word in one.split(","))
        return tuple(word for word in words if word)
    return tuple(value) if kind in {"words", "texts"} else value
