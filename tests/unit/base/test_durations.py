"""Durations as the programs that read them take them."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gracelint.base import durations

NINES = "9" * 63


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("0", 0.0),
        ("-0", 0.0),
        ("10s", 10.0),
        ("1m30s", 90.0),
        ("1.5h", 5400.0),
        (".5s", 0.5),
        ("5.s", 5.0),
        ("250ms", 0.25),
        ("1\u00b5s", 1e-6),
        ("1\u03bcs", 1e-6),
        ("-1.5h", -5400.0),
        ("+3s", 3.0),
        ("2540400h", 9145440000.0),
        ("2562048h", None),  # more than 64 bits of nanoseconds hold
        (f"{NINES}s", None),
        ("10", None),
        ("", None),
        ("-", None),
        ("s", None),
        (".s", None),
        ("1..5s", None),
        ("10 s", None),
        ("10S", None),
        ("1d", None),
        ("inf", None),
        ("nan", None),
        ("1e400s", None),
        ("\u0661s", None),
        ("1s" * 40, None),
    ],
)
def test_go(text: str, seconds: float | None) -> None:
    assert durations.go(text) == seconds


@pytest.mark.parametrize(("text", "seconds"), [("1d", 86400.0), ("1w2d", 777600.0), ("1y", None)])
def test_compose_has_days_and_weeks(text: str, seconds: float | None) -> None:
    assert durations.compose(text) == seconds


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("90", 90.0),
        ("1.5m", 90.0),
        (".5", 0.5),
        ("+2h", 7200.0),
        ("1d", 86400.0),
        ("1e3", 1000.0),
        ("1E-1s", 0.1),
        ("inf", math.inf),
        ("Infinity", math.inf),
        ("infinityd", math.inf),
        ("1e400", math.inf),
        ("-5", None),
        ("-inf", None),
        ("nan", None),
        ("1_000", None),
        (" 5", None),
        ("5x", None),
        ("5ss", None),
        ("\u0665", None),
        ("", None),
        (None, None),
        ("1" * 70, None),
    ],
)
def test_coreutils(text: str | None, seconds: float | None) -> None:
    assert durations.coreutils(text) == seconds


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("90", 90.0),
        ("1min 30s", 90.0),
        ("1min30s", 90.0),
        ("2 h", 7200.0),
        ("1.5 hr", 5400.0),
        ("5M", 13149000.0),
        ("5m", 300.0),
        ("100 msec", 0.1),
        (" infinity ", math.inf),
        ("0", 0.0),
        ("", None),
        ("-5s", None),
        ("5 parsecs", None),
        ("inf", None),
        ("nan", None),
        ("s5", None),
        ("1s" * 40, None),
    ],
)
def test_systemd(text: str, seconds: float | None) -> None:
    assert durations.systemd(text) == seconds


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("10", 10.0),
        ("10s", 10.0),
        ("1m 30s", 90.0),
        ("500ms", 0.5),
        ("1M", 2592000.0),
        ("", None),
        ("x", None),
        ("-1s", None),
        ("1.5s", None),
        (f"{NINES}s", None),
    ],
)
def test_nginx(text: str, seconds: float | None) -> None:
    assert durations.nginx(text) == seconds


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("20s", 20.0),
        ("500", 0.5),
        ("500ms", 0.5),
        ("2M", 120.0),
        ("PT30S", 30.0),
        ("pt1m30s", 90.0),
        ("PT1H", 3600.0),
        ("PT0.5S", 0.5),
        ("PT", None),
        ("20 s", None),
        ("20x", None),
        ("", None),
        ("${TIMEOUT}", None),
    ],
)
def test_spring(text: str, seconds: float | None) -> None:
    assert durations.spring(text) == seconds


@pytest.mark.parametrize(
    ("text", "seconds"), [("3000", 3.0), ("-1", None), ("3s", None), ("", None)]
)
def test_milliseconds(text: str, seconds: float | None) -> None:
    assert durations.milliseconds(text) == seconds


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        (30, 30.0),
        (2.5, 2.5),
        ("30", 30.0),
        (-1, -1.0),
        (0, 0.0),
        (True, None),
        (None, None),
        ([30], None),
        (math.inf, None),
        (-math.inf, None),
        (math.nan, None),
        ("nan", None),
        ("1e400", None),
        (10**400, None),
        (2**63, None),
        ("30s", None),
        ("", None),
    ],
)
def test_number(value: object, seconds: float | None) -> None:
    assert durations.number(value) == seconds


READERS = (
    durations.go,
    durations.compose,
    durations.coreutils,
    durations.systemd,
    durations.nginx,
    durations.spring,
    durations.milliseconds,
    durations.number,
)


@given(st.text(st.sampled_from("0123456789.-+eE_ \t\nsmhdwyMinfanPT\u00b5\u0661"), max_size=80))
def test_nothing_fails_or_returns_what_is_no_number(text: str) -> None:
    for read in READERS:
        seconds = read(text)
        assert seconds is None or not math.isnan(seconds)
