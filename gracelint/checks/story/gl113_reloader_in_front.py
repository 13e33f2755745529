"""GL113: a development reloader in front of the application."""

from __future__ import annotations

from gracelint.atlas.running.packages import asks_for
from gracelint.atlas.running.reloaders import reloader
from gracelint.base.facts import Known
from gracelint.base.paths import absolute
from gracelint.base.typed import TYPE_CHECKING
from gracelint.base.values import dataclass
from gracelint.checks import check
from gracelint.checks.lib.delivery import launch_span
from gracelint.checks.lib.words import known, started
from gracelint.model.finding import Applicability, Finding, Fix, Label, Rule, Severity

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gracelint.atlas.running.reloaders import Reloader
    from gracelint.base.source import Span
    from gracelint.model.story import Story

RULE = Rule("GL113", "reloader-in-front", Severity.WARNING, frozenset({Applicability.SHOW}))
_MEANT = frozenset({"dev", "develop", "development", "watch"})
_BETWEEN = "development reloader between the stop signal and the application"
_HELP = "Reloaders are made to restart quickly; few let the application finish on a stop."
_TITLE = "Start the application itself, and keep the reloader in a file or stage for development"
_IN_FRONT = "development reloader in front of the application"
_WAITS = "It lets the application finish on a stop, but watches files that never change."
_BUILT = "Build the files for browsers, and have a web server serve them"
_TO_BROWSERS = "It is made for those who work on the sources, and has nothing to finish on a stop."


@dataclass(frozen=True, slots=True)
class Found:
    """A reloader: in words, where it is asked for, and what there is to say of it."""

    words: str
    place: Span
    for_browsers: bool
    finishes: bool


@check(RULE)
def reloader_in_front(story: Story) -> Iterator[Finding]:
    """The first reloader among the commands that are started."""
    for found in (*_reloaders(story), *_given(story)):
        picked = _picked(story, found.place)
        related = () if picked is None else (Label(found.place, "the reloader"),)
        known = isinstance(story.workload.launch.argv, Known)
        label = "builds again" if found.for_browsers else "starts the application again"
        harmless = found.for_browsers or found.finishes
        what, help_ = _said_of(found)
        yield Finding(
            RULE,
            RULE.severity if known and not harmless else Severity.INFO,
            f"`{found.words}` is a {what}",
            Label(picked or found.place, f"{label} when files change"),
            causes=related,
            related=related,
            fixes=(Fix(_BUILT if found.for_browsers else _TITLE, Applicability.SHOW),),
            help=help_,
            workloads=(story.workload.name,),
        )
        return


def _said_of(found: Found) -> tuple[str, str]:
    """What a reloader is, and why that matters."""
    if found.for_browsers:
        return "development reloader of what browsers run", _TO_BROWSERS
    return (_IN_FRONT, _WAITS) if found.finishes else (_BETWEEN, _HELP)


def _reloaders(story: Story) -> Iterator[Found]:
    """Those that commands are or ask for, and those that the application's own source asks for."""
    env = known(story)
    for argv, span in started(story):
        watcher = reloader(argv, env)
        place = (watcher.at.span if watcher else None) or span or launch_span(story.workload)
        if watcher is not None and place is not None:
            yield _found(story, watcher, place)
    for process in story.tree.walk() if story.tree is not None else ():
        asked = process.reloads
        if asked is not None:
            yield Found(asked.words, asked.span, for_browsers=False, finishes=asked.finishes)


def _given(story: Story) -> Iterator[Found]:
    """The one that the command is, where nothing is known of the image's entrypoint before it."""
    launch = story.workload.launch
    command = launch.cmd.value if isinstance(launch.cmd, Known) else None
    if command is None or isinstance(launch.argv, Known):
        return
    env = known(story)
    watcher = reloader(command.argv, env)
    if watcher is not None:
        yield _found(story, watcher, watcher.at.span or command.value)


def _found(story: Story, watcher: Reloader, place: Span) -> Found:
    return Found(watcher.words, place, _for_browsers(story, watcher, place), watcher.finishes)


def _for_browsers(story: Story, watcher: Reloader, place: Span) -> bool:
    """Whether what it serves runs in browsers, as far as the package.json in sight tells: the one
    that the reloader is asked for in, or that of the folder where it is started.
    """
    if not watcher.for_browsers or not watcher.applications:
        return watcher.for_browsers
    if place.source.path.endswith("package.json"):
        return not asks_for(place.source.text, watcher.applications)
    folder = story.workload.workdir
    path = absolute("package.json", folder.value) if isinstance(folder, Known) else ""
    manifest = story.workload.files.text(path)
    return manifest is None or not asks_for(manifest.text, watcher.applications)


def _picked(story: Story, place: Span) -> Span | None:
    """The launch, where it picks a package's script that is meant for development by its name."""
    argv = story.workload.launch.argv
    if not place.source.path.endswith("package.json") or not isinstance(argv, Known):
        return None
    for word in argv.value:
        if not _MEANT.isdisjoint((word.value or "").replace("-", ":").split(":")):
            return word.span
    return None
