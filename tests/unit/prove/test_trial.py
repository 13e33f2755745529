"""What is started for a Dockerfile, a service, an image, and what of a declaration is left out."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from gracelint.files.tree import Files
from gracelint.model.options import Options
from gracelint.prove.companions import ordered
from gracelint.prove.engine import Mount
from gracelint.prove.trial import all_built, of_folder, of_image, shown, trials
from gracelint.session.session import Session

if TYPE_CHECKING:
    from pathlib import Path

    from gracelint.prove.trial import Trial

EXEC = 'FROM debian:12\nCMD ["/srv/web"]\n'


def found(folder: Path, files: dict[str, str]) -> dict[str, Trial]:
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    session = Session(Files(folder), Options())
    return {one.name: one for one in trials(session, session.scene([""]))}


def service(folder: Path, text: str, **files: str) -> Trial:
    lines = "".join(f"    {line}\n" for line in text.splitlines())
    compose = {"compose.yaml": f"services:\n  web:\n{lines}", "Dockerfile": EXEC}
    return found(folder, compose | files)["compose.yaml:web"]


def test_a_dockerfile_is_built_in_its_context(tmp_path: Path) -> None:
    made = found(tmp_path, {"api/Dockerfile": EXEC + "COPY shared/x /x\n", "shared/x": ""})
    recipe = made["api/Dockerfile"].recipe
    assert recipe is not None
    assert (recipe.dockerfile, recipe.folder, recipe.target) == ("api/Dockerfile", "", None)


def test_a_stage_with_a_name_is_built_by_it(tmp_path: Path) -> None:
    text = 'FROM debian:12 AS base\nFROM base AS prod\nCMD ["/srv/web"]\n'
    (one,) = found(tmp_path, {"Dockerfile": text}).values()
    assert one.recipe is not None
    assert (one.name, one.recipe.target) == ("Dockerfile:prod", "prod")


def test_a_service_has_what_its_file_says(tmp_path: Path) -> None:
    text = (
        "build: {context: ., target: prod, args: {A: '1'}}\n"
        "entrypoint: [/run.sh]\ncommand: serve --all\n"
        "environment: {LEVEL: high}\nuser: app\nworking_dir: /srv\n"
        "stop_signal: SIGINT\nstop_grace_period: 1m\ninit: true\n"
    )
    one = service(tmp_path, text)
    made = one.container
    assert (made.entrypoint, made.command) == (("/run.sh",), ("serve", "--all"))
    assert (made.env, made.user, made.workdir) == (("LEVEL=high",), "app", "/srv")
    assert (made.stop_signal, made.init, one.seconds) == ("SIGINT", True, 60)
    assert one.recipe is not None
    assert (one.recipe.target, one.recipe.args) == ("prod", {"A": "1"})


def test_what_is_in_the_tree_is_mounted_for_reading_and_nothing_else_is(tmp_path: Path) -> None:
    text = (
        "image: nginx\nvolumes:\n"
        "  - ./conf:/etc/nginx\n  - /etc:/host\n  - ../up:/up\n  - data:/data\n  - /cache\n"
        "  - {type: bind, source: /var/run/docker.sock, target: /sock}\n"
        "  - {type: volume, source: x, target: '/:/host'}\n"
    )
    one = service(tmp_path, text, **{"conf/nginx.conf": ""})
    assert one.container.mounts == (Mount(f"{tmp_path}/conf", "/etc/nginx"),)
    assert one.container.volumes == ("/data", "/cache")
    outside = [note.partition(" is outside")[0] for note in one.notes if "is outside" in note]
    assert outside == ["/host", "/up", "/sock"]


def test_a_link_in_the_tree_leads_out_of_it_no_further(tmp_path: Path) -> None:
    (tmp_path / "conf").symlink_to("/etc")
    one = service(tmp_path, "image: nginx\nvolumes: [./conf:/etc/nginx]\n")
    assert one.container.mounts == ()


@pytest.mark.parametrize("key", ["privileged: true", "cap_add: [SYS_ADMIN]", "network_mode: host"])
def test_what_would_reach_beyond_the_container_is_left_out_and_said_to_be(
    tmp_path: Path, key: str
) -> None:
    one = service(tmp_path, f"image: nginx\n{key}\n")
    assert any(key.partition(":")[0] in note for note in one.notes)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("image: nginx\npid: host\n", "it shares a PID namespace"),
        ("image: $IMAGE\n", "what image it starts cannot be told"),
        ("image: nginx\ncommand: ['${WHAT?set it}']\n", "WHAT"),
        ("build: https://example.org/x.git\n", "fetched from elsewhere"),
    ],
)
def test_a_service_that_cannot_be_started_says_why(tmp_path: Path, text: str, said: str) -> None:
    assert said in service(tmp_path, text).problem


def test_all_that_is_built_here_is_each_once(tmp_path: Path) -> None:
    compose = "services:\n  web: {build: api}\n  db: {image: postgres}\n"
    files = {"compose.yaml": compose, "api/Dockerfile": EXEC, "job/Dockerfile": EXEC}
    built, others = all_built(list(found(tmp_path, files).values()))
    assert {one.name for one in built} == {"compose.yaml:web", "job/Dockerfile"}
    assert [one.name for one in others] == ["compose.yaml:db"]


def test_a_health_check_is_asked_every_second(tmp_path: Path) -> None:
    text = "image: nginx\nhealthcheck: {test: [CMD, curl, -f, localhost], interval: 1h}\n"
    health = service(tmp_path, text).container.health
    assert health is not None
    assert (health["Test"], health["Interval"]) == (["CMD", "curl", "-f", "localhost"], 10**9)


def test_an_image_is_told_as_check_tells_it(tmp_path: Path) -> None:
    one = of_image(Session(Files(tmp_path), Options()), "nginx:1.27")
    assert one.story is not None
    assert (one.story.signal, one.image, one.recipe) == ("QUIT", "nginx:1.27", None)
    assert list(tmp_path.iterdir()) == []


def test_a_folder_stands_for_its_dockerfile_else_for_its_compose_file(tmp_path: Path) -> None:
    files = Files(tmp_path)
    assert of_folder(files, "") is None
    (tmp_path / "compose.yaml").write_text("services: {}\n")
    assert of_folder(Files(tmp_path), "") == "compose.yaml"
    (tmp_path / "Dockerfile").write_text(EXEC)
    assert of_folder(Files(tmp_path), "") == "Dockerfile"


def test_what_a_service_depends_on_comes_first(tmp_path: Path) -> None:
    text = (
        "services:\n  web: {image: nginx, depends_on: [api, db]}\n"
        "  api: {image: api, depends_on: {db: {condition: service_started}}}\n"
        "  db: {image: db}\n"
    )
    made = found(tmp_path, {"compose.yaml": text})
    assert ordered(made["compose.yaml:web"]) == ["db", "api"]


def test_dependencies_that_go_round_in_a_circle_come_to_an_end(tmp_path: Path) -> None:
    text = "services:\n  a: {image: a, depends_on: [b]}\n  b: {image: b, depends_on: [a]}\n"
    assert ordered(found(tmp_path, {"compose.yaml": text})["compose.yaml:a"]) == ["b"]


def test_what_is_started_is_shown_without_the_values_of_variables(tmp_path: Path) -> None:
    text = "image: nginx\nenvironment: {PASSWORD: secret}\ncommand: [sh, -c, 'a b']\n"
    one = service(tmp_path, text)
    assert shown(one.container, "nginx") == "run --network none --env PASSWORD nginx sh -c 'a b'"
