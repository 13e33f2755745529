"""Quadlets, ECS task definitions and fly.toml: what their containers start, and how they stop."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from gracelint.base.facts import Known, Unknown
from gracelint.files.tree import Files
from gracelint.model.options import Options
from gracelint.report.shown import Shown
from gracelint.report.trace.json import story_data
from gracelint.session.session import Session

if TYPE_CHECKING:
    from pathlib import Path

    from gracelint.model.workload import Workload


def launches(tmp_path: Path, **files: str) -> dict[str, Workload]:
    for name, text in files.items():
        path = tmp_path / name.replace("__", ".")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    scene = Session(Files(tmp_path), Options()).scene([""])
    return {s.workload.name: s.workload for s in scene.stories if s.workload.kind != "dockerfile"}


def words(workload: Workload) -> list[str | None] | None:
    argv = workload.launch.argv
    return [word.value for word in argv.value] if isinstance(argv, Known) else None


@pytest.mark.parametrize(
    ("lines", "seconds"),
    [
        ("", 10.0),
        ("StopTimeout=70\n", 70.0),
        ("PodmanArgs=--stop-timeout 20\n", 20.0),
        ("PodmanArgs=--stop-timeout=20\nStopTimeout=70\n", 20.0),
        ("StopTimeout=70\n[Service]\nTimeoutStopSec=1min 5s\n", 65.0),
        ("[Service]\nTimeoutStopSec=90\n", 10.0),
        ("StopTimeout=70\n[Service]\nTimeoutStopSec=infinity\n", 70.0),
    ],
)
def test_a_quadlet_waits_for_the_shorter_of_podman_and_systemd(
    tmp_path: Path, lines: str, seconds: float
) -> None:
    found = launches(tmp_path, web__container=f"[Container]\nImage=redis:7\n{lines}")
    assert found["web"].grace == Known(
        seconds, found["web"].grace.origins, not lines or "90" in lines
    )


def test_a_time_without_an_end_is_none_that_podman_takes(tmp_path: Path) -> None:
    found = launches(tmp_path, web__container="[Container]\nImage=nginx\nStopTimeout=infinity\n")
    assert isinstance(found["web"].grace, Unknown)
    [story] = Session(Files(tmp_path), Options()).scene([""]).stories
    assert story_data(story, Shown(tmp_path))["grace_seconds"] is None


def test_a_quadlet_replaces_the_command_and_keeps_the_entrypoint(tmp_path: Path) -> None:
    found = launches(
        tmp_path,
        a__container="[Container]\nContainerName=db\nImage=postgres:17\nExec=postgres -c x=1\n",
        b__container='[Container]\nImage=alpine:3\nEntrypoint=/bin/sh\nExec=-c "exec app"\n',
        c__container="[Container]\nImage=alpine:3\nStopSignal=INT\nRunInit=true\n",
    )
    assert words(found["db"])[-3:] == ["postgres", "-c", "x=1"]
    assert words(found["b"]) == ["/bin/sh", "-c", "exec app"]
    assert (found["c"].stop_signal.value, found["c"].engine_init.value) == ("INT", True)


def test_a_quadlet_is_linked_to_the_build_unit_beside_it(tmp_path: Path) -> None:
    found = launches(
        tmp_path,
        web__container="[Container]\nImage=web.build\n",
        web__build="[Build]\nImageTag=localhost/web\nFile=Containerfile.web\n",
        Containerfile__web='FROM debian:12\nCMD ["/srv"]\n',
    )
    assert words(found["web"]) == ["/srv"]


def test_a_pod_s_containers_are_met_by_its_unit_and_keep_their_own_time(tmp_path: Path) -> None:
    (tmp_path / "web.pod").write_text("[Pod]\nPodmanArgs=--share=+pid\nStopTimeout=60\n")
    (tmp_path / "web.container").write_text("[Container]\nImage=redis:7\nPod=web.pod\n")
    (tmp_path / "other.container").write_text("[Container]\nImage=redis:7\nPod=other.pod\n")
    scene = Session(Files(tmp_path), Options()).scene(["web.pod"])
    [web] = [story.workload for story in scene.stories]
    assert (web.name, web.pid_namespace, web.grace.value) == ("web", "shared", 10.0)
    every = Session(Files(tmp_path), Options()).scene([""])
    assert [story.workload.name for story in every.stories] == ["other", "web"]


def test_a_pod_without_containers_says_so(tmp_path: Path) -> None:
    (tmp_path / "web.pod").write_text("[Pod]\n")
    result = Session(Files(tmp_path), Options()).run(["web.pod"])
    [problem] = result.problems
    assert (problem.path, problem.hint) == ("web.pod", True)
    assert "no `.container` unit beside it names this pod" in problem.message


_PLAYED = """apiVersion: v1
kind: Pod
metadata: {name: db}
spec:
  containers:
    - name: db
      image: postgres:17
      lifecycle: {preStop: {sleep: {seconds: 5}}}
"""


@pytest.mark.parametrize(
    ("stated", "service", "seconds"),
    [
        ("", "", 10.0),
        ("  terminationGracePeriodSeconds: 120\n", "", 120.0),
        ("  terminationGracePeriodSeconds: 120\n", "[Service]\nTimeoutStopSec=70\n", 70.0),
        ("", "[Service]\nTimeoutStopSec=70\n", 10.0),
    ],
)
def test_what_podman_plays_is_stopped_in_podman_s_time_and_without_hooks(
    tmp_path: Path, stated: str, service: str, seconds: float
) -> None:
    (tmp_path / "db.kube").write_text(f"[Kube]\nYaml=../db.yaml\n{service}")
    (tmp_path / "units").mkdir()
    (tmp_path / "db.kube").rename(tmp_path / "units/db.kube")
    (tmp_path / "db.yaml").write_text(_PLAYED + stated)
    for paths in (["units/db.kube"], [""]):
        scene = Session(Files(tmp_path), Options()).scene(paths)
        [db] = [story.workload for story in scene.stories]
        assert (db.name, db.grace.value, db.hooks) == ("Pod/db/db", seconds, ())
    [alone] = Session(Files(tmp_path), Options()).scene(["db.yaml"]).stories
    assert len(alone.workload.hooks) == 1


def test_ignore_comments_hold_in_a_manifest_that_only_a_kube_unit_names(tmp_path: Path) -> None:
    (tmp_path / "db.kube").write_text("[Kube]\nYaml=db.yaml\n")
    ignored = _PLAYED.replace(
        "      lifecycle", "      # gracelint: ignore[GL509] why\n      lifecycle"
    )
    (tmp_path / "db.yaml").write_text(ignored)
    result = Session(Files(tmp_path), Options()).run(["db.kube"])
    assert [each.rule.code for each in result.suppressed] == ["GL509"]


@pytest.mark.parametrize("named", ["gone.yaml", "/etc/db.yaml", "%h/db.yaml", "../../db.yaml"])
def test_a_manifest_out_of_sight_is_named_as_unread(tmp_path: Path, named: str) -> None:
    (tmp_path / "db.kube").write_text(f"[Kube]\nYaml={named}\n")
    result = Session(Files(tmp_path), Options()).run(["db.kube"])
    [unread] = result.unread
    assert unread.path == "db.kube"
    assert f"`{named}`" in unread.reason


def test_perl_s_documentation_is_no_pod(tmp_path: Path) -> None:
    (tmp_path / "man.pod").write_text("=head1 NAME\n\nx = y\n")
    assert Session(Files(tmp_path), Options()).run([""]).files == 0


def test_a_task_gives_each_container_its_own_time(tmp_path: Path) -> None:
    found = launches(
        tmp_path,
        task__json="""{"family": "shop", "pidMode": "task", "containerDefinitions": [
          {"name": "web", "image": "alpine:3", "command": ["/srv"], "stopTimeout": 90,
           "linuxParameters": {"initProcessEnabled": true}},
          {"name": "aside", "image": "alpine:3", "stopTimeout": "soon"}]}""",
    )
    web, aside = found["shop/web"], found["shop/aside"]
    assert (words(web), web.grace.value, web.engine_init.value) == (["/srv"], 90.0, True)
    assert web.pid_namespace == "shared"
    assert '`"soon"` is no number of seconds' in aside.grace.reason


def test_a_template_s_functions_are_unknown_and_the_rest_is_read(tmp_path: Path) -> None:
    found = launches(
        tmp_path,
        stack__yaml="""Resources:
  Task:
    Type: AWS::ECS::TaskDefinition
    Properties:
      ContainerDefinitions:
        - Name: web
          Image: !Sub "${Repo}/web"
          EntryPoint: ["/srv", !Ref Mode]
          StopTimeout: !Ref Time
  Other:
    Type: AWS::S3::Bucket
""",
    )
    [(name, web)] = found.items()
    assert name == "Task/web"
    assert words(web) == ["/srv", None]
    assert not isinstance(web.grace, Known)


def test_an_app_starts_its_processes_from_the_dockerfile_beside_it(tmp_path: Path) -> None:
    found = launches(
        tmp_path,
        Dockerfile='FROM debian:12\nENTRYPOINT ["/entry"]\nCMD ["web"]\n',
        fly__toml=(
            'app = "shop"\nkill_timeout = "1m"\n[processes]\nweb = ""\nwork = "run \'a b\'"\n'
        ),
    )
    assert words(found["shop/web"]) == ["/entry", "web"]
    assert words(found["shop/work"]) == ["/entry", "run", "a b"]
    work = found["shop/work"]
    assert (work.grace.value, work.stop_signal.value) == (60.0, "SIGINT")


def test_an_app_of_an_image_is_told_its_own_signal(tmp_path: Path) -> None:
    found = launches(tmp_path, fly__toml='kill_signal = "SIGTERM"\n[build]\nimage = "nginx:1.27"\n')
    assert found["app"].stop_signal.value == "SIGTERM"
    assert found["app"].grace == Known(5.0, (), assumed=True)


def test_a_quadlet_s_drop_ins_are_read_behind_it(tmp_path: Path) -> None:
    for folder, seconds in (("container.d", 1), ("web-.container.d", 2), ("web-a.container.d", 3)):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "10-time.conf").write_text(f"[Container]\nStopTimeout={seconds}\n")
    (tmp_path / "web-.container.d/20-signal.conf").write_text("[Container]\nStopSignal=INT\n")
    (tmp_path / "web-.container.d/readme").write_text("[Container]\nStopSignal=HUP\n")
    found = launches(
        tmp_path,
        **{
            "web-a__container": "[Container]\nImage=alpine:3\nStopSignal=QUIT\n",
            "b__container": "[Container]\nImage=alpine:3\nStopTimeout=9\n",
        },
    )
    assert (found["web-a"].grace.value, found["web-a"].stop_signal.value) == (3.0, "INT")
    assert found["b"].grace.value == 1.0


MISPLACED = {
    "web.container": (
        "[Container]\nImage=alpine:3\nCMD=x\nPod=web.pod\nKillSignal=INT\n"
        "[Service]\nStopSignal=INT\nTimeoutStopSec=50\n"
    ),
    "other.container": "[Container]\nImage=alpine:3\nPod=web.pod\nStopTimeout=60\n",
    "web.pod": "[Pod]\nStopTimeout=60\nRunInit=yes\n",
}


def test_settings_of_quadlets_that_nothing_reads(tmp_path: Path) -> None:
    for name, text in MISPLACED.items():
        (tmp_path / name).write_text(text)
    result = Session(Files(tmp_path), Options()).run([""])
    told = {
        f"{one.primary.span.source.path}:{one.primary.span.first.line}"
        for one in result.findings
        if one.rule.code == "GL516"
    }
    assert told == {"web.container:5", "web.container:7", "web.pod:2", "web.pod:3"}


FUNCTIONS = """Parameters:
  Tag: {Type: String, Default: "7"}
  Grace: {Type: Number, Default: 90}
  Secret: {Type: "AWS::SSM::Parameter::Value<String>", Default: /app/time}
Resources:
  Task:
    Type: AWS::ECS::TaskDefinition
    Properties:
      ContainerDefinitions:
        - {Name: a, Image: !Sub "redis:${Tag}", StopTimeout: !Ref Grace}
        - Name: b
          Image: !Join ["", [!Ref "AWS::AccountId", "/redis:7"]]
          StopTimeout: !Ref Secret
        - {Name: c, Image: {"Fn::Sub": "redis:7"}, Command: !Split [" ", "sh -c ls"]}
        - !If [Prod, {Name: d, Image: "redis:7"}, !Ref "AWS::NoValue"]
        - Name: e
          Image: redis:7
          Command: [!Sub "sh", {"Fn::Join": ["-", [a, b]]}, !GetAtt X.Y]
        - {Name: f, Image: "redis:7", Command: !Split [" ", !Ref "AWS::Region"]}
"""


def test_a_template_s_functions_are_worked_out_as_far_as_it_tells(tmp_path: Path) -> None:
    found = launches(tmp_path, stack__yaml=FUNCTIONS)
    a, b, c, e, f = (found[f"Task/{name}"] for name in "abcef")
    assert set(found) == {f"Task/{name}" for name in "abcdef"}
    assert (a.base.reference, a.guess, a.grace.value) == (
        "redis:7",
        "`Tag` is left at its default",
        90.0,
    )
    assert (b.base.reference, b.guess) == ("redis:7", "`…/redis:7` is `redis`")
    assert not isinstance(b.grace, Known)
    assert (c.base.reference, c.guess) == ("redis:7", "")
    assert words(c)[1:] == ["sh", "-c", "ls"]
    assert words(e)[1:] == ["sh", "a-b", None]
    assert words(f)[1:] == [None]


@pytest.mark.parametrize("text", ["${a}", "${a}" * 10])
def test_functions_within_functions_end(tmp_path: Path, text: str) -> None:
    deep = f'{{"Fn::Sub": ["{text}", {{"a": ' * 60 + '"x"' + "}]}" * 60
    (tmp_path / "t.json").write_text(
        '{"Resources": {"T": {"Type": "AWS::ECS::TaskDefinition", "Properties":'
        f' {{"ContainerDefinitions": [{{"Name": "a", "Image": {deep}}}]}}}}}}}}'
    )
    [story] = Session(Files(tmp_path), Options()).scene([""]).stories
    assert not isinstance(story.workload.launch.argv, Known)


def test_what_describes_a_task_definition_is_one(tmp_path: Path) -> None:
    found = launches(
        tmp_path,
        task__json="""{"taskDefinition": {"family": "shop", "containerDefinitions": [
          {"name": "web", "image": "redis:7", "stopTimeout": 40}]}}""",
    )
    assert found["shop/web"].grace.value == 40.0


def test_fixes_are_spelled_as_the_template_spells_its_keys(tmp_path: Path) -> None:
    stack = (
        "Resources:\n  Task:\n    Type: AWS::ECS::TaskDefinition\n    Properties:\n"
        "      ContainerDefinitions:\n        - Name: db\n          Image: postgres:17\n"
    )
    [finding] = Session(Files(tmp_path, overlay={"s.yaml": stack}), Options()).run([""]).findings
    assert finding.message.startswith("no `StopTimeout`")
    assert finding.fix is not None
    assert [edit.content.strip() for edit in finding.fix.edits] == ["StopTimeout: 60"]


IGNORING = {
    "a.container": "[Container]\nImage=redis:7\n# gracelint: ignore[GL515] a toy\nStopTimeout=0\n",
    "b.container": "[Container]\nImage=redis:7\n",
    "b.container.d/x.conf": "[Container]\n# gracelint: ignore[GL404]\nStopSignal=QUIT\n",
    "fly.toml": (
        'app = "a"\n# gracelint: ignore[GL515]\nkill_timeout = 0\n[build]\nimage = "redis:7"\n'
    ),
}


@pytest.mark.parametrize("drop", ["", "ignore["])
def test_ignore_comments_hold_in_units_and_in_fly_toml(tmp_path: Path, drop: str) -> None:
    for name, text in IGNORING.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(
            text.replace("gracelint: ignore[", "a note [") if drop else text
        )
    result = Session(Files(tmp_path), Options()).run([""])
    codes = {"GL515", "GL404"}
    left = [f.rule.code for f in result.findings if f.rule.code in codes]
    suppressed = [f.rule.code for f in result.suppressed]
    expected = ["GL404", "GL515", "GL515"]
    assert (sorted(left), sorted(suppressed)) == ((expected, []) if drop else ([], expected))
