from __future__ import annotations

import json
import re
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gracelint.base.facts import Known, Unknown, Word
from gracelint.base.source import Source
from gracelint.diagnose.timeline import timeline
from gracelint.model.process import Process
from gracelint.model.story import Verdict
from gracelint.report import render_trace
from gracelint.report.text import cells

TEXT = """\
Dockerfile · final stage · debian:12 · SIGTERM, then 10 s
  tini -g --            PID 1, init  told; ends by itself
  └─ sh /entrypoint.sh  script       told; ends by itself
     └─ node server.js  application  killed while it cleans up  entrypoint.sh:14
    0 s ┤                     SIGTERM to PID 1
  0.4 s ─┤                    PID 1 ends
  abandoned: the shell ends first, and the kernel kills what is left.
"""


def test_text_draws_the_tree_and_says_what_happens(made: Any) -> None:
    assert render_trace("text", [made.abandoned()]) == TEXT


def test_colour_adds_nothing_but_colour(made: Any) -> None:
    colored = render_trace("text", [made.abandoned()], color=True)
    assert "\x1b[1;31mabandoned\x1b[0m" in colored
    plain = re.sub(r"\x1b\[[0-9;]*m", "", colored)
    assert [line.rstrip() for line in plain.split("\n")] == TEXT.split("\n")


def test_with_less_room_places_move_below(made: Any) -> None:
    assert render_trace("text", [made.abandoned()], width=68).splitlines()[3:5] == [
        "     └─ node server.js  application  killed while it cleans up",
        "                                     entrypoint.sh:14",
    ]


def test_a_condition_that_is_assumed_is_said_once(made: Any) -> None:
    told = {"verdict": Verdict.GRACEFUL, "branch": "`x` fails", "assumptions": ("`x` fails",)}
    tree = Process(1, made.words("node"), "app", told=True, finishes=True)
    text = render_trace("text", [made.story(tree, **told)])
    assert text.splitlines()[-1] == "  graceful, if `x` fails"


def test_on_a_narrow_terminal_nothing_stands_side_by_side(made: Any) -> None:
    lines = render_trace("text", [made.abandoned()], width=40).splitlines()
    assert lines[2:10] == [
        "  tini -g --",
        "  │ PID 1, init",
        "  │ told; ends by itself",
        "  └─ sh /entrypoint.sh",
        "     │ script",
        "     │ told; ends by itself",
        "     └─ node server.js",
        "          application",
    ]
    assert max(map(cells, lines)) <= 40


def test_words_are_seen_where_they_begin_and_end(made: Any) -> None:
    tree = Process(1, made.words("sh", "-c", "node a.js; true", "", "it's"), "shell")
    text = render_trace("text", [made.story(tree)], width=200)
    assert "sh -c 'node a.js; true' '' \"it's\"  PID 1" in text


def test_with_less_room_still_fates_go_on_below(made: Any) -> None:
    assert render_trace("text", [made.abandoned()], width=58).splitlines()[4:7] == [
        "     └─ node server.js  application  killed while it",
        "                                     cleans up",
        "                                     entrypoint.sh:14",
    ]


def test_places_are_seen_from_the_folder_of_the_declaration(made: Any) -> None:
    story = made.abandoned()
    script, dockerfile = (Source(f"api/{name}", "FROM a\n") for name in ("run.sh", "Dockerfile"))
    tree = replace(story.tree, span=script.span(0, 1), children=())
    workload = replace(story.workload, source=dockerfile)
    assert "  run.sh:1\n" in render_trace("text", [replace(story, workload=workload, tree=tree)])


def test_a_long_heading_is_broken_between_its_parts(made: Any) -> None:
    story = made.story()
    workload = replace(story.workload, base=replace(story.workload.base, reference="x" * 50))
    text = render_trace("text", [replace(story, workload=workload)])
    assert text.splitlines()[:2] == [
        f"Dockerfile · final stage · {'x' * 50}",
        "  · SIGTERM, then 10 s",
    ]


def test_what_nobody_knows_is_said(made: Any) -> None:
    story = made.story(verdict=Verdict.UNKNOWN, reason="`$APP` is not set here.", signal=None)
    unknown = Unknown("not told")
    workload = replace(story.workload, grace=unknown, stop_signal=unknown)
    text = render_trace("text", [replace(story, workload=workload, branch="in CI")])
    assert text == (
        "Dockerfile · final stage · debian:12 · an unknown signal, then an unknown time\n"
        "  unknown (in CI): `$APP` is not set here.\n"
    )


def test_siblings_are_joined_by_lines(made: Any) -> None:
    def app(name: str, *children: Process) -> Process:
        return Process(0, made.words(name), "app", children=children, background=name == "c")

    tree = app("a", app("b", app("c")), app("d"))
    lines = render_trace("text", [made.story(tree)]).splitlines()[1:5]
    assert [line[:11] for line in lines] == [
        "  a        ",
        "  ├─ b     ",
        "  │  └─ c &",
        "  └─ d     ",
    ]


def test_where_an_orchestrator_declares_it(made: Any) -> None:
    story = made.story()
    pod = replace(story.workload, kind="kubernetes", name="Deployment/web/app")
    staged = replace(story.workload, stage="prod")
    heads = render_trace("text", [replace(story, workload=w) for w in (pod, staged)])
    assert "Deployment/web/app · Dockerfile:1 · debian:12 · SIGTERM, then 10 s\n" in heads
    assert "Dockerfile · stage prod · debian:12 · SIGTERM, then 10 s\n" in heads


NAMES = st.text(st.characters(codec=None), max_size=60)


@given(st.lists(st.tuples(NAMES, NAMES), min_size=1, max_size=8), st.booleans())
def test_it_fits_80_columns_and_gives_no_orders(
    made: Any, rows: list[tuple[str, str]], nested: bool
) -> None:
    tree = None
    for name, note in rows:
        below = (tree,) if tree else ()
        sibling = () if nested else (Process(0, (Word(None),), "helper"),)
        tree = Process(1, made.words(name), "app", True, None, (*below, *sibling), note=note[:40])
    text = render_trace("text", [made.story(tree)])
    assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\ud800-\udfff]", text)
    assert all(cells(line) <= 80 for line in text.split("\n"))


def test_json_has_exactly_the_promised_keys(made: Any) -> None:
    whole = json.loads(render_trace("json", [made.abandoned()]))
    assert whole["version"] == 1
    (workload,) = whole["workloads"]
    assert workload | {"processes": None, "reason": None} == {
        "kind": "dockerfile",
        "path": "Dockerfile",
        "line": 1,
        "name": "Dockerfile",
        "stage": None,
        "object": None,
        "container": None,
        "stop_signal": "SIGTERM",
        "grace_seconds": 10.0,
        "verdict": "abandoned",
        "basis": "proven",
        "assumptions": [],
        "reason": None,
        "processes": None,
        "timeline": [
            {"at_seconds": 0, "event": "SIGTERM to PID 1"},
            {"at_seconds": 0.4, "event": "PID 1 ends"},
        ],
    }
    tini = workload["processes"]
    assert tini["argv"] == ["tini", "-g", "--"]
    assert tini["evidence"] == [{"atlas": "tini", "source": "0.19"}]
    (shell,) = tini["children"]
    (node,) = shell["children"]
    assert (node["role"], node["told"], node["finishes"]) == ("app", True, False)
    assert node["evidence"] == [{"path": "entrypoint.sh", "line": 14, "column": 1}]


def test_json_keeps_unknowns_apart(made: Any) -> None:
    story = made.story(Process(1, (Word(None), Word("x")), "app"), signal=None)
    written = replace(story.workload, stop_signal=Known("SIGNOPE"), grace=Unknown("?"))
    text = render_trace("json", [replace(story, workload=written)])
    (workload,) = json.loads(text)["workloads"]
    assert workload["stop_signal"] == "SIGNOPE"
    assert workload["grace_seconds"] is None
    assert workload["processes"]["argv"] == [None, "x"]
    assert workload["processes"]["told"] is None


def test_json_keeps_the_order_of_children(made: Any) -> None:
    children = tuple(Process(n, made.words(str(n)), "app") for n in range(3))
    text = render_trace(
        "json", [made.story(Process(1, made.words("sh"), "shell", None, None, children))]
    )
    below = json.loads(text)["workloads"][0]["processes"]["children"]
    assert [child["argv"] for child in below] == [["0"], ["1"], ["2"]]


@pytest.mark.parametrize("form", ["text", "json", "mermaid"])
def test_each_form_says_what_a_service_waits_for(made: Any, form: str) -> None:
    story = made.abandoned()
    ordered = replace(story.workload, kind="compose", stops_after=("web",))
    told = timeline(replace(story, workload=ordered))
    text = render_trace(form, [replace(story, workload=ordered, timeline=told)])
    assert "stopped after `web` has ended" in text.replace("#96;", "`")


def test_mermaid_is_one_flowchart(made: Any) -> None:
    lines = render_trace("mermaid", [made.abandoned(), made.story()]).splitlines()
    assert lines[0] == "flowchart TD"
    assert '  subgraph w1["Dockerfile"]' in lines
    assert "    w1p1 --> w1p2" in lines
    assert '    w1p3["node server.js<br/>killed while it cleans up"]:::told' in lines
    assert any(line.startswith('    w2v>"abandoned: ') for line in lines)


@given(NAMES)
def test_mermaid_text_cannot_end_its_quotes(made: Any, name: str) -> None:
    tree = Process(1, made.words(f'"]; click {name}'), "app")
    text = render_trace("mermaid", [made.story(tree)])
    (line,) = [line for line in text.splitlines() if line.lstrip().startswith("w1p1")]
    assert line.count('"') == 2


def test_many_workloads_are_kept_apart_by_a_blank_line(made: Any) -> None:
    text = render_trace("text", [made.abandoned(), made.abandoned()])
    assert text == f"{TEXT}\n{TEXT}"
