"""Images on a registry: the distribution API, asked only where somebody asks for it.

Credentials are those that docker and podman keep: `auths` of a configuration file, or the helper
that it names. Blobs are read as a stream and held against their digests.
Source: OCI distribution specification; Docker's token authentication.
"""

from __future__ import annotations

import base64
import hashlib
import json
import os
import re
import shutil
import subprocess
import tempfile
import urllib.error
import urllib.parse
import urllib.request
from http.client import HTTPException
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

from gracelint.images.archive import MAX_JSON, Stored, for_linux
from gracelint.images.layers import MAX_BYTES, ImageProblem
from gracelint.images.lock import locked

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator

    from gracelint.model.lock import LockedImage

SECONDS = 60
_BLOCK = 1 << 20
_ACCEPTED = (
    "application/vnd.oci.image.index.v1+json, application/vnd.oci.image.manifest.v1+json,"
    " application/vnd.docker.distribution.manifest.list.v2+json,"
    " application/vnd.docker.distribution.manifest.v2+json"
)
_HOSTS = {"docker.io": "registry-1.docker.io"}
_PLAIN = re.compile(r"(localhost|127\.\d+\.\d+\.\d+|\[::1\])(:\d+)?")
_CHALLENGE = re.compile(r'(\w+)="([^"]*)"')
_DIGEST = re.compile(r"sha256:[0-9a-f]{64}")


def from_registry(wanted: Collection[str]) -> Iterator[LockedImage]:
    """The images that are wanted and there, from the registries that their names say.

    ImageProblem where a registry does not answer or says something else than was asked for.
    """
    for name in sorted(wanted):
        try:
            image = _locked(name)
        except (OSError, HTTPException) as error:  # in the middle of an answer
            raise ImageProblem(f"{name} cannot be fetched: {error}") from error
        if image is not None:
            yield image


def _locked(name: str) -> LockedImage | None:
    stored = _image(name)
    if stored is None:
        return None
    with tempfile.TemporaryDirectory(prefix="gracelint-") as folder:
        return locked(name, stored(folder))


def _image(name: str) -> Callable[[str], Stored] | None:
    """What fetches an image into a folder; None where the registry does not have it."""
    host, _, rest = name.partition("/")
    named, at, digest = rest.partition("@")
    repository, _, tag = named.partition(":")
    asked = _Registry(host, repository)
    data = asked.manifest(_digest(digest, host) if at else tag or "latest")
    if data is None:
        return None
    manifest = _json(data)
    if "manifests" in manifest:
        chosen = for_linux(manifest)
        if not chosen:
            return None
        data = asked.manifest(_digest(chosen[0].get("digest"), host)) or b"{}"
        manifest = _json(data)
    checksum = f"sha256:{hashlib.sha256(data).hexdigest()}"
    return lambda folder: asked.stored(manifest, checksum, folder)


class _Registry:
    """One repository of a registry."""

    def __init__(self, host: str, repository: str) -> None:
        self._host = host
        scheme = "http" if _PLAIN.fullmatch(host) else "https"
        self._url = f"{scheme}://{_HOSTS.get(host, host)}/v2/{repository}"
        self._repository = repository
        self._authorization = ""

    def manifest(self, reference: str) -> bytes | None:
        """A manifest's bytes; None where there is none."""
        with self._get(f"{self._url}/manifests/{reference}", missing=True) as answer:
            if answer is None:
                return None
            data = answer.read(MAX_JSON + 1)
        if len(data) > MAX_JSON:
            raise ImageProblem(f"{self._host} sends a manifest that is too large")
        if _DIGEST.fullmatch(reference):
            _hold(hashlib.sha256(data).hexdigest(), reference, self._host)
        return bytes(data)

    def stored(self, manifest: dict[str, Any], digest: str, folder: str) -> Stored:
        """The image of a manifest, with its layers in files of a folder."""
        config = _json(Path(self._blob(manifest.get("config"), folder)).read_bytes())
        said = config.get("config")
        layers = [self._blob(one, folder) for one in manifest.get("layers") or ()]
        opened = tuple(_opener(path) for path in layers)
        return Stored((), digest, said if isinstance(said, dict) else {}, opened)

    def _blob(self, described: Any, folder: str) -> str:
        """The path of a blob that was fetched and is what its digest says."""
        said = described.get("digest") if isinstance(described, dict) else None
        digest = _digest(said, self._host)
        path = os.path.join(folder, digest.partition(":")[2])  # noqa: PTH118
        whole, count = hashlib.sha256(), 0
        with self._get(f"{self._url}/blobs/{digest}") as answer, Path(path).open("wb") as file:
            while answer is not None and (block := answer.read(_BLOCK)):
                count += len(block)
                if count > MAX_BYTES:
                    raise ImageProblem(f"{self._host} sends more than can be looked through")
                whole.update(block)
                file.write(block)
        _hold(whole.hexdigest(), digest, self._host)
        return path

    def _get(self, url: str, *, missing: bool = False) -> Any:
        """An open answer; a closed None where it is missing and may be."""
        for attempt in range(2):
            headers = {"Accept": _ACCEPTED, "User-Agent": "gracelint"}
            request = urllib.request.Request(url, headers=headers)  # noqa: S310
            if self._authorization:  # not handed on where the registry sends us elsewhere
                request.add_unredirected_header("Authorization", self._authorization)
            try:
                return urllib.request.urlopen(request, timeout=SECONDS)  # noqa: S310
            except urllib.error.HTTPError as error:
                if error.code == 401 and not attempt and self._log_in(error.headers):
                    continue
                if error.code in {401, 403, 404} and missing:
                    return _Nothing()
                raise ImageProblem(f"{self._host} answers {error.code} to {url}") from error
            except (OSError, ValueError) as error:
                raise ImageProblem(f"{self._host} does not answer: {error}") from error
        return _Nothing()

    def _log_in(self, headers: Any) -> bool:
        """Get what the registry asks for; whether there is anything to try."""
        challenge = headers.get("WWW-Authenticate") or ""
        login = _credentials(self._host)
        if challenge.lower().startswith("basic"):
            self._authorization = f"Basic {login}" if login else ""
            return bool(login)
        said = dict(_CHALLENGE.findall(challenge))
        realm = said.get("realm", "")
        secure = realm.startswith("https://") or _PLAIN.match(realm.partition("://")[2])
        if not secure:
            return False
        asked = {"service": said.get("service", ""), "scope": f"repository:{self._repository}:pull"}
        request = urllib.request.Request(f"{realm}?{urllib.parse.urlencode(asked)}")  # noqa: S310
        if login:
            request.add_unredirected_header("Authorization", f"Basic {login}")
        try:
            with urllib.request.urlopen(request, timeout=SECONDS) as answer:  # noqa: S310
                token = _json(answer.read(MAX_JSON))
        except (OSError, ValueError) as error:
            raise ImageProblem(f"{self._host} gives no token: {error}") from error
        self._authorization = f"Bearer {token.get('token') or token.get('access_token') or ''}"
        return True


class _Nothing:
    """The answer that there is none."""

    def __enter__(self) -> None:
        return None

    def __exit__(self, *_: object) -> None:
        return None


def _digest(said: object, host: str) -> str:
    """A digest that what is sent can be held against."""
    if not isinstance(said, str) or not _DIGEST.fullmatch(said):
        raise ImageProblem(f"{host}: {str(said)[:80]!r} is no SHA-256 digest to hold it against")
    return said


def _hold(checksum: str, digest: str, host: str) -> None:
    if digest != f"sha256:{checksum}":
        raise ImageProblem(f"{host} sends something else than {digest}")


def _opener(path: str) -> Callable[[], BinaryIO]:
    return lambda: Path(path).open("rb")


def _json(data: bytes) -> dict[str, Any]:
    try:
        document = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise ImageProblem("a registry's answer is no JSON") from error
    return document if isinstance(document, dict) else {}


def _credentials(host: str) -> str:
    """User and password for a registry in base64, "" for none: as docker and podman keep them."""
    names = (
        host,
        f"https://{host}",
        "https://index.docker.io/v1/" if host == "docker.io" else host,
    )
    for path in _configurations():
        try:
            said = json.loads(path.read_bytes())
        except (OSError, ValueError, RecursionError):
            continue
        for name in names if isinstance(said, dict) else ():
            helper = (said.get("credHelpers") or {}).get(name) or said.get("credsStore")
            auth = ((said.get("auths") or {}).get(name) or {}).get("auth")
            credentials = auth or (_helped(helper, name) if isinstance(helper, str) else "")
            if isinstance(credentials, str) and credentials:
                return credentials
    return ""


def _configurations() -> Iterator[Path]:
    home = Path.home()
    yield Path(os.environ.get("DOCKER_CONFIG") or home / ".docker") / "config.json"
    if "REGISTRY_AUTH_FILE" in os.environ:
        yield Path(os.environ["REGISTRY_AUTH_FILE"])
    if "XDG_RUNTIME_DIR" in os.environ:
        yield Path(os.environ["XDG_RUNTIME_DIR"]) / "containers/auth.json"


def _helped(helper: str, host: str) -> str:
    """What a credential helper says."""
    path = shutil.which(f"docker-credential-{helper}")
    if path is None or not Path(path).is_absolute() or not helper.replace("-", "").isalnum():
        return ""
    try:
        done = subprocess.run(  # noqa: S603
            [path, "get"], check=False, input=host.encode(), capture_output=True, timeout=SECONDS
        )
        said = json.loads(done.stdout) if not done.returncode else {}
    except (OSError, ValueError, subprocess.TimeoutExpired):
        return ""
    name, secret = said.get("Username"), said.get("Secret")
    return base64.b64encode(f"{name}:{secret}".encode()).decode() if name and secret else ""
