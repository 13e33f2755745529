"""What is only advice: containers for development and tests, and work that ends by itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from gracelint.files.tree import Files
from gracelint.model.finding import Severity
from gracelint.model.options import Options
from gracelint.session.session import Session

if TYPE_CHECKING:
    from pathlib import Path

SHELL = "FROM debian:12\nCMD /opt/web; echo done\n"
POD = """
      containers:
        - name: x
          image: debian:12
          command: [sh, -c, "/opt/web; echo done"]
"""
JOB = f"""apiVersion: batch/v1
kind: Job
metadata: {{name: x}}
spec:
  template:
    spec:
      restartPolicy: Never{POD}"""
DEPLOYMENT = f"""apiVersion: apps/v1
kind: Deployment
metadata: {{name: x}}
spec:
  template:
    spec:{POD}"""
COMPOSE = "services:\n  x:\n    image: debian:12\n    command: sh -c '/opt/web; echo done'\n"
ACTION = "runs:\n  using: docker\n  image: Dockerfile\n"
AWAITED = "  y:\n    image: z\n    depends_on: {x: {condition: service_completed_successfully}}\n"
NODE = 'FROM node:22\nWORKDIR /app\nCOPY . .\nCMD ["npm", "start"]\n'


def worst(folder: Path, **texts: str) -> Severity:
    """How bad the worst finding in a tree is; in names `_0_` is a slash and `__` a dot."""
    for name, text in texts.items():
        path = folder / name.replace("_0_", "/").replace("__", ".")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    found = Session(Files(folder), Options()).run([""]).findings
    return max(f.severity for f in found)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("Dockerfile", SHELL),
        ("deploy__yaml", DEPLOYMENT),
        ("node-local-dns__yaml", DEPLOYMENT),
        ("compose__yaml", COMPOSE),
        ("compose__yaml", f"{COMPOSE}    restart: always\n"),
        ("compose__yaml", f"{COMPOSE}    restart: 'no'\n    ports: ['80:80']\n"),
        ("compose__yaml", f"{COMPOSE}    restart: 'no'\n    expose: [80]\n"),
        ("compose__yaml", f"{COMPOSE}    restart: 'no'\n    healthcheck: {{test: true}}\n"),
    ],
)
def test_what_serves_is_an_error(tmp_path: Path, name: str, text: str) -> None:
    assert worst(tmp_path, **{name: text}) is Severity.ERROR


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("job__yaml", JOB),
        ("compose__yaml", f"{COMPOSE}    restart: 'no'\n"),
        ("compose__yaml", COMPOSE + AWAITED),
    ],
)
def test_what_ends_by_itself_is_advice(tmp_path: Path, name: str, text: str) -> None:
    assert worst(tmp_path, **{name: text}) is Severity.INFO


@pytest.mark.parametrize(
    ("image", "severity"),
    [("Dockerfile", Severity.INFO), ("docker://x", Severity.ERROR)],
)
def test_the_image_of_an_action_ends_with_its_work(
    tmp_path: Path, image: str, severity: Severity
) -> None:
    action = ACTION.replace("Dockerfile", image)
    assert worst(tmp_path, Dockerfile=SHELL, action__yml=action) is severity


@pytest.mark.parametrize("name", ["testdata_0_deploy__yaml", "a_0_test_0_e2e_0_deploy__yaml"])
def test_manifests_for_tests_are_advice(tmp_path: Path, name: str) -> None:
    assert worst(tmp_path, **{name: DEPLOYMENT}) is Severity.INFO


def test_a_tool_for_developers_is_advice(tmp_path: Path) -> None:
    text = "services:\n  x:\n    image: node:22\n    command: npx prisma studio\n"
    assert worst(tmp_path, compose__yaml=text) is Severity.INFO


def test_a_development_server_is_told_of_once(tmp_path: Path) -> None:
    package = '{"name": "x", "scripts": {"start": "next dev"}}'
    for name, text in (("Dockerfile", NODE), ("package.json", package)):
        (tmp_path / name).write_text(text)
    found = Session(Files(tmp_path), Options()).run([""]).findings
    assert [f.rule.code for f in found if f.severity > Severity.INFO] == ["GL113"]


@pytest.mark.parametrize("command", ['["node_modules/.bin/vite", "dev"]', '["npm", "run", "dev"]'])
@pytest.mark.parametrize(
    ("package", "severity"),
    [
        ("@sveltejs/kit", Severity.WARNING),
        ("@tanstack/react-start", Severity.WARNING),
        ("react", Severity.INFO),
    ],
)
def test_what_vite_serves_may_be_an_application(
    tmp_path: Path, command: str, package: str, severity: Severity
) -> None:
    manifest = f'{{"scripts": {{"dev": "vite dev"}}, "devDependencies": {{"{package}": "2"}}}}'
    (tmp_path / "package.json").write_text(manifest)
    (tmp_path / "Dockerfile").write_text(f"FROM node:22\nWORKDIR /app\nCOPY . .\nCMD {command}\n")
    found = Session(Files(tmp_path), Options()).run([""]).findings
    assert [f.severity for f in found if f.rule.code == "GL113"] == [severity]


@pytest.mark.parametrize(
    ("variable", "mount", "severity"),
    [
        ("RAILS_ENV: development", ".:/app", Severity.INFO),
        ("RAILS_ENV: production", ".:/app", Severity.ERROR),
        ("RAILS_ENV: development", "data:/app/tmp", Severity.ERROR),
    ],
)
def test_what_a_framework_is_told_counts_over_sources_that_are_edited(
    tmp_path: Path, variable: str, mount: str, severity: Severity
) -> None:
    image = 'FROM ruby:3.4\nWORKDIR /app\nCOPY . .\nCMD ["rails", "server"]\n'
    text = (
        "services:\n  x:\n    build: .\n    command: sh -c 'rails server; echo done'\n"
        f"    environment: {{{variable}}}\n    volumes: ['{mount}']\n"
    )
    assert worst(tmp_path, Dockerfile=image, compose__yaml=text) is severity


def test_a_development_server_of_a_mounted_folder_is_advice_in_its_image_too(
    tmp_path: Path,
) -> None:
    image = 'FROM node:22\nWORKDIR /app\nCMD ["sh", "-c", "npm install && npm run dev"]\n'
    text = "services:\n  x:\n    build: web\n    volumes: ['./web/app:/app']\n"
    package = '{"name": "x", "scripts": {"dev": "nuxt dev"}}'
    files = {"web_0_Dockerfile": image, "web_0_app_0_package__json": package}
    assert worst(tmp_path, compose__yaml=text, **files) is Severity.INFO


FPM = "FROM php:8.3-fpm-alpine\nWORKDIR /var/www\n"
EDITED = "services:\n  app:\n    build: .\n    volumes: ['.:/var/www']\n"


@pytest.mark.parametrize(
    ("texts", "expected"),
    [
        ({"Dockerfile": FPM}, Severity.WARNING),
        ({"Dockerfile": FPM, "compose__yaml": EDITED}, Severity.INFO),
        ({"Dockerfile": FPM, "compose__prod__yaml": EDITED}, Severity.WARNING),
        ({"Dockerfile": FPM, "compose__yaml": EDITED.replace("app", "prod")}, Severity.WARNING),
        ({"Dockerfile": FPM + "RUN pecl install xdebug\n"}, Severity.INFO),
        ({"Dockerfile": FPM + "RUN if [ $X ]; then pecl install xdebug; fi\n"}, Severity.WARNING),
    ],
)
def test_php_fpm_may_cut_off_what_developers_ask_for(
    tmp_path: Path, texts: dict[str, str], expected: Severity
) -> None:
    assert worst(tmp_path, **texts) is expected


@pytest.mark.parametrize("name", ["seed", "db-migrate", "seeder_of_users"])
def test_a_service_is_called_after_work_that_ends(tmp_path: Path, name: str) -> None:
    assert worst(tmp_path, compose__yaml=COMPOSE.replace("x:", f"{name}:")) is Severity.INFO


@pytest.mark.parametrize("name", ["seed.Dockerfile", "Dockerfile.migrate"])
def test_a_dockerfile_is_called_after_work_that_ends(tmp_path: Path, name: str) -> None:
    assert worst(tmp_path, **{name.replace(".", "__"): SHELL}) is Severity.INFO


def test_a_service_that_has_seed_in_a_word_may_be_a_server(tmp_path: Path) -> None:
    assert worst(tmp_path, compose__yaml=COMPOSE.replace("x:", "seedbox:")) is Severity.ERROR


@pytest.mark.parametrize("command", ["storybook dev -p 6006", "start-storybook -p 9009 -s public"])
def test_storybook_serves_developers(tmp_path: Path, command: str) -> None:
    text = f"services:\n  x:\n    image: node:22\n    command: bash -c 'npx {command}; echo done'\n"
    assert worst(tmp_path, compose__yaml=text) is Severity.INFO


@pytest.mark.parametrize(
    ("comment", "severity"),
    [
        ("# Notifications\n# For testing agent functionality", Severity.INFO),
        ("# Dockerfile for local development.", Severity.INFO),
        ("# This image is only for development and testing", Severity.INFO),
        ("# For development use Dockerfile.dev", Severity.ERROR),
        ("# For testing, run: docker run -p 80:80 shop", Severity.ERROR),
        ("# Not for development", Severity.ERROR),
        ("# A service for testing credit cards", Severity.ERROR),
        ("# A container for testing services", Severity.ERROR),
        ("# For development uncomment below", Severity.ERROR),
        ("# For local development\nARG UID=1000", Severity.ERROR),
        ("# For local development\n\nARG UID=1000", Severity.INFO),
        ("# For local development\n\tARG UID=1000", Severity.ERROR),
        ("# Image for testing\nFROM node:22 AS test\nRUN npm test", Severity.ERROR),
    ],
)
def test_what_the_comment_at_the_top_says(tmp_path: Path, comment: str, severity: Severity) -> None:
    assert worst(tmp_path, Dockerfile=f"{comment}\n{SHELL}") is severity


DEBUGGED = """FROM php:8-cli
RUN pecl install xdebug && docker-php-ext-enable xdebug
COPY start.sh /start.sh
CMD ["/start.sh"]
"""


@pytest.mark.parametrize(
    ("line", "severity"),
    [
        ("rm -f /tmp/xdebug.log", Severity.INFO),
        ("mv /var/log/xdebug /old", Severity.INFO),
        ("rm -f /usr/local/etc/php/conf.d/docker-php-ext-xdebug.ini", Severity.ERROR),
        ('rm /tmp/xdebug.log "$PHP_INI_DIR/conf.d/xdebug"', Severity.ERROR),
        ("unlink /usr/lib/php/xdebug.so;", Severity.ERROR),
        ("phpdismod xdebug", Severity.ERROR),
    ],
)
def test_what_takes_xdebug_away_again_is_for_production(
    tmp_path: Path, line: str, severity: Severity
) -> None:
    script = f"#!/bin/sh\n{line}\n/srv/web\n"
    assert worst(tmp_path, Dockerfile=DEBUGGED, start__sh=script) is severity


def errand(command: str) -> str:
    return f'FROM debian:12\nCMD ["sh", "-c", "{command}; true"]\n'


@pytest.mark.parametrize(
    ("command", "severity"),
    [
        ("/opt/seed", Severity.INFO),
        ("/opt/dump --database=postgres://db/x all", Severity.INFO),
        ("/opt/backup-all -- /srv/web", Severity.ERROR),
        ("/opt/migrate /srv/web", Severity.ERROR),
        ("/opt/migrate nginx", Severity.ERROR),
        ("/opt/migrate sh", Severity.ERROR),
        ("/opt/wait-for-db db:5432 -- /srv/web", Severity.ERROR),
        ("/opt/wait-for-it db:5432", Severity.ERROR),
        ("/opt/backup-manager", Severity.ERROR),
        ("/opt/migration-controller", Severity.ERROR),
        ("/opt/restore-proxy", Severity.ERROR),
        ("/opt/restore-db daemon", Severity.ERROR),
        ("/opt/backup --daemon", Severity.ERROR),
    ],
)
def test_a_piece_of_work_ends_and_starts_nothing_else(
    tmp_path: Path, command: str, severity: Severity
) -> None:
    assert worst(tmp_path, Dockerfile=errand(command)) is severity


WORK = "services:\n  x:\n    image: debian:12\n    command: sh -c '/opt/backup; echo done'\n"
UNIT = "[Container]\nImage=debian:12\nExec=sh -c '/opt/backup; echo done'\n"
TASK = """{"family": "x", "containerDefinitions":
 [{"name": "x", "image": "debian:12", "command": ["sh", "-c", "/opt/backup; echo done"]}]}"""
FLY = "app = 'x'\n[processes]\napp = \"sh -c '/opt/backup; echo done'\"\n"


@pytest.mark.parametrize(
    ("name", "text", "severity"),
    [
        ("compose__yaml", WORK, Severity.INFO),
        ("compose__yaml", f"{WORK}    restart: on-failure\n", Severity.INFO),
        ("compose__yaml", f"{WORK}    restart: always\n", Severity.ERROR),
        ("compose__yaml", f"{WORK}    restart: $RESTART\n", Severity.ERROR),
        ("compose__yaml", f"{WORK}    deploy: {{restart_policy: {{}}}}\n", Severity.ERROR),
        (
            "compose__yaml",
            f"{WORK}    deploy: {{restart_policy: {{condition: any}}}}\n",
            Severity.ERROR,
        ),
        (
            "compose__yaml",
            f"{WORK}    deploy: {{restart_policy: {{condition: on-failure}}}}\n",
            Severity.INFO,
        ),
        ("compose__yaml", f"{WORK}    deploy: {{update_config: {{delay: 1s}}}}\n", Severity.ERROR),
        ("x__container", UNIT, Severity.INFO),
        ("x__container", f"{UNIT}[Service]\nRestart=on-failure\n", Severity.INFO),
        ("x__container", f"{UNIT}[Service]\nRestart=always\n", Severity.ERROR),
        ("task-definition__json", TASK, Severity.ERROR),
    ],
)
def test_a_piece_of_work_that_is_started_again_stays(
    tmp_path: Path, name: str, text: str, severity: Severity
) -> None:
    assert worst(tmp_path, **{name: text}) is severity


def test_fly_starts_a_piece_of_work_again(tmp_path: Path) -> None:
    image = "FROM debian:12\n"
    assert worst(tmp_path, Dockerfile=image, fly__toml=FLY) is Severity.ERROR
