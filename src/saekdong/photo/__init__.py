"""Photos: read safely and small, weigh their pixels. Knows only color."""

from saekdong.photo.reading import Photo, PhotoError, read_photo
from saekdong.photo.sources import Source, find_photos
from saekdong.photo.weights import product_weights

__all__ = ["Photo", "PhotoError", "Source", "find_photos", "product_weights", "read_photo"]
