"""The page about the settings: every key with its type, default and an example."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from gracelint.settings.model import TABLES, Settings
from gracelint.settings.schema import schema

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gracelint.settings.model import Table
    from gracelint.settings.schema import Data

_HEAD = """\
# Settings

<!-- Written by `gracelint schema --output-format markdown`; do not edit it by hand. -->

gracelint reads `.gracelint.toml`, `gracelint.toml`,
or the table `[tool.gracelint]` of `pyproject.toml`; of several in one folder, the first of these.
Nothing has to be set: without any of them, the defaults below hold.

**The nearest file holds.**
A launch is judged by the settings file that is nearest to the file in which it is written:
the one in its folder, or in the closest folder above it, up to the root of the repository.
Files do not add up by themselves; with `extend` one starts from another.
What concerns the run as a whole, `exclude`, `fail-level`, `baseline`, `render`, `charts`
and `compose`, is taken from the file nearest to the folder
that holds all paths of the command line.

**The command line goes before.**
`--select` replaces what is set; `--extend-select` and `--ignore` add to it.
`--config FILE` uses one file for everything, and `--isolated` uses none.
`gracelint check --show-settings PATH` shows what holds for a path, and where each value is written.

**In an editor.**
`gracelint schema > gracelint.schema.json` writes a JSON Schema.
Editors that check TOML by a schema (with Taplo or Even Better TOML, say)
take it from the first line of the file:

```toml
#:schema ./gracelint.schema.json
```
"""


def page() -> str:
    """The page, in Markdown."""
    document = schema()
    parts = [_HEAD]
    parts += _keys(Settings, document["properties"], document["$defs"], "##")
    return "\n".join(parts)


def _keys(table: type[Table], properties: Data, tables: Data, level: str) -> Iterator[str]:
    """A section for each key, in the order of the model."""
    for field, info in table.model_fields.items():
        key = field.replace("_", "-")
        example = (info.examples or [""])[0]
        yield f"{level} `{key}`\n"
        yield f"{info.description}\n"
        yield f"- Type: {_type(properties[key], tables)}"
        if table is Settings:
            yield f"- Default: {_default(properties[key])}"
        yield f"\n```toml\n{example}\n```\n"
        if table is Settings and key in TABLES:
            inner = TABLES[key]
            yield f"Each entry of `{key}` is a table with these keys; all may be left out.\n"
            yield from _keys(inner, tables[inner.__name__]["properties"], tables, level + "#")


def _default(value: Data) -> str:
    if "default" not in value:
        return "not set"
    return f"`{json.dumps(value['default'])}`"


def _type(value: Data, tables: Data) -> str:
    """A schema in words."""
    if "enum" in value:
        return "one of " + ", ".join(f'`"{one}"`' for one in value["enum"])
    if "anyOf" in value:
        return ", or ".join(_type(one, tables) for one in value["anyOf"])
    if "$ref" in value:
        return "a table"
    return _of(value, tables)


def _of(value: Data, tables: Data) -> str:
    match value["type"]:
        case "array":
            return f"a list of {_many(value.get('items', {}), tables)}"
        case "object":
            named = value.get("patternProperties", {"": value["additionalProperties"]})
            return f"a table whose values are {_many(next(iter(named.values())), tables)}"
        case "number":
            return "a number of seconds"
        case "integer":
            return "a whole number"
        case "boolean":
            return "`true` or `false`"
    return "a text"


def _many(value: Data, tables: Data) -> str:
    """The same for several."""
    if value.get("type") == "string" and "description" in value:
        return str(value["description"])
    one = _type(value, tables)
    return (
        one.replace("a list of", "lists of").replace("a text", "texts").replace("a table", "tables")
    )
