"""The language server, asked by a real client over standard input and output."""

from __future__ import annotations

import asyncio
import sys
from functools import wraps
from typing import TYPE_CHECKING, Any

from lsprotocol import types
from pygls.lsp.client import LanguageClient

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from pathlib import Path

DOCKERFILE = 'FROM debian:12\nCOPY run.sh /run.sh\nENTRYPOINT ["/run.sh"]\n'
SCRIPT = "#!/bin/sh\n# \N{PILE OF POO}\necho up; /app/server --port 80\n"
SHELL = "FROM debian:12\nCMD /app/server\n"
SECONDS = 120  # against hanging


class Client(LanguageClient):
    """An editor. diagnostics: by address, what was published last."""

    def __init__(self) -> None:
        super().__init__("editor", "1")
        self.diagnostics: dict[str, list[types.Diagnostic]] = {}
        self.news = asyncio.Event()

        @self.feature(types.TEXT_DOCUMENT_PUBLISH_DIAGNOSTICS)
        def published(params: types.PublishDiagnosticsParams) -> None:
            self.diagnostics[params.uri] = list(params.diagnostics)
            self.news.set()

        @self.feature(types.WINDOW_SHOW_MESSAGE)
        def told(params: types.ShowMessageParams) -> None:
            assert params.message

        @self.feature(types.WINDOW_LOG_MESSAGE)
        def logged(params: types.LogMessageParams) -> None:
            raise AssertionError(params.message)


def served(test: Callable[[Client, Path], Awaitable[None]]) -> Callable[[Path], None]:
    """A test with a server of its own, which looks after a folder."""

    async def whole(folder: Path) -> None:
        client = Client()
        await client.start_io(sys.executable, "-m", "gracelint", "server")
        opened = [types.WorkspaceFolder(folder.as_uri(), "tree")]
        capabilities = types.ClientCapabilities()
        params = types.InitializeParams(capabilities, workspace_folders=opened)
        await client.initialize_async(params)
        client.initialized(types.InitializedParams())
        await test(client, folder)
        await client.shutdown_async(None)
        client.exit(None)
        await client.stop()

    @wraps(test)
    def run(tmp_path: Path) -> None:
        asyncio.run(asyncio.wait_for(whole(tmp_path), SECONDS))

    del run.__wrapped__  # or pytest looks for the fixtures of what is wrapped
    return run


def put(folder: Path, name: str, text: str) -> str:
    """Write a file; its address."""
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path.as_uri()


def opened(client: Client, uri: str, text: str) -> None:
    item = types.TextDocumentItem(uri, "plaintext", 1, text)
    client.text_document_did_open(types.DidOpenTextDocumentParams(item))


def typed(client: Client, uri: str, version: int, text: str) -> None:
    change = types.TextDocumentContentChangeWholeDocument(text)
    document = types.VersionedTextDocumentIdentifier(version, uri)
    client.text_document_did_change(types.DidChangeTextDocumentParams(document, [change]))


async def codes(client: Client, uri: str, wanted: list[str]) -> list[types.Diagnostic]:
    """The diagnostics of a file, once they have these codes."""
    while True:
        found = client.diagnostics.get(uri)
        if found is not None and [each.code for each in found] == wanted:
            return list(found)
        client.news.clear()
        await client.news.wait()


async def actions(client: Client, uri: str, place: types.Range, **more: Any) -> list[Any]:
    context = types.CodeActionContext([], **more)
    document = types.TextDocumentIdentifier(uri)
    params = types.CodeActionParams(document, place, context)
    return list(await client.text_document_code_action_async(params) or [])


def changed(text: str, edits: list[types.TextEdit]) -> str:
    """A text after edits, the last one first."""
    lines = text.split("\n")
    for each in reversed(edits):
        start, end = each.range.start, each.range.end
        before = "\n".join([*lines[: start.line], lines[start.line][: start.character]])
        rest = lines[end.line :] or [""]
        after = "\n".join([rest[0][end.character :], *rest[1:]])
        lines = (before + each.new_text + after).split("\n")
    return "\n".join(lines)


@served
async def test_a_script_is_judged_by_the_dockerfile_that_runs_it(
    client: Client, tmp_path: Path
) -> None:
    put(tmp_path, "Dockerfile", DOCKERFILE)
    uri = put(tmp_path, "run.sh", SCRIPT)
    opened(client, uri, SCRIPT)
    (found,) = await codes(client, uri, ["GL201"])
    assert found.source == "gracelint"
    assert found.severity is types.DiagnosticSeverity.Error
    assert found.range.start == types.Position(2, 9)
    related = [each.location.uri for each in found.related_information or []]
    assert related == [(tmp_path / "Dockerfile").as_uri()]


@served
async def test_text_that_is_not_saved_counts(client: Client, tmp_path: Path) -> None:
    uri = put(tmp_path, "Dockerfile", SHELL)
    opened(client, uri, SHELL)
    await codes(client, uri, ["GL102"])
    typed(client, uri, 2, 'FROM debian:12\nCMD ["/app/server"]\n')
    await codes(client, uri, [])


@served
async def test_a_script_that_is_not_saved_changes_what_the_dockerfile_starts(
    client: Client, tmp_path: Path
) -> None:
    script = put(tmp_path, "run.sh", SCRIPT)
    opened(client, put(tmp_path, "Dockerfile", DOCKERFILE), DOCKERFILE)
    opened(client, script, SCRIPT)
    await codes(client, script, ["GL201"])
    typed(client, script, 2, SCRIPT.replace("/app", "exec /app"))
    await codes(client, script, [])


@served
async def test_fixes_are_offered_and_repair(client: Client, tmp_path: Path) -> None:
    put(tmp_path, "Dockerfile", DOCKERFILE)
    uri = put(tmp_path, "run.sh", SCRIPT)
    opened(client, uri, SCRIPT)
    (found,) = await codes(client, uri, ["GL201"])
    offered = {each.title: each for each in await actions(client, uri, found.range)}
    fix = next(each for name, each in offered.items() if name.startswith("Start "))
    assert fix.is_preferred
    repaired = changed(SCRIPT, fix.edit.changes[uri])
    assert repaired == SCRIPT.replace("/app", "exec /app")
    left_out = changed(SCRIPT, offered["Ignore GL201 here"].edit.changes[uri])
    typed(client, uri, 2, left_out)
    await codes(client, uri, [])


@served
async def test_all_safe_fixes_at_once(client: Client, tmp_path: Path) -> None:
    uri = put(tmp_path, "Dockerfile", SHELL)
    opened(client, uri, SHELL)
    await codes(client, uri, ["GL102"])
    everywhere = types.Range(types.Position(0, 0), types.Position(9, 0))
    (every,) = await actions(client, uri, everywhere, only=["source.fixAll"])
    assert every.kind == "source.fixAll.gracelint"
    assert changed(SHELL, every.edit.changes[uri]) == 'FROM debian:12\nCMD ["/app/server"]\n'


@served
async def test_hover_explains_the_rule_and_shows_the_trace(client: Client, tmp_path: Path) -> None:
    uri = put(tmp_path, "Dockerfile", SHELL)
    opened(client, uri, SHELL)
    document = types.TextDocumentIdentifier(uri)
    rule = await client.text_document_hover_async(types.HoverParams(document, types.Position(1, 6)))
    assert rule is not None
    assert rule.contents.value.startswith("# GL102 ")
    trace = await client.text_document_hover_async(
        types.HoverParams(document, types.Position(0, 2))
    )
    assert trace is not None
    assert trace.contents.value.startswith("```text\nDockerfile \N{MIDDLE DOT} ")
    assert "never told; killed" in trace.contents.value


@served
async def test_a_lens_says_how_it_ends(client: Client, tmp_path: Path) -> None:
    uri = put(tmp_path, "Dockerfile", SHELL)
    opened(client, uri, SHELL)
    params = types.CodeLensParams(types.TextDocumentIdentifier(uri))
    (lens,) = await client.text_document_code_lens_async(params) or []
    assert lens.command is not None
    assert lens.command.title == "killed after 10 s"
    asked = types.ExecuteCommandParams(lens.command.command, lens.command.arguments)
    assert "PID 1, shell" in await client.workspace_execute_command_async(asked)


@served
async def test_a_lens_is_there_once_with_the_script_open(client: Client, tmp_path: Path) -> None:
    uri = put(tmp_path, "Dockerfile", DOCKERFILE)
    script = put(tmp_path, "run.sh", SCRIPT)
    opened(client, uri, DOCKERFILE)
    opened(client, script, SCRIPT)
    await codes(client, script, ["GL201"])
    params = types.CodeLensParams(types.TextDocumentIdentifier(uri))
    (lens,) = await client.text_document_code_lens_async(params) or []
    assert lens.command is not None
    assert lens.command.title == "killed after 10 s"


@served
async def test_settings_are_read_again(client: Client, tmp_path: Path) -> None:
    uri = put(tmp_path, "Dockerfile", SHELL)
    opened(client, uri, SHELL)
    await codes(client, uri, ["GL102"])
    settings = put(tmp_path, "gracelint.toml", 'ignore = ["GL102"]\n')
    change = types.FileEvent(settings, types.FileChangeType.Created)
    client.workspace_did_change_watched_files(types.DidChangeWatchedFilesParams([change]))
    await codes(client, uri, [])
    put(tmp_path, "gracelint.toml", "ignore = 7\n")
    client.workspace_did_change_watched_files(types.DidChangeWatchedFilesParams([change]))
    (wrong,) = await codes(client, settings, [None])
    assert wrong.range.start.line == 0
    assert wrong.message


@served
async def test_what_is_closed_is_taken_back(client: Client, tmp_path: Path) -> None:
    uri = put(tmp_path, "Dockerfile", SHELL)
    opened(client, uri, SHELL)
    await codes(client, uri, ["GL102"])
    document = types.TextDocumentIdentifier(uri)
    client.text_document_did_close(types.DidCloseTextDocumentParams(document))
    await codes(client, uri, [])
