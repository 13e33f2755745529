"""References of images of which only the registry or the tag is open, for want of a variable."""

from __future__ import annotations

from gracelint import atlas
from gracelint.base.facts import Word
from gracelint.base.typed import TYPE_CHECKING
from gracelint.base.values import dataclass, replace
from gracelint.declare.image.base import from_image
from gracelint.discover.builds import ANY
from gracelint.model.workload import Workload

if TYPE_CHECKING:
    from gracelint.base.source import Span
    from gracelint.declare.image.base import Images, Kind
    from gracelint.model.entries import BaseImage


@dataclass(frozen=True, slots=True)
class Reference:
    """What is left of a reference without its open parts. words: those that its tag surely has.

    tagged: whether these are the whole tag.
    """

    name: str
    words: tuple[str, ...]
    tagged: bool

    @property
    def stands_for(self) -> str:
        """The reference that tells as much as this one."""
        tag = "-".join(self.words)
        return f"{self.name}:{tag}" if tag else self.name


def parsed(text: str) -> Reference | None:
    """Take a reference apart, with `ANY` for what is open; None where its name is.

    `ANY/redis:7` and `ANYredis:7` come from a registry that is open: it counts for nothing.
    """
    head, slash, rest = text.partition("@")[0].rpartition("/")
    last, _, tag = (rest if slash else rest.lstrip(ANY)).partition(":")
    if not last or ANY in last:
        return None
    above = head.rpartition(ANY)[2].strip("/")
    words = tuple(word for word in tag.replace(ANY, "-").split("-") if word)
    return Reference(f"{above}/{last}".lstrip("/"), words, ANY not in tag)


def workload(kind: Kind, name: str, span: Span, text: str, images: Images) -> Workload | None:
    """A container of such an image, as far as that can be told without what is open.

    text: the reference, with `ANY` for what is open. What is built here under such a name goes
    before what a registry has.
    """
    written = text.replace(ANY, "…")
    image = images(text)
    if isinstance(image, Workload):
        guess = f"`{written}` is what is built from `{image.source.path}`"
        return replace(from_image(kind, name, span, written, image), guess=image.guess and guess)
    known = image_of(text, images)
    if known is None:
        return None
    base, stands_for, guess = known
    container = from_image(kind, name, span, stands_for, base)
    return replace(container, image=Word(written, span), guess=guess)


def image_of(text: str, images: Images) -> tuple[BaseImage, str, str] | None:
    """What is known of an image, a whole reference that tells as much, and what is assumed then."""
    reference = parsed(text)
    base = None if reference is None else _base(reference, images)
    if reference is None or base is None:
        return None
    current = "" if reference.tagged else "a current "
    written = text.replace(ANY, "…")
    return base, reference.stands_for, f"`{written}` is {current}`{reference.name}`"


def _base(reference: Reference, images: Images) -> BaseImage | None:
    """What the image brings along whatever is open; None where that decides."""
    if reference.tagged:
        base = images(reference.stands_for)
        return None if isinstance(base, Workload) else base
    return atlas.of_any_tag(reference.name, reference.words)
