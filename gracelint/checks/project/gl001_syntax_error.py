"""GL001: a file that certainly is a Dockerfile, a YAML document or a script does not parse."""

from __future__ import annotations

from gracelint.base.typed import TYPE_CHECKING
from gracelint.checks import check
from gracelint.checks.lib.development import of_tests
from gracelint.checks.lib.words import meant_as_array
from gracelint.model.finding import Finding, Label, Rule, Severity

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gracelint.base.source import Span
    from gracelint.checks.project import Run

RULE = Rule("GL001", "syntax-error", Severity.ERROR)


@check(RULE)
def syntax_error(run: Run) -> Iterator[Finding]:
    """The first error of each file or document: what follows it is mostly its echo."""
    for span, message in run.errors:
        yield _finding(span, message)
    for document in run.discovery.yaml:
        for span, message in document.errors:
            yield _finding(span, message)
    for span, message in run.discovery.errors:
        yield _finding(span, message)
    for script in run.scripts:
        if script.certain and not meant_as_array(script.text.text):  # GL106 tells of these
            start, end, message = script.errors[0]
            yield _finding(script.text.span(start, end), message)


def _finding(span: Span, message: str) -> Finding:
    empty = not span.source.text.strip()  # it stands for what is still to be written
    severity = Severity.INFO if empty or of_tests(span.source.path) else RULE.severity
    return Finding(RULE, severity, message, Label(span))
