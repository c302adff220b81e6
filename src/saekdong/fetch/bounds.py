"""How much of what a download may take; docs/catalog.md lists the bounds."""

MOST_PHOTO_BYTES = 40 << 20
MOST_FEED_BYTES = 8 << 30
