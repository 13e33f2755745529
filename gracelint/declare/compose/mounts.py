"""Files of the project that Compose puts into a container: bind mounts and configs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gracelint.base.paths import absolute, seen_from
from gracelint.base.values import dataclass
from gracelint.declare.compose.model import headed
from gracelint.model.workload import ImageFile, ImageFiles

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from gracelint.base.source import Span, Text
    from gracelint.declare.compose.model import Project, Service, Value
    from gracelint.files.tree import Files

MAX_FILES = 300
"""Of a mounted folder, so many files are listed; any other is found when it is asked for."""

_LEFT_OUT = frozenset({".git", "node_modules", "vendor", "__pycache__"})


@dataclass(frozen=True, slots=True)
class Mount:
    """What is mounted at `target`: a path of the project, a text, or something not in sight."""

    target: str
    span: Span
    path: str | None = None
    text: Text | None = None


def _covers(mount: Mount, path: str) -> bool:
    return path == mount.target or path.startswith(mount.target.rstrip("/") + "/")


class MountedFiles(ImageFiles):
    """An image's files with mounts over them; a mounted folder is read when it is asked for.

    kept: where volumes are, which are no part of what is mounted around them.
    """

    __slots__ = ("_files", "_found", "_image", "_kept", "_listed", "_mounts", "_there")

    def __init__(
        self, image: ImageFiles, mounts: Sequence[Mount], files: Files, kept: Sequence[str] = ()
    ) -> None:
        super().__init__({}, complete=image.complete)
        self._kept = kept
        self._image = image
        self._mounts = sorted(mounts, key=lambda m: len(m.target), reverse=True)
        self._files = files
        self._found: dict[str, ImageFile | None] = {}
        self._listed: list[str] | None = None
        self._there: list[str] | None = None

    def __iter__(self):  # type: ignore[no-untyped-def]
        kept = (entry for entry in self._image if self._mount(entry.path) is None)
        mounted = (self.get(path) for path in self._mounted())
        return iter([*kept, *(entry for entry in mounted if entry is not None)])

    def commands(self) -> tuple[str, ...]:
        """The RUN instructions of the image."""
        return self._image.commands()

    def paths(self) -> Iterable[str]:
        """The absolute path of each file that is listed."""
        if self._there is None:
            kept = [path for path in self._image.paths() if self._mount(path) is None]
            mounted = (path for path in self._mounted() if self.get(path) is not None)
            self._there = [*kept, *mounted]
        return self._there

    def holds(self, folder: str) -> bool:
        """Whether a file is known to be below an absolute path."""
        prefix = folder.rstrip("/") + "/"
        below = [path for path in self._mounted() if path.startswith(prefix)]
        if any(self.get(path) is not None for path in below):
            return True
        return self._mount(prefix + ".") is None and self._image.holds(folder)

    def _mounted(self) -> list[str]:
        if self._listed is None:
            self._listed = [path for mount in self._mounts for path in self._paths(mount)]
        return self._listed

    def find(self, command: str, path: str, workdir: str) -> ImageFile | None:
        """The file that executing `command` runs; `path` is $PATH."""
        if "/" in command:
            return self.get(absolute(command, workdir))
        for folder in path.split(":"):
            where = absolute(command, folder or workdir)
            mounted = self._mount(where) is not None
            file = self.get(where) if mounted else self._image.find(command, folder, workdir)
            if file is not None:
                return file
        return None

    def makers(self, path: str) -> list[tuple[ImageFiles, str]]:
        """Those of the image, unless something is mounted there."""
        if self._mount(path) is not None:
            return super().makers(path)
        return [(self, path), *self._image.makers(path)[1:]]

    def is_folder(self, path: str) -> bool:
        """Whether a path is known to be a folder."""
        return self._mount(path) is None and self._image.is_folder(path)

    def link(self, path: str) -> str:
        """Where a symbolic link points that an instruction has made, "" where there is none."""
        return self._image.link(path) if self._mount(path) is None else ""

    def hides(self, path: str) -> str:
        """Why nothing is at a path below a mounted folder; "" where there may be something."""
        mount = self._mount(path)
        if mount is None or path == mount.target or not self._is_folder(mount) or self.get(path):
            return ""
        if any(path.startswith(f"{at.rstrip('/')}/") for at in self._kept if _covers(mount, at)):
            return ""
        folder = mount.path or "."
        return f"the mount over `{mount.target}` hides it, and `{folder}` has no such file"

    def overlaid(self, folder: str) -> bool:
        """Whether a folder of the project is mounted over it, or over sources in it: where they
        usually are, or where the image has some of its own.
        """
        return any(
            self._is_folder(mount) and (_covers(mount, folder) or self._over_sources(mount, folder))
            for mount in self._mounts
        )

    def _over_sources(self, mount: Mount, folder: str) -> bool:
        below = folder.rstrip("/") + "/"
        if not mount.target.startswith(below):
            return False
        usual = mount.target.removeprefix(below) in {"src", "app"}
        return usual or self._image.holds(mount.target)

    def _paths(self, mount: Mount) -> list[str]:
        """The paths of what is mounted, of a folder no more than MAX_FILES."""
        if mount.path is None or not self._is_folder(mount):
            return [mount.target]
        paths: list[str] = []
        folders = [(mount.path, mount.target.rstrip("/"))]
        seen = 0
        while folders and len(paths) < MAX_FILES and seen < MAX_FILES:
            folder, target = folders.pop()
            seen += 1
            for name in self._files.names(folder):
                path = f"{folder}/{name}".lstrip("/")
                if self._files.is_dir(path):
                    folders += [] if name in _LEFT_OUT else [(path, f"{target}/{name}")]
                else:
                    paths.append(f"{target}/{name}")
        return paths[:MAX_FILES]

    def _is_folder(self, mount: Mount) -> bool:
        return mount.path is not None and self._files.is_dir(mount.path)

    def _mount(self, path: str) -> Mount | None:
        return next((mount for mount in self._mounts if _covers(mount, path)), None)

    def get(self, path: str) -> ImageFile | None:
        """The file at an absolute path, looked for once."""
        if path not in self._found:
            self._found[path] = self._at(path)
        return self._found[path]

    def _at(self, path: str) -> ImageFile | None:
        mount = self._mount(path)
        if mount is None:
            return self._image.get(path)
        if mount.text is not None and path == mount.target:
            return ImageFile(path, mount.text, None, "", (mount.span,))
        if mount.path is None:
            return ImageFile(path, None, None, "it is mounted from outside", (mount.span,))
        where = seen_from(mount.path, path[len(mount.target) :].lstrip("/"))
        source = None if where is None or self._files.is_dir(where) else self._files.read(where)
        if source is not None and where is not None:
            runs = self._files.is_executable(where)
            return ImageFile(path, source, runs, "", (mount.span,))
        if path != mount.target or self._is_folder(mount):
            return None
        return ImageFile(path, None, None, f"`{mount.path}` is not in sight", (mount.span,))


def mounted(service: Service, project: Project, files: Files, image: ImageFiles) -> ImageFiles:
    """The container's files: the image's, with what the service mounts over them."""
    mounts: dict[str, Mount] = {}
    kept: list[str] = []
    for value in service.values("volumes"):
        for item in value.children():
            if (mount := volume(item)) is not None:
                mounts[mount.target] = mount
            else:
                kept.append(absolute(target(item) or "/", "/"))
    for value in service.values("configs"):
        for item in value.children():
            if (mount := _config(item, project)) is not None:
                mounts[mount.target] = mount
    return MountedFiles(image, tuple(mounts.values()), files, kept) if mounts else image


def target(item: Value) -> str:
    """Where a volume with or without a name is, as it is written; "" where that is not known."""
    if item.node.kind != "scalar":
        return _scalar(item.get("target")) or ""
    parts = (item.text.value or "").split(":")
    return parts[1] if len(parts) > 1 else parts[0]


def volume(item: Value) -> Mount | None:
    """A bind mount; None for a volume, which starts with the image's files."""
    if item.node.kind == "scalar":
        text = _from_here(item)
        parts = text.split(":") if text else []
        if len(parts) < 2 or not parts[0].startswith((".", "/", "~")):
            return None
        source, target = parts[0], parts[1]
    else:
        kind, at = (_scalar(item.get(key)) for key in ("type", "target"))
        given = item.get("source")
        from_here = None if given is None else _from_here(given)
        if kind != "bind" or from_here is None or at is None:
            return None
        source, target = from_here, at
    if not target.startswith("/"):
        return None
    return Mount(absolute(target, "/"), item.place, seen_from(item.context.folder, source))


def _from_here(value: Value) -> str | None:
    """The text of a scalar; `$PWD` is where `docker compose` is run, beside the file."""
    if value.node.kind != "scalar":
        return None
    name, rest = headed(value.text)
    return f"./{rest}" if name == "PWD" else value.text.value


def _scalar(value: Value | None) -> str | None:
    return None if value is None or value.node.kind != "scalar" else value.text.value


def _config(item: Value, project: Project) -> Mount | None:
    name = _scalar(item if item.node.kind == "scalar" else item.get("source"))
    target = _scalar(item.get("target")) if item.node.kind == "mapping" else None
    given = None if name is None else project.configs.get(name)
    if given is None or name is None:
        return None
    at = absolute(target or name, "/")
    content = given.get("content")
    if content is not None and content.text.value is not None:
        return Mount(at, item.place, None, content.text.text)
    path = _scalar(given.get("file"))
    return Mount(at, item.place, seen_from(given.context.folder, path) if path else None)
