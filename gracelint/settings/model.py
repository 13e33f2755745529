"""The settings file as pydantic checks it. Only imported when there is such a file."""

from __future__ import annotations

from difflib import get_close_matches
from posixpath import join, normpath
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationInfo

from gracelint.model.finding import Severity
from gracelint.model.options import Options
from gracelint.model.selection import resolved

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from gracelint.model.finding import Rule

_LEVELS = {severity.label: severity for severity in Severity}


def _rules(info: ValidationInfo) -> tuple[Rule, ...]:
    """The rules that there are, as the caller gives them."""
    return tuple(info.context["rules"]()) if info.context else ()


def _kebab(name: str) -> str:
    return name.replace("_", "-")


def _codes(value: object, info: ValidationInfo) -> object:
    """Codes or beginnings of codes, in capitals; ValueError for what stands for no rule."""
    if isinstance(value, list) and all(isinstance(v, str) for v in value):
        return list(resolved(value, _rules(info)))
    return value


def _code(value: object, info: ValidationInfo) -> object:
    if not isinstance(value, str) or value.upper() not in {r.code for r in _rules(info)}:
        raise ValueError(f"no rule has the code `{value}`; `gracelint rule --all` lists them")
    return value.upper()


def _version(value: object) -> object:
    text = value if isinstance(value, str) else ""
    parts = text.removeprefix("v").split(".")
    if len(parts) < 2 or not all(part.isascii() and part.isdigit() for part in parts[:2]):
        raise ValueError('write it as a string with major and minor, such as "1.34"')
    return (int(parts[0]), int(parts[1]))


Codes = Annotated[list[str], BeforeValidator(_codes)]
Code = Annotated[str, BeforeValidator(_code)]
Level = Literal["error", "warning", "info"]
Seconds = Annotated[float, Field(ge=0, allow_inf_nan=False)]
Words = str | list[str]


class _Table(BaseModel):
    model_config = ConfigDict(
        extra="forbid", strict=True, frozen=True, alias_generator=_kebab, populate_by_name=False
    )


class Image(_Table):
    """`images."NAME"`: what an image brings along, or the Dockerfile that builds it."""

    shell: str | None = None
    entrypoint: Words | None = None
    cmd: Words | None = None
    stop_signal: str | None = None
    init: str | None = None
    dockerfile: str | None = None


class Program(_Table):
    """`programs."NAME"`: what an own wrapper or server does on a signal."""

    signals: dict[str, Literal["graceful", "fast", "nothing", "reload", "default"]] | None = None
    graceful_signal: str | None = None
    stops_in: Seconds | None = None
    lifetime: Literal["long", "short", "daemon", "unknown"] | None = None
    reaps: bool | None = None
    spawns: bool | None = None
    drains: bool | None = None
    behaviour: Literal["exec", "forward", "swallow", "die", "detach"] | None = None
    init: bool | None = None
    target: Literal["child", "group", "session"] | None = None
    kill_after: Seconds | None = None
    flags: list[str] | None = None
    values: list[str] | None = None
    skip: int | None = None


class Settings(_Table):
    """Everything that may stand in the settings file."""

    select: Codes = []
    ignore: Codes = []
    extend_select: Codes = []
    per_file_ignores: dict[str, Codes] = {}
    exclude: list[str] = []
    fail_level: Level = "warning"
    severity: dict[Code, Literal["error", "warning", "info", "off"]] = {}
    kubernetes_version: Annotated[tuple[int, int], BeforeValidator(_version)] = (1, 34)
    min_drain_seconds: Seconds = 5.0
    traffic: Literal["in-cluster", "alb", "nlb", "neg", "agic"] | Seconds | None = None
    platform: Literal["ecs-fargate", "gke-spot", "cloud-run"] | Seconds | None = None
    baseline: str | None = None
    render: Literal["auto", "never", "required"] = "auto"
    charts: dict[str, list[str | list[str]]] = {}
    images: dict[str, Image] = {}
    programs: dict[str, Program] = {}

    @classmethod
    def keys(cls) -> list[str]:
        """The keys that there are."""
        return sorted(map(_kebab, cls.model_fields))

    def options(self, folder: str) -> Options:
        """The same as plain values. folder: where the file stands."""
        return Options(
            select=tuple(self.select),
            ignore=tuple(self.ignore),
            extend_select=tuple(self.extend_select),
            per_file_ignores={k: tuple(v) for k, v in self.per_file_ignores.items()},
            exclude=tuple(self.exclude),
            fail_level=_LEVELS[self.fail_level],
            severity={code: _LEVELS.get(level) for code, level in self.severity.items()},
            kubernetes_version=self.kubernetes_version,
            min_drain_seconds=self.min_drain_seconds,
            traffic=self.traffic,
            platform=self.platform,
            baseline=None if self.baseline is None else normpath(join(folder, self.baseline)),
            render=self.render,
            charts={
                _placed(folder, chart): tuple(_list(folder, each) for each in lists)
                for chart, lists in self.charts.items()
            },
            images=_plain(self.images),
            programs=_plain(self.programs),
            folder=folder,
        )


def _placed(folder: str, path: str) -> str:
    """A path from the settings' folder, seen from the root."""
    whole = normpath(join(folder, path))
    return "" if whole == "." else whole


def _list(folder: str, files: str | list[str]) -> tuple[str, ...]:
    """One list of values files; a single path is one."""
    return tuple(_placed(folder, f) for f in ([files] if isinstance(files, str) else files))


def _plain(tables: Mapping[str, _Table]) -> dict[str, dict[str, Any]]:
    return {
        name: table.model_dump(by_alias=True, exclude_none=True) for name, table in tables.items()
    }


def advice(error: Mapping[str, Any], keys: Sequence[str]) -> str:
    """What is wrong with a key, and what to write instead."""
    path = [str(part) for part in error["loc"]]
    key, kind = ".".join(path), str(error["type"])
    if kind == "extra_forbidden":
        close = get_close_matches(path[-1], keys, 1) if len(path) == 1 else []
        hint = f"did you mean `{close[0]}`?" if close else f"known are {', '.join(keys)}"
        if len(path) > 1:
            hint = "remove it"
        return f"unknown key `{key}`; {hint}"
    message = str(error["msg"]).removeprefix("Value error, ")
    name = ".".join(part for part in path if part in keys or part == path[0])
    return f"`{name}`: {message[:1].lower()}{message[1:]}; it is {error['input']!r}"
