"""GL113: a development reloader in front of the application."""

from __future__ import annotations

from gracelint.atlas.running.packages import asks_for
from gracelint.atlas.running.reloaders import reloader
from gracelint.base.facts import Known
from gracelint.base.paths import absolute
from gracelint.base.typed import TYPE_CHECKING
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
_BUILT = "Build the files for browsers, and have a web server serve them"
_TO_BROWSERS = "It is made for those who work on the sources, and has nothing to finish on a stop."


@check(RULE)
def reloader_in_front(story: Story) -> Iterator[Finding]:
    """The first reloader among the commands that are started."""
    for words, place, for_browsers in (*_reloaders(story), *_given(story)):
        picked = _picked(story, place)
        related = () if picked is None else (Label(place, "the reloader"),)
        known = isinstance(story.workload.launch.argv, Known)
        what = "development reloader of what browsers run" if for_browsers else _BETWEEN
        label = "builds again" if for_browsers else "starts the application again"
        yield Finding(
            RULE,
            RULE.severity if known and not for_browsers else Severity.INFO,
            f"`{words}` is a {what}",
            Label(picked or place, f"{label} when files change"),
            causes=related,
            related=related,
            fixes=(Fix(_BUILT if for_browsers else _TITLE, Applicability.SHOW),),
            help=_TO_BROWSERS if for_browsers else _HELP,
            workloads=(story.workload.name,),
        )
        return


def _reloaders(story: Story) -> Iterator[tuple[str, Span, bool]]:
    """Those that commands are or ask for, and those that the application's own source asks for."""
    env = known(story)
    for argv, span in started(story):
        watcher = reloader(argv, env)
        place = (watcher.at.span if watcher else None) or span or launch_span(story.workload)
        if watcher is not None and place is not None:
            yield watcher.words, place, _for_browsers(story, watcher, place)
    for process in story.tree.walk() if story.tree is not None else ():
        if process.reloads is not None:
            yield process.reloads.words, process.reloads.span, False


def _given(story: Story) -> Iterator[tuple[str, Span, bool]]:
    """The one that the command is, where nothing is known of the image's entrypoint before it."""
    launch = story.workload.launch
    command = launch.cmd.value if isinstance(launch.cmd, Known) else None
    if command is None or isinstance(launch.argv, Known):
        return
    env = known(story)
    watcher = reloader(command.argv, env)
    if watcher is not None:
        place = watcher.at.span or command.value
        yield watcher.words, place, _for_browsers(story, watcher, place)


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
