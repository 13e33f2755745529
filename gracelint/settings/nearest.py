"""Which settings hold where: those of the nearest file, and what the command line adds."""

from __future__ import annotations

from posixpath import commonpath

from gracelint.base.paths import folder_of
from gracelint.base.typed import TYPE_CHECKING
from gracelint.base.values import dataclass, replace
from gracelint.files.tree import FileProblem
from gracelint.settings.read import Loaded, inside, load

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gracelint.files.tree import Files
    from gracelint.model.options import Options
    from gracelint.settings.read import Rules


_ADDED = ("extend_select", "ignore")


@dataclass(frozen=True, slots=True)
class Given:
    """What the command line says. extend_select and ignore add to what is set, the rest replaces.

    baseline: from the root, or absolute.
    """

    select: tuple[str, ...] = ()
    extend_select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    baseline: str | None = None
    render: str | None = None

    def over(self, loaded: Loaded) -> Loaded:
        """The settings with this."""
        options = loaded.options
        origins = dict(loaded.origins)
        for name in (name for name in Given.__match_args__ if getattr(self, name)):
            before = origins.get((name,), ()) if name in _ADDED else ()
            origins[name,] = (*before, f"--{name.replace('_', '-')}")
        merged = replace(
            options,
            select=self.select or options.select,
            extend_select=(*options.extend_select, *self.extend_select),
            ignore=(*options.ignore, *self.ignore),
            baseline=self.baseline or options.baseline,
            render=self.render or options.render,
        )
        return replace(loaded, options=merged, origins=origins)


class Scope:
    """The settings of one run over one tree.

    rules: all there are. fixed: settings that hold everywhere; the files of the tree are then not
    asked. SettingsError comes of every question that leads to a file which cannot be used.
    """

    def __init__(
        self, files: Files, rules: Rules, given: Given, fixed: Loaded | None = None
    ) -> None:
        self._files = files
        self._rules = rules
        self._given = given
        self._fixed = None if fixed is None else given.over(fixed)
        self._by_folder: dict[str, Loaded] = {}

    def of(self, folder: str) -> Loaded:
        """The settings for what is written in the files of a folder."""
        if self._fixed is not None:
            return self._fixed
        asked = []
        while folder not in self._by_folder:
            path = inside(self._files, folder)
            if path is not None or not folder:
                loaded = Loaded() if path is None else load(self._files, path, self._rules)
                self._by_folder[folder] = self._given.over(loaded)
                break
            asked.append(folder)
            folder = folder_of(folder)
        self._by_folder |= dict.fromkeys(asked, self._by_folder[folder])
        return self._by_folder[folder]

    def near(self, path: str) -> Options:
        """The settings for what is written in a file."""
        return self.of(folder_of(path)).options

    def shared(self, paths: Sequence[str]) -> Loaded:
        """The settings for a run over `paths` as a whole; what they leave out, the files leave out.

        FileProblem for a baseline that the tree names outside of itself.
        """
        loaded = self.of(common(self._files, paths))
        self._files.exclude = loaded.options.exclude
        baseline = loaded.options.baseline
        of_tree = self._fixed is None and self._given.baseline is None
        if (
            of_tree
            and baseline is not None
            and self._files.named(self._files.root / baseline) is None
        ):
            raise FileProblem(baseline, "leads out of the folder that is checked")
        return loaded


def common(files: Files, paths: Sequence[str]) -> str:
    """The folder that holds all of the paths."""
    folders = [path if files.is_dir(path) else folder_of(path) for path in paths]
    return commonpath([f"/{folder}" for folder in folders])[1:] if folders else ""
