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
from saekdong.tagging.feed_words import Named, fuse
from saekdong.tagging.tagger import Tag, Tagger


@dataclass(frozen=True, eq=False)
class TaggedPhoto:
    """A photo, its tags and its dominant colors; or why it has none.

    Attributes:
        name: what people call the photo.
        tags: in falling order of share, at least one; none if there is an error.
        palette: the dominant colors, of the photo shrunk to 64 pixels.
        shares: each label's share of the product by the photo alone, float64 (L,).
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
        tags = [{"label": tag.label, "share": tag.share, "source": tag.source} for tag in self.tags]
        return {"image": self.name, "tags": tags, "palette": palette_to_json(self.palette)}


def tag_photos(tagger: Tagger, sources: Iterable[Source], named: Named | None = None) -> Iterator[TaggedPhoto]:
    """Tag photos one after the other; one that cannot be read has the error in its record.

    Args:
        tagger: gives the labels.
        sources: the photos.
        named: the labels that the feed names for all of them; see `tag_photo`.
    """
    for source in sources:
        try:
            yield tag_photo(tagger, source.name, source.read(), named)
        except PhotoError as error:
            yield TaggedPhoto(source.name, error=error)


def tag_photo(tagger: Tagger, name: str, content: bytes, named: Named | None = None) -> TaggedPhoto:
    """Tag the photo of these bytes.

    Args:
        tagger: gives the labels.
        name: what people call the photo.
        content: the photo.
        named: the labels that the feed names (see `named_labels`); a feed's typical trust is assumed.

    Raises:
        PhotoError: it cannot be read.
    """
    photo = read_photo(content, SIDE)
    description = describe_photo(photo.pixels, photo.alpha)
    shares = tagger.shares(photo.pixels, photo.alpha, description)
    tags = fuse(shares, named).tags(tagger) if named else tagger.shown(shares)
    return TaggedPhoto(name, tags, description.palette, shares)


def warm_up(tagger: Tagger) -> None:
    """Tag a small photo, so that the first real one waits for no table and no decoder."""
    file = io.BytesIO()
    Image.new("RGB", (SIDE, SIDE), (31, 42, 82)).save(file, "JPEG")
    tag_photo(tagger, "", file.getvalue())
