"""Dockerfiles built on images that other Dockerfiles of the tree make, and on images of which a
variable leaves the tag open."""

from __future__ import annotations

from gracelint.base.facts import Known
from gracelint.files.tree import Files
from gracelint.model.options import Options
from gracelint.session.session import Session

BASE = 'FROM python:3.11-slim\nCOPY start /start\nENTRYPOINT ["/start"]\nSTOPSIGNAL SIGINT\n'
APP = 'FROM {}\nCMD ["python3", "/app.py"]\n'
COMPOSE = (
    "services:\n  base:\n    image: {}\n    build: {{dockerfile: Dockerfile.base, context: .}}\n"
)
MAKEFILE = "base:\n\tdocker build -t {} -f Dockerfile.base .\n"


def told(folder, files, path="Dockerfile"):
    """The story of a Dockerfile in a tree."""
    given = {"Dockerfile.base": BASE, "start": '#!/bin/sh\n"$@"\n', "app.py": "", **files}
    for name, text in given.items():
        (folder / name).write_text(text)
    stories = Session(Files(folder), Options()).scene([""]).stories
    return next(s for s in stories if s.workload.source.path == path)


def brought(story):
    """The ENTRYPOINT and the stop signal that an image has from what it is built on."""
    workload = story.workload
    entry, signal = workload.launch.entrypoint, workload.stop_signal
    words = [w.value for w in entry.value.words] if isinstance(entry, Known) and entry.value else []
    return words, signal.value


class TestBuiltHere:
    def test_what_a_compose_file_builds_under_the_name(self, tmp_path):
        compose = {"compose.yaml": COMPOSE.format("shop-base")}
        story = told(tmp_path, {"Dockerfile": APP.format("shop-base:latest"), **compose})
        assert brought(story) == (["/start"], "SIGINT")
        assert story.workload.base.reference == "python:3.11-slim"
        assert story.tree.role == "script"
        assert story.workload.guess == ""

    def test_what_a_makefile_builds_under_the_name(self, tmp_path):
        make = {"Makefile": MAKEFILE.format("ghcr.io/shop/base:latest")}
        story = told(tmp_path, {"Dockerfile": APP.format("ghcr.io/shop/base"), **make})
        assert brought(story) == (["/start"], "SIGINT")

    def test_what_is_changed_on_top_holds(self, tmp_path):
        text = APP.format("shop-base") + "STOPSIGNAL SIGQUIT\nENTRYPOINT []\n"
        compose = {"compose.yaml": COMPOSE.format("shop-base")}
        assert brought(told(tmp_path, {"Dockerfile": text, **compose})) == ([], "SIGQUIT")

    def test_a_similar_name_of_somebody_else_is_no_evidence(self, tmp_path):
        make = {"Makefile": MAKEFILE.format("ghcr.io/shop/base:latest")}
        story = told(tmp_path, {"Dockerfile": APP.format("quay.io/other/base:latest"), **make})
        assert brought(story) == ([], "SIGTERM")

    def test_an_image_that_the_atlas_knows_is_that(self, tmp_path):
        compose = {"compose.yaml": COMPOSE.format("redis")}
        story = told(tmp_path, {"Dockerfile": "FROM redis\n", **compose})
        assert brought(story)[0] == ["docker-entrypoint.sh"]

    def test_an_image_built_on_itself_is_not_known(self, tmp_path):
        make = {"Makefile": "x:\n\tdocker build -t shop .\n"}
        assert brought(told(tmp_path, {"Dockerfile": APP.format("shop"), **make})) == (
            [],
            "SIGTERM",
        )

    def test_images_built_on_each_other_are_not_known(self, tmp_path):
        make = {
            "Makefile": "x:\n\tdocker build -t one .\n\tdocker build -t two -f Dockerfile.two .\n"
        }
        tree = {"Dockerfile": APP.format("two"), "Dockerfile.two": APP.format("one"), **make}
        assert brought(told(tmp_path, tree)) == ([], "SIGTERM")


class TestAnOpenTag:
    def test_what_is_written_of_it_counts(self, tmp_path):
        text = 'ARG V\nFROM node:$V-alpine\nCOPY app.js /\nCMD ["node", "/app.js"]\n'
        story = told(tmp_path, {"Dockerfile": text, "app.js": "setInterval(() => 0, 9)\n"})
        assert story.workload.base.shell.value == "ash"
        assert story.workload.guess == "`node:…-alpine` is a current `node`"

    def test_one_that_decides_what_is_started_leaves_all_open(self, tmp_path):
        story = told(tmp_path, {"Dockerfile": "ARG V\nFROM php:$V\n"})
        assert not isinstance(story.workload.launch.cmd, Known)

    def test_an_open_name_leaves_all_open(self, tmp_path):
        story = told(tmp_path, {"Dockerfile": 'ARG B\nFROM $B\nCMD ["node", "/app.js"]\n'})
        assert story.workload.guess == ""
        assert not isinstance(story.workload.base.shell, Known)
