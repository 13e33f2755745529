"""Images from a registry, against one that is made here."""

from __future__ import annotations

import base64
import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

import pytest

from gracelint.images.layers import ImageProblem
from gracelint.images.registry import from_registry
from tests.unit.images.archives import digest, file, layer, packed, system

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

SCRIPT = b'#!/bin/sh\nexec "$@"\n'
SECRET = base64.b64encode(b"me:secret").decode()


class Registry:
    """What it has by path; who may ask; what was asked with which credentials."""

    def __init__(self) -> None:
        self.has: dict[str, bytes] = {}
        self.token = ""
        self.asked: list[tuple[str, str]] = []
        owner = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                given = self.headers.get("Authorization", "")
                owner.asked.append((self.path, given))
                owner.answer(self, self.path.partition("?")[0], given)

            def log_message(self, *_: object) -> None:
                """Nothing is told of requests."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.host = f"127.0.0.1:{self.server.server_port}"
        self.thread = threading.Thread(target=self.server.serve_forever)
        self.thread.start()

    def answer(self, handler: BaseHTTPRequestHandler, path: str, given: str) -> None:
        if path == "/token":
            status, data = (200, json.dumps({"token": "T"}).encode())
            status = 200 if given == f"Basic {SECRET}" else 401
        elif self.token and given != f"Bearer {self.token}":
            status, data = 401, b""
        else:
            data = self.has.get(path, b"")
            status = 200 if path in self.has else 404
        handler.send_response(status)
        if status == 401:
            said = f'Bearer realm="http://{self.host}/token",service="s"'
            handler.send_header("WWW-Authenticate", said)
        handler.send_header("Content-Length", str(len(data)))
        handler.end_headers()
        handler.wfile.write(data)

    def put(self, name: str = "acme/web", tag: str = "1", *, index: bool = False) -> str:
        layers = [system(), packed(layer(file("run.sh", SCRIPT)))]
        config = json.dumps({"config": {"Entrypoint": ["/run.sh"], "Cmd": ["app"]}}).encode()
        described = {"config": self._blob(name, config)}
        described["layers"] = [self._blob(name, data) for data in layers]  # type: ignore[assignment]
        manifest = json.dumps(described).encode()
        own = f"sha256:{digest(manifest)}"
        self.has[f"/v2/{name}/manifests/{own}"] = manifest
        shown = manifest
        if index:
            other = {"digest": "sha256:00", "platform": {"os": "windows", "architecture": "amd64"}}
            linux = {"digest": own, "platform": {"os": "linux", "architecture": "arm64"}}
            shown = json.dumps({"manifests": [other, linux]}).encode()
        self.has[f"/v2/{name}/manifests/{tag}"] = shown
        return own

    def _blob(self, name: str, data: bytes) -> dict[str, Any]:
        self.has[f"/v2/{name}/blobs/sha256:{digest(data)}"] = data
        return {"digest": f"sha256:{digest(data)}"}


@pytest.fixture
def registry(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Registry]:
    monkeypatch.setenv("DOCKER_CONFIG", str(tmp_path))
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    made = Registry()
    yield made
    made.server.shutdown()
    made.server.server_close()
    made.thread.join()


@pytest.mark.parametrize("index", [False, True])
def test_an_image_with_its_digest_and_its_scripts(registry: Registry, *, index: bool) -> None:
    own = registry.put(index=index)
    (image,) = from_registry([f"{registry.host}/acme/web:1"])
    assert (image.reference, image.digest) == (f"{registry.host}/acme/web:1", own)
    assert [(s.path, s.text) for s in image.scripts] == [("/run.sh", SCRIPT.decode())]
    assert image.shell == "dash"


def test_an_image_by_its_digest(registry: Registry) -> None:
    own = registry.put()
    (image,) = from_registry([f"{registry.host}/acme/web@{own}"])
    assert image.digest == own


def test_what_is_not_there_is_left_out(registry: Registry) -> None:
    assert list(from_registry([f"{registry.host}/acme/none:1"])) == []


def test_credentials_are_those_that_docker_keeps(registry: Registry, tmp_path: Path) -> None:
    registry.put()
    registry.token = "T"
    said = {"auths": {registry.host: {"auth": SECRET}}}
    (tmp_path / "config.json").write_text(json.dumps(said))
    (image,) = from_registry([f"{registry.host}/acme/web:1"])
    assert image.entrypoint == ("/run.sh",)
    assert (
        "/token?service=s&scope=repository%3Aacme%2Fweb%3Apull",
        f"Basic {SECRET}",
    ) in registry.asked


def test_without_credentials_a_registry_that_wants_some_is_an_error(registry: Registry) -> None:
    registry.put()
    registry.token = "T"
    with pytest.raises(ImageProblem, match="gives no token"):
        list(from_registry([f"{registry.host}/acme/web:1"]))


def test_a_blob_that_is_not_what_its_digest_says_is_refused(registry: Registry) -> None:
    registry.put()
    for path in registry.has:
        if "/blobs/" in path:
            registry.has[path] += b" "
    with pytest.raises(ImageProblem, match="something else than sha256:"):
        list(from_registry([f"{registry.host}/acme/web:1"]))


@pytest.mark.parametrize(
    "manifest", [b"", b"[", b"[]", b'{"config": 1}', b'{"config": {"digest": "../../x"}}']
)
def test_a_manifest_that_is_none_is_an_error_in_words(registry: Registry, manifest: bytes) -> None:
    registry.has["/v2/acme/web/manifests/1"] = manifest
    with pytest.raises(ImageProblem):
        list(from_registry([f"{registry.host}/acme/web:1"]))


def test_a_digest_that_nothing_can_be_held_against_is_refused(registry: Registry) -> None:
    registry.put(tag="sha512:00")
    with pytest.raises(ImageProblem, match="'sha512:00' is no SHA-256 digest"):
        list(from_registry([f"{registry.host}/acme/web@sha512:00"]))


@pytest.mark.parametrize(
    "end", [b"hello\r\n\r\n", b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab"]
)
def test_an_answer_that_breaks_off_is_an_error_in_words(registry: Registry, end: bytes) -> None:
    registry.answer = lambda handler, *_: handler.wfile.write(end)  # type: ignore[method-assign]
    with pytest.raises(ImageProblem, match="cannot be fetched"):
        list(from_registry([f"{registry.host}/acme/web:1"]))


def test_a_registry_that_does_not_answer(registry: Registry) -> None:
    registry.server.server_close()
    with pytest.raises(ImageProblem, match="does not answer"):
        list(from_registry(["127.0.0.1:1/acme/web:1"]))
