"""The hooks in .pre-commit-hooks.yaml, run by pre-commit itself in a repository of its own."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
HOOKS = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text(encoding="utf-8"))
GIT = ("git", "-c", "user.name=t", "-c", "user.email=t@example.com")
BAD = "FROM debian:12\nENTRYPOINT node server.js\n"
GOOD = 'FROM debian:12\nENTRYPOINT ["node", "server.js"]\n'


def git(folder: Path, *arguments: str) -> str:
    done = subprocess.run(
        (*GIT, *arguments), cwd=folder, capture_output=True, text=True, check=True
    )
    return done.stdout


@dataclass(frozen=True)
class Repository:
    path: Path
    environment: dict[str, str]

    def run(self, hook: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "pre_commit", "run", hook, "--color", "never"]
        return subprocess.run(
            command,
            cwd=self.path,
            env=self.environment,
            capture_output=True,
            text=True,
            check=False,
        )

    def stage(self, name: str, text: str) -> None:
        (self.path / name).write_text(text, encoding="utf-8")
        git(self.path, "add", "--", name)


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """This checkout as it stands, as a repository that hooks can be taken from."""
    target = tmp_path_factory.mktemp("published")
    listed = git(ROOT, "ls-files", "-co", "--exclude-standard", "-z").split("\0")
    for name in filter(None, listed):
        if (ROOT / name).is_file():
            (target / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, target / name)
    git(target, "init", "-q")
    git(target, "add", "-A")
    git(target, "commit", "-q", "-m", "Publish")
    return target


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("pre-commit")


@pytest.fixture
def repository(tmp_path: Path, published: Path, home: Path) -> Repository:
    git(tmp_path, "init", "-q")
    rev = git(published, "rev-parse", "HEAD").strip()
    hooks = [{"id": hook["id"]} for hook in HOOKS]
    config = {"repos": [{"repo": str(published), "rev": rev, "hooks": hooks}]}
    (tmp_path / ".pre-commit-config.yaml").write_text(yaml.safe_dump(config))
    git(tmp_path, "add", "-A")
    return Repository(tmp_path, os.environ | {"PRE_COMMIT_HOME": str(home)})


@pytest.mark.install
def test_the_hook_reports_and_the_fixing_one_repairs(repository: Repository) -> None:
    repository.stage("Dockerfile", BAD)
    reported = repository.run("gracelint")
    assert reported.returncode == 1, reported
    assert "GL101" in reported.stdout
    assert (repository.path / "Dockerfile").read_text() == BAD

    fixed = repository.run("gracelint-fix")
    assert fixed.returncode == 1, fixed
    assert "files were modified by this hook" in fixed.stdout
    assert (repository.path / "Dockerfile").read_text() == GOOD

    git(repository.path, "add", "-A")
    assert repository.run("gracelint").returncode == 0
    assert repository.run("gracelint-fix").returncode == 0


@pytest.mark.install
def test_a_change_in_a_script_is_judged_with_its_dockerfile(repository: Repository) -> None:
    """Only the script is staged, and only both files together tell that it is PID 1."""
    script = repository.path / "docker-entrypoint"
    repository.stage(
        "Dockerfile",
        'FROM debian:12\nCOPY docker-entrypoint /\nENTRYPOINT ["/docker-entrypoint"]\n',
    )
    repository.stage(script.name, "#!/bin/sh\nexec node server.js\n")
    git(repository.path, "commit", "-q", "-m", "Start")
    repository.stage(script.name, "#!/bin/sh\nnode server.js\n")
    reported = repository.run("gracelint")
    assert reported.returncode == 1, reported
    assert "GL201" in reported.stdout


@pytest.mark.install
def test_the_staged_hook_reports_what_the_staged_change_brings(repository: Repository) -> None:
    repository.stage("Dockerfile", BAD)
    assert repository.run("gracelint-staged").returncode == 1  # there is no commit yet
    git(repository.path, "commit", "-q", "-m", "Start")

    repository.stage("README.md", "more\n")
    assert "Skipped" in repository.run("gracelint-staged").stdout
    repository.stage("fine.Dockerfile", GOOD)
    assert repository.run("gracelint-staged").returncode == 0
    assert repository.run("gracelint").returncode == 1

    repository.stage("worse.Dockerfile", BAD)
    (repository.path / "later.Dockerfile").write_text(BAD)
    reported = repository.run("gracelint-staged")
    assert reported.returncode == 1
    assert "worse.Dockerfile:2" in reported.stdout
    assert "--> Dockerfile:2" not in reported.stdout
    assert "later.Dockerfile:2" not in reported.stdout


@pytest.mark.install
def test_the_staged_hook_leaves_unstaged_changes_alone(repository: Repository) -> None:
    repository.stage("Dockerfile", GOOD)
    git(repository.path, "commit", "-q", "-m", "Start")
    repository.stage("other.Dockerfile", GOOD)
    (repository.path / "Dockerfile").write_text(BAD)
    assert repository.run("gracelint-staged").returncode == 0


WAKES = (
    "Dockerfile",
    "api/Dockerfile.prod",
    "api.dockerfile",
    "Containerfile",
    "compose.yaml",
    "deploy/web.yml",
    "pod.json",
    "entrypoint.sh",
    "scripts/run",
    "docker-bake.hcl",
    ".dockerignore",
    "web/.env",
    "supervisord.conf",
    "gracelint.toml",
    "pyproject.toml",
    "server.js",
    "app.mjs",
    "worker.py",
    "main.go",
    "web.container",
    "charts/web/templates/_helpers.tpl",
    "gracelint.lock",
)
SLEEPS = ("README.md", "logo.png", "docs/index.rst", "styles.css", "LICENSE.txt", "a.sh.bak")


@pytest.mark.parametrize("hook", HOOKS, ids=lambda hook: hook["id"])
def test_hooks_wake_for_what_a_launch_can_depend_on(hook: dict[str, str]) -> None:
    assert [name for name in WAKES if not re.search(hook["files"], name)] == []
    assert [name for name in SLEEPS if re.search(hook["files"], name)] == []


@pytest.mark.parametrize("hook", HOOKS, ids=lambda hook: hook["id"])
def test_hooks_read_the_whole_repository_once(hook: dict[str, object]) -> None:
    assert hook["pass_filenames"] is False
    assert hook["require_serial"] is True
