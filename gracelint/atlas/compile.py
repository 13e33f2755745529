"""Turn the TOML files of the atlas into what a run reads: one text a kind, one line an entry.

The wheel holds the result. A checkout makes it when it is first asked for and keeps it beside the
modules, in the folder where Python keeps its own, under the same conditions.
"""

from __future__ import annotations

import json
import os
import re
import shlex
import sys
import tempfile
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

DATA = Path(__file__).with_name("data")
RENAMED = {
    "signals": "reactions",
    "other-signals": "rest",
    "shell": "sh",
    "in-group": "behaviour_in_group",
}
"""Keys that the values of a run have other names for."""


def kinds() -> list[str]:
    """The folders of entries: `programs`, `images`, …"""
    return sorted(path.name for path in DATA.iterdir() if path.is_dir())


def compiled(kind: str) -> bytes:
    """The lines of a kind: what they were made of, an index, and each entry as JSON."""
    mark = _mark(kind)
    kept = Path(__file__).with_name("__pycache__") / f"{kind}.jsonl"
    try:
        data = kept.read_bytes()
    except OSError:
        data = b""
    if data.partition(b"\n")[0] == mark:
        return data
    data = mark + b"\n" + build(kind)
    if not sys.dont_write_bytecode and sys.pycache_prefix is None:
        _keep(kept, data)
    return data


def _mark(kind: str) -> bytes:
    """What tells one state of a kind's files from another: names, sizes and times of change."""
    with os.scandir(DATA / kind) as listed:
        stats = [(entry.name, entry.stat()) for entry in listed]
    marks = [[name, stat.st_size, stat.st_mtime_ns] for name, stat in sorted(stats)]
    return json.dumps([Path(__file__).stat().st_mtime_ns, marks]).encode()


def _keep(path: Path, data: bytes) -> None:
    """Write the file whole or not at all; without the right to, do without."""
    try:
        path.parent.mkdir(exist_ok=True)
        handle, name = tempfile.mkstemp(dir=path.parent)
        with os.fdopen(handle, "wb") as file:
            file.write(data)
        Path(name).replace(path)
    except OSError:
        return


def build(kind: str) -> bytes:
    """The index of a kind's entries, and each entry, as lines of JSON."""
    tables = read(kind)
    entries = {key: normal(_whole(tables, key), kind) for key in sorted(tables)}
    rows = list(enumerate(entries.items(), 1))
    names = {name: n for n, (key, entry) in rows for name in _names(key, entry)}
    patterns = [[part(p), p, n] for n, (_, entry) in rows for p in entry.pop("patterns", [])]
    lines = [{"keys": list(entries), "names": names, "patterns": patterns}]
    lines += [{**entry, "key": key} for key, entry in entries.items()]
    return b"\n".join(json.dumps(one, ensure_ascii=False).encode() for one in lines)


_TOKEN = re.compile(
    r"\\(?P<sign>\W)|(?P<plain>[\w/ :@-])|\[(?:\\.|[^\]])*\]|\{[^}]*\}|\\?.", re.DOTALL
)
"""A piece of a regular expression: a character that stands for itself, a class, a sign."""


def part(pattern: str) -> str:
    """What a text must hold to fit a pattern, "" for anything: its longest run of plain characters.

    What stands in a group or may be left out does not count.
    """
    runs, depth = [""], 0
    for token in _TOKEN.finditer(pattern):
        sign = token[0]
        depth += {"(": 1, ")": -1}.get(sign, 0)
        if sign == "|" and not depth:
            return ""
        if sign[0] in "?*{":
            runs[-1] = runs[-1][:-1]
        char = token["sign"] or token["plain"]
        if char and not depth:
            runs[-1] += char
        else:
            runs.append("")
    return max(runs, key=len)


def _names(key: str, entry: dict[str, Any]) -> list[str]:
    """The names of an entry; those of a library behind its language (`python uvicorn`)."""
    names: list[str] = entry.pop("names", [key])
    return [f"{entry['language']} {name}" for name in names] if "language" in entry else names


def read(kind: str) -> dict[str, dict[str, Any]]:
    """The tables of a kind as they are written, by the names of their files."""
    entries = {}
    for path in (DATA / kind).glob("*.toml"):
        try:
            entries[path.stem] = tomllib.loads(path.read_text(encoding="utf-8"))
        except tomllib.TOMLDecodeError as error:
            raise ValueError(f"{path}: {error}") from error
    return entries


def _whole(tables: Mapping[str, dict[str, Any]], key: str) -> dict[str, Any]:
    """An entry with what it takes from another by `like`, names and evidence apart."""
    entry = tables[key]
    if "like" not in entry:
        return entry
    other = _whole(tables, entry["like"])
    taken = {k: v for k, v in other.items() if k not in {"names", "patterns", "evidence"}}
    return {**taken, **entry}


def normal(entry: Mapping[str, Any], kind: str = "") -> dict[str, Any]:
    """An entry as a run reads it: keys as names of fields, one sentence for the evidence.

    What `unknown` lists is None. `role` is that of an init where the kind or the entry says so.
    """
    normalised = _fields(entry)
    normalised.pop("like", None)
    for key in ("variants", "timers"):
        if key in normalised:
            normalised[key] = [_fields(table) for table in normalised[key]]
    normalised["source"] = next((said(item) for item in normalised.pop("evidence", ())), "")
    if normalised.get("init") is True:
        del normalised["init"]
        normalised["role"] = "init"
    elif kind == "inits":
        normalised["role"] = "init"
    return normalised


def _fields(table: Mapping[str, Any]) -> dict[str, Any]:
    fields = {RENAMED.get(key, key.replace("-", "_")): value for key, value in table.items()}
    for key in ("entrypoint", "cmd"):
        if isinstance(fields.get(key), str):
            fields[key] = shlex.split(fields[key])
    for key in fields.pop("unknown", ()):
        fields[RENAMED.get(key, key.replace("-", "_"))] = None
    return fields


def said(evidence: Mapping[str, str]) -> str:
    """One piece of evidence in a sentence."""
    base = {
        "measured": f"measured: {evidence.get('version')}",
        "source": f"{evidence.get('address')} ({evidence.get('version')})",
        "proven": f"proven: {evidence.get('version', 'by gracelint prove')}",
    }.get(evidence["kind"], "unproven")
    return f"{base}: {evidence['says']}" if "says" in evidence else base
