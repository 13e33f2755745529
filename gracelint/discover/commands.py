"""Commands that build images: `docker build -t …` in Makefiles, scripts, CI's files, READMEs.

Only what stands there counts. A variable is what the same file gives it; where it does not, it may
be any part of the image's name, and then the name has to be told apart by what is written out.
"""

from __future__ import annotations

import re
import shlex
from typing import TYPE_CHECKING

from gracelint.base import lazy
from gracelint.base.paths import folder_of, name_of, seen_from
from gracelint.base.values import replace
from gracelint.discover.builds import ANY, MAX_SIZE, Built

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from gracelint.base.source import Source

MAX_COMMANDS = 300
"""So many commands of one file are read."""

MAX_LINE = 20_000
MAX_WORD = 1000
"""A longer word is no name and no path."""

MAX_OPEN = 3
"""So many parts of a name may be open; with more it could be nearly anything."""

_CI = lazy.compile(
    r"(^|/)(\.(?:github|gitea|forgejo)/workflows/[^/]+|\.gitlab-ci|\.gitlab/.*|\.circleci/[^/]+"
    r"|\.travis|\.drone|\.?azure[^/]*/.*|[^/]*azure[^/]*pipeline[^/]*|cloudbuild[^/]*|bitbucket-pipelines|taskfile)\.ya?ml$",
    re.IGNORECASE,
)
_SCRIPTS = lazy.compile(
    r"(^|/)(gnumakefile|makefile[^/]*|[^/]+\.mk|justfile|jenkinsfile[^/]*|package\.json"
    r"|[^/]+\.(sh|bash)|(\.?ci|scripts?|hack|bin|build|tools)/([^/]+/)*[^/.]+)$",
    re.IGNORECASE,
)
_DOCUMENTS = lazy.compile(
    r"(^|/)(readme|deploy|install|quick|getting)[^/]*\.(md|rst)$", re.IGNORECASE
)
_COMMAND = lazy.compile(
    r"(?:(?:\b(?:docker|podman|nerdctl|buildah)|\$[({]?\w*(?:DOCKER|CONTAINER|PODMAN)\w*[)}]?)"
    r"[ \t]+(?:(?:buildx|image|builder)[ \t]+)?(?:build|bud)"
    r"|(?P<kaniko>/kaniko/executor)"
    r"|\b(?P<az>az[ \t]+acr[ \t]+build)"
    r"|\b(?P<gcloud>gcloud[ \t]+(?:(?:alpha|beta)[ \t]+)?builds[ \t]+submit))"
    r"[ \t]*(?=[\s\\])((?:\\\r?\n|(?(kaniko)\n[ \t]+-(?=-)|(?!))|[^\n])*)",
    re.IGNORECASE,
)
_CHANGED = lazy.compile(r"(?:^|[;&|(\s])cd[ \t]+([^\s;&|]+)[ \t]*(?:&&|;)[^\n]*$")
_MOVES = lazy.compile(r"(?:^|[\s$>;&|(])(?:cd|pushd)[ \t]+([^\s;&|]+)", re.MULTILINE)
_CLONES = lazy.compile(r"\bgit[ \t]+clone[ \t]+(?:-\S+[ \t]+)*([^\s;&|]+)")
_SET = lazy.compile(
    r"^[ \t-]*(?:export[ \t]+|local[ \t]+|readonly[ \t]+)?([A-Za-z_]\w*)[ \t]*"
    r"(?:[?:]?:?=[ \t]*|:[ \t]+)([^\n#]*)",
    re.MULTILINE,
)
_VARIABLE = lazy.compile(
    r"\$\{\{\s*(?:env\.)?([\w.]+)\s*\}\}|\$\{\{[^}]{0,400}\}\}|\$\(([\w.]+)\)|\$\{(\w+)(?::?-([^}]{0,400}))?[^}]{0,400}\}|\$(\w+)"
    r"|\$\([^)]{0,400}\)|`[^`]{0,400}`|\{\{[^}]{0,400}\}\}|%\{[^}]{0,400}\}"
)
_VALUED = frozenset(
    (
        *("-t", "--tag", "-f", "--file", "--target", "--build-arg", "--platform", "--label"),
        *("--cache-from", "--cache-to", "--network", "--progress", "--secret", "--ssh", "-o"),
        *("--output", "--builder", "--build-context", "--iidfile", "--metadata-file", "--add-host"),
        *("-m", "--memory", "--shm-size", "--ulimit", "--format", "--layers", "--provenance"),
    )
)
_OPTIONS = {
    "kaniko": {
        "--destination": "-t",
        "-d": "-t",
        "--dockerfile": "-f",
        "-f": "-f",
        "--context": "",
        "-c": "",
        "--target": "--target",
        "--build-arg": "--build-arg",
    },
    "az": {
        "--image": "-t",
        "-t": "-t",
        "--file": "-f",
        "-f": "-f",
        "--target": "--target",
        **dict.fromkeys(("-r", "--registry", "-g", "--resource-group"), "--label"),
        "--build-arg": "--label",
        "--platform": "--label",
        "--subscription": "--label",
    },
    "gcloud": {
        "--tag": "-t",
        "-t": "-t",
        **dict.fromkeys(("--project", "--region", "--timeout", "--machine-type"), "--label"),
    },
}
"""Options of other builders, and those of `docker build` that say the same; "" for the context.

An option that does not matter is a label here; of those that are not listed no value is known.
"""

_ACR = f"{ANY}.azurecr.io"

WORKSPACE = {
    **dict.fromkeys(("CI_PROJECT_DIR", "GITHUBWORKSPACE", "github.workspace"), "."),
    **dict.fromkeys(("Build.SourcesDirectory", "System.DefaultWorkingDirectory"), "."),
    **dict.fromkeys(("PWD", "pwd", "CURDIR"), "."),
}
"""Variables for the folder in which a command runs."""

_ROOT = lazy.compile(
    r"[$`](?:\((?:shell[ \t]+)?)?(?:git[ \t]+rev-parse[ \t]+--show-toplevel|pwd)[)`]"
)
"""Commands that give the folder in which a command runs, in a shell or in a Makefile."""

_EXPRESSION = lazy.compile(r"\{\{[^{}]*\}\}")
"""What a CI system or a template puts in; blanks in it end no word."""

_OPEN = lazy.compile(f"{ANY}+")


def may_build(path: str) -> bool:
    """Whether commands that build images are looked for in a file."""
    if path[-5:].lower().endswith((".yml", ".yaml")):  # as most files of a large repository
        return _CI.search(path) is not None
    return bool(_SCRIPTS.search(path) or _DOCUMENTS.search(path))


def is_document(path: str) -> bool:
    """Whether a file tells people what to run."""
    return _DOCUMENTS.search(path) is not None


def is_ci(path: str) -> bool:
    """Whether a file tells a CI system what to run, which begins at the root."""
    return _CI.search(path) is not None


def commands(source: Source, predefined: Mapping[str, str]) -> Iterator[Built]:
    """The images that the commands of a file build from Dockerfiles, with `ANY` in their names.

    predefined: variables that a CI system sets, where the file does not.
    """
    text = source.text
    if len(text) > MAX_SIZE or "build" not in text:
        return
    given: dict[str, str] | None = None
    for count, match in enumerate(_COMMAND.finditer(text)):
        if count >= MAX_COMMANDS:
            return
        if given is None:
            given = {**predefined, **({} if is_document(source.path) else variables(text))}
        line = text.rfind("\n", 0, match.start()) + 1
        cd = _CHANGED.search(text[line : match.start()])
        if is_document(source.path) and _moved(text, line):
            continue
        said = match[match.lastindex or 0]
        words = _words(said.partition("`")[0] if is_document(source.path) else said)
        folders = (
            ("", folder_of(source.path)) if is_ci(source.path) else (folder_of(source.path), "")
        )
        for folder in folders if cd is None else (_in(f, cd[1], given) for f in folders):
            if folder is not None:
                span = source.span(match.start(), match.start() + len(match[0].split("\n")[0]))
                command = Built("", span, None, None, None)
                yield from of_words(_builder(match), words, folder, given, command)


def _builder(match: re.Match[str]) -> str:
    return next((name for name in _OPTIONS if match[name]), "docker")


def _moved(text: str, line: int) -> bool:
    """Whether an example in a document goes to another folder before the line that begins here.

    The folder that it has just cloned a repository into is the root of this one.
    """
    start = max(text.rfind("```", 0, line), text.rfind("\n\n", 0, line), line - MAX_LINE, 0)
    example = text[start:line]
    cloned = {name_of(url.rstrip("/")).removesuffix(".git") for url in _CLONES.findall(example)}
    return any(name_of(folder.rstrip("/")) not in cloned for folder in _MOVES.findall(example))


def _in(folder: str, name: str, given: Mapping[str, str]) -> str | None:
    name = expanded(name.strip("'\""), given)
    return None if ANY in name else seen_from(folder, name)


def variables(text: str) -> dict[str, str]:
    """What the file gives its variables, the first time."""
    variables: dict[str, str] = {}
    for match in _SET.finditer(text):
        value = match[2].strip().rstrip(",").strip("'\"")
        if value and len(value) < 500:
            variables.setdefault(match[1], value)
    return variables


def expanded(text: str, given: Mapping[str, str]) -> str:
    """A word with its variables replaced; `ANY` for those that the file does not give."""

    def value(match: re.Match[str]) -> str:
        if _ROOT.match(match[0]):
            return "."
        name = match[1] or match[2] or match[3] or match[5]
        return given.get(name or "") or match[4] or ANY

    for _ in range(5):
        if len(text) > MAX_WORD:
            return ANY
        after = _VARIABLE.sub(value, _OWN.sub(_below, text))
        if after == text:
            break
        text = after
    return ANY if "$" in text else text


_OWN = lazy.compile(
    r"\$\([ \t]*(?:cd[ \t]+(?:--[ \t]+)?\"?\$\()?[ \t]*dirname[ \t]+(?:--[ \t]+)?"
    r"\"?\$\{?(?:0|BASH_SOURCE(?:\[0\])?)\}?\"?[ \t]*\)(?P<below>(?:/[\w.-]{1,40}){0,8})\"?"
    r"(?:[ \t]*(?:>[ \t]*/dev/null[ \t]*(?:2>&1[ \t]*)?)?&&[ \t]*pwd(?:[ \t]+-P)?[ \t]*\))?"
)
"""A script's own folder, or one seen from there: `$(cd "$(dirname "$0")/.." && pwd)`."""


def _below(match: re.Match[str]) -> str:
    return f".{match['below']}"


def _words(text: str) -> list[str]:
    """The words up to the end of the command; none of one that is longer than any person writes."""
    if len(text) > MAX_LINE:
        return []
    text = _EXPRESSION.sub(lambda m: "".join(m[0].split()), re.sub(r"\\\r?\n", " ", text))
    words = _split(text)
    if words is None:  # the command itself stands in quotes: `sh "docker build ."`
        words = _split(text[: max(text.rfind('"'), text.rfind("'"))])
    return text.split() if words is None else words


def _split(text: str) -> list[str] | None:
    """The words up to the end of the command; None where a quote is left open."""
    lexer = shlex.shlex(text, posix=True, punctuation_chars=";&|<>")
    lexer.whitespace_split = True
    lexer.commenters = ""
    words: list[str] = []
    try:
        for word in lexer:
            if word[:1] in ";&|<>":
                break
            words.append(word)
    except ValueError:
        return None
    return words


def of_words(
    builder: str, words: list[str], folder: str, given: Mapping[str, str], command: Built
) -> Iterator[Built]:
    """The images that a builder with these arguments tags. builder: `docker`, `kaniko` and more."""
    given = {**WORKSPACE, **given}
    if builder == "docker":
        yield from _built(words, folder, given, command)
        return
    words = list(_as_docker(words, _OPTIONS[builder]))
    found = [*_built(words, folder, given, command)]
    files = [at + 1 for at, word in enumerate(words[:-1]) if word == "-f"]
    if files:  # they look for a Dockerfile in the context, too
        words[files[-1]] = f"{words[-1]}/{words[files[-1]]}"
        found += _built(words, folder, given, command)
    for built in found:
        named = builder == "az" and built.image is not None
        yield replace(built, image=f"{_ACR}/{built.image}") if named else built


def _as_docker(words: list[str], options: Mapping[str, str]) -> Iterator[str]:
    """The arguments of another builder in the words of `docker build`, the context last."""
    context = "."
    waiting = iter(words)
    for word in waiting:
        name, equals, value = word.partition("=")
        if name in options:
            value = value if equals else next(waiting, "")
            if options[name]:
                yield from (options[name], value)
            else:
                context = value.removeprefix("dir://")
        elif not word.startswith("-"):
            context = word
    yield context


def _built(
    words: list[str], folder: str, given: Mapping[str, str], command: Built
) -> Iterator[Built]:
    """The images that one command tags."""
    options: dict[str, list[str]] = {}
    context = ""
    waiting = iter(words)
    for word in waiting:
        name, equals, value = word.partition("=")
        if name in _VALUED:
            options.setdefault(name, []).append(value if equals else next(waiting, ""))
        elif word[:2] in {"-t", "-f"} and not word.startswith("--") and len(word) > 2:
            options.setdefault(word[:2], []).append(word[2:])
        elif not word.startswith("-") or word == "-":
            context = word
    context = expanded(context, given)
    where = None if ANY in context or context in {"", "-"} else seen_from(folder, context)
    files = options.get("-f", options.get("--file", []))
    path = _dockerfile(expanded(files[-1], given) if files else "", folder, where)
    target = expanded(options["--target"][-1], given) if "--target" in options else None
    if path is None or (target is not None and ANY in target):
        return
    tags = [*options.get("-t", []), *options.get("--tag", [])]
    for tag in tags:
        image = expanded(tag, given)
        service = name_of(image).partition(":")[0]
        yield Built(service, command.span, image, where, path, None, target)
    if not tags and where is not None:  # it still says in which folder
        yield Built("", command.span, None, where, path, None, target)


def _dockerfile(given: str, folder: str, context: str | None) -> str | None:
    if given:
        return None if ANY in given else seen_from(folder, given)
    return None if context is None else seen_from(context, "Dockerfile")


def untagged(image: str) -> str:
    """A reference without tag and digest."""
    head, slash, last = image.partition("@")[0].rpartition("/")
    return f"{head}{slash}{last.partition(':')[0]}"


def pattern(image: str) -> re.Pattern[str] | None:
    """What an image's name looks like, `ANY` left open; None where its last part is not told.

    It fits the whole repository with its registry (`ghcr.io/acme/web`), without a tag.
    """
    name = _OPEN.sub(ANY, untagged(image))
    head, slash, last = name.rpartition("/")
    if name.count(ANY) > MAX_OPEN:
        return None
    if not last.replace(ANY, "").strip(".-_") or last.startswith(ANY) or len(name) > 300:
        return None
    escaped = re.escape(head.lower()).replace(re.escape(ANY), r"[^\s]+")
    final = re.escape(last.lower()).replace(re.escape(ANY), r"[^/]*")
    return re.compile(escaped + slash + final)
