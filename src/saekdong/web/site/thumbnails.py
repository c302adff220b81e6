"""Small versions of the shop's own photo files, made once and kept on disk within bounds."""

import hashlib
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from threading import Semaphore

from saekdong.cores import count_cores
from saekdong.errors import SaekdongError
from saekdong.files import write_whole
from saekdong.photo import Source, read_photo, to_webp

SIDES = {"": 256, "medium": 512, "large": 1024}
"""Pixels of the longer side: on a card, on a card of a fine screen, and on a product's own page."""

MOST_BYTES = 512 << 20
"""What the folder may hold."""

_SHELVES = 256


@dataclass(frozen=True)
class Thumbnails:
    """A folder of WebP files, `ab/abcd....webp`; if there are too many, the oldest are removed.

    Attributes:
        folder: made at the first photo.
        most_bytes: what it may hold.
    """

    folder: Path
    most_bytes: int = MOST_BYTES
    _cores: Semaphore = field(default_factory=lambda: Semaphore(count_cores()), repr=False)

    def get(self, source: Source, version: str, side: int) -> bytes:
        """Return a photo as WebP, its longer side at most `side` pixels.

        Args:
            source: the photo.
            version: differs where the photo's content does.
            side: pixels.

        Raises:
            PhotoError: the photo cannot be read.
        """
        name = hashlib.sha256(f"{source.name}\n{version}\n{side}".encode("utf-8", "surrogateescape")).hexdigest()
        path = self.folder / name[:2] / f"{name}.webp"
        try:
            return path.read_bytes()
        except OSError:
            # As many at once as there are cores: more would only take memory.
            with self._cores:
                content = to_webp(read_photo(source.read(), side))
        with suppress(SaekdongError):  # the photo can be shown without being kept
            write_whole(path, content)
            self._trim(path.parent)
        return content

    def _trim(self, shelf: Path) -> None:
        """Remove a shelf's oldest files where it holds more than its part."""
        files = []
        for path in shelf.glob("*.webp"):
            try:
                files.append((path.stat(), path))
            except FileNotFoundError:
                continue
        over = sum(stat.st_size for stat, _ in files) - self.most_bytes // _SHELVES
        for stat, path in sorted(files, key=lambda file: file[0].st_mtime_ns):
            if over <= 0:
                return
            path.unlink(missing_ok=True)
            over -= stat.st_size
