"""What ko and GoReleaser say of how images are built."""

from __future__ import annotations

import pytest

from gracelint.atlas import base
from gracelint.base.facts import Known
from gracelint.declare.links import Links
from gracelint.files.tree import Files
from gracelint.model.workload import Workload

MAIN = "package main\n\nfunc main() {}\n"
SKAFFOLD = "apiVersion: skaffold/v4beta11\nkind: Config\nbuild:\n  artifacts:\n"


def links(tmp_path, tree):
    tree = {"go.mod": "module example.org/shop\n", "cmd/cart/main.go": MAIN, **tree}
    for path, text in tree.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(text)
    return Links(Files(tmp_path), base)


def started(image):
    assert isinstance(image, Workload)
    assert isinstance(image.launch.argv, Known)
    return [word.value for word in image.launch.argv.value]


@pytest.mark.parametrize(
    ("reference", "tree", "program"),
    [
        ("ko://example.org/shop/cmd/cart", {}, "/ko-app/cart"),
        ("ko://example.org/shop", {"main.go": MAIN}, "/ko-app/shop"),
        ("ko://example.org/shop/v2", {"go.mod": "module example.org/shop/v2\n", "main.go": MAIN},
         "/ko-app/shop"),
        ("ko://example.org/tool/run", {"tools/go.mod": "module example.org/tool // own\n",
                                       "tools/run/a.go": MAIN}, "/ko-app/run"),
    ],
)  # fmt: skip
def test_ko_builds_the_main_package_that_it_names(tmp_path, reference, tree, program):
    asked = links(tmp_path, tree)
    assert started(asked.image(reference)) == [program]
    link = asked.link(reference)
    assert link is not None
    assert link.how == "ko"


@pytest.mark.parametrize(
    ("reference", "tree"),
    [
        ("ko://example.org/other/cmd/cart", {}),
        ("ko://example.org/shopping/cmd/cart", {}),
        ("ko://example.org/shop/cmd/none", {}),
        ("ko://example.org/shop/lib", {"lib/lib.go": "package lib\n"}),
        ("ko://example.org/shop/only", {"only/x_test.go": "package main\n"}),
        ("ko://example.org/shop/a b\nRUN x", {}),
    ],
)
def test_of_what_is_not_a_main_package_in_sight_ko_tells_nothing(tmp_path, reference, tree):
    assert links(tmp_path, tree).image(reference) is None


def test_ko_builds_on_the_image_that_its_configuration_names(tmp_path):
    settings = (
        "defaultBaseImage: debian:12\n"
        "baseImageOverrides:\n  example.org/shop/cmd/cart: alpine:3.20\n"
    )
    asked = links(tmp_path, {".ko.yaml": settings, "cmd/web/main.go": MAIN})
    bases = {
        name: asked.image(f"ko://example.org/shop/cmd/{name}").base for name in ("cart", "web")
    }
    assert {name: found.reference for name, found in bases.items()} == {
        "cart": "alpine:3.20",
        "web": "debian:12",
    }


def test_skaffold_lets_ko_build_an_image(tmp_path):
    artifacts = "  - {image: cart, context: ., ko: {main: ./cmd/cart}}\n"
    asked = links(tmp_path, {"skaffold.yaml": SKAFFOLD + artifacts})
    assert started(asked.image("cart")) == ["/ko-app/cart"]
    link = asked.link("cart")
    assert link is not None
    assert link.how == "skaffold"


DOCKERFILE = 'FROM alpine\nCOPY cart /cart\nENTRYPOINT ["/cart"]\n'


@pytest.mark.parametrize(
    ("text", "reference", "expected"),
    [
        (
            "dockers:\n- image_templates: ['corp/cart:{{ .Version }}']\n",
            "corp/cart:1",
            "Dockerfile",
        ),
        (
            (
                "project_name: cart\ndockers:\n- dockerfile: build/cart.Dockerfile\n"
                "  image_templates: ['ghcr.io/corp/{{ .ProjectName }}:{{ .Tag }}-amd64']\n"
            ),
            "ghcr.io/corp/cart:2",
            "build/cart.Dockerfile",
        ),
        (
            "dockers_v2:\n- images: [corp/cart]\n  tags: ['{{ .Tag }}', latest]\n",
            "corp/cart",
            "Dockerfile",
        ),
        ("dockers:\n- image_templates: ['{{ .Env.IMAGE }}']\n", "corp/cart:1", None),
        ("dockers:\n- image_templates: ['corp/web:1']\n", "corp/cart:1", None),
        ("dockers: x\n", "corp/cart:1", None),
    ],
)
def test_goreleaser_builds_images_from_dockerfiles(tmp_path, text, reference, expected):
    tree = {"Dockerfile": DOCKERFILE, "build/cart.Dockerfile": DOCKERFILE}
    link = links(tmp_path, {**tree, ".goreleaser.yaml": f"version: 2\n{text}"}).link(reference)
    assert (link.dockerfile if link is not None else None) == expected
    assert link is None or link.how == "goreleaser"
