"""What the kernel and `ps` say of processes, read."""

from __future__ import annotations

import pytest

from gracelint.model.proof import Signals
from gracelint.prove.engine import Engine
from gracelint.prove.processes import listed, signals


@pytest.mark.parametrize(
    ("mask", "names"),
    [
        ("0000000000000000", set()),
        ("0000000000004002", {"INT", "TERM"}),
        ("<00004002", {"INT", "TERM"}),
        ("0000000180014a07", {"HUP", "INT", "QUIT", "USR1", "USR2", "TERM", "CHLD"}),
        ("what", set()),
    ],
)
def test_the_signals_of_a_mask(mask: str, names: set[str]) -> None:
    found = signals({"caught": mask, "ignored": "0", "blocked": "0"})
    assert {name for name in found.caught if not name.startswith(("RT", "3"))} >= names
    assert found.ignored == frozenset()


class Lister:
    """An engine whose `ps` knows only some columns."""

    def __init__(self, *, masks: bool) -> None:
        self.masks = masks

    def top(self, _container: str, columns: str) -> object:
        full = [
            ["10", "1", "Ss", "0", "4", "4000", "nginx: master"],
            ["11", "10", "S", "0", "0", "0", "w"],
        ]
        if "caught" in columns and not self.masks:
            return {"Processes": [["10", "nginx: master"]]}
        return {"Processes": full if "caught" in columns else [[*r[:3], r[-1]] for r in full]}


def test_processes_as_an_engine_lists_them() -> None:
    first, second = listed(Engine(Lister(masks=True)), "x") or []
    assert (first.pid, first.parent, first.words) == (10, None, ("nginx: master",))
    assert first.signals == Signals(frozenset({"TERM"}), frozenset({"QUIT"}), frozenset())
    assert second.parent == 10


def test_where_ps_has_no_masks_they_are_not_known() -> None:
    first, second = listed(Engine(Lister(masks=False)), "x") or []
    assert (first.signals, second.signals) == (None, None)
    assert second.parent == 10


def test_a_row_that_is_one_text_is_taken_apart() -> None:
    """Podman 4 has it so, and numbers processes as the container does."""

    class Podman:
        def top(self, _container: str, _columns: str) -> object:
            rows = [["1  0 Ss 00 00 4000 sh -c sleep 50; true"], ["6  1 S 00 00 00 sleep 50"]]
            return {"Processes": rows}

    first, second = listed(Engine(Podman()), "x") or []
    assert (first.words, second.parent) == (("sh -c sleep 50; true",), 1)
    assert first.signals is not None
    assert first.signals.caught == {"TERM"}
