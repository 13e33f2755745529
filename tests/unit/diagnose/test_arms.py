"""Conditions of scripts that say for which stage a branch is."""

from __future__ import annotations

import pytest

from gracelint.base.source import Source
from gracelint.diagnose.arms import asks_for_development, is_for_development
from gracelint.syntax.shell.parse import parse


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


@pytest.mark.parametrize(
    ("text", "development"),
    [
        ("if [ $NODE_ENV = production ]; then\n exec serve\nfi\nHERE\n", True),
        ("if [ $NODE_ENV = production ]; then\n serve\nfi\nHERE\n", False),
        ("if [ $NODE_ENV = dev ]; then\n exec serve\nfi\nHERE\n", False),
        ("HERE\nif [ $NODE_ENV = production ]; then\n exec serve\nfi\n", False),
        ("[ $NODE_ENV = production ] && exec serve\nHERE\n", True),
        ("[ $NODE_ENV = production ] || exec serve\nHERE\n", False),
        ("case $NODE_ENV in\n production) exec serve ;;\n *) HERE ;;\nesac\n", True),
        ("case $NODE_ENV in\n staging) exec serve ;;\n *) HERE ;;\nesac\n", False),
        ("if [ $NODE_ENV = production ]; then\n exec >> log 2>&1\nfi\nHERE\n", False),
        ("[ $NODE_ENV = production ] && exec 2>&1\nHERE\n", False),
        ("if [ $NODE_ENV = production ]; then\n exec serve > log\nfi\nHERE\n", True),
        ('case "$1" in\n prod) exec serve ;;\n *) HERE ;;\nesac\n', False),
        ('case "$1" in\n prod) exec serve ;;\n dev) HERE ;;\nesac\n', True),
        ("case $MODE in\n production) a ;;\n worker) b ;;\n *) HERE ;;\nesac\n", False),
        ("case $MODE in\n production) a ;;\n test) b ;;\n *) HERE ;;\nesac\n", True),
        ("case $MODE in\n test) b ;;\n *) HERE ;;\nesac\n", False),
    ],
)
def test_what_is_left_when_production_has_gone_another_way_is_for_development(
    text: str, development: bool
) -> None:
    script = parse(Source("start.sh", text), "bash")
    at = text.index("HERE")
    assert is_for_development(script, Source("start.sh", text).span(at, at + 4)) is development
