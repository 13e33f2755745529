"""Small charts in memory, and what a run says of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gracelint.files.tree import Files
from gracelint.model.options import Options
from gracelint.session.session import Session

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from gracelint.model.finding import Finding
    from gracelint.model.result import Result

CHART = "apiVersion: v2\nname: web\nversion: 1.0.0\n"
DEPLOYMENT = """\
apiVersion: apps/v1
kind: Deployment
metadata:
  name: {{ .Release.Name }}-web
spec:
  selector:
    matchLabels: {app: web}
  template:
    metadata:
      labels: {app: web}
    spec:
      terminationGracePeriodSeconds: 60
      containers:
        - name: web
          image: registry.example/web:1
"""


def chart(**texts: str) -> dict[str, str]:
    """A chart `web`, by path; `values`, `deployment` and other templates by their names."""
    files = {"web/Chart.yaml": texts.pop("chart", CHART)}
    if (values := texts.pop("values", None)) is not None:
        files["web/values.yaml"] = values
    return files | {f"web/templates/{name}.yaml": text for name, text in texts.items()}


def run(files: Mapping[str, str], paths: Iterable[str] = ("",), **options: object) -> Result:
    tree = Files("/nowhere", overlay=files)
    return Session(tree, Options(**options)).run(list(paths))  # type: ignore[arg-type]


def said(findings: Iterable[Finding], code: str = "") -> list[str]:
    """`CODE path:line text` of each finding, the first line of its text."""
    return [
        f"{f.rule.code} {f.primary.span.source.path}:{f.primary.span.first.line}"
        f" {f.primary.span.text.strip().partition(chr(10))[0]}"
        for f in findings
        if f.rule.code.startswith(code)
    ]
