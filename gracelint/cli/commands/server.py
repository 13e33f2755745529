"""`gracelint server`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gracelint.cli.options import UsageError

if TYPE_CHECKING:
    from gracelint.cli.options import Server


def server(request: Server) -> int:  # noqa: ARG001
    """Serve until the editor ends it; the exit status."""
    try:
        from gracelint.server.server import server as made
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] not in {"pygls", "lsprotocol"}:
            raise
        raise UsageError("the language server needs pygls: install gracelint[lsp]") from None
    made().start_io()
    return 0
