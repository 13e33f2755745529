"""`html`: one page that stands alone, without scripts and without anything to load."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from gracelint.report.frame import frames
from gracelint.report.full import launches, summary, untold
from gracelint.report.text import visible

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gracelint.model.finding import Finding
    from gracelint.model.result import Result

_HEAD = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>gracelint</title>
<style>
body { font: 16px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem }
pre { font: 14px/1.4 ui-monospace, monospace; overflow-x: auto; padding: .75rem;
  background: #f6f8fa; color: #1f2328 }
h2 { font-size: 1.1rem; margin-top: 2rem }
.error { color: #b3261e } .warning { color: #8a5300 } .info { color: #0b57d0 }
</style>
<h1>gracelint</h1>
"""


def render(result: Result) -> str:
    """A section for each finding, after the summary."""
    sections = "".join(_section(finding) for finding in result.findings)
    told = "".join(f"<p>{escape(line)}</p>\n" for line in (summary(result), *untold(result)))
    return f"{_HEAD}{told}{sections}</html>\n"


def _section(finding: Finding) -> str:
    label = finding.severity.label
    frame = "\n".join(frames(finding, color=False, width=100))
    return (
        "<section>\n"
        f'<h2><span class="{label}">{label} {finding.rule.code}</span>'
        f" {escape(visible(finding.message))}</h2>\n"
        f"<pre>{escape(frame)}</pre>\n{''.join(_notes(finding))}</section>\n"
    )


def _notes(finding: Finding) -> Iterator[str]:
    notes = [("In", launches(finding))]
    notes += [("Help", line) for line in finding.help.split("\n")]
    notes += [(f"Fix ({fix.applicability.label})", fix.title) for fix in finding.fixes]
    for word, text in notes:
        if text:
            yield f"<p>{word}: {escape(visible(text))}</p>\n"
