"""Palettes found on this machine."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from saekdong.photo.palette import COLORS, SIDE, find_palette
from saekdong.photo.reading import PhotoError, read_photo
from saekdong.photo.services.base import PaletteAnswer
from saekdong.photo.sources import Source


@dataclass(frozen=True)
class LocalPalettes:
    """Finds palettes as `find_palette` does, `colors` of them a photo."""

    colors: int = COLORS

    def palettes(self, photos: Iterable[Source]) -> Iterator[PaletteAnswer]:
        """Yield each photo's palette as soon as it is found."""
        for source in photos:
            try:
                photo = read_photo(source.read(), SIDE)
            except PhotoError as error:
                yield source.name, error
            else:
                yield source.name, find_palette(photo.pixels, photo.alpha, self.colors)
