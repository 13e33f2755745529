"""Images and the Dockerfiles that build them."""

from __future__ import annotations

import pytest

from gracelint.base.source import Source
from gracelint.declare.links import Links
from gracelint.discover.bake import bake
from gracelint.discover.builds import is_skaffold, skaffold, tilt
from gracelint.files.tree import Files
from gracelint.model.entries import BaseImage
from gracelint.model.options import Options
from gracelint.model.workload import Workload
from gracelint.session.session import Session
from gracelint.syntax.yaml import parse as yaml

REDIS = BaseImage("redis", "test", "dash", (), ("redis-server",))
DOCKERFILE = 'FROM alpine\nFROM alpine AS tool\nFROM alpine\nCMD ["./app"]\n'


def links(tmp_path, tree, **options):
    for path, text in tree.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(text)
    known = {"redis": REDIS, "redis:7": REDIS, "grafana/loki": REDIS}
    return Links(Files(tmp_path), known.get, **options)


def described(found, reference):
    link = found.link(reference)
    return None if link is None else (link.dockerfile, link.how)


class TestNamesThatComposeGives:
    TREE = {  # noqa: RUF012
        "Shop.v2/compose.yaml": "services: {web: {build: web}, cache: {image: redis}}\n",
        "Shop.v2/web/Dockerfile": DOCKERFILE,
    }

    @pytest.mark.parametrize("image", ["shopv2-web", "me/shopv2-web:3", "ghcr.io/me/shopv2_web"])
    def test_are_those_of_the_project_and_the_service(self, tmp_path, image):
        found = links(tmp_path, self.TREE)
        assert described(found, image) == ("Shop.v2/web/Dockerfile", "compose")
        assert found.image(image).guess == f"`{image}` is built from `Shop.v2/web/Dockerfile`"

    @pytest.mark.parametrize("image", ["web", "other-web", "shopv2-cache", "shopv2-web-admin"])
    def test_are_not_those_of_others(self, tmp_path, image):
        assert described(links(tmp_path, self.TREE), image) is None

    def test_follow_the_name_that_the_file_states(self, tmp_path):
        stated = {"Shop.v2/compose.yaml": "name: store\nservices: {web: {build: web}}\n"}
        found = links(tmp_path, self.TREE | stated)
        assert described(found, "me/store-web") is not None
        assert described(found, "me/shopv2-web") is None

    def test_follow_the_folder_of_the_run_at_the_top(self, tmp_path):
        (tmp_path / "Shop").mkdir()
        tree = {"compose.yaml": "services: {web: {build: .}}\n", "Dockerfile": DOCKERFILE}
        assert described(links(tmp_path / "Shop", tree), "me/shop-web") == ("Dockerfile", "compose")

    def test_say_nothing_where_two_files_build_differently(self, tmp_path):
        tree = {
            "shop/compose.yaml": "services: {web: {build: a}}\n",
            "shop/compose.prod.yaml": "services: {web: {build: b}}\n",
            "shop/a/Dockerfile": DOCKERFILE,
            "shop/b/Dockerfile": DOCKERFILE,
        }
        assert described(links(tmp_path, tree), "shop-web") is None


class TestImages:
    def test_the_image_of_a_compose_service(self, tmp_path):
        found = links(
            tmp_path,
            {
                "api/Dockerfile": DOCKERFILE,
                "compose.yaml": "services:\n  web:\n    image: corp/front:${TAG:-1}\n"
                "    build: api\n",
            },
        )
        assert described(found, "corp/front:2.0") == ("api/Dockerfile", "compose")
        assert described(found, "corp/front@sha256:00") == ("api/Dockerfile", "compose")
        made = found.image("corp/front:2.0")
        assert isinstance(made, Workload)
        assert made.source.path == "api/Dockerfile"
        assert [link.reference for link in found.links] == ["corp/front:2.0"]

    @pytest.mark.parametrize(
        "image", ["ghcr.io/other/web:9", "corp/web", "other/front", "registry.example/corp/front"]
    )
    def test_a_similar_name_is_no_evidence(self, tmp_path, image):
        tree = {
            "web/Dockerfile": DOCKERFILE,
            "web.Dockerfile": DOCKERFILE,
            "compose.yaml": "services: {web: {build: web}, x: {image: corp/front, build: web}}\n",
        }
        found = links(tmp_path, tree)
        assert described(found, image) is None
        assert found.image(image) is None

    def test_an_image_that_the_atlas_knows_is_not_guessed_at(self, tmp_path):
        tree = {"redis/Dockerfile": DOCKERFILE, "loki/Dockerfile": DOCKERFILE}
        found = links(tmp_path, tree)
        assert found.image("redis:7") is REDIS
        assert found.image("grafana/loki") is REDIS
        assert found.links == ()

    def test_the_settings_come_first(self, tmp_path):
        tree = {"redis/Dockerfile": DOCKERFILE, "own/Dockerfile": DOCKERFILE}
        images = {"redis": {"dockerfile": "own/Dockerfile"}, "corp/gone": {"dockerfile": "no/such"}}
        found = links(tmp_path, tree, images=images)
        assert described(found, "redis:7") == ("own/Dockerfile", "settings")
        assert described(found, "corp/gone") is None

    def test_skaffold(self, tmp_path):
        tree = {
            "src/cart/src/Dockerfile": DOCKERFILE,
            "src/other/src/Dockerfile": DOCKERFILE,
            "skaffold.yaml": "apiVersion: skaffold/v4beta1\nkind: Config\nbuild:\n  artifacts:\n"
            "    - image: cart\n      context: src/cart/src\n",
        }
        expected = ("src/cart/src/Dockerfile", "skaffold")
        assert described(links(tmp_path, tree), "gcr.example/p/cart:v1") == expected

    def test_tilt_and_bake(self, tmp_path):
        tree = {
            "a/x/Dockerfile": DOCKERFILE,
            "b/x/Dockerfile": DOCKERFILE,
            "Tiltfile": "docker_build('corp/one', 'a/x')\n",
            "docker-bake.hcl": 'target "t" {\n  context = "b/x"\n  tags = ["corp/two:1"]\n}\n',
        }
        found = links(tmp_path, tree)
        assert described(found, "corp/one") == ("a/x/Dockerfile", "tilt")
        assert described(found, "corp/two:2") == ("b/x/Dockerfile", "bake")

    def test_what_is_looked_through_can_be_given(self, tmp_path):
        tree = {
            "api/Dockerfile": DOCKERFILE,
            "Makefile": "image:\n\tdocker build -t corp/api api\n",
        }
        assert described(links(tmp_path, tree, paths=["api/Dockerfile"]), "corp/api:1") is None
        found = links(tmp_path, tree, paths=["api/Dockerfile", "Makefile"])
        assert described(found, "corp/api:1") == ("api/Dockerfile", "script")

    @pytest.mark.parametrize("reference", ["", ":", "@", "a/b/c:1@sha256:0", "$X", "h:5000/"])
    def test_any_reference_is_answered(self, tmp_path, reference):
        assert links(tmp_path, {"x/Dockerfile": DOCKERFILE}).image(reference) is None


def summary(found):
    return [(b.image, b.folder, b.dockerfile, b.target) for b in found]


def test_skaffold_artifacts():
    file = yaml.parse(
        Source(
            "deploy/skaffold.yaml",
            "apiVersion: skaffold/v2beta29\nkind: Config\nbuild:\n  artifacts:\n"
            "  - image: a\n    context: ../src\n"
            "    docker: {dockerfile: build/Dockerfile, target: prod}\n"
            "  - image: jibbed\n    jib: {}\n"
            "  - image: '{{.X}}'\n"
            "profiles:\n- name: p\n  build:\n    artifacts: [{image: b}]\n",
        )
    )
    assert is_skaffold(file)
    assert summary(skaffold(file)) == [
        ("a", "src", "src/build/Dockerfile", "prod"),
        ("b", "deploy", "deploy/Dockerfile", None),
    ]


def test_tilt_calls():
    source = Source(
        "dev/Tiltfile",
        "load('ext://x', 'y')\n"
        "docker_build('corp/a', '../a', target='dev')\n"
        "docker_build(ref='b', context='b', dockerfile='b/Dev.Dockerfile')\n"
        "docker_build(name, '.')\ndocker_build('c', '.', **more)\n"
        "docker_build('d', '.', dockerfile_contents='FROM x')\n",
    )
    found = list(tilt(source))
    assert summary(found) == [
        ("corp/a", "a", "a/Dockerfile", "dev"),
        ("b", "dev/b", "dev/b/Dev.Dockerfile", None),
    ]
    assert found[0].span.text == "docker_build('corp/a', '../a', target='dev')"


def test_bake_in_hcl():
    text = (
        'variable "TAG" { default = "x" }\n'
        'group "default" { targets = ["a", "b"] }\n'
        'target "_common" {\n  dockerfile = "docker/Dockerfile" // c\n  platforms = ["x"]\n}\n'
        'target "a" {\n  inherits = ["_common"]\n  context = "./a"\n'
        '  tags = ["corp/a:${TAG}", "corp/a:latest"]\n'
        '  labels = { tags = "no" }\n}\n'
        "/* target */ /** x **/\n"
        'target "b" {\n  target = "prod" # c\n  tags = ["${REPO}/b:1", notag(x)]\n}\n'
        'target "c" { tags = ["c"]\n target = "t" }\n'
    )
    assert summary(bake(Source("docker-bake.hcl", text))) == [
        ("corp/a:x", "a", "a/docker/Dockerfile", None),
        ("corp/a:latest", "a", "a/docker/Dockerfile", None),
        (None, "", "Dockerfile", "prod"),
        ("c", "", "Dockerfile", "t"),
    ]


MATRIX = """
variable "BASE" { default = "debian:12" }
target "base" {
  context = "svc"
  args = { BASE = BASE, KIND = "none", SECRET = secret() }
}
target "app" {
  inherits = ["base"]
  matrix = { kind = ["web", "worker"] }
  name = "app-${kind}"
  target = kind
  args = { KIND = "a-${kind}" }
  tags = ["acme/${kind}:1"]
}
"""


def test_bake_targets_inherit_arguments_and_are_multiplied_by_a_matrix():
    found = list(bake(Source("docker-bake.hcl", MATRIX)))
    assert summary(found) == [
        ("acme/web:1", "svc", "svc/Dockerfile", "web"),
        ("acme/worker:1", "svc", "svc/Dockerfile", "worker"),
    ]
    assert [built.args for built in found] == [
        {"BASE": "debian:12", "KIND": "a-web"},
        {"BASE": "debian:12", "KIND": "a-worker"},
    ]


def test_a_stage_that_bake_names_is_told_with_its_arguments():
    files = {
        "docker-bake.hcl": MATRIX,
        "svc/Dockerfile": (
            "ARG BASE=alpine\nFROM ${BASE} AS web\nCMD python3 web.py\n"
            'FROM ${BASE} AS worker\nCMD python3 worker.py\nFROM ${BASE} AS last\nCMD ["/app"]\n'
        ),
    }
    scene = Session(Files("/nowhere", overlay=files), Options()).scene([""])
    told = [(s.workload.stage, s.workload.base.reference, s.verdict.value) for s in scene.stories]
    assert sorted(told) == [
        ("last", "alpine", "graceful"),
        ("web", "debian:12", "killed"),
        ("worker", "debian:12", "killed"),
    ]


def test_bake_in_json():
    text = '{"target": {"a": {"context": "x", "tags": ["corp/a", 1], "args": {}}, "b": 1}}'
    assert summary(bake(Source("docker-bake.json", text))) == [
        ("corp/a", "x", "x/Dockerfile", None)
    ]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "/* " * 1000,
        "target",
        'target "a" {',
        'target "a" { tags = [',
        "[" * 100_000,
        '{"target": 1}',
    ],
)
def test_strange_build_files_say_nothing(text):
    assert list(bake(Source("docker-bake.hcl", text))) == []
    assert list(bake(Source("docker-bake.json", text))) == []
    assert list(tilt(Source("Tiltfile", "docker_build(" + text))) == []


@pytest.mark.parametrize(
    ("name", "text"),
    [
        (
            "docker-bake.hcl",
            (
                'group "default" { targets = ["a", "b"] }\n'
                'target "a" { target = "a" }\ntarget "b" { inherits = ["a"] }\n'
                'target "c" { target = "c" }\ntarget "d" { inherits = ["c"] }\n'
            ),
        ),
        (
            "docker-bake.json",
            (
                '{"group": {"default": {"targets": ["a", "b"]}}, "target": {"a": {"target": "a"},'
                ' "b": {"inherits": ["a"]}, "c": {"target": "c"}, "d": {"inherits": ["c"]}}}'
            ),
        ),
    ],
)
def test_a_bake_target_that_others_inherit_is_built_where_a_group_names_it(
    name: str, text: str
) -> None:
    found = bake(Source(name, text))
    assert [(built.service, built.target) for built in found] == [
        ("a", "a"),
        ("b", "a"),
        ("d", "c"),
    ]


FUNCTIONS = """
variable "TAG" { default = "1" }
variable "DEBUG" { default = false }
function "image" {
  params = [name, version]
  result = "reg.example/${lower(name)}:${version}"
}
function "stage" {
  params = [debug]
  result = debug ? "dev" : "prod"
}
target "a" {
  matrix = { item = [{ n = "X", stage = "x1" }, { n = "Y", stage = "y1" }] }
  name = "a-${item.n}"
  target = item.stage
  tags = [image(item.n, TAG), equal(TAG, "2") ? "p:1" : "q:1"]
}
target "b" { target = stage(DEBUG == true || !DEBUG) }
target "c" { target = elsewhere(1) }
target "d" { tags = concat(["k:1"], [image("Z", upper(1, 2))]) }
target "e" { target = replace(join("", ["a", "b"]), "b", "c") }
"""


def test_bake_s_functions_conditions_and_objects_are_worked_out():
    found = [(one.image, one.target) for one in bake(Source("docker-bake.hcl", FUNCTIONS))]
    assert found == [
        ("reg.example/x:1", "x1"),
        ("q:1", "x1"),
        ("reg.example/y:1", "y1"),
        ("q:1", "y1"),
        (None, "dev"),
        ("k:1", None),
        (None, "ac"),
    ]


def test_functions_of_a_bake_file_that_grow_without_bound_are_given_up():
    doubling = "".join(
        f'function "f{n}" {{\n  params = [a]\n  result = "${{f{n - 1}(a)}}${{f{n - 1}(a)}}"\n}}\n'
        for n in range(1, 50)
    )
    first = 'function "f0" {\n  params = [a]\n  result = replace(a, "", a)\n}\n'
    text = first + doubling + 'target "z" { target = f49("xxxxxxxx") }\n'
    assert list(bake(Source("docker-bake.hcl", text))) == []
