"""Whether Spring Boot waits for requests before it stops a program: by its version and settings.

Source: docs.spring.io, Spring Boot 2.3 to 3.3, *Graceful Shutdown*: only with
`server.shutdown=graceful`; release notes of 3.4: by default. Otherwise the server ends at once.
"""

from __future__ import annotations

import re
from itertools import islice

from gracelint.atlas.versions import fits
from gracelint.base import lazy
from gracelint.base.typed import TYPE_CHECKING
from gracelint.base.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from gracelint.base.facts import Word
    from gracelint.model.workload import ImageFile, ImageFiles

_WAITS, _SETTING = "3.4", "2.3"
_MOST = 400_000  # characters of a file
_STATED = 50  # versions in a file
_BUILDS = ("/pom.xml", "/build.gradle", "/build.gradle.kts")
_READ = (*_BUILDS, ".properties", ".yml", ".yaml", ".java", ".kt", ".groovy", ".xml")
_COMMENT = lazy.compile(r"<!--(?:[^-]|-(?!->))*+(?:-->|\Z)")
_OF_MAVEN = lazy.compile(
    r"<artifactId>\s{0,20}spring-boot-(?:starter-parent|dependencies)\s{0,20}</artifactId>\s{0,99}"
    r"<version>\s{0,20}([^<>\s]{1,60})\s{0,20}</version>"
    r"|<spring-?boot\.version>\s{0,20}([^<>\s]{1,60})\s{0,20}<"
)
_OF_GRADLE = lazy.compile(
    r"\bid[ (]{1,9}[\"']org\.springframework\.boot[\"'][ )]{1,9}version[ (]{1,9}"
    r"[\"']([^\"'\s]{1,60})"
    r"|\bspring-boot-(?:gradle-plugin|dependencies):([^\"'\s]{1,60})"
    r"|\bspringBootVersion[ =]{1,9}[\"']([^\"'\s]{1,60})"
)
_PROPERTY = lazy.compile(r"\$\{?([\w.-]{1,60})\}?")
_NUMBER = lazy.compile(r"(\d{1,3}\.\d{1,3})(?:[.-].*)?")
_SERVES = lazy.compile(r"\bspring-boot-starter-(?:web|webflux|jersey|data-rest|hateoas)\b(?!-)")
_GRACEFUL = lazy.compile(r"graceful|ContextClosedEvent", re.IGNORECASE)
_ELSEWHERE = lazy.compile(
    r"spring[._-]config[._-]|spring-cloud-[\w-]{0,40}?(?:config|kubernetes|bootstrap|vault)|nacos"
    r"|apollo-client|web-?application-?type|\bshutdown\s{0,9}[:=]\s{0,9}[\"']?[$@]"
    r"|@PropertySource|setDefaultProperties",
    re.IGNORECASE,
)
"""What may set it out of sight, or in a way that is not read, or say that there is no server."""
_VALUES = ("SERVER_SHUTDOWN", "SPRING_APPLICATION_JSON")
_PLACES = ("SPRING_CONFIG_LOCATION", "SPRING_CONFIG_ADDITIONAL_LOCATION", "SPRING_CONFIG_IMPORT")


@dataclass(frozen=True, slots=True)
class Cuts:
    """A Spring Boot of this version cuts requests off. sure: nothing in sight may change that."""

    version: str
    sure: bool

    @property
    def otherwise(self) -> str:
        """What has not to be so, as the rest of a sentence that begins with "if"."""
        if fits(self.version, [f"<{_SETTING}"]):
            return f"nothing out of sight has Spring Boot {self.version} wait for requests"
        return (
            f"nothing out of sight sets `{_GIVEN}`, "
            f"without which Spring Boot {self.version} does not wait for requests"
        )

    @property
    def only(self) -> str:
        """When it waits, as the end of a sentence that says that it does."""
        if fits(self.version, [f"<{_SETTING}"]):
            return f"as Spring Boot {self.version} does not by itself"
        return f"as Spring Boot {self.version} does only with `{_GIVEN}`"


_GIVEN = "server.shutdown=graceful"


def cuts(
    stages: Sequence[ImageFiles], argv: Sequence[Word], env: Mapping[str, Word]
) -> Cuts | None:
    """Whether a program built among these files cuts requests off when it stops; None where it
    waits, as far as is known, or no version is in sight.
    """
    files = [file for stage in stages for file in stage.ending(*_READ)]
    version = _version(files)
    if version is None or not fits(version, [f"<{_WAITS}"]):
        return None
    given = [*argv, *(env[name] for name in _VALUES if name in env)]
    said = [word.value for word in given] + [_text(file) for file in files]
    known = [text for text in said if text is not None]
    known += [command for stage in stages for command in stage.commands()]
    if any(map(_GRACEFUL.search, known)):
        return None
    open_ = None in said or any(word.many for word in argv) or any(name in env for name in _PLACES)
    open_ = open_ or any(stage.cut for stage in stages) or any(map(_ELSEWHERE.search, known))
    return Cuts(version, sure=not open_ and any(map(_SERVES.search, known)))


def _version(files: Iterable[ImageFile]) -> str | None:
    """The highest version that a build is told to take; None where one of them is not known."""
    found: list[tuple[int, ...]] = []
    for file in files:
        text = _text(file) if file.path.endswith(_BUILDS) else ""
        if text is None:
            return None
        for version in _versions(_COMMENT.sub("", text), maven=file.path.endswith(".xml")):
            number = _NUMBER.fullmatch(version)
            if number is None:
                return None
            found.append(tuple(map(int, number[1].split("."))))
    return ".".join(map(str, max(found))) if found else None


def _versions(text: str, *, maven: bool) -> Iterator[str]:
    for match in islice((_OF_MAVEN if maven else _OF_GRADLE).finditer(text), _STATED):
        value = next(filter(None, match.groups()))
        named = _PROPERTY.fullmatch(value)
        if named is None:
            yield value
            continue
        name = re.escape(named[1])
        pattern = rf"<{name}>\s{{0,20}}([^<>\s]{{1,60}})" if maven else _IN_GRADLE.format(name)
        stated = re.search(pattern, text)
        yield stated[1] if stated is not None else ""


_IN_GRADLE = r"\b{}[ =]{{1,9}}[\"']([^\"'\s]{{1,60}})"


def _text(file: ImageFile) -> str | None:
    return file.text.text if file.text is not None and len(file.text.text) <= _MOST else None
