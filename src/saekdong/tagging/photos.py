"""From photos, wherever they come from, to their tags and palettes."""

import io
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from saekdong.photo import Palette, PhotoError, Source, palette_to_json, read_photo
from saekdong.photo.features import SIDE
from saekdong.photo.kernel import describe_photo
from saekdong.tagging.tagger import Tag, Tagger


@dataclass(frozen=True, eq=False)
class TaggedPhoto:
    """A photo, its tags and its dominant colors; or why it has none.

    Attributes:
        name: what people call the photo.
        tags: in falling order of share, at least one; none if there is an error.
        palette: the dominant colors, of the photo shrunk to 64 pixels.
        shares: each label's share of the product, float64 (L,).
        error: why the photo cannot be used, or None.
    """

    name: str
    tags: list[Tag] = field(default_factory=list)
    palette: Palette = ()
    shares: NDArray[np.float64] = field(default_factory=lambda: np.zeros(0))
    error: PhotoError | None = None

    def to_json(self) -> dict[str, Any]:
        """Return the record: image, tags and palette; or image, no tags, and the error's code and message."""
        if self.error:
            return {"image": self.name, "tags": [], "error": {"code": self.error.code, "message": str(self.error)}}
        tags = [{"label": tag.label, "share": tag.share} for tag in self.tags]
        return {"image": self.name, "tags": tags, "palette": palette_to_json(self.palette)}


def tag_photos(tagger: Tagger, sources: Iterable[Source]) -> Iterator[TaggedPhoto]:
    """Tag photos one after the other; one that cannot be read has the error in its record."""
    for source in sources:
        try:
            yield tag_photo(tagger, source.name, source.read())
        except PhotoError as error:
            yield TaggedPhoto(source.name, error=error)


def tag_photo(tagger: Tagger, name: str, content: bytes) -> TaggedPhoto:
    """Tag the photo of these bytes.

    Raises:
        PhotoError: it cannot be read.
    """
    photo = read_photo(content, SIDE)
    description = describe_photo(photo.pixels, photo.alpha)
    shares = tagger.shares(photo.pixels, photo.alpha, description)
    return TaggedPhoto(name, tagger.shown(shares), description.palette, shares)


def warm_up(tagger: Tagger) -> None:
    """Tag a small photo, so that the first real one waits for no table and no decoder."""
    file = io.BytesIO()
    Image.new("RGB", (SIDE, SIDE), (31, 42, 82)).save(file, "JPEG")
    tag_photo(tagger, "", file.getvalue())
