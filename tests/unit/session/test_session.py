"""Whole runs over files in memory: what is found, left out, and repaired."""

from __future__ import annotations

import gc
from typing import TYPE_CHECKING

import pytest

from gracelint import checks
from gracelint.base.edit import Edit
from gracelint.checks import Check
from gracelint.files.tree import Files
from gracelint.model.finding import Applicability, Finding, Fix, Label, Rule, Severity
from gracelint.model.options import Options
from gracelint.session.session import Session
from gracelint.syntax.dockerfile.tree import Instruction

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from gracelint.model.result import Result
    from gracelint.syntax.dockerfile.parse import Dockerfile

DOCKERFILE = """\
FROM debian:12
COPY run.sh /run.sh
{}ENTRYPOINT ["/bin/sh", "/run.sh"]
"""
SCRIPT = "#!/bin/sh\nmkdir -p /data\n{before}node server.js{behind}\n"
POD = """\
apiVersion: v1
kind: Pod
metadata:
  name: web
{meta}spec:
{before}  terminationGracePeriodSeconds: 0{behind}
  containers:
{item}  - name: web
    image: registry.example/web:1
"""


def session(options: Options | None = None, **files: str) -> Session:
    overlay = {name.replace("__", "/").replace("_", "."): text for name, text in files.items()}
    return Session(Files("/nowhere", overlay=overlay), options or Options())


def codes(result: Result) -> list[str]:
    assert not result.problems
    return [finding.rule.code for finding in result.findings]


def script(before: str = "", behind: str = "", instruction: str = "") -> Session:
    return session(
        Dockerfile=DOCKERFILE.format(instruction),
        run_sh=SCRIPT.format(before=before, behind=behind),
    )


def pod(meta: str = "", before: str = "", behind: str = "", item: str = "") -> Session:
    return session(pod_yaml=POD.format(meta=meta, before=before, behind=behind, item=item))


def test_without_comments_both_are_found() -> None:
    assert codes(script().run([""])) == ["GL201"]
    assert "GL502" in codes(pod().run([""]))


@pytest.mark.parametrize(
    "given",
    [
        {"before": "# gracelint: ignore[GL201] reason\n"},
        {"behind": "  # gracelint: ignore[GL201]"},
        {"before": "# gracelint: ignore[script-without-exec, GL104] reason\n"},
        {"before": "#gracelint:ignore[ gl201 , GL104 ]\n# more words\n"},
        {"before": "# gracelint: ignore-file[GL201]\ntrue\n\n"},
        {"behind": " \\\n  --port 80 # gracelint: ignore[GL201]"},
        {"before": "# gracelint: ignore[GL201]\nif true; then\n", "behind": "\nfi"},
    ],
    ids=["before", "behind", "name", "spelling", "file", "last-line", "around"],
)
def test_comments_in_scripts(given: dict[str, str]) -> None:
    result = script(**given).run([""])
    assert "GL201" not in codes(result)
    assert "GL201" in [f.rule.code for f in result.suppressed]


@pytest.mark.parametrize(
    "given",
    [
        {"before": "# gracelint: ignore[GL201]\n\n"},
        {"before": "true # gracelint: ignore[GL201]\n"},
        {"behind": "\n# gracelint: ignore[GL201]"},
        {"behind": " '#'gracelint: ignore[GL201]"},
    ],
    ids=["blank-line", "other-command", "after", "no-comment"],
)
def test_comments_in_scripts_that_speak_of_something_else(given: dict[str, str]) -> None:
    assert "GL201" in codes(script(**given).run([""]))


@pytest.mark.parametrize(
    "given",
    [
        {"before": "  # gracelint: ignore[GL502]\n"},
        {"behind": " # gracelint: ignore[GL502] reason"},
        {"before": "# gracelint: ignore-file[GL502]\n"},
        {"meta": "  annotations:\n    gracelint.dev/ignore: GL502\n"},
        {"meta": '  annotations: {gracelint.dev/ignore: "GL501, GL502"}\n'},
        {"meta": "# gracelint: ignore[GL502]\n"},
    ],
    ids=["before", "behind", "file", "annotation", "quoted", "outer-key"],
)
def test_comments_in_yaml(given: dict[str, str]) -> None:
    result = pod(**given).run([""])
    assert "GL502" in [f.rule.code for f in result.suppressed]
    assert "GL502" not in [f.rule.code for f in result.findings]


@pytest.mark.parametrize(
    "given",
    [
        {"item": "  # gracelint: ignore[GL502]\n"},
        {"behind": " '# gracelint: ignore[GL502]'"},
        {"meta": "  labels:\n    gracelint.dev/ignore: GL502\n"},
    ],
    ids=["other-item", "in-a-string", "label"],
)
def test_comments_in_yaml_that_speak_of_something_else(given: dict[str, str]) -> None:
    result = pod(**given).run([""])
    assert not result.suppressed


def test_an_instruction_is_covered_by_the_comment_before_it() -> None:
    text = "FROM debian:12\n{}ENTRYPOINT node \\\n  server.js\n"
    comment = "# gracelint: ignore[GL101]\n"
    assert "GL101" in codes(session(Dockerfile=text.format("")).run([""]))
    assert "GL101" not in codes(session(Dockerfile=text.format(comment)).run([""]))
    assert codes(session(Dockerfile=text.format(comment + "\n")).run([""])) == ["GL002", "GL101"]
    trailing = text.format("").replace("server.js", "server.js # gracelint: ignore[GL101]")
    assert "GL101" in codes(session(Dockerfile=trailing).run([""]))


def test_an_unused_comment_is_only_told_of_when_its_rule_was_applied() -> None:
    text = 'FROM debian:12\n# gracelint: ignore[GL101]\nCMD ["/app"]\n'
    assert codes(session(Dockerfile=text).run([""])) == ["GL002"]
    assert codes(session(Options(ignore=("GL101",)), Dockerfile=text).run([""])) == []


@pytest.mark.parametrize(
    ("comment", "fixed"),
    [
        ("# gracelint: ignore[GL101]\n", ""),
        ("# gracelint: ignore[GL101, GL102] why\n", ""),
        ("# gracelint: ignore[GL101, GL9999] why\n", "# gracelint: ignore[GL9999] why\n"),
        ("# gracelint: ignore[GL9999, GL101] why\n", "# gracelint: ignore[GL9999] why\n"),
    ],
)
def test_unused_codes_are_cut(comment: str, fixed: str) -> None:
    text = 'FROM debian:12\n{}CMD ["/app"]\n'
    made = session(Dockerfile=text.format(comment))
    made.fix([""], Applicability.SAFE)
    assert made.files.load("Dockerfile").text == text.format(fixed)


def test_a_trailing_comment_is_cut_with_its_blanks() -> None:
    made = pod(behind="  # gracelint: ignore[GL503]")
    made.fix([""], Applicability.SAFE)
    assert made.files.load("pod.yaml").text == POD.format(meta="", before="", behind="", item="")


def test_a_script_that_several_launch_is_one_finding() -> None:
    compose = "services:\n  a:\n    build: .\n  b:\n    build: .\n"
    made = session(
        Dockerfile=DOCKERFILE.format(""),
        run_sh=SCRIPT.format(before="", behind=""),
        compose_yaml=compose,
    )
    (found,) = [f for f in made.run([""]).findings if f.rule.code == "GL201"]
    assert set(found.workloads) == {"Dockerfile", "a", "b"}
    assert found.primary.span.source.path == "run.sh"


def test_an_ignore_at_one_service_leaves_the_other() -> None:
    compose = "services:\n  # gracelint: ignore[GL201]\n  a:\n    build: .\n  b:\n    build: .\n"
    made = session(
        Dockerfile=DOCKERFILE.format(""),
        run_sh=SCRIPT.format(before="", behind=""),
        compose_yaml=compose,
    )
    result = made.run(["compose.yaml"])
    assert [f.workloads for f in result.findings if f.rule.code == "GL201"] == [("b",)]
    assert [f.workloads for f in result.suppressed] == [("a",)]


RULE = Rule("GL998", "made-up", Severity.ERROR, frozenset(Applicability))


@pytest.fixture
def rule(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Let one rule be all there is; its function is given a Dockerfile."""

    def only(look: Callable[[Dockerfile], Iterator[Finding]]) -> None:
        made = (Check(RULE, look),)
        load = {"dockerfile": made}
        monkeypatch.setattr(checks, "load", lambda subject, _=None: load.get(subject, ()))

    return only


def replacing(file: Dockerfile, old: str, new: str, message: str = "m") -> Iterator[Finding]:
    at = file.source.text.find(old)
    if at >= 0:
        span = file.source.span(at, at + len(old))
        fix = Fix("", Applicability.SAFE, (Edit(span, new),))
        yield Finding(RULE, RULE.severity, message, Label(span), fixes=(fix,))


def test_fixes_are_applied_until_nothing_changes(rule: Callable[..., None]) -> None:
    rule(lambda file: (f for a in "abc" for f in replacing(file, a, "x", f"no {a}, please")))
    made = session(Dockerfile="FROM SCRATCH\n# abc\n")
    result = made.fix([""], Applicability.SAFE)
    assert made.files.load("Dockerfile").text == "FROM SCRATCH\n# xxx\n"
    assert result.findings == ()
    assert result.fixed == 3


def test_a_fix_that_repairs_nothing_is_not_made(rule: Callable[..., None]) -> None:
    rule(lambda file: replacing(file, "# x", "# x\n# x"))
    made = session(Dockerfile="FROM scratch\n# x\n")
    result = made.fix([""], Applicability.SAFE)
    assert made.files.changes() == []
    assert made.files.load("Dockerfile").text == "FROM scratch\n# x\n"
    assert (len(result.findings), result.fixed, result.repaired) == (1, 0, ())
    (problem,) = result.problems
    assert (problem.path, problem.hint) == ("Dockerfile", True)
    assert "the fix of GL998 is left out" in problem.message


def test_a_fix_that_calls_for_the_next_one_without_end_is_not_made(
    rule: Callable[..., None],
) -> None:
    def look(file: Dockerfile) -> Iterator[Finding]:
        number = file.source.text.count("#")
        yield from replacing(file, "FROM", "#\nFROM", f"{number} are too few")

    rule(look)
    made = session(Dockerfile="FROM scratch\n")
    result = made.fix([""], Applicability.SAFE)
    assert made.files.load("Dockerfile").text == "FROM scratch\n"
    assert [f.message for f in result.findings] == ["0 are too few"]
    assert result.fixed == 0


def test_what_settles_is_fixed_beside_what_does_not(rule: Callable[..., None]) -> None:
    def look(file: Dockerfile) -> Iterator[Finding]:
        if file.source.path == "Dockerfile":
            yield from replacing(file, "# x", "# x\n# x")
        else:
            yield from replacing(file, "# y", "# z")

    rule(look)
    made = session(Dockerfile="FROM scratch\n# x\n")
    made.files.lay("b.Dockerfile", "FROM scratch\n# y\n")
    result = made.fix([""], Applicability.SAFE)
    assert made.files.load("Dockerfile").text == "FROM scratch\n# x\n"
    assert made.files.load("b.Dockerfile").text == "FROM scratch\n# z\n"
    assert result.fixed == 1


def test_fixes_that_undo_each_other_end(rule: Callable[..., None]) -> None:
    def look(file: Dockerfile) -> Iterator[Finding]:
        yield from replacing(file, "# a", "# b")
        yield from replacing(file, "# b", "# a")

    rule(look)
    made = session(Dockerfile="FROM scratch\n# a\n")
    assert made.fix([""], Applicability.SAFE).findings
    once = made.files.load("Dockerfile").text
    made.fix([""], Applicability.SAFE)
    assert made.files.load("Dockerfile").text == once


def test_a_fix_that_breaks_the_file_is_given_up(rule: Callable[..., None]) -> None:
    rule(lambda file: replacing(file, "FROM scratch", "NONSENSE"))
    made = session(Dockerfile="FROM scratch\n")
    result = made.fix([""], Applicability.SAFE)
    assert made.files.load("Dockerfile").text == "FROM scratch\n"
    assert [(p.path, p.hint) for p in result.problems] == [("Dockerfile", True)]
    assert "could no longer be read" in result.problems[0].message


@pytest.mark.parametrize(
    ("path", "text", "broken"),
    [
        ("compose.override.yaml", "services: {a: {tty: true}}", "services: {a: {tty: true}"),
        ("base.yml", "services: {a: {image: x}}", "services: {a: {image: x}"),
        ("image.build", 'FROM debian\nCMD ["a"]\n', 'FROM debian\nCND ["a"]\n'),
        ("start", "#!/bin/sh\nexec a\n", "#!/bin/sh\nexec 'a\n"),
    ],
)
def test_files_that_others_name_are_read_as_what_they_are(
    path: str, text: str, broken: str
) -> None:
    made = session(Dockerfile="FROM scratch\n")
    made.files.lay(path, text)
    made.run(["Dockerfile"])
    assert made.parses(path, f"{text}\n")
    assert not made.parses(path, broken)


def test_a_rule_that_fails_is_told_of_and_the_others_go_on(
    rule: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(file: Dockerfile) -> Iterator[Finding]:
        if file.source.path == "Dockerfile":
            raise KeyError("lost")
        yield from replacing(file, "FROM", "FROM")

    rule(fails)
    result = session(Dockerfile="FROM scratch\n", b__Dockerfile="FROM scratch\n").run([""])
    (problem,) = result.problems
    assert problem.internal
    assert "checking it for GL998: KeyError: 'lost'" in problem.message
    assert [f.primary.span.source.path for f in result.findings] == ["b/Dockerfile"]


@pytest.mark.parametrize(
    ("path", "text", "kind"),
    [
        ("Dockerfile", "FROM x", True),
        ("Containerfile", "FROM x", True),
        ("Dockerfile.prod", "# c\n\nARG A=1\nFROM x", True),
        ("api.dockerfile", "from x", True),
        ("Dockerfile-web", "FROM x", True),
        ("web_Dockerfile", "FROM x", True),
        ("Dockerfile.j2", "FROM x", False),
        ("Dockerfile.dockerignore", "FROM x", False),
        ("Dockerfile.md", "FROM x", False),
        ("Dockerfile.prod", "how we build\nFROM x", False),
        ("Dockerfile.prod", "FROM x\n{% if a %}\nRUN b\n{% endif %}", False),
        ("k.yml", POD.format(meta="", before="", behind="", item=""), True),
        ("k.json", '{"apiVersion": "v1", "kind": "Pod", "spec": {"containers": []}}', True),
        ("values.yaml", "image: x\nservices: 3\n", False),
        ("c.yaml", "services:\n  a:\n    image: b\n", True),
        ("package.json", '{"name": "a", "services": {"build": "tsc"}}', False),
        ("notes.txt", "FROM x", False),
    ],
)
def test_files_are_known_by_name_and_contents(path: str, text: str, kind: bool) -> None:
    result = Session(Files("/nowhere", overlay={path: text}), Options()).run([""])
    assert result.checked == ((path,) if kind else ())


def test_a_helm_template_is_skipped_with_a_hint() -> None:
    text = "apiVersion: v1\nkind: Pod\nspec:\n  containers:\n  {{ toYaml .Values.x }}\n"
    result = session(a_yaml=text, b_yaml=text).run([""])
    assert (result.findings, result.checked) == ((), ())
    (hint,) = result.problems
    assert hint.hint
    assert "helm template" in hint.message


def unread(result: Result) -> list[tuple[str, bool]]:
    return [(one.path, "template" in one.reason) for one in result.unread]


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("deploy.yaml", "apiVersion: v1\nkind: Pod\nspec:\n  containers:\n  {{ toYaml .x }}\n"),
        ("deploy.yaml.j2", "apiVersion: v1\nkind: Pod\nspec:\n  containers: {{ x }}\n"),
        ("compose.yml.tmpl", "services:\n  web:\n    image: {{ image }}\n"),
        ("Dockerfile.j2", "FROM {{ image }}\nCMD node server.js\n"),
        ("Dockerfile", "FROM debian\n{% if x %}\nCMD node server.js\n{% endif %}\n"),
    ],
)
def test_templates_are_unread_and_said(path: str, text: str) -> None:
    result = Session(Files("/nowhere", overlay={path: text}), Options()).run([""])
    assert (result.findings, result.checked, unread(result)) == ((), (), [(path, True)])
    (hint,) = result.problems
    assert (hint.path, hint.hint) == (path, True)


def test_templates_of_other_things_are_nobodys_concern() -> None:
    files = {"a.yaml.j2": "user: {{ name }}\n", "b.tpl": "x", "page.html.j2": "services image"}
    result = Session(Files("/nowhere", overlay=files), Options()).run([""])
    assert result.unread == ()


def test_a_definition_among_workloads_hides_nothing() -> None:
    definition = "apiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\nspec: {}\n"
    pod = POD.format(meta="", before="", behind="", item="")
    listed = "".join(f"  {line}\n" for line in pod.splitlines())
    for text in (
        f"{definition}---\n{pod}",
        f"{pod}---\n{definition}",
        "apiVersion: v1\nkind: List\nitems:\n- kind: CustomResourceDefinition\n"
        "  apiVersion: apiextensions.k8s.io/v1\n- " + listed[2:],
    ):
        assert codes(session(a_yaml=text).run([""])) == ["GL502"]


def test_a_named_file_that_is_nothing_known_is_a_mistake() -> None:
    files = {"notes.txt": "hello\n", "ci.yml": "on: push\n", "a.yaml": "a: 1\n"}
    for path in files:
        (problem,) = Session(Files("/nowhere", overlay=files), Options()).run([path]).problems
        assert (problem.path, problem.hint) == (path, False)
    files["Dockerfile"] = DOCKERFILE.format("")
    problems = Session(Files("/nowhere", overlay=files), Options()).run([*files]).problems
    assert {problem.hint for problem in problems} == {True}


def test_a_folder_without_anything_is_said() -> None:
    files = Files("/nowhere", overlay={"docs/notes.txt": "hello\n"})
    (problem,) = Session(files, Options()).run(["docs"]).problems
    assert (problem.path, problem.hint) == ("docs", True)


@pytest.mark.parametrize(
    "stated", ["patches:\n- path: patch.yaml\n", "patchesStrategicMerge: [patch.yaml]\n"]
)
def test_a_patch_of_a_kustomization_that_is_not_read_is_no_launch(stated: str) -> None:
    overlay = f"resources: [pod.yaml, https://example.org/base]\n{stated}"
    run = session(
        Options(render="never"),
        kustomization_yaml=overlay,
        pod_yaml=POD.format(meta="", before="", behind="", item=""),
        patch_yaml=(
            "apiVersion: v1\nkind: Pod\nmetadata: {name: web}\nspec: {containers: [{name: web}]}\n"
        ),
    )
    told = {story.workload.declared.source.path for story in run.stories(["."]).stories}
    assert told == {"pod.yaml"}


@pytest.mark.parametrize("over", ["over/", ""])
def test_a_patch_that_is_asked_for_by_itself_is_no_launch(over: str) -> None:
    patch = "apiVersion: v1\nkind: Pod\nmetadata: {name: web}\nspec: {containers: [{name: web}]}\n"
    overlay = {
        f"{over}kustomization.yaml": "resources: [../base]\npatches: [{path: parts/patch.yaml}]\n",
        f"{over}parts/patch.yaml": patch,
        f"{over}parts/other.yaml": patch,
    }
    run = Session(Files("/nowhere", overlay=overlay), Options(render="never"))
    scene = run.stories([f"{over}parts/patch.yaml", f"{over}parts/other.yaml"])
    told = {story.workload.declared.source.path for story in scene.stories}
    assert told == {f"{over}parts/other.yaml"}
    (problem,) = run.problems
    assert (problem.path, problem.hint) == (f"{over}parts/patch.yaml", True)


def test_a_run_keeps_no_trees_of_the_dockerfiles_that_it_has_told(tmp_path: Path) -> None:
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        text = "FROM debian:12\nRUN echo x > /y\nCMD node a.js\n"
        (tmp_path / name / "Dockerfile").write_text(text)
    gc.collect()
    before = {id(one) for one in gc.get_objects() if isinstance(one, Instruction)}
    result = Session(Files(tmp_path), Options()).run([""])
    kept = [one for one in gc.get_objects() if isinstance(one, Instruction)]
    assert {finding.rule.code for finding in result.findings} >= {"GL102"}
    assert not [one for one in kept if id(one) not in before]


@pytest.mark.parametrize("command", ["node a.js", "exec node a.js", "node a.js & wait"])
def test_a_handler_that_no_shell_can_read_is_told_of_before_it_runs(command: str) -> None:
    script = f"#!/bin/bash\ntrap ' \"' TERM\n{command}\n"
    dockerfile = 'FROM debian:12\nCOPY run.sh /\nENTRYPOINT ["/run.sh"]\n'
    run = session(**{"Dockerfile": dockerfile, "run.sh": script})
    told = [f for f in run.run([""]).findings if f.rule.code == "GL001"]
    assert [(f.primary.span.source.path, f.primary.span.text) for f in told] == [("run.sh", '"')]


def test_the_shell_of_a_procfile_gets_the_exec_that_a_fix_puts_there() -> None:
    dockerfile = 'FROM ruby:3\nCOPY . /\nCMD ["foreman", "start"]\n'
    run = session(Dockerfile=dockerfile, Procfile='r:"}"\n')
    result = run.fix([""], Applicability.SAFE)
    assert not result.problems
    assert run.files.load("Procfile").text == 'r:exec "}"\n'
