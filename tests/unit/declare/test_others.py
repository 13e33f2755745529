"""Quadlets, ECS task definitions and fly.toml: what their containers start, and how they stop."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from gracelint.base.facts import Known
from gracelint.files.tree import Files
from gracelint.model.options import Options
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
