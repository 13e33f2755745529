"""What a run makes is taken away again, whatever happens in between."""

from __future__ import annotations

from contextlib import nullcontext
from types import SimpleNamespace
from typing import Any

import pytest

from gracelint.prove.engine import MARK, Container, Engine, EngineError
from gracelint.prove.keep import kept, label_of


class Docker:
    """The SDK's client, which notes what is there. stuck: names that it refuses to remove."""

    def __init__(self, *, stuck: bool = False) -> None:
        self.there: dict[str, Any] = {}
        self.stuck = stuck

    def create_container_from_config(self, config: Any, name: str) -> Any:
        self.there[name] = config
        return {"Id": name}

    def create_network(self, name: str, **given: Any) -> None:
        self.there[name] = given

    def remove_container(self, name: str, **_given: Any) -> None:
        if self.stuck:
            self._refuse("device or resource busy")
        if name not in self.there:
            self._refuse(f"No such container: {name}")
        del self.there[name]

    def containers(self, **given: Any) -> Any:
        label = given["filters"]["label"]
        labelled = {name: config.get("Labels") or {} for name, config in self.there.items()}
        return [
            {"Id": name}
            for name, labels in labelled.items()
            if label in {f"{key}={value}" for key, value in labels.items()}
        ]

    def remove_network(self, name: str) -> None:
        del self.there[name]

    @staticmethod
    def _refuse(said: str) -> None:
        import docker

        response = SimpleNamespace(status_code=409, reason="", url="")
        raise docker.errors.APIError(said, response=response, explanation=said)


def test_names_and_labels_are_its_own() -> None:
    docker = Docker()
    with kept(Engine(docker), nullcontext) as made:
        made.container(Container("nginx"))
        ((name, config),) = docker.there.items()
        assert name.startswith("gracelint-prove-")
        assert config["Labels"] == {MARK: made.run}
        assert config["HostConfig"]["NetworkMode"] == "none"
    assert docker.there == {}


@pytest.mark.parametrize("error", [KeyboardInterrupt, EngineError, ValueError])
def test_nothing_is_left_over_after_an_end_of_any_kind(error: type[BaseException]) -> None:
    docker = Docker()

    def run() -> None:
        with kept(Engine(docker), nullcontext) as made:
            made.network()
            made.container(Container("nginx"))
            assert len(docker.there) == 2
            raise error

    with pytest.raises(error):
        run()
    assert docker.there == {}


def test_what_never_came_to_be_is_not_missed() -> None:
    class Late(Docker):
        def create_container_from_config(self, config: Any, name: str) -> Any:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt), kept(Engine(Late()), nullcontext) as made:
        made.container(Container("nginx"))
    assert made.left == []


def test_what_cannot_be_taken_away_is_told_of() -> None:
    with kept(Engine(Docker(stuck=True)), nullcontext) as made:
        made.container(Container("nginx"))
    (left,) = made.left
    assert left.endswith("device or resource busy")


def test_what_an_interrupted_build_has_left_goes_too() -> None:
    docker = Docker()
    with kept(Engine(docker), nullcontext) as made:
        docker.there["stranger"] = {}
        docker.there["step"] = {"Labels": {MARK: made.run}}
        assert label_of(made.image()) == f"{MARK}={made.run}"
        made._created.clear()
    assert list(docker.there) == ["stranger"]
