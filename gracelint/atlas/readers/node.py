"""Package runners of JavaScript: npm, npx, yarn, pnpm, which start what package.json names."""

from __future__ import annotations

from bisect import bisect_right
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from gracelint.atlas.argv import Parsed, grammar, parse
from gracelint.atlas.build import as_word, build
from gracelint.atlas.words import command_in, split
from gracelint.base import durations, lazy
from gracelint.base.facts import Word
from gracelint.base.paths import absolute
from gracelint.base.values import replace
from gracelint.model.entries import Service
from gracelint.syntax import json

if TYPE_CHECKING:
    import re
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from gracelint.atlas.call import Call
    from gracelint.base.source import Text
    from gracelint.model.entries import Wrapped

_SCRIPTS = frozenset({"start", "test", "stop", "restart"})
_RUN = frozenset({"run", "run-script", "rum", "urn"})
_ONE = ("-w", "--workspace", "-F", "--filter", "--filter-prod")
_ALL = ("--workspaces", "-ws", "-r", "--recursive", "--workspace-root")


def npm(call: Call) -> Wrapped | None:
    """`npm start`, `npm run NAME`, `npm exec COMMAND`."""
    first = call.parse()
    command = _literal(first)
    if first.problem or command is None:
        return _lost(call, first)
    rest = parse(first.rest[1:], grammar(call.entry))
    if command in {"exec", "x"}:
        return _command(call, replace(rest, options=(*first.options, *rest.options)))
    options = replace(rest, options=(*first.options, *rest.options))
    if command in _SCRIPTS:
        asked = replace(options, problem="")  # an option that nobody knows is npm's own, too
        return _script(call, asked, command, first.rest[1:], _handed_on)
    if command in _RUN:
        name = rest.rest[0].value if rest.rest else ""
        words = rest.rest[1:]
        return _script(call, options, name, words, _handed_on) if rest.rest else None
    return None


def _handed_on(words: tuple[Word, ...]) -> tuple[Word, ...]:
    """What npm gives the script of the words behind its name: options before `--` are its own."""
    end = next((i for i, word in enumerate(words) if word.value == "--"), len(words))
    given: list[Word] = []
    value = False
    for word in words[:end]:
        option = not word.many and (word.value or "").startswith("-")
        if not option and not value:
            given.append(word)
        value = option and word.value in _VALUED
    return (*given, *words[end:])


_VALUED = frozenset(
    (
        *("--prefix", "--workspace", "--loglevel", "--cache", "--userconfig", "--registry"),
        *("--script-shell", "--node-options", "--omit", "-C", "-w"),
    )
)


def _literal(parsed: Parsed) -> str | None:
    return parsed.rest[0].value if parsed.rest and not parsed.rest[0].many else None


def _lost(call: Call, parsed: Parsed, reason: str = "") -> Wrapped:
    problem = reason or parsed.problem or "no command follows"
    return build(call, replace(parsed, rest=(), problem=problem))


def _script(
    call: Call,
    parsed: Parsed,
    name: str | None,
    arguments: tuple[Word, ...],
    handed_on: Callable[[tuple[Word, ...]], tuple[Word, ...]] = tuple,
    **more: Any,
) -> Wrapped:
    """The script `name` of package.json, which a shell runs with the arguments behind it.

    npm takes its own options of those before `--` for itself.
    """
    if parsed.problem or name is None:
        return _lost(call, parsed, parsed.problem or "the script's name is not known")
    end = next((i for i, w in enumerate(arguments) if w.value == "--"), len(arguments))
    own = arguments[:end] if handed_on is _handed_on else ()
    folder = _folder(call, parsed, own)
    asked = _workspaces(parsed, own)
    if asked:
        member = _workspace(call, folder, asked[0]) if len(asked) == 1 else None
        if member is None:
            return _lost(call, parsed, "which workspace is meant cannot be told")
        folder = member
    path, text = _package(call, folder)
    if text is None:
        return _lost(call, parsed, f"`{path}` is not in sight")
    script = json.string(text, "scripts", name)
    if script is None and name == "start" and _text(call, absolute("server.js", folder)):
        script = Word("node server.js")
    if script is None:
        return _lost(call, parsed, f"`{path}` has no script `{name}`")
    more["shell_text"] = _with_arguments(script, handed_on(arguments))
    return build(call, parsed, folder=folder, **more)


def _folder(call: Call, parsed: Parsed, own: Sequence[Word] = ()) -> str:
    """The folder that a runner is told to work in. own: its options behind the script's name."""
    given = _given(own, "--prefix") or [parsed.value("--prefix", "-C", "--cwd", "--dir")]
    return absolute(given[-1] or ".", call.workdir)


def _given(words: Sequence[Word], *names: str) -> list[str | None]:
    """The values of options, as the next word or behind `=`."""
    values = [two.value for one, two in pairwise(words) if one.value in names]
    joined = ((word.value or "").partition("=") for word in words)
    return [*values, *(value for name, equals, value in joined if equals and name in names)]


def _workspaces(parsed: Parsed, own: Sequence[Word]) -> list[str | None]:
    """The workspaces that a script is run in, None for one that is not known or for all."""
    every = parsed.has(*_ALL) or any(word.value in _ALL for word in own)
    said = [value for name, value in parsed.options if name in _ONE]
    named = [value.value if isinstance(value, Word) else value for value in said]
    return [*dict.fromkeys([None] * every + [*named, *_given(own, *_ONE)])]


def _workspace(call: Call, root: str, asked: str | None) -> str | None:
    """The folder of a workspace, by its package's name or by its path; None where unclear.

    pnpm takes a name without its scope, too, where it is that of one package, and selectors that
    may mean several: `api...`, `!web`.
    """
    if asked is None or _SELECTS.search(asked):
        return None
    asked, scopeless = asked.strip("{}"), []
    for folder in _members(call, root):
        text = _text(call, absolute("package.json", folder))
        name = json.string(text, "name") if text is not None else None
        called = (name.value or "") if name is not None else ""
        if text is not None and (called == asked or absolute(asked, root) == folder):
            return folder
        if call.name == "pnpm" and called.rpartition("/")[2] == asked:
            scopeless.append(folder)
    return scopeless[0] if len(scopeless) == 1 else None


_SELECTS = lazy.compile(r"\.\.\.|[*!\[^]")


def _members(call: Call, root: str) -> Iterator[str]:
    """The folders that may be workspaces, as package.json or pnpm's own file in `root` says."""
    for pattern in _patterns(call, root):
        parent, _, last = pattern.rpartition("/")
        if "*" not in pattern:
            yield absolute(pattern, root)
        elif last in {"*", "**"} and "*" not in parent and call.view is not None:
            above = absolute(parent or ".", root)
            yield from (absolute(name, above) for name in call.view.names(above) or ())


def _patterns(call: Call, root: str) -> Iterator[str]:
    """What names the folders: `apps/*`."""
    if call.name == "pnpm":
        text = _text(call, absolute("pnpm-workspace.yaml", root))
        stated = _PACKAGES.search(text.text[:_MOST]) if text is not None else None
        yield from (item.rstrip("/") for item in _ITEM.findall(stated[1] if stated else ""))
        return
    _, text = _package(call, root)
    for path, start, end in json.strings(text) if text is not None else ():
        written = json.string_at(text, start, end) if path[:1] == ("workspaces",) and text else None
        if written is not None:
            yield written.text.text.rstrip("/")


_PACKAGES = lazy.compile(r"(?m)^packages:(.*(?:\n(?:[ \t]*(?:-.*|#.*)?)$)*)")
_ITEM = lazy.compile(r"(?m)(?:^[ \t]*-[ \t]+|[\[,][ \t]*)['\"]?([^\s'\",\[\]#!]+)")


def _package(call: Call, folder: str) -> tuple[str, Text | None]:
    """The path of a folder's package.json, and its text where it is in sight."""
    path = absolute("package.json", folder)
    return path, _text(call, path)


def _text(call: Call, path: str) -> Text | None:
    return call.view.text(path) if call.view else None


def _with_arguments(script: Word, arguments: tuple[Word, ...]) -> Word:
    given = arguments[1:] if arguments and arguments[0].value == "--" else arguments
    if not given:
        return script
    values = [w.value for w in given if w.value is not None and not w.many]
    if len(values) < len(given) or script.value is None:
        return Word(None, script.span, reason="some arguments of the script are not known")
    return Word(" ".join((script.value, *map(quoted, values))), script.span)


def quoted(text: str) -> str:
    """`text` as one word of a shell."""
    plain = text and all(c.isalnum() or c in "_-./:=@%+," for c in text)
    return text if plain else "'" + text.replace("'", "'\\''") + "'"


def npx(call: Call) -> Wrapped | None:
    """`npx COMMAND ARGUMENT…`, `npx -c TEXT`."""
    return _command(call, call.parse())


def _command(call: Call, parsed: Parsed) -> Wrapped:
    """`npx COMMAND ARGUMENT…`, `npx -c 'TEXT'`: a shell runs it."""
    text = parsed.last("-c", "--call")
    if text is not None:
        return build(call, parsed, shell_text=text if isinstance(text, Word) else as_word(text))
    values = [w.value for w in parsed.rest if w.value is not None and not w.many]
    if parsed.problem or not values or len(values) < len(parsed.rest):
        return _lost(call, parsed, parsed.problem or "the command is not known")
    name = values[0].rpartition("/")[2] if values[0][:1] != "." else values[0]
    name = name.partition("@")[0] or name
    words = " ".join((name, *map(quoted, values[1:])))
    return build(call, parsed, shell_text=Word(words, parsed.rest[0].span))


def yarn(call: Call) -> Wrapped | None:
    """Yarn 1 runs scripts in a shell and dies at once; Yarn 2 and later has a shell of its own."""
    first = call.parse()
    command = _literal(first)
    if first.problem or command is None:
        return _lost(call, first) if call.args else None
    if command == "workspace" and len(first.rest) > 2:
        return _of_workspace(call, first)
    if command in _RUN | {"exec", "node"}:
        words = first.rest[1:]
    elif command in call.entry["own_commands"]:
        return None
    else:
        words = first.rest
    version = _yarn_version(call, first)
    if version is None or not words:
        return _lost(call, first, "which yarn this is cannot be told")
    name, options = words[0].value, replace(first, rest=words)
    if version > 1:
        more = _DELEGATING if _delegates(call, first) else _BERRY
        return _berry(call, options, name, words[1:], more)
    if command in {"exec", "node"}:
        return _lost(call, first, f"what `yarn {command}` starts is not known")
    if _undeclared(call, options, name):
        return _command(call, options)
    return _script(call, options, name, words[1:])


def _of_workspace(call: Call, first: Parsed) -> Wrapped:
    """`yarn workspace PACKAGE [run] NAME`: yarn 1 starts another yarn in the package's folder."""
    words = first.rest[3:] if first.rest[2].value in _RUN else first.rest[2:]
    if _yarn_version(call, first) != 1 or not words:
        return _lost(call, first, "what `yarn workspace` starts is not known")
    selected = replace(first, options=(*first.options, ("--workspace", first.rest[1])))
    return _script(call, selected, words[0].value, words[1:])


def _undeclared(call: Call, parsed: Parsed, name: str | None) -> bool:
    """Whether package.json is in sight and has no script of this name."""
    _, text = _package(call, _folder(call, parsed))
    if text is None or not name or name == "start" or parsed.has(*_ONE, *_ALL):
        return False
    return json.string(text, "scripts", name) is None


def _yarn_version(call: Call, parsed: Parsed) -> int | None:
    """1, or 2 for every later one; None when package.json is not in sight."""
    folder = absolute(parsed.value("--cwd") or ".", call.workdir)
    view = call.view
    text = view.text(absolute("package.json", folder)) if view else None
    if view is None or text is None:
        return None
    named = json.string(text, "packageManager")
    if named is not None and (named.value or "").startswith("yarn@"):
        return 1 if (named.value or "").startswith("yarn@1") else 2
    later = view.text(absolute(".yarnrc.yml", folder)) or view.names(absolute(".yarn", folder))
    return 2 if later else 1


_BERRY = {
    "behaviour": "forward",
    "forwards": frozenset({"TERM"}),
    "source": "yarnpkg/berry packages/yarnpkg-shell/sources/pipe.ts: TERM goes to the children",
}


_DELEGATING = {
    "behaviour": "swallow",
    "source": "yarnpkg/berry packages/yarnpkg-cli/sources/lib.ts: yarnPath runs by execFileSync",
}


def _delegates(call: Call, parsed: Parsed) -> bool:
    """Whether the yarn that is called starts another, which .yarnrc.yml names."""
    folder = absolute(parsed.value("--cwd") or ".", call.workdir)
    settings = call.view.text(absolute(".yarnrc.yml", folder)) if call.view else None
    named = settings is not None and _YARN_PATH.search(settings.text[:_MOST]) is not None
    return named and call.env.get("YARN_IGNORE_PATH", "0") in {"", "0", "false"}


_YARN_PATH = lazy.compile(r"(?m)^yarnPath:[ \t]*\S")
_MOST = 200_000


def _berry(
    call: Call,
    parsed: Parsed,
    name: str | None,
    arguments: tuple[Word, ...],
    more: Mapping[str, Any],
) -> Wrapped:
    """Its own shell starts a simple command directly; more than that is not read."""
    wrapped = _script(call, parsed, name, arguments, **more)
    text = wrapped.shell_text
    if text is None or text.value is None or set(text.value) & set("|&;<>()$`\\\"'*?[]#~{}\n"):
        return replace(wrapped, shell_text=None, reason=wrapped.reason or "the script is not plain")
    source = text.text
    words = split(source) if source else tuple(Word(w, text.span) for w in text.value.split())
    return replace(wrapped, shell_text=None, inner=words or None)


def pnpm(call: Call) -> Wrapped | None:
    """`pnpm start`, `pnpm run NAME`, `pnpm NAME`."""
    first = call.parse()
    command = _literal(first)
    if first.problem or command is None:
        return _lost(call, first) if call.args else None
    selects = first.has(*_ONE, *_ALL)
    if command == "exec" and not selects:
        marked = len(first.rest) > 1 and first.rest[1].value == "--"
        parsed = replace(first, rest=first.rest[2 if marked else 1 :])
        return build(call, parsed, rewrite={"INT": "TERM"})
    if command in {"dlx", "exec"}:
        return _lost(call, first, f"what `pnpm {command}` does on signals is not known")
    if command in call.entry["own_commands"]:
        return None
    words = first.rest[1:] if command in _RUN else first.rest
    rest = parse(words, grammar(call.entry))
    options = replace(rest, options=(*first.options, *rest.options))
    if not rest.rest:
        return _lost(call, first)
    return _script(call, options, rest.rest[0].value, rest.rest[1:])


_SUFFIXES = (".js", ".mjs", ".cjs", ".ts", ".mts", ".tsx", ".jsx")


def bun(call: Call) -> Wrapped | None:
    """`bun run NAME` and `bun NAME` run a script of package.json; a file is bun's own to run."""
    first = call.parse()
    command = _literal(first)
    if first.has("-e", "--eval", "-p", "--print") or not (call.args or first.problem):
        return None
    if first.problem or command is None:
        return _lost(call, first)
    if command in call.entry["own_commands"]:
        return None
    rest = parse(first.rest[1:], grammar(call.entry)) if command == "run" else first
    name = _literal(rest)
    if name is not None and (name.endswith(_SUFFIXES) or name[:1] in {".", "/"}):
        return None
    options = replace(rest, options=(*first.options, *rest.options))
    return _berry(call, options, name, rest.rest[1:], {}) if rest.rest else _lost(call, rest)


def node_runner(call: Call) -> Wrapped | None:
    """`tsx FILE`, `tsx watch FILE`: node with a loader."""
    parsed = call.parse()
    if _literal(parsed) == "watch":
        parsed = parse(parsed.rest[1:], grammar(call.entry))
    if _literal(parsed) is None:
        return _lost(call, parsed)
    return build(call, replace(parsed, rest=(as_word("node", parsed.rest[0]), *parsed.rest)))


def nest(call: Call) -> Wrapped | None:
    """`nest start` builds the project, and has a shell run what comes of it."""
    first = call.parse()
    if _literal(first) != "start":
        return None
    parsed = parse(first.rest[1:], grammar(call.entry))
    settings = _text(call, absolute("nest-cli.json", call.workdir))
    compiled = _text(call, absolute("tsconfig.json", call.workdir))
    said = json.string(settings, "entryFile") if settings is not None else None
    folder = json.string(compiled, "compilerOptions", "outDir") if compiled is not None else None
    elsewhere = parsed.rest or parsed.has("-p", "--path", "-c", "--config", "-e", "--exec")
    if parsed.problem or elsewhere or settings is None:
        return _lost(call, parsed, parsed.problem or "what `nest start` runs is not plain")
    entry = parsed.value("--entryFile") or (said.value if said is not None else None) or "main"
    place = (folder.value if folder is not None else None) or "dist"
    text = f"node --enable-source-maps {quoted(absolute(entry, absolute(place, call.workdir)))}"
    return build(call, parsed, shell_text=Word(text, first.rest[0].span))


def cross_env_shell(call: Call) -> Wrapped:
    """A shell runs the words behind the variables, as one text."""
    parsed = call.parse()
    values = [word.value for word in parsed.rest if word.value is not None and not word.many]
    if parsed.problem or not values or len(values) < len(parsed.rest):
        return _lost(call, parsed, parsed.problem or "the command is not known")
    return build(call, parsed, shell_text=Word(" ".join(values), parsed.rest[0].span))


def concurrently(call: Call) -> Wrapped:
    """Each operand is a command for a shell; all of their processes are told, and waited for."""
    parsed = call.parse()
    commands = [command_in(word) for word in parsed.rest]
    services = tuple(Service("", words, "TERM", kill_after=None) for words in commands)
    problem = parsed.problem or ("" if services and all(commands) else "its commands are not plain")
    if problem or any((words[0].value or "").partition(":")[2] for words in commands):
        return _lost(call, parsed, problem or "scripts by a short name are not read")
    return build(call, replace(parsed, rest=()), services=services)


def run_all(call: Call) -> Wrapped:
    """`run-s NAME…`, `run-p NAME…`: npm runs the scripts, of which the last one stands for all."""
    parsed = call.parse()
    name = parsed.rest[-1].value if parsed.rest and not parsed.rest[-1].many else None
    if name is None or set(name) & set("*{}"):
        return _lost(call, parsed, parsed.problem or "which scripts it runs is not known")
    return _script(call, parsed, name, ())


def nodemon(call: Call) -> Wrapped | None:
    """`nodemon FILE` runs node, `nodemon --exec 'TEXT' FILE` a shell."""
    parsed = call.parse()
    text = parsed.last("-x", "--exec")
    if text is not None:
        word = text if isinstance(text, Word) else as_word(text)
        return build(call, parsed, shell_text=_with_arguments(word, parsed.rest))
    if _literal(parsed) is None:
        return _lost(call, parsed)
    rest = (as_word("node", parsed.rest[0]), *parsed.rest)
    return build(call, replace(parsed, rest=rest), behaviour="forward")


def pm2(call: Call) -> Wrapped | None:
    """`pm2-runtime [start] FILE [-- ARGUMENT…]`, or with a configuration file."""
    parsed = call.parse()
    words = parsed.rest[1:] if _literal(parsed) == "start" else parsed.rest
    file = words[0].value if words else None
    if file is not None and file.endswith(_PM2_CONFIGS) and not parsed.problem:
        return _ecosystem(call, parsed, file)
    plain = file is not None and file.endswith((".js", ".mjs", ".cjs"))
    if not plain or parsed.problem:
        return _lost(call, parsed, parsed.problem or "what it starts is not a script of node")
    behind = parse(words[1:], grammar(call.entry))
    rest = tuple(w for w in behind.rest if w.value != "--")
    limit = parsed.value("--kill-timeout", "-k") or behind.value("--kill-timeout", "-k")
    wait = durations.milliseconds(limit) if limit else call.entry["usual_wait"]
    service = Service(
        file or "", (as_word("node", words[0]), words[0], *rest), "INT", kill_after=wait
    )
    return build(call, replace(parsed, rest=()), services=(service,))


_PM2_CONFIGS = (".config.js", ".config.cjs", ".json", ".yml", ".yaml")
_APP = lazy.compile(r"(?<![\w-])[\"']?script[\"']?[ \t]*:[ \t]*[\"']?([^\s\"',}]+)")
_KILL = lazy.compile(r"(?<![\w-])[\"']?kill_timeout[\"']?[ \t]*:[ \t]*([0-9_]{1,15})(?![0-9_])")
_INTERPRETER = lazy.compile(r"(?<![\w-])[\"']?(?:interpreter|exec_interpreter)[\"']?[ \t]*:")


def _ecosystem(call: Call, parsed: Parsed, file: str) -> Wrapped:
    """The scripts of a configuration file, each with its `kill_timeout`."""
    path = absolute(file, call.workdir)
    text = call.view.text(path) if call.view else None
    if text is None or len(text.text) > _MOST:
        return _lost(call, parsed, f"`{path}` is not in sight")
    matches = _stated(_APP, text.text)
    if not matches or _stated(_INTERPRETER, text.text):
        return _lost(call, parsed, f"what `{path}` starts is not plain")
    limits = _stated(_KILL, text.text)
    starts = [0, *_items(text.text, [match.start() for match in matches], file)[1:]]
    services = []
    for match, start, end in zip(matches, starts, [*starts[1:], len(text.text)], strict=True):
        limit = next((limit for limit in limits if start <= limit.start() < end), None)
        wait = int(limit[1].replace("_", "")) / 1000 if limit else call.entry["usual_wait"]
        word = Word(match[1], text.span(match.start(1), match.end(1)))
        if not match[1].endswith((".js", ".mjs", ".cjs")):
            return _lost(call, parsed, f"what `{path}` starts is not a script of node")
        services.append(Service(match[1], (as_word("node", word), word), "INT", kill_after=wait))
    return build(call, replace(parsed, rest=()), services=tuple(services))


def _stated(pattern: re.Pattern[str], text: str) -> list[re.Match[str]]:
    """Where a pattern fits outside lines that are comments."""
    matches = pattern.finditer(text)
    return [m for m in matches if not _COMMENT.match(text, text.rfind("\n", 0, m.start()) + 1)]


_COMMENT = lazy.compile(r"[ \t]*(?://|/?\*|#)")
_ENTRY = lazy.compile(r"(?m)^[ \t]*-[ \t]")


def _items(text: str, places: list[int], file: str) -> list[int]:
    """Where the objects of JavaScript, or the entries of YAML, begin that these places are in."""
    if file.endswith((".yml", ".yaml")):
        entries = [0, *(match.start() for match in _ENTRY.finditer(text))]
        return [entries[bisect_right(entries, place) - 1] for place in places]
    opened, starts, read = [0], [], 0
    for place in places:
        for at, character in enumerate(text[read:place], read):
            if character == "{":
                opened.append(at)
            elif character == "}" and len(opened) > 1:
                opened.pop()
        read = place
        starts.append(opened[-1])
    return starts
