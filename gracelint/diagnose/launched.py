"""What a launch comes to by its words alone: through wrappers, scripts of the project and texts."""

from __future__ import annotations

from gracelint.atlas import Atlas, system_inits
from gracelint.atlas.running.reloaders import reloader
from gracelint.base.facts import Atlas as Evidence
from gracelint.base.facts import Known, Unknown, Word
from gracelint.base.paths import DEFAULT_PATH
from gracelint.base.typed import TYPE_CHECKING
from gracelint.syntax.shell import tree
from gracelint.syntax.shell.invoked import shell_file, shell_text

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from gracelint.base.source import Text
    from gracelint.model.entries import BaseImage, Program, Wrapped
    from gracelint.model.workload import Group, Workload

_WRAPPERS = 10
_ALL = ('"$@"', '"${@}"')


def _atlas(group: Group | Atlas | None) -> Atlas:
    """The atlas, with the user's own entries where the group tells them."""
    if isinstance(group, Atlas):
        return group
    if group is None:
        return Atlas()
    return Atlas(group.options.images, group.options.programs, group.options.locked)


def image_of(workload: Workload, group: Group | Atlas | None = None) -> BaseImage | None:
    """What the atlas knows of the container's own image."""
    reference = workload.base.reference
    if reference is None or not isinstance(workload.base.origin, Evidence):
        return None
    return _atlas(group).base(reference)


def program(workload: Workload, group: Group | Atlas | None = None) -> Program | None:
    """The program that the container is for, where command or image tell it."""
    steps = list(_unwrapped(workload, group))
    if not steps or steps[-1][1] is not None:
        return None
    words, atlas = steps[-1][0], _atlas(group)
    image, env = image_of(workload, group), _values(workload)
    workdir = workload.workdir.value if isinstance(workload.workdir, Known) else "/"
    entry = atlas.program(words, env, workload.files, workdir, image)
    if entry is None and image is not None and image.entrypoint:
        script = words[0].value == image.entrypoint[0]
        entry = (
            atlas.program(words[1:], env, workload.files, workdir, image)
            if script and words[1:]
            else None
        )
    return entry


def reloads(workload: Workload, group: Group | Atlas | None = None) -> bool:
    """Whether the command starts a development reloader, as far as its words tell."""
    env = _values(workload)
    return any(reloader(words, env) is not None for words, _ in _unwrapped(workload, group))


def pid1_only(workload: Workload, group: Group | Atlas | None = None) -> str | None:
    """The init of a container that refuses to run unless it is PID 1."""
    for words, wrapped in _unwrapped(workload, group):
        if wrapped is not None and wrapped.pid1_only:
            return wrapped.key
        if words[0].value in system_inits():
            return "systemd"
    return None


def _unwrapped(
    workload: Workload, group: Group | Atlas | None
) -> Iterator[tuple[tuple[Word, ...], Wrapped | None]]:
    """The command and what it wraps, step by step, each with the wrapper that it is."""
    atlas, words = _atlas(group), _first(workload)
    image, env = image_of(workload, group), _values(workload)
    for _ in range(_WRAPPERS):
        if not words:
            return
        wrapped = atlas.wrapper(words, env, image=image)
        handed = None if wrapped is not None else handed_on(workload, words) or last_of_text(words)
        if handed:
            words = handed
            continue
        yield words, wrapped
        words = None if wrapped is None else wrapped.inner


def _first(workload: Workload) -> tuple[Word, ...] | None:
    """The words of the launch; where the image's ENTRYPOINT is not known, those that it is given,
    which nearly every such script starts in the end.
    """
    launch = workload.launch
    if isinstance(launch.argv, Known):
        return launch.argv.value
    given = launch.cmd.value if isinstance(launch.cmd, Known) else None
    return given.argv if given is not None and isinstance(launch.entrypoint, Unknown) else None


def _values(workload: Workload) -> dict[str, str]:
    return {key: word.value for key, word in workload.env.items() if word.value is not None}


def handed_on(workload: Workload, argv: Sequence[Word]) -> tuple[Word, ...] | None:
    """What a script of the project replaces itself with at its end, `"$@"` being its arguments."""
    from gracelint.syntax.shell import parse as shell

    path, workdir = workload.env.get("PATH"), workload.workdir
    read = shell_file(argv)
    argv = read or argv
    if argv[0].value is None or not isinstance(workdir, Known):
        return None
    folders = (path.value if path is not None else None) or DEFAULT_PATH
    name = f"./{argv[0].value}" if read and "/" not in argv[0].value else argv[0].value
    file = workload.files.find(name, folders, workdir.value)
    if file is None or file.text is None or not (read or file.text.text.startswith("#!")):
        return None
    script = shell.parse(file.text)
    command = script.body.items[-1].command if script.body.items else None
    if isinstance(command, tree.If | tree.Case):
        command = _only_exec(script, command)
    given = command.words if isinstance(command, tree.Simple) else ()
    if not given or given[0].literal != "exec":
        return None
    words: list[Word] = []
    for one in given[1:]:
        span = script.span(one)
        everything = span.source.text[span.start : span.end] in _ALL
        words += argv[1:] if everything else [Word(one.literal, span)]
    return tuple(words)


def _only_exec(script: tree.Script, last: tree.Node) -> tree.Simple | None:
    """The one command by which a script ever replaces itself, where that is within its last part:
    whichever way it goes there, it is there for this.
    """
    from gracelint.syntax.shell import parse as shell

    commands = shell.within(script.body, tree.Simple)
    found = [one for one in commands if one.words[1:] and one.words[0].literal == "exec"]
    return found[0] if len(found) == 1 and found[0].start >= last.start else None


def last_of_text(words: Sequence[Word]) -> tuple[Word, ...] | None:
    """What a shell's text behind `-c` starts last and waits for; None for other commands."""
    text = shell_text(words)
    return tuple(last_command(text) or ()) or None if text is not None else None


def last_command(word: Word) -> Sequence[Word] | None:
    """The words of the last command of a text, as far as they are literal."""
    from gracelint.syntax.shell import parse as shell

    if word.text is None:
        return None
    script = shell.parse(word.text)
    if not script.body.items or script.body.items[-1].background:
        return None
    command = script.body.items[-1].command
    while isinstance(command, tree.AndOr):
        command = command.right
    if not isinstance(command, tree.Simple):
        return None
    words = [Word(w.literal, script.span(w), _text(script, w)) for w in command.words]
    return words[1:] if words and words[0].value == "exec" else words


def _text(script: tree.Script, word: tree.Words) -> Text | None:
    from gracelint.syntax.shell import parse as shell

    return shell.inner_text(script, word)
