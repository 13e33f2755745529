"""What a program leaves undone at its end, and that loops of unknown length may wait for it."""

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


SERVER = """\
package main
import ("context"; "net/http"; "os"; "os/signal"; "syscall"; "time"; "github.com/robfig/cron/v3")
func main() {
	srv := &http.Server{Addr: ":8080"}
	admin := &http.Server{Addr: ":9090"}
	jobs := cron.New()
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	c := make(chan os.Signal, 1); signal.Notify(c, syscall.SIGTERM)
	%s
	<-c
	%s
	if len(os.Args) > 9 { cancel(); srv.Shutdown(ctx); jobs.Stop(); admin.Close() }
}
"""
SERVES = "go srv.ListenAndServe()"


@pytest.mark.parametrize(
    ("start", "stop", "verdict"),
    [
        (SERVES, "", "cut-off"),
        (SERVES, "srv.Close()", "cut-off"),
        (SERVES, "srv.Shutdown(ctx)", "graceful"),
        (SERVES, "if srv.Shutdown(ctx) != nil { srv.Close() }", "graceful"),
        (SERVES, "srv.Shutdown(ctx); srv.Close()", "graceful"),
        (f"{SERVES}; go admin.ListenAndServe()", "admin.Close(); srv.Shutdown(ctx)", "graceful"),
        ("jobs.Start()", "jobs.Stop()", "cut-off"),
        ("jobs.Start()", "<-jobs.Stop().Done()", "graceful"),
        (f"jobs.Start(); {SERVES}", "jobs.Stop(); srv.Shutdown(ctx)", "graceful"),
    ],
)
def test_servers_and_schedulers_that_nobody_waits_for(
    tmp_path: Path, start: str, stop: str, verdict: str
) -> None:
    (tmp_path / "Dockerfile").write_text(DOCKERFILE)
    (tmp_path / "go.mod").write_text("module shop\n")
    (tmp_path / "main.go").write_text(SERVER % (start, stop))
    [told] = Session(Files(tmp_path), Options()).scene(["Dockerfile"]).stories
    assert (told.verdict, told.basis) == (verdict, "proven")


JAVA = """\
import java.nio.file.*;
import java.util.concurrent.*;
public class Main {
    static volatile boolean running = true;
    static final BlockingQueue<String> queue = new LinkedBlockingQueue<>();
    static class Conn {
        void close() throws Exception { Files.writeString(Path.of("/tmp/s"), "x"); }
    }
    static void batch() throws Exception { Thread.sleep(1500); System.out.println("handled"); }
    public static void main(String[] args) throws Exception {
        CountDownLatch latch = new CountDownLatch(1);
        Conn conn = new Conn();
        Thread own = Thread.currentThread();
        Runtime.getRuntime().addShutdownHook(new Thread(() -> {
            running = false;
            latch.countDown();
            %s
        }));
        %s
    }
}
"""
JOINS = "try { own.join(); } catch (InterruptedException e) { }"
POLLS = "while (running) { queue.poll(500, TimeUnit.MILLISECONDS); }"
IN_TIME = "what its threads have left to do is done before its run-time has ended"


@pytest.mark.parametrize(
    ("hook", "main", "verdict", "assumptions"),
    [
        ("", f"{POLLS} conn.close();", "cut-off", ()),
        ("", f"try {{ {POLLS} }} finally {{ conn.close(); }}", "cut-off", ()),
        ("", 'while (running) { Thread.sleep(900); } Files.delete(Path.of("/s"));', "cut-off", ()),
        ("", "while (running) { batch(); }", "cut-off", ()),
        ("", f'{POLLS} System.out.println("bye");', "graceful", ()),
        ("", "while (running) { Thread.sleep(900); }", "graceful", ()),
        (JOINS, f"{POLLS} conn.close();", "graceful", ()),
        (JOINS, "while (running) { batch(); }", "graceful", ()),
        ("", "latch.await(); conn.close();", "graceful", (IN_TIME,)),
        ("", 'latch.await(); System.out.println("bye");', "graceful", ()),
        (JOINS, "latch.await(); conn.close();", "graceful", ()),
        ("", "latch.await(); Thread.sleep(900); conn.close();", "cut-off", ()),
    ],
)
def test_what_a_hook_asks_of_a_thread_without_waiting_for_it(
    tmp_path: Path, hook: str, main: str, verdict: str, assumptions: tuple[str, ...]
) -> None:
    (tmp_path / "Dockerfile").write_text(
        'FROM eclipse-temurin:17\nCOPY Main.java .\nCMD ["java", "Main.java"]\n'
    )
    (tmp_path / "Main.java").write_text(JAVA % (hook, main))
    [told] = Session(Files(tmp_path), Options()).scene(["Dockerfile"]).stories
    assert (told.verdict, told.assumptions) == (verdict, assumptions)


NODE_SERVER = """\
const http = require('http'), db = require('sqlite');
const server = http.createServer((q, r) => r.end('ok')).listen(8080);
process.on('SIGTERM', %s);
%s
"""


@pytest.mark.parametrize(
    ("handler", "verdict"),
    [
        ("() => { server.close(); process.exit(0); }", "cut-off"),
        ("() => { db.close(); process.exit(0); }", "cut-off"),
        ("() => { server.close(() => process.exit(0)); }", "graceful"),
        ("() => { server.on('close', () => process.exit(0)); server.close(); }", "graceful"),
        ("async () => { await new Promise(r => server.close(r)); process.exit(0); }", "graceful"),
        ("async () => { server.close(); await db.close(); process.exit(0); }", "graceful"),
        ("async () => { server.close(); await (async () => 1)(); process.exit(0); }", "graceful"),
        ("() => { server.close(); db.close().then(() => process.exit(0)); }", "graceful"),
        ("() => stop('TERM'); function stop(s) { db.x(s); process.exit(0); }", "cut-off"),
        ("() => { server.close(); setTimeout(() => process.exit(0), 5000); }", "graceful"),
    ],
)
def test_requests_are_cut_off_by_an_end_in_the_same_turn(
    tmp_path: Path, handler: str, verdict: str
) -> None:
    """Measured with Node.js 20: a request in hand is reset."""
    (tmp_path / "Dockerfile").write_text('FROM node:20\nCOPY . .\nCMD ["node", "server.js"]\n')
    handler, _, more = handler.partition("; function")
    more = more and f"function{more}"
    (tmp_path / "server.js").write_text(NODE_SERVER % (handler, more))
    [told] = Session(Files(tmp_path), Options()).scene(["Dockerfile"]).stories
    assert told.verdict == verdict


COUNTS = """\
const http = require('http');
let active = 0, closing = false;
const server = http.createServer((q, r) => {
  active++;
  r.on('finish', () => { active--; });
  setTimeout(() => r.end('ok'), 1000);
}).listen(8080);
process.on('SIGINT', () => { closing = true; });
process.on('SIGTERM', () => { %s });
"""
WAITS = "setInterval(() => { if (active === 0) process.exit(0); }, 100);"


@pytest.mark.parametrize(
    ("handler", "verdict", "assumptions"),
    [
        (f"server.close(); if (active === 0) process.exit(0); {WAITS}", "graceful", 1),
        (f"server.close(); active || process.exit(0); {WAITS}", "graceful", 1),
        (f"if (active > 0) {{ {WAITS} return; }} process.exit(0);", "graceful", 1),
        ("if (closing) return; closing = true; server.close(); process.exit(0);", "cut-off", 0),
        ("if (server) server.close(); process.exit(0);", "cut-off", 0),
    ],
)
def test_an_end_where_nothing_is_in_hand_cuts_off_nothing(
    tmp_path: Path, handler: str, verdict: str, assumptions: int
) -> None:
    """What counts the requests in hand is changed by functions that were never called."""
    (tmp_path / "Dockerfile").write_text('FROM node:20\nCOPY . .\nCMD ["node", "server.js"]\n')
    (tmp_path / "server.js").write_text(COUNTS % handler)
    [told] = Session(Files(tmp_path), Options()).scene(["Dockerfile"]).stories
    assert (told.verdict, len(told.assumptions)) == (verdict, assumptions)
