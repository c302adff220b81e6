"""Tag the photos of a feed in two passes: photos first, then words, whose trust all photos together measure."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO, Any

import numpy as np

from saekdong.photo import PhotoError, Source
from saekdong.photo.palette import DominantColor
from saekdong.scratch import scratch_folder
from saekdong.tagging.feed_words import FeedText, Named, WordAgreement, add_agreements, fuse, named_labels
from saekdong.tagging.photos import TaggedPhoto, tag_photo
from saekdong.tagging.tagger import Tagger
from saekdong.words import ColorWords


class FeedPhotos:
    """The photos of a feed, tagged by themselves, in a temporary file; memory stays flat however long the feed is.

    Attributes:
        photos: how many photos were added.
        measured: how often each column that names colors agrees with the photos, by `trust_key`.
    """

    def __init__(self, tagger: Tagger, words: ColorWords, file: IO[str]) -> None:
        self._tagger, self._words, self._file = tagger, words, file
        self.photos = 0
        self.measured: dict[str, WordAgreement] = {}

    @classmethod
    @contextmanager
    def opened(cls, tagger: Tagger, words: ColorWords) -> Iterator["FeedPhotos"]:
        """Yield an empty collection for the block.

        Args:
            tagger: gives the labels.
            words: finds color words.
        """
        with scratch_folder() as folder, (folder / "photos.jsonl").open("w+", encoding="utf-8") as file:
            yield cls(tagger, words, file)

    def add(self, source: Source, text: FeedText) -> TaggedPhoto:
        """Tag a photo by itself and keep the result with its words; a photo that cannot be read keeps its error."""
        try:
            tagged = tag_photo(self._tagger, source.name, source.read())
        except PhotoError as error:
            tagged = TaggedPhoto(source.name, error=error)
        named = named_labels(self._words, text)
        self.photos += 1
        add_agreements(self.measured, tagged.shares, named)
        self._file.write(json.dumps(_stored(tagged, named)) + "\n")
        return tagged

    def fused(self) -> Iterator[TaggedPhoto]:
        """Yield all photos in order, with the tags that photo and words give together."""
        self._file.seek(0)
        trust = {key: agreement.trust for key, agreement in self.measured.items()}
        for line in self._file:
            photo, named = _restored(json.loads(line))
            if photo.error:
                yield photo
                continue
            fused = fuse(photo.shares, named, trust)
            yield TaggedPhoto(photo.name, fused.tags(self._tagger), photo.palette, photo.shares)


def _stored(photo: TaggedPhoto, named: Named) -> list[Any]:
    error = [photo.error.code, photo.error.problem, photo.error.fix] if photo.error else None
    palette = [[color.red, color.green, color.blue, color.score, color.pixel_fraction] for color in photo.palette]
    return [
        photo.name,
        photo.shares.tolist(),
        palette,
        error,
        {column: weights.tolist() for column, weights in named.items()},
    ]


def _restored(stored: list[Any]) -> tuple[TaggedPhoto, Named]:
    name, shares, palette, error, named = stored
    colors = tuple(DominantColor(*color) for color in palette)
    photo = TaggedPhoto(name, [], colors, np.array(shares), PhotoError(*error) if error else None)
    return photo, {column: np.array(weights) for column, weights in named.items()}
