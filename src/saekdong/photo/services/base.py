"""What every source of palettes does."""

from collections.abc import Iterable, Iterator
from typing import Protocol

from saekdong.photo.palette import Palette
from saekdong.photo.reading import PhotoError
from saekdong.photo.sources import Source

PaletteAnswer = tuple[str, Palette | PhotoError]
"""A photo's name and its palette, or why it has none."""


class PaletteSource(Protocol):
    """Gives photos their dominant colors."""

    def palettes(self, photos: Iterable[Source]) -> Iterator[PaletteAnswer]:
        """Yield one answer a photo, in the photos' order."""
