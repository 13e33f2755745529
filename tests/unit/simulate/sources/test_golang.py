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
        ("cmd.Process.Signal(syscall.Signal(0))", "killed"),
        ("os.Exit(0)", "abandoned"),
        ("cmd.Process.Signal(syscall.SIGTERM); os.Exit(0)", "abandoned"),
        ("cmd.Process.Signal(syscall.SIGQUIT); cmd.Wait(); os.Exit(0)", "graceful"),
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
        assert told.reason == "whether a request stops what it has started is not seen"


SEVERAL = """\
FROM golang:1.22 AS build
WORKDIR /src
COPY . .
RUN {build}
FROM scratch
COPY --from=build {made} /program
CMD ["/program"]
"""
SERVES = 'package main\n\nimport "net/http"\n\nfunc main() { http.ListenAndServe(":80", nil) }\n'
CLOSES = """\
package main

import "example.org/shop/internal/serve"

func main() { serve.UntilTold() }
"""
WAITS = """\
package serve

import ("context"; "os/signal"; "syscall")

func UntilTold() {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM)
	defer stop()
	<-ctx.Done()
}
"""


@pytest.mark.parametrize(
    ("build", "made", "verdict", "basis"),
    [
        ("go build -o /out/web ./cmd/web", "/out/web", "cut-off", "proven"),
        ("go build -o /out/api ./cmd/api", "/out/api", "graceful", "proven"),
        ("go build -o /out/app cmd/web/main.go", "/out/app", "cut-off", "proven"),
        ("CGO_ENABLED=0 go build -o app ./cmd/api && upx app", "/src/app", "graceful", "proven"),
        ("make all", "/src/bin/web", "cut-off", "proven"),
        ("go build -o /out/ ./cmd/...", "/out/api", "graceful", "proven"),
        ("go build -o /out/app ./cmd/$NAME", "/out/app", "graceful", "assumed"),
        ("make all", "/src/bin/app", "graceful", "assumed"),
    ],
)
def test_what_another_program_of_the_repository_does_says_nothing(
    tmp_path: Path, build: str, made: str, verdict: str, basis: str
) -> None:
    files = {
        "Dockerfile": SEVERAL.format(build=build, made=made),
        "go.mod": "module example.org/shop\n",
        "cmd/web/main.go": SERVES,
        "cmd/api/main.go": CLOSES,
        "internal/serve/serve.go": WAITS,
    }
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    [told] = Session(Files(tmp_path), Options()).scene(["Dockerfile"]).stories
    assert (told.verdict, told.basis) == (verdict, basis)


START = """\
package main

import "os/exec"

func start(args ...string) *exec.Cmd {
	cmd := exec.Command("gunicorn", args...)
	cmd.Start()
	return cmd
}
"""
LEAVES = """\
package main

import ("os"; "os/signal"; "syscall")

func main() {
	start("app:app")
	c := make(chan os.Signal, 1)
	signal.Notify(c, syscall.SIGTERM)
	<-c
}
"""


def test_what_another_file_starts_is_left_behind_by_a_main_that_does_not_wait(
    tmp_path: Path,
) -> None:
    (tmp_path / "Dockerfile").write_text(DOCKERFILE)
    (tmp_path / "start.go").write_text(START)
    (tmp_path / "main.go").write_text(LEAVES)
    [told] = Session(Files(tmp_path), Options()).scene(["Dockerfile"]).stories
    assert str(told.verdict) == "abandoned"


FORWARDS = """\
package main

import ("os"; "os/exec"; "os/signal"; "syscall")

func main() {
	cmd := exec.Command("gunicorn", "app:app")
	cmd.Start()
	done := make(chan error, 1)
	go func() { done <- cmd.Wait() }()
	c := make(chan os.Signal, 1)
	signal.Notify(c, syscall.SIGTERM)
	<-c
	cmd.Process.Signal(syscall.SIGTERM)
	ENDS
}
"""


@pytest.mark.parametrize(("ends", "verdict"), [("", "abandoned"), ("<-done", "graceful")])
def test_a_main_that_returns_after_the_signal_waits_for_nothing(
    tmp_path: Path, ends: str, verdict: str
) -> None:
    (tmp_path / "Dockerfile").write_text(DOCKERFILE)
    (tmp_path / "main.go").write_text(FORWARDS.replace("ENDS", ends))
    [told] = Session(Files(tmp_path), Options()).scene(["Dockerfile"]).stories
    assert str(told.verdict) == verdict


@pytest.mark.parametrize(
    ("package", "call"),
    [
        ("sync", "sync.NewCond(&sync.Mutex{}).Wait()"),
        ("net/rpc", "rpc.Accept(nil)"),
        ("net/http/fcgi", "fcgi.Serve(nil, nil)"),
        ("syscall", "syscall.Pause()"),
    ],
)
def test_what_may_wait_is_not_told_to_end(tmp_path: Path, package: str, call: str) -> None:
    (tmp_path / "Dockerfile").write_text(DOCKERFILE)
    main = f'package main\n\nimport "{package}"\n\nfunc main() {{\n\t{call}\n}}\n'
    (tmp_path / "main.go").write_text(main)
    [story] = Session(Files(tmp_path), Options()).scene(["Dockerfile"]).stories
    assert str(story.verdict) != "exits"


def test_what_only_computes_ends(tmp_path: Path) -> None:
    (tmp_path / "Dockerfile").write_text(DOCKERFILE)
    main = 'package main\n\nimport "strings"\n\nfunc main() {\n\tstrings.ToUpper("a")\n}\n'
    (tmp_path / "main.go").write_text(main)
    [story] = Session(Files(tmp_path), Options()).scene(["Dockerfile"]).stories
    assert str(story.verdict) == "exits"


ODD = """\
package main

import ("strconv"; "strings"; "time")

func main() {
	n, _ := strconv.Atoi("--5")
	m, _ := strconv.Atoi("²")
	strings.Split("a")
	strings.HasPrefix()
	strings.TrimSpace("a", "b")
	time.Sleep(time.Duration(n + m) * time.Second)
}
"""


def test_odd_values_and_arguments_are_no_error(tmp_path: Path) -> None:
    (tmp_path / "Dockerfile").write_text(DOCKERFILE)
    (tmp_path / "main.go").write_text(ODD)
    (tmp_path / "go.mod").write_text("module launch\n")
    session = Session(Files(tmp_path), Options())
    session.run(["."])
    assert not [one for one in session.problems if one.internal]


SERVES_GRPC = """\
package main

import ("log"; "net"; "os"; "os/signal"; "syscall"; "google.golang.org/grpc")

func main() {{
	listener, err := net.Listen("tcp", ":50051")
	if err != nil {{
		log.Fatal(err)
	}}
	server := grpc.NewServer()
	go func() {{
		told := make(chan os.Signal, 1)
		signal.Notify(told, syscall.SIGTERM)
		<-told
		server.{does}()
	}}()
	if err := server.Serve(listener); err != nil {{
		log.Fatal(err)
	}}
}}
"""


@pytest.mark.parametrize(("does", "verdict"), [("GracefulStop", "graceful"), ("Stop", "cut-off")])
def test_serve_of_grpc_comes_back_once_its_server_has_stopped(
    tmp_path: Path, does: str, verdict: str
) -> None:
    (tmp_path / "Dockerfile").write_text(DOCKERFILE)
    (tmp_path / "main.go").write_text(SERVES_GRPC.format(does=does))
    [told] = Session(Files(tmp_path), Options()).scene(["Dockerfile"]).stories
    assert told.verdict.value == verdict
