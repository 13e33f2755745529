"""What a Go program leaves undone at its end, and that loops of unknown length may wait for it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from gracelint.files.tree import Files
from gracelint.model.options import Options
from gracelint.session.session import Session

if TYPE_CHECKING:
    from pathlib import Path

DOCKERFILE = """\
FROM golang:1.22 AS build
WORKDIR /src
COPY . .
RUN go build -o /app .
FROM debian:12
COPY --from=build /app /app
CMD ["/app"]
"""
PROGRAM = """\
package main
import ("os"; "os/signal"; "syscall"; "time")
func main() {
	c := make(chan os.Signal, 1); signal.Notify(c, syscall.SIGTERM)
	places := make(chan struct{}, 3)
	stop := false
	go func() { <-c; stop = true }()
	for !stop {
		places <- struct{}{}
		go func() { defer func() { <-places }(); time.Sleep(50 * time.Millisecond) }()
	}
	%s
	if len(os.Args) > 9 { os.Exit(2) }
}
"""
GUESS = "a loop of which the rounds are not known waits for the rest"


@pytest.mark.parametrize(
    ("end", "verdict", "assumptions"),
    [
        ("", "cut-off", ()),
        ("for i := 0; i < 1; i++ { places <- struct{}{} }", "cut-off", ()),
        ("for i := 0; i < 3; i++ { places <- struct{}{} }", "graceful", ()),
        ("for i := 0; i < cap(places); i++ { places <- struct{}{} }", "graceful", ()),
        ('for i := 0; i < len(os.Getenv("N")); i++ { places <- struct{}{} }', "graceful", (GUESS,)),
        ("for range os.Environ() { places <- struct{}{} }", "graceful", (GUESS,)),
    ],
)
def test_jobs_that_nobody_waits_for_are_cut_off(
    tmp_path: Path, end: str, verdict: str, assumptions: tuple[str, ...]
) -> None:
    (tmp_path / "Dockerfile").write_text(DOCKERFILE)
    (tmp_path / "go.mod").write_text("module shop\n")
    (tmp_path / "main.go").write_text(PROGRAM % end)
    [told] = Session(Files(tmp_path), Options()).scene(["Dockerfile"]).stories
    assert (told.verdict, told.assumptions) == (verdict, assumptions)
