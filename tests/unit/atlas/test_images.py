"""Images: references, variants, distributions."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gracelint import atlas
from gracelint.atlas.images import Reference, canonical
from gracelint.base.facts import Word


@pytest.mark.parametrize(
    ("reference", "sh"),
    [
        ("debian:12-slim", "dash"),
        ("ubuntu", "dash"),
        ("alpine:3.20", "ash"),
        ("busybox", "ash"),
        ("fedora:40", "bash"),
        ("scratch", ""),
        ("centos:7", "bash-5.0"),
        ("quay.io/centos/centos:stream9", "bash"),
        ("rockylinux:8", "bash-5.0"),
        ("rockylinux:9.3-minimal", "bash"),
        ("rockylinux", None),
        ("amazonlinux:2", "bash-5.0"),
        ("amazonlinux:2023", "bash"),
        ("amazonlinux", "bash"),
        ("opensuse/leap:15.5", "bash-5.0"),
        ("registry.access.redhat.com/ubi8/ubi-minimal:8.9", "bash-5.0"),
        ("registry.access.redhat.com/ubi9", "bash"),
        ("redhat/ubi9-minimal", "bash"),
        ("registry.redhat.io/ubi8/nodejs-18", "bash-5.0"),
        ("gcr.io/distroless/static-debian12:nonroot", ""),
        ("gcr.io/distroless/nodejs20-debian12", ""),
        ("cgr.dev/chainguard/python:latest", ""),
        ("cgr.dev/chainguard/python:latest-dev", "ash"),
        ("node:20", "dash"),
        ("node:20-alpine3.19", "ash"),
        ("node:20-bookworm-slim", "dash"),
        ("python:3.12-slim", "dash"),
        ("python:3.12-windowsservercore", None),
        ("openjdk:17", "bash-5.0"),
        ("openjdk:17-slim", "dash"),
        ("openjdk:8-jre-alpine", "ash"),
        ("eclipse-temurin:21", "dash"),
        ("eclipse-temurin:21-ubi9-minimal", "bash"),
        ("amazoncorretto:17", "bash-5.0"),
        ("amazoncorretto:21", "bash"),
        ("mcr.microsoft.com/dotnet/aspnet:8.0", "dash"),
        ("mcr.microsoft.com/dotnet/aspnet:8.0-alpine", "ash"),
        ("mcr.microsoft.com/dotnet/aspnet:8.0-jammy-chiseled", ""),
        ("mysql:8.4", "bash"),
        ("mysql:8.0", None),
    ],
)
def test_the_shell_of_an_image(reference: str, sh: str | None) -> None:
    image = atlas.base(reference)
    assert image is not None
    assert image.sh == sh


@pytest.mark.parametrize(
    ("reference", "signal"),
    [
        ("nginx", "SIGQUIT"),
        ("nginx:1.27-alpine-slim", "SIGQUIT"),
        ("php:8.3-fpm-alpine", "SIGQUIT"),
        ("php:8.3-apache", "SIGWINCH"),
        ("php:8.3-cli", None),
        ("httpd:2.4", "SIGWINCH"),
        ("postgres:16-alpine", "SIGINT"),
        ("haproxy:3.0", "SIGUSR1"),
        ("wordpress:6-fpm", "SIGQUIT"),
        ("wordpress", "SIGWINCH"),
        ("wordpress:cli", None),
        ("mysql", None),
        ("mariadb", None),
        ("redis", None),
        ("rabbitmq:3-management", None),
        ("mongo", None),
        ("python", None),
        ("node", None),
        ("registry.access.redhat.com/ubi9/ubi-init", "SIGRTMIN+3"),
    ],
)
def test_the_stop_signal_of_an_image(reference: str, signal: str | None) -> None:
    image = atlas.base(reference)
    assert image is not None
    assert image.stop_signal == signal


@pytest.mark.parametrize(
    ("reference", "command"),
    [
        ("node:20", ("docker-entrypoint.sh", "node")),
        ("python:3", ("python3",)),
        ("php:8-fpm", ("docker-php-entrypoint", "php-fpm")),
        ("gcr.io/distroless/java17-debian12", ("/usr/bin/java", "-jar")),
        ("jenkins/jenkins:lts", ("/usr/bin/tini", "--", "/usr/local/bin/jenkins.sh")),
        ("jenkins/jenkins:alpine", ("/sbin/tini", "--", "/usr/local/bin/jenkins.sh")),
        ("nats:alpine", ("docker-entrypoint.sh", "nats-server", "--config")),
    ],
)
def test_what_an_image_starts(reference: str, command: tuple[str, ...]) -> None:
    image = atlas.base(reference)
    assert image is not None
    assert image.entrypoint is not None
    assert image.cmd is not None
    assert (*image.entrypoint, *image.cmd)[: len(command)] == command


@pytest.mark.parametrize(
    "reference",
    [
        "redis:7",
        "library/redis:7",
        "docker.io/redis:7",
        "docker.io/library/redis:7@sha256:abc",
        "index.docker.io/library/redis",
        "public.ecr.aws/docker/library/redis:7",
        "mirror.gcr.io/library/redis",
        "registry.example.com:5000/hub/library/redis:7",
    ],
)
def test_an_official_image_by_any_way(reference: str) -> None:
    image = atlas.base(reference)
    assert image is not None
    assert image.key == "redis"


@pytest.mark.parametrize(
    "reference", ["me/redis", "ghcr.io/me/redis", "registry.example.com/redis", "app", "", ":", "@"]
)
def test_an_image_of_somebody_elses_is_unknown(reference: str) -> None:
    assert atlas.base(reference) is None


def test_the_key_names_flavour_and_system() -> None:
    keys = {r: getattr(atlas.base(r), "key", None) for r in ("nginx:alpine", "php:8-fpm-alpine")}
    assert keys == {"nginx:alpine": "nginx-alpine", "php:8-fpm-alpine": "php-fpm-alpine"}
    assert getattr(atlas.base("debian:12-slim"), "os", None) == "debian-12"
    assert getattr(atlas.base("python:3.12-slim-bookworm"), "os", None) == "debian-12"


def test_a_reference_with_a_port_and_a_digest() -> None:
    parsed = Reference.parse("Host:5000/a/b:1.2@sha256:00")
    assert parsed == Reference("host:5000", "a/b", "1.2")
    assert canonical(parsed) == "host:5000/a/b"


def test_a_digest_without_a_tag_may_be_of_any_tag() -> None:
    digest = "@sha256:00"
    assert atlas.base(f"ghcr.io/astral-sh/uv{digest}") is None  # its tags decide the entrypoint
    python, debian = atlas.base(f"python{digest}"), atlas.base(f"debian{digest}")
    assert python is not None
    assert python.sh is None  # of Debian or of Alpine
    assert debian is not None
    assert debian.sh == "dash"


@given(st.text(max_size=40))
def test_no_reference_breaks_it(reference: str) -> None:
    image = atlas.base(reference)
    assert image is None or image.source


KAFKA = ["/etc/confluent/docker/run"]


@pytest.mark.parametrize(
    ("argv", "inner"),
    [
        (KAFKA, ["kafka-server-start", "/etc/kafka/kafka.properties"]),
        ([*KAFKA, "--other"], None),
    ],
)
def test_a_script_comes_to_what_is_known_of_it_with_the_image_s_own_arguments(argv, inner):
    image = atlas.base("confluentinc/cp-kafka:7.6.1")
    found = atlas.wrapper([Word(word) for word in argv], {}, image=image)
    assert found is not None
    assert (None if found.inner is None else [word.value for word in found.inner]) == inner


def test_a_script_of_one_image_is_none_of_another():
    image = atlas.base("redis:7")
    assert atlas.wrapper([Word("/etc/confluent/docker/run")], {}, image=image) is None


@pytest.mark.parametrize(
    ("argv", "inner"),
    [
        (["/bin/entrypoint.sh", "/bin/syncthing"], ["/bin/syncthing"]),
        (["/bin/entrypoint.sh", "/bin/syncthing", "--paths"], ["/bin/syncthing", "--paths"]),
    ],
)
def test_the_script_s_own_arguments_in_an_entrypoint_are_no_script(argv, inner):
    image = atlas.base("syncthing/syncthing:1.29")
    found = atlas.wrapper([Word(word) for word in argv], {}, image=image)
    assert found is not None
    assert found.inner is not None
    assert [word.value for word in found.inner] == inner
    assert atlas.wrapper([Word("/bin/syncthing")], {}, image=image) is None


@pytest.mark.parametrize(
    ("image", "services"),
    [
        ("lscr.io/linuxserver/sonarr:4", ["/etc/s6-overlay/s6-rc.d/*/run"]),
        ("lscr.io/linuxserver/baseimage-alpine:3.21", []),
        ("jitsi/jvb:stable", ["/etc/s6-overlay/s6-rc.d/*/run"]),
        ("ghcr.io/jitsi/base-java", []),
    ],
)
def test_the_services_that_an_image_brings_along_are_told_as_one(image, services):
    found = atlas.wrapper([Word("/init")], {}, image=atlas.base(image))
    assert found is not None
    assert [service.words[0].value for service in found.services] == services
    assert (found.reason == "") is bool(services)


def test_the_programs_of_an_image_s_own_supervisord_are_told_as_one():
    words = [Word(word) for word in ("supervisord", "--nodaemon", "-c", "/etc/supervisord.conf")]
    found = atlas.wrapper(words, {}, image=atlas.base("selenium/hub:4.35"))
    assert found is not None
    assert [service.kill_after for service in found.services] == [None]
    other = atlas.wrapper(words, {}, image=atlas.base("debian:12"))
    assert other is not None
    assert "is not in sight" in other.reason


@pytest.mark.parametrize(
    ("proxied", "repository"),
    [
        ("harbor.acme.example/ghcr.io/acme/web:1", "ghcr.io/acme/web"),
        ("harbor.acme.example/cache/docker.io/library/redis:7", "redis"),
        ("harbor.acme.example/cache/docker.io/grafana/loki:3", "grafana/loki"),
        ("m.daocloud.io/quay.io/argoproj/argocd:v2", "quay.io/argoproj/argocd"),
        ("ghcr.m.daocloud.io/acme/web", "ghcr.io/acme/web"),
        ("docker.mirror.hashicorp.services/alpine:3.20", "alpine"),
        ("gitlab.acme.example/group/dependency_proxy/containers/redis:7", "redis"),
        ("123456789012.dkr.ecr.eu-west-1.amazonaws.com/docker-hub/grafana/loki", "grafana/loki"),
        ("123456789012.dkr.ecr.eu-west-1.amazonaws.com/quay/acme/web", "quay.io/acme/web"),
        ("public.ecr.aws/bitnami/redis:7", "bitnami/redis"),
    ],
)
def test_what_a_proxy_hands_on_is_what_its_path_names(proxied: str, repository: str) -> None:
    assert canonical(Reference.parse(proxied)) == repository


@pytest.mark.parametrize(
    "reference",
    [
        "harbor.acme.example/quay/acme/web",
        "123456789012.dkr.ecr.eu-west-1.amazonaws.com/acme/redis",
        "harbor.acme.example/bitnami/redis",
        "ghcr.io/docker.io",
    ],
)
def test_a_path_that_only_resembles_another_registrys_is_its_own(reference: str) -> None:
    assert canonical(Reference.parse(reference)) == reference


@pytest.mark.parametrize(
    "reference",
    [
        "k8s.gcr.io/metrics-server/metrics-server:v0.6",
        "gcr.io/google_containers/pause-amd64:3.1",
        "gcr.io/google-containers/pause:3.2",
    ],
)
def test_what_kubernetes_published_before_is_known_by_its_present_name(reference: str) -> None:
    assert atlas.base(reference) is not None


def test_what_others_publish_at_the_same_registry_is_not_kubernetes_own() -> None:
    assert atlas.base("gcr.io/acme/pause") is None


@pytest.mark.parametrize(
    ("reference", "known"),
    [
        ("ghcr.io/diced/zipline:3.7.10", True),
        ("ghcr.io/diced/zipline:3", True),
        ("ghcr.io/diced/zipline:4.5.3", False),
        ("ghcr.io/diced/zipline", False),
        ("localstack/localstack:1.4", False),
        ("localstack/localstack:2", True),
        ("mautic/mautic:v4-apache", False),
        ("mautic/mautic:5-apache", True),
        ("qdrant/qdrant:v1.1.0", False),
        ("qdrant/qdrant:v1.2.2", True),
        ("qdrant/qdrant", True),
        ("outlinewiki/outline:0.87.4", False),
        ("outlinewiki/outline:1.2.0", True),
        ("paperlessngx/paperless-ngx:2.14.7", False),
        ("paperlessngx/paperless-ngx:2.15", True),
        ("quay.io/keycloak/keycloak:16.1.1", False),
        ("quay.io/keycloak/keycloak:19.0.3-legacy", False),
        ("quay.io/keycloak/keycloak:26.0", True),
        ("sonarqube:8.9-community", False),
        ("sonarqube:9.9-community", True),
    ],
)
def test_what_one_version_starts_says_nothing_of_the_next(reference: str, known: bool) -> None:
    image = atlas.base(reference)
    assert image is not None
    assert (image.entrypoint is not None) is known
