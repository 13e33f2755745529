"""Java and Kotlin programs that a framework runs: its hook stops them, wherever the jar is from."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from gracelint.files.tree import Files
from gracelint.model.options import Options
from gracelint.session.session import Session

if TYPE_CHECKING:
    from pathlib import Path

    from gracelint.model.story import Story

SPRING = """\
package shop;
import org.springframework.boot.SpringApplication;
public class Shop { public static void main(String[] args) { SpringApplication.run(Shop.class); } }
"""
KOTLIN = """\
import org.springframework.boot.runApplication
class Shop
fun main(args: Array<String>) {
    runApplication<Shop>(*args)
}
"""
DOCKERFILE = """\
FROM maven:3.9-eclipse-temurin-21 AS build
WORKDIR /src
COPY src src
RUN mvn -q package
FROM eclipse-temurin:21-jre
WORKDIR /app
COPY --from=build {copied}
CMD {command}
"""


def story(tmp_path: Path, source: str, copied: str, command: str = "app.jar") -> Story:
    path = tmp_path / ("src/Shop.kt" if source == KOTLIN else "src/Shop.java")
    path.parent.mkdir()
    path.write_text(source)
    words = f'["java", "-jar", "{command}"]'
    (tmp_path / "Dockerfile").write_text(DOCKERFILE.format(copied=copied, command=words))
    [told] = Session(Files(tmp_path), Options()).scene(["Dockerfile"]).stories
    return told


@pytest.mark.parametrize(
    ("copied", "command"),
    [
        ("/src/target/shop-1.jar app.jar", "app.jar"),
        ("/src/target/*.jar app.jar", "app.jar"),
        ("/src/target/*.jar ./", "shop-1.jar"),
        ("/src/target/shop-*.jar /app/", "/app/shop-1.jar"),
    ],
)
def test_a_framework_in_sight_stops_it(tmp_path: Path, copied: str, command: str) -> None:
    told = story(tmp_path, SPRING, copied, command)
    assert told.verdict == "graceful"
    assert told.assumptions == (
        "`SpringApplication.run` stops what it runs, and waits for requests",
    )


def test_of_two_patterns_each_may_have_copied_it(tmp_path: Path) -> None:
    told = story(tmp_path, SPRING, "/src/target/*.jar ./\nCOPY --from=alpine /opt/*.jar ./")
    assert told.assumptions[0].startswith("`SpringApplication.run` stops")


@pytest.mark.parametrize(
    "source",
    [
        KOTLIN,
        SPRING.replace("SpringApplication.run(Shop.class)", "Micronaut.run(Shop.class, args)"),
        SPRING.replace("SpringApplication.run(Shop.class)", "new SpringApplicationBuilder().run()"),
    ],
)
def test_the_others_do_so_too(tmp_path: Path, source: str) -> None:
    told = story(tmp_path, source, "/src/target/*.jar app.jar")
    assert told.verdict == "graceful"
    assert told.assumptions[0].endswith("stops what it runs, and waits for requests")


@pytest.mark.parametrize(
    ("source", "copied", "command"),
    [
        (SPRING, "/src/target/*.jar /lib/", "app.jar"),
        (
            SPRING.replace("SpringApplication.run", "// SpringApplication.run"),
            *("/src/* .", "a.jar"),
        ),
    ],
)
def test_without_one_its_handler_is_assumed(
    tmp_path: Path, source: str, copied: str, command: str
) -> None:
    told = story(tmp_path, source, copied, command)
    assert told.verdict == "graceful"
    assert told.assumptions[0].endswith("what it runs is not seen")


def test_signals_that_the_machine_is_told_to_leave_alone_reach_no_hook(tmp_path: Path) -> None:
    story(tmp_path, SPRING, "/src/target/*.jar app.jar")
    dockerfile = tmp_path / "Dockerfile"
    dockerfile.write_text(dockerfile.read_text().replace('"java",', '"java", "-Xrs",'))
    [told] = Session(Files(tmp_path), Options()).scene(["Dockerfile"]).stories
    assert told.verdict == "killed"
