"""How much a download may take; docs/catalog.md lists the bounds."""

from dataclasses import dataclass

MOST_PHOTO_BYTES = 40 << 20
MOST_FEED_BYTES = 8 << 30
FEED_SECONDS = 3_600.0
TRIES = 4
MOST_REDIRECTS = 5
MOST_HOSTS = 10_000


@dataclass(frozen=True)
class Patience:
    """How long a server is waited for.

    Attributes:
        connect: seconds to connect.
        between: seconds between two pieces.
        whole: seconds for one try: its headers, or a whole photo, redirects included.
        rate: bytes a second that a download must keep up over each `window` seconds.
    """

    connect: float = 10
    between: float = 15
    whole: float = 60
    rate: int = 1024
    window: float = 20
