"""The limits of a download; docs/catalog.md lists them."""

from dataclasses import dataclass

MOST_PHOTO_BYTES = 40 << 20
MOST_FEED_BYTES = 8 << 30
FEED_SECONDS = 3_600.0
TRIES = 4
MOST_REDIRECTS = 5
MOST_HOSTS = 10_000


@dataclass(frozen=True)
class Patience:
    """How long to wait for a server.

    Attributes:
        connect: seconds for connecting.
        between: seconds between two pieces.
        whole: seconds for one try: for its headers, or for a whole photo, including redirects.
        rate: the least bytes per second, measured over each `window` seconds.
    """

    connect: float = 10
    between: float = 15
    whole: float = 60
    rate: int = 1024
    window: float = 20
