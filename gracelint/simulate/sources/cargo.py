"""Which sources of a Cargo workspace are in a program: those of the package that it is built from,
and of the workspace's packages that this one depends on.

The source is the Cargo book, *Cargo Targets* (a package's binaries are called as the package, as
`[[bin]]` says, or as a file of `src/bin`) and *Specifying Dependencies*.
"""

from __future__ import annotations

from gracelint.base.typed import TYPE_CHECKING, Any
from gracelint.base.values import dataclass
from gracelint.simulate.sources.scan import LANGUAGES, own_sources
from gracelint.syntax import toml

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gracelint.model.workload import ImageFiles

_TABLES = ("dependencies", "build-dependencies")


@dataclass(frozen=True, slots=True)
class _Package:
    """A package. binaries: what its programs are called. uses: the packages that it depends on."""

    folder: str
    name: str
    binaries: frozenset[str]
    uses: frozenset[str]


def folders(stage: ImageFiles, program: str) -> frozenset[str] | None:
    """The folders whose sources are in a program; none where that cannot be told, None where all
    are: there is no more than one package.

    program: where it lies in the stage that builds it.
    """
    packages = {p.folder: p for p in _packages(stage)}
    if len(packages) < 2:
        return None
    name = program.rpartition("/")[2]
    makers = [p for p in packages.values() if name in p.binaries]
    if len(makers) != 1:
        return frozenset()
    used = _used(makers[0], {_alike(p.name): p for p in packages.values()})
    of = {path.rpartition("/")[0] for path, _ in own_sources(LANGUAGES["rust"], stage)}
    return frozenset(folder for folder in of if _owner(folder, packages) in used)


def _packages(stage: ImageFiles) -> Iterator[_Package]:
    for file in stage:
        folder, _, name = file.path.rpartition("/")
        if name == "Cargo.toml" and file.text is not None:
            manifest = _read(file.text.text)
            package = manifest.get("package")
            if isinstance(package, dict) and isinstance(package.get("name"), str):
                yield _package(folder, package["name"], manifest, stage)


def _read(text: str) -> dict[str, Any]:
    try:
        return toml.read(text)
    except ValueError:
        return {}


def _package(folder: str, name: str, manifest: dict[str, Any], stage: ImageFiles) -> _Package:
    tables = manifest.get("bin")
    of_bin = tables if isinstance(tables, list) else []
    listed = [t.get("name") for t in of_bin if isinstance(t, dict)]
    more = {
        f.path.removeprefix(f"{folder}/src/bin/").partition("/")[0].removesuffix(".rs")
        for f in stage
        if f.path.startswith(f"{folder}/src/bin/")
    }
    uses = {
        _alike(str(table.get("package", key)) if isinstance(table, dict) else key)
        for which in _TABLES
        if isinstance(held := manifest.get(which), dict)
        for key, table in held.items()
    }
    binaries = {name, *more, *(one for one in listed if isinstance(one, str))}
    return _Package(folder, name, frozenset(binaries), frozenset(uses))


def _alike(name: str) -> str:
    return name.replace("-", "_")


def _used(first: _Package, named: dict[str, _Package]) -> set[str]:
    """The folders of a package and of all that it depends on."""
    found, queue = set[str](), [first]
    while queue:
        one = queue.pop()
        if one.folder not in found:
            found.add(one.folder)
            queue += [named[name] for name in one.uses if name in named]
    return found


def _owner(folder: str, packages: dict[str, _Package]) -> str:
    """The folder of the package that a folder belongs to: the nearest above it."""
    while folder and folder not in packages:
        folder = folder.rpartition("/")[0]
    return folder
