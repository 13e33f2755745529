"""Whether Spring Boot waits for requests, by the version and the settings in sight."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from gracelint.files.tree import Files
from gracelint.model.options import Options
from gracelint.session.session import Session

if TYPE_CHECKING:
    from pathlib import Path

    from gracelint.model.story import Story

DOCKERFILE = """\
FROM maven:3.9-eclipse-temurin-17 AS build
WORKDIR /src
COPY . .
RUN mvn -q package
FROM eclipse-temurin:17
{}COPY --from=build /src/target/*.jar /app.jar
CMD ["java", "-jar", "/app.jar"{}]
"""
MAIN = """\
import org.springframework.boot.SpringApplication;
class App {{ public static void main(String[] a) {{ SpringApplication.run(App.class, a); }} {} }}
"""
PARENT = "<parent><artifactId>spring-boot-starter-parent</artifactId><version>{}</version></parent>"
WEB = "<artifactId>spring-boot-starter-web</artifactId>"
GRADLE = "plugins {{ id {} version {} }}\nimplementation 'a:spring-boot-starter-webflux'\n"
RESOURCES = "src/main/resources/application"


def told(
    tmp_path: Path, files: dict[str, str], *, before: str = "", more: str = "", inside: str = ""
) -> Story:
    both = {
        "Dockerfile": DOCKERFILE.format(before, more),
        "src/main/java/App.java": MAIN.format(inside),
        **files,
    }
    return Session(Files(tmp_path, overlay=both), Options()).scene(["."]).stories[-1]


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("pom.xml", PARENT.format("3.3.5") + WEB),
        ("pom.xml", PARENT.format("2.3.0.RELEASE") + WEB),
        ("pom.xml", "<v.boot>3.2.1</v.boot>" + PARENT.format("${v.boot}") + WEB),
        ("pom.xml", "<spring-boot.version>2.7.18</spring-boot.version>" + WEB),
        ("build.gradle", GRADLE.format("'org.springframework.boot'", "'2.7.0'")),
        ("build.gradle.kts", GRADLE.format('("org.springframework.boot")', '"3.3.0"')),
    ],
)
def test_before_3_4_requests_are_cut_off(tmp_path: Path, name: str, text: str) -> None:
    story = told(tmp_path, {name: text})
    assert story.verdict == "cut-off"
    assert "nothing out of sight sets `server.shutdown=graceful`" in story.assumptions[0]


@pytest.mark.parametrize(
    "text",
    [
        PARENT.format("3.4.0") + WEB,
        PARENT.format("4.0.0-M1") + WEB,
        PARENT.format("${unknown}") + WEB,
        f"<!-- {PARENT.format('2.7.0')} -->{WEB}",
        WEB,
        PARENT.format("3.3.5") + "<spring-boot.version>3.5.0</spring-boot.version>" + WEB,
    ],
)
def test_later_ones_wait_as_is_assumed_without_a_version(tmp_path: Path, text: str) -> None:
    story = told(tmp_path, {"pom.xml": text})
    assert story.verdict == "graceful"
    assert story.assumptions[0].endswith("waits for requests")


POM = {"pom.xml": PARENT.format("3.3.5") + WEB}


@pytest.mark.parametrize(
    ("files", "given"),
    [
        ({f"{RESOURCES}.properties": "server.shutdown=graceful\n"}, {}),
        ({f"{RESOURCES}-prod.yml": "server:\n  shutdown: graceful\n"}, {}),
        ({f"{RESOURCES}.yaml": "server: {shutdown: GRACEFUL}\n"}, {}),
        ({}, {"before": "ENV SERVER_SHUTDOWN=graceful\n"}),
        ({}, {"before": "ENV JAVA_TOOL_OPTIONS=-Dserver.shutdown=graceful\n"}),
        ({}, {"more": ', "--server.shutdown=graceful"'}),
        ({}, {"inside": "void set(Factory f) { f.setShutdown(Shutdown.GRACEFUL); }"}),
    ],
)
def test_they_wait_where_something_says_so(
    tmp_path: Path, files: dict[str, str], given: dict[str, str]
) -> None:
    story = told(tmp_path, POM | files, **given)
    assert story.verdict == "graceful"
    assert story.assumptions[0].endswith("waits for requests")


@pytest.mark.parametrize(
    ("files", "given"),
    [
        ({"pom.xml": PARENT.format("3.3.5")}, {}),
        ({f"{RESOURCES}.yml": "server:\n  shutdown: ${HOW:immediate}\n"}, {}),
        ({f"{RESOURCES}.yml": "spring:\n  main:\n    web-application-type: none\n"}, {}),
        ({f"{RESOURCES}.properties": "spring.config.import=configserver:\n"}, {}),
        ({}, {"before": "ENV SPRING_CONFIG_IMPORT=file:/etc/app.yml\n"}),
        ({"src/main/java/Other.java": MAIN.format("")}, {}),
    ],
)
def test_it_is_said_where_that_is_not_sure(
    tmp_path: Path, files: dict[str, str], given: dict[str, str]
) -> None:
    story = told(tmp_path, POM | files, **given)
    assert story.verdict == "graceful"
    assert story.assumptions[0].endswith(
        "as Spring Boot 3.3 does only with `server.shutdown=graceful`"
    )


def test_of_those_without_the_setting_it_is_not_named(tmp_path: Path) -> None:
    story = told(tmp_path, {"pom.xml": PARENT.format("2.1.4.RELEASE") + WEB})
    assert story.verdict == "cut-off"
    assert story.assumptions == ("nothing out of sight has Spring Boot 2.1 wait for requests",)
