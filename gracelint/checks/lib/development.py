"""Containers of whose stop little depends: those for development and tests, and batch work.

For development is what the names of files, folders, stages, tags and services say, and those of the
files that variables are read from; what the comment at the top of a Dockerfile says; what a
framework's own variable says over sources that are being edited; and an image with a debugger. A
container there is stopped by who waits for it: whatever is wrong with its stop is advice. So is all
about a development server over sources that are being edited. What is meant to end by itself has no
application that a stop should reach: nothing about its delivery is more than advice.
"""

from __future__ import annotations

import re
from itertools import pairwise

from gracelint import atlas
from gracelint.atlas.argv import base_name
from gracelint.atlas.running.reloaders import reloader
from gracelint.base import lazy
from gracelint.base.facts import Known, Word
from gracelint.base.typed import TYPE_CHECKING
from gracelint.base.values import replace
from gracelint.checks.lib import placeholders
from gracelint.checks.lib.words import known, started
from gracelint.diagnose.arms import is_for_development
from gracelint.model.finding import Severity
from gracelint.syntax.shell.invoked import shell_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from gracelint.base.source import Span
    from gracelint.model.finding import Finding
    from gracelint.model.process import Process
    from gracelint.model.story import Story
    from gracelint.model.workload import Workload
    from gracelint.syntax.yaml.node import Node

_WORDS = frozenset(
    (
        *("dev", "devel", "develop", "development", "devcontainer", "local", "override", "debug"),
        *("test", "tests", "testing", "e2e", "mock", "mocks", "cypress"),
        *("developpement", "desarrollo", "desenvolvimento", "entwicklung", "sviluppo"),
    )
)
_LEFT_BEHIND = frozenset({"old", "bak", "orig"})
"""What files are called that others have taken the place of."""
_OF_A_NODE = frozenset({"local"})
"""In a cluster this is what each node has of its own: node-local-dns, local-path-provisioner."""
_TESTS = frozenset({"test", "tests", "e2e", "testdata", "__tests__", "fixtures"})
_FOLDERS = frozenset(
    (
        *(_TESTS | {".devcontainer", "dev", "dev-container", "development", "local", "mocks"}),
        *(".ci", ".circleci", ".github", ".gitlab", "cypress"),  # for the time of a run
    )
)
_TAGS = frozenset({"dev", "devel", "development", "local", "test"})
_ON_DEMAND = frozenset(
    (
        *("assets", "build", "tool", "tools", "cli", "manual"),
        *("benchmark", "benchmarks", "loadtest"),
    )
)
"""What profiles are called whose services somebody starts to work with them."""

SERVER = "GL113"
_OF_THE_SERVER = frozenset(
    {"GL110", "GL111", "GL216", "GL301", "GL302", "GL403", "GL404", "GL405", "GL406"}
)
TOLD_ALL_THE_SAME = frozenset(
    {SERVER, "GL202", "GL204", "GL205", "GL206", "GL207", "GL212", "GL213", "GL215"}
)
"""The server itself, and traps that do not do what they are there for: who writes one cares."""
_DELIVERY = ("GL1", "GL2", "GL3", "GL4")


def is_meant(workload: Workload, path: str = "") -> bool:
    """Whether a container is for development. path: of the file whose text is at fault."""
    names = [name for name in (workload.stage, _service(workload)) if name]
    tag = (workload.base.reference or "").rpartition(":")[2]
    if tag in _TAGS or _says_so(workload) or _has_debugger(workload) or _is_asked_for(workload):
        return True
    if workload.kind == "dockerfile" and _is_headed(workload.source.text):
        return True
    command = workload.launch.command
    written = command.span.place.source.path if command is not None else ""
    paths = [one for one in (workload.source.path, written) if one]
    if path and not _is_for_production(paths):
        paths.append(path)
    names += [one.rpartition("/")[2] for one in (*paths, *_scripts(workload))]
    if any(not _FILED.isdisjoint(_words_of(one)) for one in _settings(workload)):
        return True
    in_cluster = workload.kind == "kubernetes"
    words = _WORDS - _OF_A_NODE if in_cluster else _WORDS
    if any(not words.isdisjoint(re.split(r"[^a-z0-9]+", name.lower())) for name in names):
        return True
    if _words_of(workload.source.path)[-1] in _LEFT_BEHIND:
        return True
    profiles = _profiles(workload)
    if profiles and all(map(_is_for_work, profiles)):
        return True
    folders = {folder for one in paths for folder in one.lower().split("/")[:-1]}
    if not in_cluster:
        own = (one.lower().rpartition("/")[0].rpartition("/")[2] for one in paths)
        folders |= {re.split(r"[_-]", folder)[-1] for folder in own} - _TESTS
    return not (_TESTS if in_cluster else _FOLDERS).isdisjoint(folders)


def _is_for_production(paths: Iterable[str]) -> bool:
    """Whether a container's own files are for production, whatever it takes from elsewhere."""
    return any(not PRODUCTION.isdisjoint(_parts(one)) for one in paths)


def _profiles(workload: Workload) -> frozenset[str]:
    """The profiles of a Compose service: without one of them it is not started."""
    stated = None if workload.place is None else workload.place.entries.get("profiles")
    items = stated[1].children if stated is not None and workload.kind == "compose" else ()
    return frozenset(str(item.data).lower() for item in items)


def _settings(workload: Workload) -> list[str]:
    """The files of variables that a Compose service names: `.env.dev`."""
    stated = None if workload.place is None else workload.place.entries.get("env_file")
    if stated is None or workload.kind != "compose":
        return []
    return [one.value for one in (stated[1], *stated[1].children) if one.kind == "scalar"]


def _is_for_work(profile: str) -> bool:
    """Whether a profile's name says that people start it to work with it."""
    words = set(_words_of(profile))
    return not words.isdisjoint(_WORDS | _ON_DEMAND) and words.isdisjoint(_DEPLOYED)


def _is_asked_for(workload: Workload) -> bool:
    """Whether a script is told by its first argument that it is for development."""
    argv = workload.launch.argv
    texts = [word.value or "" for word in argv.value] if isinstance(argv, Known) else []
    return any(
        one.endswith((".sh", "/entrypoint")) and two in _TAGS for one, two in pairwise(texts)
    )


def _says_so(workload: Workload) -> bool:
    """Whether a container's own variables say so, over sources that are being edited."""
    return sets(workload, ENVIRONMENTS, _STAGES) and edits_sources(workload)


def sets(workload: Workload, names: Iterable[str], values: frozenset[str]) -> bool:
    """Whether one of these variables has one of these values, in whatever case."""
    given = (workload.env.get(name) for name in names)
    return any(word is not None and word.plain.lower() in values for word in given)


def _has_debugger(workload: Workload) -> bool:
    """Whether Xdebug is always built into the image: it is far too slow for anything else.

    Not where a condition asks for it, or what is started takes it away again or turns it off.
    """
    if not any(_DEBUGGER.search(r) and not _ASKS.search(r) for r in workload.files.commands()):
        return False
    return not sets(workload, ("XDEBUG_MODE",), _OFF) and not _takes_away(workload)


def _takes_away(workload: Workload) -> bool:
    """Whether a script in sight that a container is started with removes Xdebug: its module, what
    loads it, or what lies in PHP's folder of settings.
    """
    for path in _scripts(workload):
        file = workload.files.get(path)
        text = file.text.text[:_MOST] if file is not None and file.text is not None else ""
        if "xdebug" in text and any(map(_removes, text.splitlines())):
            return True
    return False


def _removes(line: str) -> bool:
    """Whether a line of a script takes Xdebug's module or its settings away: a log is neither."""
    code = line.partition("#")[0]
    verb = _TAKES_AWAY.search(code)
    for word in code[verb.end() :].split() if verb is not None else ():
        folder, named, rest = word.partition("xdebug")
        rest = rest.rstrip("\"';&|)")
        if named and (_SETTINGS in folder or ".ini" in rest or rest.endswith(".so")):
            return True
        if named and verb is not None and verb[0] == "phpdismod":
            return True
    return False


_MOST = 50_000
_OFF = frozenset({"off"})
_ASKS = lazy.compile(r"\bif\b|\bcase\b|\btest |\[ ")
_TAKES_AWAY = lazy.compile(r"\b(?:rm|mv|unlink|phpdismod)\b")
_SETTINGS = "conf.d/"
_DEBUGGER = lazy.compile(
    r"(?:pecl\s+install|docker-php-ext-enable|install-php-extensions)\b[^;&|]*\bxdebug"
)
ENVIRONMENTS = (
    *("RAILS_ENV", "RACK_ENV", "NODE_ENV", "APP_ENV", "FLASK_ENV", "MIX_ENV", "DJANGO_ENV"),
    *("ASPNETCORE_ENVIRONMENT", "DOTNET_ENVIRONMENT", "SPRING_PROFILES_ACTIVE", "GO_ENV"),
)
DEBUG = ("DJANGO_DEBUG", "FLASK_DEBUG", "APP_DEBUG", "DEBUG")
ON = frozenset({"1", "true", "yes", "on"})
_FILED = frozenset({"dev", "development", "test"})
"""In the names of files of variables; `.env.local` mostly is what a machine has of its own."""
_STAGES = _FILED | {"local"}


def _scripts(workload: Workload) -> list[str]:
    """The paths that a container is started with: of its program, or of the script for a shell,
    and the script that a shell's text starts last.
    """
    argv = workload.launch.argv
    words = argv.value if isinstance(argv, Known) else ()
    text = shell_text(words)
    last = re.split(r"[;&|\n]+", (text.value or "").strip().rstrip(";"))[-1] if text else ""
    ran = [word for word in last.split() if word.endswith(".sh")]
    given = [word.value for word in words[:2] if word.value]
    return [*(one for one in given if "/" in one or one.endswith(".sh")), *ran[:1]]


def _is_headed(text: str) -> bool:
    """Whether the comments at the top of a Dockerfile say that it is for development or tests.

    Directly above an instruction they are about that: about the file only where it is its one FROM.
    """
    said = False
    for line in map(str.strip, text[:_TOP].splitlines()):
        if line.startswith("#"):
            said = said or bool(_FOR_DEVELOPMENT.fullmatch(line) and not _OTHERWISE.search(line))
        elif said or line:
            return said and (not line or (_FROM.match(line) is not None and _has_one_stage(text)))
    return False


def _has_one_stage(text: str) -> bool:
    return len(_FROM.findall(text)) == 1


_TOP = 2000
_FROM = lazy.compile(r"(?im)^[ \t]*FROM[ \t]")
_FOR_DEVELOPMENT = lazy.compile(
    r"#+ *(?:(?:this|the|a|an|docker|dockerfile|image|container|file|is|build|meant|intended|used"
    r"|only) ){0,8}for (?:local )?(?:development|testing)"
    r"(?: (?:and|or) (?:development|testing))?"
    r"(?: (?:[\w-]+ )?(?:features?|functionality)| (?:only|purposes?|environments?)){0,2}[.!]?",
    re.IGNORECASE,
)
_OTHERWISE = lazy.compile(r"(?i)prod|deploy|\bnot\b|n't\b|\bboth\b|\btarget\b|dockerfile\.")


def of_tests(path: str) -> bool:
    """Whether a file lies among tests and what they read."""
    return not _TESTS.isdisjoint(path.lower().split("/")[:-1])


def for_developers(finding: Finding, story: Story) -> bool:
    """Whether it is about a program that only developers use: a tool of theirs, or a development
    server, which is told of by itself and then takes its runner's faults with it. Over sources that
    are being edited it is where it belongs, and so is what starts it; that an image starts one by
    itself is told of the image.
    """
    if _is_in_a_branch(story, finding.primary.span):
        return True
    if finding.rule.code == SERVER and _starts_in_a_branch(story):
        return True
    edited = edits_sources(story.workload)
    if (finding.rule.code in _OF_THE_SERVER or edited) and serves_developers(story):
        return True
    if finding.rule.code == SERVER and "watch" in _words_of(finding.primary.span.place.source.path):
        return True
    about_start = is_delivery(finding) and finding.rule.code not in TOLD_ALL_THE_SAME
    if about_start and _is_all_for_developers(story) and not _is_elsewhere(story, finding):
        return True
    if is_delivery(finding) and placeholders.level(story, story.tree) is Severity.INFO:
        return True
    return any(_is_tool(argv) for argv, _ in started(story))


def _is_in_a_branch(story: Story, place: Span) -> bool:
    return any(is_for_development(script, place) for script in story.scripts)


def _starts_in_a_branch(story: Story) -> bool:
    """Whether a development server is started in a branch of a script that is for development."""
    env = known(story)
    for process in story.tree.walk() if story.tree is not None else ():
        below = process.walk()
        if not any(p.reloads or reloader(p.argv, env) for p in below):
            continue
        if process.span is not None and _is_in_a_branch(story, process.span):
            return True
    return False


def _is_elsewhere(story: Story, finding: Finding) -> bool:
    """Whether it is about another branch of a script than the one that the story is of."""
    place = finding.primary.span
    if not any(script.span(script.body).source is place.source for script in story.scripts):
        return False
    processes = story.tree.walk() if story.tree is not None else []
    spans = [process.span for process in processes if process.span is not None]
    return not any(place.covers(one) or one.covers(place) for one in spans)


def _words_of(path: str) -> list[str]:
    """The words of a file's name, or of another name."""
    return _parts(path.rpartition("/")[2])


def serves_developers(story: Story) -> bool:
    """Whether a development server is started."""
    env = known(story)
    own = story.tree is not None and any(process.reloads for process in story.tree.walk())
    return own or any(reloader(argv, env) for argv, _ in started(story))


def _is_all_for_developers(story: Story) -> bool:
    """Whether development servers are all that runs."""
    env = known(story)

    def within(process: Process) -> bool:
        if process.reloads or reloader(process.argv, env):
            return True
        return bool(process.children) and all(map(within, process.children))

    return story.tree is not None and within(story.tree)


def edits_sources(workload: Workload) -> bool:
    """Whether the project's folder is mounted over the one that a container works in."""
    workdir = workload.workdir
    return isinstance(workdir, Known) and workload.files.overlaid(workdir.value)


def edits_parts(workload: Workload) -> bool:
    """The same where only sources below that folder are mounted, or what is installed beside them
    is kept in a volume of its own: who writes that works on what runs there.
    """
    workdir = workload.workdir
    if not edits_sources(workload) or not isinstance(workdir, Known):
        return False
    stated = None if workload.place is None else workload.place.entries.get("volumes")
    items = stated[1].children if stated is not None else ()
    targets = [_target(item) for item in items]
    if any(target.rstrip("/").endswith(_INSTALLED) for target in targets):
        return True
    below = f"{workdir.value.rstrip('/')}/"
    return not any(target and below.startswith(f"{target.rstrip('/')}/") for target in targets)


_INSTALLED = ("/node_modules", "/vendor", "/.venv", "/venv")


def _target(volume: Node) -> str:
    """Where a volume of Compose is mounted; "" where nothing says so."""
    if volume.kind != "scalar":
        return volume.string("target") or ""
    parts = volume.value.split(":")
    return parts[1] if len(parts) > 1 else parts[0]


def is_edited(workload: Workload) -> bool:
    """The same where nothing says that this is how it is deployed."""
    words = _parts(f"{workload.source.path} {_service(workload)}")
    return edits_sources(workload) and _DEPLOYED.isdisjoint(words)


PRODUCTION = frozenset({"prod", "production", "staging", "live"})
_DEPLOYED = PRODUCTION | {"deploy", "deployment"}


def beside_production(stories: Iterable[Story]) -> frozenset[int]:
    """The `id` of each workload that is for development, as another of the same name is there for
    production: a Compose service over sources that are being edited whose file has such a one
    beside it (`compose.prod.yaml`) with all of that service, and an image with a development server
    whose Dockerfile has one (`Dockerfile.prod`).
    """
    every = tuple(stories)
    deployed = {
        (plain, _service(story.workload))
        for story in every
        if (plain := _plain(story.workload.source.path)) and _is_whole(story.workload)
    }
    beside = [s for s in every if (s.workload.source.path, _service(s.workload)) in deployed]
    return frozenset(
        id(story.workload)
        for story in beside
        if (edits_sources(story.workload) if _service(story.workload) else serves_developers(story))
    )


def _plain(path: str) -> str:
    """The path of the file that a file for production stands beside; "" for any other file."""
    folder, slash, name = path.rpartition("/")
    plain = _FOR_PRODUCTION.sub("", name)
    return "" if plain == name else f"{folder}{slash}{plain}"


_FOR_PRODUCTION = lazy.compile(r"(?i)[._-]prod(?:uction)?(?=\.|$)")


def _is_whole(workload: Workload) -> bool:
    """Whether a file says by itself what is started: it is no part of another Compose file."""
    if workload.kind != "compose":
        return workload.kind == "dockerfile"
    entries = workload.place.entries if workload.place is not None else {}
    return "image" in entries or "build" in entries


def _is_tool(argv: Sequence[Word]) -> bool:
    words = [word.value or "" for word in argv]
    watching = any(word == "-w" or word.startswith("--watch") for word in words)
    return any(two in atlas.only_developers(base_name(one)) for one, two in pairwise(words)) or (
        watching and any(atlas.says(base_name(word), "builds_on_change") for word in words)
    )


def _service(workload: Workload) -> str:
    return workload.name if workload.kind == "compose" else ""


def lowered(finding: Finding, workloads: Iterable[Workload], *, eased: bool = False) -> Finding:
    """The finding, as advice where all that it is about is for development or ends by itself.

    eased: whether it is about a program for development.
    """
    if finding.severity is Severity.INFO:
        return finding
    path = finding.primary.span.place.source.path
    about = [w for w in workloads if not finding.workloads or w.name in finding.workloads]
    batch = is_delivery(finding)
    if not about or not all(eased or is_meant(w, path) or (batch and ends(w)) for w in about):
        return finding
    return replace(finding, severity=Severity.INFO)


def ends(workload: Workload) -> bool:
    """Whether a container is there for work that ends by itself, as its service or file says."""
    names = _service(workload), workload.source.path.rpartition("/")[2]
    words = {word for name in names for word in _parts(name)}
    return workload.finite or not _ERRANDS.isdisjoint(words) or _shows_its_help(workload)


_ERRANDS = frozenset(
    ("seed", "seeds", "seeder", "migrate", "migration", "migrations", "migrator", "fixtures")
)
_BATCH = _ERRANDS | {"backup", "backups", "dump", "restore"}
_LASTING = frozenset(
    (
        *("agent", "api", "consumer", "controller", "cron", "daemon", "exporter", "gateway"),
        *("listener", "loop", "manager", "monitor", "operator", "proxy", "run", "runner"),
        *("scheduler", "serve", "server", "service", "sidecar", "start", "watch", "watcher"),
        *("web", "worker"),
    )
)
"""What is in the names of programs that stay, whatever they are for."""

_HELPS = frozenset({"-h", "--help", "-help", "help", "--usage", "--version"})


def _shows_its_help(workload: Workload) -> bool:
    """Whether the image starts a tool so that it says how to use it: it is started with words of
    the user's, which take the place of CMD.
    """
    cmd = workload.launch.cmd
    command = cmd.value if isinstance(cmd, Known) else None
    words = [word.value for word in command.words] if command is not None else []
    entrypoint = workload.launch.entrypoint
    before = isinstance(entrypoint, Known) and entrypoint.value is not None
    return before and len(words) == 1 and words[0] in _HELPS


def is_errand(finding: Finding, story: Story) -> bool:
    """Whether it is about a launch that comes in the end to what is by its name, or that of its
    service or folder, a piece of work that ends, of whose source nothing is in sight; and nobody
    has it started again then. It is none that may start another program, as its words say.
    """
    apps = [p for p in story.tree.walk() if p.role == "app"] if story.tree is not None else []
    if len(apps) != 1 or not apps[0].assumed or _is_restarted(story.workload):
        return False
    called, *given = apps[0].argv
    if given and atlas.says(base_name(called.plain), "interpreter"):
        called, *given = given
    words = set(_parts(base_name(called.plain)))
    job = _is_job(story.workload)
    ends = (job or not words.isdisjoint(_BATCH)) and words.isdisjoint(_LASTING)
    stays = (_stays(w.value) if job else _may_be_started(w.value) for w in given)
    ends = ends and not any(stays)
    return ends and is_delivery(finding) and not _is_elsewhere(story, finding)


def _is_job(workload: Workload) -> bool:
    """Whether a service, or the folder of a Dockerfile, is called a job: `jenkins-job`."""
    folder = workload.source.path.rpartition("/")[0].rpartition("/")[2]
    words = _parts(_service(workload) or folder)
    return words[-1] == "job" and _LASTING.isdisjoint(words)


def _stays(word: str | None) -> bool:
    """Whether a word or an option that a job's program is given says that it stays: `--daemon`."""
    words = _parts(word) if word and word.startswith("-") else [word]
    return not (_LASTING | {"forever", "work"}).isdisjoint(words)


def _may_be_started(word: str | None) -> bool:
    """Whether a word that a program is given may name another one, stands in front of one, or has
    it stay: `daemon`.

    Options do not, with what is written in the same word, and neither do addresses.
    """
    if word is None or word == "--" or not _LASTING.isdisjoint(_parts(word)):
        return True
    if word.startswith("-") or "://" in word:
        return False
    return "/" in word or atlas.is_shell(word) or atlas.program((Word(word),)) is not None


def _is_restarted(workload: Workload) -> bool:
    """Whether it is started again when it has ended by itself, or may be: as its Compose service or
    its unit says, and always in a cluster, on ECS and on Fly.io. Of an image alone nothing says so.
    """
    return workload.restarted or workload.kind in {"kubernetes", "ecs", "fly"}


def _parts(name: str) -> list[str]:
    return re.split(r"[^a-z0-9]+", name.lower())


def as_advice(finding: Finding) -> Finding:
    """The finding where little depends on a stop: about delivery it is advice."""
    return replace(finding, severity=Severity.INFO) if is_delivery(finding) else finding


def is_delivery(finding: Finding) -> bool:
    """Whether it is about how a program is told to stop, and not about the time that it has."""
    return finding.rule.code.startswith(_DELIVERY)
