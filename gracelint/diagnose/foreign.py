"""Containers in which there are no signals: Windows and WebAssembly."""

from __future__ import annotations

from gracelint.base import lazy
from gracelint.base.facts import Known
from gracelint.base.typed import TYPE_CHECKING

if TYPE_CHECKING:
    from gracelint.model.workload import Workload

_WINDOWS = lazy.compile(
    r"(?:mcr\.microsoft\.com/windows|(?:.*/)?windows/(?:servercore|nanoserver|server)(?:/.*)?"
    r"|(?:.*/)?(?:windowsservercore|nanoserver))(?:[:@].*)?|.*[:-](?:windowsservercore|nanoserver|windows)(?:[-.].*)?"
    r"|.*:.*(?:windowsservercore|nanoserver).*|(?:.*/)?dotnet/framework/.*|winamd64/.*"
)
"""References of Windows images. Source: the tags of Microsoft's and Docker's official images."""

_WORDS = ("windows", "nanoserver", "dotnet/framework", "winamd64")  # one of which stands in each

_LONGEST = 1000  # characters of a reference; no image is called by so many

_WASM = ("wasi/", "wasm", "io.containerd.wasm", "io.containerd.spin", "io.containerd.slight")


def without_signals(workload: Workload) -> str:
    """Why no signal reaches anything in a container, as a sentence; "" where signals do."""
    platform = workload.platform.lower()
    reference = (workload.base.reference or "").lower()
    named = len(reference) < _LONGEST and any(word in reference for word in _WORDS)
    if "windows" in platform or (named and _WINDOWS.fullmatch(reference)):
        return "a Windows container has no signals: it is ended by other means"
    argv = workload.launch.argv
    first = argv.value[0].value if isinstance(argv, Known) and argv.value else None
    if any(word.startswith(_WASM) for word in platform.split()) or (first or "").endswith(".wasm"):
        return "a WebAssembly module has no signals: its runtime ends it"
    return ""
