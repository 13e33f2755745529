""".NET programs: whether their sources start a host, which stops by itself, or handle a signal.

ASP.NET Core and the Generic Host set a handler (`ConsoleLifetime`) when they are started, and so
does `PosixSignalRegistration`. Without them the runtime ends the program on TERM at once, once the
handlers of `ProcessExit` have run; from version 10 on it leaves TERM to the kernel as well.
`CancelKeyPress` is for INT and QUIT alone. The sources of the project that an assembly is built
from are searched, not played.

Source: measured on .NET Core 3.1.23; learn.microsoft.com, .NET 10, breaking changes, *.NET runtime
no longer provides default termination signal handlers*.
"""

from __future__ import annotations

from gracelint.base import lazy
from gracelint.base.facts import Unknown
from gracelint.base.paths import absolute, folder_of, name_of
from gracelint.base.typed import TYPE_CHECKING
from gracelint.model.application import Source
from gracelint.model.entries import Reaction
from gracelint.simulate.sources.scan import search

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from gracelint.base.facts import Word
    from gracelint.model.workload import ImageFile, ImageFiles
    from gracelint.simulate.sources.scan import Search

FIRST = 10
"""The version from which on the runtime leaves TERM alone."""

_VERSION = lazy.compile(r"([0-9]{1,3})(?:\.|$)")
_PROJECTS = (".csproj", ".fsproj", ".vbproj")
_NAMED = lazy.compile(r"<AssemblyName>\s*([^<>\s]+)\s*</AssemblyName>")
_REFERS = lazy.compile(r"<ProjectReference\b[^<>]{0,200}?\bInclude\s*=\s*\"([^\"<>]{1,300})\"")
_MOST_PROJECTS = 50
_BRINGS = lazy.compile(
    r"Microsoft\.NET\.Sdk\.(?:Web|Worker)|AspNetCore|Hosting|Topshelf|Functions\.Worker|WebJobs"
    r"|Orleans|Akka|Aspire|NServiceBus|Lambda"
)
_RUNS = lazy.compile(r"\.\s*(?:Run|Start|WaitForShutdown)(?:Async)?\s*\(|\bRunConsoleAsync\s*\(")
_STAYS = lazy.compile(
    r"\bwhile\s*\(\s*(?:true|!)|\bfor\s*\(\s*;\s*;\s*\)|\bTimeout\s*\.\s*Infinite\b|\bwhile\s+true\b"
    r"|\bTask\s*\.\s*Delay\s*\(\s*-1|\.\s*WaitOne\s*\(\s*\)|\bTcpListener\b|\bHttpListener\b"
)
_BEFORE_EXIT = lazy.compile(
    r"\.\s*ProcessExit\s*\+=|\bAssemblyLoadContext\b[^;{}]{0,80}\.\s*Unloading\s*\+="
)
_KEYS = lazy.compile(r"\bCancelKeyPress\s*\+=")
_SIGNALS = lazy.compile(r"\bPosixSignal\s*\.\s*SIG(\w+)")


def leaves_signals(env: Mapping[str, Word]) -> bool:
    """Whether the image says that its runtime has no handlers of its own."""
    stated = env.get("DOTNET_VERSION")
    match = _VERSION.match(stated.value or "") if stated is not None else None
    return match is not None and int(match[1]) >= FIRST


def source_of(
    files: ImageFiles, argv: Sequence[Word], workdir: str, *, left: bool
) -> Source | Unknown | None:
    """What the sources of the assembly show that a command starts; None where none are in sight.

    left: the runtime leaves signals to the program.
    """
    words = [word.value or "" for word in argv[:2]]
    if name_of(words[0]) == "dotnet":
        words = words[1:]
    if not words or not words[0] or words[0][0] == "-":
        return None
    path = absolute(words[0], workdir)
    name = name_of(path).removesuffix(".dll")
    for held in files.origins(path):
        project = _project(held, name)
        if project is not None:
            return _of_project(project, held, left=left)
    return None


def folders(files: ImageFiles, assembly: str) -> tuple[str, ...]:
    """The folders whose sources an assembly is made of: its project's and those of the projects
    that it refers to. Empty where none or several projects are called by it.
    """
    project = _project(files, assembly)
    paths = [] if project is None else [project.path]
    for path in paths:
        file = files.get(path)
        text = file.text.text if file is not None and file.text is not None else ""
        named = (name.replace("\\", "/") for name in _REFERS.findall(text))
        new = dict.fromkeys(absolute(name, folder_of(path)) for name in named)
        paths += [one for one in new if one not in paths][: _MOST_PROJECTS - len(paths)]
    return tuple(f"{folder_of(path)}/" for path in paths)


def _project(files: ImageFiles, name: str) -> ImageFile | None:
    """The project that an assembly is called by; None where none or several are.

    No other file is asked for, so that a launch beside which others differ has the same story.
    """
    paths = dict.fromkeys(path for path in files.paths() if path.endswith(_PROJECTS))
    found = [file for path in paths if (file := files.get(path)) is not None]
    projects = [file for file in found if _makes(file, name)]
    return projects[0] if len(projects) == 1 else None


def _makes(file: ImageFile, name: str) -> bool:
    named = _NAMED.search(file.text.text) if file.text is not None else None
    called = name_of(file.path).rpartition(".")[0] if named is None else named[1]
    return called == name


def _of_project(project: ImageFile, files: ImageFiles, *, left: bool) -> Source | Unknown:
    """What the project shows, and what the others beside it may do for it."""
    folder = folder_of(project.path)
    sources = search("dotnet", files, below=f"{folder}/")
    every = search("dotnet", files)
    text = project.text
    if text is None or not sources.files or not every.whole:
        return Unknown(f"not all sources of `{name_of(project.path)}` are in sight")
    if sources.handlers or sources.frameworks:
        return _handled(sources, left=left)
    if every.handlers or every.frameworks or _BRINGS.search(text.text):
        return Unknown(f"whether `{name_of(project.path)}` starts a host is not seen")
    if not any(_STAYS.search(source) for source in sources.texts):
        return Unknown(f"whether `{name_of(project.path)}` stays is not seen")
    reactions, guess = _ended(sources, left=left)
    work = "requests" if sources.servers else ""
    return Source(reactions, work, guess, origins=(text.span(0, 0),))


def _ended(sources: Search, *, left: bool) -> tuple[dict[str, Reaction], str]:
    """What the runtime does with the signals that the program leaves to it, and what is a guess."""
    keys = any(_KEYS.search(source) for source in sources.texts)
    by_key = dict.fromkeys(("INT", "QUIT"), Reaction.GRACEFUL if keys else Reaction.DEFAULT)
    if left:
        return {"TERM": Reaction.DEFAULT} | by_key, ""
    if any(_BEFORE_EXIT.search(source) for source in sources.texts):
        reason = "what handles the end of its process waits until all is done"
        return {"TERM": Reaction.GRACEFUL} | by_key, reason
    return {"TERM": Reaction.FAST} | by_key, ""


def _handled(result: Search, *, left: bool) -> Source | Unknown:
    spans = [*result.handlers, *(span for span, _ in result.frameworks)]
    origins = tuple(spans[:1])
    if result.frameworks:
        if not any(_RUNS.search(source) for source in result.texts):
            return Unknown("whether the host that its source makes is started is not seen", origins)
        reactions = dict.fromkeys(("TERM", "INT", "QUIT"), Reaction.GRACEFUL)
        return Source(reactions, origins=origins)
    names = {name for source in result.texts for name in _SIGNALS.findall(source)}
    if not names:
        return Unknown("which signals its source handles is not seen", origins)
    reactions, guess = _ended(result, left=left)
    guess = "" if "TERM" in names else guess
    return Source(reactions | dict.fromkeys(names, Reaction.GRACEFUL), "", guess, origins=origins)
