"""The commands as typer reads them: help, completion, and what to say of mistakes."""

from __future__ import annotations

import inspect
import re
from typing import TYPE_CHECKING, Annotated, Any, Optional

import typer

from gracelint import __version__
from gracelint.base.near import hint
from gracelint.cli.common import follow
from gracelint.cli.completion import completing
from gracelint.cli.options import COMMANDS, options
from gracelint.cli.output import Unwritten, closed_quietly, err, out

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from gracelint.cli.options import Option

_MISTAKES = next(kind for kind in typer.BadParameter.__mro__ if kind.__name__ == "ClickException")
"""What typer raises for words that it cannot read; it has no public name for all of it."""

_COMPLETION = ("--show-completion", "--install-completion")
"""With the name of a shell after them; without, typer asks which shell this is."""

_TYPES = {
    "flag": bool,
    "text": Optional[str],  # noqa: UP045
    "number": int,
    "codes": list[str],
    "texts": list[str],
    "word": Optional[str],  # noqa: UP045
    "words": Optional[list[str]],  # noqa: UP045
}

app = typer.Typer(
    name="gracelint",
    help="Tells you before you deploy whether your containers will stop gracefully.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def run(arguments: Sequence[str]) -> int:
    """Follow a command line; the exit status."""
    try:
        return _follow(arguments)
    except BrokenPipeError:
        return closed_quietly()
    except Unwritten as error:
        err(f"gracelint: error: {error}")
    except OSError as error:  # typer writes the help; commands say what they could not do
        err(f"gracelint: error: {Unwritten.because(error)}")
    return 2


def _follow(arguments: Sequence[str]) -> int:
    name = arguments[0] if arguments else "-"
    commands = [*COMMANDS, *_GROUPS]
    if not name.startswith("-") and name not in commands:
        advice = hint(name, commands, "--help lists them")
        err(f"gracelint: error: there is no command {name}; {advice}")
        return 2
    if name in _COMPLETION and len(arguments) > 1:
        from gracelint.cli import shells

        return shells.show(arguments[1]) if name == _COMPLETION[0] else shells.install(arguments[1])
    try:
        status = app(arguments, prog_name="gracelint", standalone_mode=False)
    except _MISTAKES as mistake:  # type: ignore[misc]
        return _explain(mistake)
    return status if isinstance(status, int) else 0


def _explain(mistake: Any) -> int:
    """Say what is wrong with a command line, and what to do."""
    if type(mistake).__name__ == "NoArgsIsHelpError":
        out(f"{mistake.ctx.get_help()}\n")
        return 2
    said = mistake.format_message()
    name = getattr(mistake, "option_name", None)
    if name is not None and type(mistake).__name__ == "NoSuchOption":
        said = f"there is no option {name}; {_meant(name, mistake.ctx.command.params)}"
    err(f"gracelint: error: {_own_words(said)}")
    return 2


_WORDS = (
    (
        r"No such command '(.*?)'\.? Did you mean '(.*?)'\?",
        r"there is no command \1; did you mean `\2`?",
    ),
    (r"No such command '(.*?)'\.?", r"there is no command \1; --help lists them"),
    (
        r"Invalid value for '([-\w]+)': '?(.*?)'? is not a valid int.*",
        r"\1 \2: give a whole number",
    ),
    (r"Invalid value for '([-\w]+)': (-\d+) is not in the range.*", r"\1 \2: give 0 or more"),
    (r"Option '([-\w]+)' requires an argument\.?", r"\1: give it a value; --help shows which"),
    (r"Option '([-\w]+)' does not take a value\.?", r"\1: it takes no value"),
    (
        r"Got unexpected extra argument(?:s|\(s\))? \((.*)\)",
        r"\1: no path or name belongs here; see --help",
    ),
)
"""What typer says, and the same as everything else is said here."""


def _own_words(said: str) -> str:
    for theirs, ours in _WORDS:
        if (match := re.fullmatch(theirs, said, re.DOTALL)) is not None:
            return match.expand(ours)
    return f"{said[:1].lower()}{said[1:].rstrip('.')}"


def _meant(name: str, parameters: Iterable[Any]) -> str:
    """What to do about an option: the last words of a longer one are taken for it, too."""
    options = [
        "--help",
        *(word for one in parameters for word in one.opts if word.startswith("--")),
    ]
    if not name.startswith("--"):
        options = []  # every letter is as near as any other
    longer = [word for word in options if word.endswith(name[1:])]
    return hint(longer[0] if longer else name, options, "--help lists them")


def _version(value: bool) -> None:
    if value:
        out(f"gracelint {__version__}\n")
        raise typer.Exit


@app.callback()
def gracelint(
    version: Annotated[
        bool,
        typer.Option("--version", "-V", callback=_version, is_eager=True, help="Show the version."),
    ] = False,
) -> None:
    """Tells you before you deploy whether your containers will stop gracefully."""


def _add(name: str) -> None:
    """Make a command of its declaration."""

    def command(**given: Any) -> None:
        raise typer.Exit(follow(name, given))

    request = COMMANDS[name]
    declared = options(request)
    parameters = [_parameter(field, option) for field, option in declared.items()]
    command.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
    command.__annotations__ = {one.name: one.annotation for one in parameters}
    group, _, command_name = name.rpartition(" ")
    place = _group(group) if group else app
    place.command(command_name, help=inspect.cleandoc(request.__doc__ or ""))(command)


_GROUPS: dict[str, typer.Typer] = {}
_ABOUT = {"images": "Tell from where each image is known, and lock the others."}


def _group(name: str) -> typer.Typer:
    """The commands that share a first word."""
    if name not in _GROUPS:
        settings = {"help_option_names": ["-h", "--help"]}
        group = typer.Typer(no_args_is_help=True, context_settings=settings)
        _GROUPS[name] = group
        app.add_typer(group, name=name, help=_ABOUT[name])
    return _GROUPS[name]


def _parameter(field: str, option: Option) -> inspect.Parameter:
    """An option as typer takes it from a function; a field that is not given keeps its default."""
    default: Any = (
        False if option.kind == "flag" else [] if option.kind in {"codes", "texts"} else None
    )
    said: dict[str, Any] = {"metavar": option.metavar or None, "help": option.help}
    said["autocompletion"] = completing(field, option)
    if option.kind == "number":
        said["min"] = 0
    if option.name:
        info = typer.Option(default, option.name, show_default=False, **said)
    else:
        info = typer.Argument(default, **said)
    kind = inspect.Parameter.KEYWORD_ONLY
    return inspect.Parameter(field, kind, default=info, annotation=_TYPES[option.kind])


for _command in COMMANDS:
    _add(_command)
