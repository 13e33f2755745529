"""Charts: manifests by the grammar, with parts of them from values, conditions and loops."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from fuzz_shell import Shell, dockerfile
from fuzz_words import NUMBERS, SIGNALS, TABLE
from fuzz_yaml import Raw, block, manifest, places, spoiled, written

if TYPE_CHECKING:
    from collections.abc import Callable
    from random import Random

    Tree = dict[str, str]

_PIECES = TABLE["templates"].split("|")
_NAMES = ("grace", "command", "a.b", "a.c.d", "list", "on", "text", "image", "a", "x-y")
_HELPERS = """\
{{- define "c.name" -}}{{ .Chart.Name }}-{{ .Release.Name | trunc 63 }}{{- end }}
{{- define "c.labels" }}
app: a
version: {{ .Chart.Version | quote }}
{{- end }}
{{- define "c.pod" -}}
terminationGracePeriodSeconds: {{ .Values.grace | default 5 }}
{{- end }}
"""


def charts(random: Random) -> Tree:
    """A chart, perhaps with a subchart and values of its own for tests, beside a Dockerfile."""
    top = random.choice(["", "web/", "deploy/a/"])
    tree = dockerfile(random) if random.random() < 0.3 else {}
    tree |= _chart(random, top)
    if random.random() < 0.25:
        tree |= _chart(random, f"{top}charts/sub/")
    return tree


def _chart(random: Random, top: str) -> Tree:
    about: Any = {"apiVersion": "v2", "name": "c", "version": "0.1.0", "type": "application"}
    if random.random() < 0.2:
        about["dependencies"] = [{"name": "sub", "version": "*", "condition": "on"}]
    if random.random() < 0.1:
        about = spoiled(random, about)
    values: dict[str, Any] = {name: _value(random) for name in ("grace", "list", "on", "text")}
    tree = {f"{top}Chart.yaml": block(about) + "\n", f"{top}templates/_h.tpl": _HELPERS}
    for number in range(random.randint(1, 3)):
        tree[f"{top}templates/{number}.yaml"] = _template(random, values)
    if random.random() < 0.2:
        values = spoiled(random, values)
    tree[f"{top}values.yaml"] = random.choice([written, block])(values) + "\n"
    if random.random() < 0.2:
        tree[f"{top}ci/x-values.yaml"] = block({"grace": _value(random), "a": _value(random)})
    if random.random() < 0.05:
        tree[f"{top}values.schema.json"] = json.dumps({"required": ["grace"]})
    return tree


def _template(random: Random, values: dict[str, Any]) -> str:
    """A template whose values come from the chart's, as far as they stand there."""
    value = manifest(random)
    for _ in range(random.randint(0, 6)):
        place = random.choice(list(places(value)))
        if not place:
            continue
        *above, last = place
        holder = value
        for step in above:
            holder = holder[step]
        holder[last] = _from_values(random, values, holder[last])
    if random.random() < 0.15:
        value = spoiled(random, value)
    text = block(value) + "\n"
    for _ in range(random.choice([0, 0, 1, 2])):
        text = _controlled(random, text)
    return text


def _from_values(random: Random, values: dict[str, Any], value: Any) -> Any:
    """An expression that gives the value out of those of the chart."""
    name = random.choice(_NAMES)
    if random.random() < 0.85:
        holder: Any = values
        *above, last = name.split(".")
        for step in above:
            if not isinstance(holder.get(step), dict):
                holder[step] = {}
            holder = holder[step]
        holder[last] = value
    reached = f'(index .Values "{name}")' if "-" in name else f".Values.{name}"
    short = [
        f"{{{{ {reached} }}}}",
        f"{{{{ {reached} | quote }}}}",
        f'"{{{{ {reached} }}}}"',
        f"{{{{ {reached} | default {random.choice(NUMBERS)[:20]} }}}}",
        f"{{{{- {reached} | toJson }}}}",
        f"{{{{ tpl (toString {reached}) . }}}}",
        f'{{{{ required "x" {reached} }}}}',
        f"{{{{ if {reached} }}}}{random.choice(NUMBERS)[:20]}{{{{ else }}}}5{{{{ end }}}}",
        f"x{{{{ {reached} }}}}y",
        random.choice(_PIECES),
    ]
    long = f"\n{{{{ toYaml {reached} | indent {random.choice([2, 8, 10, 12])} }}}}"
    return Raw(long if isinstance(value, (dict, list)) else random.choice(short))


def _controlled(random: Random, text: str) -> str:
    """Some lines of a text below a condition, a loop or the like, or a helper among them."""
    lines = text.split("\n")
    start = random.randrange(len(lines))
    end = random.randint(start + 1, len(lines))
    indent = re.match(" *", lines[start])
    before = indent[0] if indent else ""
    openings = [
        "{{- if .Values.on }}",
        "{{- if and .Values.on (gt (len .Values.list) 1) }}",
        "{{- range .Values.list }}",
        "{{- range $i, $e := until 3 }}",
        "{{- with .Values.a }}",
        '{{- if eq .Values.text "a" }}',
        "{{/*",
        "{{- if not .Values.none -}}",
        '{{- define "c.x" }}',
    ]
    opening = random.choice(openings)
    closing = "*/}}" if opening == "{{/*" else "{{- end }}"
    if random.random() < 0.2:
        pod = f'{before}{{{{- include "c.pod" . | nindent {len(before)} }}}}'
        return "\n".join([*lines[:start], pod, *lines[start:]])
    return "\n".join([*lines[:start], opening, *lines[start:end], closing, *lines[end:]])


def _value(random: Random) -> Any:
    kinds: list[Callable[[], Any]] = [
        lambda: Raw(random.choice(NUMBERS)),
        lambda: random.choice(SIGNALS),
        lambda: Shell(random).simple(),
        lambda: ["sh", "-c", Shell(random).body(2)],
        lambda: random.choice(_PIECES),
        lambda: random.choice([True, False, None]),
        lambda: {"b": Raw(random.choice(NUMBERS)), "c": {"d": "x"}},
        lambda: [1, "a", {"b": []}],
        lambda: "a",
    ]
    return random.choice(kinds)()
