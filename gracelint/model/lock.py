"""What `gracelint.lock` says of an image."""

from __future__ import annotations

from gracelint.base.typed import TYPE_CHECKING
from gracelint.base.values import dataclass, field

if TYPE_CHECKING:
    from collections.abc import Mapping

FORMAT = 1
"""The version of the file's form."""

NAME = "gracelint.lock"


@dataclass(frozen=True, slots=True)
class Script:
    """A text file of the image that its launch runs or sources.

    path: absolute, in the image, without symbolic links. executable: by its mode.
    """

    path: str
    text: str
    executable: bool = True


@dataclass(frozen=True, slots=True)
class LockedImage:
    """One image as it was read.

    reference: normalised (`docker.io/library/nginx:1.27`). digest: of its manifest, or of its
    configuration where the source has no other ("sha256:…"). entrypoint, cmd: words, () for none.
    env, workdir, user, stop_signal: as the configuration has them, "" for none. shell: the atlas
    key of what /bin/sh is, "" for none, None where it is not known. system: `debian-12`, `alpine`,
    "" where /etc/os-release does not tell. has, lacks: programs that matter for a stop, of those
    that were looked for. links: where symbolic links of the launch lead. scripts: the files that
    the launch runs.
    """

    reference: str
    digest: str
    entrypoint: tuple[str, ...] = ()
    cmd: tuple[str, ...] = ()
    env: Mapping[str, str] = field(default_factory=dict)
    workdir: str = ""
    user: str = ""
    stop_signal: str = ""
    shell: str | None = None
    system: str = ""
    has: tuple[str, ...] = ()
    lacks: tuple[str, ...] = ()
    links: Mapping[str, str] = field(default_factory=dict)
    scripts: tuple[Script, ...] = ()
