"""Commands and their options."""

from __future__ import annotations

from typing import Annotated, Optional

import typer

from gracelint import __version__

app = typer.Typer(
    name="gracelint",
    help="Tells you before you deploy whether your containers will stop gracefully.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)

Paths = Annotated[
    Optional[list[str]],  # noqa: UP045
    typer.Argument(metavar="[PATH]…", help="Files and folders; `-` is standard input. Default: ."),
]
Color = Annotated[str, typer.Option(help="auto, always or never.", metavar="WHEN")]
Config = Annotated[
    Optional[str],  # noqa: UP045
    typer.Option(metavar="FILE", help="The settings file to use."),
]
StdinFilename = Annotated[
    Optional[str],  # noqa: UP045
    typer.Option(metavar="PATH", help="What `-` is called and where it belongs."),
]
Isolated = Annotated[bool, typer.Option("--isolated", help="Use no settings file.")]
Selectors = Annotated[list[str], typer.Option(metavar="CODES")]
_NO_CODES: list[str] = []


def _version(value: bool) -> None:
    if value:
        from gracelint.cli.output import out

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


@app.command()
def check(
    paths: Paths = None,
    fix: Annotated[bool, typer.Option("--fix", help="Apply safe fixes.")] = False,
    unsafe_fixes: Annotated[
        bool, typer.Option("--unsafe-fixes", help="With --fix or --diff: unsafe fixes, too.")
    ] = False,
    diff: Annotated[
        bool, typer.Option("--diff", help="Show what --fix would change; write nothing.")
    ] = False,
    show_fixes: Annotated[
        bool, typer.Option("--show-fixes", help="List on standard error what was fixed.")
    ] = False,
    select: Annotated[
        list[str], typer.Option(metavar="CODES", help="Only these rules: GL101,GL5 or ALL.")
    ] = _NO_CODES,
    extend_select: Annotated[
        list[str], typer.Option(metavar="CODES", help="These rules, too.")
    ] = _NO_CODES,
    ignore: Annotated[
        list[str], typer.Option(metavar="CODES", help="Not these rules.")
    ] = _NO_CODES,
    fail_level: Annotated[
        Optional[str],  # noqa: UP045
        typer.Option(metavar="LEVEL", help="What fails the run: error, warning or info."),
    ] = None,
    exit_zero: Annotated[
        bool, typer.Option("--exit-zero", help="Exit with 0 even when findings are left.")
    ] = False,
    output_format: Annotated[
        str, typer.Option(metavar="FORMAT", help="full, concise, json, sarif, github, …")
    ] = "full",
    output_file: Annotated[
        Optional[str],  # noqa: UP045
        typer.Option(metavar="FILE", help="Write the report there."),
    ] = None,
    statistics: Annotated[
        bool, typer.Option("--statistics", help="Count findings by rule instead.")
    ] = False,
    stdin_filename: StdinFilename = None,
    config: Config = None,
    isolated: Isolated = False,
    baseline: Annotated[
        Optional[str],  # noqa: UP045
        typer.Option(metavar="FILE", help="Leave out the findings that this file knows."),
    ] = None,
    write_baseline: Annotated[
        bool, typer.Option("--write-baseline", help="Write what is found to the baseline.")
    ] = False,
    jobs: Annotated[
        int, typer.Option(metavar="N", min=1, help="Processes to use at most; one is used.")
    ] = 1,
    no_cache: Annotated[
        bool, typer.Option("--no-cache", help="Nothing is cached, so this changes nothing.")
    ] = False,
    show_files: Annotated[
        bool, typer.Option("--show-files", help="List the files that would be checked.")
    ] = False,
    show_settings: Annotated[
        bool, typer.Option("--show-settings", help="Show the settings in force.")
    ] = False,
    color: Color = "auto",
) -> None:
    """Find what keeps containers from stopping gracefully.

    Exits with 0 when nothing is left at warning or above, with 1 when something is, and with 2 when
    the command line, the settings or a file could not be used.
    """
    from gracelint.cli.check import Request
    from gracelint.cli.check import check as run_check

    del jobs, no_cache  # one process takes less time than starting a second; there is no cache

    raise typer.Exit(
        run_check(
            Request(
                paths=tuple(paths or ()),
                fix=fix,
                unsafe=unsafe_fixes,
                diff=diff,
                show_fixes=show_fixes,
                select=_codes(select),
                extend_select=_codes(extend_select),
                ignore=_codes(ignore),
                fail_level=fail_level,
                exit_zero=exit_zero,
                output_format=output_format,
                output_file=output_file,
                statistics=statistics,
                stdin_filename=stdin_filename,
                config=config,
                isolated=isolated,
                baseline=baseline,
                write_baseline=write_baseline,
                show_files=show_files,
                show_settings=show_settings,
                color=color,
            )
        )
    )


@app.command()
def trace(
    paths: Paths = None,
    target: Annotated[
        Optional[str],  # noqa: UP045
        typer.Option(metavar="STAGE", help="The Dockerfile stage to build. Default: the last."),
    ] = None,
    output_format: Annotated[
        str, typer.Option(metavar="FORMAT", help="text, json or mermaid.")
    ] = "text",
    output_file: Annotated[
        Optional[str],  # noqa: UP045
        typer.Option(metavar="FILE", help="Write it there."),
    ] = None,
    stdin_filename: StdinFilename = None,
    config: Config = None,
    isolated: Isolated = False,
    color: Color = "auto",
) -> None:
    """Show the processes of each container, and what a stop does to them."""
    from gracelint.cli.trace import Request
    from gracelint.cli.trace import trace as run_trace

    raise typer.Exit(
        run_trace(
            Request(
                paths=tuple(paths or ()),
                target=target,
                output_format=output_format,
                output_file=output_file,
                stdin_filename=stdin_filename,
                config=config,
                isolated=isolated,
                color=color,
            )
        )
    )


@app.command()
def rule(
    code: Annotated[
        Optional[str],  # noqa: UP045
        typer.Argument(metavar="CODE", help="The rule's code or name."),
    ] = None,
    every: Annotated[bool, typer.Option("--all", help="List all rules.")] = False,
    output_format: Annotated[str, typer.Option(metavar="FORMAT", help="text or json.")] = "text",
    color: Color = "auto",
) -> None:
    """Explain a rule, or list all of them."""
    from gracelint.cli.rule import rule as run_rule

    status = run_rule(code, every=every, output_format=output_format, color=color)
    raise typer.Exit(status)


def _codes(given: list[str]) -> tuple[str, ...]:
    """`GL101,gl5` and repeated options as one list, in capitals."""
    words = (word.strip().upper() for one in given for word in one.split(","))
    return tuple(word for word in words if word)
