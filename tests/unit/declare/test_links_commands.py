"""What Makefiles, scripts and CI systems say of how images are built."""

from __future__ import annotations

import pytest

from gracelint.declare.links import Links
from gracelint.files.tree import Files

DOCKERFILE = 'FROM alpine AS base\nFROM base AS tool\nFROM base\nCMD ["./app"]\n'


def built(tmp_path, tree, reference):
    """The Dockerfile, the stage and what says so."""
    for path in ("Dockerfile", "api/Dockerfile", "api/prod.Dockerfile", "web/Dockerfile"):
        tree.setdefault(path, DOCKERFILE)
    for path, text in tree.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(text)
    link = Links(Files(tmp_path), lambda _: None).link(reference)
    return None if link is None else (link.dockerfile, link.target, link.how)


@pytest.mark.parametrize(
    ("command", "expected"),
    [
        ("docker build -t corp/app:1 api", ("api/Dockerfile", None)),
        ("docker build --tag=corp/app api/", ("api/Dockerfile", None)),
        ("docker buildx build --push -t x/y -t corp/app:1 api", ("api/Dockerfile", None)),
        ("docker image build . -t corp/app", ("Dockerfile", None)),
        ("podman build -f api/prod.Dockerfile -t corp/app .", ("api/prod.Dockerfile", None)),
        ("buildah bud -t corp/app api", ("api/Dockerfile", None)),
        ("sudo docker build \\\n  --target tool \\\n  -tcorp/app api", ("api/Dockerfile", "tool")),
        ("cd api && docker build -t corp/app .", ("api/Dockerfile", None)),
        ("docker build -t corp/app api && docker push corp/app", ("api/Dockerfile", None)),
        ("docker build --build-arg A=api -t corp/app web | tee log", ("web/Dockerfile", None)),
        ("docker build -t corp/app https://example.org/x.git", None),
        ("docker build -t corp/app - < Dockerfile", None),
        ("docker build -t corp/app nowhere", None),
        ("docker build -t corp/application api", None),
        ("echo docker-build -t corp/app api", None),
        ("docker build --target $STAGE -t corp/app api", None),
    ],
)
def test_a_command_in_a_script(tmp_path, command, expected):
    found = built(tmp_path, {"build.sh": f"#!/bin/sh\n{command}\n"}, "corp/app:2")
    assert found == (None if expected is None else (*expected, "script"))


@pytest.mark.parametrize(
    ("given", "image", "fits"),
    [
        ("IMAGE ?= corp/app\n", "$(IMAGE):$(TAG)", True),
        ("REG = quay.io/corp\nIMAGE := $(REG)/app\n", "$(IMAGE)", False),
        ("", "$(REGISTRY)/app:$(TAG)", True),
        ("", "$(REGISTRY)/corp/app", False),
        ("", "$(IMAGE)", False),
        ("", "$(REGISTRY)/$(NAME):1", False),
        ("", "$(REGISTRY)/web", False),
        ("A = $(A)x\n", "$(A)/app", False),
    ],
)
def test_variables_of_a_makefile(tmp_path, given, image, fits):
    tree = {"Makefile": f"{given}image:\n\t@docker build -t {image} api\n"}
    assert built(tmp_path, tree, "corp/app:2") == (
        ("api/Dockerfile", None, "script") if fits else None
    )


def test_a_makefile_s_paths_are_seen_from_its_folder(tmp_path):
    tree = {"api/Makefile": "image:\n\tdocker build -t corp/app .\n"}
    assert built(tmp_path, tree, "corp/app") == ("api/Dockerfile", None, "script")


def test_a_script_in_a_folder_of_scripts_mostly_runs_at_the_root(tmp_path):
    tree = {"hack/release": "docker build -t corp/app ./api\n"}
    assert built(tmp_path, tree, "corp/app") == ("api/Dockerfile", None, "script")


def test_two_ways_to_build_an_image_say_nothing(tmp_path):
    tree = {"a.sh": "docker build -t corp/app api\n", "b.sh": "docker build -t corp/app web\n"}
    assert built(tmp_path, tree, "corp/app") is None


WORKFLOW = """\
on: push
env: {REGISTRY: ghcr.io}
jobs:
  image:
    runs-on: ubuntu-latest
    strategy:
      matrix: {service: [api, web]}
    steps:
      - id: meta
        uses: docker/metadata-action@v5
        with:
          images: |
            ghcr.io/corp/meta
      - uses: docker/build-push-action@v6
        with:
          context: ./${{ matrix.service }}
          tags: |
            ${{ env.REGISTRY }}/corp/${{ matrix.service }}:latest
            ghcr.io/${{ github.repository_owner }}/own-${{ matrix.service }}:${{ github.sha }}
      - uses: docker/build-push-action@v6
        with: {file: api/prod.Dockerfile, target: tool, tags: "${{ steps.meta.outputs.tags }}"}
      - run: docker build -t corp/ran api
"""


@pytest.mark.parametrize(
    ("image", "expected"),
    [
        ("ghcr.io/corp/api:latest", ("api/Dockerfile", None)),
        ("ghcr.io/corp/web@sha256:00", ("web/Dockerfile", None)),
        ("ghcr.io/somebody/own-api:1", ("api/Dockerfile", None)),
        ("ghcr.io/corp/meta", ("api/prod.Dockerfile", "tool")),
        ("corp/ran:3", ("api/Dockerfile", None)),
        ("docker.io/somebody/own-api", None),
        ("ghcr.io/other/api", None),
    ],
)
def test_a_workflow(tmp_path, image, expected):
    found = built(tmp_path, {".github/workflows/ci.yml": WORKFLOW}, image)
    assert found == (None if expected is None else (*expected, "ci"))


def test_a_matrix_of_images(tmp_path):
    text = WORKFLOW.replace(
        "{service: [api, web]}", "{include: [{service: api, x: 1}, {service: web, x: 2}]}"
    )
    found = built(tmp_path, {".github/workflows/ci.yml": text}, "ghcr.io/corp/web")
    assert found == ("web/Dockerfile", None, "ci")


@pytest.mark.parametrize("name", [".gitlab-ci.yml", "cloudbuild.yaml", ".circleci/config.yml"])
def test_other_ci_systems(tmp_path, name):
    tree = {name: "build:\n  script:\n    - docker build -t corp/app api\n"}
    assert built(tmp_path, tree, "corp/app") == ("api/Dockerfile", None, "ci")


def test_a_file_that_is_no_yaml_says_nothing(tmp_path):
    tree = {".github/workflows/ci.yml": "uses: [\n\t{{ docker/build-push-action"}
    assert built(tmp_path, tree, "corp/app") is None


@pytest.mark.parametrize(
    "text",
    [
        "docker build -t " + "${A" * 60_000 + " api\n",
        "docker build -t " + "$A-" * 90 + "x/app api\n",
        "docker build -t " + "x" * 190_000 + " api\n",
        "cd a; " * 30_000 + "docker build -t corp/app .\n",
        "A=$A$A\n" + "docker build -t $A$A$A/app api\n" * 3000,
    ],
)
def test_what_no_person_writes_is_read_in_no_time(tmp_path, text):
    assert built(tmp_path, {"build.sh": text}, "corp/" + "a-" * 120 + "application:2") is None


@pytest.mark.parametrize(
    ("tag", "guess"),
    [
        ("ghcr.io/corp/app:1", ""),
        ("$REGISTRY/corp/app:1", "`ghcr.io/corp/app:2` is built from `api/Dockerfile`"),
    ],
)
def test_a_name_that_is_open_is_a_guess(tmp_path, tag, guess):
    built(tmp_path, {"build.sh": f"docker build -t {tag} api\n"}, "")
    found = Links(Files(tmp_path), lambda _: None).image("ghcr.io/corp/app:2")
    assert found.guess == guess


def test_the_command_alone_is_a_guess(tmp_path):
    (tmp_path / "Dockerfile").write_text('FROM scratch\nENTRYPOINT ["/app", "serve"]\n')
    known = Links(Files(tmp_path), lambda _: None)
    found = known.started("ghcr.io/corp/app", ("/app", "serve"))
    assert found.guess == "`ghcr.io/corp/app` is built from `Dockerfile`"
    assert [link.how for link in known.links] == ["command"]
    assert known.started("ghcr.io/corp/app", ("/app",)) is None


def test_blanks_in_what_a_ci_system_puts_in_end_no_word(tmp_path):
    run = (
        "docker build -t ${{ env.REG }}/${{ env.NAME }}:${{ github.sha }} -t x/${{ secrets.Y }} api"
    )
    tree = {".github/workflows/ci.yml": f"env:\n  REG: quay.io/corp\n  NAME: app\n{run}\n"}
    assert built(tmp_path, tree, "quay.io/corp/app") == ("api/Dockerfile", None, "ci")


@pytest.mark.parametrize(
    ("reference", "expected"),
    [
        ("corp/app:dev", ("api/Dockerfile", None, "script")),
        ("corp/app", ("api/prod.Dockerfile", None, "script")),
        ("corp/app:latest", ("api/prod.Dockerfile", None, "script")),
        ("corp/app:2", None),
    ],
)
def test_tags_of_an_image_may_be_built_from_several_dockerfiles(tmp_path, reference, expected):
    script = (
        "docker build -t corp/app:dev api\ndocker build -f api/prod.Dockerfile -t corp/app api\n"
    )
    assert built(tmp_path, {"build.sh": script}, reference) == expected


CALLED = """\
on:
  workflow_call:
    inputs:
      image: {required: true, type: string}
      file: {type: string, default: api/Dockerfile}
jobs:
  build:
    steps:
      - uses: docker/build-push-action@v6
        with: {context: ., file: "${{ inputs.file }}", tags: "corp/${{ inputs.image }}:1"}
"""


@pytest.mark.parametrize("folder", [".github", ".gitea", ".forgejo"])
def test_a_workflow_that_another_calls_builds_with_its_inputs(tmp_path, folder):
    caller = (
        f"jobs:\n  a:\n    uses: ./{folder}/workflows/called.yml\n    with: {{image: app}}\n"
        f"  b:\n    uses: ./{folder}/workflows/called.yml\n"
        "    with: {image: web, file: web/Dockerfile}\n"
    )
    tree = {f"{folder}/workflows/ci.yml": caller, f"{folder}/workflows/called.yml": CALLED}
    assert built(tmp_path, tree, "corp/app") == ("api/Dockerfile", None, "ci")
    assert built(tmp_path, tree, "corp/web") == ("web/Dockerfile", None, "ci")
    assert built(tmp_path, tree, "corp/other") is None


PUSHED = """\
env: {IMAGE: "${{ github.repository }}"}
jobs:
  build:
    steps:
      - uses: docker/build-push-action@v6
        with: {context: api, tags: "ghcr.io/${{ env.IMAGE }}:1"}
"""


@pytest.mark.parametrize(
    ("url", "linked"),
    [
        ("https://github.com/Corp/Shop.git", True),
        ("https://user@github.com/corp/shop/", True),
        ("git@github.com:corp/shop.git", True),
        ("ssh://git@github.com:22/corp/shop", True),
        ("https://github.com/fork/shop", False),
        ("/srv/git/corp/shop", False),
        ("x" * 5000, False),
    ],
)
def test_a_ci_system_names_images_after_the_repository(tmp_path, url, linked):
    config = f'[core]\n\tbare = false\n[remote "up"]\n\turl = x\n[remote "origin"]\n\turl = {url}\n'
    tree = {".git/config": config, ".github/workflows/ci.yml": PUSHED}
    expected = ("api/Dockerfile", None, "ci") if linked else None
    assert built(tmp_path, tree, "ghcr.io/corp/shop") == expected


def test_a_pipeline_of_gitlab_names_images_after_the_project(tmp_path):
    tree = {
        ".git/config": '[remote "origin"]\n\turl = git@gitlab.com:corp/team/shop.git\n',
        ".gitlab-ci.yml": "a:\n  script:\n    - docker build -t $CI_REGISTRY_IMAGE/app:$T api\n",
    }
    image = "registry.gitlab.com/corp/team/shop/app"
    assert built(tmp_path, tree, image) == ("api/Dockerfile", None, "ci")
    assert built(tmp_path, tree, "registry.gitlab.com/corp/other/app") is None


@pytest.mark.parametrize(
    ("path", "text", "expected"),
    [
        (
            ".gitlab-ci.yml",
            (
                "build:\n  script:\n    - /kaniko/executor --context $CI_PROJECT_DIR/api"
                " --dockerfile $CI_PROJECT_DIR/api/prod.Dockerfile --destination corp/app:$CI_TAG\n"
            ),
            "api/prod.Dockerfile",
        ),
        (
            ".gitlab-ci.yml",
            (
                "build:\n  script:\n    - /kaniko/executor\n      --context dir://api\n"
                '      --destination "corp/app:1"\n      --destination "corp/app:2"\n'
            ),
            "api/Dockerfile",
        ),
        ("deploy.sh", "az acr build -r corp -t app:1 -f prod.Dockerfile api\n", None),
        ("deploy.sh", "gcloud builds submit --project p --tag corp/app api\n", "api/Dockerfile"),
        (
            "cloudbuild.yaml",
            (
                "steps:\n- name: gcr.io/cloud-builders/docker\n"
                "  args: [build, -t, corp/app, -f, api/prod.Dockerfile, .]\n"
            ),
            "api/prod.Dockerfile",
        ),
        (
            "cloudbuild.yaml",
            (
                "steps:\n- name: gcr.io/kaniko-project/executor:latest\n  dir: api\n"
                "  args: [--destination=corp/app]\n"
            ),
            "api/Dockerfile",
        ),
        (
            "cloudbuild.yaml",
            "steps:\n- name: gcr.io/cloud-builders/docker\n  args: [push, corp/app]\n",
            None,
        ),
        (
            "azure-pipelines.yml",
            (
                "variables:\n  name: corp/app\nsteps:\n- task: Docker@2\n  inputs:\n"
                "    repository: $(name)\n"
                "    Dockerfile: $(Build.SourcesDirectory)/api/Dockerfile\n"
            ),
            "api/Dockerfile",
        ),
        (
            "azure-pipelines.yml",
            "steps:\n- task: Docker@2\n  inputs: {repository: corp/app, command: push}\n",
            None,
        ),
        (
            "azure-pipelines.yml",
            "steps:\n- task: Docker@2\n  inputs: {repository: corp/app, command: build}\n",
            None,  # `**/Dockerfile`, of which there are three
        ),
    ],
)
def test_a_builder_without_docker(tmp_path, path, text, expected):
    found = built(tmp_path, {path: text}, "corp/app:2")
    assert (None if found is None else found[0]) == expected


def test_a_registry_that_only_the_service_knows(tmp_path):
    task = "steps:\n- task: Docker@2\n  inputs: {repository: app, Dockerfile: api/Dockerfile}\n"
    found = built(tmp_path, {"azure-pipelines.yml": task}, "corp.azurecr.io/app:7")
    assert found == ("api/Dockerfile", None, "ci")
    acr = "az acr build -r corp -t app:1 -f prod.Dockerfile api\n"
    found = built(tmp_path, {"azure-pipelines.yml": "", "up.sh": acr}, "corp.azurecr.io/app:7")
    assert found == ("api/prod.Dockerfile", None, "script")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("```sh\ndocker build -t corp/app api\n```\n", "api/Dockerfile"),
        ("    $ docker build -t corp/app api\n", "api/Dockerfile"),
        ("Run `docker build -t corp/app api` first.\n", "api/Dockerfile"),
        ("```sh\ncd web && docker build -t corp/app .\n```\n", "web/Dockerfile"),
        ("```sh\ncd elsewhere\ndocker build -t corp/app .\n```\n", None),
        ("```sh\ncd x\n```\n\n```sh\ndocker build -t corp/app api\n```\n", "api/Dockerfile"),
        ("```sh\ndocker build -t corp/other api\n```\n", None),
        (
            "```sh\ngit clone http://x.example/app.git\ncd app\ndocker build -t corp/app .\n```",
            "Dockerfile",
        ),
        (
            "```sh\ngit clone http://x.example/app\ncd app/web\ndocker build -t corp/app .\n```",
            None,
        ),
    ],
)
def test_a_readme_that_says_how(tmp_path, text, expected):
    found = built(tmp_path, {"README.md": text}, "corp/app:2")
    assert found == (None if expected is None else (expected, None, "document"))


def script_of(tmp_path, script, dockerfiles):
    """The Dockerfile that an image of an open name is linked to, started with a script."""
    for path in ("deploy/work.sh", "deploy/entrypoint.sh", "deploy/wait-for-it.sh"):
        (tmp_path / path).parent.mkdir(exist_ok=True)
        (tmp_path / path).write_text("#!/bin/sh\n/opt/work\n")
    for name, text in dockerfiles.items():
        (tmp_path / name).write_text(text)
    found = Links(Files(tmp_path), lambda _: None).started("$IMAGE", (script,))
    return found and found.guess


ALL = "FROM debian:12\nWORKDIR /srv\nCOPY . .\n"
ONE = "FROM debian:12\nCOPY deploy/work.sh /usr/local/bin/\n"


@pytest.mark.parametrize(
    ("script", "dockerfiles", "dockerfile"),
    [
        ("deploy/work.sh", {"Dockerfile": ALL}, "Dockerfile"),
        ("work.sh", {"Dockerfile": ONE}, "Dockerfile"),
        ("work.sh", {"Dockerfile": ALL}, None),
        ("deploy/work.sh", {"Dockerfile": ALL, "Dockerfile.prod": ALL}, "Dockerfile"),
        ("deploy/work.sh", {"Dockerfile": ALL, "Dockerfile.b": ALL.replace("12", "11")}, None),
        ("deploy/entrypoint.sh", {"Dockerfile": ALL}, None),
        ("deploy/wait-for-it.sh", {"Dockerfile": ALL}, None),
        ("sh", {"Dockerfile": ALL}, None),
    ],
)
def test_a_script_of_one_dockerfile_is_a_guess(tmp_path, script, dockerfiles, dockerfile):
    guess = dockerfile and f"`$IMAGE` is built from `{dockerfile}`"
    assert script_of(tmp_path, script, dockerfiles) == guess
