"""One run over one tree of files: what the command line and an editor both call."""

from __future__ import annotations

from contextlib import contextmanager
from functools import partial
from itertools import chain

from gracelint import checks
from gracelint.base.source import Outside, Source
from gracelint.base.typed import TYPE_CHECKING
from gracelint.base.values import replace
from gracelint.checks.project import Run
from gracelint.declare.lock import Locks
from gracelint.discover.discover import discover, kind_of, looks_like_dockerfile, plain_sources
from gracelint.model.finding import Label, Severity
from gracelint.model.result import Problem, Result, Unread
from gracelint.resolve.merge import Reported, resolve
from gracelint.session import scripts as by_name
from gracelint.session.judging import Judging, internal
from gracelint.session.outcomes import counted, distinct, operated
from gracelint.session.scene import Scene, Unit, Work, processes
from gracelint.session.uses import mended
from gracelint.settings.read import SettingsError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from gracelint.base.source import Span
    from gracelint.declare.compose.files import Above
    from gracelint.declare.kubernetes.config_maps import ConfigMaps
    from gracelint.discover.discover import Discovery
    from gracelint.files.tree import Files
    from gracelint.model.finding import Applicability, Finding
    from gracelint.model.options import Options
    from gracelint.model.pod import Namespace, PodSpec, Service
    from gracelint.model.story import Story
    from gracelint.model.suppression import BaselineEntry, Ignore
    from gracelint.model.workload import Group, Workload
    from gracelint.render.renderer import Renderer
    from gracelint.session.earlier import Earlier
    from gracelint.session.lore import Lore
    from gracelint.syntax.dockerfile.parse import Dockerfile
    from gracelint.syntax.shell.tree import Script
    from gracelint.syntax.units import Unit as Quadlet
    from gracelint.syntax.yaml.parse import YamlFile


class Session:
    """One run over `files`; what is laid over them in between is seen by the next call."""

    def __init__(
        self,
        files: Files,
        options: Options,
        near: Callable[[str], Options] | None = None,
        earlier: Earlier | None = None,
        processes: int = 1,
    ) -> None:
        """One run. options: for it as a whole. near: for what a file says; the same by default.

        earlier: a state of the files whose findings are left out. processes: how many to use at
        most; 0 for as many as there are processors, where there is enough to do.
        """
        self.processes = processes
        self.progress: Callable[[int, int], None] = _untold  # asked with files done, and all
        self.brief = False  # whether nobody reads all assumptions of the stories of its results
        self._short = False
        self.files = files
        self.options = options
        self._earlier = earlier
        self.problems: list[Problem] = []
        self.locks = self.near = Locks(files, near or partial(_everywhere, options))
        self._kinds: dict[str, str] = {}
        self._judging = Judging(options, self.near, self._wrong)
        self._entries: tuple[BaselineEntry, ...] | None = None
        self._renderer: Renderer | None = None

    # Reading

    def scene(
        self,
        paths: Iterable[str],
        target: str | None = None,
        *,
        judge: bool = False,
        whole: bool = False,
    ) -> Scene:
        """Everything at and below `paths` that says how containers are started, with its story.

        target: the stage that Dockerfiles are built to, their last unless given. judge: what is
        told is checked at once. whole: the files of images are kept, to be looked at again.
        """
        self.problems = []
        self._short = self.brief and judge and not whole
        paths = tuple(paths)
        discovery = discover(self.files, paths)
        self._kinds = {d.source.path: "dockerfile" for d in discovery.dockerfiles}
        self._kinds |= {y.source.path: "yaml" for y in discovery.yaml}
        scene = Scene(discovery)
        if discovery.charts or discovery.kustomizations:
            with self._guard("", "rendering charts and kustomizations"):
                self._render(scene)
        self._report_reading(discovery)
        others = bool(discovery.tasks or discovery.quadlets or discovery.fly or scene.renderings)
        if discovery.dockerfiles or discovery.compose or discovery.kubernetes or others:
            from gracelint.session.lore import Lore

            lore = scene.lore = Lore(self.files, self.near, paths)
            work = Work(self, paths, target, judge=judge, whole=whole)
            self._tell(scene, list(self._units(discovery, lore, target, paths)), work)
            for file in scene.renderings.files() if scene.renderings else ():
                self._tell_here(scene, list(self._manifests([file], {}, lore)), work)
            self._others(scene, lore, work)
            scene.links = tuple(dict.fromkeys([*scene.links, *lore.links]))
        if scene.renderings:
            from gracelint.session.rendered import distinct as apart

            scene.stories = list(apart(scene.stories))
        scene.stories.sort(key=lambda story: story.workload.declared.key)
        scene.tell_otherwise(mended(scene.stories))
        notes = sorted(self.files.notes.items())
        self.problems += [Problem(path or ".", message, hint=True) for path, message in notes]
        return scene

    def look(self, paths: tuple[str, ...], target: str | None) -> tuple[Scene, list[Unit]]:
        """What there is to tell, see `scene`, without telling it."""
        from gracelint.session.lore import Lore

        discovery = discover(self.files, paths)
        lore = Lore(self.files, self.near, paths)
        return Scene(discovery, lore=lore), list(self._units(discovery, lore, target, paths))

    def _render(self, scene: Scene) -> None:
        from gracelint.render.renderer import Renderer
        from gracelint.session import rendered

        if self._renderer is None:
            self._renderer = Renderer(self.files, self.options)
        scene.renderings = self._renderer.render(
            scene.discovery.charts, scene.discovery.kustomizations
        )
        rendered.take_over(scene.discovery, scene.renderings)
        self._kinds |= dict.fromkeys(scene.renderings.texts(), "rendered")
        self.problems += rendered.problems(scene.renderings, self.options)

    def _report_reading(self, discovery: Discovery) -> None:
        self.problems += [Problem(p.path, p.message) for p in discovery.unread]
        self.problems += [internal(path, "reading it", error) for path, error in discovery.broken]
        self.problems += [Problem(p.path, p.message, hint=True) for p in discovery.idle]
        more = bool(discovery.checked or discovery.templates)
        self.problems += [Problem(path, _STRANGE, hint=more) for path in discovery.strange]
        if not (more or discovery.charts or self.problems):
            self.problems += [
                Problem(path or ".", f"{_NOTHING}{self._scripts_in(path)}", hint=True)
                for path in discovery.folders
            ]
        for path, span, why in discovery.unsure:
            said = f"line {span.first.line}: {why}; nothing is said of this document"
            self.problems.append(Problem(path, said, hint=True))
        self.problems += operated(discovery)
        if discovery.templates:
            others = (
                f" and {len(discovery.templates) - 1} more" if len(discovery.templates) > 1 else ""
            )
            self.problems.append(Problem(discovery.templates[0] + others, _TEMPLATE, hint=True))

    def _scripts_in(self, folder: str) -> str:
        """What to do where a folder holds scripts and nothing else."""
        named = (path for path in self.files.walk([folder]) if path.endswith(".sh"))
        first = next(named, None)
        return "" if first is None else f"; scripts are when they are named, as {first}"

    def _unread(self, scene: Scene) -> Iterator[Unread]:
        """What nothing is said of, and why."""
        discovery = scene.discovery
        yield from scene.renderings.unread if scene.renderings else ()
        for path in discovery.templates:
            yield Unread(path, _TEMPLATE.removeprefix(_UNREAD))
        for one in (*discovery.unread, *discovery.idle):
            yield Unread(one.path, one.message.removeprefix(_UNREAD))
        for path, span, why in discovery.unsure:
            yield Unread(path, f"line {span.first.line}: {why}")
        if not discovery.kubernetes:
            return
        from gracelint.declare.kubernetes import elsewhere

        for file in discovery.kubernetes:
            for span, why in elsewhere.unread(file):
                yield Unread(file.source.path, f"line {span.first.line}: {why}")

    def _units(
        self, discovery: Discovery, lore: Lore, target: str | None, paths: tuple[str, ...]
    ) -> Iterator[Unit]:
        """The files that can be shared out among processes."""
        for dockerfile in discovery.dockerfiles:
            path = dockerfile.source.path
            yield Unit(path, partial(self._dockerfile, lore, dockerfile, target), dockerfile)
        if discovery.compose:
            yield from self._projects(discovery, lore, paths)
        if discovery.kubernetes:
            yield from self._manifests(discovery.kubernetes, discovery.played, lore)

    def _projects(self, discovery: Discovery, lore: Lore, paths: tuple[str, ...]) -> Iterator[Unit]:
        """The projects of Compose files: of each one, unless it is said to be a part of others."""
        from gracelint.base.paths import clean_path
        from gracelint.declare.compose.files import Projects, included_together, named_together

        named = dict.fromkeys(clean_path(path) or "" for path in paths)
        missing = {p for each in self.options.compose for p in each if not self.files.is_file(p)}
        self.problems += [Problem(path, _NOT_THERE) for path in sorted(missing)]
        given = (*self.options.compose, *named_together(named, self.files))
        projects = Projects(given, included_together(discovery.compose))
        for file in discovery.compose:
            for above in projects.of(file.source.path):
                yield Unit(file.source.path, partial(self._services, lore, file, above))

    def _tell(self, scene: Scene, units: list[Unit], work: Work) -> None:
        count = processes(self.processes, len(units))
        if count > 1 and not work.whole:
            from gracelint.session import sharing

            sharing.tell(work, scene, units, count=count)
        else:
            self._tell_here(scene, units, work)

    def _tell_here(self, scene: Scene, units: Sequence[Unit], work: Work) -> None:
        for done, unit in enumerate(units):
            self.progress(done, len(units))
            part, problems = work.part(unit, scene)
            scene.add(part)
            self.problems += problems

    def tell_unit(self, unit: Unit, scene: Scene) -> None:
        """Tell the launches of a file."""
        with self._guard(unit.path, "working out what it starts"):
            unit.tell(scene)

    def judge(self, part: Scene, dockerfile: Dockerfile | None) -> None:
        """Let the checks of Dockerfiles, launches and groups judge those of a part of the run."""
        self._judging.judge(part, dockerfile)

    def _dockerfile(self, lore: Lore, file: Dockerfile, target: str | None, scene: Scene) -> None:
        from gracelint.declare.image.context import is_context_open
        from gracelint.declare.image.dockerfile import workload
        from gracelint.model.workload import Workload

        if file.errors:
            scene.errors.append(file.errors[0])
            return
        links, _ = lore(file.source.path)
        asks = bool(scene.discovery.folders) and is_context_open(self.files, file)
        context = links.context(file.source.path) if asks else None
        image = workload(file, self.files, target, context=context, images=links.below)
        if isinstance(image, Workload) and image.starts_nothing:
            scene.idle.append(file.source.path)
        elif isinstance(image, Workload):
            self._story(scene, lore, image)
        elif target is not None:
            self.problems.append(Problem(file.source.path, image.reason, hint=True))
        several = sum(i.name == "FROM" for i in file.instructions) > 1
        if target is None and scene.discovery.folders and several:
            for stage in links.stages(file.source.path):
                if not stage.starts_nothing and stage.stage != getattr(image, "stage", None):
                    self._story(scene, lore, stage)

    def _services(self, lore: Lore, file: YamlFile, above: Above, scene: Scene) -> None:
        """The services of a Compose file. above: what is merged over it."""
        from gracelint.declare.compose.project import services

        links, _ = lore(file.source.path)
        group = services(file, self.files, links.image, links.below, above, links.started)
        self._group(scene, lore, group)

    def _manifests(
        self, files: Sequence[YamlFile], played: Mapping[str, Quadlet], lore: Lore
    ) -> Iterator[Unit]:
        """Files of pods whose Services and ConfigMaps belong together. played: those that `.kube`
        units play.
        """
        from gracelint.declare.kubernetes.pods import pods
        from gracelint.declare.kubernetes.selecting import Selecting
        from gracelint.declare.kubernetes.workload import group

        maps, services, spaces = self._objects(files)
        listed: dict[str, tuple[PodSpec, ...]] = {}
        for file in files:
            with self._guard(file.source.path, "reading its pods"):
                listed[file.source.path] = tuple(pods(file))
        selecting = Selecting(services, chain.from_iterable(listed.values()))
        for path, held in listed.items():
            if held:
                unit, near = played.get(path), maps.near(path)
                links, options = lore(path)[0], self.near(path)
                make = partial(
                    group,
                    images=links.image,
                    maps=near,
                    services=selecting,
                    options=options,
                    namespaces=spaces,
                    started=links.started,
                )
                yield Unit(path, partial(self._pods, lore, held, make, unit), pods=held)

    def _pods(
        self,
        lore: Lore,
        pods: Sequence[PodSpec],
        make: Callable[[PodSpec], Group],
        unit: Quadlet | None,
        scene: Scene,
    ) -> None:
        """The containers of a file's pods. make: tells what a pod is. unit: what plays the file."""
        for pod in pods:
            told = make(pod)
            if unit is not None:
                from gracelint.declare.quadlet import played

                told = played(told, unit)
            self._group(scene, lore, told)

    def _others(self, scene: Scene, lore: Lore, work: Work) -> None:
        """What else starts containers: quadlets, ECS tasks, Fly apps."""
        discovery = scene.discovery
        if not (discovery.tasks or discovery.quadlets or discovery.fly):
            return
        from gracelint.declare import others

        for source, groups in others.all_groups(scene.discovery, self.files, lore):
            part = Scene(discovery)
            with self._guard(source.path, "working out what it starts"):
                for group in groups():
                    self._group(part, lore, group)
            scene.add(work.done(part))

    def _objects(
        self, files: Iterable[YamlFile]
    ) -> tuple[ConfigMaps, list[Service], dict[str, Namespace]]:
        from gracelint.declare.kubernetes.config_maps import ConfigMaps
        from gracelint.declare.kubernetes.objects import config_maps, namespaces, services

        maps = ConfigMaps()
        listed: list[Service] = []
        spaces: dict[str, Namespace] = {}
        for file in files:
            with self._guard(file.source.path, "reading its Services and ConfigMaps"):
                maps.add(file.source.path, config_maps(file))
                listed += services(file)
                spaces.update({n.name: n for n in namespaces(file)})
        return maps, listed, spaces

    def _group(self, scene: Scene, lore: Lore, group: Group) -> None:
        group = replace(group, options=self.near(group.source.path))
        before = len(scene.stories)
        for workload in group.workloads:
            with self._guard(workload.source.path, f"playing the stop of `{workload.name}`"):
                self._story(scene, lore, workload, group)
        stories = scene.stories[before:]
        of_pod = group.pod is not None  # hooks and grace periods are the same for all systems
        if of_pod or not stories or not all(story.foreign for story in stories):
            scene.groups.append(group)

    def _story(
        self, scene: Scene, lore: Lore, workload: Workload, group: Group | None = None
    ) -> None:
        from gracelint.diagnose.timeline import timeline

        _, atlas = lore(workload.source.path)
        brief = self._short and workload.kind == "dockerfile"  # others are told several times
        story = lore.twins.tell(workload, atlas, brief=brief)
        scene.stories.append(replace(story, timeline=timeline(story, group)))

    def _wrong(self, problem: Problem) -> None:
        self.problems.append(problem)

    @contextmanager
    def _guard(self, path: str, doing: str) -> Iterator[None]:
        """Whatever goes wrong in here is our own mistake: say so, and let the run go on."""
        try:
            yield
        except SettingsError:
            raise
        except Exception as error:  # noqa: BLE001
            self.problems.append(internal(path, doing, error))

    # Checking

    def run(self, paths: Sequence[str]) -> Result:
        """Check everything at and below `paths`; FileProblem for a baseline that is none.

        Scripts that are named are checked with every launch around them that runs them.
        """
        scripts = by_name.named(self.files, paths)
        if not scripts:
            return self._run(paths)
        self.brief = False  # stories of two runs are compared
        whole = self._run(by_name.around(self.files, scripts), whole=True)
        named = by_name.narrowed(whole, scripts)
        others = [path for path in paths if path not in scripts]
        return by_name.both(self._run(others), named) if others else named

    def stories(self, paths: Sequence[str], target: str | None = None) -> Scene:
        """The scene of `paths`, where they name scripts with the launches that run those."""
        scripts = by_name.named(self.files, paths)
        if not scripts:
            return self.scene(paths, target)
        others = [path for path in paths if path not in scripts]
        around = [*others, *by_name.around(self.files, scripts)]
        scene = self.scene(around, target, whole=True)
        below = discover(self.files, others).checked
        scene.stories = list(by_name.of_paths(scene.stories, scripts, below))
        self.problems = by_name.problems(self.problems, scripts, scene.stories)
        return scene

    def _run(self, paths: Sequence[str], *, whole: bool = False) -> Result:
        """Check everything at and below `paths`. whole: keep the files of images."""
        scene = self.scene(paths, judge=True, whole=whole)
        of_rules = list(self._judging.reported(scene))
        scripts = _scripts(scene.stories)
        asked = _asked(scene, scripts)
        run = Run(
            scene.discovery,
            tuple(scene.stories),
            tuple(scene.groups),
            scripts,
            asked,
            rules=checks.all_rules() if asked else (),
            errors=tuple(scene.errors),
        )
        reported = list(self._written(scene, [*of_rules, *self._judging.of_run(run)]))
        resolved = resolve(reported, asked)
        if asked:
            unused = self._unused(asked, resolved.used, run)
            reported += self._written(
                scene, self._judging.of_run(replace(run, unused=unused), last=True)
            )
            resolved = resolve(reported, asked)
        unread = tuple(self._unread(scene))
        active, baselined = self._told_apart(resolved.active, run, paths, unread)
        older = 0
        if self._earlier is not None:
            active, older, left = self._earlier.brought(active, paths)
            self.problems += left
        return Result(
            tuple(self._rendered(scene, active)),
            tuple(resolved.suppressed),
            tuple(self._rendered(scene, baselined)),
            files=len(scene.discovery.checked),
            problems=tuple(self.problems),
            checked=tuple(scene.discovery.checked),
            unread=unread,
            launches=counted(scene.stories),
            stories=tuple(distinct(scene.stories)),
            older=older,
        )

    def _written(self, scene: Scene, reported: Iterable[Reported]) -> Iterable[Reported]:
        """What is reported, at the text of files, not of images or what was rendered of it."""
        given = list(reported)
        if any(isinstance(span.source, Outside) for one in given for span in _spans(one.finding)):
            from gracelint.session.rendered import named

            given = [replace(one, finding=named(one.finding)) for one in given]
        if scene.renderings is None:
            return given
        from gracelint.session import rendered

        return rendered.written(given, scene.renderings, scene.discovery.parts)

    def _told_apart(
        self,
        findings: list[Finding],
        run: Run,
        paths: Sequence[str],
        unread: Iterable[Unread],
    ) -> tuple[list[Finding], list[Finding]]:
        """What is new and what the baseline knows; with what the baseline has to no purpose."""
        if self.options.baseline is None:
            return findings, []
        from gracelint.resolve import baseline
        from gracelint.resolve.merge import merged

        if self._entries is None:
            self._entries = baseline.load(self.files, self.options.baseline)
        parts = baseline.split(findings, self._entries)
        gone = baseline.stale(parts.unmatched, run, self.files, paths, self.near)
        closed = {one.path for one in unread}
        stale = tuple(entry for entry in gone if not baseline.within(entry.path, closed))
        more = self._judging.of_run(replace(run, stale=stale), last=True) if stale else []
        remaining = resolve(more, run.ignores).active
        return merged([*parts.new, *remaining]), parts.baselined

    def _rendered(self, scene: Scene, findings: Iterable[Finding]) -> Iterator[Finding]:
        """The findings, those in rendered templates with the line that names the template."""
        rendered = {
            f.source.path: f for f in scene.discovery.kubernetes if "# Source:" in f.source.text
        }
        for finding in findings:
            file = rendered.get(finding.primary.span.source.path)
            origin = file.origin(finding.primary.span) if file is not None else None
            if origin is None:
                yield finding
            else:
                label = Label(origin, "rendered from this")
                yield replace(finding, related=(*finding.related, label))

    def _unused(self, asked: Sequence[Ignore], used: set[Ignore], run: Run) -> tuple[Ignore, ...]:
        """The ignores of rules that were applied, of which nothing came.

        To a script, rules are applied by the settings of the launches that run it.
        """
        rules = {rule.code: rule for rule in checks.all_rules()}
        held = {id(o): o for o in (self.near(s.workload.source.path) for s in run.stories)}

        def applied(ignore: Ignore) -> bool:
            path, rule = ignore.source.path, rules.get(ignore.code)
            near = (self.near(path),) if path in self._kinds else held.values()
            return rule is not None and any(
                self._judging.applies(rule, options) for options in near
            )

        return tuple(i for i in asked if i not in used and applied(i))

    # Fixing

    def fix(self, paths: Sequence[str], least: Applicability, *, written: bool = False) -> Result:
        """Check and lay the fixed texts over the files, see `fixing.fix`."""
        from gracelint.session import fixing

        return fixing.fix(self, paths, least, written=written)

    def ignore(self, paths: Sequence[str], least: Severity, reason: str) -> Result:
        """Check and lay texts with ignore comments over the files, see `ignoring.ignore`."""
        from gracelint.session import ignoring

        return ignoring.ignore(self, paths, least, reason)

    def kind(self, path: str) -> str:
        """`dockerfile`, `yaml`, `quadlet`, `fly`, `rendered` for what charts are made of, "" else.

        Of a file that the run has not looked for itself, such as one merged over a Compose file, by
        its name and text.
        """
        known = self._kinds.get(path)
        return known if known is not None else _kind_by_look(path, self.files.read(path))

    def parses(self, path: str, text: str) -> bool:
        """Whether a file that reads `text` is no worse to read than before."""
        before = self.files.read(path)
        return before is not None and self._faults(path, text) <= self._faults(path, before.text)

    def _faults(self, path: str, text: str) -> int:
        source = Source(path, text)
        kind = self.kind(path)
        if kind in {"rendered", "quadlet", "fly"}:
            return 0  # what becomes of it has been proven, or only whole lines are put in
        if kind == "dockerfile":
            from gracelint.syntax.dockerfile.parse import parse

            return len(parse(source).errors)
        if kind == "yaml":
            from gracelint.syntax.yaml import parse as yaml

            read = yaml.parse(source)
            return len(read.errors) + len(read.unread) + read.helm
        from gracelint.syntax.shell import parse as shell

        return len(shell.parse(source).errors)


def _untold(_done: int, _files: int) -> None:
    """Nobody waits at a terminal."""


def _kind_by_look(path: str, source: Source | None) -> str:
    kind = kind_of(path)
    if kind in {"yaml", "quadlet", "fly"}:
        return kind
    return "dockerfile" if source is not None and looks_like_dockerfile(source.text) else ""


def _everywhere(options: Options, _path: str) -> Options:
    return options


_NOTHING = "holds no Dockerfile, Compose file, Kubernetes manifest or chart: nothing is checked"
_NOT_THERE = "is not in sight, and `compose` in the settings names it"
_STRANGE = "is no Dockerfile, Compose file, manifest or anything else that starts containers"
_UNREAD = "is not read: "
_TEMPLATE = (
    f"{_UNREAD}a template says nothing before it is filled in;"
    " check what is made of it, as in `helm template … | gracelint check -`"
)


def _spans(finding: Finding) -> Iterator[Span]:
    for label in (finding.primary, *finding.causes, *finding.related):
        yield label.span


def _scripts(stories: Iterable[Story]) -> tuple[Script, ...]:
    """The shell programs that launches run, and those that no shell can run, each once."""
    texts: dict[tuple[str, int, int], Script] = {}
    for story in stories:
        shells = (process.shell for process in (story.tree.walk() if story.tree else ()))
        broken = (script for script in story.scripts if script.certain)
        for script in (*(shell.script for shell in shells if shell is not None), *broken):
            texts.setdefault(script.text.span(0, len(script.text.text)).key, script)
    return tuple(texts.values())


def _asked(scene: Scene, scripts: Sequence[Script]) -> tuple[Ignore, ...]:
    """What the files ask to leave out; most say nothing of it."""
    discovery, renderings = scene.discovery, scene.renderings
    texts = [file.source.text for file in discovery.dockerfiles]
    texts += [file.source.text for file in discovery.yaml]
    texts += [script.text.text for script in scripts]
    texts += [source.text for source in plain_sources(discovery)]
    if renderings is not None:
        texts += [source.text for source in renderings.texts().values()]
    if not any("gracelint" in text for text in texts):
        return ()
    from gracelint.resolve.ignores import ignores

    return ignores(discovery, scripts, renderings)
