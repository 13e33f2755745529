"""What files are called in reports: their paths seen from where the command runs."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from gracelint.base.edit import Edit
from gracelint.base.source import Source
from gracelint.base.values import replace
from gracelint.model.finding import Applicability, Finding, Fix, Label, Rule, Severity
from gracelint.model.result import Result
from gracelint.report.shown import AS_THEY_ARE, Shown

RULE = Rule("GL999", "made-up", Severity.ERROR)


@pytest.mark.parametrize(
    ("folder", "root", "path", "called"),
    [
        ("/repo", "/repo", "api/Dockerfile", "api/Dockerfile"),
        ("/repo/api", "/repo", "api/Dockerfile", "Dockerfile"),
        ("/repo/web", "/repo", "api/Dockerfile", "../api/Dockerfile"),
        ("/", "/repo", "api/Dockerfile", "repo/api/Dockerfile"),
        ("/elsewhere", "/repo", "api/Dockerfile", "/repo/api/Dockerfile"),
        ("/repo/api", "/repo", "api", "."),
        ("/repo", "/repo", "", "."),
        ("/repo", "", "<stdin>", "<stdin>"),
    ],
)
def test_a_file_is_called_as_one_would_where_one_is(
    folder: str, root: str, path: str, called: str
) -> None:
    source = Source(path, "text", root=root)
    assert Shown(Path(folder))(source) == called
    assert source.path == path


def test_every_place_of_a_finding_is_in_a_file_with_that_name() -> None:
    dockerfile = Source("api/Dockerfile", "FROM a\nCMD b\n", root="/repo")
    script = Source("run.sh", "app\n", root="/repo")
    edit = Edit(script.span(0, 0), "exec ")
    finding = Finding(
        RULE,
        Severity.ERROR,
        "words",
        Label(dockerfile.span(7, 12), "here"),
        causes=(Label(script.span(0, 3)),),
        related=(Label(dockerfile.span(0, 6)),),
        fixes=(Fix("Start it with `exec`", Applicability.SAFE, (edit,)),),
    )
    result = Result((finding,), (finding,), (finding,), repaired=(finding,))
    told = Shown(Path("/repo/api")).result(result)
    for one in (*told.findings, *told.suppressed, *told.baselined, *told.repaired):
        assert [label.span.source.path for label in (one.primary, *one.causes)] == [
            "Dockerfile",
            "../run.sh",
        ]
        assert one.related[0].span.key == ("Dockerfile", 0, 6)
        assert one.fixes[0].edits[0].span.key == ("../run.sh", 0, 0)
        assert (one.primary.span.text, one.primary.span.first) == (
            "CMD b",
            finding.primary.span.first,
        )
    assert dockerfile.path == "api/Dockerfile"


def test_a_launch_that_is_called_by_its_file_is_called_as_the_file_is(made: Any) -> None:
    dockerfile, project = (Source(name, "x", root="/repo") for name in ("api/Dockerfile", "c.yaml"))
    launch = made.abandoned().workload
    stories = tuple(
        replace(made.abandoned(), workload=replace(launch, kind=kind, name=name, source=source))
        for kind, name, source in (
            ("dockerfile", "api/Dockerfile", dockerfile),
            ("compose", "api", project),
        )
    )
    finding = made.finding(source=dockerfile, text="x", workloads=("api/Dockerfile", "api"))
    told = Shown(Path("/repo/api")).result(Result((finding,), stories=stories))
    assert told.findings[0].workloads == ("Dockerfile", "api")


def test_files_of_one_name_in_two_trees_stay_apart() -> None:
    shown = Shown(Path("/srv"))
    roots = ("/srv/a", "/srv/b")
    assert [shown(Source("Dockerfile", "", root=root)) for root in roots] == [
        "a/Dockerfile",
        "b/Dockerfile",
    ]


def test_without_a_root_there_is_nothing_to_add() -> None:
    assert AS_THEY_ARE(Source("api/Dockerfile", "")) == "api/Dockerfile"
