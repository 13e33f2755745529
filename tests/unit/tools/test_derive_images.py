"""What is derived of an image from its Dockerfile and its scripts, and what is left open."""

from __future__ import annotations

import importlib.util
import tomllib
from pathlib import Path
from subprocess import run

import pytest

from gracelint.atlas import Atlas

PLACE = Path(__file__).parents[3] / "tools/derive_images.py"


@pytest.fixture(scope="module")
def tool():
    spec = importlib.util.spec_from_file_location("derive_images", PLACE)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def derived(tool, tmp_path):
    def derive(
        dockerfile: str, said: dict[str, object] | None = None, **scripts: str
    ) -> dict[str, object]:
        (tmp_path / "Dockerfile").write_text(dockerfile)
        for name, text in scripts.items():
            (tmp_path / f"{name}.sh").write_text(text)
            (tmp_path / f"{name}.sh").chmod(0o755)
        for words in (["init", "-q"], ["add", "."], ["commit", "-qm", "x"]):
            who = ["-c", "user.name=x", "-c", "user.email=x@example.org"]
            run(["git", *who, *words], cwd=tmp_path, check=True)
        whole = {"key": "x", "repository": "acme/x", **(said or {})}
        text = tool.derive(whole, tmp_path, Atlas())
        return tomllib.loads(text)

    return derive


SCRIPTED = "FROM debian:12\nCOPY *.sh /\nENTRYPOINT {}\nCMD {}\n"


def test_what_the_configuration_says(derived):
    found = derived(
        'FROM alpine:3.20\nWORKDIR /srv\nUSER app\nSTOPSIGNAL QUIT\nCMD ["redis-server"]\n'
    )
    evidence = found.pop("evidence")
    assert found == {
        "os": "alpine",
        "entrypoint": [],
        "cmd": ["redis-server"],
        "stop-signal": "QUIT",
        "workdir": "/srv",
        "user": "app",
    }
    assert evidence[0]["address"].startswith("https://github.com/acme/x/blob/")


def test_a_script_that_replaces_itself_with_its_arguments(derived):
    found = derived(SCRIPTED.format('["/a.sh"]', '["web"]'), a='#!/bin/sh\nexec "$@"\n')
    assert found["entrypoint-execs"] is True
    assert "starts" not in found


def test_a_script_that_puts_its_program_before_options(derived):
    script = '#!/bin/sh\nif [ "${1#-}" != "$1" ]; then set -- redis-server "$@"; fi\nexec "$@"\n'
    found = derived(SCRIPTED.format('["/a.sh"]', '["redis-server"]'), a=script)
    assert (found["entrypoint-execs"], found["entrypoint-default"]) == (True, "redis-server")


def test_a_script_that_starts_its_own_program(derived):
    script = "#!/bin/sh\n[ -f /x ] && cp /x /y\nexec redis-server /etc/redis.conf\n"
    found = derived(SCRIPTED.format('["/a.sh"]', "[]"), a=script)
    assert found["starts"] == {"/a.sh": ["redis-server", "/etc/redis.conf"]}
    assert "entrypoint-execs" not in found


def test_a_script_of_the_image_s_command(derived):
    found = derived('FROM debian:12\nCOPY a.sh /\nCMD ["/a.sh"]\n', a="#!/bin/sh\nexec memcached\n")
    assert found["starts"] == {"/a.sh": ["memcached"]}


def test_a_script_that_stays_and_passes_the_signal_on(derived):
    script = "#!/bin/sh\nredis-server & p=$!\ntrap 'kill $p' TERM\nwait $p\nwait $p\n"
    found = derived(SCRIPTED.format('["/a.sh"]', "[]"), a=script)
    assert found["entrypoint-behaviour"] == "forward"
    assert found["starts"] == {"/a.sh": ["redis-server"]}


def test_a_script_that_stays_and_passes_nothing_on(derived):
    found = derived(SCRIPTED.format('["/a.sh"]', "[]"), a="#!/bin/sh\nredis-server\necho ended\n")
    assert found["entrypoint-behaviour"] == "swallow"


@pytest.mark.parametrize(
    "script",
    [
        "#!/bin/sh\nif [ -f /data/a ]; then exec memcached; else exec redis-server; fi\n",
        "#!/bin/sh\nif [ -f /data/a ]; then exec memcached; else memcached; fi\n",
        "#!/bin/sh\nexec $PROGRAM\n",
    ],
)
def test_a_script_that_leaves_it_open(tool, derived, script):
    with pytest.raises(tool.Open):
        derived(SCRIPTED.format('["/a.sh"]', "[]"), a=script)


@pytest.mark.parametrize(
    "dockerfile",
    [
        'FROM debian:12\nENTRYPOINT ["/docker-entrypoint.sh"]\n',
        'FROM acme/unknown\nCMD ["x"]\n',
        "FROM debian:12\nCMD []\n",
    ],
)
def test_what_is_not_in_sight_is_left_open(tool, derived, dockerfile):
    with pytest.raises(tool.Open):
        derived(dockerfile)


def test_arguments_in_the_entrypoint_are_not_put_in_front_by_the_script(derived):
    found = derived(SCRIPTED.format('["/run.sh", "/srv/app"]', "[]"), run='#!/bin/sh\nexec "$@"\n')
    assert found["entrypoint-execs"] is True
    assert "entrypoint-default" not in found


def test_words_that_are_not_known_are_left_out(derived):
    script = '#!/bin/sh\nexec /srv/app --port 80 --id "$(hostname)"\n'
    found = derived(SCRIPTED.format('["/run.sh"]', "[]"), run=script)
    assert found["starts"] == {"/run.sh": ["/srv/app", "--port", "80", "--id"]}


def test_a_word_of_a_program_is_no_script(derived):
    entry = derived('FROM scratch\nCOPY lake /app/lake\nENTRYPOINT ["/app/lake"]\nCMD ["run"]\n')
    assert entry["entrypoint"] == ["/app/lake"]
    assert entry["cmd"] == ["run"]


def test_a_script_that_a_wrapper_starts_has_to_be_in_sight(tool, derived):
    with pytest.raises(tool.Open, match="its script run is not in sight"):
        derived('FROM alpine\nENTRYPOINT ["tini", "--", "run"]\n')


def test_an_own_script_behind_the_script_of_the_image_below(derived):
    entry = derived(
        'FROM node:22-alpine\nCOPY boot.sh /boot.sh\nCMD ["/boot.sh"]\n',
        boot="#!/bin/sh\nexec /srv/web --port 80\n",
    )
    assert entry["entrypoint"] == ["docker-entrypoint.sh"]
    assert entry["starts"] == {"/boot.sh": ["/srv/web", "--port", "80"]}


def test_an_own_script_that_stays_behind_the_script_of_the_image_below(tool, derived):
    with pytest.raises(tool.Open, match="stays in front of what it starts"):
        derived(
            'FROM node:22-alpine\nCOPY boot.sh /boot.sh\nCMD ["/boot.sh"]\n',
            boot="#!/bin/sh\n/srv/web --port 80\necho done\n",
        )


def test_what_lies_below_an_image_that_the_atlas_does_not_know(derived):
    entry = derived(
        'FROM acme/base:3\nCOPY boot.sh /boot.sh\nENTRYPOINT ["/boot.sh"]\n',
        {"below": {"acme/base:3": "alpine:3.20"}},
        boot="#!/bin/sh\nexec /srv/web\n",
    )
    assert entry["os"] == "alpine"
    assert entry["starts"] == {"/boot.sh": ["/srv/web"]}


def test_a_shell_behind_an_init_that_ends_before_what_it_started(derived):
    entry = derived(
        'FROM alpine\nCOPY boot.sh /boot.sh\nENTRYPOINT ["tini", "--", "/boot.sh"]\n',
        boot="#!/bin/sh\n/srv/web --port 80\n",
    )
    assert entry["entrypoint-behaviour"] == "die"
    assert entry["starts"] == {"/boot.sh": ["/srv/web", "--port", "80"]}
