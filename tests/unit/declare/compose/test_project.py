"""Compose services as the containers they start."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gracelint.base.facts import Known, Unknown
from gracelint.base.source import Source
from gracelint.declare.compose.files import (
    Projects,
    base_of,
    included_together,
    named_together,
)
from gracelint.declare.compose.model import MAX_DEPTH, MAX_FILES, MAX_LAYERS
from gracelint.declare.compose.project import services
from gracelint.discover.compose import is_compose
from gracelint.model.entries import BaseImage
from gracelint.syntax.yaml import parse as yaml


class Tree:
    """A tree of files in memory."""

    def __init__(self) -> None:
        self.texts: dict[str, str] = {}
        self.notes: dict[str, str] = {}

    def read(self, path: str) -> Source | None:
        text = self.texts.get(path)
        return None if text is None else Source(path, text)

    def exists(self, path: str) -> bool:
        return path in self.texts or self.is_dir(path)

    def is_dir(self, path: str) -> bool:
        return any(name.startswith(f"{path}/") for name in self.texts) or path == ""

    def is_file(self, path: str) -> bool:
        return path in self.texts

    def is_executable(self, path: str) -> bool | None:
        return path.endswith(".sh") if path in self.texts else None

    def names(self, path: str) -> list[str]:
        prefix = f"{path}/" if path else ""
        return sorted({n[len(prefix) :].split("/")[0] for n in self.texts if n.startswith(prefix)})


IMAGES = {
    "app": BaseImage("app", "test", "dash", ("/entry", "--x"), ("serve",), "SIGQUIT"),
    "plain": BaseImage("plain", "test", "ash", (), ("sleep", "1")),
}


def load(text: str, path: str = "compose.yaml", **others: str):
    tree = Tree()
    tree.texts = {path: text, **{n.replace("__", "/"): t for n, t in others.items()}}
    return load_tree(tree, path)


def load_tree(tree: Tree, path: str = "compose.yaml"):
    file = yaml.parse(Source(path, tree.texts[path]))
    return {w.name: w for w in services(file, tree, IMAGES.get).workloads}


def one(text: str, **others: str):
    return load("services:\n  web:\n" + text, **others)["web"]


def argv(workload) -> list[str | None] | None:
    fact = workload.launch.argv
    return [w.value for w in fact.value] if isinstance(fact, Known) else None


class TestLaunch:
    def test_the_image_alone(self):
        workload = one("    image: app\n")
        assert argv(workload) == ["/entry", "--x", "serve"]
        assert workload.stop_signal.value == "SIGQUIT"
        assert workload.launch.overridden is None

    def test_a_command_follows_the_images_entrypoint(self):
        workload = one("    image: app\n    command: run 'a b'\n")
        assert argv(workload) == ["/entry", "--x", "run", "a b"]
        assert workload.launch.cmd.value.form == "args"
        assert [w.value for w in workload.launch.overridden.argv.value][-1] == "serve"

    def test_a_string_is_split_without_a_shell(self):
        workload = one('    image: plain\n    command: sh -c "exec app $$HOME" && echo\n')
        assert argv(workload) == ["sh", "-c", "exec app $HOME"]

    def test_an_entrypoint_drops_the_images_command(self):
        workload = one('    image: app\n    entrypoint: ["/own"]\n')
        assert argv(workload) == ["/own"]

    def test_an_entrypoint_with_a_command(self):
        workload = one('    image: app\n    entrypoint: ["/own"]\n    command: [a, "b c"]\n')
        assert argv(workload) == ["/own", "a", "b c"]

    @pytest.mark.parametrize("empty", ["[]", "''", '""'])
    def test_an_empty_entrypoint_clears_the_images(self, empty):
        assert argv(one(f"    image: app\n    entrypoint: {empty}\n")) == ["serve"]

    def test_an_entrypoint_of_one_empty_word_clears_both(self):
        workload = one('    image: app\n    entrypoint: [""]\n    command: run\n')
        assert argv(workload) == ["run"]
        assert argv(one('    image: app\n    entrypoint: [""]\n')) is None

    @pytest.mark.parametrize("command", ["[]", "''"])
    def test_an_empty_command_keeps_the_images(self, command):
        """The engine takes an empty list for none."""
        assert argv(one(f"    image: app\n    command: {command}\n")) == ["/entry", "--x", "serve"]

    @pytest.mark.parametrize("key", ["entrypoint", "command"])
    def test_null_keeps_the_images(self, key):
        workload = one(f"    image: app\n    {key}:\n")
        assert argv(workload) == ["/entry", "--x", "serve"]

    def test_an_unknown_image(self):
        workload = one("    image: nobody/knows:1\n")
        assert isinstance(workload.launch.argv, Unknown)
        assert "nobody/knows:1" in workload.launch.argv.reason
        assert workload.base.reference == "nobody/knows:1"

    def test_an_unknown_image_with_an_entrypoint(self):
        workload = one('    image: nobody/knows:1\n    entrypoint: ["/own", "x"]\n')
        assert argv(workload) == ["/own", "x"]
        assert (workload.stop_signal.value, workload.stop_signal.assumed) == ("SIGTERM", True)

    def test_text_that_compose_rejects(self):
        workload = one("    image: app\n    command: 'run (x'\n")
        assert "rejects" in workload.launch.cmd.reason

    def test_words_point_into_the_file(self):
        workload = one('    image: plain\n    command: sh -c "sleep $${N}; exec app"\n')
        script = workload.launch.argv.value[2]
        assert script.span.text == '"sleep $${N}; exec app"'
        at = script.value.index("exec")
        assert script.text.span(at, at + 4).text == "exec"
        assert script.text.span(6, 10).text == "$${N}"


class TestFacts:
    @pytest.mark.parametrize(
        ("text", "seconds"),
        [("1m30s", 90), ("10s", 10), ("0s", 0), ("0", 0), ("500ms", 0), ("1.5s", 1), ("1h", 3600)],
    )
    def test_grace(self, text, seconds):
        workload = one(f"    image: app\n    stop_grace_period: {text}\n")
        assert workload.grace.value == seconds
        assert not workload.grace.assumed

    @pytest.mark.parametrize("text", ["10", "ten", "10 s", "1..s", "'s'", "5x"])
    def test_grace_that_compose_rejects(self, text):
        workload = one(f"    image: app\n    stop_grace_period: {text}\n")
        assert isinstance(workload.grace, Unknown)
        assert "stop_grace_period" in workload.place.entries

    def test_the_default_grace_is_assumed(self):
        workload = one("    image: app\n")
        assert (workload.grace.value, workload.grace.assumed) == (10.0, True)

    @pytest.mark.parametrize(
        ("text", "expected"),
        [("true", True), ("'yes'", True), ("false", False), ("${I:-true}", True)],
    )
    def test_init(self, text, expected):
        workload = one(f"    image: app\n    init: {text}\n")
        assert workload.engine_init == Known(expected, workload.engine_init.origins)

    def test_init_that_is_no_boolean_is_unknown(self):
        assert isinstance(one("    image: app\n    init: maybe\n").engine_init, Unknown)

    @pytest.mark.parametrize(
        ("text", "expected"),
        [
            ("host", "host"),
            ("service:db", "service"),
            ("'container:x'", "shared"),
            ("''", "private"),
        ],
    )
    def test_pid(self, text, expected):
        assert one(f"    image: app\n    pid: {text}\n").pid_namespace == expected

    @pytest.mark.parametrize(("text", "value"), [("SIGINT", "SIGINT"), ("15", "15"), ("'9'", "9")])
    def test_stop_signal(self, text, value):
        assert one(f"    image: app\n    stop_signal: {text}\n").stop_signal.value == value

    def test_environment_over_the_images(self):
        mapping = one("    image: app\n    environment:\n      A: 1\n      B: ${B}\n      C:\n")
        assert mapping.env["A"].value == "1"
        assert mapping.env["B"].value is None
        assert "C" not in mapping.env
        listed = one("    image: app\n    environment:\n      - A=x=${V:-y}\n      - C\n")
        assert listed.env["A"].value == "x=y"
        assert "C" not in listed.env

    def test_environment_over_a_file(self):
        text = "    image: app\n    env_file: a.env\n    environment: [B=3]\n"
        workload = one(text, **{"a.env": "A=1\nB=2\n"})
        assert {n: w.value for n, w in workload.env.items()} == {"A": "1", "B": "3"}

    def test_health_check(self):
        shell = one("    image: app\n    healthcheck:\n      test: curl x || exit 1\n").healthcheck
        assert (shell.form, shell.words[0].value) == ("shell", "curl x || exit 1")
        exec_form = one('    image: app\n    healthcheck:\n      test: ["CMD", "curl", "x"]\n')
        assert [w.value for w in exec_form.healthcheck.words] == ["curl", "x"]
        none = one('    image: app\n    healthcheck:\n      test: ["NONE"]\n')
        assert none.healthcheck is None

    def test_hooks(self):
        text = "    image: app\n    pre_stop:\n      - command: ./drain.sh 5\n        user: root\n"
        (hook,) = one(text).hooks
        assert (hook.when, hook.handler) == ("preStop", "exec")
        assert [w.value for w in hook.command.words] == ["./drain.sh", "5"]

    def test_user_and_folder(self):
        workload = one("    image: app\n    user: '1000'\n    working_dir: /srv\n")
        assert (workload.user.value, workload.workdir.value) == ("1000", "/srv")

    def test_it_is_declared_at_its_name(self):
        workload = one("    image: app\n")
        assert (workload.kind, workload.declared.text) == ("compose", "web")


class TestVariables:
    def test_the_env_file_wins_over_a_default(self):
        workload = one("    image: ${IMAGE:-plain}\n", **{".env": "IMAGE=app\n"})
        assert argv(workload) == ["/entry", "--x", "serve"]

    def test_a_default(self):
        assert argv(one("    image: ${IMAGE:-plain}\n")) == ["sleep", "1"]

    def test_what_nothing_sets_is_unknown(self):
        workload = one("    image: $IMAGE\n")
        assert "IMAGE" in workload.launch.argv.reason

    def test_an_unknown_word(self):
        workload = one("    image: plain\n    command: run $MORE --port=${PORT}\n")
        assert argv(workload) == ["run", None, None]
        assert [w.many for w in workload.launch.argv.value] == [False, True, False]


class TestLayers:
    def test_merge_keys_and_anchors(self):
        found = load(
            "x-base: &base\n  image: app\n  stop_signal: SIGINT\n"
            "services:\n  a:\n    <<: *base\n    stop_signal: SIGHUP\n  b: *base\n"
        )
        assert found["a"].stop_signal.value == "SIGHUP"
        assert found["b"].stop_signal.value == "SIGINT"
        assert found["b"].place.node.alias_span is not None

    def test_extends_in_the_same_file(self):
        found = load(
            "services:\n  a:\n    image: app\n    stop_signal: SIGINT\n    init: true\n"
            "  b:\n    extends: a\n    init: false\n  c:\n    extends: {service: b}\n"
        )
        assert found["c"].stop_signal.value == "SIGINT"
        assert found["c"].engine_init.value is False

    def test_extends_from_another_file(self):
        found = load(
            "services:\n  web:\n    extends:\n      file: common/base.yaml\n      service: a\n",
            **{
                "common/base.yaml": "services:\n  a:\n    image: app\n    volumes:\n"
                "      - ./e.sh:/e.sh\n    entrypoint: /e.sh\n",
                "common/e.sh": "#!/bin/sh\nexec app\n",
            },
        )
        assert argv(found["web"]) == ["/e.sh"]
        assert found["web"].files.get("/e.sh").text.text == "#!/bin/sh\nexec app\n"

    def test_extends_that_is_not_there(self):
        workload = one("    extends: {file: nowhere.yaml, service: x}\n")
        assert "nowhere.yaml" in workload.launch.argv.reason

    def test_extends_in_a_circle(self):
        found = load("services:\n  a: {extends: b, image: app}\n  b: {extends: a}\n")
        assert argv(found["a"]) == ["/entry", "--x", "serve"]

    def test_an_override_file(self):
        tree = Tree()
        tree.texts = {
            "x/docker-compose.yml": "services:\n  web:\n    image: app\n    command: [a]\n",
            "x/docker-compose.override.yml": "services:\n  web:\n    command: [b]\n    init: true\n"
            "  more:\n    image: plain\n",
        }
        found = load_tree(tree, "x/docker-compose.yml")
        assert argv(found["web"]) == ["/entry", "--x", "b"]
        assert found["web"].engine_init.value is True
        assert argv(found["more"]) == ["sleep", "1"]
        assert load_tree(tree, "x/docker-compose.override.yml") == {}
        assert base_of("x/docker-compose.override.yml", tree) == "x/docker-compose.yml"

    def test_an_override_that_resets(self):
        found = load(
            "services:\n  web:\n    image: app\n    command: [a]\n    stop_signal: SIGINT\n",
            **{
                "compose.override.yaml": "services:\n  web:\n    command: !reset null\n"
                "    stop_signal:\n"
            },
        )
        assert argv(found["web"]) == ["/entry", "--x", "serve"]
        assert found["web"].stop_signal.value == "SIGINT"

    def test_include(self):
        found = load(
            "include:\n  - infra/db.yaml\nservices:\n  web:\n    image: app\n",
            **{
                "infra/db.yaml": "services:\n  db:\n    image: ${DB:-app}\n",
                "infra/.env": "DB=plain\n",
            },
        )
        assert argv(found["db"]) == ["sleep", "1"]
        assert argv(found["web"]) == ["/entry", "--x", "serve"]

    def test_files_below_one_another_are_read_up_to_a_bound(self):
        tree = Tree()
        tree.texts = {
            f"f{n}.yaml": f"include: [f{n + 1}.yaml]\nservices: {{s{n}: {{image: app}}}}\n"
            for n in range(20)
        }
        assert set(load_tree(tree, "f0.yaml")) == {f"s{n}" for n in range(MAX_DEPTH + 1)}
        [(path, why)] = tree.notes.items()
        assert path == f"f{MAX_DEPTH}.yaml"
        assert "they are not read" in why

    def test_files_beside_one_another_are_read_up_to_a_bound(self):
        tree = Tree()
        names = [f"f{n}.yaml" for n in range(MAX_FILES + 9)]
        tree.texts = dict.fromkeys(names, "services: {a: {image: app}}\n")
        tree.texts["compose.yaml"] = json.dumps({"include": names, "services": {}})
        load_tree(tree)
        assert tree.notes == {names[MAX_FILES]: "is not read: its project has more than 100 files"}

    def test_very_many_services_that_extend_one_another(self):
        text = "services:\n  s0: {image: app, stop_signal: SIGINT}\n" + "".join(
            f"  s{n + 1}: {{extends: {{service: s{n}}}}}\n" for n in range(MAX_LAYERS + 9)
        )
        found = load(text)
        assert found[f"s{MAX_LAYERS - 1}"].stop_signal.value == "SIGINT"
        launch = found[f"s{MAX_LAYERS}"].launch
        assert isinstance(launch.argv, Unknown)
        assert launch.argv.reason == f"it extends more than {MAX_LAYERS} services"

    def test_a_part_of_another_file_is_judged_on_what_it_states(self):
        workload = one("    stop_signal: SIGKILL\n")
        assert workload.stop_signal.value == "SIGKILL"
        assert isinstance(workload.grace, Unknown)
        assert isinstance(workload.engine_init, Unknown)

    def test_a_provider_is_no_container(self):
        assert load("services:\n  web:\n    provider: {type: x}\n    image: app\n") == {}


def order(text: str, **others: str) -> dict[str, tuple[str, ...]]:
    found = load(text, **others)
    return {name: workload.stops_after for name, workload in found.items() if workload.stops_after}


class TestOrder:
    DB = "services:\n  db: {image: plain}\n  cache: {image: plain}\n"

    @pytest.mark.parametrize(
        "given",
        [
            "depends_on: [db, cache]",
            "depends_on: {db: {condition: service_healthy, restart: true}, cache: }",
            "depends_on: [db]\n    links: ['cache:redis']",
            "depends_on: ['${WHICH:-db}', '${WHERE:-cache}', nowhere, db]",
            "network_mode: service:db\n    volumes_from: ['cache:ro', 'container:web']",
            "pid: service:db\n    ipc: service:cache",
        ],
    )
    def test_what_a_service_depends_on_stops_after_it(self, given):
        found = order(f"{self.DB}  web:\n    image: app\n    {given}\n")
        assert found == {"db": ("web",), "cache": ("web",)}

    def test_each_link_of_a_chain_waits_for_the_next_one_only(self):
        found = order(
            f"{self.DB}  api: {{image: app, depends_on: [db]}}\n"
            "  web: {image: app, depends_on: [api]}\n  cron: {image: app, depends_on: [db]}\n"
        )
        assert found == {"db": ("api", "cron"), "api": ("web",)}

    def test_an_override_adds_in_either_form(self):
        found = order(
            f"{self.DB}  web: {{image: app, depends_on: [db]}}\n",
            **{"compose.override.yaml": "services:\n  web: {depends_on: {cache: {}}}\n"},
        )
        assert found == {"db": ("web",), "cache": ("web",)}

    @pytest.mark.parametrize(
        ("given", "expected"), [("!reset []", {}), ("!override [cache]", {"cache": ("web",)})]
    )
    def test_an_override_replaces(self, given, expected):
        over = f"services:\n  web:\n    depends_on: {given}\n"
        text = f"{self.DB}  web: {{image: app, depends_on: [db]}}\n"
        assert order(text, **{"compose.override.yaml": over}) == expected

    def test_what_is_extended_brings_its_dependencies_along(self):
        found = order(
            f"{self.DB}  web: {{extends: {{file: base.yaml, service: b}}, depends_on: [cache]}}\n",
            **{"base.yaml": "services:\n  b: {image: app, depends_on: {db: {required: false}}}\n"},
        )
        assert found == {"db": ("web",), "cache": ("web",)}

    @pytest.mark.parametrize(
        "given",
        [
            "  web: {image: app, depends_on: [web, db]}\n",
            "  web: {image: app, depends_on: [api]}\n  api: {image: app, links: [web, db]}\n",
            "  web: {image: app, depends_on: [nowhere, '${UNSET}', 3, {db: x}]}\n",
            "  web: {image: app, depends_on: db}\n",
            "  web: {provider: {type: x}, depends_on: [db]}\n",
        ],
    )
    def test_circles_and_names_that_nobody_has_order_nothing(self, given):
        assert order(self.DB + given) == {}

    def test_a_file_in_which_all_depend_on_all_orders_nothing(self):
        names = [f"s{i}" for i in range(1000)]
        services = "".join(f"  {name}: {{image: app, depends_on: *all}}\n" for name in names)
        text = f"x-all: &all [{', '.join(names)}]\nservices:\n{services}"
        assert order(text) == {}


class TestMounts:
    def test_a_script(self):
        text = "    image: app\n    volumes:\n      - ./run.sh:/opt/run.sh:ro\n"
        workload = one(text, **{"run.sh": "exec app\n"})
        found = workload.files.get("/opt/run.sh")
        assert (found.text.text, found.executable) == ("exec app\n", True)
        assert [file.path for file in workload.files] == ["/opt/run.sh"]

    def test_a_script_that_is_not_there(self):
        workload = one("    image: app\n    volumes: ['./run.sh:/opt/run.sh']\n")
        assert workload.files.get("/opt/run.sh").reason == "`run.sh` is not in sight"

    def test_a_folder(self):
        text = (
            "    image: app\n    volumes:\n      - {type: bind, source: ./bin, target: /opt/bin}\n"
        )
        workload = one(text, **{"bin/run.sh": "exec app\n"})
        found = workload.files.find("run.sh", "/usr/bin:/opt/bin", "/")
        assert found.text.text == "exec app\n"
        assert workload.files.get("/opt/bin/../../etc") is None
        assert [file.path for file in workload.files] == ["/opt/bin/run.sh"]

    def test_what_is_mounted_from_outside_is_not_in_sight(self):
        workload = one("    image: app\n    volumes:\n      - /etc/x.sh:/x.sh\n")
        assert workload.files.get("/x.sh").text is None
        assert workload.files.get("/x.sh").reason

    def test_a_file_within_a_mounted_folder_is_the_inner_mounts(self):
        text = "    image: app\n    volumes: ['./bin:/opt', './own.sh:/opt/a/run.sh']\n"
        workload = one(text, **{"bin/a/run.sh": "no\n", "bin/b.sh": "b\n", "own.sh": "own\n"})
        found = {file.path: file.text.text for file in workload.files}
        assert found == {"/opt/a/run.sh": "own\n", "/opt/b.sh": "b\n"}

    def test_a_config(self):
        text = (
            "services:\n  web:\n    image: app\n    configs:\n"
            "      - {source: run, target: /run.sh}\n"
            "configs:\n  run:\n    content: |\n      echo $$A\n      exec app\n"
        )
        assert load(text)["web"].files.get("/run.sh").text.text == "echo $A\nexec app\n"

    def test_a_volume_keeps_the_images_files(self):
        workload = one("    image: app\n    volumes: ['data:/data', /cache]\n")
        assert workload.files.get("/data/x") is None


_VARIABLES = "".join(f"A{number}=x\n" for number in range(2000))


@pytest.mark.parametrize(
    ("service", "others"),
    [
        (
            "{extends: {file: o.yaml, service: a}}",
            {"o.yaml": f"services: {{a: {{image: app, labels: [{'x' * 10_000}]}}}}"},
        ),
        ("{image: app, env_file: variables}", {"variables": _VARIABLES}),
    ],
)
def test_what_services_take_over_from_elsewhere_has_a_bound(service, others):
    """Each is small by itself; together they would be the square of what the files hold."""
    text = "services:\n" + "".join(f"  s{number}: {service}\n" for number in range(300))
    made = list(load(text, **others).values())
    assert isinstance(made[0].launch.argv, Known)
    assert isinstance(made[-1].launch.argv, Unknown)
    assert "take over more than 2 MB" in made[-1].launch.argv.reason


def test_json_is_read():
    text = json.dumps(
        {"services": {"app": {"image": "app", "init": True, "pid": "container:PAUSE"}}}, indent=1
    )
    workload = load(text)["app"]
    assert workload.engine_init.value is True
    assert workload.pid_namespace == "shared"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("services:\n  a:\n    image: x\n", True),
        ("version: '3'\nservices:\n  a:\n    build: .\n", True),
        ("include: [a.yaml]\n", True),
        ("include:\n  - local: ci.yml\njob:\n  script: x\n", False),
        ("apiVersion: v1\nkind: Pod\nservices: {a: {image: x}}\n", False),
        ("services:\n  - docker\n", False),
        ("services: {a: 1}\n", False),
        ("services:\n  a: {git_url: 'git@x:y.git', use_habitus: true, command: /a}\n", False),
        ("services:\n  a: {git_url: 'git@x:y.git', dockerfile_path: D}\n  b: {image: x}\n", False),
        ("services:\n  a: {build: {manifest: D}, termination: {grace: 45}}\n", False),
        ("services:\n  a: {build: ., domain: a.example}\n  b: {image: x}\n", False),
        ("- 1\n", False),
    ],
)
def test_what_a_compose_file_is(text, expected):
    assert is_compose(yaml.parse(Source("f.yaml", text))) is expected


@pytest.mark.parametrize("name", ["convox.yml", "app/convox.staging.yml"])
def test_a_convox_manifest_is_none(name):
    text = "services:\n  a: {build: ., command: /a, port: 3000}\n"
    assert not is_compose(yaml.parse(Source(name, text)))


@pytest.mark.parametrize(
    "text",
    [
        "services:\n  a: null\n  b: 1\n  c: []\n",
        "services:\n  a: {image: {x: 1}, command: {x: 1}, build: [1], environment: x}\n",
        "services:\n  a: {image: x, volumes: x, pre_stop: 1, healthcheck: 1, pid: [1]}\n",
        "services:\n  a: {image: x, volumes: [{}, [], 1], extends: [1], env_file: [[1]]}\n",
        "services:\n  a: {image: x, command: [[1], {a: 1}], configs: [1, {}], init: []}\n",
        "include: 1\nservices:\n  a: {image: '${'}\n",
        "include: [[1], {path: {}}, '../../x']\nservices:\n  a: {image: x}\n",
    ],
)
def test_strange_files_are_read_without_an_error(text):
    assert isinstance(load(text), dict)


class TestBuild:
    DOCKERFILE = (
        'FROM alpine AS base\nENV A=1\nENTRYPOINT ["/init", "--"]\nCMD ["app"]\n'
        'FROM base AS dev\nARG MODE=x\nCMD ["dev", "--debug"]\nSTOPSIGNAL SIGINT\n'
        "FROM base\n"
    )

    def built(self, build: str, more: str = "", **others: str):
        files = {"Dockerfile": self.DOCKERFILE, **others}
        return one(f"    build: {build}\n{more}", **files)

    def test_a_folder(self):
        workload = self.built("api", **{"api/Dockerfile": 'FROM alpine\nCMD ["x"]\n'})
        assert argv(workload) == ["x"]
        assert workload.launch.argv.value[0].span.source.path == "api/Dockerfile"
        assert workload.source.path == "compose.yaml"

    def test_its_own_folder(self):
        assert argv(self.built(".")) == ["/init", "--", "app"]

    def test_a_target(self):
        workload = self.built("{context: ., target: dev}")
        assert argv(workload) == ["/init", "--", "dev", "--debug"]
        assert workload.stop_signal.value == "SIGINT"
        assert workload.stage == "dev"

    def test_another_name(self):
        files = {"docker/Prod.Dockerfile": 'FROM alpine\nCMD ["p"]\n'}
        workload = self.built("{context: ., dockerfile: docker/Prod.Dockerfile}", **files)
        assert argv(workload) == ["p"]

    def test_the_context_may_lie_outside_the_folder(self):
        tree = Tree()
        tree.texts = {
            "deploy/compose.yaml": "services: {web: {build: ../src}}",
            "src/Dockerfile": 'FROM alpine\nCOPY run.sh /run.sh\nENTRYPOINT ["/run.sh"]\n',
            "src/run.sh": "#!/bin/sh\napp\n",
        }
        workload = load_tree(tree, "deploy/compose.yaml")["web"]
        assert workload.files.get("/run.sh").text.text == "#!/bin/sh\napp\n"

    def test_arguments(self):
        files = {"Dockerfile": 'FROM alpine\nARG A=x\nENV B=$A\nCMD ["p"]\n'}
        assert self.built("{context: ., args: {A: 7}}", **files).env["B"].value == "7"
        assert self.built("{context: ., args: ['A=8']}", **files).env["B"].value == "8"

    def test_the_launch_over_the_dockerfiles(self):
        workload = self.built(".", "    entrypoint: [own]\n    stop_signal: SIGUSR1\n")
        assert argv(workload) == ["own"]
        assert workload.stop_signal.value == "SIGUSR1"
        overridden = workload.launch.overridden
        assert [w.value for w in overridden.argv.value] == ["/init", "--", "app"]
        assert overridden.command.span.source.path == "Dockerfile"

    def test_a_command_over_an_unknown_base_is_assumed_to_be_all(self):
        files = {"Dockerfile": 'FROM nobody/knows\nCMD ["a"]\n'}
        workload = self.built(".", "    command: [b, c]\n", **files)
        assert argv(workload) == ["b", "c"]
        assert workload.launch.argv.assumed

    def test_an_inline_dockerfile(self):
        text = (
            "services:\n  web:\n    build:\n      dockerfile_inline: |\n        FROM alpine\n"
            "        CMD app --x\n    init: true\n"
        )
        workload = load(text)["web"]
        command = workload.launch.command
        assert command.value.text == "app --x"
        assert command.span.first.line == 6
        assert workload.engine_init.value is True

    def test_an_image_that_another_service_builds(self):
        text = "services:\n  a: {build: ., image: own}\n  b: {image: own, command: [work]}\n"
        found = load(text, Dockerfile=self.DOCKERFILE)
        assert argv(found["b"]) == ["/init", "--", "work"]

    def test_an_override_that_changes_the_target(self):
        found = load(
            "services:\n  web:\n    build: .\n",
            Dockerfile=self.DOCKERFILE,
            **{"compose.override.yaml": "services: {web: {build: {target: dev}}}"},
        )
        assert argv(found["web"]) == ["/init", "--", "dev", "--debug"]

    @pytest.mark.parametrize(
        ("build", "reason"),
        [
            ("nowhere", "`nowhere/Dockerfile` is not in sight"),
            ("https://git.example/x.git", "fetched from elsewhere"),
            ("/abs", "outside these files"),
            ("$WHERE", "`$WHERE` is set outside"),
            ("{context: ., target: '${T}'}", "`$T` is set outside"),
            ("{context: ., dockerfile: ../../x}", "outside these files"),
            ("{context: ., target: nosuch}", "nosuch"),
        ],
    )
    def test_what_cannot_be_traced_is_unknown(self, build, reason):
        assert reason in self.built(build).launch.argv.reason


NAMES = """
image build context dockerfile target args dockerfile_inline entrypoint command init pid stop_signal
stop_grace_period healthcheck test disable pre_stop post_start environment env_file volumes type
source target configs extends file service include path services web << provider x depends_on db
links volumes_from network_mode
"""
KEYS = st.sampled_from(NAMES.split())
LEAVES = st.none() | st.booleans() | st.integers() | st.text(alphabet="a$:{}-/. '\\\n", max_size=8)
ANYTHING = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=6),
    max_leaves=25,
)


@given(st.dictionaries(st.sampled_from(["web", "db"]), st.dictionaries(KEYS, ANYTHING)), ANYTHING)
def test_any_structure_is_read_without_an_error(described, included):
    text = json.dumps({"services": described, "include": included, "configs": described})
    for workload in load(text, **{".env": "a=1"}).values():
        assert workload.kind == "compose"


def test_long_chains_of_extends_end():
    names = [f"s{i}" for i in range(300)]
    text = "services:\n" + "".join(
        f"  {name}: {{extends: {names[i + 1] if i < 299 else names[0]}}}\n"
        for i, name in enumerate(names)
    )
    assert len(load(text)) == 300


def test_a_file_of_the_first_version_is_read_and_not_given_new_keys() -> None:
    tree = Tree()
    tree.texts["s/Dockerfile.web"] = 'FROM debian:12\nCMD ["/web"]\n'
    text = "web:\n  build: .\n  dockerfile: Dockerfile.web\ndb:\n  image: app\n  stop_signal: INT\n"
    group = services(yaml.parse(Source("s/docker-compose.yml", text)), tree, IMAGES.get, IMAGES.get)
    web, db = group.workloads
    assert isinstance(web.launch.argv, Known)
    assert [word.value for word in web.launch.argv.value] == ["/web"]
    assert isinstance(db.stop_signal, Known)
    assert db.stop_signal.value == "INT"
    assert web.place is not None
    assert web.place.node.alias_span is not None, "nothing can be added to it"


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("s/stack.yml", "web:\n  image: app\n"),
        ("s/docker-compose.yml", "web:\n  image: app\nversion: '2'\n"),
        ("s/docker-compose.yml", "web: app\n"),
        ("s/docker-compose.yml", "volumes: {}\n"),
    ],
)
def test_other_files_are_none_of_the_first_version(path: str, text: str) -> None:
    assert not is_compose(yaml.parse(Source(path, text)))


def listed(variable: str) -> Tree:
    tree = Tree()
    tree.texts["s/.env"] = f"{variable}\n"
    tree.texts["s/compose.yaml"] = "services: {a: {image: plain}, b: {image: plain}}\n"
    tree.texts["s/prod.yaml"] = "services: {a: {stop_grace_period: 50s}}\n"
    tree.texts["s/compose.override.yaml"] = "services: {a: {stop_grace_period: 9s}}\n"
    return tree


@pytest.mark.parametrize(
    ("variable", "grace", "base"),
    [
        ("COMPOSE_FILE=compose.yaml:prod.yaml", 50.0, "s/compose.yaml"),
        (
            "COMPOSE_FILE=compose.yaml;prod.yaml\nCOMPOSE_PATH_SEPARATOR=;",
            50.0,
            "s/compose.yaml",
        ),
        ("COMPOSE_FILE=compose.yaml", 10.0, None),
        ("COMPOSE_FILE=other.yaml", 9.0, None),
        ("OTHER=1", 9.0, None),
    ],
)
def test_compose_file_says_which_files_make_up_the_project(
    variable: str, grace: float, base: str | None
) -> None:
    tree = listed(variable)
    file = yaml.parse(Source("s/compose.yaml", tree.texts["s/compose.yaml"]))
    first, second = services(file, tree, IMAGES.get, IMAGES.get).workloads
    assert isinstance(first.grace, Known)
    assert first.grace.value == grace
    assert isinstance(second.grace, Known)
    assert second.grace.value == 10.0
    assert base_of("s/prod.yaml", tree) == base


def test_files_of_one_include_are_merged_and_each_alone_declares_nothing() -> None:
    tree = Tree()
    tree.texts = {
        "compose.yaml": "include: [{path: [more/a.yml, more/b.yml]}]\nservices: {}\n",
        "more/a.yml": "services: {a: {image: app, stop_grace_period: 0s}}\n",
        "more/b.yml": "services: {a: {stop_grace_period: 12s}}\n",
    }
    (made,) = load_tree(tree).values()
    assert isinstance(made.grace, Known)
    assert made.grace.value == 12.0
    assert made.declared.source.path == "more/a.yml"
    whole = [yaml.parse(Source("compose.yaml", tree.texts["compose.yaml"]))]
    projects = Projects((), included_together(whole))
    assert projects.of("more/a.yml") == projects.of("more/b.yml") == []
    assert projects.of("compose.yaml") == [None]


@pytest.mark.parametrize(
    ("tag", "signal", "grace"), [("", "SIGINT", 7.0), ("!override", "SIGINT", 10.0)]
)
def test_a_service_that_overrides_forgets_what_was_below(
    tag: str, signal: str, grace: float
) -> None:
    made = load(
        "services: {a: {image: app, stop_grace_period: 7s}}",
        **{
            "compose.override.yaml": f"services: {{a: {tag} {{image: plain, stop_signal: SIGINT}}}}"
        },
    )["a"]
    assert isinstance(made.stop_signal, Known)
    assert isinstance(made.grace, Known)
    assert (made.stop_signal.value, made.grace.value) == (signal, grace)


NAMED = {
    ("compose.yaml", "compose.prod.yaml"): [["compose.yaml", "compose.prod.yaml"]],
    ("compose.yaml", "compose.override.yaml", "compose.prod.yaml"): [
        ["compose.yaml", "compose.override.yaml", "compose.prod.yaml"]
    ],
    ("compose.yaml", "compose.prod.yaml", "compose.dev.yaml"): [],
    ("compose.prod.yaml",): [],
    ("compose.yaml", "compose.override.yaml"): [],
}


@pytest.mark.parametrize("named", NAMED, ids=" ".join)
def test_the_file_of_an_environment_is_put_over_the_first_one_that_is_named_with_it(
    named: tuple[str, ...],
) -> None:
    tree = Tree()
    names = ("compose.yaml", "compose.override.yaml", "compose.prod.yaml", "compose.dev.yaml")
    tree.texts = dict.fromkeys(names, "services: {a: {image: app}}")
    assert list(named_together(named, tree)) == NAMED[named]


def test_a_project_that_is_given_has_its_files_in_their_order() -> None:
    projects = Projects([("a.yaml", "b.yaml"), ("a.yaml", "c.yaml")])
    assert projects.of("a.yaml") == [("b.yaml",), ("c.yaml",)]
    assert projects.of("b.yaml") == []
    tree = Tree()
    tree.texts = {
        "a.yaml": "services: {a: {image: app, stop_grace_period: 3s}}",
        "b.yaml": "services: {a: {stop_grace_period: 4s}}",
        "compose.override.yaml": "services: {a: {stop_grace_period: 5s}}",
    }
    file = yaml.parse(Source("a.yaml", tree.texts["a.yaml"]))
    (made,) = services(file, tree, IMAGES.get, IMAGES.get, ("b.yaml",)).workloads
    assert isinstance(made.grace, Known)
    assert made.grace.value == 4.0


OPEN = {
    "${REG}/redis:7": ("redis:7", "`…/redis:7` is `redis`"),
    "${PREFIX}redis:7": ("redis:7", "`…redis:7` is `redis`"),
    "${REG}/bitnami/redis:7": ("bitnami/redis:7", "`…/bitnami/redis:7` is `bitnami/redis`"),
    "host.example:${PORT}/redis:7": ("redis:7", "`host.example:…/redis:7` is `redis`"),
    "nginx:${V}": ("nginx", "`nginx:…` is a current `nginx`"),
    "node:${V}-alpine": ("node:alpine", "`node:…-alpine` is a current `node`"),
    "${REG}/nginx:${V}": ("nginx", "`…/nginx:…` is a current `nginx`"),
}


@pytest.mark.parametrize("image", OPEN)
def test_a_variable_in_the_registry_or_the_tag_leaves_the_image_known(image: str) -> None:
    tree = Tree()
    tree.texts = {"compose.yaml": f'services: {{a: {{image: "{image}"}}}}'}
    file = yaml.parse(Source("compose.yaml", tree.texts["compose.yaml"]))
    (made,) = services(file, tree).workloads
    assert (made.base.reference, made.guess) == OPEN[image]
    assert isinstance(made.launch.argv, Known)


@pytest.mark.parametrize(
    "image", ["${NAME}:7", "acme/${NAME}", "php:${V}", "${ACCOUNT}.ecr.example/redis:7", "${ALL}"]
)
def test_a_variable_that_decides_what_starts_leaves_the_image_unknown(image: str) -> None:
    tree = Tree()
    tree.texts = {"compose.yaml": f'services: {{a: {{image: "{image}"}}}}'}
    file = yaml.parse(Source("compose.yaml", tree.texts["compose.yaml"]))
    (made,) = services(file, tree).workloads
    assert isinstance(made.launch.argv, Unknown)
    assert "is set outside these files" in made.launch.argv.reason


def test_a_tag_that_is_open_leaves_the_shell_open_unless_its_end_tells() -> None:
    shells = []
    for image in ("node:${V}", "node:${V}-alpine"):
        tree = Tree()
        tree.texts = {"compose.yaml": f'services: {{a: {{image: "{image}"}}}}'}
        file = yaml.parse(Source("compose.yaml", tree.texts["compose.yaml"]))
        shells.append(services(file, tree).workloads[0].base.shell)
    assert isinstance(shells[0], Unknown)
    assert isinstance(shells[1], Known)


def test_what_is_built_here_under_an_open_name_is_used_by_that_name() -> None:
    made = load(
        'services: {a: {build: web, image: "${R}/web:${T}"}, b: {image: "${R}/web:${T}"}}',
        web__Dockerfile='FROM scratch\nCMD ["serve"]\n',
    )
    argv = made["b"].launch.argv
    assert isinstance(argv, Known)
    assert [word.value for word in argv.value] == ["serve"]


@pytest.mark.parametrize(
    ("deploy", "finite"),
    [
        ("{mode: replicated-job}", True),
        ("{mode: global-job}", True),
        ("{restart_policy: {condition: none}}", True),
        ("{restart_policy: {condition: on-failure}}", False),
        ("{mode: replicated}", False),
        ("[]", False),
    ],
)
def test_a_job_of_swarm_ends_by_itself(deploy: str, *, finite: bool) -> None:
    assert load(f"services: {{a: {{image: app, deploy: {deploy}}}}}")["a"].finite is finite


def test_a_negative_time_is_none_to_count_with() -> None:
    grace = load("services: {a: {image: app, stop_grace_period: -5s}}")["a"].grace
    assert isinstance(grace, Unknown)
    assert "without end" in grace.reason


def test_what_environments_have_in_common_is_their_first_file() -> None:
    made = load(
        "services: {a: {stop_grace_period: 9s}}",
        "compose.prod.yaml",
        **{"compose.base.yaml": "services: {a: {image: app}}"},
    )["a"]
    assert isinstance(made.launch.argv, Known)
    assert isinstance(made.grace, Known)
    assert made.grace.value == 9.0


def test_the_common_file_is_put_over_none() -> None:
    tree = Tree()
    tree.texts = dict.fromkeys(("compose.base.yaml", "compose.prod.yaml"), "services: {}")
    assert list(named_together(tuple(tree.texts), tree)) == [
        ["compose.base.yaml", "compose.prod.yaml"]
    ]
