"""What may stand in a settings file, as pydantic checks it; imported only where there is one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationInfo,
    WithJsonSchema,
)

from gracelint.base.durations import number
from gracelint.base.signals import parse
from gracelint.model.finding import Severity
from gracelint.model.options import PLATFORMS, TRAFFIC
from gracelint.settings.selection import resolved

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from gracelint.model.finding import Rule

_LEVELS = {severity.label: severity for severity in Severity}
_CODE = r"^([Gg][Ll][0-9]{3}|[a-z0-9]+(-[a-z0-9]+)+)$"
_SELECTORS = "codes, beginnings of codes, or names"
_SELECTOR = r"^([Gg][Ll][0-9]{0,3}|ALL|[a-z0-9]+(-[a-z0-9]+)+)$"


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
    """One rule's code; ValueError for what is none."""
    if not isinstance(value, str):
        return value
    rules = _rules(info)
    [code] = resolved([value], rules)
    if code not in {rule.code for rule in rules}:
        raise ValueError(f"`{value}` stands for several rules; name one")
    return code


def _version(value: object) -> object:
    text = value if isinstance(value, str) else ""
    parts = text.removeprefix("v").split(".")
    if len(parts) < 2 or not all(p.isascii() and p.isdigit() and len(p) < 6 for p in parts[:2]):
        raise ValueError('write it as a text with major and minor, such as "1.34"')
    return (int(parts[0]), int(parts[1]))


def _or_seconds(names: Mapping[str, float]) -> Callable[[object], object]:
    """Refuses, in words, what is neither one of `names` nor a number of seconds."""

    def check(value: object) -> object:
        named = isinstance(value, str) and value in names
        seconds = number(value) if isinstance(value, (int, float)) else None
        if not named and (seconds is None or seconds < 0):
            raise ValueError(f"it has to be one of {', '.join(names)}, or seconds, 0 or more")
        return value

    return check


def _signal(value: object) -> object:
    """A signal by its name without SIG, by any of its names or its number."""
    if not isinstance(value, str):
        return value
    name = parse(value)
    if name is None:
        raise ValueError(f"`{value}` is no signal")
    return name


def _words(value: object) -> object:
    if not isinstance(value, str) and not _is_texts(value):
        raise ValueError("it has to be a text or a list of texts")
    return value


def _values_files(value: object) -> object:
    """Lists of values files, of which one with a single file may be that file."""
    if not isinstance(value, list) or not all(isinstance(v, str) or _is_texts(v) for v in value):
        raise ValueError("it has to be a list of values files, or of lists of them")
    return value


def _is_texts(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(one, str) for one in value)


Codes = Annotated[
    list[str],
    BeforeValidator(_codes),
    WithJsonSchema(
        {
            "type": "array",
            "items": {"type": "string", "pattern": _SELECTOR, "description": _SELECTORS},
        }
    ),
]
Code = Annotated[str, BeforeValidator(_code), WithJsonSchema({"type": "string", "pattern": _CODE})]
Version = Annotated[
    tuple[int, int],
    BeforeValidator(_version),
    WithJsonSchema({"type": "string", "pattern": r"^v?[0-9]+\.[0-9]+", "default": "1.34"}),
]
Level = Literal["error", "warning", "info"]
Seconds = Annotated[float, Field(ge=0, allow_inf_nan=False)]
Signal = Annotated[str, BeforeValidator(_signal)]
Words = Annotated[str | list[str], BeforeValidator(_words)]
Reaction = Literal["graceful", "fast", "nothing", "reload", "default"]


def _said(text: str, example: str) -> Any:
    """What a key means, and how it may be written."""
    return Field(description=text, examples=[example])


class Table(BaseModel):
    """A table of the settings; other keys are refused."""

    model_config = ConfigDict(
        extra="forbid", strict=True, frozen=True, alias_generator=_kebab, populate_by_name=False
    )

    @classmethod
    def keys(cls) -> list[str]:
        """The keys that there are."""
        return sorted(map(_kebab, cls.model_fields))


class Image(Table):
    """What an image brings along, or the Dockerfile that builds it."""

    shell: Annotated[
        str | None, _said("The kind of its /bin/sh: `dash`, `ash`, `bash`, …", 'shell = "dash"')
    ] = None
    entrypoint: Annotated[
        Words | None,
        _said(
            "Its ENTRYPOINT: words, or one text that is split into words.", 'entrypoint = ["/init"]'
        ),
    ] = None
    cmd: Annotated[
        Words | None,
        _said("Its CMD: words, or one text that is split into words.", 'cmd = ["serve", "--all"]'),
    ] = None
    stop_signal: Annotated[str | None, _said("Its STOPSIGNAL.", 'stop-signal = "SIGQUIT"')] = None
    init: Annotated[
        str | None, _said("The init that its entrypoint starts, by name.", 'init = "tini"')
    ] = None
    dockerfile: Annotated[
        str | None,
        _said(
            "The Dockerfile that it is built from, seen from this file.",
            'dockerfile = "api/Dockerfile"',
        ),
    ] = None


class Evidence(Table):
    """What an entry rests on."""

    kind: Literal["proven"]
    version: str | None = None
    says: str | None = None


class Program(Table):
    """What an own wrapper or server does on a signal."""

    signals: Annotated[
        dict[Signal, Reaction] | None,
        _said("What it does on each signal.", 'signals = { TERM = "fast", INT = "graceful" }'),
    ] = None
    graceful_signal: Annotated[
        Signal | None,
        _said("The signal on which it finishes its work.", 'graceful-signal = "QUIT"'),
    ] = None
    stops_in: Annotated[
        Seconds | None, _said("Seconds after which it has ended at the latest.", "stops-in = 30")
    ] = None
    lifetime: Annotated[
        Literal["long", "short", "daemon", "unknown"] | None,
        _said("Whether it stays, ends by itself, or goes to the background.", 'lifetime = "short"'),
    ] = None
    reaps: Annotated[
        bool | None, _said("Whether it waits for children that it did not start.", "reaps = true")
    ] = None
    spawns: Annotated[bool | None, _said("Whether it starts children.", "spawns = true")] = None
    drains: Annotated[
        bool | None, _said("Whether it goes on serving after the signal.", "drains = true")
    ] = None
    behaviour: Annotated[
        Literal["exec", "forward", "swallow", "die", "detach"] | None,
        _said(
            "For a wrapper: what becomes of the signal for the program behind it.",
            'behaviour = "forward"',
        ),
    ] = None
    init: Annotated[bool | None, _said("For a wrapper: whether it is an init.", "init = true")] = (
        None
    )
    target: Annotated[
        Literal["child", "group", "session"] | None,
        _said("For a wrapper: whom it tells.", 'target = "group"'),
    ] = None
    kill_after: Annotated[
        Seconds | None,
        _said("For a wrapper: seconds after which it kills what is left.", "kill-after = 10"),
    ] = None
    flags: Annotated[
        list[str] | None, _said("For a wrapper: its options without a value.", 'flags = ["-v"]')
    ] = None
    values: Annotated[
        list[str] | None, _said("For a wrapper: its options with a value.", 'values = ["--config"]')
    ] = None
    skip: Annotated[
        int | None,
        _said("For a wrapper: words in front of the program, options aside.", "skip = 1"),
    ] = None
    evidence: Annotated[
        list[Evidence] | None,
        _said(
            "What this rests on, as `gracelint prove --learn` writes it.",
            'evidence = [{ kind = "proven", version = "Docker 28.2.2, 2026-11-26" }]',
        ),
    ] = None


TABLES: Mapping[str, type[Table]] = {"images": Image, "programs": Program}
"""What each entry of a key is, where it is a table of its own."""


class Settings(Table):
    """Everything that may stand in a settings file."""

    extend: Annotated[
        str | None,
        _said(
            "Another settings file to start from, seen from this one. What is stated here takes the"
            " place of what is stated there; tables are joined entry by entry.",
            'extend = "../gracelint.toml"',
        ),
    ] = None
    select: Annotated[
        Codes,
        _said(
            "The rules to apply: codes, beginnings of codes, names, or `ALL`. Empty: those that are"
            " enabled by default.",
            'select = ["GL1", "GL2", "missing-init"]',
        ),
    ] = []
    extend_select: Annotated[
        Codes, _said("Rules to apply besides those.", 'extend-select = ["GL604"]')
    ] = []
    ignore: Annotated[
        Codes,
        _said(
            "Rules not to apply. Where `select` and `ignore` both name a rule, the longer code"
            " decides.",
            'ignore = ["GL501"]',
        ),
    ] = []
    per_file_ignores: Annotated[
        dict[str, Codes],
        _said(
            "Rules whose findings are left out in some files, by patterns as in .gitignore, seen"
            " from this file.",
            '[per-file-ignores]\n"examples/**" = ["GL3", "missing-init"]',
        ),
    ] = {}
    severity: Annotated[
        dict[Code, Literal["error", "warning", "info", "off"]],
        _said("A level of one's own for a rule.", '[severity]\nGL501 = "info"\nGL113 = "off"'),
    ] = {}
    exclude: Annotated[
        list[str],
        _said(
            "What a folder's walk leaves out: patterns as in .gitignore, seen from this file. What"
            " is named on the command line is read all the same.",
            'exclude = ["vendor/", "*.example.yaml"]',
        ),
    ] = []
    fail_level: Annotated[
        Level, _said("The lowest level of a finding that fails the run.", 'fail-level = "error"')
    ] = "warning"
    baseline: Annotated[
        str | None,
        _said(
            "A file with findings that are known, see `--write-baseline`; seen from this file.",
            'baseline = "gracelint-baseline.json"',
        ),
    ] = None
    kubernetes_version: Annotated[
        Version,
        _said("The oldest Kubernetes that manifests are for.", 'kubernetes-version = "1.29"'),
    ] = (1, 34)
    min_drain_seconds: Annotated[
        Seconds,
        _said(
            "Seconds that a preStop hook has to leave of the grace period.",
            "min-drain-seconds = 10",
        ),
    ] = 5.0
    traffic: Annotated[
        Annotated[
            Literal["in-cluster", "alb", "nlb", "neg", "agic"] | Seconds | None,
            BeforeValidator(_or_seconds(TRAFFIC)),
        ],
        _said(
            "How requests reach pods, or the seconds until they stop coming: "
            + ", ".join(f"`{name}` {seconds:g} s" for name, seconds in TRAFFIC.items())
            + ".",
            'traffic = "alb"',
        ),
    ] = None
    platform: Annotated[
        Annotated[
            Literal["ecs-fargate", "gke-spot", "cloud-run"] | Seconds | None,
            BeforeValidator(_or_seconds(PLATFORMS)),
        ],
        _said(
            "Where containers run, or the longest grace period in seconds that is granted there: "
            + ", ".join(f"`{name}` {seconds:g} s" for name, seconds in PLATFORMS.items())
            + ".",
            'platform = "ecs-fargate"',
        ),
    ] = None
    render: Annotated[
        Literal["auto", "never", "required"],
        _said(
            "Whether charts and kustomizations are rendered: where their programs are in PATH, not"
            " at all, or so that the run fails where one cannot be.",
            'render = "required"',
        ),
    ] = "auto"
    charts: Annotated[
        dict[str, Annotated[list[str | list[str]], BeforeValidator(_values_files)]],
        _said(
            "Values files that a chart is rendered with besides its own, by the chart's folder; a"
            " list of several is given at once. All seen from this file.",
            '[charts]\n"deploy/web" = ["values/prod.yaml", ["values/eu.yaml", "values/big.yaml"]]',
        ),
    ] = {}
    compose: Annotated[
        list[Annotated[list[str], Field(min_length=2)]],
        _said(
            "Compose files that are given together, as with `docker compose -f`: each list is one"
            " project, its files in the order in which they are merged; they are judged in no other"
            " way. All seen from this file.",
            'compose = [["compose.yaml", "compose.prod.yaml"], ["compose.yaml", "ops/big.yaml"]]',
        ),
    ] = []
    images: Annotated[
        dict[str, Image],
        _said(
            "What images bring along, by name.",
            '[images."registry.example/base"]\nshell = "dash"\nentrypoint = ["/init"]',
        ),
    ] = {}
    programs: Annotated[
        dict[str, Program],
        _said(
            "What own wrappers and servers do on a signal, by name or whole path; behind an"
            " interpreter by the words that it is started with, `node server.js`.",
            '[programs.our-server]\ngraceful-signal = "INT"\nsignals = { TERM = "fast" }',
        ),
    ] = {}

    def stated(self, folder: str) -> dict[str, Any]:
        """What is said, as fields of `Options`; paths and patterns seen from the root.

        folder: where the file stands.
        """
        given = self.model_fields_set - {"extend"}
        return {name: _plain(name, getattr(self, name), folder) for name in given}


def _plain(name: str, value: Any, folder: str) -> Any:
    """A value as `Options` has it."""
    match name:
        case "select" | "extend_select" | "ignore":
            return tuple(value)
        case "per_file_ignores":
            return {_rooted(folder, pattern): tuple(codes) for pattern, codes in value.items()}
        case "exclude":
            return tuple(_rooted(folder, pattern) for pattern in value)
        case "severity":
            return {code: _LEVELS.get(level) for code, level in value.items()}
        case "fail_level":
            return _LEVELS[value]
        case "baseline":
            return _placed(folder, value)
        case "charts":
            return {
                _placed(folder, c): tuple(_list(folder, v) for v in each)
                for c, each in value.items()
            }
        case "compose":
            return tuple(_list(folder, each) for each in value)
        case "images" | "programs":
            return {name: _table(table, folder) for name, table in value.items()}
    return value


def _placed(folder: str, path: str) -> str:
    """A path from the settings' folder, seen from the root."""
    from posixpath import join, normpath

    whole = normpath(join(folder, path))
    return "" if whole == "." else whole


def _rooted(folder: str, pattern: str) -> str:
    """A pattern seen from the settings' folder, as seen from the root."""
    if not folder:
        return pattern
    negated, inner = ("!", pattern[1:]) if pattern.startswith("!") else ("", pattern)
    anchored = "/" in inner.rstrip("/")
    deep = inner.lstrip("/") if anchored else f"**/{inner}"
    return f"{negated}/{folder}/{deep}"


def _list(folder: str, files: str | list[str]) -> tuple[str, ...]:
    """One list of values files; a single path is one."""
    return tuple(_placed(folder, f) for f in ([files] if isinstance(files, str) else files))


def _table(table: Table, folder: str) -> dict[str, Any]:
    data = table.model_dump(by_alias=True, exclude_none=True)
    if isinstance(table, Image) and table.dockerfile is not None:
        data["dockerfile"] = _placed(folder, table.dockerfile)
    return data
