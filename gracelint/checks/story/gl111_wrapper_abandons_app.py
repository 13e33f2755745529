"""GL111: a wrapper that ends without waiting for the application."""

from __future__ import annotations

import json

from gracelint import atlas
from gracelint.base.edit import Edit
from gracelint.base.facts import Known
from gracelint.base.typed import TYPE_CHECKING
from gracelint.checks import check
from gracelint.checks.lib.delivery import (
    at_the_image,
    called,
    defects,
    finding,
    in_code,
    name,
    pass_on,
    plain_words,
    what_follows,
    without_script,
    written_as,
)
from gracelint.model.defect import WrapperAbandons
from gracelint.model.finding import Applicability, Fix, Rule, Severity
from gracelint.model.story import Verdict

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gracelint.base.source import Span, Text
    from gracelint.model.defect import Defect
    from gracelint.model.finding import Finding
    from gracelint.model.snapshot import ShellState
    from gracelint.model.story import Story

RULE = Rule(
    "GL111",
    "wrapper-abandons-app",
    Severity.ERROR,
    frozenset({Applicability.UNSAFE, Applicability.SHOW}),
)


@check(RULE)
def wrapper_abandons_app(story: Story) -> Iterator[Finding]:
    """Wrappers that end before the application does."""
    for defect in defects(story, WrapperAbandons):
        key, code = called(defect), in_code(defect)
        if code is not None:
            yield _by_code(story, defect, code)
            continue
        yield finding(
            RULE,
            story,
            defect,
            f"`{key}` {_what(story, defect)}",
            primary=_place(defect),
            help_=what_follows(story, defect),
            fixes=_fixes(story, defect),
            severity=Severity.INFO if _loses_nothing(story, defect) else at_the_image(defect),
        )


def _loses_nothing(story: Story, defect: WrapperAbandons) -> bool:
    """Whether SIGKILL does to the application what the stop signal would, and as soon."""
    return defect.heedless and story.verdict is Verdict.ABANDONED


def _fixes(story: Story, defect: WrapperAbandons) -> tuple[Fix | None, ...]:
    """Start the application itself; but as PID 1 it would not stop without a handler."""
    if not _loses_nothing(story, defect):
        return _own_command(story, defect), Fix(_advice(defect), Applicability.SHOW)
    title = (
        f"Handle SIG{story.signal} in {name(defect.app)}, and start it without `{called(defect)}`"
    )
    return (Fix(title, Applicability.SHOW),)


def _what(story: Story, defect: Defect) -> str:
    """What a wrapper does on the signal: it ends first, or stays with a shell that does."""
    app, shell = name(defect.app), _shell(defect)
    if story.verdict is Verdict.KILLED and shell is not None:
        return f"tells a shell of SIG{story.signal}, which stays and does not tell {app}"
    between = ": a shell stands between them" if shell is not None else ""
    return f"ends on SIG{story.signal} while {app} still runs{between}"


def _place(defect: Defect) -> Span | None:
    """The wrapper's own word, where an init in front of it stands in another instruction."""
    process = defect.process
    return process.argv[0].span if process.pid != 1 and process.argv else None


def _by_code(story: Story, defect: Defect, code: Span) -> Finding:
    key = called(defect)
    message = f"this starts {name(defect.app)}, and `{key}` ends on SIG{story.signal} without it"
    return finding(RULE, story, defect, message, primary=code, fixes=(pass_on(defect),))


def _advice(defect: Defect) -> str:
    advice = defect.process.wrapped.instead if defect.process.wrapped is not None else ""
    advice = without_script(defect) or advice
    return advice or "Begin the command with `exec`, or use `setpriv` or `gosu`, which are replaced"


def _own_command(story: Story, defect: Defect) -> Fix | None:
    """Replace `npm start` by what the script runs, where that is one plain command with a path."""
    command, shell = written_as(story, defect.process), _shell(defect)
    wrapped = defect.process.wrapped
    if wrapped is None or not wrapped.package_scripts or shell is None or command is None:
        return None
    words, home = plain_words(shell.script), story.workload.workdir
    elsewhere = not isinstance(home, Known) or wrapped.folder not in {"", home.value}
    if not words or elsewhere or not command.keyword.isupper():
        return None
    if not atlas.says(words[0], "runtime", "interpreter") and "/" not in words[0]:
        if not _installed(words[0], shell.script.text):
            return None
        words = [f"node_modules/.bin/{words[0]}", *words[1:]]
    written = json.dumps(words, ensure_ascii=False)
    title = (
        f"Start `{' '.join(words)}` itself (the runner's variables, and scripts that it runs before"
        " and after this one, are left out)"
    )
    return Fix(title, Applicability.UNSAFE, (Edit(command.value, written),))


def _installed(name: str, script: Text) -> bool:
    """Whether the package.json that the script stands in asks for a package of this name."""
    try:
        package = json.loads(script.span(0, 0).source.text)
    except (ValueError, RecursionError):
        return False
    asked = [package.get(key) for key in _DEPENDENCIES] if isinstance(package, dict) else []
    return any(isinstance(packages, dict) and name in packages for packages in asked)


_DEPENDENCIES = ("dependencies", "devDependencies", "optionalDependencies")


def _shell(defect: Defect) -> ShellState | None:
    """The shell directly below the wrapper."""
    return next((c.shell for c in defect.process.children if c.shell is not None), None)
