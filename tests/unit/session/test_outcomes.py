"""The launches of a run, as its summary counts them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gracelint.files.tree import Files
from gracelint.model.options import Options
from gracelint.model.result import Launches
from gracelint.session.outcomes import counted, distinct
from gracelint.session.session import Session

if TYPE_CHECKING:
    from pathlib import Path

FILES = {
    "a/Dockerfile": 'FROM debian:12\nENTRYPOINT ["/app/server"]\n',
    "b/Dockerfile": "FROM debian:12\nENTRYPOINT /app/server\n",
    "c/Dockerfile": 'FROM node:20\nCMD ["node", "dist/main.js"]\n',
    "d/Dockerfile": "FROM nginx:1.25\nSTOPSIGNAL SIGTERM\n",
    "e/Dockerfile": "FROM python:3.12\n",
    "f/Dockerfile": "FROM nginx:1.25\n",
    "g/Dockerfile": "FROM scratch\nCOPY site /site\n",
    "h/Dockerfile": "FROM mcr.microsoft.com/windows/nanoserver:ltsc2022\nCMD ping localhost\n",
}


def test_every_launch_is_counted_by_its_verdict(tmp_path: Path) -> None:
    """An image that starts nothing is no launch; a graceful one is assumed or proven."""
    result = Session(Files(tmp_path, overlay=FILES), Options()).run(["."])
    assert result.launches == Launches(
        graceful=2, assumed=1, cut_off=1, killed=1, exits=1, unknown=2
    )


def test_what_is_told_twice_of_a_launch_counts_once(tmp_path: Path) -> None:
    stories = Session(Files(tmp_path, overlay=FILES), Options()).scene(["."]).stories
    assert distinct([*stories, *stories]) == stories
    assert counted([*stories, *stories]) == counted(stories)


def test_of_a_windows_container_nothing_else_is_said(tmp_path: Path) -> None:
    image = "example/app:windowsservercore-ltsc2022"
    files = {"Dockerfile": f"FROM {image}\nSTOPSIGNAL SIGKILL\nCMD app\n"}
    checked = Session(Files(tmp_path, overlay=files), Options())
    (story,) = checked.scene(["."]).stories
    assert story.reason.startswith("a Windows container has no signals")
    assert checked.run(["."]).findings == ()


def test_a_name_of_windows_makes_no_windows_container(tmp_path: Path) -> None:
    """`dockurr/windows` is a Linux container with a virtual machine in it."""
    files = {"Dockerfile": "FROM dockurr/windows:latest\nCMD app\n"}
    (story,) = Session(Files(tmp_path, overlay=files), Options()).scene(["."]).stories
    assert not story.foreign


def test_what_the_cluster_does_is_told_of_a_windows_pod(tmp_path: Path) -> None:
    pod = (
        "apiVersion: v1\nkind: Pod\nmetadata: {name: a}\nspec:\n  os: {name: windows}\n"
        "  terminationGracePeriodSeconds: 0\n  containers: [{name: a, image: example/app}]\n"
    )
    checked = Session(Files(tmp_path, overlay={"pod.yaml": pod}), Options())
    assert [finding.rule.code for finding in checked.run(["."]).findings] == ["GL502"]
