""".NET programs in sight: from version 10 on their own source decides what TERM does."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from gracelint.files.tree import Files
from gracelint.model.options import Options
from gracelint.session.session import Session

if TYPE_CHECKING:
    from pathlib import Path

    from gracelint.model.story import Story

DOCKERFILE = """\
FROM mcr.microsoft.com/dotnet/sdk:{version} AS build
WORKDIR /src
COPY . .
RUN dotnet publish src/Worker -c Release -o /app
FROM mcr.microsoft.com/dotnet/runtime:{version}
WORKDIR /app
COPY --from=build /app .
ENTRYPOINT {command}
"""
PROJECT = '<Project Sdk="Microsoft.NET.Sdk{kind}"><ItemGroup>{packages}</ItemGroup></Project>'
DEFAULTS = {"version": "10.0", "command": '["dotnet", "Worker.dll"]', "kind": "", "packages": ""}
GUESSED = ("graceful", "assumed")
LOOP = "while (true) { Thread.Sleep(1000); }"
REGISTERED = "using var r = PosixSignalRegistration.Create(PosixSignal.SIG%s, c => stop.Set());\n"


def story(tmp_path: Path, program: str, **given: str) -> Story:
    given = {
        "version": "10.0",
        "command": '["dotnet", "Worker.dll"]',
        "kind": "",
        "packages": "",
    } | given
    project = tmp_path / "src/Worker"
    project.mkdir(parents=True, exist_ok=True)
    (tmp_path / "Dockerfile").write_text(DOCKERFILE.format(**given))
    (project / "Worker.csproj").write_text(PROJECT.format(**given))
    (project / "Program.cs").write_text(program)
    [told] = Session(Files(tmp_path), Options()).scene(["Dockerfile"]).stories
    return told


@pytest.mark.parametrize(
    "command", ['["dotnet", "Worker.dll"]', '["./Worker"]', "exec dotnet Worker.dll"]
)
def test_a_console_program_has_no_handler_from_10_on(tmp_path: Path, command: str) -> None:
    told = story(tmp_path, LOOP, command=command)
    assert (told.verdict, told.basis) == ("killed", "proven")


@pytest.mark.parametrize(
    ("program", "verdict", "basis"),
    [
        (LOOP, "graceful", "assumed"),
        ("var s = new TcpListener(IPAddress.Any, 80);\n" + LOOP, "cut-off", "proven"),
        ("AppDomain.CurrentDomain.ProcessExit += (s, e) => Save();\n" + LOOP, *GUESSED),
        ("AssemblyLoadContext.Default.Unloading += c => Save();\n" + LOOP, *GUESSED),
        ("Console.CancelKeyPress += (s, e) => quit.Set();\nquit.WaitOne();", "cut-off", "proven"),
        (REGISTERED % "TERM" + LOOP, "graceful", "proven"),
        (REGISTERED % "INT" + LOOP, "cut-off", "proven"),
        ("WebApplication.CreateBuilder(args).Build().Run();", "graceful", "proven"),
        ("Report.Print();", *GUESSED),
    ],
)
def test_before_10_the_runtime_ends_it(
    tmp_path: Path, program: str, verdict: str, basis: str
) -> None:
    told = story(tmp_path, program, version="8.0")
    assert (told.verdict, told.basis) == (verdict, basis)


ROUNDS = "while (!cts.IsCancellationRequested) { await Task.Delay(200); }\nSave();\n"
ON_EXIT = "AppDomain.CurrentDomain.ProcessExit += "
CUT = ("cut-off", "assumed")


@pytest.mark.parametrize(
    ("program", "told"),
    [
        (ON_EXIT + "(_, __) => cts.Cancel();\n" + ROUNDS, CUT),
        (ON_EXIT + '(s, e) => { Console.WriteLine("bye"); cts.Cancel(); };\n' + ROUNDS, CUT),
        (ON_EXIT + "OnExit;\n" + ROUNDS + "static void OnExit(object s) { cts.Cancel(); }", CUT),
        ("AssemblyLoadContext.Default.Unloading += _ => cts.Cancel();\n" + ROUNDS, CUT),
        (ON_EXIT + "(s, e) => { running = false; };\nwhile (running) { Work(); }", CUT),
        (ON_EXIT + "(_, __) => { cts.Cancel(); done.Wait(); };\n" + ROUNDS, GUESSED),
        (ON_EXIT + "(_, __) => { cts.Cancel(); Stop(); };\n" + ROUNDS, GUESSED),
        (ON_EXIT + "OnExit;\n" + ROUNDS, GUESSED),
        (ON_EXIT + "(_, __) => quit.Set();\nquit.WaitOne();", GUESSED),
    ],
)
def test_handlers_of_the_end_that_only_ask(
    tmp_path: Path, program: str, told: tuple[str, str]
) -> None:
    of = story(tmp_path, program, version="8.0")
    assert (of.verdict, of.basis) == told


WAITS = "process.WaitForExit();\n"


@pytest.mark.parametrize(
    ("program", "words"),
    [
        ('Process.Start("/srv/worker", "60")', ("/srv/worker", "60")),
        ('Process.Start(new ProcessStartInfo("/srv/worker", "60"))', ("/srv/worker", "60")),
        (
            'Process.Start(new ProcessStartInfo { FileName = "/srv/worker", Arguments = "60" })',
            ("/srv/worker", "60"),
        ),
        (
            'new Process { StartInfo = { FileName = "/srv/worker", Arguments = "60" } }',
            ("/srv/worker", "60"),
        ),
    ],
)
def test_what_a_program_starts_and_waits_for(
    tmp_path: Path, program: str, words: tuple[str, ...]
) -> None:
    whole = f"var process = {program};\n{WAITS}"
    for version, verdict in (("8.0", "abandoned"), ("10.0", "killed")):
        told = story(tmp_path, whole, version=version)
        assert told.verdict == verdict
        assert told.tree is not None
        [child] = told.tree.children
        assert tuple(word.value for word in child.argv) == words


@pytest.mark.parametrize(
    ("program", "verdict"),
    [
        ('var process = Process.Start("/srv/worker", "60");\n', "graceful"),
        ('var process = Process.Start(args[0], "60");\n' + WAITS, "graceful"),
        (
            'Process.Start("a");\nvar process = Process.Start("/srv/worker", "60");\n' + WAITS,
            "graceful",
        ),
        (f'{ON_EXIT}Stop;\nvar process = Process.Start("/srv/worker", "9");\n{WAITS}', "unknown"),
        (f'var process = Process.Start("/srv/worker", "9");\n{WAITS}process.Kill();', "unknown"),
        (
            ON_EXIT + "(s, e) => { if (!process.HasExited) { process.Kill(); } };\n"
            'var process = Process.Start("/srv/worker", "9");\n' + WAITS,
            "abandoned",
        ),
        (f'WebApplication.Create().Run();\nProcess.Start("convert").{WAITS}', "graceful"),
    ],
)
def test_what_a_program_starts_besides_or_handles(
    tmp_path: Path, program: str, verdict: str
) -> None:
    assert story(tmp_path, program, version="8.0").verdict == verdict


def test_keys_stop_it_on_int_alone(tmp_path: Path) -> None:
    story(tmp_path, "Console.CancelKeyPress += (s, e) => quit.Set();\nquit.WaitOne();")
    dockerfile = tmp_path / "Dockerfile"
    dockerfile.write_text(dockerfile.read_text() + "STOPSIGNAL SIGINT\n")
    [told] = Session(Files(tmp_path), Options()).scene(["Dockerfile"]).stories
    assert (told.verdict, told.basis) == ("graceful", "proven")


@pytest.mark.parametrize("version", ["8.0", "10.0"])
def test_without_a_source_the_program_is_taken_to_handle_it(tmp_path: Path, version: str) -> None:
    (tmp_path / "Dockerfile").write_text(
        f"FROM mcr.microsoft.com/dotnet/aspnet:{version}\nCOPY a.dll /\n"
        'ENTRYPOINT ["dotnet", "/a.dll"]\n'
    )
    [told] = Session(Files(tmp_path), Options()).scene(["Dockerfile"]).stories
    assert (told.verdict, told.basis) == GUESSED
    guess = "`dotnet /a.dll` finishes its work on SIGTERM: what it runs is not seen"
    assert told.assumptions == (guess,)


@pytest.mark.parametrize(
    "program",
    [
        "var b = Host.CreateApplicationBuilder(args);\nawait b.Build().RunAsync();",
        "await new HostBuilder().ConfigureServices(Add).RunConsoleAsync();",
        "var app = WebApplication.CreateBuilder(args).Build();\napp.Run();",
        REGISTERED % "TERM" + LOOP,
    ],
)
def test_a_host_and_a_registration_stop_it(tmp_path: Path, program: str) -> None:
    assert story(tmp_path, program).verdict == "graceful"


@pytest.mark.parametrize(
    "program",
    [
        REGISTERED % "INT" + LOOP,
        "// Host.CreateApplicationBuilder(args).Build().Run();\n" + LOOP,
        "AppDomain.CurrentDomain.ProcessExit += (s, e) => Save();\n" + LOOP,
    ],
)
def test_what_does_not_hear_of_term_does_not_stop_it(tmp_path: Path, program: str) -> None:
    assert story(tmp_path, program).verdict == "killed"


@pytest.mark.parametrize(
    ("program", "given"),
    [
        ("Report.Print();", {}),
        ("var h = Host.CreateDefaultBuilder(args).Build();\n" + LOOP, {}),
        (LOOP, {"kind": ".Worker"}),
        (LOOP, {"packages": '<PackageReference Include="Topshelf" Version="4" />'}),
        (LOOP, {"command": '["dotnet", "Other.dll"]'}),
    ],
)
def test_what_the_source_does_not_show_is_not_known(
    tmp_path: Path, program: str, given: dict[str, str]
) -> None:
    assert story(tmp_path, program, **given).verdict == "unknown"


def test_another_project_beside_it_may_set_the_handler(tmp_path: Path) -> None:
    (tmp_path / "src/Common").mkdir(parents=True)
    (tmp_path / "src/Common/Common.csproj").write_text(PROJECT.format(kind="", packages=""))
    (tmp_path / "src/Common/Stop.cs").write_text(REGISTERED % "TERM")
    assert story(tmp_path, LOOP).verdict == "unknown"


def test_a_pod_s_image_is_followed_to_the_source(tmp_path: Path) -> None:
    story(tmp_path, LOOP)
    (tmp_path / "compose.yaml").write_text("services: {w: {build: ., image: shop/worker:1}}\n")
    (tmp_path / "pod.yaml").write_text(
        "apiVersion: v1\nkind: Pod\nmetadata: {name: w}\n"
        "spec: {containers: [{name: w, image: 'shop/worker:1'}]}\n"
    )
    result = Session(Files(tmp_path), Options()).run([""])
    [finding] = [each for each in result.findings if each.rule.code == "GL301"]
    assert finding.primary.span.source.path == "Dockerfile"
    assert "Pod/w/w" in finding.workloads


TWO = """\
FROM mcr.microsoft.com/dotnet/sdk:8.0 AS build
WORKDIR /src
COPY . .
RUN dotnet publish src/Api -c Release -o /app
FROM mcr.microsoft.com/dotnet/aspnet:8.0
WORKDIR /app
COPY --from=build /app .
ENTRYPOINT ["dotnet", "Api.dll"]
"""
TIMER = "services.Configure<HostOptions>(o => o.ShutdownTimeout = TimeSpan.FromSeconds(90));"
REFERS = '<Project><ProjectReference Include="..\\Shared\\Shared.csproj" /></Project>'


def findings(tmp_path: Path, api: str, other: str) -> list[str]:
    files = {
        "Dockerfile": TWO,
        "compose.yaml": "services: {api: {build: ., stop_grace_period: 30s}}",
        "src/Api/Api.csproj": REFERS,
        "src/Api/Program.cs": api,
        "src/Shared/Shared.csproj": "<Project/>",
        f"src/{other}/{other}.csproj": "<Project/>",
        f"src/{other}/Setup.cs": TIMER,
    }
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    found = Session(Files(tmp_path), Options()).run([""]).findings
    return [f.primary.span.place.source.path for f in found if f.rule.code == "GL406"]


def test_the_timer_of_its_own_project(tmp_path: Path) -> None:
    assert findings(tmp_path, TIMER, "Worker") == ["src/Api/Program.cs"]


def test_the_timer_of_a_project_that_it_refers_to(tmp_path: Path) -> None:
    assert findings(tmp_path, "", "Shared") == ["src/Shared/Setup.cs"]


def test_the_timer_of_another_program_beside_it_is_not_its_own(tmp_path: Path) -> None:
    assert findings(tmp_path, "", "Worker") == []


@pytest.mark.parametrize("hostile", ["x.ProcessExit += H; ", "while(", 'Process.Start("', "=> {"])
def test_much_of_what_begins_and_does_not_end_is_read_at_once(tmp_path: Path, hostile: str) -> None:
    program = f'Process.Start("a").WaitForExit();\n{hostile * 20_000}'
    assert story(tmp_path, program, version="8.0").verdict == "abandoned"
