"""Which files of a program its imports are.

there: whether a file is in sight. Every function gives paths of the image.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from gracelint.base import lazy
from gracelint.base.paths import absolute, upwards
from gracelint.syntax.json import string as json_string

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from gracelint.model.entries import ImageView
    from gracelint.syntax.code import tree

    There = Callable[[str], bool]

_TAILS = ("", ".js", ".mjs", ".cjs", ".ts", ".tsx", ".mts", ".jsx", ".json")
_INDEXES = ("/index.js", "/index.mjs", "/index.cjs", "/index.ts", "/index.tsx")
_BUILT = {".js": (".ts", ".tsx"), ".mjs": (".mts",), ".cjs": (".cts",), ".jsx": (".tsx",)}


def python(node: tree.Import, importer: str, roots: tuple[str, ...], there: There) -> list[str]:
    """The files that a Python import runs: packages on the way, then the module, then what of it
    is a module.

    roots: folders in which modules are looked for.
    """
    if node.level:
        base = importer.rpartition("/")[0] or "/"
        for _ in range(node.level - 1):
            base = base.rpartition("/")[0] or "/"
        paths = _below(base, node.module, there) if node.module else _package(base, there)
        return paths + _submodules(base, node, there)
    for root in dict.fromkeys((*roots, importer.rpartition("/")[0] or "/")):
        # A folder is a package without an `__init__.py` as well.
        paths = _below(root, node.module, there) + _submodules(root, node, there)
        if paths:
            return paths
    return []


def _package(folder: str, there: There) -> list[str]:
    path = absolute("__init__.py", folder)
    return [path] if there(path) else []


def _below(root: str, module: str, there: There) -> list[str]:
    paths: list[str] = []
    at = root
    for part in module.split("."):
        at = absolute(part, at)
        for path in (f"{at}/__init__.py", f"{at}.py"):
            if there(path):
                paths.append(path)
                break
    last = absolute(module.replace(".", "/"), root)
    ends = (f"{last}.py", f"{last}/__init__.py")
    return paths if paths and paths[-1] in ends else []


def _submodules(root: str, node: tree.Import, there: There) -> list[str]:
    base = absolute(node.module.replace(".", "/"), root) if node.module else root
    paths = []
    for what, _ in node.names:
        if what and what not in {"*", "."}:
            for path in (f"{base}/{what}.py", f"{base}/{what}/__init__.py"):
                if there(path):
                    paths.append(path)
                    break
    return paths


# JavaScript -------------------------------------------------------------------------------------


def javascript(name: str, importer: str, view: ImageView) -> str:
    """The file that a JavaScript file means by a name; "" for a package of somebody else's."""
    folder = importer.rpartition("/")[0] or "/"
    if name.startswith((".", "/")):
        return script(absolute(name, folder), view)
    if name.startswith("#"):
        return _imported(name, folder, view)
    for base in upwards(folder):
        path = script(absolute(f"node_modules/{name}", base), view)
        if path:
            return path
    return _aliased(name, folder, view) or _workspace(name, folder, view)


def script(path: str, view: ImageView) -> str:
    """The file that node runs for a path; a source that it is built from, where only that is in
    sight; "" for none.
    """
    for tail in _TAILS:
        if view.text(path + tail) is not None:
            return path + tail
    for tail, others in _BUILT.items():
        for other in others:
            if path.endswith(tail) and view.text(path.removesuffix(tail) + other) is not None:
                return path.removesuffix(tail) + other
    folder = path.rstrip("/")
    indexes = (folder + tail for tail in _INDEXES if view.text(folder + tail) is not None)
    return _main_of(folder, view) or next(indexes, "")


def command_of(path: str) -> str:
    """The command whose script a path of a package is; "" where the path does not tell.

    `node_modules/.bin/next` and `node_modules/next/dist/bin/next` are `next`,
    `node_modules/nodemon/bin/nodemon.js` is `nodemon`, and `node_modules/tsx/dist/cli.mjs` is
    `tsx`.
    """
    folder, _, file = path.rpartition("/node_modules/")[2].rpartition("/")
    stem = file.rpartition(".")[0] if file.endswith((".js", ".mjs", ".cjs")) else file
    package = folder.partition("/")[0]
    if stem in {"cli", "bin", f"{package}-cli"} and package[:1] not in {"", "@", "."}:
        return package
    return stem if folder == stem or folder.rpartition("/")[2] in {".bin", "bin"} else ""


def stated_main(folder: str, view: ImageView) -> str:
    """The file that a folder's package.json names as its main one, in sight or not; "" for none."""
    package = view.text(f"{folder.rstrip('/')}/package.json")
    main = json_string(package, "main") if package is not None else None
    return absolute(main.value, folder) if main is not None and main.value else ""


_BUILDS = frozenset({"dist", "build", "out", "lib", "output", ".output", "target", "compiled"})


def built_from(path: str, view: ImageView) -> str:
    """The source of a file in a folder that a build makes; "" where it is not to be found.

    `/app/dist/main.js` is built from `/app/src/main.ts`, or from `/app/main.ts`, where no
    tsconfig.json names another folder.
    """
    for base in (*_configured(path, view), *_by_custom(path)):
        stem = base.rpartition(".")[0] if base.endswith((".js", ".mjs", ".cjs")) else base
        for tail in (".ts", ".tsx", ".mts", ".cts", ".js", ".mjs", "/index.ts"):
            if stem + tail != path and view.text(stem + tail) is not None:
                return stem + tail
    return ""


def _by_custom(path: str) -> Iterator[str]:
    """Where the source of a built file commonly stands."""
    parts = path.split("/")
    for at, part in enumerate(parts):
        if part in _BUILDS:
            root, rest = "/".join(parts[:at]), "/".join(parts[at + 1 :])
            yield f"{root}/src/{rest}"
            yield f"{root}/{rest}"


def _configured(path: str, view: ImageView) -> Iterator[str]:
    """Where it stands by the `outDir` and `rootDir` of a TypeScript project above."""
    for base in upwards(path.rpartition("/")[0] or "/"):
        for name in _CONFIGS:
            config = view.text(absolute(name, base))
            places = dict(_PLACES.findall(config.text)) if config is not None else {}
            out = absolute(places["outDir"], base) if "outDir" in places else ""
            if out and path.startswith(f"{out}/"):
                rest = path[len(out) + 1 :]
                roots = [places["rootDir"]] if "rootDir" in places else ["src", "."]
                yield from (absolute(rest, absolute(root, base)) for root in roots)


_CONFIGS = tuple(
    f"tsconfig{part}.json" for part in ("", ".node", ".server", ".backend", ".build", ".prod")
)
_PLACES = lazy.compile(r'(?m)(?:^|[{,])[ \t]*"(outDir|rootDir)"\s*:\s*"([^"\n]+)"')


def package_root(path: str, view: ImageView) -> str:
    """The nearest folder above with a package.json, with a `/`; "" for none."""
    for base in upwards(path.rpartition("/")[0] or "/"):
        if view.text(absolute("package.json", base)) is not None:
            return base.rstrip("/") + "/"
    return ""


def _main_of(folder: str, view: ImageView) -> str:
    package = view.text(f"{folder}/package.json")
    if package is None:
        return ""
    for keys in (
        ("exports",),
        ("exports", "."),
        ("exports", ".", "import"),
        ("main",),
        ("module",),
    ):
        main = json_string(package, *keys)
        if main is not None and main.value:
            path = absolute(main.value, folder)
            for tail in (*_TAILS, *_INDEXES):
                if view.text(path + tail) is not None:
                    return path + tail
    return ""


def _imported(name: str, folder: str, view: ImageView) -> str:
    """`#name` stands in the `imports` of the nearest package.json."""
    for base in upwards(folder):
        package = view.text(absolute("package.json", base))
        if package is not None:
            target = json_string(package, "imports", name)
            return script(absolute(target.value, base), view) if target and target.value else ""
    return ""


def _aliased(name: str, folder: str, view: ImageView) -> str:
    """`@/name` and its like, as the nearest tsconfig.json has them."""
    for base in upwards(folder):
        config = view.text(absolute("tsconfig.json", base)) or view.text(
            absolute("jsconfig.json", base)
        )
        if config is None:
            continue
        root = json_string(config, "compilerOptions", "baseUrl")
        start = absolute(root.value, base) if root is not None and root.value else base
        head, _, rest = name.partition("/")
        for pattern in (f"{head}/*", "*"):
            target = _first_of(config.text, pattern)
            tail = rest if pattern != "*" else name
            if target and target.endswith("*"):
                return script(absolute(target[:-1] + tail, start), view)
        return script(absolute(name, start), view) if root is not None else ""
    return ""


def _first_of(text: str, pattern: str) -> str:
    """The first place that a path pattern of tsconfig.json stands for."""
    _, separator, behind = text.partition(f'"{pattern}"')
    if not separator:
        return ""
    return behind.partition("[")[2].partition('"')[2].partition('"')[0]


def _workspace(name: str, folder: str, view: ImageView) -> str:
    """A package of the same repository, by the name in its package.json."""
    package = "/".join(name.split("/")[: 2 if name.startswith("@") else 1])
    rest = name[len(package) :]
    last = package.rpartition("/")[2]
    for base in upwards(folder):
        for group in ("packages", "libs", "apps", "modules", "shared"):
            for inner in {last, *(view.names(f"{base.rstrip('/')}/{group}") or ())}:
                at = f"{base.rstrip('/')}/{group}/{inner}"
                text = view.text(f"{at}/package.json")
                named = json_string(text, "name") if text is not None else None
                if named is not None and named.value == package:
                    return script(at + rest, view) or script(f"{at}/src{rest}", view)
    return ""
