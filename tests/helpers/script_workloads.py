"""Workloads whose image starts one script."""

from __future__ import annotations

from gracelint.base.facts import Known, Word
from gracelint.base.source import Source, Span
from gracelint.model.workload import Base, Command, ImageFile, ImageFiles, Launch, Workload


def script_workload(
    script: str, *, signal: str = "TERM", shell: str = "dash", private: bool = True
) -> Workload:
    """An image that starts the script, with an argument. shell: what its /bin/sh is."""
    source = Source("Dockerfile", 'ENTRYPOINT ["/run.sh"]')
    span = Span(source, 0, 10)
    command = Command("ENTRYPOINT", "exec", span, span, (Word("/run.sh", span), Word("a", span)))
    files = ImageFiles({"/run.sh": ImageFile("/run.sh", Source("run.sh", script), True)})
    return Workload(
        "dockerfile",
        "Dockerfile",
        source,
        span,
        Launch(Known(command.words), Known(command), Known(None)),
        Base("debian:12", Known(shell)),
        files=files,
        stop_signal=Known(signal),
        pid_namespace="private" if private else "shared",
    )
