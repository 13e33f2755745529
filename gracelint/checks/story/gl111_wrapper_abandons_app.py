"""GL111: a wrapper that ends without waiting for the application."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from gracelint.checks import check
from gracelint.checks.delivery import defects, finding, name, plain_words
from gracelint.finding import Applicability, Edit, Fix, Rule, Severity
from gracelint.shutdown.process import Cause
from gracelint.workload import Known

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gracelint.finding import Finding
    from gracelint.shutdown.process import Defect, Story

RULE = Rule(
    "GL111",
    "wrapper-abandons-app",
    Severity.ERROR,
    frozenset({Applicability.UNSAFE, Applicability.SHOW}),
)
_RUNNERS = frozenset({"npm", "npx", "yarn", "pnpm"})


@check(RULE)
def wrapper_abandons_app(story: Story) -> Iterator[Finding]:
    """Wrappers that end before the application does."""
    for defect in defects(story, Cause.WRAPPER_ABANDONS):
        key = defect.process.program
        through = " through a shell that stays" if defect.process.children else ""
        yield finding(
            RULE,
            story,
            defect,
            f"`{key}` starts {name(defect.app)}{through} and ends before it is done",
            fixes=(_own_command(story, defect), _advice(key)),
        )


def _advice(key: str) -> Fix:
    if key in _RUNNERS:
        title = "Start the script's own command, or begin the script in package.json with `exec`"
    else:
        title = "Begin the command with `exec`, or start it with `setpriv` or `gosu`, which are replaced"
    return Fix(title, Applicability.SHOW)


def _own_command(story: Story, defect: Defect) -> Fix | None:
    """Replace `npm start` by what the script runs, where that is one plain command with a path."""
    shells = [c.shell for c in defect.process.children if c.shell is not None]
    command = story.workload.launch.command
    argv = story.workload.launch.argv
    if defect.process.program not in _RUNNERS or not shells or command is None:
        return None
    words = plain_words(shells[0].script)
    whole = isinstance(argv, Known) and argv.value == command.words == defect.process.argv
    if not words or not whole or command.form != "exec":
        return None
    if words[0] != "node" and not words[0].startswith(("/", "./")):
        return None
    written = json.dumps(words, ensure_ascii=False)
    title = (
        f"Start `{' '.join(words)}` itself (scripts that npm runs before and after it are left out)"
    )
    return Fix(title, Applicability.UNSAFE, (Edit(command.value, written),))
