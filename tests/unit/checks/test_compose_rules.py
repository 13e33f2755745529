"""Rules about Compose services where their pages do not reach."""

from __future__ import annotations

import pytest

from gracelint.checks import all_rules
from gracelint.checks.group.gl311_init_ignored import init_ignored
from gracelint.checks.group.gl513_compose_grace_unset import compose_grace_unset
from gracelint.checks.group.gl515_compose_grace_zero import compose_grace_zero
from gracelint.checks.story.gl305_init_dropped import init_dropped
from gracelint.checks.story.gl306_double_init import double_init
from gracelint.declare.compose import project as compose
from gracelint.declare.image import dockerfile
from gracelint.diagnose.tell import tell
from gracelint.files.tree import Files
from gracelint.session.session import Session
from gracelint.settings.read import load
from gracelint.syntax.dockerfile.parse import parse
from gracelint.syntax.yaml import parse as yaml

NODE = 'FROM node:22\nWORKDIR /app\nCOPY app.js .\nENTRYPOINT ["tini", "--", "node", "app.js"]\n'
APP = 'require("http").createServer(() => {}).listen(80)\n'


@pytest.fixture
def tree(tmp_path):
    def write(**texts):
        for name, text in texts.items():
            (tmp_path / name.replace("_", ".")).write_text(text)
        return Files(tmp_path)

    return write


def project(files):
    return compose.services(yaml.parse(files.read("compose.yaml")), files)


def of_group(rule, files):
    return list(rule(project(files)))


def of_stories(rule, files):
    return [f for w in project(files).workloads for f in rule(tell(w))]


def applied(finding):
    (edit,) = finding.fix.edits
    text = edit.span.source.text
    return text[: edit.span.start] + edit.content + text[edit.span.end :]


class TestInitDropped:
    @pytest.mark.parametrize(
        ("before", "after"),
        [
            ("    entrypoint: node app.js\n", "    entrypoint: tini -- node app.js\n"),
            ("    entrypoint: [node, app.js]\n", '    entrypoint: ["tini", "--", node, app.js]\n'),
            (
                "    entrypoint:\n      - node  # c\n      - app.js\n",
                '    entrypoint:\n      - tini\n      - "--"\n      - node  # c\n      - app.js\n',
            ),
            (
                "    entrypoint:\n    - node\n    - app.js\n",
                '    entrypoint:\n    - tini\n    - "--"\n    - node\n    - app.js\n',
            ),
        ],
    )
    def test_the_init_is_put_back_in_any_form(self, tree, before, after):
        head = "services:\n  web:\n    build: .\n"
        files = tree(Dockerfile=NODE, app_js=APP, compose_yaml=head + before)
        (finding,) = of_stories(init_dropped, files)
        assert applied(finding) == head + after
        assert finding.related[0].span.source.path == "Dockerfile"

    @pytest.mark.parametrize(
        "service",
        [
            "{build: ., command: [x]}",
            "{build: ., entrypoint: [node, app.js], init: true}",
            "{build: ., entrypoint: [node, app.js], pid: host}",
            '{build: ., entrypoint: ["tini", "-g", "--", "node", "app.js"]}',
            "{build: ., entrypoint: [nginx, -g, daemon off;]}",
        ],
    )
    def test_where_no_init_is_missing(self, tree, service):
        files = tree(Dockerfile=NODE, app_js=APP, compose_yaml=f"services: {{web: {service}}}")
        assert of_stories(init_dropped, files) == []

    def test_a_program_of_which_nothing_shows_that_it_does_without(self, tree):
        service = "{build: ., entrypoint: [node, elsewhere.js]}"
        files = tree(Dockerfile=NODE, app_js=APP, compose_yaml=f"services: {{web: {service}}}")
        (finding,) = of_stories(init_dropped, files)
        assert finding.message.endswith(
            "nothing in sight shows that `node` as PID 1 stops on SIGTERM"
        )

    def test_a_later_stage(self, tree):
        text = (
            NODE.replace("node:22", "node:22 AS base")
            + 'FROM base\nENTRYPOINT ["node", "app.js"]\n'
        )
        files = tree(Dockerfile=text, app_js=APP)
        story = tell(dockerfile.workload(parse(files.read("Dockerfile")), files))
        (finding,) = init_dropped(story)
        assert applied(finding).endswith('ENTRYPOINT ["tini", "--", "node", "app.js"]\n')
        assert finding.primary.span.first.line == 6

    def test_another_entrypoint_in_the_same_stage_is_not_it(self, tree):
        files = tree(Dockerfile=NODE + 'ENTRYPOINT ["node", "app.js"]\n', app_js=APP)
        story = tell(dockerfile.workload(parse(files.read("Dockerfile")), files))
        assert list(init_dropped(story)) == []


class TestEdits:
    def test_a_key_from_an_anchor_is_not_edited(self, tree):
        text = (
            "x: &x\n  image: a\n  init: true\n  pid: host\n  stop_grace_period: 0s\n"
            "services:\n  web:\n    <<: *x\n"
        )
        files = tree(compose_yaml=text)
        (finding,) = of_group(init_ignored, files)
        assert finding.fixes == ()
        (finding,) = of_group(compose_grace_zero, files)
        assert finding.fixes == ()

    def test_a_key_of_the_extended_service(self, tree):
        text = (
            "services:\n  base: {image: a, init: true}\n"
            "  web: {extends: base, pid: 'service:base'}\n"
        )
        (finding,) = of_group(init_ignored, tree(compose_yaml=text))
        assert finding.workloads == ("web",)
        assert finding.primary.span.first.line == 2
        assert finding.fixes == ()

    def test_json(self, tree):
        text = '{"services": {"web": {"image": "postgres", "init": true, "pid": "host"}}}\n'
        files = tree(compose_yaml=text)
        (finding,) = of_group(init_ignored, files)
        assert applied(finding) == text.replace(' "init": true,', "")
        (finding,) = of_group(compose_grace_unset, files)
        assert '"stop_grace_period": "60s"' in applied(finding)


class TestGrace:
    @pytest.mark.parametrize(
        ("service", "severity"),
        [
            ("{image: 'postgres:16'}", "info"),
            ("{image: python, command: [gunicorn, --graceful-timeout, '60', 'a:b']}", "warning"),
            ("{image: postgres, stop_grace_period: 10s}", None),
            ("{image: postgres, stop_grace_period: '${G}'}", None),
            ("{image: postgres, entrypoint: [nginx]}", None),
            ("{image: nobody/knows}", None),
            ("{stop_signal: SIGINT}", None),
        ],
    )
    def test_unset(self, tree, service, severity):
        found = of_group(compose_grace_unset, tree(compose_yaml=f"services: {{db: {service}}}"))
        expected = [] if severity is None else [severity]
        assert [finding.severity.label for finding in found] == expected

    @pytest.mark.parametrize(
        ("end", "command", "severity"),
        [
            ('exec "$@"', "[gunicorn, 'a:b']", "info"),
            ('exec "$@"', "[gunicorn, --graceful-timeout=20, 'a:b']", "warning"),
            ("exec bundle exec sidekiq -t 40", "[]", "warning"),
            ("exec tini -- celery -A a worker", "[]", "info"),
            ('"$@"', "[gunicorn, 'a:b']", None),
            ("exec $COMMAND", "[gunicorn, 'a:b']", None),
            ("exec gosu app", "[gunicorn, 'a:b']", None),
            ("exec", "[gunicorn, 'a:b']", None),
            ("A=1", "[gunicorn, 'a:b']", None),
            ("( exec gunicorn )", "[]", None),
        ],
    )
    def test_unset_behind_a_script(self, tree, end, command, severity):
        text = (
            "services:\n  web:\n    image: python\n    entrypoint: /go.sh\n"
            f"    command: {command}\n    volumes: ['./go.sh:/go.sh']\n"
        )
        files = tree(compose_yaml=text, go_sh=f"#!/bin/sh\nset -e\n./migrate\n{end}\n")
        expected = [] if severity is None else [severity]
        found = of_group(compose_grace_unset, files)
        assert [finding.severity.label for finding in found] == expected

    @pytest.mark.parametrize(
        ("written", "instead"),
        [
            ("0s", "10s"),
            ("0", "10s"),
            ("30", "30s"),
            ("'30'", "'30s'"),
            ("10 sec", "10s"),
            ("999ms", "10s"),
        ],
    )
    def test_zero(self, tree, written, instead):
        text = f"services:\n  web:\n    image: a\n    stop_grace_period: {written} # c\n"
        (finding,) = of_group(compose_grace_zero, tree(compose_yaml=text))
        assert applied(finding) == text.replace(f"{written} #", f"{instead} #")

    @pytest.mark.parametrize("written", ["1s", "${G}", "${G:-5s}", "1m30s", ""])
    def test_not_zero(self, tree, written):
        text = f"services:\n  web:\n    image: a\n    stop_grace_period: {written}\n"
        assert of_group(compose_grace_zero, tree(compose_yaml=text)) == []

    def test_a_zero_that_a_variable_brings_is_not_edited_away(self, tree):
        text = "services:\n  web:\n    image: a\n    stop_grace_period: ${G:-0s}\n"
        (finding,) = of_group(compose_grace_zero, tree(compose_yaml=text))
        assert "killed" in finding.message


class TestDoubleInit:
    def test_tini_below_the_engines_init(self, tree):
        text = "services:\n  web:\n    build: .\n    init: true\n    tty: true\n"
        (finding,) = of_stories(double_init, tree(Dockerfile=NODE, app_js=APP, compose_yaml=text))
        assert finding.severity.label == "info"
        assert applied(finding) == text.replace("    init: true\n", "")
        assert finding.related[0].span.source.path == "Dockerfile"

    def test_s6_overlay_has_to_be_pid_1(self, tree, tmp_path):
        (tmp_path / "root/etc/services.d/app").mkdir(parents=True)
        (tmp_path / "root/etc/services.d/app/run").write_text("#!/bin/sh\nexec app\n")
        text = "services: {web: {build: ., init: true}}"
        docker = 'FROM alpine:3.20\nCOPY root/ /\nENTRYPOINT ["/init"]\n'
        (finding,) = of_stories(double_init, tree(Dockerfile=docker, compose_yaml=text))
        assert finding.severity.label == "error"
        assert applied(finding) == "services: {web: {build: .}}"

    @pytest.mark.parametrize(
        "service",
        [
            "{build: .}",
            "{build: ., init: false}",
            "{build: ., init: true, pid: host}",
            "{build: ., init: true, entrypoint: [node, app.js]}",
            "{image: nobody/knows, init: true}",
        ],
    )
    def test_one_init(self, tree, service):
        files = tree(Dockerfile=NODE, app_js=APP, compose_yaml=f"services: {{web: {service}}}")
        assert of_stories(double_init, files) == []


def test_the_settings_say_how_long_a_program_takes():
    text = "services: {a: {image: 'debian:12', command: [slowd]}}\n"
    settings = '[programs.slowd]\nsignals = {SIGTERM = "graceful"}\nstops-in = 60\n'
    files = Files("/nowhere", overlay={"compose.yaml": text, "gracelint.toml": settings})
    loaded = load(files, "gracelint.toml", all_rules)
    [found] = Session(files, loaded.options).run([""]).findings
    assert (found.rule.code, found.severity.label) == ("GL513", "warning")
    assert "`slowd` may take 60 s to stop" in found.message


@pytest.mark.parametrize(
    ("command", "codes"),
    [
        ("celery -A a worker", {"GL513"}),
        ("watchmedo auto-restart -- celery -A a worker", {"GL113"}),
        ("sh -c 'exec watchmedo auto-restart -- celery -A a worker'", {"GL113"}),
        ("gunicorn --reload app:app", {"GL513"}),  # its reloader is in the workers
    ],
)
def test_of_a_reloader_no_grace_period_is_asked(command, codes):
    text = f'services: {{a: {{image: "python:3.12", command: "{command}"}}}}\n'
    files = Files("/nowhere", overlay={"compose.yaml": text, "gracelint.toml": ""})
    found = Session(files, load(files, "gracelint.toml", all_rules).options).run([""]).findings
    assert {one.rule.code for one in found} & {"GL113", "GL513"} == codes


@pytest.mark.parametrize(
    ("service", "reason"),
    [
        ("entrypoint: ./run.sh", "the script `./run.sh` stands in a folder that is not known"),
        ("entrypoint: [sh, run.sh]", "`run.sh` stands in a folder that is not known"),
        ("entrypoint: ./run.sh, working_dir: /b", "the script `./run.sh` is not in sight"),
    ],
)
def test_a_script_in_a_folder_that_is_not_known(service, reason):
    text = f'services: {{a: {{image: "me/app", volumes: ["./run.sh:/a/run.sh"], {service}}}}}\n'
    overlay = {"compose.yaml": text, "run.sh": "#!/bin/sh\n", "gracelint.toml": ""}
    files = Files("/nowhere", overlay=overlay)
    session = Session(files, load(files, "gracelint.toml", all_rules).options)
    [story] = session.scene([""]).stories
    assert story.reason.startswith(reason)


def _session(image: str) -> Session:
    text = f"services:\n  a:\n    image: {image}\n"
    files = Files("/nowhere", overlay={"compose.yaml": text, "gracelint.toml": ""})
    return Session(files, load(files, "gracelint.toml", all_rules).options)


@pytest.mark.parametrize(
    ("image", "code", "what"),
    [
        ("mautic/mautic:6-apache", "GL110", "`entrypoint.sh` stays in front"),
        ("tensorflow/serving:2.19.0", "GL110", "entrypoint.sh` stays in front"),
        ("qdrant/qdrant:v1.15", "GL111", "`entrypoint.sh` ends on SIGTERM"),
    ],
)
def test_a_public_image_s_own_script_is_a_warning_at_the_reference(image, code, what):
    found = [f for f in _session(image).run([""]).findings if f.rule.code == code]
    assert [(f.severity.label, str(f.primary.span.text)) for f in found] == [("warning", image)]
    assert what in found[0].message


@pytest.mark.parametrize("image", ["wbitt/network-multitool", "ghcr.io/pocket-id/pocket-id"])
def test_a_script_of_an_image_that_is_given_to_a_shell(image):
    [story] = _session(image).stories([""]).stories
    assert story.verdict.value != "unknown"
