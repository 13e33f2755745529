"""`gracelint server`: diagnostics, actions, hover and lenses over unsaved text.

A change starts a run a moment later, in a thread; one that comes in between takes its place, and
what an older run finds is thrown away. Requests wait for the run that knows their text.
"""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lsprotocol import types
from pygls.lsp.server import LanguageServer
from pygls.uris import to_fs_path

from gracelint import __version__
from gracelint.model.finding import Applicability
from gracelint.server import shapes
from gracelint.server.analysis import Analysis, Trouble, analyse, fixed, ignored, roots

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from gracelint.base.source import Span
    from gracelint.model.finding import Finding
    from gracelint.model.story import Story

PAUSE = 0.2
"""Seconds from a change to the run that it starts; typing makes one run of many changes."""

_WATCHED = ("**/*.{toml,yaml,yml,sh,json,dockerfile,container}", "**/*ockerfile*", "**/fly.toml")
_FIX_ALL = f"{types.CodeActionKind.SourceFixAll.value}.{shapes.SOURCE}"
_REASON = "say why"


class Server(LanguageServer):
    """One editor's session. analyses: the newest by root. shown: files that have diagnostics.

    generation: how often the texts have changed.
    """

    def __init__(self) -> None:
        super().__init__("gracelint", __version__)
        self.analyses: dict[Path, Analysis] = {}
        self.shown: dict[Path, set[str]] = {}
        self.generation = 0
        self.running: asyncio.Task[None] | None = None

    def texts(self) -> dict[Path, str]:
        """The open files that are on this machine."""
        texts = {}
        for document in self.workspace.text_documents.values():
            path = to_fs_path(document.uri)
            if path:
                texts[Path(path).resolve()] = document.source
        return texts

    def folders(self) -> list[Path]:
        """The folders that the editor has opened as a whole."""
        paths = map(to_fs_path, self.workspace.folders)
        return [Path(path).resolve() for path in paths if path]

    def changed(self) -> None:
        """Check again soon."""
        self.generation += 1
        if self.running is not None:
            self.running.cancel()
        self.running = asyncio.get_running_loop().create_task(self._run(self.generation))

    async def _run(self, version: int) -> None:
        await asyncio.sleep(PAUSE)
        trees = roots(self.texts(), self.folders())
        for root in self.analyses.keys() - trees.keys():
            self._show(Analysis(root))
            del self.analyses[root]
        for root, texts in trees.items():
            analysis = await asyncio.to_thread(self._analysed, root, texts, version)
            if analysis is not None and version == self.generation:
                self.analyses[root] = analysis
                self._show(analysis)

    def _analysed(self, root: Path, texts: Mapping[str, str], version: int) -> Analysis | None:
        try:
            return analyse(root, texts, version)
        except Exception as error:  # noqa: BLE001
            said = f"internal error: {type(error).__name__}: {error}"
            self.window_log_message(types.LogMessageParams(types.MessageType.Error, said))
            return None

    async def analysis_of(self, uri: str) -> tuple[Analysis, str] | None:
        """The analysis that knows a file as it is now, and the file's path in it."""
        while self.running is not None and not self.running.done():
            await asyncio.wait([self.running])
        path = to_fs_path(uri)
        for root, analysis in self.analyses.items():
            if path and Path(path).resolve().is_relative_to(root):
                inner = Path(path).resolve().relative_to(root).as_posix()
                if inner in analysis.paths:
                    return analysis, inner
        return None

    def _show(self, analysis: Analysis) -> None:
        """Publish what is found, and take back what is found no more."""
        diagnostics: dict[str, list[types.Diagnostic]] = {}
        for finding in analysis.findings:
            place = shapes.uri(analysis.root, finding.primary.span.source)
            diagnostics.setdefault(place, []).append(shapes.diagnostic(analysis.root, finding))
        for trouble in analysis.troubles:
            diagnostics.setdefault(trouble.path.as_uri(), []).append(_troubled(trouble))
        for gone in self.shown.get(analysis.root, set()) - diagnostics.keys():
            diagnostics[gone] = []
        self.shown[analysis.root] = {place for place, listed in diagnostics.items() if listed}
        for place, listed in diagnostics.items():
            params = types.PublishDiagnosticsParams(place, listed)
            self.text_document_publish_diagnostics(params)


def _troubled(trouble: Trouble) -> types.Diagnostic:
    line = max(trouble.line - 1, 0)
    place = types.Range(types.Position(line, 0), types.Position(line + 1, 0))
    level = types.DiagnosticSeverity.Error
    return types.Diagnostic(place, trouble.message, level, source=shapes.SOURCE)


def server() -> Server:
    """A server with all that it answers to."""
    language_server = Server()
    _follow(language_server)

    @language_server.feature(
        types.TEXT_DOCUMENT_CODE_ACTION,
        types.CodeActionOptions([types.CodeActionKind.QuickFix, _FIX_ALL]),
    )
    async def actions(ls: Server, params: types.CodeActionParams) -> list[types.CodeAction]:
        return await _actions(ls, params)

    @language_server.feature(types.TEXT_DOCUMENT_HOVER)
    async def hover(ls: Server, params: types.HoverParams) -> types.Hover | None:
        context = await ls.analysis_of(params.text_document.uri)
        text = None if context is None else _said(*context, params.position)
        if text is None:
            return None
        return types.Hover(types.MarkupContent(types.MarkupKind.Markdown, text))

    @language_server.feature(types.TEXT_DOCUMENT_CODE_LENS)
    async def lens(ls: Server, params: types.CodeLensParams) -> list[types.CodeLens]:
        context = await ls.analysis_of(params.text_document.uri)
        return [] if context is None else list(shapes.lenses(list(context[0].stories), context[1]))

    @language_server.command(shapes.TRACE)
    def trace(ls: Server, name: str, path: str, line: int) -> str:
        """The trace of a container, shown as a message too."""
        for analysis in ls.analyses.values():
            for story in analysis.stories:
                place = story.workload.declared.place
                if (place.source.path, place.first.line) == (path, line):
                    text = shapes.traced(analysis.root, story)
                    message = types.ShowMessageParams(types.MessageType.Info, _plain(text))
                    ls.window_show_message(message)
                    return text
        return f"nothing is known of {name} any more"

    return language_server


def _plain(block: str) -> str:
    return block.removeprefix("```text\n").removesuffix("\n```")


def _follow(language_server: Server) -> None:
    """Everything after which the tree has to be looked at again."""

    @language_server.feature(types.INITIALIZED)
    async def initialized(ls: Server, params: types.InitializedParams) -> None:  # noqa: ARG001
        workspace = ls.client_capabilities.workspace
        watched = workspace.did_change_watched_files if workspace else None
        if watched is None or not watched.dynamic_registration:
            return
        watchers = [types.FileSystemWatcher(pattern) for pattern in _WATCHED]
        options = types.DidChangeWatchedFilesRegistrationOptions(watchers)
        method = types.WORKSPACE_DID_CHANGE_WATCHED_FILES
        asked = types.Registration("gracelint-watch", method, options)
        await ls.client_register_capability_async(types.RegistrationParams([asked]))

    async def again(ls: Server, params: Any) -> None:  # noqa: ARG001
        ls.changed()

    for method in (
        types.TEXT_DOCUMENT_DID_OPEN,
        types.TEXT_DOCUMENT_DID_CHANGE,
        types.TEXT_DOCUMENT_DID_SAVE,
        types.TEXT_DOCUMENT_DID_CLOSE,
        types.WORKSPACE_DID_CHANGE_WATCHED_FILES,
        types.WORKSPACE_DID_CHANGE_WORKSPACE_FOLDERS,
    ):
        language_server.feature(method)(again)


# Actions ------------------------------------------------------------------------------------------


async def _actions(ls: Server, params: types.CodeActionParams) -> list[types.CodeAction]:
    context = await ls.analysis_of(params.text_document.uri)
    if context is None:
        return []
    analysis, path = context
    only = params.context.only
    actions: list[types.CodeAction] = []
    if _wants(only, types.CodeActionKind.QuickFix.value):
        texts = _unsaved(ls, analysis)
        for finding in _meeting(analysis.at(path), params.range):
            actions += _fixes(analysis, finding)
            actions += await asyncio.to_thread(_ignoring, analysis.root, texts, finding)
    if _wants(only, _FIX_ALL) and analysis.at(path):
        actions += await asyncio.to_thread(_all_fixed, analysis.root, _unsaved(ls, analysis), path)
    return actions


def _wants(only: Sequence[str] | None, kind: str) -> bool:
    """Whether actions of a kind are asked for; asking for `source` asks for `source.fixAll`."""
    return only is None or any(kind == each or kind.startswith(f"{each}.") for each in only)


def _unsaved(ls: Server, analysis: Analysis) -> dict[str, str]:
    return roots(ls.texts(), ls.folders()).get(analysis.root, {})


def _meeting(findings: Iterable[Finding], asked: types.Range) -> list[Finding]:
    return [f for f in findings if _meets(f.primary.span, asked)]


def _meets(span: Span, asked: types.Range) -> bool:
    """Whether a range touches the lines of a span."""
    place = shapes.span_range(span)
    return place.start.line <= asked.end.line and asked.start.line <= place.end.line


def _fixes(analysis: Analysis, finding: Finding) -> Iterable[types.CodeAction]:
    first = True
    for fix in finding.fixes:
        if not fix.edits:
            continue
        yield types.CodeAction(
            shapes.title(fix),
            types.CodeActionKind.QuickFix,
            [shapes.diagnostic(analysis.root, finding)],
            is_preferred=(first and fix.applicability is Applicability.SAFE) or None,
            edit=shapes.edit(analysis.root, fix),
        )
        first = False


def _ignoring(root: Path, texts: Mapping[str, str], finding: Finding) -> list[types.CodeAction]:
    path = finding.primary.span.source.path
    new = ignored(root, texts, finding, _REASON)
    if new is None or path not in texts:
        return []
    changes = {shapes.uri(root, finding.primary.span.source): [shapes.whole(texts[path], new)]}
    return [
        types.CodeAction(
            f"Ignore {finding.rule.code} here",
            types.CodeActionKind.QuickFix,
            [shapes.diagnostic(root, finding)],
            edit=types.WorkspaceEdit(changes=changes),
        )
    ]


def _all_fixed(root: Path, texts: Mapping[str, str], path: str) -> list[types.CodeAction]:
    new = fixed(root, texts, path)
    if new is None:
        return []
    changes = {(root / path).as_uri(): [shapes.whole(texts[path], new)]}
    edit = types.WorkspaceEdit(changes=changes)
    return [types.CodeAction("Apply all safe fixes of gracelint", _FIX_ALL, edit=edit)]


# Hover --------------------------------------------------------------------------------------------


def _said(analysis: Analysis, path: str, at: types.Position) -> str | None:
    """The rule's page where something is found, the trace where a process is written."""
    asked = types.Range(at, at)
    for finding in analysis.at(path):
        place = shapes.span_range(finding.primary.span)
        if place.start <= at <= place.end:
            from gracelint.pages.reader import load

            page = load(finding.rule.code)
            return None if page is None else page.shown
    for story in analysis.stories:
        if any(_meets(span, asked) for span in _places(story) if span.source.path == path):
            return shapes.traced(analysis.root, story)
    return None


def _places(story: Story) -> Iterable[Span]:
    """Where a container and its processes are written."""
    yield story.workload.declared.place
    for process in story.tree.walk() if story.tree else ():
        if process.span is not None:
            yield process.span.place
