"""Entries of the settings."""

from __future__ import annotations

from atlas_words import plain, words

from gracelint.atlas import Atlas, with_overrides
from gracelint.model.entries import Reaction


def test_a_wrapper_of_ones_own() -> None:
    own = with_overrides({}, {"launch": {"behaviour": "exec", "values": ["-u"], "skip": 1}})
    found = own.wrapper(words("/opt/launch -u x conf app -v"), {})
    assert found is not None
    assert (found.behaviour, plain(found.inner), found.source) == ("exec", "app -v", "the settings")


def test_a_wrapper_that_is_known_can_be_corrected() -> None:
    own = with_overrides({}, {"time": {"behaviour": "exec"}})
    found = own.wrapper(words("time app"), {})
    assert found is not None
    assert found.behaviour == "exec"


def test_a_server_of_ones_own() -> None:
    table = {"server": {"signals": {"SIGTERM": "graceful", "int": "nothing"}, "stops-in": 20}}
    found = Atlas(programs=table).program(words("/app/server --x"))
    assert found is not None
    assert found.reactions == {"TERM": Reaction.GRACEFUL, "INT": Reaction.NOTHING}
    assert (found.lifetime, found.stops_in) == ("long", 20)


def test_a_known_server_keeps_what_is_not_said() -> None:
    found = Atlas(programs={"nginx": {"graceful-signal": "SIGTERM"}}).program(words("nginx -t"))
    assert found is not None
    assert (found.lifetime, found.graceful_signal, found.reaps) == ("short", "TERM", True)


def test_an_image_of_ones_own() -> None:
    table = {"me/base": {"shell": "dash", "entrypoint": "tini --", "stop-signal": "SIGINT"}}
    found = with_overrides(table, {}).base("me/base:3")
    assert found is not None
    assert (found.sh, found.entrypoint, found.stop_signal) == ("dash", ("tini", "--"), "SIGINT")
    assert found.cmd is None


def test_an_image_with_only_a_dockerfile_is_left_to_others() -> None:
    assert with_overrides({"me/base": {"dockerfile": "x"}}, {}).base("me/base") is None


def test_a_known_image_can_be_corrected() -> None:
    found = with_overrides({"nginx": {"init": "tini"}}, {}).base("docker.io/library/nginx:1")
    assert found is not None
    assert (found.init, found.stop_signal) == ("tini", "SIGQUIT")


def test_other_names_ask_the_atlas() -> None:
    own = with_overrides({"me/base": {"shell": "ash"}}, {"x": {"behaviour": "exec"}})
    image = own.base("alpine")
    assert image is not None
    assert image.sh == "ash"
    assert own.program(words("app")) is None
    assert own.short_lived(words("mkdir x")) is True
    assert own.shell("dash") is not None
    assert own.shell_key("sh", [], "ash") == ("ash", 0)
