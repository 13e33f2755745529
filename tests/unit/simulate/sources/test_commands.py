"""click and typer: the function that the command line asks for is the one that is played."""

from __future__ import annotations

import pytest
from launched import launched

from gracelint.diagnose.tell import tell
from gracelint.model.story import Verdict

CLICK = """\
import signal
import time

import click


@click.group()
@click.option("--debug", is_flag=True)
def cli(debug):
    pass


@cli.command()
@click.argument("queue")
def work(queue):
    stopping = []
    signal.signal(signal.SIGTERM, lambda *args: stopping.append(True))
    while not stopping:
        time.sleep(1)


@cli.command("poll")
def poll_for_ever():
    while True:
        time.sleep(1)


if __name__ == "__main__":
    cli()
"""
TYPER = """\
import subprocess

import typer

app = typer.Typer()


@app.command()
def serve(port: int = 80):
    subprocess.run(["/app/server", "--port", str(port)])


app()
"""
MANAGE = CLICK.replace("import click", "import click  # no other framework")
KEPT = """\
import signal

import hooks


@hooks.on_start
def install():
    signal.signal(signal.SIGTERM, hooks.stop)


hooks.main()
"""


@pytest.mark.parametrize(
    ("command", "text", "verdict"),
    [
        ("work", CLICK, Verdict.GRACEFUL),
        ("poll", CLICK, Verdict.KILLED),
        ("serve", TYPER, Verdict.KILLED),
        ("x", KEPT, Verdict.UNKNOWN),
    ],
)
def test_the_command_that_is_asked_for_is_played(command: str, text: str, verdict: Verdict) -> None:
    workload = launched(["python3", "main.py", command], {"main.py": text})
    assert tell(workload).verdict is verdict


def test_a_manage_script_of_another_framework_is_played() -> None:
    workload = launched(["python3", "manage.py", "work"], {"manage.py": MANAGE})
    assert tell(workload).verdict is Verdict.GRACEFUL
