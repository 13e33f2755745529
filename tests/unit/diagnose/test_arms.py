"""Conditions of scripts that say for which stage a branch is."""

from __future__ import annotations

import pytest

from gracelint.diagnose.arms import asks_for_development


@pytest.mark.parametrize(
    ("words", "met", "development"),
    [
        ('[ "$APP_ENV" = dev ]', True, True),
        ('[ "$APP_ENV" = dev ]', False, False),
        ("[[ $NODE_ENV == 'development' ]]", True, True),
        ("test ${RAILS_ENV:-production} = production", False, True),
        ("test ${RAILS_ENV:-production} = production", True, False),
        ('[ "$STAGE" != production ]', True, True),
        ('[ ! "$APP_ENV" = development ]', True, False),
        ('! [ "$APP_ENV" = development ]', True, False),
        ('[ "$APP_ENV" = development ] || [ "$APP_ENV" = production ]', True, False),
        ('[ "$APP_ENV" = production ] && [ "$WORKER" = 1 ]', False, False),
        ('[ -n "$APP_ENV" ] && [ "$DB" = local ]', True, False),
        ('[ "${APP_ENV:=development}" = production ]', True, False),
        ('[ "$STORAGE" = local ]', True, False),
    ],
)
def test_a_whole_condition_alone_says_for_which_stage_it_is(
    words: str, met: bool, development: bool
) -> None:
    assert asks_for_development(words, met=met) is development
