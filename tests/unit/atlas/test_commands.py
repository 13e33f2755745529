"""What entries say of commands besides how they run."""

from __future__ import annotations

import pytest

from gracelint import atlas
from gracelint.atlas.programs import built_servers, called
from gracelint.base.facts import Word


@pytest.mark.parametrize(
    ("name", "trait"),
    [
        ("cat", "reads_input"),
        ("multilog", "reads_input"),
        ("chmod", "silent"),
        ("date", "makes_no_files"),
        ("envsubst", "expands"),
        ("npm", "expands"),
        ("curl", "asks"),
        ("service", "runs_init_scripts"),
        ("sleep", "tool"),
        ("webpack", "builds_on_change"),
        ("java", "placeholders"),
    ],
)
def test_an_entry_says_it_of_a_program_or_wrapper(name: str, trait: atlas.Trait) -> None:
    assert atlas.says(name, trait)
    assert not atlas.says("app", trait)


def test_a_program_that_expands_variables_may_be_called_by_a_version() -> None:
    assert atlas.says("php8.3", "expands")


def test_a_server_that_surely_expands_nothing() -> None:
    assert atlas.plain_words("gunicorn")
    assert not atlas.plain_words("npm")
    assert not atlas.plain_words("app")


def test_a_wrapper_that_leaves_its_command_behind_where_it_leads_its_group() -> None:
    assert atlas.leaves_in_group("setsid")
    assert not atlas.leaves_in_group("screen")  # leaves it behind in any case
    assert not atlas.leaves_in_group("nohup")


def test_locks_say_of_shells_inits_and_what_hooks_run_whether_an_image_has_them() -> None:
    programs = atlas.in_locks()
    assert {"sh", "busybox", "tini", "sleep", "pkill", "nginx"} <= set(programs)
    assert list(programs) == sorted(programs)


def test_one_of_several_traits_is_enough() -> None:
    assert atlas.says("java", "interpreter", "runtime")
    assert not atlas.says("java", "interpreter")


def test_a_package_manager_says_which_word_installs() -> None:
    assert atlas.installs("apk") == {"words": ["add"]}
    assert atlas.installs("npm")["only-with"] == ["-g", "--global"]
    assert atlas.installs("sleep") == {}


def test_a_subcommand_that_only_developers_leave_running() -> None:
    assert "studio" in atlas.only_developers("prisma")
    assert "studio" not in atlas.only_developers("node")


def test_how_to_do_without_a_wrapper() -> None:
    assert "flock -F" in atlas.instead("flock")
    assert atlas.instead("nice") == ""


@pytest.mark.parametrize(
    ("kind", "first"),
    [
        ("dockerfile", "/sbin/docker-init"),
        ("compose", "/sbin/docker-init"),
        ("kubernetes", "/sbin/docker-init"),
        ("ecs", "/sbin/docker-init"),
        ("quadlet", "/run/podman-init"),
        ("fly", "/fly/init"),
    ],
)
def test_the_init_of_each_engine(kind: str, first: str) -> None:
    words, init = atlas.engine_init(kind, (Word("/app"),))
    assert words[0].value == first
    assert (init.role, init.behaviour) == ("init", "forward")
    assert [word.value for word in init.inner or ()] == ["/app"]


def test_a_framework_s_server_says_where_it_lies() -> None:
    assert {"next", "nitro"} <= {entry["key"] for entry in built_servers()}


@pytest.mark.parametrize(
    ("words", "name"),
    [
        (("x11vnc",), "x11vnc"),
        (("/usr/bin/fluxbox",), "fluxbox"),
        (("busybox", "crond", "-f"), "crond"),
        (("mariadbd",), "mysqld"),
        (("python3.11", "-m", "gunicorn"), "gunicorn"),
    ],
)
def test_a_program_is_named_by_its_entry_or_else_as_it_is_launched(
    words: tuple[str, ...], name: str
) -> None:
    program = atlas.program(tuple(Word(word) for word in words))
    assert program is not None
    assert program.key == name


@pytest.mark.parametrize(
    ("words", "name"),
    [(("/usr/sbin/mariadbd",), "mariadbd"), (("python3", "-m", "gunicorn"), "gunicorn")],
)
def test_a_reason_names_it_as_it_is_launched(words: tuple[str, ...], name: str) -> None:
    argv = tuple(Word(word) for word in words)
    program = atlas.program(argv)
    assert program is not None
    assert called(argv, program.key) == name
