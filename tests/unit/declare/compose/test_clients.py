"""Whether a database is stopped when nobody may be connected to it any more."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from gracelint.declare.compose.project import services
from gracelint.files.tree import Files
from gracelint.syntax.yaml import parse as yaml

if TYPE_CHECKING:
    from pathlib import Path

WEB = "services:\n  web: {build: ., depends_on: [db]}\n"
DB = WEB + "  db:\n    image: postgres:12.0\n"
GRAF = f"{DB}  graf:\n    image: grafana/grafana:10.0.0\n"


def stops_last(folder: Path, text: str, **others: str) -> bool:
    """In names `__` is a dot."""
    for name, other in {"compose__yaml": text, "Dockerfile": "FROM debian:12\n", **others}.items():
        (folder / name.replace("__", ".")).write_text(other)
    files = Files(folder)
    group = services(yaml.parse(files.load("compose.yaml")), files)
    return next(w.stops_last for w in group.workloads if w.name == "db")


@pytest.mark.parametrize(
    "more",
    [
        "",
        "    environment: {GF_DATABASE_HOST: 'other:5432', GF_NAME: db-1-old}\n",
        "    environment: {GF_DATABASE_HOST: '${DB_HOST:-other}'}\n",
        "    volumes: ['./data:/var/lib/grafana', '/etc/localtime:/etc/localtime']\n",
        "    ports: ['${PORT}:3000']\n",
    ],
)
def test_who_is_told_of_no_database_uses_none(tmp_path: Path, more: str) -> None:
    assert stops_last(tmp_path, GRAF + more)


@pytest.mark.parametrize(
    "more",
    [
        "    environment: {GF_DATABASE_HOST: 'db:5432'}\n",
        "    environment: ['GF_DATABASE_HOST=postgres://u@DB/x']\n",
        "    environment: {GF_DATABASE_HOST: tasks.db}\n",
        "    command: [pg_receivewal, -hdb]\n",
        "    environment: {GF_DATABASE_HOST: shop-db-1}\n",
        "    environment: {GF_DATABASE_HOST: host.docker.internal}\n",
        "    environment: {GF_DATABASE_HOST: '${DB_HOST}'}\n",
        "    environment: {GF_DATABASE_HOST: '${DB_HOST:-}'}\n",
        "    environment: [GF_DATABASE_HOST]\n",
        "    environment: *env\nx-env: &env {GF_DATABASE_HOST: 'db:5432'}\n",
        "    env_file: out-of-sight.env\n",
        "    command: ['--database', 'db:5432']\n",
        "    volumes: ['./out-of-sight.ini:/etc/grafana/grafana.ini']\n",
        "    network_mode: host\n",
        "    configs: [grafana]\n",
    ],
)
def test_who_may_be_told_of_it_may_use_it(tmp_path: Path, more: str) -> None:
    text = GRAF + more
    if "x-env" in more:
        anchor = more[more.index("x-env") :]
        text = anchor + text.replace(anchor, "")
    assert not stops_last(tmp_path, text)


@pytest.mark.parametrize(
    ("more", "name", "text"),
    [
        ("    env_file: graf.env\n", "graf__env", "GF_DATABASE_HOST=db:5432\n"),
        ("    environment: {H: '${DB_HOST}'}\n", "__env", "DB_HOST=db\n"),
        ("    environment: [DB_HOST]\n", "__env", "DB_HOST=db\n"),
        ("    volumes: ['./graf.ini:/etc/grafana/grafana.ini']\n", "graf__ini", "host = db:5432\n"),
        ("", "compose__override__yaml", "services: {graf: {environment: {H: db}}}\n"),
    ],
)
def test_what_it_is_told_elsewhere_counts(tmp_path: Path, more: str, name: str, text: str) -> None:
    assert not stops_last(tmp_path, GRAF + more, **{name: text})
    other = text.replace("db", "other")
    assert stops_last(tmp_path, GRAF + more, **{name: other})


@pytest.mark.parametrize(
    "more",
    [
        "    container_name: main-postgres\n",
        "    hostname: main-postgres\n",
        "    networks: {default: {aliases: [main-postgres]}}\n",
        "    container_name: '${NAME}'\n",
    ],
)
def test_it_has_other_names_too(tmp_path: Path, more: str) -> None:
    text = GRAF.replace("postgres:12.0\n", f"postgres:12.0\n{more}")
    used = f"{text}    environment: {{GF_DATABASE_HOST: 'main-postgres:5432'}}\n"
    assert not stops_last(tmp_path, used)
    assert stops_last(tmp_path, text) is ("$" not in more)


@pytest.mark.parametrize("image", ["adminer:4", "phpmyadmin", "wordpress:6", "dpage/pgadmin4:8.0"])
def test_images_look_for_one_by_themselves(tmp_path: Path, image: str) -> None:
    assert not stops_last(tmp_path, GRAF.replace("grafana/grafana:10.0.0", image))


@pytest.mark.parametrize(
    ("address", "used"),
    [
        ("ipv4_address: 172.28.0.2", "172.28.0.2:5432"),
        ("ipv6_address: 'fd00::2'", "[FD00:0::0002]:5432"),
        ("ipv6_address: 'fd00::2'", "db2:fd00::2"),
        ("link_local_ips: [169.254.8.8]", "169.254.8.8"),
    ],
)
def test_it_has_addresses_too(tmp_path: Path, address: str, used: str) -> None:
    networks = f"    networks: {{default: {{{address}}}}}\n"
    text = GRAF.replace("postgres:12.0\n", f"postgres:12.0\n{networks}")
    told = "    environment: {GF_DATABASE_HOST: '%s'}\n"
    assert not stops_last(tmp_path, text + told % used)
    assert stops_last(tmp_path, text + told % "172.28.0.22")


@pytest.mark.parametrize("number", [2, 6])
def test_so_many_files_are_read_of_all_that_is_mounted(tmp_path: Path, number: int) -> None:
    for folder in range(number):
        for file in range(10):
            (tmp_path / f"d{folder}").mkdir(exist_ok=True)
            (tmp_path / f"d{folder}" / f"{file}.txt").write_text("other")
    mounts = ", ".join(f"'./d{folder}:/d{folder}'" for folder in range(number))
    assert stops_last(tmp_path, f"{GRAF}    volumes: [{mounts}]\n") is (number == 2)
