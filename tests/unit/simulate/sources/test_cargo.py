"""Which packages of a Cargo workspace are in a program."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from gracelint.base.facts import Unknown
from gracelint.base.source import Source
from gracelint.files.tree import Files
from gracelint.model.options import Options
from gracelint.session.session import Session
from gracelint.simulate.sources.rustlang import launcher, waits_on

if TYPE_CHECKING:
    from pathlib import Path

DOCKERFILE = """FROM rust:1.80 AS build
WORKDIR /src
COPY . .
RUN cargo build --release
FROM debian:12-slim
COPY --from=build /src/target/release/{program} /usr/local/bin/{program}
CMD ["{program}"]
"""
LISTENS = "let s = std::net::TcpListener::bind(a); for c in s.incoming() { drop(c) }"
HANDLES = "let t = tokio::signal::unix::signal(SignalKind::terminate()); t.recv().await;"
PACKAGES = {
    "Cargo.toml": '[workspace]\nmembers = ["bot", "web", "shared"]\n',
    "bot/Cargo.toml": '[package]\nname = "bot"\n',
    "bot/src/main.rs": f"fn main() {{ {HANDLES} }}",
    "web/Cargo.toml": '[package]\nname = "web"\n[dependencies]\nshared.workspace = true\n',
    "web/src/main.rs": f"fn main() {{ {LISTENS} }}",
    "web/src/bin/check.rs": f"fn main() {{ {LISTENS} }}",
    "shared/Cargo.toml": '[package]\nname = "shared"\n',
    "shared/src/lib.rs": "pub fn of() {}",
}


def verdict(root: Path, program: str, **changed: str) -> str:
    for name, text in {**PACKAGES, **changed, "Dockerfile": DOCKERFILE}.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text.format(program=program) if name == "Dockerfile" else text)
    [told] = Session(Files(root), Options()).scene(["Dockerfile"]).stories
    return told.verdict.value


@pytest.mark.parametrize(("program", "told"), [("bot", "graceful"), ("web", "killed")])
def test_a_handler_of_another_package_is_not_in_a_program(
    tmp_path: Path, program: str, told: str
) -> None:
    assert verdict(tmp_path, program) == told


def test_a_handler_of_a_package_that_is_used_is_in_the_program(tmp_path: Path) -> None:
    changed = {"shared/src/lib.rs": f"pub fn of() {{ {HANDLES} }}"}
    assert verdict(tmp_path, "web", **changed) == "graceful"


def test_a_file_of_src_bin_is_a_program_of_its_package(tmp_path: Path) -> None:
    assert verdict(tmp_path, "check") == "killed"


def test_bin_says_what_a_program_is_called(tmp_path: Path) -> None:
    changed = {"web/Cargo.toml": '[package]\nname = "web"\n[[bin]]\nname = "front"\n'}
    assert verdict(tmp_path, "front", **changed) == "killed"


def test_a_program_of_no_package_in_sight_is_not_judged_by_all(tmp_path: Path) -> None:
    assert verdict(tmp_path, "renamed") == "graceful"


def test_a_manifest_that_does_not_parse_is_no_package(tmp_path: Path) -> None:
    changed = {"bot/Cargo.toml": "[package\n", "shared/Cargo.toml": "x"}
    assert verdict(tmp_path, "web", **changed) == "graceful"


@pytest.mark.parametrize("hostile", ["for a in b { ", "Signals::new(", "fn main() ", "x.kill("])
def test_much_of_what_begins_and_does_not_end_is_read_at_once(hostile: str) -> None:
    start = 'Command::new("a").status(); x.id(); Signals::new(SIGTERM); '
    source = Source("main.rs", start + hostile * 40_000)
    assert isinstance(launcher([(source, source.text)], (), handles=True), Unknown)
    assert not waits_on(['extern "C" fn a() { x.store(1); } .accept() ' + hostile * 40_000])
