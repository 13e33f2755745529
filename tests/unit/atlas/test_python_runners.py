"""pdm and pipenv, through the scripts that pyproject.toml and Pipfile name."""

from __future__ import annotations

import pytest
from atlas_words import View, plain, words

from gracelint import atlas

SCRIPTS = """
web = "uvicorn 'a b:app' --port 80"
listed = {cmd = ["gunicorn", "a:app"]}
text = {cmd = "celery worker", help = "jobs"}
shell = {shell = "echo ready; serve"}
call = {call = "shop.main:run"}
several = {composite = ["web", "text"]}
torn = "serve 'x"
"""
FILES = View(
    {"/app/pyproject.toml": f"[tool.pdm.scripts]{SCRIPTS}", "/app/Pipfile": f"[scripts]{SCRIPTS}"}
)


@pytest.mark.parametrize("runner", ["pdm", "pipenv"])
@pytest.mark.parametrize(
    ("command", "argv"),
    [
        ("web", "uvicorn|a b:app|--port|80"),
        ("web --reload", "uvicorn|a b:app|--port|80|--reload"),
        ("listed", "gunicorn|a:app"),
        ("text", "celery|worker"),
        ("python web.py", "python|web.py"),
        ("other", "other"),
    ],
)
def test_the_command_of_a_script(runner: str, command: str, argv: str) -> None:
    found = atlas.wrapper(words(f"{runner} run {command}"), {}, FILES, "/app")
    assert found is not None
    assert found.inner is not None, found.reason
    assert "|".join(word.value or "?" for word in found.inner) == argv


def test_a_script_of_a_shell() -> None:
    found = atlas.wrapper(words("pdm run shell"), {}, FILES, "/app")
    assert found is not None
    assert found.shell_text is not None
    assert found.shell_text.value == "echo ready; serve"


@pytest.mark.parametrize("name", ["call", "several", "torn"])
def test_what_is_not_read_is_open(name: str) -> None:
    found = atlas.wrapper(words(f"pdm run {name}"), {}, FILES, "/app")
    assert found is not None
    assert found.inner is None
    assert "is not read" in found.reason


@pytest.mark.parametrize("text", ["", "[", "[tool.pdm]\nscripts = 1\n", "[tool]\npdm = ['web']\n"])
def test_a_file_without_scripts_says_nothing(text: str) -> None:
    files = View({"/app/pyproject.toml": f"{text}# web"})
    found = atlas.wrapper(words("pdm run web"), {}, files, "/app")
    assert found is not None
    assert found.inner is not None
    assert plain(found.inner) == "web"
