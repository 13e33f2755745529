"""The settings as a JSON Schema, for editors and other programs."""

from __future__ import annotations

import tomllib
from typing import Any

from gracelint.settings.model import Settings

Data = dict[str, Any]

_DIALECT = "https://json-schema.org/draft/2020-12/schema"


def schema() -> Data:
    """The schema of gracelint.toml, and of `[tool.gracelint]` in pyproject.toml."""
    document = Settings.model_json_schema(by_alias=True)
    for table in (document, *document["$defs"].values()):
        for key, value in table["properties"].items():
            if "examples" in value:
                value["examples"] = [_value(text, key) for text in value["examples"]]
    _clean(document)
    return {"$schema": _DIALECT, "title": "Settings of gracelint", **document}


def _value(example: str, key: str) -> Any:
    """The value that an example in TOML gives a key."""
    return tomllib.loads(example)[key]


def _clean(document: Data) -> None:
    """Leave out titles, which repeat the keys, and null, which TOML has not."""
    queue: list[Any] = [document]
    while queue:
        node = queue.pop()
        if isinstance(node, list):
            queue += node
        if not isinstance(node, dict):
            continue
        if isinstance(node.get("title"), str):
            del node["title"]
        if "default" in node and node["default"] is None:
            del node["default"]
        if "patternProperties" in node:
            node["additionalProperties"] = False
        if node.get("type") == "string" and isinstance(node.get("default"), (list, tuple)):
            node["default"] = ".".join(map(str, node["default"]))
        if "anyOf" in node:
            kept = [one for one in node["anyOf"] if one != {"type": "null"}]
            node["anyOf"] = kept
            if len(kept) == 1:
                del node["anyOf"]
                node.update(kept[0])
        queue += [value for key, value in node.items() if key != "examples"]
