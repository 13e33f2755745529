"""TOML values with their places."""

from __future__ import annotations

import tomllib

import pytest

from gracelint.base.source import Source
from gracelint.syntax.toml import parse, read

TEXT = """# an app
app = "web"
kill_timeout = 30
[processes]
  web = 'bin/serve --port 80'
  "quoted.name" = "x"
[[vm]]
size = "a"
[[vm]]
size = "b"
[build.args]
R.S = "v"
"""


def test_every_value_has_its_path_and_its_place() -> None:
    found = {(e.path, e.data, e.key.text, e.value.text) for e in parse(Source("fly.toml", TEXT))}
    assert found == {
        (("app",), "web", "app", '"web"'),
        (("kill_timeout",), 30, "kill_timeout", "30"),
        (("processes", "web"), "bin/serve --port 80", "web", "'bin/serve --port 80'"),
        (("processes", "quoted.name"), "x", '"quoted.name"', '"x"'),
        (("vm", "size"), "a", "size", '"a"'),
        (("vm", "size"), "b", "size", '"b"'),
        (("build", "args", "R", "S"), "v", "R.S", '"v"'),
    }


def test_places_count_characters_where_the_text_has_more_bytes() -> None:
    source = Source("fly.toml", 'a = "ü€"\nb = "x"\n')
    assert [e.value.text for e in parse(source)] == ['"ü€"', '"x"']


def test_a_string_with_escapes_cannot_be_edited_in_place() -> None:
    plain, escaped = parse(Source("fly.toml", 'a = "x"\nb = "x\\ty"\n'))
    assert plain.text is not None
    assert escaped.text is None


def test_what_is_no_toml_is_said() -> None:
    with pytest.raises(tomllib.TOMLDecodeError):
        parse(Source("fly.toml", "app = \n"))


@pytest.mark.parametrize("form", ["{} = 1", "[{}]", "[[{}]]"])
def test_a_key_of_very_many_parts_is_none(form: str) -> None:
    for part in ("a", '"b.c"', "'d'"):
        with pytest.raises(ValueError, match="nested too deeply"):
            read(form.format(" . ".join([part] * 20_000)))
        assert read(form.format(".".join([part] * 20)))
