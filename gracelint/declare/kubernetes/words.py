"""Words and variables of Kubernetes containers: `$(VAR)` is expanded, `$VAR` is not."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gracelint.base.facts import Word
from gracelint.base.source import Embedded, Segment
from gracelint.model.workload import Command

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from gracelint.declare.kubernetes.config_maps import NearMaps
    from gracelint.model.pod import ConfigMap
    from gracelint.syntax.yaml.parse import Node

    Maps = Mapping[tuple[str, str], ConfigMap] | NearMaps


class _Expanded(Embedded):
    """Text after expansion; what is put in is written so that expansion leaves it alone."""

    __slots__ = ()

    def insertion(self, text: str, at: int) -> str | None:
        return super().insertion(text.replace("$$", "$$$$").replace("$(", "$$("), at)


def command(keyword: str, entry: tuple[Node, Node], words: tuple[Word, ...]) -> Command:
    """A command as it is written: its key and its list of words."""
    key, value = entry
    shown = value.alias_span or value.span
    whole = (key.alias_span or key.span).to(shown) if _ordered(entry) else shown
    return Command(keyword, "args" if keyword == "args" else "exec", whole, shown, words)


def _ordered(entry: tuple[Node, Node]) -> bool:
    key, value = entry
    first, last = key.alias_span or key.span, value.alias_span or value.span
    return first.end <= last.start


def plain_words(node: Node) -> tuple[Word, ...]:
    """The words of a hook's or probe's command, in which nothing is expanded."""
    return tuple(_word(child) for child in node.children)


def _word(node: Node) -> Word:
    if node.kind != "scalar":
        return Word(None, node.span, reason="a word of the command is no text")
    if "{{" in node.value:
        return Word(None, node.span, reason="a template fills in this word")
    return Word(node.value, node.span, node.text())


def expanded_words(node: Node, env: Mapping[str, Word], *, more: bool) -> tuple[Word, ...]:
    """The words of `command:` or `args:`; more: further variables may come from elsewhere."""
    return tuple(_expand(child, env, more=more) for child in node.children)


def _expand(node: Node, env: Mapping[str, Word], *, more: bool) -> Word:
    word = _word(node)
    if word.value is None or "$" not in word.value:
        return word
    parts: list[str] = []
    segments: list[Segment] = []
    inner = 0
    for start, end, name in _references(node.value):
        said = _said(node.value[start:end], name, env, more=more)
        if said is None:
            return Word(None, node.span, reason=f"what `$({name})` holds is not told here")
        if said:
            segments.append(Segment(inner, len(said), start, end - start))
        parts.append(said)
        inner += len(said)
    text = _Expanded(node.text(), "".join(parts), segments or [Segment(0, 0, 0, 0)])
    return Word(text.text, node.span, text)


def _said(written: str, name: str | None, env: Mapping[str, Word], *, more: bool) -> str | None:
    """What a piece says after expansion; None when that is not known."""
    if name is None:
        return "$" if written == "$$" else written
    if name in env:
        return env[name].value
    return None if more else written


def _references(text: str) -> Iterator[tuple[int, int, str | None]]:
    """Pieces in order: `$$`, references with their name, and the text in between."""
    plain = at = 0
    while (at := text.find("$", at)) >= 0:
        if text.startswith("$$", at):
            end, name = at + 2, None
        elif text.startswith("$(", at) and (close := text.find(")", at)) > 0:
            end, name = close + 1, text[at + 2 : close]
        else:
            at += 1
            continue
        if plain < at:
            yield plain, at, None
        yield at, end, name
        plain = at = end
    if plain < len(text):
        yield plain, len(text), None


def environment(container: Node, namespace: str, maps: Maps) -> dict[str, Word]:
    """The variables of a container's `env:` and, where their ConfigMap is here, `envFrom:`."""
    env: dict[str, Word] = {}
    for source in container.sequence("envFrom"):
        name = source.find("configMapRef", "name")
        config = lookup(maps, namespace, name.value) if name is not None else None
        prefix = source.string("prefix") or ""
        for key, node in ({} if config is None else config.data).items():
            env[prefix + key] = Word(node.value, node.span, node.text())
    for entry in container.sequence("env"):
        name = entry.get("name") if entry.kind == "mapping" else None
        if name is not None and name.kind == "scalar":
            env[name.value] = _variable(entry, env, namespace, maps)
    return env


def _variable(entry: Node, env: Mapping[str, Word], namespace: str, maps: Maps) -> Word:
    value = entry.get("value")
    if value is not None and value.kind == "scalar":
        return _expand(value, env, more=False)
    reference = entry.find("valueFrom", "configMapKeyRef")
    if reference is not None:
        config = lookup(maps, namespace, reference.string("name") or "")
        node = None if config is None else config.data.get(reference.string("key") or "")
        if node is not None:
            return Word(node.value, node.span, node.text())
    if entry.get("valueFrom") is not None:
        return Word(None, entry.span, reason="its value comes from outside of the manifest")
    return Word("", entry.span)


def lookup(maps: Maps, namespace: str, name: str) -> ConfigMap | None:
    """The ConfigMap of that name in the namespace, or in none that is stated."""
    return maps.get((namespace, name)) or maps.get(("", name))
