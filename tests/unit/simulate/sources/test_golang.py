"""Go programs that start another one: what their handlers do is told where the source shows it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from gracelint.files.tree import Files
from gracelint.model.options import Options
from gracelint.session.session import Session

if TYPE_CHECKING:
    from pathlib import Path

DOCKERFILE = """\
FROM golang:1.22
WORKDIR /app
COPY . .
RUN go build -o /app/launch .
CMD ["/app/launch"]
"""
MAIN = """\
package main

import ("context"; "net/http"; "os"; "os/exec"; "os/signal"; "syscall")

func main() {{
	cmd := exec.Command("nginx", "-g", "daemon off;")
	if err := cmd.Start(); err != nil {{
		os.Exit(1)
	}}
	c := make(chan os.Signal, 1)
	signal.Notify(c, syscall.SIGTERM)
	go func() {{
		<-c
		{does}
	}}()
	cmd.Wait()
}}
"""


@pytest.mark.parametrize(
    ("does", "verdict"),
    [
        ("cmd.Process.Signal(syscall.SIGQUIT)", "graceful"),
        ("cmd.Process.Signal(syscall.SIGTERM)", "cut-off"),
        ("cmd.Process.Signal(syscall.Signal(0))", "unknown"),
        ("os.Exit(0)", "abandoned"),
        ("cmd.Process.Kill()", "abandoned"),
        ('http.Post("http://localhost/quit", "text/plain", nil)', "unknown"),
    ],
)
def test_a_handler_ends_the_program_only_where_it_says_so(
    tmp_path: Path, does: str, verdict: str
) -> None:
    (tmp_path / "Dockerfile").write_text(DOCKERFILE)
    (tmp_path / "main.go").write_text(MAIN.format(does=does))
    [told] = Session(Files(tmp_path), Options()).scene(["Dockerfile"]).stories
    assert told.verdict.value == verdict
    if verdict == "unknown":
        assert told.reason == "its source does not show what its handler does about `nginx`"
