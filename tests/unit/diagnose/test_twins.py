"""Launches that are told once have the stories that each would have by itself."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

import gracelint
from gracelint.atlas import Atlas
from gracelint.diagnose import twins
from gracelint.diagnose.tell import tell
from gracelint.diagnose.twins import UNREAD, Twins
from gracelint.files.tree import Files
from gracelint.model.options import Options
from gracelint.session.session import Session

DOCKERFILE = """\
FROM {image}
LABEL about="{about}"
ENV APP_VERSION={version} APP_MODE=plain
COPY start.sh /usr/local/bin/
ENTRYPOINT ["start.sh", "-x"]
{last}
"""
SCRIPT = """\
#!/bin/sh
set -e
# Prepares what is needed where whoever deploys it asks for that by a variable, and starts the
# application afterwards. Nothing that it prepares has to be there, so that a failure is said and
# the application is started all the same: without it, nobody could see what has happened, and the
# logs would be lost with the container. Whoever wants it otherwise sets a variable, which is read
# by the application itself.
if [ "$1" = -x ] && [ -n "$EXTRA" ]; then
    prepare "$EXTRA"
fi
{line}
/srv/app --port 80
"""
UNALIKE = {
    "the same": {},
    "a version that nobody reads": {"version": "2"},
    "more text in front": {"about": "the second and longer one"},
    "another version of the distribution": {"image": "alpine:3.22"},
    "another distribution": {"image": "debian:12"},
    "an image that nobody knows": {"image": "registry.example/base:2"},
    "another signal": {"last": "STOPSIGNAL SIGINT"},
    "another script": {"line": "exec /srv/other"},
    "another file beside it": {"more": {"extra.conf": "x = 1\n"}},
}


def _folder(name, image="alpine:3.21", about="", version="1", last="", line=":", more=None):
    return {
        f"{name}/Dockerfile": DOCKERFILE.format(
            image=image, about=about, version=version, last=last
        ),
        f"{name}/start.sh": SCRIPT.format(line=line),
        **{f"{name}/{path}": text for path, text in (more or {}).items()},
    }


def _stories(*folders):
    files = {path: text for folder in folders for path, text in folder.items()}
    return Session(Files("/nowhere", overlay=files), Options()).scene([""]).stories


def _shown(story):
    """All that a story says with all its places; a variable's word is a word, and where an object
    lies in memory is not told.
    """
    values = (getattr(story, name) for name in story.__match_args__ if name != "timeline")
    return re.sub(r" at 0x[0-9a-f]+", "", repr(tuple(values)).replace("Watched(", "Word("))


@pytest.mark.parametrize("other", UNALIKE)
def test_a_launch_has_the_story_that_it_has_alone(other):
    folders = _folder("1"), _folder("2", **UNALIKE[other])
    stories = _stories(*folders)
    assert [story.workload.source.path for story in stories] == ["1/Dockerfile", "2/Dockerfile"]
    for story, folder in zip(stories, folders, strict=True):
        (alone,) = _stories(folder)
        assert _shown(story) == _shown(alone)


WRITTEN = {
    "by echo": "echo '/srv/other; x' > /tmp/x; sh /tmp/x",
    "by a here-document": "cat > /tmp/x <<EOF\n/srv/other &\nwait\nEOF\nsh /tmp/x",
    "by several": "printf '/srv/other &\\n' > /tmp/x; echo wait >> /tmp/x; sh /tmp/x",
    "as a word": "sh -c \"$(echo '/srv/other; x')\"",
    "for eval": "eval \"$(printf '%s; x' /srv/other)\"",
    "of its words": 'sh -c "$*; x" sh /srv/other',
}


@pytest.mark.parametrize("about", ["", "the second and longer one"], ids=["same", "longer"])
@pytest.mark.parametrize("line", WRITTEN.values(), ids=WRITTEN)
def test_a_script_that_is_written_meanwhile_has_the_places_of_its_own_launch(line, about):
    folders = _folder("1", line=line), _folder("2", line=line, about=about)
    for story, folder in zip(_stories(*folders), folders, strict=True):
        (alone,) = _stories(folder)
        assert _shown(story) == _shown(alone)


COMMANDS = {
    "a shell's": 'CMD ["sh", "-c", "x; /srv/other & wait"]',
    "in the shell form": "CMD x; /srv/other",
    "with the same part twice": 'CMD ["sh", "-c", "/srv/other; /srv/other"]',
    "with a signal": 'STOPSIGNAL SIGQUIT\nCMD ["nginx", "-g", "daemon off;"]',
}


@pytest.mark.parametrize("last", COMMANDS.values(), ids=COMMANDS)
def test_a_command_that_stands_elsewhere_has_its_places_there(last):
    def folder(name: str, about: str) -> dict[str, str]:
        text = f"FROM debian:12\nLABEL about={about}\nCOPY run.sh /\n{last}\n"
        return {f"{name}/Dockerfile": text, f"{name}/run.sh": "exec /srv/app\n"}

    folders = folder("1", "x"), folder("2", "longer")
    for story, alone in zip(_stories(*folders), map(_stories, folders), strict=True):
        assert _shown(story) == _shown(alone[0])


@pytest.mark.parametrize(
    ("line", "told"),
    [(":", 1), ('if [ "$APP_VERSION" -ge 2 ]; then exec /srv/app; fi', 2)],
    ids=["unread", "read"],
)
def test_only_a_variable_that_is_read_has_it_told_anew(monkeypatch, line, told):
    asked = []
    monkeypatch.setattr(twins, "tell", lambda *given: asked.append(given) or tell(*given))
    _, second = _stories(_folder("1", line=line), _folder("2", version="2", line=line))
    assert len(asked) == told
    assert [defect.span.source.path for defect in second.defects] == ["2/start.sh"] * (told == 1)


def test_a_name_in_a_sentence_is_never_that_of_another():
    given = {"last": "CMD /srv/app"}
    first, second = _stories(
        _folder("1", "registry.example/base:1", **given),
        _folder("2", "registry.example/base:2", **given),
    )
    assert "base:1" not in _shown(second)
    assert "base:2" not in _shown(first)


def test_another_atlas_has_it_told_anew():
    (story,) = _stories(_folder("1"))
    kept = Twins()
    one, other = (kept.tell(story.workload, Atlas()) for _ in range(2))
    assert one is not other


def test_no_story_reads_what_is_not_compared():
    package = Path(gracelint.__file__).parent
    read = {
        node.attr
        for folder in ("simulate", "diagnose")
        for path in (package / folder).rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Attribute)
        and isinstance(node.value, (ast.Name, ast.Attribute))
        and "workload" in ast.unparse(node.value)
        and "workload.files" not in ast.unparse(node.value)  # what is asked of files is noted
    }
    assert "env" in read
    assert not read & UNREAD
