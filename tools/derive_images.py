"""Derive what the atlas says of public images from the Dockerfiles that they are built from.

    python tools/derive_images.py OWNER/NAME=FOLDER …

A folder is a checkout of a project that builds images; `tools/images.toml` says which Dockerfiles
in which projects build which images. Each is read as gracelint reads every Dockerfile, its
entrypoint script is followed through all ways that it may take, and what they agree on becomes the
entry in `gracelint/atlas/data/images`, with the project's address and commit as evidence. An image
whose script leaves it open gets no entry.

An image in `images.toml` has a `key`, the entry's file, its `names`, the `repository`, and where
they are not the usual ones `dockerfile`, `context`, `target` and `args`; the `commit` of a build of
the past; `brings`, files that the build downloads; `below`, for a FROM whose image the atlas does
not know, one that starts the same and has the same shell; `also`, further scripts of the image that
others start it with; and what no Dockerfile says.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tarfile
import tempfile
import tomllib
from itertools import takewhile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gracelint.atlas import Atlas, program, wrappers
from gracelint.base.facts import Known, Word
from gracelint.base.source import Source
from gracelint.base.values import replace
from gracelint.declare.image.base import replaced
from gracelint.declare.image.dockerfile import workload
from gracelint.declare.image.files import Layers, Put
from gracelint.files.tree import Files
from gracelint.model.snapshot import Outcome
from gracelint.model.workload import Command, ImageFile, Workload
from gracelint.simulate.explore import explore, explore_set
from gracelint.simulate.stop import GAVE_UP
from gracelint.syntax.dockerfile.parse import parse

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from gracelint.model.entries import BaseImage
    from gracelint.model.snapshot import Seen, Snapshot
    from gracelint.simulate.explore import End

HERE = Path(__file__).parent
DATA = HERE.parent / "gracelint/atlas/data/images"
MARK = Source("<mark>", "mark")
PROGRAM = "/opt/the-command-that-is-given"
OPTION = "--the-option-that-is-given"
LIKE_A_SCRIPT = re.compile(r"entrypoint|start|run\b|boot|launch")
INTERPRETERS = frozenset({"node", "python", "python3", "ruby", "php", "perl", "bash", "sh"})
PACKAGE_MANAGERS = frozenset({"npm", "yarn", "pnpm", "bun", "composer", "bundle", "poetry", "uv"})
S6_SERVICE = re.compile(r"/etc/(services\.d|s6-overlay/s6-rc\.d)/[^/]+/run")
ENOUGH = 12
"""Where a script has more ways than are followed, so many have to agree."""

KEPT = ("names", "patterns", "program", "keeps-data", "helper", "serves-on", "os", "shell", "init")
"""What a line of images.toml may say of an entry itself, because no Dockerfile says it."""


class Open(Exception):  # noqa: N818
    """What a Dockerfile and its scripts leave open."""


def main(arguments: Sequence[str]) -> int:
    """Derive the entries of all projects that are given."""
    if not arguments or not all("=" in argument for argument in arguments):
        sys.stderr.write(f"{__doc__}\n")
        return 2
    folders = dict(argument.split("=", 1) for argument in arguments)
    listed = tomllib.loads((HERE / "images.toml").read_text())["image"]
    failed = 0
    for said in listed:
        folder = folders.get(said["repository"])
        if folder is None:
            continue
        try:
            entry = derive(said, Path(folder), Atlas())
        except Open as reason:
            failed += 1
            print(f"{said['key']}: {reason}", file=sys.stderr)
        else:
            (DATA / f"{said['key']}.toml").write_text(entry)
    return 1 if failed else 0


def derive(said: Mapping[str, Any], folder: Path, atlas: Atlas) -> str:
    """The text of an entry."""
    commit = _git(folder, "rev-parse", f"{said.get('commit', 'HEAD')}^{{commit}}")
    date = _git(folder, "log", "-1", "--format=%cs", commit)
    if "commit" in said:
        with tempfile.TemporaryDirectory(prefix="derive-") as room:
            _take_out(folder, commit, room)
            return _derived(said, Path(room), atlas, (commit, date))
    return _derived(said, folder, atlas, (commit, date))


def _derived(said: Mapping[str, Any], folder: Path, atlas: Atlas, when: tuple[str, str]) -> str:
    commit, date = when
    files = Files(folder)
    path = said.get("dockerfile", "Dockerfile")
    source = files.read(path)
    if source is None:
        raise Open(f"{path} is not there")
    given = said.get("args", {})
    context = said.get("context")
    below = said.get("below", {})

    def images(reference: str) -> BaseImage | None:
        return atlas.base(below.get(reference, reference))

    made = workload(parse(source), files, said.get("target"), given, context, images=images)
    if not isinstance(made, Workload):
        raise Open(made.reason)
    for brought in said.get("brings", ()):
        assert isinstance(made.files, Layers)
        made.files.add(Put(ImageFile(brought, None, executable=True)))
    facts: dict[str, Any] = {key: said[key] for key in KEPT if key in said}
    known = images(made.base.reference or "")
    facts = {**facts, **_system(made, known, facts), **_words(made), **_launch(made, atlas, known)}
    facts |= _supervised(made, known, facts.get("init"))
    for script in said.get("also", ()):
        facts.setdefault("starts", {})[script] = _alone(made, atlas, script)
    address = f"https://github.com/{said['repository']}/blob/{commit}/{path}"
    evidence = {"kind": "source", "address": address, "version": date}
    lines = [f"{key} = {_toml(value)}" for key, value in facts.items() if key != "starts"]
    starts = facts.get("starts", {}).items()
    lines += ["", "[starts]"] if starts else []
    lines += [f"{_toml(script)} = {_toml(words)}" for script, words in starts]
    lines += ["", "[[evidence]]", *(f"{key} = {_toml(value)}" for key, value in evidence.items())]
    return "\n".join(lines) + "\n"


def _take_out(folder: Path, commit: str, room: str) -> None:
    """Put the project's files as they were at a commit into another folder."""
    packed = Path(room) / ".tar"
    _git(folder, "archive", "--output", str(packed), commit)
    with tarfile.open(packed) as tar:
        tar.extractall(room, filter="data")
    packed.unlink()


def _git(folder: Path, *words: str) -> str:
    done = subprocess.run(
        ["git", "-C", str(folder), *words], check=True, capture_output=True, text=True
    )
    return done.stdout.strip()


def _toml(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)


def _system(made: Workload, below: BaseImage | None, given: Mapping[str, Any]) -> dict[str, Any]:
    """What lies below, unless it is given."""
    if "os" in given:
        return {}
    shell = made.base.shell
    if made.base.reference == "scratch":
        return {"os": "none"}
    system = (below.os if below is not None else "") or "unknown"
    found: dict[str, Any] = {"os": "alpine" if system.startswith("alpine") else system}
    if found["os"] == "unknown" and isinstance(shell, Known):
        found["shell"] = shell.value
    return found


def _supervised(made: Workload, below: BaseImage | None, init: str | None) -> dict[str, Any]:
    """Whether s6-overlay is its init, and whether it has services of its own for it."""
    first = next(iter(_command(made.launch.entrypoint, "ENTRYPOINT")), "")
    init = init or (below.init if below is not None else None)
    if first != "/init" or init != "s6-overlay":
        return {}
    own = any(S6_SERVICE.fullmatch(file.path) for file in made.files)
    return {"init": init, "services": own or (below is not None and below.services)}


def _words(made: Workload) -> dict[str, Any]:
    """What the configuration of the image says."""
    found: dict[str, Any] = {
        "entrypoint": _command(made.launch.entrypoint, "ENTRYPOINT"),
        "cmd": _command(made.launch.cmd, "CMD"),
    }
    if not found["entrypoint"] and not found["cmd"]:
        raise Open("it starts nothing")
    signal, workdir, user = made.stop_signal, made.workdir, made.user
    if isinstance(signal, Known) and not signal.assumed and signal.value != "SIGTERM":
        found["stop-signal"] = signal.value
    if isinstance(workdir, Known) and workdir.value != "/":
        found["workdir"] = workdir.value
    if isinstance(user, Known) and user.value:
        found["user"] = user.value
    return found


def _command(fact: Any, keyword: str) -> list[str]:
    if not isinstance(fact, Known):
        raise Open(f"its {keyword}: {fact.reason}")
    command: Command | None = fact.value
    words = [] if command is None else [word.value for word in command.argv]
    if None in words:
        raise Open(f"its {keyword} has words that are not known")
    return [word for word in words if word is not None]


def _launch(made: Workload, atlas: Atlas, below: BaseImage | None) -> dict[str, Any]:
    """What its scripts come to: by default, with a command, and with an option."""
    entrypoint = _command(made.launch.entrypoint, "ENTRYPOINT")
    cmd = _command(made.launch.cmd, "CMD")
    if below is not None and below.entrypoint and list(below.entrypoint) == entrypoint:
        return _inherited(below) | _own_command(made, atlas, cmd, below)
    script = _script(made, [*entrypoint, *cmd])
    if script is None:
        return {}
    default, behaviour = _becomes(made, atlas)
    found: dict[str, Any] = {} if behaviour == "exec" else {"entrypoint-behaviour": behaviour}
    if script not in entrypoint:
        return {**found, "starts": {script: default}}
    found |= _with_arguments(made, atlas, entrypoint[entrypoint.index(script) + 1 :])
    own = [*entrypoint, *cmd]
    rest = own[own.index(script) + 1 :]
    plain = [*found.get("entrypoint-default", "").split(), *rest]
    if "entrypoint-execs" not in found or default not in (rest, plain):
        found["starts"] = {script: default}
    return found


def _inherited(below: BaseImage) -> dict[str, Any]:
    """What is known of the script of the image below, which is kept."""
    found = {
        "entrypoint-execs": below.entrypoint_execs,
        "entrypoint-default": below.entrypoint_default,
        "entrypoint-words": list(below.entrypoint_words),
        "entrypoint-behaviour": below.entrypoint_behaviour,
        "starts": dict(below.starts),
        "program": below.program,
    }
    return {key: value for key, value in found.items() if value}


def _own_command(
    made: Workload, atlas: Atlas, cmd: Sequence[str], below: BaseImage
) -> dict[str, Any]:
    """What a script comes to that the script of the image below starts."""
    script = _script(made, cmd)
    if script is None:
        return {}
    words, behaviour = _becomes(made, atlas)
    if behaviour != "exec":
        raise Open(f"{script} stays in front of what it starts, behind another script")
    return {"starts": {**below.starts, script: words}}


def _with_arguments(made: Workload, atlas: Atlas, fixed: Sequence[str]) -> dict[str, Any]:
    """What its entrypoint makes of a command, and of an option; fixed: its own arguments."""
    command = _tried(made, atlas, [PROGRAM, "x"])
    option = _tried(made, atlas, [OPTION])
    if fixed and command == [*fixed, PROGRAM, "x"] and option == [*fixed, OPTION]:
        return {"entrypoint-execs": True}
    if command == [PROGRAM, "x"]:
        found: dict[str, Any] = {"entrypoint-execs": True}
        if option and option[-1] == OPTION and len(option) > 1:
            found["entrypoint-default"] = " ".join(option[:-1])
        return found
    if command and command[-2:] == [PROGRAM, "x"] and option and option[:-1] == command[:-2]:
        before = " ".join(command[:-2])
        return {
            "entrypoint-execs": True, "entrypoint-default": before, "entrypoint-words": ["*"]
        }  # fmt: skip
    return {}


def _script(made: Workload, words: Sequence[str]) -> str | None:
    """The first word that is a script in sight; Open where one that is started is not."""
    path = made.env.get("PATH")
    folders = (path.value if path is not None else None) or "/usr/local/bin:/usr/bin:/bin"
    workdir = made.workdir.value if isinstance(made.workdir, Known) else "/"
    for word in words:
        found = made.files.find(word, folders, workdir)
        if found is None and word not in words[:1]:  # `bash start.sh`
            found = made.files.find(f"./{word}", folders, workdir)
        if found is not None and found.text is not None and found.text.text.startswith("#!"):
            return word
    for at, word in enumerate(words[:1] if atlas_knows(words) else words[:4]):
        name = word.rpartition("/")[2]
        if at and name == word and "." not in word and not _starts_others(words[0]):
            continue  # `server run`: a word of its own
        if name.endswith(".sh") or LIKE_A_SCRIPT.search(name):
            raise Open(f"its script {word} is not in sight")
    return None


def _starts_others(first: str) -> bool:
    """Whether a program starts what its arguments name: a wrapper, a shell, a package manager."""
    name = first.rpartition("/")[2]
    return name in INTERPRETERS | PACKAGE_MANAGERS or wrappers.find(name) is not None


def atlas_knows(words: Sequence[str]) -> bool:
    """Whether the command is a known program, whose arguments are no scripts of its own."""
    return program([Word(word) for word in words]) is not None


def _tried(made: Workload, atlas: Atlas, words: Sequence[str]) -> list[str] | None:
    """What a launch with these arguments comes to; None where it is open."""
    span = MARK.span(0, 4)
    command = Command("CMD", "args", span, span, tuple(Word(word, span) for word in words))
    launch = replaced(made.launch, None, Known(command, (span,)))
    try:
        return _becomes(replace(made, launch=launch), atlas)[0]
    except Open:
        return None


def _alone(made: Workload, atlas: Atlas, script: str) -> list[str]:
    """What another script of the image comes to, started in the place of its entrypoint."""
    span = MARK.span(0, 4)
    command = Command("ENTRYPOINT", "exec", span, span, (Word(script, span),))
    launch = replaced(made.launch, Known(command, (span,)), None)
    words, behaviour = _becomes(replace(made, launch=launch), atlas)
    if behaviour != "exec":
        raise Open(f"{script} does not replace itself")
    return words


def _becomes(made: Workload, atlas: Atlas) -> tuple[list[str], str]:
    """The words that the script comes to on every way, and what it does with a stop signal.

    Where ways differ in options alone, those that they share. Open where they differ otherwise.
    """
    shell = made.base.shell
    if not isinstance(shell, Known):
        raise Open(f"its shell: {shell.reason}")
    explored = explore(made, atlas, shell.value, "TERM")
    ends = list(_ends(explored.ends))
    if explored.unset:  # a variable that is set, or a file that is mounted, may lead elsewhere
        ends += _ends(explore_set(made, atlas, shell.value, "TERM", explored).ends)
    if not ends:
        raise Open("its script ends")
    if not explored.complete and len(ends) < ENOUGH:
        raise Open("its script takes more ways than can be followed")
    if len({behaviour for _, behaviour in ends}) != 1:
        raise Open("its script replaces itself on some ways alone")
    words = _shared([list(words) for words, _ in ends])
    return words, ends[0][1]


def _shared(ways: list[list[str]]) -> list[str]:
    """The words that all ways begin with."""
    shared: list[str] = []
    for column in zip(*ways, strict=False):
        if len(set(column)) > 1:
            break
        shared.append(column[0])
    short = len(shared) < max(map(len, ways))
    if not shared or (short and len(shared) < 2 and shared[0].rpartition("/")[2] in INTERPRETERS):
        raise Open(f"its script comes to different commands: {sorted(ways)[:3]}")
    return shared


def _ends(ends: Sequence[End]) -> Iterator[tuple[list[str], str]]:
    for end in ends:
        if end.snapshot is None:
            if end.missing or end.reason == GAVE_UP:
                continue  # the container ends with an error: nothing is there to be stopped
            raise Open(f"its script: {end.reason}")
        if end.snapshot.outcome is not Outcome.EXITS:
            yield _last(end.snapshot)


def _last(snapshot: Snapshot) -> tuple[list[str], str]:
    """The application's words and what stands in front of it besides inits."""
    at: Seen = snapshot.processes[0]
    behaviour = "exec"
    while at.role in {"init", "shell", "script"}:
        below = [seen for seen in snapshot.processes if seen.parent == at.pid]
        if len(below) != 1:
            raise Open(f"`{at.argv[0].value}` has {len(below)} children")
        if at.role != "init":
            behaviour = _passed_on(snapshot, at, below[0])
        at = below[0]
    words = [word.value for word in at.argv]
    known = [word or "" for word in takewhile(lambda word: word is not None, words)]
    if not known or (None in words and known[0].rpartition("/")[2] in INTERPRETERS):
        raise Open("it comes to words that are not known")
    return known, behaviour


def _passed_on(snapshot: Snapshot, shell: Seen, child: Seen) -> str:
    """What a shell that stays does with the stop signal for what it has started."""
    if "TERM" in child.sent and child.fate in {"exit", "signal"}:
        return "forward"
    if snapshot.outcome is Outcome.KILLED and not child.sent:
        return "swallow"
    if shell is not snapshot.processes[0] and shell.fate == "signal" and not child.sent:
        return "die"
    raise Open("a shell stays in front of what it starts and ends before it")


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
