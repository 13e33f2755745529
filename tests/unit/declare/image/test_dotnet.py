"""Scripts that get into an image because a .NET project has them copied beside its program."""

import pytest

from gracelint.base.source import Source
from gracelint.declare.image.dockerfile import workload
from gracelint.syntax.dockerfile.parse import parse
from tests.unit.declare.image.test_files import IMAGES, Tree

COPIES = "<CopyToOutputDirectory>Always</CopyToOutputDirectory>"
UPDATE = f'<None Update="run.sh">{COPIES}</None>'
PUBLISH = "dotnet publish -c Release -o /out"
IN_FOLDER = f'<None Include="sh\\**\\*.sh">{COPIES}</None>'


def put(items, run=PUBLISH, sdk=' Sdk="Microsoft.NET.Sdk.Web"', group="<ItemGroup>"):
    """The scripts that are in the image."""
    files = {
        "src/Api.csproj": f"<Project{sdk}>{group}{items}</ItemGroup></Project>",
        **dict.fromkeys(("src/run.sh", "src/sh/a.sh", "src/sh/b/c.sh", "x/other.sh"), "#!/bin/sh"),
    }
    text = f"FROM debian AS build\nCOPY . /\nWORKDIR /src\nRUN {run}\n"
    text += "FROM debian\nCOPY --from=build /out /app\n"
    image = workload(parse(Source("Dockerfile", text)), Tree(files), images=IMAGES.get)
    found = [file for path in PATHS if (file := image.files.get(path)) is not None]
    return sorted(file.path for file in found if file.text is not None)


PATHS = ["/app/run.sh", "/app/bin/r.sh", "/app/sh/a.sh", "/app/sh/b/c.sh", "/app/other.sh"]
RUN = ["/app/run.sh"]


@pytest.mark.parametrize(
    ("items", "expected"),
    [
        (UPDATE, RUN),
        (UPDATE.replace("Always", "PreserveNewest"), RUN),
        (UPDATE.replace("Always", "Never"), []),
        (UPDATE + UPDATE.replace("Always", "Never"), []),
        (UPDATE.replace("ToOutput", "ToPublish"), RUN),
        ('<None Update="run.sh" CopyToOutputDirectory="Always" />', RUN),
        ('<None Update="run.sh" />', []),
        (UPDATE.replace("Update=", "Condition=\"'$(OS)' == 'x'\" Update="), []),
        (UPDATE.replace("<CopyToOutputDirectory>", '<CopyToOutputDirectory Condition="x">'), []),
        (f"<!-- {UPDATE} -->", []),
        (UPDATE.replace("None", "Content"), []),
        (UPDATE.replace("None", "Content").replace("Update", "Include"), RUN),
        (f'<None Remove="run.sh" />{UPDATE}', []),
        (f'{UPDATE}<None Remove="run.sh" />', []),
        (UPDATE.replace("run.sh", "run.sh;none.sh"), RUN),
        (UPDATE.replace("run.sh", "*.sh"), RUN),
        (UPDATE.replace("run.sh", "$(Script)"), []),
        (IN_FOLDER, ["/app/sh/a.sh", "/app/sh/b/c.sh"]),
        (IN_FOLDER.replace("Include", 'Exclude="sh\\a.sh" Include'), []),
        (IN_FOLDER.replace("**", "**/**/**"), []),
        (f'<None Include="..\\x\\other.sh">{COPIES}</None>', ["/app/other.sh"]),
        (f'<None Include="run.sh"><Link>bin\\r.sh</Link>{COPIES}</None>', ["/app/bin/r.sh"]),
    ],
)
def test_what_is_copied(items, expected):
    assert put(items) == expected


@pytest.mark.parametrize(
    ("run", "expected"),
    [
        ("dotnet publish -o ../out", RUN),
        ("cd / && dotnet publish src/Api.csproj --output=out --no-restore", RUN),
        ("cd / && dotnet publish /src -o:out /p:UseAppHost=false", RUN),
        ('dotnet publish "Api.csproj" -c $HOW -o /out', RUN),
        ("dotnet build -o /out", RUN),
        ("dotnet publish -o $OUT", []),
        ("dotnet publish $WHAT -o /out", []),
        ("dotnet publish Other.csproj -o /out", []),
        ("dotnet publish -c Release", []),
        ("dotnet restore -o /out", []),
        ("dotnet", []),
    ],
)
def test_of_which_command(run, expected):
    assert put(UPDATE, run) == expected


def test_what_is_only_published():
    only = UPDATE.replace("ToOutput", "ToPublish")
    assert put(only, "dotnet build -o /out") == []
    assert put(UPDATE + only.replace("Always", "Never")) == []


@pytest.mark.parametrize(
    "group",
    [
        '<ItemGroup Condition="x">',
        "<EnableDefaultItems>false</EnableDefaultItems><ItemGroup>",
        '<Target Name="x"><ItemGroup></ItemGroup><ItemGroup>',
    ],
)
def test_what_is_not_sure(group):
    assert put(UPDATE, group=group) == []


def test_what_stands_behind_a_condition():
    group = '<ItemGroup Condition="x"><None Include="y" /></ItemGroup><ItemGroup>'
    assert put(UPDATE, group=group) == RUN


def test_projects_that_list_their_files():
    assert put(UPDATE, sdk="") == []


def test_projects_with_more_patterns_than_anybody_writes():
    many = ";".join(f"**/a{n}*.sh" for n in range(1000))
    assert put(UPDATE + UPDATE.replace("run.sh", many)) == []
