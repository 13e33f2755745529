"""Wrappers of servers and frameworks whose arguments need more than a grammar."""

from __future__ import annotations

from fnmatch import fnmatchcase
from itertools import pairwise

from gracelint.atlas.argv import Parsed, base_name, grammar, parse
from gracelint.atlas.build import as_word, build
from gracelint.atlas.shells import is_shell
from gracelint.atlas.table import table
from gracelint.atlas.words import command_in
from gracelint.base import lazy
from gracelint.base.paths import absolute
from gracelint.base.typed import TYPE_CHECKING, Any
from gracelint.base.values import replace
from gracelint.model.entries import Service

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gracelint.atlas.call import Call
    from gracelint.base.facts import Word
    from gracelint.model.entries import BaseImage, Wrapped


def apachectl(call: Call) -> Wrapped | None:
    """In the foreground the script waits for the server; `start` leaves a daemon behind."""
    words = [w.value for w in call.args]
    values = [w for w in words if w is not None]
    foreground = "FOREGROUND" in values or any(w.startswith("-DFOREGROUND") for w in values)
    if not foreground:
        return None
    system = call.image.os if call.image else ""
    if system.partition("-")[0] not in {"debian", "ubuntu", ""}:
        problem = "what this image's apachectl does is not known"
        return build(call, Parsed(problem=problem))
    return build(call, Parsed(rest=(as_word("apache2"), *call.args)))


def mysqld_safe(call: Call) -> Wrapped:
    """The server with the same options."""
    server = "mariadbd" if call.name.startswith("mariadbd") else "mysqld"
    return build(call, Parsed(rest=(as_word(server), *call.args)))


def wildfly(call: Call) -> Wrapped:
    """The server, which WildFly's scripts start in the background if a variable asks for it."""
    server = Parsed(rest=(as_word("java"), *call.args))
    if call.env.get("LAUNCH_JBOSS_IN_BACKGROUND"):
        return build(call, server, behaviour="forward", note="")
    if call.image is None:
        reason = "whether the image sets `LAUNCH_JBOSS_IN_BACKGROUND` is not known"
        return build(call, Parsed(problem=reason))
    return build(call, server)


def scl(call: Call) -> Wrapped:
    """The server of an image of the Software Collections."""
    return build(call, Parsed(rest=(*map(as_word, call.entry["servers"][call.name]), *call.args)))


def capsh(call: Call) -> Wrapped | None:
    """`capsh OPTION… -- ARGUMENT…` becomes a bash with the arguments."""
    at = next((i for i, word in enumerate(call.args) if word.value in {"--", "=="}), None)
    if at is None:
        return None
    bash = as_word("/bin/bash", call.args[at])
    return build(call, Parsed(rest=(bash, *call.args[at + 1 :])))


def dotenv(call: Call) -> Wrapped | None:
    """npm's `dotenv OPTION… [--] COMMAND`, PyPI's `dotenv OPTION… run [--] COMMAND`."""
    parsed = call.parse()
    first = parsed.rest[0].value if parsed.rest else None
    if first in call.entry["own_commands"]:
        return None
    if first != "run":
        return build(call, parsed)
    rest = parse(parsed.rest[1:], grammar(call.entry))
    return build(call, replace(rest, options=(*parsed.options, *rest.options)))


def behind_dashes(call: Call) -> Wrapped | None:
    """`doppler run OPTION… -- COMMAND`; without `--`, where the command begins is not known."""
    lead = call.args[0].value if call.args and not call.args[0].many else None
    if lead is not None and lead not in call.entry["lead"] and not lead.startswith("-"):
        return None
    at = next((i for i, word in enumerate(call.args) if word.value == "--"), None)
    if at is None:
        return build(call, Parsed(problem="its command does not stand behind `--`"))
    return build(call, Parsed(rest=call.args[at + 1 :]))


def sops(call: Call) -> Wrapped | None:
    """`sops exec-env FILE 'TEXT'`: a shell runs the text."""
    parsed = call.parse()
    if not parsed.starts:
        return None
    if parsed.problem or len(parsed.rest) != 1 or parsed.rest[0].many:
        return build(
            call, replace(parsed, rest=(), problem=parsed.problem or "its text is not plain")
        )
    return build(call, parsed, shell_text=parsed.rest[0], shell="/bin/sh")  # noqa: S604


def go_init(call: Call) -> Wrapped:
    """`go-init -main 'COMMAND'`, without a shell."""
    parsed = call.parse()
    main = parsed.last("-main")
    word = as_word(main) if isinstance(main, str) else main
    inner = command_in(word) if word is not None else ()
    problem = parsed.problem or ("" if inner else "its command is not plain")
    return build(call, replace(parsed, rest=inner, problem=problem))


def go(call: Call) -> Wrapped | None:
    """`go run FILE.go…`, `go run PACKAGE`: what is built is called after it."""
    parsed = call.parse()
    if not parsed.starts or parsed.problem or not parsed.rest:
        return build(call, parsed) if parsed.starts else None
    files = [word for word in parsed.rest if (word.value or "").endswith(".go")]
    path = (parsed.rest[0].value or "").removesuffix(".go").rstrip("/.")
    name = as_word(base_name(path) or base_name(call.workdir) or "main", parsed.rest[0])
    return build(call, replace(parsed, rest=(name, *parsed.rest[max(1, len(files)) :])))


def busybox(call: Call) -> Call | None:
    """`busybox APPLET …` is the applet."""
    name = call.args[0].value if call.args and not call.args[0].many else None
    entry = table("wrappers").find(base_name(name)) if name else None
    if name is None or entry is None or not entry.get("applet"):
        return None
    return replace(call, name=base_name(name), entry=entry, args=call.args[1:])


def opentelemetry(call: Call) -> Wrapped:
    """Every `--option` takes a value, as the next word or behind `=`."""
    args = call.args
    while args and (args[0].value or "").startswith("-"):
        flag = args[0].value in {"-h", "--help", "--version"} or "=" in (args[0].value or "")
        args = args[1:] if flag else args[2:]
    return build(call, Parsed(rest=args))


_MATCHES = (
    "-x", "--exec", "-p", "--pidfile", "-u", "--user", "-n", "--name", "--pid", "--ppid",
)  # fmt: skip


def start_stop_daemon(call: Call) -> Wrapped | None:
    """`start-stop-daemon --start --exec FILE -- ARGUMENT…` becomes the program."""
    parsed = call.parse()
    file = parsed.last("-a", "--startas") or parsed.last("-x", "--exec")
    if not parsed.problem and not parsed.has("-S", "--start"):
        return None
    if parsed.problem or file is None or not parsed.has(*_MATCHES):
        missing = "the program is not given" if file is None else "it is not told how to find it"
        problem = parsed.problem or missing
        return build(call, replace(parsed, rest=(), problem=problem))
    word: Word = as_word(file) if isinstance(file, str) else file
    behaviour = "detach" if parsed.has("-b", "--background") else "exec"
    user = parsed.value("-c", "--chuid")
    return build(call, replace(parsed, rest=(word, *parsed.rest)), behaviour=behaviour, user=user)


def entrypoint(call: Call) -> Wrapped | None:
    """The script of a known image, where the image below is known to have it."""
    image = call.image
    located = None if image is None else _script_at(call.name, image)
    if image is None or located is None:
        program = call.args[0].value if call.args else None
        if call.name in _ALIKE and program and not program.startswith("-"):
            return build(call, Parsed(rest=call.args), behaviour="exec")
        return None
    script, given = located
    rest = call.args
    if script in image.starts and given == [None if w.many else w.value for w in rest]:
        words = image.starts[script]
        rest = tuple(as_word(word, rest[0] if rest else None) for word in words)
    elif not image.entrypoint_execs:
        problem = f"what `{call.name}` starts with these arguments is not known"
        return build(call, Parsed(problem=problem))
    elif image.entrypoint_default and _prepends(rest, image.entrypoint_words):
        first = rest[0] if rest else None
        rest = (*(as_word(w, first) for w in image.entrypoint_default.split()), *rest)
    if rest and base_name(rest[0].value or "") == call.name:  # no script, but what runs one
        return None
    entry = {**call.entry, "source": image.source}
    behaviour = image.entrypoint_behaviour or "exec"
    return build(replace(call, entry=entry), Parsed(rest=rest), behaviour=behaviour)


_ALIKE = frozenset({"docker-php-entrypoint"})
"""Scripts that do the same in every image that has them: they end with `exec "$@"`."""


def _script_at(name: str, image: BaseImage) -> tuple[str, list[str]] | None:
    """The word of the image's launch that names a script, and the image's own arguments for it."""
    words = [*(image.entrypoint or ()), *(image.cmd or ())]
    execs = _own_script(image) if image.entrypoint_execs else None
    for at, word in enumerate(words):
        if base_name(word) == name and (word in image.starts or word == execs):
            return word, words[at + 1 :]
    other = next((script for script in image.starts if base_name(script) == name), None)
    return None if other is None else (other, [])


def _own_script(image: BaseImage) -> str | None:
    """The word of the entrypoint that is its script: the first behind inits and shells.

    Words behind the script are its arguments: `["/entrypoint.sh", "/bin/server"]`.
    """
    for word in image.entrypoint or ():
        name = base_name(word)
        if word[:1] != "-" and not is_shell(name) and not table("inits").find(name):
            return word
    return None


def unread(call: Call) -> Wrapped | None:
    """A program that starts another and of which nobody has said what it does on signals."""
    parsed = call.parse()
    if not parsed.starts:
        return None
    return build(call, Parsed(problem=f"what `{call.name}` does on signals is not known"))


def entr(call: Call) -> Wrapped | None:
    """`entr -r COMMAND` tells the command's group; without -r it only waits for it."""
    parsed = call.parse()
    if not parsed.starts:
        return None
    more: dict[str, Any] = {} if parsed.has("-r") else {"rewrite": {"TERM": "", "INT": ""}}
    if parsed.has("-s") and parsed.rest:
        more |= {"shell_text": parsed.rest[0], "shell": "/bin/sh"}
    return build(call, parsed, **more)


_QUICK = 0.35


def parallel(call: Call) -> Wrapped | None:
    """`parallel [COMMAND] ::: ARGUMENT…`: what each job starts is told, and soon killed."""
    parsed = call.parse()
    if not parsed.starts:
        return None
    words = [word.value for word in parsed.rest]
    at = words.index(":::") if words.count(":::") == 1 else -1
    jobs = [_job(parsed.rest[:at], word) for word in parsed.rest[at + 1 :]] if at >= 0 else []
    services = tuple(Service("", job, "TERM", kill_after=_QUICK) for job in jobs)
    problem = "" if jobs and all(jobs) else "what its jobs start is not plain"
    if parsed.problem or problem:
        return build(call, Parsed(problem=parsed.problem or problem))
    return build(call, replace(parsed, rest=()), services=services)


def _job(command: tuple[Word, ...], argument: Word) -> tuple[Word, ...]:
    """The words of one job; none where they are not plain."""
    if not command:
        return command_in(argument)
    if any(word.value is None or "{" in word.value for word in (*command, argument)):
        return ()
    return (*command, argument)


def uv(call: Call) -> Wrapped | None:
    """`uv run FILE.py` runs python, `uv run COMMAND` the command."""
    parsed = call.parse()
    if not parsed.starts:
        return None
    first = parsed.rest[0].value if parsed.rest and not parsed.rest[0].many else None
    if first is not None and first.endswith(".py"):
        parsed = replace(parsed, rest=(as_word("python", parsed.rest[0]), *parsed.rest))
    return build(call, parsed)


def find(call: Call) -> Wrapped | None:
    """`find FOLDER… -exec COMMAND ;`: a command for each file, of which it passes on nothing.

    None where it starts nothing, or nothing but the files that it finds.
    """
    at = next((i for i, word in enumerate(call.args) if word.value in _FIND_STARTS), None)
    if at is None:
        return None
    rest = call.args[at + 1 :]
    end = next((i for i, word in enumerate(rest) if word.value in {";", "+"}), len(rest))
    words = rest[:end]
    name = _one_found(call.args[:at])
    if words and words[0].value == "{}" and name is not None:
        words = (as_word(name, words[0]), *words[1:])
    if not words or "{}" in (words[0].value or ""):
        return None
    return build(call, Parsed(rest=words))


_FIND_STARTS = frozenset({"-exec", "-execdir", "-ok", "-okdir"})


def _one_found(asked: tuple[Word, ...]) -> str | None:
    """The one file that a search by name can find; None where that is not sure."""
    values = [word.value or "" for word in asked]
    folders = [value for value in values[:1] if value and value[0] not in "-(!"]
    named = next((b for a, b in pairwise(values) if a == "-name"), "")
    if not folders or not named or set(named) & set("*?["):
        return None
    return f"{folders[0].rstrip('/')}/{named}"


def awk(call: Call) -> Wrapped | None:
    """A program of awk that calls `system`: a shell runs the text, and awk waits."""
    parsed = call.parse()
    file = parsed.value("-f", "--file")
    if file is not None:
        source = call.view.text(absolute(file, call.workdir)) if call.view else None
        program = as_word(source.text if source else None)
    else:
        program = parsed.rest[0] if parsed.rest else as_word("")
    called = _SYSTEM.search(program.value or "")
    if called is None:
        return None
    variables = dict(_AWK_SET.findall(program.value or ""))
    text = _awk_text(called["given"], variables)
    if text is None:
        return build(call, Parsed(problem="it is put together by the program"))
    return build(call, Parsed(), shell_text=as_word(text, program), shell="/bin/sh")  # noqa: S604


_SYSTEM = lazy.compile(r"\bsystem\s*\((?P<given>(?:\"(?:[^\"\\]|\\.)*\"|[^()\"])*)\)")
_AWK_SET = lazy.compile(r"\b(\w+)\s*=\s*\"([^\"\\]*)\"")
_AWK_PART = lazy.compile(r"\"((?:[^\"\\]|\\.)*)\"|(\w+)|(\s+)|(.)")


def _awk_text(given: str, variables: Mapping[str, str]) -> str | None:
    """Texts put together; what is not known is left out, unless the command begins with it."""
    text, missing = "", False
    for match in _AWK_PART.finditer(given):
        if match[1] is not None:
            text += match[1].replace('\\"', '"')
        elif match[2] is not None:
            missing |= match[2] not in variables and " " not in text.lstrip(" ")
            text += variables.get(match[2], "")
        elif match[4] is not None:
            missing = True
    return None if missing else text


def _prepends(rest: tuple[Word, ...], patterns: tuple[str, ...]) -> bool:
    """Whether an entrypoint script puts its own program before these arguments."""
    if not rest:
        return True
    first = None if rest[0].many else rest[0].value
    if first is None:
        return False
    return first.startswith("-") or any(fnmatchcase(first, pattern) for pattern in patterns)
