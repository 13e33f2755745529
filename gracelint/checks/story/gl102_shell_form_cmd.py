"""GL102: a shell-form CMD that leaves a shell in front of the application."""

from __future__ import annotations

from gracelint.base.typed import TYPE_CHECKING
from gracelint.checks import check
from gracelint.checks.lib.shell_form import shell_form_findings
from gracelint.model.finding import Applicability, Rule, Severity

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gracelint.model.finding import Finding
    from gracelint.model.story import Story

RULE = Rule("GL102", "shell-form-cmd", Severity.ERROR, frozenset({Applicability.SAFE}))


@check(RULE)
def shell_form_cmd(story: Story) -> Iterator[Finding]:
    """CMD's shell waits for its last command."""
    yield from shell_form_findings(RULE, story, "CMD")
